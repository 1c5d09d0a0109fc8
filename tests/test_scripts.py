"""The shell scripts, in a copy of the checkout with a stand-in for Python: milliseconds a run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the scripts are for Linux and macOS")

ROOT = Path(__file__).parents[1]
TOOLS = [
    "awk", "bash", "cat", "chmod", "cksum", "cp", "dirname", "find", "grep", "ldd",
    "mkdir", "rm", "sh", "sort", "tail", "touch", "tr", "uname",
]  # fmt: skip
LDD = r"printf '\tlibGL.so.1 => not found\n\tlibEGL.so.1 => not found\n\tlibc.so.6 => /lib/libc.so.6\n'"


@dataclass
class Checkout:
    """A copy of the scripts and a PATH with nothing on it but what a test puts there."""

    root: Path
    tools: Path

    @property
    def log(self) -> list[str]:
        """What the stand-in for Python was asked, call by call."""
        path = self.tools / "log"
        return path.read_text().splitlines() if path.exists() else []

    @property
    def times_installed(self) -> int:
        return sum("install --require-hashes" in line for line in self.log)

    def add_tool(self, name: str, script: str) -> None:
        tool = self.tools / name
        tool.unlink(missing_ok=True)
        tool.write_text(f"#!/bin/sh\n{script}\n")
        tool.chmod(0o755)

    def add_python(self, name: str) -> None:
        shutil.copy(ROOT / "tests" / "fake_python.sh", self.tools / name)
        (self.tools / name).chmod(0o755)

    def run(
        self, script: str, *arguments: str, cwd: str = "/", **variables: str
    ) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": str(self.tools), "FAKE_LOG": str(self.tools / "log")} | variables
        command = [str(self.root / script), *arguments]
        return subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True, timeout=60)


@pytest.fixture
def bare(tmp_path: Path) -> Checkout:
    """A checkout on a machine without Python."""
    checkout = Checkout(tmp_path / "a path" / "of mine", tmp_path / "tools")
    checkout.root.mkdir(parents=True)
    checkout.tools.mkdir()
    for name in ("scripts", ".ci"):
        shutil.copytree(ROOT / name, checkout.root / name)
    for name in ("requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, checkout.root)
    for name in TOOLS:
        if path := shutil.which(name):
            (checkout.tools / name).symlink_to(path)
    checkout.add_tool("uname", "echo ${FAKE_SYSTEM:-Linux x86_64}")
    return checkout


@pytest.fixture
def checkout(bare: Checkout) -> Checkout:
    """A checkout on a machine with one good Python."""
    bare.add_python("python3")
    return bare


def test_setup_works_in_a_path_with_spaces_and_from_any_directory(checkout: Checkout) -> None:
    result = checkout.run("scripts/setup", cwd="/")
    assert result.returncode == 0, result.stderr
    assert (checkout.root / ".venv" / "bin" / "gesture").exists()
    assert checkout.times_installed == 1


def test_setup_says_what_it_is_at_and_leaves_stdout_alone(checkout: Checkout) -> None:
    result = checkout.run("scripts/setup")
    assert result.stdout == ""
    steps = re.findall(r"^==> (\w+)", result.stderr, re.MULTILINE)
    assert steps == ["Python", "Packages", "gesture", "OpenCV", "Hand", "gesture"]


def test_a_second_run_does_nothing_within_a_fraction_of_a_second(checkout: Checkout) -> None:
    checkout.run("scripts/setup")
    asked = checkout.log
    started_s = time.monotonic()
    result = checkout.run("scripts/setup", "--quiet")
    assert time.monotonic() - started_s < 0.3
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert checkout.log == asked


@pytest.mark.parametrize(
    ("pythons", "variables", "expected"),
    [
        ([], {}, ["no Python 3.11, 3.12 or 3.13 found", "python3-venv"]),
        (["python3"], {"FAKE_VERSION": "3.9"}, ["3.11", "python3 is 3.9"]),
        (["python3"], {"FAKE_VERSION": "3.14"}, ["3.13", "python3 is 3.14"]),
        (["python3"], {"PYTHON": "python3.13"}, ["no Python 3.11"]),
        (["python3"], {"FAKE_VENV": "1"}, ["Python 3.12", "venv module", "apt install python3-venv"]),
        (["python3"], {"FAKE_SYSTEM": "Darwin x86_64"}, ["Intel Mac"]),
        (["python3"], {"FAKE_SYSTEM": "FreeBSD amd64"}, ["FreeBSD amd64"]),
    ],
)
def test_setup_names_what_the_machine_lacks(
    bare: Checkout, pythons: list[str], variables: dict[str, str], expected: list[str]
) -> None:
    for python in pythons:
        bare.add_python(python)
    result = bare.run("scripts/setup", **variables)
    assert result.returncode == 1
    assert [text for text in expected if text not in result.stderr] == []
    assert not (bare.root / ".venv").exists()


def test_setup_passes_over_a_python_that_will_not_do(checkout: Checkout) -> None:
    checkout.add_tool("python3", "echo 3.9")
    checkout.add_python("python3.11")
    result = checkout.run("scripts/setup")
    assert result.returncode == 0, result.stderr
    assert "tools/python3.11" in result.stderr


@pytest.mark.parametrize(
    ("pip_says", "expected"),
    [
        ("Retrying after connection broken by 'NewConnectionError(...)'", "no network"),
        ("HTTPSConnectionPool(...): Max retries exceeded (Caused by NameResolutionError(...))", "no network"),
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "is not the one"),
        ("ERROR: something else", "pip failed"),
    ],
)
def test_setup_explains_why_pip_failed_and_then_recovers(
    checkout: Checkout, pip_says: str, expected: str
) -> None:
    result = checkout.run("scripts/setup", FAKE_PIP=pip_says)
    assert result.returncode == 1
    assert expected in result.stderr
    assert pip_says in result.stderr
    assert checkout.run("scripts/setup").returncode == 0


@pytest.mark.parametrize(("how", "expected"), [("killed", ""), ("interrupted", "run it again to finish")])
def test_an_interrupted_setup_is_redone_from_scratch(checkout: Checkout, how: str, expected: str) -> None:
    result = checkout.run("scripts/setup", FAKE_PIP=how)
    assert result.returncode != 0
    assert expected in result.stderr
    assert "pip failed" not in result.stderr
    half_unpacked = checkout.root / ".venv" / "half-unpacked"
    half_unpacked.touch()
    assert checkout.run("scripts/setup").returncode == 0
    assert not half_unpacked.exists()
    assert checkout.times_installed == 2


def test_setup_names_the_package_of_a_missing_library_and_goes_on_from_there(checkout: Checkout) -> None:
    checkout.add_tool("ldd", LDD)
    result = checkout.run("scripts/setup", FAKE_CV2="1")
    assert result.returncode == 1
    assert "libEGL.so.1 libGL.so.1;" in result.stderr
    assert "apt install libegl1 libgl1." in result.stderr
    assert checkout.run("scripts/setup").returncode == 0
    assert checkout.times_installed == 1


def test_setup_loads_the_real_libraries_and_reports_missing_hand_models_in_a_line(checkout: Checkout) -> None:
    real = {"REAL_PYTHON": sys.executable, "PYTHONPATH": str(ROOT)}
    result = checkout.run("scripts/setup", GESTURE_HAND_MODEL="/nowhere/hand_landmarker.task", **real)
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert "/nowhere/hand_landmarker.task: no such file" in result.stderr


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_a_changed_lock_is_followed_in_place(checkout: Checkout, name: str) -> None:
    checkout.run("scripts/setup")
    kept = checkout.root / ".venv" / "kept"
    kept.touch()
    with (checkout.root / name).open("a") as file:
        file.write("# newer\n")
    assert checkout.run("scripts/setup").returncode == 0
    assert kept.exists()
    assert checkout.times_installed == 2


def test_what_has_not_changed_is_no_news(checkout: Checkout) -> None:
    assert "Requirement already satisfied" in checkout.run("scripts/setup").stderr  # pip's own, bars and all
    with (checkout.root / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    again = checkout.run("scripts/setup")
    assert again.returncode == 0
    assert "Collecting everything" in again.stderr
    assert "Requirement already satisfied" not in again.stderr


def test_a_failure_while_following_a_changed_lock_is_explained(checkout: Checkout) -> None:
    checkout.run("scripts/setup")
    with (checkout.root / "requirements.lock").open("a") as file:
        file.write("# changed\n")
    result = checkout.run("scripts/setup", FAKE_PIP="OSError: [Errno 28] No space left on device")
    assert result.returncode == 1
    assert "the disk is full" in result.stderr
    assert checkout.run("scripts/setup").returncode == 0


def test_a_moved_checkout_gets_a_new_environment(checkout: Checkout) -> None:
    checkout.run("scripts/setup")
    (checkout.root / ".venv" / "old").touch()
    checkout.root = checkout.root.rename(checkout.root.with_name("elsewhere"))
    assert checkout.run("scripts/setup").returncode == 0
    assert not (checkout.root / ".venv" / "old").exists()


def test_demo_sets_up_once_and_hands_its_arguments_on(checkout: Checkout) -> None:
    for _ in range(2):
        result = checkout.run("scripts/demo", "--json", "--save", "my film.mp4")
        assert result.returncode == 0, result.stderr
        assert result.stdout == "[gesture][demo][--json][--save][my film.mp4]"
    assert checkout.times_installed == 1


SEVERAL_AT_ONCE = "--numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "-m not slow"),
        (["tests/test_camera.py"], "-m not slow tests/test_camera.py"),
        (["--slow"], "-m "),
        (["--slow", "-k", "camera"], "-m  -k camera"),
    ],
)
def test_test_checks_first_and_then_runs_the_tests_asked_for(
    checkout: Checkout, arguments: list[str], expected: str
) -> None:
    assert checkout.run("scripts/test", *arguments).returncode == 0
    tools = [line.removeprefix("-m ") for line in checkout.log if re.match("-m (ruff|mypy|pytest)", line)]
    assert tools[:3] == ["ruff format --check .", "ruff check .", "mypy"]
    assert tools[-1] == f"pytest {SEVERAL_AT_ONCE} {expected}"


@pytest.mark.parametrize("arguments", [[], ["--slow"]])
def test_test_fails_when_a_test_does(checkout: Checkout, arguments: list[str]) -> None:
    python = checkout.root / ".venv" / "bin" / "python"
    checkout.run("scripts/test")
    real = python.with_name("real-python")
    python.rename(real)
    python.write_text(f'#!/bin/sh\ncase "$*" in *--numprocesses*) exit 3 ;; esac\nexec "{real}" "$@"\n')
    python.chmod(0o755)
    assert checkout.run("scripts/test", *arguments).returncode == 3


@pytest.mark.parametrize(
    ("variables", "expected"), [({}, "{shared}/data --slow\n"), ({"GESTURE_DATA": "/mine"}, "/mine --slow\n")]
)
def test_ci_finds_the_data_that_lies_beside_the_checkout(
    checkout: Checkout, variables: dict[str, str], expected: str
) -> None:
    shared = checkout.root.parent / "shared"
    (shared / "data").mkdir(parents=True)
    (checkout.root / "scripts" / "test").write_text('#!/bin/sh\necho "$GESTURE_DATA" "$@"\n')
    result = checkout.run(".ci/run", **variables)
    assert result.stdout == expected.format(shared=shared), result.stderr


def locked_requirements() -> list[tuple[Requirement, int]]:
    """Each requirement of the lock and how many hashes it has."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "requirements.lock").read_text(), flags=re.MULTILINE)
    blocks = [block.replace("\\", " ") for block in text.replace("\\\n", " ").splitlines()]
    return [(Requirement(block.split("--hash")[0]), block.count("--hash=sha256:")) for block in blocks]


