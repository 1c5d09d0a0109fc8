"""`gesture recordings check` finds what would spoil a training, and nothing where nothing is wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from synthetic import recording_of, strokes

from gesture.cli import main
from gesture.errors import DataError
from gesture.recording import LANDMARKS, MANIFEST, save_recording
from gesture.types import Recording, Take
from gesture.upkeep.checking import check_recordings


def still(num_frames: int = 300, rate_hz: float = 30.0, **options: object) -> Recording:
    return recording_of({1: np.full((num_frames, 2), 0.5)}, rate_hz=rate_hz, **options)  # type: ignore[arg-type]


def takes(*spans: tuple[float, float], label: str = "wave", hand: str = "right") -> tuple[Take, ...]:
    return tuple(Take(start, end, label, hand) for start, end in spans)  # type: ignore[arg-type]


def found(root: Path, *recordings: Recording) -> list[str]:
    for recording in recordings:
        save_recording(recording, root)
    return [f"{problem.recording}: {problem.what}" for problem in check_recordings(root).problems]


def test_good_recordings_have_no_problem(tmp_path: Path) -> None:
    good = [strokes(["left", "right"] * 3, seed=seed, name=f"r{seed}") for seed in range(3)]
    slow = replace(still(60, 15.0, name="slow"), takes=takes((1.0, 2.0)))
    assert found(tmp_path, *good, slow) == []


def test_a_hand_missing_in_a_third_of_a_take_is_a_problem(tmp_path: Path) -> None:
    path = np.full((90, 2), 0.5)
    path[30:42] = np.nan
    recording = recording_of({1: path}, name="a", takes=takes((1.0, 2.0)))
    fine = recording_of({1: path}, name="b", takes=takes((0.6, 2.6)))
    assert found(tmp_path, recording, fine) == ["a: wave at 1.0 s: the hand is missing in 40% of its frames"]


def test_the_hand_that_counts_is_the_takes_own(tmp_path: Path) -> None:
    wrong = replace(still(name="a"), takes=takes((1, 2), hand="left"))
    both = replace(still(name="b"), takes=takes((1, 2), hand="both"))
    ignored = replace(still(name="c"), takes=takes((1, 2), label="ignore", hand="left"))
    assert [line[:2] for line in found(tmp_path, wrong, both, ignored)] == ["a:", "b:"]


def test_few_frames_a_second_and_a_stall_are_problems(tmp_path: Path) -> None:
    slow = still(60, 10.0, name="a")
    stalled = still(60, name="b")
    times_s = stalled.times_s + np.where(np.arange(60) >= 30, 2.0, 0.0)
    stalled = replace(stalled, times_s=times_s, takes=takes((0.5, 3.5)))
    outside = replace(stalled, name="c", takes=takes((0.2, 0.8)))
    problems = found(tmp_path, slow, stalled, outside)
    assert problems[0].startswith("a: 10 frames a second")
    assert problems[1:] == ["b: no frame from 1.0 to 3.0 s, in the middle of a take"]


def test_a_take_much_shorter_or_longer_than_the_others_is_a_problem(tmp_path: Path) -> None:
    spans = [(0, 1), (2, 3), (4, 5), (6, 6.4), (7, 7.6)]
    problems = found(tmp_path, replace(still(name="a"), takes=takes(*spans)))
    assert problems == ["a: wave at 6.0 s: lasts 0.40 s, takes of this label usually 1.00 s"]
    few = replace(still(name="b"), takes=takes(*spans[2:4], label="rare"))
    assert found(tmp_path / "few", few) == []


def test_takes_of_one_hand_that_overlap_are_a_problem(tmp_path: Path) -> None:
    hands = {0: np.full((300, 2), 0.3), 1: np.full((300, 2), 0.6)}
    same = recording_of(hands, name="a", takes=(*takes((1, 2)), *takes((1.5, 2.5), label="x")))
    other = recording_of(hands, name="b", takes=(*takes((1, 2)), *takes((1.5, 2.5), hand="left")))
    assert found(tmp_path, same, other) == ["a: wave at 1.0 s and x at 1.5 s overlap"]


def test_what_cannot_be_read_is_a_problem_and_hides_nothing(tmp_path: Path) -> None:
    for name in ("cut", "outside", "lost"):
        save_recording(replace(still(name=name), takes=takes((1, 2))), tmp_path)
    (tmp_path / "cut" / MANIFEST).write_text("{")
    text = (tmp_path / "outside" / MANIFEST).read_text()
    (tmp_path / "outside" / MANIFEST).write_text(text.replace('"end_s": 2', '"end_s": 99'))
    (tmp_path / "lost" / MANIFEST).unlink()
    checked = check_recordings(tmp_path)
    assert [problem.recording for problem in checked.problems] == ["cut", "lost", "outside"]
    assert "no valid JSON" in checked.problems[0].what
    assert "no recording.json" in checked.problems[1].what
    assert "lies outside" in checked.problems[2].what


def test_damage_in_the_middle_is_a_problem(tmp_path: Path) -> None:
    path = save_recording(still(600, name="a"), tmp_path) / LANDMARKS
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 400] = b"\xff" * 400
    path.write_bytes(data)
    (problem,) = check_recordings(tmp_path).problems
    assert "damaged" in problem.what


def test_the_command_prints_a_line_each_and_ends_with_1(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    save_recording(strokes(["left"], name="good"), "recordings")
    assert main(["recordings", "check"]) == 0
    assert capsys.readouterr().out == ""
    save_recording(still(60, 10.0, name="slow"), "recordings")
    assert main(["recordings", "check"]) == 1
    assert capsys.readouterr().out.startswith("slow: 10 frames a second")
    assert main(["recordings", "check", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["recording"] == "slow"


def test_no_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such folder"):
        check_recordings(tmp_path / "nowhere")
