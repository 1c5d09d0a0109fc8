"""How far performances stray from the usual: tempo, size, how the hand is turned, where the camera stands.

`USUAL` is what a person at a desk does in front of a webcam, and draws nothing. `WIDE` covers what people can do and
cameras can see; what a network learns from that holds where nobody thought of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gesture.types import View
from gesture.virtual.anatomy import Floats
from gesture.virtual.motion import ahead, palm_down, turned
from gesture.virtual.optics import Viewpoint
from gesture.virtual.script import Stroke

SHORTEST_S, LONGEST_S = 0.16, 3.2
"""Of one stroke, from stop to stop: a flick, and a line drawn with care."""
_SHORTEST_OF_MANY_S = 0.1  # of each of several strokes: a hand waves at 5 Hz at most
# Degrees of tilt, twist and lean of an upright hand at rest; uniform() with arrays is several times slower.
_REST_TURN_LOW, _REST_TURN_SPAN = np.array([0.0, -5.0, -12.0]), np.array([30.0, 35.0, 37.0])

# Degrees of pitch (from above), yaw and roll, lowest and highest: a laptop's camera below the eyes, one on a high
# monitor or beside it; eyes that look ahead at a raised hand, or down on it.
_CAMERA_DEG: dict[View, tuple[tuple[float, float], ...]] = {
    "facing": ((-25, 40), (-45, 45), (-10, 10)),
    "egocentric": ((-10, 55), (-35, 35), (-15, 15)),
}


@dataclass(frozen=True)
class Variety:
    """How far the performances of a scene stray from the usual.

    Attributes:
        pace: times faster or slower, at most, a performance is than usual; from `SHORTEST_S` to `LONGEST_S` a stroke.
        size: times larger or smaller, at most, it is.
        turned: 0 to 1, how much of a stroke's `leeway` the hand takes.
        camera: 0 to 1, how far the camera goes round: to 45 degrees from the side, from below to above.
        palm_down: 0 to 1, the share of the rests in front of a webcam that have the palm down, as above a desk.
        near_misses: whether what almost is a gesture is among the idle movements.
    """

    pace: float = 1.0
    size: float = 1.0
    turned: float = 0.0
    camera: float = 0.0
    palm_down: float = 0.0
    near_misses: bool = False

    def draw_pace(self, rng: np.random.Generator) -> float:
        """How many times faster than usual the next performance is."""
        return _within(self.pace, rng) if self.pace > 1 else 1.0

    def stroke(self, stroke: Stroke, rng: np.random.Generator) -> Stroke:
        """The stroke in another size, and with another side of the hand ahead.

        Example:
            >>> USUAL.stroke(stroke, rng) is stroke
            True
        """
        if self.size > 1:
            stroke = replace(stroke, reach_m=stroke.reach_m * _within(self.size, rng))
        if self.turned > 0:
            low, high = self.turned * np.array(stroke.leeway, dtype=np.float64).T
            turn = low + (high - low) * rng.random(3)
            stroke = replace(stroke, keys=turned(stroke.keys, turn))
        return stroke

    def rest_turn(self, view: View, rng: np.random.Generator) -> Floats:
        """(3,) degrees of tilt, twist and lean of a hand at rest: upright, or, at a webcam, as above a desk."""
        share = self.palm_down if view == "facing" else 0.0
        # Where nothing is asked for nothing is drawn: the scenes of `USUAL` stay what they were.
        if share > 0 and rng.random() < share:
            return np.array(palm_down(*ahead(rng)))
        return np.asarray(_REST_TURN_LOW + _REST_TURN_SPAN * rng.random(3))

    def possible_s(self, seconds: float, stroke: Stroke) -> float:
        """How long a stroke may take that would take `seconds`."""
        if self.pace <= 1:
            return seconds
        num_strokes = max(sum(key.stop for key in stroke.keys) - 1, 1)
        shortest_s = max(SHORTEST_S, _SHORTEST_OF_MANY_S * num_strokes)
        return float(np.clip(seconds, shortest_s, LONGEST_S * max(1, num_strokes / 3)))

    def viewpoint(self, viewpoint: Viewpoint, rng: np.random.Generator) -> Viewpoint:
        """Where the camera stands instead."""
        if self.camera <= 0:
            return viewpoint
        pitch, yaw, roll = self.camera_turns(viewpoint.view, rng) + np.array(
            [*viewpoint.turn, viewpoint.roll]
        )
        return replace(viewpoint, turn=(float(pitch), float(yaw)), roll=float(roll))

    def camera_turns(self, view: View, rng: np.random.Generator, shape: tuple[int, ...] = ()) -> Floats:
        """(..., 3) degrees of pitch, yaw and roll, for a `shape` of cameras, to be added to their usual ones."""
        low, high = np.array(_CAMERA_DEG[view], dtype=np.float64).T
        return self.camera * rng.uniform(low, high, (*shape, 3))


USUAL = Variety()
MODERATE = Variety(pace=1.4, size=1.3, turned=0.5, camera=0.6, palm_down=0.5, near_misses=True)
"""Between the two: so were the performances made anew for the shipped model, and so it rehearses when it is trained
further."""
WIDE = Variety(pace=3.2, size=1.5, turned=1.0, camera=1.0, palm_down=0.5, near_misses=True)


def _within(factor: float, rng: np.random.Generator) -> float:
    """Between 1 / factor and factor, every share of it as likely."""
    return float(np.exp(rng.uniform(-1, 1) * np.log(factor)))
