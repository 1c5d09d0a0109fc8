"""What a script is: a function that gets a `Style` (how this one performance is made) and returns a `Stroke`.

A stroke has the keys of the movement itself; approach, pauses and retraction are added by `performer`. In a
script `at` is in reaches (`reach_m`) about the middle of the movement, and keys follow each other in equal
steps of time. Directions are the person's own: x is their right, y up, z backwards, so a push goes to -z.
Everything is written for a right hand.

Example:
    >>> def knock(style: Style) -> Stroke:
    ...     away, near = Key(at=(0, 0, 0.5), pose="fist"), Key(at=(0, 0, -0.5), turn=(25, 0, 0), pose="fist")
    ...     return Stroke([away, near, away, near, away], seconds=0.8, reach_m=0.05)
    >>> make_scene(["knock"], scripts={"knock": knock})
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gesture.virtual.anatomy import POSES, Floats
from gesture.virtual.motion import Key

_DRAWN, _MOST_CARE = 0.3, 4.0
"""The share of swipes and circles that a finger draws with care, and how many times slower than usual at most: in clips
of people who drew in the air, a line of two to four hand sizes took .6 to 3.2 s, and a round 2 to 4 s."""

Turns = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]
"""Lowest and highest degrees of tilt, twist and lean."""


@dataclass(frozen=True)
class Stroke:
    """The keys of one movement, first to last, in equal steps of time.

    Attributes:
        keys: what the hand passes; `at` in reaches.
        seconds: the usual duration.
        reach_m: the usual size: metres per unit of `at`.
        is_held: a still pose, which lasts as long for quick people as for slow ones.
        leeway: lowest and highest degrees of tilt, twist and lean by which the hand can be turned otherwise
            throughout, and the movement still be the same (see `variety`).
    """

    keys: Sequence[Key]
    seconds: float
    reach_m: float
    is_held: bool = False
    leeway: Turns = ((-20, 35), (-25, 50), (-25, 30))


@dataclass(frozen=True)
class Style:
    """How one performance of a gesture is made; scripts draw their other choices from `rng`.

    Attributes:
        rng: for choices of the script's own.
        elbow: 0 to 1, how much the forearm swings about the elbow: bowed paths, a leaning hand.
        wrist: 0 to 1, how much the wrist takes part.
        slant: degrees by which the path is off its ideal direction.
    """

    rng: np.random.Generator
    elbow: float
    wrist: float
    slant: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Style:
        return cls(rng, float(rng.uniform(0, 1)), float(rng.uniform(0, 1)), float(rng.normal(0, 7)))

    def pick(self, *poses: str) -> Floats:
        """One of the poses, made a little differently each time."""
        return vary(POSES[str(self.rng.choice(poses))], self.rng)

    def pick_or_draw(self, *poses: str) -> tuple[Floats, float]:
        """How a path is made: with one of the poses, or drawn by a pointing finger with more or less care.

        Returns:
            Joint angles (5, 4) in radians, and how many times slower than usual it is, every share of the most as
            likely; 1 for what is not drawn.
        """
        if self.rng.random() < _DRAWN:
            return self.pick("point"), float(np.exp(self.rng.uniform(0, np.log(_MOST_CARE))))
        return self.pick(*poses), 1.0

    def between(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))


def vary(angles: Floats, rng: np.random.Generator, degrees: float = 3.0) -> Floats:
    """The pose with its joints off by some degrees, the joints of one finger alike."""
    per_finger, per_joint = rng.normal(0, degrees, (5, 1)), rng.normal(0, degrees / 2, (5, 4))
    return angles + np.deg2rad(per_finger * [1, 0.2, 1, 0.6] + per_joint * [1, 0.7, 1, 1])


def blend(one: Floats, other: Floats, share: float) -> Floats:
    """A pose between two, `share` of the way to the other."""
    return one + share * (other - one)


Script = Callable[[Style], Stroke]
Scripts = Mapping[str, Script]
"""Scripts by label."""
