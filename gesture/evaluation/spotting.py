"""Scores for gestures found in a stream: takes and detections of one recording in, counts out. Seconds throughout.

Two sets of rules, as the organisers' scripts apply them:

- SHREC 2021 (Caputo et al., Computers & Graphics 2021): a detection covers a take if it overlaps more than half of the
  take's length. With the take's label it is correct, once per take, and a second one counts as nothing; with another
  label the take is misclassified. What covers no take is false.
- SHREC 2022 (Emporio et al., Computers & Graphics 2022): a detection hits a take of its label if it overlaps at least
  half of it and is at most twice as long; each matches once. Every other detection is false.

False detections count for the label they bear (the script of 2021 puts them with the last gesture of the sequence;
their sum is the same). Hands must agree, where both are known.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gesture.types import GestureEvent, Hand, Take

Counts = NDArray[np.int64]
"""int64 (..., C, 4), label by label: CORRECT, MISSED, MISCLASSIFIED, FALSE. Counts of recordings add up."""

CORRECT, MISSED, MISCLASSIFIED, FALSE = range(4)

MIN_OVERLAP = 0.5
MAX_LENGTH = 2.0


@dataclass(frozen=True, order=True)
class Detection:
    """One gesture that was found.

    Attributes:
        start_s, end_s: where it is said to have been.
        label: what it is said to be.
        hand: whose.
        time_s: when its onset was decided.
    """

    start_s: float
    end_s: float
    label: str
    hand: Hand
    time_s: float


def detections(events: Iterable[GestureEvent]) -> list[Detection]:
    """Each onset with its end, by start. One that never ended stops where it was decided.

    Args:
        events: of one stream, in order.

    Example:
        >>> [(found.label, found.start_s, found.end_s) for found in detections(spot(model, recording))]
        [('wave', 1.2, 2.0)]
    """
    found: list[Detection] = []
    going_on: dict[Hand, GestureEvent] = {}
    for event in events:
        if event.phase == "onset":
            going_on[event.hand] = event
        elif event.hand in going_on:
            found.append(_detection(going_on.pop(event.hand), event.end_s))
    return sorted([*found, *(_detection(onset, None) for onset in going_on.values())])


def _detection(onset: GestureEvent, end_s: float | None) -> Detection:
    stop_s = max(onset.start_s, onset.time_s) if end_s is None else end_s
    return Detection(onset.start_s, stop_s, onset.label, onset.hand, onset.time_s)


def same_hand(one: Hand, other: Hand) -> bool:
    """Whether two hands can be the same; a model of both hands does not tell which it was."""
    return one == other or "both" in (one, other)


def coverage(take: Take, detection: Detection) -> float:
    """The share of a take's length that a detection overlaps, 0 to 1.

    Example:
        >>> coverage(Take(1.0, 2.0, "wave", "right"), Detection(1.5, 4.0, "wave", "right", 1.8))
        0.5
    """
    if not same_hand(take.hand, detection.hand):
        return 0.0
    overlap_s = min(take.end_s, detection.end_s) - max(take.start_s, detection.start_s)
    return max(0.0, overlap_s) / (take.end_s - take.start_s)


def count_shrec2021(takes: Sequence[Take], found: Sequence[Detection], labels: Sequence[str]) -> Counts:
    """Counts by the rules of SHREC 2021.

    Args:
        takes: the truth.
        found: what was detected.
        labels: (C,) gestures, all that takes and detections bear.

    Returns:
        (C, 4). A misclassified take is missed, too.

    Example:
        >>> count_shrec2021([take], [Detection(1.0, 2.0, "wave", "right", 1.4)], ["wave"])
        array([[1, 0, 0, 0]])
    """
    counts = np.zeros((len(labels), 4), np.int64)
    correct: set[int] = set()
    for detection in sorted(found):
        covered = [index for index, take in enumerate(takes) if coverage(take, detection) > MIN_OVERLAP]
        for index in covered:
            if takes[index].label == detection.label:
                correct.add(index)
            else:
                counts[labels.index(takes[index].label), MISCLASSIFIED] += 1
        if not covered:
            counts[labels.index(detection.label), FALSE] += 1
    return _with_takes(counts, takes, correct, labels)


def count_shrec2022(takes: Sequence[Take], found: Sequence[Detection], labels: Sequence[str]) -> Counts:
    """Counts by the rules of SHREC 2022: as `count_shrec2021`, with nothing misclassified."""
    counts = np.zeros((len(labels), 4), np.int64)
    correct: set[int] = set()
    by_start = sorted(range(len(takes)), key=lambda index: takes[index])
    for detection in sorted(found):
        hits = (index for index in by_start if index not in correct and _is_hit(takes[index], detection))
        hit = next(hits, None)
        if hit is None:
            counts[labels.index(detection.label), FALSE] += 1
        else:
            correct.add(hit)
    return _with_takes(counts, takes, correct, labels)


def _is_hit(take: Take, detection: Detection) -> bool:
    fits = detection.end_s - detection.start_s <= MAX_LENGTH * (take.end_s - take.start_s)
    return take.label == detection.label and fits and coverage(take, detection) >= MIN_OVERLAP


def _with_takes(counts: Counts, takes: Sequence[Take], correct: set[int], labels: Sequence[str]) -> Counts:
    for index, take in enumerate(takes):
        counts[labels.index(take.label), CORRECT if index in correct else MISSED] += 1
    return counts


def detection_rate(counts: Counts) -> NDArray[np.float64]:
    """DR: the share of takes that were found, (..., C); NaN where there were none.

    Example:
        >>> detection_rate(np.array([[9, 1, 0, 0]]))
        array([0.9])
    """
    return _ratio(counts[..., CORRECT], _num_takes(counts))


def false_positive_rate(counts: Counts) -> NDArray[np.float64]:
    """FP: what was false or misclassified, per take, (..., C); NaN where there were no takes."""
    return _ratio(counts[..., MISCLASSIFIED] + counts[..., FALSE], _num_takes(counts))


def jaccard_index(counts: Counts) -> NDArray[np.float64]:
    """JI: correct by all that was made or said, (..., C); 0 for a label that was never made and yet found."""
    return _ratio(counts[..., CORRECT], counts.sum(axis=-1))


def overall(rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean over labels, (...,), those left out for which there is no rate; NaN where there is none at all.

    Example:
        >>> overall(np.array([0.8, np.nan, 1.0]))
        array(0.9)
    """
    known = ~np.isnan(rates)
    return _ratio(np.where(known, rates, 0.0).sum(axis=-1), known.sum(axis=-1))


