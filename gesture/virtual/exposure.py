"""Exposes an image: lays a drawn hand over it, smeared along its motion while the shutter was open."""

from __future__ import annotations

import cv2
import numpy as np

from gesture.virtual.anatomy import Floats
from gesture.virtual.optics import focal_px
from gesture.virtual.render import Layer, draw_hand
from gesture.virtual.scene import Scene
from gesture.virtual.shading import Image, Look

_PX_PER_MOMENT, _MOST_MOMENTS = 4.0, 10
_PX_OF_BLUR_THAT_HALVE_DETAIL = 30.0


def expose(image: Image, scene: Scene, time_s: float, shutter_s: float, look: Look) -> None:
    """Lay the scene's hands into `image`, the nearer over the farther, for an open shutter about `time_s`."""
    image_size = (image.shape[1], image.shape[0])
    arms = scene.camera_arms(time_s + shutter_s * np.array([-0.5, 0.0, 0.5]))
    shots = []
    for slot in np.flatnonzero(~np.isnan(arms[0, :, 0, 0])):
        pixels = _pixels(arms[:, slot], image_size)
        blur_px = float(np.linalg.norm(np.diff(pixels, axis=0), axis=-1).max(axis=1).sum())
        detail = 1 / (1 + blur_px / _PX_OF_BLUR_THAT_HALVE_DETAIL)
        layer = draw_hand(arms[1, slot], scene.person.proportions, look, image_size, detail)
        if layer is not None:
            shots.append((layer, _moves(pixels, blur_px)))
    for layer, moves in sorted(shots, key=lambda shot: -shot[0].depth_m):
        _lay(image, layer, moves)


def _pixels(arms: Floats, image_size: tuple[int, int]) -> Floats:
    """(T, 22, 2): landmarks and elbow in pixels."""
    places = arms[..., :2] / np.maximum(arms[..., 2:], 0.08)
    return np.asarray(places * focal_px(image_size) + np.array(image_size) / 2)


def _moves(pixels: Floats, blur_px: float) -> list[Floats]:
    """Where the hand is at some moments of the exposure: affine maps (2, 3) from where it is drawn.

    Those of the beginning and the end are the best for the landmarks then; those between are between.
    """
    count = int(np.clip(np.ceil(blur_px / _PX_PER_MOMENT), 1, _MOST_MOMENTS))
    here = np.column_stack([pixels[1], np.ones(len(pixels[1]))])
    still = np.eye(2, 3)
    first, last = (np.linalg.lstsq(here, there, rcond=None)[0].T - still for there in pixels[[0, 2]])
    moments = 2 * (np.arange(count) + 0.5) / count - 1
    return [still + max(-moment, 0) * first + max(moment, 0) * last for moment in moments]


def _lay(image: Image, layer: Layer, moves: list[Floats]) -> None:
    """Put a drawn hand into the image, averaged over the moments of the exposure."""
    size = np.array(layer.image.shape[1::-1]) / layer.scale
    corners = np.array([[0, 0], [1, 0], [0, 1], [1, 1]]) * size + layer.origin_px
    moved = np.concatenate([corners @ move[:, :2].T + move[:, 2] for move in moves])
    low = np.maximum(np.floor(moved.min(axis=0)), 0).astype(int)
    high = np.minimum(np.ceil(moved.max(axis=0)) + 1, image.shape[1::-1]).astype(int)
    if np.all(high > low):
        smeared = _smear(layer, moves, low, high - low)
        place = image[low[1] : high[1], low[0] : high[0]]
        clear = cv2.cvtColor(255 - smeared[..., 3], cv2.COLOR_GRAY2RGB)
        cv2.add(cv2.multiply(place, clear, scale=1 / 255), smeared[..., :3], dst=place)


def _smear(layer: Layer, moves: list[Floats], low: Floats, size: Floats) -> Image:
    """The mean of the moved layer over a box of the image, uint8 (height, width, 4).

    Summed at the layer's own scale and enlarged once.
    """
    scale = layer.scale
    small = (int(np.ceil(size[0] * scale)), int(np.ceil(size[1] * scale)))
    total = np.zeros((small[1], small[0], 4), np.float32)
    for move in moves:
        shift = move[:, :2] @ np.array(layer.origin_px) + move[:, 2] - low
        cv2.accumulate(
            cv2.warpAffine(layer.image, np.column_stack([move[:, :2], shift * scale]), small), total
        )
    mean = cv2.convertScaleAbs(total, alpha=1 / len(moves))
    if scale == 1:
        return np.asarray(mean, np.uint8)
    stretch = np.array([[1 / scale, 0, 0], [0, 1 / scale, 0]])
    return np.asarray(cv2.warpAffine(mean, stretch, (int(size[0]), int(size[1]))), np.uint8)
