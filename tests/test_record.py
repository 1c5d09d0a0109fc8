"""Recording from videos and from the virtual hand, with stand-ins for the camera and the hand models."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from standins import FakeCamera, SweepingHand

from gesture import record
from gesture.errors import DataError
from gesture.record import Place, record_video, record_virtual
from gesture.recording import load_recordings


@pytest.fixture
def camera(monkeypatch: pytest.MonkeyPatch) -> type[FakeCamera]:
    class ThisCamera(FakeCamera):
        seconds = 4.0

    monkeypatch.setattr(record, "Camera", ThisCamera)
    return ThisCamera


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, "p1")


@pytest.mark.usefixtures("camera")
def test_a_video_is_one_take(place: Place) -> None:
    record_video("wave.mp4", "winken", place, SweepingHand(), lambda _: None)
    (recording,) = load_recordings(place.root)
    (take,) = recording.takes
    assert take.label == "winken"
    np.testing.assert_allclose((take.start_s, take.end_s), (0.75, 1.5), atol=0.15)


def test_a_video_without_a_hand_keeps_its_frames_and_says_so(camera, place: Place) -> None:
    camera.seconds = 2.0
    with pytest.raises(DataError, match="no hand"):
        record_video("empty.mp4", "wave", place, SweepingHand(is_blind=True), lambda _: None)
    assert len(load_recordings(place.root)[0]) == 60


@pytest.mark.usefixtures("camera")
def test_a_label_may_look_like_a_path_and_never_becomes_one(place: Place) -> None:
    path = record_video("x.mp4", "../../etc", place, SweepingHand(), lambda _: None)
    assert path.parent == place.root
    assert load_recordings(place.root)[0].takes[0].label == "../../etc"


@pytest.mark.usefixtures("camera")
@pytest.mark.parametrize("label", ["", " ", "ignore", "a\nb"])
def test_a_label_that_cannot_be_is_refused_before_anything_is_written(place: Place, label: str) -> None:
    with pytest.raises(DataError):
        record_video("x.mp4", label, place, SweepingHand(), lambda _: None)
    assert list(place.root.iterdir()) == []


def test_the_virtual_hand_knows_its_own_gestures_only(place: Place) -> None:
    with pytest.raises(DataError, match="salute"):
        record_virtual(["salute"], 1, place, SweepingHand(), lambda _: None)
