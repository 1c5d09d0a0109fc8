"""Where pictures go: a window on the screen, a video file.

Where OpenCV's window finds no display, Qt ends the whole process; `display_available` finds out first.
"""

from __future__ import annotations

import ctypes
import os
import sys
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2
import numpy as np

from gesture.display.paint import Image
from gesture.display.palette import BACKGROUND
from gesture.errors import DataError, GestureError

CODECS = {".mp4": "mp4v", ".mov": "mp4v", ".mkv": "mp4v", ".avi": "MJPG"}
"""What OpenCV's wheels can write on every system, by the file's extension (they carry no H.264 encoder)."""

_KEYS = {8: "backspace", 9: "tab", 10: "enter", 13: "enter", 27: "escape", 32: "space", 127: "delete"}
_KEYS |= {65361: "left", 65362: "up", 65363: "right", 65364: "down", 65535: "delete"}  # X11
_KEYS |= {
    0x250000: "left",
    0x260000: "up",
    0x270000: "right",
    0x280000: "down",
    0x2E0000: "delete",
}  # Windows
_KEYS |= {63232: "up", 63233: "down", 63234: "left", 63235: "right", 63272: "delete"}  # macOS


def display_available() -> bool:
    """Whether a window can be opened here. Never raises and never ends the process."""
    if not cv2.currentUIFramework():
        return False  # a build without windows ("headless")
    if sys.platform in ("win32", "darwin"):
        return True
    return _x_server_answers(os.environ.get("DISPLAY", "")) and _qt_can_load()


def _x_server_answers(display: str) -> bool:
    try:
        return bool(display and _connect(display))
    except OSError:
        return False


@lru_cache(maxsize=1)
def _connect(display: str) -> int:
    # Never closed: a server that nobody else uses (Xvfb) starts anew when its last client leaves, and would
    # then turn away the window that comes next.
    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    connection: int | None = x11.XOpenDisplay(display.encode())
    if connection is None:
        raise OSError(f"the X server {display} does not answer")
    return connection


def _qt_plugin() -> Path | None:
    """The file with which the wheel's Qt talks to X11; None in a build that is not the wheel's."""
    plugin = Path(os.environ.get("QT_QPA_PLATFORM_PLUGIN_PATH", ""), "platforms", "libqxcb.so")
    return plugin if plugin.is_file() else None


def _qt_can_load() -> bool:
    plugin = _qt_plugin()
    try:
        return plugin is None or bool(ctypes.CDLL(str(plugin)))
    except OSError:  # one of the libraries it needs is not installed
        return False


def _prepare_qt() -> None:
    if _qt_plugin() is not None:
        os.environ["QT_QPA_PLATFORM"] = "xcb"  # the only one in the wheel; "wayland" would end the process
    # The wheel carries no fonts for Qt, which warns of it on stderr; nothing here is written by Qt.
    os.environ.setdefault("QT_LOGGING_RULES", "*.warning=false")


