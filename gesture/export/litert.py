"""A trained Keras network -> the LiteRT file that runs live."""

from __future__ import annotations

import io
import tempfile
from contextlib import redirect_stdout
from pathlib import Path

from gesture.model import keras, step_network
from gesture.quiet import quiet_native


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
