"""The network that a training begins with, and the file that it ends with."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from gesture.model import build_network, keras
from gesture.streams import Form
from gesture.training.dataset import WINDOW_S
from gesture.training.transfer import Predecessor


def network_shape(old: Predecessor | None, form: Form, **asked: Any) -> dict[str, Any]:
    """Cell, units, layers and, in the window form, seconds: as asked for, else the old model's, else the defaults.

    Args:
        old: the model that the training starts from, if any.
        form: of the network.
        asked: `cell`, `units`, `layers` and `window_s`, each None where nothing was asked for.

    Example:
        >>> network_shape(None, "streaming", cell=None, units=80, layers=2, window_s=None)
        {'cell': 'gru', 'units': 80, 'layers': 2}
    """
    before = {} if old is None else old.model.manifest.network
    defaults = {"cell": "gru", "units": 64, "layers": 1}
    if form == "window":
        defaults["window_s"] = WINDOW_S
    return {
        name: before.get(name, default) if asked[name] is None else asked[name]
        for name, default in defaults.items()
    }


def new_network(
    mean: NDArray[Any],
    variance: NDArray[Any],
    shape: dict[str, Any],
    window: int | None,
    labels: tuple[str, ...],
    old: Predecessor | None,
) -> tuple[keras.Model, tuple[str, ...]]:
    """A network to be trained.

    Args:
        mean, variance: (F,) of the training features; an old model's own take their place.
        shape: from `network_shape`.
        window: ticks that the window form sees; None for the streaming form.
        labels: (C,) class names.
        old: the model that the training starts from, if any.

    Returns:
        The network, and the names of the layers that it has from the old one.
    """
    if old is not None:
        mean, variance = old.normalisation
    network = build_network(
        len(mean),
        len(labels),
        cell=shape["cell"],
        units=shape["units"],
        layers=shape["layers"],
        mean=mean,
        variance=variance,
        window=window,
    )
    return network, () if old is None else old.hand_down(network, labels)


def network_file(network: keras.Model) -> bytes:
    """What Keras saves of the network alone: the optimiser's memory is twice as large again and of no use to anyone."""
    plain = keras.Model.from_config(network.get_config())
    plain.set_weights(network.get_weights())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        plain.save(path)
        return path.read_bytes()
