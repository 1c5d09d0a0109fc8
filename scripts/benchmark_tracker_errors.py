"""What our tracker gets wrong on rendered hands, whose truth is known, beside what `tracker_errors` makes up."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from train_default import RATES_HZ, scenes_of

from gesture.landmarks import Landmarker
from gesture.streams import streams
from gesture.training.dataset import RATE_HZ
from gesture.training.tracker_errors import tracked
from gesture.types import Recording
from gesture.virtual import Scene, VirtualCamera

GROUPS = {
    "shape across": slice(0, 60, 3),
    "shape along": slice(1, 60, 3),
    "shape in depth": slice(2, 60, 3),
    "orientation": slice(60, 66),
    "reach of the fingertips": slice(66, 71),
    "thumb to the other tips": slice(71, 75),
    "velocity over 0.12 s": slice(77, 79),
    "growth over 0.12 s": slice(79, 80),
    "velocity over 0.48 s": slice(95, 97),
    "growth over 0.48 s": slice(97, 98),
    "turn over 0.48 s": slice(98, 104),
    "fingertips over 0.12 s": slice(104, 119),
}
Rows = dict[tuple[str, int], NDArray[np.float32]]


@click.command()
@click.option("--people", default=3, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def main(people: int, as_json: bool) -> None:
    """Median and 99th percentile of the error, and correlation with the truth, by group of features."""
    console = Console(stderr=True)
    found: list[NDArray[np.float32]] = []
    rng = np.random.default_rng(0)
    for person in track(range(1000, 1000 + people), "filming", console=console):
        for scene in scenes_of(person, 30.0):
            seen = film(scene, person)
            true = replace(seen, landmarks=hidden_where_lost(scene, seen))
            modelled = tracked(true.landmarks, true.times_s, true.image_size, rng)
            rows = [features(each) for each in (true, seen, replace(true, landmarks=modelled))]
            shared = sorted(set.intersection(*(set(each) for each in rows)))
            found += [np.array([[each[key] for each in rows] for key in shared])]
    numbers = {name: compare(np.concatenate(found)[..., columns]) for name, columns in GROUPS.items()}
    if as_json:
        click.echo(json.dumps(numbers))
        return
    for name, group in numbers.items():
        click.echo(f"{name:<26}" + "   ".join(f"{who}: {values}" for who, values in group.items()))


def film(scene: Scene, person: int) -> Recording:
    """A scene through the virtual camera and the real hand models."""
    camera = VirtualCamera(scene, rate_hz=RATES_HZ[person % len(RATES_HZ)], seed=person)
    with Landmarker() as landmarker:
        return Recording.from_frames([landmarker.detect(frame) for frame in camera], person=str(person))


def hidden_where_lost(scene: Scene, seen: Recording) -> NDArray[np.float32]:
    return np.where(np.isnan(seen.landmarks), np.nan, scene.landmarks(seen.times_s)).astype(np.float32)


def features(recording: Recording) -> Rows:
    """Each tick's features, by hand and tick."""
    return {
        (stream.hand, round(time_s * RATE_HZ)): row
        for stream in streams(recording, "one", RATE_HZ)
        for time_s, row in zip(stream.times_s, stream.features, strict=True)
    }


def compare(rows: NDArray[np.float32]) -> dict[str, Any]:
    """Of rows (N, 3, columns): truth, tracker, model."""
    truth = rows[:, 0]
    return {who: _errors(truth, rows[:, index]) for index, who in ((1, "tracker"), (2, "model"))}


def _errors(truth: NDArray[np.float32], seen: NDArray[np.float32]) -> dict[str, float]:
    off = np.abs(seen - truth)
    pairs = (np.corrcoef(seen[:, column], truth[:, column])[0, 1] for column in range(truth.shape[1]))
    return {
        "median": round(float(np.median(off)), 3),
        "p99": round(float(np.percentile(off, 99)), 2),
        "correlation": round(float(np.nanmean(list(pairs))), 2),
    }


if __name__ == "__main__":
    main()
