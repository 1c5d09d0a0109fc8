"""Frames at whatever rate the camera gives -> ticks of the model's own clock, live and offline alike.

In: the `HandFrame`s of a stream, or a whole `Recording`. Out: a `Sequence`, one row per tick. Tick k is at
k / rate_hz seconds of the source's clock and takes the newest frame at or before it; a hand that is missing
there is held where it was last seen, with `present` False, for up to `HOLD_S`. Nothing looks ahead, so what a
recording gives offline is what it gave live, to the bit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gesture.types import NUM_HANDS, NUM_LANDMARKS, Array, HandFrame, Recording

HOLD_S = 1.0
"""A hand unseen for longer is gone: its track ends and the model's state restarts. Trackers lose a fast hand
for at most a few tenths of a second (4 to 55 % of the frames of real swipes at 16.7 frames a second)."""


@dataclass(frozen=True)
class Sequence:
    """Rows on the model's clock. T = number of ticks.

    Attributes:
        ticks: int64 (T,); tick k is at k / rate_hz seconds.
        landmarks: (T, 2, 21, 3) as in `HandFrame`; held through gaps, NaN where no hand is tracked.
        frame_times_s: float64 (T, 2), when the frame that each hand is taken from was captured; NaN likewise.
        present: bool (T, 2), False where the hand is held rather than seen.
        rate_hz: ticks a second.
    """

    ticks: NDArray[np.int64]
    landmarks: Array
    frame_times_s: NDArray[np.float64]
    present: NDArray[np.bool_]
    rate_hz: float

    def __len__(self) -> int:
        return len(self.ticks)

    @property
    def times_s(self) -> NDArray[np.float64]:
        """float64 (T,): the ticks in seconds."""
        return self.ticks / self.rate_hz

    @property
    def tracked(self) -> NDArray[np.bool_]:
        """bool (T, 2): a hand is seen or held."""
        return ~np.isnan(self.frame_times_s)


def first_tick(time_s: float, rate_hz: float) -> int:
    """The first tick at or after a time.

    Example:
        >>> first_tick(0.05, 25.0)
        2
    """
    tick = math.floor(time_s * rate_hz)
    return tick if tick / rate_hz >= time_s else tick + 1


def resample(recording: Recording, rate_hz: float) -> Sequence:
    """A recording on the model's clock: every tick from its first frame to its last.

    Args:
        recording: T frames at any rate.
        rate_hz: the model's rate.

    Returns:
        A `Sequence`; empty for a recording without frames.

    Example:
        >>> resample(recording, 25.0).landmarks.shape
        (250, 2, 21, 3)
    """
    times_s = recording.times_s
    if not len(times_s):
        return _empty(rate_hz)
    ticks = np.arange(first_tick(times_s[0], rate_hz), math.floor(times_s[-1] * rate_hz) + 2)
    ticks = ticks[ticks / rate_hz <= times_s[-1]]
    newest = np.searchsorted(times_s, ticks / rate_hz, side="right") - 1  # (T,)
    last_seen = _last_seen(recording.landmarks)[newest]  # (T, 2)
    frame_times_s = np.where(last_seen >= 0, times_s[last_seen], np.nan)
    frame_times_s[(ticks / rate_hz)[:, None] - frame_times_s > HOLD_S] = np.nan
    landmarks = recording.landmarks[last_seen, np.arange(NUM_HANDS)]
    landmarks[np.isnan(frame_times_s)] = np.nan
    present = last_seen == newest[:, None]
    return Sequence(ticks, landmarks, frame_times_s, present, rate_hz)


def _last_seen(landmarks: Array) -> NDArray[np.int64]:
    """(N, 2): for each frame and hand, the newest frame up to it that holds the hand; -1 for none."""
    seen = ~np.isnan(landmarks[:, :, 0, 0])
    index = np.where(seen, np.arange(len(landmarks))[:, None], -1)
    return np.maximum.accumulate(index, axis=0)


def _empty(rate_hz: float) -> Sequence:
    return Sequence(
        np.zeros(0, np.int64),
        np.zeros((0, NUM_HANDS, NUM_LANDMARKS, 3), np.float32),
        np.zeros((0, NUM_HANDS)),
        np.zeros((0, NUM_HANDS), bool),
        rate_hz,
    )


_Row = tuple[int, Array, list[float], list[bool]]


class SequenceBuffer:
    """`resample`, one frame at a time.

    A tick is known once a frame at or after it has come, so each `update` returns the ticks since the last one:
    none, one, or several after a gap.

    Args:
        rate_hz: the model's rate.

    Example:
        >>> buffer = SequenceBuffer(25.0)
        >>> for hand_frame in hand_frames:
        ...     rows = buffer.update(hand_frame)
    """

    def __init__(self, rate_hz: float) -> None:
        self.rate_hz = rate_hz
        self._next_tick: int | None = None
        self._time_s = -math.inf
        self._landmarks = np.full((NUM_HANDS, NUM_LANDMARKS, 3), np.nan, np.float32)
        self._frame_times_s = [math.nan] * NUM_HANDS
        self._present = [False] * NUM_HANDS

    def update(self, hand_frame: HandFrame) -> Sequence:
        """The ticks that this frame settles.

        Args:
            hand_frame: later than every one before it.

        Returns:
            A `Sequence` of the new rows, possibly none.

        Raises:
            ValueError: if time did not advance.
        """
        if hand_frame.time_s <= self._time_s:
            raise ValueError(
                f"a frame at {hand_frame.time_s} s came after one at {self._time_s} s. Time must advance."
            )
        self._time_s = hand_frame.time_s
        if self._next_tick is None:
            self._next_tick = first_tick(hand_frame.time_s, self.rate_hz)
        before = self._ticks_until(hand_frame.time_s, inclusive=False)
        rows = [self._row(tick) for tick in before]
        self._take(hand_frame)
        rows += [self._row(tick) for tick in self._ticks_until(hand_frame.time_s, inclusive=True)]
        return self._sequence(rows)

    def _ticks_until(self, time_s: float, *, inclusive: bool) -> range:
        assert self._next_tick is not None
        start = self._next_tick
        end = first_tick(time_s, self.rate_hz)
        if inclusive and end / self.rate_hz == time_s:
            end += 1
        self._next_tick = max(start, end)
        return range(start, self._next_tick)

    def _take(self, hand_frame: HandFrame) -> None:
        self._present = hand_frame.seen.tolist()
        for slot in range(NUM_HANDS):
            if self._present[slot]:
                self._landmarks[slot] = hand_frame.landmarks[slot]
                self._frame_times_s[slot] = hand_frame.time_s

    def _row(self, tick: int) -> _Row:
        for slot in range(NUM_HANDS):
            if tick / self.rate_hz - self._frame_times_s[slot] > HOLD_S:
                self._landmarks[slot] = self._frame_times_s[slot] = math.nan
        return tick, self._landmarks.copy(), self._frame_times_s.copy(), self._present

    def _sequence(self, rows: list[_Row]) -> Sequence:
        if not rows:
            return _empty(self.rate_hz)
        # np.array, because np.stack is several times slower on the one row that a frame usually gives.
        ticks, landmarks, frame_times_s, present = map(np.array, zip(*rows, strict=True))
        return Sequence(ticks, landmarks, frame_times_s, present, self.rate_hz)


def runs(tracked: NDArray[np.bool_]) -> list[slice]:
    """The unbroken stretches of True, in order: a hand's tracks, from its appearance to its leaving.

    Args:
        tracked: bool (T,).

    Example:
        >>> runs(np.array([False, True, True, False, True]))
        [slice(1, 3, None), slice(4, 5, None)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], tracked, [False]]).astype(np.int8)))
    return [slice(int(start), int(stop)) for start, stop in zip(edges[::2], edges[1::2], strict=True)]
