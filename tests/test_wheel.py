"""The wheel, built from this checkout and installed into an environment of its own, away from it."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
MODEL_BYTES = 1_000_000


def run(*command: str | Path, cwd: Path) -> str:
    result = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    return result.stdout


def pip(*arguments: str | Path, cwd: Path) -> str:
    return run(sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments, cwd=cwd)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT, cwd=folder)
    return next(folder.glob("gesture-*.whl"))


@pytest.fixture(scope="module")
def commands(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of an environment with the wheel, which sees this one's other packages."""
    environment = tmp_path_factory.mktemp("an environment") / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", environment, cwd=ROOT)
    commands = environment / ("Scripts" if os.name == "nt" else "bin")
    pip("--python", commands / "python", "install", "--no-deps", "--no-index", wheel, cwd=environment)
    packages = run(
        commands / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=ROOT
    )
    Path(packages.strip(), "beside.pth").write_text(sysconfig.get_path("purelib"))
    return commands


def test_the_wheel_holds_the_package_the_shipped_model_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        sizes = {info.filename: info.file_size for info in opened.infolist()}
    in_model = {
        name.removeprefix("gesture/models/default/"): size
        for name, size in sizes.items()
        if "models/" in name
    }
    assert {"model.json", "model.tflite"} <= in_model.keys()
    assert sum(in_model.values()) < MODEL_BYTES
    package = {
        path for path in (ROOT / "gesture").rglob("*.*") if path.is_file() and "__pycache__" not in path.parts
    }
    assert {path.relative_to(ROOT).as_posix() for path in package} <= sizes.keys()
    assert {name.partition("/")[0].partition("-")[0] for name in sizes} == {"gesture"}
    assert any(name.endswith("licenses/LICENSE") for name in sizes)


def test_the_installed_package_is_the_wheels_and_loads_its_own_model(commands: Path, tmp_path: Path) -> None:
    program = """
import importlib.resources, pathlib, gesture
from gesture.runtime import GestureModel
package = importlib.resources.files("gesture")
print(pathlib.Path(gesture.__file__))
print(GestureModel.load(package / "models" / "default").manifest.labels[0])
"""
    file, first_label = run(commands / "python", "-c", program, cwd=tmp_path).splitlines()
    assert Path(file).is_relative_to(commands.parent)
    assert first_label == "background"


@pytest.mark.parametrize("start", [["gesture"], ["python", "-m", "gesture"]])
def test_the_installed_command_answers_from_any_folder(
    commands: Path, tmp_path: Path, start: list[str]
) -> None:
    program: list[str | Path] = [commands / start[0], *start[1:]]
    assert "0.1.0" in run(*program, "--version", cwd=tmp_path)
    help_text = run(*program, "--help", cwd=tmp_path)
    assert all(command in help_text for command in ("demo", "live", "record", "train"))
