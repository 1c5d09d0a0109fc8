"""Three signs by people whom training never saw, before and after three takes of their own.

Folds leave out a third of the persons at a time. Then each of them shows three takes of every sign, drawn at random;
the network that did not know them is trained on those alone, and judged on the rest. People make a sign with either
hand, so its mirror image means the same.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
from classification import num_right
from public_sets import thinned, webcam_signs
from results import options, show, spread, table
from rich.console import Console

from gesture.runtime import GestureModel
from gesture.streams import Form
from gesture.types import Recording

EPOCHS, UNITS, LAYERS = 10, 96, 1
FOLDS, OWN_TAKES, OWN_EPOCHS = 3, 3, 8
OWN_RATE = 1e-3
"""The learning rate on own takes: on nine of them, a training's usual rate forgets what the network knew."""
PUBLISHED = [["one nearest neighbour on the landmarks, unseen person, same files", "0.77"]]


@click.command()
@click.option("--form", default="streaming", type=click.Choice(["streaming", "window"]), show_default=True)
@click.option("--own-epochs", default=OWN_EPOCHS, show_default=True, help="On a person's own takes.")
@options(EPOCHS)
def main(
    data: Path,
    form: Form,
    own_epochs: int,
    seeds: int,
    epochs: int,
    limit: int | None,
    as_json: bool,
    write: bool,
) -> None:
    """Accuracy on signs of people whom training never saw."""
    console = Console(stderr=True)
    recordings = thinned(webcam_signs(data / "webcam_signs"), limit)
    results = []
    for seed in range(seeds):
        results.append({})
        for train, test in folds(recordings, seed):
            model = trained(train, form=form, units=UNITS, layers=LAYERS, epochs=epochs, seed=seed)
            for person, takes in by_person(test).items():
                results[-1][person] = of_person(model, takes, seed, own_epochs)
                console.print(f"seed {seed}, {person}: {results[-1][person]}", highlight=False)
    numbers = {"form": form, "persons": results}
    show("webcam_signs", numbers, report(numbers), as_json=as_json, write=write)


def folds(recordings: Sequence[Recording], seed: int) -> Iterator[tuple[list[Recording], list[Recording]]]:
    """Every person left out once."""
    persons = np.random.default_rng(seed).permutation(sorted({each.person for each in recordings}))
    for left_out in np.array_split(persons, min(FOLDS, len(persons))):
        yield (
            [recording for recording in recordings if recording.person not in left_out],
            [recording for recording in recordings if recording.person in left_out],
        )


def by_person(recordings: Sequence[Recording]) -> dict[str, list[Recording]]:
    persons = sorted({recording.person for recording in recordings})
    return {person: [each for each in recordings if each.person == person] for person in persons}


def trained(recordings: Sequence[Recording], **fit_options: Any) -> GestureModel:
    from gesture.train import train_model

    return train_model(recordings, holdout=None, either_hand=True, **fit_options)


def of_person(model: GestureModel, takes: Sequence[Recording], seed: int, epochs: int) -> dict[str, float]:
    """The share that is right as the model is, and with own takes; both on the takes that are not the own ones."""
    own, rest = own_takes(takes, seed)
    with tempfile.TemporaryDirectory() as folder:
        path = model.save(Path(folder) / "model")
        personal = trained(own, init_from=path, epochs=epochs, learning_rate=OWN_RATE, seed=seed)
    return {
        "unseen": num_right(model, takes) / len(takes),
        "own takes": num_right(personal, rest) / max(len(rest), 1),
    }


def own_takes(takes: Sequence[Recording], seed: int) -> tuple[list[Recording], list[Recording]]:
    """`OWN_TAKES` of every sign in which a hand is seen, as a recorder would keep them, and all others."""
    shuffled = [takes[at] for at in np.random.default_rng(seed).permutation(len(takes))]
    own: list[Recording] = []
    rest: list[Recording] = []
    for take in shuffled:
        label = take.takes[0].label
        is_missing = sum(each.takes[0].label == label for each in own) < OWN_TAKES
        (own if is_missing and not np.isnan(take.landmarks).all() else rest).append(take)
    return own, rest


def report(numbers: dict[str, Any]) -> str:
    """The table."""
    persons = numbers["persons"]
    rows = []
    for key, title in (("unseen", "unseen person"), ("own takes", f"+ {OWN_TAKES} own takes per sign")):
        means = [float(np.mean([person[key] for person in result.values()])) for result in persons]
        worst = min(
            float(np.mean([result[person][key] for result in persons if person in result]))
            for person in persons[0]
        )
        rows.append([f"ours, {title}, {numbers['form']} form, {len(persons)} seeds", spread(means), worst])
    return table(["", "accuracy, mean over persons", "worst person"], [*rows, [*PUBLISHED[0], "0.36"]])


if __name__ == "__main__":
    main()
