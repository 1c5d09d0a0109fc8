"""Gestures of SHREC 2021 that the network was never shown: how many are taken for one that it knows?

Four folds: hands of one quarter of the sizes are tested, and four or five of the 17 classes are left out of training.
A gesture of theirs is accepted if anything fires during it. Beside it the same network trained on all classes says what
leaving them out does to the recall of the others.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
from folds import EPOCHS, Fold, fold_models, fold_options
from public_sets import HAND_SIZES, shrec2021, thinned
from results import options, show, spread, table

from gesture.evaluation.onsets import match, within
from gesture.recognizer import spot
from gesture.runtime import GestureModel
from gesture.types import GestureEvent, Recording, Take

PUBLISHED = [["an LSTM with a softmax threshold of 0.9 (two gestures known, a third shown)", "0.97", "", ""]]


@click.command()
@fold_options
@options(EPOCHS)
def main(
    data: Path,
    seeds: int,
    epochs: int,
    limit: int | None,
    models: Path | None,
    workers: int,
    as_json: bool,
    write: bool,
) -> None:
    """How often an unknown gesture is taken for a known one."""
    recordings = thinned(shrec2021(data / "shrec2021_online"), limit)
    labels = sorted({take.label for recording in recordings for take in recording.takes})
    drawn = [unknown_labels(labels, seed) for seed in range(seeds)]
    folds = [
        Fold(seed, quarter, unknown, epochs=epochs)
        for seed in range(seeds)
        for quarter, left_out in enumerate(drawn[seed])
        for unknown in (left_out, ())
    ]
    sums = np.zeros((seeds, 5), np.int64)
    for fold, model in fold_models(folds, data, models, workers=workers, limit=limit):
        found = counts(model, fold.test(recordings), drawn[fold.seed][fold.quarter or 0])
        sums[fold.seed] += [*found, 0] if fold.unknown else [0, 0, 0, 0, found[2]]
        click.echo(f"{fold.name}: {found}", err=True)
    results = [rates(*row) for row in sums.tolist()]
    show("unknown", results, report(results), as_json=as_json, write=write)


def unknown_labels(labels: Sequence[str], seed: int) -> list[tuple[str, ...]]:
    """Which labels each quarter's model is never shown: each label once, drawn with the seed."""
    drawn = np.random.default_rng(seed).permutation(labels)
    return [tuple(part.tolist()) for part in np.array_split(drawn, HAND_SIZES)]


def rates(accepted: int, num_unknown: int, found: int, num_known: int, found_by_full: int) -> dict[str, Any]:
    return {
        "accepted": accepted / max(num_unknown, 1),
        "unknown": num_unknown,
        "recall of the known": found / max(num_known, 1),
        "recall of the known, all classes trained": found_by_full / max(num_known, 1),
    }


def counts(
    model: GestureModel, test: Sequence[Recording], unknown: Collection[str]
) -> tuple[int, int, int, int]:
    """Unknown takes accepted and all of them, known takes found and all of them."""
    sums = np.zeros(4, np.int64)
    for recording in test:
        onsets = [event for event in spot(model, recording) if event.phase == "onset"]
        sums += count(recording.takes, onsets, unknown)
    return tuple(sums.tolist())


def count(
    takes: Sequence[Take], onsets: Sequence[GestureEvent], unknown: Collection[str]
) -> tuple[int, int, int, int]:
    """As `counts`. An onset that rightly names a known take beside an unknown one does not accept the latter."""
    known = [take for take in takes if take.label not in unknown]
    strange = [take for take in takes if take.label in unknown]
    matches = match(known, onsets)
    astray = [onset for onset, at in zip(onsets, matches, strict=True) if at is None]
    accepted = sum(any(within(take, onset.time_s) for onset in astray) for take in strange)
    return accepted, len(strange), len(onsets) - len(astray), len(known)


def report(results: Sequence[dict[str, Any]]) -> str:
    """The table."""
    keys = ("accepted", "recall of the known", "recall of the known, all classes trained")
    ours = [spread([result[key] for result in results]) for key in keys]
    return table(["", *keys], [[f"ours, four folds, {len(results)} seeds", *ours], *PUBLISHED])


if __name__ == "__main__":
    main()
