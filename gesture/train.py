"""Recordings, generated motion or both -> a trained model: split, augment, fit, keep the best epoch, export, check.

In the streaming form the network labels every tick of crops of real streams, its targets delayed a little so that it
may look at a gesture before it names it; in the window form it labels the last tick of what it sees, delayed likewise.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gesture.decision import THRESHOLD, Decision
from gesture.evaluation.onsets import Evaluation, evaluate_model
from gesture.export import check_parity, stepped, to_litert
from gesture.manifest import Manifest
from gesture.model import Cell, keras
from gesture.recognizer import hear
from gesture.runtime import GestureModel
from gesture.streams import Form
from gesture.training.calibration import calibrate
from gesture.training.checkpoint import CheckpointFile
from gesture.training.dataset import RATE_HZ, check_labelled, hands_of, labels_of
from gesture.training.fitting import BATCH, LEARNING_RATE, Epoch, Optimizer, fit_network
from gesture.training.generated import Generator
from gesture.training.network import network_file, network_shape, new_network
from gesture.training.provenance import fingerprints, training_key, versions
from gesture.training.source import LEAST_BATCHES, LEAST_BATCHES_FURTHER, VariedCrops
from gesture.training.splits import Split, split
from gesture.training.transfer import Inheritance, Predecessor, compare_labels
from gesture.types import BACKGROUND, Recording

_PARITY_CROPS = 4


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
        inheritance: what it took over from an older model; None where it started from nothing.
    """

    model: GestureModel
    history: tuple[Epoch, ...]
    best_epoch: int
    evaluation: Evaluation
    note: str
    difference: float
    interrupted: bool
    inheritance: Inheritance | None = None


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


def fit_generated(generator: Generator, *, num_people: int = 6, seed: int = 0, **options: Any) -> Training:
    """Train a model without any recording; people whom training never sees, virtual ones too, validate.

    Args:
        generator: what is performed, and how.
        num_people: how many people validate and choose the thresholds, with every gesture twice and a minute idle.
        seed: of the training and of the people.
        options: the others of `fit`.

    Example:
        >>> fit_generated(Generator(MOVES), epochs=25, units=96, layers=2).model.save("models/zero")
    """
    people = generator.recordings(num_people, seed)
    persons = {recording.person for recording in people}
    return fit(people, generated=generator, holdout=sorted(persons), seed=seed, **options)


