"""MediaPipe's HandLandmarker as a landmark engine: one `Frame` goes in, the `Detection`s in it come out.

MediaPipe is imported when an engine is opened, never before: its native library and cv2 take half a second.
"""

from __future__ import annotations

import importlib.metadata
import logging
import sys
import weakref
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import numpy as np

from gesture.errors import ModelError
from gesture.landmarks.hand_models import cache_directory
from gesture.landmarks.slots import Detection
from gesture.quiet import quiet_native
from gesture.types import NUM_LANDMARKS, Array, Frame

NOTICE = (
    "MediaPipe, the engine that you chose, reports its performance and how much it is used to Google "
    "over the network while it runs (no images, says its Privacy Notice), and has no switch for that. "
    "The default engine, litert, sends nothing."
)

logger = logging.getLogger("gesture.landmarks")


class MediaPipeEngine:
    """HandLandmarker in VIDEO mode, which is deterministic and answers every frame.

    Args:
        bundle: the file `hand_landmarker.task`.
        num_hands: how many hands to look for, 1 or 2.

    Raises:
        ModelError: MediaPipe cannot start: a missing system library, a bundle that it does not read.
    """

    def __init__(self, bundle: Path, num_hands: int) -> None:
        _tell_what_is_sent()
        try:
            with quiet_native():
                self._mediapipe = _import_mediapipe()
                self._landmarker = _open(bundle, num_hands)
        except (ImportError, OSError, RuntimeError, ValueError) as error:
            raise ModelError(
                f"mediapipe: cannot start ({error}). Expected it intact, with its system libraries. "
                "On Debian and Ubuntu: apt install libgl1 libegl1 libgles2 libglib2.0-0."
            ) from error
        self.name = f"mediapipe {importlib.metadata.version('mediapipe')}"
        self.close = weakref.finalize(self, _close, self._landmarker)
        self._last_ms = -1
        self._has_seen_a_hand = False

    def detect(self, frame: Frame) -> list[Detection]:
        """The hands in the next frame."""
        if not self.close.alive:  # MediaPipe itself would say that there are no hands
            raise ValueError("The engine is closed. Expected frames before that only.")
        image = self._mediapipe.Image(self._mediapipe.ImageFormat.SRGB, np.ascontiguousarray(frame.image))
        # MediaPipe wants whole milliseconds that increase; two frames may share one.
        self._last_ms = max(self._last_ms + 1, round(frame.time_s * 1000))
        with nullcontext() if self._has_seen_a_hand else quiet_native():
            result = self._landmarker.detect_for_video(image, self._last_ms)
        self._has_seen_a_hand |= bool(result.hand_landmarks)
        hands = zip(result.hand_landmarks, result.hand_world_landmarks, result.handedness, strict=True)
        return [
            Detection(_points(image_points), _points(world_points), label.category_name.lower(), label.score)
            for image_points, world_points, (label, *_) in hands
        ]


def _points(landmarks: Any) -> Array:
    flat = (coordinate for point in landmarks for coordinate in (point.x, point.y, point.z))
    return np.fromiter(flat, np.float32, NUM_LANDMARKS * 3).reshape(NUM_LANDMARKS, 3)


def _import_mediapipe() -> Any:
    """Import MediaPipe without TensorFlow, which it would load for a decorator of its documentation.

    TensorFlow would cost another five seconds. It is hidden during this import only: where it was imported
    before it stays, and it can be imported afterwards.
    """
    hidden = "tensorflow" not in sys.modules
    if hidden:
        sys.modules["tensorflow"] = None  # type: ignore[assignment]  # makes an import of it fail at once
    try:
        import mediapipe
    finally:
        if hidden:
            del sys.modules["tensorflow"]
    return mediapipe


def _open(bundle: Path, num_hands: int) -> Any:
    from mediapipe.tasks.python import BaseOptions, vision

    # As bytes: on Windows MediaPipe does not open a path with letters beyond ASCII.
    base = BaseOptions(model_asset_buffer=bundle.read_bytes())
    mode = vision.RunningMode.VIDEO
    options = vision.HandLandmarkerOptions(base_options=base, running_mode=mode, num_hands=num_hands)
    return vision.HandLandmarker.create_from_options(options)


def _close(landmarker: Any) -> None:
    """Close once, whenever the engine goes; at the interpreter's exit, which may have come too far for it."""
    try:
        landmarker.close()
    except RuntimeError:
        # Its worker thread has ended already. The process frees the rest, and without a handle the
        # landmarker's own `__del__` does not try again, with a traceback.
        landmarker._handle = None


def _tell_what_is_sent() -> None:
    """Once per user; and again every time where that cannot be noted down."""
    told = cache_directory() / "mediapipe_notice_shown"
    if told.exists():
        return
    logger.warning(NOTICE)
    with suppress(OSError):
        told.parent.mkdir(parents=True, exist_ok=True)
        told.touch()
