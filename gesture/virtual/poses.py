"""The gestures that are still: a hand shape, shown to the camera and held for a moment.

Scripts as those of `gestures`. A pose is a gesture when it is held, `SHORTEST_S` at least. The same shape may pass by
while a hand counts, points or rests: `shown` finds where, so that a scene can say that there no answer is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from gesture.virtual.anatomy import POSES, Floats
from gesture.virtual.motion import Key, Track
from gesture.virtual.script import Script, Stroke, Style, Turns

SHORTEST_S, LONGEST_S = 0.6, 2.5
"""How long people hold a pose that is meant."""
BRIEF_S = 0.25
"""A pose that passes in less than this is no answer to anything; between this and a hold, either answer is right."""
_NEAR_DEG = 9.0
_LOWERED_DEG, _FAST_M_S = 50.0, 0.2
"""An open hand whose fingers point ahead or down shows no palm, and a hand that travels holds no pose."""

_AHEAD: Turns = ((-10, 25), (-10, 30), (-18, 24))  # fingers up, the palm ahead
_BACK: Turns = ((-10, 25), (150, 190), (-18, 24))  # fingers up, the palm to oneself


def open_palm(style: Style) -> Stroke:
    """Fingers up, the palm towards what the person looks at: stop."""
    return _held(style, ("open", "open", "spread", "flat"), ((-12, 15), (-12, 22), (-14, 18)))


def fist(style: Style) -> Stroke:
    """From the front or the side, the thumb across or along the fingers."""
    return _held(style, ("fist", "fist", "fist_along"), ((-5, 60), (-10, 70), (-15, 35)))


def point(style: Style) -> Stroke:
    """The forefinger alone, up or ahead."""
    shapes = ("point", "point", "point", "point_out")
    return _held(
        style, shapes, ((30, 75), (-10, 60), (-10, 25)) if style.rng.random() < 0.35 else _some_way(style)
    )


def victory(style: Style) -> Stroke:
    """Forefinger and middle finger, apart."""
    return _held(style, ("two",), _some_way(style))


def three(style: Style) -> Stroke:
    """Three fingers, or two and the thumb."""
    return _held(style, ("three", "three", "three_out"), _some_way(style))


def four(style: Style) -> Stroke:
    """All but the thumb."""
    return _held(style, ("four",), _some_way(style))


def ok(style: Style) -> Stroke:
    """Thumb and forefinger make a ring, the others stand."""
    return _held(style, ("ok",), _AHEAD)


def thumb_up(style: Style) -> Stroke:
    """The forearm points ahead or across the body; a thumb does not stand quite square to it."""
    ahead = style.between(5, 85)
    return _held(style, ("thumb_up",), ((ahead, ahead), (165, 195), (56, 82)))


def thumb_down(style: Style) -> Stroke:
    """The same the other way up."""
    ahead = style.between(5, 85)
    return _held(style, ("thumb_up",), ((ahead, ahead), (-15, 15), (84, 108)))


HELD: dict[str, Script] = {
    script.__name__: script
    for script in (open_palm, fist, point, victory, three, four, ok, thumb_up, thumb_down)
}
"""The scripts by label."""

SHAPES: dict[str, tuple[str, ...]] = {
    "open_palm": ("open", "spread", "flat"),
    "fist": ("fist", "fist_along"),
    "point": ("point", "point_out"),
    "victory": ("two",),
    "three": ("three", "three_out"),
    "four": ("four",),
    "ok": ("ok",),
    "thumb_up": ("thumb_up",),
    "thumb_down": ("thumb_up",),
}
"""The hand shapes that each label of `HELD` may have."""


def _some_way(style: Style) -> Turns:
    """Mostly the palm ahead; one in eight shows the back of the hand."""
    return _BACK if style.rng.random() < 0.125 else _AHEAD


def _held(style: Style, shapes: tuple[str, ...], turns: Turns) -> Stroke:
    """The same shape from first to last, drifting a little."""
    pose, turn = style.pick(*shapes), np.array([style.between(*each) for each in turns])
    drift = style.rng.normal(0, 1, 3)
    last = Key(tuple(drift), tuple(turn + style.rng.normal(0, 2, 3)), pose)
    seconds = style.between(SHORTEST_S, LONGEST_S)
    return Stroke(
        [Key((0, 0, 0), tuple(turn), pose), last],
        seconds,
        reach_m=0.008,
        is_held=True,
        leeway=((-15, 25), (-25, 35), (-15, 15)),
    )


def shown(track: Track, labels: Iterable[str]) -> list[tuple[float, float]]:
    """When a hand has the shape of one of the poses, without travelling.

    Args:
        track: of one hand.
        labels: of poses, of `HELD`.

    Returns:
        Start and end in seconds of each stretch of at least `BRIEF_S`.

    Example:
        >>> key = Key(pose="fist")
        >>> shown(Track.from_keys([0, 1, 2], [key, key, Key(pose="open")]), ["fist", "point"])
        [(0.0, 1.0)]
    """
    names = sorted({name for label in labels for name in SHAPES[label]})
    if not names:
        return []
    is_shown = _near(track.states[:, 6:], names)  # (K, S)
    lowered = np.abs(np.rad2deg(track.states[:, 3])) >= _LOWERED_DEG
    is_shown &= ~(lowered[:, None] & [name in SHAPES["open_palm"] for name in names])
    between = np.any(is_shown[:-1] & is_shown[1:], axis=1)
    ways_m = np.linalg.norm(np.diff(track.states[:, :3], axis=0), axis=1)
    between &= ways_m < _FAST_M_S * np.diff(track.times_s)
    edges = np.flatnonzero(np.diff([False, *between, False]))
    starts_s, ends_s = track.times_s[edges[::2]], track.times_s[edges[1::2]]
    return [(float(a), float(b)) for a, b in zip(starts_s, ends_s, strict=True) if b - a >= BRIEF_S]


def _near(angles: Floats, names: Sequence[str]) -> NDArray[np.bool_]:
    """bool (K, S): whether the joints bend as they do in each of the shapes."""
    bends, shapes = angles.reshape(-1, 1, 5, 4), np.stack([POSES[name] for name in names])
    off = np.abs(bends - shapes)[..., [0, 2, 3]].mean(axis=-1).max(axis=-1)
    return np.asarray(np.rad2deg(off) < _NEAR_DEG)
