"""Virtual people: hands, habits and surroundings that differ as real ones do."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from gesture.types import View
from gesture.virtual.anatomy import Proportions, make_proportions
from gesture.virtual.optics import Viewpoint

Color = tuple[int, int, int]

# Ten skin tones from light to dark, RGB, spread like the Monk Skin Tone scale (Monk, 2019) but chosen here
# for a lit hand, which is never as pale as that scale's lightest swatches.
SKIN_TONES: tuple[Color, ...] = (
    (240, 214, 196), (236, 205, 180), (236, 200, 168), (228, 186, 150), (214, 166, 128),
    (178, 126, 92), (140, 94, 68), (108, 72, 54), (82, 56, 44), (64, 46, 38),
)  # fmt: skip


@dataclass(frozen=True)
class Person:
    """Everything that stays the same while one person is in front of the camera.

    Attributes:
        name: the key by which data is split.
        proportions: the hand's bones.
        distance_m: camera to the middle of the movements.
        camera_turn: degrees (pitch, yaw) by which the camera looks at the hands askew.
        tempo: how many times faster than usual this person moves.
        reach: how many times larger than usual this person gestures.
        turn: degrees (tilt, twist, lean) in which this person habitually holds the hand.
        skin_tone: RGB.
        background: "plain", "gradient" or "textured".
    """

    name: str
    proportions: Proportions
    distance_m: float
    camera_turn: tuple[float, float]
    tempo: float
    reach: float
    turn: tuple[float, float, float]
    skin_tone: Color
    background: str


@lru_cache(maxsize=1024)
def make_person(seed: int) -> Person:
    """The virtual person number `seed`, always the same.

    Example:
        >>> make_person(3).name
        'virtual3'
    """
    rng = np.random.default_rng([seed, 7])
    tilt, twist, lean = rng.normal([4, 4, 2], [7, 9, 7])
    pitch, yaw = rng.normal(0, [7, 8])
    return Person(
        name=f"virtual{seed}",
        proportions=make_proportions(rng),
        distance_m=float(rng.uniform(0.5, 0.85)),
        camera_turn=(float(pitch), float(yaw)),
        tempo=float(np.exp(rng.normal(0, 0.15))),
        reach=float(np.exp(rng.normal(0, 0.15))),
        turn=(float(tilt), float(twist), float(lean)),
        skin_tone=SKIN_TONES[int(rng.integers(len(SKIN_TONES)))],
        background=str(rng.choice(["plain", "gradient", "textured"])),
    )


def usual_viewpoint(person: Person, view: View, num_hands: int = 1) -> Viewpoint:
    """Where this person's camera stands: hands are nearer to the eyes than to a webcam, and two need more room.

    Example:
        >>> usual_viewpoint(make_person(0), "facing").view
        'facing'
    """
    usual_m = person.distance_m * (0.8 if view == "egocentric" else 1.0)
    return Viewpoint(view, max(usual_m, 0.7) if num_hands > 1 else usual_m, person.camera_turn)
