"""Painting on images in place: blending through masks, rounded shapes, coordinates finer than a pixel."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from gesture.display.palette import Color
from gesture.types import Array

Image = NDArray[np.uint8]
"""(height, width, 3) RGB, or (height, width) for a mask."""

SUBPIXEL_BITS = 4
"""OpenCV's fixed-point coordinates, in sixteenths of a pixel: shapes move smoothly, not in jumps."""


def blend(image: Image, mask: Image, x_px: int, y_px: int, color: Color, opacity: float = 1.0) -> None:
    """Paint a colour through a mask, in place; what lies outside the image is cut off.

    Args:
        image: uint8 (height, width, 3); changed.
        mask: uint8 (h, w), 0 leaves the image, 255 is the colour.
        x_px, y_px: where the mask's upper left corner comes to lie.
        color: red, green, blue.
        opacity: 0 to 1, times the mask.
    """
    left, top = max(x_px, 0), max(y_px, 0)
    mask = mask[top - y_px : max(image.shape[0] - y_px, 0), left - x_px : max(image.shape[1] - x_px, 0)]
    if mask.size == 0 or opacity <= 0:
        return
    region = image[top : top + mask.shape[0], left : left + mask.shape[1]]
    # In bytes, two to three times as fast as cv2.blendLinear and five times as fast as NumPy.
    alpha = cv2.cvtColor(
        mask if opacity >= 1 else cv2.convertScaleAbs(mask, alpha=opacity), cv2.COLOR_GRAY2RGB
    )
    cv2.multiply(region, cv2.bitwise_not(alpha), dst=region, scale=1 / 255)
    cv2.add(region, cv2.multiply(alpha, np.array([*color, 0], np.float64), scale=1 / 255), dst=region)


@lru_cache(maxsize=256)
def rounded_mask(width_px: int, height_px: int, radius_px: float, line_px: float = 0) -> Image:
    """uint8 (height, width): a filled rectangle with round corners, or only its edge of `line_px`.

    The same object each time: never change it.
    """
    x, y = np.arange(width_px) + 0.5 - width_px / 2, np.arange(height_px) + 0.5 - height_px / 2
    beyond_x = np.maximum(np.abs(x) - (width_px / 2 - radius_px), 0)
    beyond_y = np.maximum(np.abs(y) - (height_px / 2 - radius_px), 0)
    inside = radius_px - np.hypot(beyond_x[None], beyond_y[:, None])  # distance to the edge, in pixels
    cover = np.clip(inside + 0.5, 0, 1)
    if line_px:
        cover = cover - np.clip(inside - line_px + 0.5, 0, 1)
    mask: Image = np.rint(255 * cover).astype(np.uint8)
    return mask


def fill_rounded(image: Image, box: tuple[int, int, int, int], radius_px: float, color: Color) -> None:
    """Fill left, top, width, height in place."""
    left, top, width, height = box
    blend(image, rounded_mask(width, height, radius_px), left, top, color)


def to_fixed(points: Array) -> NDArray[np.int32]:
    """Pixels as OpenCV's fixed-point coordinates."""
    return np.rint(points * (1 << SUBPIXEL_BITS)).astype(np.int32)
