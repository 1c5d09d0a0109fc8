"""`gesture train` and `gesture evaluate`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from gesture.cli.options import HELP, RECORDINGS, counted, say, tracked


@click.command(context_settings=HELP)
@click.argument("folder", default=RECORDINGS, metavar="[RECORDINGS]", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    default="models/mine",
    type=click.Path(file_okay=False, path_type=Path),
    help="The model's folder.",
)
@click.option(
    "--init-from", "init_from", metavar="MODEL", help="Start from this model's weights; labels may differ."
)
@click.option(
    "--cell",
    type=click.Choice(["gru", "lstm", "rnn"]),
    help="What remembers.  [default: MODEL's, else gru]",
)
@click.option(
    "--units", type=click.IntRange(1, 1024), help="How much it remembers.  [default: MODEL's, else 64]"
)
@click.option(
    "--layers", type=click.IntRange(1, 8), help="Recurrent layers on each other.  [default: MODEL's, else 1]"
)
@click.option(
    "--form",
    type=click.Choice(["streaming", "window"]),
    help="Carry a state from frame to frame, or look at the last 2 s anew.  [default: MODEL's, else streaming]",
)
@click.option(
    "--either-hand",
    is_flag=True,
    help="The other hand's mirror image means the same: true of signs and poses, not of swipes.",
)
@click.option("--epochs", default=40, type=click.IntRange(1), help="Passes over the takes; the best is kept.")
@click.option("--seed", default=0, help="The same one on the same takes gives the same model.")
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    help="When to fire; higher is quieter.  [default: what suits each label]",
)
@click.option(
    "--holdout", metavar="PERSON", multiple=True, help="Who validates; may be repeated.  [default: chosen]"
)
@click.option("--json", "as_json", is_flag=True, help="The evaluation as one JSON object.")
def train(folder: Path, output: Path, init_from: str | None, as_json: bool, **options: Any) -> None:
    """Train a model on recordings. Ctrl-C keeps the best epoch so far.

    \b
      gesture train                             all recordings into models/mine
      gesture train -o models/desk --cell lstm --holdout p2
      gesture train --init-from default         begin with what another model knows, and compare the two

    A training that was killed goes on after its last whole epoch when the same command is given again.
    """
    from gesture.folders import check_replaceable
    from gesture.manifest import MANIFEST, find_model, read_manifest
    from gesture.recording import check_name, load_recordings
    from gesture.training.checkpoint import checkpoint_path
    from gesture.training.dataset import check_labelled
    from gesture.types import IGNORE

    check_name("model", output.name)
    old = None if init_from is None else find_model(init_from)
    if old is not None:
        read_manifest(old)
    checkpoint = checkpoint_path(output)
    found = load_recordings(folder)
    check_labelled(found)
    check_replaceable(output, MANIFEST)
    num_takes = sum(take.label != IGNORE for recording in found for take in recording.takes)
    say(f"{counted(len(found), 'recording')}, {counted(num_takes, 'take')}; starting TensorFlow")
    from gesture.training_screen import train_on_screen

    training = train_on_screen(found, {**options, "init_from": old, "checkpoint": checkpoint})
    path = training.model.save(output)
    checkpoint.unlink(missing_ok=True)
    _print_training(training, as_json)
    say(f"{training.note}\nsaved {path}; report: {path / 'report.html'}\ntry it: gesture live {path}")


@click.command(context_settings=HELP)
@click.argument("model", required=False)
@click.argument("folder", default=RECORDINGS, metavar="[RECORDINGS]", type=click.Path(path_type=Path))
@click.option("--stream", "as_stream", is_flag=True, help="Score continuous streams, as benchmarks do.")
@click.option(
    "--pictures",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="With --stream: truth and events of each recording on one time axis, as SVG.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def evaluate(model: str | None, folder: Path, as_stream: bool, pictures: Path | None, as_json: bool) -> None:
    """Play recordings through a model and count right, missed and false.

    \b
      gesture evaluate models/desk recordings
      gesture evaluate models/desk recordings --stream --pictures streams
    """
    from gesture.evaluation.onsets import evaluate_model
    from gesture.manifest import find_model
    from gesture.recording import load_recordings
    from gesture.runtime import GestureModel

    if pictures is not None and not as_stream:
        raise click.UsageError("--pictures shows streams. Give --stream with it.")
    path = find_model(model)
    loaded, recordings = GestureModel.load(path), load_recordings(folder)
    say(f"model: {path}")
    if as_stream:
        _evaluate_stream(loaded, tracked(recordings, "playing"), pictures, as_json)
    else:
        _print_evaluation(evaluate_model(loaded, recordings), as_json)


def _evaluate_stream(model: Any, recordings: Any, pictures: Path | None, as_json: bool) -> None:
    from gesture.evaluation.stream_evaluation import evaluate_stream
    from gesture.evaluation.timeline import save_pictures
    from gesture.listing import stream_tables

    evaluation = evaluate_stream(model, recordings)
    if as_json:
        click.echo(json.dumps(evaluation.to_json(), ensure_ascii=False))
    else:
        stream_tables(evaluation)
    if pictures is not None:
        say(f"{len(save_pictures(evaluation.streams, pictures))} pictures in {pictures}")


def _print_training(training: Any, as_json: bool) -> None:
    from gesture.listing import comparison_table

    if training.inheritance is None:
        _print_evaluation(training.evaluation, as_json)
    elif as_json:
        before = training.inheritance.before.to_json()
        click.echo(json.dumps({**training.evaluation.to_json(), "before": before}, ensure_ascii=False))
    else:
        comparison_table(training.inheritance, training.evaluation)


def _print_evaluation(evaluation: Any, as_json: bool) -> None:
    from gesture.listing import evaluation_table

    if as_json:
        click.echo(json.dumps(evaluation.to_json(), ensure_ascii=False))
    else:
        evaluation_table(evaluation)
