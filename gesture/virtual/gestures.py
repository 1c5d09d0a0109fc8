"""The gestures that move, as short scripts (see `script`): a new gesture is one function of about ten lines.

`MOVES` are these, `HELD` those of `poses`, and `GESTURES` both.

A left hand makes the mirror image of the partner in `PARTNERS`: its swipe_left is a mirrored swipe_right.
"""

from __future__ import annotations

import numpy as np

from gesture.virtual.anatomy import POSES
from gesture.virtual.motion import Key
from gesture.virtual.poses import HELD
from gesture.virtual.script import Script, Stroke, Style, Turns, blend, vary

# Beside the turns that each script makes: the palm, the edge or the back of the hand may be ahead, the fingers up or
# towards the camera. A wave and a push are known by the palm.
_ANY_SIDE: Turns = ((-25, 70), (-30, 140), (-30, 40))
_EDGEWAYS: Turns = ((-25, 65), (-25, 90), (-25, 30))
_SWIPING = ("flat", "open", "open", "relaxed")
_SWEEP_KEYS, _LINE_KEYS = 3, 7
"""A hand that sweeps is fastest midway; one that passes more keys at equal times goes at an even pace."""


def swipe_left(style: Style) -> Stroke:
    return _sideways(style, -1)


def swipe_right(style: Style) -> Stroke:
    return _sideways(style, 1)


def _sideways(style: Style, way: int) -> Stroke:
    """Across the view, mostly from the elbow or mostly from the wrist.

    The forearm turns about the elbow: at the right the palm looks ahead and the hand leans out, at the left
    the palm looks inwards and the hand leans in.
    """
    lean, twist = 6 + 26 * style.elbow + 14 * style.wrist, 6 + 26 * style.wrist
    base_twist, base_lean, bow = style.between(-4, 22), style.between(-5, 22), 0.22 * style.elbow
    slope, (pose, slowness) = np.tan(np.deg2rad(style.slant)), style.pick_or_draw(*_SWIPING)

    def key(x: float, stop: bool) -> Key:
        turn = (8, base_twist - twist * x, base_lean - lean * x)
        return Key((x, x * slope - bow * x * x, -0.15 * (1 - x * x)), turn, pose, stop)

    keys, reach_m = [key(x, abs(x) == 1) for x in _places(way, slowness)], style.between(0.12, 0.2)
    return Stroke(keys, slowness * style.between(0.32, 0.65), reach_m - 0.05 * style.wrist, leeway=_EDGEWAYS)


def swipe_up(style: Style) -> Stroke:
    return _upright(style, 1)


def swipe_down(style: Style) -> Stroke:
    return _upright(style, -1)


def _upright(style: Style, way: int) -> Stroke:
    """Up or down the view: the hand tips forward at the bottom and back at the top."""
    tip, lean, twist = 14 + 24 * style.wrist, style.between(0, 35), style.between(-10, 25)
    bow, (pose, slowness) = 0.3 * style.elbow, style.pick_or_draw(*_SWIPING)
    slope = np.tan(np.deg2rad(style.slant))

    def key(y: float, stop: bool) -> Key:
        return Key((y * slope, y, -bow * (1 - y * y)), (10 - tip * y, twist, lean), pose, stop)

    keys, reach_m = [key(y, abs(y) == 1) for y in _places(way, slowness)], style.between(0.09, 0.15)
    return Stroke(keys, slowness * style.between(0.32, 0.65), reach_m - 0.02 * style.wrist, leeway=_EDGEWAYS)


def _places(way: int, slowness: float) -> list[float]:
    """Where a swipe's keys are, from -way to way: one sweep, or a line drawn at an even pace."""
    places: list[float] = np.linspace(-way, way, _SWEEP_KEYS if slowness == 1 else _LINE_KEYS).tolist()
    return places


def circle_cw(style: Style) -> Stroke:
    return _circle(style, 1)


def circle_ccw(style: Style) -> Stroke:
    return _circle(style, -1)


