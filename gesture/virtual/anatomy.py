"""The bones of a hand: joint angles -> 21 landmarks, and the still poses a hand can take.

Everything is for a right hand in its own frame, in metres: the wrist is the origin, y runs to the knuckle
of the middle finger, the palm looks towards -z and the thumb is at -x. A left hand is the mirror image.
All functions take any leading axes (frames, sequences), so thousands of hands are one call.

Joint angles are (..., 5, 4), radians, thumb to little finger. A finger has knuckle flexion, spread (positive
away from the thumb), middle-joint flexion and end-joint flexion; a thumb has spread from the palm's edge,
opposition (how far it stands in front of the palm), knuckle flexion and end-joint flexion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NUM_FINGERS, NUM_ANGLES = 5, 4
WRIST, THUMB_BASE, INDEX_KNUCKLE, MIDDLE_KNUCKLE, RING_KNUCKLE, LITTLE_KNUCKLE = 0, 1, 5, 9, 13, 17

# Mean phalanges (and the thumb's metacarpal), mm: Buryanov & Kotiuk, Proportions of hand segments,
# International Journal of Morphology 28(3), 2010. The last bone includes half the soft tissue of the tip.
_BONES_MM = np.array(
    [[46.2, 31.6, 24.5], [39.8, 22.4, 17.7], [44.6, 26.3, 19.4], [41.4, 25.7, 19.3], [32.7, 18.1, 17.8]]
)
# Where the thumb's base joint and the four knuckles lie, mm from the wrist's crease: metacarpals of the same
# table behind a carpus of 22 mm, the knuckles on their natural arch.
_BASES_MM = np.array(
    [[-23.0, 22.0, -9.0], [-25.0, 88.0, 0.0], [-3.0, 91.0, 4.0], [17.5, 84.0, 2.5], [35.0, 74.0, -3.0]]
)
# A closing finger leans towards the base of the thumb, the more so the farther it is from the middle one.
_CLOSING_LEAN = np.array([0.0, 0.10, -0.04, -0.18, -0.34])
LIMITS = np.deg2rad(
    [
        [(0, 75), (-8, 50), (-10, 60), (-15, 80)],
        [(-15, 100), (-20, 15), (-10, 115), (-10, 90)],
        [(-15, 100), (-15, 15), (-10, 115), (-10, 90)],
        [(-15, 100), (-15, 20), (-10, 115), (-10, 90)],
        [(-15, 100), (-15, 32), (-10, 115), (-10, 90)],
    ]
)
"""(5, 4, 2): lowest and highest joint angles, radians; see `coupled`."""
# The way a bending thumb goes: across the palm and a little in front of it.
_THUMB_BEND = np.array([0.86, 0.12, -0.50])


@dataclass(frozen=True)
class Proportions:
    """The sizes of one person's hand.

    Attributes:
        bones_m: (5, 3) lengths from knuckle to tip (thumb: metacarpal to tip).
        bases_m: (5, 3) where each finger begins, in the hand's frame.
        radii_m: (5, 4) thickness (radius) at the finger's base, two joints and tip.

    Those of several people may be stacked on leading axes that go with those of the angles.
    """

    bones_m: Floats
    bases_m: Floats
    radii_m: Floats

    @property
    def length_m(self) -> float:
        """Wrist to the tip of the straight middle finger."""
        return float(self.bases_m[2, 1] + self.bones_m[2].sum())


_RADII_MM = np.array(
    [
        [13.5, 10.5, 9.8, 7.6],
        [10.0, 8.9, 7.8, 6.2],
        [10.3, 9.2, 8.0, 6.4],
        [9.7, 8.6, 7.5, 6.0],
        [8.6, 7.4, 6.5, 5.2],
    ]
)


def make_proportions(rng: np.random.Generator) -> Proportions:
    """One hand from the human range: length 0.152 to 0.212 m, width and fingers varying about it.

    The spread of hand length (women 0.172, men 0.189, each with a deviation of 0.009 m) is that of the
    1988 US Army survey (Greiner, Hand anthropometry of U.S. Army personnel, 1991).

    Example:
        >>> 0.15 < make_proportions(np.random.default_rng(0)).length_m < 0.22
        True
    """
    length_m = np.clip(rng.normal(rng.choice([0.172, 0.189]), 0.009), 0.152, 0.212)
    bones = _BONES_MM * rng.normal(1, 0.04, (5, 1)) * rng.normal(1, 0.02, (5, 3))
    bases = _BASES_MM * np.array([rng.normal(1, 0.06), 1, 1])
    scale = length_m / (bases[2, 1] + bones[2].sum())
    return Proportions(bones * scale, bases * scale, _RADII_MM * scale * rng.normal(1, 0.07))


def stack_proportions(hands: Sequence[Proportions], shape: tuple[int, ...] = (-1,)) -> Proportions:
    """Several people's hands as one object.

    Args:
        hands: N of them.
        shape: of the leading axes on which they are laid out, N in all.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> stack_proportions([make_proportions(rng), make_proportions(rng)], (2, 1)).bones_m.shape
        (2, 1, 5, 3)
    """
    arrays = zip(*((hand.bones_m, hand.bases_m, hand.radii_m) for hand in hands), strict=True)
    return Proportions(*(np.stack(each).reshape(*shape, *each[0].shape) for each in arrays))


def hand_landmarks(angles: Floats, proportions: Proportions) -> Floats:
    """The 21 landmarks of hands in their own frame.

    Args:
        angles: (..., 5, 4) joint angles in radians.
        proportions: the person's hand.

    Returns:
        (..., 21, 3) metres, in MediaPipe's order: wrist, then each finger from base to tip.

    Example:
        >>> hand_landmarks(POSES["open"], make_proportions(np.random.default_rng(0))).shape
        (21, 3)
    """
    forward, bend = _finger_planes(angles)
    turned = np.cumsum(_flexions(angles), axis=-1)[..., None]
    steps = np.cos(turned) * forward[..., None, :] + np.sin(turned) * bend[..., None, :]
    joints = np.cumsum(steps * proportions.bones_m[..., None], axis=-2)
    bases = np.broadcast_to(proportions.bases_m[..., :, None, :], (*joints.shape[:-2], 1, 3))
    fingers = np.concatenate([bases, joints + bases], axis=-2)
    points = fingers.reshape(*fingers.shape[:-3], 20, 3)
    return np.concatenate([np.zeros((*points.shape[:-2], 1, 3)), points], axis=-2)


def coupled(angles: Floats) -> Floats:
    """The nearest that a hand can do: within the joints' limits, the end joint bent with the middle one.

    The end joint bends two thirds as far as the middle one, and the limits are those of Lin, Wu & Huang (Modeling the
    constraints of human hand motion, Workshop on Human Motion, 2000), with room for fingers bent backwards and for
    the little finger's wider spread.

    Args:
        angles: (..., 5, 4) radians.

    Returns:
        (..., 5, 4) radians.

    Example:
        >>> round(float(np.rad2deg(coupled(np.full((5, 4), 9.0)))[1, 2]))
        115
    """
    bent = np.clip(angles, LIMITS[..., 0], LIMITS[..., 1])
    bent[..., 1:, 3] = bent[..., 1:, 2] * 2 / 3
    return bent


def _flexions(angles: Floats) -> Floats:
    """(..., 5, 3): how much each of a finger's three bones turns against the one before."""
    flexions = angles[..., [0, 2, 3]].copy()
    flexions[..., 0, :] = angles[..., 0, [2, 2, 3]]
    flexions[..., 0, 0] = 0
    return flexions


