"""Recordings -> a trained model: split, augment, fit, keep the best epoch, export, check.

The streaming form: the network labels every tick of crops of real streams, its targets delayed a little so that
it may look at a gesture before it names it.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import io
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from gesture.augmentation import aborted_takes, augment
from gesture.calibration import calibrate
from gesture.dataset import (
    CROP_S,
    RATE_HZ,
    Crops,
    Example,
    Split,
    check_labelled,
    class_weights,
    crops,
    every_crop,
    examples,
    hands_of,
    labels_of,
    random_crops,
    split,
)
from gesture.decision import THRESHOLD, Decision
from gesture.errors import DataError
from gesture.evaluate import Evaluation, evaluate_model
from gesture.export import check_parity, stepped, to_litert
from gesture.model import Cell, build_network, keras
from gesture.runtime import GestureModel, Manifest
from gesture.streams import Hands
from gesture.types import Recording

_BATCH = 32
_MIN_BATCHES = 12  # an epoch of a small dataset: enough steps that an epoch means something
_LEARNING_RATE = 3e-3
_PARITY_CROPS = 4


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
class Training:
    """A finished training.

    Attributes:
        model: ready to run and to save.
        history: every epoch.
        best_epoch: the one kept, counted from 1.
        evaluation: of the model on what was held out (on the training data where nothing was).
        note: what the split can and cannot show.
        difference: between Keras and the exported network.
        interrupted: True if it was stopped by Ctrl-C.
    """

    model: GestureModel
    history: tuple[Epoch, ...]
    best_epoch: int
    evaluation: Evaluation
    note: str
    difference: float
    interrupted: bool


def train_model(recordings: Sequence[Recording], **options: object) -> GestureModel:
    """Train a model; `fit` with only the model as its result.

    Args:
        recordings: labelled.
        options: those of `fit`.

    Example:
        >>> model = train_model(load_recordings("recordings"), cell="gru", seed=0)
        >>> model.save("models/desk")
    """
    return fit(recordings, **options).model  # type: ignore[arg-type]


def fit(
    recordings: Sequence[Recording],
    *,
    cell: Cell = "gru",
    units: int = 64,
    layers: int = 1,
    epochs: int = 60,
    seed: int = 0,
    threshold: float | None = None,
    holdout: Sequence[str] = (),
    on_epoch: Callable[[Epoch], None] = lambda _: None,
) -> Training:
    """Train a model and say how good it is.

    Args:
        recordings: labelled; one person's is enough, several people's is better.
        cell: "gru", "lstm" or "rnn".
        units, layers: size of the network.
        epochs: at most; the best one is kept.
        seed: same seed, same data, same machine: same model.
        threshold: the probability at which a gesture fires; higher is quieter and later. Left out: for each label
            what suits what was held out (`calibrate`), or `THRESHOLD` where nothing was.
        holdout: the persons who validate; chosen when left out.
        on_epoch: called after every epoch.

    Returns:
        The trained model with its history and evaluation. Ctrl-C ends the fit with the best epoch so far.

    Raises:
        DataError: no gesture in the recordings, or no hand in view during the takes.
    """
    check_labelled(recordings)
    parts = split(recordings, holdout=holdout, seed=seed)
    labels = labels_of(parts.train)
    hands = hands_of(recordings)
    keras.utils.set_random_seed(seed)
    decision = Decision()
    data = _CropSource(parts, labels, hands, decision.delay_s, seed)
    network = _network(data, cell, units, layers)
    progress = _Progress(epochs, on_epoch)
    started = time.perf_counter()
    interrupted = _fit(network, data, progress, epochs)
    manifest = Manifest(
        labels=labels,
        thresholds=(1.0, *[threshold or THRESHOLD] * (len(labels) - 1)),
        decision=decision,
        rate_hz=RATE_HZ,
        hands=hands,
        view=recordings[0].view,
        engine=recordings[0].engine,
        network={"cell": cell, "units": units, "layers": layers},
        training={
            "seed": seed,
            "epochs": len(progress.history),
            "best_epoch": progress.best_epoch,
            "seconds": round(time.perf_counter() - started, 1),
            "note": parts.note,
            "train": _fingerprints(parts.train),
            "validation": _fingerprints(parts.validation),
        },
        versions={
            name: importlib.metadata.version(name) for name in ("gesture", "keras", "tensorflow", "numpy")
        },
    )
    model = GestureModel(manifest, to_litert(network), {"model.keras": _keras_file(network)})
    difference = check_parity(
        network, stepped(model.step, model.initial_state), data.validation.features[:_PARITY_CROPS]
    )
    note = parts.note
    if threshold is None and parts.validation:
        model.manifest = replace(model.manifest, thresholds=calibrate(model, parts.validation))
        note += "; the thresholds were chosen there, too"
    evaluation = evaluate_model(model, parts.validation or parts.train)
    metrics = {"validation" if parts.validation else "train": evaluation.to_json()}
    model.manifest = replace(model.manifest, metrics=metrics)
    return Training(
        model, tuple(progress.history), progress.best_epoch, evaluation, note, difference, interrupted
    )


class _CropSource(keras.utils.PyDataset):  # type: ignore[misc]
    """Fresh random crops of freshly augmented recordings, every epoch."""

    def __init__(
        self, parts: Split, labels: tuple[str, ...], hands: Hands, delay_s: float, seed: int
    ) -> None:
        super().__init__()
        self._recordings = parts.train
        self._labels, self._hands, self._delay_s = labels, hands, delay_s
        self._rng = np.random.default_rng(seed)
        self._length = round(CROP_S * RATE_HZ)
        plain = self._examples(parts.train)
        if not plain or not any((part.targets > 0).any() for part in plain):
            raise DataError(
                "no hand is in view during any take. Expected one; look at the takes with 'gesture review'."
            )
        self.weights = class_weights(plain, len(labels))
        rows = np.concatenate([part.features for part in plain])
        self.mean, self.variance = rows.mean(axis=0), np.maximum(rows.var(axis=0), 1e-4)
        self._num_batches = max(_MIN_BATCHES, round(2 * len(every_crop(plain, self._length)) / _BATCH))
        held = self._examples(parts.validation) or plain
        self.validation = crops(held, every_crop(held, self._length), self._length, self.weights)
        self.on_epoch_end()

    def _examples(self, recordings: Sequence[Recording]) -> list[Example]:
        return examples(recordings, self._labels, self._hands, self._delay_s)

    def _varied(self) -> list[Recording]:
        aborted = (aborted_takes(recording, self._rng) for recording in self._recordings)
        everything = [*self._recordings, *(recording for recording in aborted if recording is not None)]
        return [augment(recording, self._rng) for recording in everything]

    def on_epoch_end(self) -> None:
        parts = self._examples(self._varied())
        starts = random_crops(parts, self._num_batches * _BATCH, self._length, self._rng)
        self._crops = crops(parts, starts, self._length, self.weights)

    def __len__(self) -> int:
        return self._num_batches

    def __getitem__(self, index: int) -> tuple[object, object, object]:
        at = slice(index * _BATCH, (index + 1) * _BATCH)
        return self._crops.features[at], self._crops.targets[at], self._crops.weights[at]


def _network(data: _CropSource, cell: Cell, units: int, layers: int) -> keras.Model:
    return build_network(
        len(data.mean),
        len(data.weights),
        cell=cell,
        units=units,
        layers=layers,
        mean=data.mean,
        variance=data.variance,
    )


def _fit(network: keras.Model, data: _CropSource, progress: _Progress, epochs: int) -> bool:
    """Fit and leave the best epoch's weights in the network. True if Ctrl-C ended it."""
    schedule = keras.optimizers.schedules.CosineDecay(_LEARNING_RATE, epochs * len(data))
    network.compile(
        optimizer=keras.optimizers.Adam(schedule, global_clipnorm=1.0),
        loss="sparse_categorical_crossentropy",
        weighted_metrics=["accuracy"],
        jit_compile=False,  # XLA: three times the processor time at these sizes, and seconds of compiling
    )
    held: Crops = data.validation
    interrupted = False
    try:
        network.fit(
            data,
            epochs=epochs,
            validation_data=(held.features, held.targets, held.weights),
            validation_batch_size=_BATCH,
            callbacks=[progress],
            shuffle=False,
            verbose=0,
        )
    except KeyboardInterrupt:
        interrupted = True
        if not progress.history:
            raise
    progress.restore_best()
    return interrupted


