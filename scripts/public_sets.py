"""Public data sets as recordings: what `scripts/benchmark` trains on and is measured on.

Each reader states what its set leaves out and what is assumed in its place. Sets of 3-D points are seen by a
virtual camera first (`CAMERA`), so that they pass through the same features as a webcam's landmarks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from gesture.importing import Outcome, Settings, import_sources, sources_in_table
from gesture.recording import read_recording
from gesture.types import NUM_HANDS, NUM_LANDMARKS, Recording, Take, View
from gesture.virtual.optics import Viewpoint, project

Item = TypeVar("Item")

IMAGE_SIZE = (640, 480)
CAMERA = Viewpoint("facing", distance_m=0.6, turn=(20.0, 0.0))
"""Where 3-D points are seen from: in front of the person, 0.6 m from the middle of the sequence, 20 degrees above."""
SHREC_RATE_HZ = 50.0
FPHA_RATE_HZ = 30.0
FPHA_BACK_M = 0.2
"""How far behind the sensor the virtual camera stands: hands come as near to it as 1.5 cm."""
_FPHA_ORDER = [0, 1, 6, 7, 8, 2, 9, 10, 11, 3, 12, 13, 14, 4, 15, 16, 17, 5, 18, 19, 20]
SIGNS_RATE_HZ = 20.0
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


def odd_and_even(sequences: Sequence[Recording]) -> dict[str, list[Recording]]:
    """SHREC's sequences by number: scripts of the virtual hand were made with a look at the odd ones only."""
    return {
        name: [recording for recording in sequences if int(recording.name.split("-")[1]) % 2 == odd]
        for name, odd in (("odd", 1), ("even", 0))
    }


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
    points: NDArray[np.float64], rate_hz: float, takes: tuple[Take, ...] = (), *, name: str
) -> Recording:
    """A right hand's 3-D points (T, 21, 3) in the person's frame, metres, as `CAMERA` sees them."""
    centred = points - np.nanmedian(points[:, 0], axis=0)
    seen = _one_hand(project(CAMERA.to_camera(centred), IMAGE_SIZE))
    return _recording(seen, rate_hz, takes, name=name, view=CAMERA.view, engine="leap motion")


def fpha(folder: Path) -> tuple[list[Recording], list[Recording]]:
    """The sequences of the official split, Training and Test, each one take from its first frame to its last.

    The points are in the frame of the sensor that the person wears (x right, y down, z away from it). The virtual
    camera looks the same way from `FPHA_BACK_M` behind; its image has no edges at which a hand would be lost.
    """
    with np.load(folder / "fpha_skeletons.npz", allow_pickle=False) as arrays:
        coords, offsets, keys = arrays["coords"], arrays["offsets"], arrays["keys"].tolist()
    spans = dict(zip(keys, zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True), strict=True))
    return tuple(  # type: ignore[return-value]
        [_fpha_recording(coords[slice(*spans[key])], key) for key in part]
        for part in _fpha_split(folder / "split.txt")
    )


def _fpha_split(path: Path) -> tuple[list[str], list[str]]:
    """The keys under each of the headings "Training N" and "Test N"."""
    parts: dict[str, list[str]] = {"Training": [], "Test": []}
    heading = ""
    for line in path.read_text().splitlines():
        first, _, _ = line.partition(" ")
        if first in parts:
            heading = first
        elif first:
            parts[heading].append(first)
    return parts["Training"], parts["Test"]


def _fpha_recording(coords_mm: NDArray[np.float32], key: str) -> Recording:
    person, action, _ = key.split("/")
    points_m = coords_mm[:, _FPHA_ORDER].astype(np.float64) / 1000 + (0.0, 0.0, FPHA_BACK_M)
    whole = Take(0.0, len(points_m) / FPHA_RATE_HZ, action, "right")
    seen = _one_hand(project(points_m, IMAGE_SIZE))
    return _recording(
        seen, FPHA_RATE_HZ, (whole,), name=key, person=person, view="egocentric", engine="magnetic sensors"
    )


