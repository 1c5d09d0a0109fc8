"""Text on images, in any script: set large with OpenCV's own fonts, shrunk to a smooth mask, cached, blended.

OpenCV 5 carries its fonts inside (Latin, Greek, Cyrillic, Hangul, kana, Chinese), so labels look the same on
every machine. It has no shaping for scripts written from right to left; those few are set by Pillow.
"""

from __future__ import annotations

import math
import unicodedata
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from gesture.display.paint import Image, blend
from gesture.display.palette import Color

if TYPE_CHECKING:
    from PIL import ImageFont


_SUPERSAMPLING = 4  # drawn at 4 times the size: letters then stand at quarters of a pixel, with even spacing
_ASCENT = 1.15  # of the size; room for accents on capitals
_HEIGHT = 1.6
_LONGEST = 120  # characters looked at before a label is cut to fit


def write(
    image: Image,
    text: str,
    x_px: float,
    baseline_px: float,
    color: Color,
    size_px: int = 13,
    weight: int = 400,
    align: float = 0.0,
    opacity: float = 1.0,
) -> int:
    """Write one line in place and return its width in pixels.

    `align` says which part of the text stands at `x_px`: 0 its left end, 0.5 its middle, 1 its right end.

    Example:
        >>> image = np.zeros((40, 200, 3), np.uint8)
        >>> write(image, "왼쪽 swipe_left", 8, 26, (255, 255, 255), size_px=16) > 0
        True
    """
    mask = _text_mask(text, size_px, weight)
    left = round(x_px - align * mask.shape[1])
    blend(image, mask, left, round(baseline_px) - math.ceil(_ASCENT * size_px), color, opacity)
    return int(mask.shape[1])


def printable(text: str) -> str:
    """The text with blanks for line breaks and other characters without a picture, accents composed.

    A lone surrogate (from a file name that is not UTF-8) crashes OpenCV's text and fits into no file.

    Example:
        >>> printable("two\\nlines")
        'two lines'
    """
    return "".join(c if c.isprintable() else " " for c in unicodedata.normalize("NFC", text))


@lru_cache(maxsize=4096)
def text_width(text: str, size_px: int, weight: int = 400) -> int:
    """Pixels that `write` covers from left to right."""
    text = printable(text)
    if _right_to_left(text):
        return math.ceil(_pillow_font(size_px, weight).getlength(text) / _SUPERSAMPLING) + 1
    _, _, width, _ = cv2.getTextSize((0, 0), text, (0, 0), _font(), size_px * _SUPERSAMPLING, weight)
    return math.ceil(width / _SUPERSAMPLING) + 1


@lru_cache(maxsize=1024)
def fit_text(text: str, width_px: int, size_px: int, weight: int = 400) -> str:
    """The text if it fits into the width, else as much of its beginning as does, with an ellipsis.

    Example:
        >>> fit_text("a_label_that_is_far_too_long", 80, 13)
        'a_label_t…'
    """
    if len(text) <= _LONGEST and text_width(text, size_px, weight) <= width_px:
        return text
    text = text[:_LONGEST]
    while text and text_width(text + "…", size_px, weight) > width_px:
        text = text[:-1]
    return text.rstrip() + "…"


@lru_cache(maxsize=2048)
def _text_mask(text: str, size_px: int, weight: int) -> Image:
    """(height, width), 0 to 255: how much of a pixel the letters cover. Kept: never change it."""
    text = printable(text)
    height, width = math.ceil(_HEIGHT * size_px), max(text_width(text, size_px, weight), 1)
    shape = (height * _SUPERSAMPLING, width * _SUPERSAMPLING)
    baseline = math.ceil(_ASCENT * size_px) * _SUPERSAMPLING
    if _right_to_left(text):
        large = _pillow_mask(shape, text, baseline, size_px, weight)
    else:
        large = _opencv_mask(shape, text, baseline, size_px, weight)
    return np.asarray(cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


@lru_cache(maxsize=1)
def _font() -> cv2.FontFace:
    return cv2.FontFace("sans")


def _opencv_mask(shape: tuple[int, int], text: str, baseline_px: int, size_px: int, weight: int) -> Image:
    large = np.zeros(shape, np.uint8)
    cv2.putText(large, text, (0, baseline_px), (255,), _font(), size_px * _SUPERSAMPLING, weight)
    if weight > 450 and any(ord(c) >= 0x1100 for c in text):
        # OpenCV's East Asian glyphs come in one weight; beside a bold Latin label they look faint.
        reach = max(round(size_px * _SUPERSAMPLING * 0.025), 1)
        cv2.dilate(large, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)), dst=large)
    return large


def _right_to_left(text: str) -> bool:
    return any(unicodedata.bidirectional(c) in ("R", "AL") for c in text)


@lru_cache(maxsize=32)
def _pillow_font(size_px: int, weight: int) -> ImageFont.FreeTypeFont:
    from PIL import ImageFont

    matplotlib = find_spec("matplotlib")  # carries DejaVu Sans; found without importing it, which takes long
    assert matplotlib is not None
    assert matplotlib.origin is not None
    name = "DejaVuSans-Bold.ttf" if weight > 450 else "DejaVuSans.ttf"
    file = Path(matplotlib.origin).parent / "mpl-data" / "fonts" / "ttf" / name
    return ImageFont.truetype(file, size_px * _SUPERSAMPLING)


def _pillow_mask(shape: tuple[int, int], text: str, baseline_px: int, size_px: int, weight: int) -> Image:
    from PIL import Image as PillowImage
    from PIL import ImageDraw

    large = PillowImage.new("L", (shape[1], shape[0]))
    font = _pillow_font(size_px, weight)
    ImageDraw.Draw(large).text((0, baseline_px), text, 255, font, anchor="ls")
    return np.asarray(large)
