"""Scenes: one person's hands in front of a camera for a while, with the truth about them.

`make_scene` puts gestures in a row, each with its full cycle (approach, the gesture, a pause, a slower and
relaxed way back), and rests and idle movement between them. The other makers give idle movement alone,
nobody at all, and two hands that gesture at once and cross.

Example:
    >>> scene = make_scene(["swipe_left", "grab"], seed=1)
    >>> [take.label for take in scene.takes]
    ['swipe_left', 'grab']
    >>> scene.landmarks(np.arange(0, 1, 1 / 30)).shape
    (30, 2, 21, 3)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from gesture.types import NO_ENGINE, NUM_HANDS, NUM_LANDMARKS, SLOTS, Array, Recording, Take, View
from gesture.virtual.anatomy import Floats
from gesture.virtual.gestures import GESTURES, MOVES
from gesture.virtual.motion import Track, Unrest, landmarks_of
from gesture.virtual.optics import Viewpoint, hidden_outside, project
from gesture.virtual.people import Person, make_person, usual_viewpoint
from gesture.virtual.performer import OneHand, Performer
from gesture.virtual.poses import HELD
from gesture.virtual.script import Scripts
from gesture.virtual.variety import USUAL, Variety

_FOREARM_M = 0.4


@dataclass(frozen=True)
class Scene:
    """What the hands of one person do, and where they are at any time.

    Attributes:
        person: who.
        viewpoint: where the camera stands.
        tracks: the hands in view by name, each with its unrest.
        takes: the gestures by start: label, hand, and the interval of the gesture itself (without
            approach and retraction). Where poses are among the gestures, so are takes of `ignore`: there the hand
            has the shape of one of these poses, but does not hold it as a gesture, and either answer is right.
        duration_s: when it ends.
    """

    person: Person
    viewpoint: Viewpoint
    tracks: dict[OneHand, tuple[Track, Unrest]]
    takes: tuple[Take, ...]
    duration_s: float

    @property
    def view(self) -> View:
        return self.viewpoint.view

    def landmarks(self, times_s: Floats, image_size: tuple[int, int] = (640, 480)) -> Array:
        """True landmarks (T, 2, 21, 3) as in `HandFrame`; NaN where a hand is outside the image entirely."""
        return hidden_outside(project(self.camera_points(times_s), image_size))

    def world_landmarks(self, times_s: Floats, image_size: tuple[int, int] = (640, 480)) -> Array:
        """True landmarks (T, 2, 21, 3) in metres about each hand's centre, in the camera's axes."""
        points = self.camera_points(times_s)
        seen = ~np.isnan(self.landmarks(times_s, image_size)[..., :1, :1])
        return np.where(seen, points - points.mean(axis=2, keepdims=True), np.nan).astype(np.float32)

    def recording(self, rate_hz: float, name: str) -> Recording:
        """The truth as a recording of `NO_ENGINE`, as a tracker that errs nowhere would have made it.

        Args:
            rate_hz: frames a second.
            name: of the recording, and of its person up to the first hyphen.

        Example:
            >>> make_scene(["wave"]).recording(25.0, "virtual001-0").person
            'virtual001'
        """
        times_s = np.arange(0.0, self.duration_s, 1.0 / rate_hz)
        landmarks = self.landmarks(times_s)
        scores = np.where(np.isnan(landmarks[:, :, 0, 0]), np.nan, 1.0).astype(np.float32)
        return Recording(
            times_s=times_s,
            landmarks=landmarks,
            world_landmarks=self.world_landmarks(times_s),
            scores=scores,
            presence=scores.copy(),
            takes=self.takes,
            person=name.partition("-")[0],
            image_size=(640, 480),
            view=self.view,
            engine=NO_ENGINE,
            name=name,
        )

    def camera_points(self, times_s: Floats) -> Floats:
        """The landmarks (T, 2, 21, 3) in the camera's frame, metres; NaN for a hand that is not there."""
        return self.camera_arms(times_s)[:, :, :NUM_LANDMARKS]

    def camera_arms(self, times_s: Floats) -> Floats:
        """(T, 2, 22, 3): the landmarks and, last, the elbow, in the camera's frame."""
        times_s = np.atleast_1d(np.asarray(times_s, dtype=np.float64))
        arms = np.full((len(times_s), NUM_HANDS, NUM_LANDMARKS + 1, 3), np.nan)
        for slot, hand in enumerate(SLOTS):
            if hand in self.tracks:
                track, unrest = self.tracks[hand]
                points = landmarks_of(track.at(times_s) + unrest.at(times_s), self.person.proportions)
                arms[:, slot, :-1], arms[:, slot, -1] = points, _elbows(points, self.view)
                arms[:, slot] *= [1 if hand == "right" else -1, 1, 1]
        return self.viewpoint.to_camera(arms)


def _elbows(points: Floats, view: View) -> Floats:
    """(T, 3): between straight behind the hand and where a right elbow hangs, below and outside."""
    wrists, knuckles = points[:, 0], points[:, 9]
    behind = wrists - knuckles
    behind /= np.linalg.norm(behind, axis=-1, keepdims=True)
    hanging = np.array([0.16, -0.34, 0.10 if view == "facing" else 0.2]) - wrists
    hanging /= np.linalg.norm(hanging, axis=-1, keepdims=True)
    direction = behind + hanging
    return np.asarray(wrists + _FOREARM_M * direction / np.linalg.norm(direction, axis=-1, keepdims=True))


