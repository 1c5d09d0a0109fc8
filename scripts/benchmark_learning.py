"""What learning one gesture from three takes costs the old ones, and how long it takes.

Virtual people teach movements of their own (random programmes, see `gesture.virtual.programmes`). Others, whom neither
the shipped model nor `gesture learn` ever saw, make the old gestures before and after. All landmarks have a tracker's
errors. The light head first, then the network trained further, then the one of the two that `gesture learn` leaves the
person with.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
from results import show, table
from rich.console import Console

from gesture.evaluation.onsets import Evaluation, evaluate_model
from gesture.learning.changes import old_labels
from gesture.learning.enrolment import Enrolment
from gesture.learning.fine_tuning import compare, only
from gesture.learning.fine_tuning import fine_tune as train
from gesture.learning.keeping import load_whole
from gesture.manifest import shipped_model
from gesture.runtime import GestureModel
from gesture.training.tracker_errors import tracked_recording
from gesture.types import Recording
from gesture.virtual import GESTURES, Scene, make_idle_scene, make_scene
from gesture.virtual.programmes import draw_programmes

FIRST_TEACHER, FIRST_EXAMINER = 7000, 8000
DRAW = 78  # of the movements; those of 77 chose that a tie goes to the network
TAKES, TESTS, IDLE_S, RATE_HZ = 3, 6, 60.0, 30.0
HEAD, FURTHER, KEPT = "the light head", "the network trained further", "what stays"


@dataclass(frozen=True)
class Pupil:
    """One gesture to be learned: what teaches it, and what tests it."""

    label: str
    teach: Recording
    test: list[Recording]


@click.command()
@click.option("--model", default=str(shipped_model()), help="[default: the shipped model]")
@click.option("--gestures", default=6, show_default=True, help="How many are learned, each by itself.")
@click.option("--examiners", default=6, show_default=True, help="People who make the old ones.")
@click.option("--fine-tune/--no-fine-tune", default=True, show_default=True, help="The network, too.")
@click.option("--json", "as_json", is_flag=True)
@click.option("--write", is_flag=True, help="Put the table into docs/benchmarks.md.")
def main(model: str, gestures: int, examiners: int, fine_tune: bool, as_json: bool, write: bool) -> None:
    """Recall, false activations, forgetting and seconds of learning from three takes."""
    console = Console(stderr=True)
    before = load_whole(Path(model))
    if fine_tune:
        import gesture.train  # noqa: F401  loads TensorFlow, as `gesture learn` does while the takes are recorded
    exam = [recording for person in range(examiners) for recording in examination(before, person)]
    started = evaluate_model(before, exam)
    console.print(f"before: {started}", highlight=False)
    numbers: dict[str, Any] = {"before": outcome(started), "learned": []}
    for pupil in pupils(gestures):
        for kind, after, seconds in taught(before, pupil, fine_tune):
            old = old_labels(after)
            found = of_label(after, pupil) | {
                "kind": kind,
                "old": outcome(evaluate_model(after, [only(part, old) for part in exam])),
                "seconds": round(seconds, 2),
            }
            numbers["learned"].append(found)
            console.print(f"{pupil.label}: {found}", highlight=False)
    show("learning", numbers, report(numbers), as_json=as_json, write=write)


def pupils(number: int) -> Iterator[Pupil]:
    """Each gesture by a person of their own."""
    for index, (label, script) in enumerate(draw_programmes(number, seed=DRAW).items()):
        person = FIRST_TEACHER + index
        common: dict[str, Any] = {"person": person, "scripts": {**GESTURES, label: script}}
        yield Pupil(
            label,
            seen(make_scene([label] * TAKES, seed=person, **common), person),
            [
                seen(make_scene([label] * TESTS, seed=person + 500, **common), person),
                seen(make_idle_scene(IDLE_S, seed=person, person=person), person),
            ],
        )


def examination(model: GestureModel, index: int) -> Iterator[Recording]:
    """One person makes everything that the model knows."""
    person = FIRST_EXAMINER + index
    labels = [label for label in GESTURES if label in model.manifest.labels]
    order = [str(label) for label in np.random.default_rng(person).permutation(labels)]
    hand = ("right", "left")[index % 2]
    yield seen(make_scene(order, seed=person, person=person, hands=(hand,)), person)


def seen(scene: Scene, person: int) -> Recording:
    """A scene as a tracker finds it."""
    recording = scene.recording(RATE_HZ, f"virtual{person}")
    return tracked_recording(recording, np.random.default_rng(person))


def taught(before: GestureModel, pupil: Pupil, fine_tune: bool) -> Iterator[tuple[str, GestureModel, float]]:
    """The model with a head and, if asked for, trained further, and which of them stays; with the seconds it took."""
    enrolment = Enrolment(before)  # made while the person gets ready
    started = time.perf_counter()
    light = enrolment.learn(enrolment.lessons([pupil.teach], [pupil.label]))
    yield HEAD, light, time.perf_counter() - started
    if fine_tune:
        started = time.perf_counter()
        trained = train(light, [pupil.teach])
        trained_s = time.perf_counter() - started
        is_taken = compare(light, trained, [pupil.teach]).taken
        compared_s = time.perf_counter() - started
        yield FURTHER, trained, trained_s
        yield KEPT, trained if is_taken else light, compared_s


def of_label(model: GestureModel, pupil: Pupil) -> dict[str, Any]:
    """How often the new gesture is found, and how often it is said wrongly in a minute of idling."""
    performed, idle = (evaluate_model(model, [only(part, [pupil.label])]) for part in pupil.test)
    wrongly = model.manifest.labels.index(pupil.label)
    return {
        "label": pupil.label,
        "right": performed.num_right,
        "takes": performed.num_takes,
        "false in a minute idle": int(idle.confusion[0, wrongly]),
    }


def outcome(evaluation: Evaluation) -> dict[str, Any]:
    return {
        "right": evaluation.num_right,
        "takes": evaluation.num_takes,
        "false a minute": round(evaluation.false_per_minute, 2),
    }


def report(numbers: dict[str, Any]) -> str:
    """The table."""
    before = numbers["before"]
    rows = []
    for kind in (HEAD, FURTHER, KEPT):
        found = [each for each in numbers["learned"] if each["kind"] == kind]
        if not found:
            continue
        lost = [before["right"] - each["old"]["right"] for each in found]
        rows.append(
            [
                f"{kind}, {len(found)} gestures",
                f"{sum(each['right'] for each in found)} of {sum(each['takes'] for each in found)}",
                f"{np.mean([each['false in a minute idle'] for each in found]):.2f}",
                f"{np.mean(lost) / before['takes']:.3f} ({max(lost) / before['takes']:.3f} at most)",
                f"{np.median([each['seconds'] for each in found]):.1f}",
            ]
        )
    head = [f"old gestures before: {before['right']} of {before['takes']}", "new gesture, new performances"]
    return table([*head, "false a minute idle", "lost recall of the old", "seconds"], rows)


if __name__ == "__main__":
    main()
