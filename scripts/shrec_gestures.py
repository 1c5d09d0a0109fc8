"""The seventeen gestures of SHREC 2021 as scripts of the virtual hand.

Written after the odd sequences of the training part alone: how the hand is turned, which way and how far it goes, how
long it takes. The even sequences, and the test part, report.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gesture.virtual.anatomy import POSES, Floats
from gesture.virtual.motion import Key
from gesture.virtual.script import Script, Stroke, Style, Turns, blend

_POSE_LEEWAY: Turns = ((-18, 18), (-25, 25), (-18, 18))
_MOVE_LEEWAY: Turns = ((-18, 18), (-25, 25), (-18, 18))
_LONGEST_POSE_S = 4.0


def ONE(style: Style) -> Stroke:
    """The thumb, the palm towards oneself."""
    return _held(style, ("thumb_up",), tilt=28, lean=60)


def TWO(style: Style) -> Stroke:
    return _held(style, ("two",), tilt=20, lean=24)


def THREE(style: Style) -> Stroke:
    """Thumb, forefinger and middle finger."""
    return _held(style, ("three_out",), tilt=21, lean=32)


def FOUR(style: Style) -> Stroke:
    return _held(style, ("four",), tilt=14, lean=17)


def MENU(style: Style) -> Stroke:
    """All fingers, the palm either way."""
    return _held(style, ("open", "spread"), tilt=19, lean=17, palm_ahead=0.45)


def OK(style: Style) -> Stroke:
    """The ring is seen from its side."""
    return _hold(style, ("ok",), (-3, style.between(45, 85), 10))


def LEFT(style: Style) -> Stroke:
    """From the elbow: the palm looks ahead at first, and to oneself at last."""
    places = [(0.8, 0.1, 0.15), (0.25, 0.05, -0.3), (-1.2, -0.2, 0.45)]
    return _drawn(
        style, ("open", "flat", "spread"), places, [(23, 45, -15), (46, 94, -3), (10, 140, 70)], 0.5, 0.17
    )


def RIGHT(style: Style) -> Stroke:
    places = [(-0.9, -0.15, 0.25), (-0.1, 0, -0.05), (0.8, 0.3, 0.0)]
    return _drawn(
        style, ("open", "flat", "spread"), places, [(31, 120, 62), (36, 85, 40), (22, 26, -17)], 0.4, 0.15
    )


def CIRCLE(style: Style) -> Stroke:
    """Clockwise, mostly from the bottom to the bottom."""
    rounds, begin = style.between(0.9, 1.2), 180 + style.rng.normal(0, 25)
    angles = np.deg2rad(begin + 360 * rounds * np.linspace(0, 1, int(12 * rounds) + 1))
    pose, squash = style.pick("point"), style.between(0.8, 1.2)
    places = [(float(np.sin(angle)), float(squash * np.cos(angle)), 0.2) for angle in angles]
    keys = [
        Key(place, _turned(place), pose, stop=index in (0, len(places) - 1))
        for index, place in enumerate(places)
    ]
    return Stroke(keys, style.between(0.9, 1.5) * rounds, style.between(0.06, 0.11), leeway=_MOVE_LEEWAY)


def _turned(place: tuple[float, float, float]) -> tuple[float, float, float]:
    """How a hand that draws is turned where it is."""
    x, y, _ = place
    return 32 - 12 * y, 30 - 15 * x, 42 - 20 * x


def V(style: Style) -> Stroke:
    """Down and up, from left to right."""
    places, turns = (
        [(-0.6, 0.5, 0.3), (0.0, -0.5, -0.2), (0.75, 0.6, 0.2)],
        [(5, 43, 37), (46, 58, 66), (15, 29, 5)],
    )
    return _drawn(style, ("point",), places, turns, 0.6, 0.11)


def CROSS(style: Style) -> Stroke:
    """From the upper left to the lower right, to the lower left, to the upper right."""
    places = [(-0.7, 0.8, 0.4), (0.6, -0.45, -0.3), (-0.85, -0.5, 0.0), (0.9, 0.95, 0.0)]
    turns = [(11, 39, 40), (56, 26, 46), (30, 82, 78), (25, 23, 15)]
    return _drawn(style, ("point",), places, turns, 0.95, 0.1)


def DENY(style: Style) -> Stroke:
    """The forefinger wags from the wrist."""
    swings, size, lean = int(style.rng.integers(4, 10)), style.between(6, 18), style.between(18, 32)
    pose = style.pick("point")
    sides = float(style.rng.choice([-1, 1])) * (-1.0) ** np.arange(swings + 1)
    drifts = style.rng.normal(0, 1) * np.linspace(-1, 1, swings + 1)
    keys = [
        Key((0.4 * side + drift, 0, 0), (17, 28, lean - size * side), pose)
        for side, drift in zip(sides, drifts, strict=True)
    ]
    return Stroke(keys, style.between(0.14, 0.26) * swings, style.between(0.01, 0.03), leeway=_POSE_LEEWAY)


def TAP(style: Style) -> Stroke:
    """The forefinger goes ahead and down, quickly, between two moments of rest."""
    pose, twist = style.pick("point"), style.between(25, 55)
    away = Key((0.1, 0.1, 0.6), (style.between(-14, 14), twist, style.between(-12, 12)), pose)
    near = Key((0, -0.05, -0.5), (style.between(28, 44), twist - 5, style.between(10, 32)), pose)
    keys = [away, away, near, near]
    return Stroke(keys, style.between(0.4, 0.7), style.between(0.03, 0.07), leeway=_MOVE_LEEWAY)


def KNOB(style: Style) -> Stroke:
    """Fingers that hold a knob turn it clockwise; often back and again."""
    turns, begins_back = int(style.rng.choice([1, 1, 1, 2, 3, 5, 7])), style.rng.random() < 0.8
    pose = blend(style.pick("claw", "pinch_open", "half"), POSES["half"], style.between(0, 0.5))
    tilt, twist, along = style.between(14, 34), style.between(-10, 45), style.between(-20, 30)
    curl = style.between(0.1, 0.45) if style.rng.random() < 0.4 else 0.0

    def key(back: bool) -> Key:
        lean = style.between(42, 75) if back else style.between(-12, 25)
        shape = pose if back else blend(pose, POSES["fist"], curl)
        turn = (tilt + (0 if back else style.between(-5, 18)), twist + (0 if back else along), lean)
        return Key((0.4 - 0.016 * lean, 0.1 * back, 0), turn, shape)

    keys = [key(back=(index % 2 == 0) == begins_back) for index in range(turns + 1)]
    return Stroke(keys, style.between(0.28, 0.5) * turns, style.between(0.02, 0.05), leeway=_MOVE_LEEWAY)


def PINCH(style: Style) -> Stroke:
    """Forefinger and thumb, far apart, meet; the others are closed."""
    apart, closed = style.pick("point_out"), style.pick("pinch")
    closed[2:] = apart[2:] = blend(apart[2:], POSES["half"][2:], style.between(0, 0.5))
    return _shaped(style, apart, closed, (22, 29, 15), (12, 38, 22), 0.42)


def GRAB(style: Style) -> Stroke:
    return _shaped(
        style, style.pick("open", "spread", "claw"), style.pick("fist"), (30, 31, 28), (19, 35, 32), 0.45
    )


def EXPAND(style: Style) -> Stroke:
    """A fist opens."""
    return _shaped(style, style.pick("fist"), style.pick("open", "spread"), (18, 26, 25), (35, 20, 21), 0.35)


SHREC: dict[str, Script] = {
    script.__name__: script
    for script in (
        ONE, TWO, THREE, FOUR, OK, MENU, LEFT, RIGHT, CIRCLE, V, CROSS, DENY, TAP, KNOB, PINCH, GRAB, EXPAND,
    )
}  # fmt: skip
"""The scripts by the set's own labels."""


