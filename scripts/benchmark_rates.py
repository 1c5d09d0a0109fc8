"""The same streams of SHREC 2021 at the frame rates that cameras have, with jitter and lost frames.

Frames come up to 0.3 of their interval too early or too late and one in twenty never comes; where the set has no frame
at that time, landmarks are interpolated between its own, which are 1/50 s apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
from folds import EPOCHS, Fold, fold_models, fold_options
from public_sets import HAND_SIZES, shrec2021, thinned
from results import options, show, spread, table

from gesture.evaluation.spotting import (
    count_shrec2021,
    detection_rate,
    detections,
    false_positive_rate,
    jaccard_index,
    overall,
)
from gesture.recognizer import spot
from gesture.runtime import GestureModel
from gesture.types import Array, Recording

RATES_HZ = (12.0, 15.0, 24.0, 30.0, 60.0)
JITTER = 0.3
LOST = 0.05
MEASURES = {"DR": detection_rate, "FP": false_positive_rate, "JI": jaccard_index}


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
    """Detection rate at five frame rates, with another quarter of the hand sizes tested in every seed."""
    recordings = thinned(shrec2021(data / "shrec2021_online"), limit)
    folds = [Fold(seed, seed % HAND_SIZES, epochs=epochs) for seed in range(seeds)]
    results = []
    for fold, model in fold_models(folds, data, models, workers=workers, limit=limit):
        results.append(at_rates(model, fold.test(recordings), fold.seed))
        click.echo(f"{fold.name}: {results[-1]}", err=True)
    show("rates", results, report(results), as_json=as_json, write=write)


def at_rates(model: GestureModel, test: Sequence[Recording], seed: int) -> dict[str, dict[str, float]]:
    """DR, FP and JI by the rules of 2021, by rate."""
    labels = sorted({take.label for recording in test for take in recording.takes})
    results = {}
    for rate_hz in RATES_HZ:
        rng = np.random.default_rng(seed)
        counts = sum(
            count_shrec2021(
                recording.takes, detections(spot(model, at_rate(recording, rate_hz, rng))), labels
            )
            for recording in test
        )
        results[f"{rate_hz:g}"] = {
            name: round(float(overall(measure(counts))), 4) for name, measure in MEASURES.items()
        }
    return results


def at_rate(recording: Recording, rate_hz: float, rng: np.random.Generator) -> Recording:
    """A recording as a camera of another rate would have made it; its takes stay where they are in time."""
    first_s, last_s = recording.times_s[0], recording.times_s[-1]
    times_s = np.arange(first_s, last_s, 1 / rate_hz)
    times_s = times_s + rng.uniform(-JITTER, JITTER, len(times_s)) / rate_hz
    kept = (rng.random(len(times_s)) >= LOST) & (times_s >= first_s) & (times_s <= last_s)
    times_s = times_s[kept]
    before = np.clip(np.searchsorted(recording.times_s, times_s, side="right") - 1, 0, len(recording) - 2)
    span_s = recording.times_s[before + 1] - recording.times_s[before]
    share = ((times_s - recording.times_s[before]) / span_s).astype(np.float32)
    return replace(
        recording,
        times_s=times_s,
        landmarks=_between(recording.landmarks, before, share),
        world_landmarks=_between(recording.world_landmarks, before, share),
        scores=_between(recording.scores, before, share),
        presence=_between(recording.presence, before, share),
    )


def _between(values: Array, before: np.ndarray, share: Array) -> Array:
    """`share` of the way from a frame to the next; NaN where either has no hand."""
    weight = share.reshape(-1, *[1] * (values.ndim - 1))
    mixed: Array = (1 - weight) * values[before] + weight * values[before + 1]
    return mixed


def report(results: Sequence[dict[str, dict[str, float]]]) -> str:
    """The table; its last row is the greatest difference of the rates' means."""
    rows: list[list[object]] = [
        [
            f"{rate} frames a second",
            *[spread([result[rate][name] for result in results]) for name in MEASURES],
        ]
        for rate in results[0]
    ]
    means = {
        name: [np.mean([result[rate][name] for result in results]) for rate in results[0]]
        for name in MEASURES
    }
    rows.append(["greatest difference", *[float(np.ptp(values)) for values in means.values()]])
    return table([f"{len(results)} seeds", *MEASURES], rows)


if __name__ == "__main__":
    main()
