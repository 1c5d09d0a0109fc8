"""Makes `models/default`: virtual people gesture, a GRU learns.

Some are filmed by the virtual camera and watched by the real hand models, which shows the network what a tracker sees;
many more are taken as they are, which is quick and shows it how people differ. Run through `scripts/train-default`.
Seeded: the same machine gives the same model. Cut short, it goes on after the last whole epoch when it is run again.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
from rich.console import Console
from rich.progress import Progress

from gesture.decision import Decision
from gesture.errors import GestureError
from gesture.evaluation.onsets import evaluate_model
from gesture.folders import check_replaceable
from gesture.landmarks import Landmarker
from gesture.manifest import MANIFEST
from gesture.recording import load_recordings, save_recording
from gesture.runtime import GestureModel
from gesture.training.calibration import calibrate
from gesture.training.checkpoint import checkpoint_path
from gesture.training.generated import Generator
from gesture.types import Recording, View
from gesture.virtual import HELD, MOVES, Scene, VirtualCamera, make_idle_scene, make_scene
from gesture.virtual.variety import MODERATE

ROOT = Path(__file__).resolve().parent.parent
POSES = ("victory", "ok", "thumb_up", "thumb_down")
"""The held poses of the shipped vocabulary: hands seldom have these shapes while they do something else. They point,
close and open all the time: `point`, `fist` and `open_palm` would fire on the way to every move."""
SCRIPTS = {**MOVES, **{label: HELD[label] for label in POSES}}
REPEATS, REST_S, IDLE_S = 1, 0.0, 25.0
UNFILMED_REPEATS, UNFILMED_REST_S, UNFILMED_IDLE_S = 2, 1.0, 60.0
"""How often everybody makes every gesture, how long they rest or idle after each, and how long they idle at the end.
Filming costs the most, so that those who are filmed do not rest."""
RATES_HZ = (20.0, 15.0, 25.0, 30.0)
VIEWS: tuple[View, ...] = ("facing", "facing", "egocentric")
SPEEDS = {"facing": (0.8, 1.4), "egocentric": (0.4, 1.2)}
"""Times as fast as usual: with a camera on the head people draw what in front of a webcam they swipe."""
FIRST_UNFILMED = 100
HELD_OUT = 3
UNITS, LAYERS = 80, 2
BATCH, LEARNING_RATE, OPTIMIZER = 64, 4e-3, "muon"
RESTLESS = Generator(
    SCRIPTS,
    num_programmes=0,
    background_share=0.6,
    num_sequences=3072,
    views=("facing", "facing", "egocentric"),
    people=range(200, 700),
    variety=MODERATE,
)
"""Performed anew for every epoch: most of it is hands that do something else."""
GENERATED_HELD_OUT = 14
FALSE_PER_MINUTE = 1.0
"""What the thresholds may let through on all who are held out, the generated ones among them."""
LEAST_THRESHOLD, PATIENCE_S = 0.9, 0.24
"""Of every gesture, and for how long it must stay above: real people do more things that are none than virtual ones."""


def scenes_of(person: int, repeats: int, rest_s: float, idle_s: float) -> Iterator[Scene]:
    """What one virtual person does: every gesture so often, by one hand or by both in turn, and idle movement."""
    view = VIEWS[person // 3 % len(VIEWS)]
    rng = np.random.default_rng(person)
    hands = [("right",), ("left",), ("left", "right")][person % 3]
    speed = float(rng.uniform(*SPEEDS[view]))
    labels = [str(label) for _ in range(repeats) for label in rng.permutation(list(SCRIPTS))]
    yield make_scene(labels, seed=person, person=person, hands=hands, speed=speed, view=view, idle_s=rest_s)
    yield make_idle_scene(idle_s, seed=person, person=person, hands=hands, view=view, poses=POSES)


def record(person: int, folder: str) -> int:
    """Film and save what one virtual person does; returns the number of frames."""
    num_frames = 0
    for index, scene in enumerate(scenes_of(person, REPEATS, REST_S, IDLE_S)):
        camera = VirtualCamera(scene, rate_hz=RATES_HZ[person % len(RATES_HZ)], seed=person)
        recording = filmed(camera, f"virtual{person:03d}-{index}")
        save_recording(recording, folder, source="virtual")
        num_frames += len(recording)
    return num_frames


def filmed(camera: VirtualCamera, name: str) -> Recording:
    """What our tracker sees of a scene, with the truth as takes; of the person that the name begins with."""
    with Landmarker() as landmarker:
        return Recording.from_frames(
            [landmarker.detect(frame) for frame in camera],
            person=name.partition("-")[0],
            takes=camera.takes,
            view=camera.scene.view,
            engine=landmarker.engine,
            name=name,
        )


@click.command(context_settings={"show_default": True})
@click.option("--filmed", default=12, help="Virtual people who are filmed.")
@click.option("--unfilmed", default=36, help="Virtual people who are taken as they are.")
@click.option("--epochs", default=12)
@click.option("--seed", default=0)
@click.option("--workers", default=2, help="Processes that film.")
@click.option("--recordings", default="build/default-recordings", help="Of the filmed; reused if there.")
@click.option(
    "--recalibrate", is_flag=True, help="Only choose the thresholds of the model that is there again."
)
@click.option("-o", "--output", default=str(ROOT / "models" / "default"))
def main(
    filmed: int,
    unfilmed: int,
    epochs: int,
    seed: int,
    workers: int,
    recordings: str,
    recalibrate: bool,
    output: str,
) -> None:
    """Train the shipped model from scratch."""
    folder = Path(recordings)
    check_replaceable(Path(output), MANIFEST)
    film(
        [person for person in range(filmed) if not (folder / f"virtual{person:03d}-1").is_dir()],
        folder,
        workers,
    )
    seen = load_recordings(folder)
    held_out = [f"virtual{person:03d}" for person in range(filmed - HELD_OUT, filmed)]
    if not recalibrate:
        train([*seen, *unwatched(unfilmed)], held_out, epochs, seed, Path(output))
    judges = [recording for recording in seen if recording.person in held_out]
    choose_thresholds(judges, RESTLESS.recordings(GENERATED_HELD_OUT, seed), Path(output))


def unwatched(num_people: int) -> list[Recording]:
    """Virtual people as they are; augmentation adds what a tracker gets wrong."""
    return [
        scene.recording(RATES_HZ[person % len(RATES_HZ)], f"virtual{person:03d}")
        for person in range(FIRST_UNFILMED, FIRST_UNFILMED + num_people)
        for scene in scenes_of(person, UNFILMED_REPEATS, UNFILMED_REST_S, UNFILMED_IDLE_S)
    ]


def choose_thresholds(held_out: list[Recording], more: list[Recording], output: Path) -> None:
    """Decide as the defaults do now, but with more patience and with thresholds that suit the held-out people.

    The network stays.

    Args:
        held_out: filmed; the figures in the model are of these.
        more: people who judge, too.
        output: the model's folder.
    """
    model = GestureModel.load(output)
    model.manifest = replace(model.manifest, decision=Decision(patience_s=PATIENCE_S))
    thresholds = calibrate(model, [*held_out, *more], FALSE_PER_MINUTE)
    model.manifest = replace(
        model.manifest, thresholds=tuple(max(threshold, LEAST_THRESHOLD) for threshold in thresholds)
    )
    evaluation = evaluate_model(model, held_out)
    model.manifest = replace(model.manifest, metrics={"validation": evaluation.to_json()})
    kept = [path for name in ("model.keras", "README.md") if (path := output / name).exists()]
    model.files = {path.name: path.read_bytes() for path in kept}
    model.save(output)
    click.echo(f"{output}: {evaluation}; the thresholds were chosen there")


def film(people: list[int], folder: Path, workers: int) -> None:
    if not people:
        return
    for person in people:
        for leftover in folder.glob(f"virtual{person:03d}-*"):
            shutil.rmtree(leftover)
    with Progress(console=Console(stderr=True)) as progress, ProcessPoolExecutor(workers) as pool:
        task = progress.add_task("filming virtual people", total=len(people))
        for _ in pool.map(record, people, [str(folder)] * len(people)):
            progress.advance(task)


def train(recordings: list[Recording], held_out: list[str], epochs: int, seed: int, output: Path) -> None:
    from gesture.training_screen import train_on_screen

    training = train_on_screen(
        recordings,
        {
            "generated": RESTLESS,
            "epochs": epochs,
            "seed": seed,
            "batch": BATCH,
            "learning_rate": LEARNING_RATE,
            "optimizer": OPTIMIZER,
            "units": UNITS,
            "layers": LAYERS,
            "holdout": held_out,
            "threshold": LEAST_THRESHOLD,  # until `choose_thresholds`
            "checkpoint": checkpoint_path(output),
        },
    )
    # The report is for whoever trains; the shipped folder stays small.
    training.model.files = {"model.keras": training.model.files["model.keras"]}
    card = output / "README.md"
    if card.exists():
        training.model.files["README.md"] = card.read_bytes()
    training.model.save(output)
    checkpoint_path(output).unlink(missing_ok=True)


if __name__ == "__main__":
    try:
        main()
    except GestureError as error:
        sys.exit(f"Error: {error}")
