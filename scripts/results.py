"""Puts a benchmark's table into a page of `docs/`, with the command, the date and the versions that gave it."""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import numpy as np

DOCS = Path(__file__).resolve().parent.parent / "docs"
LIBRARIES = ("gesture", "tensorflow", "keras", "numpy", "ai-edge-litert")


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; floats with three decimals."""
    lines = [head, ["---"] * len(head), *([_cell(value) for value in row] for row in rows)]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def _cell(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def publish(name: str, text: str, page_name: str = "benchmarks.md") -> None:
    """Replace the part of the page between `<!-- name -->` and `<!-- /name -->`."""
    command = " ".join(["scripts/benchmark", *sys.argv[1:]])
    command = re.sub(r"--(data|models)[ =]\S+", r"--\1 FOLDER", command)
    versions = ", ".join(f"{library} {importlib.metadata.version(library)}" for library in LIBRARIES)
    stamp = f"`{command}` on {datetime.datetime.now(datetime.UTC):%Y-%m-%d}; {versions}."
    path = DOCS / page_name
    page = path.read_text(encoding="utf-8")
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, _, rest = page.partition(start)
    if not rest:
        raise SystemExit(f"{path}: has no part between {start} and {end}. Expected one for this table.")
    after = rest.partition(end)[2]
    path.write_text(f"{before}{start}\n{text.strip()}\n\n{stamp}\n{end}{after}", encoding="utf-8")


def options(epochs: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The options that benchmarks on public sets share: `data`, `seeds`, `epochs`, `limit`, `as_json`, `write`."""
    decorators = [
        click.option(
            "--data", type=click.Path(path_type=Path, exists=True), envvar="GESTURE_DATA", required=True
        ),
        click.option("--seeds", default=3, show_default=True, help="How many."),
        click.option("--epochs", default=epochs, show_default=True),
        click.option("--limit", type=click.IntRange(1), hidden=True, help="Recordings, for a quick try."),
        click.option("--json", "as_json", is_flag=True),
        click.option("--write", is_flag=True, help="Put the table into docs/benchmarks.md."),
    ]

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


def show(name: str, numbers: object, text: str, *, as_json: bool, write: bool) -> None:
    """Print the numbers or their table, and put the table into the page if that was asked for."""
    click.echo(json.dumps(numbers) if as_json else text)
    if write:
        publish(name, text)


def spread(values: Sequence[float]) -> str:
    """The mean over seeds, with the least and the greatest.

    Example:
        >>> spread([0.8, 0.9])
        '0.850 (0.800–0.900)'
    """
    return f"{np.mean(values):.3f} ({min(values):.3f}–{max(values):.3f})"
