"""Spotting 17 gestures in the continuous sequences of SHREC 2021, hands of sizes that training never saw.

Four folds by hand size (see `folds`). Where the folder has the official test part, a model trained on the training
part reports it, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
from folds import EPOCHS, Fold, fold_models, fold_options
from public_sets import HAND_SIZES, shrec2021, thinned
from results import options, show, table

from gesture.evaluation.spotting import (
    Counts,
    count_shrec2021,
    count_shrec2022,
    detection_rate,
    detections,
    false_positive_rate,
    jaccard_index,
    overall,
)
from gesture.recognizer import spot
from gesture.runtime import GestureModel
from gesture.streams import Form
from gesture.training.calibration import FALSE_PER_MINUTE
from gesture.types import Recording

STATIC = frozenset({"ONE", "TWO", "THREE", "FOUR", "OK", "MENU"})
PUBLISHED = [
    ["published: best entry of the contest, as remembered, older annotation", "0.90", "0.07", "0.85", ""],
    [
        "published: transformer and state machine (contest entry), rescored",
        "0.65-0.73",
        "0.26-0.27",
        "0.54-0.60",
        "",
    ],
]


@click.command()
@click.option("--form", default="streaming", type=click.Choice(["streaming", "window"]), show_default=True)
@click.option(
    "--false-per-minute", default=FALSE_PER_MINUTE, show_default=True, help="To choose the thresholds for."
)
@fold_options
@options(EPOCHS)
def main(
    data: Path,
    seeds: int,
    epochs: int,
    limit: int | None,
    form: Form,
    false_per_minute: float,
    models: Path | None,
    workers: int,
    as_json: bool,
    write: bool,
) -> None:
    """Detection rate, false positives and Jaccard index on SHREC 2021."""
    folder = data / "shrec2021_online"
    tests = {"folds": range(HAND_SIZES)}
    if (folder / "test_set_positions.npz").exists():
        tests["test"] = [None]
    folds = [
        Fold(seed, quarter, form=form, epochs=epochs)
        for quarters in tests.values()
        for seed in range(seeds)
        for quarter in quarters
    ]
    recordings = thinned(shrec2021(folder), limit)
    official = shrec2021(folder, "test") if "test" in tests else []
    scores: dict[str, list[Scores]] = {part: [Scores(recordings) for _ in range(seeds)] for part in tests}
    settings = {"workers": workers, "limit": limit, "false_per_minute": false_per_minute}
    for fold, model in fold_models(folds, data, models, **settings):
        score = scores["test" if fold.quarter is None else "folds"][fold.seed]
        score.add(model, official if fold.quarter is None else fold.test(recordings))
        click.echo(f"{fold.name}: so far {score.summary()['rules of 2021']}", err=True)
    numbers = {part: [score.summary() for score in results] for part, results in scores.items()}
    name = "shrec2021" if form == "streaming" else "shrec2021_window"
    show(name, numbers, report(numbers), as_json=as_json, write=write)


class Scores:
    """Counts added up over recordings, and the delays of what was right."""

    def __init__(self, recordings: Sequence[Recording]) -> None:
        self._labels = sorted({take.label for recording in recordings for take in recording.takes})
        self._counts: dict[str, Counts] = {}
        self._delays_s: list[float] = []
        self.training_s: list[float] = []

    def add(self, model: GestureModel, test: Sequence[Recording]) -> None:
        """Play recordings through the live code."""
        self.training_s.append(float(model.manifest.training["seconds"]))
        for recording in test:
            found = detections(spot(model, recording))
            for rules, count in {"rules of 2021": count_shrec2021, "rules of 2022": count_shrec2022}.items():
                counts = count(recording.takes, found, self._labels)
                self._counts[rules] = self._counts.get(rules, 0) + counts
            self._delays_s += [
                detection.time_s - take.start_s
                for take in recording.takes
                if take.label not in STATIC
                for detection in found
                if detection.label == take.label and take.start_s <= detection.time_s <= take.end_s + 0.5
            ]

    def summary(self) -> dict[str, Any]:
        """Rates as means over labels; the delay is the median of moving gestures, from the true start."""
        summary: dict[str, Any] = {
            rules: {
                "DR": round(float(overall(detection_rate(counts))), 4),
                "FP": round(float(overall(false_positive_rate(counts))), 4),
                "JI": round(float(overall(jaccard_index(counts))), 4),
            }
            for rules, counts in self._counts.items()
        }
        summary["delay_s"] = round(float(np.median(self._delays_s)), 3)
        summary["training_s"] = [round(seconds) for seconds in self.training_s]
        summary["by label"] = dict(zip(self._labels, self._counts["rules of 2021"].tolist(), strict=True))
        return summary


def report(numbers: dict[str, Any]) -> str:
    """The table."""
    rows: list[list[object]] = []
    for part, results in numbers.items():
        for rules in ("rules of 2021", "rules of 2022"):
            means = [float(np.mean([result[rules][key] for result in results])) for key in ("DR", "FP", "JI")]
            delay = float(np.mean([result["delay_s"] for result in results]))
            title = "four folds by hand size" if part == "folds" else "official test part"
            rows.append([f"ours, {title}, {rules}, {len(results)} seeds", *means, f"{delay:.2f} s"])
    return table(["", "DR", "FP", "JI", "delay of moving gestures"], [*rows, *PUBLISHED])


if __name__ == "__main__":
    main()
