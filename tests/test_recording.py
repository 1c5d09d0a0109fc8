"""Recordings on disk: what goes in comes out, whatever happens in between."""

from __future__ import annotations

import errno
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gesture.errors import DataError
from gesture.recording import (
    FLUSH_S,
    LANDMARKS,
    MANIFEST,
    RecordingWriter,
    check_label,
    check_name,
    load_recordings,
    read_recording,
    replace_takes,
    save_recording,
)
from gesture.types import BACKGROUND, IGNORE, HandFrame, Recording, Take

SIZE = (640, 480)
POSIX = pytest.mark.skipif(os.name != "posix", reason="needs fork, kill or mount")
ONE_FOLDER = [HealthCheck.function_scoped_fixture]  # examples share a folder and leave it as it was


def hand_frame(index: int, fps: float = 30.0) -> HandFrame:
    """A frame that tells its index: a right hand at `index`, no left hand."""
    points = np.full((2, 21, 3), index, np.float32)
    per_hand = np.array([np.nan, 0.5], np.float32)
    points[0] = np.nan
    return HandFrame(index / fps, points, points / 10, per_hand, per_hand, SIZE)


def a_recording(num_frames: int = 90, **changes: Any) -> Recording:
    frames = [hand_frame(index) for index in range(num_frames)]
    fields: dict[str, Any] = {
        "times_s": np.array([frame.time_s for frame in frames]),
        **{
            name: np.array([getattr(frame, name) for frame in frames], np.float32).reshape(num_frames, *shape)
            for name, shape in [
                ("landmarks", (2, 21, 3)),
                ("world_landmarks", (2, 21, 3)),
                ("scores", (2,)),
                ("presence", (2,)),
            ]
        },
        "takes": (),
        "person": "p1",
        "image_size": SIZE,
    }
    return Recording(**{**fields, **changes})


def open_writer(root: Path, person: str = "p1") -> RecordingWriter:
    return RecordingWriter(root, person=person, image_size=SIZE)


def record(
    root: Path,
    frames: Iterable[HandFrame],
    before: dict[int, Callable[[RecordingWriter], object]] | None = None,
) -> None:
    """Record frames; `before` says what to do before which of them."""
    with open_writer(root) as writer:
        for index, frame in enumerate(frames):
            (before or {}).get(index, lambda _: None)(writer)
            writer.append(frame)


def only_folder(root: Path) -> Path:
    (folder,) = root.iterdir()
    return folder


def assert_equal(read: Recording, written: Recording) -> None:
    for name in ("times_s", "landmarks", "world_landmarks", "scores", "presence"):
        assert getattr(read, name).dtype == getattr(written, name).dtype
        np.testing.assert_array_equal(getattr(read, name), getattr(written, name))
    for name in ("takes", "person", "image_size", "view", "mirrored", "engine"):
        assert getattr(read, name) == getattr(written, name)


def assert_helpful(error: pytest.ExceptionInfo[DataError], path: Path) -> None:
    text = str(error.value)
    assert "\n" not in text
    assert str(path) in text
    assert text.count(". ") >= 1
    assert text.endswith(".")


def outcome(folder: Path) -> str:
    """Empty for a recording that can be read, else what is said about it."""
    try:
        read_recording(folder)
    except DataError as error:
        return str(error)
    return ""


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "empty"),
        ("  ", "empty"),
        (".", "dot"),
        ("..", "dot"),
        ("../x", "dot"),
        (".hidden", "dot"),
        ("a/b", "holds /"),
        ("a\\b", r"holds \\"),
        ("C:", "holds :"),
        ("what?", r"holds \?"),
        ("x ", "space"),
        ("x.", "dot"),
        ("con", "Windows"),
        ("NUL.txt", "Windows"),
        ("Com1", "Windows"),
        ("lpt²", "Windows"),
        ("aux .x", "Windows"),
        ("a\x00b", "control"),
        ("a\nb", "control"),
        ("a\x7fb", "control"),
        ("a\u2028b", "control"),
        ("\ud800", "control"),
        ("a" * 201, "long"),
        ("한" * 67, "long"),
    ],
)
def test_a_name_that_no_path_can_hold_is_refused(name: str, says: str) -> None:
    with pytest.raises(DataError, match=f"person .*{says}") as error:
        check_name("person", name)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["p1", "Ana María", "김철수", "a.b", "-x", "console", "o'neil", "x" * 200])
def test_a_name_in_any_script_is_welcome(name: str) -> None:
    assert check_name("model", name) == name


def test_names_and_labels_that_look_the_same_are_the_same() -> None:
    assert check_name("person", "Mari\u0301a") == "Mar\u00eda"
    assert check_label("\u1112\u1161\u11ab") == check_label("\ud55c") == "\ud55c"
    assert check_label("  wave\u3000") == "wave"


@pytest.mark.parametrize(
    "label", ["", " ", "\t\n", "\u3000", "a\nb", "a\x1b[31m", "\ud800", "ignore", " ignore "]
)
def test_a_label_without_a_visible_name_is_refused(label: str) -> None:
    with pytest.raises(DataError, match="label"):
        check_label(label)


