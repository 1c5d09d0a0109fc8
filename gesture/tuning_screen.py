"""The fine-tuning of a taught model as a process of its own: shown on stderr, Ctrl-C ends it and nothing else.

It is started before the takes are recorded, so that TensorFlow is loaded when they are there.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

Tune = Callable[[Callable[[str], None]], dict[str, Any] | None]


@contextmanager
def tuning(folder: Path, root: Path) -> Iterator[Tune]:
    """A process that gets ready to fine-tune a model; it is ended with the block.

    Args:
        folder: of the model, which need not be there yet; replaced if the outcome is good.
        root: of the recordings.

    Returns:
        A function that lets it begin and shows that it runs. It takes what says messages to the user, and returns
        the outcome's fields; None where there is none, and the model is as it was.

    Example:
        >>> with tuning(Path("models/mine"), Path("recordings")) as tune:
        ...     outcome = tune(print)
    """
    command = [sys.executable, "-m", "gesture.learning.fine_tuning", str(folder), str(root), "--when-told"]
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        try:
            yield lambda say: _tune(process, errors, say)
        finally:
            process.terminate()


def _tune(
    process: subprocess.Popen[str], errors: IO[str], say: Callable[[str], None]
) -> dict[str, Any] | None:
    columns = (TextColumn("training"), BarColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            progress.add_task("", total=None)
            _begin(process)
            said = process.stdout.read() if process.stdout else ""
    except KeyboardInterrupt:
        say("left out: the light head stays.")
        return None
    answer: dict[str, Any] = json.loads(said or "{}")
    if "taken" in answer:
        return answer
    errors.seek(0)
    last = (errors.read().strip().splitlines() or ["the training broke off"])[-1]
    say(f"not trained, the light head stays: {answer.get('error', last)}")
    return None


def _begin(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    with suppress(BrokenPipeError):  # it broke off while it got ready, and what it wrote says why
        process.stdin.write("\n")
        process.stdin.close()