def fit(
    recordings: Sequence[Recording],
    *,
    generated: Generator | None = None,
    cell: Cell | None = None,
    units: int | None = None,
    layers: int | None = None,
    form: Form | None = None,
    window_s: float | None = None,
    epochs: int = 40,
    learning_rate: float = LEARNING_RATE,
    optimizer: Optimizer = "adam",
    batch: int = BATCH,
    least_batches: int | None = None,
    seed: int = 0,
    threshold: float | None = None,
    holdout: Sequence[str] | None = (),
    either_hand: bool = False,
    init_from: str | Path | Predecessor | None = None,
    checkpoint: Path | None = None,
    on_epoch: Callable[[Epoch], None] = lambda _: None,
) -> Training:
    """Train a model and say how good it is.

    Args:
        recordings: labelled; one person's is enough, several people's is better.
        generated: performs for every epoch what is trained on beside the recordings. Then everybody who recorded
            may be held out.
        cell: "gru" (the default), "lstm" or "rnn".
        units, layers: size of the network; 64 and 1 when left out.
        form: "streaming" (the default) or "window".
        window_s: how much the window form sees at once; 2 seconds when left out.
        epochs: at most; the best one is kept.
        learning_rate: of the first step; it falls to zero along a cosine.
        optimizer: "adam", or "muon", which learns more in as many steps if there is much data.
        batch: crops in a step. In larger ones a crop takes less time, and an epoch of as many crops has fewer steps.
        least_batches: of 32 crops of the recordings in an epoch, however little was recorded. Left out: as many as few
            takes need, and fewer where a training goes on from a model that knows most of it.
        seed: same seed, same data, same machine: same model.
        threshold: the probability at which a gesture fires; higher is quieter and later. Left out: for each label
            what suits what was held out (`calibrate`), or `THRESHOLD` where nothing was.
        holdout: the persons who validate; chosen when left out. None: nobody, and everything is trained on.
        either_hand: every label means the same when the other hand makes its mirror image: so it is with signs and
            poses, and not with swipes.
        init_from: a model to start from, or its folder. Its normalisation, its decision (how long a gesture must
            last before it fires), the layers that match and the outputs of labels that both know are taken over;
            `cell`, `units`, `layers`, `form` and `window_s` are its own when left out.
        checkpoint: a file to write after every epoch. A later fit with the same options and recordings goes on from
            there and gives the same model as if it had never been cut short.
        on_epoch: called after every epoch.

    Returns:
        The trained model with its history and evaluation. Ctrl-C ends the fit with the best epoch so far.

    Raises:
        DataError: no gesture in the recordings, or no hand in view during the takes.
        ModelError: `init_from` is no model, or one of other features, another rate, or single hands where the
            recordings have both.
        ValueError: no such optimizer.
    """
    check_labelled(recordings)
    hands = hands_of(recordings)
    if generated is not None:
        generated.check_fits(hands)
    parts = split(recordings, holdout=holdout, seed=seed, train_on_none=generated is not None)
    labels = _labels(parts, generated)
    old = Predecessor.load(init_from) if isinstance(init_from, str | Path) else init_from
    if old is not None:
        old.check_fits(hands, RATE_HZ)
        hands = old.model.manifest.hands
    form = form or ("streaming" if old is None else old.model.manifest.form)
    shape = network_shape(old, form, cell=cell, units=units, layers=layers, window_s=window_s)
    window = round(shape["window_s"] * RATE_HZ) if form == "window" else None
    if least_batches is None:
        least_batches = LEAST_BATCHES if old is None else LEAST_BATCHES_FURTHER
    keras.utils.set_random_seed(seed)
    decision = Decision() if old is None else old.model.manifest.decision
    data = VariedCrops(
        parts,
        labels,
        hands,
        decision.delay_s,
        seed,
        window,
        generated,
        either_hand,
        least_batches=least_batches,
        batch=batch,
        epochs=epochs,
    )
    network, copied = new_network(data.mean, data.variance, shape, window, labels, old)
    started = time.perf_counter()
    options = {
        "seed": seed,
        "epochs": epochs,
        "rate": learning_rate,
        "optimizer": optimizer,
        "batch": batch,
        "least_batches": least_batches,
        "hands": hands,
        "labels": labels,
        "form": form,
        "either_hand": either_hand,
        **({} if generated is None else {"generated": generated.describe()}),
        **shape,
    }
    key = training_key(options, parts.train, parts.validation, network.get_weights())
    done = fit_network(
        network,
        data,
        epochs,
        learning_rate=learning_rate,
        optimizer=optimizer,
        checkpoints=CheckpointFile(checkpoint, key),
        on_epoch=on_epoch,
    )
    manifest = Manifest(
        labels=labels,
        thresholds=(1.0, *[threshold or THRESHOLD] * (len(labels) - 1)),
        decision=decision,
        rate_hz=RATE_HZ,
        hands=hands,
        view=recordings[0].view,
        engine=", ".join(sorted({recording.engine for recording in recordings})),
        network=shape,
        training={
            "seed": seed,
            "epochs": len(done.history),
            "best_epoch": done.best_epoch,
            "seconds": round(time.perf_counter() - started, 1),
            "either_hand": either_hand,
            **_provenance(parts, old, generated),
        },
        versions=versions(),
        form=form,
    )
    model = GestureModel(manifest, to_litert(network), {"model.keras": network_file(network)})
    sequences = list(data.validation.features[:_PARITY_CROPS])
    difference = check_parity(network, stepped(model.step, model.initial_state), sequences)
    evaluation, note = _judge(model, parts, threshold)
    inheritance = None if old is None else _inheritance(old, copied, labels, parts.judged)
    return Training(
        model,
        done.history,
        done.best_epoch,
        evaluation,
        note,
        difference,
        done.interrupted,
        inheritance,
    )


def _provenance(parts: Split, old: Predecessor | None, generated: Generator | None) -> dict[str, Any]:
    """What a model was made of, for its manifest."""
    return {
        "note": parts.note,
        "init_from": None if old is None else old.name,
        **({} if generated is None else {"generated": generated.describe()}),
        "train": fingerprints(parts.train),
        "validation": fingerprints(parts.validation),
    }


def _judge(model: GestureModel, parts: Split, threshold: float | None) -> tuple[Evaluation, str]:
    """Choose the thresholds unless one was asked for, and evaluate; both on what was held out.

    Returns:
        The evaluation, which the manifest has from now on, too, and what it can and cannot show.
    """
    note, said = parts.note, list(hear(model, parts.judged))
    if threshold is None and parts.validation:
        model.manifest = replace(model.manifest, thresholds=calibrate(model, parts.judged, said=said))
        note += "; the thresholds were chosen there, too"
    evaluation = evaluate_model(model, parts.judged, said=said)
    metrics = {"validation" if parts.validation else "train": evaluation.to_json()}
    model.manifest = replace(model.manifest, metrics=metrics)
    return evaluation, note


def _labels(parts: Split, generated: Generator | None) -> tuple[str, ...]:
    """Of the recordings that are trained on, and of what is performed."""
    recorded = labels_of(parts.train)[1:]
    return (BACKGROUND, *sorted({*recorded, *(generated.labels if generated is not None else ())}))


def _inheritance(
    old: Predecessor, copied: tuple[str, ...], labels: tuple[str, ...], judged: Sequence[Recording]
) -> Inheritance:
    manifest = old.model.manifest
    seen = set(manifest.training.get("train", {}).values()) & set(fingerprints(judged).values())
    changes = compare_labels(manifest.labels, labels)
    return Inheritance(old.name, copied, changes, len(seen), old.model, judged)