@pytest.mark.parametrize("label", [BACKGROUND, "../x", "손 흔들기", "a/b", "CON", "👋🏽", "نه\u200cنه", "."])
def test_a_label_may_be_any_unicode_because_it_never_becomes_a_path(label: str, tmp_path: Path) -> None:
    with open_writer(tmp_path) as writer:
        writer.append(hand_frame(0))
        writer.keep(Take(0, 0.5, label, "both"))
    assert [path.name for path in tmp_path.iterdir()] == [writer.path.name]
    assert [take.label for take in read_recording(writer.path).takes] == [label]


# --- round trips ----------------------------------------------------------------------------------

LABELS = st.text(min_size=1).filter(lambda text: not _refused(text)).map(check_label) | st.just(IGNORE)
TAKES = st.builds(
    lambda start, length, label, hand: Take(start, start + length, label, hand),
    st.floats(0, 1),
    st.floats(1e-3, 1),
    LABELS,
    st.sampled_from(["left", "right", "both"]),
)


def _refused(label: str) -> bool:
    try:
        check_label(label)
    except DataError:
        return True
    return False


def _float32(*shape: int) -> st.SearchStrategy[Any]:
    return arrays.arrays(np.float32, shape, elements=st.floats(width=32), fill=st.just(np.float32(np.nan)))


@st.composite
def recordings(draw: st.DrawFn) -> Recording:
    steps_s = draw(st.lists(st.floats(1e-3, 3.0), min_size=1, max_size=12))
    num = len(steps_s)
    times_s = np.cumsum(steps_s)
    takes = draw(st.lists(TAKES, max_size=4))
    inside = [take for take in takes if take.start_s >= times_s[0] - 1 and take.end_s <= times_s[-1] + 1]
    return Recording(
        times_s,
        draw(_float32(num, 2, 21, 3)),
        draw(_float32(num, 2, 21, 3)),
        draw(_float32(num, 2)),
        draw(_float32(num, 2)),
        takes=tuple(
            sorted(take for take in inside if take.end_s > times_s[0] and take.start_s <= times_s[-1])
        ),
        person=draw(st.sampled_from(["p1", "김철수", "a b"])),
        image_size=draw(st.tuples(st.integers(1, 8192), st.integers(1, 8192))),
        view=draw(st.sampled_from(["facing", "egocentric"])),
        mirrored=draw(st.booleans()),
        engine=draw(st.text()),
    )


@settings(max_examples=25, deadline=None, suppress_health_check=ONE_FOLDER)
@given(recordings())
def test_a_recording_comes_back_bit_for_bit(tmp_path: Path, recording: Recording) -> None:
    path = save_recording(recording, tmp_path)
    assert_equal(read_recording(path), recording)


def test_a_recording_keeps_its_name(tmp_path: Path) -> None:
    path = save_recording(a_recording(name="wave_01"), tmp_path)
    assert path == tmp_path / "wave_01"
    assert read_recording(path).name == "wave_01"


def test_a_recording_without_frames_comes_back(tmp_path: Path) -> None:
    assert_equal(read_recording(save_recording(a_recording(0), tmp_path)), a_recording(0))


def test_landmarks_are_a_plain_table(tmp_path: Path) -> None:
    path = save_recording(a_recording(90), tmp_path)
    table = pa.ipc.open_stream(path / LANDMARKS).read_all()
    assert table.column_names == [
        "time_s",
        *(f"{hand}_{what}" for what in ("landmarks", "world_landmarks") for hand in ("left", "right")),
        *(f"{hand}_{what}" for what in ("score", "presence") for hand in ("left", "right")),
    ]
    assert len(table) == 90
    assert table["right_landmarks"][7].as_py() == [7.0] * 63


def test_importing_it_loads_neither_arrow_nor_locks() -> None:
    code = "import sys, gesture.recording; print({'pyarrow', 'filelock'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"


# --- writing --------------------------------------------------------------------------------------


def test_frames_are_on_disk_within_a_second(tmp_path: Path) -> None:
    with open_writer(tmp_path) as writer:
        for index in range(300):
            writer.append(hand_frame(index))
            read = read_recording(writer.path)
            assert index / 30 - (read.times_s[-1] if len(read) else 0) < FLUSH_S
    assert len(read_recording(writer.path)) == 300


def test_a_kept_take_is_on_disk_with_its_frames(tmp_path: Path) -> None:
    with open_writer(tmp_path) as writer:
        for index in range(20):
            writer.append(hand_frame(index))
        take = Take(0.1, 0.6, "wave", "right")
        writer.keep(take)
        read = read_recording(writer.path)
        assert read.takes == writer.takes == (take,)
        assert len(read) == writer.num_frames == 20


