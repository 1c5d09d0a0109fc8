"""`gesture recordings`: look after what is recorded."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from gesture.cli.importing import import_recordings
from gesture.cli.options import HELP, RECORDINGS, counted, say

FOLDER = click.argument("folder", default=RECORDINGS, type=click.Path(path_type=Path))


@click.group(context_settings=HELP)
def recordings() -> None:
    """What is recorded: list, check, import, export, delete.

    \b
      gesture recordings list
      gesture recordings check                       what would spoil a training
      gesture recordings import clips                bring your own videos
      gesture recordings delete --person p1          forget somebody
    """


@recordings.command("list", context_settings=HELP)
@FOLDER
@click.option("--json", "as_json", is_flag=True, help="One JSON object per recording.")
def list_recordings(folder: Path, as_json: bool) -> None:
    """List recordings: who, how long, which takes.

    \b
      gesture recordings list
    """
    from gesture.listing import recording_facts, recordings_table
    from gesture.recording import load_recordings

    facts = [recording_facts(recording) for recording in load_recordings(folder)]
    if as_json:
        for fact in facts:
            click.echo(json.dumps(fact, ensure_ascii=False))
    else:
        recordings_table(facts)


@recordings.command("check", context_settings=HELP)
@FOLDER
@click.option("--json", "as_json", is_flag=True, help="One JSON object per problem.")
def check(folder: Path, as_json: bool) -> None:
    """Look for what would spoil a training. Exit code 1 if anything is found.

    \b
      gesture recordings check
    """
    from gesture.upkeep.checking import check_recordings

    checked = check_recordings(folder)
    for problem in checked.problems:
        line = " ".join(filter(None, (f"{problem.recording}: {problem.what.rstrip('.')}.", problem.remedy)))
        click.echo(json.dumps(asdict(problem), ensure_ascii=False) if as_json else line)
    spoilt = {problem.recording for problem in checked.problems}
    found = counted(len(checked.problems), "problem") if checked.problems else "nothing wrong"
    where = f" in {len(spoilt)} of them" if len(spoilt) < len(checked.recordings) and spoilt else ""
    say(f"{counted(len(checked.recordings), 'recording')}, {found}{where}")
    if checked.problems:
        click.get_current_context().exit(1)


@recordings.command("delete", context_settings=HELP)
@FOLDER
@click.option("--person", required=True, help="Whose recordings.")
@click.option("--models", default="models", type=click.Path(path_type=Path), help="Where models are.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(folder: Path, person: str, models: Path, yes: bool) -> None:
    """Delete everything of a person, and name the models that were trained on it.

    \b
      gesture recordings delete --person p1
    """
    from gesture.upkeep import delete_recording, traces_of

    traces = traces_of(person, folder, models, places=[Path()])
    for path in [*traces.folders, *traces.exports]:
        click.echo(path)
    what = counted(len(traces.folders), "recording")
    what += f" and {counted(len(traces.exports), 'export')}" if traces.exports else ""
    if not yes and not click.confirm(f"Delete {what}? This cannot be undone.", err=True):
        say("nothing was deleted")
        click.get_current_context().exit(1)
    for path in traces.folders:
        delete_recording(path)
    for path in traces.exports:
        path.unlink(missing_ok=True)
    say(f"deleted {what} of {person}")
    for model in traces.models:
        say(
            f"{model}: was trained on some of it and names it. Delete it, or train it again: gesture train -o {model}"
        )


@recordings.command("rename-label", context_settings=HELP)
@click.argument("old")
@click.argument("new")
@FOLDER
def rename(old: str, new: str, folder: Path) -> None:
    """Give every take of a label another one; where that exists, the two become one.

    \b
      gesture recordings rename-label wink wave
    """
    from gesture.upkeep import rename_label

    renamed, before = rename_label(folder, old, new)
    joined = f", which makes {renamed + before} of {new}" if before else ""
    click.echo(f"renamed {counted(renamed, 'take')}{joined}")
    say(f"models trained before still say {old}: train them again with 'gesture train'")


@recordings.command("export", context_settings=HELP)
@FOLDER
@click.option(
    "--parquet",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write: a row per frame.",
)
def export(folder: Path, parquet: Path) -> None:
    """Write recordings as one table, for pandas, polars, R or DuckDB.

    \b
      gesture recordings export --parquet all.parquet
    """
    from rich.console import Console

    from gesture.recording import load_recordings
    from gesture.upkeep.parquet import write_parquet

    found = load_recordings(folder)
    quiet = click.get_current_context().find_root().obj["quiet"]
    with Console(stderr=True, quiet=quiet).status(f"writing {counted(len(found), 'recording')}"):
        write_parquet(found, parquet)
    click.echo(parquet)
    say(f"{sum(map(len, found))} frames of {counted(len(found), 'recording')}")


recordings.add_command(import_recordings)
