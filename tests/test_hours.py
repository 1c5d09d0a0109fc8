"""The live path stays right for hours: no state that drifts, grows or outlives the hand."""

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from gesture.manifest import shipped_model
from gesture.recognizer import Recognizer
from gesture.runtime import GestureModel
from gesture.types import GestureEvent, HandFrame, Recording, Take
from gesture.virtual import make_idle_scene, make_scene
from gesture.windows import HOLD_S, runs

HOUR_S = 3600.0


@pytest.fixture(scope="module")
def model() -> GestureModel:
    return GestureModel.load(shipped_model())


@pytest.fixture(scope="module")
def gestures() -> Recording:
    """By a person whom training never saw, from where the hand appears."""
    scene = make_scene(["wave", "swipe_left", "grab", "circle_cw"], seed=4, person=1004)
    return where_seen(scene.recording(25.0, "p-0"))


@pytest.fixture(scope="module")
def idle() -> Recording:
    """Half a minute of the same hand, which never leaves."""
    return where_seen(make_idle_scene(90.0, seed=3, person=1004).recording(25.0, "p-1"))


def where_seen(recording: Recording) -> Recording:
    """The longest stretch in which the right hand is there without a break."""
    tracks = runs(~np.isnan(recording.landmarks[:, 1, 0, 0]))
    longest = max(tracks, key=lambda track: track.stop - track.start)
    return recording.select(np.arange(longest.start, longest.stop))


def played(recording: Recording, start_s: float) -> Iterator[HandFrame]:
    """A little after the ticks: a frame at a tick would settle it or not, as the last bit of its time has it."""
    for index in range(len(recording)):
        yield replace(recording.frame(index), time_s=start_s + 0.01 + float(recording.times_s[index]))


def events_of(recognizer: Recognizer, recording: Recording, start_s: float) -> list[GestureEvent]:
    return [event for frame in played(recording, start_s) for event in recognizer.update(frame)]


def assert_as_at_the_start(recognizer: Recognizer, gestures: Recording, start_s: float) -> None:
    """What it spots now is what a fresh recogniser spots at the time 0: every take, and the same events."""
    later = events_of(recognizer, gestures, start_s)
    fresh = events_of(Recognizer(recognizer.model), gestures, 0.0)
    assert recalled(gestures, fresh, 0.0) == list(gestures.takes)
    assert [(event.label, event.phase) for event in later] == [(event.label, event.phase) for event in fresh]
    for one, other in zip(later, fresh, strict=True):
        assert one.time_s - start_s == pytest.approx(other.time_s, abs=1e-6)
        assert one.start_s - start_s == pytest.approx(other.start_s, abs=1e-6)
        assert one.score == pytest.approx(other.score, abs=1e-3)


def test_after_an_hour_without_a_hand_gestures_are_recognised_as_at_the_start(
    model: GestureModel, gestures: Recording
) -> None:
    recognizer = Recognizer(model)
    for second in np.arange(0.0, HOUR_S):
        assert recognizer.update(HandFrame.empty(float(second), (640, 480))) == []
    assert_as_at_the_start(recognizer, gestures, HOUR_S)


@pytest.mark.slow
def test_after_an_hour_of_idling_no_memory_is_taken_and_every_gesture_is_still_recalled(
    model: GestureModel, gestures: Recording, idle: Recording
) -> None:
    """The hand is there all the time, so that nothing ever starts afresh."""
    recognizer = Recognizer(model)
    starts_s = np.arange(0.0, HOUR_S, idle.duration_s + 0.04) - idle.times_s[0]

    def traced_after(start_s: float) -> int:
        events_of(recognizer, idle, start_s)
        return tracemalloc.get_traced_memory()[0]

    for start_s in starts_s[:-4]:
        events_of(recognizer, idle, start_s)
    tracemalloc.start()
    taken = [traced_after(start_s) for start_s in starts_s[-4:]]
    tracemalloc.stop()
    assert taken[-1] - taken[0] < 5_000  # a byte a frame
    start_s = starts_s[-1] + idle.times_s[-1] + 0.04 - gestures.times_s[0]
    assert recalled(gestures, events_of(recognizer, gestures, start_s), start_s) == list(gestures.takes)


def recalled(recording: Recording, events: list[GestureEvent], start_s: float) -> list[Take]:
    """The takes during which, or soon after, their own label fired."""
    onsets = [(event.label, event.time_s - start_s) for event in events if event.phase == "onset"]
    return [
        take
        for take in recording.takes
        if any(label == take.label and take.start_s <= time_s <= take.end_s + 0.5 for label, time_s in onsets)
    ]


def test_a_hand_unseen_for_a_second_starts_afresh(model: GestureModel, gestures: Recording) -> None:
    """What was going on before the hand left says nothing about what it does when it comes back."""
    recognizer = Recognizer(model)
    times_s = gestures.times_s
    middle = gestures.select(times_s < gestures.takes[0].end_s)  # cut off within a gesture
    events_of(recognizer, middle, 0.0)
    assert recognizer.predictions
    away_s = float(np.ceil(middle.times_s[-1] + HOLD_S + 0.2))
    for frame in (HandFrame.empty(away_s - 0.04 * index, (640, 480)) for index in range(3, 0, -1)):
        recognizer.update(frame)
    assert not recognizer.predictions
    assert_as_at_the_start(recognizer, gestures, away_s)
