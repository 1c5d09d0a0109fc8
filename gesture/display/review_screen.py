"""The review window's picture: the hands at one moment, the selected take on a time axis, all takes on another."""

from __future__ import annotations

import cv2
import numpy as np

from gesture.display.filmstrip import CELL_PX, draw_cell, take_square
from gesture.display.hands import draw_hands
from gesture.display.paint import Image, blend, fill_rounded, rounded_mask
from gesture.display.palette import (
    BACKGROUND,
    FAINT,
    HANDS,
    MUTED,
    PANEL,
    TEXT,
    TRACK,
    WARNING,
    WHITE,
    Color,
)
from gesture.display.panel import PANEL_WIDTH_PX, draw_keys, keys_height
from gesture.display.text import fit_text, text_width, write
from gesture.trimming import hand_speeds
from gesture.types import IGNORE, Recording, Take
from gesture.upkeep.editing import TakeEditor

STAGE_PX = (660, 400)
CANVAS_PX = (STAGE_PX[0] + PANEL_WIDTH_PX, 664)
KEYS = (
    ("← →", "take"), ("space", "play"), (", .", "a frame"), ("r", "relabel"), ("1 2", "start ±"),
    ("3 4", "end ±"), ("[", "start here"), ("]", "end here"), ("c", "cut in two"), ("x", "delete"),
    ("h", "hand"), ("u", "undo"), ("a", "ignored"), ("q", "quit"),
)  # fmt: skip
NAMING_KEYS = (("enter", "take it"), ("esc", "leave it"), ("↑ ↓", "known"))

_MARGIN_PX = 20
_NUM_CELLS = 8
_ROW_PX = 24
_ROWS_TOP_PX = 66
_SPEED_PX = 34
_AXIS_TOP_PX = 600