def webcam_signs(folder: Path) -> list[Recording]:
    """MediaPipe's landmarks of every sign, each one take of both hands from its first frame to its last.

    Assumed, because it was not kept: 20 frames a second, images of 4 : 3, not mirrored.
    """
    return [
        _sign(hands, str(label), f"{path.stem}-{index:03d}", path.stem)
        for path in sorted(folder.glob("person_*.npz"))
        for index, (hands, label) in enumerate(_signs_of(path))
    ]


def _signs_of(path: Path) -> Iterator[tuple[NDArray[np.float32], str]]:
    with np.load(path, allow_pickle=False) as arrays:
        yield from zip(arrays["hands"], arrays["labels"], strict=True)


def _sign(hands: NDArray[np.float32], label: str, name: str, person: str) -> Recording:
    landmarks = hands[~np.isnan(hands).all(axis=(1, 2, 3))].copy()  # without the padding
    landmarks[(landmarks == 0).all(axis=(2, 3))] = np.nan  # a hand that was not seen
    whole = Take(0.0, len(landmarks) / SIGNS_RATE_HZ, label, "both")
    return _recording(
        landmarks, SIGNS_RATE_HZ, (whole,), name=name, person=person, view="facing", engine="mediapipe"
    )


def egocentric(
    folder: Path,
    cache: Path,
    *,
    limit: int | None = None,
    on_clip: Callable[[Outcome], None] = lambda _: None,
) -> list[Recording]:
    """The clips as `gesture recordings import` reads them: our tracker, takes trimmed to the motion.

    `person` is the environment; a clip of random movement is `background` from end to end.

    Args:
        folder: `clips.csv` (file, label, environment) and the clips.
        cache: what the tracker found is kept there; a clip that was read once is not read again.
        limit: as for `thinned`.
        on_clip: told of every clip.

    Raises:
        SystemExit: a clip cannot be read or shows no hand: leaving it out would flatter.
    """
    sources = thinned(sources_in_table(folder / "clips.csv", group_column="environment"), limit)
    recordings = []
    for outcome in import_sources(sources, cache, Settings(view="egocentric")):
        on_clip(outcome)
        if outcome.recording is None:
            raise SystemExit(f"{outcome.source.path}: {outcome.message}")
        recordings.append(read_recording(outcome.recording))
    return recordings


def _one_hand(landmarks: NDArray[np.float64]) -> NDArray[np.float32]:
    """A right hand (T, 21, 3) in its slot, the left hand never seen."""
    both = np.full((len(landmarks), NUM_HANDS, NUM_LANDMARKS, 3), np.nan, np.float32)
    both[:, 1] = landmarks
    return both


def _recording(
    landmarks: NDArray[np.float32],
    rate_hz: float,
    takes: tuple[Take, ...],
    *,
    name: str,
    view: View,
    engine: str,
    person: str = "",
) -> Recording:
    """Image landmarks (T, 2, 21, 3) at a steady rate; there are no world landmarks, which the features do not use."""
    sure = np.where(np.isnan(landmarks[:, :, 0, 0]), np.nan, 1.0).astype(np.float32)
    return Recording(
        times_s=np.arange(len(landmarks)) / rate_hz,
        landmarks=landmarks,
        world_landmarks=np.full_like(landmarks, np.nan),
        scores=sure,
        presence=sure.copy(),
        takes=takes,
        person=person,
        image_size=IMAGE_SIZE,
        view=view,
        engine=engine,
        name=name,
    )


def thinned(items: Sequence[Item], limit: int | None) -> list[Item]:
    """At most `limit` of the items, evenly spread over them; all for None.

    Example:
        >>> thinned(range(9), 3)
        [0, 4, 8]
    """
    if limit is None or len(items) <= limit:
        return list(items)
    return [items[at] for at in np.linspace(0, len(items) - 1, limit).astype(int)]
