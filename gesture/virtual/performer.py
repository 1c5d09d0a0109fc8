"""Makes one hand play: turns scripts into a timeline in metres that stays in the camera's view.

Every gesture gets its full cycle: from where the hand is to the gesture's first key, perhaps a pause, the
gesture, perhaps a pause, then back, relaxed and slower, to where the hand rests in view or out of it. A rest
is spent with idle movements.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from gesture.types import Take
from gesture.virtual.anatomy import POSES, Floats
from gesture.virtual.gestures import GESTURES, PARTNERS, Stroke, Style, blend, vary
from gesture.virtual.idle import IDLE
from gesture.virtual.motion import Key, Timeline, Track, Unrest
from gesture.virtual.optics import Viewpoint
from gesture.virtual.people import Person

_ASPECT = 4 / 3
_EGOCENTRIC_TURN = np.array([30.0, 0.0, 8.0])
_OUT_OF_VIEW_M = 0.3


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
        hand: Literal["left", "right"],
        speed: float,
        num_hands: int,
    ) -> None:
        self._rng, self._person, self._hand = rng, person, hand
        self._tempo = person.tempo * speed
        half_width, half_height = viewpoint.half_view_m(_ASPECT)
        margin = 0.5 * person.proportions.length_m
        self._room = np.array([half_width - margin, half_height - margin, 0.25 * viewpoint.distance_m])
        self._home = np.array([0.12 * half_width, -0.02, 0.0])
        if num_hands > 1:
            self._home[0] = 0.5 * half_width
            self._room[0] = 0.9 * half_width - margin
        self._turn = np.array(person.turn) + (_EGOCENTRIC_TURN if viewpoint.view == "egocentric" else 0)
        self._below = -half_height - _OUT_OF_VIEW_M
        self._timeline = Timeline(self._rest_key(visible=False))
        self._timeline.hold(rng.uniform(0.2, 0.6))
        self.takes: list[Take] = []

    @property
    def now_s(self) -> float:
        return self._timeline.now_s

    def track(self) -> tuple[Track, Unrest]:
        return self._timeline.track(), Unrest.draw(self._rng, float(self._rng.uniform(0.5, 1.3)))

    def perform(self, label: str) -> None:
        """One gesture with its full cycle."""
        style = Style.draw(self._rng)
        script = GESTURES[label] if self._hand == "right" else GESTURES[PARTNERS.get(label, label)]
        stroke = script(style)
        keys = self._in_view(stroke, reach=self._person.reach * self._rng.uniform(0.8, 1.25))
        self._approach(keys[0])
        self._timeline.hold(self._pause_s(0.25))
        start_s = self.now_s
        self._follow(keys, stroke.seconds * self._rng.uniform(0.85, 1.2) / self._tempo)
        self.takes.append(Take(start_s, self.now_s, label, self._hand))
        self._timeline.hold(0.05 + self._pause_s(0.35))
        self._retract()

    def idle_until(self, time_s: float) -> None:
        """Idle movements and rests until `time_s` or a little later."""
        while self.now_s < time_s - 0.2:
            if self._rng.random() < 0.12:
                self._move(self._rest_key(visible=False), slowness=1.5)
                self._timeline.hold(self._rng.uniform(0.3, 1.5))
            else:
                self._fidget(time_s)

    def cross(self, nearer: bool) -> None:
        """To the other hand's half, before or behind it, and back."""
        far = Key((-0.6 * self._home[0], self._home[1] + 0.02, -0.05 if nearer else 0.05), tuple(self._turn))
        self._approach(self._rest_key(visible=True, at=self._home))
        self._timeline.move(1.0 / self._tempo, far)
        self._timeline.hold(0.4)
        self._timeline.move(1.0 / self._tempo, self._rest_key(visible=True, at=self._home))

    def leave(self) -> None:
        """Out of the image, below."""
        self._move(self._rest_key(visible=False), slowness=1.5)
        self._timeline.hold(0.3)

    def _pause_s(self, longest_s: float) -> float:
        return float(self._rng.uniform(0, longest_s)) / self._tempo

    def _in_view(self, stroke: Stroke, reach: float, about: Floats | None = None) -> list[Key]:
        """The stroke's keys in metres, made smaller where the image ends."""
        places = np.array([key.at for key in stroke.keys]) * stroke.reach_m * reach
        size, home = np.abs(places).max(axis=0), self._home if about is None else about
        home = np.clip(home, -self._room + size, self._room - size) * (size < self._room)
        places *= np.minimum(1, self._room / np.maximum(size, 1e-9))
        return [
            Key(tuple(home + place), tuple(self._turn + key.turn), key.pose, key.stop)
            for place, key in zip(places, stroke.keys, strict=True)
        ]

    def _follow(self, keys: list[Key], seconds: float) -> None:
        for key in keys[1:]:
            self._timeline.move(seconds / (len(keys) - 1), key)

    def _move(self, key: Key, slowness: float = 1.0) -> None:
        """Straight to a key, in the time that people take for such a way."""
        way = np.subtract(key.at, self._timeline.last.at)
        turn = np.abs(np.subtract(key.turn, self._timeline.last.turn)).max()
        seconds = 0.3 + 0.9 * float(np.linalg.norm(way)) + 0.002 * float(turn)
        self._timeline.move(seconds * slowness * self._rng.uniform(0.85, 1.25) / self._tempo, key)

    def _approach(self, key: Key) -> None:
        self._move(key)

    def _retract(self) -> None:
        """Back to a place of rest: slower than the gesture, relaxed, and by way of somewhere lower."""
        self._move(self._rest_key(visible=self._rng.random() < 0.8), slowness=1.4)

    def _fidget(self, end_s: float) -> None:
        stroke = IDLE[str(self._rng.choice(list(IDLE)))](Style.draw(self._rng))
        seconds = min(stroke.seconds / self._tempo, max(end_s - self.now_s, 0.25 * stroke.seconds))
        keys = self._in_view(stroke, 1.0, about=np.array(self._rest_key(visible=True).at))
        self._move(keys[0], slowness=1.2)
        self._follow(keys, seconds)

    def _rest_key(self, visible: bool, at: Floats | None = None) -> Key:
        """Relaxed, somewhere about home; or below the image."""
        place = (
            self._home + self._room * self._rng.uniform([-0.4, -0.6, -0.3], [0.4, 0.2, 0.3])
            if at is None
            else at
        )
        if not visible:
            place = np.array([place[0], self._below, 0.0])
        turn = self._turn + self._rng.uniform([0, -5, -12], [30, 30, 25])
        pose = vary(blend(POSES["relaxed"], POSES["open"], self._rng.uniform(0, 0.7)), self._rng)
        return Key(tuple(place), tuple(turn), pose)
