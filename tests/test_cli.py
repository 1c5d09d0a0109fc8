"""The command line as its users meet it: exit codes, one-line errors, results on stdout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
import pytest
from synthetic import recording_of, strokes

from gesture.cli import cli, main
from gesture.manifest import shipped_model
from gesture.recording import load_recordings, save_recording
from gesture.types import Take


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Commands run in an empty folder, so that nothing of the developer's is read or written."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DISPLAY", raising=False)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(list(arguments))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def make_not_a_video() -> None:
    Path("notes.mp4").write_text("this is not a video\n" * 100)


def make_model_without_its_network() -> None:
    shutil.copytree(shipped_model(), "models/broken")
    Path("models/broken/model.tflite").unlink()


def make_newer_model() -> None:
    shutil.copytree(shipped_model(), "models/newer")
    manifest = Path("models/newer/model.json")
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "format": 99}))


def make_truncated_recording() -> None:
    path = save_recording(strokes(["left"], name="cut"), "recordings")
    (path / "recording.json").write_text('{"format": 1, "pers')


def make_unlabelled_recording() -> None:
    save_recording(recording_of({1: np.full((60, 2), 0.5)}, name="idle"), "recordings")


def make_labelled_recording_and_a_file_in_the_way() -> None:
    save_recording(strokes(["left"]), "recordings")
    Path("models").write_text("a file where a folder should be")


def make_labelled_recording_and_another_folder() -> None:
    save_recording(strokes(["left"]), "recordings")
    Path("holiday").mkdir()
    Path("holiday/beach.jpg").touch()


def nothing() -> None:
    pass


@pytest.mark.parametrize(
    ("prepare", "arguments", "code", "message"),
    [
        (nothing, ["no-such-command"], 2, "No such command"),
        (nothing, ["live", "--camera", "0", "--input", "x.mp4"], 2, "Give one of them"),
        (nothing, ["record", "wave"], 2, "--person"),
        (nothing, ["record", "a", "b", "--person", "p", "--input", "x.mp4"], 2, "one LABEL"),
        (nothing, ["record", "--person", "p"], 2, "--background SECONDS"),
        (nothing, ["record", "--person", "p", "--input", "virtual", "--background", "9"], 2, "LABEL"),
        (nothing, ["record", "a", "--person", "p", "--input", "virtual", "--video"], 2, "for a camera"),
        (nothing, ["review"], 1, "gesture record"),
        (nothing, ["train", "--cell", "transformer"], 2, "gru"),
        (nothing, ["live", "nobody", "--no-window"], 1, "no such model"),
        (nothing, ["live", "--input", "missing.mp4", "--no-window"], 1, "missing.mp4"),
        (make_not_a_video, ["live", "--input", "notes.mp4", "--no-window"], 1, "notes.mp4"),
        (make_model_without_its_network, ["live", "broken", "--no-window"], 1, "model.tflite"),
        (make_newer_model, ["live", "newer", "--no-window"], 1, "format 99"),
        (nothing, ["record", "wave", "--person", "../x", "--input", "virtual"], 1, "../x"),
        (nothing, ["record", "", "--person", "p", "--input", "missing.mp4"], 1, "label"),
        (nothing, ["record", "salute", "--person", "p", "--input", "virtual"], 1, "salute"),
        (nothing, ["recordings", "list"], 1, "recordings"),
        (nothing, ["train"], 1, "gesture record"),
        (nothing, ["recordings", "check"], 1, "no such folder"),
        (nothing, ["recordings", "import"], 2, "--table"),
        (nothing, ["recordings", "import", "clips"], 1, "not found"),
        (nothing, ["recordings", "import", "--table", "clips.csv"], 2, "clips.csv"),
        (nothing, ["recordings", "export", "--parquet", "all.parquet"], 1, "recordings"),
        (nothing, ["recordings", "export"], 2, "--parquet"),
        (nothing, ["recordings", "delete", "--person", "p1", "--yes"], 1, "no such folder"),
        (nothing, ["recordings", "delete"], 2, "--person"),
        (nothing, ["recordings", "rename-label", "a", "b"], 1, "no such folder"),
        (make_unlabelled_recording, ["recordings", "rename-label", "a", "b"], 1, "'a'"),
        (make_unlabelled_recording, ["train"], 1, "no labelled take"),
        (make_truncated_recording, ["recordings", "list"], 1, "recording.json"),
        (nothing, ["train", "-o", "models/CON"], 1, "CON"),
        (make_labelled_recording_and_a_file_in_the_way, ["train"], 1, "cannot be written"),
        (make_labelled_recording_and_another_folder, ["train", "-o", "holiday"], 1, "holds files"),
        (make_labelled_recording_and_another_folder, ["learn", "snap", "-o", "holiday"], 1, "holds files"),
        (nothing, ["live", "--camera", "93", "--no-window"], 1, "camera 93"),
    ],
)
def test_what_goes_wrong_is_one_line_and_an_exit_code(prepare, arguments, code, message, capsys) -> None:
    prepare()
    done, out, err = run(capsys, *arguments)
    assert done == code
    assert message in err
    assert "Traceback" not in err
    assert out == ""
    if code == 1:
        assert len([line for line in err.splitlines() if line and not line.startswith("model: ")]) <= 2


def test_help_begins_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    recordings = ("list", "check", "import", "export", "delete", "rename-label")
    commands = (
        "live",
        "record",
        "review",
        "train",
        "demo",
        "evaluate",
        "export",
        "recordings",
        "cameras",
        "doctor",
    )
    for command in (*commands, *(f"recordings {name}" for name in recordings)):
        code, out, _ = run(capsys, *command.split(), "-h")
        assert code == 0
        assert f"gesture {command}" in out.split("Options:")[0].split("\n", 1)[1]


def options(group: click.Group, name: str = "gesture") -> Iterator[tuple[str, click.Option]]:
    for command in group.commands.values():
        path = f"{name} {command.name}"
        if isinstance(command, click.Group):
            yield from options(command, path)
        yield from ((path, each) for each in command.params if isinstance(each, click.Option))


def test_every_option_says_what_it_is_for() -> None:
    silent = [f"{path} {option.opts[0]}" for path, option in options(cli) if not option.help]
    assert silent == []


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--version")
    assert (code, out.split()[-1]) == (0, "0.1.0")


def test_recordings_are_listed_with_their_takes(capsys: pytest.CaptureFixture[str]) -> None:
    recording = strokes(["left", "left", "right"], name="monday")
    korean = replace(recording, name="tuesday", takes=(Take(1.0, 1.4, "손흔들기", "right"),))
    save_recording(recording, "recordings")
    save_recording(korean, "recordings")
    code, out, _ = run(capsys, "recordings", "list", "--json")
    facts = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [fact["takes"] for fact in facts] == [{"left": 2, "right": 1}, {"손흔들기": 1}]
    code, out, _ = run(capsys, "recordings", "list")
    assert "2 left, 1 right" in out


def test_live_plays_a_recording_and_prints_one_object_an_event(capsys: pytest.CaptureFixture[str]) -> None:
    path = save_recording(strokes(["left", "right"], name="monday"), "recordings")
    code, out, err = run(capsys, "live", "--input", str(path), "--no-window", "--json")
    assert code == 0
    assert "model: " in err
    events = [json.loads(line) for line in out.splitlines()]
    num_gestures = sum(event["phase"] == "onset" for event in events)
    num_frames = len(load_recordings("recordings")[0])
    assert f"{num_frames} frames, a hand in {num_frames} of them; gestures: {num_gestures}\n" in err
    for line in out.splitlines():
        event = json.loads(line)
        assert set(event) == {"label", "hand", "phase", "start_s", "time_s", "end_s", "score"}


def test_evaluate_counts_a_recording(capsys: pytest.CaptureFixture[str]) -> None:
    recording = strokes(["left", "right"], name="monday")
    takes = tuple(replace(take, label=f"swipe_{take.label}") for take in recording.takes)
    save_recording(replace(recording, takes=takes), "recordings")
    code, out, _ = run(capsys, "evaluate", str(shipped_model()), "--json")
    assert code == 0
    assert json.loads(out)["takes"] == 2


def test_a_window_without_a_display_is_refused_clearly(capsys: pytest.CaptureFixture[str]) -> None:
    path = save_recording(strokes(["left"], name="monday"), "recordings")
    code, _, err = run(capsys, "live", "--input", str(path))
    assert code == 1
    assert "--no-window" in err


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    path = save_recording(strokes(["left", "right"] * 6, name="long"), tmp_path / "recordings")
    command = f"{sys.executable} -m gesture live --input {path} --no-window --json | head -n 1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, env=os.environ
    )
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), PermissionError(13, "Permission denied", "/away")]
)
def test_a_disk_that_refuses_where_nobody_expected_it_is_one_line(
    error: OSError, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("gesture.recording.load_recordings", refuse)
    code, _, err = run(capsys, "recordings", "list")
    assert code == 1
    assert len(err.splitlines()) == 1
    assert error.strerror in err
    assert str(error.filename or "") in err


def test_ctrl_c_is_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("gesture.recording.load_recordings", interrupt)
    assert run(capsys, "recordings", "list")[0] == 130
