"""A take at one glance: its hands at equal time steps, and the wrist's path."""

from __future__ import annotations

import cv2
import numpy as np

from gesture.display.hands import draw_skeleton, to_pixels
from gesture.display.paint import SUBPIXEL_BITS, Image, fill_rounded, to_fixed
from gesture.display.palette import BACKGROUND, FAINT, HANDS, MUTED, PANEL, TEXT, Color
from gesture.display.text import fit_text, write
from gesture.types import SLOTS, Array, Recording, Take

CELL_PX = 136
_GAP_PX = 6
_HEADER_PX = 40
_FOOTER_PX = 24
_MARGIN_PX = 12


def draw_filmstrip(recording: Recording, take: Take, num_images: int = 8) -> Image:
    """A strip of `num_images` skeletons, from the take's start to its end: a new uint8 RGB image.

    All images show the same square of the scene, chosen so that the whole movement fits; each shows the
    take's newest frame at its time, and the wrist's path, bright up to then. Mirrored as the live window is: when
    the camera faces the person and the images did not arrive flipped.

    Args:
        recording: where the take is from.
        take: need not be one of `recording.takes`.
        num_images: at least 1.

    Example:
        >>> draw_filmstrip(recording, recording.takes[0]).shape
        (200, 1154, 3)
    """
    width = 2 * _MARGIN_PX + num_images * (CELL_PX + _GAP_PX) - _GAP_PX
    strip = np.full((_HEADER_PX + CELL_PX + _FOOTER_PX, width, 3), BACKGROUND, np.uint8)
    _draw_header(strip, take)
    scene = take_square(recording, take)
    mirror = recording.view == "facing" and not recording.mirrored
    start, end = np.searchsorted(recording.times_s, (take.start_s, take.end_s))
    for index, time_s in enumerate(np.linspace(take.start_s, take.end_s, num_images)):
        now = int(np.clip(np.searchsorted(recording.times_s, time_s, side="right") - 1, start, end - 1))
        left = _MARGIN_PX + index * (CELL_PX + _GAP_PX)
        cell = strip[_HEADER_PX : _HEADER_PX + CELL_PX, left : left + CELL_PX]
        cell[...] = draw_cell(scene[start:end], now - start, take, mirror)
        caption = f"{time_s - take.start_s:.2f} s"
        write(strip, caption, left + CELL_PX / 2, strip.shape[0] - 8, MUTED, 11, align=0.5)
    return strip


def _draw_header(strip: Image, take: Take) -> None:
    hand = "both hands" if take.hand == "both" else f"{take.hand} hand"
    label = fit_text(take.label, strip.shape[1] * 2 // 3, 16, 600)
    width = write(strip, label, _MARGIN_PX, 27, TEXT, 16, 600)
    write(strip, hand, _MARGIN_PX + width + 12, 27, HANDS[take.hand], 13)
    duration = f"{take.end_s - take.start_s:.2f} s"
    write(strip, duration, strip.shape[1] - _MARGIN_PX, 27, MUTED, 13, align=1)


def take_square(recording: Recording, take: Take) -> Array:
    """(T, 2, 21, 3): the landmarks in widths of the square in which the take's hands move."""
    width, height = recording.image_size
    points = recording.landmarks * np.array([width, height, width], np.float32)
    during = (recording.times_s >= take.start_s) & (recording.times_s < take.end_s)
    own = points[during][:, own_slots(take), :, :2].reshape(-1, 2)
    own = own[np.isfinite(own).all(axis=1)]
    if len(own) == 0:
        own = np.array([[0, 0], [width, height]], np.float32)
    low, high = own.min(axis=0), own.max(axis=0)
    side = 1.2 * max(*(high - low), 1.0)
    points[..., :2] -= (low + high) / 2 - side / 2
    return np.asarray(points / side, np.float32)


def own_slots(take: Take) -> list[int]:
    return [slot for slot, hand in enumerate(SLOTS) if take.hand in (hand, "both")]


def draw_cell(scene: Array, now: int, take: Take, mirror: bool) -> Image:
    """(CELL_PX, CELL_PX, 3), drawn at twice the size: small hands stay crisp."""
    cell = np.full((2 * CELL_PX, 2 * CELL_PX, 3), BACKGROUND, np.uint8)
    fill_rounded(cell, (0, 0, 2 * CELL_PX, 2 * CELL_PX), 16, PANEL)
    for slot, hand in enumerate(SLOTS):
        is_own = slot in own_slots(take)
        if is_own:
            _draw_path(cell, scene[:, slot, 0, :2], FAINT, mirror)
            _draw_path(cell, scene[: now + 1, slot, 0, :2], HANDS[hand], mirror)
        if now >= 0:
            draw_skeleton(cell, scene[now, slot], HANDS[hand] if is_own else FAINT, mirror)
    if now < 0 or not np.isfinite(scene[now, own_slots(take)]).any():
        write(cell, "no hand", CELL_PX, CELL_PX + 8, FAINT, 22, align=0.5)
    return np.asarray(cv2.resize(cell, (CELL_PX, CELL_PX), interpolation=cv2.INTER_AREA), np.uint8)


def _draw_path(cell: Image, path: Array, color: Color, mirror: bool) -> None:
    """A line through the points, over the frames in which there is none."""
    path = path[np.isfinite(path).all(axis=1)]
    points = to_fixed(to_pixels(path, cell, mirror))
    cv2.polylines(cell, [points], False, color, 3, cv2.LINE_AA, SUBPIXEL_BITS)
