"""Videos, tables and other projects' files become recordings; what fails is listed and the rest goes on."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import hand_at, recording_of

from gesture.cli import main
from gesture.errors import CameraError, DataError
from gesture.importing import Settings, Source, Stretch, import_sources, sources_in, sources_in_table
from gesture.importing.takes import with_takes
from gesture.recording import load_recordings
from gesture.streams import streams
from gesture.training.dataset import hands_of
from gesture.types import BACKGROUND, IGNORE, Frame, HandFrame, Recording, Take
from gesture.upkeep.checking import check_recordings

DATA = os.environ.get("GESTURE_DATA")
ROOT = Path(__file__).parents[1]
NUM = 150


def travel(num_frames: int = 60) -> np.ndarray:
    """A right hand (T, 21, 3) that rests for a second, crosses in a third of one, and rests: 30 frames a second."""
    progress = np.clip((np.arange(num_frames) - 30) / 10, 0, 1)
    return hand_at(0.7 - 0.3 * progress, np.full(num_frames, 0.6)).astype(np.float64)


def write_raw(path: Path, num_frames: int = 60, seed: int = 0) -> Path:
    """As kairess's script stores it: 21 x (x, y, z, visibility), 15 angles, class."""
    rows = np.zeros((num_frames, 100))
    joints = np.concatenate([travel(num_frames), np.zeros((num_frames, 21, 1))], axis=-1)
    rows[:, :84] = joints.reshape(num_frames, 84)
    rows[:, 99] = seed
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, rows)
    return path


def write_frames(folder: Path, slot: int = 1, length: int = 1662, missing: tuple[int, ...] = ()) -> Path:
    """As MP_Data: a vector of Holistic's key points a frame, the hands last."""
    folder.mkdir(parents=True)
    for number, points in enumerate(travel()):
        vector = np.zeros(length)
        vector[len(vector) - 126 + 63 * slot :][:63] = points.ravel()
        if number not in missing:
            np.save(folder / f"{number}.npy", vector)
    return folder


