"""The live window's picture: the camera image with the hands on it, and beside it what the model thinks.

`draw_live` is a pure function of the image, the hands and a `LiveStatus`.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from gesture.display.hands import box_within, draw_hands, to_pixels
from gesture.display.paint import SUBPIXEL_BITS, Image, blend, rounded_mask, to_fixed
from gesture.display.palette import BACKGROUND, HANDS, MUTED, TEXT, Color
from gesture.display.panel import PANEL_WIDTH_PX, draw_panel
from gesture.display.status import LiveStatus, visible_events
from gesture.display.text import fit_text, text_width, write
from gesture.types import SLOTS, Array, GestureEvent, HandFrame

HEIGHT_PX = 540
STAGE_WIDTHS_PX = (360, 960)
"""Width of the part with the camera image: at least, at most."""

_MARGIN_PX = 18
_EVENT_SIZES_PX = (58, 48, 38, 30, 24)
_SHADOW_PX = 230
_SHADOW_STEPS = 16
_EDGE_PX = 4
_CAPTION_PX = 14
_CAPTION_HEIGHT_PX = 32
_CAPTION_PAD_PX = 12
_GAP_PX = 8


def draw_live(image_rgb: Image, hand_frame: HandFrame, status: LiveStatus) -> Image:
    """The live window's picture: a new uint8 RGB image, `HEIGHT_PX` high, its width by the camera's aspect.

    Args:
        image_rgb: uint8 (height, width, 3), as the source delivered it; not changed.
        hand_frame: the hands found in it.
        status: everything else.

    Example:
        >>> image = np.zeros((480, 640, 3), np.uint8)
        >>> draw_live(image, HandFrame.empty(0.0, (640, 480)), LiveStatus()).shape
        (540, 960, 3)
    """
    canvas, picture = _lay_out(image_rgb, status)
    stage, panel = canvas[:, :-PANEL_WIDTH_PX], canvas[:, -PANEL_WIDTH_PX:]
    if status.trail is not None:
        _draw_trail(picture, status.trail, status.mirror)
    if status.show_landmarks:
        draw_hands(picture, hand_frame.landmarks, status.mirror)
    events = visible_events(status.events, hand_frame.time_s)
    _draw_events(stage, events)
    _draw_captions(stage, status)
    draw_panel(panel, hand_frame.seen, status, events)
    return canvas


def _lay_out(image_rgb: Image, status: LiveStatus) -> tuple[Image, Image]:
    """The whole canvas, and the part of it that shows the camera image (already there)."""
    height, width = image_rgb.shape[:2]
    scale = min(HEIGHT_PX / height, STAGE_WIDTHS_PX[1] / width)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    stage_width = max(size[0] + size[0] % 2, STAGE_WIDTHS_PX[0])  # even: video codecs want it
    canvas = np.empty((HEIGHT_PX, stage_width + PANEL_WIDTH_PX, 3), np.uint8)
    if size != (stage_width, HEIGHT_PX):
        cv2.rectangle(canvas, (0, 0, *canvas.shape[1::-1]), BACKGROUND, cv2.FILLED)
    left, top = (stage_width - size[0]) // 2, (HEIGHT_PX - size[1]) // 2
    picture = canvas[top : top + size[1], left : left + size[0]]
    cv2.resize(image_rgb, size, dst=picture)
    if status.mirror:
        cv2.flip(picture, 1, dst=picture)
    if status.paused:
        cv2.convertScaleAbs(picture, dst=picture, alpha=0.4)
    return canvas, picture


def _draw_trail(picture: Image, trail: Array, mirror: bool) -> None:
    """Where each hand has been, fading into the past."""
    points = to_pixels(trail, picture, mirror)
    for slot, hand in enumerate(SLOTS):
        path = points[:, slot]
        seen = np.isfinite(path[:, 0])
        box = box_within(picture, path[seen], margin_px=4) if seen.any() else None
        if box is not None:
            left, top, right, bottom = box
            mask = _trail_mask(path - (left, top), seen, (bottom - top, right - left))
            blend(picture, mask, left, top, HANDS[hand])


def _trail_mask(path: Array, seen: NDArray[np.bool_], shape: tuple[int, int]) -> Image:
    mask = np.zeros(shape, np.uint8)
    points = to_fixed(np.where(seen[:, None], path, 0))
    for newer in np.flatnonzero(seen[1:] & seen[:-1]) + 1:
        strength = newer / (len(path) - 1)
        ends = points[newer - 1].tolist(), points[newer].tolist()
        cv2.line(mask, *ends, (int(190 * strength),), 1 + round(5 * strength), cv2.LINE_AA, SUBPIXEL_BITS)
    return mask


def _draw_events(stage: Image, events: list[tuple[GestureEvent, float]]) -> None:
    """The names of what just fired, large and fading: one in the middle, two beside each other."""
    if not events:
        return
    strongest = max(opacity for _, opacity in events)
    shade_foot(stage, strongest)
    column = stage.shape[1] // len(events)
    for index, (event, opacity) in enumerate(events):
        _draw_event(stage, event, opacity, index * column + column // 2, column - 2 * _MARGIN_PX)
    draw_edge(stage, HANDS[events[-1][0].hand], strongest)


def _draw_event(stage: Image, event: GestureEvent, opacity: float, middle_px: int, width_px: int) -> None:
    fitting = (size for size in _EVENT_SIZES_PX if text_width(event.label, size, 600) <= width_px)
    size = next(fitting, _EVENT_SIZES_PX[-1])
    label = fit_text(event.label, width_px, size, 600)
    baseline = stage.shape[0] - 66
    write(stage, label, middle_px, baseline, TEXT, size, 600, align=0.5, opacity=opacity)
    hand = "both hands" if event.hand == "both" else f"{event.hand} hand"
    detail = f"{hand}  ·  {event.score:.0%}"
    write(stage, detail, middle_px, baseline + 36, HANDS[event.hand], 17, 500, align=0.5, opacity=opacity)


def shade_foot(stage: Image, opacity: float) -> None:
    """Darken the lower part in place, so that light letters can be read on any image."""
    ground = stage[-_SHADOW_PX:]
    light = _falling_light(stage.shape[1], round(opacity * _SHADOW_STEPS))[-len(ground) :]
    cv2.multiply(ground, light, dst=ground, scale=1 / 255)


def draw_edge(stage: Image, color: Color, opacity: float) -> None:
    """A frame of light around the image in place, to be seen out of the corner of the eye."""
    height, width = stage.shape[:2]
    across, down = np.full((_EDGE_PX, width), 255, np.uint8), np.full((height, _EDGE_PX), 255, np.uint8)
    for mask, left, top in (
        (across, 0, 0),
        (across, 0, height - _EDGE_PX),
        (down, 0, 0),
        (down, width - _EDGE_PX, 0),
    ):
        blend(stage, mask, left, top, color, opacity)


@lru_cache(maxsize=_SHADOW_STEPS + 1)
def _falling_light(width_px: int, step: int) -> Image:
    """(h, width, 3): bright above, dark below."""
    ramp = np.linspace(0, 1, _SHADOW_PX) ** 1.2 * 0.9 * step / _SHADOW_STEPS
    rows = np.rint(255 * (1 - ramp)).astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(rows[:, None, None], (_SHADOW_PX, width_px, 3)))


def _draw_captions(stage: Image, status: LiveStatus) -> None:
    """Short lines over the image, one after the other where they fit: truth, score, notice; and "paused"."""
    x, y = _MARGIN_PX, _MARGIN_PX
    room = stage.shape[1] - 2 * _MARGIN_PX - 2 * _CAPTION_PAD_PX
    for text, color in ((status.truth, TEXT), (status.score, MUTED), (status.notice, HANDS["right"])):
        if not text:
            continue
        text = fit_text(text, room, _CAPTION_PX, 500)
        width = text_width(text, _CAPTION_PX, 500) + 2 * _CAPTION_PAD_PX
        if x > _MARGIN_PX and x + width > stage.shape[1] - _MARGIN_PX:
            x, y = _MARGIN_PX, y + _CAPTION_HEIGHT_PX + _GAP_PX
        blend(stage, rounded_mask(width, _CAPTION_HEIGHT_PX, 8), x, y, BACKGROUND, opacity=0.8)
        write(stage, text, x + _CAPTION_PAD_PX, y + 21, color, _CAPTION_PX, 500)
        x += width + _GAP_PX
    if status.paused:
        _draw_paused(stage)


def _draw_paused(stage: Image) -> None:
    height, width = stage.shape[:2]
    blend(stage, rounded_mask(172, 64, 32), width // 2 - 86, height // 2 - 32, BACKGROUND, opacity=0.85)
    write(stage, "paused", width / 2, height // 2 + 9, TEXT, 28, 500, align=0.5)
