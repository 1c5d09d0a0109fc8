"""Our tracker's time beside MediaPipe's: per frame, and from process start to the first landmarks."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from landmark_clips import first
from landmark_common import ENGINES, Engine, both_engines

from gesture.camera import Camera
from gesture.display import VideoSink
from gesture.landmarks.hand_models import HandModels
from gesture.types import Array, Frame
from gesture.virtual import Scene, VirtualCamera, make_crossing_scene, make_scene

RATE_HZ = 30.0
BLOCK = 30
NUM_FRAMES = 120
ONE_HAND = (
    "misc_videos/mediapipe_hand_landmarker_test.mp4",
    "misc_videos/coderenko_hand_finger_counting.mp4",
    "egocentric_videos/square_03.mp4",
    "egocentric_videos/circlecc_14.mp4",
)
"""One hand in every frame: two from a camera that stands still, two from one that is worn."""


def time_per_frame(clips: list[list[Frame]], models: HandModels, num_hands: int) -> dict[str, float]:
    """Milliseconds a frame: of the middle frame, and the ratio of the totals, in which searches count.

    `cpu_ratio` is that of processor time, which other programs on the machine disturb less.
    """
    times_ms: dict[str, list[Array]] = {name: [] for name in ENGINES}
    for frames in clips:
        with both_engines(models, num_hands) as engines:
            # In turn, so that the machine's mood hits both alike, but not frame by frame: each would find
            # the processor's cache full of the other's models.
            for start in range(0, len(frames), BLOCK):
                for name, engine in engines.items():
                    times_ms[name] += [_time_ms(engine, frame) for frame in frames[start : start + BLOCK]]
    ours, theirs = (np.array(times_ms[name]) for name in ENGINES)  # (frames, clocks)
    ratio, cpu_ratio = (round(float(one), 3) for one in ours.sum(axis=0) / theirs.sum(axis=0))
    medians = {f"{name}_ms": round(float(np.median(times_ms[name], axis=0)[0]), 2) for name in ENGINES}
    return {**medians, "ratio": ratio, "cpu_ratio": cpu_ratio, "frames": len(ours)}


def _time_ms(engine: Engine, frame: Frame) -> Array:
    """Wall and processor time of one frame."""
    started = np.array([time.perf_counter(), time.process_time()])
    engine.detect(frame)
    return np.asarray(1000 * (np.array([time.perf_counter(), time.process_time()]) - started), np.float32)


def one_hand_clips(data: Path | None) -> list[list[Frame]]:
    """Real clips at 30 frames a second; without real data the virtual hand."""
    if data is None:
        return [_virtual(make_scene(["wave", "circle_cw"], seed=1))]
    clips = (first(Camera(data / name), NUM_FRAMES) for name in ONE_HAND)
    return [[Frame(frame.image, index / RATE_HZ) for index, frame in enumerate(clip)] for clip in clips]


def two_hand_clips() -> list[list[Frame]]:
    """Two virtual hands, both in view."""
    return [_virtual(make_crossing_scene(("wave", "grab"), seed=2, person=2))]


def _virtual(scene: Scene) -> list[Frame]:
    return [frame for frame in VirtualCamera(scene, rate_hz=RATE_HZ) if 1.5 < frame.time_s < 9.5]


def hand_video(folder: Path) -> Path:
    """A file in which a hand is in view from the first frame."""
    path = folder / "clip.mp4"
    with VideoSink(path, 30.0) as video:
        for frame in two_hand_clips()[0][:15]:
            video.write(frame.image)
    return path


OURS_START = """
import sys
from gesture.camera import Camera
from gesture.landmarks.hand_models import load_hand_models
from gesture.landmarks.litert_engine import LitertEngine
engine = LitertEngine(load_hand_models(), 2)
with Camera(sys.argv[1]) as camera:
    next(hands for frame in camera if (hands := engine.detect(frame)))
"""
MEDIAPIPE_START = """
import sys
sys.modules["tensorflow"] = None
import cv2
import mediapipe
from mediapipe.tasks.python import BaseOptions, vision
options = vision.HandLandmarkerOptions(
    base_options=BaseOptions(model_asset_path=sys.argv[2]), running_mode=vision.RunningMode.VIDEO, num_hands=2)
with vision.HandLandmarker.create_from_options(options) as landmarker:
    video, time_ms = cv2.VideoCapture(sys.argv[1]), 0
    while True:
        image = cv2.cvtColor(video.read()[1], cv2.COLOR_BGR2RGB)
        if landmarker.detect_for_video(mediapipe.Image(mediapipe.ImageFormat.SRGB, image), time_ms).hand_landmarks:
            break
        time_ms += 33
"""


def start_up(video: Path, models: HandModels, runs: int) -> dict[str, float]:
    """Seconds from process start to the first landmarks of a file, in fresh processes that take turns."""
    arguments = [str(video), str(models.bundle)]
    _run_s(OURS_START, arguments), _run_s(MEDIAPIPE_START, arguments)  # the disk's cache
    pairs = [(_run_s(OURS_START, arguments), _run_s(MEDIAPIPE_START, arguments)) for _ in range(runs)]
    return {
        "ours_s": round(float(np.median([ours for ours, _ in pairs])), 2),
        "mediapipe_s": round(float(np.median([theirs for _, theirs in pairs])), 2),
        "ratio": round(float(np.median([ours / theirs for ours, theirs in pairs])), 3),
        "runs": runs,
    }


def _run_s(code: str, arguments: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code, *arguments], check=True, capture_output=True)
    return time.perf_counter() - started
