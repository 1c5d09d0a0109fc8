"""The recurrent networks. The only importer of Keras besides `train` and `export`.

A network is one straight chain: normalise -> dense -> recurrent layers -> softmax. `build_network` makes it over
sequences for training; `step_network` makes the same layers over a single tick, with a state as an input and an
output, which is what runs live. In the streaming form the state is the recurrent one, and a tick costs one step; in
the window form it is the last rows, over which the whole network runs again at every tick.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
# One tick of these networks is too little work to share: with a thread per core an epoch takes three times as long
# as soon as anything else runs on the machine.
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")

import numpy as np
from numpy.typing import NDArray

from gesture.errors import ModelError
from gesture.quiet import quiet_native
from gesture.types import Array

with quiet_native():
    import keras as keras  # passed on to `train` and `export`, which would otherwise import it aloud

    keras.ops.zeros(1)  # TensorFlow looks for a GPU at its first operation, and complains when there is none

Cell = Literal["gru", "lstm", "rnn"]

KERAS_FILE = "model.keras"
OUTPUT = "probabilities"
"""The name of the last layer."""

_CLIP = 5.0
"""Normalised features are cut off at five standard deviations: a tracker's outlier must not own the state."""
_DROPOUT = 0.2


def build_network(
    num_features: int,
    num_classes: int,
    *,
    cell: Cell,
    units: int,
    layers: int,
    mean: NDArray[Any],
    variance: NDArray[Any],
    window: int | None = None,
) -> keras.Model:
    """The network over sequences.

    Args:
        num_features: F, the width of a stream.
        num_classes: C, background included.
        cell: "gru", "lstm" or "rnn" (Elman's).
        units: of the dense and of each recurrent layer.
        layers: how many recurrent layers, one upon the other.
        mean, variance: (F,) of the training features; part of the network, so that nobody normalises twice.
        window: W, the ticks that the window form looks at; None for the streaming form.

    Returns:
        A model from float32 (batch, T, F) to probabilities (batch, T, C), causal in T. In the window form from
        (batch, W, F) to (batch, C), the layers running both ways and their peak over time deciding: what needs the
        whole, and published as better than the mean.

    Example:
        >>> build_network(10, 3, cell="gru", units=8, layers=1, mean=np.zeros(10), variance=np.ones(10)).output_shape
        (None, None, 3)
    """
    inputs = keras.Input((window, num_features))  # (B, T, F)
    scale = 1.0 / (_CLIP * np.sqrt(variance))
    x = keras.layers.Rescaling(scale.tolist(), (-mean * scale).tolist(), name="normalise")(inputs)
    x = keras.layers.Activation("hard_tanh", name="cut_off")(x)
    x = keras.layers.Rescaling(_CLIP, name="rescale")(x)
    x = keras.layers.Dense(units, activation="relu", name="dense")(x)
    x = keras.layers.Dropout(_DROPOUT, name="dropout")(x)
    for index in range(layers):
        layer = _recurrent(cell, units, f"{cell}_{index}")
        x = layer(x) if window is None else _both_ways(layer)(x)  # (B, T, units), or twice as wide
    if window is not None:
        x = keras.layers.GlobalMaxPooling1D(name="peak")(x)
    outputs = keras.layers.Dense(num_classes, activation="softmax", name=OUTPUT)(x)
    return keras.Model(inputs, outputs, name=f"{cell}_{units}x{layers}")


def _recurrent(cell: Cell, units: int, name: str) -> Any:
    # use_cudnn=False: the plain kernels compile with XLA and export without custom operators.
    if cell == "gru":
        return keras.layers.GRU(units, return_sequences=True, use_cudnn=False, name=name)
    if cell == "lstm":
        return keras.layers.LSTM(units, return_sequences=True, use_cudnn=False, name=name)
    return keras.layers.SimpleRNN(units, return_sequences=True, name=name)


def _both_ways(layer: Any) -> Any:
    return keras.layers.Bidirectional(layer, name=f"{layer.name}_both_ways")


def window_of(network: keras.Model) -> int | None:
    """The `window` that a network was built with: W, or None for the streaming form."""
    num_ticks: int | None = network.input_shape[1]
    return num_ticks


