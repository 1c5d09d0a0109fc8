"""A sequence of both hands -> what the network reads: one stream per hand, or one for both hands together.

A stream is one hand's stay in view (its track); the model's state starts afresh with each. `streams` cuts a
whole recording, `LiveStreams` does the same row by row, through the same two functions of `features`.
"""

from __future__ import annotations

from collections import deque
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
        hand: which stream.
        features: float32 (F,), or None where the stream has ended.
        starts: True on a stream's first row: the model's state starts afresh.
    """

    hand: Hand
    features: Array | None
    starts: bool


class LiveStreams:
    """`streams`, one tick at a time.

    Args:
        hands: one stream per hand, or one for both.
        rate_hz: the model's rate.
    """

    def __init__(self, hands: Hands, rate_hz: float) -> None:
        self.hands = hands
        self._lags = features.lags(rate_hz)
        self._poses: list[deque[Rows]] = [deque(maxlen=max(self._lags) + 1) for _ in SLOTS]
        self._joint_running = False

    def update(self, row: Sequence, geometry: Geometry) -> list[StreamRow]:
        """The network's input at one tick.

        Args:
            row: a `Sequence` of one tick.
            geometry: of the camera.

        Returns:
            One `StreamRow` per stream: two for `one`, one for `both`.
        """
        starts = [self._append(row, slot, geometry) for slot in range(NUM_HANDS)]
        if self.hands == "both":
            return [self._joint_row()]
        return [StreamRow(SLOTS[slot], self._features(slot), starts[slot]) for slot in range(NUM_HANDS)]

    def _append(self, row: Sequence, slot: int, geometry: Geometry) -> bool:
        history = self._poses[slot]
        if not row.tracked[0, slot]:
            history.clear()
            return False
        starts = not history
        history.append(
            features.pose(
                row.landmarks[:, slot],
                row.frame_times_s[:, slot],
                row.times_s,
                row.present[:, slot],
                slot,
                geometry,
            )
        )
        return starts

    def _features(self, slot: int) -> Array | None:
        history = self._poses[slot]
        if not history:
            return None
        newest = len(history) - 1
        before = np.array([history[max(newest - lag, 0)] for lag in self._lags])
        row: Array = features.features(history[newest], before)[0]
        return row

    def _joint_row(self) -> StreamRow:
        rows = [self._features(slot) for slot in range(NUM_HANDS)]
        if all(row is None for row in rows):
            self._joint_running = False
            return StreamRow("both", None, False)
        starts, self._joint_running = not self._joint_running, True
        zeros = np.zeros(features.NUM_FEATURES, np.float32)
        relation = np.zeros(features.NUM_RELATIONS, np.float32)
        if all(self._poses):
            relation = features.relation(self._poses[0][-1], self._poses[1][-1])[0]
        joint = [zeros if row is None else row for row in rows]
        return StreamRow("both", np.concatenate([*joint, relation]), starts)
