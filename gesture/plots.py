"""The report's pictures: numbers in, PNG or SVG bytes out. Matplotlib without its global state.

SVG keeps its text as text: in a browser, labels in any script find a font. PNG uses what is installed.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gesture.display.text import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PictureFormat = Literal["svg", "png"]

INK = "#1f2733"
QUIET = "#6b7685"
GRID = "#e6e9ee"
BLUE = "#2f7fd1"
AMBER = "#e39a1f"
RED = "#c8473f"

_LONGEST = 32  # characters of a label
_FONTS = (
    "DejaVu Sans",
    "Noto Sans CJK KR",
    "Noto Sans CJK JP",
    "Noto Sans KR",
    "NanumGothic",
    "Malgun Gothic",
    "Apple SD Gothic Neo",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans",
    "WenQuanYi Zen Hei",
    "Noto Sans",
    "Arial Unicode MS",
)
"""Tried in this order for each letter; those that are not installed are passed over."""


def plot_confusion(matrix: ArrayLike, labels: Sequence[str], form: PictureFormat = "png") -> bytes:
    """A confusion matrix: rows are what was made, columns what the model said.

    Colours are shares of a row, so that rare labels count as much as frequent ones; the figures are counts.
    What is right is blue, what is wrong is red.

    Args:
        matrix: int (C, C).
        labels: C of them, in any script.
        form: "svg" or "png".

    Raises:
        ValueError: when the matrix is not (C, C).

    Example:
        >>> plot_confusion([[9, 1], [0, 10]], ["background", "wave"])[1:4]
        b'PNG'
    """
    counts = np.asarray(matrix)
    if counts.shape != (len(labels), len(labels)):
        raise ValueError(
            f"matrix has shape {counts.shape}. Expected ({len(labels)}, {len(labels)}), one per label."
        )
    size = 0.42 * len(labels) + 2.2
    with style():
        figure = new_figure(size + 0.4, size)
        axes = figure.add_subplot()
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        axes.imshow(_confusion_colors(shares))
        for row, column in zip(*np.nonzero(counts), strict=True):
            color = "white" if shares[row, column] > 0.5 else INK
            axes.text(
                column, row, f"{counts[row, column]:g}", ha="center", va="center", color=color, fontsize=9
            )
        ticks = range(len(labels))
        axes.set_xticks(ticks, shortened(labels), rotation=45, ha="right", rotation_mode="anchor")
        axes.set_yticks(ticks, shortened(labels))
        axes.set_xlabel("what the model said")
        axes.set_ylabel("what was made")
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        _draw_cell_borders(axes, len(labels))
        return to_bytes(figure, form)


def plot_learning_curves(
    history: Mapping[str, Sequence[float]], form: PictureFormat = "png", best_epoch: int | None = None
) -> bytes:
    """Loss and accuracy by epoch, on the training data and, where there is any, on held-out data.

    Args:
        history: lists of equal length under "loss", "accuracy", "val_loss", "val_accuracy" (what Keras calls
            them); any may be missing or NaN throughout.
        form: "svg" or "png".
        best_epoch: the one whose weights were kept, shaded, counted from 1; None for no shade.

    Example:
        >>> plot_learning_curves({"loss": [1.0, 0.5], "accuracy": [0.4, 0.8]})[1:4]
        b'PNG'
    """
    series = {name: np.asarray(values, np.float64) for name, values in history.items()}
    drawn = {name: values for name, values in series.items() if np.isfinite(values).any()}
    with style():
        figure = new_figure(8.4, 3.1)
        for axes, what in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
            _draw_curve(axes, drawn.get(what), "training", BLUE)
            _draw_curve(axes, drawn.get("val_" + what), "held out", AMBER)
            if best_epoch is not None:
                axes.axvline(best_epoch, color=GRID, linewidth=6, zorder=0)
            axes.set_title(what, loc="left")
            axes.set_xlabel("epoch" if best_epoch is None else "epoch (the one kept is shaded)")
            axes.xaxis.get_major_locator().set_params(integer=True)
            axes.set_ylim(bottom=0, top=1.02 if what == "accuracy" else None)
            axes.grid(axis="y")
            if axes.lines[:-1]:
                axes.legend()
        return to_bytes(figure, form)


def plot_label_bars(
    precision: Sequence[float], recall: Sequence[float], labels: Sequence[str], form: PictureFormat = "png"
) -> bytes:
    """Precision (how often the model is right when it says a label) and recall (how often it notices one).

    Args:
        precision, recall: C shares, 0 to 1; NaN where undefined (never said, never made).
        labels: C of them, in any script.
        form: "svg" or "png".

    Example:
        >>> plot_label_bars([0.9, float("nan")], [1.0, 0.0], ["wave", "원 그리기"])[1:4]
        b'PNG'
    """
    rows = np.arange(len(labels))
    with style():
        figure = new_figure(6.4, 0.5 * len(labels) + 1.1)
        axes = figure.add_subplot()
        for name, shares, color, shift in (
            ("precision", precision, BLUE, -0.19),
            ("recall", recall, AMBER, 0.19),
        ):
            values = np.asarray(shares, np.float64)
            axes.barh(rows + shift, np.nan_to_num(values), 0.34, color=color, label=name)
            for row, value in zip(rows, values, strict=True):
                text = "–" if np.isnan(value) else f"{value:.2f}"
                axes.text(
                    np.nan_to_num(value) + 0.01, row + shift, text, va="center", color=QUIET, fontsize=8
                )
        axes.set_yticks(rows, shortened(labels))
        axes.invert_yaxis()
        axes.set_xlim(0, 1.09)
        axes.set_xticks(np.linspace(0, 1, 6))
        axes.grid(axis="x")
        axes.tick_params(axis="y", length=0)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0)
        return to_bytes(figure, form)


def shortened(labels: Sequence[str]) -> list[str]:
    """Labels as they can be drawn, none of them too long."""
    clean = [printable(label) for label in labels]
    return [label if len(label) <= _LONGEST else label[: _LONGEST - 1] + "…" for label in clean]


def _draw_curve(axes: Axes, values: NDArray[np.float64] | None, name: str, color: str) -> None:
    if values is not None:
        marker = "o" if len(values) == 1 else None
        axes.plot(np.arange(1, len(values) + 1), values, color=color, label=name, marker=marker)


def _confusion_colors(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """(C, C, 3): from white to blue on the diagonal, to red beside it."""
    from matplotlib.colors import to_rgb

    full = np.where(np.eye(len(shares), dtype=bool)[..., None], to_rgb(BLUE), to_rgb(RED))
    strength = np.sqrt(shares)[..., None]  # a single mistake among hundreds still shows
    return np.asarray(1 - strength * (1 - full))


def _draw_cell_borders(axes: Axes, num_labels: int) -> None:
    axes.set_xticks(np.arange(num_labels + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(num_labels + 1) - 0.5, minor=True)
    axes.grid(which="minor", color=GRID, linewidth=1)
    axes.tick_params(which="minor", length=0)


def new_figure(width_in: float, height_in: float) -> Figure:
    """An empty figure of that many inches."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width_in, height_in), layout="constrained")


