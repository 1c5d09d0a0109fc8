"""What could keep this installation from working, each thing with its remedy: `Finding`s come out.

Everything is looked at where it is; nothing is fetched or changed. Whatever could be broken is imported only by
the check that looks at it.
"""

from __future__ import annotations

import importlib
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from gesture import __version__
from gesture.errors import CameraError, GestureError, ModelError

if TYPE_CHECKING:
    from gesture.camera import CameraInfo

State = Literal["ok", "note", "problem"]

PYTHONS = ((3, 11), (3, 13))
PACKAGES = ("numpy", "ai-edge-litert", "pyarrow", "mediapipe", "tensorflow", "keras")
OPENCV = "opencv-contrib-python"
OPENCV_TWINS = (OPENCV, "opencv-python", "opencv-python-headless", "opencv-contrib-python-headless")
"""All four unpack into one folder, `cv2/`."""
MEASURE_S = 2.0
SLOW = 0.8
MIN_FREE_BYTES = 500_000_000
_REINSTALL = "Install gesture again: in its checkout, 'rm -rf .venv && scripts/setup', or 'pip install .'"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        topic: what it is about.
        state: "ok", "note" (worth knowing) or "problem".
        text: what was found.
        remedy: what to do about a problem.
    """

    topic: str
    state: State
    text: str
    remedy: str = ""


@dataclass(frozen=True)
class CameraState:
    """A webcam, and what it really does.

    Attributes:
        info: what it says of itself.
        delivered_hz: images a second over `MEASURE_S`; 0 if it could not be opened.
        problem: what is wrong, and what to do; "" if nothing is.
    """

    info: CameraInfo
    delivered_hz: float = 0.0
    problem: str = ""


NO_CAMERA = Finding(
    "cameras",
    "problem",
    "no camera is connected",
    "Plug one in (a container or WSL must be given it), or use a video: gesture live --input FILE",
)


def examine(
    recordings: Path = Path("recordings"), models: Path = Path("models"), *, with_cameras: bool = True
) -> Iterator[Finding]:
    """One thing after another, the cameras last, because they take `MEASURE_S` each.

    A check that itself fails is a finding, too: what is broken must not hide the rest.

    Example:
        >>> [finding.topic for finding in examine(with_cameras=False) if finding.state == "problem"]
        []
    """
    checks: dict[str, Callable[[], Iterator[Finding]]] = {
        "versions": _versions,
        "opencv": _opencv,
        "display": _display,
        "hand models": _hand_models,
        "model": _model,
        "recordings": lambda: _recordings(recordings),
        "models": lambda: _models(models),
        "disk": _disk,
    }
    if with_cameras:
        checks["cameras"] = _cameras
    for topic, check in checks.items():
        try:
            yield from check()
        except GestureError as error:
            yield Finding(topic, "problem", str(error))
        except Exception as error:  # a broken library can raise anything
            yield Finding(topic, "problem", f"{type(error).__name__}: {error}", _REINSTALL)


def look_at_cameras(measure_s: float = MEASURE_S) -> Iterator[CameraState]:
    """The webcams, one after another, each watched for a moment.

    Example:
        >>> for camera in look_at_cameras():  # doctest: +SKIP
        ...     print(camera.info.name, camera.delivered_hz, camera.problem)
        Integrated Camera 29.9
    """
    from gesture.camera import list_cameras

    for info in list_cameras():
        state = CameraState(info, problem=info.problem)
        yield state if info.problem else _measured(state, measure_s)


def _cameras() -> Iterator[Finding]:
    found = list(look_at_cameras())
    for camera in found:
        state: State = "problem" if camera.problem else "ok"
        yield Finding("cameras", state, camera.problem or camera_line(camera))
    if not found:
        yield NO_CAMERA


def camera_line(camera: CameraState) -> str:
    """A webcam in a line."""
    width, height = camera.info.image_size
    rates = f"{camera.delivered_hz:.0f} images a second, says {camera.info.rate_hz:.0f}"
    return f"camera {camera.info.index}: {camera.info.name}, {width}x{height}, {rates}"


def _measured(state: CameraState, measure_s: float) -> CameraState:
    from gesture.camera import Camera

    index = state.info.index
    try:
        with Camera(index) as camera:
            times_s = []
            for frame in camera:
                times_s.append(frame.time_s)
                if frame.time_s - times_s[0] >= measure_s:
                    break
            wanted_hz = camera.requested_rate_hz or 0.0
            # What the camera gave; the frames that nobody fetched in time count, too.
            delivered_hz = (len(times_s) - 1 + camera.num_dropped) / max(times_s[-1] - times_s[0], 1e-6)
    except CameraError as error:
        return replace(state, problem=str(error))
    problem = ""
    if delivered_hz < SLOW * wanted_hz:
        problem = (
            f"camera {index}: delivers {delivered_hz:.0f} images a second of the {wanted_hz:.0f} asked for, so quick "
            "gestures will be missed. Turn on a light (cameras slow down in dim light), or try another one."
        )
    return replace(state, delivered_hz=delivered_hz, problem=problem)


def _versions() -> Iterator[Finding]:
    python = platform.python_version()
    system = f"gesture {__version__}, Python {python}, {platform.system()} {platform.machine()}"
    first, last = (".".join(map(str, version)) for version in PYTHONS)
    if PYTHONS[0] <= sys.version_info[:2] <= PYTHONS[1]:
        yield Finding("versions", "ok", system)
    else:
        remedy = (
            f"Install gesture into an environment of one of these: python3.12 -m venv .venv (now {python})"
        )
        yield Finding("versions", "problem", f"{system}; expected Python {first} to {last}", remedy)
    found = {name: _version(name) for name in PACKAGES}
    yield Finding(
        "versions", "ok", ", ".join(f"{name} {version}" for name, version in found.items() if version)
    )
    for name in (name for name, version in found.items() if not version):
        yield Finding("versions", "problem", f"{name} is not installed", f"pip install {name}")


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _opencv() -> Iterator[Finding]:
    found = [name for name in OPENCV_TWINS if _version(name)]
    again = f"pip install --force-reinstall --no-deps {OPENCV}"
    others = " ".join(name for name in found if name != OPENCV)
    listed = ", ".join(f"{name} {_version(name)}" for name in found)
    if len(found) > 1:
        text = f"{listed} are all in one folder, cv2/, and overwrite each other; expected {OPENCV} alone"
        yield Finding("opencv", "problem", text, f"pip uninstall -y {others}, then {again}")
    try:
        version = importlib.import_module("cv2").__version__
    except (ImportError, AttributeError) as error:
        remedy = again
        if "lib" in str(error) and ".so" in str(error):
            remedy = "Install the system's library, on Debian: apt install libgl1 libglib2.0-0"
        yield Finding("opencv", "problem", f"cv2 cannot be imported: {error}", remedy)
        return
    if len(found) == 1:
        yield Finding("opencv", "ok", f"{listed}, cv2 {version}")
    elif not found:
        yield Finding("opencv", "note", f"cv2 {version}, which pip did not install")


def _display() -> Iterator[Finding]:
    from gesture.display.window import display_available

    if display_available():
        yield Finding("display", "ok", "a window can be opened")
        return
    where = (
        f"DISPLAY is {os.environ.get('DISPLAY', '')!r}"
        if sys.platform == "linux"
        else "OpenCV has no windows"
    )
    remedy = "Use a desktop session, or 'gesture live --no-window', which needs none"
    yield Finding("display", "problem", f"no window can be opened: {where}", remedy)


def _hand_models() -> Iterator[Finding]:
    from gesture.landmarks.hand_models import ENVIRONMENT_VARIABLE, SHA256, bundle_path, load_hand_models
    from gesture.landmarks.litert_engine import LitertEngine

    path = bundle_path()
    if not path.exists() and not os.environ.get(ENVIRONMENT_VARIABLE):
        yield Finding("hand models", "note", f"not fetched yet; the first start does it, once, into {path}")
        return
    try:
        models = load_hand_models(path)
    except ModelError as error:
        remedy = f"Delete {path}; the next start fetches it again"
        yield Finding("hand models", "problem", str(error), remedy)
        return
    hashes = " and ".join(digest[:12] for digest in SHA256)
    yield Finding("hand models", "ok", f"{path}, sha256 {hashes} as published, {_when(path)}")
    LitertEngine(models, num_hands=1).close()
    yield Finding("hand models", "ok", f"LiteRT {_version('ai-edge-litert')} loads them")


def _model() -> Iterator[Finding]:
    from gesture.manifest import MANIFEST, find_model
    from gesture.runtime import GestureModel

    folder = find_model()
    labels = GestureModel.load(folder).manifest.labels[1:]
    yield Finding(
        "model", "ok", f"'gesture live' uses {folder}, {_when(folder / MANIFEST)}: {', '.join(labels)}"
    )


def _recordings(root: Path) -> Iterator[Finding]:
    from gesture.recording import MANIFEST, recording_folders

    yield _newest("recordings", root, [folder / MANIFEST for folder in recording_folders(root)])


def _models(root: Path) -> Iterator[Finding]:
    from gesture.manifest import MANIFEST

    yield _newest("models", root, list(root.glob(f"*/{MANIFEST}")))


def _newest(topic: str, root: Path, manifests: list[Path]) -> Finding:
    if not manifests:
        return Finding(topic, "note", f"none in {root.resolve()}")
    newest = max(manifests, key=lambda path: path.stat().st_mtime)
    text = f"{len(manifests)} in {root.resolve()}, the last one {newest.parent.name}, {_when(newest)}"
    if not os.access(root, os.W_OK):
        return Finding(topic, "problem", f"{text}; it cannot be written to", "Change its permissions")
    return Finding(topic, "ok", text)


def _disk() -> Iterator[Finding]:
    free_bytes = shutil.disk_usage(".").free
    text = f"{free_bytes / 1e9:.1f} GB free here"
    if free_bytes < MIN_FREE_BYTES:
        yield Finding("disk", "problem", text, "Free some: recordings need 1 MB a minute, a model 1 MB")
    else:
        yield Finding("disk", "ok", text)


def _when(path: Path) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(path.stat().st_mtime))
