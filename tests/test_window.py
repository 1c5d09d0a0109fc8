"""The window under a real X server, where there is none, and the video file.

Each window lives in a process of its own: where Qt finds no display, it ends the process.
"""

from __future__ import annotations

import ctypes
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from desktop import screenshot, xdotool

from gesture.display import VideoSink
from gesture.display.window import CODECS, fit_image
from gesture.errors import DataError

SHOW = """
import sys
import numpy as np
from gesture.display import Window

image = np.zeros((300, 400, 3), np.uint8)
image[:, :200] = 255, 0, 0
with Window("a window · 창") as window:
    window.show(image, wait_s=0.1)
    print("open", flush=True)
    for _ in range(400):
        key = window.show(image, wait_s=0.05)
        if key is not None:
            print("key", key, flush=True)
        if key == "q" or not window.is_open:
            break
print("open" if window.is_open else "closed", window.show(image), flush=True)
"""


def python(code: str, **environment: str | None) -> subprocess.CompletedProcess[str]:
    merged = {name: value for name, value in {**os.environ, **environment}.items() if value is not None}
    return subprocess.run(
        [sys.executable, "-c", code], env=merged, capture_output=True, text=True, timeout=60
    )


@pytest.fixture
def shown(x_server: str) -> Iterator[subprocess.Popen[str]]:
    """A process that shows a window, half red and half black, and prints what happens to it."""
    environment = {**os.environ, "DISPLAY": x_server}
    with subprocess.Popen(
        [sys.executable, "-c", SHOW],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        yield process
        process.kill()


def find_window(display: str) -> str:
    return xdotool(display, "search", "--onlyvisible", "--name", "a window · 창").splitlines()[-1]


class ClientMessage(ctypes.Structure):
    """Xlib's XClientMessageEvent, padded to the size of an XEvent."""

    _fields_ = (
        ("type", ctypes.c_int), ("serial", ctypes.c_ulong), ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p), ("window", ctypes.c_ulong), ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int), ("data", ctypes.c_long * 5), ("padding", ctypes.c_long * 24),
    )  # fmt: skip


def click_close(display: str, window: str) -> None:
    """What a desktop sends when the person clicks the window's cross."""
    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype, x11.XInternAtom.restype = ctypes.c_void_p, ctypes.c_ulong
    connection = ctypes.c_void_p(x11.XOpenDisplay(display.encode()))
    protocols, delete = (
        x11.XInternAtom(connection, name, 0) for name in (b"WM_PROTOCOLS", b"WM_DELETE_WINDOW")
    )
    message = ClientMessage(33, 0, 1, connection, int(window), protocols, 32, (ctypes.c_long * 5)(delete))
    x11.XSendEvent(connection, ctypes.c_ulong(int(window)), 0, ctypes.c_long(0), ctypes.byref(message))
    x11.XCloseDisplay(connection)


def read_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_keys_arrive_by_their_names(x_server: str, shown: subprocess.Popen[str]) -> None:
    window = find_window(x_server)
    xdotool(x_server, "windowfocus", "--sync", window)
    names = {
        "m": "m",
        "Q": "q",
        "space": "space",
        "Escape": "escape",
        "Left": "left",
        "BackSpace": "backspace",
    }
    for pressed, name in sorted(names.items(), key=lambda pair: pair[1] == "q"):
        xdotool(x_server, "key", "--window", window, pressed)
        assert read_line(shown) == f"key {name}"
    assert shown.wait(10) == 0
    assert shown.stderr is not None
    assert shown.stderr.read() == ""


def test_closing_the_window_ends_it_for_good(x_server: str, shown: subprocess.Popen[str]) -> None:
    click_close(x_server, find_window(x_server))
    assert read_line(shown) == "closed None"
    assert shown.wait(10) == 0


def test_the_window_shows_the_image_in_true_colours_and_fits_it_when_resized(
    x_server: str, shown: subprocess.Popen[str]
) -> None:
    window = find_window(x_server)
    xdotool(x_server, "windowmove", "--sync", window, "0", "0")
    xdotool(x_server, "windowsize", "--sync", window, "600", "300")
    time.sleep(0.5)
    picture = screenshot(x_server)
    assert shown.poll() is None
    assert picture[150, 150].tolist() == [255, 0, 0]
    assert picture[150, 450].tolist() == [0, 0, 0]
    assert picture[150, 50].tolist() == picture[150, 550].tolist() != [255, 0, 0]


