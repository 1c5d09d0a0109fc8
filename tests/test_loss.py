"""The loss where one label is right and where two are."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("tensorflow")

from gesture.training.loss import accuracy, partial_loss

SAID = np.array([[0.5, 0.1, 0.4], [0.2, 0.7, 0.1], [0.1, 0.2, 0.7]], np.float32)


def test_with_one_right_label_it_is_the_cross_entropy() -> None:
    np.testing.assert_allclose(partial_loss(np.array([0, 1, 1]), SAID), -np.log([0.5, 0.7, 0.2]), rtol=1e-6)


def test_at_an_edge_background_and_the_label_count_together_and_others_cost() -> None:
    np.testing.assert_allclose(partial_loss(~np.array([2, 2, 1]), SAID), -np.log([0.9, 0.3, 0.3]), rtol=1e-6)


def test_what_is_surely_wrong_costs_much_but_not_infinitely() -> None:
    assert 10 < float(partial_loss(np.array([1]), np.array([[1.0, 0.0]], np.float32))[0]) < 20


def test_targets_may_have_an_axis_of_one_as_keras_gives_them() -> None:
    flat = partial_loss(np.array([[0, ~1, 2]]), SAID[None])
    np.testing.assert_array_equal(partial_loss(np.array([[[0], [~1], [2]]]), SAID[None]), flat)


def test_accuracy_accepts_both_at_an_edge() -> None:
    assert np.asarray(accuracy(np.array([0, 0, 0]), SAID)).tolist() == [1, 0, 0]
    assert np.asarray(accuracy(~np.array([1, 1, 1]), SAID)).tolist() == [1, 1, 0]
