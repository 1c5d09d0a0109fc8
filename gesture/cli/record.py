"""`gesture record`."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from gesture.cli.options import HELP, engine_options, say, session_options, training_on


@click.command(context_settings=HELP)
@click.argument("labels", nargs=-1)
@click.option("--person", required=True, help="Whose hands: the key by which data is split.")
@click.option("--takes", default=10, type=click.IntRange(1), help="How many of each label.")
@click.option("--camera", default="0", help="A webcam's number, or a stream's address.")
@click.option("--input", "source", help="A video file (one take), or 'virtual', instead of the camera.")
@click.option(
    "--background",
    "background_s",
    default=0.0,
    type=click.FloatRange(0),
    metavar="SECONDS",
    help="Record idle hands for so long after the takes: what is no gesture.",
)
@click.option(
    "--video", "with_video", is_flag=True, help="Keep the images too, as video.mkv (about 1 MB a second)."
)
@session_options
@engine_options
def record(
    labels: tuple[str, ...],
    person: str,
    takes: int,
    camera: str,
    source: str | None,
    background_s: float,
    with_video: bool,
    no_window: bool,
    no_sound: bool,
    view: Any,
    mirrored: bool,
    root: Path,
    engine: Any,
    hand_model: Path | None,
) -> None:
    """Record takes of gestures, labelled.

    \b
      gesture record wave swipe_left --person me          ten takes of each, from the webcam
      gesture record wave --person me --background 60     and a minute of idle hands
      gesture record wave --person me --input wave.mp4    one take, from a video
      gesture record wave --person v1 --input virtual     the virtual hand

    Hold your hand still and a countdown begins by itself; at "now" make the gesture, then hold still again.
    A pose is just held. The window shows all keys.
    """
    from gesture.landmarks import Landmarker
    from gesture.record import Place, record_video, record_virtual

    if not labels and not (background_s and source is None):
        raise click.UsageError("nothing to record. Give a LABEL, or --background SECONDS.")
    if source is not None and (background_s or with_video):
        raise click.UsageError("--background and --video are for a camera. Leave them out with --input.")
    if source not in (None, "virtual") and len(labels) > 1:
        raise click.UsageError("a video is one take. Give one LABEL with --input.")
    place = Place(root, person, view, mirrored)
    with Landmarker(engine=engine, hand_model=hand_model, mirrored=mirrored) as landmarker:
        if source == "virtual":
            path = record_virtual(labels, takes, place, landmarker, say)
        elif source is not None:
            path = record_video(source, labels[0], place, landmarker, say)
        else:
            session = camera_session(labels, takes, background_s, place)
            path = record_from_camera(session, camera, place, landmarker, with_video, no_window, no_sound)
    click.echo(path)
    say(f"look at the takes: gesture review {path}\ntrain on them: {training_on(root)}")


def camera_session(labels: tuple[str, ...], takes: int, background_s: float, place: Any) -> Any:
    """What a recording from a camera asks for."""
    from gesture.recording import check_label
    from gesture.session import Session

    checked = list(dict.fromkeys(check_label(label) for label in labels))
    return Session(checked, takes, background_s=background_s, view=place.view, mirrored=place.mirrored)


def record_from_camera(
    session: Any, camera: str, place: Any, landmarker: Any, with_video: bool, no_window: bool, no_sound: bool
) -> Path:
    """Record it, with window and tones unless they are not wanted."""
    from gesture.recorder import record_session

    with ExitStack() as stack:
        window = None if no_window else stack.enter_context(_window())
        play = (lambda _: None) if no_sound else stack.enter_context(_sounds()).play
        return record_session(
            session, camera, place, landmarker, say=say, window=window, play=play, with_video=with_video
        )


def _window() -> Any:
    from gesture.display import Window

    return Window("gesture record")


def _sounds() -> Any:
    from gesture.session.sound import Sounds

    return Sounds()