def _finger_planes(angles: Floats) -> tuple[Floats, Floats]:
    """Two unit vectors (..., 5, 3) per finger: along the straight finger, and the way it bends."""
    spread, opposition = angles[..., 1].copy(), angles[..., 0, 1]
    spread[..., 0] = -angles[..., 0, 0]
    forward = np.stack([np.sin(spread), np.cos(spread), np.zeros_like(spread)], axis=-1)
    forward[..., 0, :] *= np.cos(opposition)[..., None]
    forward[..., 0, 2] = -np.sin(opposition)
    bend = np.stack([_CLOSING_LEAN, np.zeros(5), -np.ones(5)], axis=-1)
    bend[0] = _THUMB_BEND
    bend = bend - forward * np.sum(forward * bend, axis=-1, keepdims=True)
    return forward, bend / np.linalg.norm(bend, axis=-1, keepdims=True)


def rotation(turns: Floats) -> Floats:
    """The orientation of hands in the person's frame (x right, y up, z backwards).

    Args:
        turns: (..., 3) radians. tilt: fingertips forwards; twist: the palm turns inwards (a right palm to the
            left); lean: the fingers lean inwards. Zero: fingers up, palm forwards.

    Returns:
        (..., 3, 3) rotation matrices that take a right hand's own frame to the person's.
    """
    (sin_tilt, sin_twist, sin_lean), (cos_tilt, cos_twist, cos_lean) = (
        np.moveaxis(wave(turns), -1, 0) for wave in (np.sin, np.cos)
    )
    zero, one = np.zeros_like(sin_tilt), np.ones_like(sin_tilt)
    twist = rows_to_matrix([[cos_twist, zero, sin_twist], [zero, one, zero], [-sin_twist, zero, cos_twist]])
    tilt = rows_to_matrix([[one, zero, zero], [zero, cos_tilt, sin_tilt], [zero, -sin_tilt, cos_tilt]])
    lean = rows_to_matrix([[cos_lean, -sin_lean, zero], [sin_lean, cos_lean, zero], [zero, zero, one]])
    return lean @ tilt @ twist


