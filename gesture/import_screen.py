"""What is on the screen during an import: a bar, then what failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gesture.importing import Outcome, Settings, Source, import_sources


def import_on_screen(
    sources: Sequence[Source], root: Path, settings: Settings, workers: int, *, quiet: bool = False
) -> list[Outcome]:
    """`import_sources` with its progress on stderr; what failed is listed at the end.

    Args:
        sources, root, settings, workers: as in `import_sources`.
        quiet: show only what failed.
    """
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    columns = (
        *(TextColumn("importing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()),
        TextColumn("{task.fields[newest]}"),
    )
    outcomes = []
    with Progress(
        *columns, console=console, disable=quiet or not console.is_terminal, transient=True
    ) as progress:
        task = progress.add_task("importing", total=len(sources), newest="")
        try:
            for outcome in import_sources(sources, root, settings, workers=workers):
                outcomes.append(outcome)
                newest = escape(outcome.source.path.name)
                progress.update(task, advance=1, newest=newest)
                if not console.is_terminal and not quiet:  # a bar cannot be redrawn in a log
                    console.print(f"{len(outcomes)}/{len(sources)} {outcome.state} {newest}")
        except KeyboardInterrupt:
            console.print(f"stopped: {import_summary(outcomes)}. The same command goes on from here.")
            raise
    _print_notes(console, outcomes)
    return outcomes


def _print_notes(console: Console, outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        for note in outcome.notes:
            console.print(f"{escape(outcome.source.path.name)}: {escape(note)}", style="yellow")
    for outcome in outcomes:
        if outcome.state == "failed":
            console.print(f"failed: {escape(outcome.message)}", style="red")


def import_summary(outcomes: Sequence[Outcome]) -> str:
    """What became of all of it, in a line.

    Example:
        >>> import_summary([])
        'imported 0, there already 0, failed 0'
    """
    states = Counter(outcome.state for outcome in outcomes)
    return f"imported {states['imported']}, there already {states['there']}, failed {states['failed']}"
