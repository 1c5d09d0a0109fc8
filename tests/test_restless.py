"""Restless hands do everything but gestures, and near misses can be had of any vocabulary."""

import numpy as np
import pytest

from gesture.virtual import make_scene
from gesture.virtual.anatomy import rotation
from gesture.virtual.motion import Key
from gesture.virtual.near_misses import NEAR_MISSES, near_misses_of
from gesture.virtual.restless import RESTLESS
from gesture.virtual.script import Stroke, Style


def knock(style: Style) -> Stroke:
    away, near = Key((0, 0, 0.5), pose="fist"), Key((0, 0, -0.5), (25, 0, 0), "fist")
    return Stroke([away, near, away], style.between(0.5, 0.8), 0.05)


@pytest.mark.parametrize("label", RESTLESS)
def test_hands_are_in_view_and_lowered_at_some_time(label):
    tilts = []
    for seed in range(8):
        stroke = RESTLESS[label](Style.draw(np.random.default_rng(seed)))
        tilts += [key.turn[0] for key in stroke.keys]
        assert 0.2 < stroke.seconds < 6
    assert max(tilts) > 60
    scene = make_scene([label], scripts=RESTLESS, idle_s=0.0)
    (take,) = scene.takes
    seen = scene.landmarks(np.linspace(take.start_s, take.end_s, 20))[:, 1]
    assert np.isfinite(seen).all()


@pytest.mark.parametrize(("label", "axis"), [("sway", 0), ("beat", 1)])
def test_fingers_that_point_ahead_go_to_and_fro_and_not_one_way(label: str, axis: int) -> None:
    for seed in range(20):
        keys = RESTLESS[label](Style.draw(np.random.default_rng(seed))).keys
        places = np.array([key.at for key in keys])
        fingers = [rotation(np.deg2rad(key.turn)) @ [0, 1, 0] for key in keys]
        assert (
            max(up for _, up, _ in fingers) < 0.86
        )  # as with a tilt of more than 30 degrees; a wave's are up: 0.99
        assert len(keys) >= 3
        assert (np.diff(np.sign(places[:, axis])) != 0).all()
        assert (np.abs(places[:, axis]) > np.abs(np.delete(places, axis, axis=1)).max(axis=1)).all()


def test_near_misses_are_of_the_vocabulary_that_is_asked_for():
    own = near_misses_of({"knock": knock})
    assert own.keys() == NEAR_MISSES.keys()
    for label in ("begin_gesture", "raise_and_leave"):
        for seed in range(5):
            stroke = own[label](Style.draw(np.random.default_rng(seed)))
            assert {key.at[0] for key in stroke.keys} == {0.0}
            assert max(key.at[2] for key in stroke.keys) == 0.5
