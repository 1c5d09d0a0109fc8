"""A model on recordings as its users live it: continuous streams in, scores by label and by person out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gesture.evaluation.confidence import Interval, bootstrap_interval
from gesture.evaluation.onsets import passed_over, within
from gesture.evaluation.spotting import Counts, detections, overall
from gesture.evaluation.stream_scores import (
    RATES,
    PlayedStream,
    StreamScores,
    label_scores,
    plain_interval,
    score,
)
from gesture.recognizer import spot
from gesture.runtime import GestureModel
from gesture.types import BACKGROUND, Recording

MIN_UNITS = 5
"""A bootstrap over fewer persons or recordings promises more than it knows."""


def play_stream(model: GestureModel, recording: Recording) -> PlayedStream:
    """One recording through the live code.

    Args:
        model: a trained model.
        recording: labelled.

    Example:
        >>> len(play_stream(model, recording).found)
        12
    """
    ignored = passed_over(recording.takes, model.manifest.labels)
    known = [take for take in recording.takes if take not in ignored and take.label != BACKGROUND]
    found = [
        detection
        for detection in detections(spot(model, recording))
        if not any(within(take, detection.time_s) for take in ignored)
    ]
    times_s = recording.times_s if len(recording) else np.zeros(1)
    return PlayedStream(
        recording.name,
        recording.person,
        float(times_s[0]),
        float(times_s[-1]),
        tuple(sorted(known)),
        tuple(ignored),
        tuple(found),
    )


@dataclass(frozen=True)
class StreamEvaluation:
    """How a model did on continuous streams.

    Attributes:
        labels: (C,) the model's gestures.
        streams: one for each recording.
    """

    labels: tuple[str, ...]
    streams: tuple[PlayedStream, ...]

    @cached_property
    def scores(self) -> StreamScores:
        """Over everything."""
        return score(self.streams, self.labels)

    @cached_property
    def by_person(self) -> dict[str, StreamScores]:
        """Over each person's recordings."""
        persons = sorted({stream.person for stream in self.streams})
        return {
            person: score([stream for stream in self.streams if stream.person == person], self.labels)
            for person in persons
        }

    @cached_property
    def interval_over(self) -> str | None:
        """What the intervals resample: persons, else recordings; None with fewer than `MIN_UNITS` of either."""
        if len(self.by_person) >= MIN_UNITS:
            return "persons"
        return "recordings" if len(self.streams) >= MIN_UNITS else None

    @cached_property
    def intervals(self) -> dict[str, dict[str, Interval]]:
        """95 % intervals of the overall rates, by rules and rate; empty where `interval_over` is None."""
        if self.interval_over is None:
            return {}
        units = list(self.by_person.values())
        if self.interval_over == "recordings":
            units = [score([stream], self.labels) for stream in self.streams]
        return {
            rules: _intervals(np.stack([getattr(unit, rules) for unit in units]))
            for rules in ("shrec2021", "shrec2022")
        }

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, NaN as None."""
        scores = self.scores
        return {
            **scores.to_json(),
            "interval_over": self.interval_over,
            "intervals": {
                rules: {name: plain_interval(interval) for name, interval in rates.items()}
                for rules, rates in self.intervals.items()
            },
            "labels": {row["label"]: row for row in label_scores(scores)},
            "persons": {person: of_person.to_json() for person, of_person in self.by_person.items()},
        }


def evaluate_stream(model: GestureModel, recordings: Iterable[Recording]) -> StreamEvaluation:
    """Play recordings through the live code and score them as continuous streams.

    Args:
        model: a trained model.
        recordings: labelled.

    Example:
        >>> evaluate_stream(model, recordings).scores.accuracy
        0.93
    """
    return StreamEvaluation(
        model.manifest.labels[1:], tuple(play_stream(model, recording) for recording in recordings)
    )


def _intervals(units: Counts) -> dict[str, Interval]:
    """By rate; `units` is (U, C, 4)."""
    return {name: bootstrap_interval(units, _overall_of(name)) for name in RATES}


def _overall_of(name: str) -> Callable[[Counts], NDArray[np.float64]]:
    return lambda sums: overall(RATES[name](sums))
