"""Many performances at once are what one performance after another is, and hold what they say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gesture.types import SLOTS
from gesture.virtual import GESTURES, MOVES, USUAL, make_person
from gesture.virtual.anatomy import POSES, stack_proportions
from gesture.virtual.batch import make_batch
from gesture.virtual.idle import IDLE
from gesture.virtual.motion import Key, Track, landmarks_of, states_at
from gesture.virtual.optics import camera_rotation


def random_track(rng: np.random.Generator) -> Track:
    num_keys = int(rng.integers(2, 9))
    poses = rng.choice(list(POSES), num_keys)
    keys = [
        Key(
            tuple(rng.normal(0, 0.1, 3)),
            tuple(rng.normal(0, 30, 3)),
            str(pose),
            stop=bool(rng.random() < 0.5),
        )
        for pose in poses
    ]
    return Track.from_keys(np.cumsum(rng.uniform(0.05, 0.6, num_keys)), keys)


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6))
def test_many_tracks_at_once_go_where_each_of_them_goes(seed):
    rng = np.random.default_rng(seed)
    tracks = [random_track(rng) for _ in range(4)]
    times_s = np.sort(rng.uniform(-0.5, 5, (4, 30)))
    together = states_at(tracks, times_s)
    for track, at_s, states in zip(tracks, times_s, together, strict=True):
        np.testing.assert_allclose(states, track.at(at_s), atol=1e-9)


def test_hands_of_several_people_are_computed_at_once():
    people, states = [make_person(1), make_person(2)], np.random.default_rng(0).normal(0, 0.3, (2, 5, 26))
    together = landmarks_of(states, stack_proportions([person.proportions for person in people], (2, 1)))
    for person, own, points in zip(people, states, together, strict=True):
        np.testing.assert_allclose(points, landmarks_of(own, person.proportions), atol=1e-12)


def test_cameras_turn_from_above_to_the_side_and_about_their_axis():
    for view, right in (("facing", -1), ("egocentric", 1)):
        above = camera_rotation(np.array([30.0, 0.0, 0.0]), view) @ [0, 1, 0]
        assert above[2] < 0  # what is higher is nearer to a camera above
        rolled = camera_rotation(np.array([0.0, 0.0, 90.0]), view) @ [0, 1, 0]
        np.testing.assert_allclose(rolled, [1, 0, 0], atol=1e-12)
        np.testing.assert_allclose(camera_rotation(np.zeros(3), view) @ [1, 0, 0], [right, 0, 0], atol=1e-12)


@pytest.mark.parametrize("num_views", [1, 3])
def test_a_batch_has_a_sequence_for_each_label_and_view(num_views):
    labels = ["wave", "fist", "circle_cw"]
    batch = make_batch(labels, seed=1, num_ticks=40, num_views=num_views)
    assert batch.landmarks.shape == (3 * num_views, 40, 21, 3)
    assert batch.landmarks.dtype == np.float32
    assert len(batch) == len(batch.starts) == len(batch.ends) == len(batch.slots) == len(batch.people)
    assert batch.labels == tuple(np.repeat(labels, num_views))
    assert (batch.starts < batch.ends).all()
    assert (batch.ends <= 40).all()


def test_one_seed_makes_the_same_batch_and_another_seed_another():
    labels = list(GESTURES)
    one, same, other = (make_batch(labels, seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one.landmarks, same.landmarks)
    assert not np.allclose(one.landmarks, other.landmarks, equal_nan=True)


def test_the_gesture_lies_anywhere_in_its_sequence_and_the_hand_is_there():
    batch = make_batch(["swipe_left", "grab", "push"] * 30, variety=USUAL, num_ticks=60)
    assert np.std(batch.starts) > 8
    for points, start, end in zip(batch.landmarks, batch.starts, batch.ends, strict=True):
        assert np.isfinite(points[start:end]).all()
        assert 3 < end - start < 40


@pytest.mark.parametrize(("view", "sign"), [("facing", -1), ("egocentric", 1)])
@pytest.mark.parametrize(
    ("label", "axis", "way"),
    [("swipe_left", 0, -1), ("swipe_right", 0, 1), ("swipe_up", 1, -1), ("swipe_down", 1, 1)],
)
def test_swipes_go_where_they_are_said_to_go_with_either_hand_in_every_view(label, axis, way, view, sign):
    batch = make_batch([label] * 20, view=view, num_ticks=80, num_views=2)
    assert set(batch.slots) == {0, 1}
    way *= sign if axis == 0 else 1
    for points, start, end in zip(batch.landmarks, batch.starts, batch.ends, strict=True):
        palm = points[start:end, [0, 5, 9, 13, 17], :2].mean(axis=1)
        assert (palm[-1] - palm[0])[axis] * way > 0.02


def test_views_of_one_performance_differ_in_hand_and_camera_alone():
    batch = make_batch(["wave"] * 10, num_views=2, num_ticks=30)
    for one in range(0, 20, 2):
        assert (batch.starts[one], batch.ends[one]) == (batch.starts[one + 1], batch.ends[one + 1])
        assert batch.slots[one] == batch.slots[one + 1]
        assert not np.allclose(batch.landmarks[one], batch.landmarks[one + 1], equal_nan=True)


def test_left_hands_are_mirrored_right_ones():
    batch = make_batch(["open_palm"] * 30, variety=USUAL)
    for points, start, slot in zip(batch.landmarks, batch.starts, batch.slots, strict=True):
        thumb_is_right = points[start, 4, 0] > points[start, 17, 0]
        assert thumb_is_right == (SLOTS[slot] == "right")  # the palm faces the camera


def test_idle_movement_and_few_people_can_be_asked_for():
    batch = make_batch(list(IDLE), scripts=IDLE, people=[7, 9], num_views=2)
    assert set(batch.people) == {7, 9}
    assert np.isfinite(batch.landmarks).mean() > 0.7


def test_something_else_may_come_before_and_after():
    alone = make_batch(["victory"] * 40, num_ticks=100)
    among = make_batch(
        ["victory"] * 40, num_ticks=100, scripts={**GESTURES, **IDLE}, around=["wiggle", "count"]
    )

    def bending(batch):
        tips = batch.landmarks[:, :, [8, 12, 16, 20], :2] - batch.landmarks[:, :, :1, :2]
        return np.nanmean(np.abs(np.diff(tips, axis=1)), axis=(1, 2, 3))

    assert len(among) == 40
    assert (among.ends > among.starts).all()
    assert bending(among).mean() > 1.02 * bending(alone).mean()


def test_a_tick_shows_the_hand_where_it_was_when_its_frame_was_taken():
    late = make_batch(["swipe_left"] * 5, num_ticks=50, ages_s=np.full((5, 50), 0.2))
    now = make_batch(["swipe_left"] * 5, num_ticks=50)
    np.testing.assert_allclose(late.landmarks[:, 5:], now.landmarks[:, :-5], atol=1e-5)
    np.testing.assert_array_equal(late.spans_s, now.spans_s)


def test_an_unknown_label_is_refused():
    with pytest.raises(ValueError, match="flap"):
        make_batch([*MOVES, "flap"])


def test_where_a_hand_shows_a_pose_is_told_for_gestures_and_idle_movement():
    held = make_batch(["fist", "victory"] * 10, poses=["fist"], num_ticks=80)
    for label, shows, start, end in zip(held.labels, held.shown, held.starts, held.ends, strict=True):
        assert shows[start : end - 1].all() if label == "fist" else not shows[start:end].any()
    counting = make_batch(
        ["count"] * 10, scripts=IDLE, poses=["point", "victory", "three", "four", "open_palm"]
    )
    assert 0.1 < counting.shown.mean() < 0.9
    assert not make_batch(["count"] * 3, scripts=IDLE).shown.any()
