"""Random programmes: movements that nobody named, each a class of its own.

A network that tells hundreds of them apart has learned to see movement, and then takes a few examples to learn a
gesture that it has never seen. A programme fixes what makes a movement itself: the order of its strokes, their
directions, the turns of the hand and its shapes, repetitions. Performances of it differ as those of a gesture do.
Programmes are for right hands: a left hand makes the mirror image, which is another movement.

Example:
    >>> programmes = draw_programmes(200, seed=0)
    >>> batch = make_batch(list(programmes) * 20, scripts=programmes, hands=("right",))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gesture.virtual.anatomy import LIMITS, POSES, Floats, coupled
from gesture.virtual.motion import Key
from gesture.virtual.script import Script, Stroke, Style, Turns, vary

_FORMS = ("line", "line", "corner", "zigzag", "arc", "arc", "still")
_NUM_POINTS = {"line": 2, "corner": 3, "zigzag": 5, "arc": 7, "still": 2}
_TURNS_DEG = np.array([35.0, 65.0, 40.0])  # of tilt, twist and lean: a hand turns most about the forearm
_LEEWAY: Turns = ((-15, 30), (-20, 40), (-15, 15))
# How much the little finger does what its neighbour does: of all pairs these two are the least independent
# (Zatsiorsky, Li & Latash, Enslaving effects in multi-finger force production, Experimental Brain Research 131, 2000).
_FOLLOWS = 0.7
_LONGEST = 14  # keys: more than two seconds' worth


@dataclass(frozen=True)
class Programme:
    """One random movement; called like any script.

    Attributes:
        keys: what the hand passes, `at` in reaches.
        seconds: the usual duration.
        reach_m: the usual size.
    """

    keys: Sequence[Key]
    seconds: float
    reach_m: float

    def __call__(self, style: Style) -> Stroke:
        """One performance."""
        slant = np.deg2rad(style.slant)
        in_plane = np.array(
            [[np.cos(slant), -np.sin(slant), 0], [np.sin(slant), np.cos(slant), 0], [0, 0, 1]]
        )
        stretch = np.exp(style.rng.normal(0, 0.12, 3))
        habit = style.rng.normal(0, 6, 3)
        hand = style.rng.normal(0, np.deg2rad(3), (5, 1)) * [1, 0.2, 1, 0.6]  # the same error in every key
        keys = [self._performed(key, in_plane * stretch, habit, hand, style) for key in self.keys]
        seconds, reach_m = self.seconds * style.between(0.8, 1.25), self.reach_m * style.between(0.8, 1.25)
        return Stroke(keys, seconds, reach_m, leeway=_LEEWAY)

    def _performed(self, key: Key, to_place: Floats, habit: Floats, hand: Floats, style: Style) -> Key:
        place = to_place @ key.at + style.rng.normal(0, 0.07, 3)
        turn = habit + key.turn + style.rng.normal(0, 4, 3)
        return Key(tuple(place), tuple(turn), coupled(vary(key.angles + hand, style.rng, 2.0)), key.stop)


def draw_programmes(number: int, seed: int = 0) -> dict[str, Script]:
    """Programmes by label; the first ones are the same however many are drawn.

    Args:
        number: how many classes.
        seed: another one draws others.

    Example:
        >>> list(draw_programmes(2))
        ['motion0', 'motion1']
    """
    return {
        f"motion{index}": draw_programme(np.random.default_rng([seed, 5, index])) for index in range(number)
    }


def draw_programme(rng: np.random.Generator) -> Programme:
    """One random movement: a path, turns of the hand and changes of its shape, at least one of them."""
    form = str(rng.choice(_FORMS))
    does_turn, does_change = rng.random(2) < (0.35, 0.45)
    path = _path(form, rng)
    if form == "still" and not does_turn:
        does_change = True
    turns = _course(rng.uniform([0, -10, -15], [35, 35, 30]), _TURNS_DEG * does_turn, len(path), rng)
    shapes = _shapes(does_change, len(path), rng)
    keys = [
        Key(tuple(place), tuple(turn), shape, stop=form != "arc")
        for place, turn, shape in zip(path, turns, shapes, strict=True)
    ]
    keys = _repeated(keys, form, rng)
    keys = [replace(keys[0], stop=True), *keys[1:-1], replace(keys[-1], stop=True)]
    seconds = rng.uniform(0.2, 0.5) * (len(keys) - 1) * (0.45 if form == "arc" else 1.0)
    return Programme(keys, float(np.clip(seconds, 0.3, 2.4)), float(rng.uniform(0.06, 0.16)))


def _path(form: str, rng: np.random.Generator) -> Floats:
    """(K, 3) places about the middle, across the view more than in depth."""
    number = _NUM_POINTS[form]
    if form == "still":
        return np.zeros((number, 3))
    if form == "arc":
        begin, sweep = rng.uniform(0, 360), rng.choice([-1, 1]) * rng.uniform(150, 400)
        angle = np.deg2rad(begin + sweep * np.linspace(0, 1, number))
        return np.stack(
            [np.sin(angle), rng.uniform(0.5, 1) * np.cos(angle), 0.3 * rng.normal() * angle / 6], axis=1
        )
    directions = rng.normal(0, 1, (number - 1, 3)) * [1, 1, 0.6]
    if form == "zigzag":
        across = directions[:1] * (-1.0) ** np.arange(number - 1)[:, None]
        directions = across + 0.4 * directions[1]
    steps = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    places = np.concatenate([np.zeros((1, 3)), np.cumsum(steps, axis=0)])
    places -= (places.min(axis=0) + places.max(axis=0)) / 2
    return np.asarray(2 * places / max(np.ptp(places, axis=0).max(), 1.0))


def _course(begin: Floats, size: Floats, number: int, rng: np.random.Generator) -> Floats:
    """(K, 3): from `begin` by up to `size` to somewhere else, evenly; or there and back."""
    way = size * rng.uniform(0.6, 1, 3) * rng.choice([-1, 0, 1], 3)
    if size.any() and not way.any():
        way[1] = size[1]
    share = np.linspace(0, 1, number)
    return np.asarray(begin + way * share[:, None])


def _shapes(changes: bool, number: int, rng: np.random.Generator) -> list[Floats]:
    """K shapes of the hand: the same throughout, or from one to another."""
    first, last = _shape(rng), _shape(rng)
    while changes and np.abs(first - last)[:, [0, 2]].max() < np.deg2rad(40):
        last = _shape(rng)
    share = np.linspace(0, 1, number) if changes else np.zeros(number)
    return [coupled(first + part * (last - first)) for part in share]


def _shape(rng: np.random.Generator) -> Floats:
    """(5, 4): one of the named poses, or fingers that are each stretched, bent or curled at random."""
    if rng.random() < 0.5:
        return POSES[str(rng.choice(list(POSES)))]
    curl = np.clip(rng.choice([0.05, 0.5, 0.9], 5) + rng.normal(0, 0.08, 5), 0, 1)[:, None]
    curl[4] = (1 - _FOLLOWS) * curl[4] + _FOLLOWS * curl[3]
    low, high = LIMITS[..., 0], LIMITS[..., 1]
    angles = np.where(np.arange(4) == 1, low + rng.random((5, 4)) * (high - low), curl * high)
    return coupled(angles * [1, 0.7, 0.9, 1])


def _repeated(keys: list[Key], form: str, rng: np.random.Generator) -> list[Key]:
    """The same once, or to and fro, or again and again."""
    repetitions = int(rng.choice([1, 1, 2, 3]))
    if form == "arc" or repetitions == 1:
        return keys
    there_and_back = [*keys, *keys[-2::-1]]
    again = there_and_back + (repetitions - 2) * there_and_back[1:]
    return again[:_LONGEST]
