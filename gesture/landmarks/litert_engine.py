"""Our own hand tracker as a landmark engine: one `Frame` goes in, the `Detection`s in it come out.

The palm detector (`palm`) finds hands in the whole image, which is slow and needs them to be sharp. The
landmark model (`hand`) reads one hand in a region (`region`) around it. A hand once found is followed by its
landmarks alone (`tracking`): its region in the next frame comes from where it was and how fast it went. The
detector runs only when it can find something new. docs/tracker.md shows a frame pass through.

Both models run on LiteRT, in this process; nothing here knows a network.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from gesture.landmarks.hand import HandReader, Reading
from gesture.landmarks.hand_models import HandModels
from gesture.landmarks.palm import Palm, PalmDetector
from gesture.landmarks.region import Region, region_of_landmarks
from gesture.landmarks.slots import Detection
from gesture.landmarks.tracking import TrackedHand, Tracking
from gesture.landmarks.watch import Watch
from gesture.types import Frame

VERSION = 1
"""Of this tracker: rises when the same frames would give other landmarks by more than rounding."""
SAME_REGION = 0.5
"""A palm whose region overlaps that of a hand in view by more is that hand. Source: min_tracking_confidence in
mediapipe/tasks/cc/vision/hand_landmarker/proto/hand_landmarker_graph_options.proto."""
SAME_PLACE = 0.3
"""A palm whose region overlaps less with that of a hand is another's."""
MOST_LOOKS = 2
"""So many palms are looked at in one frame, the surest first: patterns can look like dozens."""
READABLE = 0.1
"""Below this presence the landmarks mean nothing, not even where to look again."""


class LitertEngine:
    """Follows the hands in the frames of one source, in order.

    Args:
        models: the two hand models.
        num_hands: how many hands to look for, 1 or 2.
        tracking: how they are followed.
        num_threads: of LiteRT. One: the models are too small for more to gain much.

    Attributes:
        name: this engine and its version, as recordings note it.

    Example:
        >>> engine = LitertEngine(load_hand_models(), num_hands=1)
        >>> [hand.handedness for hand in engine.detect(frame)]
        ['right']
    """

    def __init__(
        self, models: HandModels, num_hands: int, tracking: Tracking | None = None, num_threads: int = 1
    ) -> None:
        self._palms = PalmDetector(models.palm_detector, num_threads)
        self._reader = HandReader(models.hand_landmarks, num_threads)
        self.name = f"litert {VERSION}"
        self._num_hands = num_hands
        self._tracking = tracking or Tracking()
        self._hands: list[TrackedHand] = []
        self._watch = Watch(self._tracking.search_s, self._tracking.memory_s, self._tracking.still_s)
        self._frame_s = float("-inf")
        self._is_closed = False

    def detect(self, frame: Frame) -> list[Detection]:
        """The hands in the next frame.

        Raises:
            ValueError: the engine is closed.
        """
        if self._is_closed:
            raise ValueError("The engine is closed. Expected frames before that only.")
        glance = self._follow(_Glance(np.ascontiguousarray(frame.image), frame.time_s))
        if self._is_search_due(glance):
            self._search(glance)
        self._trust_motion(glance)
        self._hands = glance.seen + self._remembered(glance)
        self._frame_s = frame.time_s
        height_px, width_px = frame.image.shape[:2]
        return [_detection(hand.reading, width_px, height_px) for hand in glance.seen]

    def close(self) -> None:
        """No more frames."""
        self._is_closed = True

    def _follow(self, glance: _Glance) -> _Glance:
        """Look for the hands where they should be."""
        looks = []
        for hand in self._hands:
            region = hand.expected(glance.time_s, self._tracking)
            looks.append(_Look(hand, self._reader.read(glance.image, region)))
        # Where two hands meet, the one that is where it should be stays; the other is behind it.
        for look in sorted(looks, key=lambda look: look.hand.surprise(look.reading, glance.time_s)):
            if look.reading.presence < self._tracking.min_presence or glance.has(look.reading):
                glance.missed.append(look)
            else:
                glance.add(look.reading, look)
        return glance

    def _is_search_due(self, glance: _Glance) -> bool:
        is_lost = any(look.hand.time_s == self._frame_s for look in glance.missed)
        known = [hand.region for hand in glance.seen]
        return len(known) < self._num_hands and self._watch.is_due(
            glance.time_s, glance.image, known, is_lost
        )

    def _search(self, glance: _Glance) -> None:
        """Look for hands in the whole image."""
        palms = self._palms.detect(glance.image, self._tracking.min_palm)
        for hand in list(glance.seen):
            self._settle(hand, palms, glance)
        known = [hand.region for hand in glance.seen]
        fresh = [palm for palm in palms if not any(self._is_in(palm, region) for region in known)]
        for palm in fresh[:MOST_LOOKS]:
            if len(glance.seen) < self._num_hands:
                self._look_at(palm, glance)

    def _settle(self, hand: TrackedHand, palms: list[Palm], glance: _Glance) -> None:
        """Read a hand afresh if the detector puts its palm elsewhere than its region."""
        regions = [
            palm.region(self._tracking.upright) for palm in palms if palm.score >= self._tracking.sure_palm
        ]
        region = max(regions, key=hand.region.overlap, default=hand.region)
        if not SAME_PLACE < hand.region.overlap(region) < self._tracking.settled:
            return
        reading = self._reader.read(glance.image, region)
        if reading.presence > hand.reading.presence:
            glance.seen[glance.seen.index(hand)] = replace(hand, reading=reading)

    def _is_in(self, palm: Palm, region: Region) -> bool:
        return palm.region(self._tracking.upright).overlap(region) > SAME_REGION

    def _look_at(self, palm: Palm, glance: _Glance) -> None:
        """See whether a palm is a hand: one that was missed, or a new one."""
        tracking = self._tracking
        missed = glance.missed_near(palm)
        is_sure = missed is not None or palm.score >= tracking.sure_palm
        enough = tracking.min_presence if is_sure else tracking.unsure_presence
        reading = self._read(palm, glance.image, enough)
        if glance.has(reading):
            return
        if reading.presence >= enough:
            glance.add(
                reading, missed, is_clear=missed is not None or reading.presence >= tracking.unsure_presence
            )
        elif (
            missed
            and missed.is_blurred(glance.time_s, tracking)
            and missed.hand.has_jumped_to(palm, tracking)
        ):
            self._trust_palm(palm, reading, missed, glance)

    def _read(self, palm: Palm, image: NDArray[np.uint8], enough: float) -> Reading:
        """Read a palm's hand, twice if the first reading is not clear: the landmarks say better where it is."""
        reading = self._reader.read(image, palm.region(self._tracking.upright))
        if not self._tracking.look_again or not READABLE < reading.presence < enough:
            return reading
        again = self._reader.read(image, region_of_landmarks(reading.points[:, :2]))
        return max(reading, again, key=lambda one: one.presence)

    def _trust_palm(self, palm: Palm, reading: Reading, missed: _Look, glance: _Glance) -> None:
        """A blurred hand: its best reading if that is any good, else its last landmarks where the palm is."""
        best = max(reading, missed.reading, key=lambda one: one.presence)
        if best.presence >= self._tracking.blurred_presence:
            glance.add(best, missed, is_clear=False)
        elif palm.score >= self._tracking.blurred_palm:
            glance.add(missed.hand.carried_to(palm, best.presence), missed, is_clear=False)

    def _trust_motion(self, glance: _Glance) -> None:
        """Blurred hands where they should be, though the detector finds no palm."""
        tracking, time_s = self._tracking, glance.time_s
        for look in list(glance.missed):
            if (
                len(glance.seen) < self._num_hands
                and look.reading.presence >= tracking.blurred_presence
                and look.is_blurred(time_s, tracking)
                and look.hand.is_fast(time_s, tracking)
                and not glance.has(look.reading)
            ):
                glance.add(look.reading, look, is_clear=False)

    def _remembered(self, glance: _Glance) -> list[TrackedHand]:
        """Hands not seen that are looked for in the next frame, too."""
        if len(glance.seen) == self._num_hands:
            return []
        hands = (look.hand for look in glance.missed)
        return [hand for hand in hands if glance.time_s - hand.time_s < self._tracking.memory_s]