def test_the_lock_is_exact_and_has_a_hash_for_everything() -> None:
    for requirement, num_hashes in locked_requirements():
        assert re.fullmatch(r"==[^*,]+", str(requirement.specifier)), requirement
        assert num_hashes > 0, requirement


def test_the_lock_names_no_index() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert re.findall(r"://|--(?:extra-)?index|--find-links|--trusted-host", lock) == []


def test_the_lock_satisfies_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [Requirement(text) for text in project["dependencies"] + project["optional-dependencies"]["dev"]]
    locked = {canonicalize_name(each.name): each for each, _ in locked_requirements()}
    for requirement in wanted:
        version = str(locked[canonicalize_name(requirement.name)].specifier).removeprefix("==")
        assert requirement.specifier.contains(version), requirement


def test_every_dependency_has_its_reason_and_no_other_has() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["onnx"], *extras["dev"]]
    rows = re.findall(r"^\| (`.*?) \| .+ \|$", (ROOT / "docs/dependencies.md").read_text(), re.MULTILINE)
    named = {canonicalize_name(name) for row in rows for name in re.findall(r"`([^`]+)`", row)}
    assert named == {canonicalize_name(Requirement(text).name) for text in wanted}


@pytest.mark.parametrize("unwanted", ["opencv-python", "opencv-python-headless", "torch", "tensorflow-cpu"])
def test_the_lock_holds_one_build_of_each_library_and_no_second_framework(unwanted: str) -> None:
    names = {canonicalize_name(each.name) for each, _ in locked_requirements()}
    assert unwanted not in names
    assert [name for name in names if name.startswith("nvidia-")] == []


@pytest.mark.slow
def test_setup_with_the_real_pip_says_that_there_is_no_network(bare: Checkout) -> None:
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "1", "PIP_CONFIG_FILE": os.devnull}
    result = bare.run("scripts/setup", PYTHON=sys.executable, **nowhere)
    assert result.returncode == 1
    assert "no network" in result.stderr
