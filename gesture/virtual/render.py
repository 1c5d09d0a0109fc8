"""Draws one hand: capsules about its bones, shaded, each only in its own box.

In: the 21 landmarks and the elbow in the camera's frame. Out: a `Layer`, a small picture of the hand with
transparency, to be laid (and smeared along its motion) over a background by `camera`.

Each capsule writes depth, normal and place along the bone into small buffers, the nearest winning; the palm
is filled between the bones. Then all visible pixels are lit at once: skin tone by side (palms are paler),
creases and nails, a lamp above, and darkness where one part lies close behind another.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gesture.types import Array
from gesture.virtual.anatomy import Floats, Proportions
from gesture.virtual.optics import FOCAL_WIDTHS
from gesture.virtual.people import Color

# Points beside the 21 landmarks, filled in by `_skeleton`: two corners of the wrist, the same at the elbow,
# the middle of the web between thumb and forefinger.
_WRIST_OUT, _WRIST_IN, _ELBOW_OUT, _ELBOW_IN, _HEEL, _NUM_POINTS = 21, 22, 23, 24, 25, 26

_FINGER_BONES = [(4 * finger + bone + 1, 4 * finger + bone + 2) for finger in range(5) for bone in range(3)]
_PALM_BONES = [
    (_WRIST_OUT, 5), (0, 9), (0, 13), (_WRIST_IN, 17), (5, 9), (9, 13), (13, 17),
    (_WRIST_OUT, 1), (_WRIST_IN, _HEEL),
]  # fmt: skip
_PALM_RADII_MM = [
    (12, 10.5), (13, 10.8), (13, 10.2), (12, 9), (10, 10), (10, 9.6), (9.6, 8.8), (13, 15), (13, 13.5),
]  # fmt: skip
_ARM_BONES = [(_WRIST_OUT, _ELBOW_OUT), (_WRIST_IN, _ELBOW_IN)]
_ARM_RADII_MM = [(18, 34), (18, 34)]
_BONES = np.array(_FINGER_BONES + _PALM_BONES + _ARM_BONES)
_FINGERTIPS = np.array([2, 5, 8, 11, 14])
_NUM_FINGER_BONES = len(_FINGER_BONES)
_PALM_ID, _WEB_ID, _BACKDROP = len(_BONES), len(_BONES) + 1, 255
_MIDDLE_HAND_M = 0.187


@dataclass(frozen=True)
class Layer:
    """A drawn hand.

    Attributes:
        image: float32 (height, width, 4), RGB times opacity and opacity, 0 to 1.
        origin_px: (x, y) of its upper left corner in the image.
        scale: its pixels per image pixel.
        depth_m: how far from the camera.
    """

    image: Array
    origin_px: tuple[int, int]
    scale: float
    depth_m: float


@dataclass(frozen=True)
class Look:
    """How a hand is drawn.

    Attributes:
        skin_tone: RGB of the back of the hand, 0 to 255.
        lamp: direction to the light in the camera's axes.
        sleeve: RGB of the sleeve, or None for a bare arm.
    """

    skin_tone: Color
    lamp: tuple[float, float, float] = (-0.35, -0.75, -0.7)
    sleeve: Color | None = None


def draw_hand(
    points_m: Floats, elbow_m: Floats, proportions: Proportions, look: Look, image_size: tuple[int, int]
) -> Layer | None:
    """One hand as a layer; None if it is outside the image.

    Args:
        points_m: (21, 3) landmarks in the camera's frame.
        elbow_m: (3,) in the camera's frame.
        proportions: the person's hand, for its thickness.
        look: skin and light.
        image_size: (width, height) in pixels.
    """
    skeleton_m = _skeleton(points_m, elbow_m)
    radii_m = _radii(proportions)
    focal_px = FOCAL_WIDTHS * image_size[0]
    hand_px = focal_px * proportions.length_m / points_m[9, 2]
    scale = min(1.0, 230 / hand_px)
    depth = np.maximum(skeleton_m[:, 2:], 0.08)
    middle_px = np.array(image_size) / 2
    places = np.concatenate(
        [skeleton_m[:, :2] / depth * focal_px + middle_px, skeleton_m[:, 2:] * focal_px / depth[9]], axis=1
    )
    radii_px = radii_m * focal_px / depth[_BONES, 0] * scale
    low, high = _box(places, radii_px.max() / scale, image_size)
    if np.any(high <= low):
        return None
    places = (places - [low[0], low[1], 0]) * scale
    size = np.ceil((high - low) * scale).astype(int)
    buffers = _Buffers(int(size[1]), int(size[0]))
    _draw_bones(buffers, places.astype(np.float32), radii_px.astype(np.float32))
    _fill_palm(buffers, places, float(radii_px[_NUM_FINGER_BONES + 1, 1]))
    image = _light(buffers, skeleton_m, look, scale * focal_px / depth[9, 0])
    return Layer(image, (int(low[0]), int(low[1])), scale, float(points_m[:, 2].mean()))


def _skeleton(points_m: Floats, elbow_m: Floats) -> Floats:
    """(26, 3): landmarks and helping points."""
    across = points_m[17] - points_m[5]
    across = across / np.linalg.norm(across)
    wrist, elbow = points_m[0], elbow_m
    helpers = [
        wrist - 0.013 * across, wrist + 0.013 * across, elbow - 0.012 * across, elbow + 0.012 * across,
        wrist + 0.55 * (points_m[17] - wrist) + 0.004 * across,
    ]  # fmt: skip
    skeleton = np.concatenate([points_m, helpers])
    tips = [4, 8, 12, 16, 20]
    skeleton[tips] -= 0.15 * (points_m[tips] - points_m[[3, 7, 11, 15, 19]])
    return skeleton


def _radii(proportions: Proportions) -> Floats:
    """(bones, 2) radii in metres at both ends."""
    fingers = np.stack([proportions.radii_m[:, :3], proportions.radii_m[:, 1:]], axis=-1).reshape(-1, 2)
    others = np.array(_PALM_RADII_MM + _ARM_RADII_MM) / 1000 * proportions.length_m / _MIDDLE_HAND_M
    return np.concatenate([fingers, others])


def _box(places: Floats, radius_px: float, image_size: tuple[int, int]) -> tuple[Floats, Floats]:
    """Corners of the part of the image that the hand covers, with room to be smeared at its edges."""
    room = 48
    low = np.clip(np.floor(places[:, :2].min(axis=0) - radius_px), -room, None)
    high = np.clip(np.ceil(places[:, :2].max(axis=0) + radius_px), None, np.add(image_size, room))
    return low, high


class _Buffers:
    """What is seen at every pixel: how near, its normal, which bone, and where along the bone."""

    def __init__(self, height: int, width: int) -> None:
        shape = (height, width)
        self.depth = np.full(shape, np.inf, np.float32)
        self.normal_x, self.normal_y = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        self.along = np.zeros(shape, np.float32)
        self.bone = np.full(shape, _BACKDROP, np.uint8)
        self.xs = np.arange(width, dtype=np.float32)[None]
        self.ys = np.arange(height, dtype=np.float32)[:, None]

    def put(
        self,
        box: tuple[slice, slice],
        nearer: NDArray[np.bool_],
        bone: int,
        depth: Array,
        x: Array,
        y: Array,
        along: Array,
    ) -> None:
        for target, values in (
            (self.depth, depth), (self.normal_x, x), (self.normal_y, y), (self.along, along),
        ):  # fmt: skip
            np.copyto(target[box], values, where=nearer)
        self.bone[box][nearer] = bone


def _draw_bones(buffers: _Buffers, places: Array, radii: Array) -> None:
    begins, ends = places[_BONES[:, 0]], places[_BONES[:, 1]]
    reach = radii.max(axis=1)[:, None] + 1
    height, width = buffers.depth.shape
    low = np.maximum(np.minimum(begins, ends)[:, :2] - reach, 0).astype(int)
    high = np.minimum(np.maximum(begins, ends)[:, :2] + reach + 1, [width, height]).astype(int)
    for bone in np.flatnonzero(np.all(high > low, axis=1)):
        box = (slice(low[bone, 1], high[bone, 1]), slice(low[bone, 0], high[bone, 0]))
        _draw_capsule(buffers, box, int(bone), begins[bone], ends[bone], radii[bone])


def _draw_capsule(
    buffers: _Buffers, box: tuple[slice, slice], bone: int, begin: Array, end: Array, radii: Array
) -> None:
    """A bar with round ends, seen along z.

    A ray meets a cylinder that leans towards the camera farther along its axis than where it crosses the
    axis: by h sin(lean) for a surface h before the axis. Beyond the ends a sphere is met.
    """
    step = end - begin
    length = max(float(np.sqrt(step @ step)), 1e-3)
    flat = max(float(np.hypot(step[0], step[1])), 1e-3)
    ux, uy, cos, sin = step[0] / flat, step[1] / flat, max(flat / length, 0.02), -step[2] / length
    dx, dy = buffers.xs[:, box[1]] - begin[0], buffers.ys[box[0]] - begin[1]
    along, across = dx * ux + dy * uy, dy * ux - dx * uy
    square = across * across
    front = np.sqrt(np.maximum(radii.mean() ** 2 - square, 0))
    share = np.clip((along + front * sin) / (cos * length), 0, 1)
    radius = radii[0] + share * (radii[1] - radii[0])
    beyond = along - share * flat
    height = radius * radius - square - beyond * beyond
    depth = begin[2] + share * step[2] - np.sqrt(np.maximum(height, 0))
    nearer = (height > 0) & (depth < buffers.depth[box])
    normal_x, normal_y = (beyond * ux - across * uy) / radius, (beyond * uy + across * ux) / radius
    buffers.put(box, nearer, bone, depth, normal_x, normal_y, share)


def _fill_palm(buffers: _Buffers, places: Floats, thickness: float) -> None:
    """The palm between its bones, and the web of the thumb."""
    _fill(
        buffers,
        places,
        [_WRIST_OUT, 1, 5, 9, 13, 17, _HEEL, _WRIST_IN],
        [0, 5, 17],
        0.97 * thickness,
        _PALM_ID,
    )
    _fill(buffers, places, [1, 2, 5], [1, 2, 5], 0.7 * thickness, _WEB_ID)


def _fill(
    buffers: _Buffers, places: Floats, outline: list[int], plane: list[int], thickness: float, part: int
) -> None:
    """A slab over the plane through three points, inside an outline."""
    first, second, third = places[plane]
    normal = np.cross(second - first, third - first)
    normal = normal / max(float(np.linalg.norm(normal)), 1e-9)
    normal = -normal if normal[2] > 0 else normal
    if normal[2] > -0.15:
        return
    height, width = buffers.depth.shape
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [cv2.convexHull(places[outline, :2].round().astype(np.int32))], 1)
    low = np.clip(places[outline, :2].min(axis=0).astype(int), 0, [width, height])
    high = np.clip(places[outline, :2].max(axis=0).astype(int) + 1, 0, [width, height])
    box = (slice(low[1], high[1]), slice(low[0], high[0]))
    rise = (buffers.xs[:, box[1]] - first[0]) * normal[0] + (buffers.ys[box[0]] - first[1]) * normal[1]
    depth = (first[2] - rise / normal[2] + thickness / normal[2]).astype(np.float32)
    nearer = (mask[box] > 0) & (depth < buffers.depth[box])
    ones = np.ones_like(depth)
    buffers.put(
        box, nearer, part, depth, ones * np.float32(normal[0]), ones * np.float32(normal[1]), ones * 0.5
    )


def _sides(skeleton_m: Floats) -> Floats:
    """(bones + 2, 3): the direction in which the palm's side of each part looks, in the camera's frame."""
    begins, ends = skeleton_m[_BONES[:, 0]], skeleton_m[_BONES[:, 1]]
    across = skeleton_m[17] - skeleton_m[5]
    upward = skeleton_m[9] - skeleton_m[0]
    palm = np.cross(across, upward)
    # The thumb stands in front of the palm and the fingers bend to it: that is how the palm's side is told.
    bent = skeleton_m[[2, 3, 4, 8, 12, 16, 20]].mean(axis=0) - skeleton_m[[0, 5, 9, 13, 17]].mean(axis=0)
    sign = 1.0 if palm @ bent > 0 else -1.0
    sides = sign * np.cross(across, ends - begins)
    sides[:3] = sign * palm / np.linalg.norm(palm) * 0.4 + _unit(across) * 0.9
    return np.concatenate([_unit(sides), _unit(np.stack([sign * palm, sign * palm]))])


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9))


def _light(buffers: _Buffers, skeleton_m: Floats, look: Look, px_per_m: float) -> Array:
    """Colours from what is seen: float32 (height, width, 4), times opacity."""
    seen = buffers.bone != _BACKDROP
    normal_x, normal_y = (cv2.blur(normal, (3, 3)) for normal in (buffers.normal_x, buffers.normal_y))
    shade = np.where(seen, buffers.depth, buffers.depth[seen].max() if seen.any() else 0)
    behind = shade - cv2.GaussianBlur(shade, (0, 0), max(0.004 * px_per_m, 0.8))
    dark = np.clip(behind[seen] / (0.012 * px_per_m), 0, 1)
    x, y, bone, along = normal_x[seen], normal_y[seen], buffers.bone[seen], buffers.along[seen]
    z = -np.sqrt(np.maximum(1 - x * x - y * y, 0.02))
    lamp = np.array(look.lamp) / np.linalg.norm(look.lamp)
    lit = np.maximum(x * lamp[0] + y * lamp[1] + z * lamp[2], 0)
    albedo = _albedo(np.stack([x, y, z], axis=-1), bone, along, _sides(skeleton_m).astype(np.float32), look)
    brightness = (0.45 + 0.62 * lit) * (1 - 0.55 * dark)
    image = np.zeros((*seen.shape, 4), np.float32)
    image[seen, :3] = np.clip(albedo * brightness[:, None] + 0.05 * lit[:, None] ** 12, 0, 1)
    image[seen, 3] = 1
    return np.asarray(cv2.GaussianBlur(image, (3, 3), 0), dtype=np.float32)


def _albedo(normals: Array, bone: NDArray[np.uint8], along: Array, sides: Array, look: Look) -> Array:
    """The skin's own colour (N, 3): paler on the palm's side, creases, nails, the sleeve."""
    tone = np.array(look.skin_tone, np.float32) / 255
    palm_tone = 0.62 * tone + 0.38 * np.array([0.92, 0.72, 0.64], np.float32)
    palmar = np.einsum("nc,nc->n", normals, sides[bone])
    share = np.clip(0.5 + 1.2 * palmar, 0, 1)[:, None]
    albedo = tone + share * (palm_tone - tone)
    finger = bone < _NUM_FINGER_BONES
    crease = (
        finger & ((along < 0.045) | (along > 0.97) & ~np.isin(bone, _FINGERTIPS)) & (np.abs(palmar) > 0.3)
    )
    albedo[crease] *= 0.84
    tip = np.isin(bone, _FINGERTIPS)
    albedo[tip & (palmar > -0.2)] *= np.array([1.02, 0.95, 0.94], np.float32)
    nail = tip & (palmar < -0.72) & (along > 0.45) & (along < 0.98)
    albedo[nail] = 0.55 * albedo[nail] + 0.45 * np.array([0.96, 0.78, 0.74], np.float32)
    if look.sleeve is not None:
        sleeve = (bone >= _NUM_FINGER_BONES + len(_PALM_BONES)) & (bone < _PALM_ID) & (along > 0.35)
        albedo[sleeve] = np.array(look.sleeve, np.float32) / 255
    return np.asarray(albedo)
