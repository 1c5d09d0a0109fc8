"""`video.mkv` beside a recording's landmarks: images with times of their own, readable after a kill.

Each frame is a JPEG in a Matroska cluster of its own, written at once: what a killed process leaves is a whole file up
to its last frame, which ffmpeg, OpenCV and players read. The times are those of the frames, to the microsecond, so
that landmarks can be extracted anew. OpenCV's own writer knows a constant rate only.

The format: RFC 9559 (Matroska), RFC 8794 (EBML).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from gesture.errors import DataError
from gesture.landmarks import Landmarker
from gesture.recording import read_manifest
from gesture.recording.files import disk_errors
from gesture.types import Frame, Recording

VIDEO = "video.mkv"
_JPEG_QUALITY = 85  # about 40 kB for 640 x 480 pixels
_NS_PER_TICK = 1000
_TICKS_PER_S = 1_000_000

_HEADER, _SEGMENT, _INFO, _TRACKS = (
    b"\x1a\x45\xdf\xa3",
    b"\x18\x53\x80\x67",
    b"\x15\x49\xa9\x66",
    b"\x16\x54\xae\x6b",
)
_CLUSTER, _TIMESTAMP, _BLOCK = b"\x1f\x43\xb6\x75", b"\xe7", b"\xa3"
_UNKNOWN_SIZE = b"\x01" + 7 * b"\xff"  # the segment goes on to the end of the file, wherever that is
_BLOCK_HEAD = b"\x81\x00\x00\x80"  # track 1, the cluster's own time, a key frame

Image = NDArray[np.uint8]


class VideoWriter:
    """Writes the frames of a recording as they come; a context manager.

    Args:
        path: must not exist.
        image_size: (width, height) in pixels.

    Raises:
        DataError: the disk says no; the frames before are kept.

    Example:
        >>> with VideoWriter(folder / VIDEO, camera.image_size) as video:  # doctest: +SKIP
        ...     for frame in camera:
        ...         video.append(frame)
    """

    def __init__(self, path: Path, image_size: tuple[int, int]) -> None:
        self.path = path
        with disk_errors(path, "written"):
            self._file = open(path, "xb", buffering=0)  # noqa: SIM115 (closed by __exit__)
            self._write(_head(image_size))
        self._is_empty = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        if self._is_empty:
            self.path.unlink(missing_ok=True)  # as a recording without a frame leaves no folder

    def append(self, frame: Frame) -> None:
        """Add a frame, later than all before; it outlives this process when this returns.

        Raises:
            DataError: the disk says no.
        """
        bgr = cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR)
        jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1].tobytes()
        ticks = round(frame.time_s * _TICKS_PER_S)
        with disk_errors(self.path, "written"):
            self._write(
                _element(_CLUSTER, _element(_TIMESTAMP, _uint(ticks)), _element(_BLOCK, _BLOCK_HEAD + jpeg))
            )
        self._is_empty = False

    def _write(self, data: bytes) -> None:
        end = self._file.tell()
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._file.fileno(), rest) :]
        except OSError:
            self._file.truncate(end)  # no half frames, also where there is room again later
            self._file.seek(end)
            raise


class Video:
    """A recording's `video.mkv`: frames in order, or the one at a time.

    Attributes:
        times_s: float64 (T,), of the whole frames in the file.

    Raises:
        DataError: there is no such file, or it is not one of ours.

    Example:
        >>> with Video(folder / VIDEO) as video:  # doctest: +SKIP
        ...     image = video.image_at(3.2)
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with disk_errors(path, "read"):
            self._file = open(path, "rb")  # noqa: SIM115 (closed by __exit__)
            self._places = list(_clusters(self._file))
            self._file.seek(0)
            is_ours = self._file.read(4) in (_HEADER, b"")
        if not is_ours:
            self._file.close()
            raise DataError(f"{path}: is no video. Expected one that 'gesture record --video' wrote.")
        self.times_s = np.array([time_s for time_s, _, _ in self._places], np.float64)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Frame]:
        for index, (time_s, _, _) in enumerate(self._places):
            yield Frame(self._image(index), time_s)

    def image_at(self, time_s: float) -> Image | None:
        """The newest image (height, width, 3) RGB at a time; None before the first."""
        index = int(np.searchsorted(self.times_s, time_s + 0.5 / _TICKS_PER_S, side="right")) - 1
        return self._image(index) if index >= 0 else None

    def _image(self, index: int) -> Image:
        _, offset, size = self._places[index]
        self._file.seek(offset)
        image = cv2.imdecode(np.frombuffer(self._file.read(size), np.uint8), cv2.IMREAD_COLOR)
        if image is None:
            raise DataError(
                f"{self.path}: image {index} is damaged. Restore the file from a copy, or delete it."
            )
        return cv2.cvtColor(image, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)


