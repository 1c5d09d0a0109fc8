"""A user from start to end: real windows under a real X server, real keys, the virtual hand before the camera.

Fixtures tell the story, each from where the one before ended. `recorded`: three labels with `gesture record`, one take
thrown away and one undone, idle hands at the end. `trained`: `gesture train`. `fired`: `gesture live`, before which the
same person makes the gestures anew.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from acting_hand import Performance
from desktop import screenshot, xdotool

from gesture.evaluation.onsets import match
from gesture.recording import read_recording
from gesture.session.video import VIDEO, Video
from gesture.types import GestureEvent, Take

pytestmark = pytest.mark.slow

LABELS = ("swipe_left", "circle_cw", "wave")
NUM_TAKES = 5
BACKGROUND_S = 20
PERFORMED = (
    "wave",
    "swipe_left",
    "circle_cw",
    "swipe_left",
    "wave",
    "circle_cw",
    "circle_cw",
    "swipe_left",
    "wave",
)
HERE = Path(__file__).parent
PICTURES = Path(os.environ["GESTURE_SCREENSHOTS"]) if "GESTURE_SCREENSHOTS" in os.environ else None
"""Where screenshots go, for people to look at."""

TELL_KEYS = """
import sys
sys.path.insert(0, sys.argv.pop(1))
from gesture import display
from gesture.cli import main

class Window(display.Window):
    def show(self, image, wait_s=0.0):
        key = super().show(image, wait_s)
        if key is not None:
            print("key", flush=True)
        return key

display.Window = Window
"""

RECORD = """
from acting_hand import ActingHand
from gesture import recorder
from gesture import session
from gesture.camera import Camera

hand = ActingHand(seed=20, rate_hz=20.0, paced=False)
recorder.Camera = lambda source: Camera(hand)

class Told(session.Session):  # tells each phase when it has been on the screen
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.is_shown, self.told = False, ""
        hand.follow(self)

    def update(self, hand_frame):
        if self.is_shown and self.phase != self.told:
            self.told = self.phase
            print(self.phase, flush=True)
        self.is_shown = True
        return super().update(hand_frame)

session.Session = Told
sys.exit(main(sys.argv[1:]))
"""

REVIEW = """
sys.exit(main(sys.argv[1:]))
"""

LIVE = """
from acting_hand import Performance
from gesture import live
from gesture.camera import Camera

performance = Performance(sys.argv.pop(1).split(), rate_hz=20.0)
live.Camera = lambda source: Camera(performance)
sys.exit(main(sys.argv[1:]))
"""


class Program:
    """`gesture` with a window, and somebody at the keyboard. Its output lines say what it does and each key it gets.

    Args:
        display: of the X server.
        title: the window's.
        code: sets the scene, then runs the command.
        arguments: of the command line.
    """

    def __init__(self, display: str, title: str, code: str, *arguments: str) -> None:
        self._display, self._title, self._window = display, title, ""
        self._waiting: deque[str] = deque()
        self.process = subprocess.Popen(
            [sys.executable, "-c", TELL_KEYS + code, str(HERE), *arguments],
            env={**os.environ, "DISPLAY": display},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def lines(self) -> Iterator[str]:
        """What it says, without the keys, to its end."""
        while line := (self._waiting.popleft() if self._waiting else self._read()):
            yield line

    def press(self, *keys: str) -> None:
        """Each key as soon as the one before has arrived: a window takes one for each picture it shows."""
        if not self._window:
            found = xdotool(self._display, "search", "--sync", "--onlyvisible", "--name", self._title)
            self._window = found.splitlines()[-1]
            xdotool(self._display, "windowfocus", "--sync", self._window)
            time.sleep(1)  # keys that rush in before Qt has painted for the first time leave the window black
        for key in keys:
            xdotool(self._display, "key", "--window", self._window, key)
            while (line := self._read()) != "key":
                assert line, self.process.communicate()[1]
                self._waiting.append(line)

    def _read(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


def take_picture(display: str, name: str) -> None:
    if PICTURES is not None:
        cv2.imwrite(str(PICTURES / f"{name}.png"), screenshot(display)[..., ::-1])


@pytest.fixture(scope="module")
def recorded(x_server: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a recording that a user has just made."""
    root = tmp_path_factory.mktemp("user")
    options = ["--person", "me", "--takes", str(NUM_TAKES), "--background", str(BACKGROUND_S)]
    options += ["--to", str(root), "--video", "--no-sound"]
    num_kept, has_undone = 0, False
    with Program(x_server, "gesture record", RECORD, "record", *LABELS, *options) as program:
        for line in program.lines():
            num_kept += line == "kept"
            if num_kept < 3 or line == "background":
                take_picture(x_server, f"record_{num_kept}_{line}")
            if line == "kept" and num_kept == 2:
                program.press("x")
            if line == "countdown" and num_kept == 5 and not has_undone:
                program.press("u")
                has_undone = True
        assert program.process.wait(20) == 0, program.process.communicate()[1]
    assert num_kept == len(LABELS) * NUM_TAKES + 2
    return Path(line)


