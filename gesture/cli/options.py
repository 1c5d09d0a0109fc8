"""Options and manners that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

HELP = {"help_option_names": ["-h", "--help"], "show_default": True}
RECORDINGS = "recordings"
Each = TypeVar("Each")

VIEW = click.option(
    "--view",
    type=click.Choice(["facing", "egocentric"]),
    help="Where the camera stands. [default: the model's]",
)


def engine_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What finds the hands, and with which models."""
    engine = click.option(
        "--engine",
        type=click.Choice(["litert", "mediapipe"]),
        default="litert",
        help="What finds the hands: our own tracker, or Google's, which reports its use to Google.",
    )
    model = click.Path(exists=True, dir_okay=False, path_type=Path)
    hand_model = click.option(
        "--hand-model", type=model, help="MediaPipe's hand_landmarker.task, if not fetched."
    )
    return engine(hand_model(command))


to_option = click.option(
    "--to",
    "root",
    default=RECORDINGS,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where recordings go.",
)
view_option = click.option(
    "--view", type=click.Choice(["facing", "egocentric"]), default="facing", help="Where the camera stands."
)


def session_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """How takes are recorded, and where to."""
    for option in (
        to_option,
        click.option("--mirrored", is_flag=True, help="The images arrive flipped."),
        view_option,
        click.option("--no-sound", is_flag=True, help="No tones."),
        click.option("--no-window", is_flag=True, help="Messages only; no keys but Ctrl-C."),
    ):
        command = option(command)
    return command


def say(text: str) -> None:
    """A message on stderr, unless --quiet."""
    if not click.get_current_context().find_root().obj["quiet"]:
        click.echo(text, err=True)


def counted(number: int, noun: str) -> str:
    """How many of what.

    Example:
        >>> counted(1, "take"), counted(2, "take")
        ('1 take', '2 takes')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def training_on(folder: Path) -> str:
    """The command that trains on a folder of recordings.

    Example:
        >>> training_on(Path("recordings"))
        'gesture train'
    """
    return "gesture train" if folder == Path(RECORDINGS) else f"gesture train {folder}"


def tracked(items: Sequence[Each], task: str) -> Iterable[Each]:
    """The items, with a bar on stderr while they are worked through, unless --quiet."""
    from rich.console import Console
    from rich.progress import track

    quiet = click.get_current_context().find_root().obj["quiet"]
    return track(items, task, console=Console(stderr=True), transient=True, disable=quiet)
