"""Which hand is which: position continues a track, labels gathered over time give it a slot."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gesture.landmarks.slots import Detection, HandSlots
from gesture.types import Array, HandFrame

IMAGE_SIZE = (640, 480)
RATE_HZ = 30
LEFT, RIGHT = 0, 1
SEEDS = st.integers(0, 10_000)


def open_hand(size_px: float = 60) -> Array:
    """(21, 2) px about the wrist: a right hand's back, fingers up. Its mirror image is a left one."""
    angles, lengths = np.array([-1.0, -0.3, -0.05, 0.2, 0.5]), np.array([0.8, 1.7, 1.85, 1.75, 1.4])
    reach = lengths[:, None] * np.linspace(0.35, 1, 4)  # (5, 4)
    fingers = np.stack([reach * np.sin(angles)[:, None], -reach * np.cos(angles)[:, None]], axis=-1)
    return np.vstack([np.zeros((1, 2)), fingers.reshape(20, 2)]).astype(np.float32) * size_px


def detection(
    handedness: Literal["left", "right"],
    x_px: float,
    *,
    score: float = 0.95,
    mark: float = 0,
    mirrored: bool = False,
) -> Detection:
    """A hand with its wrist there; `mark` becomes its z, by which a test knows it again."""
    points_px = open_hand() * np.array([-1 if mirrored else 1, 1]) + np.array([x_px, 300])
    landmarks = np.column_stack([points_px / IMAGE_SIZE, np.full(21, mark)]).astype(np.float32)
    return Detection(landmarks, landmarks, handedness, score)


def called(right: bool) -> Literal["left", "right"]:
    return "right" if right else "left"


def run(frames: list[list[Detection]], slots: HandSlots | None = None, start_s: float = 0) -> list[HandFrame]:
    slots = slots or HandSlots()
    return [slots.update(start_s + i / RATE_HZ, hands, IMAGE_SIZE) for i, hands in enumerate(frames)]


def slots_of(frames: list[HandFrame]) -> list[list[int]]:
    return [np.flatnonzero(frame.seen).tolist() for frame in frames]


def established(right: bool = True) -> HandSlots:
    """A hand at x = 320 that was called the same for five seconds."""
    slots = HandSlots()
    run([[detection(called(right), 320)]] * 5 * RATE_HZ, slots, start_s=-5)
    return slots


@pytest.mark.parametrize(("handedness", "slot"), [("left", LEFT), ("right", RIGHT)])
def test_a_new_hand_takes_the_slot_of_its_first_label_at_once(handedness, slot):
    (frame,) = run([[detection(handedness, 320, mark=7)]])
    assert slots_of([frame]) == [[slot]]
    assert frame.landmarks[slot, 0, 2] == 7
    assert np.isnan(frame.landmarks[1 - slot]).all()
    assert frame.image_size == IMAGE_SIZE


def test_an_empty_frame_is_all_nan():
    (frame,) = run([[]])
    assert np.isnan(frame.landmarks).all()
    assert np.isnan(frame.scores).all()


@given(SEEDS, st.floats(0.5, 1.0))
@settings(max_examples=25, deadline=None)
def test_a_wavering_label_does_not_flip_an_established_slot(seed, score):
    """A label wrong three times in ten, and as sure when wrong as when right."""
    wrong = np.random.default_rng(seed).random(5 * RATE_HZ) < 0.3
    frames = run([[detection(called(not w), 320, score=score)] for w in wrong], established())
    assert slots_of(frames) == [[RIGHT]] * len(frames)


def test_a_burst_of_wrong_labels_does_not_flip_an_established_slot():
    frames = run([[detection("left", 320, score=0.85)]] * RATE_HZ, established())
    assert slots_of(frames) == [[RIGHT]] * RATE_HZ


@pytest.mark.parametrize(("hands", "within_s"), [(HandSlots(), 0.2), (established(right=False), 1.5)])
def test_a_wrong_slot_is_corrected_soon_when_new_and_later_when_established(hands, within_s):
    first = run([[detection("left", 320)]], hands)
    later = run([[detection("right", 320)]] * int(within_s * RATE_HZ), hands, start_s=1 / RATE_HZ)
    assert slots_of(first) == [[LEFT]]
    assert slots_of(later[-1:]) == [[RIGHT]]
    assert sum(a != b for a, b in pairwise(slots_of(first + later))) == 1


@given(st.data())
@settings(deadline=None)
def test_two_hands_never_share_a_slot_and_none_is_lost(data):
    slots = HandSlots()
    time_s = 0.0
    for _ in range(data.draw(st.integers(1, 12))):
        places = data.draw(st.lists(st.floats(0, 640), max_size=2))
        assume(len(places) < 2 or abs(places[0] - places[1]) > 100)
        hands = [
            detection(called(data.draw(st.booleans())), x, score=data.draw(st.floats(0.5, 1)), mark=mark)
            for mark, x in enumerate(places)
        ]
        time_s += data.draw(st.floats(0.001, 1))
        frame = slots.update(time_s, hands, IMAGE_SIZE)
        marks = frame.landmarks[frame.seen, 0, 2]
        assert sorted(marks) == list(range(len(hands)))


