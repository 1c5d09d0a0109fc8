"""A trained Keras network -> the LiteRT file that runs live, checked against Keras on real rows."""

from __future__ import annotations

import io
import tempfile
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np

from gesture.errors import ModelError
from gesture.model import keras, step_network
from gesture.quiet import quiet_native
from gesture.runtime import GestureModel
from gesture.types import Array

MAX_DIFFERENCE = 1e-4
"""Between Keras and LiteRT, in probability. Builtin operators give about 1e-7; more is a broken conversion."""


def to_litert(network: keras.Model) -> bytes:
    """One tick of a network as a LiteRT file.

    Args:
        network: from `gesture.model.build_network`.

    Returns:
        The bytes of `model.tflite`, builtin operators only.
    """
    # The converter talks to stdout, which belongs to results, and to stderr.
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(io.StringIO()), quiet_native():
        path = Path(folder) / "model.tflite"
        # Built with batch_size=1: with a dynamic batch the export succeeds and then fails to run.
        step_network(network).export(str(path), format="litert", verbose=False)
        return path.read_bytes()


def largest_difference(network: keras.Model, model: GestureModel, rows: Array) -> float:
    """How far the exported network is from Keras on the same input.

    Args:
        network: the Keras network over sequences.
        model: the exported one, stepped tick by tick.
        rows: float32 (N, T, F), real features.

    Returns:
        The largest absolute difference of any probability.
    """
    expected = np.asarray(network(rows, training=False))  # (N, T, C)
    worst = 0.0
    for sequence, truth in zip(rows, expected, strict=True):
        state = model.initial_state
        for row, probabilities in zip(sequence, truth, strict=True):
            ours, state = model.step(row, state)
            worst = max(worst, float(np.abs(ours - probabilities).max()))
    return worst


def check_parity(network: keras.Model, model: GestureModel, rows: Array) -> float:
    """`largest_difference`, refused above `MAX_DIFFERENCE`.

    Raises:
        ModelError: if the exported network does not compute what Keras does.
    """
    difference = largest_difference(network, model, rows)
    if not difference <= MAX_DIFFERENCE:
        raise ModelError(
            f"the exported network differs from Keras by {difference:.1e}. Expected at most {MAX_DIFFERENCE:.0e}; "
            "please report this with the output of 'pip freeze'."
        )
    return difference