def test_the_last_take_can_be_taken_back(tmp_path: Path) -> None:
    with open_writer(tmp_path) as writer:
        for index in range(90):
            writer.append(hand_frame(index))
        first, last = Take(1.5, 2.0, "wave", "right"), Take(0.2, 1.0, "push", "left")
        writer.keep(first)
        writer.keep(last, Take(1.0, 1.3, IGNORE, "both"))
        writer.ignore(2.0, 3.2)
        writer.ignore(2.5, 2.5)
        assert writer.remove_last_take() == last
        assert set(read_recording(writer.path).takes) == {
            first,
            *(Take(start, end, IGNORE, "both") for start, end in [(0.2, 1.0), (1.0, 1.3), (2.0, 3.2)]),
        }
        assert writer.remove_last_take() == first
        assert writer.remove_last_take() is None
    assert {take.label for take in read_recording(writer.path).takes} == {IGNORE}


@pytest.mark.parametrize(
    ("take", "says"),
    [
        (Take(0.5, 4.5, "wave", "left"), "outside"),
        (Take(-1.5, 0.5, "wave", "left"), "outside"),
        (Take(3.0, 3.5, "wave", "left"), "outside"),
        (Take(3.0, 4.5, IGNORE, "both"), "outside"),
        (Take(-0.5, 0.0, "wave", "left"), "outside"),
        (Take(-np.inf, 0.5, "wave", "left"), "finite"),
        (Take(0.5, 1.0, "", "left"), "empty"),
        (Take(0.5, 1.0, "wave", "left"), None),
        (Take(2.9, 3.5, "wave", "left"), None),
        (Take(3.0, 3.5, IGNORE, "both"), None),
    ],
)
def test_a_take_lies_inside_its_recording(take: Take, says: str | None, tmp_path: Path) -> None:
    path = save_recording(a_recording(90, takes=()), tmp_path)
    with open_writer(tmp_path, "p2") as writer:
        for index in range(90):
            writer.append(hand_frame(index))
        if says is None:
            writer.keep(take)
            replace_takes(path, [take])
            assert read_recording(path).takes == read_recording(writer.path).takes == (take,)
            return
        for attempt in (lambda: writer.keep(take), lambda: replace_takes(path, [take])):
            with pytest.raises(DataError, match=says):
                attempt()
        with pytest.raises(DataError, match=says):
            save_recording(a_recording(90, takes=(take,)), tmp_path)
    assert read_recording(path).takes == read_recording(writer.path).takes == ()


def test_a_take_before_the_first_frame_is_refused(tmp_path: Path) -> None:
    with open_writer(tmp_path) as writer, pytest.raises(DataError, match="there are none"):
        writer.keep(Take(0, 1, "wave", "left"))


@pytest.mark.parametrize(
    ("time_s", "size", "says"),
    [
        (1.0, SIZE, "time 1.0 s.*later"),
        (0.5, SIZE, "later"),
        (np.nan, SIZE, "later"),
        (np.inf, SIZE, "later"),
        (2.0, (1280, 720), "1280 x 720 px.*640 x 480 px"),
    ],
)
def test_a_frame_that_does_not_fit_is_refused_and_the_rest_kept(
    time_s: float, size: tuple[int, int], says: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=says):
        record(tmp_path, [HandFrame.empty(1.0, SIZE), HandFrame.empty(time_s, size)])
    assert read_recording(only_folder(tmp_path)).times_s.tolist() == [1.0]


def test_recordings_of_one_second_get_folders_of_their_own(tmp_path: Path) -> None:
    writers = [open_writer(tmp_path) for _ in range(5)]
    for writer in writers:
        writer.append(hand_frame(0))
        writer.close()
        writer.close()
    assert len({writer.path for writer in writers}) == len(load_recordings(tmp_path)) == 5


