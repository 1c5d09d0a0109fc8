"""`gesture doctor` and `gesture cameras`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from gesture.cli.options import HELP, say

if TYPE_CHECKING:
    from gesture.doctor import Finding

COLORS = {"ok": "green", "note": "yellow", "problem": "red"}


@click.command(context_settings=HELP)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per finding.")
@click.option("--no-cameras", is_flag=True, help="Leave the cameras alone.")
def doctor(as_json: bool, no_cameras: bool) -> None:
    """Look for what could keep gesture from working, and say what to do. Exit code 1 if anything is found.

    \b
      gesture doctor
    """
    from gesture.doctor import examine

    findings = []
    for finding in examine(with_cameras=not no_cameras):
        findings.append(finding)
        _print_finding(finding, as_json)
    num_problems = sum(finding.state == "problem" for finding in findings)
    say({0: "nothing wrong", 1: "1 problem"}.get(num_problems, f"{num_problems} problems"))
    if num_problems:
        click.get_current_context().exit(1)


@click.command(context_settings=HELP)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per camera.")
def cameras(as_json: bool) -> None:
    """List the webcams and the rate that each really delivers. Exit code 1 if none works.

    \b
      gesture cameras
    """
    from gesture.doctor import MEASURE_S, NO_CAMERA, camera_line, look_at_cameras

    say(f"watching each camera for {MEASURE_S:.0f} s")
    works = False
    for camera in look_at_cameras():
        works = works or camera.delivered_hz > 0
        if as_json:
            facts = {**asdict(camera.info), "delivered_hz": round(camera.delivered_hz, 1)}
            click.echo(json.dumps({**facts, "problem": camera.problem}, ensure_ascii=False))
        else:
            click.echo(camera.problem or camera_line(camera))
    if not works:
        say(f"no camera works. {NO_CAMERA.remedy}")
        click.get_current_context().exit(1)


def _print_finding(finding: Finding, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(asdict(finding), ensure_ascii=False))
        return
    state = click.style(f"{finding.state:<8}", fg=COLORS[finding.state])
    click.echo(f"{state} {finding.topic:<12} {finding.text}")
    if finding.remedy:
        click.echo(f"{'':<21} {finding.remedy}")
