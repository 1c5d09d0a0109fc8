"""Which hand is which: detections of single frames go in, the two slots of a `HandFrame` come out.

An engine calls every hand in every frame "left" or "right", and wavers: on real video the label of one hand
is wrong for up to a second. So each slot holds a track: where its hand was seen last, and how long its label
said right or left. Position decides which detection continues which track; the labels gathered over time
decide which slot the track belongs in. Nothing here knows an engine.

A new hand takes the slot that its first label names, at once: to hold it back until the label can be trusted
would cost the beginnings of gestures. First labels are wrong one time in eight (6 of 49 clips of hands), so
while little is known a tenth of a second of contradiction moves the hand to the other slot; once a hand is
established, it takes more than a second of certain contradiction.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import permutations
from math import isnan, sqrt
from typing import Literal

from gesture.types import NUM_HANDS, NUM_LANDMARKS, SLOTS, Array, HandFrame

MEMORY_S = 1.0
"""A hand lost for no longer than this comes back to its slot."""
EVIDENCE_CAP_S = 1.0
CONTRADICTION_S = 0.1
"""Evidence is counted in seconds of certain labels: at most the cap, and so much against a slot that the hand
leaves it. On video, caps from 0.75 to 3 do alike (bursts of wrong labels reach 0.8); below 0.1 of
contradiction, new hands change slots more than once."""
FRAME_S = 0.04
"""What the first label of a hand counts. A later one counts the time since the last, at most twice this."""

REACH_SIZES = 1.0
REACH_SIZES_PER_S = 15.0
"""How far from where it is expected a hand can be, in hand sizes: at once, and per second since."""
NEW_SIZES = 100.0
"""What beginning a new track costs: more than any way of continuing one."""
LABEL_SIZES = 0.2
"""What a contradicting label costs: as much as this distance."""
SAME_HAND_SIZES = 0.2
"""Two detections whose landmarks are closer than this on average are the same hand."""


@dataclass(frozen=True)
class Detection:
    """One hand in one frame, as an engine found it.

    Attributes:
        landmarks: float32 (21, 3), as in `HandFrame`.
        world_landmarks: float32 (21, 3), as in `HandFrame`.
        handedness: the person's own hand, judged by this frame alone.
        score: how sure `handedness` is, 0.5 to 1.
        presence: how sure it is that there is a hand, 0 to 1; NaN where the engine gives none.
    """

    landmarks: Array
    world_landmarks: Array
    handedness: Literal["left", "right"]
    score: float
    presence: float = float("nan")


class HandSlots:
    """The two slots over time; one object per source.

    Example:
        >>> slots = HandSlots()
        >>> slots.update(0.0, [], (640, 480)).seen.tolist()
        [False, False]
    """

    def __init__(self) -> None:
        self._tracks: dict[int, _Track] = {}  # by slot

    def update(
        self, time_s: float, detections: Sequence[Detection], image_size: tuple[int, int]
    ) -> HandFrame:
        """The hands of the next frame, each in its slot.

        Args:
            time_s: the frame's time, later than the last one's.
            detections: what an engine found in it, in any order; of more than two hands the surest count.
            image_size: (width, height) in pixels.

        Returns:
            Of each slot's hand `scores` says how sure this one frame is that it is the hand of that slot:
            below 0.5 where the frame's own label contradicts the slot.
        """
        self._tracks = {
            slot: track for slot, track in self._tracks.items() if track.age_s(time_s) <= MEMORY_S
        }
        placed = self._place([_Seen.of(hand, time_s, image_size) for hand in detections])
        for slot, seen in placed.items():
            self._tracks[slot] = self._continued(slot, seen)
        if self._is_contradicted(placed):
            self._tracks = {1 - slot: self._tracks[slot] for slot in placed}
            placed = {1 - slot: seen for slot, seen in placed.items()}
        return _hand_frame(time_s, {slot: seen.hand for slot, seen in placed.items()}, image_size)

    def _place(self, seen: list[_Seen]) -> dict[int, _Seen]:
        """Each hand to a slot of its own, so that the cost is least over all."""
        hands = _distinct(seen)[:NUM_HANDS]
        placements = (
            dict(zip(slots, hands, strict=True)) for slots in permutations(range(NUM_HANDS), len(hands))
        )
        return min(
            placements, key=lambda placed: sum(self._cost(slot, seen) for slot, seen in placed.items())
        )

    def _cost(self, slot: int, seen: _Seen) -> float:
        track = self._tracks.get(slot)
        distance_sizes = track.distance_sizes(seen) if track else NEW_SIZES
        return distance_sizes + LABEL_SIZES * max(0.0, -seen.lean(slot))

    def _continued(self, slot: int, seen: _Seen) -> _Track:
        track = self._tracks.get(slot)
        if track and track.distance_sizes(seen) < NEW_SIZES:
            return track.followed_by(seen)
        return _Track(seen, 0j, FRAME_S * seen.lean(SLOTS.index("right")))

    def _is_contradicted(self, slots: Collection[int]) -> bool:
        """Whether the hands just seen would clearly do better the other way round."""
        against_s = [-self._tracks[slot].evidence_s(slot) for slot in slots]
        return sum(against_s) > CONTRADICTION_S * len(against_s)


@dataclass(frozen=True)
class _Seen:
    """A detection with its time, and its points in pixels as complex numbers x + iy.

    Plain Python, because for 21 points, once per frame, NumPy costs more: its code has left the processor's
    cache while the hand models ran.
    """

    hand: Detection
    time_s: float
    points_px: list[complex]
    centre_px: complex
    size_px: float
    """Twice the points' root mean square radius: about wrist to middle knuckle, however the hand is turned."""

    @classmethod
    def of(cls, hand: Detection, time_s: float, image_size: tuple[int, int]) -> _Seen:
        width_px, height_px = image_size
        points_px = [complex(x * width_px, y * height_px) for x, y, _ in hand.landmarks.tolist()]
        centre_px = sum(points_px) / NUM_LANDMARKS
        square_px = sum(abs(point_px - centre_px) ** 2 for point_px in points_px) / NUM_LANDMARKS
        return cls(hand, time_s, points_px, centre_px, max(2 * sqrt(square_px), 1.0))

    def lean(self, slot: int) -> float:
        """What the label says of a slot: 1 certainly this one, 0 no idea, -1 certainly the other."""
        certainty = 2 * self.hand.score - 1
        return certainty if SLOTS[slot] == self.hand.handedness else -certainty

    def is_same_hand(self, other: _Seen) -> bool:
        return _mean_distance(self.points_px, other.points_px) < SAME_HAND_SIZES * other.size_px

    def sureness(self) -> tuple[float, float]:
        return (0.0 if isnan(self.hand.presence) else self.hand.presence), self.hand.score


