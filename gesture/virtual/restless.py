"""Hands that are on their way, loosened or lowered: idle movements, larger and less upright than those of `idle`.

A hand between two gestures hangs with the palm down, goes up and down or from side to side as if to music, goes round,
lets go of what it showed. Measured on the odd sequences of SHREC 2021, where people move about between gestures: most
false alarms of a network that knew only `IDLE` and `NEAR_MISSES` were such movements. They are slower than swipes.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gesture.virtual.anatomy import POSES, Floats
from gesture.virtual.motion import Key, Turn, ahead, palm_down
from gesture.virtual.script import Script, Stroke, Style, Turns, blend, vary

_LOOSE = ("relaxed", "relaxed", "open", "flat", "half", "claw")
_UPRIGHT = 0.3
"""The share of lowered hands that are turned more freely, with the fingers up, too."""
_ANY_TURN: Turns = ((-15, 25), (-25, 50), (-20, 20))


def roam(style: Style) -> Stroke:
    """Goes from place to place without stopping; the hand turns as it goes, a little or a lot."""
    steps, pose, turn = int(style.rng.integers(3, 7)), _loose(style), _lowered(style)
    about = style.between(8, 45)
    keys = [
        Key(
            _place(style),
            tuple(np.array(turn) + style.rng.normal(0, about, 3)),
            vary(pose, style.rng),
            stop=False,
        )
        for _ in range(steps)
    ]
    return Stroke(keys, style.between(0.4, 0.9) * (steps - 1), style.between(0.05, 0.13), leeway=_ANY_TURN)


def bob(style: Style) -> Stroke:
    """To and fro along a line: up and down with a finger or two ahead, any way with loose fingers. The hand nods as far
    as its fingers point inwards, and rolls as far as they point ahead."""
    swings, (yaw, rise, roll), nod = int(style.rng.integers(2, 7)), ahead(style.rng), style.between(-25, 25)
    is_pointing = style.rng.random() < 0.3
    pose = style.pick("point", "two") if is_pointing else _loose(style)
    way = style.rng.normal(0, [0.3 if is_pointing else 1, 1, 0.5])
    way /= np.linalg.norm(way)
    sides = (-1.0) ** np.arange(swings + 1)
    keys = [Key(tuple(side * way), palm_down(yaw, rise + nod * side, roll), pose) for side in sides]
    return Stroke(keys, style.between(0.25, 0.7) * swings, style.between(0.03, 0.12), leeway=_ANY_TURN)


def sway(style: Style) -> Stroke:
    """The fingers ahead, from side to side about the elbow, now wider and now less. A wave's fingers point up."""
    pose, (yaw, rise, roll), fan = _loose(style), ahead(style.rng), style.between(0, 35)
    slant, sides = style.between(-0.3, 0.3), _to_and_fro(style)
    keys = [
        Key((side, slant * side, -0.2 * abs(side)), palm_down(yaw - fan * side, rise, roll), pose)
        for side in sides
    ]
    seconds = style.between(0.25, 0.6) * (len(keys) - 1)
    return Stroke(keys, seconds, style.between(0.03, 0.13), leeway=_ANY_TURN)


def beat(style: Style) -> Stroke:
    """The fingers ahead, up and down in time, now higher and now less, nodding as in `bob`. A swipe goes one way."""
    pose, (yaw, rise, roll), nod = _loose(style), ahead(style.rng), style.between(-25, 25)
    slant, sides = style.between(-0.3, 0.3), _to_and_fro(style)
    keys = [Key((slant * side, side, 0.0), palm_down(yaw, rise + nod * side, roll), pose) for side in sides]
    seconds = style.between(0.2, 0.5) * (len(keys) - 1)
    return Stroke(keys, seconds, style.between(0.03, 0.1), leeway=_ANY_TURN)


def swirl(style: Style) -> Stroke:
    """Round and round above the desk, mostly level."""
    rounds, pose, turn = style.between(0.7, 3), _loose(style), palm_down(*ahead(style.rng))
    angles = style.between(0, 6) + style.rng.choice([-1, 1]) * 2 * np.pi * np.linspace(
        0, rounds, int(12 * rounds) + 2
    )
    rise = style.between(-0.7, 0.7)
    keys = [
        Key((float(np.sin(angle)), float(rise * np.cos(angle)), float(np.cos(angle))), turn, pose, stop=False)
        for angle in angles
    ]
    return Stroke(keys, style.between(0.5, 1.2) * rounds, style.between(0.03, 0.1), leeway=_ANY_TURN)


def let_go(style: Style) -> Stroke:
    """Loosens whatever shape the hand had, and sinks with the palm down."""
    first, last = _shown(style), Key((0, -style.between(0.3, 1), 0), _lowered(style), _loose(style))
    if style.rng.random() < 0.4:
        first = replace(first, pose=style.pick("fist", "fist_along"))
    return Stroke([first, first, last, last], style.between(0.7, 1.6), style.between(0.03, 0.12))


def raise_shape(style: Style) -> Stroke:
    """Comes up from there and takes a shape."""
    first, last = Key((0, -style.between(0.3, 1), 0), _lowered(style), _loose(style)), _shown(style)
    return Stroke([first, first, last], style.between(0.6, 1.4), style.between(0.03, 0.12))


def turn_over(style: Style) -> Stroke:
    """The palm down, up and down again."""
    tilt, twist, lean = _lowered(style)
    pose, far = _loose(style), float(style.rng.choice([-1, 1])) * style.between(40, 110)
    here, there = Key((0, 0, 0), (tilt, twist, lean), pose), Key((0, 0.3, 0), (tilt, twist + far, lean), pose)
    return Stroke([here, there, there, here], style.between(1.2, 2.6), 0.05)


RESTLESS: dict[str, Script] = {
    script.__name__: script for script in (roam, bob, sway, beat, swirl, let_go, raise_shape, turn_over)
}
"""The scripts by name."""


def _to_and_fro(style: Style) -> list[float]:
    """Places now on one side and now on the other, none as far out as another."""
    swings, first = int(style.rng.integers(2, 8)), style.rng.choice([-1, 1])
    ways = first * (-1.0) ** np.arange(swings + 1)
    places: list[float] = (ways * style.rng.uniform(0.4, 1, swings + 1)).tolist()
    return places


def _lowered(style: Style) -> Turn:
    """The palm mostly down, the fingers ahead or a little across the body."""
    if style.rng.random() < _UPRIGHT:
        return style.between(10, 105), style.between(-20, 60), style.between(-15, 75)
    return palm_down(*ahead(style.rng))


def _loose(style: Style) -> Floats:
    return vary(blend(style.pick(*_LOOSE), POSES["relaxed"], style.between(0, 0.7)), style.rng, 5.0)


def _shown(style: Style) -> Key:
    """Any shape, upright, the palm this way or that."""
    turn = (
        style.between(-10, 40),
        float(style.rng.choice([0, 0, 165])) + style.between(-15, 50),
        style.between(-15, 60),
    )
    return Key((0, 0, 0), turn, style.pick(*POSES))


def _place(style: Style) -> tuple[float, float, float]:
    x, y, z = style.rng.uniform(-1, 1, 3)
    return float(x), float(y), float(z)
