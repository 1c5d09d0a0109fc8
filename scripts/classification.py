"""One label for a whole cut-out sequence, by the network that spots gestures in streams."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gesture.recognizer import ticks
from gesture.runtime import GestureModel
from gesture.types import Recording

_LEAST = 1e-6
"""A probability counts as no less than this: one tick that is sure of something else must not outvote the rest."""


def classify(model: GestureModel, recording: Recording) -> str:
    """The gesture that a recording of one gesture and nothing else shows.

    The mean log-probability over the second half of the ticks decides, in both forms of the network: by then it has
    seen enough to know. Background is no answer here.

    Args:
        model: trained on such recordings.
        recording: the whole of it is the gesture.

    Returns:
        Its label; "" if no hand is ever seen.
    """
    said = [tick.probabilities for tick in ticks(model, recording) if tick.probabilities is not None]
    if not said:
        return ""
    gestures = np.stack(said[len(said) // 2 :])[:, 1:]
    best = np.log(np.maximum(gestures, _LEAST)).mean(axis=0).argmax()
    return model.manifest.labels[1 + int(best)]


def num_right(model: GestureModel, recordings: Sequence[Recording]) -> int:
    """How many recordings of one take each are given its label."""
    return sum(classify(model, recording) == recording.takes[0].label for recording in recordings)
