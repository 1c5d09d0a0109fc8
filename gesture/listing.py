"""Tables for the terminal: what is recorded, how a model did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.table import Table

from gesture.evaluation.onsets import Evaluation, comparison_rows, label_rows
from gesture.evaluation.stream_evaluation import MIN_UNITS, StreamEvaluation
from gesture.evaluation.stream_scores import StreamScores, label_scores
from gesture.types import IGNORE, Recording

if TYPE_CHECKING:  # it imports TensorFlow
    from gesture.training.transfer import Inheritance


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


def comparison_table(inheritance: Inheritance, after: Evaluation) -> None:
    """Print an old model against the new one that began with its weights, on the same recordings."""
    console = _console()
    table = _table("gesture", "", "takes", "recall before", "now", "precision before", "now")
    for row in comparison_rows(inheritance.before, after):
        table.add_row(row["label"], row["change"], str(row["takes"]), *row["recall"], *row["precision"])
    console.print(table)
    console.print(f"{inheritance}\nbefore: {inheritance.before}\nnow: {after}")
    if inheritance.changes.added:
        console.print("before leaves out the takes of what is new: the old model could not know them")


def stream_tables(evaluation: StreamEvaluation) -> None:
    """Print scores of continuous streams on stdout: by gesture, by person, then over all."""
    console = _console()
    console.print(_label_table(evaluation.scores))
    if len(evaluation.by_person) > 1:
        console.print()
        console.print(_person_table(evaluation))
    console.print()
    for line in _summary(evaluation):
        console.print(line)


def _console() -> Console:
    """A file or a pipe has no width that a table would have to fit."""
    width = None if Console().is_terminal else 120
    return Console(width=width, soft_wrap=True, highlight=False)


def _label_table(scores: StreamScores) -> Table:
    columns = ("takes", "correct", "misclassified", "false", "dr", "fp", "ji", "correct_2022")
    table = _table("gesture", "takes", "correct", "mistaken", "false", "DR", "95 %", "FP", "JI", "'22")
    for row in label_scores(scores):
        cells = [_cell(row[name]) for name in columns]
        table.add_row(row["label"], *cells[:5], _span(row["dr_interval"]), *cells[5:])
    return table


def _person_table(evaluation: StreamEvaluation) -> Table:
    table = _table("person", "takes", "DR", "FP", "JI", "sequence", "false a minute", "delay")
    for person, scores in evaluation.by_person.items():
        facts = scores.to_json()
        table.add_row(
            person,
            str(facts["takes"]),
            *(_cell(facts["shrec2021"][name]) for name in ("dr", "fp", "ji")),
            *(_cell(facts[name]) for name in ("sequence_accuracy", "false_per_minute")),
            _cell(facts["delay_from_start_s"]["median"]),
        )
    return table


def _summary(evaluation: StreamEvaluation) -> list[str]:
    facts = evaluation.to_json()
    lines = [
        f"{name}: " + ", ".join(_rate(facts, rules, rate) for rate in ("dr", "fp", "ji"))
        for name, rules in (("SHREC'21", "shrec2021"), ("SHREC'22", "shrec2022"))
    ]
    over = facts["interval_over"]
    lines.append(
        f"  95 % intervals: bootstrap over {over}"
        if over
        else f"  no interval: it takes {MIN_UNITS} persons or recordings; those by gesture are over takes (Wilson)"
    )
    lines.append(f"label sequence: {_cell(facts['sequence_accuracy'])} right (1 - edit distance / takes)")
    lines.append(
        f"false activations: {facts['false_activations']} in {facts['minutes']:.1f} minutes, "
        f"{_cell(facts['false_per_minute'])} a minute (95 %, Poisson: {_span(facts['false_per_minute_interval'])})"
    )
    lines.append(
        f"delay, median (10 to 90 %): {_delay(facts['delay_from_start_s'])} from the true start, "
        f"{_delay(facts['delay_from_end_s'])} from the true end"
    )
    return lines


def _table(first: str, *others: str) -> Table:
    table = Table(first, box=None, collapse_padding=True, pad_edge=False)
    for name in others:
        table.add_column(name, justify="right")
    return table


def _rate(facts: dict[str, Any], rules: str, rate: str) -> str:
    span = f" ({_span(facts['intervals'][rules][rate])})" if rules in facts["intervals"] else ""
    return f"{rate.upper()} {_cell(facts[rules][rate])}{span}"


def _delay(quantiles: dict[str, float | None]) -> str:
    if quantiles["median"] is None:
        return "–"
    return f"{quantiles['median']:.2f} s ({quantiles['p10']:.2f} to {quantiles['p90']:.2f})"


def _span(interval: Sequence[float | None]) -> str:
    return "–" if None in interval else f"{interval[0]:.2f}–{interval[1]:.2f}"


def _cell(value: float | int | None) -> str:
    return "–" if value is None else f"{value:.2f}" if isinstance(value, float) else str(value)
