"""`gesture learn` and `gesture forget`."""

from __future__ import annotations

import json
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from gesture.cli.options import HELP, engine_options, say, session_options
from gesture.cli.record import camera_session, record_from_camera

MINE = "models/mine"
_output_option = click.option(
    "-o",
    "--output",
    default=MINE,
    type=click.Path(file_okay=False, path_type=Path),
    help="The model's folder.",
)


@click.command(context_settings=HELP)
@click.argument("label", required=False)
@click.option(
    "--takes", default=3, type=click.IntRange(0, 10), help="How many to record; 0: those that are there."
)
@click.option("--person", default="me", help="Whose hands.")
@click.option(
    "--input", "sources", multiple=True, help="A video (one take), instead of the camera; may be repeated."
)
@click.option("--camera", default="0", help="A webcam's number, or a stream's address.")
@click.option("--model", help="The model to teach.  [default: the model in use]")
@_output_option
@click.option("--no-training", is_flag=True, help="Leave it at the light head; do not train the network.")
@click.option("--undo", "take_back", is_flag=True, help="Take the last 'learn' or 'forget' back.")
@click.option("--json", "as_json", is_flag=True, help="What changed, as JSON objects.")
@session_options
@engine_options
def learn(
    label: str | None,
    takes: int,
    person: str,
    sources: tuple[str, ...],
    model: str | None,
    output: Path,
    no_training: bool,
    take_back: bool,
    as_json: bool,
    root: Path,
    **recording: Any,
) -> None:
    """Add a gesture of your own to the model in use.

    \b
      gesture learn snap                        three takes from the webcam
      gesture learn snap --takes 0              from takes that were recorded before
      gesture learn snap --input a.mp4 --input b.mp4
      gesture learn --undo

    It can be tried at once; then the network is trained further, which Ctrl-C leaves out. The takes stay in
    recordings/, the model before beside models/mine.
    """
    from gesture.folders import check_replaceable
    from gesture.manifest import MANIFEST
    from gesture.recording import check_label, check_name
    from gesture.tuning_screen import tuning

    check_name("model", output.name)
    if take_back:
        _undo(output)
        return
    if label is None:
        raise click.UsageError("nothing to learn. Give a LABEL, or --undo.")
    label = check_label(label)
    check_replaceable(output, MANIFEST)
    enrolment = _prepare(model)
    is_trained = bool(enrolment.model.files) and not no_training
    with tuning(output, root) if is_trained else nullcontext() as tune:
        if sources or takes:
            _record(label, takes, person, sources, root, **recording)
        _print_changes(_enrol(enrolment, label, root, output), as_json)
        if tune is not None:
            _train(tune, as_json)


@click.command(context_settings=HELP)
@click.argument("label")
@click.option("--model", help="The model that is to forget.  [default: the model in use]")
@_output_option
def forget(label: str, model: str | None, output: Path) -> None:
    """Take a gesture out of the model in use. Its takes stay in recordings/.

    \b
      gesture forget snap
      gesture learn --undo                      take that back
    """
    from gesture.learning.keeping import adopt, load_whole
    from gesture.learning.keeping import forget as forgotten
    from gesture.manifest import find_model
    from gesture.recording import check_label, check_name

    check_name("model", output.name)
    taught = forgotten(load_whole(find_model(model)), check_label(label))
    adopt(taught, output)
    click.echo(output)
    say(f"it knows {', '.join(taught.manifest.labels[1:])}; take that back: gesture learn --undo")


def _undo(output: Path) -> None:
    from gesture.learning.keeping import undo
    from gesture.manifest import find_model, read_manifest

    undo(output)
    folder = find_model() if not output.exists() else output
    click.echo(folder)
    say(f"it knows {', '.join(read_manifest(folder).labels[1:])}; 'gesture learn --undo' goes back again")


def _prepare(model: str | None) -> Any:
    """All that can be done before the takes are there."""
    from gesture.learning.enrolment import Enrolment
    from gesture.learning.keeping import load_whole
    from gesture.manifest import find_model

    folder = find_model(model)
    say(f"model: {folder}")
    return Enrolment(load_whole(folder))


def _record(
    label: str,
    takes: int,
    person: str,
    sources: tuple[str, ...],
    root: Path,
    *,
    camera: str,
    no_window: bool,
    no_sound: bool,
    view: Any,
    mirrored: bool,
    engine: Any,
    hand_model: Path | None,
) -> None:
    from gesture.landmarks import Landmarker
    from gesture.record import Place, record_video, record_virtual

    place = Place(root, person, view, mirrored)
    with Landmarker(engine=engine, hand_model=hand_model, mirrored=mirrored) as landmarker:
        for source in sources:
            if source == "virtual":
                record_virtual([label], takes, place, landmarker, say)
            else:
                record_video(source, label, place, landmarker, say)
        if not sources:
            session = camera_session((label,), takes, 0.0, place)
            record_from_camera(session, camera, place, landmarker, False, no_window, no_sound)


def _enrol(enrolment: Any, label: str, root: Path, output: Path) -> Any:
    """Learn, save, and measure what changed when it can be tried already."""
    from gesture.learning.changes import what_changed
    from gesture.learning.keeping import adopt, check_teachable, idle_halves
    from gesture.recording import load_recordings

    started = time.perf_counter()
    recordings = load_recordings(root)
    check_teachable(recordings, label)
    quiet, idle = idle_halves(recordings)
    enrolment.keep_quiet(quiet)
    known = () if enrolment.model.head is None else enrolment.model.head.learned
    lessons = enrolment.lessons(recordings, [*(name for name in known if name != label), label])
    taught = enrolment.learn(lessons)
    adopt(taught, output)
    num_takes = sum(lesson.label == label for lesson in lessons)
    say(
        f"learned {label} from {num_takes} takes in {time.perf_counter() - started:.1f} s; try it: gesture live"
    )
    return what_changed(enrolment, taught, lessons, label, idle)


def _print_changes(changes: Any, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(changes.to_json(), ensure_ascii=False))
    else:
        click.echo("\n".join(changes.sentences()))


def _train(tune: Any, as_json: bool) -> None:
    say("training the network on your takes; Ctrl-C leaves it at the light head")
    outcome = tune(say)
    if outcome is not None:
        click.echo(json.dumps(outcome, ensure_ascii=False) if as_json else outcome["text"])
