"""Random programmes: each a class of its own, performed in many ways."""

import numpy as np
import pytest

from gesture.virtual import WIDE, Variety, make_scene
from gesture.virtual.anatomy import LIMITS, POSES, coupled
from gesture.virtual.batch import Batch, make_batch
from gesture.virtual.programmes import draw_programmes
from gesture.virtual.script import Style

NUM, PERFORMANCES = 40, 6


@pytest.fixture(scope="module")
def batch() -> Batch:
    """NUM programmes, PERFORMANCES of each beside each other, by people and cameras as usual."""
    programmes = draw_programmes(NUM, seed=1)
    labels = list(np.repeat(list(programmes), PERFORMANCES))
    wide_tempo = Variety(pace=1.5)
    return make_batch(labels, scripts=programmes, hands=("right",), num_ticks=120, variety=wide_tempo)


def signature(points: np.ndarray) -> np.ndarray:
    """(8, 21): the palm's path in hand sizes and the hand's shape, at equal shares of the gesture."""
    points = points[np.linspace(0, len(points) - 1, 8).round().astype(int)] * [4 / 3, 1, 4 / 3]
    palm = points[:, [0, 5, 9, 13, 17]].mean(axis=1)
    size = np.linalg.norm(points[:, 9] - points[:, 0], axis=-1).mean()
    path = (palm - palm.mean(axis=0))[:, :2] / size
    shape = (points[:, [4, 8, 12, 16, 20, 5]] - points[:, :1]) / size
    return np.concatenate([path, shape.reshape(8, -1)], axis=1)


def test_performances_of_one_programme_are_nearer_to_each_other_than_to_others(batch):
    rows = np.array(
        [
            signature(points[start:end]).ravel()
            for points, start, end in zip(batch.landmarks, batch.starts, batch.ends, strict=True)
        ]
    )
    apart = np.linalg.norm(rows[:, None] - rows[None], axis=-1)
    np.fill_diagonal(apart, np.inf)
    classes = np.repeat(np.arange(NUM), PERFORMANCES)
    nearest = classes[apart.argmin(axis=1)]
    assert np.mean(nearest == classes) > 0.9
    same = classes[:, None] == classes[None]
    within, between = apart[same & np.isfinite(apart)], apart[~same]
    assert np.median(within) < 0.5 * np.median(between)


def test_performances_of_one_programme_differ(batch):
    seconds = (batch.ends - batch.starts).reshape(NUM, PERFORMANCES) / batch.rate_hz
    assert (seconds.std(axis=1) > 0.02).mean() > 0.9


def test_programmes_stay_the_same_however_many_are_drawn_and_another_seed_draws_others():
    few, many, others = draw_programmes(3), draw_programmes(9), draw_programmes(3, seed=1)
    assert list(many)[:3] == list(few)
    for label in few:
        one, same, other = (np.array([key.at for key in each[label].keys]) for each in (few, many, others))
        np.testing.assert_array_equal(one, same)
        assert one.shape != other.shape or not np.allclose(one, other)


def test_hands_of_programmes_stay_within_what_joints_can_do():
    for seed, programme in enumerate(draw_programmes(60).values()):
        for key in programme(Style.draw(np.random.default_rng(seed))).keys:
            assert (key.angles >= LIMITS[..., 0] - 1e-9).all()
            assert (key.angles <= LIMITS[..., 1] + 1e-9).all()
            np.testing.assert_allclose(key.angles[1:, 3], key.angles[1:, 2] * 2 / 3)


def test_a_programme_can_be_played_in_a_scene():
    scene = make_scene(["motion1"], scripts=draw_programmes(2), variety=WIDE)
    assert [take.label for take in scene.takes] == ["motion1"]


@pytest.mark.parametrize("name", POSES)
def test_named_poses_are_nearly_what_joints_can_do(name):
    off = np.abs(coupled(POSES[name]) - POSES[name])
    assert np.rad2deg(off[..., :3]).max() < 6
    assert np.rad2deg(off).max() < 15
