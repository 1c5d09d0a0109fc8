"""Where images come from: a webcam, a video file, a folder of images, a stream or the virtual hand.

In: a device, a path or an address. Out: `Frame` after `Frame`, RGB, timed in seconds from the first image.

A live source (webcam, stream, virtual hand) is read in a thread that keeps its newest image alone: whoever
is slow misses images, and `Camera.num_dropped` counts them, but never gets an old one. Its times are when
the images were grabbed. A file is read in full, as fast as it goes; its times are the file's own.

`opencv` (the library, set up), `reading` (all or the newest alone) -> `webcams` -> `sources` -> `Camera`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from gesture.camera.opencv import cv2
from gesture.camera.reading import Frames, InOrder, Newest, RateMeter, metered
from gesture.camera.sources import (
    DEFAULT_RATE_HZ,
    EXPECTED,
    Source,
    file_frames,
    folder_frames,
    is_address,
    live_frames,
    open_file,
    open_stream,
    shown_name,
    virtual_camera,
    virtual_frames,
    webcam_frames,
)
from gesture.camera.webcams import CameraInfo, how_to_fix_exposure, list_cameras, webcam_index
from gesture.errors import CameraError
from gesture.types import Frame

__all__ = ["Camera", "CameraInfo", "list_cameras"]

_log = logging.getLogger("gesture.camera")

_SLOW = 0.8  # a webcam below this share of the rate asked for is worth a word


class Camera:
    """An iterable of `Frame`, from whatever delivers images.

    Args:
        source: a webcam's index (`0` or `"0"`) or device (`"/dev/video0"`); a video file of any kind that
            OpenCV reads (MP4, MKV, AVI, WebM, GIF ...); a folder of images, taken in the order of their
            names; a stream address (`"http://..."`, `"rtsp://..."`); `"virtual"`, the rendered hand making
            every gesture once, or a `VirtualCamera` of your own. A `Path` is always a file or folder.
        rate_hz: images a second asked of a webcam or the virtual hand, and stated for a folder. Default 30.
        image_size: (width, height) in pixels asked of a webcam (which may take its nearest) or the virtual
            hand. Default: the webcam's own.
        timeout_s: a live source that delivers nothing for so long ends in an error.

    Attributes:
        name: the source, for people: `"camera 0"`, the path or the address (without its password).
        is_live: True if the source does not wait for its reader.
        image_size: (width, height) in pixels of the first image.
        requested_rate_hz: the rate asked for; None where the source has its own.

    Raises:
        CameraError: at once, if the source cannot be opened; while iterating, after the last good frame, if a
            live source stops. A file that is damaged or cut off gives what can be read and logs a warning.

    A source is read once: a second loop goes on where the first one stopped. Warnings go to the logger
    `gesture.camera`, among them one if a webcam delivers far less than `rate_hz`.

    Example:
        >>> with Camera("wave.mp4") as camera:  # doctest: +SKIP
        ...     for frame in camera:
        ...         print(f"{frame.time_s:.3f} s", frame.image.shape)
        0.000 s (480, 640, 3)
        0.033 s (480, 640, 3)
    """

    def __init__(
        self,
        source: Source = 0,
        *,
        rate_hz: float | None = None,
        image_size: tuple[int, int] | None = None,
        timeout_s: float = 10.0,
    ) -> None:
        asked_hz = rate_hz or DEFAULT_RATE_HZ
        self._webcam = webcam_index(source)
        self.name = shown_name(source, self._webcam)
        self.requested_rate_hz = None if self._webcam is None and source != "virtual" else asked_hz
        self._expected_hz = 0.0 if self._webcam is None else _SLOW * asked_hz
        self._meter = RateMeter()
        frames, self.is_live = _open(source, self.name, asked_hz, image_size, timeout_s)
        frames = metered(frames, self._meter)
        self._reader = Newest(frames, self.name, timeout_s) if self.is_live else InOrder(frames)
        try:
            self.image_size = self._first_size()
        except BaseException:
            self.close()
            raise

    def _first_size(self) -> tuple[int, int]:
        first = self._reader.peek()
        if first is None:
            raise CameraError(f"{self.name}: holds no image that can be read. {EXPECTED}")
        height, width = first.image.shape[:2]
        return width, height

    @property
    def delivered_rate_hz(self) -> float:
        """Images a second over the latest seconds of the source's own time; 0 before the second image."""
        return self._meter.rate_hz

    @property
    def num_dropped(self) -> int:
        """Images of a live source that came and went between two frames taken; 0 for what is read in full."""
        return self._reader.num_dropped

    def __iter__(self) -> Iterator[Frame]:
        if self.is_live:
            self._meter.restart()  # what came while nobody looked (models loading, say) is no measurement
        for frame in self._reader:
            self._tell_once_if_slow()
            yield frame

    def _tell_once_if_slow(self) -> None:
        if self._webcam is None or not self._meter.is_full or self._meter.rate_hz >= self._expected_hz:
            return
        self._expected_hz = 0.0
        _log.warning(
            "%s: delivers %.0f images a second of the %.0f asked for, so quick gestures will be missed. "
            "More light usually cures it (cameras slow down in dim light); if not, %s.",
            *(self.name, self._meter.rate_hz, self.requested_rate_hz, how_to_fix_exposure(self._webcam)),
        )

    def close(self) -> None:
        """Lets the source go. Safe to call twice; waits a second at most for a source that hangs."""
        self._reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _open(
    source: Source, name: str, rate_hz: float, image_size: tuple[int, int] | None, timeout_s: float
) -> tuple[Frames, bool]:
    """The frames of a source, and whether it is live."""
    index = webcam_index(source)
    if index is not None:
        return webcam_frames(index, rate_hz, image_size), True
    if source == "virtual":
        source = virtual_camera(rate_hz, image_size)
    if not isinstance(source, int | str | Path):
        return virtual_frames(source), source.paced
    if is_address(source):
        capture = open_stream(str(source), name, timeout_s)
        if capture.get(cv2.CAP_PROP_FRAME_COUNT) > 0:  # it states its length: a file on a server
            return file_frames(capture, name), False
        return live_frames(lambda: capture, name), True
    path = Path(str(source))
    if path.is_dir():
        return folder_frames(path, rate_hz), False
    return file_frames(open_file(path), name), False
