"""`gesture doctor` finds what is broken, says what to do, and is not broken by it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from synthetic import strokes

from gesture import doctor
from gesture.camera import CameraInfo
from gesture.cli import main
from gesture.doctor import Finding, examine, look_at_cameras
from gesture.errors import CameraError
from gesture.landmarks.hand_models import ENVIRONMENT_VARIABLE
from gesture.recording import save_recording
from gesture.types import Frame


class FakeCamera:
    """Delivers so many images a second, without waiting."""

    rate_hz, requested_rate_hz, num_dropped = 30.0, 30.0, 0

    def __init__(self, index: int) -> None:
        if index == 9:
            raise CameraError("camera 9: opened, but gives no image. Plug it in again.")

    def __enter__(self) -> FakeCamera:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __iter__(self) -> Iterator[Frame]:
        for index in range(10_000):
            yield Frame(np.zeros((2, 2, 3), np.uint8), index / self.rate_hz)


INFO = CameraInfo(0, "Desk camera", (640, 480), 30.0)


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A computer with one good camera and a display."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(ENVIRONMENT_VARIABLE, raising=False)
    monkeypatch.setattr("gesture.camera.Camera", FakeCamera)
    monkeypatch.setattr("gesture.camera.list_cameras", lambda: [INFO])
    monkeypatch.setattr("gesture.display.window.display_available", lambda: True)
    monkeypatch.setattr("gesture.landmarks.hand_models.cache_directory", lambda: tmp_path / "cache")
    return tmp_path


def problems(topic: str) -> list[Finding]:
    return [finding for finding in examine() if finding.topic == topic and finding.state == "problem"]


def versions(monkeypatch: pytest.MonkeyPatch, **changed: str | None) -> None:
    """Let packages have other versions, or be missing (None); `_` stands for `-`."""
    real = metadata.version

    def version(name: str) -> str:
        found = changed.get(name.replace("-", "_"), "")
        if found is None:
            raise metadata.PackageNotFoundError(name)
        return found or real(name)

    monkeypatch.setattr(metadata, "version", version)


def test_a_computer_with_nothing_wrong_gets_0(capsys) -> None:
    save_recording(strokes(["left"], name="monday"), "recordings")
    assert main(["doctor"]) == 0
    out, err = capsys.readouterr()
    assert "nothing wrong" in err
    assert "the last one monday" in out
    assert "30 images a second, says 30" in out
    assert "'gesture live' uses" in out
    assert "swipe_left" in out
    assert "not fetched yet" in out  # which is no problem


def test_every_problem_comes_with_a_remedy_and_1(monkeypatch, capsys) -> None:
    monkeypatch.setattr("gesture.camera.list_cameras", list)
    monkeypatch.setattr("gesture.display.window.display_available", lambda: False)
    assert main(["doctor", "--json"]) == 1
    findings = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    wrong = [finding for finding in findings if finding["state"] == "problem"]
    assert [finding["topic"] for finding in wrong] == ["display", "cameras"]
    assert all(finding["remedy"] for finding in wrong)


def test_a_second_opencv_is_named_with_the_command_that_mends_it(monkeypatch) -> None:
    versions(monkeypatch, opencv_python="4.9.0", opencv_python_headless="4.9.0")
    (finding,) = problems("opencv")
    assert "opencv-python 4.9.0" in finding.text
    assert "pip uninstall -y opencv-python opencv-python-headless, then" in finding.remedy


def test_an_opencv_that_does_not_import_hides_nothing_else() -> None:
    code = (
        "import sys; sys.modules['cv2'] = None\n"
        "from gesture.cli import main\nsys.exit(main(['doctor', '--json']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    findings = [json.loads(line) for line in done.stdout.splitlines()]
    assert {finding["topic"] for finding in findings} >= {"versions", "opencv", "model", "disk", "cameras"}
    assert any("cv2 cannot be imported" in finding["text"] for finding in findings)


def test_a_missing_package_and_another_python_are_problems(monkeypatch) -> None:
    versions(monkeypatch, tensorflow=None)
    monkeypatch.setattr(sys, "version_info", (3, 14, 0))
    first, second = problems("versions")
    assert "expected Python 3.11 to 3.13" in first.text
    assert (second.text, second.remedy) == ("tensorflow is not installed", "pip install tensorflow")


def test_wrong_hand_models_are_a_problem(desk: Path, monkeypatch) -> None:
    (desk / "cache").mkdir()
    (desk / "cache" / "hand_landmarker.task").write_bytes(b"something else")
    (finding,) = problems("hand models")
    assert "Delete" in finding.remedy
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(desk / "missing.task"))
    (finding,) = problems("hand models")
    assert "missing.task" in finding.text


def test_a_damaged_model_in_use_is_a_problem(desk: Path) -> None:
    (desk / "models" / "mine").mkdir(parents=True)
    (desk / "models" / "mine" / "model.json").write_text("{")
    (finding,) = problems("model")
    assert "models/mine" in finding.text


def test_the_rate_is_the_one_delivered_not_the_one_stated(monkeypatch) -> None:
    (camera,) = look_at_cameras()
    assert camera.delivered_hz == pytest.approx(30.0, rel=0.01)
    assert camera.problem == ""
    monkeypatch.setattr(FakeCamera, "rate_hz", 12.0)
    (camera,) = look_at_cameras()
    assert camera.delivered_hz == pytest.approx(12.0, rel=0.01)
    assert "12 images a second of the 30 asked for" in camera.problem


def test_cameras_lists_the_good_and_the_bad(monkeypatch, capsys) -> None:
    dead, refused = replace(INFO, index=9), CameraInfo(2, "camera 2", problem="camera 2: refused. Allow it.")
    monkeypatch.setattr("gesture.camera.list_cameras", lambda: [INFO, dead, refused])
    assert main(["cameras"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "camera 0: Desk camera, 640x480, 30 images a second, says 30"
    assert "gives no image" in lines[1]
    assert lines[2] == "camera 2: refused. Allow it."
    assert main(["cameras", "--json"]) == 0
    first, second, _ = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (first["index"], first["delivered_hz"]) == (0, 30.0)
    assert second["problem"]


def test_no_working_camera_is_1(monkeypatch, capsys) -> None:
    monkeypatch.setattr("gesture.camera.list_cameras", list)
    assert main(["cameras"]) == 1
    assert "Plug one in" in capsys.readouterr().err


def test_a_full_disk_is_a_problem(monkeypatch) -> None:
    monkeypatch.setattr(doctor, "MIN_FREE_BYTES", 10**18)
    (finding,) = problems("disk")
    assert finding.remedy
