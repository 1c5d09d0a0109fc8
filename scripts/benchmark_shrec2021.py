"""Spotting 17 gestures in the continuous sequences of SHREC 2021, hands of sizes that training never saw.

Four folds by hand size. Of the three quarters that a fold trains on, one is kept back: it chooses the epoch and the
thresholds. Where the folder has the official test part, a model trained on the training part reports it, too.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
from public_sets import HAND_SIZES, shrec2021
from results import publish, table
from rich.console import Console

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
from gesture.types import Recording

STATIC = frozenset({"ONE", "TWO", "THREE", "FOUR", "OK", "MENU"})
UNITS, LAYERS, EPOCHS = 96, 2, 40
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
@click.option("--data", type=click.Path(path_type=Path, exists=True), envvar="GESTURE_DATA", required=True)
@click.option("--seeds", default=3, show_default=True, help="How many.")
@click.option("--epochs", default=EPOCHS, show_default=True)
@click.option("--form", default="streaming", type=click.Choice(["streaming", "window"]), show_default=True)
@click.option("--json", "as_json", is_flag=True)
@click.option("--write", is_flag=True, help="Put the table into docs/benchmarks.md.")
def main(data: Path, seeds: int, epochs: int, form: Form, as_json: bool, write: bool) -> None:
    """Detection rate, false positives and Jaccard index on SHREC 2021."""
    console = Console(stderr=True)
    folder = data / "shrec2021_online"
    recordings = shrec2021(folder)
    results = []
    for seed in range(seeds):
        results.append(folds(recordings, seed, epochs, form, console))
        console.print(f"seed {seed}: {results[-1]['rules of 2021']}")
    numbers: dict[str, Any] = {"folds": results}
    if (folder / "test_set_positions.npz").exists():
        test = shrec2021(folder, "test")
        numbers["test"] = [official(recordings, test, seed, epochs, form, console) for seed in range(seeds)]
    if as_json:
        click.echo(json.dumps(numbers))
    else:
        click.echo(report(numbers))
    if write:
        publish("shrec2021" if form == "streaming" else "shrec2021_window", report(numbers))


def folds(
    recordings: Sequence[Recording], seed: int, epochs: int, form: Form, console: Console
) -> dict[str, Any]:
    """Every quarter of the hand sizes tested once."""
    labels = sorted({take.label for recording in recordings for take in recording.takes})
    scores = Scores(labels)
    for quarter in range(HAND_SIZES):
        test = [recording for recording in recordings if recording.person == f"size{quarter}"]
        rest = [recording for recording in recordings if recording.person != f"size{quarter}"]
        scores.add(train(rest, f"size{(quarter + 1) % HAND_SIZES}", seed, epochs, form, scores), test)
        console.print(f"seed {seed}, size {quarter}: {scores.summary()['rules of 2021']}", highlight=False)
    return scores.summary()


def official(
    train_part: Sequence[Recording],
    test: Sequence[Recording],
    seed: int,
    epochs: int,
    form: Form,
    console: Console,
) -> dict[str, Any]:
    """The official test part, once, by a model that one quarter of the training part calibrated."""
    scores = Scores(sorted({take.label for recording in train_part for take in recording.takes}))
    scores.add(train(train_part, f"size{seed % HAND_SIZES}", seed, epochs, form, scores), test)
    console.print(f"seed {seed}, test part: {scores.summary()['rules of 2021']}")
    return scores.summary()


def train(
    recordings: Sequence[Recording], holdout: str, seed: int, epochs: int, form: Form, scores: Scores
) -> GestureModel:
    from gesture.train import fit

    started = time.perf_counter()
    size = {"units": UNITS, "layers": LAYERS}
    training = fit(recordings, form=form, **size, epochs=epochs, seed=seed, holdout=[holdout])
    scores.training_s.append(time.perf_counter() - started)
    return training.model


class Scores:
    """Counts added up over recordings, and the delays of what was right."""

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = labels
        self._counts: dict[str, Counts] = {}
        self._delays_s: list[float] = []
        self.training_s: list[float] = []

    def add(self, model: GestureModel, test: Sequence[Recording]) -> None:
        """Play recordings through the live code."""
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
