"""`gesture virtual`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gesture.cli.options import HELP, tracked


@click.command(context_settings=HELP)
@click.option("--sheet", is_flag=True, help="Draw every gesture, pose and idle movement as filmstrips.")
@click.option(
    "-o",
    "--output",
    default="sheet.png",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The picture.",
)
@click.option(
    "--view",
    type=click.Choice(["facing", "egocentric"]),
    default="facing",
    help="Where the camera stands.",
)
@click.option(
    "--person", type=click.IntRange(0), help="One virtual person's number. [default: each style another]"
)
@click.option("--seed", default=0, help="Another one gives other performances.")
@click.option("--styles", default=3, type=click.IntRange(1, 8), help="Performances of each.")
@click.option(
    "--wide", is_flag=True, help="Tempo, size, hand and camera over all that people do and cameras see."
)
@click.option("--lead", "lead_s", type=float, help="Seconds of approach and way back to show too.")
def virtual(
    sheet: bool,
    output: Path,
    view: Any,
    person: int | None,
    seed: int,
    styles: int,
    wide: bool,
    lead_s: float | None,
) -> None:
    """The virtual hand, which makes training data and plays the demo.

    \b
      gesture virtual --sheet -o sheet.png
      gesture virtual --sheet --view egocentric --seed 7
    """
    if not sheet:
        raise click.UsageError("Nothing to do. Ask for --sheet.")
    from gesture.display.sheet import GROUPS, draw_sheet, perform_row, save_picture
    from gesture.virtual import USUAL, WIDE

    groups = [
        (
            title,
            [
                perform_row(
                    label,
                    scripts,
                    num_styles=styles,
                    seed=seed,
                    person=person,
                    view=view,
                    variety=WIDE if wide else USUAL,
                    lead_s=lead_s,
                )
                for label in tracked(list(scripts), title)
            ],
        )
        for title, scripts in GROUPS.items()
    ]
    save_picture(draw_sheet(groups), output)
    click.echo(output)