@given(SEEDS, st.floats(0.4, 2.0), st.sampled_from([15, 30]))
@settings(max_examples=25, deadline=None)
def test_crossing_hands_do_not_swap(seed, crossing_s, rate_hz):
    """The hands swing past each other at one height, in any order, with one label in five wrong."""
    rng = np.random.default_rng(seed)
    slots = HandSlots()
    for time_s in np.arange(0, 1 + 2 * crossing_s, 1 / rate_hz):
        x_px = 150 * np.cos(np.pi * max(0.0, time_s - 1) / crossing_s)
        wrong = rng.random(2) < (0.2 if time_s > 1 else 0)
        left = detection(
            called(bool(wrong[0])), 320 - x_px, mark=LEFT, score=rng.uniform(0.6, 1), mirrored=True
        )
        right = detection(called(not wrong[1]), 320 + x_px, mark=RIGHT, score=rng.uniform(0.6, 1))
        hands = [left, right] if rng.random() < 0.5 else [right, left]
        frame = slots.update(float(time_s), hands, IMAGE_SIZE)
        assert frame.landmarks[:, 0, 2].tolist() == [LEFT, RIGHT]


def test_the_hand_in_front_keeps_its_slot_while_it_hides_the_other_and_is_called_wrong():
    """Seen on video: where hands cross, one vanishes behind the other, whose label then turns."""

    def hands(time_s: float, *, crossed: bool = False) -> list[Detection]:
        x_px = 150 * np.cos(np.pi * time_s)
        front = detection("right" if crossed else "left", 320 - x_px, mark=LEFT, mirrored=True)
        return [front] if crossed else [front, detection("right", 320 + x_px, mark=RIGHT)]

    slots = HandSlots()
    run([hands(0)] * RATE_HZ, slots, start_s=-1)
    frames = [
        slots.update(float(t), hands(t, crossed=abs(t - 0.5) < 0.15), IMAGE_SIZE)
        for t in np.arange(0, 1, 1 / 30)
    ]
    assert {len(slots) for slots in slots_of(frames)} == {1, 2}
    assert all(frame.landmarks[LEFT, 0, 2] == LEFT for frame in frames)
    assert frames[-1].landmarks[RIGHT, 0, 2] == RIGHT


@pytest.mark.parametrize("lost_frames", [1, 5, 12])
def test_a_hand_lost_for_a_few_frames_comes_back_to_its_slot(lost_frames):
    """Even elsewhere and under the wrong label, as after a fast swipe."""
    hands = established()
    run([[]] * lost_frames, hands)
    back = run([[detection("left", 320 + 20 * lost_frames)]] * 10, hands, start_s=lost_frames / RATE_HZ)
    assert slots_of(back) == [[RIGHT]] * 10


def test_after_a_long_absence_the_label_decides_anew():
    (back,) = run([[detection("left", 320)]], established(), start_s=2)
    assert slots_of([back]) == [[LEFT]]


def test_the_other_hand_far_away_is_a_new_hand_although_one_was_just_lost():
    (other,) = run([[detection("left", 20)]], established())
    assert slots_of([other]) == [[LEFT]]


def test_two_hands_under_one_label_get_both_slots_and_the_known_one_keeps_its_own():
    frames = run([[detection("right", 100, mark=2), detection("right", 322, mark=1)]] * 60, established())
    assert all(frame.landmarks[:, 0, 2].tolist() == [2, 1] for frame in frames)


def test_two_new_hands_under_one_label_go_by_the_surer_label():
    (frame,) = run([[detection("right", 100, score=0.7, mark=1), detection("right", 400, score=0.9, mark=2)]])
    assert frame.landmarks[:, 0, 2].tolist() == [1, 2]


def test_hands_placed_the_wrong_way_round_change_places_together():
    start = run([[detection("right", 100, mark=1), detection("left", 500, mark=2)]] * 3, hands := HandSlots())
    later = run([[detection("left", 100, mark=1), detection("right", 500, mark=2)]] * 20, hands, start_s=0.1)
    assert start[-1].landmarks[:, 0, 2].tolist() == [2, 1]
    assert later[-1].landmarks[:, 0, 2].tolist() == [1, 2]


def test_one_hand_detected_twice_counts_once_and_the_surer_detection_stays():
    twice = [detection("right", 320, score=0.6, mark=1), detection("left", 325, score=0.9, mark=2)]
    frames = run([twice] * 5, established())
    assert slots_of(frames) == [[RIGHT]] * 5
    assert frames[-1].landmarks[RIGHT, 0, 2] == 2


def test_of_three_hands_the_surest_two_count():
    hands = [detection("right", x, score=score, mark=x) for x, score in ((50, 0.6), (300, 0.9), (550, 0.8))]
    (frame,) = run([hands])
    assert sorted(frame.landmarks[:, 0, 2]) == [300, 550]


def test_the_score_falls_below_half_where_the_frame_contradicts_the_slot():
    agrees, contradicts = run([[detection("right", 320, score=0.9)], [detection("left", 320, score=0.8)]])
    assert agrees.scores[RIGHT] == pytest.approx(0.9)
    assert contradicts.scores[RIGHT] == pytest.approx(0.2)


def test_presence_passes_through():
    hand = detection("right", 320)
    hand = Detection(hand.landmarks, hand.world_landmarks, hand.handedness, hand.score, presence=0.75)
    (frame,) = run([[hand]])
    assert frame.presence[RIGHT] == 0.75
    assert np.isnan(frame.presence[LEFT])
