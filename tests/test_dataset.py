from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import recording_of, strokes

from gesture.errors import DataError
from gesture.streams import streams
from gesture.training.augmentation import SLOWER, aborted_takes, augment, mirror_image
from gesture.training.dataset import (
    EDGE_S,
    class_weights,
    crops,
    every_crop,
    examples,
    hands_of,
    labels_of,
    random_crops,
    targets,
)
from gesture.training.splits import cut, split
from gesture.types import Recording, Take


def people(*names: str) -> list[Recording]:
    return [strokes(["left", "right"] * 3, seed=i, person=name, name=f"r{i}") for i, name in enumerate(names)]


def test_labels_begin_with_background_and_leave_ignore_out() -> None:
    recording = strokes(["right", "left"])
    recording = replace(recording, takes=(*recording.takes, Take(0.0, 0.1, "ignore", "right")))
    assert labels_of([recording]) == ("background", "left", "right")


def test_hands_are_both_only_where_a_take_was_made_with_both() -> None:
    recording = strokes(["left"])
    assert hands_of([recording]) == "one"
    assert hands_of([replace(recording, takes=(Take(0.0, 1.0, "clap", "both"),))]) == "both"


def test_several_people_are_split_by_person() -> None:
    parts = split(people("a", "a", "b", "c"), seed=3)
    train, held = ({r.person for r in part} for part in (parts.train, parts.validation))
    assert held
    assert not train & held
    assert "never saw" in parts.note


def test_a_person_can_be_held_out_by_name() -> None:
    parts = split(people("a", "b", "b"), holdout=["b"])
    assert {r.person for r in parts.validation} == {"b"}


@pytest.mark.parametrize(("names", "holdout"), [(("a", "b"), "z"), (("a",), "a")])
def test_holding_out_nobody_or_everybody_is_refused(names: tuple[str, ...], holdout: str) -> None:
    with pytest.raises(DataError, match="--holdout"):
        split(people(*names), holdout=[holdout])


def test_one_person_is_split_by_recording_and_told_so() -> None:
    parts = split(people("a", "a", "a"))
    assert not {r.name for r in parts.train} & {r.name for r in parts.validation}
    assert "same person" in parts.note


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.integers(2, 12))
def test_one_recording_is_split_between_takes_and_no_take_lands_on_both_sides(seed: int, num: int) -> None:
    labels = [["left", "right"][i % 2] for i in range(num)]
    recording = strokes(labels, seed=seed)
    parts = split([recording])
    both = [take for part in (*parts.train, *parts.validation) for take in part.takes]
    assert sorted(both) == sorted(recording.takes)
    for train in parts.train if parts.validation else []:
        for held in parts.validation:
            assert train.times_s[-1] < held.times_s[0]


@pytest.mark.parametrize(("num_each", "num_held"), [(2, 1), (3, 3), (5, 3), (10, 6)])
def test_the_last_takes_show_every_label_where_a_third_of_them_does(num_each: int, num_held: int) -> None:
    (held,) = split([strokes(["left", "right", "up"] * num_each)]).validation
    assert len(held.takes) == num_held
    assert len({take.label for take in held.takes}) == min(num_held, 3)


def test_idle_hands_at_the_end_are_mostly_trained_on() -> None:
    recording = strokes(["left", "right"] * 3)
    later_s = recording.times_s[-1] + np.arange(1, 601) / 30
    frames = np.concatenate([np.arange(len(recording)), np.full(len(later_s), len(recording) - 1)])
    parts = split([recording.select(frames, np.concatenate([recording.times_s, later_s]))])
    (train,), (held,) = parts.train, parts.validation
    assert sorted([*train.takes, *held.takes]) == sorted(recording.takes)
    assert len(train) + len(held) == len(frames)
    assert not set(train.times_s) & set(held.times_s)
    idle_s = later_s[-1] - recording.takes[-1].end_s
    assert np.sum(train.times_s > held.times_s[-1]) / 30 == pytest.approx(0.8 * idle_s, abs=0.1)


def test_a_single_take_cannot_be_validated_and_that_is_said() -> None:
    parts = split([strokes(["left"])])
    assert parts.validation == []
    assert "too few takes" in parts.note


