"""The virtual hand as a camera: an iterable of `Frame` with the truth beside it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import TracebackType

import cv2
import numpy as np
from numpy.typing import NDArray

from gesture.types import SLOTS, Array, Frame, HandFrame, Take
from gesture.virtual.optics import FOCAL_WIDTHS
from gesture.virtual.people import Color
from gesture.virtual.render import Layer, Look, draw_hand
from gesture.virtual.scene import Scene

Image = NDArray[np.uint8]

_NUM_NOISE_TILES = 7
_MAX_EXPOSURES = 12
_PX_PER_EXPOSURE = 3.0


class VirtualCamera:
    """Films a scene.

    A context manager and an iterator of `Frame`, like every camera; it ends with the scene.

    Args:
        scene: what to film.
        rate_hz: frames a second.
        image_size: (width, height) in pixels.
        seed: of background, light and noise.
        skin_tone: RGB instead of the person's own.
        background: "plain", "gradient" or "textured" instead of the person's own, or an RGB image.
        blur: the shutter's opening time as a share of the frame's: 0 freezes all motion, 1 smears most.
        noise: standard deviation of the sensor's noise in grey levels.
        paced: sleep so that frames come when a real camera's would.

    Example:
        >>> with VirtualCamera(make_scene(["wave"])) as camera:
        ...     frame = next(iter(camera))
        >>> frame.image.shape
        (480, 640, 3)
    """

    def __init__(
        self,
        scene: Scene,
        *,
        rate_hz: float = 30.0,
        image_size: tuple[int, int] = (640, 480),
        seed: int = 0,
        skin_tone: Color | None = None,
        background: str | Image | None = None,
        blur: float = 0.35,
        noise: float = 3.0,
        paced: bool = False,
    ) -> None:
        if rate_hz <= 0 or min(image_size) < 16 or not 0 <= blur <= 1 or noise < 0:
            raise ValueError(
                f"rate_hz={rate_hz}, image_size={image_size}, blur={blur}, noise={noise}. "
                "Expected a positive rate, at least 16 x 16 pixels, blur from 0 to 1 and noise of at least 0."
            )
        self.scene, self.rate_hz, self.image_size, self.paced = scene, float(rate_hz), image_size, paced
        self._rng = np.random.default_rng([seed, 5])
        self._shutter_s = blur / self.rate_hz
        self._background = _make_background(
            scene.person.background if background is None else background, image_size, self._rng
        )
        self._noise = _make_noise(noise, image_size, self._rng)
        self._look = _make_look(skin_tone or scene.person.skin_tone, self._rng)
        self._next = 0

    def __enter__(self) -> VirtualCamera:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """No more frames."""
        self._next = len(self)

    @property
    def takes(self) -> tuple[Take, ...]:
        """The gestures in the scene: the truth."""
        return self.scene.takes

    def __len__(self) -> int:
        """The number of frames in the whole scene."""
        return int(np.ceil(self.scene.duration_s * self.rate_hz))

    def __iter__(self) -> Iterator[Frame]:
        began_s = time.monotonic() - self._next / self.rate_hz
        while self._next < len(self):
            index, self._next = self._next, self._next + 1
            if self.paced:
                time.sleep(max(0.0, began_s + index / self.rate_hz - time.monotonic()))
            yield Frame(self.image_at(index / self.rate_hz), index / self.rate_hz)

    def truth(self, time_s: float) -> HandFrame:
        """Where the hands are, as a perfect landmark engine would say; NaN for a hand not in the image."""
        times_s = np.array([time_s])
        landmarks = self.scene.landmarks(times_s, self.image_size)[0]
        world = self.scene.world_landmarks(times_s, self.image_size)[0]
        scores = np.where(np.isnan(landmarks[:, 0, 0]), np.nan, 1).astype(np.float32)
        return HandFrame(time_s, landmarks, world, scores, scores.copy(), self.image_size)

    def image_at(self, time_s: float) -> Image:
        """The image uint8 (height, width, 3) whose exposure has its middle at `time_s`."""
        image = self._background.copy()
        layers = [self._draw(slot, time_s) for slot, hand in enumerate(SLOTS) if hand in self.scene.tracks]
        for layer, slot in sorted((pair for pair in layers if pair), key=lambda pair: -pair[0].depth_m):
            _lay(image, layer, self._smear(slot, time_s))
        return self._add_noise(image)

    def _draw(self, slot: int, time_s: float) -> tuple[Layer, int] | None:
        times_s = np.array([time_s])
        points, elbow = self.scene.camera_points(times_s)[0, slot], self.scene.camera_elbows(times_s)[0, slot]
        layer = draw_hand(points, elbow, self.scene.person.proportions, self._look, self.image_size)
        return None if layer is None else (layer, slot)

    def _smear(self, slot: int, time_s: float) -> list[NDArray[np.float64]]:
        """Where the hand is during the exposure: 2 x 3 matrices that move it from where it is drawn.

        Each is the affine map that best takes the landmarks (and the elbow) to where they are at that moment.
        """
        span = self._pixels(slot, time_s + self._shutter_s * np.linspace(-0.5, 0.5, 3))
        travel_px = np.linalg.norm(np.diff(span, axis=0), axis=-1).max(axis=1).sum()
        count = int(np.clip(np.ceil(travel_px / _PX_PER_EXPOSURE), 1, _MAX_EXPOSURES))
        if count == 1:
            return [np.eye(2, 3)]
        moments = self._pixels(slot, time_s + self._shutter_s * (np.arange(count) + 0.5 - count / 2) / count)
        base = np.column_stack([span[1], np.ones(len(span[1]))])
        return [np.linalg.lstsq(base, moment, rcond=None)[0].T for moment in moments]

    def _pixels(self, slot: int, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """(T, 22, 2): landmarks and elbow in pixels."""
        points = np.concatenate(
            [self.scene.camera_points(times_s)[:, slot], self.scene.camera_elbows(times_s)[:, slot, None]],
            axis=1,
        )
        focal_px = FOCAL_WIDTHS * self.image_size[0]
        return np.asarray(
            points[..., :2] / np.maximum(points[..., 2:], 0.08) * focal_px + np.array(self.image_size) / 2
        )

    def _add_noise(self, image: Image) -> Image:
        if not self._noise:
            return image
        up, down = self._rng.choice(len(self._noise), 2, replace=False)
        return np.asarray(cv2.subtract(cv2.add(image, self._noise[up]), self._noise[down]))


def _lay(image: Image, layer: Layer, maps: list[NDArray[np.float64]]) -> None:
    """Put a drawn hand into the image, averaged over the moments of the exposure."""
    height, width = image.shape[:2]
    corners = np.array([[0, 0], [1, 0], [0, 1], [1, 1]]) * (np.array(layer.image.shape[1::-1]) / layer.scale)
    moved = np.concatenate([(corners + layer.origin_px) @ m[:, :2].T + m[:, 2] for m in maps])
    low = np.maximum(np.floor(moved.min(axis=0)), 0).astype(int)
    high = np.minimum(np.ceil(moved.max(axis=0)) + 1, [width, height]).astype(int)
    if np.any(high <= low):
        return
    total = np.mean([_warp(layer, m, low, high - low) for m in maps], axis=0)
    place = image[low[1] : high[1], low[0] : high[0]]
    place[:] = (place * (1 - total[..., 3:]) + 255 * total[..., :3]).astype(np.uint8)


def _warp(layer: Layer, move: NDArray[np.float64], low: NDArray[np.int64], size: NDArray[np.int64]) -> Array:
    matrix = move[:, :2] / layer.scale
    shift = move[:, :2] @ np.array(layer.origin_px) + move[:, 2] - low
    return np.asarray(
        cv2.warpAffine(layer.image, np.column_stack([matrix, shift]), (int(size[0]), int(size[1]))),
        dtype=np.float32,
    )


def _make_look(skin_tone: Color, rng: np.random.Generator) -> Look:
    sleeve = tuple(int(level) for level in rng.integers(30, 200, 3)) if rng.random() < 0.6 else None
    lamp = (float(rng.uniform(-0.7, 0.7)), float(rng.uniform(-0.9, -0.4)), -0.75)
    return Look(skin_tone, lamp, sleeve)  # type: ignore[arg-type]


def _make_background(kind: str | Image, image_size: tuple[int, int], rng: np.random.Generator) -> Image:
    """A wall behind the hand: lit from one side, its corners darker."""
    width, height = image_size
    if isinstance(kind, np.ndarray):
        return np.asarray(cv2.resize(kind, image_size))
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    light = 1 - 0.18 * (x * x + y * y) / 2
    color = rng.uniform(70, 215) + rng.normal(0, 14, 3)
    wall = np.ones((height, width, 3)) * color
    if kind in ("gradient", "textured"):
        other, way = color + rng.normal(0, 45, 3), rng.uniform(0, 2 * np.pi)
        share = (0.5 + 0.35 * (np.cos(way) * x + np.sin(way) * y))[..., None]
        wall = wall + share * (other - color)
    if kind == "textured":
        wall = wall + _texture(image_size, rng)
    elif kind not in ("plain", "gradient"):
        raise ValueError(f"background is {kind!r}. Expected 'plain', 'gradient', 'textured' or an RGB image.")
    return np.asarray(np.clip(wall * light[..., None], 0, 255), np.uint8)


def _texture(image_size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float64]:
    """Soft blotches of three sizes and some straight-edged things, as in a room out of focus."""
    width, height = image_size
    total = np.zeros((height, width, 3))
    for cells, size in ((4, 24), (9, 14), (32, 6)):
        total += cv2.resize(rng.normal(0, size, (cells, cells, 3)), image_size, interpolation=cv2.INTER_CUBIC)
    for _ in range(int(rng.integers(3, 8))):
        corner = rng.uniform(0, 0.85, 2) * [width, height]
        end = corner + rng.uniform(0.06, 0.3, 2) * [width, height]
        cv2.rectangle(
            total, corner.astype(int).tolist(), end.astype(int).tolist(), rng.normal(0, 40, 3).tolist(), -1
        )
    return np.asarray(cv2.GaussianBlur(total, (0, 0), 2.5))


def _make_noise(deviation: float, image_size: tuple[int, int], rng: np.random.Generator) -> list[Image]:
    """Tiles of half-normal noise: the difference of two is nearly normal and costs two fast additions."""
    if deviation == 0:
        return []
    shape = (image_size[1], image_size[0], 3)
    # The difference of two independent half-normals of scale s has deviation s * sqrt(2 - 4 / pi).
    scale = deviation / np.sqrt(2 - 4 / np.pi)
    return [
        np.abs(rng.normal(0, scale, shape)).round().clip(0, 255).astype(np.uint8)
        for _ in range(_NUM_NOISE_TILES)
    ]
