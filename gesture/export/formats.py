"""Each format: how a network is written to a folder, and how it is read back and run over a sequence."""

from __future__ import annotations

import importlib
import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from gesture.errors import ModelError
from gesture.export.litert import to_litert
from gesture.export.parity import Run, stepped
from gesture.model import keras, run_network, step_network
from gesture.quiet import quiet_native
from gesture.types import Array

Format = Literal["litert", "onnx", "tf_saved_model", "keras"]
FORMATS: tuple[Format, ...] = get_args(Format)


def write_format(network: keras.Model, form: Format, folder: Path) -> None:
    """Write a network.

    Args:
        network: over sequences. All formats but "keras" hold one tick of it, the state carried by the caller.
        form: which format.
        folder: exists.

    Raises:
        ModelError: if "onnx" is asked for and its packages are not installed.
    """
    if form == "litert":
        (folder / "model.tflite").write_bytes(to_litert(network))
    elif form == "keras":
        network.save(folder / "model.keras")
    elif form == "tf_saved_model":
        with _quiet():
            step_network(network).export(str(folder), format="tf_saved_model", verbose=False)
    else:
        for package in ("onnx", "tf2onnx", "onnxruntime"):
            _import_optional(package)
        with _quiet():
            _renamed(step_network(network)).export(str(folder / "model.onnx"), format="onnx", verbose=False)


def read_format(form: Format, folder: Path, state_size: int) -> Run:
    """Read back what `write_format` wrote, in its own runtime.

    Args:
        form: which format.
        folder: as it was given to `write_format`.
        state_size: S, of the network's state.
    """
    if form == "keras":
        network = keras.models.load_model(folder / "model.keras", safe_mode=True)
        return lambda rows: run_network(network, rows)
    call = {"litert": _litert_caller, "tf_saved_model": _tensorflow_caller, "onnx": _onnx_caller}[form](
        folder
    )

    def step(row: Array, state: Array) -> tuple[Array, Array]:
        outputs = call(row[None], state)
        return np.asarray(outputs[0])[0], np.asarray(outputs[1])

    return stepped(step, np.zeros((1, state_size), np.float32))


def _litert_caller(folder: Path) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    with quiet_native():
        interpreter = Interpreter(str(folder / "model.tflite"), num_threads=1)
        interpreter.allocate_tensors()
    runner = interpreter.get_signature_runner()

    def call(features: Array, state: Array) -> tuple[Any, Any]:
        outputs = runner(features=features, state=state)
        return outputs["probabilities"], outputs["state"]

    return call


def _tensorflow_caller(folder: Path) -> Any:
    import tensorflow as tf

    loaded = tf.saved_model.load(str(folder))

    def call(features: Array, state: Array) -> tuple[Any, Any]:
        outputs = loaded.serve({"features": tf.constant(features), "state": tf.constant(state)})
        return outputs["probabilities"], outputs["state"]

    return call


def _onnx_caller(folder: Path) -> Any:
    session = _import_optional("onnxruntime").InferenceSession(str(folder / "model.onnx"))
    return lambda features, state: session.run(
        ["probabilities", "next_state"], {"features": features, "state": state}
    )


def _renamed(step: keras.Model) -> keras.Model:
    """In ONNX a graph's input and output cannot bear one name: the state comes out as `next_state`."""
    outputs = {"next_state" if name == "state" else name: output for name, output in step.output.items()}
    renamed = keras.Model(step.input, outputs)
    # Keras exports to ONNX only what was called once.
    renamed({name: np.zeros(value.shape, np.float32) for name, value in step.input.items()})
    return renamed


def _import_optional(package: str) -> Any:
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise ModelError(
            f"--format onnx: {package} is not installed. Install what it needs with pip install 'gesture[onnx]'."
        ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Converters talk on every channel there is; what goes wrong is raised, and shown by the comparison."""
    level = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            with quiet_native():
                yield
    finally:
        logging.disable(level)
