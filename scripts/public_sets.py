"""Public data sets as recordings: what `scripts/benchmark` trains on and is measured on.

Each reader states what its set leaves out and what is assumed in its place. Sets of 3-D points are seen by a
virtual camera first (`CAMERA`), so that they pass through the same features as a webcam's landmarks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gesture.types import Recording, Take
from gesture.virtual.optics import Viewpoint, project

IMAGE_SIZE = (640, 480)
CAMERA = Viewpoint("facing", distance_m=0.6, turn=(20.0, 0.0))
"""Where 3-D points are seen from: in front of the person, 0.6 m from the middle of the sequence, 20 degrees above."""
SHREC_RATE_HZ = 50.0
HAND_SIZES = 4
"""SHREC'21 does not say who is who: splits go by hand size, whose quarters share few people."""


def shrec2021(folder: Path, part: str = "training") -> list[Recording]:
    """The sequences of one part, "training" or "test"; `person` is the quarter of the hand sizes.

    Assumed: the right hand, 50 frames a second; the palm's point stands for the wrist (it lies 85 to 90 mm from the
    knuckles) and the base of the thumb, which the set lacks, is put 35 % of the way from there to the next joint.
    """
    points = np.load(folder / f"{part}_set_positions.npz", allow_pickle=False)
    name = "training_annotations.txt" if part == "training" else "test_annotations.txt"
    takes = dict(_shrec_annotations(folder / name))
    recordings = [
        from_points(_with_thumb_base(points[key]), SHREC_RATE_HZ, takes.get(key, ()), name=f"{part}-{key}")
        for key in sorted(points.files, key=int)
    ]
    sizes_m = np.array([hand_size_m(points[recording.name.split("-")[1]]) for recording in recordings])
    quarters = np.searchsorted(np.quantile(sizes_m, np.arange(1, HAND_SIZES) / HAND_SIZES), sizes_m)
    return [
        replace(recording, person=f"size{quarter}")
        for recording, quarter in zip(recordings, quarters, strict=True)
    ]


def _shrec_annotations(path: Path) -> Iterator[tuple[str, tuple[Take, ...]]]:
    for line in path.read_text().splitlines():
        key, *fields = [field.strip() for field in line.split(";") if field.strip()]
        spans = zip(fields[::3], map(int, fields[1::3]), map(int, fields[2::3]), strict=True)
        # One entry of the published file ends before it starts (TAP in sequence 64).
        yield (
            key,
            tuple(
                Take(start / SHREC_RATE_HZ, end / SHREC_RATE_HZ, label, "right")
                for label, start, end in spans
                if end > start
            ),
        )


def _with_thumb_base(points: NDArray[np.float32]) -> NDArray[np.float64]:
    """20 points (palm, thumb A B End, ...) as MediaPipe's 21; z turned backwards: the set's axes are left-handed."""
    points = points.astype(np.float64) * (1.0, 1.0, -1.0)
    base = points[:, :1] + 0.35 * (points[:, 1:2] - points[:, :1])
    return np.concatenate([points[:, :1], base, points[:, 1:]], axis=1)


def hand_size_m(points: NDArray[np.float32]) -> float:
    """The bones of the four fingers beyond the knuckles, summed, median over time: the same in every pose."""
    lengths = [
        np.linalg.norm(points[:, 4 + 4 * finger + joint + 1] - points[:, 4 + 4 * finger + joint], axis=-1)
        for finger in range(4)
        for joint in range(3)
    ]
    return float(np.median(np.sum(lengths, axis=0)))


def from_points(
    points: NDArray[np.float64],
    rate_hz: float,
    takes: tuple[Take, ...] = (),
    *,
    name: str,
    person: str = "",
    viewpoint: Viewpoint = CAMERA,
) -> Recording:
    """A right hand's 3-D points (T, 21, 3) in the person's frame, metres, as the camera sees them."""
    centred = points - np.nanmedian(points[:, 0], axis=0)
    seen = viewpoint.to_camera(centred)  # (T, 21, 3)
    landmarks = np.full((len(points), 2, 21, 3), np.nan, np.float32)
    world = landmarks.copy()
    landmarks[:, 1] = project(seen, IMAGE_SIZE)
    world[:, 1] = seen - seen.mean(axis=1, keepdims=True)
    scores = np.full((len(points), 2), np.nan, np.float32)
    scores[:, 1] = 1.0
    return Recording(
        times_s=np.arange(len(points)) / rate_hz,
        landmarks=landmarks,
        world_landmarks=world,
        scores=scores,
        presence=scores.copy(),
        takes=takes,
        person=person,
        image_size=IMAGE_SIZE,
        view=viewpoint.view,
        engine="leap motion",
        name=name,
    )
