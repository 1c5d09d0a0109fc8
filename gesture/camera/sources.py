"""The frames of each kind of source, as generators: what is live, and what is read in full."""

from __future__ import annotations

import logging
import math
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter, sleep
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gesture.camera.opencv import cv2
from gesture.camera.reading import Frames
from gesture.camera.webcams import open_webcam
from gesture.errors import CameraError
from gesture.types import Frame

if TYPE_CHECKING:
    from gesture.virtual import VirtualCamera

_log = logging.getLogger("gesture.camera")

EXPECTED = (
    "Expected a webcam's index, a video file, a folder of images, an address (http://, rtsp://) or 'virtual'."
)
DEFAULT_RATE_HZ = 30.0

Image = NDArray[np.uint8]
Source: TypeAlias = "int | str | Path | VirtualCamera"

_VIRTUAL_SIZE = (640, 480)
_IMAGE_SUFFIXES = {".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}
_LOST_S = 1.0  # a live source that fails for so long is gone; one failure alone may be one damaged image
_RETRY_S = 0.01
# A file has ended when so many reads in a row fail; fewer are damaged images to step over.
_END_FAILURES = 100
_MAX_RATE_HZ = 1000.0  # some containers state their clock's rate, say 90000, for that of the images
_MAX_GAP_S = 60.0  # a longer one between two images of a file is a wrong time, not a pause
_SHORT_S, _SHORT_SHARE = 0.25, 0.02  # the stated length is an estimate in some containers


def is_address(source: Source) -> bool:
    return isinstance(source, str) and re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", source) is not None


def shown_name(source: Source, webcam: int | None) -> str:
    """The source as people may see it: an address without its user name and password."""
    if webcam is not None:
        return f"camera {webcam}"
    if not isinstance(source, int | str | Path):
        return "virtual"
    return re.sub(r"(?<=://)[^/]*@", "", str(source)) if is_address(source) else str(source)


def webcam_frames(index: int, rate_hz: float, image_size: tuple[int, int] | None) -> Frames:
    def open_capture() -> cv2.VideoCapture:
        return open_webcam(index, rate_hz, image_size)

    if sys.platform == "darwin":  # asks for permission, which macOS allows in the main thread alone
        capture = open_capture()
        return live_frames(lambda: capture, f"camera {index}")
    return live_frames(open_capture, f"camera {index}")


def live_frames(open_capture: Callable[[], cv2.VideoCapture], name: str) -> Frames:
    """Frames at the time they were grabbed, until the source is lost.

    Raises:
        CameraError: the source cannot be opened, or has failed for `_LOST_S`.
    """
    capture = open_capture()
    try:
        start_s: float | None = None
        last_s = perf_counter()
        while True:
            grabbed = capture.grab()
            now_s = perf_counter()
            image = _retrieve(capture) if grabbed else None
            if image is not None:
                start_s = now_s if start_s is None else start_s
                last_s = now_s
                yield Frame(image, now_s - start_s)
            elif now_s - last_s > _LOST_S:
                raise CameraError(_lost(name, start_s, last_s))
            else:
                sleep(_RETRY_S)
    finally:
        capture.release()


def _lost(name: str, start_s: float | None, last_s: float) -> str:
    if start_s is None:
        return f"{name}: opened, but gives no image. Close other programs that use it, or plug it in again."
    return (
        f"{name}: stopped after {last_s - start_s:.1f} s: unplugged, switched off or taken over. "
        "Expected images until it is closed. Connect it again and start anew."
    )


def _retrieve(capture: cv2.VideoCapture) -> Image | None:
    is_good, image = capture.retrieve()
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False) if is_good else None


def virtual_camera(rate_hz: float, image_size: tuple[int, int] | None) -> VirtualCamera:
    """Every gesture of the virtual hand once, at the pace of a camera."""
    from gesture.virtual import VirtualCamera, make_scene

    return VirtualCamera(make_scene(), rate_hz=rate_hz, image_size=image_size or _VIRTUAL_SIZE, paced=True)


def virtual_frames(camera: VirtualCamera) -> Frames:
    with camera:
        yield from camera


def open_stream(address: str, name: str, timeout_s: float) -> cv2.VideoCapture:
    """The opened stream or remote file.

    Raises:
        CameraError: nothing there, nothing within the time, or no video.
    """
    timeout_ms = math.ceil(timeout_s * 1000)
    # One decoding thread: each further one holds one more frame back.
    settings = {
        cv2.CAP_PROP_OPEN_TIMEOUT_MSEC: timeout_ms,
        cv2.CAP_PROP_READ_TIMEOUT_MSEC: timeout_ms,
        cv2.CAP_PROP_N_THREADS: 1,
    }
    capture = cv2.VideoCapture(
        address, cv2.CAP_FFMPEG, [number for pair in settings.items() for number in pair]
    )
    if not capture.isOpened():
        raise CameraError(
            f"{name}: no video there. Expected a stream that OpenCV can read (MJPEG, RTSP, HLS ...), "
            f"answering within {timeout_s:g} s. Check address, name and password, and if it plays elsewhere."
        )
    return capture