def _num_takes(counts: Counts) -> Counts:
    return counts[..., CORRECT] + counts[..., MISSED]


def _ratio(part: NDArray[np.int64 | np.float64], whole: NDArray[np.int64]) -> NDArray[np.float64]:
    ratio: NDArray[np.float64] = np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0)
    return ratio


def edit_distance(truth: Sequence[str], said: Sequence[str]) -> int:
    """How many labels must be put in, taken out or exchanged to turn one sequence into the other (Levenshtein 1966).

    Example:
        >>> edit_distance(["wave", "grab"], ["wave", "wave", "grab"])
        1
    """
    row = list(range(len(said) + 1))
    for index, label in enumerate(truth, start=1):
        above, row = row, [index]
        for column, other in enumerate(said, start=1):
            row.append(min(above[column] + 1, row[-1] + 1, above[column - 1] + (label != other)))
    return row[-1]


def sequence_edits(takes: Sequence[Take], found: Sequence[Detection]) -> tuple[int, int]:
    """(edit distance between the labels in order, number of takes); both add up over recordings."""
    said = [detection.label for detection in sorted(found, key=lambda detection: detection.time_s)]
    return edit_distance([take.label for take in sorted(takes)], said), len(takes)


def sequence_accuracy(distance: int, num_takes: int) -> float:
    """1 - edit distance / takes: 1 is perfect, below 0 is worse than silence; NaN where nothing was made.

    Example:
        >>> sequence_accuracy(1, 10)
        0.9
    """
    return 1.0 - distance / num_takes if num_takes else math.nan