def test_a_recording_without_a_frame_leaves_no_folder(tmp_path: Path) -> None:
    with open_writer(tmp_path):
        assert len(list(tmp_path.iterdir())) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_person_that_is_no_name_makes_no_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"person '\.\./x'"):
        open_writer(tmp_path, "../x")
    with pytest.raises(DataError, match="person"):
        save_recording(a_recording(person="a/b"), tmp_path)
    with pytest.raises(DataError, match="recording"):
        save_recording(a_recording(name="../b"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_saving_does_not_replace_a_recording(tmp_path: Path) -> None:
    path = save_recording(a_recording(name="wave_01"), tmp_path)
    with pytest.raises(DataError, match="exists") as error:
        save_recording(a_recording(10, name="wave_01"), tmp_path)
    assert_helpful(error, path)
    assert len(read_recording(path)) == 90


def test_a_recording_whose_saving_was_interrupted_is_none_and_can_be_saved_again(tmp_path: Path) -> None:
    path = save_recording(a_recording(name="wave_01"), tmp_path)
    (path / MANIFEST).unlink()  # the state in which a kill leaves it
    with pytest.raises(DataError, match="no recordings"):
        load_recordings(tmp_path)
    save_recording(a_recording(30, name="wave_01"), tmp_path)
    assert len(read_recording(path)) == 30


# --- recording.json -------------------------------------------------------------------------------


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    takes = (Take(0.5, 1.25, "wave", "right"), Take(1.5, 2.0, "push", "both"))
    return save_recording(a_recording(90, takes=takes, engine="mediapipe 1.2.2"), tmp_path)


def edit(folder: Path, old: str, new: str) -> None:
    text = (folder / MANIFEST).read_text("utf-8")
    assert old in text
    (folder / MANIFEST).write_text(text.replace(old, new, 1), "utf-8")


def test_a_take_is_one_line(saved: Path) -> None:
    lines = (saved / MANIFEST).read_text("utf-8").splitlines()
    assert '    {"start_s": 0.5, "end_s": 1.25, "label": "wave", "hand": "right"},' in lines
    replace_takes(saved, [Take(0.5, 1.25, "손 흔들기", "right"), Take(1.5, 2.0, "push", "both")])
    after = (saved / MANIFEST).read_text("utf-8").splitlines()
    assert [new for old, new in zip(lines, after, strict=True) if old != new] == [
        '    {"start_s": 0.5, "end_s": 1.25, "label": "손 흔들기", "hand": "right"},'
    ]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"format": 1', '"format": 2', "format 2, written by gesture .*Install gesture"),
        ('"format": 1', '"format": "1"', '"format" is "1"'),
        ('"format": 1,', "", '"format" is null'),
        ('"format": 1', '"format": 0', '"format" is 0'),
        ('"person": "p1",', "", '"person" is missing'),
        ('"person": "p1"', '"person": "../p1"', "begins with a dot"),
        ('"view": "facing"', '"view": "front"', '"view" is "front". Expected "facing" or "egocentric"'),
        ('"view": "facing"', '"view": []', '"view" is \\[\\]'),
        ('"mirrored": false', '"mirrored": 0', '"mirrored" is 0. Expected true or false'),
        ("[640, 480]", "[640]", "width, height"),
        ("[640, 480]", "[640, 0]", "width, height"),
        ("[640, 480]", "[640, true]", "width, height"),
        ('"hand": "right"', '"hand": "Right"', 'take 1: "hand" is "Right"'),
        ('"hand": "both"}', '"hand": "both",}', "line 13, column .*restore"),
        ('"right"},', '"right"}', "line 13, column 5"),
        ('"start_s": 0.5', '"start_s": "0.5"', 'take 1: "start_s" is "0.5"'),
        ('"start_s": 0.5', '"start_s": NaN', '"start_s" is NaN'),
        ('"start_s": 0.5', '"start_s": true', '"start_s" is true'),
        ('"start_s": 0.5', '"start_s": 1' + "0" * 400, '"start_s" is 10'),
        ('"start_s": 0.5', '"start_s": 1.5', "take 1: Take 'wave' runs from 1.5 to 1.25"),
        ('"start_s": 0.5', '"start_s": -5', "take 'wave' .*outside"),
        ('"end_s": 2.0', '"end_s": 12.0', "take 'push' from 1.500 to 12.000 s .*Expected 0.000 to 2.967 s"),
        ('"label": "wave"', '"label": " "', "take 1: label ' ' is empty"),
        ('"label": "wave", ', "", 'take 1: "label" is missing'),
        ('{"start_s": 0.5, "end_s": 1.25, "label": "wave", "hand": "right"}', "[1, 2]", "take 1 is"),
        ('"takes": [', '"takes": 3, "x": [', '"takes" is 3'),
    ],
)
def test_a_slip_in_editing_is_named(saved: Path, old: str, new: str, says: str) -> None:
    edit(saved, old, new)
    with pytest.raises(DataError, match=says) as error:
        read_recording(saved)
    assert_helpful(error, saved / MANIFEST)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "line 1, column 1"),
        (b"[]", "no JSON object"),
        (b'{\n"person": "\xff"}', "line 2 is not UTF-8"),
        (b"{" * 5, "line 1"),
    ],
)
def test_a_damaged_manifest_is_named(saved: Path, data: bytes, says: str) -> None:
    (saved / MANIFEST).write_bytes(data)
    with pytest.raises(DataError, match=says) as error:
        read_recording(saved)
    assert_helpful(error, saved / MANIFEST)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=80, deadline=None, suppress_health_check=ONE_FOLDER)
@given(data=st.data())
def test_no_value_in_the_manifest_is_a_crash(saved: Path, data: st.DataObject) -> None:
    original = (saved / MANIFEST).read_text("utf-8")
    fields = json.loads(original)
    owner = data.draw(st.sampled_from([fields, fields["takes"][0]]))
    owner[data.draw(st.sampled_from(sorted(owner)))] = data.draw(JSON)
    (saved / MANIFEST).write_text(json.dumps(fields), "utf-8")
    assert "\n" not in outcome(saved)
    (saved / MANIFEST).write_text(original, "utf-8")


