"""A few takes of one's own: how well the product's own head tells apart gestures that it saw one to five times.

`webcam_signs`: for each person, k takes of each sign teach and all other takes of that person test. SHREC 2021: k takes
of each of 17 cut-out gestures teach, drawn from the training part; the test part tests where it is there, else the
remaining takes. Both as `gesture learn` does it; with `--fine-tune` the network, too.

Chosen on persons 1, 5, 9 and 12 and on two draws of SHREC's training part: what the head sees, how it is separated.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np
from public_sets import shrec2021, webcam_signs
from results import publish, table
from rich.console import Console

from gesture.errors import DataError
from gesture.learning.enrolment import Enrolment
from gesture.learning.keeping import load_whole
from gesture.manifest import shipped_model
from gesture.runtime import GestureModel
from gesture.streams import streams
from gesture.training.splits import cut
from gesture.trimming import trim
from gesture.types import Recording

HOLD_S = 0.3
"""A cut-out ends with its gesture, before the model may say so: its last frame is held for so long."""
SIGNS_K, SHREC_K = (1, 3, 5), (1, 5)
PUBLISHED = [
    ["signs, other sets: from scratch (own study)", 0.88, "", 0.95],
    ["SHREC 2021 test part: fine-tuned (own study)", 0.974, "", 0.993],
]


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), envvar="GESTURE_DATA", required=True)
@click.option("--seeds", default=3, show_default=True, help="How many draws of the k takes.")
@click.option("--model", default=str(shipped_model()), help="[default: the shipped model]")
@click.option("--people", default=0, help="Only the first so many of webcam_signs.  [default: all]")
@click.option("--fine-tune", is_flag=True, help="Train the network as well: minutes for each person and k.")
@click.option("--json", "as_json", is_flag=True)
@click.option("--write", is_flag=True, help="Put the table into docs/benchmarks.md.")
def main(
    data: Path, seeds: int, model: str, people: int, fine_tune: bool, as_json: bool, write: bool
) -> None:
    """Accuracy on cut-out gestures after one to five takes."""
    console = Console(stderr=True)
    enrolment = Enrolment(load_whole(Path(model)))
    numbers: dict[str, Any] = {"fine_tuned": fine_tune, "seeds": seeds}
    if (data / "webcam_signs").is_dir():
        numbers["signs"] = signs(enrolment, data / "webcam_signs", seeds, people, fine_tune, console)
    if not people and (data / "shrec2021_online").is_dir():
        numbers["shrec2021"] = shrec(enrolment, data / "shrec2021_online", seeds, fine_tune, console)
    if as_json:
        click.echo(json.dumps(numbers))
    else:
        click.echo(report(numbers))
    if write:
        publish("few-shot", report(numbers))


def signs(
    enrolment: Enrolment, folder: Path, seeds: int, people: int, fine_tune: bool, console: Console
) -> dict[str, Any]:
    """Per person and k the mean accuracy over draws."""
    takes = [held(by_its_hand(recording)) for recording in webcam_signs(folder)]
    persons = sorted({take.person for take in takes})[: people or None]
    results: dict[str, Any] = {}
    for person in persons:
        own = [take for take in takes if take.person == person]
        results[person] = {
            k: float(np.mean([score(enrolment, *drawn(own, k, seed), fine_tune) for seed in range(seeds)]))
            for k in SIGNS_K
        }
        console.print(f"{person}: {results[person]}", highlight=False)
    mean = {k: float(np.mean([result[k] for result in results.values()])) for k in SIGNS_K}
    return {"mean": mean, "by person": results}


def shrec(
    enrolment: Enrolment, folder: Path, seeds: int, fine_tune: bool, console: Console
) -> dict[str, Any]:
    """Per k the accuracy of each draw."""
    takes = list(cut_outs(shrec2021(folder)))
    has_test = (folder / "test_set_positions.npz").exists()
    test = list(cut_outs(shrec2021(folder, "test"))) if has_test else None
    results: dict[int, list[float]] = {k: [] for k in SHREC_K}
    for k in SHREC_K:
        for seed in range(seeds):
            teach, rest = drawn(takes, k, seed)
            results[k].append(score(enrolment, teach, rest if test is None else test, fine_tune))
            console.print(f"SHREC 2021, k = {k}, seed {seed}: {results[k][-1]:.3f}", highlight=False)
    mean = {k: float(np.mean(values)) for k, values in results.items()}
    return {"mean": mean, "draws": results, "tested on": "test part" if has_test else "the other takes"}


def cut_outs(recordings: Sequence[Recording]) -> Iterator[Recording]:
    """Each take as a recording of its own, from its first annotated frame to its last."""
    for recording in recordings:
        for index, take in enumerate(recording.takes):
            part = cut(replace(recording, takes=(take,)), take.start_s, take.end_s)
            moved = replace(take, start_s=0.0, end_s=take.end_s - take.start_s)
            times_s = part.times_s - take.start_s
            yield held(replace(part, times_s=times_s, takes=(moved,), name=f"{recording.name}-{index}"))


def by_its_hand(recording: Recording) -> Recording:
    """The take given to the hand that moves, as recording does it; both where that cannot be told."""
    (take,) = recording.takes
    with suppress(DataError):
        take = replace(take, hand=trim(recording, take.label, take.start_s, take.end_s).hand)
    return replace(recording, takes=(take,))


def held(recording: Recording) -> Recording:
    """The recording with its last frame repeated for `HOLD_S`."""
    step_s = float(np.median(np.diff(recording.times_s)))
    num = round(HOLD_S / step_s)
    index = np.concatenate([np.arange(len(recording)), np.full(num, len(recording) - 1)])
    later_s = recording.times_s[-1] + step_s * np.arange(1, num + 1)
    return recording.select(index, np.concatenate([recording.times_s, later_s]))


def drawn(takes: Sequence[Recording], k: int, seed: int) -> tuple[list[Recording], list[Recording]]:
    """k takes of each label in which a hand is seen, as a recorder would keep them, and the others.

    A larger k adds to a smaller one's.
    """
    teach: set[str] = set()
    for label in sorted({take.takes[0].label for take in takes}):
        seen = (take for take in takes if not np.isnan(take.landmarks).all())
        names = [take.name for take in seen if take.takes[0].label == label]
        teach |= {names[at] for at in np.random.default_rng(seed).permutation(len(names))[:k]}
    return [take for take in takes if take.name in teach], [take for take in takes if take.name not in teach]


def score(
    enrolment: Enrolment, teach: Sequence[Recording], test: Sequence[Recording], fine_tune: bool
) -> float:
    """The share of cut-outs that are named rightly among the labels that were taught."""
    labels = sorted({recording.takes[0].label for recording in teach})
    model = enrolment.learn(enrolment.lessons(teach, labels))
    if fine_tune:
        from gesture.learning.fine_tuning import fine_tune as train

        model = train(model, teach)
    right = [named(model, recording, labels) == recording.takes[0].label for recording in test]
    return float(np.mean(right))


def named(model: GestureModel, recording: Recording, labels: Sequence[str]) -> str:
    """The label with the highest mean log probability over all ticks of all hands; "" where no hand is seen."""
    columns = [model.manifest.labels.index(label) for label in labels]
    total = np.zeros(len(labels))
    for stream in streams(recording, model.manifest.hands, model.manifest.rate_hz):
        state = model.initial_state
        for row in stream.features:
            probabilities, state = model.step(row, state)
            total += np.log(np.maximum(probabilities[columns], 1e-3))
    return labels[int(total.argmax())] if total.any() else ""


def report(numbers: dict[str, Any]) -> str:
    """The table."""
    kind = "head, then network" if numbers["fine_tuned"] else "light head"
    rows: list[list[object]] = []
    if "signs" in numbers:
        found = numbers["signs"]
        title = f"ours ({kind}): three signs of one's own, {len(found['by person'])} people"
        rows.append([title, *(found["mean"][k] for k in SIGNS_K)])
    if "shrec2021" in numbers:
        found = numbers["shrec2021"]
        title = f"ours ({kind}): SHREC 2021 cut out, 17 classes, on {found['tested on']}"
        rows.append([title, found["mean"][1], "", found["mean"][5]])
    return table(["accuracy", *(f"k = {k}" for k in SIGNS_K)], [*rows, *PUBLISHED])


if __name__ == "__main__":
    main()