def to_bytes(figure: Figure, form: PictureFormat) -> bytes:
    """The finished picture as a file."""
    buffer = io.BytesIO()
    # Without a date, the same numbers give the same bytes.
    figure.savefig(buffer, format=form, dpi=160, metadata={"Date": None} if form == "svg" else None)
    return buffer.getvalue()


@contextmanager
def style() -> Iterator[None]:
    """The look of every picture; letters that no installed font has are no reason to warn."""
    import matplotlib

    settings: Any = {
        "font.family": list(_installed_fonts()),
        "font.size": 9.5,
        "text.color": INK,
        "axes.edgecolor": GRID,
        "axes.labelcolor": QUIET,
        "axes.labelsize": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlesize": 11,
        "axes.titleweight": "bold",
        "axes.axisbelow": True,
        "grid.color": GRID,
        "lines.linewidth": 1.8,
        "legend.frameon": False,
        "xtick.color": GRID,
        "ytick.color": GRID,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "text.parse_math": False,  # a dollar in a label is a dollar
        "svg.fonttype": "none",
        "svg.hashsalt": "gesture",
    }
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


@lru_cache(maxsize=1)
def _installed_fonts() -> tuple[str, ...]:
    from matplotlib import font_manager

    installed = set(font_manager.get_font_names())
    return tuple(name for name in _FONTS if name in installed) or ("sans-serif",)
