"""Recordings -> the same with shorter waits: who records holds still until "now", who uses gestures does not.

A network that only ever saw gestures begin after a countdown takes the stillness for a part of them, and misses what
comes straight out of a movement. The hand rests during a countdown, so a piece can be left out without a seam.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gesture.types import BACKGROUND, IGNORE, Recording, Take

_REST_S = 0.3  # a session begins to count only when the hand has been still for longer than this
_LATEST_S = 1.5  # after "now": what begins later has another reason for it
_LEAST_S = 0.1
_SHORTEST_S = 1e-3  # what is left of a countdown that was left out whole
_SEAM = 0.3  # how far the wrist may be from where it was, in lengths of the hand


class _Cut(NamedTuple):
    start_s: float
    end_s: float


def shorten_waits(recording: Recording, rng: np.random.Generator) -> Recording:
    """Leave out a random part of the countdown before each take, more often most of it than little.

    Args:
        recording: takes that follow an `ignore` interval within 1.5 s are taken to have waited for it.
        rng: its only source of chance; not touched where nobody waited.

    Returns:
        A recording of at most as many frames, without gaps in time.

    Example:
        >>> shorten_waits(recording, np.random.default_rng(0)).duration_s <= recording.duration_s
        True
    """
    countdowns = [(take, before) for take in recording.takes if (before := _countdown(recording, take))]
    cuts = [_choose(take, before, rng) for take, before in countdowns]
    seamless = [
        cut for cut, (take, _) in zip(cuts, countdowns, strict=True) if _is_seamless(recording, take, cut)
    ]
    return _without(recording, seamless) if seamless else recording


def _countdown(recording: Recording, take: Take) -> Take | None:
    """What was waited for before a take."""
    if take.label in (BACKGROUND, IGNORE):
        return None
    before = (
        other
        for other in recording.takes
        if other.label == IGNORE and 0 <= take.start_s - other.end_s < _LATEST_S
    )
    return max(before, key=lambda other: other.end_s, default=None)


def _choose(take: Take, countdown: Take, rng: np.random.Generator) -> _Cut:
    start_s, end_s = countdown.start_s - _REST_S, take.start_s - _LEAST_S
    return _Cut(start_s, end_s - (end_s - start_s) * float(rng.random()) ** 2)


def _is_seamless(recording: Recording, take: Take, cut: _Cut) -> bool:
    """Whether the hand is where it was."""
    ends = np.searchsorted(recording.times_s, cut) - (1, 0)
    if ends[0] < 0 or ends[1] <= ends[0] + 1:
        return False
    slots = {"left": [0], "right": [1], "both": [0, 1]}[take.hand]
    hands = recording.landmarks[ends][:, slots, :, :2] * np.array(recording.image_size, np.float32)
    moved = np.linalg.norm(hands[1, :, 0] - hands[0, :, 0], axis=-1)
    return bool((moved < _SEAM * np.linalg.norm(hands[0, :, 9] - hands[0, :, 0], axis=-1)).all())


def _without(recording: Recording, cuts: Sequence[_Cut]) -> Recording:
    def earlier(times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        return times_s - sum(np.clip(times_s - start_s, 0, end_s - start_s) for start_s, end_s in cuts)

    gone = [(recording.times_s >= start_s) & (recording.times_s < end_s) for start_s, end_s in cuts]
    kept = ~np.any(gone, axis=0)
    spans = earlier(np.array([(take.start_s, take.end_s) for take in recording.takes])).tolist()
    takes = tuple(
        replace(take, start_s=start_s, end_s=end_s)
        for take, (start_s, end_s) in zip(recording.takes, spans, strict=True)
        if end_s - start_s > _SHORTEST_S
    )
    return replace(recording.select(kept, earlier(recording.times_s[kept])), takes=takes)
