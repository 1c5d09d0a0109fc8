"""Forgetting a person leaves nothing of them; renaming a label loses nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from synthetic import strokes

from gesture.cli import main
from gesture.errors import DataError
from gesture.recording import LANDMARKS, MANIFEST, RecordingWriter, load_recordings, save_recording
from gesture.types import HandFrame, Take
from gesture.upkeep import models_trained_on, rename_label, traces_of
from gesture.upkeep.parquet import write_parquet


@pytest.fixture(autouse=True)
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three recordings, two of them of ann."""
    monkeypatch.chdir(tmp_path)
    for name, person in (("a", "ann"), ("b", "ben"), ("c", "ann")):
        save_recording(strokes(["left", "right"], person=person, name=name), "recordings")
    return tmp_path


def make_model(name: str, **training: dict[str, str]) -> None:
    folder = Path("models", name)
    folder.mkdir(parents=True)
    (folder / "model.json").write_text(json.dumps({"training": training}))


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    code = main(list(arguments))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_deleting_a_person_leaves_nothing_of_them(capsys) -> None:
    write_parquet(load_recordings("recordings"), Path("all.parquet"))
    write_parquet([load_recordings("recordings/b")[0]], Path("ben.parquet"))
    make_model("mine", train={"b": "00"}, validation={"c": "11"})
    make_model("other", train={"b": "00"})
    Path("recordings/a/video.mkv").write_bytes(b"x")
    code, out, err = run(capsys, "recordings", "delete", "--person", "ann", "--yes")
    assert code == 0
    assert [Path(line).name for line in out.splitlines()] == ["a", "c", "all.parquet"]
    assert "models/mine" in err
    assert "other" not in err
    assert sorted(path.name for path in Path("recordings").iterdir()) == ["b"]
    assert Path("ben.parquet").exists()
    assert not Path("all.parquet").exists()
    assert {each.person for each in load_recordings("recordings")} == {"ben"}


def test_leftovers_of_a_person_are_found_too() -> None:
    Path("recordings/a/recording.json").write_text("{damaged")
    Path("recordings/a").rename("recordings/20260101T000000Z_ann-2")  # only its name says whose it is
    Path("recordings/c").rename("recordings/.hidden")
    for half in ("20260102T000000Z_ann", "ann_clip_01", "anna_clip_01"):
        Path("recordings", half).mkdir()
        Path("recordings", half, LANDMARKS).write_bytes(b"")
    traces = traces_of("ann", Path("recordings"), Path("models"))
    assert [path.name for path in traces.folders] == [
        ".hidden",
        "20260101T000000Z_ann-2",
        "20260102T000000Z_ann",
        "ann_clip_01",
    ]


def test_a_damaged_manifest_still_says_whose_it_is() -> None:
    manifest = Path("recordings/b", MANIFEST)
    manifest.write_text(manifest.read_text()[:-20])
    Path("recordings/b").rename("recordings/ann_b")
    assert [path.name for path in traces_of("ben", Path("recordings"), Path("models")).folders] == ["ann_b"]
    assert [path.name for path in traces_of("ann", Path("recordings"), Path("models")).folders] == ["a", "c"]


@pytest.mark.parametrize(("answer", "code", "left"), [("y\n", 0, 1), ("n\n", 1, 3), ("", 130, 3)])
def test_it_asks_first(answer, code, left, monkeypatch, capsys) -> None:
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    assert run(capsys, "recordings", "delete", "--person", "ann")[0] == code
    assert len(load_recordings("recordings")) == left


def test_a_person_who_recorded_nothing_is_an_error_that_names_the_others(capsys) -> None:
    code, _, err = run(capsys, "recordings", "delete", "--person", "ana", "--yes")
    assert code == 1
    assert "ann, ben" in err


def test_other_peoples_recordings_below_a_deleted_one_survive(capsys) -> None:
    Path("recordings/b").rename("recordings/a/b")
    assert run(capsys, "recordings", "delete", "--person", "ann", "--yes")[0] == 0
    assert [each.person for each in load_recordings("recordings")] == ["ben"]


def test_what_a_link_points_at_survives(tmp_path: Path, capsys) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").write_text("x")
    Path("recordings/a/link").symlink_to(elsewhere)
    assert run(capsys, "recordings", "delete", "--person", "ann", "--yes")[0] == 0
    assert (elsewhere / "precious").exists()
    assert not Path("recordings/a").exists()


def test_a_recording_that_is_being_made_is_not_deleted(capsys) -> None:
    with RecordingWriter("recordings", person="zoe", image_size=(640, 480)) as writer:
        writer.append(HandFrame.empty(0.0, (640, 480)))
        code, _, err = run(capsys, "recordings", "delete", "--person", "zoe", "--yes")
        assert code == 1
        assert "another process" in err
    assert run(capsys, "recordings", "delete", "--person", "zoe", "--yes")[0] == 0


def test_models_of_any_kind_are_looked_into() -> None:
    make_model("one", train={"a": "0"})
    make_model("two", validation={"a": "0"})
    make_model("three", train={"A": "0"})
    Path("models/broken").mkdir()
    Path("models/broken/model.json").write_text("{")
    assert [path.name for path in models_trained_on(["a"], Path("models"))] == ["one", "two"]
    assert models_trained_on(["a"], Path("nowhere")) == []


def test_a_label_is_renamed_everywhere_and_nothing_else_changes(capsys) -> None:
    before = load_recordings("recordings")
    manifest = Path("recordings/a", MANIFEST)
    fields = json.loads(manifest.read_text())
    fields["takes"][0]["mood"], fields["weather"] = "good", "rain"
    manifest.write_text(json.dumps(fields))
    code, out, _ = run(capsys, "recordings", "rename-label", "left", "왼쪽")
    assert (code, out) == (0, "renamed 3 takes\n")
    for one, other in zip(before, load_recordings("recordings"), strict=True):
        renamed = tuple(
            replace(take, label={"left": "왼쪽"}.get(take.label, take.label)) for take in one.takes
        )
        assert other.takes == renamed
        assert other.person == one.person
    fields = json.loads(manifest.read_text())
    assert fields["weather"] == "rain"
    assert fields["takes"][0]["mood"] == "good"


def test_a_label_may_be_joined_to_another() -> None:
    assert rename_label(Path("recordings"), "left", "right") == (3, 3)
    assert {take.label for each in load_recordings("recordings") for take in each.takes} == {"right"}


@pytest.mark.parametrize(("old", "new"), [("lift", "x"), ("left", "ignore"), ("left", " "), ("ignore", "x")])
def test_a_label_that_is_not_there_or_cannot_be_is_an_error(old: str, new: str) -> None:
    recording = strokes(["left"], name="d")
    save_recording(replace(recording, takes=(Take(0.1, 0.2, "ignore", "both"),)), "recordings")
    with pytest.raises(DataError):
        rename_label(Path("recordings"), old, new)
    assert {take.label for each in load_recordings("recordings") for take in each.takes} == {
        "left",
        "right",
        "ignore",
    }
