"""A played stream as a picture: truth and events on one time axis, a row for each gesture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gesture.evaluation.stream_scores import PlayedStream
from gesture.plots import (
    BLUE,
    GRID,
    INK,
    QUIET,
    RED,
    PictureFormat,
    new_figure,
    shortened,
    style,
    to_bytes,
)
from gesture.recording.files import disk_errors, replace_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SPAN_S = 30.0
"""About how much time one line of the picture holds; longer streams continue on the next."""
_PALE = "#bcd7f3"


def plot_stream(stream: PlayedStream, form: PictureFormat = "svg") -> bytes:
    """Truth as wide pale bars (empty where it was missed), what was detected as narrow bars in them, blue where the
    gesture fired rightly and red where it fired falsely, and a tick at the moment of each decision.

    Args:
        stream: from `gesture.evaluation.stream_evaluation.play_stream`.
        form: "svg" or "png".

    Example:
        >>> plot_stream(stream).startswith(b"<?xml")
        True
    """
    labels = sorted({take.label for take in stream.takes} | {found.label for found in stream.found})
    duration_s = max(stream.end_s - stream.start_s, 1.0)
    num_lines = max(1, round(duration_s / SPAN_S))
    edges_s = stream.start_s + np.linspace(0, duration_s, num_lines + 1)
    with style():
        figure = new_figure(11.0, num_lines * (0.24 * max(len(labels), 2) + 0.5) + 0.7)
        lines = figure.subplots(num_lines, 1, squeeze=False)[:, 0]
        for axes, start_s, end_s in zip(lines, edges_s[:-1], edges_s[1:], strict=True):
            _draw_line(axes, stream, labels)
            axes.set_xlim(start_s, end_s)
        lines[0].set_title(f"{stream.name}  ({stream.person})".strip(), loc="left")
        lines[-1].set_xlabel("seconds")
        _draw_legend(lines[0])
        return to_bytes(figure, form)


def save_pictures(streams: Iterable[PlayedStream], folder: Path) -> list[Path]:
    """`plot_stream` of each as an SVG file, numbered, in a folder that is made if need be.

    Raises:
        DataError: the folder cannot be written.
    """
    paths = []
    with disk_errors(folder, "written"):
        folder.mkdir(parents=True, exist_ok=True)
        for number, stream in enumerate(streams, start=1):
            paths.append(folder / f"{number:03d}-{stream.name or 'stream'}.svg")
            replace_file(paths[-1], plot_stream(stream))
    return paths


def _draw_line(axes: Axes, stream: PlayedStream, labels: Sequence[str]) -> None:
    rows = {label: row for row, label in enumerate(labels)}
    noticed = set(stream.matches.values())
    for take in stream.ignored:
        axes.axvspan(take.start_s, take.end_s, color=GRID, linewidth=0)
    for take in stream.takes:
        _draw_bar(axes, rows[take.label], take.start_s, take.end_s, 0.8, _PALE, filled=take in noticed)
    for found, named in stream.matches.items():
        color = RED if named is None else BLUE
        _draw_bar(axes, rows[found.label], found.start_s, found.end_s, 0.3, color, filled=True)
        axes.plot([found.time_s] * 2, rows[found.label] + np.array([-0.4, 0.4]), color=INK, linewidth=1.2)
    axes.set_yticks(range(len(labels)), shortened(labels))
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")


def _draw_bar(
    axes: Axes, row: int, start_s: float, end_s: float, height: float, color: str, *, filled: bool
) -> None:
    face = color if filled else "none"
    axes.barh(row, end_s - start_s, height, start_s, facecolor=face, edgecolor=color if filled else RED)


def _draw_legend(axes: Axes) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles = [
        Patch(facecolor=_PALE, label="made"),
        Patch(facecolor="none", edgecolor=RED, label="made, missed"),
        Patch(facecolor=BLUE, label="fired rightly"),
        Patch(facecolor=RED, label="fired falsely"),
        Line2D([], [], color=INK, marker="|", linestyle="none", markersize=9, label="decided"),
        Patch(facecolor=GRID, label="not counted"),
    ]
    axes.legend(
        handles=handles,
        loc="lower right",
        bbox_to_anchor=(1, 1),
        ncols=6,
        labelcolor=QUIET,
        handlelength=1.2,
        borderaxespad=0.2,
    )
