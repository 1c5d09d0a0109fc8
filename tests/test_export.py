"""Every export computes what Keras does, says what it is, and runs where this package is not."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from synthetic import strokes

from gesture.cli import main
from gesture.errors import ModelError
from gesture.export import FORMATS, MAX_DIFFERENCE, Format, check_parity, export_model, stepped
from gesture.export.folder import ROWS
from gesture.manifest import read_manifest, shipped_model
from gesture.model import build_network
from gesture.runtime import GestureModel

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")

HAS_ONNX = all(importlib.util.find_spec(name) for name in ("onnx", "tf2onnx", "onnxruntime"))
NEEDS = {
    "onnx": [pytest.mark.skipif(not HAS_ONNX, reason="no gesture[onnx]"), pytest.mark.slow],
    "tf_saved_model": [pytest.mark.slow],  # the example imports TensorFlow
    "keras": [pytest.mark.slow],
}


def run_example(folder: Path, cwd: Path) -> list[list[str]]:
    """What `example.py` prints, split, run where `gesture` cannot be imported."""
    guard = cwd / "gesture.py"
    guard.write_text("raise ImportError('the example must not need this package')")
    path = os.pathsep.join([str(cwd), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, folder / "example.py"],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return [line.split() for line in done.stdout.splitlines()]


@pytest.mark.parametrize("form", [pytest.param(form, marks=NEEDS.get(form, ())) for form in FORMATS])
def test_an_export_runs_outside_the_project_and_says_what_the_model_says(
    form: Format, tmp_path: Path
) -> None:
    export = export_model(shipped_model(), form, tmp_path / "export", [strokes(["left", "up"])])
    assert export.difference <= 1e-5
    assert export.num_ticks >= 200
    manifest = json.loads((export.path / "model.json").read_text(encoding="utf-8"))
    assert manifest["format"] == 1
    assert {"labels", "rate_hz", "features", "thresholds"} <= manifest.keys()

    model = GestureModel.load(shipped_model())
    expected = stepped(model.step, model.initial_state)(np.load(export.path / ROWS, allow_pickle=False))
    printed = run_example(export.path, tmp_path)
    assert [label for _, label, _ in printed] == [
        manifest["labels"][best] for best in expected.argmax(axis=1)
    ]
    np.testing.assert_allclose([float(score) for *_, score in printed], expected.max(axis=1), atol=1e-4)


@pytest.mark.parametrize("form", FORMATS)
def test_an_example_is_about_ten_lines(form: Format) -> None:
    text = (Path(__file__).parents[1] / f"gesture/export/examples/{form}.txt").read_text()
    assert "gesture" not in text.replace("gesture.", "")
    code = [line for line in text.splitlines() if line and not line.startswith(('"""', "import", "from"))]
    assert len(code) <= 12


@pytest.mark.parametrize("cell", ["gru", "lstm", "rnn"])
def test_a_network_that_computes_something_else_is_refused(cell: str) -> None:
    networks = [
        build_network(6, 3, cell=cell, units=4, layers=2, mean=np.zeros(6), variance=np.ones(6))  # type: ignore[arg-type]
        for _ in range(2)
    ]
    rows = np.random.default_rng(0).normal(size=(9, 6)).astype(np.float32)
    sequences = [rows, rows[:4]]

    def run_other(sequence: np.ndarray) -> np.ndarray:
        return np.asarray(networks[1](sequence[None]))[0]

    def run_wrong_on_short_ones(sequence: np.ndarray) -> np.ndarray:
        return run_other(sequence) if len(sequence) > 4 else np.asarray(networks[0](sequence[None]))[0]

    assert check_parity(networks[1], run_other, sequences) <= MAX_DIFFERENCE
    for network, run in ((networks[0], run_other), (networks[1], run_wrong_on_short_ones)):
        with pytest.raises(ModelError, match="differs from Keras"):
            check_parity(network, run, sequences)


def test_a_failed_export_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gesture.export.formats.to_litert", lambda _: b"not a network")
    with pytest.raises((ModelError, ValueError)):
        export_model(shipped_model(), "litert", tmp_path / "export")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["thesis.txt", "model.json"])
def test_a_folder_that_is_no_export_is_not_overwritten(tmp_path: Path, content: str) -> None:
    (tmp_path / content).write_text("three years of work")
    with pytest.raises(ModelError, match="Choose another folder"):
        export_model(shipped_model(), "keras", tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == [content]


@pytest.mark.parametrize("content", [None, b"", b"not a zip"])
def test_a_model_without_its_keras_network_is_refused(tmp_path: Path, content: bytes | None) -> None:
    folder = tmp_path / "model"
    shutil.copytree(shipped_model(), folder)
    (folder / "model.keras").unlink()
    if content is not None:
        (folder / "model.keras").write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.keras"):
        export_model(folder, "litert", tmp_path / "export")


def test_the_command_says_where_and_how_far(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["export", "--format", "keras"]) == 0
    out, err = capsys.readouterr()
    assert out.strip() == str(Path("exports", "default-keras"))
    assert "differs from Keras by" in err
    assert read_manifest(out.strip()) == read_manifest(shipped_model())


@pytest.mark.skipif(HAS_ONNX, reason="gesture[onnx] is installed")
def test_a_missing_package_is_named_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["export", "--format", "onnx"]) == 1
    assert "pip install 'gesture[onnx]'" in capsys.readouterr().err
    assert not Path("exports").exists() or not any(Path("exports").iterdir())
