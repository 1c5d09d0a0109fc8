"""The virtual hand's scenes as recordings, in milliseconds: what a model is to keep knowing while it learns.

They hold the true landmarks, at several frame rates; augmentation adds what a tracker gets wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from gesture.types import Recording, View
from gesture.virtual import GESTURES, HELD, Scene, make_idle_scene, make_scene
from gesture.virtual.performer import OneHand

FIRST_PERSON = 5000
"""Virtual people from here on rehearse; others train and test the shipped model."""
FIRST_EXAMINER = 6000
"""And from here on they examine what was kept: nobody learns from them."""
_RATES_HZ = (30.0, 25.0, 20.0, 15.0)
_IDLE_S = 40.0


def rehearsal(labels: Sequence[str], people: Iterable[int], view: View = "facing") -> list[Recording]:
    """Every gesture once by each person, and idle movement.

    Args:
        labels: those that the virtual hand knows are performed.
        people: numbers of virtual people.
        view: where the camera stands.

    Returns:
        Two recordings a person, of one where it knows none of the labels.

    Example:
        >>> [len(recording.takes) for recording in rehearsal(["wave", "grab", "mine"], [5000])]
        [2, 0]
    """
    return [
        part
        for person in people
        for part in (*performed(labels, [person], view), _idle(labels, person, view))
    ]


def performed(labels: Sequence[str], people: Iterable[int], view: View = "facing") -> list[Recording]:
    """The gestures of a rehearsal alone, one recording a person; arguments as for `rehearsal`."""
    known = [label for label in labels if label in GESTURES]
    return [_performance(known, person, view) for person in people if known]


def _performance(labels: Sequence[str], person: int, view: View) -> Recording:
    order = [str(label) for label in np.random.default_rng(person).permutation(labels)]
    return as_it_is(make_scene(order, seed=person, person=person, hands=_hands(person), view=view), person)


def _idle(labels: Sequence[str], person: int, view: View) -> Recording:
    poses = [label for label in labels if label in HELD]
    scene = make_idle_scene(_IDLE_S, seed=person, person=person, hands=_hands(person), view=view, poses=poses)
    return as_it_is(scene, person)


def _hands(person: int) -> tuple[OneHand]:
    return ("left",) if person % 2 else ("right",)


def as_it_is(scene: Scene, person: int) -> Recording:
    """A scene's true landmarks as a recording."""
    rate_hz = _RATES_HZ[person // 2 % len(_RATES_HZ)]
    return scene.recording(rate_hz, f"virtual{person}{'' if scene.takes else '-idle'}")
