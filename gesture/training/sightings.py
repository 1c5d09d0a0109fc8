"""A batch of performances -> examples, as a camera sees them, a tracker finds them and the model's clock reads them.

Every sequence has a camera of its own: 11 to 60 unsteady frames a second, some of them dropped, in some the hand lost.
Tick by tick an example is what `streams.streams` makes of a recording of the same frames, without the recording.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gesture import features
from gesture.features import Geometry, Rows
from gesture.training.dataset import EDGE_S, IGNORED, Example
from gesture.training.tracker_errors import tracked
from gesture.types import Array
from gesture.virtual.batch import Batch
from gesture.windows import HOLD_S, runs

SLOWEST_HZ, FASTEST_HZ = 11.0, 60.0
_RATE_JITTER, _DROPPED = 0.3, 0.05
_LOST_RUNS_PER_S, _LOST_S, _LOST_IN_GESTURE = 0.2, 0.15, 0.3
_FOUND_LATE, _FOUND_BEFORE_S = 0.2, 0.3
_CHUNK = 128  # sequences whose features are computed together: their arrays stay small

Ticks = NDArray[np.int64]


def camera_ages_s(rng: np.random.Generator, num_sequences: int, num_ticks: int, rate_hz: float) -> Rows:
    """How old the newest frame is at each tick (N, T): every sequence has a camera with a rate of its own.

    Example:
        >>> camera_ages_s(np.random.default_rng(0), 2, 50, 25.0).shape
        (2, 50)
    """
    ticks_s = np.arange(num_ticks) / rate_hz
    steps_s = np.exp(-rng.uniform(np.log(SLOWEST_HZ), np.log(FASTEST_HZ), num_sequences))
    return np.stack([ticks_s - _newest_s(rng, ticks_s, step_s) for step_s in steps_s.tolist()])


def _newest_s(rng: np.random.Generator, ticks_s: Rows, step_s: float) -> Rows:
    """(T,): when the newest frame was captured at each tick, by a camera that gives one every `step_s` or so."""
    times_s = np.arange(-3 * step_s, ticks_s[-1] + step_s, step_s)  # dropped ones before the first tick, too
    times_s += step_s * (rng.random() + rng.uniform(-_RATE_JITTER, _RATE_JITTER, len(times_s)))
    kept = rng.random(len(times_s)) >= _DROPPED
    kept[0] = True
    times_s = times_s[kept]
    return np.asarray(times_s[np.searchsorted(times_s, ticks_s, side="right") - 1])


@dataclass(frozen=True)
class Sightings:
    """What a tracker found of a batch, on the model's clock. N sequences of T ticks.

    Attributes:
        landmarks: float32 (N, T, 21, 3) of the newest frame at each tick; NaN where it shows no hand.
        ages_s: (N, T) how old that frame is.
        batch: what was really there.
    """

    landmarks: Array
    ages_s: Rows
    batch: Batch

    def examples(self, labels: tuple[str, ...], delay_s: float) -> list[Example]:
        """One of each sequence: the longest stay of its hand in view; none of a hand that is never seen.

        Args:
            labels: (C,) class names; whatever else was performed is background.
            delay_s: how much later than the gesture the network may say so.
        """
        classes = targets_of(self.batch, labels, delay_s)
        return [
            Example(rows, classes[number, span])
            for number, (rows, span) in enumerate(self._features())
            if len(rows)
        ]

    def _features(self) -> Iterator[tuple[Array, slice]]:
        """Of each sequence float32 (T', F) and the ticks at which the hand is tracked."""
        for start in range(0, len(self.batch), _CHUNK):
            yield from self._features_of(slice(start, start + _CHUNK))

    def _features_of(self, chunk: slice) -> Iterator[tuple[Array, slice]]:
        landmarks, ages_s, batch = self.landmarks[chunk], self.ages_s[chunk], self.batch
        ticks_s = np.arange(landmarks.shape[1]) / batch.rate_hz
        seen = ~np.isnan(landmarks[:, :, 0, 0])
        last_seen = np.maximum.accumulate(np.where(seen, np.arange(len(ticks_s)), -1), axis=1)  # (N, T)
        rows = np.arange(len(landmarks))[:, None]
        frames_s = (ticks_s - ages_s)[rows, last_seen]
        first, stop = _longest_tracks((last_seen >= 0) & (ticks_s - frames_s <= HOLD_S))
        poses = features.pose(
            landmarks[rows, last_seen],
            frames_s,
            np.broadcast_to(ticks_s, seen.shape),
            seen,
            batch.slots[chunk, None],
            Geometry(batch.image_size, batch.view),
        )
        back = np.arange(len(ticks_s)) - np.array(features.lags(batch.rate_hz))[:, None, None]  # (L, 1, T)
        before = poses[rows, np.maximum(back, first[:, None])]  # (L, N, T, P)
        flat = features.features(
            poses.reshape(-1, poses.shape[-1]), before.reshape(len(before), -1, poses.shape[-1])
        )
        for own, begin, end in zip(flat.reshape(*seen.shape, -1), first.tolist(), stop.tolist(), strict=True):
            yield own[begin:end], slice(begin, end)


def sight(batch: Batch, ages_s: Rows, rng: np.random.Generator, amounts: NDArray[np.float64]) -> Sightings:
    """Let a tracker look at a batch.

    Args:
        batch: rendered at the times of the frames.
        ages_s: (N, T) how old each tick's frame is.
        rng: the only source of chance.
        amounts: (N,) how large the tracker's errors are, see `tracker_errors.tracked`; where zero it loses no hand.
    """
    ticks_s = np.arange(batch.landmarks.shape[1]) / batch.rate_hz
    landmarks = np.concatenate(
        [
            tracked(
                batch.landmarks[start : start + _CHUNK].swapaxes(0, 1),
                ticks_s,
                batch.image_size,
                rng,
                amounts[start : start + _CHUNK],
                of_one_person=False,
            ).swapaxes(0, 1)
            for start in range(0, len(batch), _CHUNK)
        ]
    )
    landmarks[_lost(ticks_s, batch.spans_s, rng) & (amounts[:, None] > 0)] = np.nan
    landmarks[_not_yet_found(ticks_s, batch.spans_s, rng)] = np.nan
    # Ticks that see the same frame see the same errors, and the same loss.
    first_with = _first_with(ticks_s - ages_s)
    return Sightings(landmarks[np.arange(len(batch))[:, None], first_with], ages_s, batch)


def _first_with(frames_s: Rows) -> Ticks:
    """(N, T): the first tick that sees the frame that each tick sees."""
    is_new = np.diff(frames_s, axis=1, prepend=-np.inf) > 1e-9
    return np.asarray(np.maximum.accumulate(np.where(is_new, np.arange(frames_s.shape[1]), 0), axis=1))


def _lost(ticks_s: Rows, spans_s: Rows, rng: np.random.Generator) -> NDArray[np.bool_]:
    """bool (N, T): where the tracker has lost the hand, anywhere or in the midst of the gesture."""
    most = 3
    starts_s = rng.uniform(0, ticks_s[-1], (len(spans_s), most))
    happens = np.arange(most) < rng.poisson(_LOST_RUNS_PER_S * ticks_s[-1], (len(spans_s), 1))
    in_gesture_s = rng.uniform(spans_s[:, :1], spans_s[:, 1:])
    starts_s = np.concatenate([np.where(happens, starts_s, np.inf), in_gesture_s], axis=1)
    starts_s[rng.random(len(spans_s)) >= _LOST_IN_GESTURE, -1] = np.inf
    ends_s = starts_s + rng.exponential(_LOST_S, starts_s.shape)
    at_s = ticks_s[:, None]
    return np.asarray(((at_s >= starts_s[:, None]) & (at_s < ends_s[:, None])).any(axis=-1))


def _not_yet_found(ticks_s: Rows, spans_s: Rows, rng: np.random.Generator) -> NDArray[np.bool_]:
    """bool (N, T): in some sequences the hand is found only when the gesture begins, or a little before."""
    found_s = spans_s[:, :1] - rng.uniform(0, _FOUND_BEFORE_S, (len(spans_s), 1))
    found_s[rng.random(len(spans_s)) >= _FOUND_LATE] = -np.inf
    return np.asarray(ticks_s < found_s)


def _longest_tracks(is_tracked: NDArray[np.bool_]) -> tuple[Ticks, Ticks]:
    """(N,) each: where the longest unbroken run of True begins and ends; both the same where there is none."""
    longest = [
        max(runs(row), key=lambda run: run.stop - run.start, default=slice(0, 0)) for row in is_tracked
    ]
    return np.array([run.start for run in longest]), np.array([run.stop for run in longest])


def targets_of(batch: Batch, labels: tuple[str, ...], delay_s: float) -> Ticks:
    """The class at each tick of a batch (N, T), by the rules of `dataset.targets`.

    Where a hand shows a pose beside its gesture nothing is trained, nor within `EDGE_S` of that.
    """
    num_ticks = batch.landmarks.shape[1]
    at_s = np.arange(num_ticks) / batch.rate_hz - delay_s
    index = np.array([labels.index(label) if label in labels else 0 for label in batch.labels])[:, None]
    start_s, end_s = batch.spans_s[:, :1], batch.spans_s[:, 1:]
    is_near = (index > 0) & (at_s >= start_s - EDGE_S) & (at_s < end_s + EDGE_S)
    classes = np.where(_near(batch.shown, at_s, batch.rate_hz), IGNORED, np.where(is_near, ~index, 0))
    return np.asarray(np.where((index > 0) & (at_s >= start_s) & (at_s < end_s), index, classes))


def _near(shown: NDArray[np.bool_], at_s: Rows, rate_hz: float) -> NDArray[np.bool_]:
    """bool (N, T): whether a pose is shown within `EDGE_S` of each of the times."""
    edge = int(np.ceil(EDGE_S * rate_hz))
    around = np.round(at_s * rate_hz).astype(int)[:, None] + np.arange(-edge, edge + 1)  # (T, 2 edge + 1)
    return np.asarray(shown[:, np.clip(around, 0, shown.shape[1] - 1)].any(axis=-1))
