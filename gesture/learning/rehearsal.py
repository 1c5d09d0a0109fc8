"""The virtual hand's scenes as recordings, in milliseconds: what a model is to keep knowing while it learns.

They hold the true landmarks, at several frame rates; augmentation adds what a tracker gets wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from gesture.types import Recording, View
from gesture.virtual import GESTURES, HELD, Scene, make_idle_scene, make_scene

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
    return list(_scenes(labels, people, view))


def _scenes(labels: Sequence[str], people: Iterable[int], view: View) -> Iterator[Recording]:
    known = [label for label in labels if label in GESTURES]
    poses = [label for label in labels if label in HELD]
    for person in people:
        hands = (("right",), ("left",))[person % 2]
        order = [str(label) for label in np.random.default_rng(person).permutation(known)]
        if order:
            yield as_it_is(make_scene(order, seed=person, person=person, hands=hands, view=view), person)  # type: ignore[arg-type]
        idle = make_idle_scene(_IDLE_S, seed=person, person=person, hands=hands, view=view, poses=poses)  # type: ignore[arg-type]
        yield as_it_is(idle, person)


def as_it_is(scene: Scene, person: int) -> Recording:
    """A scene's true landmarks as a recording."""
    rate_hz = _RATES_HZ[person // 2 % len(_RATES_HZ)]
    return scene.recording(rate_hz, f"virtual{person}{'' if scene.takes else '-idle'}")
