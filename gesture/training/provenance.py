"""What a model was made from: the hashes of its recordings, the versions of its libraries."""

from __future__ import annotations

import hashlib
import importlib.metadata
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gesture.types import Array, Recording


def versions() -> dict[str, str]:
    """Of the libraries that decide what a training gives."""
    return {name: importlib.metadata.version(name) for name in ("gesture", "keras", "tensorflow", "numpy")}


def fingerprints(recordings: Sequence[Recording]) -> dict[str, str]:
    """The hash of each recording's landmarks and takes, by name.

    Example:
        >>> fingerprints([recording])
        {'20260314T091530Z_p1': '5f1d0c9b8a7e6d5c'}
    """
    return {
        recording.name or f"#{index}": _fingerprint(recording) for index, recording in enumerate(recordings)
    }


def _fingerprint(recording: Recording) -> str:
    content = io.BytesIO()
    content.write(recording.times_s.tobytes())
    content.write(recording.landmarks.tobytes())
    content.write(repr(recording.takes).encode())
    return hashlib.sha256(content.getvalue()).hexdigest()[:16]


def training_key(
    options: Mapping[str, Any],
    train: Sequence[Recording],
    validation: Sequence[Recording],
    weights: Iterable[Array],
) -> str:
    """One training: the same key, the same model.

    Args:
        options: with a stable `repr`.
        train, validation: what is trained on and what chooses the epoch.
        weights: before the first step.
    """
    facts = [sorted(options.items()), fingerprints(train), fingerprints(validation), versions()]
    digest = hashlib.sha256(repr(facts).encode())
    for array in weights:
        digest.update(array.tobytes())
    return digest.hexdigest()
