"""The panel beside the image: model, speed, hands, a bar per label, keys.

What stays the same from frame to frame is drawn once and kept; only bars and numbers are drawn anew.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gesture.display.paint import Image, blend, fill_rounded, rounded_mask
from gesture.display.palette import FAINT, HANDS, MUTED, PANEL, TEXT, TRACK, Color
from gesture.display.status import LiveStatus
from gesture.display.text import fit_text, text_width, write
from gesture.types import BACKGROUND, SLOTS, Array, GestureEvent

PANEL_WIDTH_PX = 240

_MARGIN_PX = 20
_INNER_PX = PANEL_WIDTH_PX - 2 * _MARGIN_PX
_ROWS_TOP_PX = 98
_ROW_MIN_PX, _ROW_MAX_PX = 21, 38
_BAR_PX = 6
_KEY_ROW_PX = 25
_VALUE_PX = 36
_SHOWN_FROM = 0.02  # smaller probabilities are left out: a calm panel shows what matters


class _Row(NamedTuple):
    """Where a label's row stands, in pixels from the panel's top: its name and, below, its bar."""

    top: int
    height: int

    @property
    def is_tight(self) -> bool:
        return self.height < 26

    @property
    def text_px(self) -> int:
        return 12 if self.is_tight else 13

    @property
    def baseline(self) -> int:
        return self.top + (self.height - _BAR_PX) // 2 + 2

    @property
    def bar_top(self) -> int:
        return self.baseline + (4 if self.is_tight else 6)


def draw_panel(
    panel: Image,
    seen: NDArray[np.bool_],
    status: LiveStatus,
    events: list[tuple[GestureEvent, float]],
) -> None:
    """Draw the panel in place.

    Args:
        panel: uint8 (height, PANEL_WIDTH_PX, 3); every pixel is written.
        seen: bool (2,), which hands are in view.
        status: what to show.
        events: those still visible, with their opacity: their labels' rows light up.
    """
    panel[:] = _still_part(
        panel.shape[0], status.model_name, status.labels, _numbers(status.thresholds), status.keys
    )
    write(panel, _speed(status), _MARGIN_PX, 57, MUTED, 13)
    _draw_hands_in_view(panel, seen)
    rows = _rows(panel.shape[0], len(status.labels), len(status.keys))
    for event, opacity in events:
        if event.label in status.labels[: len(rows)]:
            _light_up(panel, rows[status.labels.index(event.label)], event, opacity)
    series = _series(status.probabilities)
    for index, row in enumerate(rows):
        label = status.labels[index]
        values = [
            (MUTED if label == BACKGROUND else color, float(probabilities[index]))
            for color, probabilities in series
        ]
        _draw_values(panel, row, label, values)


def _numbers(thresholds: Array | None) -> tuple[float | None, ...]:
    """Thresholds as a key for the cache: NaN, which equals nothing, becomes None."""
    return () if thresholds is None else tuple(None if np.isnan(x) else float(x) for x in thresholds)


def _speed(status: LiveStatus) -> str:
    parts = []
    if status.fps is not None:
        parts.append(f"{status.fps:.0f} fps")
    if status.delay_s is not None:
        parts.append(f"{status.delay_s * 1000:.0f} ms delay")
    return "  ·  ".join(parts)


def _series(probabilities: Array | None) -> list[tuple[Color, Array]]:
    """What to draw as bars: a colour and (C,) probabilities for each hand that is followed."""
    if probabilities is None:
        return []
    names = SLOTS if len(probabilities) == len(SLOTS) else ("both",)
    return [
        (HANDS[name], row) for name, row in zip(names, probabilities, strict=True) if np.isfinite(row).all()
    ]


def _rows(height_px: int, num_labels: int, num_keys: int) -> list[_Row]:
    """As many rows as there are labels, or as many as there is room for."""
    room = height_px - keys_height(num_keys) - _ROWS_TOP_PX
    num_rows = min(num_labels, room // _ROW_MIN_PX)
    step = min(room // max(num_rows, 1), _ROW_MAX_PX)
    return [_Row(_ROWS_TOP_PX + index * step, step) for index in range(num_rows)]


def _draw_hands_in_view(panel: Image, seen: NDArray[np.bool_]) -> None:
    x = _MARGIN_PX
    for hand, is_seen in zip(SLOTS, seen, strict=True):
        fill_rounded(panel, (x, 72, 8, 8), 4, HANDS[hand] if is_seen else TRACK)
        x += 14 + write(panel, hand, x + 14, 81, TEXT if is_seen else FAINT, 13) + 16


def _draw_values(panel: Image, row: _Row, label: str, values: list[tuple[Color, float]]) -> None:
    """A label's bars, one above the other in the space of one, and its numbers."""
    likeliest = max((probability for _, probability in values), default=0.0)
    if likeliest >= _SHOWN_FROM:
        write(panel, _fitting(label, row), _MARGIN_PX, row.baseline, TEXT, row.text_px, opacity=likeliest)
    for index, (color, probability) in enumerate(values):
        if probability < _SHOWN_FROM:
            continue
        height = _BAR_PX // len(values)
        width = max(round(_INNER_PX * probability), height)
        fill_rounded(panel, (_MARGIN_PX, row.bar_top + index * height, width, height), height / 2, color)
        right = PANEL_WIDTH_PX - _MARGIN_PX - _VALUE_PX * (len(values) - 1 - index)
        faded = 0.4 + 0.6 * probability
        write(panel, f"{probability:.0%}", right, row.baseline, color, 12, align=1, opacity=faded)


