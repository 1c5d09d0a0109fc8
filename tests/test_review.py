"""Reviewing: the editor without a window, and the loop with a stand-in for one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import recording_of, strokes

from gesture import review
from gesture.cli import main
from gesture.display import ReviewScreen
from gesture.errors import DataError
from gesture.recording import MANIFEST, read_recording, save_recording
from gesture.review import find_recording, review_recording
from gesture.types import Recording, Take
from gesture.upkeep.editing import MARGIN_S, TakeEditor

PERIOD_S = 1 / 30


def a_recording(*labels: str) -> Recording:
    return strokes(list(labels or ("left", "right", "up")), name="monday")


def an_editor(*labels: str) -> TakeEditor:
    return TakeEditor(a_recording(*labels), ["known"])


def press(editor: TakeEditor, *keys: str) -> list[bool]:
    return [editor.press(key) for key in keys]


def test_keys_step_through_takes_and_stop_at_the_ends() -> None:
    editor = an_editor()
    seen = [editor.selected]
    for key in ("right", "right", "right", "left"):
        assert not editor.press(key)
        seen.append(editor.selected)
    first, second, third = editor.takes
    assert seen == [first, second, third, third, second]
    assert editor.cursor_s == second.start_s


def test_ignored_time_is_stepped_through_only_when_asked_for() -> None:
    recording = recording_of({1: np.full((90, 2), 0.5)}, takes=(Take(0.5, 1.0, "ignore", "both"),))
    editor = TakeEditor(recording)
    assert editor.selected is None
    assert press(editor, "x", "c", "1", "r", "h", "]", "right") == [False] * 7
    editor.press("a")
    assert editor.selected == recording.takes[0]


@pytest.mark.parametrize(
    ("key", "start", "end"), [("1", -1, 0), ("2", 1, 0), ("3", 0, -1), ("4", 0, 1)], ids=list("1234")
)
def test_edges_move_frame_by_frame(key: str, start: int, end: int) -> None:
    editor = an_editor()
    before = editor.selected
    assert editor.press(key)
    assert editor.selected.start_s - before.start_s == pytest.approx(start * PERIOD_S)
    assert editor.selected.end_s - before.end_s == pytest.approx(end * PERIOD_S)


def test_edges_are_set_to_the_moment_that_is_shown() -> None:
    editor = an_editor()
    press(editor, *"...", "[")
    assert editor.selected.start_s == pytest.approx(a_recording().takes[0].start_s + 3 * PERIOD_S)
    press(editor, *"....", "]")
    assert editor.selected.end_s - editor.selected.start_s == pytest.approx(4 * PERIOD_S)
    assert not editor.press("[")
    assert editor.message == "a take needs at least one frame"


def test_a_take_is_split_where_it_is_looked_at() -> None:
    editor = an_editor()
    whole = editor.selected
    assert not editor.press("c")
    assert press(editor, *".....", "c")[-1]
    first, second = editor.takes[:2]
    assert (first.start_s, second.end_s, first.end_s) == (whole.start_s, whole.end_s, second.start_s)
    assert {first.label, second.label} == {"left"}
    assert editor.selected == first


def test_a_deleted_take_is_ignored_and_can_be_had_back() -> None:
    editor = an_editor()
    first, second, _ = editor.takes
    assert editor.press("x")
    assert editor.takes[0] == Take(first.start_s, first.end_s, "ignore", "both")
    assert editor.selected == second
    press(editor, "a", "left", "r", *"left", "enter")
    assert (editor.selected.label, editor.selected.start_s) == ("left", first.start_s)


def test_deleting_what_is_ignored_makes_it_background() -> None:
    editor = an_editor()
    press(editor, "a", "x", "left", "x")
    assert len(editor.takes) == 2


def test_a_label_is_typed_or_chosen() -> None:
    editor = an_editor()
    press(editor, "r", *"my", "space", *"wavee", "backspace")
    assert editor.naming == "my wave"
    assert editor.press("enter")
    assert (editor.selected.label, editor.naming) == ("my wave", None)
    press(editor, "right", "r", "down", "enter")
    assert editor.selected.label == "known"
    assert press(editor, "r", "x", "q", "escape") == [False] * 4


@pytest.mark.parametrize("typed", ["", "ignore"])
def test_a_label_that_cannot_be_is_refused_while_typing(typed: str) -> None:
    editor = an_editor()
    assert not any(press(editor, "r", *typed, "enter"))
    assert editor.naming == typed
    assert "label" in editor.message


def test_the_hand_can_be_put_right() -> None:
    editor = an_editor()
    assert [editor.selected.hand, *(editor.press("h") and editor.selected.hand for _ in range(3))] == [
        "right", "both", "left", "right",
    ]  # fmt: skip


def test_a_take_never_grows_into_its_neighbour() -> None:
    editor = TakeEditor(
        recording_of({1: np.full((90, 2), 0.5)}, takes=(Take(0, 1, "a", "right"), Take(1, 2, "b", "right")))
    )
    assert not editor.press("4")
    assert "overlap" in editor.message


def test_playing_goes_round_the_take_and_a_little_before_and_after() -> None:
    editor = an_editor()
    take = editor.selected
    editor.press("space")
    moments = []
    for _ in range(200):
        editor.advance(0.02)
        moments.append(editor.cursor_s)
    assert min(moments) == pytest.approx(take.start_s - MARGIN_S, abs=0.03)
    assert max(moments) == pytest.approx(take.end_s + MARGIN_S, abs=0.03)


KEYS = ["left", "right", ",", ".", "space", "a", "1", "2", "3", "4", "[", "]", "c", "x", "h", "u", "r", "enter",
        "escape", "up", "down", "backspace", "z"]  # fmt: skip


@settings(max_examples=60)
@given(st.lists(st.sampled_from(KEYS), max_size=60))
def test_whatever_is_pressed_the_takes_stay_valid_and_undo_leads_back(keys: list[str]) -> None:
    recording = a_recording()
    editor = TakeEditor(recording)
    for key in keys:
        before = editor.takes
        assert editor.press(key) == (editor.takes != before)
        assert editor.selected is None or editor.selected in editor.choices
        for take in editor.takes:
            assert recording.times_s[0] <= take.start_s < take.end_s <= recording.times_s[-1] + PERIOD_S
        labelled = [take for take in editor.takes if take.label != "ignore"]
        assert all(one.end_s <= other.start_s + 1e-9 for one, other in pairwise(labelled))
    press(editor, "escape")
    while editor.can_undo:
        editor.press("u")
    assert editor.takes == recording.takes


class FakeWindow:
    """Presses keys one after the other, then is closed."""

    def __init__(self, keys: Iterable[str]) -> None:
        self.keys, self.is_open, self.num_shown = list(keys), True, 0

    def show(self, image: np.ndarray, wait_s: float = 0.0) -> str | None:
        assert wait_s > 0
        assert image.shape == (664, 900, 3)
        self.num_shown += 1
        if self.keys:
            return self.keys.pop(0)
        self.is_open = False
        return None


def test_each_change_is_on_disk_at_once(tmp_path: Path) -> None:
    folder = save_recording(a_recording(), tmp_path)

    class Looking(FakeWindow):
        def show(self, image: np.ndarray, wait_s: float = 0.0) -> str | None:
            labels.append([take.label for take in read_recording(folder).takes])
            return super().show(image, wait_s)

    labels: list[list[str]] = []
    takes = review_recording(folder, Looking(["x", "u", "right", "x"]))
    assert labels == [
        ["left", "right", "up"], ["ignore", "right", "up"], *[["left", "right", "up"]] * 2, ["left", "ignore", "up"],
    ]  # fmt: skip
    assert read_recording(folder).takes == takes


def test_what_people_wrote_beside_the_takes_survives(tmp_path: Path) -> None:
    folder = save_recording(a_recording(), tmp_path)
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["light"], manifest["takes"][2]["note"] = "lamp", "good"
    (folder / MANIFEST).write_text(json.dumps(manifest))
    review_recording(folder, FakeWindow(["x"]))
    after = json.loads((folder / MANIFEST).read_text())
    assert (after["light"], after["takes"][2]["note"]) == ("lamp", "good")


def test_a_change_that_the_disk_refuses_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = save_recording(a_recording(), tmp_path)
    real, refusals = review.replace_takes, iter([True])

    def refuse_once(*arguments: object) -> None:
        if next(refusals, False):
            raise DataError("No space left on device. Free some space.")
        real(*arguments)

    monkeypatch.setattr(review, "replace_takes", refuse_once)
    takes = review_recording(folder, FakeWindow(["x"]))
    assert takes[0].label == "ignore"
    assert read_recording(folder).takes == takes


def test_the_newest_recording_is_found(tmp_path: Path) -> None:
    for name in ("20250101T000000Z_p1", "20260101T000000Z_p1", "20240101T000000Z_p1"):
        save_recording(strokes(["left"], name=name), tmp_path)
    assert find_recording(tmp_path).name == "20260101T000000Z_p1"
    assert find_recording(tmp_path / "20240101T000000Z_p1").name == "20240101T000000Z_p1"
    with pytest.raises(DataError, match="gesture record"):
        find_recording(tmp_path / "nothing")


def test_without_a_display_there_is_one_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("gesture.display.display_available", lambda: False)
    save_recording(a_recording(), tmp_path)
    assert main(["review", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert "no display" in error
    assert "recording.json" in error


@pytest.mark.parametrize("keys", [[], ["x", "x", "x"], ["r", "a"], ["a", "x"]], ids=str)
def test_every_state_can_be_drawn(keys: list[str]) -> None:
    editor = an_editor()
    screen = ReviewScreen(editor.recording)
    press(editor, *keys)
    picture = screen.draw(editor)
    assert picture.shape == (664, 900, 3)
    assert picture.std() > 5