class ReviewScreen:
    """Draws a `TakeEditor`; what stays from frame to frame is kept.

    Args:
        recording: the editor's.

    Example:
        >>> ReviewScreen(recording).draw(TakeEditor(recording)).shape
        (664, 900, 3)
    """

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._mirror = recording.view == "facing" and not recording.mirrored
        self._speeds = np.nan_to_num(hand_speeds(recording)).max(axis=1)
        self._strip_of: tuple[Take, tuple[float, float]] | None = None
        self._strip = np.zeros((0, 0, 3), np.uint8)

    def draw(self, editor: TakeEditor, image: Image | None = None) -> Image:
        """The picture: uint8 RGB, `CANVAS_PX`.

        Args:
            editor: what is selected, and the moment to show.
            image: of that moment, RGB, where the recording has a video.
        """
        width, height = CANVAS_PX
        canvas = np.full((height, width, 3), BACKGROUND, np.uint8)
        self._draw_stage(canvas[: STAGE_PX[1], : STAGE_PX[0]], editor, image)
        _draw_panel(canvas[: STAGE_PX[1], STAGE_PX[0] :], editor)
        if editor.selected is not None:
            self._draw_zoom(canvas[STAGE_PX[1] : _AXIS_TOP_PX], editor, editor.selected)
        else:
            hint = "no take in this recording: press a to see what is ignored"
            write(canvas, hint, width / 2, STAGE_PX[1] + 100, MUTED, 16, align=0.5)
        _draw_axis(canvas[_AXIS_TOP_PX:], editor)
        return canvas

    # --- the hands ------------------------------------------------------------------------------------

    def _draw_stage(self, stage: Image, editor: TakeEditor, image: Image | None) -> None:
        width, height = self._recording.image_size
        scale = min(stage.shape[1] / width, stage.shape[0] / height)
        size = max(round(width * scale), 1), max(round(height * scale), 1)
        left = (stage.shape[1] - size[0]) // 2
        top = (stage.shape[0] - size[1]) // 2
        picture = stage[top : top + size[1], left : left + size[0]]
        picture[:] = PANEL
        if image is not None:
            cv2.resize(image, size, dst=picture)
            if self._mirror:
                cv2.flip(picture, 1, dst=picture)
        now = int(np.searchsorted(self._recording.times_s, editor.cursor_s + 1e-6, side="right")) - 1
        if now >= 0:
            draw_hands(picture, self._recording.landmarks[now], self._mirror)
            if np.isnan(self._recording.landmarks[now]).all():
                write(stage, "no hand", stage.shape[1] / 2, stage.shape[0] / 2, FAINT, 22, align=0.5)
        _draw_words(stage, editor)

    # --- the take on its time axis --------------------------------------------------------------------

    def _draw_zoom(self, area: Image, editor: TakeEditor, take: Take) -> None:
        span = editor.span_s
        if self._strip_of != (take, span):
            self._strip_of, self._strip = (take, span), self._draw_strip(area.shape[:2], take, span)
        area[:] = self._strip
        x = _to_x(editor.cursor_s, span, area.shape[1])
        if _MARGIN_PX - 1 <= x <= area.shape[1] - _MARGIN_PX + 1:
            area[8:-22, max(x - 1, 0) : x + 1] = WHITE

    def _draw_strip(self, shape: tuple[int, ...], take: Take, span: tuple[float, float]) -> Image:
        """Skeletons where they stand in time, the hands' speed under them, the take's edges across both."""
        area = np.full((*shape, 3), BACKGROUND, np.uint8)
        width, edges = shape[1], [_to_x(time_s, span, shape[1]) for time_s in (take.start_s, take.end_s)]
        color = _color(take)
        step = (width - 2 * _MARGIN_PX) / _NUM_CELLS
        size = int(step) - 4
        self._draw_cells(area[12 : 12 + size], take, span, step)
        bottom = shape[0] - 26
        speed_top = 12 + size + 8
        self._draw_speed(area[speed_top:bottom], span)
        shade = area[8:bottom, edges[0] : edges[1]]
        cv2.addWeighted(np.full_like(shade, color), 0.13, shade, 0.87, 0, dst=shade)
        for x in edges:
            area[8:bottom, max(x - 1, 0) : x + 2] = color
        for time_s, x in zip((take.start_s, take.end_s), edges, strict=True):
            write(area, f"{time_s:.2f} s", x, shape[0] - 8, MUTED, 12, align=0.5)
        return area

    def _draw_cells(self, row: Image, take: Take, span: tuple[float, float], step: float) -> None:
        scene, times_s = take_square(self._recording, take), self._recording.times_s
        for index in range(_NUM_CELLS):
            time_s = span[0] + (index + 0.5) / _NUM_CELLS * (span[1] - span[0])
            now = int(np.searchsorted(times_s, time_s, side="right")) - 1
            past = slice(max(0, int(np.searchsorted(times_s, span[0]))), now + 1)
            cell = draw_cell(scene[past], now - past.start, take, self._mirror)
            left = round(_MARGIN_PX + index * step + 2)
            size = row.shape[0]
            small = cv2.resize(cell, (size, size), interpolation=cv2.INTER_AREA) if size != CELL_PX else cell
            dim = 1.0 if take.start_s <= time_s < take.end_s else 0.45
            row[:, left : left + size] = cv2.convertScaleAbs(small, alpha=dim)

    def _draw_speed(self, area: Image, span: tuple[float, float]) -> None:
        times_s = self._recording.times_s
        inside = (times_s >= span[0]) & (times_s <= span[1])
        if inside.sum() < 2:
            return
        top = max(float(self._speeds[inside].max()), 3.0)
        xs = [_to_x(time_s, span, area.shape[1]) for time_s in times_s[inside]]
        ys = (area.shape[0] - 2) * (1 - self._speeds[inside] / top)
        points = np.stack([xs, ys], axis=1).round().astype(np.int32)
        cv2.polylines(area, [points], False, MUTED, 1, cv2.LINE_AA)


def _to_x(time_s: float, span: tuple[float, float], width_px: int) -> int:
    share = (time_s - span[0]) / max(span[1] - span[0], 1e-6)
    return round(_MARGIN_PX + share * (width_px - 2 * _MARGIN_PX))


def _color(take: Take) -> Color:
    return FAINT if take.label == IGNORE else HANDS[take.hand]


