"""What is on the screen while a model trains: epoch, loss, accuracy, time left; then the table by gesture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from gesture.report import report_files
from gesture.train import Training, fit
from gesture.training.fitting import Epoch
from gesture.types import Recording


def train_on_screen(recordings: Sequence[Recording], options: dict[str, Any]) -> Training:
    """`fit` with its progress on stderr, the report's files added to the model.

    Args:
        recordings, options: as in `fit`.
    """
    console = Console(stderr=True)
    columns = (TextColumn("epoch"), MofNCompleteColumn(), BarColumn(), TextColumn("{task.fields[figures]}"))
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("epochs", total=options["epochs"], figures="compiling")

        def on_epoch(epoch: Epoch) -> None:
            progress.update(task, completed=epoch.number, figures=_figures(epoch))
            if not console.is_terminal:  # a bar cannot be redrawn in a log
                console.print(f"epoch {epoch.number}/{epoch.num_epochs} {_figures(epoch)}")

        training = fit(recordings, **options, on_epoch=on_epoch)
    if training.interrupted:
        console.print(f"stopped after epoch {len(training.history)}; kept epoch {training.best_epoch}")
    training.model.files.update(report_files(training))
    return training


def _figures(epoch: Epoch) -> str:
    held = "" if math.isnan(epoch.val_loss) else f", held out {epoch.val_loss:.3f} {epoch.val_accuracy:.0%}"
    return f"loss {epoch.loss:.3f}, accuracy {epoch.accuracy:.0%}{held}, {epoch.seconds_left:.0f} s left"
