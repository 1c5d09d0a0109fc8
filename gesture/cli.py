"""The command line: parse, call, print. Results go to stdout, messages to stderr; nothing is decided here."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from gesture import __version__
from gesture.errors import GestureError

_HELP = {"help_option_names": ["-h", "--help"], "show_default": True}
_RECORDINGS = "recordings"


@click.group(context_settings=_HELP)
@click.version_option(__version__, prog_name="gesture")
@click.option("-v", "--verbose", is_flag=True, help="Say more.")
@click.option("-q", "--quiet", is_flag=True, help="Say only what went wrong.")
def cli(verbose: bool, quiet: bool) -> None:
    """Turns a webcam into an input device.

    \b
      gesture demo                              see it work, no camera needed
      gesture live                              recognise gestures from the webcam
      gesture record wave --person me           record takes of your own gesture
      gesture train -o models/mine              train a model on your recordings
    """
    level = logging.DEBUG if verbose else logging.ERROR if quiet else logging.WARNING
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger = logging.getLogger("gesture")
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(level)
    cli_context = click.get_current_context()
    cli_context.obj = {"quiet": quiet}


def main(arguments: list[str] | None = None) -> int:
    """Run a command; its exit code: 0 done, 1 it could not, 2 asked for wrongly, 130 interrupted."""
    try:
        cli.main(arguments, prog_name="gesture", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except GestureError as error:
        click.secho(str(error), fg="red", err=True)
        return 1
    except (KeyboardInterrupt, click.Abort):
        return 130
    except BrokenPipeError:  # the reader of our output has left: `gesture live --json | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _say(text: str) -> None:
    if not click.get_current_context().find_root().obj["quiet"]:
        click.echo(text, err=True)


def _engine_options(command: Callable[..., Any]) -> Callable[..., Any]:
    model = click.Path(exists=True, dir_okay=False, path_type=Path)
    return click.option("--hand-model", type=model, help="MediaPipe's hand_landmarker.task, if not fetched.")(
        command
    )


_VIEW = click.option(
    "--view",
    type=click.Choice(["facing", "egocentric"]),
    help="Where the camera stands. [default: the model's]",
)


@cli.command(context_settings=_HELP)
@click.argument("model", required=False)
@click.option("--camera", help="A webcam's number, or a stream's address.  [default: 0]")
@click.option(
    "--input", "source", help="A video file, a recording's folder, or 'virtual' instead of the camera."
)
@_VIEW
@click.option("--mirrored", is_flag=True, help="The images arrive flipped.")
@click.option("--no-window", is_flag=True, help="Print events only.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per event on stdout.")
@_engine_options
def live(
    model: str | None,
    camera: str | None,
    source: str | None,
    view: str | None,
    mirrored: bool,
    no_window: bool,
    as_json: bool,
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
    from gesture.recognizer import Recognizer
    from gesture.runtime import GestureModel, find_model

    if camera is not None and source is not None:
        raise click.UsageError("--camera and --input both say where images come from. Give one of them.")
    folder = find_model(model)
    recognizer = Recognizer(GestureModel.load(folder), view=view, mirrored=mirrored)  # type: ignore[arg-type]
    _say(f"model: {folder}")
    with ExitStack() as stack:
        observations = stack.enter_context(open_source(source or camera or "0", recognizer, hand_model))
        window = None if no_window else _window(stack)
        shown_mirrored = recognizer.view == "facing" and not mirrored
        for observation in play(
            observations, LiveView(recognizer, folder.name, mirror=shown_mirrored), window
        ):
            _print_events(observation.events, as_json)
        _print_events(recognizer.finish(), as_json)


def _window(stack: ExitStack) -> Any:
    from gesture.display import Window

    return stack.enter_context(Window("gesture"))


def _print_events(events: list[Any], as_json: bool) -> None:
    for event in events:
        if as_json:
            click.echo(json.dumps(event.to_json(), ensure_ascii=False))
        elif event.phase == "onset":
            click.echo(f"{event.time_s:8.2f} s  {event.label:<16} {event.hand:<5}  {event.score:.2f}")


@cli.command(context_settings=_HELP)
@click.argument("model", required=False)
@click.option("--seed", default=0, help="Another one gives another person, order and performance.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per event, last a summary.")
@click.option("--no-window", is_flag=True, help="Print only.")
@click.option("--save", type=click.Path(dir_okay=False, path_type=Path), help="Write what the window shows.")
@_engine_options
def demo(
    model: str | None, seed: int, as_json: bool, no_window: bool, save: Path | None, hand_model: Path | None
) -> None:
    """See it work with no camera: a virtual hand gestures, the model answers.

    \b
      gesture demo
      gesture demo --seed 7 --save demo.mp4

    The images are rendered, everything after them is the real thing.
    """
    from gesture.demo import run_demo
    from gesture.runtime import find_model

    run_demo(
        find_model(model),
        seed=seed,
        as_json=as_json,
        wants_window=not no_window,
        save=save,
        hand_model=hand_model,
        write=click.echo,
        say=_say,
    )


@cli.command(context_settings=_HELP)
@click.argument("labels", nargs=-1, required=True)
@click.option("--person", required=True, help="Whose hands: the key by which data is split.")
@click.option("--takes", default=10, type=click.IntRange(1), help="How many of each label.")
@click.option("--camera", default="0", help="A webcam's number, or a stream's address.")
@click.option("--input", "source", help="A video file (one take), or 'virtual', instead of the camera.")
@click.option("--view", type=click.Choice(["facing", "egocentric"]), default="facing")
@click.option("--mirrored", is_flag=True, help="The images arrive flipped.")
@click.option("--to", "root", default=_RECORDINGS, type=click.Path(file_okay=False, path_type=Path))
@_engine_options
def record(
    labels: tuple[str, ...],
    person: str,
    takes: int,
    camera: str,
    source: str | None,
    view: Any,
    mirrored: bool,
    root: Path,
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
    with Landmarker(hand_model=hand_model, mirrored=mirrored) as landmarker:
        if source == "virtual":
            path = record_virtual(labels, takes, place, landmarker, _say)
        elif source is not None:
            if len(labels) > 1:
                raise click.UsageError("a video is one take. Give one LABEL with --input.")
            path = record_video(source, labels[0], place, landmarker, _say)
        else:
            path = record_camera(camera, labels, takes, place, landmarker, _say)
    click.echo(path)


@cli.group(context_settings=_HELP)
def recordings() -> None:
    """What is recorded."""


@recordings.command("list", context_settings=_HELP)
@click.argument("folder", default=_RECORDINGS, type=click.Path(path_type=Path))
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


@cli.command(context_settings=_HELP)
@click.argument("folder", default=_RECORDINGS, metavar="[RECORDINGS]", type=click.Path(path_type=Path))
@click.option("-o", "--output", default="models/mine", type=click.Path(file_okay=False, path_type=Path))
@click.option("--cell", default="gru", type=click.Choice(["gru", "lstm", "rnn"]))
@click.option("--units", default=64, type=click.IntRange(1, 1024))
@click.option("--layers", default=1, type=click.IntRange(1, 8))
@click.option("--epochs", default=60, type=click.IntRange(1))
@click.option("--seed", default=0)
@click.option(
    "--threshold", default=0.7, type=click.FloatRange(0, 1), help="When to fire; higher is quieter."
)
@click.option(
    "--holdout", metavar="PERSON", multiple=True, help="Who validates; may be repeated.  [default: chosen]"
)
@click.option("--json", "as_json", is_flag=True, help="The evaluation as one JSON object.")
def train(folder: Path, output: Path, as_json: bool, **options: Any) -> None:
    """Train a model on recordings. Ctrl-C keeps the best epoch so far.

    \b
      gesture train                             all recordings into models/mine
      gesture train -o models/desk --cell lstm --holdout p2
    """
    from gesture.dataset import check_labelled
    from gesture.recording import check_name, load_recordings

    check_name("model", output.name)
    found = load_recordings(folder)
    check_labelled(found)
    _say(
        f"{len(found)} recordings, {sum(len(recording.takes) for recording in found)} takes; starting TensorFlow"
    )
    from gesture.training_screen import train_on_screen

    training = train_on_screen(found, options)
    path = training.model.save(output)
    _print_evaluation(training.evaluation, as_json)
    _say(f"{training.note}\nsaved {path}; report: {path / 'report.html'}\ntry it: gesture live {path}")


@cli.command(context_settings=_HELP)
@click.argument("model", required=False)
@click.argument("folder", default=_RECORDINGS, metavar="[RECORDINGS]", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def evaluate(model: str | None, folder: Path, as_json: bool) -> None:
    """Play recordings through a model and count right, missed and false.

    \b
      gesture evaluate models/desk recordings
    """
    from gesture.evaluate import evaluate_model
    from gesture.recording import load_recordings
    from gesture.runtime import GestureModel, find_model

    _print_evaluation(evaluate_model(GestureModel.load(find_model(model)), load_recordings(folder)), as_json)


def _print_evaluation(evaluation: Any, as_json: bool) -> None:
    from gesture.listing import evaluation_table

    if as_json:
        click.echo(json.dumps(evaluation.to_json(), ensure_ascii=False))
    else:
        evaluation_table(evaluation)