def open_file(path: Path) -> cv2.VideoCapture:
    """The opened video file.

    Raises:
        CameraError: not there, not readable, or not a video.
    """
    if not path.exists():
        raise CameraError(f"{path}: not found. {EXPECTED}")
    if not path.is_file() or not os.access(path, os.R_OK):
        raise CameraError(f"{path}: not a file that may be read. {EXPECTED}")
    # FFmpeg by name, for the same times on every system; the whole path, lest "a:b.mp4" pass for an address.
    capture = cv2.VideoCapture(str(path.resolve()), cv2.CAP_FFMPEG)
    if not capture.isOpened() or _is_text(capture):
        capture.release()
        raise CameraError(
            f"{path}: not a video, or one that was cut off (an .mp4 needs its end). Expected a video that "
            "OpenCV can read. See if it plays elsewhere, or convert it with 'ffmpeg -i FILE new.mkv'."
        )
    return capture


def _is_text(capture: cv2.VideoCapture) -> bool:
    """FFmpeg reads a .txt as pictures of its characters."""
    return int(capture.get(cv2.CAP_PROP_FOURCC)) == cv2.VideoWriter.fourcc(*"ansi")


def file_frames(capture: cv2.VideoCapture, name: str) -> Frames:
    """Every frame that can be read, at the file's own times; warns of what could not be read."""
    rate_hz = capture.get(cv2.CAP_PROP_FPS)
    rate_hz = rate_hz if 1 / _MAX_GAP_S <= rate_hz <= _MAX_RATE_HZ else DEFAULT_RATE_HZ
    stated_s = capture.get(cv2.CAP_PROP_FRAME_COUNT) / rate_hz
    start_s, time_s = 0.0, -1 / rate_hz
    for image, media_s in _readable_images(capture, name):
        if time_s < 0:
            start_s = media_s
        # Where the file's times stand still, run backwards or leap, its stated rate goes on.
        is_usable = 0 < media_s - start_s - time_s < _MAX_GAP_S
        time_s = media_s - start_s if is_usable else time_s + 1 / rate_hz
        yield Frame(image, time_s)
    end_s = time_s + 1 / rate_hz
    if stated_s - end_s > max(_SHORT_S, _SHORT_SHARE * stated_s):
        _log.warning(
            "%s: ends after %.2f s of the %.2f s it states: it was cut off. Going on with what there is.",
            *(name, end_s, stated_s),
        )


def _readable_images(capture: cv2.VideoCapture, name: str) -> Iterator[tuple[Image, float]]:
    num_damaged = num_failures = 0
    try:
        while num_failures < _END_FAILURES:
            image = _retrieve(capture) if capture.grab() else None
            if image is None:
                num_failures += 1
            else:
                num_damaged, num_failures = num_damaged + num_failures, 0
                yield image, capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
    finally:
        capture.release()
    if num_damaged:
        _log.warning(
            "%s: is damaged: %d images could not be read. Going on with the others.", name, num_damaged
        )


def folder_frames(folder: Path, rate_hz: float) -> Frames:
    """The images of a folder in the order of their names (2 before 10), `rate_hz` a second.

    Raises:
        CameraError: an image of another size than the first one.
    """
    size: tuple[int, ...] | None = None
    for index, path in enumerate(sorted(_images_in(folder), key=_natural_order)):
        image = _read_image(path)
        if image is None:
            _log.warning("%s: cannot be read as an image. Going on without it.", path)
            continue
        size = size or image.shape
        if image.shape != size:
            raise CameraError(
                f"{path}: is {image.shape[1]}x{image.shape[0]} pixels, the first image {size[1]}x{size[0]}. "
                "Expected images of one size in a folder. Scale it, or move it elsewhere."
            )
        yield Frame(image, index / rate_hz)


def _images_in(folder: Path) -> list[Path]:
    return [
        path for path in folder.iterdir() if path.suffix.lower() in _IMAGE_SUFFIXES and path.name[0] != "."
    ]


def _natural_order(path: Path) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"([0-9]+)", path.name)]


def _read_image(path: Path) -> Image | None:
    # Not cv2.imread: on Windows it opens no path beyond the system's code page.
    try:
        encoded = np.fromfile(path, np.uint8)
    except OSError:
        return None
    image = cv2.imdecode(encoded, cv2.IMREAD_COLOR_RGB) if encoded.size else None
    return None if image is None else image.astype(np.uint8, copy=False)
