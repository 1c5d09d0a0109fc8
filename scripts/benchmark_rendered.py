"""The shipped model on rendered people whom nothing saw before: from video through the tracker to events.

Everybody makes every gesture of the model once. As people do in front of a webcam or with a camera on the head; and
fast, with a shutter that stays open for the whole frame.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from results import show, table
from rich.console import Console
from rich.progress import track

from gesture.camera import Camera
from gesture.evaluation.onsets import counted_onsets, match
from gesture.landmarks import Landmarker
from gesture.live import observe
from gesture.manifest import shipped_model
from gesture.recognizer import Recognizer
from gesture.runtime import GestureModel
from gesture.types import GestureEvent, Take, View
from gesture.virtual import GESTURES, Scene, VirtualCamera, make_scene

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
    for way, (view, speed, blur) in WAYS.items():
        counts = Counts()
        for person in track(range(FIRST_PERSON, FIRST_PERSON + people), way, console=console):
            hand = ("right", "left")[person % 2]
            scene = make_scene(labels, seed=person, person=person, hands=(hand,), view=view, speed=speed)
            counts.add(scene.takes, onsets(gestures, scene, blur, person), scene.duration_s)
        numbers[way] = counts.summary()
        console.print(f"{way}: {numbers[way]}", highlight=False)
    show("rendered", numbers, report(numbers), as_json=as_json, write=write)


def onsets(model: GestureModel, scene: Scene, blur: float, seed: int) -> list[GestureEvent]:
    """What the live path makes of a filmed scene."""
    recognizer = Recognizer(model, view=scene.view)
    with Landmarker() as landmarker, Camera(VirtualCamera(scene, blur=blur, seed=seed)) as frames:
        events = [
            event for observation in observe(frames, landmarker, recognizer) for event in observation.events
        ]
    return counted_onsets(scene.takes, events, model.manifest.labels)


class Counts:
    """Gestures, those found, what fired falsely, and in how long."""

    def __init__(self) -> None:
        self._found: Counter[str] = Counter()
        self._missed: Counter[str] = Counter()
        self._false: Counter[str] = Counter()
        self._seconds = 0.0

    def add(self, takes: Sequence[Take], onsets: Sequence[GestureEvent], seconds: float) -> None:
        """One scene."""
        known = [take for take in takes if take.label in GESTURES]
        matches = match(known, onsets)
        found = {at for at in matches if at is not None}
        for index, take in enumerate(known):
            (self._found if index in found else self._missed)[take.label] += 1
        self._false.update(onset.label for onset, at in zip(onsets, matches, strict=True) if at is None)
        self._seconds += seconds

    def summary(self) -> dict[str, Any]:
        found, missed = self._found.total(), self._missed.total()
        return {
            "found": found,
            "gestures": found + missed,
            "recall": round(found / (found + missed), 4),
            "false": self._false.total(),
            "a minute": round(60 * self._false.total() / self._seconds, 3),
            "missed": dict(self._missed),
            "false labels": dict(self._false),
        }


def report(numbers: dict[str, Any]) -> str:
    """The table."""
    rows = [
        [
            way,
            f"{found['found']} of {found['gestures']}",
            found["recall"],
            f"{found['false']} ({found['a minute']:.1f} a minute)",
            ", ".join(f"{label} {count}" for label, count in sorted(found["missed"].items())),
        ]
        for way, found in numbers.items()
    ]
    return table(["rendered people", "found", "recall", "false onsets", "missed"], rows)


if __name__ == "__main__":
    main()
