"""Gestures that nobody recorded: hands do something, and it is none of what was recorded."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import open_hand, recording_of, strokes

from gesture.training.unknowns import Unknowns
from gesture.types import BACKGROUND, IGNORE, NUM_HANDS, Recording, Take

RATE_HZ, SLOT = 30.0, 1
POSES = {"two": [1, 0, 0, 1, 1], "four": [1, 0, 0, 0, 0], BACKGROUND: [0.5] * 5}
"""How far each finger is bent, thumb first."""


def bent(curls: list[float]) -> np.ndarray:
    """(21, 3): the open hand with its fingers drawn in."""
    hand = open_hand()
    for finger, curl in enumerate(curls):
        joints = slice(2 + 4 * finger, 5 + 4 * finger)
        base = hand[1 + 4 * finger]
        hand[joints] = base + (1 - 0.9 * curl) * (hand[joints] - base)
    return hand


def poses(labels: list[str]) -> Recording:
    """A still hand that shows poses for half a second, loose for two seconds between them."""
    shown = [pose for label in labels for pose in [BACKGROUND] * 60 + [label] * 15] + [BACKGROUND] * 60
    starts_s = [(60 + 75 * index) / RATE_HZ for index in range(len(labels))]
    recording = recording_of(
        {SLOT: np.full((len(shown), 2), 0.5)},
        rate_hz=RATE_HZ,
        takes=tuple(
            Take(start_s, start_s + 0.5, label, "right")
            for start_s, label in zip(starts_s, labels, strict=True)
        ),
    )
    landmarks = np.full((len(shown), NUM_HANDS, 21, 3), np.nan, np.float32)
    landmarks[:, SLOT] = np.stack([bent(POSES[pose]) for pose in shown]) * 0.12 + [0.5, 0.5, 0]
    return replace(recording, landmarks=landmarks)


def curls(recording: Recording) -> np.ndarray:
    """(T, 5): how far each finger is bent."""
    hands = recording.landmarks[:, SLOT]
    hands = hands[~np.isnan(hands[:, 0, 0])]
    length = np.linalg.norm(open_hand()[4::4] - open_hand()[1::4], axis=-1)
    found = np.linalg.norm(hands[:, 4::4] - hands[:, 1::4], axis=-1) / 0.12
    return (1 - found / length) / 0.9


def frames_like(recording: Recording, pose: list[float]) -> int:
    return int((np.abs(curls(recording) - pose) < 0.1).all(axis=1).sum())


def drawn(recording: Recording, seed: int) -> list[Recording]:
    return list(Unknowns([recording]).draw(np.random.default_rng(seed), [0]))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_a_drawn_gesture_is_none_of_the_recorded(seed: int) -> None:
    for recording in drawn(poses(["two", "four"] * 4), seed):
        assert recording.takes == ()
        assert not any(frames_like(recording, POSES[label]) > 3 for label in ("two", "four"))


def test_fingers_of_one_meet_those_of_another() -> None:
    mixed = [[1, 0, 0, 0, 1], [1, 0, 0, 1, 0]]
    found = [recording for seed in range(20) for recording in drawn(poses(["two", "four"] * 4), seed)]
    assert all(sum(frames_like(recording, pose) for recording in found) >= 15 for pose in mixed)


def test_strokes_go_where_none_went() -> None:
    """Of strokes to the left alone come others to the right, up and down; the hand comes back to the middle."""
    found = [recording for seed in range(10) for recording in drawn(strokes(["left"] * 6), seed)]
    wrists = np.concatenate([recording.landmarks[:, SLOT, 0, :2] for recording in found])
    assert np.nanmin(wrists[:, 0]) < 0.35
    assert np.nanmin(wrists[:, 1]) < 0.35
    assert np.nanmax(wrists[:, 1]) > 0.65


def test_the_same_seed_draws_the_same() -> None:
    one, other = (drawn(poses(["two", "four"] * 3), seed=3) for _ in range(2))
    for here, there in zip(one, other, strict=True):
        np.testing.assert_array_equal(here.landmarks, there.landmarks)


@pytest.mark.parametrize("labels", [[], ["two"], ["two"] * 5])
def test_one_pose_alone_has_no_fingers_to_change_for(labels: list[str]) -> None:
    assert drawn(poses(labels), seed=0) == []


def test_what_is_ignored_or_made_with_both_hands_is_left_alone() -> None:
    recording = poses(["two", "four"] * 2)
    for change in ({"label": IGNORE}, {"hand": "both"}):
        takes = tuple(replace(take, **change) for take in recording.takes)
        assert drawn(replace(recording, takes=takes), seed=0) == []
