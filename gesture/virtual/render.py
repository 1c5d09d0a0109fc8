"""Draws one hand: capsules about its bones, each only in its own box, and the palm filled between them.

In: the 21 landmarks and the elbow in the camera's frame. Out: a `Layer`, a small picture of the hand with
transparency, to be laid (and smeared along its motion) over a background by `camera`. Every part writes how
near it is, its normal and the place along its bone, the nearest winning; `shading` then lights what is seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from gesture.types import Array
from gesture.virtual.anatomy import Floats, Proportions
from gesture.virtual.optics import focal_px
from gesture.virtual.shading import ARM, BACKDROP, FIRST_PALM_PART, ON_PALM_LINE, Image, Look, Surface, light

# Points beside the 21 landmarks, filled in by `_skeleton`: both edges of the wrist, of the arm at the wrist and
# of the elbow, and the middle of the hand's outer edge.
_WRIST_OUT, _WRIST_IN, _ARM_OUT, _ARM_IN, _ELBOW_OUT, _ELBOW_IN, _HEEL = range(21, 28)
_TIPS, _LAST_JOINTS = [4, 8, 12, 16, 20], [3, 7, 11, 15, 19]

_FINGER_BONES = [(4 * finger + bone + 1, 4 * finger + bone + 2) for finger in range(5) for bone in range(3)]
# begin, end, radius there in mm, for a hand of 187 mm
_PALM_BONES = [
    (_WRIST_OUT, 5, 13, 10.8), (0, 9, 14, 11), (0, 13, 14, 10.5), (_WRIST_IN, 17, 13, 9.2), (5, 9, 10, 10),
    (9, 13, 10, 9.6), (13, 17, 9.6, 9), (_WRIST_OUT, 1, 14, 15), (_WRIST_IN, _HEEL, 13.5, 13),
]  # fmt: skip
_ARM_BONES = [(_ARM_OUT, _ELBOW_OUT, 20, 36), (_ARM_IN, _ELBOW_IN, 20, 36)]
_OTHERS = np.array(_PALM_BONES + _ARM_BONES)
_BONES = np.concatenate([_FINGER_BONES, _OTHERS[:, :2].astype(int)])
_PARTS = np.concatenate([np.arange(FIRST_PALM_PART + len(_PALM_BONES)), [ARM] * len(_ARM_BONES)])
_PALM_PART, _WEB_PART = FIRST_PALM_PART + len(_PALM_BONES), FIRST_PALM_PART + len(_PALM_BONES) + 1
_PALM_OUTLINE = [_WRIST_OUT, 1, 5, 9, 13, 17, _HEEL, _WRIST_IN]
_FLAT_BONE = FIRST_PALM_PART + 1
# The three great lines of the palm: shares of wrist, index knuckle and little knuckle along each.
_PALM_LINES = np.array([
    [(0.12, 0.05, 0.83), (0.10, 0.28, 0.62), (0.08, 0.52, 0.40), (0.00, 0.78, 0.22)],
    [(0.20, 0.80, 0.00), (0.22, 0.60, 0.18), (0.27, 0.40, 0.33), (0.38, 0.12, 0.50)],
    [(0.18, 0.82, 0.00), (0.34, 0.46, 0.20), (0.62, 0.22, 0.16), (0.94, 0.02, 0.04)],
])  # fmt: skip
_LARGEST_HAND_PX = 190
_EDGE_PX = 48


@dataclass(frozen=True)
class Layer:
    """A drawn hand.

    Attributes:
        image: uint8 (height, width, 4): RGB times opacity, and opacity.
        origin_px: (x, y) of its upper left corner in the image.
        scale: its pixels per image pixel.
        depth_m: how far from the camera.
    """

    image: Image
    origin_px: tuple[int, int]
    scale: float
    depth_m: float


def draw_hand(
    arm_m: Floats, proportions: Proportions, look: Look, image_size: tuple[int, int], detail: float = 1.0
) -> Layer | None:
    """One hand as a layer; None if it is outside the image.

    Very large hands are drawn small and enlarged: that bounds the time, and nobody sees it.

    Args:
        arm_m: (22, 3) landmarks and elbow in the camera's frame.
        proportions: the person's hand, for its thickness.
        look: skin and light.
        image_size: (width, height) in pixels.
        detail: 1 for an image pixel's, less to draw smaller, which is faster.
    """
    skeleton_m, focal = _skeleton(arm_m[:21], arm_m[21]), focal_px(image_size)
    depth = np.maximum(skeleton_m[:, 2:], 0.08)
    px_per_m = focal / float(depth[9, 0])
    places = np.column_stack(
        [skeleton_m[:, :2] / depth * focal + np.array(image_size) / 2, skeleton_m[:, 2] * px_per_m]
    )
    radii = _radii(proportions) * focal / depth[_BONES, 0]
    low, high = _box(places, float(radii[:-2].max()), image_size)
    if np.any(high <= low):
        return None
    scale = min(detail, _LARGEST_HAND_PX / (px_per_m * proportions.length_m))
    places, radii = (places - [*low, 0]) * scale, radii * scale
    surface = Surface.empty(*(int(size) for size in np.ceil((high - low) * scale)))
    _draw_bones(surface, places.astype(np.float32), radii.astype(np.float32))
    thickness = 1.05 * float(radii[_FLAT_BONE, 1])
    _fill(surface, places, _PALM_OUTLINE, [0, 5, 17], thickness, _PALM_PART)
    _fill(surface, places, [1, 2, 5], [1, 2, 5], 0.7 * thickness, _WEB_PART)
    _draw_palm_lines(surface, places[[0, 5, 17], :2])
    image = light(surface, _sides(skeleton_m), look, px_per_m * scale)
    return Layer(image, (int(low[0]), int(low[1])), scale, float(arm_m[:21, 2].mean()))


def _skeleton(points_m: Floats, elbow_m: Floats) -> Floats:
    """(28, 3): landmarks and helping points. Fingertip landmarks lie near the skin: bones end before them."""
    across = _unit(points_m[17] - points_m[5])
    wrist = points_m[0]
    helpers = [
        wrist - 0.013 * across, wrist + 0.013 * across, wrist - 0.009 * across, wrist + 0.009 * across,
        elbow_m - 0.01 * across, elbow_m + 0.01 * across,
        wrist + 0.55 * (points_m[17] - wrist) + 0.004 * across,
    ]  # fmt: skip
    skeleton = np.concatenate([points_m, helpers])
    skeleton[_TIPS] -= 0.15 * (points_m[_TIPS] - points_m[_LAST_JOINTS])
    return skeleton


def _radii(proportions: Proportions) -> Floats:
    """(bones, 2) radii in metres at both ends."""
    fingers = np.stack([proportions.radii_m[:, :3], proportions.radii_m[:, 1:]], axis=-1).reshape(-1, 2)
    return np.concatenate([fingers, _OTHERS[:, 2:] / 1000 * proportions.length_m / 0.187])


def _box(places: Floats, radius_px: float, image_size: tuple[int, int]) -> tuple[Floats, Floats]:
    """Corners of the part of the image that the hand covers, with room to be smeared in at its edges."""
    low = np.maximum(np.floor(places[:, :2].min(axis=0) - radius_px), -_EDGE_PX)
    high = np.minimum(np.ceil(places[:, :2].max(axis=0) + radius_px), np.add(image_size, _EDGE_PX))
    return low, high


def _draw_bones(surface: Surface, places: Array, radii: Array) -> None:
    begins, ends = places[_BONES[:, 0]], places[_BONES[:, 1]]
    reach = radii.max(axis=1)[:, None] + 1
    height, width = surface.depth.shape
    low = np.maximum(np.minimum(begins, ends)[:, :2] - reach, 0).astype(int)
    high = np.minimum(np.maximum(begins, ends)[:, :2] + reach + 1, [width, height]).astype(int)
    for bone in np.flatnonzero(np.all(high > low, axis=1)):
        box = (slice(low[bone, 1], high[bone, 1]), slice(low[bone, 0], high[bone, 0]))
        draw_capsule(surface, box, int(_PARTS[bone]), begins[bone], ends[bone], radii[bone])


def draw_capsule(
    surface: Surface, box: tuple[slice, slice], part: int, begin: Array, end: Array, radii: Array
) -> None:
    """A bar with round ends, seen along z.

    A ray meets a cylinder that leans towards the camera farther along its axis than where it crosses the
    axis: by h sin(lean) for a surface h before the axis. Beyond the ends a sphere is met.
    """
    (x, y, z), (first, second) = begin.tolist(), radii.tolist()
    step_x, step_y, step_z = (end - begin).tolist()
    flat = max(float(np.hypot(step_x, step_y)), 1e-3)
    length = float(np.hypot(flat, step_z))
    ux, uy = step_x / flat, step_y / flat
    dx, dy = surface.xs[:, box[1]] - x, surface.ys[box[0]] - y
    along, across = dx * ux + dy * uy, dy * ux - dx * uy
    square = across * across
    crossing = first + np.clip(along / flat, 0, 1) * (second - first)
    front = np.sqrt(np.maximum(crossing * crossing - square, 0))
    share = np.clip((along - front * (step_z / length)) / max(flat, 0.02 * length), 0, 1)
    radius = first + share * (second - first)
    beyond = along - share * flat
    height = radius * radius - square - beyond * beyond
    depth = z + share * step_z - np.sqrt(np.maximum(height, 0))
    nearer = (height > 0) & (depth < surface.depth[box])
    normal_x, normal_y = (beyond * ux - across * uy) / radius, (beyond * uy + across * ux) / radius
    surface.put(box, nearer, part, (depth, normal_x, normal_y, share))


def _fill(
    surface: Surface, places: Floats, outline: list[int], plane: list[int], thickness: float, part: int
) -> None:
    """A slab over the plane through three points, inside an outline; nothing if it is seen from its edge."""
    first, second, third = places[plane]
    x, y, z = _unit(np.cross(second - first, third - first)).astype(np.float32).tolist()
    if abs(z) < 0.15:
        return
    corners = places[outline, :2]
    low = np.clip(corners.min(axis=0).astype(int), 0, surface.depth.shape[::-1])
    high = np.clip(corners.max(axis=0).astype(int) + 1, low, surface.depth.shape[::-1])
    if np.any(high <= low):
        return
    box = (slice(low[1], high[1]), slice(low[0], high[0]))
    inside = np.zeros((high - low)[::-1], np.uint8)
    cv2.fillPoly(inside, [cv2.convexHull((corners - low).round().astype(np.int32))], 1)
    rise = (surface.xs[:, box[1]] - np.float32(first[0])) * x + (
        surface.ys[box[0]] - np.float32(first[1])
    ) * y
    depth = np.float32(first[2]) - rise / z - np.float32(thickness / abs(z))
    nearer = (inside > 0) & (depth < surface.depth[box])
    surface.put(box, nearer, part, (depth, -x * np.sign(z), -y * np.sign(z), 0.5))


def _draw_palm_lines(surface: Surface, corners: Floats) -> None:
    """Mark the lines of the palm on what is seen of it, front or back (light shows them on its front)."""
    drawn = np.zeros(surface.part.shape, np.uint8)
    lines = (_PALM_LINES @ corners).round().astype(np.int32)
    cv2.polylines(drawn, list(lines), isClosed=False, color=1)
    surface.along[(drawn > 0) & (surface.part >= FIRST_PALM_PART) & (surface.part < ARM)] = ON_PALM_LINE


def _sides(skeleton_m: Floats) -> Floats:
    """(parts, 3): where the palm's side of every part looks, in the camera's frame (the arm: as the palm)."""
    begins, ends = _BONES[:FIRST_PALM_PART].T
    bones = skeleton_m[ends] - skeleton_m[begins]
    across = skeleton_m[17] - skeleton_m[5]
    palm = np.cross(across, skeleton_m[9] - skeleton_m[0])
    # The thumb stands in front of the palm and fingers bend to it: that tells the sides of the hand apart.
    bent = skeleton_m[[2, 3, *_TIPS]].mean(axis=0) - skeleton_m[[0, 5, 9, 13, 17]].mean(axis=0)
    sign = 1.0 if palm @ bent > 0 else -1.0
    sides = sign * np.cross(across, bones)
    sides[:3] = 0.4 * sign * _unit(palm) + 0.9 * _unit(across)
    filled = np.tile(sign * palm, (BACKDROP - len(sides), 1))
    return _unit(np.concatenate([sides, filled]))


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9))
