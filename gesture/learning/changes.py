"""What a lesson changed, measured on what it did not teach: the take left out, idle hands, the model's old gestures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from gesture.evaluation.onsets import in_time, match
from gesture.learning.enrolment import Enrolment, Lesson
from gesture.learning.rehearsal import FIRST_EXAMINER, performed, rehearsal
from gesture.recognizer import Tick, decide
from gesture.runtime import GestureModel
from gesture.streams import streams
from gesture.types import GestureEvent, Recording, View

FORGETTING = 0.01
"""How much of its recall of the old gestures a model may lose by learning."""
_EXAMINERS = range(FIRST_EXAMINER, FIRST_EXAMINER + 6)


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    hits: int
    num: int

    @property
    def rate(self) -> float:
        """1 of nothing: nothing was lost."""
        return self.hits / self.num if self.num else 1.0

    def __str__(self) -> str:
        return f"{self.hits} of {self.num}"


@dataclass(frozen=True)
class Changes:
    """What learning a label changed.

    Attributes:
        label: what was learned.
        num_takes: from how many takes.
        recall: takes that fire it when the others alone teach it; None for a single take.
        looks_like: for each other label, how many of the takes the model before took for it.
        num_false: how often it fires on idle hands.
        idle_s: how long these are.
        idle_is_own: whether they are the person's own, or the virtual hand's.
        before, after: the old gestures, made by virtual people that nobody learned from.
    """

    label: str
    num_takes: int
    recall: Share | None
    looks_like: dict[str, int]
    num_false: int
    idle_s: float
    idle_is_own: bool
    before: Share
    after: Share

    @property
    def forgets(self) -> bool:
        """Whether more is lost than `FORGETTING`."""
        return self.before.rate - self.after.rate > FORGETTING

    def sentences(self) -> list[str]:
        """For the user."""
        recall = "one take: nothing is left to test it with" if self.recall is None else None
        whose = "your own idle hands" if self.idle_is_own else "the virtual hand's idling"
        return [
            recall or f"{self.recall} takes fire it when the others alone teach it",
            *(
                f"this looks like {other} to me: {count} of {self.num_takes}"
                for other, count in sorted(self.looks_like.items())
            ),
            f"{self.num_false} false in {self.idle_s:.0f} s of {whose}",
            f"old gestures, made by virtual people: {self.after} right, {self.before} before"
            + (f"; more than {FORGETTING:.0%} is lost" if self.forgets else ""),
        ]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values under the field names."""
        return asdict(self)


def what_changed(
    enrolment: Enrolment,
    model: GestureModel,
    lessons: Sequence[Lesson],
    label: str,
    idle: Sequence[Recording],
) -> Changes:
    """Measure a model that has just learned a label.

    Args:
        enrolment: what it learned through; holds the model before.
        model: the model after.
        lessons: all that taught it.
        label: what is new.
        idle: the person's own idle hands, which taught nothing; the virtual hand's are taken where there are none.
    """
    own = [lesson for lesson in lessons if lesson.label == label]
    resting = list(idle) or rehearsal([], _EXAMINERS, model.manifest.view)
    old = old_labels(model)
    return Changes(
        label=label,
        num_takes=len(own),
        recall=left_out(enrolment, lessons, label) if len(own) > 1 else None,
        looks_like=looks_like(enrolment.model, own),
        num_false=num_onsets(model, [label], resting),
        idle_s=round(sum(recording.duration_s for recording in resting), 1),
        idle_is_own=bool(idle),
        before=kept(enrolment.model, old),
        after=kept(model, old),
    )


def old_labels(model: GestureModel) -> list[str]:
    """Those that the network itself knows."""
    learned = model.manifest.training.get("learned", {})
    return [label for label in model.manifest.labels[1:] if label not in learned]


def left_out(enrolment: Enrolment, lessons: Sequence[Lesson], label: str) -> Share:
    """Each take of a label in turn is played to a model that all other lessons taught."""
    own = [lesson for lesson in lessons if lesson.label == label]
    hits = sum(
        fires(enrolment.learn([other for other in lessons if other is not lesson]), lesson) for lesson in own
    )
    return Share(hits, len(own))


def fires(model: GestureModel, lesson: Lesson) -> bool:
    """Whether a model says the label during the lesson's take."""
    return lesson.label in fired(model, lesson)


def looks_like(model: GestureModel, lessons: Iterable[Lesson]) -> dict[str, int]:
    """For each other label that a model says during the lessons' takes, how many takes."""
    return dict(Counter(name for lesson in lessons for name in fired(model, lesson) - {lesson.label}))


def fired(model: GestureModel, lesson: Lesson) -> set[str]:
    """What a model says during the lesson's take."""
    takes = [take for take in lesson.excerpt.takes if take.label == lesson.label]
    found = onsets(model, lesson.excerpt)
    return {onset.label for onset in found if any(in_time(take, onset) for take in takes)}


def num_onsets(model: GestureModel, labels: Sequence[str], recordings: Iterable[Recording]) -> int:
    """How often some labels fire."""
    return sum(onset.label in labels for recording in recordings for onset in onsets(model, recording))


def kept(model: GestureModel, labels: Sequence[str]) -> Share:
    """How many of some gestures, made by virtual people that nobody learned from, a model gets right."""
    scenes = _examination(tuple(labels), model.manifest.view)
    found = [match(scene.takes, onsets(model, scene)) for scene in scenes]
    right = sum(at is not None for matches in found for at in matches)
    return Share(right, sum(len(scene.takes) for scene in scenes))


@lru_cache(maxsize=1)  # the model before and the one after are asked the same
def _examination(labels: tuple[str, ...], view: View) -> list[Recording]:
    return performed(labels, _EXAMINERS, view)


def onsets(model: GestureModel, recording: Recording) -> list[GestureEvent]:
    """The onsets of a whole recording, each stream in one go: what `spot` finds frame by frame, five times as fast.

    Their times are those of ticks and not of frames, so that a delay would come out up to a frame too short.
    """
    events = decide(_ticks(model, recording), model.manifest)
    return sorted((event for event in events if event.phase == "onset"), key=lambda event: event.time_s)


def _ticks(model: GestureModel, recording: Recording) -> Iterator[Tick]:
    for stream in streams(recording, model.manifest.hands, model.manifest.rate_hz):
        state = model.initial_state
        for time_s, row in zip(stream.times_s.tolist(), stream.features, strict=True):
            probabilities, state = model.step(row, state)
            yield Tick(time_s, time_s, stream.hand, probabilities)
        yield Tick(time_s, time_s, stream.hand, None)
