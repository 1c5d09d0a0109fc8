"""Many short performances at once, as arrays: training data by the thousand.

Each is made by the same `Performer` that plays the scenes, with approach and way back; what costs time, the landmarks
along the path, is computed for all of them together. True landmarks: `training.tracker_errors` adds a tracker's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gesture.types import SLOTS, Array, View
from gesture.virtual.anatomy import Floats, stack_proportions
from gesture.virtual.gestures import GESTURES
from gesture.virtual.motion import Track, Unrest, landmarks_of, states_at
from gesture.virtual.optics import camera_rotation, hidden_outside, project
from gesture.virtual.people import Person, make_person, usual_viewpoint
from gesture.virtual.performer import OneHand, Performer, extents
from gesture.virtual.poses import shown
from gesture.virtual.script import Scripts
from gesture.virtual.variety import WIDE, Variety

_IMAGE_SIZE = (640, 480)
_CHUNK = 64  # performances computed together: their arrays stay in the processor's cache


@dataclass(frozen=True)
class Batch:
    """N sequences of T ticks, each of one hand that makes one gesture.

    Attributes:
        landmarks: float32 (N, T, 21, 3) as in `HandFrame`; NaN where the hand is outside the image.
        labels: the gestures' names, N of them.
        spans_s: (N, 2) when the gesture itself begins and ends, seconds after the first tick; it may go on when the
            sequence ends.
        starts, ends: int (N,) the ticks of that, half-open.
        shown: bool (N, T) where the hand has the shape of one of the poses asked about, whatever it does: outside
            the gesture, and in idle movement, a model that knows these poses is to be taught nothing there.
        slots: int (N,) 0 for a left hand, 1 for a right one.
        people: int (N,) numbers of the virtual people whose hands are seen.
        image_size: (width, height) in pixels.
        rate_hz: ticks a second.
        view: where the camera stands.
    """

    landmarks: Array
    labels: tuple[str, ...]
    spans_s: Floats
    shown: NDArray[np.bool_]
    slots: NDArray[np.int64]
    people: NDArray[np.int64]
    image_size: tuple[int, int]
    rate_hz: float
    view: View

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def starts(self) -> NDArray[np.int64]:
        return self._ticks(self.spans_s[:, 0])

    @property
    def ends(self) -> NDArray[np.int64]:
        return self._ticks(self.spans_s[:, 1])

    def _ticks(self, times_s: Floats) -> NDArray[np.int64]:
        ticks = np.ceil(times_s * self.rate_hz - 1e-9).astype(np.int64)
        return np.clip(ticks, 0, self.landmarks.shape[1])


def make_batch(
    labels: Sequence[str],
    *,
    seed: int = 0,
    num_ticks: int = 50,
    rate_hz: float = 25.0,
    scripts: Scripts = GESTURES,
    variety: Variety = WIDE,
    view: View = "facing",
    people: Sequence[int] = range(64),
    hands: Sequence[OneHand] = SLOTS,
    poses: Sequence[str] = (),
    around: Sequence[str] = (),
    num_views: int = 1,
    ages_s: Floats | float = 0.0,
) -> Batch:
    """One performance of each label, in a window of time that holds the whole gesture where it fits.

    Args:
        labels: of `scripts`, N of them.
        seed: of everything that varies.
        num_ticks: T.
        rate_hz: ticks a second.
        scripts: by label; `IDLE`, `NEAR_MISSES` and programmes are as good as gestures.
        variety: how far hands and cameras stray from the usual.
        view: where the camera stands.
        people: numbers of virtual people who perform, each as likely.
        hands: which hands they use, each as likely.
        poses: of `HELD`, those that `Batch.shown` asks about.
        around: of `scripts`, what may come before and after; each as likely, and as often as not nothing but rest.
        num_views: each performance is also seen on other people's hands by cameras elsewhere, this many times in
            all: the sequences are then N * num_views, the views of one performance beside each other.
        ages_s: how old the frame is that a tick sees, (N, T) for each performance: where the hand is then is what
            `Batch.landmarks` holds. Zero for a camera that keeps the clock's time.

    Raises:
        ValueError: an unknown label.

    Example:
        >>> batch = make_batch(["wave", "grab", "fist"], seed=1)
        >>> batch.landmarks.shape
        (3, 50, 21, 3)
    """
    unknown = [label for label in (*labels, *around) if label not in scripts]
    if unknown:
        raise ValueError(f"No script for {unknown[0]!r}. Expected one of: {', '.join(scripts)}.")
    studio = _Studio(
        np.random.default_rng([seed, 11]),
        [make_person(number) for number in people],
        scripts,
        variety,
        view,
        np.array([SLOTS.index(hand) for hand in hands]),
        np.arange(num_ticks) / rate_hz,
        poses,
        around,
        num_views,
    )
    ages_s = np.broadcast_to(ages_s, (len(labels), num_ticks))
    chunks = [slice(start, start + _CHUNK) for start in range(0, len(labels), _CHUNK)]
    parts = [studio.film(labels[chunk], ages_s[chunk]) for chunk in chunks]
    landmarks, spans_s, shows, slots, who = (np.concatenate(each) for each in zip(*parts, strict=True))
    seen = tuple(label for label in labels for _ in range(num_views))
    return Batch(landmarks, seen, spans_s, shows, slots, np.array(people)[who], _IMAGE_SIZE, rate_hz, view)


@dataclass(frozen=True)
class _Studio:
    """Where people perform one after another: what all performances of a batch share."""

    rng: np.random.Generator
    people: Sequence[Person]
    scripts: Scripts
    variety: Variety
    view: View
    slots: NDArray[np.int64]
    ticks_s: Floats
    poses: Sequence[str]
    around: Sequence[str]
    num_views: int

    def film(self, labels: Sequence[str], ages_s: Floats) -> tuple[NDArray[Any], ...]:
        """Landmarks (N, T, 21, 3); start and end of the gestures in seconds (N, 2); where poses are shown (N, T);
        slots and people (N,)."""
        who = self.rng.integers(len(self.people), size=(len(labels), self.num_views))
        slots = self.rng.choice(self.slots, len(labels))
        people = [self.people[one] for one in who.ravel().tolist()]
        courses = [self._course(label) for label in labels]
        performers = self._perform([names for names, _ in courses], people[:: self.num_views], slots)
        takes = [performer.takes[at] for performer, (_, at) in zip(performers, courses, strict=True)]
        spans_s = np.array([[take.start_s, take.end_s] for take in takes])
        begins_s = self._windows_s(spans_s)
        paths = [performer.path() for performer in performers]
        shows = np.array([self._shows(*each) for each in zip(paths, begins_s, strict=True)])
        frames_s = self.ticks_s - ages_s
        states = states_at(paths, begins_s + frames_s)
        amounts = self.rng.uniform(0.5, 1.3, (len(labels), 1, 1))
        states += Unrest.draw(self.rng, amounts, (len(labels),)).at(frames_s)
        repeated = (np.repeat(each, self.num_views, axis=0) for each in (spans_s - begins_s, shows, slots))
        return self._see(states, people, slots), *repeated, who.ravel()

    def _course(self, label: str) -> tuple[list[str], int]:
        """What a hand does one after another, and which of it is the gesture."""
        if not self.around:
            return [label], 0
        before, after = (
            [str(self.rng.choice(self.around))] if self.rng.random() < 0.5 else [] for _ in range(2)
        )
        return [*before, label, *after], len(before)

    def _perform(
        self, courses: Sequence[Sequence[str]], people: Sequence[Person], slots: NDArray[np.int64]
    ) -> list[Performer]:
        """Each person does what is in one course; how far hands reach is computed for all of them together."""
        performers = [self._performer(*each) for each in zip(people, slots.tolist(), strict=True)]
        plans = [
            (performer, person, performer.plan(label))
            for performer, person, labels in zip(performers, people, courses, strict=True)
            for label in labels
        ]
        states = [plan.states for _, _, plan in plans]
        owners = [person for (_, person, _), own in zip(plans, states, strict=True) for _ in own]
        reaches = extents(
            np.concatenate(states), stack_proportions([person.proportions for person in owners])
        )
        ends = np.cumsum([len(own) for own in states])[:-1]
        for (performer, _, plan), reach in zip(plans, np.split(reaches, ends), strict=True):
            performer.enact(plan, reach)
        return performers

    def _performer(self, person: Person, slot: int) -> Performer:
        viewpoint = usual_viewpoint(person, self.view)
        return Performer(self.rng, person, viewpoint, SLOTS[slot], 1.0, 1, self.scripts, self.variety)

    def _windows_s(self, spans_s: Floats) -> Floats:
        """(N, 1): when each sequence begins, so that the gesture lies anywhere in it, or begins with it."""
        starts_s, ends_s = spans_s.T
        earliest_s = np.minimum(ends_s - self.ticks_s[-1], starts_s)
        return np.asarray(self.rng.uniform(earliest_s, starts_s))[:, None]

    def _shows(self, path: Track, begin_s: Floats) -> NDArray[np.bool_]:
        """bool (T,): when the hand has the shape of one of the poses."""
        at_s = begin_s + self.ticks_s
        stretches = shown(path, self.poses) if self.poses else []
        shows = [(at_s >= start_s) & (at_s < end_s) for start_s, end_s in stretches]
        return np.asarray(np.any([np.zeros(len(at_s), np.bool_), *shows], axis=0))

    def _see(self, states: Floats, people: Sequence[Person], slots: NDArray[np.int64]) -> Array:
        """(N * V, T, 21, 3): states (N, T, 26) as the hands of N * V people, seen by their cameras."""
        shape = (len(states), self.num_views)
        proportions = stack_proportions([person.proportions for person in people], (*shape, 1))
        points = landmarks_of(states[:, None], proportions)  # (N, V, T, 21, 3)
        viewpoints = [usual_viewpoint(person, self.view) for person in people]
        usual = np.array([[*each.turn, each.roll] for each in viewpoints]).reshape(*shape, 3)
        axes = camera_rotation(usual + self.variety.camera_turns(self.view, self.rng, shape), self.view)
        axes[..., 0] *= np.where(slots == SLOTS.index("left"), -1, 1)[:, None, None]  # a mirrored right hand
        seen = points.reshape(*shape, -1, 3) @ np.swapaxes(axes, -1, -2)
        seen[..., 2] += np.array([each.distance_m for each in viewpoints]).reshape(*shape, 1)
        return hidden_outside(project(seen.reshape(-1, *points.shape[2:]), _IMAGE_SIZE))
