"""Ten gestures drawn with the index finger, from video clips to events, in surroundings that training never saw.

The clips go through our own tracker once; what it found is kept under `build/`. Environments are shared out over folds.
The shipped model, which never saw a real hand, is also tried as it is, on the gestures that it has, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np
from classification import classify
from public_sets import egocentric
from results import options, show, spread, table
from rich.console import Console

from gesture.evaluation.onsets import evaluate_model
from gesture.landmarks.litert_engine import VERSION
from gesture.manifest import shipped_model
from gesture.recognizer import spot
from gesture.runtime import GestureModel
from gesture.types import BACKGROUND, IGNORE, Recording

EPOCHS, UNITS, FOLDS = 40, 64, 4
CACHE = Path(__file__).resolve().parent.parent / "build" / f"benchmark-egocentric-{VERSION}"
AS_IT_IS = "the shipped model as it is"
SHIPPED_LABELS = {
    "left": "swipe_left",
    "right": "swipe_right",
    "up": "swipe_up",
    "down": "swipe_down",
    "circlecc": "circle_ccw",
}
"""What the shipped model calls the gestures that it has, too."""
STARTS = {"from nothing": None, "begun from the shipped model": shipped_model()}


@click.command()
@options(EPOCHS)
def main(data: Path, seeds: int, epochs: int, limit: int | None, as_json: bool, write: bool) -> None:
    """Recall and false activations on egocentric clips."""
    console = Console(stderr=True)
    recordings = egocentric(
        data / "egocentric_videos",
        CACHE,
        limit=limit,
        on_clip=lambda clip: console.print(f"{clip.source.path.name}: {clip.state}", highlight=False),
    )
    shipped = GestureModel.load(shipped_model())
    numbers: dict[str, Any] = {AS_IT_IS: [rates(scores(shipped, renamed(recordings)))]}
    console.print(f"{AS_IT_IS}: {numbers[AS_IT_IS][0]}", highlight=False)
    for start, model in STARTS.items():
        numbers[start] = []
        for seed in range(seeds):
            numbers[start].append(one_seed(recordings, seed, epochs, model))
            console.print(f"{start}, seed {seed}: {numbers[start][-1]}", highlight=False)
    show("egocentric", numbers, report(numbers), as_json=as_json, write=write)


def one_seed(recordings: Sequence[Recording], seed: int, epochs: int, start: Path | None) -> dict[str, float]:
    """Every environment tested once. Recall and accuracy over all gestures, false onsets over all clips."""
    from gesture.train import train_model

    sums = np.zeros(6)
    for train, test in folds(recordings):
        size = {"units": UNITS} if start is None else {"init_from": start}
        model = train_model(train, **size, epochs=epochs, seed=seed, holdout=None)
        sums += scores(model, test)
    return rates(sums.tolist())


def rates(sums: Sequence[float]) -> dict[str, float]:
    """Of what `scores` counts."""
    right, named, num_gestures, num_false, duration_s, num_disturbed = sums
    return {
        "gestures": num_gestures,
        "recall": right / num_gestures,
        "accuracy": named / num_gestures,
        "false_per_minute": 60 * num_false / duration_s,
        "disturbed_clips": num_disturbed,
    }


def renamed(recordings: Sequence[Recording]) -> list[Recording]:
    """With the shipped model's names; `ignore` where it has none, so that no answer is wrong there."""
    names = {BACKGROUND: BACKGROUND, **SHIPPED_LABELS}
    return [
        replace(each, takes=tuple(replace(take, label=names.get(take.label, IGNORE)) for take in each.takes))
        for each in recordings
    ]


def scores(model: GestureModel, test: Sequence[Recording]) -> tuple[float, ...]:
    """Gestures spotted, clips named rightly, gestures, false onsets, seconds, background clips with an onset."""
    evaluation = evaluate_model(model, test)
    gestures = [each for each in test if each.takes[0].label not in (BACKGROUND, IGNORE)]
    idle = [each for each in test if each.takes[0].label == BACKGROUND]
    return (
        evaluation.num_right,
        sum(classify(model, each) == each.takes[0].label for each in gestures),
        len(gestures),
        evaluation.num_false,
        evaluation.duration_s,
        sum(bool(spot(model, each)) for each in idle),
    )


def folds(recordings: Sequence[Recording]) -> Iterator[tuple[list[Recording], list[Recording]]]:
    """Environments shared out so that folds are about equally large; every one is left out once."""
    sizes = {recording.person: 0 for recording in recordings}
    for recording in recordings:
        sizes[recording.person] += 1
    left_out: list[list[str]] = [[] for _ in range(min(FOLDS, len(sizes)))]
    for environment in sorted(sizes, key=lambda name: (-sizes[name], name)):
        min(left_out, key=lambda fold: sum(sizes[each] for each in fold)).append(environment)
    for fold in left_out:
        yield (
            [recording for recording in recordings if recording.person not in fold],
            [recording for recording in recordings if recording.person in fold],
        )


def report(numbers: dict[str, Any]) -> str:
    """The table."""
    rows: list[list[object]] = []
    for start, results in numbers.items():
        keys = ("recall", "accuracy", "false_per_minute")
        cells = [spread([result[key] for result in results]) for key in keys]
        disturbed = float(np.mean([result["disturbed_clips"] for result in results]))
        seeds = "no training" if start == AS_IT_IS else f"{len(results)} seeds"
        title = f"ours, {start}, {seeds}, {results[0]['gestures']:.0f} gestures"
        rows.append([title, *cells, f"{disturbed:.1f}"])
    head = [
        "",
        "recall, spotted",
        "accuracy, whole clip",
        "false onsets a minute",
        "idle clips with an onset",
    ]
    return table(head, rows)


if __name__ == "__main__":
    main()
