"""Takes put between other movements: the take as it was, smooth ways around it, nothing where nothing can be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import recording_of, strokes

from gesture.streams import streams
from gesture.training.dataset import RATE_HZ
from gesture.training.splicing import spliced_takes
from gesture.types import Recording, Take


def frames_of(recording: Recording, take: Take) -> np.ndarray:
    """(T, 21, 3) of the right hand during a take, both ends a little less."""
    inside = (recording.times_s > take.start_s + 0.001) & (recording.times_s < take.end_s - 0.001)
    return recording.landmarks[inside, 1]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000))
def test_the_takes_are_what_they_were(seed: int) -> None:
    recording = strokes(["left", "right", "up"])
    spliced = spliced_takes(recording, np.random.default_rng(seed))
    assert spliced is not None
    assert [(take.label, take.hand) for take in spliced.takes] == [
        (take.label, take.hand) for take in recording.takes
    ]
    for was, now in zip(recording.takes, spliced.takes, strict=True):
        before, after = frames_of(recording, was), frames_of(spliced, now)
        assert abs(len(before) - len(after)) <= 1
        shared = min(len(before), len(after))
        offsets = [
            np.abs(before[:shared] - after[:shared]).max(),
            np.abs(before[-shared:] - after[-shared:]).max(),
        ]
        assert min(offsets) == 0
    assert (np.diff(spliced.times_s) > 0).all()


def test_the_ways_there_and_back_are_smooth() -> None:
    recording = strokes(["left", "right", "up"])
    for seed in range(10):
        spliced = spliced_takes(recording, np.random.default_rng(seed))
        assert spliced is not None
        is_next = np.diff(spliced.times_s) < 0.1
        steps = np.abs(np.diff(spliced.landmarks[:, 1, 0, :2], axis=0)).max(axis=-1)[is_next]
        fastest = np.abs(np.diff(recording.landmarks[:, 1, 0, :2], axis=0)).max()
        assert steps.max() < 2 * fastest


def test_each_take_is_a_track_of_its_own() -> None:
    recording = strokes(["left", "right", "up"])
    spliced = spliced_takes(recording, np.random.default_rng(0))
    assert spliced is not None
    assert len(streams(spliced, "one", RATE_HZ)) == 3


def test_the_other_hand_is_not_there() -> None:
    recording = strokes(["left", "right"])
    landmarks = recording.landmarks.copy()
    landmarks[:, 0] = landmarks[:, 1]
    spliced = spliced_takes(replace(recording, landmarks=landmarks), np.random.default_rng(0))
    assert spliced is not None
    assert np.isnan(spliced.landmarks[:, 0]).all()
    assert not np.isnan(spliced.landmarks[:, 1]).any()


@pytest.mark.parametrize(
    "takes",
    [(), (Take(0.0, 10.0, "wave", "right"),), (Take(1.0, 2.0, "wave", "left"),)],
    ids=["none", "all", "unseen"],
)
def test_nothing_is_spliced_where_nothing_can_be(takes: tuple[Take, ...]) -> None:
    still = recording_of({1: np.full((300, 2), 0.5)}, takes=takes)
    assert spliced_takes(still, np.random.default_rng(0)) is None


def test_a_recording_of_one_frame_gives_nothing() -> None:
    recording = strokes(["left"])
    assert spliced_takes(recording.select(np.arange(1)), np.random.default_rng(0)) is None
