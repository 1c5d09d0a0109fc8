"""What hands do between gestures, as scripts of the same form: none of it is a gesture.

These are the movements that a recogniser must not take for gestures: wandering, fidgeting fingers, counting,
pointing about, scratching, turning the hand, opening and closing half way, talking with the hands.
"""

from __future__ import annotations

import numpy as np

from gesture.virtual.anatomy import POSES
from gesture.virtual.motion import Key
from gesture.virtual.script import Script, Stroke, Style, blend, vary


def stay(style: Style) -> Stroke:
    """Nothing at all."""
    key = Key(pose=style.pick("relaxed", "relaxed", "open", "half"), turn=_somehow(style))
    return Stroke([key, key], style.between(0.6, 2.5), 0.05)


def drift(style: Style) -> Stroke:
    """Wanders slowly, with pauses."""
    pose = style.pick("relaxed", "relaxed", "half", "open")
    keys = [Key(_somewhere(style, 1), _somehow(style), vary(pose, style.rng)) for _ in range(4)]
    return Stroke(
        [keys[0], keys[1], keys[1], keys[2], keys[3]], style.between(2.5, 5), style.between(0.03, 0.08)
    )


def wiggle(style: Style) -> Stroke:
    """Fingers move on their own, one after another."""
    turn, base = _somehow(style), style.pick("relaxed", "open")
    steps = int(style.rng.integers(6, 14))
    bends = np.deg2rad(22 + 14 * style.wrist) * np.sin(np.arange(steps)[:, None] * 1.3 + np.arange(5) * 0.9)
    share = np.array([0.6, 0.0, 1.0, 0.6])
    keys = [
        Key((0, 0, 0), turn, base + np.clip(bend, -0.1, 1)[:, None] * share, stop=False) for bend in bends
    ]
    return Stroke(keys, style.between(0.14, 0.3) * steps, 0.03)


def count(style: Style) -> Stroke:
    """Counts on the fingers, with a pause at each."""
    turn, keys = _somehow(style), []
    for name in ["point", "two", "three", "four", "open"][: int(style.rng.integers(2, 6))]:
        key = Key(_somewhere(style, 0.2), turn, style.pick(name))
        keys += [key, key]
    return Stroke(keys, 0.38 * len(keys), 0.05)


def point_about(style: Style) -> Stroke:
    """Points here and there."""
    pose = style.pick("point")
    keys = []
    for _ in range(int(style.rng.integers(2, 5))):
        key = Key(
            _somewhere(style, 1), (style.between(0, 45), style.between(-10, 35), style.between(-25, 35)), pose
        )
        keys += [key, key]
    return Stroke(keys, 0.5 * len(keys), style.between(0.03, 0.07))


def scratch(style: Style) -> Stroke:
    """Curled fingers go quickly up and down a little."""
    turn, steps = (
        (style.between(0, 25), style.between(0, 45), style.between(10, 45)),
        int(style.rng.integers(6, 14)),
    )
    ends = [style.pick("half"), blend(POSES["half"], POSES["fist"], 0.35)]
    keys = [Key((0, 0.5 * (-1) ** i, 0), turn, ends[i % 2], stop=False) for i in range(steps)]
    return Stroke(keys, style.between(0.1, 0.16) * steps, style.between(0.008, 0.02))


def turn_hand(style: Style) -> Stroke:
    """Turns the hand to look at it and back."""
    tilt, twist, lean = _somehow(style)
    pose, far = style.pick("open", "relaxed"), float(style.rng.choice([-45, 60, 75]))
    here, there = Key(turn=(tilt, twist, lean), pose=pose), Key(turn=(tilt, twist + far, lean), pose=pose)
    return Stroke([here, there, there, here], style.between(1.6, 3), 0.05)


def half_close(style: Style) -> Stroke:
    """Begins to close or open the hand, and does not."""
    turn, share = _somehow(style), style.between(0.25, 0.55)
    begin = style.pick("open", "relaxed")
    part = blend(begin, POSES["fist"], share)
    return Stroke([Key(turn=turn, pose=begin), Key(turn=turn, pose=part), Key(turn=turn, pose=begin)],
                  style.between(0.9, 2.2), 0.05)  # fmt: skip


def talk(style: Style) -> Stroke:
    """Talks with the hand: small beats in no direction in particular."""
    keys = [
        Key(_somewhere(style, 1), _somehow(style), style.pick("relaxed", "open", "half"))
        for _ in range(int(style.rng.integers(4, 9)))
    ]
    return Stroke(keys, style.between(0.35, 0.6) * len(keys), style.between(0.02, 0.045))


def reach_for(style: Style) -> Stroke:
    """Reaches quickly for something beside, and brings it back slowly."""
    here = Key((0, 0, 0), _somehow(style), style.pick("relaxed", "half"))
    there = Key(_somewhere(style, 1.4), _somehow(style), style.pick("half", "claw", "relaxed"))
    return Stroke([here, there, there, *[here] * 2], style.between(1.8, 3.2), style.between(0.06, 0.14))


def type_keys(style: Style) -> Stroke:
    """Types or drums with hanging fingers."""
    base, steps = style.pick("half", "claw", "relaxed"), int(style.rng.integers(8, 18))
    turn = (style.between(35, 60), style.between(-10, 20), style.between(-10, 25))
    taps = np.deg2rad(16) * (style.rng.random((steps, 5)) < 0.3)
    share = np.array([0.7, 0.0, 0.5, 0.3])
    keys = [Key(_somewhere(style, 0.3), turn, base + tap[:, None] * share, stop=False) for tap in taps]
    return Stroke(keys, style.between(0.09, 0.16) * steps, 0.02)


IDLE: dict[str, Script] = {
    script.__name__: script
    for script in (
        stay, drift, wiggle, count, point_about, scratch, turn_hand, half_close, talk, reach_for, type_keys,
    )
}  # fmt: skip
"""The idle movements by name."""


def _somewhere(style: Style, size: float) -> tuple[float, float, float]:
    x, y, z = style.rng.uniform(-size, size, 3)
    return float(x), float(y), float(z)


def _somehow(style: Style) -> tuple[float, float, float]:
    return style.between(0, 30), style.between(-10, 40), style.between(-15, 30)
