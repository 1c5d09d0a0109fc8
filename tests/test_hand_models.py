"""Fetching the hand models: two ways, checked hashes, a cache that survives whatever happens to it.

A web server on this machine stands in for the official address and a folder with a small wheel for the
package index; pip, the lock and the processes are real.
"""

from __future__ import annotations

import hashlib
import http.server
import io
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gesture.errors import ModelError
from gesture.landmarks import hand_models
from gesture.landmarks.hand_models import load_hand_models

pytestmark = pytest.mark.usefixtures("cache", "index")

MEMBERS = (b"palm detector " * 1000, b"hand landmarks " * 1000)
SHA256 = tuple(hashlib.sha256(member).hexdigest() for member in MEMBERS)


def archive(names: tuple[str, ...], contents: tuple[bytes, ...], **others: str) -> bytes:
    with zipfile.ZipFile(buffer := io.BytesIO(), "w") as opened:
        for name, content in [*zip(names, contents, strict=True), *others.items()]:
            opened.writestr(name, content)
    return buffer.getvalue()


BUNDLE = archive(hand_models.BUNDLE_MEMBERS, MEMBERS)
OTHER_BUNDLE = archive(hand_models.BUNDLE_MEMBERS, (MEMBERS[0], b"another landmark model"))


pause = time.sleep
"""For the server, which goes on when a test makes Ctrl-C of `time.sleep`."""


