"""A video file -> a `Recording` without takes."""

from __future__ import annotations

from gesture.camera import Camera
from gesture.importing.settings import Settings
from gesture.importing.sources import Source
from gesture.landmarks import Landmarker
from gesture.types import Recording


def read_video(source: Source, settings: Settings) -> Recording:
    """The hands in every frame of a video, at the video's own times.

    Raises:
        CameraError: it cannot be read.
        ModelError: the hand models cannot be had.
    """
    mirrored = settings.is_mirrored(source.kind)
    with (
        Camera(source.path) as camera,
        Landmarker(engine=settings.engine, hand_model=settings.hand_model, mirrored=mirrored) as landmarker,
    ):
        hand_frames = [landmarker.detect(frame) for frame in camera]
        return Recording.from_frames(
            hand_frames,
            person=source.person,
            view=settings.view,
            mirrored=mirrored,
            engine=landmarker.engine,
        )
