"""Thresholds from held-out recordings: what each label can afford."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gesture.training.calibration import LEVELS, best_levels

NUM_LEVELS = len(LEVELS)


def column(*values: int) -> np.ndarray:
    return np.array(values)[:, None]


def test_a_label_without_false_onsets_takes_the_middle_of_what_keeps_its_takes() -> None:
    assert best_levels(column(9, 9, 9, 9, 9, 4), column(0, 0, 0, 0, 0, 0), 0) == [2]


def test_a_level_that_is_false_often_is_left() -> None:
    assert best_levels(column(10, 10, 9, 2), column(8, 3, 0, 0), 0) == [2]


def test_a_false_onset_costs_more_where_fewer_are_allowed() -> None:
    right, false = column(10, 7), column(2, 0)
    assert best_levels(right, false, num_allowed=2) == [0]
    assert best_levels(right, false, num_allowed=1) == [1]


def test_labels_are_chosen_one_by_one() -> None:
    right, false = np.array([[5, 9], [5, 9], [1, 9]]), np.array([[0, 6], [0, 6], [0, 0]])
    assert best_levels(right, false, num_allowed=1) == [1, 2]


def test_a_label_is_not_shut_out_for_one_false_onset() -> None:
    assert best_levels(column(9, 9, 2), column(1, 1, 0), num_allowed=0) == [1]


@given(arrays.arrays(np.int64, (2, NUM_LEVELS, 3), elements=st.integers(0, 30)), st.integers(0, 20))
def test_fewer_false_onsets_allowed_never_give_more(counts: np.ndarray, num_allowed: int) -> None:
    counts = -np.sort(-counts, axis=1)  # a higher threshold never fires more often
    strict, lax = (best_levels(*counts, allowed) for allowed in (num_allowed, 2 * num_allowed))
    num_false = [
        sum(counts[1, level, label] for label, level in enumerate(chosen)) for chosen in (strict, lax)
    ]
    assert num_false[0] <= num_false[1] or num_false[0] <= num_allowed


def test_no_level_is_below_a_half() -> None:
    assert min(LEVELS) >= 0.5
    assert list(LEVELS) == sorted(LEVELS)
    assert pytest.approx(1.0, abs=0.02) == max(LEVELS)
