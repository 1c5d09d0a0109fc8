"""Where a frame's time goes, stage by stage, beside a bare MediaPipe loop on the same frames in the same run."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from gesture.decision import Spotter
from gesture.features import Geometry
from gesture.landmarks import Landmarker
from gesture.landmarks.hand_models import load_hand_models
from gesture.landmarks.mediapipe_engine import MediaPipeEngine
from gesture.live import LiveView, Observation
from gesture.manifest import shipped_model
from gesture.recognizer import Recognizer
from gesture.runtime import GestureModel
from gesture.streams import LiveStreams, StreamRow
from gesture.types import Frame, HandFrame
from gesture.virtual import VirtualCamera, make_scene
from gesture.windows import SequenceBuffer

STAGES = ("capture", "landmarks", "features", "model", "decision", "drawing")


class Stopwatch:
    """Milliseconds per stage and frame."""

    def __init__(self) -> None:
        self.times_ms: dict[str, list[float]] = {stage: [] for stage in STAGES}

    def run(self, stage: str, function: Callable[..., Any], *arguments: Any) -> Any:
        started = time.perf_counter()
        result = function(*arguments)
        self.times_ms[stage].append(1000 * (time.perf_counter() - started))
        return result

    def medians(self) -> dict[str, float]:
        return {stage: round(float(np.median(times)), 3) for stage, times in self.times_ms.items()}


def film(seconds: float) -> list[Frame]:
    """The frames, rendered once, so that both loops see the same and neither pays for the rendering."""
    scene = make_scene(seed=1, person=1001, hands=("right",))
    return [frame for frame in VirtualCamera(scene) if frame.time_s < seconds]


class Stages:
    """The live pipeline with each stage called by itself, so that it can be timed."""

    def __init__(self, watch: Stopwatch) -> None:
        self.watch = watch
        self.recognizer = Recognizer(GestureModel.load(shipped_model()))
        manifest = self.recognizer.model.manifest
        self.model = self.recognizer.model
        self.buffer = SequenceBuffer(manifest.rate_hz)
        self.streams = LiveStreams(manifest.hands, manifest.rate_hz)
        self.states: dict[str, Any] = {}
        self.spotters = {
            hand: Spotter(manifest.labels, manifest.thresholds, manifest.decision, hand, manifest.rate_hz)
            for hand in ("left", "right")
        }
        self.view = LiveView(self.recognizer, "default", mirror=True)

    def frame(self, frame: Frame, landmarker: Landmarker) -> None:
        watch = self.watch
        frame = watch.run("capture", lambda: Frame(frame.image.copy(), frame.time_s))
        hand_frame = watch.run("landmarks", landmarker.detect, frame)
        rows = watch.run("features", self.rows, hand_frame)
        answers = watch.run("model", self.answers, rows)
        events = watch.run("decision", self.decide, answers)
        observation = Observation(frame, hand_frame, events, 0.01)
        self.view.add(observation)
        watch.run("drawing", self.view.draw, observation)

    def rows(self, hand_frame: HandFrame) -> list[StreamRow]:
        return self.streams.update(self.buffer.update(hand_frame), Geometry(hand_frame.image_size))

    def answers(self, rows: list[StreamRow]) -> list[Any]:
        answers = []
        for row in rows:
            if row.features is not None:
                state = self.model.initial_state if row.starts else self.states[row.hand]
                probabilities, self.states[row.hand] = self.model.step(row.features, state)
                answers.append((row.hand, probabilities, row.time_s))
        return answers

    def decide(self, answers: list[Any]) -> list[Any]:
        return [
            event
            for hand, probabilities, time_s in answers
            for event in self.spotters[hand].update(probabilities, time_s)
        ]


def measure(frames: list[Frame]) -> dict[str, Any]:
    """Both loops, frame by frame in turn, so that the machine's mood hits them alike."""
    watch = Stopwatch()
    stages = Stages(watch)
    bare = MediaPipeEngine(load_hand_models(None).bundle, 2)
    whole = Recognizer(stages.model)
    ours_s, bare_s = [], []
    hand_frames = []
    with Landmarker() as landmarker, Landmarker() as timed:
        for frame in frames:
            stages.frame(frame, timed)
            started = time.perf_counter()
            hand_frames.append(landmarker.detect(frame))
            whole.update(hand_frames[-1])
            between = time.perf_counter()
            bare.detect(frame)
            ours_s.append(between - started)
            bare_s.append(time.perf_counter() - between)
    bare.close()
    medians = watch.medians()
    return {
        "stages": medians,
        "total_ms": round(sum(medians.values()), 3),
        "fps": round(1 / float(np.median(ours_s)), 1),
        "mediapipe_fps": round(1 / float(np.median(bare_s)), 1),
        "frames": len(frames),
        "recognition_ms": recognition_ms(stages.model, hand_frames),
    }


def recognition_ms(model: GestureModel, hand_frames: list[HandFrame]) -> float:
    """Features, model and decision for one frame after another: what they cost without the hand models between them,
    which leave nothing of theirs in the processor's cache."""
    recognizer, times_ms = Recognizer(model), []
    for hand_frame in hand_frames:
        started = time.perf_counter()
        recognizer.update(hand_frame)
        times_ms.append(1000 * (time.perf_counter() - started))
    return round(float(np.median(times_ms)), 3)


@click.command()
@click.option("--seconds", default=20.0, show_default=True, help="Of the virtual camera, 30 frames a second.")
@click.option("--json", "as_json", is_flag=True)
def main(seconds: float, as_json: bool) -> None:
    """Median milliseconds per stage; frames a second without drawing, beside a bare MediaPipe loop."""
    result = measure(film(seconds))
    if as_json:
        click.echo(json.dumps(result))
        return
    table = Table("stage", "median ms", box=None)
    for stage, median_ms in result["stages"].items():
        table.add_row(stage, f"{median_ms:.3f}")
    console = Console()
    console.print(table)
    console.print(
        f"features, model and decision by themselves, frame after frame: {result['recognition_ms']:.3f} ms"
    )
    ratio = result["fps"] / result["mediapipe_fps"]
    console.print(f"{result['fps']} frames a second without drawing, {ratio:.2f} of a bare MediaPipe loop")


if __name__ == "__main__":
    main()