def test_what_people_add_by_hand_survives(saved: Path) -> None:
    edit(saved, '"person"', '"note": {"light": "dim"}, "person"')
    edit(saved, '"label": "wave"', '"label": "wave", "note": "elbow in view"')
    (saved / MANIFEST).write_bytes(b"\xef\xbb\xbf" + (saved / MANIFEST).read_bytes().replace(b"\n", b"\r\n"))
    kept, _ = read_recording(saved).takes
    replace_takes(saved, [Take(2.0, 2.5, "push", "left"), kept])
    fields = json.loads((saved / MANIFEST).read_text("utf-8"))
    assert fields["note"] == {"light": "dim"}
    assert [take.get("note") for take in fields["takes"]] == ["elbow in view", None]


def test_a_source_that_is_no_unicode_does_no_harm(tmp_path: Path) -> None:
    path = save_recording(a_recording(), tmp_path, source="clip_\udcff.mp4")
    replace_takes(path, [])
    assert json.loads((path / MANIFEST).read_text("utf-8"))["source"] == "clip_\udcff.mp4"


def test_takes_are_replaced_whole_or_not_at_all(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = read_recording(saved).takes
    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(DataError, match="No space left") as error:
        replace_takes(saved, [])
    assert_helpful(error, saved / MANIFEST)
    assert read_recording(saved).takes == before
    assert sorted(path.name for path in saved.iterdir()) == [LANDMARKS, MANIFEST]


# --- landmarks.arrows -----------------------------------------------------------------------------


def whole_batches(path: Path) -> list[tuple[int, int]]:
    """Where each batch of a stream ends, and how many frames there are up to there."""
    source = pa.BufferReader(path.read_bytes())
    ends, num_frames = [], 0
    for batch in (stream := pa.ipc.open_stream(source)):
        num_frames += batch.num_rows
        ends.append((source.tell(), num_frames))
    del stream
    return ends


@pytest.mark.parametrize("step", [17, pytest.param(1, marks=pytest.mark.slow)])
def test_a_stream_cut_at_any_byte_is_read_up_to_there_and_mended_once(
    step: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recording = a_recording(9, times_s=np.arange(9) * 0.4)
    path = save_recording(recording, tmp_path)
    whole = (path / LANDMARKS).read_bytes()
    ends = whole_batches(path / LANDMARKS)
    assert [num for _, num in ends] == [4, 7, 9]
    ends_at = {0: len(pa.ipc.open_stream(whole).schema.serialize()), **{num: end for end, num in ends}}
    for length in sorted({*range(0, len(whole), step), *dict(ends), *(end - 1 for end in dict(ends))}):
        (path / LANDMARKS).write_bytes(whole[:length])
        caplog.clear()
        expected = max((num for end, num in ends if end <= length), default=0)
        assert read_recording(path).times_s.tolist() == recording.times_s[:expected].tolist()
        assert [record.name for record in caplog.records] == ["gesture.recording"]
        assert f"{expected} frames" in caplog.text
        assert (path / LANDMARKS).read_bytes() == whole[: ends_at[expected]] + whole[-8:]
        assert len(pa.ipc.open_stream(path / LANDMARKS).read_all()) == expected
        assert len(read_recording(path)) == expected
        assert len(caplog.records) == 1


def test_a_stream_without_its_end_that_cannot_be_mended_is_read_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save_recording(a_recording(90), tmp_path)
    cut = (path / LANDMARKS).read_bytes()[:-300]
    (path / LANDMARKS).write_bytes(cut)
    monkeypatch.setattr(
        "filelock.lock_descriptor", lambda *_, **__: (_ for _ in ()).throw(OSError("no locks"))
    )
    assert 0 < len(read_recording(path)) < 90
    assert (path / LANDMARKS).read_bytes() == cut


def test_a_recording_in_progress_is_read_and_left_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with open_writer(tmp_path) as writer:
        for index in range(95):
            writer.append(hand_frame(index))
        before = (writer.path / LANDMARKS).read_bytes()
        assert 60 <= len(read_recording(writer.path)) <= 95
        assert (writer.path / LANDMARKS).read_bytes() == before
        with pytest.raises(DataError, match="another process") as error:
            replace_takes(writer.path, [])
        assert_helpful(error, writer.path)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(read_recording(writer.path)) == 95


def test_a_stream_damaged_midway_is_read_up_to_there_and_not_touched(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    noise = np.random.default_rng(0).random((3000, 2, 21, 3), np.float32)
    recording = a_recording(3000, landmarks=noise, world_landmarks=noise)
    path = save_recording(recording, tmp_path) / LANDMARKS
    (end, num_frames), *_ = whole_batches(path)
    damaged = bytearray(path.read_bytes())
    damaged[end : end + 200] = b"x" * 200
    path.write_bytes(damaged)
    assert len(read_recording(path.parent)) == num_frames
    assert f"damaged at byte {end} " in caplog.text
    assert path.read_bytes() == damaged


@settings(max_examples=200, deadline=None, suppress_health_check=ONE_FOLDER)
@given(place=st.floats(0, 1, exclude_max=True), noise=st.binary(min_size=1, max_size=8))
@example(place=0.0, noise=b"\0")
def test_no_damage_to_the_landmarks_is_a_crash(saved: Path, place: float, noise: bytes) -> None:
    path = saved / LANDMARKS
    original = path.read_bytes()
    damaged = bytearray(original)
    start = int(place * (len(original) - 8 - len(noise)))  # the end of the stream stays
    damaged[start : start + len(noise)] = noise
    path.write_bytes(damaged)
    assert "\n" not in outcome(saved)
    assert len(path.read_bytes()) == len(original)  # nothing is cut off
    path.write_bytes(original)


def rewrite(path: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    table = change(pa.ipc.open_stream(path.read_bytes()).read_all())
    with pa.ipc.new_stream(path, table.schema) as stream:
        stream.write_table(table)


def with_times(times_s: list[float | None]) -> Callable[[pa.Table], pa.Table]:
    return lambda table: table.slice(0, len(times_s)).set_column(0, "time_s", pa.array(times_s, pa.float64()))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (with_times([0.0, 1.0, 1.0]), "frame 2 has time 1.0 s"),
        (with_times([0.0, 2.0, 1.0]), "frame 2 has time 1.0 s"),
        (with_times([0.0, np.nan, 1.0]), "frame 1 has time nan"),
        (with_times([0.0, 1.0, np.inf]), "frame 2 has time inf"),
        (with_times([0.0, None, 1.0]), "'time_s' has empty cells"),
        (lambda table: table.drop_columns(["left_score"]), "no single column 'left_score'"),
        (lambda table: table.append_column("left_score", table["right_score"]), "no single column"),
        (
            lambda table: table.set_column(
                1, "left_landmarks", pa.array([[0.0] * 60] * len(table), pa.list_(pa.float32(), 60))
            ),
            r"'left_landmarks' is .*\[60\]. Expected .*\[63\]",
        ),
        (
            lambda table: table.set_column(
                1, "left_landmarks", pa.array([None] * len(table), pa.list_(pa.float32(), 63))
            ),
            "'left_landmarks' has empty cells",
        ),
    ],
)
def test_a_table_of_another_form_is_refused(
    saved: Path, change: Callable[[pa.Table], pa.Table], says: str
) -> None:
    replace_takes(saved, [])
    rewrite(saved / LANDMARKS, change)
    with pytest.raises(DataError, match=says) as error:
        read_recording(saved)
    assert_helpful(error, saved / LANDMARKS)


def test_a_table_that_another_program_wrote_is_read(saved: Path) -> None:
    before = read_recording(saved)
    rewrite(saved / LANDMARKS, lambda table: table.add_column(0, "comment", pa.array(["x"] * len(table))))
    assert_equal(read_recording(saved), before)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: path.write_bytes(b"x" * 5000), "no Arrow stream"),
        (lambda path: path.write_bytes(b""), "frames, and there are none"),
        (lambda path: path.unlink(), "cannot be read: No such file"),
        (lambda path: (path.unlink(), path.mkdir()), "cannot be read: Is a directory"),
    ],
)
def test_landmarks_that_are_none_are_named(saved: Path, make: Callable[[Path], object], says: str) -> None:
    make(saved / LANDMARKS)
    with pytest.raises(DataError, match=says) as error:
        read_recording(saved)
    assert_helpful(error, saved)


