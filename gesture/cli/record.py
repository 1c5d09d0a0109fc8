"""`gesture record`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gesture.cli.options import HELP, RECORDINGS, engine_options, say


@click.command(context_settings=HELP)
@click.argument("labels", nargs=-1, required=True)
@click.option("--person", required=True, help="Whose hands: the key by which data is split.")
@click.option("--takes", default=10, type=click.IntRange(1), help="How many of each label.")
@click.option("--camera", default="0", help="A webcam's number, or a stream's address.")
@click.option("--input", "source", help="A video file (one take), or 'virtual', instead of the camera.")
@click.option("--view", type=click.Choice(["facing", "egocentric"]), default="facing")
@click.option("--mirrored", is_flag=True, help="The images arrive flipped.")
@click.option("--to", "root", default=RECORDINGS, type=click.Path(file_okay=False, path_type=Path))
@engine_options
def record(
    labels: tuple[str, ...],
    person: str,
    takes: int,
    camera: str,
    source: str | None,
    view: Any,
    mirrored: bool,
    root: Path,
    engine: Any,
    hand_model: Path | None,
) -> None:
    """Record takes of gestures, labelled.

    \b
      gesture record wave swipe_left --person me          ten takes of each, from the webcam
      gesture record wave --person me --input wave.mp4    one take, from a video
      gesture record wave --person v1 --input virtual     the virtual hand
    """
    from gesture.landmarks import Landmarker
    from gesture.record import Place, record_camera, record_video, record_virtual

    place = Place(root, person, view, mirrored)
    with Landmarker(engine=engine, hand_model=hand_model, mirrored=mirrored) as landmarker:
        if source == "virtual":
            path = record_virtual(labels, takes, place, landmarker, say)
        elif source is not None:
            if len(labels) > 1:
                raise click.UsageError("a video is one take. Give one LABEL with --input.")
            path = record_video(source, labels[0], place, landmarker, say)
        else:
            path = record_camera(camera, labels, takes, place, landmarker, say)
    click.echo(path)
