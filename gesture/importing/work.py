"""Sources -> recordings on disk, one each, in several processes. What is done stays done, whatever fails."""

from __future__ import annotations

import hashlib
import logging
import multiprocessing
import re
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from gesture.errors import DataError, GestureError
from gesture.importing.arrays import read_array, read_frames
from gesture.importing.keypoints import read_poses, read_tips
from gesture.importing.settings import Settings
from gesture.importing.sources import Source
from gesture.importing.takes import with_takes
from gesture.recording import MANIFEST, check_name, read_manifest, recording_folders, save_recording
from gesture.types import Recording

_DIGEST = re.compile(r"sha256 ([0-9a-f]{16})")
_PROCESS_DIED = (
    "a process ended while it was being imported, or another was: out of memory, or a file that the decoder "
    "cannot stand. Import again: what is done is kept, and --workers 1 shows which file it is."
)


@dataclass(frozen=True)
class Outcome:
    """What became of a source.

    Attributes:
        source: which.
        state: "imported", "there" (imported before) or "failed".
        recording: its folder; None if it failed.
        message: why it failed.
        notes: what else is worth saying about it, one sentence each.
    """

    source: Source
    state: Literal["imported", "there", "failed"]
    recording: Path | None = None
    message: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Job:
    source: Source
    root: Path
    name: str
    settings: Settings
    known: dict[str, Path]


def import_sources(
    sources: Sequence[Source], root: Path, settings: Settings, *, workers: int = 1
) -> Iterator[Outcome]:
    """Make a recording of each source.

    A source that was imported before, recognised by its content, is left as it is. Interrupted, it keeps what
    is done and can simply be started again.

    Args:
        sources: what to import.
        root: the folder of recordings; made if missing.
        settings: how to read them.
        workers: processes. With 1 everything happens in this one.

    Yields:
        An `Outcome` for each source as soon as it is done; with several workers in any order.
    """
    known = imported_before(root)
    names = _unique_names(sources, root)
    jobs = [_Job(source, root, name, settings, known) for source, name in zip(sources, names, strict=True)]
    yield from map(_run, jobs) if workers == 1 else _run_in_processes(jobs, workers)


def imported_before(root: Path) -> dict[str, Path]:
    """The recordings that were imported, by the digest of what they were imported from."""
    found = {}
    for folder in recording_folders(root):
        try:
            source = read_manifest(folder).source
        except DataError:
            continue  # whoever reads the recordings hears of it
        if match := _DIGEST.search(source):
            found[match[1]] = folder
    return found


def _run_in_processes(jobs: Sequence[_Job], workers: int) -> Iterator[Outcome]:
    # Not forked: threads of OpenCV and LiteRT do not survive that.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(jobs) or 1), context, _leave_ctrl_c_to_the_parent) as pool:
        with (
            _ctrl_c_ignored()
        ):  # which the processes inherit: one that is just starting would print a traceback
            futures = {pool.submit(_run, job): job for job in jobs}
        try:
            for future in as_completed(futures):
                try:
                    yield future.result()
                except BrokenProcessPool:
                    yield Outcome(futures[future].source, "failed", message=_PROCESS_DIED)
        except BaseException:  # Ctrl-C: a recording is there when it is whole, so what is half done may go
            for process in multiprocessing.active_children():
                process.terminate()
            # The pool's own thread is waited for: one that is still closing its pipes while Python exits prints a
            # traceback.
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _leave_ctrl_c_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # on Windows nothing is inherited


@contextmanager
def _ctrl_c_ignored() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():  # no other may say what a signal does
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _run(job: _Job) -> Outcome:
    with _collected_warnings() as notes:
        try:
            digest = _digest(job.source)
            if digest in job.known:
                return Outcome(job.source, "there", job.known[digest])
            recording, problems = _read(job.source, job.settings)
            source = f"{job.source.path.name}, sha256 {digest}"
            path = save_recording(replace(recording, name=job.name), job.root, source=source)
        except GestureError as error:
            return Outcome(job.source, "failed", message=str(error), notes=tuple(notes))
        except (OSError, ValueError, MemoryError) as error:
            return Outcome(job.source, "failed", message=f"{job.source.path}: {error}", notes=tuple(notes))
        return Outcome(job.source, "imported", path, notes=(*notes, *problems))


def _read(source: Source, settings: Settings) -> tuple[Recording, list[str]]:
    match source.kind:
        case "video":
            from gesture.importing.videos import read_video

            return with_takes(read_video(source, settings), source.stretches)
        case "array":  # the gesture over and over: all of it is the gesture
            return with_takes(read_array(source, settings), source.stretches, is_trimmed=True)
        case "frames":
            return with_takes(read_frames(source, settings), source.stretches)
        case "poses":
            return read_poses(source, settings), []
        case "table":
            from gesture.upkeep.parquet import read_parquet

            return read_parquet(source.path, source.part), []
        case "tips":
            return read_tips(source), []


def _digest(source: Source) -> str:
    """Of the content, so that a file may be moved or renamed meanwhile."""
    paths = sorted(source.path.iterdir()) if source.path.is_dir() else [source.path]
    digest = hashlib.sha256(source.part.encode())
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()[:16]


def _unique_names(sources: Sequence[Source], root: Path) -> list[str]:
    """A name for each recording that no other has, from the person, the folder and the file."""
    taken = {folder.name.casefold() for folder in (root.iterdir() if root.is_dir() else ())
             if (folder / MANIFEST).exists()}  # fmt: skip
    names = []
    for source in sources:
        name = wanted = _wanted_name(source)
        number = 1
        while name.casefold() in taken:
            number += 1
            name = f"{wanted}-{number}"
        taken.add(name.casefold())
        names.append(name)
    return names


def _wanted_name(source: Source) -> str:
    if source.part:
        return source.part
    stem = source.path.name if source.path.is_dir() else source.path.stem
    label = source.stretches[0].label if source.stretches else ""
    is_in_label = label == source.path.resolve().parent.name and label not in stem  # LABEL/01.mp4
    folder = label if is_in_label else ""
    for parts in ((source.person, folder, stem), (source.person, stem), (source.person, "imported")):
        try:
            return check_name("recording", "_".join(filter(None, parts)))
        except DataError:
            continue  # a folder or file with a name that is no name everywhere
    raise DataError(f"person {source.person!r} is too long. Choose a plain name such as 'p1'.")


@contextmanager
def _collected_warnings() -> Iterator[list[str]]:
    """Warnings, for the parent to print where they do not run into its progress bar."""
    logger = logging.getLogger("gesture")
    messages: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: messages.append(record.getMessage())  # type: ignore[method-assign]
    before, propagates = logger.handlers, logger.propagate
    logger.handlers, logger.propagate = [handler], False
    try:
        yield messages
    finally:
        logger.handlers, logger.propagate = before, propagates
