import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gesture.decision import Decision, Spotter
from gesture.types import GestureEvent

LABELS = ("background", "wave", "swipe")
RATE_HZ = 25.0


def run(
    tracks: dict[str, list[float]], decision: Decision | None = None, clear_at: int | None = None
) -> list[GestureEvent]:
    spotter = Spotter(LABELS, (1.0, 0.7, 0.7), decision or Decision(), "right", RATE_HZ)
    length = max(map(len, tracks.values()))
    events = []
    for tick in range(length):
        gestures = [tracks.get(label, [0.0] * length)[tick] for label in LABELS[1:]]
        probabilities = np.array([1 - sum(gestures), *gestures], np.float32)
        events += spotter.update(probabilities, tick / RATE_HZ)
        if tick == clear_at:
            events += spotter.clear(tick / RATE_HZ)
    return events


def summary(events: list[GestureEvent]) -> list[tuple[str, str]]:
    return [(event.label, event.phase) for event in events]


def test_a_gesture_fires_once_and_ends_once() -> None:
    events = run({"wave": [0.0] * 5 + [0.9] * 20 + [0.0] * 10})
    assert summary(events) == [("wave", "onset"), ("wave", "end")]
    onset, end = events
    assert onset.time_s == pytest.approx(7 / RATE_HZ)
    assert onset.end_s is None
    assert end.start_s == onset.start_s
    assert onset.start_s < onset.time_s
    assert end.end_s == pytest.approx(25 / RATE_HZ - Decision().delay_s, abs=1.5 / RATE_HZ)


def test_a_wavering_probability_does_not_fire_twice() -> None:
    assert summary(run({"wave": [0.9] * 5 + [0.9, 0.9, 0.5, 0.9, 0.3, 0.9, 0.45, 0.9] * 4})) == [
        ("wave", "onset")
    ]


def test_a_probability_that_rises_before_and_lingers_after_makes_the_interval_no_longer() -> None:
    steep = run({"wave": [0.0] * 20 + [0.9] * 10 + [0.0] * 20})
    gentle = run({"wave": [0.0] * 10 + [0.25] * 10 + [0.9] * 10 + [0.25] * 10 + [0.0] * 10})
    assert [event.start_s for event in gentle] == [event.start_s for event in steep]
    assert gentle[0].time_s == steep[0].time_s
    assert gentle[1].end_s == pytest.approx(steep[1].end_s)
    assert gentle[1].time_s > steep[1].time_s


def test_two_noisy_ticks_are_no_gesture_and_three_are() -> None:
    assert run({"wave": [0.0] * 5 + [1.0] * 2 + [0.0] * 5}) == []
    assert summary(run({"wave": [0.0] * 5 + [1.0] * 3 + [0.0] * 9})) == [("wave", "onset"), ("wave", "end")]


def test_another_gesture_ends_the_first() -> None:
    events = run({"wave": [0.9] * 6 + [0.05] * 6, "swipe": [0.0] * 6 + [0.9] * 6})
    assert summary(events) == [("wave", "onset"), ("wave", "end"), ("swipe", "onset")]


def test_a_hand_that_leaves_ends_its_gesture_and_may_fire_again_after_the_cooldown() -> None:
    assert summary(run({"wave": [0.9] * 8}, clear_at=4)) == [("wave", "onset"), ("wave", "end")]
    assert summary(run({"wave": [0.9] * 20}, clear_at=4))[2:] == [("wave", "onset")]


def test_the_same_gesture_made_twice_fires_twice() -> None:
    made = [0.9] * 8 + [0.0] * 10
    assert summary(run({"wave": made * 2})).count(("wave", "onset")) == 2


def test_background_never_fires() -> None:
    assert run({"wave": [0.0] * 50}) == []


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10_000))
def test_onsets_and_ends_alternate_whatever_comes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    raw = rng.dirichlet([0.3, 0.3, 0.3], 120)
    raw = np.repeat(raw, rng.integers(1, 6, 120), axis=0)
    events = run({label: raw[:, index].tolist() for index, label in enumerate(LABELS) if index}, clear_at=60)
    phases = [event.phase for event in events]
    assert phases == ["onset", "end"] * (len(phases) // 2) + ["onset"] * (len(phases) % 2)
    for onset, end in zip(events[::2], events[1::2], strict=False):
        assert onset.label == end.label
        assert end.end_s is not None
        assert end.start_s <= end.end_s <= end.time_s