@dataclass(frozen=True)
class _Track:
    """One hand over time: where it was last, how it moved, and how long it was called right minus left."""

    last: _Seen
    velocity_px_s: complex
    right_s: float

    def age_s(self, time_s: float) -> float:
        return time_s - self.last.time_s

    def evidence_s(self, slot: int) -> float:
        return self.right_s if SLOTS[slot] == "right" else -self.right_s

    def distance_sizes(self, seen: _Seen) -> float:
        """From where the hand should be by now, in hand sizes; NEW_SIZES if it cannot have come so far."""
        age_s = self.age_s(seen.time_s)
        moved_px = self.velocity_px_s * min(age_s, 2 * FRAME_S)
        expected_px = [point_px + moved_px for point_px in self.last.points_px]
        away_px = _mean_distance(expected_px, seen.points_px)
        away_sizes = away_px / max(self.last.size_px, seen.size_px)
        return away_sizes if away_sizes < REACH_SIZES + REACH_SIZES_PER_S * age_s else NEW_SIZES

    def followed_by(self, seen: _Seen) -> _Track:
        age_s = self.age_s(seen.time_s)
        moved_px = seen.centre_px - self.last.centre_px
        counted_s = min(age_s, 2 * FRAME_S)
        remembered = 1 - (age_s - counted_s) / MEMORY_S  # what was known fades while the hand is not seen
        right_s = self.right_s * remembered + counted_s * seen.lean(SLOTS.index("right"))
        return _Track(seen, moved_px / age_s, max(-EVIDENCE_CAP_S, min(right_s, EVIDENCE_CAP_S)))


def _distinct(seen: list[_Seen]) -> list[_Seen]:
    """The surest detection of each hand, surest first."""
    distinct: list[_Seen] = []
    for one in sorted(seen, key=_Seen.sureness, reverse=True):
        if not any(one.is_same_hand(other) for other in distinct):
            distinct.append(one)
    return distinct


def _mean_distance(points: list[complex], others: list[complex]) -> float:
    return sum(abs(point - other) for point, other in zip(points, others, strict=True)) / len(points)


def _hand_frame(time_s: float, hands: dict[int, Detection], image_size: tuple[int, int]) -> HandFrame:
    frame = HandFrame.empty(time_s, image_size)
    for slot, hand in hands.items():
        frame.landmarks[slot] = hand.landmarks
        frame.world_landmarks[slot] = hand.world_landmarks
        frame.scores[slot] = hand.score if SLOTS[slot] == hand.handedness else 1 - hand.score
        frame.presence[slot] = hand.presence
    return frame
