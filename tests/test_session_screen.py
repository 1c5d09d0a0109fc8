"""The recording window's picture in every phase."""

from __future__ import annotations

import numpy as np
import pytest
from test_session import Person, frame_of, stroke

from gesture.display import draw_session
from gesture.session import Session


def picture_of(person: Person, size: tuple[int, int] = (640, 480)) -> np.ndarray:
    image = np.full((size[1], size[0], 3), 90, np.uint8)
    return draw_session(image, frame_of(person.now_s, *stroke(0.0)), person.session, mirror=True, fps=30.0)


def test_every_phase_looks_different_and_has_the_same_size() -> None:
    person = Person(Session(["swipe", "손 흔들기"], 1, background_s=5.0))
    pictures = []
    for phase in ("waiting", "countdown", "moving", "kept", "background", "done"):
        pictures.append(picture_of(person.until(phase)))
    pictures.append(picture_of(Person(Session(["swipe"], 1)).until("countdown").press("space")))
    assert {picture.shape for picture in pictures} == {(680, 880, 3)}
    for index, one in enumerate(pictures):
        for other in pictures[:index]:
            assert np.abs(one.astype(int) - other).mean() > 0.05


def test_the_number_of_the_countdown_is_large() -> None:
    person = Person(Session(["swipe"], 1)).until("countdown")
    three = picture_of(person)
    two = picture_of(person.wait(0.7))
    changed = np.abs(three[:480, :640].astype(int) - two[:480, :640]).max(axis=2) > 60
    rows = np.flatnonzero(changed.any(axis=1))
    assert rows[-1] - rows[0] > 100


@pytest.mark.parametrize("size", [(640, 480), (1280, 720), (480, 640), (64, 48), (1920, 300)])
def test_any_camera_image_fits(size: tuple[int, int]) -> None:
    picture = picture_of(Person(Session(["swipe"], 1)).until("kept"), size)
    assert picture.shape[0] == 680
    assert 720 <= picture.shape[1] <= 1094


def test_more_labels_than_there_is_room_for_leave_the_present_one_in_sight() -> None:
    labels = [f"label {index}" for index in range(40)]
    picture_of(Person(Session(labels, 1)).until("kept").until("kept"))
    person = Person(Session(labels, 1))
    first = picture_of(person)
    assert np.abs(first[:480, 640:].astype(int) - picture_of(person.until("kept"))[:480, 640:]).mean() > 0
