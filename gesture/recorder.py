"""The recording loop: camera -> hands -> session -> disk, window, sound.

What to do is decided in `session`; here it is done. Every frame is written before anything is made of it, and a
take when it is kept, so that whatever breaks, what was recorded is there.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from gesture.camera import Camera
from gesture.errors import DataError
from gesture.landmarks import Landmarker
from gesture.record import Place, Say
from gesture.recording import RecordingWriter
from gesture.session import Effect, Ignore, Keep, Session, Sound, TakeBack
from gesture.session.video import VIDEO, VideoWriter
from gesture.types import Frame, HandFrame

if TYPE_CHECKING:
    from gesture.camera.sources import Source
    from gesture.display import Window

Play = Callable[[str], None]


def record_session(
    session: Session,
    source: Source,
    place: Place,
    landmarker: Landmarker,
    *,
    say: Say,
    window: Window | None = None,
    play: Play = lambda _: None,
    with_video: bool = False,
) -> Path:
    """Record until the session is done; closing the window ends it too.

    Args:
        session: a fresh one.
        source: as for `Camera`.
        place: where the recording goes.
        landmarker: finds the hands.
        say: gets each new message, a line.
        window: shows the session and takes its keys; None for messages alone.
        play: gets the names of sounds.
        with_video: keep the images too.

    Returns:
        The recording's folder.

    Raises:
        CameraError: it cannot be opened, or stops; what was recorded so far is on disk.
        DataError: the source ended before the session, or the disk says no; likewise.

    Example:
        >>> with Landmarker() as landmarker:  # doctest: +SKIP
        ...     record_session(Session(["wave"], 10), 0, Place(Path("recordings"), "p1"), landmarker, say=print)
    """
    with ExitStack() as stack:
        camera = stack.enter_context(Camera(source))
        writer = stack.enter_context(place.writer(camera.image_size, landmarker.engine, camera.name))
        video = (
            stack.enter_context(VideoWriter(writer.path / VIDEO, camera.image_size)) if with_video else None
        )
        recorder = _Recorder(session, writer, video, say, play)
        try:
            for frame in camera:
                hand_frame = landmarker.detect(frame)
                recorder.take_in(frame, hand_frame)
                if window is not None:
                    recorder.do(
                        session.press(
                            _key(window, frame, hand_frame, session, place, camera.delivered_rate_hz)
                        )
                    )
                if session.phase == "done":
                    return writer.path
        except BaseException:
            with suppress(DataError):  # then it has been said why
                recorder.do(session.press("q"))
            raise
        recorder.do(session.press("q"))
        raise DataError("the source ended before all takes were made. Those that were kept are on disk.")


def _key(
    window: Window, frame: Frame, hand_frame: HandFrame, session: Session, place: Place, rate_hz: float
) -> str | None:
    """Show where the session is; the key that was pressed."""
    from gesture.display import draw_session

    mirror = place.view == "facing" and not place.mirrored
    key = window.show(draw_session(frame.image, hand_frame, session, mirror=mirror, fps=rate_hz or None))
    return key if window.is_open else "q"


class _Recorder:
    """Does what the session says, and says what it does."""

    def __init__(
        self, session: Session, writer: RecordingWriter, video: VideoWriter | None, say: Say, play: Play
    ) -> None:
        self._session, self._writer, self._video, self._say, self._play = session, writer, video, say, play
        self._said: dict[str, str] = {}

    def take_in(self, frame: Frame, hand_frame: HandFrame) -> None:
        if self._video is not None:
            self._video.append(frame)
        self._writer.append(hand_frame)
        self.do(self._session.update(hand_frame))

    def do(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Keep(take):
                    self._writer.keep(take)
                case TakeBack():
                    self._writer.remove_last_take()
                case Ignore(start_s, end_s):
                    self._writer.ignore(start_s, end_s)
                case Sound(name):
                    self._play(name)
        self._narrate()

    def _narrate(self) -> None:
        session = self._session
        done = sum(kept for kept, _ in session.counts.values())
        wanted = sum(wanted for _, wanted in session.counts.values())
        count = f" ({done} of {wanted})" if session.phase == "kept" else ""
        self._tell("message", session.message + count)
        self._tell("note", session.note)
        self._tell("faults", "; ".join(session.faults))

    def _tell(self, kind: str, text: str) -> None:
        """Each kind of line when it changes."""
        if text != self._said.get(kind, ""):
            self._said[kind] = text
            if text:
                self._say(text)
