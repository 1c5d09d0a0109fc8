"""`gesture recordings import`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click

from gesture.cli.options import HELP, engine_options, say, to_option, view_option


class ImageSize(click.ParamType[tuple[int, int]]):
    """`640x480`."""

    name = "WIDTHxHEIGHT"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        if isinstance(value, tuple):
            return value
        width, _, height = value.lower().partition("x")
        if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
            self.fail(f"{value!r} is no size. Expected WIDTHxHEIGHT in pixels, such as 640x480.", param, ctx)
        return int(width), int(height)


@click.command("import", context_settings=HELP)
@click.argument("sources", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--table",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A table of files: file,label[,group,start_s,end_s].",
)
@click.option("--group-column", default="group", help="The table's column that stands for the person.")
@click.option("--person", help="Whose hands, where no table says.  [default: unknown]")
@click.option("--label", help="What it shows.  [default: the name of the folder that a file is in]")
@to_option
@view_option
@click.option("--mirrored/--not-mirrored", default=None, help="Whether the images were flipped.")
@click.option("--rate", type=click.FloatRange(1, 1000), help="Frames a second, where a format holds none.")
@click.option("--image-size", type=ImageSize(), help="In pixels, where a format holds none.")
@click.option("--hand", type=click.Choice(["left", "right"]), help="Whose, where a format does not say.")
@click.option("--workers", type=click.IntRange(1, 256), help="Processes.  [default: one per core]")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per source.")
@engine_options
def import_recordings(
    sources: tuple[Path, ...],
    table: Path | None,
    group_column: str,
    person: str | None,
    label: str | None,
    root: Path,
    rate: float | None,
    workers: int | None,
    as_json: bool,
    **settings: Any,
) -> None:
    """Make recordings of videos, or of what other projects stored.

    \b
      gesture recordings import clips                    clips/LABEL/*.mp4
      gesture recordings import --table clips.csv        file,label[,group,start_s,end_s]
      gesture recordings import dataset --rate 30        raw_*.npy, MP_Data/LABEL/TAKE/FRAME.npy
      gesture recordings import model/keypoint_classifier/keypoint.csv
      gesture recordings import all.parquet              what 'gesture recordings export' wrote

    A clip is one take, trimmed to the motion unless start_s or end_s is given. 'background' is a label, too.
    What was imported before is skipped; what fails is listed, and the rest goes on.
    """
    from gesture.import_screen import import_on_screen, import_summary
    from gesture.importing import UNKNOWN_PERSON, Settings, sources_in, sources_in_table
    from gesture.landmarks.hand_models import load_hand_models

    if (table is None) == (not sources):
        raise click.UsageError("give folders or files to import, or a --table, and not both.")
    who = person or UNKNOWN_PERSON
    if table:
        found = sources_in_table(table, person=who, group_column=group_column)
    else:
        found = [source for path in sources for source in sources_in(path, person=who, label=label)]
    chosen = Settings(rate_hz=rate, **settings)
    kinds = {source.kind for source in found}
    for sentence in chosen.assumptions(kinds):
        say(sentence)
    if any(source.person == UNKNOWN_PERSON for source in found if source.kind != "table"):
        say(f"nobody said whose hands: all are taken for one person, {UNKNOWN_PERSON!r} (--person NAME).")
    if "video" in kinds:
        load_hand_models(chosen.hand_model)  # once, rather than in every process
    quiet = click.get_current_context().find_root().obj["quiet"]
    outcomes = import_on_screen(found, root, chosen, workers or os.cpu_count() or 1, quiet=quiet)
    if as_json:
        for outcome in outcomes:
            click.echo(json.dumps(_facts(outcome), ensure_ascii=False))
    else:
        click.echo(import_summary(outcomes))
    if any(outcome.state == "failed" for outcome in outcomes):
        click.get_current_context().exit(1)


def _facts(outcome: Any) -> dict[str, Any]:
    return {
        "source": str(outcome.source.path),
        "state": outcome.state,
        "recording": outcome.recording and str(outcome.recording),
        "message": outcome.message,
        "notes": list(outcome.notes),
    }
