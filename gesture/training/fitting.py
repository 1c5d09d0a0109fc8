"""A network and a source of crops -> the best epoch's weights, with progress, Ctrl-C and checkpoints on the way."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Protocol

import numpy as np

from gesture.model import OUTPUT, keras
from gesture.training.checkpoint import Checkpoint, CheckpointFile
from gesture.training.dataset import Crops
from gesture.training.loss import accuracy, partial_loss

BATCH = 32
LEARNING_RATE = 3e-3
AS_GOOD = 0.005
"""An epoch whose accuracy is less than this below the best one's is as good: the held-out people show that little."""

Optimizer = Literal["adam", "muon"]
"""Muon makes a matrix's step orthogonal, and learns more in as many steps if there is much data. It decays weights a
little, as Keras has it, which Adam here does not."""

_logger = logging.getLogger("gesture.training.fitting")


@dataclass(frozen=True)
class Epoch:
    """Progress, once an epoch.

    Attributes:
        number, num_epochs: counted from 1.
        loss, accuracy: on the training crops, by tick.
        val_loss, val_accuracy: on the held-out ones; NaN where nothing is held out.
        seconds_left: at the pace so far.
    """

    number: int
    num_epochs: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    seconds_left: float


@dataclass(frozen=True)
class Fit:
    """How a fit went.

    Attributes:
        history: every epoch.
        best_epoch: the one whose weights the network now has, counted from 1.
        interrupted: True if it was stopped by Ctrl-C.
    """

    history: tuple[Epoch, ...]
    best_epoch: int
    interrupted: bool


def best_epoch(history: Sequence[Epoch]) -> int:
    """The last epoch that is as good as any, by held-out accuracy.

    The later, the lower the learning rate was, and the surer what the network says. The least held-out loss is no
    guide: a handful of takes makes it, by chance, as likely as not early in the training.

    Returns:
        Its number, counted from 1.

    Example:
        >>> best_epoch(history)
        38
    """
    enough = max(epoch.val_accuracy for epoch in history) - AS_GOOD
    return max(epoch.number for epoch in history if epoch.val_accuracy >= enough)


class CropSource(Protocol):
    """What a fit reads: a `keras.utils.PyDataset` that can be set back to where a checkpoint was made.

    Attributes:
        validation: the crops by which the best epoch is known.
        is_held_out: whether those are others than the training's.
        random_state: of its generator, before it drew the crops of the coming epoch.
    """

    validation: Crops
    is_held_out: bool
    random_state: Mapping[str, Any]

    def __len__(self) -> int: ...

    def resume(self, random_state: Mapping[str, Any]) -> None:
        """Draw the crops that were drawn from this state."""


def fit_network(
    network: keras.Model,
    data: CropSource,
    epochs: int,
    *,
    learning_rate: float = LEARNING_RATE,
    optimizer: Optimizer = "adam",
    checkpoints: CheckpointFile,
    on_epoch: Callable[[Epoch], None],
) -> Fit:
    """Fit, and leave the best epoch's weights in the network.

    Args:
        network: over sequences, not compiled.
        data: training and held-out crops.
        epochs: at most.
        learning_rate: of the first step; it falls to zero along a cosine.
        optimizer: what makes steps of gradients.
        checkpoints: where it starts from, if there is one, and what it writes after every epoch.
        on_epoch: called after every epoch.

    Raises:
        ValueError: no such optimizer.
    """
    schedule = keras.optimizers.schedules.CosineDecay(learning_rate, epochs * len(data))
    network.compile(
        optimizer=_optimizer(optimizer, schedule),
        loss=partial_loss,
        # Made here: Keras would make one of the function within its first trace of a step, and trace it again.
        weighted_metrics=[keras.metrics.MeanMetricWrapper(accuracy, name="accuracy")],
        jit_compile=False,  # XLA: three times the processor time at these sizes, and seconds of compiling
    )
    network.optimizer.build(network.trainable_variables)
    progress = _Progress(network, data, epochs, checkpoints, on_epoch)
    held = data.validation
    interrupted = False
    try:
        network.fit(
            data,
            initial_epoch=progress.resume(),
            epochs=epochs,
            validation_data=(held.features, held.targets, held.weights),
            validation_batch_size=BATCH,
            callbacks=[progress],
            shuffle=False,
            verbose=0,
        )
    except KeyboardInterrupt:
        interrupted = True
        if not progress.history:
            raise
    network.set_weights(progress.best_weights)
    return Fit(tuple(map(progress.told, progress.history)), progress.best_epoch, interrupted)


