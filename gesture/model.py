"""The recurrent networks. The only importer of Keras besides `train` and `export`.

A network is one straight chain: normalise -> dense -> recurrent layers -> softmax. `build_network` makes it over
sequences for training; `step_network` makes the same layers over a single tick, with the recurrent state as an
input and an output, which is what runs live at the cost of one step a frame.
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
) -> keras.Model:
    """The network over sequences.

    Args:
        num_features: F, the width of a stream.
        num_classes: C, background included.
        cell: "gru", "lstm" or "rnn" (Elman's).
        units: of the dense and of each recurrent layer.
        layers: how many recurrent layers, one upon the other.
        mean, variance: (F,) of the training features; part of the network, so that nobody normalises twice.

    Returns:
        A model from float32 (batch, T, F) to probabilities (batch, T, C), causal in T.

    Example:
        >>> build_network(10, 3, cell="gru", units=8, layers=1, mean=np.zeros(10), variance=np.ones(10)).output_shape
        (None, None, 3)
    """
    inputs = keras.Input((None, num_features))  # (B, T, F)
    scale = 1.0 / (_CLIP * np.sqrt(variance))
    x = keras.layers.Rescaling(scale.tolist(), (-mean * scale).tolist(), name="normalise")(inputs)
    x = keras.layers.Activation("hard_tanh", name="cut_off")(x)
    x = keras.layers.Rescaling(_CLIP, name="rescale")(x)
    x = keras.layers.Dense(units, activation="relu", name="dense")(x)
    x = keras.layers.Dropout(_DROPOUT, name="dropout")(x)
    for index in range(layers):
        x = _recurrent(cell, units, f"{cell}_{index}")(x)  # (B, T, units)
    outputs = keras.layers.Dense(num_classes, activation="softmax", name=OUTPUT)(x)
    return keras.Model(inputs, outputs, name=f"{cell}_{units}x{layers}")


def _recurrent(cell: Cell, units: int, name: str) -> Any:
    # use_cudnn=False: the plain kernels compile with XLA and export without custom operators.
    if cell == "gru":
        return keras.layers.GRU(units, return_sequences=True, use_cudnn=False, name=name)
    if cell == "lstm":
        return keras.layers.LSTM(units, return_sequences=True, use_cudnn=False, name=name)
    return keras.layers.SimpleRNN(units, return_sequences=True, name=name)


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
    """The same layers over one tick, the recurrent state carried from call to call.

    Args:
        network: from `build_network`; its weights are shared, not copied.

    Returns:
        A model from `features` (1, F) and `state` (1, S) to `probabilities` (1, C), `state` (1, S) and
        `embedding` (1, units). S is the sum of all layers' states; zeros start a stream.
    """
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
