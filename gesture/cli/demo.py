"""`gesture demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gesture.cli.options import HELP, engine_options, say


@click.command(context_settings=HELP)
@click.argument("model", required=False)
@click.option("--seed", default=0, help="Another one gives another person, order and performance.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per event, last a summary.")
@click.option("--no-window", is_flag=True, help="Print only.")
@click.option("--save", type=click.Path(dir_okay=False, path_type=Path), help="Write what the window shows.")
@engine_options
def demo(
    model: str | None,
    seed: int,
    as_json: bool,
    no_window: bool,
    save: Path | None,
    engine: Any,
    hand_model: Path | None,
) -> None:
    """See it work with no camera: a virtual hand gestures, the model answers.

    \b
      gesture demo
      gesture demo --seed 7 --save demo.mp4

    The images are rendered, everything after them is the real thing.
    """
    from gesture.demo import run_demo
    from gesture.landmarks import Landmarker
    from gesture.manifest import find_model

    with Landmarker(engine=engine, hand_model=hand_model) as landmarker:
        run_demo(
            find_model(model),
            seed=seed,
            as_json=as_json,
            wants_window=not no_window,
            save=save,
            landmarker=landmarker,
            write=click.echo,
            say=say,
        )
