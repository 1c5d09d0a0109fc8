"""The recording loop from a camera to the disk, with stand-ins for the camera and for the hand models."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from standins import FakeCamera, SweepingHand

from gesture import display, recorder
from gesture.errors import CameraError, DataError
from gesture.record import Place
from gesture.recorder import record_session
from gesture.recording import FLUSH_S, load_recordings, read_recording
from gesture.session import COUNTDOWN_S, Session
from gesture.session.video import VIDEO, Video, VideoWriter, extract_landmarks
from gesture.streams import streams
from gesture.training.dataset import EDGE_S, hands_of, targets
from gesture.types import Frame, HandFrame, Recording

HERE = Path(__file__).parent


@pytest.fixture
def camera(monkeypatch: pytest.MonkeyPatch) -> type[FakeCamera]:
    class ThisCamera(FakeCamera):
        pass

    monkeypatch.setattr(recorder, "Camera", ThisCamera)
    monkeypatch.setattr(display, "draw_session", lambda *_, **__: None)
    return ThisCamera


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "recordings", "p1")


class FakeWindow:
    """Presses keys at times, and is closed when it is told to."""

    def __init__(self, keys: dict[int, str], closes_at: int = -1) -> None:
        self.keys, self.closes_at, self.num_shown, self.is_open = keys, closes_at, 0, True

    def show(self, _: object) -> str | None:
        self.num_shown += 1
        self.is_open = self.num_shown != self.closes_at
        return self.keys.get(self.num_shown)


def run(session: Session, place: Place, **options) -> tuple[Recording, list[str]]:
    said: list[str] = []
    path = record_session(session, 0, place, SweepingHand(session), say=said.append, **options)
    return read_recording(path), said


def labelled(recording: Recording) -> list[str]:
    return [take.label for take in recording.takes if take.label != "ignore"]


@pytest.mark.usefixtures("camera")
def test_takes_are_trimmed_and_countdowns_are_ignored(place: Place) -> None:
    sounds: list[str] = []
    recording, said = run(Session(["swipe", "snap"], 2), place, play=sounds.append)
    takes = [take for take in recording.takes if take.label != "ignore"]
    ignored = [take for take in recording.takes if take.label == "ignore"]
    assert [take.label for take in takes] == ["swipe", "snap", "swipe", "snap"]
    assert {take.hand for take in takes} == {"right"}
    assert all(0.5 < take.end_s - take.start_s < 1.2 for take in takes)
    assert [round(each.end_s - each.start_s, 1) for each in ignored] == [1.8] * 4
    assert not any(i.start_s < take.end_s and take.start_s < i.end_s for take in takes for i in ignored)
    assert said[:4] == [
        "swipe: hold still",
        "swipe: get ready",
        "swipe: now!",
        "kept swipe: right hand, 0.9 s (1 of 4)",
    ]
    assert sounds == ["tick", "tick", "tick", "go", "kept"] * 4


@pytest.mark.usefixtures("camera")
def test_nothing_around_a_take_and_nothing_of_a_countdown_is_trained_as_background(place: Place) -> None:
    recording, _ = run(Session(["swipe"], 2), place)
    (stream,) = streams(recording, "one", 25.0)
    classes = targets(stream, recording.takes, ("background", "swipe"), 0.0)
    for take in recording.takes:
        near = (stream.times_s >= take.start_s - EDGE_S) & (stream.times_s < take.end_s + EDGE_S)
        inside = (stream.times_s >= take.start_s) & (stream.times_s < take.end_s)
        is_ignored = take.label == "ignore"
        assert set(classes[near & ~inside]) == {-1 if is_ignored else ~1}
        assert set(classes[inside]) == {-1 if is_ignored else 1}
    assert (classes == 0).any()


@pytest.mark.usefixtures("camera")
def test_what_is_ignored_makes_no_model_of_both_hands(place: Place) -> None:
    recording, _ = run(Session(["swipe"], 1), place)
    assert any(take.hand == "both" for take in recording.takes)
    assert hands_of([recording]) == "one"


@pytest.mark.usefixtures("camera")
def test_a_discarded_take_becomes_ignored_time_on_disk(place: Place) -> None:
    recording, said = run(Session(["swipe"], 2), place, window=FakeWindow({150: "x"}))
    assert labelled(recording) == ["swipe"] * 2
    assert "swipe: thrown away" in said
    lengths = [take.end_s - take.start_s for take in recording.takes if take.label == "ignore"]
    assert len(lengths) == 4
    assert sum(length < 1.2 for length in lengths) == 1


@pytest.mark.usefixtures("camera")
@pytest.mark.parametrize(
    "window", [FakeWindow({200: "q"}), FakeWindow({}, closes_at=200)], ids=["q", "closed"]
)
def test_quitting_and_closing_the_window_keep_what_was_recorded(place: Place, window: FakeWindow) -> None:
    recording, _ = run(Session(["swipe"], 10), place, window=window)
    assert labelled(recording) == ["swipe"]
    assert len(recording) == 200


def test_a_camera_that_dies_leaves_every_take_and_frame_so_far(camera, place: Place) -> None:
    camera.seconds, camera.dies = 12.0, True
    with pytest.raises(CameraError, match="unplugged"):
        run(Session(["swipe"], 10), place)
    (recording,) = load_recordings(place.root)
    assert labelled(recording) == ["swipe"] * 2
    assert recording.duration_s == pytest.approx(12.0, abs=0.1)


def test_a_source_that_ends_early_says_so_and_keeps_what_was_made(camera, place: Place) -> None:
    camera.seconds = 7.0
    with pytest.raises(DataError, match="ended before"):
        run(Session(["swipe"], 3), place)
    (recording,) = load_recordings(place.root)
    assert labelled(recording) == ["swipe"]
    assert recording.takes[-1].label == "ignore"  # the countdown that was running
    assert recording.takes[-1].end_s == recording.times_s[-1]


@pytest.mark.usefixtures("camera")
def test_ctrl_c_ignores_what_was_going_on(place: Place) -> None:
    session = Session(["swipe"], 3)

    def interrupt(name: str) -> None:
        if name == "tick" and session.counts["swipe"] == (1, 3) and session.count == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(session, place, play=interrupt)
    (recording,) = load_recordings(place.root)
    assert labelled(recording) == ["swipe"]
    assert recording.takes[-1].end_s - recording.takes[-1].start_s == pytest.approx(
        2 / 3 * COUNTDOWN_S, abs=0.1
    )


# --- the video ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("camera")
def test_landmarks_can_be_extracted_anew_from_the_video(place: Place) -> None:
    class Reader(SweepingHand):
        """Notes how light each image is."""

        def detect(self, frame: Frame) -> HandFrame:
            found = super().detect(frame)
            found.landmarks[1, :, 2] = frame.image.mean()
            return found

    session = Session(["swipe"], 1)
    path = record_session(session, 0, place, Reader(session), say=lambda _: None, with_video=True)
    recorded = read_recording(path)
    anew = extract_landmarks(path, Reader())
    assert (anew.takes, anew.person, anew.name) == (recorded.takes, "p1", path.name)
    np.testing.assert_allclose(anew.times_s, recorded.times_s, atol=1e-6)
    np.testing.assert_allclose(anew.landmarks[:, 1, 0, 2], recorded.landmarks[:, 1, 0, 2], atol=1.5)


def frames_of(times_s: list[float]) -> list[Frame]:
    return [Frame(np.full((48, 64, 3), 5 * i, np.uint8), time_s) for i, time_s in enumerate(times_s)]


def test_other_programs_read_the_video_with_its_own_times(tmp_path: Path) -> None:
    times_s = np.cumsum(np.random.default_rng(0).uniform(0.02, 0.2, 40)).tolist()
    with VideoWriter(tmp_path / VIDEO, (64, 48)) as writer:
        for frame in frames_of(times_s):
            writer.append(frame)
    capture = cv2.VideoCapture(str(tmp_path / VIDEO))
    seen = []
    while capture.read()[0]:
        seen.append(capture.get(cv2.CAP_PROP_POS_MSEC) / 1000)
    np.testing.assert_allclose(seen, np.array(times_s) - times_s[0], atol=2e-6)


@pytest.mark.parametrize("cut", [1, 37, 400, 1203])
def test_a_video_cut_off_anywhere_is_read_up_to_its_last_whole_image(tmp_path: Path, cut: int) -> None:
    times_s = [index / 10 for index in range(20)]
    with VideoWriter(tmp_path / VIDEO, (64, 48)) as writer:
        for frame in frames_of(times_s):
            writer.append(frame)
    data = (tmp_path / VIDEO).read_bytes()
    (tmp_path / VIDEO).write_bytes(data[:-cut])
    with Video(tmp_path / VIDEO) as video:
        assert 16 <= len(video) < 20
        for index, frame in enumerate(video):
            assert abs(frame.image.mean() - 5 * index) < 1
        assert video.image_at(0.05).mean() < 1 < video.image_at(0.1).mean()
        assert video.image_at(-0.1) is None


@pytest.mark.parametrize("content", [None, b"no video at all, only text that is long enough"])
def test_a_video_that_is_none_is_named(tmp_path: Path, content: bytes | None) -> None:
    if content:
        (tmp_path / VIDEO).write_bytes(content)
    with pytest.raises(
        DataError, match=r"video\.mkv.*(No such file|Expected one that 'gesture record --video')"
    ):
        Video(tmp_path / VIDEO)


@pytest.mark.usefixtures("camera")
def test_an_interrupt_before_the_first_frame_leaves_no_folder(place: Place) -> None:
    class Interrupted(SweepingHand):
        def detect(self, _: Frame) -> HandFrame:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        record_session(Session(["a"], 1), 0, place, Interrupted(), say=print, with_video=True)
    assert list(place.root.iterdir()) == []


# --- faults ---------------------------------------------------------------------------------------

RECORD = """
import os, random, signal, sys, time
sys.path.insert(0, sys.argv[1])
from pathlib import Path
import cv2, filelock, pyarrow
from standins import FakeCamera, SweepingHand
from gesture import recorder
from gesture.errors import GestureError
from gesture.record import Place
from gesture.recorder import record_session
from gesture.session import Session

