"""Our tracker and MediaPipe on the real clips: the same hands, how many frames with one, none that is not there.

"faithful" is our engine doing what MediaPipe does, "ours" the engine as shipped, "noisy" MediaPipe on the
same frames with two grey levels of noise: how far it is from itself.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from landmark_common import add, count_hands, distances_px, size_px

from gesture.camera import Camera
from gesture.landmarks.hand_models import HandModels
from gesture.landmarks.litert_engine import LitertEngine
from gesture.landmarks.mediapipe_engine import MediaPipeEngine
from gesture.landmarks.slots import Detection
from gesture.landmarks.tracking import AS_MEDIAPIPE
from gesture.types import Array, Frame

NO_HAND_BEFORE = {"mediapipe_gesture_recognizer_test.mp4": 20}
"""Clips in which a hand enters, and the first frame that shows anything of it (looked at)."""
FREE_PX = 200
"""A side of the image that no hand comes near serves as a clip with no hand, if it is so wide."""
SURE = 0.9


@dataclass
class Comparison:
    """How far the hands of one engine are from MediaPipe's.

    Attributes:
        distances: of every landmark of every hand that both found, in hand sizes (wrist to middle knuckle).
        num_same, num_sure: hands with the same handedness, among those of which both are sure.
    """

    distances: list[Array] = field(default_factory=list)
    num_same: int = 0
    num_sure: int = 0

    def add(self, theirs: list[Detection], ours: list[Detection], frame: Frame) -> None:
        few, many = sorted((theirs, ours), key=len)
        for hand in few:
            other = min(
                many, key=lambda one: float(distances_px(hand.landmarks, one.landmarks, frame).mean())
            )
            self.distances.append(
                distances_px(hand.landmarks, other.landmarks, frame) / size_px(hand.landmarks, frame)
            )
            if min(hand.score, other.score) >= SURE:
                self.num_sure += 1
                self.num_same += hand.handedness == other.handedness

    def summary(self) -> dict[str, float]:
        return {
            **percentiles(self.distances),
            "same_handedness": round(self.num_same / max(self.num_sure, 1), 4),
        }


@dataclass
class ClipResult:
    """One clip: comparisons by engine, frames with a hand by engine, and where the hands were."""

    comparisons: dict[str, Comparison]
    num_frames: int = 0
    num_seen: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("faithful", "ours", "mediapipe"), 0)
    )
    num_agreed: int = 0
    reach: tuple[float, float] = (1.0, 0.0)  # leftmost and rightmost x of any hand, with a margin


def compare_clips(data: Path, models: HandModels, report: Callable[[str], None]) -> dict[str, Any]:
    """Every clip of `misc_videos` and `egocentric_videos`, with up to two hands looked for."""
    clips = sorted((data / "misc_videos").glob("*.mp4")) + sorted((data / "egocentric_videos").glob("*.mp4"))
    results = {}
    for clip in clips:
        report(clip.name)
        results[clip.name] = _compare_clip(clip, models)
    gestures = _gesture_clips(data)
    return {
        "same_hands": _same_hands(results),
        "frames_with_a_hand": _frames_with_a_hand({name: results[name] for name in gestures}),
        "false_hands_real": _false_hands_real(clips, results, models),
    }


def _compare_clip(clip: Path, models: HandModels) -> ClipResult:
    comparisons = {name: Comparison() for name in ("faithful", "ours", "noisy")}
    result = ClipResult(comparisons)
    noise = np.random.default_rng(0)
    with (
        closing(MediaPipeEngine(models.bundle, 2)) as reference,
        closing(MediaPipeEngine(models.bundle, 2)) as noisy,
        closing(LitertEngine(models, 2, AS_MEDIAPIPE)) as faithful,
        closing(LitertEngine(models, 2)) as ours,
        Camera(clip) as camera,
    ):
        for frame in camera:
            theirs = reference.detect(frame)
            found = {"faithful": faithful.detect(frame), "ours": ours.detect(frame)}
            found["noisy"] = noisy.detect(_with_noise(frame, noise))
            _count(result, theirs, found, frame)
    return result


def _count(
    result: ClipResult, theirs: list[Detection], found: dict[str, list[Detection]], frame: Frame
) -> None:
    result.num_frames += 1
    result.num_agreed += bool(theirs) == bool(found["faithful"])
    for name, hands in {**found, "mediapipe": theirs}.items():
        if name in result.num_seen:
            result.num_seen[name] += bool(hands)
        if name in result.comparisons:
            result.comparisons[name].add(theirs, hands, frame)
    for hand in theirs + found["ours"]:
        x = hand.landmarks[:, 0]
        margin = 0.3 * size_px(hand.landmarks, frame) / frame.image.shape[1]
        result.reach = (
            min(result.reach[0], float(x.min()) - margin),
            max(result.reach[1], float(x.max()) + margin),
        )


def _same_hands(results: dict[str, ClipResult]) -> dict[str, Any]:
    pooled = {}
    for name in ("faithful", "ours", "noisy"):
        parts = [result.comparisons[name] for result in results.values()]
        pooled[name] = Comparison(
            [distances for part in parts for distances in part.distances],
            sum(part.num_same for part in parts),
            sum(part.num_sure for part in parts),
        ).summary()
    num_frames = sum(result.num_frames for result in results.values())
    above = [
        name
        for name, result in results.items()
        if (distances := result.comparisons["faithful"].distances) and np.median(distances) > 0.015
    ]
    return {
        **pooled,
        "frames": num_frames,
        "agreed_on_a_hand": round(sum(result.num_agreed for result in results.values()) / num_frames, 4),
        "clips": len(results),
        "clips_above_0.015": {
            name: {key: result.summary() for key, result in results[name].comparisons.items()}
            for name in above
        },
    }


def _frames_with_a_hand(results: dict[str, ClipResult]) -> dict[str, int]:
    names = ("ours", "faithful", "mediapipe")
    return {
        "frames": sum(result.num_frames for result in results.values()),
        **{name: sum(result.num_seen[name] for result in results.values()) for name in names},
    }


def _gesture_clips(data: Path) -> list[str]:
    with (data / "egocentric_videos" / "clips.csv").open(newline="", encoding="utf-8") as table:
        return [row["file"] for row in csv.DictReader(table) if row["label"] != "background"]


def _false_hands_real(
    clips: list[Path], results: dict[str, ClipResult], models: HandModels
) -> dict[str, int]:
    """Frames before a hand enters, and the sides of clips that no hand comes near."""
    counts = {"frames": 0, "ours": 0, "mediapipe": 0}
    for clip in clips:
        result = results[clip.name]
        if clip.name in NO_HAND_BEFORE:
            add(counts, count_hands(first(Camera(clip), NO_HAND_BEFORE[clip.name]), models))
        elif result.num_seen["mediapipe"] > 0.98 * result.num_frames and _free_side(clip, result):
            add(counts, count_hands(_cropped(clip, *_free_side(clip, result)), models))
    return counts


def _free_side(clip: Path, result: ClipResult) -> tuple[int, int] | tuple[()]:
    """The columns left or right of all hands, if they are enough."""
    with Camera(clip) as camera:
        width_px = next(iter(camera)).image.shape[1]
    left, right = int(result.reach[0] * width_px), int(np.ceil(result.reach[1] * width_px))
    if max(left, width_px - right) < FREE_PX:
        return ()
    return (0, left) if left > width_px - right else (right, width_px)


def _cropped(clip: Path, start: int, end: int) -> Iterator[Frame]:
    with Camera(clip) as camera:
        for frame in camera:
            yield Frame(np.ascontiguousarray(frame.image[:, start:end]), frame.time_s)


def _with_noise(frame: Frame, rng: np.random.Generator) -> Frame:
    noise = rng.normal(0, 2, frame.image.shape).round().astype(np.int16)
    return Frame(np.clip(frame.image + noise, 0, 255).astype(np.uint8), frame.time_s)


def first(camera: Camera, num_frames: int) -> Iterator[Frame]:
    with camera:
        for _, frame in zip(range(num_frames), camera, strict=False):
            yield frame


def percentiles(distances: list[Array]) -> dict[str, float]:
    pooled = np.concatenate(distances) if distances else np.zeros(1)
    return {
        "median": round(float(np.median(pooled)), 5),
        "p95": round(float(np.percentile(pooled, 95)), 5),
        "hands": len(distances),
    }
