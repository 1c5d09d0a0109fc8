"""Models of SHREC 2021 for the benchmarks that judge them: trained once, two at a time, and kept where asked to.

Four folds by hand size. Of the three quarters that a fold trains on, one is kept back: it chooses the epoch and the
thresholds. The thresholds are chosen anew when a kept model is used, for the decision as it is by then.
"""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import click
from public_sets import HAND_SIZES, shrec2021, thinned
from rich.console import Console

from gesture.decision import Decision
from gesture.manifest import MANIFEST
from gesture.runtime import GestureModel
from gesture.streams import Form
from gesture.training.calibration import FALSE_PER_MINUTE, calibrate
from gesture.types import IGNORE, Recording

UNITS, LAYERS, EPOCHS = 96, 2, 30


@dataclass(frozen=True)
class Fold:
    """What one model is trained for.

    Attributes:
        seed: of the training.
        quarter: of the hand sizes, tested; None where all of the training part teaches.
        unknown: labels that it is never shown.
        form, epochs: of the training.
    """

    seed: int
    quarter: int | None
    unknown: tuple[str, ...] = ()
    form: Form = "streaming"
    epochs: int = EPOCHS

    @property
    def name(self) -> str:
        part = "all" if self.quarter is None else f"q{self.quarter}"
        return "_".join(
            [
                self.form,
                f"e{self.epochs}",
                f"s{self.seed}",
                part,
                *["without", *self.unknown] * bool(self.unknown),
            ]
        )

    @property
    def chooser(self) -> str:
        """The person (hand size) that chooses epoch and thresholds."""
        return f"size{(self.seed if self.quarter is None else self.quarter + 1) % HAND_SIZES}"

    def rest(self, recordings: Sequence[Recording]) -> list[Recording]:
        """What is not tested; the unknown labels are neither gesture nor background there."""
        return without(
            [recording for recording in recordings if recording.person != f"size{self.quarter}"], self.unknown
        )

    def test(self, recordings: Sequence[Recording]) -> list[Recording]:
        """The quarter that training knows nothing of."""
        return [recording for recording in recordings if recording.person == f"size{self.quarter}"]


def without(recordings: Sequence[Recording], labels: Collection[str]) -> list[Recording]:
    """The takes of these labels become `ignore`: trained neither as a gesture nor as background."""
    return [
        replace(
            recording,
            takes=tuple(
                replace(take, label=IGNORE) if take.label in labels else take for take in recording.takes
            ),
        )
        for recording in recordings
    ]


def fold_options(command: Callable[..., None]) -> Callable[..., None]:
    """`--models` and `--workers`."""
    command = click.option("--workers", default=2, show_default=True, help="Trainings at a time.")(command)
    return click.option(
        "--models",
        type=click.Path(path_type=Path),
        help="Keep the trained models in this folder, and use those that are there.",
    )(command)


def fold_models(
    folds: Sequence[Fold],
    data: Path,
    models: Path | None,
    *,
    workers: int,
    limit: int | None = None,
    false_per_minute: float = FALSE_PER_MINUTE,
) -> Iterator[tuple[Fold, GestureModel]]:
    """A model for each fold, in order.

    Args:
        folds: what to train for.
        data: the folder that holds `shrec2021_online`.
        models: where models are kept; None to forget them.
        workers: trainings at a time, each on one core.
        limit: use so many sequences only.
        false_per_minute: what the thresholds are chosen for.
    """
    console = Console(stderr=True)
    recordings = thinned(shrec2021(data / "shrec2021_online"), limit)
    temporary = tempfile.TemporaryDirectory() if models is None else nullcontext(models)
    spawned = multiprocessing.get_context("spawn")  # TensorFlow does not survive a fork
    with temporary as folder, ProcessPoolExecutor(workers, spawned) as pool:
        paths = [Path(folder) / fold.name for fold in folds]
        missing = [(fold, path) for fold, path in zip(folds, paths, strict=True) if not _is_there(path)]
        jobs = {path: pool.submit(train, data, limit, fold, path) for fold, path in missing}
        for fold, path in zip(folds, paths, strict=True):
            if path in jobs:
                console.print(f"{fold.name}: trained in {jobs[path].result():.0f} s", highlight=False)
            yield fold, calibrated(GestureModel.load(path), fold, recordings, false_per_minute)


def _is_there(path: Path) -> bool:
    return (path / MANIFEST).is_file()


def train(data: Path, limit: int | None, fold: Fold, path: Path) -> float:
    """Train, save; seconds."""
    from gesture.train import train_model

    recordings = thinned(shrec2021(data / "shrec2021_online"), limit)
    size = {"units": UNITS, "layers": LAYERS}
    model = train_model(
        fold.rest(recordings),
        form=fold.form,
        **size,
        epochs=fold.epochs,
        seed=fold.seed,
        holdout=[fold.chooser],
    )
    model.save(path)
    return float(model.manifest.training["seconds"])


def calibrated(
    model: GestureModel, fold: Fold, recordings: Sequence[Recording], false_per_minute: float
) -> GestureModel:
    """The model with the decision as it is now, its thresholds chosen for it."""
    held_out = [recording for recording in fold.rest(recordings) if recording.person == fold.chooser]
    model.manifest = replace(model.manifest, decision=Decision())
    model.manifest = replace(model.manifest, thresholds=calibrate(model, held_out, false_per_minute))
    return model
