from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from synthetic import strokes

from gesture.training.waits import shorten_waits
from gesture.types import Recording, Take

COUNTDOWN_S = 0.45


def counted_down(seed: int = 0) -> Recording:
    """Strokes with a countdown before each, during which the hand rests."""
    recording = strokes(["left", "up", "right"], seed=seed)
    countdowns = [
        Take(take.start_s - 0.05 - COUNTDOWN_S, take.start_s - 0.05, "ignore", "both")
        for take in recording.takes
    ]
    return replace(recording, takes=tuple(sorted([*recording.takes, *countdowns])))


def gestures(recording: Recording) -> list[Take]:
    return [take for take in recording.takes if take.label != "ignore"]


def path(recording: Recording, take: Take) -> np.ndarray:
    inside = (recording.times_s >= take.start_s - 1e-6) & (recording.times_s < take.end_s - 1e-6)
    return recording.landmarks[inside]


@given(st.integers(0, 1000))
def test_waits_become_shorter_and_gestures_stay_whole(seed: int) -> None:
    recording = counted_down(seed)
    shorter = shorten_waits(recording, np.random.default_rng(seed))
    assert all(take.end_s - take.start_s > 1e-3 for take in shorter.takes)
    assert np.all(np.diff(shorter.times_s) > 0)
    assert shorter.duration_s <= recording.duration_s
    assert len(gestures(shorter)) == len(gestures(recording))
    for before, after in zip(gestures(recording), gestures(shorter), strict=True):
        assert after.start_s <= before.start_s
        np.testing.assert_allclose(after.end_s - after.start_s, before.end_s - before.start_s)
        np.testing.assert_array_equal(path(shorter, after), path(recording, before))


def test_half_of_the_waits_lose_three_quarters_or_more() -> None:
    recording = counted_down()
    wait_s = 0.3 + COUNTDOWN_S - 0.05
    lost_s = [
        recording.duration_s - shorten_waits(recording, np.random.default_rng(seed)).duration_s
        for seed in range(200)
    ]
    assert 0.6 < np.mean(lost_s) / (3 * wait_s) < 0.75  # 1 - u^2 is 2/3 on average


def test_who_did_not_wait_is_left_alone() -> None:
    recording, rng = strokes(["left", "up"]), np.random.default_rng(0)
    assert shorten_waits(recording, rng) is recording
    assert rng.random() == np.random.default_rng(0).random()


def test_a_hand_that_wandered_keeps_its_wait() -> None:
    recording = counted_down()
    landmarks = recording.landmarks.copy()
    for take in gestures(recording):
        landmarks[recording.times_s < take.start_s - 0.4] += (0.2, 0.0, 0.0)
    wandered = replace(recording, landmarks=landmarks.astype(np.float32))
    assert shorten_waits(wandered, np.random.default_rng(0)).duration_s == wandered.duration_s