class Window:
    """A window that can be resized, closed, and typed into. Use it in the main thread.

    Attributes:
        is_open: False once the person has closed it.

    Raises:
        GestureError: on entering, where there is no display.

    Example:
        >>> with Window("gesture") as window:
        ...     while window.is_open and window.show(next(images)) != "q":
        ...         pass
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self.is_open = False
        self._has_size = False

    def __enter__(self) -> Self:
        if not display_available():
            raise GestureError(
                "No window can be opened: there is no display here (DISPLAY is unset, its X server does not "
                "answer, or a library of Qt is missing). Run it in a desktop session, or with --no-window."
            )
        _prepare_qt()
        cv2.namedWindow(self.title, cv2.WINDOW_NORMAL | cv2.WINDOW_FREERATIO | cv2.WINDOW_GUI_NORMAL)
        self.is_open = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._still_there():
            cv2.destroyWindow(self.title)
            cv2.waitKey(1)  # lets the window go now, not at the next one
        self.is_open = False

    def show(self, image: Image, wait_s: float = 0.0) -> str | None:
        """Show an RGB image and say which key was pressed.

        Args:
            image: uint8 (height, width, 3), RGB. The first one sets the window's size.
            wait_s: how long to wait for a key; 0 looks once and goes on.

        Returns:
            A character as it is on the keyboard ("q"), a name ("space", "enter", "escape", "left", "up",
            "right", "down", "tab", "backspace", "delete"), or None. Nothing is shown once it is closed.
        """
        if not self.is_open:
            return None
        if not self._has_size:
            cv2.resizeWindow(self.title, image.shape[1], image.shape[0])
            self._has_size = True
        _, _, width, height = cv2.getWindowImageRect(self.title)
        cv2.imshow(self.title, cv2.cvtColor(fit_image(image, (width, height)), cv2.COLOR_RGB2BGR))
        code = cv2.waitKeyEx(max(round(wait_s * 1000), 1))
        self.is_open = self._still_there()
        return _KEYS.get(code) or (chr(code).lower() if 32 < code < 127 else None)

    def _still_there(self) -> bool:
        try:
            return self.is_open and cv2.getWindowProperty(self.title, cv2.WND_PROP_VISIBLE) >= 1
        except cv2.error:  # some systems answer so for a window that was closed
            return False


def fit_image(image: Image, size: tuple[int, int]) -> Image:
    """The image scaled into (width, height) pixels, dark where its shape leaves room; itself if it fits as it is.

    Example:
        >>> fit_image(np.zeros((540, 960, 3), np.uint8), (700, 700)).shape
        (700, 700, 3)
    """
    if image.shape[1::-1] == size or min(size) < 1:
        return image
    scale = min(size[0] / image.shape[1], size[1] / image.shape[0])
    width, height = max(round(image.shape[1] * scale), 1), max(round(image.shape[0] * scale), 1)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    fitted = np.full((size[1], size[0], 3), BACKGROUND, np.uint8)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    fitted[top : top + height, left : left + width] = cv2.resize(image, (width, height), interpolation=how)
    return fitted


class VideoSink:
    """Writes RGB images to a video file, all of one size.

    Args:
        path: ends with one of `CODECS`; replaced if it exists.
        rate_hz: images per second.
        size: (width, height) in pixels; the first image's if left out. Images of another size are scaled.

    Raises:
        DataError: when the extension is none of `CODECS` or the file cannot be written.

    Example:
        >>> with VideoSink("demo.mp4", rate_hz=30) as sink:
        ...     sink.write(np.zeros((540, 960, 3), np.uint8))
    """

    def __init__(self, path: str | Path, rate_hz: float, size: tuple[int, int] | None = None) -> None:
        self.path = Path(path)
        self._rate_hz = rate_hz
        self._size = size
        self._writer: cv2.VideoWriter | None = None

    def __enter__(self) -> Self:
        if self.path.suffix.lower() not in CODECS:
            raise DataError(
                f"{self.path}: videos of the kind {self.path.suffix!r} cannot be written. "
                f"Expected one of {', '.join(CODECS)}. Choose another name, for example "
                f"{self.path.with_suffix('.mp4').name}."
            )
        if not os.access(self.path.parent, os.W_OK):
            raise DataError(
                f"{self.path}: the folder {self.path.parent} is missing or cannot be written to. "
                "Make it, or choose another."
            )
        if self._size is not None:
            self._open(self._size)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is not None:
            self._writer.release()

    def write(self, image: Image) -> None:
        """Append one uint8 (height, width, 3) RGB image."""
        if self._writer is None:
            self._open((image.shape[1], image.shape[0]))
        assert self._writer is not None
        assert self._size is not None
        fitted = fit_image(image, self._size)  # one of another size OpenCV would drop without a word
        self._writer.write(cv2.cvtColor(fitted, cv2.COLOR_RGB2BGR))

    def _open(self, size: tuple[int, int]) -> None:
        codec = cv2.VideoWriter.fourcc(*CODECS[self.path.suffix.lower()])
        self._writer, self._size = cv2.VideoWriter(str(self.path), codec, self._rate_hz, size), size
        if not self._writer.isOpened():
            raise DataError(
                f"{self.path}: a video of {size[0]} x {size[1]} at {self._rate_hz:g} Hz cannot be written. "
                f"Choose another place or another kind ({', '.join(CODECS)})."
            )