recorder.Camera = FakeCamera
FakeCamera.seconds = 10**6

class Reporting(Session):
    def update(self, hand_frame):
        tell(f"frame {hand_frame.time_s}")
        return super().update(hand_frame)

def tell(line):
    os.write(report, f"{line}\\n".encode())

def run(root, label, num_takes, with_video=False):
    session = Reporting([label], num_takes)
    place = Place(Path(root), "p1")
    return record_session(session, 0, place, SweepingHand(session), say=tell, with_video=with_video)

report = 1
"""

KILL = """
root, trials, moments = sys.argv[2], int(sys.argv[3]), random.Random(int(sys.argv[4]))
report = os.open(os.devnull, os.O_WRONLY)
run(f"{root}/first", "swipe", 1)  # imports everything once
for trial in range(trials):
    report = os.open(f"{root}/{trial}.txt", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    child = os.fork()
    if not child:
        run(f"{root}/{trial}", "swipe", 500, with_video=trial % 2 == 0)
    enough = moments.randrange(1, 8000)  # bytes of what it says, not seconds: a busy machine says less in a second
    while os.fstat(report).st_size < enough:
        time.sleep(0.001)
    time.sleep(moments.uniform(0, 0.02))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(report)
"""


def python(code: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", RECORD + code, str(HERE), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def survived(trial: Path, lines: list[str]) -> int:
    """Check what a kill left against what the process had said; how many takes there are."""
    (folder,) = trial.iterdir()
    recording = read_recording(folder)
    said_s = max(float(line.removeprefix("frame ")) for line in lines if line.startswith("frame"))
    kept = sum(line.startswith("kept") for line in lines)
    assert said_s - (recording.times_s[-1] if len(recording) else 0.0) <= FLUSH_S + 1e-9
    assert kept <= len(labelled(recording)) <= kept + 1
    video = folder / VIDEO
    if video.exists():
        with Video(video) as images:
            assert len(images) >= len(recording)
            np.testing.assert_allclose(images.times_s[: len(recording)], recording.times_s, atol=1e-6)
    return len(labelled(recording))


@pytest.mark.skipif(os.name != "posix", reason="needs fork")
@pytest.mark.parametrize("trials", [6, pytest.param(200, marks=pytest.mark.slow)])
def test_a_session_that_is_killed_loses_a_second_at_most_and_no_take(tmp_path: Path, trials: int) -> None:
    process = python(KILL, tmp_path, trials, trials)
    assert process.communicate()[1] == ""
    reports = [(tmp_path / f"{trial}.txt").read_text().splitlines() for trial in range(trials)]
    takes = [survived(tmp_path / str(trial), report) for trial, report in enumerate(reports)]
    assert max(takes) > 1


def test_two_sessions_record_into_one_folder(tmp_path: Path) -> None:
    code = "run(sys.argv[2], sys.argv[3], 3, with_video=True)"
    both = [python(code, tmp_path, label) for label in ("a", "b")]
    assert [process.communicate()[1] for process in both] == ["", ""]
    assert sorted(labelled(recording) for recording in load_recordings(tmp_path)) == [["a"] * 3, ["b"] * 3]
    assert len(list(tmp_path.glob(f"*/{VIDEO}"))) == 2


LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    run(sys.argv[2], "swipe", 500, with_video=sys.argv[4] == "video")
except GestureError as error:
    print(type(error).__name__, error)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs limits on files")
@pytest.mark.parametrize(("kind", "size"), [("video", 5_000_000), ("landmarks", 200_000)])
def test_a_file_that_can_grow_no_more_ends_the_session_and_keeps_it(
    tmp_path: Path, kind: str, size: int
) -> None:
    lines = python(LIMITED, tmp_path, size, kind).communicate()[0].splitlines()
    assert lines[-1].startswith("DataError")
    assert "cannot be written: File too large." in lines[-1]
    (recording,) = load_recordings(tmp_path)
    kept = sum(line.startswith("kept") for line in lines)
    assert len(labelled(recording)) == kept > 0
    assert sum(line.startswith("frame") for line in lines) - len(recording) <= 30 * FLUSH_S + 2
