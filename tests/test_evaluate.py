import numpy as np
import pytest

from gesture.evaluation.onsets import GRACE_S, Evaluation, counted_onsets, label_rows, match
from gesture.types import GestureEvent, Take


def onset(label: str, time_s: float, hand: str = "right") -> GestureEvent:
    return GestureEvent(label, hand, "onset", time_s - 0.3, time_s, None, 0.9)  # type: ignore[arg-type]


TAKE = Take(1.0, 2.0, "wave", "right")


@pytest.mark.parametrize(
    ("event", "is_right"),
    [
        (onset("wave", 1.0), True),
        (onset("wave", 2.0 + GRACE_S), True),
        (onset("wave", 0.99), False),
        (onset("wave", 2.01 + GRACE_S), False),
        (onset("swipe", 1.5), False),
        (onset("wave", 1.5, "left"), False),
    ],
)
def test_an_onset_is_right_if_label_hand_and_time_agree(event: GestureEvent, is_right: bool) -> None:
    assert match([TAKE], [event]) == [0 if is_right else None]


def test_a_take_counts_once() -> None:
    assert match([TAKE], [onset("wave", 1.2), onset("wave", 1.9)]) == [0, None]


def test_two_takes_close_together_count_one_each() -> None:
    second = Take(2.2, 3.0, "wave", "right")
    assert match([TAKE, second], [onset("wave", 1.8), onset("wave", 2.4)]) == [0, 1]


def test_onsets_during_ignore_and_unknown_labels_are_not_counted() -> None:
    takes = [Take(1.0, 2.0, "ignore", "both"), Take(5.0, 6.0, "never_trained", "right")]
    events = [onset("wave", time_s) for time_s in (1.5, 4.0, 5.5)]
    assert [event.time_s for event in counted_onsets(takes, events, ("background", "wave"))] == [4.0]


def test_a_right_onset_counts_even_where_the_next_thing_is_ignored() -> None:
    takes = [TAKE, Take(2.0, 3.0, "ignore", "right")]
    events = [onset("wave", 2.2), onset("wave", 2.4)]
    assert [event.time_s for event in counted_onsets(takes, events, ("background", "wave"))] == [2.2]


def test_figures_follow_from_the_confusion() -> None:
    confusion = np.array([[0, 1, 0], [2, 8, 0], [0, 1, 9]])
    evaluation = Evaluation(("background", "a", "b"), confusion, 17, 2, (0.2, 0.4, 0.3), 120.0, ())
    assert evaluation.num_takes == 20
    np.testing.assert_allclose(evaluation.recall, [0.8, 0.9])
    np.testing.assert_allclose(evaluation.precision, [0.8, 1.0])
    assert evaluation.false_per_minute == pytest.approx(1.0)
    assert evaluation.median_delay_s == pytest.approx(0.3)
    assert label_rows(evaluation)[0] == {
        "label": "a",
        "takes": 10,
        "right": 8,
        "recall": "80 %",
        "precision": "80 %",
    }


def test_nothing_to_count_gives_none_and_no_warning() -> None:
    evaluation = Evaluation(("background", "a"), np.zeros((2, 2), np.int64), 0, 0, (), 0.0, ())
    plain = evaluation.to_json()
    assert plain["median_delay_s"] is None
    assert plain["recall"] == {"a": None}
    assert "0 of 0" in str(evaluation)