def _circle(style: Style, way: int) -> Stroke:
    """One round or a little more, beginning anywhere (mostly at the top), with a finger or the whole hand."""
    rounds, begin = style.between(1.0, 1.6), style.rng.normal(0, 60)
    pose, slowness = style.pick_or_draw("point", "point", "open", "two", "relaxed")
    squash = style.between(0.8, 1.15)
    lean, tilt = 5 + 8 * style.elbow + 8 * style.wrist, 4 + 14 * style.wrist
    angles = np.deg2rad(begin + way * 360 * rounds * np.linspace(0, 1, int(12 * rounds) + 1))

    def key(x: float, y: float, stop: bool) -> Key:
        return Key((x, y * squash, 0), (10 - tilt * y, 8 - 6 * x, -lean * x), pose, stop)

    keys = [key(float(np.sin(angle)), float(np.cos(angle)), False) for angle in angles]
    keys = [_stopped(keys[0]), *keys[1:-1], _stopped(keys[-1])]
    seconds, reach_m = style.between(0.6, 1.2) * rounds, style.between(0.06, 0.11) - 0.03 * style.wrist
    return Stroke(keys, slowness * seconds, reach_m, leeway=_EDGEWAYS)


def _stopped(key: Key) -> Key:
    return Key(key.at, key.turn, key.pose, stop=True)


def wave(style: Style) -> Stroke:
    """To and fro about the elbow or the wrist, two to four times."""
    swings, lean = int(style.rng.integers(4, 8)), 14 + 16 * style.elbow
    pose, first = style.pick("open", "spread"), float(style.rng.choice([-1, 1]))
    sides = first * (-1.0) ** np.arange(swings + 1)
    keys = [Key((x, -0.2 * abs(x), 0), (2, 6, -lean * x), pose) for x in sides]
    return Stroke(keys, style.between(0.2, 0.36) * swings, style.between(0.03, 0.08))


def push(style: Style) -> Stroke:
    """The palm goes towards what the person looks at."""
    pose, rise = style.pick("open", "flat", "spread"), style.between(-0.1, 0.3)
    begin = Key((0, -rise, 0.5), (-4, 8, 8), pose)
    end = Key((0, rise, -0.8), (-8 + 14 * style.wrist, 4, 4), pose)
    return Stroke([begin, end], style.between(0.3, 0.65), style.between(0.12, 0.2))


def grab(style: Style) -> Stroke:
    """An open hand closes to a fist, drawn in a little."""
    turn, pull = (style.between(0, 30), style.between(0, 30), style.between(-10, 25)), 0.6 * style.elbow
    begin = Key((0, 0, -pull / 2), turn, style.pick("open", "spread", "claw"))
    end = Key((0, 0, pull / 2), turn, style.pick("fist"))
    return Stroke([begin, end], style.between(0.28, 0.6), 0.08, leeway=_ANY_SIDE)


def release(style: Style) -> Stroke:
    """A fist opens."""
    turn, throw = (style.between(0, 30), style.between(0, 30), style.between(-10, 25)), 0.6 * style.elbow
    begin = Key((0, 0, throw / 2), turn, style.pick("fist"))
    end = Key((0, 0, -throw / 2), turn, style.pick("open", "spread"))
    return Stroke([begin, end], style.between(0.25, 0.55), 0.08, leeway=_ANY_SIDE)


def pinch(style: Style) -> Stroke:
    """Thumb and forefinger meet and stay together for a moment."""
    others, apart = style.pick("open", "relaxed", "half"), style.pick("pinch_open")
    closed = vary(POSES["pinch"], style.rng, degrees=1.0)
    apart[2:] = closed[2:] = blend(closed[2:], others[2:], style.between(0, 1))
    turn = (style.between(0, 20), style.between(0, 35), style.between(-5, 20))
    keys = [Key((0, 0, 0), turn, apart), Key((0, -0.1, 0), turn, closed), Key((0, -0.1, 0), turn, closed)]
    return Stroke(keys, style.between(0.5, 0.9), 0.08, leeway=_ANY_SIDE)


MOVES: dict[str, Script] = {
    script.__name__: script
    for script in (
        swipe_left, swipe_right, swipe_up, swipe_down, circle_cw, circle_ccw,
        wave, push, grab, release, pinch,
    )
}  # fmt: skip
"""The scripts of the gestures that move, by label."""

GESTURES: dict[str, Script] = MOVES | HELD
"""All gestures by label, moving ones first."""

PARTNERS = {"swipe_left": "swipe_right", "circle_cw": "circle_ccw"}
PARTNERS |= {other: one for one, other in PARTNERS.items()}
"""Labels that swap when seen in a mirror; every other gesture is its own mirror image."""
