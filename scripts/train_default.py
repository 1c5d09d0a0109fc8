"""Makes `models/default`: virtual people gesture before the virtual camera, the real hand models watch, a GRU learns.

Run through `scripts/train-default`. Seeded: the same machine gives the same model.
"""

from __future__ import annotations

import shutil
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import click
import numpy as np
from rich.progress import Progress

from gesture.landmarks import Landmarker
from gesture.recording import load_recordings, save_recording
from gesture.types import Recording
from gesture.virtual import GESTURES, Scene, VirtualCamera, make_idle_scene, make_scene

ROOT = Path(__file__).resolve().parent.parent
IDLE_S = 30.0
RATES_HZ = (30.0, 20.0, 15.0)
REPEATS = 2


def scenes_of(person: int) -> list[Scene]:
    """What one virtual person does: every gesture twice, by one hand or by both in turn, and idle movement."""
    rng = np.random.default_rng(person)
    hands = [("right",), ("left",), ("left", "right")][person % 3]
    speed = float(rng.uniform(0.8, 1.4))
    labels = [str(label) for _ in range(REPEATS) for label in rng.permutation(list(GESTURES))]
    return [
        make_scene(labels, seed=person, person=person, hands=hands, speed=speed),
        make_idle_scene(IDLE_S, seed=person, person=person, hands=hands),
    ]


def record(person: int, folder: str) -> int:
    """Film and save what one virtual person does; returns the number of frames."""
    num_frames = 0
    for index, scene in enumerate(scenes_of(person)):
        camera = VirtualCamera(scene, rate_hz=RATES_HZ[person % len(RATES_HZ)], seed=person)
        with Landmarker() as landmarker:
            frames = [landmarker.detect(frame) for frame in camera]
            recording = Recording.from_frames(
                frames,
                person=f"virtual{person:02d}",
                takes=scene.takes,
                view=scene.view,
                engine=landmarker.engine,
                name=f"virtual{person:02d}-{index}",
            )
        save_recording(recording, folder, source="virtual")
        num_frames += len(frames)
    return num_frames


@click.command(context_settings={"show_default": True})
@click.option("--people", default=24, help="Virtual people.")
@click.option("--epochs", default=60)
@click.option("--seed", default=0)
@click.option("--workers", default=2, help="Processes that film.")
@click.option(
    "--recordings", default="build/default-recordings", help="Where the recordings go; reused if there."
)
@click.option("-o", "--output", default=str(ROOT / "models" / "default"))
def main(people: int, epochs: int, seed: int, workers: int, recordings: str, output: str) -> None:
    """Train the shipped model from scratch."""
    folder = Path(recordings)
    missing = [person for person in range(people) if not (folder / f"virtual{person:02d}-1").is_dir()]
    film(missing, folder, workers)
    train(folder, epochs, seed, Path(output))


def film(people: list[int], folder: Path, workers: int) -> None:
    for person in people:
        for leftover in folder.glob(f"virtual{person:02d}-*"):
            shutil.rmtree(leftover)
    with Progress() as progress, ProcessPoolExecutor(workers) as pool:
        task = progress.add_task("filming virtual people", total=len(people))
        for _ in pool.map(record, people, [str(folder)] * len(people)):
            progress.advance(task)


def train(folder: Path, epochs: int, seed: int, output: Path) -> None:
    from gesture.train import fit

    with Progress() as progress:
        task = progress.add_task("training", total=epochs)
        training = fit(
            load_recordings(folder), epochs=epochs, seed=seed, on_epoch=lambda _: progress.advance(task)
        )
    card = output / "README.md"
    training.model.files["README.md"] = card.read_bytes() if card.exists() else b""
    training.model.save(output)
    click.echo(f"{output}: {training.evaluation}; {training.note}")


if __name__ == "__main__":
    main()
