"""Makes one hand play: turns scripts into a timeline in metres that stays in the camera's view.

Every gesture gets its full cycle: from where the hand is to the gesture's first key, perhaps a pause, the
gesture, perhaps a pause, then back, relaxed and slower, to where the hand rests in view or out of it. A rest
is spent with idle movements.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from gesture.types import IGNORE, Take
from gesture.virtual.anatomy import POSES, Floats, Proportions
from gesture.virtual.gestures import PARTNERS
from gesture.virtual.idle import IDLE
from gesture.virtual.motion import Key, Timeline, Track, Unrest, landmarks_of, states_of, turned
from gesture.virtual.near_misses import NEAR_MISSES
from gesture.virtual.optics import Viewpoint
from gesture.virtual.people import Person
from gesture.virtual.poses import shown
from gesture.virtual.script import Scripts, Stroke, Style, blend, vary
from gesture.virtual.variety import USUAL, Variety

OneHand = Literal["left", "right"]

_EGOCENTRIC_TURN = np.array([16.0, 0.0, 14.0])
_OUT_OF_VIEW_M = 0.3
_MARGIN_M = 0.015
# Where hands rest about their home; uniform() with arrays is several times slower.
_REST_LOW_M, _REST_SPAN_M = np.array([-0.1, -0.1, -0.05]), np.array([0.2, 0.12, 0.13])
_DROOP = np.array([14.0, 0.0, 0.0])


@dataclass(frozen=True)
class Plan:
    """How one gesture is going to be made.

    Attributes:
        label: its name.
        stroke: what the hand does, its turns as this person holds the hand.
        reach: how many times larger than usual.
        pace: how many times faster than usual.
    """

    label: str
    stroke: Stroke
    reach: float
    pace: float

    @property
    def states(self) -> Floats:
        """(K, 26): the keys as in `Track`, their places in reaches."""
        return states_of(self.stroke.keys)


def extents(states: Floats, proportions: Proportions) -> Floats:
    """How far a hand reaches from the middle of its palm to left and right, below and above.

    Args:
        states: (..., 26), as in `Track`; the place does not matter.
        proportions: of the hand.

    Returns:
        (..., 2, 2): lowest and highest x and y of all landmarks, metres.
    """
    points = landmarks_of(np.where(np.arange(states.shape[-1]) < 3, 0.0, states), proportions)[..., :2]
    return np.stack([points.min(axis=-2), points.max(axis=-2)], axis=-2)


class Performer:
    """One hand of one person, written for a right hand (a left hand is its mirror image).

    Attributes:
        takes: what it has performed so far.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        person: Person,
        viewpoint: Viewpoint,
        hand: OneHand,
        speed: float,
        num_hands: int,
        scripts: Scripts,
        variety: Variety = USUAL,
    ) -> None:
        self._rng, self._person, self._viewpoint, self._hand = rng, person, viewpoint, hand
        self._scripts, self._variety = scripts, variety
        self._idle = {**IDLE, **NEAR_MISSES} if variety.near_misses else IDLE
        self._usual_tempo = self._tempo = person.tempo * speed
        self._half_view = np.array(viewpoint.half_view_m)
        self._home = self._half_view * [0.12 if num_hands == 1 else 0.48, -0.06]
        self._turn = np.array(person.turn) + (_EGOCENTRIC_TURN if viewpoint.view == "egocentric" else 0)
        self._timeline = Timeline(self._rest_key(visible=False))
        self._timeline.hold(rng.uniform(0.2, 0.6))
        self.takes: list[Take] = []

    @property
    def now_s(self) -> float:
        return self._timeline.now_s

    def shown(self, poses: Sequence[str]) -> list[Take]:
        """Where it shows one of the poses beside its takes, as takes of `ignore`: there no answer is wrong."""
        stretches = shown(self.path(), poses)
        for take in self.takes:
            stretches = [part for stretch in stretches for part in _without(stretch, take)]
        return [Take(*stretch, IGNORE, self._hand) for stretch in stretches]

    def path(self) -> Track:
        """What it has done so far."""
        return self._timeline.track()

    def track(self) -> tuple[Track, Unrest]:
        """The path, and what a living hand adds to it."""
        return self.path(), Unrest.draw(self._rng, float(self._rng.uniform(0.5, 1.3)))

    def perform(self, label: str) -> None:
        """One gesture with its full cycle."""
        plan = self.plan(label)
        self.enact(plan, extents(plan.states, self._person.proportions))

    def plan(self, label: str) -> Plan:
        """How it is going to make one gesture, apart from where."""
        script = label if self._hand == "right" else PARTNERS.get(label, label)
        stroke = self._variety.stroke(self._scripts[script](Style.draw(self._rng)), self._rng)
        pace = self._variety.draw_pace(self._rng)
        reach = self._person.reach * float(self._rng.uniform(0.8, 1.25))
        return Plan(label, self._turned(stroke), reach, pace)

    def enact(self, plan: Plan, hand_extents: Floats) -> None:
        """One gesture as planned, with its full cycle.

        Args:
            plan: made by `plan`.
            hand_extents: of the plan's states, see `extents`.
        """
        stroke = plan.stroke
        keys = self._in_view(stroke, plan.reach, hand_extents)
        # The ways to and from a gesture differ less than gestures do.
        self._tempo = self._usual_tempo * plan.pace**0.5
        start_s = self._hold_pose(keys, stroke) if stroke.is_held else self._make_move(keys, plan)
        self.takes.append(Take(start_s, self.now_s, plan.label, self._hand))
        if not stroke.is_held:
            self._timeline.hold(0.05 + self._pause_s(0.35))
        self._retract(keys[0])

    def _make_move(self, keys: Sequence[Key], plan: Plan) -> float:
        """Go there, perhaps wait, and make the movement; when it began."""
        self._approach(keys[0])
        self._timeline.hold(self._pause_s(0.25))
        start_s = self.now_s
        # A wider stroke takes longer, but is faster too.
        seconds = plan.stroke.seconds * self._rng.uniform(0.9, 1.2) * max(plan.reach, 1) ** 0.5
        self._follow(keys, self._variety.possible_s(seconds / self._usual_tempo / plan.pace, plan.stroke))
        return start_s

    def _hold_pose(self, keys: Sequence[Key], stroke: Stroke) -> float:
        """Show a pose, shaped on the way or when the hand is there; from when on it is shown."""
        if self._rng.random() < 0.5:
            self._approach(replace(keys[0], pose=self._rest_key(visible=True).pose))
            self._timeline.hold(self._pause_s(0.3))
            self._timeline.move(self._rng.uniform(0.15, 0.5) / self._tempo, keys[0])
        else:
            self._approach(keys[0])
        start_s = self.now_s
        self._follow(keys, stroke.seconds)
        return start_s

    def idle_until(self, time_s: float) -> None:
        """Idle movements and rests until `time_s` or a little later."""
        while self.now_s < time_s - 0.2:
            if self._rng.random() < 0.12:
                self._drop(self._rest_key(visible=False))
                self._timeline.hold(self._rng.uniform(0.3, 1.5))
            else:
                self._fidget(time_s)

    def cross(self, nearer: bool) -> None:
        """To the other hand's half, before or behind it, and back."""
        home = (*self._home, 0.0)
        far = Key((-0.6 * home[0], home[1] + 0.02, -0.05 if nearer else 0.05), tuple(self._turn))
        self._approach(self._rest_key(visible=True, at=home))
        self._timeline.move(1.0 / self._tempo, far)
        self._timeline.hold(0.4)
        self._timeline.move(1.0 / self._tempo, self._rest_key(visible=True, at=home))

    def leave(self) -> None:
        """Out of the image, below."""
        self._drop(self._rest_key(visible=False))
        self._timeline.hold(0.3)

    def _pause_s(self, longest_s: float) -> float:
        return float(self._rng.uniform(0, longest_s)) / self._tempo

    def _turned(self, stroke: Stroke) -> Stroke:
        """The stroke as this person holds the hand."""
        return replace(stroke, keys=turned(stroke.keys, self._turn))

    def _in_view(
        self, stroke: Stroke, reach: float, hand_extents: Floats, about: Floats | None = None
    ) -> list[Key]:
        """The stroke's keys in metres about home, moved and made smaller until all is in the image."""
        places = np.array([key.at for key in stroke.keys]) * stroke.reach_m * reach
        lowest, highest = self._limits(hand_extents, places[:, 2])
        for size in (1.0, 0.85, 0.7, 0.55, 0.4):
            low = (lowest - size * places[:, :2]).max(axis=0)
            high = (highest - size * places[:, :2]).min(axis=0)
            if np.all(low <= high):
                break
        home = np.clip(self._home if about is None else about, np.minimum(low, high), high)
        places[:, :2] = home + size * places[:, :2]
        return [
            Key(tuple(place), key.turn, key.pose, key.stop)
            for key, place in zip(stroke.keys, places.tolist(), strict=True)
        ]

    def _limits(self, hand_extents: Floats, depths: Floats) -> tuple[Floats, Floats]:
        """Lowest and highest x and y (K, 2) of the palm's middle at which all landmarks are in the image."""
        towards = 1 if self._viewpoint.view == "facing" else -1
        half = (1 + towards * depths / self._viewpoint.distance_m)[:, None] * self._half_view - _MARGIN_M
        return -half - hand_extents[:, 0], half - hand_extents[:, 1]

    def _follow(self, keys: Sequence[Key], seconds: float) -> None:
        for key in keys[1:]:
            self._timeline.move(seconds / (len(keys) - 1), key)

    def _approach(self, key: Key, slowness: float = 1.0) -> None:
        """To a key, in the time that people take for such a way; the hand takes its shape on the way."""
        here = self._timeline.last
        way = float(np.linalg.norm(np.subtract(key.at, here.at)))
        turn = float(np.abs(np.subtract(key.turn, here.turn)).max())
        seconds = (0.34 + 1.15 * way + 0.002 * turn) * slowness * self._rng.uniform(0.85, 1.25) / self._tempo
        if way > 0.1:
            self._timeline.move(0.55 * seconds, self._underway(here, key, way))
            seconds *= 0.45
        self._timeline.move(seconds, key)

    def _underway(self, here: Key, there: Key, way: float) -> Key:
        """A key passed on the way: off the straight line, the hand drooping, its pose not yet the next."""
        place = 0.4 * np.array(here.at) + 0.6 * np.array(there.at) + self._rng.normal(0, 0.06 * way, 3)
        turn = 0.5 * np.array(here.turn) + 0.5 * np.array(there.turn) + _DROOP * self._rng.uniform(-0.3, 1)
        pose = blend(blend(here.angles, POSES["relaxed"], 0.5), there.angles, 0.4)
        return Key(tuple(place), tuple(turn), pose, stop=False)

    def _drop(self, key: Key) -> None:
        self._approach(key, slowness=1.6)

    def _retract(self, start: Key) -> None:
        """Back, relaxed and slower than the gesture: the way it came, to a rest in view, or out of view."""
        choice = self._rng.random()
        if choice < 0.35:
            near = np.array(start.at) + self._rng.normal(0, 0.02, 3)
            self._approach(self._rest_key(visible=True, at=tuple(near)), slowness=1.7)
        else:
            self._drop(self._rest_key(visible=choice < 0.85))

    def _fidget(self, end_s: float) -> None:
        script = self._idle[str(self._rng.choice(list(self._idle)))]
        stroke = self._variety.stroke(script(Style.draw(self._rng)), self._rng)
        seconds = min(stroke.seconds / self._tempo, max(end_s - self.now_s, 0.25 * stroke.seconds))
        stroke = self._turned(stroke)
        hand_extents = extents(states_of(stroke.keys), self._person.proportions)
        keys = self._in_view(stroke, 1.0, hand_extents, about=np.array(self._rest_key(visible=True).at[:2]))
        self._approach(keys[0], slowness=1.2)
        self._follow(keys, seconds)

    def _rest_key(self, visible: bool, at: tuple[float, float, float] | None = None) -> Key:
        """Relaxed, somewhere about home; or below the image."""
        place = np.array([*self._home, 0.0] if at is None else at)
        if at is None:
            place += _REST_LOW_M + _REST_SPAN_M * self._rng.random(3)
        if not visible:
            place[1] = -self._half_view[1] - _OUT_OF_VIEW_M
        turn = self._turn + self._variety.rest_turn(self._viewpoint.view, self._rng)
        pose = vary(blend(POSES["relaxed"], POSES["open"], self._rng.uniform(0, 0.7)), self._rng)
        return Key(tuple(place), tuple(turn), pose)


def _without(stretch: tuple[float, float], take: Take) -> list[tuple[float, float]]:
    """What is left of a stretch of time beside a take."""
    start_s, end_s = stretch
    before, after = (start_s, min(end_s, take.start_s)), (max(start_s, take.end_s), end_s)
    return [part for part in (before, after) if part[0] < part[1]]