def write_poses(folder: Path, rows: list[tuple[int, np.ndarray]], labels: list[str]) -> Path:
    """As Kazuhito00's: a class index and 42 numbers from the wrist, the largest of them 1 or -1."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "keypoint.csv").open("w", newline="") as file:
        for index, points in rows:
            from_wrist = points - points[0]
            csv.writer(file).writerow([index, *(from_wrist / np.abs(from_wrist).max()).ravel()])
    (folder / "keypoint_classifier_label.csv").write_text("\ufeff" + "\n".join(labels) + "\n", "utf-8")
    return folder / "keypoint.csv"


def assert_usable(recording: Recording) -> None:
    """A network can read it."""
    found = streams(recording, "one", 25.0)
    assert found
    assert all(np.isfinite(stream.features).all() for stream in found)


class FakeCamera:
    """A clip by the name of its file: two seconds at 30 frames a second, or none for `broken`."""

    def __init__(self, source: Path) -> None:
        self.is_blind = "empty" in source.name
        if "broken" in source.name:
            raise CameraError(f"{source}: not a video. Expected one. See if it plays elsewhere.")

    def __enter__(self) -> FakeCamera:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __iter__(self) -> Iterator[Frame]:
        shade = 0 if self.is_blind else 1
        return (Frame(np.full((2, 2, 3), shade, np.uint8), index / 30) for index in range(60))


class FakeLandmarker:
    """Sees the travelling hand in every image that is not black."""

    engine = "fake 1"

    def __init__(self, **_: object) -> None:
        self.points = travel()

    def __enter__(self) -> FakeLandmarker:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def detect(self, frame: Frame) -> HandFrame:
        hand_frame = HandFrame.empty(frame.time_s, (640, 480))
        if frame.image.any():
            hand_frame.landmarks[1] = self.points[round(frame.time_s * 30)]
        return hand_frame


@pytest.fixture(autouse=True)
def fake_hands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gesture.importing.videos.Camera", FakeCamera)
    monkeypatch.setattr("gesture.importing.videos.Landmarker", FakeLandmarker)
    monkeypatch.setattr("gesture.landmarks.hand_models.load_hand_models", lambda _: None)


def video(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(str(path).encode())
    return path


def clips(folder: Path, *names: str) -> Path:
    for name in names:
        video(folder / name)
    return folder


def test_a_folder_of_labels_gives_one_trimmed_take_a_clip(tmp_path: Path) -> None:
    folder = clips(tmp_path / "clips", "wave/01.mp4", "wave/02.mkv", "손흔들기/01.mp4", "wave/notes.txt")
    outcomes = list(import_sources(sources_in(folder, person="ann"), tmp_path / "r", Settings()))
    assert [outcome.state for outcome in outcomes] == ["imported"] * 3
    recordings = load_recordings(tmp_path / "r")
    assert sorted(take.label for each in recordings for take in each.takes) == ["wave", "wave", "손흔들기"]
    assert {each.person for each in recordings} == {"ann"}
    for each in recordings:
        (take,) = each.takes
        assert take.hand == "right"
        assert 0.7 < take.start_s < 1.05
        assert 1.3 < take.end_s < 1.6


def test_what_was_imported_is_known_by_its_content(tmp_path: Path) -> None:
    folder = clips(tmp_path / "clips", "wave/01.mp4", "wave/02.mp4")
    (tmp_path / "r").mkdir()
    list(import_sources(sources_in(folder), tmp_path / "r", Settings()))
    (folder / "wave" / "01.mp4").rename(folder / "wave" / "renamed.mp4")
    video(folder / "wave" / "03.mp4")
    again = list(import_sources(sources_in(folder), tmp_path / "r", Settings()))
    assert [outcome.state for outcome in again] == ["there", "imported", "there"]
    assert len(load_recordings(tmp_path / "r")) == 3


def test_a_clip_that_fails_is_listed_and_the_rest_goes_on(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    clips(tmp_path / "clips", "wave/01.mp4", "wave/broken.mp4", "wave/empty.mp4", "wave/zz.mp4")
    code = main(["recordings", "import", "clips", "--person", "p", "--workers", "1"])
    out, err = capsys.readouterr()
    assert code == 1
    assert out == "imported 2, there already 0, failed 2\n"
    failures = [line for line in err.splitlines() if line.startswith("failed: ")]
    assert [("broken.mp4" in line, "no hand in view" in line) for line in failures] == [
        (True, False),
        (False, True),
    ]
    assert len(load_recordings(tmp_path / "recordings")) == 2


def test_json_says_what_became_of_each(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    clips(tmp_path / "clips", "wave/01.mp4", "wave/broken.mp4")
    assert main(["-q", "recordings", "import", "clips", "--workers", "1", "--json"]) == 1
    facts = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [fact["state"] for fact in facts] == ["imported", "failed"]
    assert Path(facts[0]["recording"], "recording.json").exists()


TABLE = """file,label,place,start_s,end_s
a.mp4,wave,kitchen,,
b.mp4,wave,desk,0.5,1.5
b.mp4,background,desk,1.5,
c.mp4,background,desk,,
"""


def test_a_table_says_labels_groups_and_times(tmp_path: Path) -> None:
    clips(tmp_path, "a.mp4", "b.mp4", "c.mp4")
    table = tmp_path / "clips.csv"
    table.write_text(TABLE)
    sources = sources_in_table(table, group_column="place")
    assert {source.path.name: source.person for source in sources} == {
        "a.mp4": "kitchen",
        "b.mp4": "desk",
        "c.mp4": "desk",
    }
    list(import_sources(sources, tmp_path / "r", Settings(view="egocentric")))
    recordings = {recording.name[-1]: recording for recording in load_recordings(tmp_path / "r")}
    assert recordings["a"].takes[0].start_s == pytest.approx(0.9, abs=0.1)  # trimmed
    first, second = recordings["b"].takes
    assert (first.start_s, first.end_s, first.label, first.hand) == (0.5, 1.5, "wave", "right")  # as given
    assert (second.start_s, second.label) == (1.5, BACKGROUND)
    assert [take.label for take in recordings["c"].takes] == [BACKGROUND]
    assert {recording.view for recording in recordings.values()} == {"egocentric"}
    assert (
        hands_of(list(recordings.values())) == "one"
    )  # background is of both hands and asks for no network of both


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no column file, label"),
        ("file,label\n", "holds nothing"),
        ("path,label\na,b\n", "no column file"),
        ("file,label\na.mp4,\n", "line 2: label '' is empty"),
        ("file,label\na.mp4,wave\n,wave\n", "line 3: names no file"),
        ("file,label,start_s\na.mp4,wave,soon\n", "line 2: start_s is 'soon'"),
        ("file,label,start_s\na.mp4,wave,-1\n", "line 2: start_s"),
        ("file,label,start_s\na.mp4,wave,nan\n", "line 2: start_s"),
        ("file,label,start_s,end_s\na.mp4,wave,2,1\n", "line 2: runs from 2 to 1"),
        ("file,label,group\na.mp4,wave,x\na.mp4,wave,y\n", "line 3: a.mp4 is of 'x'"),
        ("file,label,group\na.mp4,wave,../x\n", "'../x'"),
    ],
)
def test_a_row_that_cannot_be_used_is_named_before_anything_is_written(tmp_path, text, message) -> None:
    table = tmp_path / "clips.csv"
    table.write_text(text)
    with pytest.raises(DataError, match=message.replace("(", r"\(")):
        sources_in_table(table)


def test_a_table_may_come_from_a_spreadsheet(tmp_path: Path) -> None:
    table = tmp_path / "clips.csv"
    table.write_bytes("\ufefffile;label;group\r\na b.mp4;wave;p1\r\n".encode())
    (source,) = sources_in_table(table)
    assert (source.path.name, source.person, source.stretches) == ("a b.mp4", "p1", (Stretch("wave"),))


def test_a_file_that_the_table_names_and_that_is_missing_is_a_failure_of_its_own(tmp_path: Path) -> None:
    clips(tmp_path, "a.mp4")
    (tmp_path / "t.csv").write_text("file,label\na.mp4,wave\ngone.mp4,wave\n")
    outcomes = list(import_sources(sources_in_table(tmp_path / "t.csv"), tmp_path / "r", Settings()))
    assert [outcome.state for outcome in outcomes] == ["imported", "failed"]
    assert "gone.mp4" in outcomes[1].message


def test_a_stretch_without_a_hand_costs_that_stretch_alone() -> None:
    path = np.full((120, 2), 0.5)
    path[60:] = np.nan
    stretches = [Stretch("a", 0.0, 1.5), Stretch("b", 2.5, 3.5)]
    recording, problems = with_takes(recording_of({1: path}), stretches)
    assert [(take.label, take.start_s, take.end_s) for take in recording.takes] == [
        ("a", 0.0, 1.5),
        (IGNORE, 2.5, 3.5),
    ]
    assert "b: no hand in view" in problems[0]
    with pytest.raises(DataError, match="no hand"):
        with_takes(recording, stretches[1:])


@given(st.floats(0, 5), st.floats(0, 5))
def test_a_take_with_given_times_lies_inside_its_recording(one_s: float, other_s: float) -> None:
    recording = recording_of({1: np.full((90, 2), 0.5)})
    stretch = Stretch("pose", min(one_s, other_s), max(one_s, other_s))
    try:
        labelled, problems = with_takes(recording, [stretch])
    except DataError:
        assert stretch.start_s is not None
        assert stretch.end_s is not None
        assert stretch.start_s > 2.8 or stretch.end_s - stretch.start_s < 0.2
        return
    (take,) = labelled.takes
    assert not problems
    assert 0 <= take.start_s < take.end_s <= 3.0 + 1e-9


def test_a_raw_array_is_one_take_with_what_it_lacks_assumed_aloud(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    write_raw(Path("dataset/raw_come_1627646273.npy"))
    write_raw(Path("dataset/seq_come_1627646273.npy"))
    assert main(["recordings", "import", "dataset", "--hand", "left", "--workers", "1"]) == 0
    said = capsys.readouterr().err
    for word in ("15 frames a second", "640x480", "flipped", "--rate", "'unknown'"):
        assert word in said
    assert "--hand" not in said  # that was given
    (recording,) = load_recordings("recordings")
    assert recording.mirrored
    np.testing.assert_allclose(recording.landmarks[:, 0], travel(), atol=1e-6)
    assert np.isnan(recording.landmarks[:, 1]).all()
    np.testing.assert_allclose(np.diff(recording.times_s), 1 / 15)
    assert [(take.label, take.hand, take.start_s) for take in recording.takes] == [("come", "left", 0.0)]
    assert recording.takes[0].end_s == pytest.approx(60 / 15)
    assert_usable(recording)


@pytest.mark.parametrize(("length", "slot"), [(1662, 0), (1662, 1), (258, 1), (126, 0)])
def test_frames_as_files_keep_hand_and_time(tmp_path: Path, length: int, slot: int) -> None:
    write_frames(tmp_path / "MP_Data" / "hello" / "0", slot, length, missing=(5, 6))
    settings = Settings(rate_hz=30.0)
    (outcome,) = import_sources(sources_in(tmp_path / "MP_Data", person="p7"), tmp_path / "r", settings)
    assert outcome.state == "imported", outcome.message
    (recording,) = load_recordings(tmp_path / "r")
    assert recording.name == "p7_hello_0"
    assert len(recording) == 58
    assert recording.times_s[5] == pytest.approx(7 / 30)  # frames 5 and 6 are missing: a gap, not a jump
    np.testing.assert_allclose(recording.landmarks[7, slot], travel()[9], atol=1e-6)
    assert np.isnan(recording.landmarks[:, 1 - slot]).all()
    assert not recording.mirrored
    (take,) = recording.takes
    assert (take.label, take.hand) == ("hello", ("left", "right")[slot])
    assert 0.7 < take.start_s < 1.05


def test_key_points_become_still_takes(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    hands = [rng.uniform(0, 300, (21, 2)) for _ in range(3)]
    path = write_poses(tmp_path / "k", list(zip([0, 2, 0], hands, strict=True)), ["Open", "Close", "Pointer"])
    (outcome,) = import_sources(sources_in(path), tmp_path / "r", Settings(hand="left"))
    assert outcome.state == "imported", outcome.message
    (recording,) = load_recordings(tmp_path / "r")
    assert [(take.label, take.hand) for take in recording.takes] == [
        ("Open", "left"),
        ("Pointer", "left"),
        ("Open", "left"),
    ]
    for take, hand in zip(recording.takes, hands, strict=True):
        assert take.end_s - take.start_s == pytest.approx(1.0)
        inside = (recording.times_s >= take.start_s) & (recording.times_s < take.end_s)
        points = recording.landmarks[inside, 0, :, :2].astype(float) * (640, 480)
        assert np.ptp(points, axis=0).max() < 1e-3  # still
        got, wanted = points[0] - points[0, 0], hand - hand[0]
        np.testing.assert_allclose(got / np.abs(got).max(), wanted / np.abs(wanted).max(), atol=1e-5)
        assert points.min() > 0
        assert (points < (640, 480)).all()
    assert check_recordings(tmp_path / "r").problems == []
    assert_usable(recording)
    assert len(streams(recording, "one", 25.0)) == 3  # no hand is held over from one row to the next


def test_the_path_of_a_fingertip_is_refused_plainly(tmp_path: Path) -> None:
    path = tmp_path / "point_history.csv"
    path.write_text(",".join(["1"] + ["0.5"] * 32) + "\n")
    (outcome,) = import_sources(sources_in(path), tmp_path / "r", Settings())
    assert outcome.state == "failed"
    assert "one fingertip" in outcome.message
    assert "gesture record" in outcome.message


def bad_array(folder: Path, values: object) -> Path:
    path = folder / "wave" / "x.npy"
    path.parent.mkdir(parents=True)
    np.save(path, values, allow_pickle=True)
    return path


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros((5, 30, 100)), "holds windows"),
        (np.zeros((30, 63)), "has shape"),
        (np.zeros((0, 100)), "has shape"),
        (np.zeros((30, 100)), "no hand in view"),
        (np.full((30, 100), np.nan), "no hand in view"),
        (np.array([{"a": 1}], dtype=object), "no array of numbers"),
        (np.array(["text"]), "no array of numbers"),
    ],
)
def test_an_array_of_another_kind_is_a_failure_that_says_so(tmp_path, values, message) -> None:
    path = bad_array(tmp_path, values)
    (outcome,) = import_sources([Source(path, "array", "p", (Stretch("wave"),))], tmp_path / "r", Settings())
    assert outcome.state == "failed"
    assert message in outcome.message


@pytest.mark.parametrize("line", ["0,1,2", "0," + ",".join(["0"] * 42), "x," + ",".join(["1"] * 42), "9" * 3])
def test_a_row_of_key_points_that_is_none_is_named(tmp_path: Path, line: str) -> None:
    path = write_poses(tmp_path, [(0, np.arange(42.0).reshape(21, 2))], ["Open"])
    path.write_text(path.read_text() + line + "\n")
    (outcome,) = import_sources(sources_in(path), tmp_path / "r", Settings())
    assert outcome.state == "failed"
    assert "line 2" in outcome.message


def test_what_nobody_labelled_is_refused(tmp_path: Path) -> None:
    clips(tmp_path / "clips", "01.mp4")
    with pytest.raises(DataError, match="--label or --table"):
        sources_in(tmp_path / "clips")
    (source,) = sources_in(tmp_path / "clips", label="wave")
    assert source.stretches == (Stretch("wave"),)
    with pytest.raises(DataError, match="--label or --table"):
        sources_in(tmp_path / "clips" / "01.mp4")
    with pytest.raises(DataError, match="holds nothing"):
        sources_in(clips(tmp_path / "texts", "a.txt"))
    clips(tmp_path / "texts" / "20260101T000000Z_p1", "video.mkv", "recording.json")
    with pytest.raises(DataError, match="holds nothing"):
        sources_in(tmp_path / "texts")
    with pytest.raises(DataError, match="not found"):
        sources_in(tmp_path / "nowhere")


def test_files_of_one_name_become_recordings_of_different_names(tmp_path: Path) -> None:
    folder = clips(tmp_path / "clips", "wave/take.mp4", "wave/take.mkv", "CON/a?.mp4")
    outcomes = list(import_sources(sources_in(folder), tmp_path / "r", Settings()))
    names = [outcome.recording.name for outcome in outcomes if outcome.recording]
    assert names == ["unknown_imported", "unknown_wave_take", "unknown_wave_take-2"] or names == [
        "unknown_CON_a?",
        *names[1:],
    ]
    assert len(set(names)) == 3


def test_several_processes_give_what_one_gives(tmp_path: Path) -> None:
    for index in range(4):
        write_raw(tmp_path / "d" / f"raw_come_{index}.npy", seed=index)
    (tmp_path / "d" / "raw_gone_9.npy").write_bytes(b"no array")
    sources = sources_in(tmp_path / "d")
    one = {each.source.path: each.state for each in import_sources(sources, tmp_path / "one", Settings())}
    two = {
        each.source.path: each.state
        for each in import_sources(sources, tmp_path / "two", Settings(), workers=2)
    }
    assert one == two
    first, second = load_recordings(tmp_path / "one"), load_recordings(tmp_path / "two")
    assert [each.name for each in first] == [each.name for each in second]
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a.landmarks, b.landmarks)
        assert a.takes == b.takes


@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_import_that_was_interrupted_goes_on_where_it_was(tmp_path: Path, workers: str) -> None:
    for index in range(NUM):
        write_raw(tmp_path / "d" / f"raw_come_{index}.npy", seed=index)
    command = [sys.executable, "-m", "gesture", "recordings", "import", "d", "--workers", workers]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    while not list(tmp_path.glob("recordings/*/recording.json")) and running.poll() is None:
        time.sleep(0.01)
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does
    _, err = running.communicate(timeout=20)
    assert running.returncode == 130
    assert "Traceback" not in err
    assert "The same command goes on" in err
    before = len(load_recordings(tmp_path / "recordings"))
    assert 0 < before < NUM
    again = list(import_sources(sources_in(tmp_path / "d"), tmp_path / "recordings", Settings()))
    assert [each.state for each in again].count("there") == before
    assert len(load_recordings(tmp_path / "recordings")) == NUM
    assert check_recordings(tmp_path / "recordings").problems == []


def test_sources_or_a_table_and_not_both(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text("file,label\n")
    assert main(["recordings", "import"]) == 2
    assert main(["recordings", "import", "x", "--table", "t.csv"]) == 2
    assert main(["recordings", "import", "x", "--image-size", "wide"]) == 2
    assert "640x480" in capsys.readouterr().err


@pytest.mark.skipif(not DATA, reason="GESTURE_DATA is not set")
def test_real_arrays_of_two_projects(tmp_path: Path) -> None:
    files = sorted(Path(DATA or "", "continuous_raw").glob("*.npy"))
    rows = "".join(f"{path},{path.name.split('__')[1]},{path.name.split('__')[0]}\n" for path in files)
    (tmp_path / "t.csv").write_text("file,label,group\n" + rows)
    outcomes = list(import_sources(sources_in_table(tmp_path / "t.csv"), tmp_path / "r", Settings()))
    assert [outcome.state for outcome in outcomes] == ["imported"] * 6
    recordings = load_recordings(tmp_path / "r")
    assert sum(map(len, recordings)) == sum(len(np.load(path)) for path in files)
    assert {recording.person for recording in recordings} == {"kairess", "jjunehee"}
    assert check_recordings(tmp_path / "r").problems == []


@pytest.mark.slow
@pytest.mark.skipif(not DATA, reason="GESTURE_DATA is not set")
def test_real_clips_through_the_real_hand_models_in_two_processes(tmp_path: Path) -> None:
    folder = Path(DATA or "", "egocentric_videos")
    rows = f"{folder}/left_19.mp4,left,19\n{folder}/right_19.mp4,right,19\n{folder}/none.mp4,right,19\n"
    (tmp_path / "t.csv").write_text("file,label,environment\n" + rows)
    sources = sources_in_table(tmp_path / "t.csv", group_column="environment")
    outcomes = list(import_sources(sources, tmp_path / "r", Settings(view="egocentric"), workers=2))
    assert sorted(outcome.state for outcome in outcomes) == ["failed", "imported", "imported"]
    left, right = load_recordings(tmp_path / "r")
    assert [take.label for take in (*left.takes, *right.takes)] == ["left", "right"]
    assert left.person == "19"
    assert left.engine.startswith("litert")
    for recording in (left, right):
        (take,) = recording.takes
        assert 0.3 < take.end_s - take.start_s < recording.duration_s


def test_a_take_knows_nothing_of_numpy(tmp_path: Path) -> None:
    write_raw(tmp_path / "raw_come_1.npy")
    list(import_sources(sources_in(tmp_path), tmp_path / "r", Settings()))
    text = next((tmp_path / "r").glob("*/recording.json")).read_text("utf-8")
    assert json.loads(text)["takes"][0] == {"start_s": 0.0, "end_s": 4.0, "label": "come", "hand": "right"}
    assert load_recordings(tmp_path / "r")[0].takes == (Take(0.0, 4.0, "come", "right"),)
