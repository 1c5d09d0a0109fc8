"""A hand over time: where it was, how fast it goes, where it should be next. Pixels and seconds.

`Tracking` holds the numbers by which hands are followed: ours, chosen on real clips and on the virtual hand's
fastest swipes (docs/tracker.md), and `AS_MEDIAPIPE`, with which the engine does what MediaPipe does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import hypot, pi

import numpy as np

from gesture.landmarks.hand import Reading
from gesture.landmarks.palm import Palm
from gesture.landmarks.region import MEDIAPIPE_UPRIGHT, UPRIGHT, Region, region_of_landmarks
from gesture.types import Array

KNUCKLES = np.array([0, 5, 9, 13, 17])
"""The wrist and four knuckles: they say where a hand is, whatever its fingers do."""
PALM_LANDMARKS = np.array([0, 5, 9, 13, 17, 1, 2])
"""The landmarks that the palm detector's seven points are, in its order."""

SAME_SIZES, SAME_LANDMARKS = 0.2, 10
"""Two readings are of one hand if so many of their landmarks are within so many hand sizes. Source:
mediapipe/tasks/cc/vision/hand_landmarker/calculators/hand_landmarks_deduplication_calculator.cc (there the
hands' boxes must also overlap, which hands that near always do)."""


@dataclass(frozen=True)
class Tracking:
    """How hands are followed.

    Attributes:
        upright: radians, in which direction the points of a detected palm lie when the hand is upright.
        min_presence: from here on a reading is a hand.
        min_palm: the lowest score of a palm that is looked at.
        sure_palm, unsure_presence: below this score, a palm must be read with this presence to be a hand; and a
            new hand that was read with less is given no credit as a blurred one.
        look_again: whether a palm that is not clear is read once more, from where the landmarks put it.
        search_s, still_s: see `Watch`. At any frame rate a hand is found 0.14 s after the first frame that
            shows it.
        settled: a hand whose region overlaps its detected palm's by less may have settled on too much or too
            little: a fast approach ends so. It is read from the palm, too, and the clearer reading counts.
        memory_s: for how long a lost hand is looked for where it should be.
        prediction: the share of its motion that a hand is expected to go on with.
        growth, most_growth: a region grows by `growth` when its hand moves by a region's length, because the
            guess is less sure, and by `most_growth` at most.
        blur_s, fast_sizes: whoever was clear so short a time ago, and moves by so many of its own sizes from
            one frame to the next, is blurred rather than gone.
        blurred_presence: from here on the reading of a blurred hand counts.
        blurred_palm: from this score on a palm shows where a blurred hand went that cannot be read at all.
    """

    upright: float = UPRIGHT
    min_presence: float = 0.5
    min_palm: float = 0.1
    sure_palm: float = 0.5
    unsure_presence: float = 0.9
    look_again: bool = True
    search_s: float = 0.14
    still_s: float = 1.0
    settled: float = 0.65
    memory_s: float = 0.5
    prediction: float = 1.0
    growth: float = 0.5
    most_growth: float = 1.4
    blur_s: float = 0.3
    fast_sizes: float = 0.3
    blurred_presence: float = 0.2
    blurred_palm: float = 0.2


AS_MEDIAPIPE = Tracking(
    upright=MEDIAPIPE_UPRIGHT,
    min_palm=0.5,
    look_again=False,
    settled=0.0,
    search_s=0.0,
    still_s=0.0,
    memory_s=0.0,
    prediction=0.0,
    growth=0.0,
    blur_s=0.0,
)
"""Source: the defaults of mediapipe/tasks/python/vision/hand_landmarker.py and hand_landmarker_graph.cc. One
difference stays: where MediaPipe waits for the next frame, a lost hand is searched for in the same one."""

COAST_S = 0.15
"""Motion is extrapolated no further: hands turn round."""
REACH_SIZES, REACH_SIZES_PER_S = 1.0, 60.0
"""How far a hand goes, in its own sizes. The fastest swipes reach four image widths a second."""
REACH_SCALE, REACH_TURN = 1.67, pi / 4
"""And by how much its region may grow, shrink or turn meanwhile."""


