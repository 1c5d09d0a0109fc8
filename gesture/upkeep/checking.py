"""What is wrong with recordings: a folder goes in, `Problem`s come out, each with its remedy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from gesture.errors import DataError
from gesture.recording import LANDMARKS, MANIFEST, read_recording, recording_folders
from gesture.recording.frames import read_frames
from gesture.types import BACKGROUND, IGNORE, SLOTS, Recording, Take

MIN_RATE_HZ = 14.5
"""Below, a flick falls between two frames. Slow webcams give 15."""
MAX_MISSING = 1 / 3
MAX_GAP_S = 0.5
SHORT, LONG = 0.5, 3.0
"""Times the usual length of a label's takes, told from at least `MIN_TAKES` of them."""
MIN_TAKES = 4


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        recording: the folder's name.
        what: what was found and what was expected.
        remedy: what to do.
    """

    recording: str
    what: str
    remedy: str


@dataclass(frozen=True)
class Check:
    """What a folder of recordings holds.

    Attributes:
        recordings: those that can be read, oldest first.
        problems: by recording.
    """

    recordings: list[Recording]
    problems: list[Problem]


def check_recordings(root: Path) -> Check:
    """Read every recording below a folder and look for what would spoil a training.

    Raises:
        DataError: there is no such folder.

    Example:
        >>> for problem in check_recordings(Path("recordings")).problems:  # doctest: +SKIP
        ...     print(problem.recording, problem.what, problem.remedy)
    """
    if not root.is_dir():
        raise DataError(f"{root}: no such folder. Expected a folder of recordings. Name it.")
    recordings, problems = [], []
    for folder in recording_folders(root):
        try:
            recordings.append(read_recording(folder))
        except DataError as error:
            problems.append(Problem(folder.name, str(error), ""))
            continue
        if read_frames(folder / LANDMARKS).state == "damaged":
            what = f"{LANDMARKS} is damaged: only {len(recordings[-1])} frames can be read"
            problems.append(Problem(folder.name, what, "Restore it from a copy, or record again."))
    usual_s = _usual_lengths_s(recordings)
    for recording in recordings:
        problems += _problems_of(recording, usual_s)
    problems += _leftovers(root)
    return Check(recordings, sorted(problems, key=lambda problem: problem.recording))


def _problems_of(recording: Recording, usual_s: dict[str, float]) -> Iterator[Problem]:
    if not len(recording):
        yield Problem(recording.name, "holds no frame", "Delete its folder.")
        return
    yield from _clock_problems(recording)
    gestures = [take for take in recording.takes if take.label not in (BACKGROUND, IGNORE)]
    for take in gestures:
        yield from _take_problems(recording, take, usual_s.get(take.label))
    yield from _overlaps(recording, gestures)


def _clock_problems(recording: Recording) -> Iterator[Problem]:
    intervals_s = np.diff(recording.times_s)
    if not len(intervals_s):
        return
    rate_hz = 1 / float(np.median(intervals_s))
    if rate_hz < MIN_RATE_HZ:
        yield Problem(
            recording.name,
            f"{rate_hz:.0f} frames a second, expected 15 or more: quick gestures fall between them",
            "Record with more light, or with a smaller image.",
        )
    for index in np.flatnonzero(intervals_s > MAX_GAP_S):
        start_s, end_s = recording.times_s[index : index + 2]
        if any(
            take.start_s < end_s and start_s < take.end_s for take in recording.takes if take.label != IGNORE
        ):
            yield Problem(
                recording.name,
                f"no frame from {start_s:.1f} to {end_s:.1f} s, in the middle of a take",
                "Delete that take, and close what kept the computer busy.",
            )


def _take_problems(recording: Recording, take: Take, usual_s: float | None) -> Iterator[Problem]:
    where = f"{take.label} at {take.start_s:.1f} s"
    missing = _missing(recording, take)
    if missing > MAX_MISSING:
        yield Problem(
            recording.name,
            f"{where}: the hand is missing in {missing:.0%} of its frames",
            "Record it again with more light and the hand inside the image.",
        )
    length_s = take.end_s - take.start_s
    if usual_s is not None and not SHORT * usual_s <= length_s <= LONG * usual_s:
        yield Problem(
            recording.name,
            f"{where}: lasts {length_s:.2f} s, takes of this label usually {usual_s:.2f} s",
            "Look at it with 'gesture review', and move its edges or delete it.",
        )


def _missing(recording: Recording, take: Take) -> float:
    """The share of the take's frames in which its hand, or one of both, is not seen; 1 if it has no frame."""
    inside = (recording.times_s >= take.start_s) & (recording.times_s < take.end_s)
    slots = [slot for slot, name in enumerate(SLOTS) if take.hand in (name, "both")]
    seen = ~np.isnan(recording.landmarks[inside][:, slots, 0, 0]).any(axis=1)
    return 1 - float(seen.mean()) if inside.any() else 1.0


def _overlaps(recording: Recording, takes: Sequence[Take]) -> Iterator[Problem]:
    for first, second in pairwise(takes):
        if second.start_s < first.end_s and (
            first.hand == second.hand or "both" in (first.hand, second.hand)
        ):
            yield Problem(
                recording.name,
                f"{first.label} at {first.start_s:.1f} s and {second.label} at {second.start_s:.1f} s overlap",
                "Move their edges or delete one, with 'gesture review' or in recording.json.",
            )


def _usual_lengths_s(recordings: Sequence[Recording]) -> dict[str, float]:
    """The median length of each label's takes, where there are enough of them."""
    lengths_s: dict[str, list[float]] = {}
    for recording in recordings:
        for take in recording.takes:
            lengths_s.setdefault(take.label, []).append(take.end_s - take.start_s)
    return {label: float(np.median(each)) for label, each in lengths_s.items() if len(each) >= MIN_TAKES}


def _leftovers(root: Path) -> list[Problem]:
    return [
        Problem(
            path.parent.name,
            f"{path.parent} holds {LANDMARKS} but no {MANIFEST}: an import or a deletion was interrupted",
            "Import or delete again; else remove the folder.",
        )
        for path in sorted(root.rglob(LANDMARKS))
        if not (path.parent / MANIFEST).exists()
    ]
