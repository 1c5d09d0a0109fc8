"""Labelled points -> the weights of a softmax with a rest: logistic regression, in NumPy and within a second."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gesture.head import softmax_with_rest
from gesture.types import Array

SHRINKAGE = 1e-3
"""How much the squared weights cost, beside a mean loss: few takes must not make a head sure of itself."""
_STEPS = 60
_POWER_STEPS = 8


class Separation(NamedTuple):
    """Scores of J classes beside a rest of score 0: weights (J, D), bias (J,)."""

    weights: Array
    bias: Array


def separate(points: Array, classes: NDArray[np.int64], num_classes: int) -> Separation:
    """Fit the classes against the rest and each other.

    Points count by their class's frequency to the power -0.5, as in training. Nesterov's accelerated gradient from
    zero, always the same number of steps: the same points give the same weights.

    Args:
        points: float32 (N, D), standardised.
        classes: (N,), 0 for the rest, 1 to J for the classes.
        num_classes: J.

    Example:
        >>> points = np.array([[0.0], [0.1], [2.0], [2.1]], np.float32)
        >>> separate(points, np.array([0, 0, 1, 1]), 1).weights[0, 0] > 0
        True
    """
    inputs = np.concatenate([points, np.ones((len(points), 1), np.float32)], axis=1)  # (N, D + 1)
    counts = np.maximum(np.bincount(classes, minlength=num_classes + 1), 1)
    shares = (counts**-0.5)[classes]
    shares = (shares / shares.sum()).astype(np.float32)[:, None]
    truth = np.eye(num_classes + 1, dtype=np.float32)[classes][:, 1:]
    cost = np.full(inputs.shape[1], SHRINKAGE, np.float32)
    cost[-1] = 0  # the bias is free
    step = 1 / (0.5 * _largest_eigenvalue(inputs, shares) + SHRINKAGE)
    found = ahead = np.zeros((num_classes, inputs.shape[1]), np.float32)
    pace = 1.0
    for _ in range(_STEPS):
        surplus = (softmax_with_rest(inputs @ ahead.T) - truth) * shares
        moved = ahead - np.float32(step) * (surplus.T @ inputs + ahead * cost)
        faster = (1 + np.sqrt(1 + 4 * pace**2)) / 2
        ahead = moved + np.float32((pace - 1) / faster) * (moved - found)
        found, pace = moved, faster
    return Separation(found[:, :-1].copy(), found[:, -1].copy())


def _largest_eigenvalue(inputs: Array, shares: Array) -> float:
    """Of the weighted inputs' second moments, by power iteration: what bounds the loss's curvature."""
    direction, length = np.ones((inputs.shape[1], 1), np.float32), 1.0
    for _ in range(_POWER_STEPS):
        image = inputs.T @ (shares * (inputs @ direction))
        length = float(np.linalg.norm(image)) or 1.0
        direction = image / np.float32(length)
    return length
