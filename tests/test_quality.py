"""What is said about a take, on hands made of arithmetic and on virtual ones."""

from __future__ import annotations

import numpy as np
import pytest
from synthetic import recording_of

from gesture.session.quality import Shot, find_faults, path_of, warped_distances
from gesture.types import Recording, Take
from gesture.virtual import MOVES, make_scene


def stroke(
    way: tuple[float, float] = (0.3, 0.0), *, rate_hz: float = 30.0, length_s: float = 0.6, at: float = 0.3
) -> Shot:
    """A right hand that rests, moves `way` of the image, and rests."""
    times_s = np.arange(round(2.4 * rate_hz)) / rate_hz
    progress = np.clip((times_s - 0.8) / length_s, 0, 1)[:, None]
    recording = recording_of({1: np.array([at, 0.6]) + progress * way}, rate_hz=rate_hz)
    return Shot(recording, Take(0.7, 0.9 + length_s, "a", "right"))


OTHERS = [
    stroke(length_s=length_s, at=at) for length_s, at in ((0.5, 0.3), (0.6, 0.4), (0.7, 0.2), (0.55, 0.25))
]


def test_a_good_take_has_no_fault() -> None:
    assert find_faults(stroke(), []) == []
    assert find_faults(stroke(), OTHERS) == []


@pytest.mark.parametrize(("share", "is_said"), [(0.25, False), (0.4, True)])
def test_a_hand_missing_in_a_third_of_the_frames_is_said(share: float, is_said: bool) -> None:
    shot = stroke()
    inside = np.flatnonzero((shot.recording.times_s >= 0.7) & (shot.recording.times_s < 1.5))
    shot.recording.landmarks[inside[2 : 2 + round(share * len(inside))]] = np.nan
    assert [fault for fault in find_faults(shot, []) if fault.startswith("hand missing")] == (
        ["hand missing in 42 % of the frames: more light, or slower".replace("42 %", f"{10 / 24:.0%}")]
        if is_said
        else []
    )


@pytest.mark.parametrize(("rate_hz", "num"), [(12.0, 1), (15.5, 0), (60.0, 0)])
def test_twelve_frames_a_second_is_said(rate_hz: float, num: int) -> None:
    assert sum("frames a second" in fault for fault in find_faults(stroke(rate_hz=rate_hz), [])) == num


def test_a_take_much_shorter_than_the_others_is_said() -> None:
    (fault,) = find_faults(stroke(length_s=0.16), OTHERS)
    assert fault == "0.4 s, much shorter than the others (0.8 s)"


def test_another_gesture_is_said_and_the_place_in_the_image_does_not_count() -> None:
    assert find_faults(stroke((0.0, -0.35)), OTHERS) == ["unlike the others of this label"]
    assert find_faults(stroke((-0.3, 0.0), at=0.7), OTHERS) == ["unlike the others of this label"]
    assert find_faults(stroke(at=0.5), OTHERS) == []


def test_a_movement_that_began_too_early_is_said() -> None:
    shot = stroke()
    late = shot.recording.times_s >= 1.0
    cut = Recording(
        **{
            name: getattr(shot.recording, name)[late]
            for name in ("times_s", "landmarks", "world_landmarks", "scores", "presence")
        },
        takes=(),
        person="p1",
        image_size=shot.recording.image_size,
    )
    assert any("began before" in fault for fault in find_faults(Shot(cut, Take(1.0, 1.5, "a", "right")), []))


def test_time_may_stretch_between_two_performances() -> None:
    fast, slow, other = (
        path_of(shot) for shot in (stroke(length_s=0.3), stroke(length_s=0.9), stroke((0.0, -0.3)))
    )
    same, different = warped_distances(fast, np.stack([slow, other]))
    assert same < 0.3 * different
    assert warped_distances(fast, fast[None]) == [0.0]


def virtual_shots(label: str, num: int) -> list[Shot]:
    shots = []
    for seed in range(num):
        scene = make_scene([label], seed=17 * seed, person=0, distance_m=0.6)
        times_s = np.arange(0, scene.duration_s, 1 / 30)
        points, none = scene.landmarks(times_s), np.full((len(times_s), 2), np.nan, np.float32)
        recording = Recording(times_s, points, points, none, none, (), "p", (640, 480))
        shots.append(Shot(recording, scene.takes[0]))
    return shots


def test_virtual_people_are_told_when_they_mix_up_gestures_and_else_left_alone() -> None:
    """After six takes of a gesture, at nine more of it and at one of each other: few of their own are called unlike."""
    shots = {label: virtual_shots(label, 15) for label in list(MOVES)[:7]}

    def is_unlike(shot: Shot, earlier: list[Shot]) -> bool:
        return "unlike the others of this label" in find_faults(shot, earlier)

    right = [is_unlike(own[at], own[at - 6 : at]) for own in shots.values() for at in range(6, len(own))]
    wrong = [
        is_unlike(shots[made][6], shots[label][:6]) for label in shots for made in shots if made != label
    ]
    assert np.mean(right) < 0.1
    assert np.mean(wrong) > 0.6
