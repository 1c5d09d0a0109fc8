"""Landmarks: a `Frame` goes in, a `HandFrame` comes out.

A frame passes through an engine, which finds hands in the image with the two models of `hand_models`, and
through `slots`, which decides whose left and right they are. The engine is our own tracker (`litert_engine`,
with `watch`, `palm`, `hand`, `tracking`, `region`, `network`) or MediaPipe's (`mediapipe_engine`).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self, get_args

from gesture.landmarks.hand_models import HandModels, load_hand_models
from gesture.landmarks.slots import HandSlots
from gesture.types import NUM_HANDS, Frame, HandFrame

if TYPE_CHECKING:
    from gesture.landmarks.litert_engine import LitertEngine
    from gesture.landmarks.mediapipe_engine import MediaPipeEngine

__all__ = ["EngineName", "Landmarker"]

EngineName = Literal["litert", "mediapipe"]

_OTHER: dict[Literal["left", "right"], Literal["left", "right"]] = {"left": "right", "right": "left"}


class Landmarker:
    """Finds the hands in the frames of one source, in order; a new source wants a new one.

    Args:
        engine: what runs the hand models. "litert" is our own tracker, which nothing leaves; "mediapipe" is
            Google's, which reports its use to Google.
        num_hands: how many hands to look for, 1 or 2.
        hand_model: MediaPipe's `hand_landmarker.task`. Default: fetched into the user's cache once.
        mirrored: True if the images arrive flipped. In a mirror a left hand looks like a right one, so the
            engine's answer is turned round: slots are always the person's own hands.

    Raises:
        ModelError: the hand models cannot be had, or the engine cannot start.

    Example:
        >>> with Camera(0) as camera, Landmarker() as landmarker:
        ...     for frame in camera:
        ...         print(landmarker.detect(frame).seen)
    """

    def __init__(
        self,
        *,
        engine: EngineName = "litert",
        num_hands: int = NUM_HANDS,
        hand_model: str | Path | None = None,
        mirrored: bool = False,
    ) -> None:
        if num_hands not in (1, NUM_HANDS):
            raise ValueError(f"num_hands is {num_hands}. Expected 1 or {NUM_HANDS}.")
        if engine not in get_args(EngineName):
            raise ValueError(f"engine is {engine!r}. Expected 'litert' or 'mediapipe'.")
        self._engine = _open_engine(engine, load_hand_models(hand_model), num_hands)
        self._slots = HandSlots()
        self._mirrored = mirrored
        self._last_s = float("-inf")

    @property
    def engine(self) -> str:
        """The engine and its version as recordings note it, for example "litert 1"."""
        return self._engine.name

    def detect(self, frame: Frame) -> HandFrame:
        """The hands of the next frame, each in its slot.

        `scores` says how sure this one frame is that a hand is its slot's: below 0.5 where the frame alone
        would have called a left hand right or a right hand left. `presence` is NaN with "mediapipe".

        Raises:
            ValueError: the frame is not later than the one before.
        """
        if not frame.time_s > self._last_s:
            raise ValueError(
                f"Frame.time_s is {frame.time_s} s after {self._last_s} s. Expected a later frame."
            )
        self._last_s = frame.time_s
        height_px, width_px = frame.image.shape[:2]
        detections = self._engine.detect(frame)
        if self._mirrored:
            detections = [replace(hand, handedness=_OTHER[hand.handedness]) for hand in detections]
        return self._slots.update(frame.time_s, detections, (width_px, height_px))

    def close(self) -> None:
        """Free the engine. Also done by `with`, when the object goes, and at the interpreter's exit."""
        self._engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _open_engine(engine: EngineName, models: HandModels, num_hands: int) -> LitertEngine | MediaPipeEngine:
    """Each engine's libraries are imported when it is asked for, and only then."""
    if engine == "mediapipe":
        from gesture.landmarks.mediapipe_engine import MediaPipeEngine

        return MediaPipeEngine(models.bundle, num_hands)
    from gesture.landmarks.litert_engine import LitertEngine

    return LitertEngine(models, num_hands)
