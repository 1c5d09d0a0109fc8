"""`gesture` turns a webcam into an input device: hand landmarks, frame by frame, into gestures.

Ten names are the whole interface; each is loaded when it is first used, so `import gesture` costs nothing.

Example:
    >>> import gesture
    >>> recognizer = gesture.Recognizer(gesture.GestureModel.load("models/default"))
    >>> with gesture.Camera(0) as camera, gesture.Landmarker() as landmarker:
    ...     for frame in camera:
    ...         for event in recognizer.update(landmarker.detect(frame)):
    ...             print(f"{event.time_s:.2f} s  {event.label}  {event.score:.2f}")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gesture.camera import Camera
    from gesture.evaluation.onsets import evaluate_model
    from gesture.landmarks import Landmarker
    from gesture.recognizer import Recognizer
    from gesture.recording import load_recordings
    from gesture.runtime import GestureModel
    from gesture.train import train_model
    from gesture.types import GestureEvent, HandFrame, Recording

__version__ = "0.1.0"

__all__ = [
    "Camera",
    "GestureEvent",
    "GestureModel",
    "HandFrame",
    "Landmarker",
    "Recognizer",
    "Recording",
    "evaluate_model",
    "load_recordings",
    "train_model",
]

_HOMES = {
    "Camera": "camera",
    "GestureEvent": "types",
    "GestureModel": "runtime",
    "HandFrame": "types",
    "Landmarker": "landmarks",
    "Recognizer": "recognizer",
    "Recording": "types",
    "evaluate_model": "evaluation.onsets",
    "load_recordings": "recording",
    "train_model": "train",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'gesture' has no attribute {name!r}")
    return getattr(import_module(f"gesture.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
