"""How many gestures a second the virtual hand performs as landmarks, one scene after another and in batches."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import click
import numpy as np
from rich.console import Console
from rich.progress import track

from gesture.training.tracker_errors import tracked
from gesture.virtual import GESTURES, WIDE, make_scene
from gesture.virtual.batch import make_batch

SECONDS, RATE_HZ, NUM_VIEWS = 2.0, 25.0, 4
REPEATS = 3


def scenes(num_sequences: int, seed: int) -> None:
    """One gesture with its full cycle per scene, as a recording."""
    for index, label in enumerate(_labels(num_sequences)):
        make_scene([label], seed=seed + index, person=index % 64, idle_s=0.0, variety=WIDE).recording(
            RATE_HZ, "virtual"
        )


def batch(num_sequences: int, seed: int) -> None:
    """Each of them another performance."""
    make_batch(_labels(num_sequences), seed=seed, num_ticks=round(SECONDS * RATE_HZ), rate_hz=RATE_HZ)


def batch_of_views(num_sequences: int, seed: int) -> None:
    """Each performance seen on several people's hands, by cameras elsewhere."""
    labels = _labels(num_sequences // NUM_VIEWS)
    make_batch(labels, seed=seed, num_ticks=round(SECONDS * RATE_HZ), rate_hz=RATE_HZ, num_views=NUM_VIEWS)


def batch_of_views_tracked(num_sequences: int, seed: int) -> None:
    """And with a tracker's errors, as for training."""
    labels, num_ticks = _labels(num_sequences // NUM_VIEWS), round(SECONDS * RATE_HZ)
    made = make_batch(labels, seed=seed, num_ticks=num_ticks, rate_hz=RATE_HZ, num_views=NUM_VIEWS)
    rng, times_s = np.random.default_rng(seed), np.arange(num_ticks) / RATE_HZ
    for start in range(0, len(made), 128):
        hands = made.landmarks[start : start + 128].swapaxes(0, 1)
        tracked(
            hands, times_s, made.image_size, rng, rng.uniform(0.5, 1.5, hands.shape[1]), of_one_person=False
        )


WAYS: dict[str, tuple[Callable[[int, int], None], float]] = {
    "scenes, one after another": (scenes, 0.1),
    "a batch": (batch, 1.0),
    f"a batch, {NUM_VIEWS} views of each performance": (batch_of_views, 1.0),
    "the same with a tracker's errors": (batch_of_views_tracked, 1.0),
}
"""What is measured, and the share of the sequences that is enough for it."""


@click.command()
@click.option("--sequences", default=2000, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def main(sequences: int, as_json: bool) -> None:
    """Sequences of 2 s at 25 Hz for each second of one core's time (best of three)."""
    for make, _ in WAYS.values():
        make(64, 0)
    rates: dict[str, float] = dict.fromkeys(WAYS, 0.0)
    for seed in track(range(1, 1 + REPEATS), "generating", console=Console(stderr=True)):
        for name, (make, share) in WAYS.items():
            count = max(int(share * sequences), NUM_VIEWS)
            started_s = time.process_time()
            make(count, seed)
            rates[name] = max(rates[name], round(count / (time.process_time() - started_s)))
    if as_json:
        click.echo(json.dumps(rates))
        return
    for name, rate in rates.items():
        click.echo(f"{name:<44}{rate:6.0f} a second")


def _labels(num_sequences: int) -> list[str]:
    return [str(label) for label in np.resize(list(GESTURES), num_sequences)]


if __name__ == "__main__":
    main()
