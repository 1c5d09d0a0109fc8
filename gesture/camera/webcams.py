"""Webcams: open one with settings that keep it fast, say what is wrong with one, list what there is."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gesture.camera.opencv import cv2
from gesture.errors import CameraError

# Windows: DirectShow opens at once where Media Foundation takes seconds (opencv/opencv#17687, #26495).
_BACKENDS = {"linux": ("V4L2",), "darwin": ("AVFOUNDATION",), "win32": ("DSHOW", "MSMF")}
_DEVICES = Path("/dev")
_DEVICE_FACTS = Path("/sys/class/video4linux")
_MAX_WEBCAMS = 10
# USB 2.0: an isochronous endpoint carries at most 3 x 1024 bytes 8000 times a second (specification, 5.6.3).
_USB2_BYTES_PER_S = 24_576_000
_RAW_BYTES_PER_PX = 2
_DEFAULT_IMAGE_SIZE = (640, 480)
# With one buffer the driver has nowhere to put an image while another is read, and the rate halves (V4L2:
# LibreScanner/horus#60, l1npengtul/nokhwa#128); more than two only delay.
_NUM_BUFFERS = 2


@dataclass(frozen=True)
class CameraInfo:
    """A webcam as `list_cameras` found it.

    Attributes:
        index: what `Camera` takes.
        name: the device's own name where the system tells it, else "camera 0".
        image_size: (width, height) in pixels that it delivers unasked; (0, 0) if it could not be opened.
        rate_hz: images a second that it states; 0 if it states none.
        problem: why it cannot be opened, and what to do; "" if it can.
    """

    index: int
    name: str
    image_size: tuple[int, int] = (0, 0)
    rate_hz: float = 0.0
    problem: str = ""


def webcam_index(source: object) -> int | None:
    """The index behind `0`, `"0"`, `"/dev/video0"` or a link to that; None for any other source."""
    if isinstance(source, int):
        return source
    if not isinstance(source, str):
        return None
    device = os.path.realpath(source) if source.startswith("/dev/") else source
    match = re.fullmatch(r"(?:/dev/video)?([0-9]+)", device)
    return int(match[1]) if match else None


def open_webcam(index: int, rate_hz: float, image_size: tuple[int, int] | None) -> cv2.VideoCapture:
    """The opened webcam, asked for rate and size.

    Raises:
        CameraError: it is not there, is in use, or this user may not have it.
    """
    capture = _open_index(index)
    if capture is None:
        raise CameraError(f"camera {index}: {_problem(index)}")
    width, height = image_size or _DEFAULT_IMAGE_SIZE
    if width * height * _RAW_BYTES_PER_PX * rate_hz > _USB2_BYTES_PER_S:
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    if image_size is not None:
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
    capture.set(cv2.CAP_PROP_FPS, rate_hz)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, _NUM_BUFFERS)
    return capture


def _open_index(index: int) -> cv2.VideoCapture | None:
    for backend in _BACKENDS.get(sys.platform, ("ANY",)):
        capture = cv2.VideoCapture(index, getattr(cv2, f"CAP_{backend}"))
        if capture.isOpened():
            return capture
        capture.release()
    return None


def _problem(index: int) -> str:
    """Why a webcam does not open and what to do about it, as far as the system tells."""
    if sys.platform == "darwin":
        return (
            "cannot be opened: not there, in use, or refused. Allow your terminal the camera in "
            "System Settings > Privacy & Security > Camera, close other programs that use it, then try again."
        )
    if sys.platform == "win32":
        return (
            "cannot be opened: not there, in use, or refused. Turn on 'Let desktop apps access your camera' "
            "in Settings > Privacy & security > Camera, close other programs that use it, then try again."
        )
    device = _DEVICES / f"video{index}"
    if not device.exists():
        others = ", ".join(map(str, _linux_indices()))
        there_is = f"Expected one of: {others}." if others else "No camera is connected."
        return f"not found. {there_is} Plug it in (a container or WSL must be given it), or use a video file."
    if not os.access(device, os.R_OK | os.W_OK):
        return (
            f"refused: this user may not open {device}. Expected membership of its group. "
            "Run 'sudo usermod -aG video $USER', then log in again."
        )
    return (
        f"busy, or gives no images: {device} does not open. Close other programs that use it "
        f"('fuser -v {device}' names them), or try another index ('gesture cameras')."
    )


def how_to_fix_exposure(index: int) -> str:
    """The remedy for a webcam that slows down in dim light."""
    if sys.platform == "linux":
        return f"'v4l2-ctl -d {_DEVICES}/video{index} -c exposure_dynamic_framerate=0' keeps its rate"
    return "switch automatic exposure off in its settings"


def _linux_indices() -> list[int]:
    names = (re.fullmatch(r"video([0-9]+)", path.name) for path in _DEVICES.glob("video*"))
    return sorted(int(name[1]) for name in names if name)


def _linux_fact(index: int, fact: str) -> str:
    try:
        return (_DEVICE_FACTS / f"video{index}" / fact).read_text(errors="replace").strip()
    except OSError:
        return ""


def list_cameras() -> list[CameraInfo]:
    """The webcams of this computer, by index; each is opened for a moment, no image is read.

    Example:
        >>> for camera in list_cameras():  # doctest: +SKIP
        ...     print(camera.index, camera.name, camera.image_size, camera.rate_hz, camera.problem)
        0 Integrated Camera (640, 480) 30.0
    """
    return list(_linux_cameras() if sys.platform == "linux" else _tried_cameras())


def _linux_cameras() -> Iterator[CameraInfo]:
    for index in _linux_indices():
        name = _linux_fact(index, "name") or f"camera {index}"
        found = _look_at(index, name)
        # A webcam's second node carries metadata, never images: not worth a line.
        is_second_node = _linux_fact(index, "index") not in ("", "0")
        if found is not None or not is_second_node:
            yield found or CameraInfo(index, name, problem=_problem(index))


def _tried_cameras() -> Iterator[CameraInfo]:
    num_missing = 0
    for index in range(_MAX_WEBCAMS):
        found = _look_at(index, f"camera {index}")
        num_missing = 0 if found else num_missing + 1
        if found:
            yield found
        elif num_missing == 2:
            return


def _look_at(index: int, name: str) -> CameraInfo | None:
    capture = _open_index(index)
    if capture is None:
        return None
    width, height = (int(capture.get(side)) for side in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    rate_hz = capture.get(cv2.CAP_PROP_FPS)
    capture.release()
    return CameraInfo(index, name, (width, height), float(rate_hz) if rate_hz > 0 else 0.0)
