"""Seventeen gestures that no recording taught: networks trained on generated motion alone, tried on real hands.

SHREC 2021. The scripts of the gestures (`shrec_gestures`), how the network is trained and the thresholds of the
continuous figure, one for each gesture, were chosen on the odd sequences of the training part. The even ones report,
and the official test part where the folder has it. Cut-out gestures are named among the seventeen; in whole sequences
an onset is right if it names a gesture while it goes on, once for each, and false otherwise, as in `gesture evaluate`.
With `--takes` the networks then see a few real ones: one and five of each gesture, drawn from the odd sequences.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np
from benchmark_few_shot import SHREC_K, cut_outs, drawn
from classification import classify, num_right
from numpy.typing import NDArray
from public_sets import odd_and_even, shrec2021, thinned
from results import options, show, spread, table
from rich.console import Console
from shrec_gestures import HALVED, SHREC

from gesture.manifest import Manifest
from gesture.recognizer import Tick, ticks
from gesture.runtime import GestureModel
from gesture.training.calibration import at_level, count_onsets
from gesture.training.generated import Generator
from gesture.types import Recording
from gesture.virtual.idle import IDLE
from gesture.virtual.near_misses import near_misses_of
from gesture.virtual.restless import RESTLESS
from gesture.virtual.variety import Variety

EPOCHS, UNITS, LAYERS = 20, 80, 1
BATCH, LEARNING_RATE = 64, 4e-3
VALIDATING = 3  # virtual people
LEVELS = tuple(
    np.round([*np.arange(0.3, 0.95, 0.05), 0.95, 0.965, 0.98, 0.99, 0.995, 0.998, 0.999], 3).tolist()
)
"""The thresholds that are tried."""
FURTHER_EPOCHS, FURTHER_RATE = 10, 1e-3
"""Of a network that sees a few real takes beside new performances of the virtual hand."""
_PRICES = np.geomspace(0.05, 10, 40)
MOST_FALSE_PER_MINUTE = 1.0
BACKGROUND = {**IDLE, **RESTLESS, **near_misses_of({label: SHREC[label] for label in HALVED})}
del BACKGROUND["scribble"]  # a finger that wags is DENY here
GENERATOR = Generator(
    SHREC,
    background=BACKGROUND,
    num_sequences=4096,
    seconds=3.4,
    hands=("right",),
    variety=Variety(pace=1.8, size=1.4, turned=1.0, camera=0.7, palm_down=0.5, near_misses=True),
    tracker=(0.0, 0.6),
    poses=("thumb_up", "victory", "three", "four", "ok", "open_palm"),
)
"""The set has one right hand, its points are a sensor's: a webcam's tracker errs more."""
REHEARSAL = replace(GENERATOR, num_sequences=768)
"""What the virtual hand performs in an epoch beside the few real takes."""
STUDY = [
    ["own study, training part", 0.936, "0.80 / 0.72", "2.8 / 1.1", "", ""],
    ["own study, test part", 0.911, "", "", 0.974, 0.993],
]


@click.command()
@options(EPOCHS)
@click.option("--takes", is_flag=True, help="Then let the networks learn from one and five real takes, too.")
def main(
    data: Path, seeds: int, epochs: int, limit: int | None, as_json: bool, write: bool, takes: bool
) -> None:
    """Accuracy and recall on SHREC 2021 of networks that saw generated motion alone."""
    folder, console = data / "shrec2021_online", Console(stderr=True)
    parts = parts_of(folder, limit)
    results = []
    for seed in range(seeds):
        model = train(seed, epochs, console)
        results.append(measure(model, parts))
        if takes:
            add_accuracy_after_takes(results[-1], model, parts, seed, console)
        console.print(f"seed {seed}: {results[-1]}", highlight=False)
    show("zero-shot", results, report(results), as_json=as_json, write=write)


def parts_of(folder: Path, limit: int | None = None) -> dict[str, list[Recording]]:
    """Odd and even sequences of the training part; the test part where it is there."""
    halves = odd_and_even(shrec2021(folder))
    parts = {name: thinned(sequences, limit) for name, sequences in halves.items()}
    if (folder / "test_set_positions.npz").exists():
        parts["test"] = thinned(shrec2021(folder, "test"), limit)
    return parts


def train(seed: int, epochs: int, console: Console, generator: Generator = GENERATOR) -> GestureModel:
    """A network that never saw a recording."""
    from gesture.train import fit_generated

    with console.status("training on generated motion") as status:
        training = fit_generated(
            generator,
            epochs=epochs,
            batch=BATCH,
            learning_rate=LEARNING_RATE,
            seed=seed,
            units=UNITS,
            num_people=VALIDATING,
            layers=LAYERS,
            on_epoch=lambda epoch: status.update(f"seed {seed}, epoch {epoch.number} of {epoch.num_epochs}"),
        )
    return training.model


def measure(model: GestureModel, parts: dict[str, list[Recording]]) -> dict[str, Any]:
    """Figures by part; the odd sequences choose the thresholds."""
    said = {name: [list(ticks(model, recording)) for recording in parts[name]] for name in parts}
    thresholds = chosen_thresholds(model.manifest, said["odd"], parts["odd"])
    manifest = replace(model.manifest, thresholds=thresholds)
    results: dict[str, Any] = {
        "training_s": model.manifest.training["seconds"],
        "thresholds": dict(zip(manifest.labels[1:], thresholds[1:], strict=True)),
    }
    for name, recordings in parts.items():
        right, false = onsets_by_label(said[name], recordings, manifest)
        taken_for = named(model, recordings)
        results[name] = {
            "cut-out": round(share_right(taken_for), 4),
            "recall": round(int(right.sum()) / sum(len(recording.takes) for recording in recordings), 4),
            "false per minute": round(int(false.sum()) / minutes(recordings), 3),
            "taken for": taken_for,
            "right and false onsets": dict(
                zip(manifest.labels[1:], np.stack([right, false], axis=1)[1:].tolist(), strict=True)
            ),
        }
    return results


def add_accuracy_after_takes(
    result: dict[str, Any],
    model: GestureModel,
    parts: dict[str, list[Recording]],
    seed: int,
    console: Console,
) -> None:
    """By part and k, of all cut-outs but those that taught."""
    cuts = {name: list(cut_outs(recordings)) for name, recordings in parts.items()}
    for k in SHREC_K:
        teach, rest = drawn(cuts["odd"], k, seed)
        with console.status(f"seed {seed}, learning from {k} real takes of each"):
            further = trained_further(model, teach, seed)
        for name, takes in {**cuts, "odd": rest}.items():
            result[name][f"after {k}"] = round(num_right(further, takes) / len(takes), 4)


def trained_further(model: GestureModel, teach: Sequence[Recording], seed: int) -> GestureModel:
    """The network after it has seen these takes, while the virtual hand goes on."""
    from gesture.train import fit

    with tempfile.TemporaryDirectory() as folder:
        return fit(
            teach,
            generated=REHEARSAL,
            init_from=model.save(Path(folder) / "before"),
            epochs=FURTHER_EPOCHS,
            learning_rate=FURTHER_RATE,
            holdout=None,
            seed=seed,
        ).model


def chosen_thresholds(
    manifest: Manifest, said: Sequence[Sequence[Tick]], recordings: Sequence[Recording]
) -> tuple[float, ...]:
    """One for each label: most right onsets while all false ones together stay within what is allowed.

    As `gesture.training.calibration`, with more levels and finer prices of a false onset.
    """
    found = [onsets_by_label(said, recordings, at_level(manifest, level)) for level in LEVELS]
    right, false = (np.array(each) for each in zip(*found, strict=True))  # (levels, C)
    columns = np.arange(len(manifest.labels))
    for price in _PRICES:
        best = (right - price * false).argmax(axis=0)
        if false[best, columns].sum() <= MOST_FALSE_PER_MINUTE * minutes(recordings):
            break
    return (1.0, *(LEVELS[level] for level in best[1:].tolist()))


def minutes(recordings: Sequence[Recording]) -> float:
    return sum(recording.duration_s for recording in recordings) / 60


def named(model: GestureModel, recordings: Sequence[Recording]) -> dict[str, dict[str, int]]:
    """For each label what its cut-out gestures are taken for, and how often."""
    found: dict[str, Counter[str]] = {}
    for take in cut_outs(recordings):
        found.setdefault(take.takes[0].label, Counter())[classify(model, take)] += 1
    return {label: dict(found[label].most_common()) for label in sorted(found)}


def share_right(found: dict[str, dict[str, int]]) -> float:
    """Of all gestures.

    Example:
        >>> share_right({"V": {"V": 3, "CROSS": 1}})
        0.75
    """
    right = sum(others.get(label, 0) for label, others in found.items())
    return right / sum(sum(others.values()) for others in found.values())


def onsets_by_label(
    said: Sequence[Sequence[Tick]], recordings: Sequence[Recording], manifest: Manifest
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Right and false onsets in whole sequences, (C,) each."""
    counts = [
        count_onsets(spoken, recording.takes, manifest)
        for spoken, recording in zip(said, recordings, strict=True)
    ]
    right, false = np.sum(counts, axis=0)
    return right, false


def report(results: Sequence[dict[str, Any]]) -> str:
    """The table."""
    rows: list[list[object]] = []
    for name in (name for name in ("odd", "even", "test") if name in results[0]):
        role = {
            "odd": "odd sequences, on which all was chosen",
            "even": "even sequences",
            "test": "official test part",
        }
        found = [result[name] for result in results]
        keys = ("cut-out", "recall", "false per minute", *(f"after {k}" for k in SHREC_K))
        figures = [spread([one[key] for one in found]) if key in found[0] else "" for key in keys]
        rows.append([f"ours, {role[name]}, {len(results)} seeds", *figures])
    after = (f"cut-out, after {k} real take{'s' * (k > 1)}" for k in SHREC_K)
    return table(
        ["", "cut-out gestures", "recall, whole sequences", "false a minute", *after], [*rows, *STUDY]
    )


if __name__ == "__main__":
    main()
