"""A trained model, ready to run: its manifest and its LiteRT network. TensorFlow is never imported here.

On disk a model is a folder: `model.json` (the manifest: all that live recognition needs to know), `model.tflite`
(one tick of the network), `head.npz` where labels were learned on top of the network, and, for people and for
retraining, `model.keras`, `report.html` and its pictures.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from gesture import features
from gesture.decision import Decision
from gesture.errors import ModelError
from gesture.folders import replaced_folder
from gesture.head import Head
from gesture.quiet import quiet_native
from gesture.streams import Form, Hands, num_features
from gesture.types import Array, View

FORMAT = 1
MANIFEST, NETWORK, HEAD = "model.json", "model.tflite", "head.npz"


@dataclass(frozen=True)
class Manifest:
    """What a model is and how to feed it; `model.json`.

    Attributes:
        labels: (C,) class names; class 0 is `background`.
        thresholds: (C,) the probability at which each label fires.
        decision: the other parameters of the decision.
        rate_hz: ticks a second.
        hands: `one` or `both`.
        view: the view it was trained in, "facing" or "egocentric".
        engine: the landmark engine of its training data; where there were several, all, with commas between.
        features: name and version of what the network sees.
        network: cell, units and layers; the window form's `window_s`.
        training: seed, epochs, recordings and their hashes, what validated it.
        metrics: figures by split.
        versions: of the libraries that made it.
        form: "streaming", one step a tick, or "window", the last `network["window_s"]` seconds anew at every tick.
            Both run by `step`; what the state handed from call to call holds is the network's own business.
        format: of this file.
    """

    labels: tuple[str, ...]
    thresholds: tuple[float, ...]
    decision: Decision
    rate_hz: float
    hands: Hands
    view: View = "facing"
    engine: str = ""
    features: dict[str, Any] = field(
        default_factory=lambda: {"name": features.NAME, "version": features.VERSION}
    )
    network: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    form: Form = "streaming"
    format: int = FORMAT

    def to_json(self) -> str:
        """The text of `model.json`, stable and diffable."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str, source: str) -> Manifest:
        """Read a manifest.

        Args:
            text: of `model.json`.
            source: named in errors.

        Raises:
            ModelError: not JSON, a field missing, a newer format, or features of another version.
        """
        try:
            values = json.loads(text)
            _check_format(values, source)
            known = {entry.name for entry in fields(cls)}
            values = {name: value for name, value in values.items() if name in known}
            values["decision"] = Decision(**values["decision"])
            values["labels"] = tuple(values["labels"])
            values["thresholds"] = tuple(float(value) for value in values["thresholds"])
            manifest = cls(**values)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ModelError(
                f"{source}: not a model's manifest ({error}). Train the model again with 'gesture train'."
            ) from error
        _check_features(manifest, source)
        return manifest


def _check_format(values: Any, source: str) -> None:
    version = values.get("format")
    if isinstance(version, int) and version > FORMAT:
        writer = values.get("versions", {}).get("gesture", "a newer version")
        raise ModelError(
            f"{source}: format {version}, written by gesture {writer}. Expected at most format {FORMAT}. "
            f"Install gesture {writer} or newer."
        )


def _check_features(manifest: Manifest, source: str) -> None:
    ours = {"name": features.NAME, "version": features.VERSION}
    if manifest.features != ours:
        raise ModelError(
            f"{source}: trained on features {manifest.features}, this version of gesture has {ours}. "
            "Train the model again with 'gesture train', or install the version that made it."
        )
    if len(manifest.labels) != len(manifest.thresholds) or len(manifest.labels) < 2:
        raise ModelError(
            f"{source}: {len(manifest.labels)} labels and {len(manifest.thresholds)} thresholds. "
            "Expected one threshold for each of two or more labels."
        )


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


def read_manifest(path: str | Path) -> Manifest:
    """The manifest of a model's folder, without its network.

    Raises:
        ModelError: no such folder, or a manifest that cannot be read or is of another version.
    """
    folder = Path(path)
    return Manifest.from_json(read_file(folder, MANIFEST).decode("utf-8", "replace"), str(folder / MANIFEST))


def find_model(name: str | None = None) -> Path:
    """The folder of the model to use.

    Args:
        name: a model's folder, or its name in `models/`; None for the model in use: `models/mine` where it
            exists, else the shipped one.

    Example:
        >>> find_model("models/desk") == find_model("desk")
        True
    """
    if name is None:
        mine = Path("models/mine")
        return mine if (mine / MANIFEST).exists() else shipped_model()
    in_models = Path("models") / name
    return in_models if not Path(name).exists() and in_models.is_dir() else Path(name)


def shipped_model() -> Path:
    """The folder of the model that comes with gesture: inside the installed package, or in the checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "models" / "default"
    return installed if installed.is_dir() else package.parent / "models" / "default"


def read_file(folder: Path, name: str) -> bytes:
    """A file of a model's folder.

    Raises:
        ModelError: no such folder, or the file cannot be read.
    """
    if not folder.is_dir():
        raise ModelError(
            f"{folder}: no such model. Train one with 'gesture train -o {folder}', or leave MODEL out."
        )
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise ModelError(
            f"{folder}: {name} cannot be read ({error.strerror}). Expected {MANIFEST} and {NETWORK}; "
            "train the model again with 'gesture train'."
        ) from error


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
