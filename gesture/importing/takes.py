"""Where in a source the gestures are: a `Recording` without takes and its labels -> one with takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gesture.errors import DataError
from gesture.importing.sources import Stretch
from gesture.trimming import trim
from gesture.types import BACKGROUND, IGNORE, Recording, Take


def with_takes(
    recording: Recording, stretches: Sequence[Stretch], *, is_trimmed: bool = False
) -> tuple[Recording, list[str]]:
    """A recording with a take for each of its labels.

    Args:
        recording: at least one frame.
        stretches: where each label is. One without times is trimmed to the motion in the whole recording.
        is_trimmed: the whole recording is the gesture: nothing is trimmed.

    Returns:
        The recording, and a sentence for each stretch in which no hand was seen; those become `ignore`.

    Raises:
        DataError: no hand was seen in any.
    """
    takes, problems = [], []
    for stretch in stretches:
        try:
            takes.append(_take(recording, stretch, is_trimmed))
        except DataError as error:
            problems.append(str(error))
            takes.append(_whole(recording, replace(stretch, label=IGNORE)))
    if problems and all(take.label == IGNORE for take in takes):
        raise DataError(problems[0])
    return replace(recording, takes=tuple(sorted(takes))), problems


def _take(recording: Recording, stretch: Stretch, is_trimmed: bool) -> Take:
    whole = _whole(recording, stretch)
    if stretch.label == BACKGROUND:
        return whole
    trimmed = trim(recording, stretch.label, whole.start_s, whole.end_s)
    is_given = stretch.start_s is not None or stretch.end_s is not None
    return replace(whole, hand=trimmed.hand) if is_given or is_trimmed else trimmed


def _whole(recording: Recording, stretch: Stretch) -> Take:
    """The stretch as it was given, cut where the recording begins and ends.

    Raises:
        DataError: nothing is left of it.
    """
    first_s, last_s = float(recording.times_s[0]), float(recording.times_s[-1])
    frame_s = recording.duration_s / max(len(recording) - 1, 1) or 1.0
    start_s = max(first_s, first_s if stretch.start_s is None else stretch.start_s)
    end_s = min(last_s + frame_s, last_s + frame_s if stretch.end_s is None else stretch.end_s)
    if not start_s < end_s:
        raise DataError(
            f"{stretch.label}: begins at {start_s:g} s, and the source ends at {last_s:.1f} s. "
            "Correct start_s in the table."
        )
    return Take(start_s, end_s, stretch.label, "both")