def _light_up(panel: Image, row: _Row, event: GestureEvent, opacity: float) -> None:
    mask = rounded_mask(_INNER_PX + 20, row.height, 6)
    blend(panel, mask, _MARGIN_PX - 10, row.top, HANDS[event.hand], opacity=0.25 * opacity)
    write(panel, _fitting(event.label, row), _MARGIN_PX, row.baseline, TEXT, row.text_px, opacity=opacity)


def _fitting(label: str, row: _Row) -> str:
    return fit_text(label, _INNER_PX - 2 * _VALUE_PX, row.text_px)


@lru_cache(maxsize=8)
def _still_part(
    height_px: int,
    model_name: str,
    labels: tuple[str, ...],
    thresholds: tuple[float | None, ...],
    keys: tuple[tuple[str, str], ...],
) -> Image:
    """(height, PANEL_WIDTH_PX, 3): all that does not change while a model runs. Never change it."""
    panel = np.full((height_px, PANEL_WIDTH_PX, 3), PANEL, np.uint8)
    write(panel, fit_text(model_name, _INNER_PX, 18, 600), _MARGIN_PX, 36, TEXT, 18, 600)
    rows = _rows(height_px, len(labels), len(keys))
    for label, row in zip(labels, rows, strict=False):
        write(panel, _fitting(label, row), _MARGIN_PX, row.baseline, MUTED, row.text_px)
        fill_rounded(panel, (_MARGIN_PX, row.bar_top, _INNER_PX, _BAR_PX), _BAR_PX / 2, TRACK)
    for threshold, row in zip(thresholds, rows, strict=False):
        if threshold is not None:
            x = _MARGIN_PX + round(_INNER_PX * threshold)
            panel[row.bar_top - 2 : row.bar_top + _BAR_PX + 2, x - 1 : x + 1] = MUTED
    if len(rows) < len(labels):
        more = f"+ {len(labels) - len(rows)} more"
        write(panel, more, PANEL_WIDTH_PX - _MARGIN_PX, 81, FAINT, 12, align=1)
    draw_keys(panel, keys)
    return panel


def keys_height(num_keys: int) -> int:
    """Pixels at a panel's bottom that `draw_keys` covers."""
    return 24 + -(-num_keys // 2) * _KEY_ROW_PX if num_keys else _MARGIN_PX


def draw_keys(panel: Image, keys: tuple[tuple[str, str], ...]) -> None:
    """Key caps with their meanings in place, in two columns at the bottom, under a thin line."""
    top = panel.shape[0] - keys_height(len(keys))
    if keys:
        panel[top, _MARGIN_PX:-_MARGIN_PX] = TRACK
    for index, (key, meaning) in enumerate(keys):
        x = _MARGIN_PX + index % 2 * (_INNER_PX // 2 + 4)
        y = top + 12 + index // 2 * _KEY_ROW_PX
        cap = max(text_width(key, 11, 500) + 12, 20)
        blend(panel, rounded_mask(cap, 20, 5, line_px=1), x, y, FAINT)
        write(panel, key, x + cap / 2, y + 14, TEXT, 11, 500, align=0.5)
        write(panel, fit_text(meaning, _INNER_PX // 2 - cap - 8, 12), x + cap + 7, y + 14, MUTED, 12)