# --- folders of recordings ------------------------------------------------------------------------


def test_all_recordings_below_a_folder_are_loaded_oldest_first(tmp_path: Path) -> None:
    for name in (
        "b/20260102T000000Z_p1",
        "a/20260103T000000Z_p1",
        "20260101T000000Z_p2",
        ".trash/20250101_p1",
    ):
        save_recording(a_recording(10, name=Path(name).name), (tmp_path / name).parent)
    save_recording(a_recording(0, name="empty"), tmp_path)
    (tmp_path / "notes").mkdir()
    assert [r.name[:8] for r in load_recordings(tmp_path)] == ["20260101", "20260102", "20260103"]
    assert [r.person for r in load_recordings(str(tmp_path / "a" / "20260103T000000Z_p1"))] == ["p1"]


def test_an_unreadable_recording_is_reported_and_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good, bad = (save_recording(a_recording(10, name=name), tmp_path) for name in ("good", "bad"))
    (bad / MANIFEST).write_text("{")
    assert [recording.name for recording in load_recordings(tmp_path)] == ["good"]
    assert [str(bad) in record.message for record in caplog.records] == [True]
    shutil.rmtree(good)
    with pytest.raises(DataError, match="line 1, column 2"):
        load_recordings(tmp_path)
    with pytest.raises(DataError, match="line 1, column 2"):
        load_recordings(bad)
    shutil.copytree(bad, tmp_path / "worse")
    with pytest.raises(DataError, match=r"none of its 2 recordings can be used\. The first: .*bad"):
        load_recordings(tmp_path)


@pytest.mark.parametrize(("name", "says"), [("missing", "no such folder"), ("", "holds no recordings")])
def test_a_folder_without_recordings_says_how_to_record(name: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"{says}.*gesture record LABEL") as error:
        load_recordings(tmp_path / name)
    assert_helpful(error, tmp_path)


