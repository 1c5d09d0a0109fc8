"""From process start to the first frame processed, beside a process that just imports MediaPipe and opens it."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

OURS = """
import sys
from gesture.live import open_source
from gesture.recognizer import Recognizer
from gesture.manifest import shipped_model
from gesture.runtime import GestureModel
recognizer = Recognizer(GestureModel.load(shipped_model()))
with open_source(sys.argv[1], recognizer) as observations:
    next(iter(observations))
"""
MEDIAPIPE = """
import sys
import mediapipe
from mediapipe.tasks.python import BaseOptions, vision
options = vision.HandLandmarkerOptions(
    base_options=BaseOptions(model_asset_path=sys.argv[1]), running_mode=vision.RunningMode.VIDEO, num_hands=2)
with vision.HandLandmarker.create_from_options(options):
    pass
"""


def seconds(code: str, argument: str) -> float:
    """Wall time of a fresh Python process."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code, argument], check=True, capture_output=True)
    return time.perf_counter() - started


def clip(folder: Path) -> Path:
    """One second of the virtual hand as a video file."""
    from gesture.display import VideoSink
    from gesture.virtual import VirtualCamera, make_scene

    path = folder / "clip.mp4"
    with VideoSink(path, 30.0) as video:
        for frame in VirtualCamera(make_scene(["wave"], seed=1)):
            video.write(frame.image)
            if frame.time_s >= 1.0:
                return path
    return path


@click.command()
@click.option("--runs", default=5, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def main(runs: int, as_json: bool) -> None:
    """Start-up, with TensorFlow installed: seconds to the first frame, and the ratio to MediaPipe alone."""
    from gesture.landmarks.hand_models import load_hand_models

    bundle = str(load_hand_models(None).bundle)
    with tempfile.TemporaryDirectory() as folder:
        video = str(clip(Path(folder)))
        seconds(OURS, video), seconds(MEDIAPIPE, bundle)  # warm the disk's cache
        pairs = [(seconds(OURS, video), seconds(MEDIAPIPE, bundle)) for _ in range(runs)]
    result = {
        "first_frame_s": round(statistics.median(ours for ours, _ in pairs), 2),
        "mediapipe_s": round(statistics.median(theirs for _, theirs in pairs), 2),
        "ratio": round(statistics.median(ours / theirs for ours, theirs in pairs), 3),
        "runs": runs,
    }
    click.echo(json.dumps(result) if as_json else _sentence(result))


def _sentence(result: dict[str, float]) -> str:
    return (
        f"first frame after {result['first_frame_s']} s; importing MediaPipe and opening its landmarker takes "
        f"{result['mediapipe_s']} s (ratio {result['ratio']})"
    )


if __name__ == "__main__":
    main()
