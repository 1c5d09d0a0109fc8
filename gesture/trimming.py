"""Where in a stretch of frames the gesture is: the one stage that may look ahead, because it works on the past.

In: a `Recording` without takes, and a stretch of it. Out: a `Take` without the rest before and after.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gesture.errors import DataError
from gesture.types import SLOTS, Hand, Recording, Take

MOVING = 1.0
"""Hand sizes a second: below it a hand is still. Resting hands stay under 0.5, the slowest gestures exceed 2."""
POSE_S = 2.0
"""A hand that never moves makes a pose, and so much of it is kept."""
_SHORTEST_POSE_S = 0.5
_SHARE_OF_PEAK = 0.15
_MARGIN_S = 0.1
_SPAN_S = 0.1  # speed is measured over this: between two frames of a fast camera jitter would look like speed
_BOTH_SHARE = 0.5
_TOGETHER_SHARE = 0.2  # hands less often in view together are one, called left and right in turn
_POINTS = (0, 4, 8, 12, 16, 20)


def trim(recording: Recording, label: str, start_s: float, end_s: float) -> Take:
    """The gesture within a stretch of a recording.

    Args:
        recording: T frames.
        label: the gesture's name.
        start_s, end_s: the stretch.

    Returns:
        The take from just before the hand starts to move until just after it rests; the whole of the time the
        hand is in view if it never moves (a pose). Its hand is the one that moved, or `both` where the other
        one moved at least half as fast.

    Raises:
        DataError: no hand is in view for at least three frames.

    Example:
        >>> trim(recording, "wave", 0.0, 3.0)
        Take(start_s=0.7, end_s=2.1, label='wave', hand='right')
    """
    inside = np.flatnonzero((recording.times_s >= start_s) & (recording.times_s < end_s))
    speeds = hand_speeds(recording)[inside]  # (N, 2)
    times_s = recording.times_s[inside]
    seen = ~np.isnan(recording.landmarks[inside, :, 0, 0])
    if seen.any(axis=1).sum() < 3:
        raise DataError(
            f"{label}: no hand in view from {start_s:.1f} to {end_s:.1f} s. "
            "Expected one; come closer, keep the hand inside the image, or turn on a light."
        )
    hand = _hand_that_moves(speeds, seen)
    slots = [slot for slot, name in enumerate(SLOTS) if hand in (name, "both")]
    first, last = _moving_span(np.nan_to_num(speeds[:, slots]).max(axis=1), np.any(seen[:, slots], axis=1))
    step_s = float(np.median(np.diff(times_s)))
    start = max(float(times_s[first]) - _MARGIN_S, times_s[0])
    end = min(times_s[last] + _MARGIN_S, times_s[-1]) + step_s / 2
    return Take(float(start), float(min(end, recording.times_s[-1] + step_s / 2)), label, hand)


def trim_pose(recording: Recording, label: str, start_s: float, end_s: float) -> Take:
    """The last `POSE_S` in which a hand is in view, for a stretch in which none moved.

    Arguments, result and hand as for `trim`.

    Raises:
        DataError: no hand is in view, or too briefly to be meant.

    Example:
        >>> trim_pose(recording, "fist", 0.0, 3.0)
        Take(start_s=1.0, end_s=3.0, label='fist', hand='left')
    """
    hand = trim(recording, label, start_s, end_s).hand
    inside = (recording.times_s >= start_s) & (recording.times_s < end_s)
    seen = inside & ~np.isnan(recording.landmarks[:, :, 0, 0]).all(axis=1)
    first_s, last_s = recording.times_s[seen][[0, -1]].tolist()
    if last_s - first_s < _SHORTEST_POSE_S:
        raise DataError(
            f"{label}: a hand was in view for {last_s - first_s:.1f} s only, and did not move. "
            f"Expected a movement, or a pose held for {POSE_S:g} s."
        )
    return Take(max(first_s, last_s - POSE_S), last_s, label, hand)


def hand_speeds(recording: Recording) -> NDArray[np.float64]:
    """How fast each hand moves at each frame, in hand sizes a second: (T, 2), NaN next to a gap.

    The fastest of wrist and fingertips counts, so that a pinch moves as much as a swipe; a median over three
    frames keeps the tracker's jumps out.
    """
    scale = np.array(recording.image_size, np.float64)
    points = recording.landmarks[..., :2] * scale  # (T, 2, 21, 2)
    lengths = np.linalg.norm(points[:, :, 9] - points[:, :, 0], axis=-1)
    size = np.nanmedian(lengths) if np.isfinite(lengths).any() else 1.0
    times_s, newest = recording.times_s, len(points) - 1
    before = np.maximum(np.searchsorted(times_s, times_s - _SPAN_S / 2, side="right") - 1, 0)
    after = np.minimum(np.searchsorted(times_s, times_s + _SPAN_S / 2), newest)
    span_s = np.maximum(times_s[after] - times_s[before], 1e-6)[:, None]
    path = np.linalg.norm(points[after][:, :, _POINTS] - points[before][:, :, _POINTS], axis=-1).max(
        axis=-1
    )  # (T, 2)
    speed = path / span_s / max(float(size), 1.0)
    padded = np.pad(speed, ((1, 1), (0, 0)), mode="edge")
    median: NDArray[np.float64] = np.median(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0)
    return median


def _hand_that_moves(speeds: NDArray[np.float64], seen: NDArray[np.bool_]) -> Hand:
    peaks = np.nan_to_num(speeds).max(axis=0)
    if not seen.any(axis=0).all():
        return SLOTS[int(seen.any(axis=0).argmax())]
    if peaks.max() < MOVING:
        are_both = np.ptp(seen.sum(axis=0)) <= len(seen) / 2
    else:
        are_both = peaks.min() >= _BOTH_SHARE * peaks.max()
        if not are_both:
            return SLOTS[int(peaks.argmax())]
    together = seen.all(axis=1).sum() / seen.any(axis=1).sum()
    return "both" if are_both and together >= _TOGETHER_SHARE else SLOTS[int(seen.sum(axis=0).argmax())]


def _moving_span(speed: NDArray[np.float64], seen: NDArray[np.bool_]) -> tuple[int, int]:
    """First and last frame of the movement; of the hand's stay in view if there is none."""
    peak = speed.max()
    moving = speed > max(MOVING, _SHARE_OF_PEAK * peak) if peak > MOVING else seen
    frames = np.flatnonzero(moving)
    return int(frames[0]), int(frames[-1])
