"""What happened in played recordings -> figures: one `StreamScores` for any group of them.

Two ways of counting, because they answer two questions. Detection rate, false positives and Jaccard index compare
intervals (`spotting`), as published results do. False activations and delays compare the moment of decision with the
take (`evaluate`), because an action is done at the onset and cannot be undone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gesture.evaluation.confidence import Interval, poisson_interval, wilson_interval
from gesture.evaluation.onsets import match, plain
from gesture.evaluation.spotting import (
    CORRECT,
    FALSE,
    MISCLASSIFIED,
    MISSED,
    Counts,
    Detection,
    count_shrec2021,
    count_shrec2022,
    detection_rate,
    false_positive_rate,
    jaccard_index,
    overall,
    sequence_accuracy,
    sequence_edits,
)
from gesture.types import Take

RATES = {"dr": detection_rate, "fp": false_positive_rate, "ji": jaccard_index}


@dataclass(frozen=True)
class PlayedStream:
    """One recording, played.

    Attributes:
        name, person: of the recording.
        start_s, end_s: its first and last frame.
        takes: those whose label the model knows, by start.
        ignored: those during which nothing counts: `ignore`, and labels that the model does not know.
        found: what was detected, by start, outside `ignored`.
    """

    name: str
    person: str
    start_s: float
    end_s: float
    takes: tuple[Take, ...]
    ignored: tuple[Take, ...]
    found: tuple[Detection, ...]

    @cached_property
    def matches(self) -> dict[Detection, Take | None]:
        """By time of decision, the take that each onset rightly names; None for a false activation."""
        onsets = sorted(self.found, key=lambda detection: detection.time_s)
        hits = match(self.takes, onsets)
        return {
            onset: None if hit is None else self.takes[hit] for onset, hit in zip(onsets, hits, strict=True)
        }


@dataclass(frozen=True)
class StreamScores:
    """Figures over some streams. C gestures, `background` not among them.

    Attributes:
        labels: (C,).
        shrec2021, shrec2022: int64 (C, 4), as `spotting` counts.
        num_edits, num_takes: edit distance of the label sequences, and how many takes they have.
        num_false: false activations: onsets that name no take rightly.
        minutes: of all streams.
        from_start_s, from_end_s: delay of each right onset from the take's true start and from its true end.
    """

    labels: tuple[str, ...]
    shrec2021: Counts
    shrec2022: Counts
    num_edits: int
    num_takes: int
    num_false: int
    minutes: float
    from_start_s: tuple[float, ...]
    from_end_s: tuple[float, ...]

    @property
    def false_per_minute(self) -> float:
        """NaN over no time."""
        return self.num_false / self.minutes if self.minutes else float("nan")

    @property
    def false_per_minute_interval(self) -> Interval:
        """Poisson, 95 %."""
        low, high = poisson_interval(self.num_false)
        return (low / self.minutes, high / self.minutes) if self.minutes else (float("nan"), float("nan"))

    @property
    def accuracy(self) -> float:
        """Of the label sequences."""
        return sequence_accuracy(self.num_edits, self.num_takes)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, NaN as None."""
        return {
            "takes": self.num_takes,
            "minutes": plain(self.minutes),
            "shrec2021": rates(self.shrec2021),
            "shrec2022": rates(self.shrec2022),
            "sequence_accuracy": plain(self.accuracy),
            "false_activations": self.num_false,
            "false_per_minute": plain(self.false_per_minute),
            "false_per_minute_interval": plain_interval(self.false_per_minute_interval),
            "delay_from_start_s": _quantiles(self.from_start_s),
            "delay_from_end_s": _quantiles(self.from_end_s),
        }


def score(streams: Sequence[PlayedStream], labels: tuple[str, ...]) -> StreamScores:
    """All figures of some streams.

    Args:
        streams: from `play_stream`.
        labels: (C,) the model's gestures, without `background`.

    Example:
        >>> score([stream], ("wave",)).false_per_minute
        0.4
    """
    edits = [sequence_edits(stream.takes, stream.found) for stream in streams]
    matched = [pair for stream in streams for pair in stream.matches.items()]
    right = [(onset, take) for onset, take in matched if take is not None]
    nothing = np.zeros((len(labels), 4), np.int64)
    return StreamScores(
        labels,
        sum((count_shrec2021(stream.takes, stream.found, labels) for stream in streams), nothing),
        sum((count_shrec2022(stream.takes, stream.found, labels) for stream in streams), nothing),
        sum(distance for distance, _ in edits),
        sum(num for _, num in edits),
        len(matched) - len(right),
        sum(stream.end_s - stream.start_s for stream in streams) / 60.0,
        tuple(onset.time_s - take.start_s for onset, take in right),
        tuple(onset.time_s - take.end_s for onset, take in right),
    )


def label_scores(scores: StreamScores) -> list[dict[str, Any]]:
    """One row per gesture, as plain JSON values: counts and rates by the rules of SHREC 2021, the interval of the
    detection rate over takes (Wilson, 95 %), and how many takes were correct by the rules of SHREC 2022.

    Example:
        >>> label_scores(scores)[0]["dr"]
        0.9
    """
    counts = scores.shrec2021
    by_label = {name: rate(counts) for name, rate in RATES.items()}
    return [
        {
            "label": label,
            "takes": int(row[CORRECT] + row[MISSED]),
            "correct": int(row[CORRECT]),
            "misclassified": int(row[MISCLASSIFIED]),
            "false": int(row[FALSE]),
            **{name: plain(float(values[index])) for name, values in by_label.items()},
            "dr_interval": plain_interval(
                wilson_interval(int(row[CORRECT]), int(row[CORRECT] + row[MISSED]))
            ),
            "correct_2022": int(scores.shrec2022[index, CORRECT]),
        }
        for index, (label, row) in enumerate(zip(scores.labels, counts, strict=True))
    ]


def rates(counts: Counts) -> dict[str, float | None]:
    """Overall detection rate, false positives and Jaccard index: means over labels."""
    return {name: plain(float(overall(rate(counts)))) for name, rate in RATES.items()}


def plain_interval(interval: Interval) -> list[float | None]:
    """An interval for JSON."""
    return [plain(bound) for bound in interval]


def _quantiles(delays_s: Sequence[float]) -> dict[str, float | None]:
    quantiles = np.quantile(delays_s, [0.1, 0.5, 0.9]) if delays_s else [float("nan")] * 3
    return dict(zip(("p10", "median", "p90"), (plain(float(value)) for value in quantiles), strict=True))
