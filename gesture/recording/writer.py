"""Frames and takes -> a recording's folder, as they happen."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from gesture.errors import DataError
from gesture.recording.files import disk_errors
from gesture.recording.frames import LANDMARKS
from gesture.recording.manifest import (
    MANIFEST,
    Manifest,
    check_take,
    check_takes_inside,
    read_manifest,
    span_s,
    write_manifest,
)
from gesture.recording.names import check_name
from gesture.recording.reader import read_recording
from gesture.recording.stream import FrameStream, hold
from gesture.types import IGNORE, HandFrame, Recording, Take, View

_logger = logging.getLogger("gesture.recording")


class RecordingWriter:
    """A recording as it happens; a context manager.

    Frames reach the file within `FLUSH_S` of the recording, a take at once and with every frame before it.
    Whatever kills the process, the rest is readable; a power cut may also take the frames since the last kept
    take. A recording without a frame leaves no folder.

    Args:
        root: the folder of recordings; made if missing. The recording gets a folder of its own in it.
        person: whose hands: see `check_name`.
        image_size: (width, height) in pixels, of every frame.
        view, mirrored, engine: as in `Recording`.
        source: the camera, file or stream, in words.

    Attributes:
        path: the recording's folder.

    Raises:
        DataError: the person's name cannot be used, or the disk says no.

    Example:
        >>> size = (640, 480)
        >>> with RecordingWriter("recordings", person="p1", image_size=size) as writer:  # doctest: +SKIP
        ...     writer.append(landmarker.detect(frame))
    """

    def __init__(
        self,
        root: str | Path,
        *,
        person: str,
        image_size: tuple[int, int],
        view: View = "facing",
        mirrored: bool = False,
        engine: str = "",
        source: str = "",
    ) -> None:
        person = check_name("person", person)
        width, height = image_size
        size = (int(width), int(height))
        self._manifest = Manifest(person, size, view, mirrored, engine, _now_utc(), source)
        self._kept: tuple[Take, ...] = ()
        self.path = _new_folder(Path(root), self._manifest)
        self._stream = FrameStream(self.path / LANDMARKS)
        self._is_open = True
        try:
            write_manifest(self.path, self._manifest)  # last: from here on the folder is a recording
        except BaseException:
            self._stream.discard()
            raise

    def __enter__(self) -> RecordingWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except DataError as closing:
            if error is None:
                raise
            if not isinstance(error, DataError):  # then it has been said why
                _logger.warning("%s", closing)

    @property
    def takes(self) -> tuple[Take, ...]:
        """The takes on disk, `ignore` among them, in the order they were kept."""
        return self._kept

    @property
    def num_frames(self) -> int:
        """How many frames were appended."""
        return self._stream.num_frames

    def append(self, frame: HandFrame) -> None:
        """Add a frame. Costs microseconds; once a second of the recording, a write.

        Raises:
            DataError: its time or size does not fit the frames before, or the disk says no. What was written
                before is kept, and the frame with it as soon as a later write succeeds.
        """
        if frame.image_size != self._manifest.image_size:
            raise DataError(
                f"{self.path}: frame {self.num_frames} is {_size(frame.image_size)}. Expected "
                f"{_size(self._manifest.image_size)} throughout. Start another recording for another size."
            )
        self._stream.append(frame)

    def keep(self, *takes: Take) -> None:
        """Add takes to the recording, all or none; they are on disk when this returns.

        Raises:
            DataError: a take lies outside the frames so far, or cannot be used; or the disk says no.
        """
        checked = tuple(check_take(take) for take in takes)
        check_takes_inside(str(self.path), checked, self._stream.first_s, self._stream.last_s)
        self._replace_takes(self._kept + checked)

    def ignore(self, start_s: float, end_s: float) -> None:
        """Keep an interval that is trained as nothing: a discarded take, a countdown, the edge of a take.

        An empty interval leaves everything as it is.

        Raises:
            DataError: as `keep`.
        """
        if start_s < end_s:
            self.keep(Take(start_s, end_s, IGNORE, "both"))

    def remove_last_take(self) -> Take | None:
        """Turn the take that was kept last into `ignore`.

        Returns:
            The take that was removed; None if there is none.

        Raises:
            DataError: the disk says no; the take is still there.
        """
        index = max((i for i, take in enumerate(self._kept) if take.label != IGNORE), default=None)
        if index is None:
            return None
        removed = self._kept[index]
        ignored = Take(removed.start_s, removed.end_s, IGNORE, "both")
        self._replace_takes((*self._kept[:index], ignored, *self._kept[index + 1 :]))
        return removed

    def close(self) -> None:
        """Write what waits and end the recording. A second call does nothing.

        Raises:
            DataError: the disk says no; what was written before is kept.
        """
        if not self._is_open:
            return
        self._is_open = False
        try:
            self._stream.finish()
        finally:
            self._stream.release()
        if not self.num_frames:
            with disk_errors(self.path, "written"):
                (self.path / MANIFEST).unlink(missing_ok=True)
            self._stream.discard()

    def _replace_takes(self, takes: tuple[Take, ...]) -> None:
        self._stream.sync()  # first, so that no take on disk lies beyond the frames on disk
        write_manifest(self.path, replace(self._manifest, takes=takes))
        self._kept = takes


def save_recording(recording: Recording, root: str | Path, *, source: str = "") -> Path:
    """Write a whole recording, one that was generated or imported.

    Its folder bears the recording's name, or the time and the person where it has none. It becomes a
    recording only when everything is written, so one that was interrupted can simply be saved again.

    Args:
        recording: what to write.
        root: the folder of recordings; made if missing.
        source: where it came from, in words.

    Returns:
        The recording's folder.

    Raises:
        DataError: a recording of that name exists, the recording cannot be used, or the disk says no.

    Example:
        >>> save_recording(recording, "recordings", source="clips/wave_01.mp4")  # doctest: +SKIP
        PosixPath('recordings/wave_01')
    """
    size = (int(recording.image_size[0]), int(recording.image_size[1]))
    takes = tuple(check_take(take) for take in recording.takes)
    manifest = Manifest(
        check_name("person", recording.person),
        size,
        recording.view,
        recording.mirrored,
        recording.engine,
        _now_utc(),
        source,
        takes,
    )
    check_takes_inside(recording.name or "recording", takes, *span_s(recording.times_s))
    folder = (
        _named_folder(Path(root), recording.name) if recording.name else _new_folder(Path(root), manifest)
    )
    stream = FrameStream(folder / LANDMARKS)
    try:
        for index in range(len(recording)):
            stream.append(recording.frame(index))
        stream.finish()
        write_manifest(folder, manifest)
    except BaseException:
        stream.discard()
        raise
    stream.release()
    return folder


def replace_takes(path: str | Path, takes: Iterable[Take]) -> None:
    """Give a recording other takes, atomically; everything else in its `recording.json` stays.

    Args:
        path: the recording's folder.
        takes: all of them, in any order.

    Raises:
        DataError: a take lies outside the recording or cannot be used, the recording cannot be read or is
            being recorded, or the disk says no. The takes are then as they were.

    Example:
        >>> takes = [Take(1.2, 2.1, "wave", "left")]
        >>> replace_takes("recordings/20260314T091530Z_p1", takes)  # doctest: +SKIP
    """
    folder = Path(path)
    checked = tuple(check_take(take) for take in takes)
    times_s = read_recording(folder).times_s
    check_takes_inside(str(folder), checked, *span_s(times_s))
    with hold(folder / LANDMARKS):
        write_manifest(folder, replace(read_manifest(folder), takes=checked))


def _now_utc() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _size(image_size: tuple[int, int]) -> str:
    return "{} x {} px".format(*image_size)


def _new_folder(root: Path, manifest: Manifest) -> Path:
    """A folder that nobody else has: making it fails where it exists, also for two processes at once."""
    stamp = manifest.recorded_utc.replace("-", "").replace(":", "")
    name, number = f"{stamp}_{manifest.person}", 1
    with disk_errors(root, "written"):
        root.mkdir(parents=True, exist_ok=True)
        while True:
            folder = root / (name if number == 1 else f"{name}-{number}")
            try:
                folder.mkdir()
                return folder
            except FileExistsError:
                number += 1


def _named_folder(root: Path, name: str) -> Path:
    folder = root / check_name("recording", name)
    with disk_errors(folder, "written"):
        folder.mkdir(parents=True, exist_ok=True)
    return folder
