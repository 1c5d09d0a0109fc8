"""Lights what is seen of a hand: skin tone by side (palms are paler), creases, nails, a sleeve; a lamp, and
darkness where one part lies close behind another.

In: a `Surface`, the nearest part at every pixel. Out: an image with transparency.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gesture.types import Array
from gesture.virtual.anatomy import Floats
from gesture.virtual.people import Color

Image = NDArray[np.uint8]

# Parts of a hand: 0 to 14 the bones of the fingers (thumb to little finger, base to tip), then the palm's.
FIRST_PALM_PART, ARM, BACKDROP = 15, 30, 31
ON_PALM_LINE = -1.0
_IS_TIP = np.isin(np.arange(BACKDROP + 1), [2, 5, 8, 11, 14])
_PALM_PALLOR = np.array([0.92, 0.72, 0.64], np.float32)
_NAIL = np.array([0.96, 0.78, 0.74], np.float32)
_SLEEVE_BEGINS = 0.3
_WARMTH = np.array(
    [1.08, 1.0, 0.93], np.float32
)  # of indoor light, and of light that has been under the skin


@dataclass(frozen=True)
class Look:
    """How a hand is drawn.

    Attributes:
        skin_tone: RGB of the back of the hand, 0 to 255.
        lamp: direction to the light in the camera's axes.
        sleeve: RGB of the sleeve, or None for a bare arm.
    """

    skin_tone: Color
    lamp: tuple[float, float, float] = (-0.35, -0.6, -0.75)
    sleeve: Color | None = None


@dataclass(frozen=True)
class Surface:
    """What is seen at every pixel, all (height, width).

    Attributes:
        depth: pixels away from the camera.
        normal_x, normal_y: of the unit normal (its z looks at the camera).
        along: place on the part's bone, 0 to 1, or `ON_PALM_LINE`.
        part: uint8, `BACKDROP` where there is no hand.
        xs, ys: the pixels' own coordinates, (1, width) and (height, 1).
    """

    depth: Array
    normal_x: Array
    normal_y: Array
    along: Array
    part: Image
    xs: Array
    ys: Array

    @classmethod
    def empty(cls, width: int, height: int) -> Surface:
        shape = (height, width)
        part = np.full(shape, BACKDROP, np.uint8)
        xs, ys = np.arange(width, dtype=np.float32)[None], np.arange(height, dtype=np.float32)[:, None]
        x, y, along = np.zeros((3, *shape), np.float32)
        return cls(np.full(shape, np.inf, np.float32), x, y, along, part, xs, ys)

    def put(
        self,
        box: tuple[slice, slice],
        nearer: NDArray[np.bool_],
        part: int,
        values: tuple[Array | float, ...],
    ) -> None:
        """Write depth, normal and place along the bone where a part is nearer than all before."""
        for target, value in zip((self.depth, self.normal_x, self.normal_y, self.along), values, strict=True):
            np.copyto(target[box], value, where=nearer)
        np.copyto(self.part[box], np.uint8(part), where=nearer)


def light(surface: Surface, sides: Floats, look: Look, px_per_m: float) -> Image:
    """The lit hand.

    Args:
        surface: what is seen.
        sides: (parts, 3) where the palm's side of each part looks.
        look: skin, lamp, sleeve.
        px_per_m: the surface's scale at the hand.

    Returns:
        uint8 (height, width, 4): RGB times opacity, and opacity.
    """
    seen = np.flatnonzero(surface.part != BACKDROP)
    image = np.zeros((*surface.part.shape, 4), np.uint8)
    if len(seen):
        part, along = surface.part.take(seen), surface.along.take(seen)
        normal = _smooth_normals(surface, 0.011 * px_per_m, seen)
        lit = np.maximum(normal @ _unit32(look.lamp), 0)
        brightness = (0.36 + 0.58 * lit) * (1 - 0.55 * _hollows(surface, px_per_m, seen))
        palmar = np.einsum("nc,nc->n", normal, sides.astype(np.float32).take(part, axis=0))
        brightness *= 1 - _creases(part, along, palmar) * np.where(palmar > 0, 0.2, 0.11)
        color = _albedo(part, along, palmar, look) * _WARMTH * brightness[:, None] + (0.04 * lit**8)[:, None]
        image.reshape(-1, 4)[seen, :3] = np.minimum(255 * color, 255)
        image.reshape(-1, 4)[seen, 3] = 255
    return np.asarray(cv2.GaussianBlur(image, (3, 3), 0), np.uint8)


def _unit32(vector: tuple[float, float, float]) -> Array:
    return np.asarray(np.array(vector) / np.linalg.norm(vector), np.float32)


def _smooth_normals(surface: Surface, radius_px: float, seen: NDArray[np.int64]) -> Array:
    """(N, 3) unit normals. Those of palm and arm are averaged over `radius_px`: skin hides bones there."""
    side = 2 * max(int(radius_px), 1) + 1
    broad = (surface.part >= FIRST_PALM_PART) & (surface.part != BACKDROP)
    weight = cv2.blur(broad.astype(np.float32), (side, side)) + 1e-6
    normal = np.empty((len(seen), 3), np.float32)
    is_broad = broad.take(seen)
    for axis, plane in enumerate((surface.normal_x, surface.normal_y)):
        smooth = cv2.blur(plane * broad, (side, side)) / weight
        normal[:, axis] = np.where(is_broad, smooth.take(seen), cv2.blur(plane, (3, 3)).take(seen))
    flat = normal[:, 0] ** 2 + normal[:, 1] ** 2
    normal[:, 2] = -np.sqrt(np.maximum(1 - flat, 0.02))
    return normal


def _hollows(surface: Surface, px_per_m: float, seen: NDArray[np.int64]) -> Array:
    """(N,) 0 to 1: how deep a pixel lies behind its neighbourhood, which keeps light from it.

    Luft, Colditz & Deussen, Image enhancement by unsharp masking the depth buffer, SIGGRAPH 2006.
    """
    farthest = surface.depth.take(seen).max()
    depth = np.minimum(surface.depth, farthest)
    side = 2 * max(int(0.006 * px_per_m), 1) + 1
    behind = (depth - cv2.blur(depth, (side, side))).take(seen)
    return np.asarray(np.clip(behind / (0.012 * px_per_m), 0, 1))


def _creases(part: Image, along: Array, palmar: Array) -> NDArray[np.bool_]:
    """(N,) the lines across a finger's joints, on the palm's side and on the back, and those of the palm."""
    at_joint = (along < 0.045) | ((along > 0.97) & ~_IS_TIP[part])
    across_finger = (part < FIRST_PALM_PART) & at_joint & (np.abs(palmar) > 0.3)
    return np.asarray(across_finger | ((along == ON_PALM_LINE) & (palmar > 0.3)))


def _albedo(part: Image, along: Array, palmar: Array, look: Look) -> Array:
    """(N, 3) the skin's own colour."""
    tone = np.array(look.skin_tone, np.float32) / 255
    pallor = 0.2 + 0.3 * (1 - tone.mean())  # the darker the skin, the more its palms differ
    pallor *= np.where(part == ARM, np.clip(1 - 4 * along, 0.4, 1), 1)
    share = (np.clip(0.5 + 1.2 * palmar, 0, 1) * pallor)[:, None]
    albedo = tone + share * (_PALM_PALLOR - tone)
    tip = _IS_TIP[part]
    nail = np.flatnonzero(tip & (palmar < -0.72) & (along > 0.45) & (along < 0.98))
    albedo[nail] = 0.55 * albedo[nail] + 0.45 * _NAIL
    pad = np.flatnonzero(tip & (palmar > -0.2))
    albedo[pad] *= np.array([1.02, 0.95, 0.94], np.float32)
    if look.sleeve is not None:
        albedo[np.flatnonzero((part == ARM) & (along > _SLEEVE_BEGINS))] = np.array(look.sleeve) / 255
    return np.asarray(albedo)