# --- faults ---------------------------------------------------------------------------------------

# Forks a recording process again and again, kills it at a random moment, and prints what it had done by then.
NURSERY = """
import json, os, random, signal, sys, time
import numpy as np, pyarrow, filelock
from gesture.recording import RecordingWriter
from gesture.types import HandFrame, Take

def record(root, report, num_frames):
    per_hand = np.zeros(2, np.float32)
    with RecordingWriter(root, person="p1", image_size=(640, 480)) as writer:
        for index in range(num_frames):
            points = np.full((2, 21, 3), index, np.float32)
            writer.append(HandFrame(index / 30, points, points, per_hand, per_hand, (640, 480)))
            os.write(report, b"%d\\n" % index)
            if index % 150 == 149:
                writer.keep(Take((index - 30) / 30, index / 30, "wave", "right"))
                os.write(report, b"take %d\\n" % index)

root, trials, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
moments = random.Random(seed)
record(f"{root}/first", os.open(os.devnull, os.O_WRONLY), 200)  # imports everything once
for trial in range(trials):
    report = os.open(f"{root}/{trial}.txt", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    child = os.fork()
    if not child:
        record(f"{root}/{trial}", report, 10**9)
    while trial % 4 and not os.fstat(report).st_size:  # every fourth time from the very start
        time.sleep(0.001)
    time.sleep(moments.uniform(0, 0.05))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(report)
"""


def assert_survived(trial: Path, lines: list[str]) -> int:
    """Check what a kill left in a folder of recordings against what the process had reported."""
    last = max((int(line) for line in lines if not line.startswith("take")), default=-1)
    taken = [int(line.removeprefix("take ")) for line in lines if line.startswith("take")]
    if last < 0 and not list(trial.glob(f"*/{MANIFEST}")):
        return 0  # killed before there was anything to record
    (folder,) = (path.parent for path in trial.glob(f"*/{MANIFEST}"))
    recording = read_recording(folder)
    assert last / 30 - (recording.times_s[-1] if len(recording) else -1 / 30) <= FLUSH_S + 1e-9
    np.testing.assert_array_equal(recording.landmarks[:, 0, 0, 0], np.arange(len(recording)))
    kept = [round(take.end_s * 30) for take in recording.takes]
    assert kept[: len(taken)] == taken
    assert len(kept) <= len(taken) + 1  # one may be on disk that there was no time left to report
    assert len(pa.ipc.open_stream(folder / LANDMARKS).read_all()) == len(recording)
    assert sorted(path.name for path in folder.iterdir()) == [LANDMARKS, MANIFEST]
    return len(recording)


def kill_at_random_moments(root: Path, trials: int, seed: int) -> list[int]:
    subprocess.run([sys.executable, "-c", NURSERY, str(root), str(trials), str(seed)], check=True)
    reports = [(root / f"{trial}.txt").read_text() for trial in range(trials)]
    return [
        assert_survived(root / str(trial), report.splitlines())
        if report or (root / str(trial)).exists()
        else 0
        for trial, report in enumerate(reports)
    ]


@POSIX
def test_a_recording_survives_a_kill(tmp_path: Path) -> None:
    assert max(kill_at_random_moments(tmp_path, trials=12, seed=0)) > 30


@POSIX
@pytest.mark.slow
def test_a_recording_survives_200_kills_at_random_moments(tmp_path: Path) -> None:
    num_frames = kill_at_random_moments(tmp_path, trials=200, seed=1)
    assert sum(num > 30 for num in num_frames) > 50


TWO = """
import sys
import numpy as np
from gesture.recording import RecordingWriter
from gesture.types import HandFrame, Take
for _ in range(5):
    with RecordingWriter(sys.argv[1], person="p1", image_size=(640, 480), source=sys.argv[2]) as writer:
        for index in range(100):
            writer.append(HandFrame.empty(index / 30, (640, 480)))
        writer.keep(Take(1, 2, sys.argv[2], "left"))
"""


def test_two_processes_record_into_one_folder(tmp_path: Path) -> None:
    both = [subprocess.Popen([sys.executable, "-c", TWO, str(tmp_path), name]) for name in ("a", "b")]
    assert [process.wait(60) for process in both] == [0, 0]
    loaded = load_recordings(tmp_path)
    assert sorted(take.label for recording in loaded for take in recording.takes) == ["a"] * 5 + ["b"] * 5
    assert {len(recording) for recording in loaded} == {100}


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """A small disk of one's own, where the machine allows it."""
    disk = tmp_path / "disk"
    disk.mkdir()

    def mounted(options: str) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)]
        if not shutil.which("mount") or subprocess.run(command, capture_output=True).returncode:
            pytest.skip("mounting a disk is not permitted here")
        return disk

    yield mounted
    if os.path.ismount(disk):
        subprocess.run(["umount", str(disk)], check=True)