class OfficialAddress(http.server.ThreadingHTTPServer):
    """Serves `body` in pieces, with a pause after each; only `num_sent` bytes of it where that is given."""

    daemon_threads = True
    status = 200
    body = BUNDLE
    num_sent: int | None = None
    num_pieces = 1
    pause_s = 0.0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.num_requests = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{hand_models.BUNDLE_NAME}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what some of the tests are about."""


class Answer(http.server.BaseHTTPRequestHandler):
    server: OfficialAddress

    def do_GET(self) -> None:
        served = self.server
        served.num_requests += 1
        self.send_response(served.status)
        self.send_header("Content-Length", str(len(served.body)))
        self.end_headers()
        for part in np.array_split(
            np.frombuffer(served.body[: served.num_sent], np.uint8), served.num_pieces
        ):
            self.wfile.write(part.tobytes())
            self.wfile.flush()
            pause(served.pause_s)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def official() -> Iterator[OfficialAddress]:
    with OfficialAddress() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package index that is a folder; empty, so out of reach, until a test puts a wheel there."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def publish(index: Path, members: tuple[bytes, ...] = MEMBERS) -> None:
    about = {
        "mediapipe-0.10.21.dist-info/METADATA": "Metadata-Version: 2.1\nName: mediapipe\nVersion: 0.10.21\n",
        "mediapipe-0.10.21.dist-info/WHEEL": "Wheel-Version: 1.0\nTag: cp312-cp312-manylinux_2_28_x86_64\n",
        "mediapipe-0.10.21.dist-info/RECORD": "",
    }
    wheel = index / "mediapipe-0.10.21-cp312-cp312-manylinux_2_28_x86_64.whl"
    wheel.write_bytes(archive(hand_models.WHEEL_MEMBERS, members, **about))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, official: OfficialAddress) -> Path:
    """An empty cache, both ways led to stand-ins, small models for real ones."""
    folder = tmp_path / "cache"
    monkeypatch.delenv(hand_models.ENVIRONMENT_VARIABLE, raising=False)
    monkeypatch.setattr(hand_models, "cache_directory", lambda: folder)
    monkeypatch.setattr(hand_models, "OFFICIAL_URL", official.url)
    monkeypatch.setattr(hand_models, "SHA256", SHA256)
    return folder


def left_in(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*")} - {"hand_landmarker.lock"}


def test_the_models_come_from_the_official_address_once(cache, official):
    first = load_hand_models()
    again = load_hand_models()
    assert (first.palm_detector, first.hand_landmarks) == MEMBERS
    assert first == again
    assert official.num_requests == 1
    assert left_in(cache) == {"hand_landmarker.task"}


def test_the_bundle_is_a_stored_zip_under_mediapipes_names():
    with zipfile.ZipFile(load_hand_models().bundle) as bundle:
        assert tuple(bundle.namelist()) == hand_models.BUNDLE_MEMBERS
        assert {member.compress_type for member in bundle.infolist()} == {zipfile.ZIP_STORED}


def test_the_wheel_on_the_package_index_gives_the_very_same_bundle(cache, official, index):
    from_official = load_hand_models().bundle.read_bytes()
    (cache / "hand_landmarker.task").unlink()
    official.status = 404
    publish(index)
    assert load_hand_models().bundle.read_bytes() == from_official
    assert left_in(cache) == {"hand_landmarker.task"}


@pytest.mark.parametrize(
    ("body", "num_sent"),
    [(OTHER_BUNDLE, None), (b"<html>Sign in to this network</html>", None), (BUNDLE, 9000)],
)
def test_what_is_not_the_published_bundle_is_refused_and_leaves_nothing(cache, official, body, num_sent):
    official.body, official.num_sent = body, num_sent
    with pytest.raises(ModelError, match="hand models: "):
        load_hand_models()
    assert left_in(cache) == set()


def test_a_wheel_with_other_models_is_refused(cache, official, index):
    official.status = 404
    publish(index, (b"another palm detector", MEMBERS[1]))
    with pytest.raises(ModelError, match=r"palm_detection_full\.tflite does not have the published hash"):
        load_hand_models()
    assert left_in(cache) == set()


def test_the_error_names_both_addresses_their_reasons_and_the_way_without_network(official):
    official.status = 503
    with pytest.raises(ModelError) as caught:
        load_hand_models()
    text = str(caught.value)
    assert f"{official.url}: HTTP 503;" in text
    assert "package index (mediapipe==0.10.21): No matching distribution found" in text
    assert "--hand-model PATH" in text
    assert "GESTURE_HAND_MODEL" in text
    assert "\n" not in text


def test_a_host_that_does_not_exist_is_named_in_a_few_words(monkeypatch):
    monkeypatch.setattr(hand_models, "OFFICIAL_URL", "https://models.invalid/hand_landmarker.task")
    with pytest.raises(ModelError, match=r"https://models\.invalid/hand_landmarker\.task: [^()]{5,80};"):
        load_hand_models()


SILENCE_S = 20.0


def never_answer(*_: object, **__: object) -> None:
    time.sleep(SILENCE_S)


@pytest.mark.parametrize("num_sent", [0, 9000, "no address"])
def test_a_network_that_falls_silent_is_given_up_soon(official, index, monkeypatch, num_sent):
    monkeypatch.setattr(hand_models, "OFFICIAL_PATIENCE_S", 0.3)
    if num_sent == "no address":
        monkeypatch.setattr("socket.getaddrinfo", never_answer)
    else:
        official.pause_s, official.num_sent = SILENCE_S, num_sent
    publish(index)
    started_s = time.monotonic()
    assert load_hand_models().palm_detector == MEMBERS[0]
    assert time.monotonic() - started_s < SILENCE_S / 2


def test_a_slow_network_is_waited_for(official, monkeypatch):
    monkeypatch.setattr(hand_models, "OFFICIAL_PATIENCE_S", 0.5)
    official.num_pieces, official.pause_s = 6, 0.15
    assert load_hand_models().hand_landmarks == MEMBERS[1]


def test_without_pip_the_error_says_how_to_add_it(official, monkeypatch):
    official.status = 404
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ModelError, match=r"has no pip, '.*' adds it"):
        load_hand_models()


def test_a_cached_bundle_needs_no_network(monkeypatch):
    load_hand_models()
    monkeypatch.setattr(hand_models, "OFFICIAL_URL", "https://models.invalid/")
    assert load_hand_models().palm_detector == MEMBERS[0]


@pytest.mark.parametrize(
    "damage", [b"", BUNDLE[:5000], OTHER_BUNDLE, BUNDLE.replace(b"landmarks", b"landmines")]
)
def test_a_damaged_cache_is_fetched_again(official, damage):
    bundle = load_hand_models().bundle
    bundle.write_bytes(damage)
    assert load_hand_models().hand_landmarks == MEMBERS[1]
    assert official.num_requests == 2


def test_ctrl_c_in_the_middle_leaves_nothing(cache, official, monkeypatch):
    official.pause_s, official.num_sent = 1.0, 9000

    def press_ctrl_c(_: float) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as pressed:
        pressed.setattr("gesture.landmarks.hand_models.time.sleep", press_ctrl_c)
        with pytest.raises(KeyboardInterrupt):
            load_hand_models()
    assert left_in(cache) == set()


LOAD = f"""
import pathlib, sys
from gesture.landmarks import hand_models
hand_models.cache_directory = lambda: pathlib.Path(sys.argv[1])
hand_models.OFFICIAL_URL = sys.argv[2]
hand_models.SHA256 = {SHA256}
print(len(hand_models.load_hand_models().palm_detector))
"""


def start_loading(cache: Path, official: OfficialAddress) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", LOAD, str(cache), official.url], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, cwd=Path(__file__).parent.parent,
    )  # fmt: skip


def test_two_processes_at_once_fetch_once(cache, official):
    official.num_pieces, official.pause_s = 5, 0.1
    both = [start_loading(cache, official) for _ in range(2)]
    assert [process.communicate() for process in both] == [(f"{len(MEMBERS[0])}\n", "")] * 2
    assert official.num_requests == 1


@pytest.mark.skipif(os.name == "nt", reason="kills by signal")
def test_what_a_killed_process_left_is_cleared_away(cache, official):
    official.pause_s, official.num_sent = 5.0, 9000
    killed = start_loading(cache, official)
    while not (cache / "fetching" / "hand_landmarker.task").exists():
        assert killed.poll() is None
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert left_in(cache) == {"fetching", "hand_landmarker.task"}
    assert not (cache / "hand_landmarker.task").exists()
    official.pause_s, official.num_sent = 0.0, None
    load_hand_models()
    assert left_in(cache) == {"hand_landmarker.task"}


def test_a_cache_that_cannot_be_written_is_named(cache):
    cache.write_text("a file where the folder should be")
    with pytest.raises(ModelError, match=r"cannot be kept in .*cache.*--hand-model"):
        load_hand_models()


@pytest.mark.parametrize("way", ["argument", "environment"])
@pytest.mark.parametrize(
    ("content", "error"),
    [
        (BUNDLE, None),
        (OTHER_BUNDLE, "hand_landmarks_detector.tflite does not have the published hash"),
        (archive(("hand_detector.tflite",), MEMBERS[:1]), "not a bundle of hand models"),
        (b"not a zip", "not a bundle of hand models"),
        (None, "no such file"),
    ],
)
def test_a_given_bundle_is_used_without_network_or_refused_by_name(
    cache, official, tmp_path, monkeypatch, way, content, error
):
    given = tmp_path / "손 모형.task"
    if content is not None:
        given.write_bytes(content)
    if way == "environment":
        monkeypatch.setenv(hand_models.ENVIRONMENT_VARIABLE, str(given))
    argument = given if way == "argument" else None
    if error is None:
        assert load_hand_models(argument).bundle == given
    else:
        with pytest.raises(ModelError, match=rf"손 모형\.task: {error}.*Expected MediaPipe's"):
            load_hand_models(argument)
    assert official.num_requests == 0
    assert not cache.exists()
