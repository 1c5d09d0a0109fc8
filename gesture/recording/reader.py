"""Folders -> `Recording`s. What a crash cut short is read up to its last whole batch, and mended."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from gesture.errors import DataError
from gesture.recording.files import half_written
from gesture.recording.frames import LANDMARKS, Frames, read_frames
from gesture.recording.manifest import MANIFEST, check_takes_inside, read_manifest, span_s
from gesture.recording.stream import finish_stream
from gesture.types import Recording

_logger = logging.getLogger("gesture.recording")
_HOW_TO_RECORD = "Record some with 'gesture record LABEL --person NAME'."


def read_recording(path: str | Path) -> Recording:
    """Read one recording.

    A stream that a crash or a power cut left unfinished is read up to its last whole batch and ended there,
    which the logger `gesture.recording` says once. One that is still being recorded is left alone.

    Args:
        path: the recording's folder.

    Raises:
        DataError: the recording cannot be used; the line names the file, what was expected and what to do.

    Example:
        >>> recording = read_recording("recordings/20260314T091530Z_p1")  # doctest: +SKIP
        >>> recording.landmarks.shape  # doctest: +SKIP
        (312, 2, 21, 3)
    """
    folder = Path(path)
    manifest = read_manifest(folder)
    frames = read_frames(folder / LANDMARKS)
    if frames.state != "finished":
        _mend(folder, frames)
    check_takes_inside(str(folder / MANIFEST), manifest.takes, *span_s(frames.times_s))
    return Recording(
        frames.times_s,
        frames.landmarks,
        frames.world_landmarks,
        frames.scores,
        frames.presence,
        takes=manifest.takes,
        person=manifest.person,
        image_size=manifest.image_size,
        view=manifest.view,
        mirrored=manifest.mirrored,
        engine=manifest.engine,
        name=os.path.basename(os.path.abspath(folder)),
    )


def load_recordings(folder: str | Path) -> list[Recording]:
    """Read every recording below a folder, or the one that the folder is, oldest first.

    Hidden folders and recordings without a frame are left out. A recording that cannot be read is reported on
    the logger `gesture.recording` and left out, unless it is the only one.

    Raises:
        DataError: there is no such folder, nothing in it, or nothing in it can be read.

    Example:
        >>> recordings = load_recordings("recordings")  # doctest: +SKIP
        >>> sorted({recording.person for recording in recordings})  # doctest: +SKIP
        ['p1', 'p2']
    """
    root = Path(folder)
    if not root.is_dir():
        raise DataError(f"{root}: no such folder. Expected a folder of recordings. {_HOW_TO_RECORD}")
    folders = recording_folders(root)
    if folders == [root]:
        return [read_recording(root)]
    recordings, problems = [], []
    for each in folders:
        try:
            recordings.append(read_recording(each))
        except DataError as error:
            problems.append(error)
            _logger.warning("Left out. %s", error)
    recordings = [recording for recording in recordings if len(recording)]
    if not recordings and problems:
        raise DataError(
            f"{root}: none of its {len(folders)} recordings can be used. The first: {problems[0]}"
        )
    if not recordings:
        raise DataError(f"{root}: holds no recordings. {_HOW_TO_RECORD}")
    return recordings


def recording_folders(root: Path) -> list[Path]:
    """Every recording below a folder, by name; the folder itself if it is one. Hidden ones are left out."""
    found = (path.parent for path in root.rglob(MANIFEST))
    visible = (
        each for each in found if not any(part.startswith(".") for part in each.relative_to(root).parts)
    )
    return sorted(visible, key=lambda each: (each.name, each))


def _mend(folder: Path, frames: Frames) -> None:
    path = folder / LANDMARKS
    kept = f"{len(frames.times_s)} frames" + (
        f" up to {frames.times_s[-1]:.1f} s" if len(frames.times_s) else ""
    )
    if frames.state == "damaged":
        _logger.warning(
            "%s: damaged at byte %d of %d. Read: %s. Restore it from a copy if there is one.",
            *(path, frames.whole_bytes, frames.num_bytes, kept),
        )
        return
    try:
        finish_stream(path, frames)
        half_written(folder / MANIFEST).unlink(missing_ok=True)
    except BlockingIOError:
        _logger.info("%s: is being recorded. Read: %s.", path, kept)
        return
    except OSError:
        pass  # read-only: mended in memory each time it is read
    _logger.warning("%s: was cut short by a crash. All that was written is kept: %s.", path, kept)
