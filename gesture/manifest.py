"""What a model's folder says about it: `model.json`, and where models are found. No network is opened here.

On disk a model is a folder: `model.json` (the manifest: all that live recognition needs to know), `model.tflite`
(one tick of the network), `head.npz` where labels were learned on top of the network, and, for people and for
retraining, `model.keras`, `report.html` and its pictures.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from gesture import features
from gesture.decision import Decision
from gesture.errors import ModelError
from gesture.streams import Form, Hands
from gesture.types import View

FORMAT = 1
MANIFEST, NETWORK, HEAD = "model.json", "model.tflite", "head.npz"
_SHIPPED = "default"


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
        name: a model's folder, or its name in `models/`; "default" is the shipped one, wherever one is; None for
            the model in use: `models/mine` where it exists, else the shipped one.

    Example:
        >>> find_model("models/desk") == find_model("desk")
        True
    """
    if name is None:
        mine = Path("models/mine")
        return mine if (mine / MANIFEST).exists() else shipped_model()
    in_models = Path("models") / name
    if Path(name).exists():
        return Path(name)
    if in_models.is_dir():
        return in_models
    return shipped_model() if name == _SHIPPED else Path(name)


def shipped_model() -> Path:
    """The folder of the model that comes with gesture: inside the installed package, or in the checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "models" / _SHIPPED
    return installed if installed.is_dir() else package.parent / "models" / _SHIPPED


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
