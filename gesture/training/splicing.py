"""Recordings -> their takes again, straight out of other movements and straight back into them.

Who records waits for "now", holds still, makes the gesture and looks at what came of it. Who uses gestures does none of
this: the hand comes from something else and goes on to something else. A network that never saw that takes the
stillness for a part of the gesture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gesture.training.dataset import EDGE_S
from gesture.types import BACKGROUND, IGNORE, NUM_HANDS, Array, Recording, Take
from gesture.windows import HOLD_S, runs

_STRETCH_S = (0.4, 1.2)  # how much of another movement comes before and after
_WAY_S, _WAY_S_PER_HAND, _WAY_SPREAD = 0.2, 0.08, 0.3  # a hand length of 10 cm at about a metre a second

Frames = NDArray[np.int64]
"""Indices of a recording's frames."""


@dataclass(frozen=True)
class _Splice:
    """One take between two stretches of background; `ways` are the frames that lead there and back."""

    before: Frames
    take: Frames
    after: Frames
    ways: tuple[int, int]
    label: Take
    slots: list[int]


def spliced_takes(recording: Recording, rng: np.random.Generator) -> Recording | None:
    """Takes between background from elsewhere in the recording, joined by smooth ways.

    Args:
        recording: with takes and with hands in view between them.
        rng: chooses takes, background and how fast the ways are.

    Returns:
        A recording in which each spliced take is a track of its own; None if there is nothing to splice.

    Example:
        >>> [take.label for take in spliced_takes(recording, np.random.default_rng(0)).takes]
        ['wave', 'wave', 'circle']
    """
    if len(recording) < 2:
        return None
    background, step_s = _is_background(recording), _step_s(recording)
    splices = [
        splice
        for take in recording.takes
        if take.label not in (BACKGROUND, IGNORE)
        and (splice := _splice(recording, take, background, step_s, rng)) is not None
    ]
    return _joined(recording, splices, step_s) if splices else None


def _splice(
    recording: Recording,
    take: Take,
    background: NDArray[np.bool_],
    step_s: float,
    rng: np.random.Generator,
) -> _Splice | None:
    slots = {"left": [0], "right": [1], "both": [0, 1]}[take.hand]
    seen = ~np.isnan(recording.landmarks[:, slots, 0, 0]).any(axis=1)
    inside = np.flatnonzero(seen & (recording.times_s >= take.start_s) & (recording.times_s < take.end_s))
    stretches = runs(seen & background)
    before, after = (_stretch(stretches, step_s, rng) for _ in range(2))
    if len(inside) < 2 or before is None or after is None:
        return None
    whole = np.arange(inside[0], inside[-1] + 1)  # a hand lost on the way stays lost
    ways = tuple(
        _way_frames(recording, slots, pair, step_s, rng)
        for pair in ((before[-1], whole[0]), (whole[-1], after[0]))
    )
    return _Splice(before, whole, after, (ways[0], ways[1]), take, slots)


def _is_background(recording: Recording) -> NDArray[np.bool_]:
    times_s = recording.times_s
    free = np.ones(len(times_s), bool)
    for take in recording.takes:
        if take.label != BACKGROUND:
            free &= (times_s < take.start_s - EDGE_S) | (times_s >= take.end_s + EDGE_S)
    return free


def _stretch(stretches: list[slice], step_s: float, rng: np.random.Generator) -> Frames | None:
    """Somewhere in the background, where there is enough of it."""
    num = max(2, round(rng.uniform(*_STRETCH_S) / step_s))
    starts = np.array([max(0, each.stop - each.start - num + 1) for each in stretches])
    if not starts.sum():
        return None
    chosen = rng.choice(len(stretches), p=starts / starts.sum())
    first = stretches[chosen].start + int(rng.integers(starts[chosen]))
    return np.arange(first, first + num)


def _step_s(recording: Recording) -> float:
    return float(np.median(np.diff(recording.times_s)))


def _way_frames(
    recording: Recording,
    slots: list[int],
    ends: tuple[np.int64, np.int64],
    step_s: float,
    rng: np.random.Generator,
) -> int:
    """How many frames the way between two frames takes: more where it is far."""
    scale = np.array(recording.image_size, np.float32)
    here, there = (recording.landmarks[at, slots, :, :2] * scale for at in ends)
    hand_px = np.linalg.norm(here[:, 9] - here[:, 0], axis=-1).max()
    distance = np.linalg.norm(there - here, axis=-1).max() / max(float(hand_px), 1e-6)
    seconds = (_WAY_S + _WAY_S_PER_HAND * distance) * np.exp(rng.normal(0.0, _WAY_SPREAD))
    return max(1, round(float(seconds) / step_s))


def _joined(recording: Recording, splices: list[_Splice], step_s: float) -> Recording:
    """One after another, with a pause in which the hand is gone."""
    indices, landmarks, times_s, takes, now_s = [], [], [], [], 0.0
    for each in splices:
        index = [
            each.before, np.repeat(each.before[-1], each.ways[0]), each.take,
            np.repeat(each.take[-1], each.ways[1]), each.after,
        ]  # fmt: skip
        indices += index
        landmarks.append(_landmarks(recording, each))
        num_frames = sum(map(len, index))
        times_s.append(now_s + step_s * np.arange(num_frames))
        start_s = now_s + step_s * (len(index[0]) + len(index[1]))
        takes.append(replace(each.label, start_s=start_s, end_s=start_s + step_s * len(each.take)))
        now_s += step_s * (num_frames + 2) + HOLD_S
    joined = recording.select(np.concatenate(indices), np.concatenate(times_s))
    return replace(joined, landmarks=np.concatenate(landmarks), takes=tuple(takes))


def _landmarks(recording: Recording, splice: _Splice) -> Array:
    """(T, 2, 21, 3): the hands of the take, everybody else gone."""
    pieces = [
        recording.landmarks[frames][:, splice.slots] for frames in (splice.before, splice.take, splice.after)
    ]
    there, back = (_way(pieces[leg][-1], pieces[leg + 1][0], num) for leg, num in enumerate(splice.ways))
    found = np.concatenate([pieces[0], there, pieces[1], back, pieces[2]])
    landmarks = np.full((len(found), NUM_HANDS, *found.shape[2:]), np.nan, np.float32)
    landmarks[:, splice.slots] = found
    return landmarks


def _way(here: Array, there: Array, num: int) -> Array:
    """(num, H, 21, 3) between two frames, without them; as smooth as can be (minimum jerk, Flash & Hogan 1985)."""
    u = np.linspace(0, 1, num + 2, dtype=np.float32)[1:-1, None, None, None]
    way: Array = here + (there - here) * (u**3 * (10 - 15 * u + 6 * u * u))
    return way
