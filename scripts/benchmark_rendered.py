"""The shipped model on rendered people whom nothing saw before: from video through the tracker to events.

Everybody makes every gesture of the model once. As people do in front of a webcam or with a camera on the head; and
fast, with a shutter that stays open for the whole frame.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import click
from results import show, table
from rich.console import Console
from rich.progress import track
from train_default import filmed

from gesture.evaluation.onsets import Evaluation, evaluate_model
from gesture.manifest import shipped_model
from gesture.runtime import GestureModel
from gesture.types import Recording, View
from gesture.virtual import GESTURES, VirtualCamera, make_scene

FIRST_PERSON = 3500  # neither training nor any choice saw them
FAST, OPEN = 1.4, 1.0
"""Times as fast as usual, and the shutter's opening time as a share of the frame's."""
WAYS: dict[str, tuple[View, float, float]] = {
    "in front of a webcam": ("facing", 1.0, 0.35),
    "in front of a webcam, fast and blurred": ("facing", FAST, OPEN),
    "camera on the head": ("egocentric", 1.0, 0.35),
    "camera on the head, fast and blurred": ("egocentric", FAST, OPEN),
}
"""The view, the speed and the blur of each row."""


@click.command()
@click.option("--model", default=str(shipped_model()), help="[default: the shipped model]")
@click.option("--people", default=2, show_default=True, help="For each row.")
@click.option("--json", "as_json", is_flag=True)
@click.option("--write", is_flag=True, help="Put the table into docs/benchmarks.md.")
def main(model: str, people: int, as_json: bool, write: bool) -> None:
    """Recall of the shipped model on rendered hands, through the tracker."""
    console = Console(stderr=True)
    gestures = GestureModel.load(Path(model))
    labels = [label for label in GESTURES if label in gestures.manifest.labels]
    numbers = {}
    for way, how in WAYS.items():
        persons = track(range(FIRST_PERSON, FIRST_PERSON + people), way, console=console)
        recordings = [seen(person, labels, *how) for person in persons]
        numbers[way] = summary(evaluate_model(gestures, recordings))
        console.print(f"{way}: {numbers[way]}", highlight=False)
    show("rendered", numbers, report(numbers), as_json=as_json, write=write)


def seen(person: int, labels: list[str], view: View, speed: float, blur: float) -> Recording:
    """A person who makes every gesture once, as our tracker sees it."""
    hand = ("right", "left")[person % 2]
    scene = make_scene(labels, seed=person, person=person, hands=(hand,), view=view, speed=speed)
    return filmed(VirtualCamera(scene, blur=blur, seed=person), f"virtual{person}-0")


def summary(evaluation: Evaluation) -> dict[str, Any]:
    """The figures, and which gestures were missed."""
    missed = Counter(wrong.take.label for wrong in evaluation.wrong)
    return {**evaluation.to_json(), "missed": dict(missed)}


def report(numbers: dict[str, Any]) -> str:
    """The table."""
    rows = [
        [
            way,
            f"{found['right']} of {found['takes']}",
            found["right"] / found["takes"],
            f"{found['false']} ({found['false_per_minute']:.1f} a minute)",
            ", ".join(f"{label} {count}" for label, count in sorted(found["missed"].items())),
        ]
        for way, found in numbers.items()
    ]
    return table(["rendered people", "found", "recall", "false onsets", "missed"], rows)


if __name__ == "__main__":
    main()
