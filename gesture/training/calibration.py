"""Held-out recordings -> thresholds: for each label the level at which it is often right and seldom false.

A network's probability means something else for every label: a slow circle is called early and surely, a short
push late and faintly. One threshold for all is too low for some and too high for others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gesture.evaluation.onsets import counted_onsets, match
from gesture.manifest import Manifest
from gesture.recognizer import Tick, decide, hear
from gesture.runtime import GestureModel
from gesture.types import BACKGROUND, GestureEvent, Recording, Take

LEVELS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.965, 0.98, 0.99, 0.995, 0.998)
"""The thresholds that are tried. Below a half two labels could be meant at once. The two highest find less and are
quieter (docs/benchmarks.md)."""
FALSE_PER_MINUTE = 0.2
"""How many false onsets a minute all labels together may cause, on the recordings that are calibrated on: one in five
minutes. For a half more is found on SHREC 2021, and more fires where nothing is meant."""
_PRICES = (0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0)
"""Of a false onset, in missed gestures. Dearer ones shut out whole labels for the sake of a single onset that was there
by chance: docs/benchmarks.md says what prices up to 8 did on SHREC 2021."""

Counts = NDArray[np.int64]


def calibrate(
    model: GestureModel,
    recordings: Sequence[Recording],
    false_per_minute: float = FALSE_PER_MINUTE,
    *,
    said: Iterable[Sequence[Tick]] | None = None,
) -> tuple[float, ...]:
    """Thresholds for a model.

    A false onset costs a label as much as so many missed gestures; that price rises until all labels together stay
    below `false_per_minute`, or to two. Where several levels are equally good the middle one is taken: it is the
    farthest from what would be wrong.

    Args:
        model: trained, without these recordings.
        recordings: labelled; what lies between the takes is what must stay quiet.
        false_per_minute: what is asked for. Not reached where no price up to two gestures is enough.
        said: what the network says of each recording, where that is known (`hear`).

    Returns:
        (C,) one threshold per label; 1 for background. Labels without a take keep the model's threshold.

    Example:
        >>> calibrate(model, held_out)
        (1.0, 0.85, 0.95)
    """
    right, false = _counts(model.manifest, recordings, hear(model, recordings) if said is None else said)
    minutes = sum(recording.duration_s for recording in recordings) / 60
    best = best_levels(right, false, false_per_minute * minutes)
    labels = model.manifest.labels
    with_takes = {take.label for recording in recordings for take in recording.takes}
    return (
        1.0,
        *[
            LEVELS[best[index]] if labels[index] in with_takes else model.manifest.thresholds[index]
            for index in range(1, len(labels))
        ],
    )


def best_levels(right: Counts, false: Counts, num_allowed: float) -> list[int]:
    """The level to choose for each label.

    Args:
        right, false: int64 (levels, C), onsets at each level.
        num_allowed: how many false ones all labels together may cause.

    Returns:
        (C,) indices of levels.

    Example:
        >>> best_levels(np.array([[9], [9], [8]]), np.array([[3], [0], [0]]), num_allowed=1)
        [1]
    """
    best: list[int] = []
    for price in _PRICES:
        best = [_middle_of_best(right[:, label] - price * false[:, label]) for label in range(right.shape[1])]
        if sum(false[level, label] for label, level in enumerate(best)) <= num_allowed:
            break
    return best


def _middle_of_best(gains: NDArray[np.float64]) -> int:
    """The middle of the levels that gain most; the higher of two middles."""
    best = np.flatnonzero(gains >= gains.max() - 1e-9)
    return int(best[len(best) // 2])


def _counts(
    manifest: Manifest, recordings: Sequence[Recording], said: Iterable[Sequence[Tick]]
) -> tuple[Counts, Counts]:
    """Right and false onsets by level and label, each int64 (levels, C)."""
    counts = np.zeros((2, len(LEVELS), len(manifest.labels)), np.int64)
    for recording, ticks in zip(recordings, said, strict=True):
        for level in range(len(LEVELS)):
            counts[:, level] += count_onsets(ticks, recording.takes, at_level(manifest, LEVELS[level]))
    return counts[0], counts[1]


def at_level(manifest: Manifest, level: float) -> Manifest:
    """The same decision with one threshold for all gestures."""
    return replace(manifest, thresholds=(1.0, *[level] * (len(manifest.labels) - 1)))


def count_onsets(said: Sequence[Tick], takes: Sequence[Take], manifest: Manifest) -> Counts:
    """Right and false onsets of one recording by label, int64 (2, C).

    Args:
        said: what the network said of the recording.
        takes: of the recording.
        manifest: labels, thresholds and the other parameters of the decision.
    """
    labels = manifest.labels
    counts = np.zeros((2, len(labels)), np.int64)
    known = [take for take in takes if take.label in labels and take.label != BACKGROUND]
    onsets: list[GestureEvent] = counted_onsets(takes, decide(said, manifest), labels)
    for onset, at in zip(onsets, match(known, onsets), strict=True):
        counts[0 if at is not None else 1, labels.index(onset.label)] += 1
    return counts
