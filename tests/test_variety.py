"""How far the virtual hand strays from the usual, and that a gesture stays the same gesture; near misses."""

import numpy as np
import pytest

from gesture.types import SLOTS, View
from gesture.virtual import MOVES, USUAL, WIDE, Scene, Variety, make_idle_scene, make_scene
from gesture.virtual.near_misses import NEAR_MISSES, near_misses_of
from gesture.virtual.script import Style
from gesture.virtual.variety import LONGEST_S, SHORTEST_S

SIGN = {"facing": -1, "egocentric": 1}  # of the person's right in the image


def wide_scene(label: str, seed: int, **kwargs) -> Scene:
    return make_scene([label], seed=seed, person=seed, variety=WIDE, idle_s=0, **kwargs)


def hand_of(scene: Scene, num_times: int = 12) -> np.ndarray:
    """(T, 21, 3) in the image during the scene's only take."""
    (take,) = scene.takes
    return scene.landmarks(np.linspace(take.start_s, take.end_s, num_times))[:, SLOTS.index(take.hand)]


def palm_is_seen(points: np.ndarray) -> bool:
    """Whether a facing camera sees the palm of a right hand: its thumb is then on the image's right."""
    along, across = points[9, :2] - points[0, :2], points[5, :2] - points[17, :2]
    return bool(along[0] * across[1] - along[1] * across[0] > 0)


def test_the_usual_is_what_a_scene_is_by_default():
    one, other = make_scene(seed=3), make_scene(seed=3, variety=USUAL)
    times_s = np.arange(0, one.duration_s, 0.1)
    np.testing.assert_array_equal(one.landmarks(times_s), other.landmarks(times_s))
    assert one.takes == other.takes


def test_strokes_take_from_a_flick_to_a_line_drawn_with_care():
    seconds = []
    for seed in range(60):
        (take,) = wide_scene(("swipe_left", "push", "grab", "circle_cw")[seed % 4], seed).takes
        seconds.append(take.end_s - take.start_s)
    assert min(seconds) >= SHORTEST_S - 1e-9
    assert max(seconds) <= LONGEST_S + 1e-9
    assert np.quantile(seconds, 0.1) < 0.26
    assert np.quantile(seconds, 0.9) > 1.2


@pytest.mark.parametrize("view", ["facing", "egocentric"])
@pytest.mark.parametrize(
    ("label", "axis", "way"),
    [("swipe_left", 0, -1), ("swipe_right", 0, 1), ("swipe_up", 1, -1), ("swipe_down", 1, 1)],
)
def test_swipes_go_the_same_way_from_wherever_they_are_seen(label, axis, way, view):
    for seed in range(12):
        points = hand_of(wide_scene(label, seed, view=view))
        moved = points[-1, [0, 5, 17], :2].mean(axis=0) - points[0, [0, 5, 17], :2].mean(axis=0)
        assert moved[axis] * way * (SIGN[view] if axis == 0 else 1) > 0.8 * abs(moved[1 - axis])


def test_palm_edge_and_back_of_the_hand_are_ahead():
    usual = [
        palm_is_seen(hand_of(make_scene(["grab"], seed=seed, person=seed, idle_s=0))[0]) for seed in range(20)
    ]
    wide = [palm_is_seen(hand_of(wide_scene("grab", seed))[0]) for seed in range(40)]
    assert np.mean(usual) == 1
    assert 0.2 < np.mean(wide) < 0.9


def test_the_camera_goes_round_and_the_hand_stays_in_the_image():
    turns, inside = [], []
    for seed in range(40):
        scene = wide_scene(list(MOVES)[seed % len(MOVES)], seed, view=("facing", "egocentric")[seed % 2])
        turns.append([*scene.viewpoint.turn, scene.viewpoint.roll])
        points = hand_of(scene)[..., :2]
        inside.append(np.mean((points > 0) & (points < 1)))
    assert (np.std(turns, axis=0) > [12, 15, 4]).all()
    assert np.mean(inside) > 0.97


def test_palms_are_down_at_rest_in_front_of_a_webcam_where_it_is_asked_for():
    upright, lowered = (np.median(fingers_up(Variety(palm_down=share))) for share in (0.0, 1.0))
    assert upright > 0.7
    assert abs(lowered) < 0.45
    assert 0.2 < np.mean(fingers_up(Variety(palm_down=0.5)) < 0.45) < 0.8
    np.testing.assert_array_equal(
        *(fingers_up(Variety(palm_down=share), "egocentric") for share in (0.0, 1.0))
    )


def fingers_up(variety: Variety, view: View = "facing", num: int = 20) -> np.ndarray:
    """(num,): the share of a hand's length that goes up when it rests after a swipe."""
    ups = []
    for seed in range(num):
        scene = make_scene(["swipe_left"], seed=seed, person=seed, idle_s=0, view=view, variety=variety)
        track, _ = scene.tracks["right"]
        ((wrist, *_, middle),) = scene.camera_points(track.times_s[-2:-1])[:, 1, :10]
        ups.append((wrist - middle)[1] / np.linalg.norm(middle - wrist))
    return np.array(ups)


def test_only_what_is_asked_for_varies():
    camera = Variety(camera=1.0)
    one = make_scene(["wave"], seed=5)
    other = make_scene(["wave"], seed=5, variety=camera)
    assert one.takes == other.takes
    assert one.viewpoint != other.viewpoint


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_near_misses_can_be_played(name):
    for seed in range(4):
        scene = make_scene([name], seed=seed, person=seed, scripts=NEAR_MISSES, variety=WIDE)
        assert np.isfinite(hand_of(scene)).any()


def test_a_gesture_begun_gets_less_than_half_of_the_way():
    begin_gesture = near_misses_of({"swipe_left": MOVES["swipe_left"]})["begin_gesture"]
    for seed in range(20):
        keys = begin_gesture(Style.draw(np.random.default_rng(seed))).keys
        assert keys[-1] is keys[0]
        assert 0.02 < np.ptp([key.at[0] for key in keys]) < 0.95  # a whole swipe goes 2


def test_idle_movement_with_near_misses_is_other_idle_movement_without_takes():
    usual, wide = (make_idle_scene(60, seed=2, variety=variety) for variety in (USUAL, WIDE))
    assert wide.takes == ()
    times_s = np.arange(5, 60, 0.5)
    assert not np.allclose(usual.landmarks(times_s), wide.landmarks(times_s), equal_nan=True)