class _Progress(keras.callbacks.Callback):  # type: ignore[misc]
    """Reports each epoch and remembers the best one's weights."""

    def __init__(self, epochs: int, on_epoch: Callable[[Epoch], None]) -> None:
        super().__init__()
        self.history: list[Epoch] = []
        self.best_epoch = 0
        self._epochs, self._on_epoch = epochs, on_epoch
        self._best_loss = np.inf
        self._best_weights: list[np.ndarray] = []
        self._started = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        values = logs or {}
        pace_s = (time.perf_counter() - self._started) / (epoch + 1)
        self.history.append(
            Epoch(
                epoch + 1,
                self._epochs,
                float(values["loss"]),
                float(values["accuracy"]),
                float(values["val_loss"]),
                float(values["val_accuracy"]),
                pace_s * (self._epochs - epoch - 1),
            )
        )
        if values["val_loss"] < self._best_loss:
            self._best_loss, self.best_epoch = values["val_loss"], epoch + 1
            self._best_weights = self.model.get_weights()
        self._on_epoch(self.history[-1])

    def restore_best(self) -> None:
        self.model.set_weights(self._best_weights)


def _keras_file(network: keras.Model) -> bytes:
    """The network alone: the optimiser's memory is twice as large again and of no use to anyone."""
    plain = keras.Model.from_config(network.get_config())
    plain.set_weights(network.get_weights())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        plain.save(path)
        return path.read_bytes()


def _fingerprints(recordings: Sequence[Recording]) -> dict[str, str]:
    """The hash of each recording's landmarks and takes, by name: what a model was made from."""
    return {
        recording.name or f"#{index}": _fingerprint(recording) for index, recording in enumerate(recordings)
    }


def _fingerprint(recording: Recording) -> str:
    content = io.BytesIO()
    content.write(recording.times_s.tobytes())
    content.write(recording.landmarks.tobytes())
    content.write(repr(recording.takes).encode())
    return hashlib.sha256(content.getvalue()).hexdigest()[:16]
