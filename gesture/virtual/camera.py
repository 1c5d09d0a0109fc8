"""The virtual hand as a camera: an iterable of `Frame` with the truth beside it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import TracebackType

import numpy as np

from gesture.types import Frame, HandFrame, Take
from gesture.virtual.exposure import expose
from gesture.virtual.people import Color
from gesture.virtual.scene import Scene
from gesture.virtual.shading import Image, Look
from gesture.virtual.surroundings import SensorNoise, make_background


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
        >>> from gesture.virtual import make_scene
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
        rng = np.random.default_rng([seed, 5])
        self._shutter_s = blur / self.rate_hz
        self._background = make_background(
            scene.person.background if background is None else background, image_size, rng
        )
        self._noise = SensorNoise(noise, image_size, rng)
        self._look = _make_look(skin_tone or scene.person.skin_tone, rng)
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
        expose(image, self.scene, time_s, self._shutter_s, self._look)
        return self._noise.add_to(image, moment=round(time_s * 1e6))


def _make_look(skin_tone: Color, rng: np.random.Generator) -> Look:
    sleeve = rng.integers(30, 200, 3).tolist() if rng.random() < 0.6 else None
    lamp = (float(rng.uniform(-0.6, 0.6)), float(rng.uniform(-0.8, -0.3)), -0.8)
    return Look(skin_tone, lamp, sleeve)
