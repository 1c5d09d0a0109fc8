"""Recordings through the shipped model, scored as streams; pictures and tables of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from synthetic import recording_of, strokes

from gesture.cli import main
from gesture.evaluation.spotting import Detection
from gesture.evaluation.stream_evaluation import StreamEvaluation, evaluate_stream, play_stream
from gesture.evaluation.stream_scores import PlayedStream, label_scores, score
from gesture.evaluation.timeline import plot_stream, save_pictures
from gesture.manifest import shipped_model
from gesture.recording import save_recording
from gesture.runtime import GestureModel
from gesture.types import Recording, Take


@pytest.fixture(scope="module")
def model() -> GestureModel:
    return GestureModel.load(shipped_model())


def swipes(name: str, person: str = "p1", seed: int = 0) -> Recording:
    recording = strokes(["left", "right"], name=name, person=person, seed=seed)
    takes = tuple(replace(take, label=f"swipe_{take.label}") for take in recording.takes)
    return replace(recording, takes=takes)


def stream(
    person: str, *found: Detection, takes: tuple[Take, ...] = (Take(1.0, 2.0, "wave", "right"),)
) -> PlayedStream:
    return PlayedStream(f"of {person}", person, 0.0, 60.0, takes, (), found)


RIGHT = Detection(0.9, 2.1, "wave", "right", 1.3)
LATE = Detection(2.7, 3.0, "wave", "right", 2.9)
FALSE = Detection(30.0, 31.0, "grab", "left", 30.4)
GESTURES = ("grab", "wave")


def test_figures_of_a_worked_example() -> None:
    facts = score([stream("a", RIGHT, FALSE), stream("b", LATE)], GESTURES).to_json()
    assert facts["shrec2021"] == {"dr": 0.5, "fp": 0.5, "ji": 0.1667}
    assert facts["false_activations"] == 2
    assert facts["false_per_minute"] == 1.0
    assert facts["false_per_minute_interval"] == pytest.approx([0.121, 3.612], abs=1e-3)
    assert facts["delay_from_start_s"]["median"] == pytest.approx(0.3)
    assert facts["delay_from_end_s"]["median"] == pytest.approx(-0.7)
    assert facts["sequence_accuracy"] == 0.5


def test_an_onset_just_after_the_take_is_right_for_its_user_though_its_interval_is_not() -> None:
    scores = score([stream("a", Detection(2.1, 2.8, "wave", "right", 2.4))], GESTURES)
    assert (scores.num_false, scores.from_start_s) == (0, (pytest.approx(1.4),))
    assert scores.to_json()["shrec2021"]["dr"] == 0.0


def test_labels_are_told_apart() -> None:
    grab, wave = label_scores(score([stream("a", RIGHT, FALSE)], GESTURES))
    assert (grab["takes"], grab["false"], grab["dr"], grab["dr_interval"]) == (0, 1, None, [None, None])
    assert (wave["takes"], wave["correct"], wave["dr"], wave["correct_2022"]) == (1, 1, 1.0, 1)


@pytest.mark.parametrize(
    ("persons", "over"), [("abcde", "persons"), ("aabbc", "recordings"), ("ab", None), ("aaaa", None)]
)
def test_intervals_resample_persons_if_there_are_enough(persons: str, over: str | None) -> None:
    evaluation = StreamEvaluation(GESTURES, tuple(stream(person, RIGHT) for person in persons))
    assert evaluation.interval_over == over
    assert evaluation.to_json()["intervals"].get("shrec2021", {}).get("dr") == ([1.0, 1.0] if over else None)


def test_persons_are_scored_apart() -> None:
    evaluation = StreamEvaluation(GESTURES, (stream("a", RIGHT), stream("b"), stream("b", RIGHT)))
    persons = evaluation.to_json()["persons"]
    assert {person: facts["shrec2021"]["dr"] for person, facts in persons.items()} == {"a": 1.0, "b": 0.5}


def test_a_recording_is_played_through_the_live_code(model: GestureModel) -> None:
    recording = swipes("monday")
    played = play_stream(model, recording)
    assert played.takes == recording.takes
    assert all(detection.start_s <= detection.time_s for detection in played.found)
    assert evaluate_stream(model, [recording]).scores.num_takes == 2


def test_what_is_ignored_or_unknown_does_not_count(model: GestureModel) -> None:
    recording = swipes("monday")
    everywhere = Take(0.0, recording.duration_s, "ignore", "both")
    unknown = Take(0.0, recording.duration_s, "never_trained", "right")
    for cover in (everywhere, unknown):
        played = play_stream(model, replace(recording, takes=(cover,)))
        assert (played.takes, played.found, played.ignored) == ((), (), (cover,))


def test_an_empty_stream_is_scored_and_drawn(model: GestureModel) -> None:
    idle = recording_of({1: np.full((2, 2), np.nan)})
    evaluation = evaluate_stream(model, [idle])
    json.dumps(evaluation.to_json(), allow_nan=False)
    assert plot_stream(evaluation.streams[0]).startswith(b"<?xml")


def colored(*found: Detection) -> np.ndarray:
    """How many pixels of a stream's picture are strongly blue, green and red."""
    png = np.frombuffer(plot_stream(stream("a", *found), "png"), np.uint8)
    image = cv2.imdecode(png, cv2.IMREAD_COLOR).astype(int)
    return np.bincount(image[np.ptp(image, axis=2) > 120].argmax(axis=1), minlength=3)


def test_a_picture_shows_what_is_right_in_blue_and_what_is_false_in_red() -> None:
    blue, _, red = colored(RIGHT) - colored()
    assert blue > 500 > red  # the outline of the miss is gone, too
    blue, _, red = colored(RIGHT, replace(FALSE, label="wave")) - colored(RIGHT)
    assert red > 500 > blue


def test_pictures_are_numbered_and_keep_labels_as_text(tmp_path: Path) -> None:
    played = stream("a", takes=(Take(1.0, 2.0, "손흔들기", "right"),))
    paths = save_pictures([played, played], tmp_path / "new" / "pictures")
    assert [path.name for path in paths] == ["001-of a.svg", "002-of a.svg"]
    assert "손흔들기" in "".join(ElementTree.parse(paths[0]).getroot().itertext())


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for person in ("p1", "p2"):
        save_recording(swipes(f"of-{person}", person), "recordings")
    return tmp_path


def test_the_command_prints_json_and_writes_pictures(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["evaluate", str(shipped_model()), "--stream", "--json", "--pictures", "seen"])
    facts = json.loads(capsys.readouterr().out)
    assert code == 0
    assert facts["takes"] == 4
    assert set(facts["persons"]) == {"p1", "p2"}
    assert len(list((recorded / "seen").glob("*.svg"))) == 2


@pytest.mark.usefixtures("recorded")
def test_the_command_prints_tables(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(shipped_model()), "--stream"]) == 0
    out = capsys.readouterr().out
    for text in ("swipe_left", "p2", "SHREC'21: DR", "SHREC'22: DR", "Poisson", "5 persons or recordings"):
        assert text in out


def test_pictures_need_streams(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--pictures", "seen"]) == 2
    assert "--stream" in capsys.readouterr().err
