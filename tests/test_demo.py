import numpy as np
import pytest

from gesture.demo import Score, demo_scene, describe, shown
from gesture.types import IGNORE, GestureEvent, Take
from gesture.virtual import MOVES

TAKES = (Take(1.0, 2.0, "wave", "right"), Take(4.0, 4.5, "push", "left"))


def onset(label: str, time_s: float, hand: str = "right") -> GestureEvent:
    return GestureEvent(label, hand, "onset", time_s - 0.3, time_s, None, 0.9)  # type: ignore[arg-type]


def test_right_missed_and_false_add_up() -> None:
    score = Score(TAKES, [])
    assert score.add(onset("wave", 1.4)) == TAKES[0]
    assert score.add(onset("wave", 1.9)) is None
    assert score.missed(3.0) == 0
    assert score.missed(6.0) == 1
    summary = score.summary(29.97)
    assert summary == {"truth": 2, "right": 1, "missed": 1, "false": 1, "median_delay_s": 0.4, "fps": 30.0}


def test_an_unbroken_silence_has_no_delay() -> None:
    assert Score(TAKES, []).summary(30.0)["median_delay_s"] is None


def test_where_either_answer_is_right_none_is_counted() -> None:
    passing = Take(2.0, 3.0, IGNORE, "right")
    score = Score((*TAKES, passing), [])
    assert score.add(onset("wave", 2.2)) == TAKES[0]  # late, and right
    assert score.add(onset("push", 2.6)) is None
    assert score.add(onset("push", 3.8)) is None
    assert score.summary(30.0) | {"fps": 0, "median_delay_s": 0} == {
        "truth": 2, "right": 1, "missed": 1, "false": 1, "median_delay_s": 0, "fps": 0,
    }  # fmt: skip
    assert "not counted" in describe(onset("push", 2.8), None, (*TAKES, passing))
    assert shown((passing,), 2.5) == "shown: no gesture"


@pytest.mark.parametrize(
    ("event", "take", "words"),
    [
        (onset("wave", 1.4), TAKES[0], "right, 0.40 s"),
        (onset("swipe", 1.4), None, "shown was wave, right"),
        (onset("swipe", 3.0), None, "nothing was shown"),
    ],
)
def test_an_onset_is_told_with_the_truth_beside_it(
    event: GestureEvent, take: Take | None, words: str
) -> None:
    assert words in describe(event, take, TAKES)


def test_what_is_shown_now_is_told() -> None:
    assert shown(TAKES, 1.5) == "shown: wave (right)"
    assert shown(TAKES, 3.0) == "shown: no gesture"


def test_a_demo_shows_every_gesture_once_and_another_seed_another_scene() -> None:
    scenes = [demo_scene(seed) for seed in (0, 1)]
    for scene in scenes:
        assert sorted(take.label for take in scene.takes) == sorted(MOVES)
        assert {take.hand for take in scene.takes} == {"left", "right"}
    assert scenes[0].takes != scenes[1].takes
    assert np.isfinite(scenes[0].duration_s)


def test_a_demo_shows_only_what_the_model_knows() -> None:
    assert [take.label for take in demo_scene(0, ("background", "wave")).takes] == ["wave"]
