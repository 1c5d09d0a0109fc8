"""The fine-tuning of a taught model as a process of its own: its epochs on stderr, Ctrl-C ends it and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn


def tune_on_screen(folder: Path, root: Path, say: Callable[[str], None]) -> dict[str, Any] | None:
    """Fine-tune the model of a folder on the recordings in another.

    Args:
        folder: of the model; replaced if the outcome is good.
        root: of the recordings.
        say: for what went wrong.

    Returns:
        The outcome's fields; None where there is none, and the model is as it was.
    """
    command = [sys.executable, "-m", "gesture.learning.fine_tuning", str(folder), str(root)]
    columns = (TextColumn("training"), BarColumn(), MofNCompleteColumn())
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
        Progress(*columns, console=Console(stderr=True), transient=True) as progress,
    ):
        task = progress.add_task("epochs", total=None)
        answer: dict[str, Any] = {}
        try:
            for line in process.stdout or ():
                answer = json.loads(line)
                if "epoch" in answer:
                    progress.update(task, completed=answer["epoch"], total=answer["num_epochs"])
        except KeyboardInterrupt:
            process.terminate()
            say("left out: the light head stays.")
            return None
        process.wait()
        errors.seek(0)
        last = (errors.read().strip().splitlines() or ["the training broke off"])[-1]
    if "taken" in answer:
        return answer
    say(f"not trained, the light head stays: {answer.get('error', last)}")
    return None
