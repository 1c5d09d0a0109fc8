"""45 actions of the First-Person Hand Action benchmark, official split: one recurrent network on our features.

Whole sequences are classified. All of the training part is trained on and no epoch is chosen by what it does not know:
the last ones do as well as each other once the learning rate has run out.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from classification import num_right
from public_sets import fpha, thinned
from results import options, show, spread, table
from rich.console import Console

from gesture.runtime import GestureModel
from gesture.streams import Form
from gesture.types import Recording

EPOCHS, UNITS, LAYERS = 40, 128, 2
PUBLISHED = [
    ["published: 2-layer LSTM (Garcia-Hernando et al., CVPR 2018), same split", "0.801"],
    ["published: Gram matrix (in the same table), same split", "0.854"],
    ["published: e2eET (2023), not recurrent, same split", "0.918"],
    ["published: Sabater et al. (2021), not recurrent, same split", "0.959"],
    ["one nearest neighbour on the points, same split", "0.663"],
]


@click.command()
@click.option("--form", default="streaming", type=click.Choice(["streaming", "window"]), show_default=True)
@options(EPOCHS)
def main(
    data: Path, form: Form, seeds: int, epochs: int, limit: int | None, as_json: bool, write: bool
) -> None:
    """Accuracy on the official split of FPHA."""
    console = Console(stderr=True)
    train, test = (thinned(part, limit) for part in fpha(data / "fpha_skeletons"))
    accuracies = []
    for seed in range(seeds):
        accuracies.append(num_right(trained(train, form, seed, epochs), test) / len(test))
        console.print(f"seed {seed}: {accuracies[-1]:.4f}", highlight=False)
    numbers = {"form": form, "test": len(test), "accuracy": accuracies}
    show("fpha", numbers, report(numbers), as_json=as_json, write=write)


def trained(recordings: Sequence[Recording], form: Form, seed: int, epochs: int) -> GestureModel:
    from gesture.train import train_model

    size = {"units": UNITS, "layers": LAYERS}
    return train_model(recordings, form=form, **size, epochs=epochs, seed=seed, holdout=None)


def report(numbers: dict[str, Any]) -> str:
    """The table."""
    accuracies = numbers["accuracy"]
    ours = f"ours, GRU {LAYERS} x {UNITS}, {numbers['form']} form, {len(accuracies)} seeds"
    return table(["", "accuracy"], [[ours, spread(accuracies)], *PUBLISHED])


if __name__ == "__main__":
    main()
