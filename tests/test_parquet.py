"""An export can be read by others, and gives back exactly what was exported."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from synthetic import recording_of, strokes

from gesture.cli import main
from gesture.errors import DataError
from gesture.recording import load_recordings, save_recording
from gesture.types import Recording, Take
from gesture.upkeep.parquet import persons_in, read_parquet, recordings_in, write_parquet


def two_recordings() -> list[Recording]:
    first = strokes(["left", "right"], name="monday")
    gone = np.full((60, 2), 0.4)
    gone[20:30] = np.nan
    takes = (
        Take(0.25, 0.5, "손흔들기", "both"),
        Take(1.0, 1.1, "ignore", "both"),
        Take(1.5, 1.9, "x", "left"),
    )
    second = recording_of({0: gone, 1: gone}, takes=takes, person="ann", name="tuesday")
    return [first, replace(second, view="egocentric", mirrored=True, image_size=(1280, 720))]


def assert_same(one: Recording, other: Recording) -> None:
    for field in fields(Recording):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if isinstance(a, np.ndarray):
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)
        else:
            assert a == b, field.name


def test_what_is_written_is_read_back_to_the_bit(tmp_path: Path) -> None:
    recordings = two_recordings()
    path = write_parquet(recordings, tmp_path / "out" / "all.parquet")
    assert recordings_in(path) == ["monday", "tuesday"]
    assert persons_in(path) == {"p1", "ann"}
    for recording in recordings:
        assert_same(read_parquet(path, recording.name), recording)
    assert [each.name for each in path.parent.iterdir()] == ["all.parquet"]


def test_others_read_a_tidy_table(tmp_path: Path) -> None:
    recordings = two_recordings()
    table = pq.read_table(write_parquet(recordings, tmp_path / "all.parquet"))
    assert table.num_rows == sum(map(len, recordings))
    rows = [row for row in table.to_pylist() if row["recording"] == "tuesday"]
    labels = [row["left_label"] for row in rows]
    assert labels[7:15] == [None, *["손흔들기"] * 7]  # 0.25 s up to 0.5 s at 30 frames a second
    assert labels[15] is None
    assert set(labels) == {None, "손흔들기", "ignore", "x"}
    assert {row["right_label"] for row in rows} == {None, "손흔들기", "ignore"}
    assert rows[5]["left_x8"] == recordings[1].landmarks[5, 0, 8, 0]
    assert rows[5]["right_world_z20"] == recordings[1].world_landmarks[5, 1, 20, 2]
    assert np.isnan(rows[25]["left_y0"])


def test_export_and_import_come_full_circle(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    for recording in two_recordings():
        save_recording(recording, "recordings")
    assert main(["recordings", "export", "--parquet", "all.parquet"]) == 0
    assert capsys.readouterr().out == "all.parquet\n"
    assert main(["recordings", "import", "all.parquet", "--to", "again", "--workers", "1"]) == 0
    assert main(["recordings", "import", "all.parquet", "--to", "again", "--workers", "1"]) == 0
    assert capsys.readouterr().out.endswith("imported 0, there already 2, failed 0\n")
    for one, other in zip(load_recordings("recordings"), load_recordings("again"), strict=True):
        assert_same(one, other)


def test_a_failed_export_leaves_the_old_one(tmp_path: Path) -> None:
    recordings = two_recordings()
    path = write_parquet(recordings, tmp_path / "all.parquet")
    before = path.read_bytes()
    with pytest.raises(DataError, match="2 named 'monday'"):
        write_parquet([recordings[0], recordings[0]], path)
    assert path.read_bytes() == before
    with pytest.raises(DataError, match="cannot be written"):
        write_parquet(recordings, path / "inside_a_file.parquet")


@pytest.mark.parametrize("damage", ["text", "cut", "foreign", "newer"])
def test_what_is_no_export_is_refused(tmp_path: Path, damage: str) -> None:
    path = write_parquet(two_recordings(), tmp_path / "all.parquet")
    if damage == "text":
        path.write_text("hello")
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-100])
    elif damage == "foreign":
        pq.write_table(pq.read_table(path).replace_schema_metadata({}), path)
    else:
        metadata = {b"gesture": b'{"format": 9, "gesture": "8.0", "recordings": {}}'}
        pq.write_table(pq.read_table(path).replace_schema_metadata(metadata), path)
    with pytest.raises(DataError, match=r"8\.0" if damage == "newer" else "not an export"):
        recordings_in(path)
    assert persons_in(path) == set()
