"""Does an exported network compute what Keras does? Asked of every export, on rows that the features gave."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from gesture.errors import ModelError
from gesture.model import keras, run_network
from gesture.types import Array

MAX_DIFFERENCE = 1e-4
"""In probability. The same arithmetic in another order gives about 1e-7; more is a broken conversion."""

Run = Callable[[Array], Array]
"""A network over one sequence: float32 (T, F) to probabilities (T, C)."""
Step = Callable[[Array, Array], tuple[Array, Array]]
"""One tick: (F,) and the state to probabilities (C,) and the new state."""


def stepped(step: Step, initial_state: Array) -> Run:
    """A network of one tick, run over a sequence.

    Example:
        >>> stepped(model.step, model.initial_state)(rows).shape
        (100, 12)
    """

    def run(rows: Array) -> Array:
        state, outputs = initial_state, []
        for row in rows:
            probabilities, state = step(row, state)
            outputs.append(probabilities)
        return np.stack(outputs)

    return run


def check_parity(network: keras.Model, run: Run, sequences: Sequence[Array]) -> float:
    """How far an exported network is from Keras on the same input.

    Args:
        network: the Keras network over sequences.
        run: the exported one.
        sequences: float32 (T, F) each, real features; of any lengths.

    Returns:
        The largest absolute difference of any probability.

    Raises:
        ModelError: if it is above `MAX_DIFFERENCE`: the export does not compute what Keras does.
    """
    expected = run_network(network, _padded(sequences))  # at once: Keras takes as long for one as for all
    differences = [
        np.abs(run(rows) - said[: len(rows)]).max() for rows, said in zip(sequences, expected, strict=True)
    ]
    difference = float(np.max(differences))
    if not difference <= MAX_DIFFERENCE:
        raise ModelError(
            f"the exported network differs from Keras by {difference:.1e}. Expected at most {MAX_DIFFERENCE:.0e}; "
            "please report this with the output of 'pip freeze'."
        )
    return difference


def _padded(sequences: Sequence[Array]) -> Array:
    """(N, T, F): all of them as long as the longest, with zeros behind, which no tick before them sees."""
    num_ticks = max(map(len, sequences))
    return np.stack([np.pad(rows, ((0, num_ticks - len(rows)), (0, 0))) for rows in sequences])
