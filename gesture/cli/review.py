"""`gesture review`."""

from __future__ import annotations

from pathlib import Path

import click

from gesture.cli.options import HELP, RECORDINGS, counted, say, training_on
from gesture.errors import GestureError


@click.command(context_settings=HELP)
@click.argument("recording", default=RECORDINGS, metavar="[RECORDING]", type=click.Path(path_type=Path))
def review(recording: Path) -> None:
    """Look at takes and put them right: relabel, move the edges, split, delete, undo.

    \b
      gesture review                                    the newest recording
      gesture review recordings/20260314T091530Z_me

    Everything is done with keys, which the window shows. Each change is saved at once, and can be undone.
    """
    from gesture.display import Window, display_available
    from gesture.review import find_recording, review_recording
    from gesture.types import IGNORE

    folder = find_recording(recording)
    if not display_available():
        raise GestureError(
            "gesture review needs a window, and there is no display here. Run it in a desktop session, or edit the "
            f"takes in {folder / 'recording.json'}; it is made for that."
        )
    with Window("gesture review") as window:
        takes = review_recording(folder, window)
    num_takes = sum(take.label != IGNORE for take in takes)
    say(f"{folder}: {counted(num_takes, 'take')}\ntrain on it: {training_on(folder.parent)}")
