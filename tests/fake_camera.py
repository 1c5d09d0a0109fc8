"""Cameras for the tests: a stand-in for `cv2.VideoCapture`, and an MJPEG stream on this machine."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray


class FakeWebcam:
    """Stands in for `cv2.VideoCapture` and for the clock: it grabs what a test shows it, when the test says.

    Each event is a grey level (an image, one frame interval later), "damaged" (a grab that fails),
    "unplugged" (every later grab fails) or "hangs" (the grab returns when the test ends).
    """

    def __init__(self, *, opens: bool = True, rate_hz: float = 30.0) -> None:
        self.opens = opens
        self.now_s = 100.0
        self.asked: dict[int, float] = {}
        self.opened_with: list[tuple[Any, ...]] = []
        self.opened_in: int | None = None
        self.is_released = False
        self.end = threading.Event()
        self._interval_s = 1 / rate_hz
        self._events: queue.Queue[int | str] = queue.Queue()
        self._image: NDArray[np.uint8] | None = None

    def __call__(self, *args: Any) -> FakeWebcam:
        """What `cv2.VideoCapture(...)` becomes."""
        self.opened_with.append(args)
        self.opened_in = threading.get_ident()
        return self

    def show(self, *events: int | str) -> None:
        for event in events:
            self._events.put(event)

    def wait_until_grabbed(self) -> None:
        """Every event shown so far has been grabbed, and the grabber waits for the next."""
        deadline_s = time.monotonic() + 5
        while self._events.unfinished_tasks and time.monotonic() < deadline_s:
            time.sleep(0.001)
        assert not self._events.unfinished_tasks

    def clock(self) -> float:
        return self.now_s

    def isOpened(self) -> bool:
        return self.opens

    def set(self, setting: int, value: float) -> bool:
        self.asked[setting] = value
        return True

    def get(self, setting: int) -> float:
        known = {cv2.CAP_PROP_FRAME_WIDTH: 640.0, cv2.CAP_PROP_FRAME_HEIGHT: 480.0, cv2.CAP_PROP_FPS: 30.0}
        return known.get(setting, 0.0)

    def grab(self) -> bool:
        # The one before is done only now: until here its image was still on its way to the reader.
        if self._image is not None:
            self._events.task_done()
            self._image = None
        while True:
            try:
                event = self._events.get(timeout=0.02)
                break
            except queue.Empty:
                if self.end.is_set():
                    self.now_s += 10
                    return False
        self.now_s += self._interval_s
        if event == "hangs":
            self.end.wait(20)
        elif event == "unplugged":
            self._events.put(event)
        if isinstance(event, int):
            self._image = np.full((48, 64, 3), event, np.uint8)
        else:
            self._events.task_done()
        return self._image is not None

    def retrieve(self) -> tuple[bool, NDArray[np.uint8] | None]:
        return self._image is not None, self._image

    def release(self) -> None:
        self.is_released = True


class FakeFile:
    """Stands in for the `cv2.VideoCapture` of a file whose container states odd times."""

    def __init__(self, media_times_s: Iterable[float], rate_hz: float) -> None:
        self._media_times_s = list(media_times_s)
        self._rate_hz = rate_hz
        self._index = -1

    def __call__(self, *_: Any) -> FakeFile:
        return self

    def isOpened(self) -> bool:
        return True

    def get(self, setting: int) -> float:
        if setting == cv2.CAP_PROP_POS_MSEC:
            return 1000 * self._media_times_s[self._index]
        return {cv2.CAP_PROP_FPS: self._rate_hz, cv2.CAP_PROP_FRAME_COUNT: 0.0}.get(setting, 0.0)

    def grab(self) -> bool:
        self._index += 1
        return self._index < len(self._media_times_s)

    def retrieve(self) -> tuple[bool, NDArray[np.uint8]]:
        return True, np.zeros((4, 4, 3), np.uint8)

    def release(self) -> None:
        pass


class MjpegServer:
    """An MJPEG stream over HTTP, as network cameras and phones send it.

    Attributes:
        url: where it is.
        stall, die: set one to make every open stream stop sending, or break off.
    """

    def __init__(self, images: Iterable[NDArray[np.uint8]], rate_hz: float) -> None:
        self._jpegs = [
            cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))[1].tobytes() for image in images
        ]
        self._interval_s = 1 / rate_hz
        self.stall, self.die = threading.Event(), threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                pass

            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=image")
                self.end_headers()
                try:
                    for part in server._parts():
                        self.wfile.write(part)
                except OSError:
                    self.close_connection = True  # the reader has gone

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}/stream.mjpg"

    def _parts(self) -> Iterator[bytes]:
        began_s, count = time.monotonic(), 0
        while not self.die.is_set():
            if self.stall.is_set():
                self.die.wait(10)
                return
            jpeg = self._jpegs[count % len(self._jpegs)]
            yield (
                b"--image\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(jpeg)
                + jpeg
                + b"\r\n"
            )
            count += 1
            time.sleep(max(0.0, began_s + count * self._interval_s - time.monotonic()))

    @contextmanager
    def serving(self) -> Iterator[MjpegServer]:
        with _running(self._http):
            try:
                yield self
            finally:
                self.die.set()


@contextmanager
def file_server(folder: Path) -> Iterator[str]:
    """The address of an HTTP server that gives out a folder's files."""

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    with _running(ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))) as http:
        yield f"http://127.0.0.1:{http.server_port}"


@contextmanager
def _running(http: ThreadingHTTPServer) -> Iterator[ThreadingHTTPServer]:
    thread = threading.Thread(target=http.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield http
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
