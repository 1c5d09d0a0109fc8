"""A person's takes -> a head on a network that stays as it is, within a second. No TensorFlow.

A take teaches its label during the take, delayed as in training, and silence around it; so do variations of it
(`augment`), and gestures begun and taken back (`aborted_takes`). What is to stay quiet is made beforehand, while the
person still gets ready: the virtual hand rehearses the model's own gestures and idles.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gesture.decision import THRESHOLD
from gesture.errors import DataError
from gesture.head import Head, Senses
from gesture.learning.rehearsal import FIRST_PERSON, rehearsal
from gesture.learning.separation import Separation, separate
from gesture.manifest import Manifest
from gesture.runtime import GestureModel
from gesture.streams import streams
from gesture.training.augmentation import aborted_takes, augment
from gesture.training.dataset import targets
from gesture.training.provenance import fingerprints
from gesture.training.splits import cut
from gesture.types import BACKGROUND, IGNORE, Array, Recording, Take

BEFORE_S, AFTER_S = 1.5, 1.0
"""How much of a recording around a take belongs to the lesson: how the hand gets there, and away."""
MOST_TAKES = 10
"""Of one label; the newest. With more, `gesture train` is the better teacher."""
_VARIATIONS = 8
_PEOPLE = 4
_THINNING = 3  # neighbouring ticks of what must stay quiet are nearly the same
_LEAST_SCALE = 1e-2

Classes = NDArray[np.int64]


@dataclass(frozen=True)
class Lesson:
    """One take, ready to teach. N ticks of it and its variations.

    Attributes:
        label: of the take.
        source: the recording it is from.
        excerpt: the take with its surroundings, as it was recorded.
        points: float32 (N, D), what a head sees.
        active: bool (N,), whether the label is to be said.
    """

    label: str
    source: Recording
    excerpt: Recording
    points: Array
    active: NDArray[np.bool_]


class Enrolment:
    """Learns labels on top of a model.

    Args:
        model: the model in use. Labels that it learned so before keep what they know where no lesson is given.
        seed: of variations.

    Example:
        >>> enrolment = Enrolment(GestureModel.load("models/default"))
        >>> lessons = enrolment.lessons(load_recordings("recordings"), ["snap"])
        >>> enrolment.learn(lessons).manifest.labels[-1]
        'snap'
    """

    def __init__(self, model: GestureModel, *, seed: int = 0) -> None:
        self.model = model
        self.network = bare(model)
        self._seed = seed
        manifest = model.manifest
        people = range(FIRST_PERSON, FIRST_PERSON + _PEOPLE)
        rng = np.random.default_rng(seed)
        rehearsed = [augment(each, rng) for each in rehearsal(manifest.labels, people, manifest.view)]
        rows = [rows for recording in rehearsed for _, rows in self._rows(recording, BACKGROUND)]
        taught = model.head is not None and model.head.learned
        self.senses = (
            model.head.senses if taught else _senses(np.concatenate(rows), manifest.rate_hz)  # type: ignore[union-attr]
        )
        self._quiet = [self.senses.over(part)[::_THINNING] for part in rows]

    def _rows(self, recording: Recording, label: str) -> list[tuple[Classes, Array]]:
        """For each stream its targets (1 for the label, -1 where nothing is taught) and what is sensed (T, Z)."""
        manifest = self.network.manifest
        return [
            (
                targets(stream, recording.takes, (BACKGROUND, label), manifest.decision.delay_s),
                embed(self.network, stream.features),
            )
            for stream in streams(recording, manifest.hands, manifest.rate_hz)
        ]

    def keep_quiet(self, recordings: Iterable[Recording]) -> None:
        """Add recordings in which nothing is to be recognised: a minute of a person's idle hands."""
        for recording in recordings:
            parts = self._rows(recording, BACKGROUND)
            self._quiet += [self.senses.over(rows)[::_THINNING] for _, rows in parts]

    def lessons(self, recordings: Sequence[Recording], labels: Sequence[str]) -> list[Lesson]:
        """The takes of some labels, the newest `MOST_TAKES` of each, by label.

        Raises:
            DataError: no hand is in view in any of a label's takes.
        """
        return [
            lesson
            for label in labels
            for lesson in self._lessons_of(
                label,
                [
                    (recording, take)
                    for recording in recordings
                    for take in recording.takes
                    if take.label == label
                ],
            )
        ]

    def _lessons_of(self, label: str, takes: Sequence[tuple[Recording, Take]]) -> list[Lesson]:
        made = [self._lesson(recording, take) for recording, take in takes[-MOST_TAKES:]]
        seen = [lesson for lesson in made if lesson.active.any()]
        if made and not seen:
            raise DataError(
                f"{label}: no hand is in view during its takes. Expected one; look at them with 'gesture review'."
            )
        return seen

    def _lesson(self, recording: Recording, take: Take) -> Lesson:
        part = excerpt(recording, take)
        rng = np.random.default_rng(self._seed)
        only = replace(part, takes=tuple(other for other in part.takes if other.label == take.label))
        shown = [part, *(augment(part, rng) for _ in range(_VARIATIONS)), aborted_takes(only, rng)]
        parts = [row for each in shown if each is not None for row in self._rows(each, take.label)]
        if not parts:
            return Lesson(take.label, recording, part, np.zeros((0, 0), np.float32), np.zeros(0, bool))
        classes = np.concatenate([classes for classes, _ in parts])
        points = np.concatenate([self.senses.over(rows) for _, rows in parts])
        return Lesson(take.label, recording, part, points[classes >= 0], classes[classes >= 0] > 0)

    def learn(self, lessons: Sequence[Lesson]) -> GestureModel:
        """The model with a head that knows the lessons' labels.

        Args:
            lessons: of all labels that are to be told from each other; at least one.
        """
        labels = labels_of(lessons)
        points, classes = self._all_points(lessons, labels)
        taught = separate(points, classes, len(labels))
        old = self.model.head
        kept = [] if old is None else [at for at, name in enumerate(old.learned) if name not in labels]
        names, weights, bias = labels, taught.weights, taught.bias
        if old is not None:
            names = (*(old.learned[at] for at in kept), *labels)
            weights, bias = (
                np.concatenate([old.weights[kept], weights]),
                np.concatenate([old.bias[kept], bias]),
            )
        network_labels = self.model.manifest.labels if old is None else old.network_labels
        head = Head(network_labels, names, self.senses, weights, bias)
        return self.model.with_head(_manifest(self.model.manifest, head, lessons), head)

    def outputs(self, lessons: Sequence[Lesson]) -> Separation:
        """The lessons' labels as outputs of the network itself, which sees no more than its embedding at one tick.

        Args:
            lessons: as for `learn`.

        Returns:
            Weights (J, E) and bias (J,) of `labels_of(lessons)`: scores of an embedding as the network gives it,
            beside a rest of score 0.
        """
        labels = labels_of(lessons)
        points, classes = self._all_points(lessons, labels)
        width = len(self.network.embedding())
        found = separate(points[:, :width], classes, len(labels))
        weights = found.weights * self.senses.scale[:width]
        return Separation(weights, found.bias - weights @ self.senses.mean[:width])

    def _all_points(self, lessons: Sequence[Lesson], labels: Sequence[str]) -> tuple[Array, Classes]:
        """What must stay quiet, class 0, and the lessons: (N, D) and (N,)."""
        points = np.concatenate([*self._quiet, *(lesson.points for lesson in lessons)])
        quiet = np.zeros(sum(map(len, self._quiet)), np.int64)
        said = (lesson.active * (1 + labels.index(lesson.label)) for lesson in lessons)
        return points, np.concatenate([quiet, *said])


