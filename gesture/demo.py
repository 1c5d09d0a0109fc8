"""The whole thing with no camera: a virtual hand gestures, the real hand models and the model answer.

A scene is filmed by the virtual camera at a camera's pace; every event is printed as it is decided, with the
truth beside it, and counted by the rule of `evaluate`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gesture.camera import Camera
from gesture.display import VideoSink, Window, display_available
from gesture.evaluation.onsets import GRACE_S, counted_onsets, in_time, match
from gesture.landmarks import Landmarker
from gesture.live import LiveView, observe, play
from gesture.recognizer import Recognizer
from gesture.runtime import GestureModel
from gesture.types import IGNORE, GestureEvent, Take
from gesture.virtual import GESTURES, MOVES, Scene, VirtualCamera, make_scene


def demo_scene(seed: int = 0, labels: Sequence[str] = tuple(MOVES)) -> Scene:
    """Every gesture once, by a right hand and a left hand in turn, idle movement between.

    Args:
        seed: another one gives another order, person and performance.
        labels: what the model knows; the others are not shown.
    """
    # The first thousand people train the shipped model; nobody of them performs here.
    known = [label for label in GESTURES if label in labels]
    order = np.random.default_rng(seed).permutation(known).tolist()
    return make_scene(order, seed=1000 + seed, person=1000 + seed, hands=("right", "left"), idle_s=1.5)


@dataclass
class Score:
    """Onsets against the truth, counted as they come.

    Attributes:
        takes: the truth. Where it says `ignore` either answer is right, and an onset does not count.
        onsets: so far, by time.
    """

    takes: tuple[Take, ...]
    onsets: list[GestureEvent]

    @property
    def gestures(self) -> list[Take]:
        """What was to be found."""
        return [take for take in self.takes if take.label != IGNORE]

    @property
    def counted(self) -> list[GestureEvent]:
        """The onsets that are right or false."""
        return counted_onsets(self.takes, self.onsets, [take.label for take in self.gestures])

    def add(self, onset: GestureEvent) -> Take | None:
        """Count an onset; the take that it rightly names, or None."""
        self.onsets.append(onset)
        at = match(self.gestures, self.onsets)[-1]
        return None if at is None else self.gestures[at]

    @property
    def delays_s(self) -> list[float]:
        """From the true start, of the onsets that were right."""
        pairs = zip(self.onsets, match(self.gestures, self.onsets), strict=True)
        return [onset.time_s - self.gestures[at].start_s for onset, at in pairs if at is not None]

    def missed(self, time_s: float) -> int:
        """Takes that can no longer fire at a time."""
        over = sum(take.end_s + GRACE_S < time_s for take in self.gestures)
        matched = {at for at in match(self.gestures, self.onsets) if at is not None}
        return over - sum(self.gestures[at].end_s + GRACE_S < time_s for at in matched)

    def summary(self, fps: float) -> dict[str, Any]:
        """The closing line."""
        right = len(self.delays_s)
        return {
            "truth": len(self.gestures),
            "right": right,
            "missed": len(self.gestures) - right,
            "false": len(self.counted) - right,
            "median_delay_s": round(float(np.median(self.delays_s)), 3) if right else None,
            "fps": round(fps, 1),
        }

    def line(self, time_s: float) -> str:
        """The running count, for the window."""
        right = len(self.delays_s)
        return f"right {right}   missed {self.missed(time_s)}   false {len(self.counted) - right}"


def shown(takes: tuple[Take, ...], time_s: float) -> str:
    """What the hand is doing at a time, in words."""
    now = [
        f"{take.label} ({take.hand})"
        for take in takes
        if take.label != IGNORE and take.start_s <= time_s < take.end_s
    ]
    return "shown: " + (", ".join(now) or "no gesture")


def describe(onset: GestureEvent, take: Take | None, takes: tuple[Take, ...]) -> str:
    """One onset as a line: when, what, and the truth beside it."""
    event = f"{onset.time_s:7.2f} s  {onset.label:<12} {onset.hand:<5}"
    if take is not None:
        return f"{event}  right, {onset.time_s - take.start_s:.2f} s after its start"
    if not counted_onsets(takes, [onset], [other.label for other in takes]):
        return f"{event}  not counted, the hand has the shape of a pose in passing"
    meant = next((other for other in takes if in_time(other, onset)), None)
    truth = f"shown was {meant.label}, {meant.hand}" if meant else "nothing was shown"
    return f"{event}  false, {truth}"


def run_demo(
    model_folder: Path,
    *,
    seed: int,
    as_json: bool,
    wants_window: bool,
    save: Path | None,
    landmarker: Landmarker,
    write: Callable[[str], None],
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Run the demo, printing as it goes.

    Args:
        model_folder: of the model that answers.
        seed: of the scene.
        as_json: one object per event on `write`, last the summary.
        wants_window: open one where there is a display.
        save: write what the window shows to this video.
        landmarker: finds the rendered hands; the caller closes it.
        write, say: results and messages, a line each.

    Returns:
        The summary.
    """
    recognizer = Recognizer(GestureModel.load(model_folder))
    camera = VirtualCamera(demo_scene(seed, recognizer.model.manifest.labels), paced=True)
    score = Score(camera.takes, [])
    view = LiveView(recognizer, model_folder.name, mirror=True)
    say(
        f"model: {model_folder}\na virtual hand makes {len(score.gestures)} gestures in {camera.scene.duration_s:.0f} s"
    )
    with ExitStack() as stack:
        window = stack.enter_context(Window("gesture demo")) if wants_window and display_available() else None
        video = stack.enter_context(VideoSink(save, camera.rate_hz)) if save else None
        frames = stack.enter_context(Camera(camera))
        started = time.perf_counter()
        num_frames = 0
        for observation in play(observe(frames, landmarker, recognizer), view, window, video):
            num_frames += 1
            time_s = observation.hand_frame.time_s
            for event in observation.events:
                _tell(event, score, as_json, write)
            view.truth, view.score = shown(camera.takes, time_s), score.line(time_s)
        summary = score.summary(num_frames / (time.perf_counter() - started))
    _close(summary, as_json, write)
    return summary


def _tell(event: GestureEvent, score: Score, as_json: bool, write: Callable[[str], None]) -> None:
    take = score.add(event) if event.phase == "onset" else None
    if as_json:
        truth = (
            None
            if take is None
            else {"label": take.label, "hand": take.hand, "start_s": round(take.start_s, 3)}
        )
        write(json.dumps({**event.to_json(), "truth": truth}, ensure_ascii=False))
    elif event.phase == "onset":
        write(describe(event, take, score.takes))


def _close(summary: dict[str, Any], as_json: bool, write: Callable[[str], None]) -> None:
    if as_json:
        write(json.dumps({"summary": summary}))
        return
    delay = "" if summary["median_delay_s"] is None else f", median delay {summary['median_delay_s']:.2f} s"
    write(
        f"{summary['right']} of {summary['truth']} gestures right, {summary['missed']} missed, "
        f"{summary['false']} false{delay}, {summary['fps']:.0f} frames a second"
    )
