"""The gestures that are still: their shapes, how long they are held, and where a hand shows one without meaning it."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gesture.types import IGNORE, SLOTS
from gesture.virtual import GESTURES, HELD, MOVES, make_idle_scene, make_person, make_scene
from gesture.virtual.anatomy import POSES, hand_landmarks
from gesture.virtual.motion import Key, Track
from gesture.virtual.poses import BRIEF_S, LONGEST_S, SHAPES, SHORTEST_S, shown

TIPS = (8, 12, 16, 20)


def held_hand(label: str, seed: int, **kwargs) -> tuple[np.ndarray, np.ndarray]:
    """(T, 21, 3) landmarks in the image and in metres while a pose is held."""
    scene = make_scene([label], seed=seed, person=seed, **kwargs)
    (take,) = (take for take in scene.takes if take.label == label)
    times_s, slot = np.linspace(take.start_s, take.end_s, 8), SLOTS.index(take.hand)
    return scene.landmarks(times_s)[:, slot], scene.world_landmarks(times_s)[:, slot]


def stretched(world: np.ndarray) -> np.ndarray:
    """bool (4,): which of the four fingers stand, in metres of one frame."""
    reach = [np.linalg.norm(world[tip] - world[0]) for tip in TIPS]
    middle = [np.linalg.norm(world[tip - 2] - world[0]) for tip in TIPS]
    return np.array(reach) > 1.15 * np.array(middle)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("view", ["facing", "egocentric"])
@pytest.mark.parametrize(
    ("label", "fingers"),
    [
        ("open_palm", "1111"),
        ("fist", "0000"),
        ("point", "1000"),
        ("victory", "1100"),
        ("four", "1111"),
        ("ok", "0111"),
        ("thumb_up", "0000"),
        ("thumb_down", "0000"),
    ],
)
def test_the_fingers_that_belong_to_a_pose_stand_all_the_time(label, fingers, view, seed):
    _, world = held_hand(label, seed, view=view)
    assert all("".join(map(str, stretched(hand).astype(int))) == fingers for hand in world)


@pytest.mark.parametrize("hand", SLOTS)
@pytest.mark.parametrize("view", ["facing", "egocentric"])
@pytest.mark.parametrize(("label", "way"), [("thumb_up", -1), ("thumb_down", 1)])
def test_thumbs_point_up_and_down_in_the_image(label, way, view, hand):
    thumbs = [held_hand(label, seed, view=view, hands=(hand,))[0] for seed in range(12)]
    thumb = np.array([image[0, 4] - image[0, 2] for image in thumbs]) * [4 / 3, 1, 0]
    off_deg = np.rad2deg(np.arctan2(thumb[:, 0], way * thumb[:, 1]))
    assert np.abs(off_deg).max() < 60
    assert abs(np.median(off_deg)) < 20


def test_ok_is_a_ring_of_thumb_and_forefinger():
    for seed in range(8):
        points = hand_landmarks(POSES["ok"], make_person(seed).proportions)
        assert np.linalg.norm(points[4] - points[8]) < 0.025


@settings(max_examples=30)
@given(label=st.sampled_from(list(HELD)), seed=st.integers(0, 10**6), speed=st.floats(0.5, 2))
def test_a_pose_is_held_as_long_by_quick_people(label, seed, speed):
    scene = make_scene([label], seed=seed, person=seed, speed=speed)
    (take,) = (take for take in scene.takes if take.label == label)
    assert SHORTEST_S <= take.end_s - take.start_s <= LONGEST_S
    points = scene.landmarks(np.linspace(take.start_s, take.end_s, 10))[:, 1]
    assert np.ptp(points[:, 9, :2], axis=0).max() < 0.1


def test_poses_are_gestures_beside_those_that_move():
    assert set(GESTURES) >= {*MOVES, *HELD}
    assert not set(MOVES) & set(HELD)
    assert set(SHAPES) == set(HELD)


def test_a_scene_without_poses_has_only_its_own_takes():
    labels = ["grab", "circle_cw", "push"]
    assert [take.label for take in make_scene(labels, seed=2, idle_s=3).takes] == labels
    assert make_idle_scene(60, seed=3).takes == ()


@pytest.mark.parametrize("seed", range(3))
def test_where_an_idle_hand_shows_a_pose_no_answer_is_wrong(seed):
    scene = make_idle_scene(90, seed=seed, poses=list(HELD))
    assert {take.label for take in scene.takes} == {IGNORE}
    assert all(take.end_s - take.start_s >= BRIEF_S for take in scene.takes)
    assert sum(take.end_s - take.start_s for take in scene.takes) < 0.6 * 90
    few = make_idle_scene(90, seed=seed, poses=["thumb_up"])
    assert len(few.takes) < len(scene.takes) / 3


@pytest.mark.parametrize("seed", range(4))
def test_what_is_ignored_lies_beside_the_takes(seed):
    scene = make_scene(["point", "circle_cw", "open_palm", "push", "fist"], seed=seed, person=seed, idle_s=4)
    assert [take.label for take in scene.takes if take.label != IGNORE] == [
        "point", "circle_cw", "open_palm", "push", "fist",
    ]  # fmt: skip
    assert all(one.end_s <= other.start_s + 1e-9 for one, other in pairwise(scene.takes))


def test_a_pose_that_only_passes_by_is_not_shown():
    point, rest = Key(pose="point"), Key(pose="relaxed")
    times_s = [0, 0.5, 0.5 + BRIEF_S / 2, 1.5, 1.8, 2.5]
    track = Track.from_keys(times_s, [rest, point, point, point, rest, rest])
    assert shown(track, ["point"]) == [(0.5, 1.5)]
    assert shown(track, ["fist"]) == []
    assert shown(Track.from_keys(times_s[:4], [rest, point, point, rest]), ["point"]) == []
    assert shown(track, []) == []


def test_an_unknown_pose_is_refused():
    with pytest.raises(ValueError, match="shrug"):
        make_idle_scene(5, poses=["shrug"])
