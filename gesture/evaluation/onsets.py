"""Events against the truth, as a user would count them.

An onset is right if its label and hand agree with a take and its time lies between the take's true start and
`GRACE_S` after its true end, once per take. Every other onset is false. The delay is counted from the true start.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gesture.evaluation.spotting import Detection, same_hand
from gesture.recognizer import Tick, decide, hear
from gesture.runtime import GestureModel
from gesture.types import BACKGROUND, IGNORE, GestureEvent, Recording, Take

GRACE_S = 0.5
_NO_FIGURE = "–"

Onset = GestureEvent | Detection
"""Anything with a label, a hand and the time at which it was decided."""


def within(take: Take, time_s: float) -> bool:
    """Whether a take could still be meant at a time."""
    return take.start_s <= time_s <= take.end_s + GRACE_S


def in_time(take: Take, onset: Onset) -> bool:
    """Whether an onset came while a take of its hand could still be meant."""
    return same_hand(take.hand, onset.hand) and within(take, onset.time_s)


def match(takes: Sequence[Take], onsets: Sequence[Onset]) -> list[int | None]:
    """For each onset, in the order of time, the take that it rightly names; None where it is false.

    Args:
        takes: the truth.
        onsets: events of phase "onset", or detections, by time of decision.

    Example:
        >>> match([Take(1.0, 2.0, "wave", "right")], [onset("wave", time_s=1.4), onset("wave", time_s=1.9)])
        [0, None]
    """
    free = set(range(len(takes)))
    matches: list[int | None] = []
    for onset in onsets:
        hits = [index for index in free if takes[index].label == onset.label and in_time(takes[index], onset)]
        best = min(hits, key=lambda index: takes[index].start_s, default=None)
        free.discard(-1 if best is None else best)
        matches.append(best)
    return matches


@dataclass(frozen=True)
class WrongTake:
    """A take that was missed or taken for another.

    Attributes:
        recording: its name.
        take: the truth.
        predicted: the label that fired instead, `background` for none.
    """

    recording: str
    take: Take
    predicted: str


@dataclass(frozen=True)
class Evaluation:
    """How a model did on recordings, played through the live code.

    Attributes:
        labels: (C,) as in the model.
        confusion: int64 (C, C), true label by label that fired; row 0 holds the false onsets outside any take,
            column 0 the takes at which nothing fired.
        num_right, num_false: onsets.
        delays_s: from the true start, of the right ones.
        duration_s: of all recordings.
        wrong: the takes it got wrong.
    """

    labels: tuple[str, ...]
    confusion: NDArray[np.int64]
    num_right: int
    num_false: int
    delays_s: tuple[float, ...]
    duration_s: float
    wrong: tuple[WrongTake, ...]

    @property
    def num_takes(self) -> int:
        """How many gestures were made."""
        return int(self.confusion[1:].sum())

    @property
    def recall(self) -> NDArray[np.float64]:
        """(C - 1,): per gesture, the share of its takes that fired rightly; NaN where there were none."""
        return _ratio(self.confusion.diagonal(), self.confusion.sum(axis=1))[1:]

    @property
    def precision(self) -> NDArray[np.float64]:
        """(C - 1,): per gesture, the share of its first onsets that were right; NaN where it never fired."""
        return _ratio(self.confusion.diagonal(), self.confusion.sum(axis=0))[1:]

    @property
    def median_delay_s(self) -> float:
        """NaN if nothing was right."""
        return float(np.median(self.delays_s)) if self.delays_s else float("nan")

    @property
    def false_per_minute(self) -> float:
        """False onsets a minute, over the whole of the recordings."""
        return 60.0 * self.num_false / self.duration_s if self.duration_s else float("nan")

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, NaN as None."""
        return {
            "takes": self.num_takes,
            "right": self.num_right,
            "false": self.num_false,
            "false_per_minute": plain(self.false_per_minute),
            "median_delay_s": plain(self.median_delay_s),
            "duration_s": plain(self.duration_s),
            "recall": {
                label: plain(value) for label, value in zip(self.labels[1:], self.recall, strict=True)
            },
            "precision": {
                label: plain(value) for label, value in zip(self.labels[1:], self.precision, strict=True)
            },
            "confusion": {"labels": list(self.labels), "counts": self.confusion.tolist()},
        }

    def __str__(self) -> str:
        delay = "" if np.isnan(self.median_delay_s) else f", median delay {self.median_delay_s:.2f} s"
        return (
            f"{self.num_right} of {self.num_takes} takes right, {self.num_false} false "
            f"({self.false_per_minute:.1f} a minute over {self.duration_s:.0f} s){delay}"
        )


def _ratio(part: NDArray[np.int64], whole: NDArray[np.int64]) -> NDArray[np.float64]:
    ratio: NDArray[np.float64] = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
    return ratio


def plain(value: float) -> float | None:
    """A figure for JSON: four decimals, NaN as None."""
    return None if np.isnan(value) else round(float(value), 4)


