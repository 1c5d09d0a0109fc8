"""The folder of the model that a person teaches: what goes into it, out of it, and back to what was there before.

The model before lies beside it (`models/.mine-before`). Undoing swaps the two, so that undoing twice changes nothing.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from gesture.errors import DataError, ModelError
from gesture.folders import replaced_folder
from gesture.head import Head
from gesture.learning.enrolment import relabelled
from gesture.manifest import MANIFEST, read_manifest
from gesture.runtime import GestureModel
from gesture.training.splits import cut
from gesture.types import BACKGROUND, IGNORE, Recording

KERAS_FILE = "model.keras"


def load_whole(path: Path) -> GestureModel:
    """A model with the Keras network beside it, which a copy needs to be trained further.

    Raises:
        ModelError: as in `GestureModel.load`.
    """
    model = GestureModel.load(path)
    network = path / KERAS_FILE
    if network.is_file():
        model.files[KERAS_FILE] = network.read_bytes()
    return model


def before_of(folder: Path) -> Path:
    """Where the model before is kept.

    Example:
        >>> before_of(Path("models/mine"))
        PosixPath('models/.mine-before')
    """
    return folder.with_name(f".{folder.name}-before")


def adopt(model: GestureModel, folder: Path) -> None:
    """Put a model into a folder, and keep what was there before.

    Raises:
        ModelError: the folder cannot be written.
    """
    before = before_of(folder)
    with _disk_errors(folder):
        if (folder / MANIFEST).exists():
            with replaced_folder(before, marker=MANIFEST) as copy:
                shutil.copytree(folder, copy, dirs_exist_ok=True)
        elif before.exists():
            shutil.rmtree(before)  # it was taken back, and nothing stands in its place
    model.save(folder)


def undo(folder: Path) -> Path | None:
    """Swap a folder with the model before.

    Returns:
        The folder; None where nothing was there before, so that the shipped model is in use again.

    Raises:
        ModelError: there is nothing to take back, or the folders cannot be renamed.
    """
    before, spare = before_of(folder), folder.with_name(f".{folder.name}-undone")
    with _disk_errors(folder):
        if spare.exists():  # a swap was cut short: whichever place is empty is its place
            spare.rename(before if folder.exists() else folder)
        if not before.exists() and not _was_taught(folder):
            raise ModelError(
                f"{folder}: nothing to take back. Expected a model made by 'gesture learn' or 'gesture forget'."
            )
        if folder.exists():
            folder.rename(spare)
        if before.exists():
            before.rename(folder)
        if spare.exists():
            spare.rename(before)
    return folder if folder.exists() else None


def _was_taught(folder: Path) -> bool:
    return (folder / MANIFEST).exists() and "learned" in read_manifest(folder).training


def forget(model: GestureModel, label: str) -> GestureModel:
    """The model without a label: what was learned is dropped; an output of the network counts as background.

    A label of the network of which a person made takes of their own first loses these.

    Raises:
        ModelError: it does not know the label, or knows no other.

    Example:
        >>> "push" in forget(GestureModel.load("models/default"), "push").manifest.labels
        False
    """
    manifest = model.manifest
    known = [name for name in manifest.labels if name != BACKGROUND]
    if label not in known:
        raise ModelError(f"{label}: the model does not know it. Expected one of: {', '.join(known)}.")
    if known == [label]:
        raise ModelError(f"{label}: the only gesture that the model knows. Learn another one first.")
    head = model.head or Head.of_network(
        manifest.labels, len(model.embedding()) + model.num_features, manifest.rate_hz
    )
    head = head.without(label)
    learned = {name: used for name, used in manifest.training.get("learned", {}).items() if name != label}
    training = {name: value for name, value in manifest.training.items() if name != "learned"}
    if learned or not head.is_idle:
        training["learned"] = learned
    manifest = replace(relabelled(manifest, head.labels), training=training)
    return model.with_head(manifest, None if head.is_idle else head)


def idle_halves(recordings: Sequence[Recording]) -> tuple[list[Recording], list[Recording]]:
    """A person's recordings without gestures, cut in the middle: what teaches silence, and what tests it."""
    idle = [
        recording
        for recording in recordings
        if len(recording) > 1 and all(take.label in (BACKGROUND, IGNORE) for take in recording.takes)
    ]
    middles = [0.5 * float(recording.times_s[0] + recording.times_s[-1]) for recording in idle]
    first = [cut(each, -float("inf"), middle) for each, middle in zip(idle, middles, strict=True)]
    second = [cut(each, middle, float("inf")) for each, middle in zip(idle, middles, strict=True)]
    return first, second


def check_teachable(recordings: Sequence[Recording], label: str) -> None:
    """Refuse a label that nothing teaches.

    Raises:
        DataError: it is reserved, or no recording holds a take of it.
    """
    if label in (BACKGROUND, IGNORE):
        raise DataError(f"{label} is not a gesture. Choose another label.")
    if not any(take.label == label for recording in recordings for take in recording.takes):
        raise DataError(f"{label}: no take of it. Expected at least one; make some with '--takes 3'.")


@contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ModelError(
            f"{folder}: cannot be replaced ({error.strerror or error}). Check the folder's permissions."
        ) from error
