"""Labelled points -> the weights of a softmax with a rest: logistic regression, in NumPy and within a second.

The rest is what must stay quiet, and there is plenty of it: its spread says which directions mean nothing. Points are
whitened by it first, so that one take is judged by how unusual it is, and so that few steps are enough.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gesture.head import softmax_with_rest
from gesture.types import Array

SHRINKAGE = 1e-3
"""How much the squared weights cost, beside a mean loss: few takes must not make a head sure of itself."""
RIDGE = 0.5
"""Added to the rest's covariance, in mean variances: directions in which the rest never moved count for little."""
_STEPS = 100
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
    centre = points[classes == 0].mean(axis=0)
    whiten = whitening(points[classes == 0] - centre)
    inputs = np.concatenate([(points - centre) @ whiten, np.ones((len(points), 1), np.float32)], axis=1)
    counts = np.maximum(np.bincount(classes, minlength=num_classes + 1), 1)
    shares = (counts**-0.5)[classes]
    shares = (shares / shares.sum()).astype(np.float32)[:, None]
    truth = np.eye(num_classes + 1, dtype=np.float32)[classes][:, 1:]
    found = _descend(inputs, truth, shares)
    weights = found[:, :-1] @ whiten.T
    return Separation(weights, found[:, -1] - weights @ centre)


def whitening(points: Array) -> Array:
    """(N, D), centred -> (D, D): points times this have about unit covariance."""
    covariance = points.T @ points / np.float32(len(points))
    ridge = RIDGE * float(np.trace(covariance)) / len(covariance) + 1e-6
    root = np.linalg.cholesky(covariance + np.float32(ridge) * np.eye(len(covariance), dtype=np.float32))
    inverse: Array = np.linalg.inv(root).T.astype(np.float32)
    return inverse


def _descend(inputs: Array, truth: Array, shares: Array) -> Array:
    """(J, D + 1): the least weighted loss, by Nesterov's accelerated gradient."""
    cost = np.full(inputs.shape[1], SHRINKAGE, np.float32)
    cost[-1] = 0  # the bias is free
    step = np.float32(1 / (0.5 * _largest_eigenvalue(inputs, shares) + SHRINKAGE))
    found: Array = np.zeros((truth.shape[1], inputs.shape[1]), np.float32)
    ahead = found
    pace = 1.0
    for _ in range(_STEPS):
        surplus = (softmax_with_rest(inputs @ ahead.T) - truth) * shares
        moved = (ahead - step * (surplus.T @ inputs + ahead * cost)).astype(np.float32)
        faster = (1 + np.sqrt(1 + 4 * pace**2)) / 2
        ahead = (moved + np.float32((pace - 1) / faster) * (moved - found)).astype(np.float32)
        found, pace = moved, faster
    return found


def _largest_eigenvalue(inputs: Array, shares: Array) -> float:
    """Of the weighted inputs' second moments, by power iteration: what bounds the loss's curvature."""
    direction, length = np.ones((inputs.shape[1], 1), np.float32), 1.0
    for _ in range(_POWER_STEPS):
        image = inputs.T @ (shares * (inputs @ direction))
        length = float(np.linalg.norm(image)) or 1.0
        direction = image / np.float32(length)
    return length
