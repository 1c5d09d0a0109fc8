"""Worked examples of the scores, and what must hold for any stream."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gesture.evaluation.spotting import (
    Detection,
    count_shrec2021,
    count_shrec2022,
    coverage,
    detection_rate,
    detections,
    edit_distance,
    false_positive_rate,
    jaccard_index,
    overall,
    sequence_accuracy,
    sequence_edits,
)
from gesture.types import GestureEvent, Take

LABELS = ["grab", "swipe", "wave"]
WAVE = Take(1.0, 2.0, "wave", "right")


def found(label: str, start_s: float, end_s: float, hand: str = "right") -> Detection:
    return Detection(start_s, end_s, label, hand, 0.5 * (start_s + end_s))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("detection", "correct_2021", "correct_2022"),
    [
        (found("wave", 1.0, 2.0), True, True),
        (found("wave", 1.4, 2.4), True, True),  # overlaps .6
        (found("wave", 1.5, 2.5), False, True),  # exactly half: more than half, or at least half?
        (found("wave", 1.6, 2.6), False, False),
        (found("wave", 0.5, 2.5), True, True),  # twice as long
        (found("wave", 0.4, 2.5), True, False),
        (found("swipe", 1.0, 2.0), False, False),
        (found("wave", 1.0, 2.0, "left"), False, False),
        (found("wave", 1.0, 2.0, "both"), True, True),
    ],
)
def test_a_take_is_hit_by_overlap_length_label_and_hand(
    detection: Detection, correct_2021: bool, correct_2022: bool
) -> None:
    for count, is_correct in ((count_shrec2021, correct_2021), (count_shrec2022, correct_2022)):
        assert count([WAVE], [detection], LABELS)[2, :2].tolist() == [is_correct, not is_correct]


def test_another_label_misclassifies_the_take_in_2021_and_is_false_in_2022() -> None:
    said = [found("grab", 1.1, 1.9)]
    assert count_shrec2021([WAVE], said, LABELS).tolist() == [[0, 0, 0, 0], [0, 0, 0, 0], [0, 1, 1, 0]]
    assert count_shrec2022([WAVE], said, LABELS).tolist() == [[0, 0, 0, 1], [0, 0, 0, 0], [0, 1, 0, 0]]


def test_a_second_detection_of_a_take_is_nothing_in_2021_and_false_in_2022() -> None:
    said = [found("wave", 1.0, 1.9), found("wave", 1.2, 2.0)]
    assert count_shrec2021([WAVE], said, LABELS)[2].tolist() == [1, 0, 0, 0]
    assert count_shrec2022([WAVE], said, LABELS)[2].tolist() == [1, 0, 0, 1]


def test_one_detection_of_two_takes_counts_twice_in_2021_and_once_in_2022() -> None:
    takes, said = [WAVE, Take(2.1, 3.0, "wave", "right")], [found("wave", 1.2, 2.9)]
    assert count_shrec2021(takes, said, LABELS)[2].tolist() == [2, 0, 0, 0]
    assert count_shrec2022(takes, said, LABELS)[2].tolist() == [1, 1, 0, 0]


def test_rates_of_a_worked_example() -> None:
    """Ten waves: seven right, one taken for a grab, two missed; one wave and one swipe out of nothing."""
    takes = [replace(WAVE, start_s=2.0 * i, end_s=2.0 * i + 1) for i in range(10)]
    said = [found("wave", 2.0 * i, 2.0 * i + 1) for i in range(7)]
    said += [found("grab", 14.0, 15.0), found("wave", 30.0, 31.0), found("swipe", 40.0, 41.0)]
    counts = count_shrec2021(takes, said, LABELS)
    np.testing.assert_allclose(detection_rate(counts), [np.nan, np.nan, 0.7])
    np.testing.assert_allclose(false_positive_rate(counts), [np.nan, np.nan, 0.2])
    np.testing.assert_allclose(jaccard_index(counts), [np.nan, 0.0, 7 / 12])
    assert overall(detection_rate(counts)) == pytest.approx(0.7)
    assert overall(jaccard_index(counts)) == pytest.approx(7 / 24)


def test_no_take_gives_no_rate_and_no_warning() -> None:
    counts = count_shrec2021([], [], LABELS)
    assert np.isnan(overall(detection_rate(counts)))
    assert np.isnan(sequence_accuracy(*sequence_edits([], [])))


def test_coverage_is_a_share_of_the_take() -> None:
    assert coverage(WAVE, found("grab", 1.75, 9.0)) == pytest.approx(0.25)
    assert coverage(WAVE, found("wave", 3.0, 4.0)) == 0.0


@pytest.mark.parametrize(
    ("truth", "said", "distance"),
    [
        ("", "", 0),
        ("abc", "abc", 0),
        ("abc", "", 3),
        ("", "ab", 2),
        ("kitten", "sitting", 3),
        ("ab", "ba", 2),
    ],
)
def test_edit_distance(truth: str, said: str, distance: int) -> None:
    assert edit_distance(truth, said) == distance


def test_a_sequence_is_judged_by_the_time_of_decision() -> None:
    takes = [Take(0.0, 1.0, "grab", "right"), WAVE]
    said = [Detection(0.9, 2.0, "grab", "right", 1.0), Detection(0.8, 2.0, "wave", "right", 1.6)]
    assert sequence_edits(takes, said) == (0, 2)
    assert sequence_accuracy(3, 2) == -0.5


def test_events_become_intervals_hand_by_hand() -> None:
    def event(phase: str, hand: str, start_s: float, time_s: float, end_s: float | None) -> GestureEvent:
        return GestureEvent("wave", hand, phase, start_s, time_s, end_s, 0.9)  # type: ignore[arg-type]

    events = [
        event("onset", "right", 1.0, 1.4, None),
        event("onset", "left", 1.1, 1.5, None),
        event("end", "right", 1.0, 2.4, 2.0),
    ]
    assert detections(events) == [
        Detection(1.0, 2.0, "wave", "right", 1.4),
        Detection(1.1, 1.5, "wave", "left", 1.5),
    ]


pieces = st.lists(
    st.tuples(
        st.floats(0.1, 3), st.floats(0.05, 3), st.sampled_from(LABELS), st.sampled_from(["left", "right"])
    ),
    max_size=8,
)


def takes_of(drawn: list[tuple[float, float, str, str]]) -> list[Take]:
    """Takes one after the other, none overlapping the next."""
    starts_s = np.cumsum([0.0, *(gap_s + length_s for gap_s, length_s, _, _ in drawn)])
    return [
        Take(float(start_s), float(start_s) + length_s, label, hand)  # type: ignore[arg-type]
        for start_s, (_, length_s, label, hand) in zip(starts_s, drawn, strict=False)
    ]


def as_found(takes: list[Take]) -> list[Detection]:
    return [Detection(take.start_s, take.end_s, take.label, take.hand, take.end_s) for take in takes]


@given(pieces)
def test_a_perfect_answer_has_perfect_scores(drawn: list[tuple[float, float, str, str]]) -> None:
    takes = takes_of(drawn)
    for count in (count_shrec2021, count_shrec2022):
        counts = count(takes, as_found(takes), LABELS)
        made = counts.any(axis=1)
        assert (detection_rate(counts)[made] == 1).all()
        assert (false_positive_rate(counts)[made] == 0).all()
        assert (jaccard_index(counts)[made] == 1).all()
    assert sequence_edits(takes, as_found(takes)) == (0, len(takes))


@given(pieces, pieces, st.permutations(range(3)))
def test_names_do_not_matter(truth: list, said: list, order: list[int]) -> None:
    renamed = {label: LABELS[index] for label, index in zip(LABELS, order, strict=True)}
    takes, answer = takes_of(truth), as_found(takes_of(said))
    others = [replace(take, label=renamed[take.label]) for take in takes]
    other_answer = [replace(detection, label=renamed[detection.label]) for detection in answer]
    for count in (count_shrec2021, count_shrec2022):
        np.testing.assert_array_equal(
            count(takes, answer, LABELS), count(others, other_answer, LABELS)[list(order)]
        )


@given(pieces, pieces, st.integers(1, 64))
def test_neither_the_clock_nor_the_order_of_the_lists_matters(truth: list, said: list, later_s: int) -> None:
    quantum = 2.0**-10  # so that adding whole seconds is exact
    takes, answer = (
        [
            replace(part, start_s=round(part.start_s / quantum) * quantum, end_s=round(part.end_s / quantum) * quantum)
            for part in parts
        ]
        for parts in (takes_of(truth), as_found(takes_of(said)))
    )  # fmt: skip
    shifted, shifted_answer = (
        [replace(part, start_s=part.start_s + later_s, end_s=part.end_s + later_s) for part in parts]
        for parts in (takes, answer)
    )
    for count in (count_shrec2021, count_shrec2022):
        np.testing.assert_array_equal(
            count(takes, answer, LABELS), count(shifted[::-1], shifted_answer[::-1], LABELS)
        )


@given(pieces, pieces)
def test_every_take_is_correct_or_missed_and_rates_stay_in_range(truth: list, said: list) -> None:
    takes, answer = takes_of(truth), as_found(takes_of(said))
    for count in (count_shrec2021, count_shrec2022):
        counts = count(takes, answer, LABELS)
        assert counts[:, :2].sum() == len(takes)
        for rate in (detection_rate(counts), jaccard_index(counts)):
            known = rate[~np.isnan(rate)]
            assert ((known >= 0) & (known <= 1)).all()
    assert count_shrec2022(takes, answer, LABELS)[:, [0, 3]].sum() == len(answer)


@given(st.text("abc", max_size=8), st.text("abc", max_size=8), st.text("abc", max_size=8))
def test_edit_distance_is_a_metric(one: str, two: str, three: str) -> None:
    assert edit_distance(one, two) == edit_distance(two, one)
    assert (edit_distance(one, two) == 0) == (one == two)
    assert edit_distance(one, three) <= edit_distance(one, two) + edit_distance(two, three)
