"""A hand as a skeleton on an image: tapered bones, thicker and brighter towards the camera."""

from __future__ import annotations

import cv2
import numpy as np

from gesture.display.paint import SUBPIXEL_BITS, Image, to_fixed
from gesture.display.palette import HANDS, WHITE, Color
from gesture.types import NUM_LANDMARKS, SLOTS, Array

_FINGER_BONES = [(base + bone, base + bone + 1) for base in (1, 5, 9, 13, 17) for bone in range(3)]
_PALM_BONES = [(0, 1), (0, 5), (5, 9), (9, 13), (13, 17), (0, 17)]
CONNECTIONS = np.array(_FINGER_BONES + _PALM_BONES)
"""(21, 2) int: the landmarks that a bone joins, as MediaPipe draws them (`HandLandmarksConnections`)."""
PALM = (0, 5, 9, 13, 17)
FINGERTIPS = (4, 8, 12, 16, 20)

_TURN = np.arange(12) * (2 * np.pi / 12)
_UNIT_CIRCLE = np.stack([np.cos(_TURN), np.sin(_TURN)], axis=1)
_FAR = 8.0  # image widths; farther out, OpenCV's fixed-point coordinates would overflow


def draw_hands(image: Image, landmarks: Array, mirror: bool = False) -> None:
    """Draw both slots' hands in place, each in its colour. `landmarks`: (2, 21, 3), NaN where absent."""
    for slot, hand in enumerate(SLOTS):
        draw_skeleton(image, landmarks[slot], HANDS[hand], mirror)


def draw_skeleton(image: Image, landmarks: Array, color: Color, mirror: bool = False) -> None:
    """Draw one hand in place; nothing for a hand that is absent.

    Args:
        image: uint8 (height, width, 3); changed.
        landmarks: (21, 3) as in `HandFrame`; may lie outside the image, may be NaN.
        color: red, green, blue of the bones.
        mirror: True if the image was flipped left to right for display.

    Example:
        >>> image = np.zeros((480, 640, 3), np.uint8)
        >>> draw_skeleton(image, np.full((21, 3), np.nan, np.float32), (88, 190, 255))
        >>> bool(image.any())
        False
    """
    if not np.isfinite(landmarks).all():
        return
    points = to_pixels(landmarks, image, mirror)
    radii, nearness = _radii_and_nearness(points)
    _draw_shadow_and_palm(image, points, radii, color)
    _draw_bones(image, points, radii, nearness, color)
    _draw_landmarks(image, points, radii, nearness, color)


def to_pixels(landmarks: Array, image: Image, mirror: bool = False) -> Array:
    """(..., D >= 2) landmarks in image widths and heights -> pixels; z, if there, on x's scale."""
    height, width = image.shape[:2]
    scale = np.array([width, height, width], np.float32)[: landmarks.shape[-1]]
    points = np.asarray(np.clip(landmarks, -_FAR, _FAR) * scale, np.float32)
    if mirror:
        points[..., 0] = width - points[..., 0]
    return points


def box_within(image: Image, points: Array, margin_px: float) -> tuple[int, int, int, int] | None:
    """left, top, right, bottom in pixels of what lies on the image; None if nothing does."""
    size = np.array([image.shape[1], image.shape[0]])
    low = np.clip(np.floor(points[:, :2].min(axis=0) - margin_px), 0, size).astype(int)
    high = np.clip(np.ceil(points[:, :2].max(axis=0) + margin_px), 0, size).astype(int)
    return (*low.tolist(), *high.tolist()) if (high > low).all() else None


def palm_size_px(points: Array) -> float:
    """The larger of the palm's length (wrist to middle finger) and width (index to little finger)."""
    length, width = points[9] - points[0], points[17] - points[5]
    return float(max(np.hypot(*length[:2]), np.hypot(*width[:2])))


def _radii_and_nearness(points: Array) -> tuple[Array, Array]:
    """Both (21,): half the bones' thickness at each landmark, in pixels; how near it is, 0 far to 1 near."""
    palm_px = max(palm_size_px(points), 1.0)
    depth = np.clip(points[:, 2] / palm_px, -1, 1)
    radii = np.clip(palm_px * 0.023, 1.0, 5.5) * (1 - 0.45 * depth)
    return radii.astype(np.float32), np.clip(0.5 - 0.5 * depth, 0, 1)


def _draw_shadow_and_palm(image: Image, points: Array, radii: Array, color: Color) -> None:
    """A soft shadow that sets the bones off any background; a faint palm, so that it reads as a surface."""
    box = box_within(image, points, float(radii.max()) * 4)
    if box is None:
        return
    left, top, right, bottom = box
    region = image[top:bottom, left:right]
    points = points[:, :2] - (left, top)
    light = np.full_like(region, 255)
    for bone in to_fixed(_tapered(points, radii * 1.5 + 1)):
        cv2.fillConvexPoly(light, bone, (110, 110, 110), cv2.LINE_8, SUBPIXEL_BITS)
    reach = 2 * round(float(radii.max())) + 1
    cv2.multiply(region, cv2.blur(light, (reach, reach)), dst=region, scale=1 / 255)
    palm = region.copy()
    cv2.fillConvexPoly(palm, cv2.convexHull(to_fixed(points[list(PALM)])), color, cv2.LINE_AA, SUBPIXEL_BITS)
    cv2.addWeighted(palm, 0.2, region, 0.8, 0, dst=region)


def _draw_bones(image: Image, points: Array, radii: Array, nearness: Array, color: Color) -> None:
    bones = to_fixed(_tapered(points, radii))
    nearness = nearness[CONNECTIONS].mean(axis=1)
    shades = _shades(color, nearness)
    for bone in np.argsort(nearness):  # from far to near
        cv2.fillConvexPoly(image, bones[bone], shades[bone], cv2.LINE_AA, SUBPIXEL_BITS)


def _draw_landmarks(image: Image, points: Array, radii: Array, nearness: Array, color: Color) -> None:
    sizes = radii * np.where(np.isin(np.arange(NUM_LANDMARKS), FINGERTIPS), 2.1, 1.8)
    rims, cores = to_fixed(_discs(points, sizes)), to_fixed(_discs(points, sizes * 0.5))
    shades = _shades(color, nearness)
    for landmark in np.argsort(nearness):
        cv2.fillConvexPoly(image, rims[landmark], shades[landmark], cv2.LINE_AA, SUBPIXEL_BITS)
        cv2.fillConvexPoly(image, cores[landmark], WHITE, cv2.LINE_AA, SUBPIXEL_BITS)


def _discs(points: Array, radii: Array) -> Array:
    """(21, 12, 2): rounder at a few pixels' size than OpenCV's circles."""
    return np.asarray(points[:, None, :2] + radii[:, None, None] * _UNIT_CIRCLE, np.float32)


def _tapered(points: Array, radii: Array) -> Array:
    """(21, 4, 2): each bone's outline, as wide at either end as the landmark there."""
    ends = points[CONNECTIONS, :2]
    along = ends[:, 1] - ends[:, 0]
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-6)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)[:, None] * radii[CONNECTIONS][..., None]
    return np.concatenate([ends + across, (ends - across)[:, ::-1]], axis=1)


def _shades(color: Color, nearness: Array) -> list[list[float]]:
    """The colour, a little darker for what is farther away."""
    shades: list[list[float]] = np.outer(0.78 + 0.22 * nearness, color).tolist()
    return shades
