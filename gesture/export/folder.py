"""A model's folder -> a folder for people without this package: network, description, sample rows, example."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import islice
from pathlib import Path

import numpy as np

from gesture.errors import ModelError
from gesture.export.formats import Format, read_format, write_format
from gesture.export.parity import check_parity
from gesture.folders import replaced_folder
from gesture.manifest import MANIFEST, Manifest, read_manifest
from gesture.model import keras, load_network, step_network
from gesture.streams import streams
from gesture.types import Array, Recording
from gesture.virtual import make_scene

EXAMPLE, ROWS = "example.py", "rows.npy"

_GESTURES = ("wave", "swipe_left", "grab")
_MAX_TICKS = 100
_MAX_SEQUENCES = 8


@dataclass(frozen=True)
class Export:
    """A finished export.

    Attributes:
        path: its folder.
        difference: the largest to Keras, in probability.
        num_ticks: on how many rows they were compared.
    """

    path: Path
    difference: float
    num_ticks: int


def export_model(
    model: str | Path, form: Format, output: str | Path, recordings: Sequence[Recording] = ()
) -> Export:
    """Export a trained model, read the export back and compare it with Keras.

    The folder holds the network, `model.json` (labels, rate, features, thresholds), `rows.npy` (features of the
    virtual hand to try it on) and `example.py`, which needs NumPy and the format's runtime alone.

    Args:
        model: a model's folder, with its `model.keras`.
        form: "litert", "onnx", "tf_saved_model" or "keras".
        output: the folder to write; an older export there is replaced.
        recordings: compared on these, too; nothing of them is exported.

    Raises:
        ModelError: no such model, a package is missing, the folder cannot be written, or the export computes
            something else than Keras.

    Example:
        >>> export_model("models/desk", "onnx", "exports/desk-onnx").difference < 1e-4
        True
    """
    manifest, network = read_manifest(model), load_network(model)
    sequences = list(islice(_sequences(manifest, [virtual_recording(), *recordings]), _MAX_SEQUENCES))
    with replaced_folder(Path(output), marker=EXAMPLE) as new:
        write_format(network, form, new)
        run = read_format(form, new, _state_size(network))
        difference = check_parity(network, run, sequences)
        (new / MANIFEST).write_text(manifest.to_json(), encoding="utf-8")
        np.save(new / ROWS, sequences[0], allow_pickle=False)
        (new / EXAMPLE).write_text(_example(form), encoding="utf-8")
    return Export(Path(output), difference, sum(map(len, sequences)))


def virtual_recording() -> Recording:
    """A few gestures of the virtual hand, without a camera: features for those who have no recordings."""
    scene = make_scene(_GESTURES, seed=0)
    times_s = np.arange(0.0, scene.duration_s, 1 / 30)
    landmarks = scene.landmarks(times_s)
    sure = np.where(np.isnan(landmarks[:, :, 0, 0]), np.nan, 1.0).astype(np.float32)
    return Recording(
        times_s,
        landmarks,
        scene.world_landmarks(times_s),
        sure,
        sure,
        takes=scene.takes,
        person="virtual",
        image_size=(640, 480),
        view=scene.view,
    )


def _sequences(manifest: Manifest, recordings: Sequence[Recording]) -> Iterator[Array]:
    for recording in recordings:
        for stream in streams(recording, manifest.hands, manifest.rate_hz):
            yield stream.features[:_MAX_TICKS]


def _state_size(network: keras.Model) -> int:
    return int(step_network(network).input["state"].shape[-1])


def _example(form: Format) -> str:
    return resources.files("gesture.export").joinpath(f"examples/{form}.txt").read_text(encoding="utf-8")


def default_output(model: Path, form: Format) -> Path:
    """Where an export goes that was given no folder.

    Example:
        >>> default_output(Path("models/desk"), "onnx")
        PosixPath('exports/desk-onnx')
    """
    if not model.name:
        raise ModelError(f"{model}: has no name to call the export by. Choose a folder with -o.")
    return Path("exports") / f"{model.resolve().name}-{form}"
