"""The live loop and its view, without a screen: a recording in, pictures and keys out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from synthetic import strokes

from gesture.live import LiveView, Observation, observe_recording, open_source, play
from gesture.manifest import shipped_model
from gesture.recognizer import Recognizer, spot
from gesture.recording import save_recording
from gesture.runtime import GestureModel
from gesture.types import HandFrame

RECORDING = strokes(["left", "right"], name="monday")


@pytest.fixture
def recognizer() -> Recognizer:
    return Recognizer(GestureModel.load(shipped_model()))


class FakeWindow:
    """Shows nothing and types `keys`, one a picture."""

    def __init__(self, keys: list[str | None]) -> None:
        self.is_open, self.num_shown, self._keys = True, 0, iter(keys)

    def show(self, image: np.ndarray, wait_s: float = 0.0) -> str | None:  # noqa: ARG002
        self.num_shown += 1
        return next(self._keys, None)


def seen(recognizer: Recognizer) -> Iterator[Observation]:
    return observe_recording(RECORDING, recognizer)


def test_a_recordings_folder_is_a_source_like_any_other(recognizer: Recognizer, tmp_path: Path) -> None:
    path = save_recording(RECORDING, tmp_path)
    with open_source(str(path), recognizer) as observations:
        events = [event for observation in observations for event in observation.events]
    assert events + recognizer.finish() == spot(recognizer.model, RECORDING)


@pytest.mark.parametrize(
    ("trained_with", "seen_by", "warns"),
    [
        ("litert 1", "litert 1", False),
        ("litert 1", "litert 2", True),
        ("litert 1", "mediapipe 1.2.2", True),
        ("litert 1, mediapipe 1.2.2", "mediapipe 1.2.2", False),
        ("litert 1, litert 2", "litert 3", True),
        ("", "litert 1", False),
    ],
)
def test_hands_found_otherwise_than_in_training_are_warned_of(
    recognizer: Recognizer,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    trained_with: str,
    seen_by: str,
    warns: bool,
) -> None:
    recognizer.model.manifest = replace(recognizer.model.manifest, engine=trained_with)
    path = save_recording(replace(RECORDING, engine=seen_by), tmp_path)
    with open_source(str(path), recognizer):
        pass
    assert [(trained_with in text, seen_by in text) for text in caplog.messages] == [(True, True)] * warns


def test_without_a_window_everything_passes_and_nothing_is_drawn(recognizer: Recognizer) -> None:
    view = LiveView(recognizer, "default", mirror=True)
    assert len(list(play(seen(recognizer), view))) == len(RECORDING)


@pytest.mark.parametrize("key", ["q", "escape"])
def test_quit_ends_after_the_picture_it_was_pressed_on(recognizer: Recognizer, key: str) -> None:
    window = FakeWindow([None, None, key])
    view = LiveView(recognizer, "default", mirror=True)
    assert len(list(play(seen(recognizer), view, window))) == 3  # type: ignore[arg-type]


def test_closing_the_window_ends_it(recognizer: Recognizer) -> None:
    window = FakeWindow([])
    view = LiveView(recognizer, "default", mirror=True)
    for number, _ in enumerate(play(seen(recognizer), view, window), 1):  # type: ignore[arg-type]
        window.is_open = number < 5
    assert number == 5


def test_space_holds_the_picture_until_space_is_pressed_again(recognizer: Recognizer) -> None:
    window = FakeWindow(["space", None, None, "space", "q"])
    view = LiveView(recognizer, "default", mirror=True)
    assert len(list(play(seen(recognizer), view, window))) == 2  # type: ignore[arg-type]
    assert window.num_shown == 5


def test_mirror_and_landmarks_are_a_matter_of_display_only(recognizer: Recognizer) -> None:
    view = LiveView(recognizer, "default", mirror=True)
    for observation in seen(recognizer):
        view.add(observation)
    plain = view.draw(observation)
    assert plain.dtype == np.uint8
    view.press("l")
    without = view.draw(observation)
    assert (plain != without).any()
    view.press("m")
    assert (view.draw(observation) != without).any()


def test_a_view_draws_before_any_hand_came(recognizer: Recognizer) -> None:
    view = LiveView(recognizer, "default", mirror=False)
    observation = Observation(None, HandFrame.empty(0.0, (640, 480)), [], 0.0)
    view.add(observation)
    assert view.draw(observation).shape[2] == 3
