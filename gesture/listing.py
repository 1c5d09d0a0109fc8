"""Tables for the terminal: what is recorded, how a model did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from gesture.evaluate import Evaluation, label_rows
from gesture.types import IGNORE, Recording


def recording_facts(recording: Recording) -> dict[str, Any]:
    """A recording in a few plain JSON values.

    Example:
        >>> recording_facts(recording)["takes"]
        {'wave': 10}
    """
    seen = ~np.isnan(recording.landmarks[:, :, 0, 0]).all(axis=1)
    rate_hz = (len(recording) - 1) / recording.duration_s if recording.duration_s else 0.0
    return {
        "name": recording.name,
        "person": recording.person,
        "duration_s": round(recording.duration_s, 1),
        "rate_hz": round(rate_hz, 1),
        "hand_in_view": round(float(seen.mean()), 3) if len(recording) else 0.0,
        "takes": dict(
            sorted(Counter(take.label for take in recording.takes if take.label != IGNORE).items())
        ),
        "view": recording.view,
        "engine": recording.engine,
    }


def recordings_table(facts: Sequence[dict[str, Any]]) -> None:
    """Print recordings as a table on stdout."""
    table = Table("recording", "person", "length", "rate", "hand in view", "takes", box=None)
    for fact in facts:
        takes = ", ".join(f"{count} {label}" for label, count in fact["takes"].items()) or "none"
        table.add_row(
            fact["name"],
            fact["person"],
            f"{fact['duration_s']:.0f} s",
            f"{fact['rate_hz']:.0f} Hz",
            f"{fact['hand_in_view']:.0%}",
            takes,
        )
    Console(soft_wrap=True).print(table)


def evaluation_table(evaluation: Evaluation) -> None:
    """Print an evaluation on stdout, gesture by gesture, and its one-line summary."""
    console = Console(soft_wrap=True)
    table = Table("gesture", "takes", "right", "recall", "precision", box=None)
    for row in label_rows(evaluation):
        table.add_row(*(str(row[name]) for name in ("label", "takes", "right", "recall", "precision")))
    console.print(table)
    console.print(str(evaluation), highlight=False)
