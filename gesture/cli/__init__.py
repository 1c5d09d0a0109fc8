"""The command line: parse, call, print. Results go to stdout, messages to stderr; nothing is decided here.

One module per topic; a command imports what it needs when it runs, so that `gesture --help` is instant.
"""

from __future__ import annotations

import logging
import os
import sys

import click

from gesture import __version__
from gesture.cli.demo import demo
from gesture.cli.doctor import cameras, doctor
from gesture.cli.export import export
from gesture.cli.learn import forget, learn
from gesture.cli.live import live
from gesture.cli.options import HELP
from gesture.cli.record import record
from gesture.cli.recordings import recordings
from gesture.cli.review import review
from gesture.cli.train import evaluate, train
from gesture.cli.virtual import virtual
from gesture.errors import GestureError


@click.group(context_settings=HELP)
@click.version_option(__version__, prog_name="gesture")
@click.option("-v", "--verbose", is_flag=True, help="Say more.")
@click.option("-q", "--quiet", is_flag=True, help="Say only what went wrong.")
def cli(verbose: bool, quiet: bool) -> None:
    """Turns a webcam into an input device.

    \b
      gesture demo                              see it work, no camera needed
      gesture live                              recognise gestures from the webcam
      gesture learn snap                        teach it a gesture of your own, from three takes
      gesture record wave --person me           record takes of your own gesture
      gesture review                            look at them, put them right
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


for command in (
    demo,
    live,
    learn,
    forget,
    record,
    review,
    recordings,
    train,
    evaluate,
    export,
    virtual,
    cameras,
    doctor,
):
    cli.add_command(command)


def main(arguments: list[str] | None = None) -> int:
    """Run a command; its exit code: 0 done, 1 it could not, 2 asked for wrongly, 130 interrupted."""
    try:
        code = cli.main(arguments, prog_name="gesture", standalone_mode=False)
        return code if isinstance(code, int) else 0  # an int only from a command that ended with exit(code)
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
    except OSError as error:  # of a disk that nobody expected to refuse
        logging.getLogger("gesture").debug("%s", error, exc_info=True)
        where = f"{error.filename}: " if error.filename else ""
        click.secho(f"{where}{error.strerror or error}. Mend that and try again.", fg="red", err=True)
        return 1
    return 0
