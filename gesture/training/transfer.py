"""A trained model -> the start of the next one: its normalisation, its layers, the columns of labels both know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gesture.errors import ModelError
from gesture.evaluation.onsets import Evaluation, evaluate_model
from gesture.model import OUTPUT, keras, load_network, normalisation_of
from gesture.runtime import GestureModel
from gesture.streams import Hands
from gesture.types import BACKGROUND, Array, Recording


class Outputs(NamedTuple):
    """J labels that a network could say besides its own, by what it embeds at one tick.

    The odds of label j against background are exp(weights[j] . embedding + bias[j]).

    Attributes:
        labels: (J,).
        weights: float32 (J, E).
        bias: float32 (J,).
    """

    labels: tuple[str, ...]
    weights: Array
    bias: Array


@dataclass(frozen=True)
class Predecessor:
    """The model that a training starts from.

    Attributes:
        name: of its folder.
        model: as it runs.
        network: as Keras has it.
        outputs: of labels that are new to it. The training starts there, and not from chance.
    """

    name: str
    model: GestureModel
    network: keras.Model
    outputs: Outputs | None = None

    @classmethod
    def load(cls, path: str | Path, outputs: Outputs | None = None) -> Predecessor:
        """Open a model's folder.

        Raises:
            ModelError: no such model, no Keras network in it, or features of another version.
        """
        return cls(Path(path).resolve().name, GestureModel.load(path), load_network(path), outputs)

    @property
    def normalisation(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and variance of the features, (F,) each, as it was trained with."""
        return normalisation_of(self.network)

    def check_fits(self, hands: Hands, rate_hz: float) -> None:
        """Refuse a model that reads something else than the one to be trained.

        Raises:
            ModelError: it was made for single hands and the recordings hold gestures of both, or for another rate.
        """
        ours = self.model.manifest
        if hands == "both" and ours.hands == "one":
            raise ModelError(
                f"--init-from {self.name}: reads one hand at a time, and the recordings hold gestures of both. "
                "Train without --init-from."
            )
        if ours.rate_hz != rate_hz:
            raise ModelError(
                f"--init-from {self.name}: runs at {ours.rate_hz:g} Hz, this version of gesture trains at "
                f"{rate_hz:g}. Train without --init-from."
            )

    def hand_down(self, network: keras.Model, labels: Sequence[str]) -> tuple[str, ...]:
        """Copy the weights that fit into a new network.

        Args:
            network: new; its layers bear the names that `build_network` gives.
            labels: (C,) what its output stands for.

        Returns:
            The names of the layers that got weights.
        """
        old = {layer.name: layer for layer in self.network.layers}
        copied = []
        for layer in network.layers:
            ours = old[layer.name].get_weights() if layer.name in old else []
            theirs = layer.get_weights()
            if layer.name == OUTPUT and len(ours[0]) == len(theirs[0]):
                layer.set_weights(_columns(ours, theirs, self.model.manifest.labels, labels, self.outputs))
            elif not ours or [each.shape for each in ours] != [each.shape for each in theirs]:
                continue
            else:
                layer.set_weights(ours)
            copied.append(layer.name)
        return tuple(copied)


def _columns(
    ours: list[Array],
    theirs: list[Array],
    known: Sequence[str],
    labels: Sequence[str],
    more: Outputs | None,
) -> list[Array]:
    """Kernel and bias of the new output, the columns of labels in `known` and in `more` taken over."""
    kernel, bias = (np.copy(each) for each in theirs)
    for column, label in enumerate(labels):
        if label in known:
            kernel[:, column] = ours[0][:, known.index(label)]
            bias[column] = ours[1][known.index(label)]
        elif more is not None and label in more.labels:
            kernel[:, column] = ours[0][:, 0] + more.weights[more.labels.index(label)]  # class 0: background
            bias[column] = ours[1][0] + more.bias[more.labels.index(label)]
    return [kernel, bias]


class LabelChanges(NamedTuple):
    """Labels that both models know, that are new, that are gone."""

    kept: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True)
class Inheritance:
    """What a model took over, and how the old one does on the same recordings.

    Attributes:
        name: of the old model.
        layers: the names of the layers that were copied.
        changes: of the labels.
        num_seen: how many of the recordings that the new one was evaluated on the old one was trained on.
        old: the old model.
        judged: these recordings.
    """

    name: str
    layers: tuple[str, ...]
    changes: LabelChanges
    num_seen: int
    old: GestureModel
    judged: Sequence[Recording]

    @cached_property
    def before(self) -> Evaluation:
        """The old model on what the new one was evaluated on."""
        return evaluate_model(self.old, self.judged)

    def __str__(self) -> str:
        changes = [
            f"{verb} {', '.join(labels)}"
            for verb, labels in zip(("kept", "new", "gone"), self.changes, strict=True)
            if labels
        ]
        seen = (
            f"; {self.name} was trained on {self.num_seen} of the held-out recordings, which flatters both"
            if self.num_seen
            else ""
        )
        return f"begun from {self.name}: {'; '.join(changes)}{seen}"


def compare_labels(old: Sequence[str], new: Sequence[str]) -> LabelChanges:
    """What became of the labels, background aside.

    Example:
        >>> compare_labels(["background", "grab", "wave"], ["background", "snap", "wave"])
        LabelChanges(kept=('wave',), added=('snap',), removed=('grab',))
    """
    gestures, before = set(new) - {BACKGROUND}, set(old) - {BACKGROUND}
    sets = gestures & before, gestures - before, before - gestures
    return LabelChanges(*(tuple(sorted(labels)) for labels in sets))