@dataclass(frozen=True, eq=False)
class TrackedHand:
    """One hand as it was last seen.

    Attributes:
        reading: its landmarks.
        time_s: when.
        clear_s: when it was last seen clearly, not blurred; minus infinity if it never was.
        velocity_px_s: float32 (2,).
    """

    reading: Reading
    time_s: float
    clear_s: float
    velocity_px_s: Array

    @classmethod
    def new(cls, reading: Reading, time_s: float, is_clear: bool) -> TrackedHand:
        return cls(reading, time_s, time_s if is_clear else float("-inf"), np.zeros(2, np.float32))

    def followed_by(self, reading: Reading, time_s: float, is_clear: bool) -> TrackedHand:
        """The same hand, seen again."""
        velocity_px_s = (_middle(reading) - _middle(self.reading)) / np.float32(time_s - self.time_s)
        return TrackedHand(reading, time_s, time_s if is_clear else self.clear_s, velocity_px_s)

    @cached_property
    def region(self) -> Region:
        return region_of_landmarks(self.reading.points[:, :2])

    @cached_property
    def size_px(self) -> float:
        """The longest of wrist to index knuckle, to little knuckle, and between the two.

        Source: hand_landmarks_deduplication_calculator.cc (HandBaselineDistance).
        """
        wrist, index, little = self.reading.points[[0, 5, 17], :2]
        return max(_length(wrist - index), _length(index - little), _length(little - wrist), 1.0)

    def expected(self, time_s: float, tracking: Tracking) -> Region:
        """Where to look for it, if it goes on as it went."""
        x_px, y_px = self._way(time_s) * np.float32(tracking.prediction)
        grown = 1 + tracking.growth * hypot(x_px, y_px) / self.region.size_px
        return self.region.moved(float(x_px), float(y_px), min(grown, tracking.most_growth))

    def is_fast(self, time_s: float, tracking: Tracking) -> bool:
        """Whether its speed explains that it is blurred."""
        return _length(self._way(time_s)) >= tracking.fast_sizes * self.size_px

    def has_jumped_to(self, palm: Palm, tracking: Tracking) -> bool:
        """Whether the way to a palm explains that it is blurred."""
        return self.distance(palm) >= tracking.fast_sizes

    def can_reach(self, palm: Palm, time_s: float) -> bool:
        """Whether a palm can be this hand by now."""
        region = palm.region()
        scale = region.size_px / self.region.size_px
        turn = abs((region.angle - self.region.angle + pi) % (2 * pi) - pi)
        return (
            self.distance(palm) <= REACH_SIZES + REACH_SIZES_PER_S * (time_s - self.time_s)
            and 1 / REACH_SCALE <= scale <= REACH_SCALE
            and turn <= REACH_TURN
        )

    def carried_to(self, palm: Palm, presence: float) -> Reading:
        """The last reading, moved to a palm: for a hand too blurred to be read."""
        way = palm.points.mean(axis=0) - self.reading.points[PALM_LANDMARKS, :2].mean(axis=0)
        return replace(
            self.reading, points=self.reading.points + np.append(way, np.float32(0)), presence=presence
        )

    def surprise(self, reading: Reading, time_s: float) -> float:
        """How far from where it should be a reading has found it, in hand sizes."""
        expected = _middle(self.reading) + self._way(time_s)
        return _length(_middle(reading) - expected) / self.size_px

    def is_same(self, reading: Reading) -> bool:
        """Whether a reading of the same frame is of this hand, too."""
        apart = np.linalg.norm(reading.points[:, :2] - self.reading.points[:, :2], axis=1)
        return int((apart < SAME_SIZES * self.size_px).sum()) >= SAME_LANDMARKS

    def _way(self, time_s: float) -> Array:
        return self.velocity_px_s * np.float32(min(time_s - self.time_s, COAST_S))

    def distance(self, palm: Palm) -> float:
        """To a palm, in hand sizes."""
        here = self.reading.points[PALM_LANDMARKS, :2].mean(axis=0)
        return _length(palm.points.mean(axis=0) - here) / self.size_px


def _middle(reading: Reading) -> Array:
    return np.asarray(reading.points[KNUCKLES, :2].mean(axis=0))


def _length(vector: Array) -> float:
    return hypot(float(vector[0]), float(vector[1]))