def extract_landmarks(folder: str | Path, landmarker: Landmarker) -> Recording:
    """Find the hands in the video of a recording anew: with another engine, or a better one.

    Args:
        folder: the recording's.
        landmarker: a fresh one.

    Returns:
        The recording with its takes, all else as its `recording.json` says; nothing on disk is changed.

    Raises:
        DataError: it has no video, or cannot be read.

    Example:
        >>> with Landmarker(engine="mediapipe") as landmarker:  # doctest: +SKIP
        ...     recording = extract_landmarks("recordings/20260314T091530Z_p1", landmarker)
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    with Video(folder / VIDEO) as video:
        if not len(video):
            raise DataError(f"{video.path}: holds no image. Expected at least one.")
        hand_frames = [landmarker.detect(frame) for frame in video]
    return Recording.from_frames(
        hand_frames,
        person=manifest.person,
        view=manifest.view,
        mirrored=manifest.mirrored,
        takes=manifest.takes,
        engine=landmarker.engine,
        name=folder.resolve().name,
    )


def _head(image_size: tuple[int, int]) -> bytes:
    """Everything before the first frame."""
    width, height = image_size
    header = _element(
        _HEADER,
        _element(b"\x42\x82", b"matroska"),
        _element(b"\x42\x87", _uint(4)),
        _element(b"\x42\x85", _uint(2)),
    )
    info = _element(
        _INFO,
        _element(b"\x2a\xd7\xb1", _uint(_NS_PER_TICK)),
        _element(b"\x4d\x80", b"gesture"),
        _element(b"\x57\x41", b"gesture"),
    )
    size = _element(b"\xe0", _element(b"\xb0", _uint(width)), _element(b"\xba", _uint(height)))
    track = _element(
        b"\xae",
        _element(b"\xd7", _uint(1)),  # number
        _element(b"\x73\xc5", _uint(1)),  # id
        _element(b"\x83", _uint(1)),  # video
        _element(b"\x9c", _uint(0)),  # no lacing
        _element(b"\x86", b"V_MJPEG"),
        size,
    )
    return header + _SEGMENT + _UNKNOWN_SIZE + info + _element(_TRACKS, track)


def _element(name: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return name + (len(body) | 1 << 28).to_bytes(4, "big") + body  # sizes in four bytes: below 256 MiB


def _uint(value: int) -> bytes:
    return value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big")


def _clusters(file: BinaryIO) -> Iterator[tuple[float, int, int]]:
    """Time, place and size of each whole JPEG; ends quietly where a crash cut the file off."""
    length = file.seek(0, os.SEEK_END)
    position = 0
    while position + 8 <= length:
        file.seek(position)
        start = file.read(32)
        if start[:4] == _SEGMENT:
            position += len(_SEGMENT) + len(_UNKNOWN_SIZE)
            continue
        end = position + 8 + _size(start[4:8])
        if start[:4] == _CLUSTER and end <= length:
            ticks_at = 8 + 5  # past the cluster's and the timestamp's name and size
            ticks = int.from_bytes(start[ticks_at : ticks_at + _size(start[9:13])], "big")
            jpeg = position + ticks_at + _size(start[9:13]) + 5 + len(_BLOCK_HEAD)
            yield ticks / _TICKS_PER_S, jpeg, end - jpeg
        position = end


def _size(four_bytes: bytes) -> int:
    return int.from_bytes(four_bytes, "big") & (1 << 28) - 1
