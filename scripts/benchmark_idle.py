"""How often the shipped model fires when nobody gestures: real hands between gestures, hands that move at random, and
virtual people who idle in front of the camera.

Poses (a hand shape that is held) are counted apart: where the data does not say whether one was shown, nobody can tell
whether naming it was wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from benchmark_egocentric import CACHE
from public_sets import egocentric, odd_and_even, shrec2021
from results import show, table
from rich.console import Console
from rich.progress import track

from gesture.camera import Camera
from gesture.evaluation.confidence import poisson_interval
from gesture.evaluation.onsets import GRACE_S, counted_onsets
from gesture.landmarks import Landmarker
from gesture.live import observe
from gesture.manifest import shipped_model
from gesture.recognizer import Recognizer, spot
from gesture.runtime import GestureModel
from gesture.types import BACKGROUND, GestureEvent, Recording, Take
from gesture.virtual import HELD, VirtualCamera, make_idle_scene

FIRST_PERSON = 3000  # neither training nor any choice saw them
MINUTE_S = 60.0


@dataclass(frozen=True)
class Idle:
    """What fired in a while in which nobody gestured.

    Attributes:
        seconds: how long.
        onsets: what fired.
    """

    seconds: float
    onsets: Sequence[GestureEvent]

    def summary(self) -> dict[str, Any]:
        """Onsets of moving gestures, their rate a minute with its 95 % interval, and poses that were named."""
        moving = [onset.label for onset in self.onsets if onset.label not in HELD]
        low, high = (bound * MINUTE_S / self.seconds for bound in poisson_interval(len(moving)))
        return {
            "minutes": round(self.seconds / MINUTE_S, 2),
            "moving": len(moving),
            "a minute": round(len(moving) * MINUTE_S / self.seconds, 3),
            "interval": [round(low, 3), round(high, 3)],
            "labels": {label: moving.count(label) for label in sorted(set(moving))},
            "poses": len(self.onsets) - len(moving),
        }


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), envvar="GESTURE_DATA", required=True)
@click.option("--model", default=str(shipped_model()), help="[default: the shipped model]")
@click.option("--people", default=10, show_default=True, help="Virtual ones, each for a minute.")
@click.option("--json", "as_json", is_flag=True)
@click.option("--write", is_flag=True, help="Put the table into docs/benchmarks.md.")
def main(data: Path, model: str, people: int, as_json: bool, write: bool) -> None:
    """False activations of the shipped model while nobody gestures."""
    console = Console(stderr=True)
    gestures = GestureModel.load(Path(model))
    numbers = {}
    for name, idle in _sources(gestures, data, people):
        numbers[name] = idle.summary()
        console.print(f"{name}: {numbers[name]}", highlight=False)
    show("idle", numbers, report(numbers), as_json=as_json, write=write)


def _sources(model: GestureModel, data: Path, people: int) -> Iterator[tuple[str, Idle]]:
    for half, sequences in odd_and_even(shrec2021(data / "shrec2021_online")).items():
        yield f"SHREC 2021, {half} sequences, between gestures", together(of_recordings(model, sequences))
    clips = [
        recording
        for recording in egocentric(data / "egocentric_videos", CACHE)
        if recording.takes[0].label == BACKGROUND
    ]
    yield "egocentric clips, random movement", together(of_recordings(model, clips))
    for path in sorted((data / "misc_videos").glob("*.mp4")):
        yield path.stem, of_frames(model, str(path), ())
    yield "virtual people, through the tracker", together(of_virtual_people(model, people))


def of_recordings(model: GestureModel, recordings: Iterable[Recording]) -> Iterator[Idle]:
    """Outside the takes, whose gestures the model does not know."""
    for recording in recordings:
        takes = [take for take in recording.takes if take.label != BACKGROUND]
        busy_s = sum(take.end_s - take.start_s + GRACE_S for take in takes)
        onsets = counted_onsets(takes, spot(model, recording), model.manifest.labels)
        yield Idle(recording.duration_s - busy_s, onsets)


def of_virtual_people(model: GestureModel, number: int) -> Iterator[Idle]:
    """A minute each; not counted is where a hand has the shape of a pose."""
    poses = [label for label in HELD if label in model.manifest.labels]
    for person in track(range(FIRST_PERSON, FIRST_PERSON + number), "idling", console=Console(stderr=True)):
        hands = [("right",), ("left",), ("left", "right")][person % 3]
        scene = make_idle_scene(MINUTE_S, seed=person, person=person, hands=hands, poses=poses)
        yield of_frames(model, VirtualCamera(scene, seed=person), scene.takes)


def of_frames(model: GestureModel, source: Any, takes: Sequence[Take]) -> Idle:
    """What the live path makes of frames, those in `takes` left out."""
    recognizer = Recognizer(model)
    events, last_s = [], 0.0
    with Landmarker() as landmarker, Camera(source) as frames:
        for observation in observe(frames, landmarker, recognizer):
            events += observation.events
            last_s = observation.hand_frame.time_s
    return Idle(last_s, counted_onsets(takes, events, model.manifest.labels))


def together(parts: Iterable[Idle]) -> Idle:
    """Several whiles as one."""
    all_parts = list(parts)
    return Idle(
        sum(part.seconds for part in all_parts), [onset for part in all_parts for onset in part.onsets]
    )


def report(numbers: dict[str, Any]) -> str:
    """The table."""
    rows = [
        [
            name,
            f"{found['minutes']:.1f}",
            found["moving"],
            f"{found['a minute']:.2f} ({found['interval'][0]:.2f}–{found['interval'][1]:.2f})",
            found["poses"],
        ]
        for name, found in numbers.items()
    ]
    return table(
        [
            "nobody gestures",
            "minutes",
            "moving gestures named",
            "a minute (95 % interval)",
            "poses named",
        ],
        rows,
    )


if __name__ == "__main__":
    main()
