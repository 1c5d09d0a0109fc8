"""The benchmarks, one command each; run through `scripts/benchmark`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

COMMANDS = {
    "stages": "benchmark_stages",
    "start": "benchmark_start",
    "landmarks": "benchmark_landmarks",
    "shrec2021": "benchmark_shrec2021",
    "fpha": "benchmark_fpha",
    "webcam_signs": "benchmark_webcam_signs",
    "egocentric": "benchmark_egocentric",
    "unknown": "benchmark_unknown",
    "rates": "benchmark_rates",
    "rendered": "benchmark_rendered",
    "idle": "benchmark_idle",
    "training": "benchmark_training",
    "few-shot": "benchmark_few_shot",
    "learning": "benchmark_learning",
    "zero-shot": "benchmark_zero_shot",
    "generator": "benchmark_generator",
    "tracker-errors": "benchmark_tracker_errors",
}


class Benchmarks(click.Group):
    """Loads a benchmark when it is asked for: some need TensorFlow, most do not."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name]).main
        command.name = cmd_name
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run it; a folder that lacks what it reads is a line, not a traceback."""
        try:
            return super().invoke(ctx)
        except FileNotFoundError as error:
            raise click.ClickException(
                f"{error.filename}: not found. Expected a folder of the set's form; name another one with --data."
            ) from error


@click.group(cls=Benchmarks)
def main() -> None:
    """Measures what README and docs state."""


if __name__ == "__main__":
    main()
