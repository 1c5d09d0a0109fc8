"""The report's pictures: readable by any viewer, quiet about fonts, the same for the same numbers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest

from gesture.plots import plot_confusion, plot_label_bars, plot_learning_curves

NAN = float("nan")
LABELS = ["background", "왼쪽으로 밀기", "$x_1$ swipe", "مرحبا", "a_" * 100, "\ud800", "_hidden"]
COUNT = len(LABELS)

PICTURES: dict[str, Callable[..., bytes]] = {
    "confusion": lambda form: plot_confusion(np.eye(COUNT, dtype=int) * 9 + 1, LABELS, form),
    "curves": lambda form: plot_learning_curves({"loss": [1, 0.5], "val_loss": [1.1, NAN]}, form),
    "bars": lambda form: plot_label_bars([NAN, *[0.9] * (COUNT - 1)], [0.0] * COUNT, LABELS, form),
}


@pytest.mark.parametrize("picture", PICTURES)
def test_a_png_opens_and_has_something_on_it(picture: str) -> None:
    image = cv2.imdecode(np.frombuffer(PICTURES[picture]("png"), np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    assert min(image.shape[:2]) > 300
    assert image.std() > 5


@pytest.mark.parametrize("picture", PICTURES)
def test_an_svg_is_the_same_each_time(picture: str) -> None:
    assert PICTURES[picture]("svg") == PICTURES[picture]("svg")


@pytest.mark.parametrize("picture", ["confusion", "bars"])
def test_an_svg_keeps_labels_as_text(picture: str) -> None:
    texts = [
        text
        for element in ElementTree.fromstring(PICTURES[picture]("svg")).iter()
        for text in element.itertext()
    ]
    for label in ("background", "왼쪽으로 밀기", "$x_1$ swipe", "مرحبا", "_hidden"):
        assert label in texts


def test_a_long_label_is_shortened() -> None:
    assert b"a_" * 20 not in plot_label_bars([1.0], [1.0], ["a_" * 100], "svg")


@pytest.mark.parametrize(
    ("row", "column", "strongest"), [(0, 0, 0), (0, 1, 2)], ids=["right is blue", "wrong is red"]
)
def test_right_is_blue_and_wrong_is_red(row: int, column: int, strongest: int) -> None:
    matrix = np.zeros((2, 2), int)
    matrix[row, column] = 5
    image = cv2.imdecode(np.frombuffer(plot_confusion(matrix, ["a", "b"]), np.uint8), cv2.IMREAD_COLOR)
    colored = image[np.ptp(image.astype(int), axis=2) > 100]
    assert len(colored) > 1000
    assert (colored.argmax(axis=1) == strongest).mean() > 0.99  # OpenCV: blue, green, red


@pytest.mark.parametrize("history", [{}, {"loss": [NAN]}, {"loss": [1.0]}, {"accuracy": [0.1, 0.2]}])
def test_learning_curves_need_no_particular_history(history: dict[str, list[float]]) -> None:
    assert plot_learning_curves(history)[1:4] == b"PNG"


def test_a_matrix_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(2, 3\).*\(2, 2\)"):
        plot_confusion(np.zeros((2, 3)), ["a", "b"])


def test_plots_leave_no_global_state() -> None:
    code = (
        "import matplotlib, sys; settings = matplotlib.rcParams; before = settings.copy();"
        "from gesture.plots import plot_label_bars; plot_label_bars([1], [1], ['a']);"
        "assert 'matplotlib.pyplot' not in sys.modules; assert before == settings.copy()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
