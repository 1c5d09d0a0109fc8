"""README is true: its commands exist, its example runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from synthetic import strokes

from gesture.recording import save_recording

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands() -> list[str]:
    """Every `gesture ...` line of README, without its comment."""
    lines = re.findall(r"^ {4}(gesture .*)$", README, re.MULTILINE)
    return sorted({line.split("#")[0].strip() for line in lines})


@pytest.mark.parametrize("command", commands())
def test_the_options_of_each_command_exist(command: str) -> None:
    words = command.split()[1:]
    names = words[:2] if words[0] == "recordings" else words[:1]
    done = subprocess.run(
        [sys.executable, "-m", "gesture", *names, "-h"], capture_output=True, text=True, check=True
    )
    for option in re.findall(r"--[a-z-]+", command):
        assert option in done.stdout


def test_every_file_it_names_is_there() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_the_python_example_runs(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    for person in ("p1", "p2"):
        recording = strokes(["left", "right"] * 4, person=person, name=person)
        save_recording(recording, tmp_path / "recordings")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert "takes right" in done.stdout
    assert (tmp_path / "models" / "desk" / "model.json").exists()