def run_network(network: keras.Model, rows: Array) -> Array:
    """What a network says at every tick of one or more streams.

    Args:
        network: from `build_network`.
        rows: float32 (..., T, F), streams from their starts; before them the window form sees zeros.

    Returns:
        Probabilities (..., T, C). A tick's do not depend on those that follow.
    """
    window = window_of(network)
    batch = rows.reshape(-1, *rows.shape[-2:])
    if window is not None:
        padded = np.pad(batch, ((0, 0), (window - 1, 0), (0, 0)))
        seen = np.lib.stride_tricks.sliding_window_view(padded, window, axis=1)  # (N, T, F, W)
        batch = seen.swapaxes(2, 3).reshape(-1, window, rows.shape[-1])
    said: Array = np.asarray(network(batch, training=False)).reshape(*rows.shape[:-1], -1)
    return said


def normalisation_of(network: keras.Model) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The `mean` and `variance` that a network was built with, (F,) each."""
    layer = network.get_layer("normalise")
    scale, offset = np.asarray(layer.scale, np.float64), np.asarray(layer.offset, np.float64)
    return -offset / scale, 1.0 / (_CLIP * scale) ** 2


def load_network(path: str | Path) -> keras.Model:
    """The Keras network of a model's folder, over sequences.

    Raises:
        ModelError: there is none, or it cannot be read.
    """
    file = Path(path) / KERAS_FILE
    if not file.is_file():
        raise ModelError(
            f"{file}: not there. Expected the Keras network; train the model again with 'gesture train'."
        )
    try:
        return keras.models.load_model(file, safe_mode=True)
    except (ValueError, TypeError, KeyError, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError(
            f"{file}: damaged ({reason}). Train the model again with 'gesture train'."
        ) from error


def step_network(network: keras.Model) -> keras.Model:
    """The same layers over one tick, the state carried from call to call.

    Args:
        network: from `build_network`; its weights are shared, not copied.

    Returns:
        A model from `features` (1, F) and `state` (1, S) to `probabilities` (1, C), `state` (1, S) and
        `embedding` (1, E), what the last layer decides on. S is the sum of all recurrent layers' states; in the
        window form W x F, the last rows, oldest first. Zeros start a stream.
    """
    return _recurrent_step(network) if window_of(network) is None else _window_step(network)


def _window_step(network: keras.Model) -> keras.Model:
    _, window, num_features = network.input_shape
    features = keras.Input(batch_shape=(1, num_features), name="features")
    state = keras.Input(batch_shape=(1, window * num_features), name="state")
    rows = keras.ops.concatenate([state[:, num_features:], features], axis=-1)
    x = keras.ops.reshape(rows, (1, window, num_features))
    for layer in network.layers[1:]:
        embedding, x = x, layer(x)
    outputs = {"probabilities": x, "state": rows, "embedding": embedding}
    return keras.Model({"features": features, "state": state}, outputs, name=f"{network.name}_step")


def _recurrent_step(network: keras.Model) -> keras.Model:
    sizes = [size for layer in _recurrent_layers(network) for size in _state_sizes(layer)]
    features = keras.Input(batch_shape=(1, network.input_shape[-1]), name="features")
    state = keras.Input(batch_shape=(1, sum(sizes)), name="state")
    states = keras.ops.split(state, np.cumsum(sizes)[:-1].tolist(), axis=-1) if len(sizes) > 1 else [state]
    x, after = features, []
    for layer in network.layers[1:]:
        if isinstance(layer, keras.layers.RNN):
            num_states = len(_state_sizes(layer))
            layer.cell.name = f"{layer.name}_cell"  # Keras gives every cell of a kind one name
            x, now = layer.cell(x, states[:num_states])
            states = states[num_states:]
            after += now
            embedding = x
        else:
            x = layer(x)
    outputs = {"probabilities": x, "state": keras.ops.concatenate(after, axis=-1), "embedding": embedding}
    return keras.Model({"features": features, "state": state}, outputs, name=f"{network.name}_step")


def _recurrent_layers(network: keras.Model) -> list[Any]:
    return [layer for layer in network.layers if isinstance(layer, keras.layers.RNN)]


def _state_sizes(layer: Any) -> list[int]:
    size = layer.cell.state_size
    return [size] if isinstance(size, int) else list(size)