def make_scene(
    gestures: Sequence[str] | None = None,
    *,
    seed: int = 0,
    person: int | Person = 0,
    hands: Sequence[OneHand] = ("right",),
    view: View = "facing",
    speed: float = 1.0,
    idle_s: float = 1.0,
    distance_m: float | None = None,
    scripts: Scripts = GESTURES,
    variety: Variety = USUAL,
) -> Scene:
    """Gestures one after another, with what people do before, between and after them.

    Args:
        gestures: labels in the order in which they are made; by default every one that moves once, shuffled.
        seed: of everything that varies from one performance to the next.
        person: a virtual person's number (see `make_person`), or one of your own.
        hands: which hands are there; with two, each gesture is made by one of them in turn.
        view: "facing" or "egocentric".
        speed: times faster than usual.
        idle_s: about how long the hand rests or idles after each gesture.
        distance_m: camera to hands, instead of the person's own distance: 0.5 is large, 1 is small.
        scripts: by label, what the hands can do.
        variety: how far hands and camera stray from the usual.

    Raises:
        ValueError: an unknown gesture, or no hand.
    """
    rng = np.random.default_rng([seed, 1])
    labels = list(rng.permutation(list(MOVES))) if gestures is None else list(gestures)
    _check(labels, hands, scripts)

    def play(performers: dict[OneHand, Performer]) -> None:
        for index, label in enumerate(labels):
            hand = hands[index % len(hands)]
            now_s = max(performer.now_s for performer in performers.values())
            for other in performers.values():
                other.idle_until(now_s)
            performers[hand].perform(str(label))
            performers[hand].idle_until(performers[hand].now_s + idle_s * rng.uniform(0.5, 1.5))

    poses = [label for label in HELD if label in labels]
    stage = _Stage(seed, person, hands, view, speed, distance_m, scripts, poses, variety)
    return _compose(play, stage)


def make_idle_scene(
    duration_s: float = 60.0,
    *,
    seed: int = 0,
    person: int | Person = 0,
    hands: Sequence[OneHand] = ("right",),
    view: View = "facing",
    speed: float = 1.0,
    distance_m: float | None = None,
    poses: Sequence[str] = (),
    variety: Variety = USUAL,
) -> Scene:
    """Idle movement and rests only: no take but of `ignore`, where the hand shows one of `poses`.

    Args:
        duration_s: how long.
        poses: of `HELD`, those that are gestures to whoever watches.
        seed, person, hands, view, speed, distance_m, variety: as in `make_scene`.
    """
    _check(poses, hands)

    def play(performers: dict[OneHand, Performer]) -> None:
        for performer in performers.values():
            performer.idle_until(duration_s)

    scene = _compose(play, _Stage(seed, person, hands, view, speed, distance_m, poses=poses, variety=variety))
    return replace(scene, duration_s=duration_s)


def make_crossing_scene(
    gestures: Sequence[str] = ("swipe_left", "swipe_right", "grab", "wave"),
    *,
    seed: int = 0,
    person: int | Person = 0,
    view: View = "facing",
    speed: float = 1.0,
    distance_m: float | None = None,
) -> Scene:
    """Both hands gesture at once, and cross (one before the other) between the gestures."""
    _check(gestures, SLOTS)

    def play(performers: dict[OneHand, Performer]) -> None:
        for shift in range(len(gestures)):
            start_s = max(performer.now_s for performer in performers.values())
            for index, performer in enumerate(performers.values()):
                performer.idle_until(start_s)
                performer.cross(nearer=index == 0)
                performer.perform(gestures[(index + shift) % len(gestures)])

    return _compose(play, _Stage(seed, person, SLOTS, view, speed, distance_m))


def make_empty_scene(duration_s: float = 10.0, *, person: int | Person = 0, view: View = "facing") -> Scene:
    """Nobody there."""
    who = person if isinstance(person, Person) else make_person(person)
    return Scene(who, Viewpoint(view, who.distance_m, who.camera_turn), {}, (), duration_s)


def _check(labels: Sequence[str], hands: Sequence[OneHand], scripts: Scripts = GESTURES) -> None:
    unknown = [label for label in labels if label not in scripts]
    if unknown:
        raise ValueError(f"No script for gesture {unknown[0]!r}. Expected one of: {', '.join(scripts)}.")
    if not hands or len(set(hands)) != len(hands) or not set(hands) <= set(SLOTS):
        raise ValueError(f"hands is {tuple(hands)!r}. Expected ('right',), ('left',) or both.")


@dataclass(frozen=True)
class _Stage:
    """What all scenes are made from; see `make_scene`."""

    seed: int
    person: int | Person
    hands: Sequence[OneHand]
    view: View
    speed: float
    distance_m: float | None
    scripts: Scripts = field(default_factory=lambda: GESTURES)
    poses: Sequence[str] = ()
    variety: Variety = USUAL


def _compose(play: Callable[[dict[OneHand, Performer]], None], stage: _Stage) -> Scene:
    """Let performers play, and collect what they did."""
    who = stage.person if isinstance(stage.person, Person) else make_person(stage.person)
    viewpoint = usual_viewpoint(who, stage.view, len(stage.hands))
    if stage.distance_m:
        viewpoint = replace(viewpoint, distance_m=stage.distance_m)
    performers: dict[OneHand, Performer] = {
        hand: Performer(
            np.random.default_rng([stage.seed, 2 + SLOTS.index(hand)]),
            who,
            viewpoint,
            hand,
            stage.speed,
            len(stage.hands),
            stage.scripts,
            stage.variety,
        )
        for hand in stage.hands
    }
    play(performers)
    takes = sorted(
        take
        for performer in performers.values()
        for take in [*performer.takes, *performer.shown(stage.poses)]
    )
    for performer in performers.values():
        performer.leave()
    duration_s = max(performer.now_s for performer in performers.values())
    tracks = {hand: performer.track() for hand, performer in performers.items()}
    seen_from = stage.variety.viewpoint(viewpoint, np.random.default_rng([stage.seed, 4]))
    return Scene(who, seen_from, tracks, tuple(takes), duration_s)
