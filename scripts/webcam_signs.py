"""`webcam_signs` as recordings: MediaPipe's landmarks of fifteen people who each make three signs thirty times."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gesture.errors import DataError
from gesture.trimming import trim
from gesture.types import Array, Recording, Take

RATE_HZ = 20.0
IMAGE_SIZE = (640, 480)


def webcam_signs(folder: Path) -> list[Recording]:
    """Every take as a recording of its own, with one take over all of it; `person` is the file's name.

    Assumed, because the set does not say: 20 frames a second and 4:3 images. The hand of a take is the one that
    `trim` finds to move. World landmarks are those of the image about their own middle. Takes in which no hand is seen
    for three frames are left out.
    """
    return [recording for path in sorted(folder.glob("person_*.npz")) for recording in _recordings_of(path)]


def _recordings_of(path: Path) -> Iterator[Recording]:
    with np.load(path, allow_pickle=False) as arrays:
        hands, labels = arrays["hands"], arrays["labels"]
    for number, (points, label) in enumerate(zip(hands, labels, strict=True)):
        recording = _recording(points, path.stem, f"{path.stem}-{number:02d}")
        end_s = len(recording) / RATE_HZ
        try:
            hand = trim(recording, str(label), 0.0, end_s).hand
        except DataError:
            continue
        yield _with_take(recording, Take(0.0, end_s, str(label), hand))


def _recording(points: NDArray[np.float32], person: str, name: str) -> Recording:
    """(T, 2, 21, 3), zero where a hand was not seen, NaN after the end."""
    points = points[~np.isnan(points[:, 0, 0, 0])]
    seen = np.any(points != 0, axis=(2, 3))  # (T, 2)
    landmarks: Array = np.where(seen[..., None, None], points, np.nan).astype(np.float32)
    scores = np.where(seen, 1.0, np.nan).astype(np.float32)
    return Recording(
        times_s=np.arange(len(points)) / RATE_HZ,
        landmarks=landmarks,
        world_landmarks=landmarks - landmarks.mean(axis=2, keepdims=True),
        scores=scores,
        presence=scores.copy(),
        takes=(),
        person=person,
        image_size=IMAGE_SIZE,
        engine="mediapipe holistic",
        name=name,
    )


def _with_take(recording: Recording, take: Take) -> Recording:
    from dataclasses import replace

    return replace(recording, takes=(take,))
