"""A trained model, ready to run: its manifest and its LiteRT network. TensorFlow is never imported here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from gesture.errors import ModelError
from gesture.folders import replaced_folder
from gesture.head import Head
from gesture.manifest import HEAD, MANIFEST, NETWORK, Manifest, read_file, read_manifest
from gesture.quiet import quiet_native
from gesture.streams import num_features
from gesture.types import Array

__all__ = ["GestureModel", "Manifest"]


class GestureModel:
    """A trained model: manifest, network, and the files that go with them.

    Args:
        manifest: what it is.
        network: the bytes of `model.tflite`.
        files: what else belongs in its folder, by file name.
        head: what was learned on top of the network; its labels are the manifest's.

    Raises:
        ModelError: if the network cannot be loaded or does not fit the manifest.

    Example:
        >>> model = GestureModel.load("models/default")
        >>> probabilities, state = model.step(np.zeros(model.num_features, np.float32), model.initial_state)
        >>> probabilities.shape == (len(model.manifest.labels),)
        True
    """

    def __init__(
        self,
        manifest: Manifest,
        network: bytes,
        files: dict[str, bytes] | None = None,
        head: Head | None = None,
    ) -> None:
        self.manifest = manifest
        self.head = head
        self.files = dict(files or {})
        self._network = network
        self._interpreter = _open_network(network)
        # Not kept: the interpreter refuses to run while a signature runner holds on to it.
        runner = self._interpreter.get_signature_runner("serving_default")
        inputs, outputs = runner.get_input_details(), runner.get_output_details()
        self._inputs = [inputs[name]["index"] for name in ("features", "state")]
        self._outputs = [outputs[name]["index"] for name in ("probabilities", "state", "embedding")]
        state: Array = np.zeros(tuple(inputs["state"]["shape"]), np.float32)
        self._num_states = state.shape[1]
        memory = np.zeros(0, np.float32) if head is None else head.senses.initial_memory
        self.initial_state: Array = np.concatenate([state, memory[None]], axis=1)
        self._check_shapes(tuple(inputs["features"]["shape"]), tuple(outputs["probabilities"]["shape"]))
        if head is not None:
            self._check_head(head, int(outputs["embedding"]["shape"][1]))

    def _check_shapes(self, features_shape: tuple[int, ...], probabilities_shape: tuple[int, ...]) -> None:
        labels = self.manifest.labels if self.head is None else self.head.network_labels
        expected = (1, num_features(self.manifest.hands)), (1, len(labels))
        if (features_shape, probabilities_shape) != expected:
            raise ModelError(
                f"{NETWORK} takes {features_shape} and gives {probabilities_shape}. Expected {expected[0]} and "
                f"{expected[1]} from {MANIFEST}: the files are of two different models."
            )

    def _check_head(self, head: Head, num_units: int) -> None:
        sees = num_units + self.num_features
        if head.labels != self.manifest.labels or len(head.senses.mean) != sees:
            raise ModelError(
                f"{HEAD} gives {', '.join(head.labels)} from {len(head.senses.mean)} numbers. Expected "
                f"{', '.join(self.manifest.labels)} from {sees}: the files are of two different models."
            )

    @property
    def num_features(self) -> int:
        """F, the width of the network's input."""
        return num_features(self.manifest.hands)

    def step(self, row: Array, state: Array) -> tuple[Array, Array]:
        """One tick of the network.

        Args:
            row: float32 (F,).
            state: float32 (1, S): `initial_state` at the start of a stream, then what the last call returned.

        Returns:
            Probabilities float32 (C,) and the new state (1, S): the network's, then the head's.
        """
        self._interpreter.set_tensor(self._inputs[0], row[None])
        self._interpreter.set_tensor(self._inputs[1], state[:, : self._num_states])
        self._interpreter.invoke()
        probabilities: Array = self._interpreter.get_tensor(self._outputs[0])[0]
        after: Array = self._interpreter.get_tensor(self._outputs[1])
        if self.head is None:
            return probabilities, after
        seen, memory = self.head.senses.update(
            np.concatenate([self.embedding(), row]), state[0, self._num_states :]
        )
        return self.head.combine(probabilities, seen), np.concatenate([after, memory[None]], axis=1)

    def embedding(self) -> Array:
        """What the last layer decided on at the last `step`: float32 (E,)."""
        embedding: Array = self._interpreter.get_tensor(self._outputs[2])[0]
        return embedding

    @classmethod
    def load(cls, path: str | Path) -> GestureModel:
        """Open a model's folder.

        Raises:
            ModelError: no such folder, a file missing or damaged, or made for another version of gesture.
        """
        folder = Path(path)
        manifest, network = read_manifest(folder), read_file(folder, NETWORK)
        learned = read_file(folder, HEAD) if (folder / HEAD).exists() else None
        try:
            return cls(manifest, network, head=None if learned is None else Head.from_bytes(learned, HEAD))
        except ModelError as error:
            raise ModelError(f"{folder}: {error}") from error

    def with_head(self, manifest: Manifest, head: Head | None) -> GestureModel:
        """The same network and files, with another head or none.

        Args:
            manifest: whose labels are the head's, or the network's without one.
            head: as in the class.
        """
        return GestureModel(manifest, self._network, self.files, head)

    def save(self, path: str | Path) -> Path:
        """Write the model's folder: all of it or nothing.

        Args:
            path: the folder; its parents are made, an older model there is replaced.

        Raises:
            ModelError: if the folder cannot be written, or holds something that is not a model.
        """
        folder = Path(path)
        with replaced_folder(folder, marker=MANIFEST) as new:
            for name, content in {**self.files, NETWORK: self._network}.items():
                (new / name).write_bytes(content)
            if self.head is not None:
                (new / HEAD).write_bytes(self.head.to_bytes())
            (new / MANIFEST).write_text(self.manifest.to_json(), encoding="utf-8")
        return folder


def _open_network(network: bytes) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    try:
        with quiet_native():
            interpreter = Interpreter(model_content=network, num_threads=1)
            interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise ModelError(
            f"{NETWORK} is damaged ({error}). Train the model again with 'gesture train'."
        ) from error
    return interpreter