def _optimizer(name: Optimizer, schedule: Any) -> keras.optimizers.Optimizer:
    if name == "adam":
        return keras.optimizers.Adam(schedule, global_clipnorm=1.0)
    if name == "muon":
        # AdamW for the output, as its authors advise, and for biases: a GRU's have two rows, as matrices do.
        return keras.optimizers.Muon(schedule, exclude_layers=[OUTPUT, "bias"], global_clipnorm=1.0)
    raise ValueError(f"no optimizer {name!r}. Expected 'adam' or 'muon'.")


class _Progress(keras.callbacks.Callback):  # type: ignore[misc]
    """Remembers each epoch and the best one's weights, keeps them on disk, and reports."""

    def __init__(
        self,
        network: keras.Model,
        data: CropSource,
        epochs: int,
        checkpoints: CheckpointFile,
        on_epoch: Callable[[Epoch], None],
    ) -> None:
        super().__init__()
        self.history: list[Epoch] = []
        self.best_epoch = 0
        self.best_weights: list[np.ndarray] = []
        self._network, self._data = network, data
        self._epochs, self._checkpoints, self._on_epoch = epochs, checkpoints, on_epoch
        self._num_before = 0
        self._resume_from: Mapping[str, Any] | None = None
        self._started = time.perf_counter()

    def resume(self) -> int:
        """Take up the last checkpoint; how many epochs are done."""
        kept = self._checkpoints.load()
        if kept is None:
            return 0
        for variable, value in zip(self._variables, kept.last, strict=True):
            variable.assign(value)
        self.history = [Epoch(**epoch) for epoch in kept.state["history"]]
        self.best_epoch, self.best_weights = kept.state["best_epoch"], list(kept.best)
        self._resume_from = kept.state["random_state"]
        self._num_before = len(self.history)
        _logger.warning("A training like this was cut short. It goes on after epoch %d.", self._num_before)
        return self._num_before

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
        """Only now: before it begins, Keras takes a batch to see its shape, and has new crops drawn after it."""
        if self._resume_from is not None:
            self._data.resume(self._resume_from)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        values = {name: float(value) for name, value in (logs or {}).items()}
        pace_s = (time.perf_counter() - self._started) / (epoch + 1 - self._num_before)
        figures = {name: values[name] for name in ("loss", "accuracy", "val_loss", "val_accuracy")}
        left_s = pace_s * (self._epochs - epoch - 1)
        self.history.append(Epoch(epoch + 1, self._epochs, **figures, seconds_left=left_s))
        if best_epoch(self.history) == epoch + 1:
            self.best_epoch, self.best_weights = epoch + 1, self._network.get_weights()
        self._checkpoints.save(
            Checkpoint(
                [np.asarray(variable) for variable in self._variables],
                self.best_weights,
                {
                    "history": [asdict(done) for done in self.history],
                    "best_epoch": self.best_epoch,
                    "random_state": self._data.random_state,
                },
            )
        )
        self._on_epoch(self.told(self.history[-1]))

    def told(self, epoch: Epoch) -> Epoch:
        """Where nothing is held out, no figure may look as if something were."""
        if self._data.is_held_out:
            return epoch
        return replace(epoch, val_loss=float("nan"), val_accuracy=float("nan"))

    @property
    def _variables(self) -> list[Any]:
        """The dropout's random state is among the network's, the schedule's position among the optimiser's."""
        return [*self._network.variables, *self._network.optimizer.variables]
