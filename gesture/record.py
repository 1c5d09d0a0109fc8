"""Frames -> a recording with takes: from the virtual hand or from a video. (From a camera: `recorder`.)

Everything that is seen is written as it happens; a take is an interval on top of it, so nothing is lost when
something breaks in the middle.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gesture.camera import Camera
from gesture.errors import DataError
from gesture.landmarks import Landmarker
from gesture.recording import RecordingWriter, check_label
from gesture.trimming import trim
from gesture.types import IGNORE, Frame, HandFrame, Recording, Take, View
from gesture.virtual import GESTURES, Scene, VirtualCamera, make_scene

Say = Callable[[str], None]


@dataclass(frozen=True)
class Place:
    """Where a recording goes and what is known about it.

    Attributes:
        root: the folder of recordings.
        person: whose hands.
        view: "facing" or "egocentric".
        mirrored: True if the images arrive flipped.
    """

    root: Path
    person: str
    view: View = "facing"
    mirrored: bool = False

    def writer(self, image_size: tuple[int, int], engine: str, source: str) -> RecordingWriter:
        """A new recording there."""
        return RecordingWriter(
            self.root,
            person=self.person,
            image_size=image_size,
            view=self.view,
            mirrored=self.mirrored,
            engine=engine,
            source=source,
        )


def record_virtual(
    labels: Sequence[str], num_takes: int, place: Place, landmarker: Landmarker, say: Say
) -> Path:
    """Record the virtual hand, with its own truth as takes.

    Raises:
        DataError: a label that the virtual hand cannot perform.
    """
    unknown = [label for label in labels if label not in GESTURES]
    if unknown:
        raise DataError(f"{unknown[0]}: the virtual hand does not know it. Expected {', '.join(GESTURES)}.")
    seed = sum(place.person.encode())
    scene = make_scene(list(labels) * num_takes, seed=seed, person=seed, view=place.view)
    return record_scene(scene, place, landmarker, say)


def record_scene(scene: Scene, place: Place, landmarker: Landmarker, say: Say = lambda _: None) -> Path:
    """Film a scene and record it through the hand models; the recording's folder."""
    camera = VirtualCamera(scene)
    with place.writer(camera.image_size, landmarker.engine, "virtual") as writer:
        for frame in camera:
            hand_frame = landmarker.detect(frame)
            writer.append(hand_frame)
        inside = [take for take in scene.takes if take.end_s <= hand_frame.time_s]
        writer.keep(*inside)
        say(f"{sum(take.label != IGNORE for take in inside)} takes in {hand_frame.time_s:.0f} s")
        return writer.path


def record_video(source: str, label: str, place: Place, landmarker: Landmarker, say: Say) -> Path:
    """Record a whole video as one take, trimmed to the motion.

    Raises:
        CameraError: it cannot be read.
        DataError: it shows no hand; what was seen is kept without a take.
    """
    label = check_label(label)
    with Camera(source) as camera, place.writer(camera.image_size, landmarker.engine, camera.name) as writer:
        hand_frames = [_append(writer, landmarker, frame) for frame in camera]
        take = _trimmed(hand_frames, label, place)
        writer.keep(take)
        say(_kept(take))
        return writer.path


def _append(writer: RecordingWriter, landmarker: Landmarker, frame: Frame) -> HandFrame:
    hand_frame = landmarker.detect(frame)
    writer.append(hand_frame)
    return hand_frame


def _trimmed(hand_frames: Sequence[HandFrame], label: str, place: Place) -> Take:
    recording = Recording.from_frames(hand_frames, person=place.person, view=place.view)
    return trim(recording, label, hand_frames[0].time_s, hand_frames[-1].time_s + 1e-6)


def _kept(take: Take) -> str:
    return f"kept {take.label}: {take.hand} hand, {take.end_s - take.start_s:.1f} s"
