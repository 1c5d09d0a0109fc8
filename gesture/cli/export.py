"""`gesture export`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gesture.cli.options import HELP, RECORDINGS, say


@click.command(context_settings=HELP)
@click.argument("model", required=False)
@click.option(
    "--format",
    "form",
    required=True,
    type=click.Choice(["litert", "onnx", "tf_saved_model", "keras"]),
    help="onnx needs pip install 'gesture[onnx]'.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to write.  [default: exports/MODEL-FORMAT]",
)
@click.option(
    "--recordings",
    "folder",
    default=RECORDINGS,
    type=click.Path(path_type=Path),
    help="Compared on these, if there, and on the virtual hand; never exported.",
)
def export(model: str | None, form: Any, output: Path | None, folder: Path) -> None:
    """Export a model for use outside this project, with an example that runs it.

    \b
      gesture export --format onnx                      the model in use, into exports/
      gesture export models/desk --format litert -o desk

    The export is read back and compared with Keras; a difference above 1e-4 is an error.
    """
    from gesture.manifest import find_model, read_manifest
    from gesture.recording import load_recordings

    path = find_model(model)
    read_manifest(path)
    recordings = load_recordings(folder) if folder.is_dir() and any(folder.glob("*/recording.json")) else []
    say(f"model: {path}; starting TensorFlow")
    from gesture.export import default_output, export_model

    done = export_model(path, form, output or default_output(path, form), recordings)
    click.echo(done.path)
    say(
        f"differs from Keras by {done.difference:.0e} at most, over {done.num_ticks} ticks\n"
        f"try it: python {done.path / 'example.py'}"
    )
