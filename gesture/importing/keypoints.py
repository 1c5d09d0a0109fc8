"""`keypoint.csv` of Kazuhito00's hand-gesture-recognition-using-mediapipe and its forks -> still takes.

A row is a class index and 21 points, (x, y) from the wrist, divided by the largest of the 42 absolute values:
the shape of a hand in one image, without depth, place, size or time. The classes' names stand in
`keypoint_classifier_label.csv` beside it. `point_history.csv` holds the way of one fingertip, which is no hand.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gesture.errors import DataError
from gesture.importing.arrays import recording_of
from gesture.importing.settings import Settings
from gesture.importing.sources import Source
from gesture.recording import check_label
from gesture.types import NUM_HANDS, NUM_LANDMARKS, SLOTS, Recording, Take
from gesture.windows import HOLD_S

TAKE_S = 1.0
RATE_HZ = 25.0
GAP_S = HOLD_S + 0.5
"""Between two takes without a hand, so that none is held over into the next."""
_REACH = 0.25
"""The largest of the 42 values, in image heights: a hand at arm's length."""
_NUM_FRAMES = round(TAKE_S * RATE_HZ)


def read_poses(source: Source, settings: Settings) -> Recording:
    """Each row as a hand that keeps still for `TAKE_S`, labelled; then none for `GAP_S`.

    Raises:
        DataError: a row is no such row, or a class has no name.
    """
    classes, points = _read_rows(source.path)
    names = _class_names(source.path, int(classes.max()) + 1)
    shape = (len(points), _NUM_FRAMES + 1, NUM_HANDS, NUM_LANDMARKS, 3)
    landmarks = np.full(shape, np.nan, np.float32)  # the last frame of each row is empty: the hand has gone
    landmarks[:, :-1, settings.slot] = _in_the_middle(points, settings.size)[:, None]
    starts_s = np.arange(len(points)) * (TAKE_S + GAP_S)
    times_s = (starts_s[:, None] + np.arange(_NUM_FRAMES + 1) / RATE_HZ).ravel()
    takes = tuple(
        Take(float(start_s), float(start_s + TAKE_S), names[index], SLOTS[settings.slot])
        for start_s, index in zip(starts_s, classes.tolist(), strict=True)
    )
    flat = landmarks.reshape(-1, *shape[2:])
    recording = recording_of(flat, times_s, source, settings, "mediapipe hands, shape only")
    return replace(recording, takes=takes)


def read_tips(source: Source) -> Recording:
    """A `point_history.csv`, which is of no use here.

    Raises:
        DataError: always.
    """
    raise DataError(
        f"{source.path}: holds the path of one fingertip, not a hand. Expected 21 points a row. "
        "It cannot be imported: record these gestures with 'gesture record'."
    )


def _in_the_middle(points: NDArray[np.float64], image_size: tuple[int, int]) -> NDArray[np.float64]:
    """(N, 21, 3): wrist-relative points (N, 21, 2) as image landmarks, the hand's box in the image's middle."""
    middle = (points.min(axis=1) + points.max(axis=1)) / 2
    scale_px = _REACH * image_size[1] / np.abs(points).max(axis=(1, 2))
    placed_px = (points - middle[:, None]) * scale_px[:, None, None]
    placed = 0.5 + placed_px / np.array(image_size)
    return np.concatenate([placed, np.zeros((*placed.shape[:2], 1))], axis=-1)


def _read_rows(path: Path) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Class indices (N,) and points (N, 21, 2)."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [(number, row) for number, row in enumerate(csv.reader(file), 1) if row]
    values = np.array([_read_row(path, number, row) for number, row in rows])
    return values[:, 0].astype(np.int64), values[:, 1:].reshape(-1, NUM_LANDMARKS, 2)


def _read_row(path: Path, number: int, row: Sequence[str]) -> list[float]:
    try:
        values = [float(value) for value in row]
    except ValueError:
        values = []
    is_usable = len(values) == 1 + 2 * NUM_LANDMARKS and np.isfinite(values).all() and any(values[1:])
    if not is_usable or values[0] < 0 or values[0] % 1:
        raise DataError(
            f"{path}, line {number}: no class index and 42 numbers. Expected those. Correct or delete the line."
        )
    return values


def _class_names(path: Path, num_classes: int) -> list[str]:
    """From the label file beside; one name a line."""
    files = sorted(path.parent.glob("*_label.csv"))
    if len(files) != 1:
        raise DataError(
            f"{path}: there are {len(files)} files *_label.csv beside it. Expected one, with a class's name in "
            "each line. Put it there."
        )
    with files[0].open(encoding="utf-8-sig", newline="") as file:
        names = [check_label(row[0]) for row in csv.reader(file) if row]
    if len(names) < num_classes:
        raise DataError(
            f"{files[0]}: names {len(names)} classes. Expected {num_classes}, as in {path.name}. Add the others."
        )
    return names
