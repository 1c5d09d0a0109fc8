"""The sheet of everything that the virtual hand can do, and `gesture virtual` that writes it."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from gesture.cli import main
from gesture.display.palette import BACKGROUND, HANDS
from gesture.display.sheet import GROUPS, draw_sheet, perform_row
from gesture.virtual import GESTURES
from gesture.virtual.idle import IDLE


def amber(image: np.ndarray) -> np.ndarray:
    """Where something of the right hand's colour is."""
    red, _, blue = np.moveaxis(image.astype(int), -1, 0)
    return red - blue > (HANDS["right"][0] - HANDS["right"][2]) // 2


def test_every_script_is_on_the_sheet():
    shown = {label for scripts in GROUPS.values() for label in scripts}
    assert shown >= {*GESTURES, *IDLE}


@pytest.mark.parametrize("label", ["swipe_left", "grab"])
def test_every_square_of_a_row_shows_a_hand(label):
    row = perform_row(label, GESTURES, num_styles=2, view="egocentric")
    sheet = draw_sheet([("gestures", [row])], num_images=4)
    columns = amber(sheet)[52:156, 184:].any(axis=0)
    starts = [strip * (4 * 108 + 18) + image * 108 for strip in range(2) for image in range(4)]
    assert all(columns[start : start + 104].any() for start in starts)


def test_more_rows_make_the_sheet_higher_and_more_styles_wider():
    one, two = perform_row("wave", GESTURES, num_styles=1), perform_row("wave", GESTURES, num_styles=2)
    small, high, wide = (
        draw_sheet(groups) for groups in ([("a", [one])], [("a", [one, one])], [("a", [two])])
    )
    assert high.shape[0] > small.shape[0]
    assert high.shape[1] == small.shape[1]
    assert wide.shape[1] > 1.5 * small.shape[1]
    assert (small[0, 0] == BACKGROUND).all()


def test_styles_are_other_performances_and_lead_shows_more():
    (_, one), (_, other) = perform_row("wave", GESTURES, num_styles=2, person=4).performances
    ((_, longer),) = perform_row("wave", GESTURES, num_styles=1, person=4, lead_s=0.4).performances
    assert one.end_s - one.start_s != other.end_s - other.start_s
    assert longer.end_s - longer.start_s == pytest.approx(one.end_s - one.start_s + 0.8)


def test_the_command_writes_a_picture(tmp_path: Path, monkeypatch, capsys):
    monkeypatch.setitem(GROUPS, "Gestures", {"wave": GESTURES["wave"]})
    monkeypatch.setitem(GROUPS, next(title for title in GROUPS if title != "Gestures"), {})
    path = tmp_path / "sheet.png"
    assert main(["virtual", "--sheet", "-o", str(path), "--styles", "1", "--view", "egocentric"]) == 0
    assert capsys.readouterr().out.strip() == str(path)
    assert cv2.imread(str(path)).shape[1] > 700


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["virtual"], 2, "--sheet"),
        (["virtual", "--sheet", "-o", "sheet.xyz"], 1, "sheet.png"),
        (["virtual", "--sheet", "-o", "nowhere/sheet.png"], 1, "cannot be written"),
        (["virtual", "--sheet", "--person", "-1"], 2, "-1"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_a_line(arguments, code, message, tmp_path, monkeypatch, capsys):
    for title in list(GROUPS):
        monkeypatch.setitem(GROUPS, title, {"wave": GESTURES["wave"]})
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == code
    assert message in capsys.readouterr().err
