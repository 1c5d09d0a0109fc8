"""`gesture recordings`: look after what is recorded."""

from __future__ import annotations

import json
from pathlib import Path

import click

from gesture.cli.options import HELP, RECORDINGS


@click.group(context_settings=HELP)
def recordings() -> None:
    """What is recorded."""


@recordings.command("list", context_settings=HELP)
@click.argument("folder", default=RECORDINGS, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object per recording.")
def list_recordings(folder: Path, as_json: bool) -> None:
    """List recordings: who, how long, which takes."""
    from gesture.listing import recording_facts, recordings_table
    from gesture.recording import load_recordings

    facts = [recording_facts(recording) for recording in load_recordings(folder)]
    if as_json:
        for fact in facts:
            click.echo(json.dumps(fact, ensure_ascii=False))
    else:
        recordings_table(facts)
