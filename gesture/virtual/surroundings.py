"""What a camera sees besides hands: a wall, the light on it, and the sensor's noise."""

from __future__ import annotations

import cv2
import numpy as np

from gesture.virtual.anatomy import Floats
from gesture.virtual.shading import Image

BACKGROUNDS = ("plain", "gradient", "textured")
_NUM_TILES = 7


def make_background(kind: str | Image, image_size: tuple[int, int], rng: np.random.Generator) -> Image:
    """A wall lit from the front, its corners darker; or an image of one's own, resized.

    Raises:
        ValueError: a kind that is none of `BACKGROUNDS`.
    """
    if not isinstance(kind, str):
        return np.array(cv2.resize(kind, image_size), np.uint8)
    if kind not in BACKGROUNDS:
        raise ValueError(
            f"background is {kind!r}. Expected one of {', '.join(BACKGROUNDS)}, or an RGB image."
        )
    width, height = image_size
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    color = rng.uniform(60, 215) + rng.normal(0, 11, 3)
    wall = np.ones((height, width, 3)) * color
    if kind != "plain":
        other, way = color + rng.normal(0, 35) + rng.normal(0, 12, 3), rng.uniform(0, 2 * np.pi)
        wall += (0.5 + 0.35 * (np.cos(way) * x + np.sin(way) * y))[..., None] * (other - color)
    if kind == "textured":
        wall += _texture(image_size, rng)
    return np.asarray(np.clip(wall * (1 - 0.09 * (x * x + y * y))[..., None], 0, 255), np.uint8)


def _texture(image_size: tuple[int, int], rng: np.random.Generator) -> Floats:
    """Soft blotches of three sizes and some straight-edged things, as in a room out of focus."""
    total = np.zeros((image_size[1], image_size[0], 3))
    for cells, size in ((4, 22), (9, 12), (32, 5)):
        blotches = rng.normal(0, size, (cells, cells, 1)) + rng.normal(0, size / 5, (cells, cells, 3))
        total += cv2.resize(blotches, image_size, interpolation=cv2.INTER_CUBIC)
    for _ in range(int(rng.integers(3, 8))):
        corner = rng.uniform(0, 0.85, 2) * image_size
        end = corner + rng.uniform(0.06, 0.3, 2) * image_size
        color = rng.normal(0, 35) + rng.normal(0, 12, 3)
        cv2.rectangle(total, corner.astype(int).tolist(), end.astype(int).tolist(), color.tolist(), -1)
    return np.asarray(cv2.GaussianBlur(total, (0, 0), 2.5))


class SensorNoise:
    """Normal noise from tiles made beforehand: the difference of two tiles costs two fast additions.

    Args:
        deviation: in grey levels; 0 for none.
        image_size: (width, height) in pixels.
        rng: draws the tiles.
    """

    def __init__(self, deviation: float, image_size: tuple[int, int], rng: np.random.Generator) -> None:
        shape = (image_size[1], image_size[0], 3)
        # The difference of two independent half-normals of scale s has deviation s * sqrt(2 - 4 / pi).
        scale = deviation / np.sqrt(2 - 4 / np.pi)
        num_tiles = _NUM_TILES if deviation else 0
        self._tiles = [
            (np.abs(rng.standard_normal(shape, np.float32)) * scale + 0.5).clip(0, 255).astype(np.uint8)
            for _ in range(num_tiles)
        ]

    def add_to(self, image: Image, moment: int) -> Image:
        """The image with the noise of one moment; the same moment always gives the same noise."""
        if not self._tiles:
            return image
        up, down = np.random.default_rng(moment).choice(_NUM_TILES, 2, replace=False)
        return np.asarray(cv2.subtract(cv2.add(image, self._tiles[up]), self._tiles[down]), np.uint8)