def test_no_split_loses_a_label_from_training() -> None:
    recordings = [*people("a", "b"), strokes(["up"], person="c", name="only-up")]
    for seed in range(6):
        assert labels_of(split(recordings, seed=seed).train) == labels_of(recordings)


def test_targets_are_delayed_and_at_the_edges_background_will_do_as_well() -> None:
    recording = replace(strokes(["left"]), takes=(Take(1.0, 2.0, "left", "right"),))
    stream = streams(recording, "one", 25.0)[0]
    classes = targets(stream, recording.takes, ("background", "left"), delay_s=0.2)
    at = stream.times_s - 0.2
    np.testing.assert_array_equal(classes[(at >= 1.0) & (at < 2.0)], 1)
    np.testing.assert_array_equal(classes[(at > 1.0 - EDGE_S) & (at < 1.0)], ~1)
    np.testing.assert_array_equal(classes[(at >= 2.0) & (at < 2.0 + EDGE_S)], ~1)
    np.testing.assert_array_equal(classes[at < 1.0 - EDGE_S], 0)


def test_where_the_edges_of_two_gestures_meet_nothing_is_trained() -> None:
    stream = streams(strokes(["left"]), "one", 25.0)[0]
    takes = [Take(0.6, 1.0, "left", "right"), Take(1.4, 2.0, "right", "right")]
    classes = targets(stream, takes, ("background", "left", "right"), delay_s=0.0)
    at = stream.times_s
    np.testing.assert_array_equal(classes[(at >= 1.0) & (at < 1.4 - EDGE_S)], ~1)
    np.testing.assert_array_equal(classes[(at >= 1.4 - EDGE_S) & (at < 1.0 + EDGE_S)], -1)
    np.testing.assert_array_equal(classes[(at >= 1.0 + EDGE_S) & (at < 1.4)], ~2)


@pytest.mark.parametrize(
    ("take", "expected"),
    [
        (Take(1.0, 2.0, "left", "left"), -1),  # the other hand's gesture
        (Take(1.0, 2.0, "ignore", "both"), -1),
        (Take(1.0, 2.0, "never_heard_of", "right"), -1),
        (Take(1.0, 2.0, "background", "right"), 0),
        (Take(1.0, 2.0, "left", "both"), 1),
    ],
)
def test_what_a_right_hands_stream_learns_from_a_take(take: Take, expected: int) -> None:
    stream = streams(strokes(["left"]), "one", 25.0)[0]
    classes = targets(stream, [take], ("background", "left"), delay_s=0.0)
    assert set(classes[(stream.times_s >= 1.0) & (stream.times_s < 2.0)]) == {expected}


def test_crops_keep_every_tick_and_weigh_nothing_that_is_ignored() -> None:
    parts = examples(people("a"), ("background", "left", "right"), "one", 0.2)
    weights = class_weights(parts, 3)
    cut_up = crops(parts, every_crop(parts, 50), 50, weights)
    trained = sum(int((part.targets != -1).sum()) for part in parts)
    assert int((cut_up.weights > 0).sum()) == trained
    assert cut_up.features.shape == (len(cut_up), 50, parts[0].features.shape[1])
    assert (cut_up.weights * (cut_up.targets == 0)).max() == pytest.approx(weights[0])
    assert weights[0] < weights[1]


def test_random_crops_stay_inside() -> None:
    parts = examples(people("a"), ("background", "left", "right"), "one", 0.2)
    starts = random_crops(parts, 200, 100, np.random.default_rng(0))
    assert all(0 <= first < len(parts[index].features) for index, first in starts)


def test_a_cut_keeps_whole_takes_only() -> None:
    recording = strokes(["left", "right", "left"])
    middle = recording.takes[1]
    part = cut(recording, middle.start_s, middle.end_s + 0.5)
    assert part.takes == (middle,)
    inside = cut(recording, middle.start_s + 0.1, 100.0)
    assert middle not in inside.takes