def rows_to_matrix(rows: list[list[Floats]]) -> Floats:
    """(..., 3, 3) from nine arrays (...)."""
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def _pose(thumb: tuple[float, ...], *fingers: tuple[float, ...]) -> Floats:
    return np.deg2rad(np.array([thumb, *fingers], dtype=np.float64))


_STRAIGHT = [(4, -9, 6, 4), (2, -1, 6, 4), (3, 7, 6, 4), (4, 16, 6, 4)]
_CURLED = [(78, -2, 100, 62), (82, 0, 102, 62), (84, 2, 100, 62), (84, 5, 96, 60)]
_ACROSS = (22, 20, 51, 43)
_ALONG = (8, 14, 22, 6)
_ASIDE = (46, 18, 10, 8)
_OUT = (62, 8, 2, 0)

POSES: dict[str, Floats] = {
    "open": _pose(_ASIDE, *_STRAIGHT),
    "spread": _pose((56, 12, 6, 0), (0, -15, 2, 2), (0, -2, 2, 2), (0, 12, 2, 2), (0, 26, 2, 2)),
    "flat": _pose((24, 12, 12, 8), (4, -3, 5, 3), (3, 0, 5, 3), (3, 3, 5, 3), (4, 7, 5, 3)),
    "relaxed": _pose((36, 26, 18, 18), (22, -5, 26, 16), (26, -1, 32, 19), (30, 4, 34, 20), (32, 9, 34, 20)),
    "half": _pose((34, 34, 26, 30), (45, -4, 55, 32), (48, 0, 58, 34), (50, 3, 58, 34), (50, 7, 54, 32)),
    "claw": _pose((44, 36, 14, 28), (10, -10, 52, 34), (10, -1, 54, 34), (10, 8, 54, 34), (12, 17, 52, 32)),
    "fist": _pose(_ACROSS, *_CURLED),
    "fist_along": _pose(_ALONG, *_CURLED),
    "point": _pose(_ACROSS, (4, -4, 6, 4), *_CURLED[1:]),
    "point_out": _pose(_OUT, (4, -4, 6, 4), *_CURLED[1:]),
    "two": _pose(_ACROSS, (3, -12, 5, 3), (2, 5, 5, 3), *_CURLED[2:]),
    "three": _pose((18, 34, 50, 56), (3, -12, 5, 3), (1, 0, 5, 3), (3, 11, 6, 4), _CURLED[3]),
    "three_out": _pose(_OUT, (3, -10, 5, 3), (2, 5, 5, 3), *_CURLED[2:]),
    "four": _pose((14, 34, 44, 58), *_STRAIGHT),
    "thumb_up": _pose(_OUT, *_CURLED),
    "pinch_open": _pose((38, 34, 8, 12), (28, -6, 30, 18), (30, 0, 36, 20), (36, 4, 38, 22), (40, 8, 38, 22)),
    "ok": _pose((23, 35, 24, 29), (52, -2, 48, 29), (14, 2, 16, 9), (9, 8, 11, 7), (6, 17, 8, 5)),
    "pinch": _pose((23, 35, 24, 29), (52, -2, 48, 29), (34, 0, 40, 24), (38, 4, 42, 26), (42, 8, 42, 26)),
}
"""Still hand shapes by name, each (5, 4) radians."""
