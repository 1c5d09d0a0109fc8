"""The live loop: frames -> hands -> events, and the window that shows them.

`observe` is the whole pipeline in four lines; the command line, the demo and the tests all run it. What is done
with an observation (print it, draw it, count it) is up to them.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gesture.camera import Camera
from gesture.display import LiveStatus, VideoSink, Window, draw_live
from gesture.landmarks import EngineName, Landmarker
from gesture.recognizer import Recognizer
from gesture.recording import MANIFEST, read_recording
from gesture.types import SLOTS, Array, Frame, GestureEvent, HandFrame, Recording

KEYS = (("q", "quit"), ("m", "mirror"), ("l", "landmarks"), ("space", "pause"))
_PALM = 9  # the middle knuckle: steadier than the wrist, closer to where people feel their hand is
_TRAIL_S = 0.8
_KEPT_EVENTS = 8
_PAUSED_S = 0.05

Image = NDArray[np.uint8]

logger = logging.getLogger("gesture.live")


@dataclass(frozen=True)
class Observation:
    """One frame and what was seen in it.

    Attributes:
        frame: the image; None where hands come from a recording.
        hand_frame: its hands.
        events: what this frame decided.
        seconds: spent on it, from having the image to having the events.
    """

    frame: Frame | None
    hand_frame: HandFrame
    events: list[GestureEvent]
    seconds: float


def observe(frames: Iterable[Frame], landmarker: Landmarker, recognizer: Recognizer) -> Iterator[Observation]:
    """Run the pipeline over frames, one observation per frame.

    Example:
        >>> with Camera("clip.mp4") as camera, Landmarker() as landmarker:
        ...     for observation in observe(camera, landmarker, Recognizer(model)):
        ...         print(observation.events)
    """
    for frame in frames:
        started = time.perf_counter()
        hand_frame = landmarker.detect(frame)
        events = recognizer.update(hand_frame)
        yield Observation(frame, hand_frame, events, time.perf_counter() - started)


def observe_recording(recording: Recording, recognizer: Recognizer) -> Iterator[Observation]:
    """`observe` for a recording, which holds hands and no images."""
    for index in range(len(recording)):
        started = time.perf_counter()
        hand_frame = recording.frame(index)
        events = recognizer.update(hand_frame)
        yield Observation(None, hand_frame, events, time.perf_counter() - started)


@contextmanager
def open_source(
    source: str, recognizer: Recognizer, *, engine: EngineName = "litert", hand_model: Path | None = None
) -> Iterator[Iterator[Observation]]:
    """Observations of a camera, a video, a stream, the virtual hand, or a recording's folder.

    Warns if hands are found otherwise than in the recordings that the model learnt from.

    Args:
        source: as in `Camera`, or a recording's folder.
        recognizer: of the events.
        engine, hand_model: as in `Landmarker`.

    Raises:
        CameraError, DataError, ModelError: what cannot be opened.

    Example:
        >>> with open_source("clip.mp4", recognizer) as observations:
        ...     events = [event for observation in observations for event in observation.events]
    """
    if (Path(source) / MANIFEST).exists():
        recording = read_recording(source)
        _warn_of_another_engine(recognizer, recording.engine)
        yield observe_recording(recording, recognizer)
        return
    with (
        Camera(source) as camera,
        Landmarker(engine=engine, hand_model=hand_model, mirrored=recognizer.mirrored) as landmarker,
    ):
        _warn_of_another_engine(recognizer, landmarker.engine)
        yield observe(camera, landmarker, recognizer)


def _warn_of_another_engine(recognizer: Recognizer, engine: str) -> None:
    trained_with = recognizer.model.manifest.engine
    if trained_with and engine not in trained_with.split(", "):
        logger.warning(
            f"the model learnt from hands found by '{trained_with}'; these are found by '{engine}', which sees them "
            "a little differently. If it recognises less than it should, choose the same with --engine, or retrain."
        )


def play(
    observations: Iterable[Observation],
    view: LiveView,
    window: Window | None = None,
    video: VideoSink | None = None,
) -> Iterator[Observation]:
    """Pass observations on, then show them; ends early when the window is closed or quit is pressed."""
    for observation in observations:
        view.add(observation)
        yield observation
        if window is None and video is None:
            continue
        picture = view.draw(observation)
        if video is not None:
            video.write(picture)
        if window is not None and not _show(picture, view, window):
            return


def _show(picture: Image, view: LiveView, window: Window) -> bool:
    """Show a picture, for as long as it is paused; False to quit."""
    goes_on = view.press(window.show(picture))
    while goes_on and view.paused and window.is_open:
        goes_on = view.press(window.show(picture, wait_s=_PAUSED_S))
    return goes_on and window.is_open


class LiveView:
    """Turns observations into the pictures that the window and the saved video show.

    Args:
        recognizer: whose predictions are drawn.
        model_name: shown.
        mirror: flip the image as a mirror would; text never is.
        keys: shown with their meanings.

    Example:
        >>> view = LiveView(recognizer, "default", mirror=True)
        >>> picture = view.draw(observation)
    """

    def __init__(
        self,
        recognizer: Recognizer,
        model_name: str,
        *,
        mirror: bool,
        keys: tuple[tuple[str, str], ...] = KEYS,
    ) -> None:
        self.truth = ""
        self.score = ""
        self.paused = False
        self._mirror = mirror
        self._show_landmarks = True
        self._recognizer = recognizer
        self._model_name = model_name
        self._keys = keys
        self._events: deque[GestureEvent] = deque(maxlen=_KEPT_EVENTS)
        self._trail: deque[tuple[float, Array]] = deque()
        self._arrivals: deque[float] = deque(maxlen=30)

    def press(self, key: str | None) -> bool:
        """Take a key; False when it asks to quit."""
        if key == "m":
            self._mirror = not self._mirror
        elif key == "l":
            self._show_landmarks = not self._show_landmarks
        elif key == "space":
            self.paused = not self.paused
        return key not in ("q", "escape")

    def add(self, observation: Observation) -> None:
        """Remember an observation for the pictures to come, drawn itself or not."""
        self._events.extend(observation.events)
        self._arrivals.append(time.perf_counter())
        time_s = observation.hand_frame.time_s
        self._trail.append((time_s, observation.hand_frame.landmarks[:, _PALM, :2]))
        while self._trail[0][0] < time_s - _TRAIL_S:
            self._trail.popleft()

    def draw(self, observation: Observation) -> Image:
        """The picture: uint8 RGB (height, width, 3)."""
        return draw_live(_image(observation), observation.hand_frame, self._status(observation))

    def _status(self, observation: Observation) -> LiveStatus:
        manifest = self._recognizer.model.manifest
        return LiveStatus(
            labels=manifest.labels,
            probabilities=_probabilities(self._recognizer),
            thresholds=np.array((np.nan, *manifest.thresholds[1:]), np.float32),
            events=tuple(self._events),
            fps=self._fps(),
            delay_s=observation.seconds,
            model_name=self._model_name,
            keys=self._keys,
            mirror=self._mirror,
            show_landmarks=self._show_landmarks,
            paused=self.paused,
            trail=np.stack([place for _, place in self._trail]),
            truth=self.truth,
            score=self.score,
        )

    def _fps(self) -> float | None:
        if len(self._arrivals) < 2:
            return None
        return (len(self._arrivals) - 1) / (self._arrivals[-1] - self._arrivals[0])


def _image(observation: Observation) -> Image:
    if observation.frame is not None:
        return observation.frame.image
    width, height = observation.hand_frame.image_size
    return np.zeros((height, width, 3), np.uint8)


def _probabilities(recognizer: Recognizer) -> Array | None:
    """(2, C) by slot, or (1, C) for a model of both hands; None where nothing is in view."""
    predictions = recognizer.predictions
    if not predictions:
        return None
    if "both" in predictions:
        return predictions["both"].probabilities[None]
    nothing = np.full(len(recognizer.model.manifest.labels), np.nan, np.float32)
    return np.stack([predictions[hand].probabilities if hand in predictions else nothing for hand in SLOTS])
