"""`landmarks.arrows` as a file that grows: appended to, flushed, mended; one process at a time."""

from __future__ import annotations

import errno
import io
import math
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from gesture.errors import DataError
from gesture.recording.files import disk_errors
from gesture.recording.frames import END_OF_STREAM, MAX_BATCH_FRAMES, Frames, batch_message, schema_message
from gesture.recording.manifest import MANIFEST
from gesture.types import HandFrame

FLUSH_S = 1.0
"""How far the file may lie behind, in the recording's seconds: the most that a kill can lose."""


class FrameStream:
    """`landmarks.arrows` while it is being written.

    The file's lock is held meanwhile, so that nobody mends what is still growing. A write that fails loses
    nothing: the frames wait here, and the next write starts again behind the last whole batch. To be ended by
    `finish` and `release`, or by `discard`.

    Attributes:
        path: the file.
        num_frames: how many were appended.
        first_s, last_s: the times of the first and the last of them; NaN before there are any.

    Raises:
        DataError: the disk says no, another process is writing the file, or it is part of a recording.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.num_frames = 0
        self.first_s = self.last_s = self._written_s = math.nan
        self._waiting: list[HandFrame] = []
        self._end = 0
        with disk_errors(path, "written"), ExitStack() as undo:
            self._file = open(path, "ab", buffering=0)  # noqa: SIM115 - closed by release()
            undo.callback(self.release)
            _lock(self._file)
            if (path.parent / MANIFEST).exists():
                raise FileExistsError(errno.EEXIST, "a recording of that name exists")
            undo.callback(self.discard)
            self._write(schema_message())
            # The first batch spends 20 ms on imports: here, not between two frames.
            batch_message([HandFrame.empty(0.0, (1, 1))])
            undo.pop_all()

    def append(self, frame: HandFrame) -> None:
        """Add a row; every second of the recording, write a batch.

        Raises:
            DataError: the frame is not later than the last one, or the disk says no.
        """
        if not math.isfinite(frame.time_s) or frame.time_s <= self.last_s:
            raise DataError(
                f"{self.path}: frame {self.num_frames} has time {frame.time_s} s. Expected a time later than "
                f"the last frame's, {self.last_s} s. Check the source's clock."
            )
        if not self.num_frames:
            self.first_s = self._written_s = frame.time_s
        self.last_s = frame.time_s
        self.num_frames += 1
        self._waiting.append(frame)
        if frame.time_s - self._written_s >= FLUSH_S or len(self._waiting) >= MAX_BATCH_FRAMES:
            self.flush()

    def flush(self) -> None:
        """Write the frames that wait; they outlive this process.

        Raises:
            DataError: the disk says no. The frames go on waiting.
        """
        while self._waiting:
            frames = self._waiting[:MAX_BATCH_FRAMES]
            with disk_errors(self.path, "written"):
                self._write(batch_message(frames), len(frames))
            self._written_s = frames[-1].time_s

    def sync(self) -> None:
        """Write the frames that wait; they outlive a power cut. Milliseconds, so not for every frame.

        Raises:
            DataError: the disk says no.
        """
        self.flush()
        with disk_errors(self.path, "written"):
            os.fsync(self._file.fileno())

    def finish(self) -> None:
        """Write what waits and the end of the stream. Nothing can follow.

        Raises:
            DataError: the disk says no.
        """
        self.flush()
        with disk_errors(self.path, "written"):
            self._write(END_OF_STREAM)
        self.sync()

    def release(self) -> None:
        """Close the file as it is, for others to work on."""
        self._file.close()

    def discard(self) -> None:
        """Close and remove the file, and its folder if nothing else is in it."""
        self.release()
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
            self.path.parent.rmdir()

    def _write(self, message: bytes, num_frames: int = 0) -> None:
        # By its path, because on Unix a deleted file can be written without complaint.
        if os.stat(self.path).st_size != self._end:
            self._file.truncate(self._end)  # what a failed write left
        rest = memoryview(message)
        while rest:
            rest = rest[os.write(self._file.fileno(), rest) :]
        # In one statement, so that Ctrl-C cannot fall between the two and leave a batch to be written twice.
        self._end, self._waiting = self._end + len(message), self._waiting[num_frames:]


def finish_stream(path: Path, frames: Frames) -> None:
    """End a stream whose writer died: cut off its unfinished batch and write the end.

    Raises:
        BlockingIOError: its writer is alive.
        OSError: the file cannot be written, or nobody can tell whether its writer is alive.
    """
    with open(path, "r+b", buffering=0) as file:
        if not _lock(file):
            raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))
        if os.fstat(file.fileno()).st_size != frames.num_bytes:
            return  # another process mended it since it was read
        file.truncate(frames.whole_bytes)
        file.seek(frames.whole_bytes)
        file.write(END_OF_STREAM if frames.whole_bytes else schema_message() + END_OF_STREAM)


@contextmanager
def hold(path: Path) -> Iterator[None]:
    """Keep other processes from recording into a stream or changing its takes meanwhile.

    Raises:
        DataError: another process is doing so, or the file cannot be opened.
    """
    with disk_errors(path, "written"), open(path, "r+b", buffering=0) as file:
        _lock(file)
        yield


def _lock(file: io.FileIO) -> bool:
    """Hold the file until it is closed or the process dies.

    Returns:
        False where the disk knows no locks, as some network drives.

    Raises:
        BlockingIOError: another process holds it.
    """
    from filelock import lock_descriptor

    try:
        held = lock_descriptor(file.fileno(), blocking=False)
    except OSError:
        return False
    if not held:
        raise BlockingIOError(errno.EWOULDBLOCK, "another process is working on it")
    return True