def labelled(folder: Path) -> list[Take]:
    return [take for take in read_recording(folder).takes if take.label != "ignore"]


def test_what_was_recorded_is_what_was_asked_for(recorded: Path) -> None:
    recording, takes = read_recording(recorded), labelled(recorded)
    assert Counter(take.label for take in takes) == dict.fromkeys(LABELS, NUM_TAKES)
    assert {take.hand for take in takes} == {"right"}
    assert all(0.2 < take.end_s - take.start_s < 5 for take in takes)
    assert recording.duration_s - takes[-1].end_s > BACKGROUND_S
    assert (recording.person, recording.view) == ("me", "facing")
    thrown_away = [take for take in recording.takes if take.label == "ignore"]
    assert len(thrown_away) >= len(takes) + 4  # a countdown for each, and two takes with theirs


def test_the_video_belongs_to_the_landmarks(recorded: Path) -> None:
    recording = read_recording(recorded)
    with Video(recorded / VIDEO) as video:
        np.testing.assert_allclose(video.times_s, recording.times_s, atol=1e-6)


def until(is_so: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline_s
        time.sleep(0.05)


def test_the_user_puts_takes_right_with_the_keyboard(x_server: str, recorded: Path) -> None:
    before = labelled(recorded)
    with Program(x_server, "gesture review", REVIEW, "review", str(recorded)) as program:
        program.press("Right", "r", *"my", "space", *"wave", "Return")
        until(lambda: "my wave" in [take.label for take in labelled(recorded)])
        take_picture(x_server, "review_relabelled")
        program.press("u")
        until(lambda: labelled(recorded) == before)
        program.press(*["period"] * 4, "c")
        until(lambda: len(labelled(recorded)) == len(before) + 1)
        take_picture(x_server, "review_split")
        program.press("u", "2", "x")
        until(lambda: labelled(recorded) == [before[0], *before[2:]])
        program.press("u", "u", "q")
        assert program.process.wait(60) == 0
    assert labelled(recorded) == before


def gesture(*arguments: str, folder: Path) -> str:
    """A command in a process of its own, as at a prompt in a folder; its output."""
    command = [sys.executable, "-m", "gesture", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def trained(recorded: Path) -> Path:
    """The folder of the model that the user trains on it."""
    home = recorded.parent.parent / "home"
    home.mkdir()
    gesture("train", str(recorded.parent), "--epochs", "27", folder=home)
    return home / "models" / "mine"


@pytest.mark.parametrize("form", ["litert", "onnx"])
def test_an_export_runs_without_the_project(trained: Path, form: str) -> None:
    if form == "onnx":
        pytest.importorskip("tf2onnx")
    home = trained.parent.parent
    path = gesture("export", "--format", form, folder=home).strip()
    command = [sys.executable, "-I", str(home / path / "example.py")]
    printed = subprocess.run(command, cwd=home / path, capture_output=True, text=True, check=True).stdout
    assert any(label in printed for label in LABELS)


@pytest.fixture(scope="module")
def fired(x_server: str, trained: Path) -> list[GestureEvent]:
    """The onsets of `gesture live` while the gestures of `PERFORMED` are made."""
    onsets: list[GestureEvent] = []
    with Program(x_server, "gesture", LIVE, " ".join(PERFORMED), "live", str(trained), "--json") as program:
        for line in program.lines():
            event = GestureEvent(**json.loads(line))
            if event.phase == "onset":
                onsets.append(event)
                take_picture(x_server, f"live_{len(onsets)}_{event.label}")
        assert program.process.wait(60) == 0, program.process.communicate()[1]
    return onsets


def test_every_gesture_fires_once_and_nothing_else_does(fired: list[GestureEvent]) -> None:
    takes = Performance(PERFORMED, rate_hz=20.0).takes
    assert [event.label for event in fired] == [take.label for take in takes]
    assert match(takes, fired) == list(range(len(takes)))
