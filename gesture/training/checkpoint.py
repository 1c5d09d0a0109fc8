"""A training that was cut short goes on where it stood: everything it needs, in one file, after every epoch.

A kill or a power cut costs the epoch that was running. A checkpoint belongs to one training, by a key over its options
and data, and what goes on from it gives the same model as if nothing had happened; so nobody is asked.
"""

from __future__ import annotations

import io
import json
import logging
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gesture.recording.files import replace_file

_logger = logging.getLogger("gesture.training.checkpoint")


@dataclass(frozen=True)
class Checkpoint:
    """A training after a whole epoch.

    Attributes:
        last: every variable of network and optimiser.
        best: the weights of the best epoch so far.
        state: what else it needs, as plain JSON values.
    """

    last: Sequence[NDArray[Any]]
    best: Sequence[NDArray[Any]]
    state: dict[str, Any]


class CheckpointFile:
    """Where the checkpoints of one training go.

    Args:
        path: the file; None keeps nothing.
        key: of this training. A checkpoint with another key is not read, and is overwritten.

    Example:
        >>> file = CheckpointFile(Path("models/.mine.training.npz"), key="5f1d")
        >>> file.save(Checkpoint([np.zeros(3)], [np.ones(3)], {"epoch": 1}))
        >>> file.load().state
        {'epoch': 1}
    """

    def __init__(self, path: Path | None, key: str) -> None:
        self._path, self._key = path, key

    def load(self) -> Checkpoint | None:
        """The last checkpoint of this training; None if there is none, or none that can be read."""
        if self._path is None or not self._path.exists():
            return None
        try:
            with np.load(self._path, allow_pickle=False) as arrays:
                state = json.loads(str(arrays["state"]))
                last = [arrays[f"last_{index}"] for index in range(state["num_last"])]
                best = [arrays[f"best_{index}"] for index in range(state["num_best"])]
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
            return None
        return Checkpoint(last, best, state["state"]) if state["key"] == self._key else None

    def save(self, checkpoint: Checkpoint) -> None:
        """Replace the file. A disk that refuses costs the checkpoint, never the training."""
        if self._path is None:
            return
        state = {
            "key": self._key,
            "num_last": len(checkpoint.last),
            "num_best": len(checkpoint.best),
            "state": checkpoint.state,
        }
        arrays = {f"last_{index}": array for index, array in enumerate(checkpoint.last)}
        arrays |= {f"best_{index}": array for index, array in enumerate(checkpoint.best)}
        content = io.BytesIO()
        np.savez(content, allow_pickle=False, state=np.array(json.dumps(state)), **arrays)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(self._path, content.getvalue())
        except OSError as error:
            _logger.warning(
                "%s: cannot be written (%s). A crash would lose this training.", self._path, error.strerror
            )


def checkpoint_path(output: Path) -> Path:
    """The file beside a model's folder that holds its unfinished training.

    Example:
        >>> checkpoint_path(Path("models/desk"))
        PosixPath('models/.desk.training.npz')
    """
    return output.with_name(f".{output.name}.training.npz")