OPEN = "from gesture.display import Window, display_available\nprint(display_available())\nwith Window('x'): pass\n"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there always is a display")
@pytest.mark.parametrize(
    "environment",
    [
        {"DISPLAY": None, "WAYLAND_DISPLAY": None},
        {"DISPLAY": ""},
        {"DISPLAY": ":4711"},
        {"DISPLAY": None, "WAYLAND_DISPLAY": "wayland-0", "QT_QPA_PLATFORM": "wayland"},
    ],
    ids=["unset", "empty", "nobody answers", "wayland only"],
)
def test_without_a_display_there_is_one_clear_error_and_no_crash(environment: dict[str, str | None]) -> None:
    result = python(OPEN, **environment)
    assert result.stdout == "False\n"
    assert result.returncode == 1
    assert "gesture.errors.GestureError: No window can be opened" in result.stderr


def test_qt_settings_for_other_programs_do_no_harm(x_server: str) -> None:
    result = python(OPEN, DISPLAY=x_server, QT_QPA_PLATFORM="wayland", QT_QPA_FONTDIR="/nowhere")
    assert (result.stdout, result.stderr, result.returncode) == ("True\n", "", 0)


def test_a_library_that_qt_misses_is_no_crash(x_server: str, tmp_path: Path) -> None:
    plugin = tmp_path / "platforms" / "libqxcb.so"
    plugin.parent.mkdir()
    plugin.write_bytes(b"not a library")
    code = f"import cv2, os; os.environ['QT_QPA_PLATFORM_PLUGIN_PATH'] = {str(tmp_path)!r}\n"
    result = python(code + OPEN, DISPLAY=x_server)
    assert (result.stdout, result.returncode) == ("False\n", 1)


def test_windows_can_be_opened_one_after_the_other(x_server: str) -> None:
    result = python(
        OPEN + "with Window('x'): pass\nwith Window('y') as y: print(y.is_open)", DISPLAY=x_server
    )
    assert (result.stdout, result.returncode) == ("True\nTrue\n", 0)


@pytest.mark.parametrize(
    ("size", "covered"),
    [((400, 300), 1.0), ((800, 600), 1.0), ((800, 300), 0.5), ((300, 400), 0.5625), ((40, 3), 0.1)],
)
def test_an_image_is_fitted_with_its_shape_kept(size: tuple[int, int], covered: float) -> None:
    fitted = fit_image(np.full((300, 400, 3), 255, np.uint8), size)
    assert fitted.shape == (size[1], size[0], 3)
    assert (fitted == 255).mean() == pytest.approx(covered, abs=0.01)


@pytest.mark.parametrize("extension", CODECS)
def test_a_video_reads_back_as_written(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"왼쪽 demo{extension}"
    shades = [20, 90, 160, 230]
    with VideoSink(path, rate_hz=20) as sink:
        for shade in shades:
            sink.write(np.full((120, 160, 3), (shade, 100, 50), np.uint8))
    video = cv2.VideoCapture(str(path))
    assert video.get(cv2.CAP_PROP_FPS) == pytest.approx(20, abs=0.1)
    images = [video.read()[1][..., ::-1] for _ in shades]
    assert not video.read()[0]
    for image, shade in zip(images, shades, strict=True):
        np.testing.assert_allclose(image.mean(axis=(0, 1)), (shade, 100, 50), atol=6)


def test_an_image_of_another_size_is_scaled_into_the_video(tmp_path: Path) -> None:
    path = tmp_path / "demo.mp4"
    with VideoSink(path, rate_hz=30, size=(160, 120)) as sink:
        for width in (160, 320, 80):
            sink.write(np.full((120, width, 3), 200, np.uint8))
    video = cv2.VideoCapture(str(path))
    assert [video.read()[1].shape for _ in range(3)] == [(120, 160, 3)] * 3


def read_only(folder: Path) -> Path:
    folder.chmod(0o500)
    return folder / "demo.mp4"


@pytest.mark.parametrize(
    ("path_in", "message"),
    [
        (lambda folder: folder / "demo.xyz", r"demo\.xyz.*'\.xyz'.*\.mp4.*demo\.mp4"),
        (lambda folder: folder / "demo", r"Expected one of"),
        (lambda folder: folder / "missing" / "demo.mp4", r"folder .*missing is missing"),
        (lambda folder: (folder / "demo.mp4").mkdir() or folder / "demo.mp4", r"cannot be written"),
        pytest.param(
            read_only,
            r"cannot be written",
            marks=pytest.mark.skipif(os.geteuid() == 0, reason="root may write"),
        ),
    ],
    ids=["unknown kind", "no kind", "no folder", "a folder of that name", "read-only folder"],
)
def test_a_video_that_cannot_be_written_is_one_clear_error(
    tmp_path: Path, path_in: Callable[[Path], Path], message: str
) -> None:
    with pytest.raises(DataError, match=message) as caught, VideoSink(path_in(tmp_path), 30, (160, 120)):
        pass
    assert re.search(r"\n", str(caught.value)) is None
