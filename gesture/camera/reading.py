"""Two ways to read a source: every frame in order, or the newest alone; and the rate at which frames come."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import closing

from gesture.errors import CameraError
from gesture.types import Frame

Frames = Generator[Frame, None, None]

_RATE_SPAN_S = 3.0
_CLOSE_S = 1.0


class RateMeter:
    """Images a second over the latest `_RATE_SPAN_S`; one thread may add while another asks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._times_s: deque[float] = deque()
        self.is_full = False

    def restart(self) -> None:
        with self._lock:
            self._times_s.clear()
            self.is_full = False

    def add(self, time_s: float) -> None:
        with self._lock:
            self._times_s.append(time_s)
            while time_s - self._times_s[0] > _RATE_SPAN_S:
                self._times_s.popleft()
                self.is_full = True

    @property
    def rate_hz(self) -> float:
        with self._lock:
            if len(self._times_s) < 2:
                return 0.0
            return (len(self._times_s) - 1) / (self._times_s[-1] - self._times_s[0])


def metered(frames: Frames, meter: RateMeter) -> Frames:
    with closing(frames):
        for frame in frames:
            meter.add(frame.time_s)
            yield frame


class InOrder:
    """Hands out every frame, each as it is asked for."""

    num_dropped = 0

    def __init__(self, frames: Frames) -> None:
        self._frames = frames
        self._peeked: Frame | None = None

    def peek(self) -> Frame | None:
        """The next frame, without taking it; None at the end."""
        self._peeked = self._peeked or next(self._frames, None)
        return self._peeked

    def __iter__(self) -> Iterator[Frame]:
        return self

    def __next__(self) -> Frame:
        frame, self._peeked = self._peeked, None
        return frame or next(self._frames)

    def close(self) -> None:
        self._peeked = None
        self._frames.close()


class Newest:
    """Reads frames in a thread and hands out the newest one alone, each at most once."""

    def __init__(self, frames: Frames, name: str, timeout_s: float) -> None:
        self.num_dropped = 0
        self._name = name
        self._timeout_s = timeout_s
        self._changed = threading.Condition()
        self._frame: Frame | None = None
        self._error: Exception | None = None
        self._has_ended = False
        self._is_wanted = False
        # A daemon: a driver that hangs must not keep the program from ending.
        self._thread = threading.Thread(target=self._read, args=(frames,), name=name, daemon=True)
        self._thread.start()

    def _read(self, frames: Frames) -> None:
        error: Exception | None = None
        try:
            with closing(frames):
                for frame in frames:
                    if not self._put(frame):
                        break
        except Exception as caught:  # whatever it is, the caller who iterates must see it
            error = caught
        with self._changed:
            self._has_ended, self._error = True, error
            self._changed.notify_all()

    def _put(self, frame: Frame) -> bool:
        with self._changed:
            if self._has_ended:
                return False
            self.num_dropped += self._is_wanted and self._frame is not None
            self._frame = frame
            self._changed.notify_all()
            return True

    def _wait(self) -> Frame | None:
        """The newest frame not taken yet, None at the end; the caller holds the lock."""
        has_news = self._changed.wait_for(lambda: self._frame is not None or self._has_ended, self._timeout_s)
        if not has_news:
            raise CameraError(
                f"{self._name}: no image for {self._timeout_s:g} s. Expected a steady flow. "
                "Plug it in again or restart it, and close other programs that use it."
            )
        if self._frame is None and self._error is not None:
            raise self._error
        return self._frame

    def peek(self) -> Frame | None:
        """The next frame, without taking it; None at the end."""
        with self._changed:
            return self._wait()

    def __iter__(self) -> Iterator[Frame]:
        return self

    def __next__(self) -> Frame:
        with self._changed:
            self._is_wanted = True
            frame = self._wait()
            self._frame = None
        if frame is None:
            raise StopIteration
        return frame

    def close(self) -> None:
        with self._changed:
            self._has_ended, self._frame, self._error = True, None, None
        self._thread.join(_CLOSE_S)
