"""A sequence of both hands -> what the network reads: one stream per hand, or one for both hands together.

A stream is one hand's stay in view (its track); the model's state starts afresh with each. `streams` cuts a
whole recording, `LiveStreams` does the same row by row, through the same two functions of `features`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gesture import features
from gesture.features import Geometry, Rows
from gesture.types import NUM_HANDS, SLOTS, Array, Hand, Recording
from gesture.windows import Sequence, resample, runs

Hands = Literal["one", "both"]
"""`one`: the same network runs for each hand; `both`: one network sees the two."""
Form = Literal["streaming", "window"]
"""How the network reads a stream: one step a tick with a state, or the last seconds anew at every tick."""


@dataclass(frozen=True)
class Stream:
    """One unbroken run of the network's input. T = number of ticks.

    Attributes:
        hand: "left", "right" or "both".
        times_s: float64 (T,), the ticks in the source's seconds.
        features: float32 (T, F).
    """

    hand: Hand
    times_s: NDArray[np.float64]
    features: Array


def num_features(hands: Hands) -> int:
    """The width of a stream: F.

    Example:
        >>> num_features("one") == features.NUM_FEATURES
        True
    """
    return features.NUM_FEATURES if hands == "one" else 2 * features.NUM_FEATURES + features.NUM_RELATIONS


def streams(recording: Recording, hands: Hands, rate_hz: float) -> list[Stream]:
    """What the network reads of a recording.

    Args:
        recording: at any frame rate.
        hands: one stream per hand, or one for both.
        rate_hz: the model's rate.

    Returns:
        Streams by hand, then by time; none where no hand is seen.
    """
    sequence = resample(recording, rate_hz)
    geometry = Geometry(recording.image_size, recording.view, recording.mirrored)
    poses = [_poses(sequence, slot, geometry) for slot in range(NUM_HANDS)]
    if hands == "both":
        return _joint_streams(sequence, poses)
    return [
        Stream(SLOTS[slot], sequence.times_s[run], features.track_features(poses[slot][run], rate_hz))
        for slot in range(NUM_HANDS)
        for run in runs(sequence.tracked[:, slot])
    ]


def _poses(sequence: Sequence, slot: int, geometry: Geometry) -> Rows:
    """(T, POSE_SIZE), NaN where the hand is not tracked."""
    rows = np.full((len(sequence), features.POSE_SIZE), np.nan)
    tracked = sequence.tracked[:, slot]
    rows[tracked] = features.pose(
        sequence.landmarks[tracked, slot],
        sequence.frame_times_s[tracked, slot],
        sequence.times_s[tracked],
        sequence.present[tracked, slot],
        slot,
        geometry,
    )
    return rows


def _joint_streams(sequence: Sequence, poses: list[Rows]) -> list[Stream]:
    tracked = sequence.tracked
    joint = np.zeros((len(sequence), num_features("both")), np.float32)
    for slot in range(NUM_HANDS):
        columns = slice(slot * features.NUM_FEATURES, (slot + 1) * features.NUM_FEATURES)
        for run in runs(tracked[:, slot]):
            joint[run, columns] = features.track_features(poses[slot][run], sequence.rate_hz)
    two = tracked.all(axis=1)
    joint[two, -features.NUM_RELATIONS :] = features.relation(poses[0][two], poses[1][two])
    return [Stream("both", sequence.times_s[run], joint[run]) for run in runs(np.any(tracked, axis=1))]


@dataclass(frozen=True)
class StreamRow:
    """One tick of one stream.

    Attributes:
        time_s: the tick, in the source's seconds.
        hand: which stream.
        features: float32 (F,), or None at the first tick after the stream's end.
        starts: True on a stream's first row: the model's state starts afresh.
    """

    time_s: float
    hand: Hand
    features: Array | None
    starts: bool


class LiveStreams:
    """`streams`, one frame's ticks at a time. Where no hand is tracked it costs nothing.

    Args:
        hands: one stream per hand, or one for both.
        rate_hz: the model's rate.
    """

    def __init__(self, hands: Hands, rate_hz: float) -> None:
        self.hands = hands
        lags = features.lags(rate_hz)
        length = max(lags) + 1
        self._history = np.full((length, NUM_HANDS, features.POSE_SIZE), np.nan)
        """The newest poses, in a ring."""
        self._before = (np.arange(length)[:, None] - lags) % length
        """(length, L): from where in the ring to look back how far."""
        self._at = 0
        self._tracked = [False] * NUM_HANDS

    def update(self, rows: Sequence, geometry: Geometry) -> list[StreamRow]:
        """The network's input at the ticks that a frame settled.

        Args:
            rows: a `Sequence` that follows the last one.
            geometry: of the camera.

        Returns:
            By tick, a `StreamRow` for each stream that goes on or has just ended.
        """
        if not (any(self._tracked) or rows.tracked.any()):
            return []
        times_s = rows.times_s
        poses = features.pose(
            rows.landmarks, rows.frame_times_s, times_s[:, None], rows.present, features.BOTH, geometry
        )
        ticks = zip(poses, rows.tracked.tolist(), times_s.tolist(), strict=True)
        return [row for tick in ticks for row in self._tick(*tick)]

    def _tick(self, poses: Rows, tracked: list[bool], time_s: float) -> list[StreamRow]:
        """`poses` is (2, POSE_SIZE)."""
        before, self._tracked = self._tracked, tracked
        if not any(tracked + before):
            return []
        starts = [now and not ago for now, ago in zip(tracked, before, strict=True)]
        seen = self._features(poses, starts)
        if self.hands == "both":
            joint = self._joint(poses, seen, tracked) if any(tracked) else None
            return [StreamRow(time_s, "both", joint, not any(before))]
        return [
            StreamRow(time_s, SLOTS[slot], seen[slot] if tracked[slot] else None, starts[slot])
            for slot in range(NUM_HANDS)
            if tracked[slot] or before[slot]
        ]

    def _features(self, poses: Rows, starts: list[bool]) -> Array:
        """(2, F), NaN for a hand that is not tracked."""
        self._at = (self._at + 1) % len(self._history)
        self._history[self._at] = poses
        for slot in range(NUM_HANDS):
            if starts[slot]:
                self._history[:, slot] = poses[slot]  # before its beginning a track was as it began
        return features.features(poses, self._history.take(self._before[self._at], axis=0))

    def _joint(self, poses: Rows, seen: Array, tracked: list[bool]) -> Array:
        rows = np.where(np.array(tracked)[:, None], seen, np.float32(0)).ravel()
        relation = np.zeros(features.NUM_RELATIONS, np.float32)
        if all(tracked):
            relation = features.relation(poses[:1], poses[1:])[0]
        return np.concatenate([rows, relation])