@dataclass(frozen=True, eq=False)
class _Look:
    """A hand, and what was read where it should be."""

    hand: TrackedHand
    reading: Reading

    def is_blurred(self, time_s: float, tracking: Tracking) -> bool:
        """Whether it was clear a moment ago, so that it may be there still."""
        return time_s - self.hand.clear_s <= tracking.blur_s


@dataclass
class _Glance:
    """What is known of one frame so far."""

    image: NDArray[np.uint8]
    time_s: float
    seen: list[TrackedHand] = field(default_factory=list)
    missed: list[_Look] = field(default_factory=list)

    def has(self, reading: Reading) -> bool:
        return any(hand.is_same(reading) for hand in self.seen)

    def add(self, reading: Reading, look: _Look | None, is_clear: bool = True) -> None:
        """Count a reading as a hand: the one that was looked for, or a new one."""
        if look is None:
            self.seen.append(TrackedHand.new(reading, self.time_s, is_clear))
            return
        self.seen.append(look.hand.followed_by(reading, self.time_s, is_clear))
        if look in self.missed:
            self.missed.remove(look)

    def missed_near(self, palm: Palm) -> _Look | None:
        """The missed hand that can best be at a palm."""
        near = [look for look in self.missed if look.hand.can_reach(palm, self.time_s)]
        return min(near, key=lambda look: look.hand.distance(palm), default=None)


def _detection(reading: Reading, width_px: int, height_px: int) -> Detection:
    is_right = reading.right >= 0.5
    scale = np.array([width_px, height_px, width_px], np.float32)
    return Detection(
        np.asarray(reading.points / scale),
        reading.world_points,
        "right" if is_right else "left",
        reading.right if is_right else 1 - reading.right,
        reading.presence,
    )
