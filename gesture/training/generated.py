"""Scripts of gestures -> examples by the thousand, new ones each time: what trains a network without a recording.

The virtual hand performs in batches (`virtual.batch`); cameras and trackers see it (`sightings`). What is no gesture is
performed too: idle movements, near misses, random programmes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from gesture.errors import ModelError
from gesture.streams import Hands
from gesture.training.dataset import CROP_S, RATE_HZ, Example
from gesture.training.sightings import camera_ages_s, sight
from gesture.training.tracker_errors import tracked_recording
from gesture.types import SLOTS, Recording, View
from gesture.virtual import GESTURES, HELD, MOVES, make_idle_scene, make_scene
from gesture.virtual.batch import make_batch
from gesture.virtual.idle import IDLE
from gesture.virtual.near_misses import near_misses_of
from gesture.virtual.performer import OneHand
from gesture.virtual.programmes import draw_programmes
from gesture.virtual.restless import RESTLESS
from gesture.virtual.script import Scripts
from gesture.virtual.variety import WIDE, Variety

_IDLE_S, _CAMERA_HZ = 60.0, 30.0


@dataclass(frozen=True)
class Generator:
    """What is performed, by whom, and how a camera and a tracker see it.

    Attributes:
        scripts: the gestures, by label.
        background: what is no gesture, alone or before and after one; each as often as the others. Left out: idle
            and restless hands, and near misses of those of `scripts` that move.
        num_programmes: how many random programmes are among the background, each as often as what else is there;
            every draw has others.
        background_share: how many of the sequences show no gesture.
        num_sequences: in a draw.
        seconds: of each.
        num_views: how many sequences show one performance, each on another person's hand and from elsewhere.
        views: where the camera stands, each as likely.
        hands: which hands perform, each as likely.
        people: numbers of the virtual people, each as likely.
        variety: how far hands and cameras stray from the usual.
        tracker: the least and the greatest amount of a tracker's errors, see `tracker_errors.tracked`.
        poses: of `HELD`: where a hand has their shape without showing it, nothing is trained. Those among `scripts`
            when left out.

    Example:
        >>> Generator({label: GESTURES[label] for label in ("wave", "grab")}).labels
        ('grab', 'wave')
    """

    scripts: Scripts
    background: Scripts | None = None
    num_programmes: int = 4
    background_share: float = 0.4
    num_sequences: int = 3072
    seconds: float = CROP_S
    num_views: int = 2
    views: Sequence[View] = ("facing",)
    hands: Sequence[OneHand] = SLOTS
    people: Sequence[int] = range(500)
    variety: Variety = WIDE
    tracker: tuple[float, float] = (0.5, 1.5)
    poses: Sequence[str] | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """The gestures' labels, sorted."""
        return tuple(sorted(self.scripts))

    @property
    def others(self) -> Scripts:
        """`background`, or what stands in for it."""
        if self.background is not None:
            return self.background
        moves = {label: script for label, script in self.scripts.items() if label not in HELD}
        return {**IDLE, **RESTLESS, **near_misses_of(moves or MOVES)}

    def describe(self) -> dict[str, str]:
        """What makes it another generator than others, in plain words; of scripts their names only.

        Example:
            >>> Generator(MOVES, seconds=3.0).describe()["seconds"]
            '3.0'
        """
        plain = {each.name: str(getattr(self, each.name)) for each in fields(self)}
        return plain | {"scripts": ", ".join(self.labels), "background": ", ".join(self.others)}

    def check_fits(self, hands: Hands) -> None:
        """Every sequence is of one hand.

        Raises:
            ModelError: the network reads both hands together.
        """
        if hands == "both":
            raise ModelError(
                "generated motion is of single hands, and some takes are of both hands. Expected takes of one hand;"
                " train those of both without generated motion."
            )

    def recordings(self, num_people: int, seed: int = 0) -> list[Recording]:
        """What people do whom no draw shows: every gesture twice, with idle movement between, and a minute idle.

        As a tracker finds it that errs as much as those of the draws.

        Args:
            num_people: each in view of a camera of their own.
            seed: of everything that varies.
        """
        rng = np.random.default_rng([seed, 17])
        first = max(self.people) + 1
        return [
            tracked_recording(recording, rng, rng.uniform(*self.tracker))
            for person in range(first, first + num_people)
            for recording in self._scenes_of(person, rng)
        ]

    def _scenes_of(self, person: int, rng: np.random.Generator) -> Iterator[Recording]:
        common: dict[str, Any] = {
            "seed": int(rng.integers(2**31)),
            "person": person,
            "hands": (self.hands[person % len(self.hands)],),
            "view": self.views[person % len(self.views)],
            "variety": self.variety,
        }
        labels = [str(label) for _ in range(2) for label in rng.permutation(self.labels)]
        scripts = {**GESTURES, **self.scripts}
        yield make_scene(labels, scripts=scripts, **common).recording(_CAMERA_HZ, f"virtual{person}-0")
        yield make_idle_scene(_IDLE_S, poses=self._poses, **common).recording(
            _CAMERA_HZ, f"virtual{person}-1"
        )

    @property
    def _poses(self) -> Sequence[str]:
        return [label for label in HELD if label in self.scripts] if self.poses is None else self.poses

    def draw(
        self,
        rng: np.random.Generator,
        labels: tuple[str, ...],
        delay_s: float,
        num_sequences: int | None = None,
    ) -> list[Example]:
        """New performances; one example for each sequence in which a hand is seen.

        Args:
            rng: the only source of chance.
            labels: (C,) class names, those of the scripts among them.
            delay_s: how much later than the gesture the network may say so.
            num_sequences: another number than usual.
        """
        num = (num_sequences or self.num_sequences) // (self.num_views * len(self.views))
        return [
            example for view in self.views for example in self._draw_view(view, num, rng, labels, delay_s)
        ]

    def _draw_view(
        self, view: View, num: int, rng: np.random.Generator, labels: tuple[str, ...], delay_s: float
    ) -> list[Example]:
        """Of `num` performances."""
        seed = int(rng.integers(2**31))
        others = {**self.others, **draw_programmes(self.num_programmes, seed)}
        others = {label: script for label, script in others.items() if label not in self.scripts}
        ages_s = camera_ages_s(rng, num, round(self.seconds * RATE_HZ), RATE_HZ)
        batch = make_batch(
            self._programme(num, list(others), rng),
            seed=seed,
            num_ticks=ages_s.shape[1],
            rate_hz=RATE_HZ,
            scripts={
                **GESTURES,
                **self.scripts,
                **others,
            },  # a left hand's swipe_left is a mirrored swipe_right
            variety=self.variety,
            view=view,
            people=self.people,
            hands=self.hands,
            poses=self._poses,
            around=list(others),
            num_views=self.num_views,
            ages_s=ages_s,
        )
        amounts = rng.uniform(*self.tracker, len(batch))
        found = sight(batch, np.repeat(ages_s, self.num_views, axis=0), rng, amounts)
        return found.examples(labels, delay_s)

    def _programme(self, num: int, others: Sequence[str], rng: np.random.Generator) -> list[str]:
        """`num` labels, gestures as often as each other and what is none likewise, in random order."""
        num_others = round(num * self.background_share) if others else 0
        chosen = [
            *np.resize(rng.permutation(self.labels), num - num_others),
            *np.resize(rng.permutation(others), num_others),
        ]
        return [str(label) for label in rng.permutation(chosen)]