def evaluate_model(
    model: GestureModel,
    recordings: Sequence[Recording],
    *,
    said: Iterable[Sequence[Tick]] | None = None,
) -> Evaluation:
    """Play recordings through the live code and count.

    Args:
        model: a trained model.
        recordings: labelled; takes with labels that the model does not know are left out, and so are onsets
            during them and during `ignore`.
        said: what the network says of each recording, where that is known (`gesture.recognizer.hear`).

    Example:
        >>> print(evaluate_model(model, recordings))
        38 of 40 takes right, 1 false (0.4 a minute over 150 s), median delay 0.42 s
    """
    labels = model.manifest.labels
    confusion = np.zeros((len(labels), len(labels)), np.int64)
    delays_s: list[float] = []
    wrong: list[WrongTake] = []
    num_false = 0
    heard = hear(model, recordings) if said is None else said
    for recording, ticks in zip(recordings, heard, strict=True):
        known = [take for take in recording.takes if take.label in labels and take.label != BACKGROUND]
        onsets = counted_onsets(recording.takes, decide(ticks, model.manifest), labels)
        matches = match(known, onsets)
        num_false += matches.count(None)
        delays_s += [
            on.time_s - known[at].start_s for on, at in zip(onsets, matches, strict=True) if at is not None
        ]
        fired = _fired(known, onsets, matches)
        wrong += [
            WrongTake(recording.name, take, predicted)
            for take, predicted in zip(known, fired, strict=True)
            if predicted != take.label
        ]
        _count(confusion, labels, known, fired, _stray(known, onsets, matches))
    return Evaluation(
        labels,
        confusion,
        len(delays_s),
        num_false,
        tuple(delays_s),
        sum(recording.duration_s for recording in recordings),
        tuple(wrong),
    )


def counted_onsets(
    takes: Sequence[Take], events: Sequence[GestureEvent], labels: Sequence[str]
) -> list[GestureEvent]:
    """The onsets that count: those that rightly name a take, and all others outside `ignore` and unknown labels.

    Where two takes touch, as a grab and the fist that it ends with, the right onset of one may come in the other.
    """
    nothing_counts = passed_over(takes, labels)
    onsets = [event for event in events if event.phase == "onset"]
    matches = match([take for take in takes if take not in nothing_counts], onsets)
    return [
        onset
        for onset, at in zip(onsets, matches, strict=True)
        if at is not None or not any(within(take, onset.time_s) for take in nothing_counts)
    ]


def passed_over(takes: Sequence[Take], labels: Sequence[str]) -> list[Take]:
    """The takes during which nothing counts: `ignore`, and labels that the model does not know."""
    return [take for take in takes if take.label == IGNORE or take.label not in labels]


def _fired(takes: Sequence[Take], onsets: Sequence[GestureEvent], matches: list[int | None]) -> list[str]:
    """What each take was taken for: its own label if matched, else the first onset in time, else background."""
    right = set(matches)
    return [
        take.label
        if index in right
        else next((onset.label for onset in onsets if in_time(take, onset)), BACKGROUND)
        for index, take in enumerate(takes)
    ]


def _stray(
    takes: Sequence[Take], onsets: Sequence[GestureEvent], matches: list[int | None]
) -> list[GestureEvent]:
    """False onsets that no take can account for."""
    return [
        onset
        for onset, at in zip(onsets, matches, strict=True)
        if at is None and not any(in_time(take, onset) for take in takes)
    ]


def _count(
    confusion: NDArray[np.int64],
    labels: tuple[str, ...],
    takes: Sequence[Take],
    fired: Sequence[str],
    stray: Sequence[GestureEvent],
) -> None:
    for take, predicted in zip(takes, fired, strict=True):
        confusion[labels.index(take.label), labels.index(predicted)] += 1
    for onset in stray:
        confusion[0, labels.index(onset.label)] += 1


def label_rows(evaluation: Evaluation) -> list[dict[str, Any]]:
    """One row per gesture: label, takes, right, recall and precision as text.

    Example:
        >>> label_rows(evaluation)[0]
        {'label': 'wave', 'takes': 10, 'right': 9, 'recall': '90 %', 'precision': '100 %'}
    """
    return [
        {
            "label": label,
            "takes": int(evaluation.confusion[index].sum()),
            "right": int(evaluation.confusion[index, index]),
            "recall": _percent(evaluation.recall[index - 1]),
            "precision": _percent(evaluation.precision[index - 1]),
        }
        for index, label in enumerate(evaluation.labels)
        if index
    ]


def comparison_rows(before: Evaluation, after: Evaluation) -> list[dict[str, Any]]:
    """Two models on the same recordings, gesture by gesture, as text; a dash where a model does not know it.

    `change` is "new" or "gone" for what one of them does not know. What is gone, was not shown and did not fire
    is left out.

    Example:
        >>> comparison_rows(old, new)[0]
        {'label': 'wave', 'change': '', 'takes': 10, 'recall': ('70 %', '90 %'), 'precision': ('100 %', '100 %')}
    """
    old, new = ({row["label"]: row for row in label_rows(each)} for each in (before, after))
    return [
        _compared(label, old.get(label), new.get(label))
        for label in sorted(old.keys() | new.keys())
        if label in new or old[label]["takes"] or old[label]["precision"] != _NO_FIGURE
    ]


def _compared(label: str, old: dict[str, Any] | None, new: dict[str, Any] | None) -> dict[str, Any]:
    nothing: dict[str, Any] = {"takes": 0, "recall": _NO_FIGURE, "precision": _NO_FIGURE}
    change = "new" if old is None else "gone" if new is None else ""
    old, new = old or nothing, new or nothing
    return {
        "label": label,
        "change": change,
        "takes": max(old["takes"], new["takes"]),
        **{name: (old[name], new[name]) for name in ("recall", "precision")},
    }


def _percent(value: float) -> str:
    return _NO_FIGURE if np.isnan(value) else f"{100 * value:.0f} %"
