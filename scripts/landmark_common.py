"""What the trials of `scripts/benchmark landmarks` share: the two engines, and distances between hands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager

import numpy as np

from gesture.landmarks.hand_models import HandModels
from gesture.landmarks.litert_engine import LitertEngine
from gesture.landmarks.mediapipe_engine import MediaPipeEngine
from gesture.types import Array, Frame

Engine = LitertEngine | MediaPipeEngine
ENGINES = ("ours", "mediapipe")


@contextmanager
def both_engines(models: HandModels, num_hands: int) -> Iterator[dict[str, Engine]]:
    """Ours and MediaPipe, looking for as many hands, with one thread each."""
    with ExitStack() as stack:
        yield {
            "ours": stack.enter_context(closing(LitertEngine(models, num_hands))),
            "mediapipe": stack.enter_context(closing(MediaPipeEngine(models.bundle, num_hands))),
        }


def count_hands(frames: Iterable[Frame], models: HandModels) -> dict[str, int]:
    """In how many frames each engine finds a hand."""
    counts = {"frames": 0, **dict.fromkeys(ENGINES, 0)}
    with both_engines(models, 2) as engines:
        for frame in frames:
            counts["frames"] += 1
            for name, engine in engines.items():
                counts[name] += bool(engine.detect(frame))
    return counts


def add(counts: dict[str, int], more: dict[str, int]) -> None:
    """Add to each count its namesake."""
    for name, count in more.items():
        counts[name] += count


def distances_px(one: Array, other: Array, frame: Frame) -> Array:
    """How far apart the landmarks (N, 3) of two hands are, (N,)."""
    height_px, width_px = frame.image.shape[:2]
    return np.asarray(np.linalg.norm((one - other)[:, :2] * [width_px, height_px], axis=1), np.float32)


def size_px(landmarks: Array, frame: Frame) -> float:
    """Wrist to middle knuckle."""
    return max(float(distances_px(landmarks[:1], landmarks[9:10], frame)[0]), 1.0)


def error(landmarks: Array, truth: Array, frame: Frame) -> float:
    """Mean distance of the landmarks, in true hand sizes: the palm's longest side, also of a hand end on."""
    palm = truth[[0, 5, 17]]
    size = float(distances_px(palm, np.roll(palm, 1, axis=0), frame).max())
    return float(distances_px(landmarks, truth, frame).mean()) / max(size, 1.0)


def mean(values: list[float]) -> float:
    return round(float(np.mean(values)), 4) if values else float("nan")
