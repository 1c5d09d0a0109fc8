"""Gestures of SHREC 2021 that the network was never shown: how many are taken for one that it knows?

Four folds: hands of one quarter of the sizes are tested, and four or five of the 17 classes are left out of training.
A gesture of theirs is accepted if anything fires during it. Beside it the same network trained on all classes says what
leaving them out does to the recall of the others.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np
from benchmark_shrec2021 import EPOCHS, LAYERS, UNITS
from public_sets import HAND_SIZES, shrec2021, thinned
from results import options, show, spread, table
from rich.console import Console

from gesture.evaluation.onsets import match, within
from gesture.recognizer import spot
from gesture.runtime import GestureModel
from gesture.types import IGNORE, GestureEvent, Recording, Take

PUBLISHED = [["an LSTM with a softmax threshold of 0.9 (two gestures known, a third shown)", "0.97", "", ""]]


@click.command()
@options(EPOCHS)
def main(data: Path, seeds: int, epochs: int, limit: int | None, as_json: bool, write: bool) -> None:
    """How often an unknown gesture is taken for a known one."""
    console = Console(stderr=True)
    recordings = thinned(shrec2021(data / "shrec2021_online"), limit)
    results = []
    for seed in range(seeds):
        results.append(one_seed(recordings, seed, epochs, console))
        console.print(f"seed {seed}: {results[-1]}", highlight=False)
    show("unknown", results, report(results), as_json=as_json, write=write)


def one_seed(recordings: Sequence[Recording], seed: int, epochs: int, console: Console) -> dict[str, Any]:
    """Each quarter of the hand sizes tested once, each class unknown once; which goes with which is drawn."""
    labels = sorted({take.label for recording in recordings for take in recording.takes})
    drawn = np.random.default_rng(seed).permutation(labels)
    sums = np.zeros(5, np.int64)
    for quarter, unknown in enumerate(np.array_split(drawn, HAND_SIZES)):
        test = [recording for recording in recordings if recording.person == f"size{quarter}"]
        rest = [recording for recording in recordings if recording.person != f"size{quarter}"]
        holdout = f"size{(quarter + 1) % HAND_SIZES}"
        partial = trained(without(rest, unknown.tolist()), holdout, seed, epochs)
        full = trained(rest, holdout, seed, epochs)
        sums += [*counts(partial, test, unknown), counts(full, test, unknown)[2]]
        console.print(f"seed {seed}, without {', '.join(unknown)}: {sums.tolist()}", highlight=False)
    accepted, num_unknown, found, num_known, found_by_full = sums.tolist()
    return {
        "accepted": accepted / max(num_unknown, 1),
        "unknown": num_unknown,
        "recall of the known": found / max(num_known, 1),
        "recall of the known, all classes trained": found_by_full / max(num_known, 1),
    }


def trained(recordings: Sequence[Recording], holdout: str, seed: int, epochs: int) -> GestureModel:
    from gesture.train import train_model

    size = {"units": UNITS, "layers": LAYERS}
    return train_model(recordings, **size, epochs=epochs, seed=seed, holdout=[holdout])


def without(recordings: Sequence[Recording], labels: Collection[str]) -> list[Recording]:
    """The takes of these labels become `ignore`: trained neither as a gesture nor as background."""
    return [
        replace(
            recording,
            takes=tuple(
                replace(take, label=IGNORE) if take.label in labels else take for take in recording.takes
            ),
        )
        for recording in recordings
    ]


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
