"""Puts a benchmark's table into a page of `docs/`, with the command, the date and the versions that gave it."""

from __future__ import annotations

import datetime
import importlib.metadata
import re
import sys
from collections.abc import Sequence
from pathlib import Path

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
    command = re.sub(r"--data[ =]\S+", "--data FOLDER", command)
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
