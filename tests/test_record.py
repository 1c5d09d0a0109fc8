"""Recording from a camera, with a stand-in for the camera and for the hand models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from synthetic import hand_at

from gesture import record
from gesture.errors import CameraError, DataError
from gesture.record import COUNTDOWN_S, TAKE_S, Place, record_camera, record_video, record_virtual
from gesture.recording import load_recordings
from gesture.types import Frame, HandFrame

ROUND_S = COUNTDOWN_S + TAKE_S


class FakeCamera:
    """Thirty blank frames a second, for so long; then it ends, or dies."""

    seconds, dies = 30.0, False

    def __init__(self, source: str) -> None:
        self.name, self.image_size = f"camera {source}", (640, 480)

    def __enter__(self) -> FakeCamera:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __iter__(self) -> Iterator[Frame]:
        for index in range(round(self.seconds * 30)):
            yield Frame(np.zeros((2, 2, 3), np.uint8), index / 30)
        if self.dies:
            raise CameraError("camera 0: unplugged. Plug it in again.")


class FakeLandmarker:
    """Sees a right hand that rests, and sweeps to the left in the middle of every take; none in `blind`."""

    engine = "fake 1"

    def __init__(self, blind: tuple[float, float] = (0.0, 0.0)) -> None:
        self.blind = blind

    def detect(self, frame: Frame) -> HandFrame:
        empty = HandFrame.empty(frame.time_s, (640, 480))
        if self.blind[0] <= frame.time_s < self.blind[1]:
            return empty
        phase_s = frame.time_s % ROUND_S  # back during the countdown, out in the middle of the take
        progress = (
            np.clip((phase_s - COUNTDOWN_S - 0.8) / 0.6, 0, 1) + 1 - np.clip((phase_s - 0.5) / 0.5, 0, 1)
        )
        landmarks = empty.landmarks.copy()
        landmarks[1] = hand_at(np.array([0.4 + 0.3 * progress]), np.array([0.6]))[0]
        return HandFrame(
            frame.time_s, landmarks, empty.world_landmarks, empty.scores, empty.presence, (640, 480)
        )


@pytest.fixture
def camera(monkeypatch: pytest.MonkeyPatch) -> type[FakeCamera]:
    class ThisCamera(FakeCamera):
        pass

    monkeypatch.setattr(record, "Camera", ThisCamera)
    return ThisCamera


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, "p1")


@pytest.mark.usefixtures("camera")
def test_takes_are_trimmed_and_countdowns_are_ignored(place: Place) -> None:
    said: list[str] = []
    record_camera("0", ["swipe", "snap"], 2, place, FakeLandmarker(), said.append)
    (recording,) = load_recordings(place.root)
    takes = [take for take in recording.takes if take.label != "ignore"]
    ignored = [take for take in recording.takes if take.label == "ignore"]
    assert [take.label for take in takes] == ["swipe", "swipe", "snap", "snap"]
    assert {take.hand for take in takes} == {"right"}
    assert all(0.5 < take.end_s - take.start_s < 1.2 for take in takes)
    assert len(ignored) == 4
    assert not any(i.start_s < take.end_s and take.start_s < i.end_s for take in takes for i in ignored)
    assert said[0] == "swipe, take 1 of 4: get ready"


@pytest.mark.usefixtures("camera")
def test_a_take_without_a_hand_is_asked_for_again(place: Place) -> None:
    said: list[str] = []
    record_camera("0", ["swipe"], 2, place, FakeLandmarker(blind=(0.0, ROUND_S + 0.3)), said.append)
    (recording,) = load_recordings(place.root)
    assert sum(take.label == "swipe" for take in recording.takes) == 2
    assert any("Once more" in text for text in said)


def test_a_camera_that_dies_leaves_every_take_and_frame_so_far(camera, place: Place) -> None:
    camera.seconds, camera.dies = 2.4 * ROUND_S, True
    with pytest.raises(CameraError, match="unplugged"):
        record_camera("0", ["swipe"], 10, place, FakeLandmarker(), lambda _: None)
    (recording,) = load_recordings(place.root)
    assert sum(take.label == "swipe" for take in recording.takes) == 2
    assert recording.duration_s == pytest.approx(2.4 * ROUND_S, abs=0.1)


def test_a_source_that_ends_early_says_so_and_keeps_what_was_made(camera, place: Place) -> None:
    camera.seconds = 1.5 * ROUND_S
    with pytest.raises(DataError, match="ended before"):
        record_camera("0", ["swipe"], 3, place, FakeLandmarker(), lambda _: None)
    (recording,) = load_recordings(place.root)
    assert sum(take.label == "swipe" for take in recording.takes) == 1


def test_a_video_is_one_take(camera, place: Place) -> None:
    camera.seconds = ROUND_S
    record_video("wave.mp4", "winken", place, FakeLandmarker(), lambda _: None)
    (recording,) = load_recordings(place.root)
    (take,) = recording.takes
    assert take.label == "winken"
    assert take.end_s == pytest.approx(COUNTDOWN_S + 1.45, abs=0.15)


def test_a_video_without_a_hand_keeps_its_frames_and_says_so(camera, place: Place) -> None:
    camera.seconds = 2.0
    with pytest.raises(DataError, match="no hand"):
        record_video("empty.mp4", "wave", place, FakeLandmarker(blind=(0, 99)), lambda _: None)
    assert len(load_recordings(place.root)[0]) == 60


@pytest.mark.usefixtures("camera")
@pytest.mark.parametrize("label", ["", " ", "ignore", "a\nb"])
def test_a_label_that_cannot_be_is_refused_before_anything_is_written(place: Place, label: str) -> None:
    with pytest.raises(DataError):
        record_camera("0", [label], 1, place, FakeLandmarker(), lambda _: None)
    assert list(place.root.iterdir()) == []


@pytest.mark.usefixtures("camera")
def test_a_label_may_look_like_a_path_and_never_becomes_one(place: Place) -> None:
    path = record_video("x.mp4", "../../etc", place, FakeLandmarker(), lambda _: None)
    assert path.parent == place.root
    assert load_recordings(place.root)[0].takes[0].label == "../../etc"


def test_the_virtual_hand_knows_its_own_gestures_only(place: Place) -> None:
    with pytest.raises(DataError, match="salute"):
        record_virtual(["salute"], 1, place, FakeLandmarker(), lambda _: None)