def labels_of(lessons: Iterable[Lesson]) -> tuple[str, ...]:
    """What they teach, in their order."""
    return tuple(dict.fromkeys(lesson.label for lesson in lessons))


def embed(network: GestureModel, features: Array) -> Array:
    """A stream through a network without a head: (T, F) -> (T, units + F), its embedding beside its features."""
    state, rows = network.initial_state, []
    for row in features:
        _, state = network.step(row, state)
        rows.append(np.concatenate([network.embedding(), row]))
    return np.stack(rows)


def bare(model: GestureModel) -> GestureModel:
    """The network of a model without what was learned on top of it."""
    if model.head is None:
        return model
    labels = model.head.network_labels
    return model.with_head(relabelled(model.manifest, labels), None)


def relabelled(manifest: Manifest, labels: tuple[str, ...]) -> Manifest:
    """The manifest of a model with other labels; those that are new to it get `THRESHOLD`."""
    known = dict(zip(manifest.labels, manifest.thresholds, strict=True))
    return replace(manifest, labels=labels, thresholds=tuple(known.get(label, THRESHOLD) for label in labels))


def _manifest(manifest: Manifest, head: Head, lessons: Sequence[Lesson]) -> Manifest:
    sources: dict[str, list[Recording]] = {}
    for lesson in lessons:
        sources.setdefault(lesson.label, []).append(lesson.source)
    learned = {label: fingerprints(recordings) for label, recordings in sources.items()}
    training = {**manifest.training, "learned": {**manifest.training.get("learned", {}), **learned}}
    return replace(relabelled(manifest, head.labels), training=training)


def excerpt(recording: Recording, take: Take) -> Recording:
    """A take with its surroundings; other takes that reach into them are cut off there."""
    start_s, end_s = take.start_s - BEFORE_S, take.end_s + AFTER_S
    takes = [
        replace(other, start_s=max(other.start_s, start_s), end_s=min(other.end_s, end_s))
        for other in recording.takes
        if other.start_s < end_s and other.end_s > start_s
    ]
    others = [
        replace(other, label=IGNORE) if other.label == take.label and other != take else other
        for other in takes
    ]
    return replace(cut(recording, start_s, end_s), takes=tuple(others))


def _senses(rows: Array, rate_hz: float) -> Senses:
    spread = np.maximum(rows.std(axis=0), _LEAST_SCALE)
    return Senses(rows.mean(axis=0).astype(np.float32), (1 / spread).astype(np.float32), rate_hz)
