"""What a source does not say about itself: given by the user, or assumed, and then said aloud."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gesture.importing.sources import Kind
from gesture.landmarks import EngineName
from gesture.types import SLOTS, View

RATE_HZ = 15.0
IMAGE_SIZE = (640, 480)
HAND: Literal["left", "right"] = "right"
_MIRRORED: dict[Kind, bool] = {"array": True, "poses": True}
"""Whose scripts flip the image before they look for hands."""

_NAMES: dict[Kind, str] = {
    "array": "arrays of landmarks (raw_*.npy)",
    "frames": "frames as files (LABEL/TAKE/FRAME.npy)",
    "poses": "key points (keypoint.csv)",
}
_LACKING: dict[Kind, tuple[str, ...]] = {
    "array": ("rate", "size", "mirrored", "hand"),
    "frames": ("rate", "size"),
    "poses": ("size", "mirrored", "hand"),
}
_LOST: dict[Kind, str] = {
    "array": "Frames without a hand were never stored, so the time they took is missing; a file is one take",
    "poses": "They hold neither depth nor place: each row becomes a flat, still hand in the middle for a second",
}


@dataclass(frozen=True)
class Settings:
    """How to read what is imported; None where the user said nothing.

    Attributes:
        view: where the camera stood.
        mirrored: True if the images were flipped before the hands were found.
        rate_hz: frames a second, of a format that holds no times.
        image_size: (width, height) in pixels, of a format that holds none.
        hand: whose hand it is, of a format that does not say.
        engine, hand_model: what finds the hands in videos; see `Landmarker`.
    """

    view: View = "facing"
    mirrored: bool | None = None
    rate_hz: float | None = None
    image_size: tuple[int, int] | None = None
    hand: Literal["left", "right"] | None = None
    engine: EngineName = "litert"
    hand_model: Path | None = None

    def is_mirrored(self, kind: Kind) -> bool:
        """As said, else as that kind of source usually is."""
        return _MIRRORED.get(kind, False) if self.mirrored is None else self.mirrored

    @property
    def frame_rate_hz(self) -> float:
        """As said, else `RATE_HZ`."""
        return self.rate_hz or RATE_HZ

    @property
    def size(self) -> tuple[int, int]:
        """As said, else `IMAGE_SIZE`."""
        return self.image_size or IMAGE_SIZE

    @property
    def slot(self) -> int:
        """Of the hand as said, else the right one."""
        return SLOTS.index(self.hand or HAND)

    def assumptions(self, kinds: Collection[Kind]) -> list[str]:
        """A sentence for each kind of source that lacks something which nobody said.

        Example:
            >>> Settings(hand="right", mirrored=True, rate_hz=15, image_size=(640, 480)).assumptions({"array"})
            ['arrays of landmarks (raw_*.npy): Frames without a hand were never stored, ...']
        """
        return [self._assumed(kind) for kind in sorted(set(kinds) & set(_NAMES))]

    def _assumed(self, kind: Kind) -> str:
        width, height = IMAGE_SIZE
        unsaid = {
            "rate": (self.rate_hz, f"{RATE_HZ:g} frames a second (--rate)"),
            "size": (self.image_size, f"images of {width}x{height} pixels (--image-size)"),
            "mirrored": (self.mirrored, "flipped images (--mirrored / --not-mirrored)"),
            "hand": (self.hand, f"the {HAND} hand (--hand)"),
        }
        assumed = [text for key, (given, text) in unsaid.items() if key in _LACKING[kind] and given is None]
        sentences = [f"assuming {', '.join(assumed)}"] if assumed else []
        return f"{_NAMES[kind]}: " + ". ".join([*sentences, *filter(None, [_LOST.get(kind)])]) + "."
