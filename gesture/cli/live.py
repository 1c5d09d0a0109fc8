"""`gesture live`."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from gesture.cli.options import HELP, VIEW, engine_options, say


@click.command(context_settings=HELP)
@click.argument("model", required=False)
@click.option("--camera", help="A webcam's number, or a stream's address.  [default: 0]")
@click.option(
    "--input", "source", help="A video file, a recording's folder, or 'virtual' instead of the camera."
)
@VIEW
@click.option("--mirrored", is_flag=True, help="The images arrive flipped.")
@click.option("--no-window", is_flag=True, help="Print events only.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per event on stdout.")
@engine_options
def live(
    model: str | None,
    camera: str | None,
    source: str | None,
    view: str | None,
    mirrored: bool,
    no_window: bool,
    as_json: bool,
    engine: Any,
    hand_model: Path | None,
) -> None:
    """Recognise gestures live.

    \b
      gesture live                              the webcam, with the model in use
      gesture live desk --camera 1              models/desk, the second webcam
      gesture live --input clip.mp4 --no-window --json

    MODEL is a folder, or a name in models/; without it models/mine if that is there, else the shipped model.
    """
    from gesture.live import LiveView, open_source, play
    from gesture.manifest import find_model
    from gesture.recognizer import Recognizer
    from gesture.runtime import GestureModel

    if camera is not None and source is not None:
        raise click.UsageError("--camera and --input both say where images come from. Give one of them.")
    folder = find_model(model)
    recognizer = Recognizer(GestureModel.load(folder), view=view, mirrored=mirrored)  # type: ignore[arg-type]
    say(f"model: {folder}")
    with ExitStack() as stack:
        observations = stack.enter_context(
            open_source(source or camera or "0", recognizer, engine=engine, hand_model=hand_model)
        )
        window = None if no_window else _window(stack)
        shown_mirrored = recognizer.view == "facing" and not mirrored
        num_frames = num_seen = num_gestures = 0
        for observation in play(
            observations, LiveView(recognizer, folder.name, mirror=shown_mirrored), window
        ):
            _print_events(observation.events, as_json)
            num_frames += 1
            num_seen += bool(observation.hand_frame.seen.any())
            num_gestures += sum(event.phase == "onset" for event in observation.events)
        _print_events(recognizer.finish(), as_json)
    say(f"{num_frames} frames, a hand in {num_seen} of them; gestures: {num_gestures}")


def _window(stack: ExitStack) -> Any:
    from gesture.display import Window

    return stack.enter_context(Window("gesture"))


def _print_events(events: list[Any], as_json: bool) -> None:
    for event in events:
        if as_json:
            click.echo(json.dumps(event.to_json(), ensure_ascii=False))
        elif event.phase == "onset":
            click.echo(f"{event.time_s:8.2f} s  {event.label:<16} {event.hand:<5}  {event.score:.2f}")