def _draw_words(stage: Image, editor: TakeEditor) -> None:
    """The moment, what the last key did, and the label that is being typed."""
    moment = f"{editor.cursor_s:.2f} s" + ("" if editor.is_playing else "  ·  paused")
    blend(stage, rounded_mask(152, 30, 9), stage.shape[1] - 164, 12, BACKGROUND, opacity=0.85)
    write(stage, moment, stage.shape[1] - 88, 32, TEXT, 14, align=0.5)
    lines: list[tuple[str, Color, int]] = []
    if editor.naming is not None:
        lines.append((f"new label:  {editor.naming}_", TEXT, 20))
        lines.append((f"known: {', '.join(editor.labels)}", MUTED, 14))
    if editor.message:
        lines.append((editor.message, WARNING if " would" in f" {editor.message}" else TEXT, 15))
    y = stage.shape[0] - 16 - 42 * len(lines)
    for text, color, size in lines:
        text = fit_text(text, stage.shape[1] - 2 * _MARGIN_PX - 28, size, 500)
        width = text_width(text, size, 500) + 28
        blend(stage, rounded_mask(width, 36, 9), _MARGIN_PX, y, BACKGROUND, opacity=0.9)
        write(stage, text, _MARGIN_PX + 14, y + 18 + size * 0.36, color, size, 500)
        y += 42


def _draw_panel(panel: Image, editor: TakeEditor) -> None:
    """The takes around the selected one, and the keys."""
    panel[:] = PANEL
    recording, choices, width = editor.recording, editor.choices, panel.shape[1] - 2 * _MARGIN_PX
    at = choices.index(editor.selected) if editor.selected in choices else -1
    write(panel, f"{at + 1} of {len(choices)}", _MARGIN_PX, 34, TEXT, 18, 600)
    write(panel, fit_text(recording.name, width, 12), _MARGIN_PX, 54, MUTED, 12)
    keys = KEYS if editor.naming is None else NAMING_KEYS
    room = max((panel.shape[0] - keys_height(len(keys)) - _ROWS_TOP_PX) // _ROW_PX, 1)
    first = min(max(0, at - room // 2), max(0, len(choices) - room))
    for index, take in enumerate(choices[first : first + room]):
        _draw_row(panel, _ROWS_TOP_PX + index * _ROW_PX, take, first + index == at)
    draw_keys(panel, keys)


def _draw_row(panel: Image, top: int, take: Take, is_selected: bool) -> None:
    width = panel.shape[1] - 2 * _MARGIN_PX
    if is_selected:
        blend(panel, rounded_mask(width + 20, _ROW_PX, 6), _MARGIN_PX - 10, top, TRACK)
    fill_rounded(panel, (_MARGIN_PX, top + 8, 8, 8), 4, _color(take))
    color, weight = (TEXT, 600) if is_selected else (MUTED, 400)
    write(panel, fit_text(take.label, width - 76, 13, weight), _MARGIN_PX + 16, top + 17, color, 13, weight)
    length = f"{take.end_s - take.start_s:.2f} s"
    write(panel, length, panel.shape[1] - _MARGIN_PX, top + 17, color, 12, align=1)


def _draw_axis(area: Image, editor: TakeEditor) -> None:
    """The whole recording: every take, what is ignored, and what the axis above shows of it."""
    times_s = editor.recording.times_s
    span = (float(times_s[0]), max(float(times_s[-1]), float(times_s[0]) + 1e-3))
    width, top, bottom = area.shape[1], 12, 34
    area[top:bottom, _MARGIN_PX : width - _MARGIN_PX] = PANEL
    for take in sorted(editor.takes, key=lambda take: take.label != IGNORE):
        low, high = (
            min(max(_to_x(t, span, width), _MARGIN_PX), width - _MARGIN_PX)
            for t in (take.start_s, take.end_s)
        )
        inset = 8 if take.label == IGNORE else 3
        dim = 1.0 if take == editor.selected or take.label == IGNORE else 0.55
        color = tuple(round(part * dim) for part in (TRACK if take.label == IGNORE else _color(take)))
        area[top + inset : bottom - inset, low : max(high, low + 2)] = color
    shown = [_to_x(time_s, span, width) for time_s in editor.span_s]
    cv2.rectangle(area, (shown[0] - 1, top), (shown[1] + 1, bottom), FAINT, 1)
    x = _to_x(editor.cursor_s, span, width)
    area[top - 3 : bottom + 3, max(x - 1, 0) : x + 1] = WHITE
    for time_s, align in ((span[0], 0.0), (span[1], 1.0)):
        write(area, f"{time_s:.0f} s", _to_x(time_s, span, width), bottom + 18, FAINT, 12, align=align)
