"""A finished training -> the pictures and `report.html` that go into the model's folder."""

from __future__ import annotations

import base64
from importlib import resources

import jinja2
import numpy as np

from gesture.evaluation.onsets import comparison_rows, label_rows
from gesture.plots import plot_confusion, plot_label_bars, plot_learning_curves
from gesture.train import Training


def report_files(training: Training) -> dict[str, bytes]:
    """The report of a training, by file name: `report.html` (self-contained) and its three pictures; as SVG the labels
    stay text, so that every script has its glyphs.

    Example:
        >>> sorted(report_files(training))
        ['confusion.svg', 'labels.svg', 'learning.svg', 'report.html']
    """
    evaluation = training.evaluation
    pictures = {
        "confusion.svg": plot_confusion(evaluation.confusion, evaluation.labels, form="svg"),
        "labels.svg": plot_label_bars(
            evaluation.precision.tolist(), evaluation.recall.tolist(), evaluation.labels[1:], form="svg"
        ),
        "learning.svg": plot_learning_curves(_history(training), "svg", training.best_epoch),
    }
    return {**pictures, "report.html": _page(training, pictures).encode()}


def _history(training: Training) -> dict[str, list[float]]:
    names = ("loss", "accuracy", "val_loss", "val_accuracy")
    curves = {name: [getattr(epoch, name) for epoch in training.history] for name in names}
    return {name: values for name, values in curves.items() if np.isfinite(values).all()}


def _page(training: Training, pictures: dict[str, bytes]) -> str:
    template = resources.files("gesture").joinpath("report.html.jinja").read_text(encoding="utf-8")
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    manifest = training.model.manifest
    return environment.from_string(template).render(
        manifest=manifest,
        training=training,
        evaluation=training.evaluation,
        rows=label_rows(training.evaluation),
        compared=training.inheritance and comparison_rows(training.inheritance.before, training.evaluation),
        pictures={name: base64.b64encode(content).decode() for name, content in pictures.items()},
    )
