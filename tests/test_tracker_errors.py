"""Errors like a tracker's own: on numbers that were measured on rendered hands."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gesture.streams import streams
from gesture.training.dataset import RATE_HZ
from gesture.training.tracker_errors import tracked
from gesture.types import Recording
from gesture.virtual import make_scene
from gesture.virtual.batch import make_batch

SIZE = (640, 480)


@pytest.fixture(scope="module")
def people() -> list[Recording]:
    return [make_scene(seed=at, person=at).recording(20.0, f"virtual{at:03d}") for at in range(8)]


@pytest.fixture(scope="module")
def true(people: list[Recording]) -> Recording:
    return people[5]


def errors(true: Recording, columns: slice, amount: float = 1.0) -> np.ndarray:
    landmarks = tracked(true.landmarks, true.times_s, SIZE, np.random.default_rng(0), amount)
    rows = [
        np.concatenate([stream.features for stream in streams(recording, "one", RATE_HZ)])[:, columns]
        for recording in (true, replace(true, landmarks=landmarks))
    ]
    return np.abs(rows[1] - rows[0])


@pytest.mark.parametrize(
    ("columns", "median"),
    [(slice(0, 60), 0.069), (slice(60, 66), 0.073), (slice(77, 79), 0.118), (slice(104, 119), 0.04)],
)
def test_the_errors_are_about_as_large_as_the_trackers(
    people: list[Recording], columns: slice, median: float
) -> None:
    """Medians over eight rendered people: shape, orientation, velocity, fingertips' motion."""
    found = [np.median(errors(person, columns)) for person in people]
    assert np.median(found) == pytest.approx(median, rel=0.4)


def test_less_of_them_is_less(true: Recording) -> None:
    small, large = (np.median(errors(true, slice(60, 66), amount)) for amount in (0.3, 1.0))
    assert small < 0.6 * large


def test_an_absent_hand_stays_absent_and_the_same_seed_gives_the_same(true: Recording) -> None:
    one, other = (tracked(true.landmarks, true.times_s, SIZE, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(np.isnan(one), np.isnan(true.landmarks))
    np.testing.assert_array_equal(one, other)
    assert one.dtype == np.float32


def test_depth_is_counted_from_the_wrist(true: Recording) -> None:
    found = tracked(true.landmarks, true.times_s, SIZE, np.random.default_rng(1))
    wrist_depths = found[:, :, 0, 2]
    assert np.nanmax(np.abs(wrist_depths)) < 1e-6


def test_hands_of_many_people_have_errors_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("DEPTH_SPREAD", 1.0), ("TILT_DEG", 0.0), ("FINGER", (0.0, 0.0, 0.0))):
        monkeypatch.setattr(f"gesture.training.tracker_errors.{name}", value)
    batch = make_batch(["push"] * 40, seed=1, num_ticks=50)
    true, times_s = batch.landmarks.swapaxes(0, 1), np.arange(50) / batch.rate_hz
    spreads = []
    for of_one_person in (True, False):
        found = tracked(true, times_s, SIZE, np.random.default_rng(0), of_one_person=of_one_person)
        depths = [np.ptp(points[..., 2], axis=2) for points in (found, true)]  # (50, 40)
        spreads.append(np.std(np.log(np.nanmean(depths[0] / depths[1], axis=0))))
    assert spreads[1] > 3 * spreads[0]


def test_each_hand_can_have_more_or_less_of_them() -> None:
    batch = make_batch(["grab"] * 20, seed=2, num_ticks=40)
    true, times_s = batch.landmarks.swapaxes(0, 1), np.arange(40) / batch.rate_hz
    amounts = np.repeat([0.0, 1.0], 10)
    found = tracked(true, times_s, SIZE, np.random.default_rng(0), amounts, of_one_person=False)
    off = np.nanmax(np.abs(found - true)[..., :2], axis=(0, 2, 3))
    assert off[:10].max() < 1e-5
    assert off[10:].min() > 1e-3