def _held(
    style: Style, shapes: Sequence[str], *, tilt: float, lean: float, palm_ahead: float = 0.15
) -> Stroke:
    """Mostly the palm towards oneself."""
    twist = style.rng.normal(8, 12) if style.rng.random() < palm_ahead else style.rng.normal(168, 14)
    return _hold(style, shapes, (tilt, float(twist), lean))


def _hold(style: Style, shapes: Sequence[str], turn: tuple[float, float, float]) -> Stroke:
    pose, drift = style.pick(*shapes), style.rng.normal(0, 1, 3)
    last = tuple(np.array(turn) + style.rng.normal(0, 3, 3))
    keys = [Key((0, 0, 0), turn, pose), Key(tuple(drift), last, pose)]
    return Stroke(keys, style.between(0.8, _LONGEST_POSE_S), 0.012, is_held=True, leeway=_POSE_LEEWAY)


def _drawn(
    style: Style,
    shapes: Sequence[str],
    places: Sequence[tuple[float, float, float]],
    turns: Sequence[tuple[float, float, float]],
    seconds: float,
    reach_m: float,
) -> Stroke:
    """From place to place; corners are rounded by some and not by others."""
    pose, stops, wrist = style.pick(*shapes), style.rng.random() < 0.5, style.between(0.5, 1.15)
    middle = np.mean(turns, axis=0)
    keys = [
        Key(
            tuple(np.array(place) + style.rng.normal(0, 0.1, 3)),
            tuple(middle + wrist * (np.array(turn) - middle)),
            pose,
            stop=stops or index in (0, len(places) - 1),
        )
        for index, (place, turn) in enumerate(zip(places, turns, strict=True))
    ]
    return Stroke(
        keys, seconds * style.between(0.75, 1.3), reach_m * style.between(0.75, 1.3), leeway=_MOVE_LEEWAY
    )


def _shaped(
    style: Style,
    first: Floats,
    last: Floats,
    begin: tuple[float, float, float],
    end: tuple[float, float, float],
    seconds: float,
) -> Stroke:
    """One hand shape becomes another, and is there for a moment; the hand may move meanwhile."""
    drift = style.rng.normal(0, 0.4, 3)
    there = Key(tuple(drift), end, last)
    keys = [Key(tuple(-drift), begin, first), there, there]
    return Stroke(keys, 2 * seconds * style.between(0.7, 1.3), 0.05, leeway=_MOVE_LEEWAY)


HALVED = ("LEFT", "RIGHT", "CIRCLE", "V", "CROSS", "TAP", "PINCH", "GRAB", "EXPAND")
"""Those of which a half is no gesture: half of a pose is a pose, and half of one that repeats itself is one, too."""