def numbered(recording: Recording) -> Recording:
    """Frames that are known again wherever augmentation puts them, by their presence."""
    presence = np.repeat(np.arange(len(recording), dtype=np.float32)[:, None], 2, axis=1)
    return replace(recording, presence=presence)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_augmentation_keeps_takes_on_their_motion_and_times_in_order(seed: int) -> None:
    recording = numbered(strokes(["left", "right"]))
    varied = augment(recording, np.random.default_rng(seed))
    frames = varied.presence[:, 0].astype(int)
    assert len(recording) / 4 < len(varied) <= len(recording)
    assert (np.diff(varied.times_s) > 0).all()
    for before, after in zip(recording.takes, varied.takes, strict=True):
        was_in = (recording.times_s >= before.start_s) & (recording.times_s < before.end_s)
        is_in = (varied.times_s >= after.start_s) & (varied.times_s < after.end_s)
        np.testing.assert_array_equal(was_in[frames], is_in)
    assert varied.landmarks.dtype == np.float32


def test_augmentation_changes_the_tempo_as_a_whole_and_within_and_never_by_more_than_it_says() -> None:
    recording = numbered(strokes(["left", "right"] * 3))
    means, spreads = [], []
    for seed in range(40):
        varied = augment(recording, np.random.default_rng(seed))
        frames = varied.presence[:, 0].astype(int)
        tempo = np.diff(varied.times_s) / np.diff(recording.times_s[frames])
        assert (tempo > 1 / SLOWER - 1e-6).all()
        assert (tempo < SLOWER + 1e-6).all()
        means.append(tempo.mean())
        spreads.append(tempo.std())
    assert max(means) > 1.15
    assert min(means) < 1 / 1.15
    assert np.median(spreads) > 0.05


def test_augmentation_shows_other_hands_on_the_same_way() -> None:
    recording = replace(strokes(["left"]), engine="test")
    ways, fingers = [], []
    for seed in range(60):
        points = augment(recording, np.random.default_rng(seed)).landmarks[:, 1] * (640, 480, 640)
        points = points[~np.isnan(points[:, 0, 0])]
        palm_px = np.median(np.linalg.norm(points[:, 9] - points[:, 0], axis=-1))
        ways.append(np.ptp(points[:, 0, 0]) / palm_px)
        lengths = np.median(np.linalg.norm(points[:, [8, 20]] - points[:, [5, 17]], axis=-1), axis=0)
        fingers.append(lengths[0] / lengths[1])
    assert 0.21 < np.std(np.log(ways)) < 0.6  # .18 as tracker and view vary alone
    assert 0.13 < np.std(np.log(fingers)) < 0.3  # .11


def test_augmentation_without_chance_of_loss_never_mirrors_a_hand() -> None:
    """Left must stay left: the palm's winding in the image keeps its sign."""
    recording = strokes(["left"])
    for seed in range(50):
        points = augment(recording, np.random.default_rng(seed)).landmarks[:, 1]
        points = points[~np.isnan(points[:, 0, 0])]
        index, pinky = points[:, 5, :2] - points[:, 0, :2], points[:, 17, :2] - points[:, 0, :2]
        winding = index[:, 0] * pinky[:, 1] - index[:, 1] * pinky[:, 0]
        assert (np.sign(winding) == np.sign(winding[0])).all()


def test_a_mirror_image_is_the_other_hand_going_the_other_way() -> None:
    recording = strokes(["left", "up"])
    mirrored = mirror_image(recording)
    assert {take.hand for take in mirrored.takes} == {"left"}
    ((before,), (after,)) = (streams(each, "one", 25.0) for each in (recording, mirrored))
    assert (before.hand, after.hand) == ("right", "left")
    shape, velocity_x = slice(0, 60), 77
    np.testing.assert_allclose(after.features[:, shape], before.features[:, shape], atol=1e-3)
    np.testing.assert_allclose(after.features[:, velocity_x], -before.features[:, velocity_x], atol=1e-3)
    np.testing.assert_allclose(mirror_image(mirrored).landmarks, recording.landmarks, atol=1e-6)


def test_aborted_takes_are_tracks_of_their_own_without_labels() -> None:
    recording = strokes(["left", "right", "up"])
    aborted = aborted_takes(recording, np.random.default_rng(0))
    assert aborted is not None
    assert aborted.takes == ()
    assert len(streams(aborted, "one", 25.0)) == 3


def test_a_pose_is_not_aborted() -> None:
    still = recording_of({1: np.full((90, 2), 0.5)}, takes=(Take(1.0, 2.0, "fist", "right"),))
    assert aborted_takes(still, np.random.default_rng(0)) is None