@POSIX
def test_a_disk_that_fills_up_keeps_what_was_recorded(mount: Callable[[str], Path]) -> None:
    disk = mount("size=256k")
    noise = np.random.default_rng(0).random((2, 21, 3), np.float32)
    nan = np.full(2, np.nan, np.float32)
    frames = [HandFrame(index / 30, noise, noise, nan, nan, SIZE) for index in range(10_000)]
    fed, take = [], Take(0.5, 1.0, "wave", "left")
    with pytest.raises(DataError, match=r"No space left.*Free some space") as error:
        record(disk, (fed.append(frame) or frame for frame in frames), {45: lambda writer: writer.keep(take)})
    path = only_folder(disk)
    assert_helpful(error, path)
    recording = read_recording(path)
    assert 3 < fed[-1].time_s - FLUSH_S - 0.1 < recording.times_s[-1]
    assert recording.takes == (take,)
    with pytest.raises(DataError, match="No space left"):
        save_recording(a_recording(5000, name="more"), disk)
    with pytest.raises(DataError, match="No space left"):
        open_writer(disk, "p2")
    assert only_folder(disk) == path  # what could not be saved is gone


@POSIX
def test_a_folder_that_may_not_be_written_is_named(mount: Callable[[str], Path]) -> None:
    disk = mount("ro")
    with pytest.raises(DataError, match=r"[Rr]ead-only.*Use another folder") as error:
        open_writer(disk / "recordings")
    assert_helpful(error, disk)


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "recordings").write_text("")
    with pytest.raises(DataError, match="cannot be written") as error:
        open_writer(tmp_path / "recordings")
    assert_helpful(error, tmp_path)


@POSIX
@pytest.mark.parametrize("then", ["close", "keep"])
def test_a_folder_removed_midway_is_noticed(then: str, tmp_path: Path) -> None:
    take = Take(0, 0.5, "wave", "left")
    before = {5: lambda writer: shutil.rmtree(writer.path), 20: lambda writer: writer.keep(take)}
    with pytest.raises(DataError, match="moved or removed") as error:
        record(tmp_path, map(hand_frame, range(20 if then == "close" else 100)), before)
    assert_helpful(error, tmp_path)


def failing_write(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let the next write get half of its bytes to the disk and then fail; those after it work."""
    write = os.write

    def half(descriptor: int, data: memoryview) -> int:
        monkeypatch.setattr(os, "write", fail)
        return write(descriptor, data[: len(data) // 2])

    def fail(*_: object) -> int:
        monkeypatch.setattr(os, "write", write)
        raise error

    monkeypatch.setattr(os, "write", half)


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_a_write_that_breaks_off_loses_and_doubles_nothing(
    error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    before = {50: lambda _: failing_write(monkeypatch, error)}
    with pytest.raises((DataError, KeyboardInterrupt)):
        record(tmp_path, map(hand_frame, range(100)), before)
    recording = read_recording(only_folder(tmp_path))
    assert len(recording) > 50
    np.testing.assert_array_equal(recording.landmarks[:, 1, 0, 0], np.arange(len(recording)))
    assert caplog.records == []


def test_a_recording_can_go_on_when_there_is_room_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    num_refused = 0
    with open_writer(tmp_path) as writer:
        for index in range(100):
            if index == 50:
                failing_write(monkeypatch, OSError(errno.ENOSPC, "No space left on device"))
            try:
                writer.append(hand_frame(index))
            except DataError:
                num_refused += 1
    assert num_refused == 1
    assert len(read_recording(writer.path)) == 100


def test_a_take_that_could_not_be_written_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_writer(tmp_path) as writer:
        writer.append(hand_frame(0))
        monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError(errno.EIO, "I/O error")))
        with pytest.raises(DataError, match="I/O error"):
            writer.keep(Take(0, 0.5, "wave", "left"))
        monkeypatch.undo()
        assert writer.takes == read_recording(writer.path).takes == ()
        writer.keep(Take(0, 0.5, "push", "left"))
    assert [take.label for take in read_recording(writer.path).takes] == ["push"]


def test_an_error_while_recording_is_the_one_that_is_told(tmp_path: Path) -> None:
    before = {5: lambda writer: shutil.rmtree(writer.path), 6: lambda _: 1 / 0}
    with pytest.raises(ZeroDivisionError):
        record(tmp_path, map(hand_frame, range(10)), before)


@POSIX
def test_a_terminated_recording_is_ended_properly(tmp_path: Path) -> None:
    code = TWO.replace("range(100)", "range(10**9)").replace("range(5)", "range(1)")
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path), "x"], stderr=subprocess.DEVNULL)
    try:
        # Until frames are on disk: a recording that is ended before its first frame leaves nothing.
        while not any(path.stat().st_size > 20_000 for path in tmp_path.glob(f"*/{LANDMARKS}")):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        process.wait(20)
    finally:
        process.kill()
    (recording,) = load_recordings(tmp_path)
    assert len(pa.ipc.open_stream(tmp_path / recording.name / LANDMARKS).read_all()) == len(recording)
