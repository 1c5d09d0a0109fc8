"""The recording session, fed with hands made of arithmetic: no camera, no window, no clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import IMAGE_SIZE, hand_at

from gesture.session import (
    COUNTDOWN_S,
    GONE_S,
    KEPT_S,
    KEPT_WITH_FAULTS_S,
    POSE_S,
    REACTION_S,
    REST_S,
    Effect,
    Ignore,
    Keep,
    Session,
    Sound,
    TakeBack,
)
from gesture.types import HandFrame, Take

RATE_HZ = 30.0


def frame_of(time_s: float, *hands: tuple[int, float, float]) -> HandFrame:
    """Hands by (slot, wrist x, wrist y)."""
    empty = HandFrame.empty(time_s, IMAGE_SIZE)
    landmarks = empty.landmarks.copy()
    for slot, x, y in hands:
        landmarks[slot] = hand_at(np.array([x]), np.array([y]), slot=slot)[0]
    return HandFrame(time_s, landmarks, landmarks, empty.scores, empty.presence, IMAGE_SIZE)


def stroke(since_s: float) -> list[tuple[int, float, float]]:
    """A right hand that waits 0.4 s, goes a third of the image within 0.5 s, and stays there."""
    return [(1, 0.3 + 0.3 * float(np.clip((since_s - 0.4) / 0.5, 0, 1)), 0.6)]


def pose(_: float) -> list[tuple[int, float, float]]:
    return [(1, 0.3, 0.6)]


@dataclass
class Person:
    """Does `gesture` when the session says "now", else holds still; presses the keys it is told to."""

    session: Session
    gesture: Callable[[float], list[tuple[int, float, float]]] = stroke
    rate_hz: float = RATE_HZ
    now_s: float = 0.0
    frames_s: list[float] = field(default_factory=list)
    done: list[Effect] = field(default_factory=list)
    _go_s: float = 0.0

    def go_on(self, until: Callable[[], bool], longest_s: float = 60.0) -> Person:
        """Frame after frame until something is so."""
        end_s = self.now_s + longest_s
        while not until():
            assert self.now_s < end_s, f"still {self.session.phase}: {self.session.message}"
            self.show(*self.gesture(self.now_s - self._go_s if self.session.phase == "moving" else 0.0))
        return self

    def wait(self, seconds: float) -> Person:
        end_s = self.now_s + seconds
        return self.go_on(lambda: self.now_s >= end_s)

    def show(self, *hands: tuple[int, float, float]) -> None:
        before = self.session.phase
        self.done += self.session.update(frame_of(self.now_s, *hands))
        self.frames_s.append(self.now_s)
        if before != "moving" == self.session.phase:
            self._go_s = self.now_s
        self.now_s += 1 / self.rate_hz

    def press(self, key: str) -> Person:
        self.done += self.session.press(key)
        return self

    def until(self, phase: str) -> Person:
        return self.go_on(lambda: self.session.phase == phase)

    def of(self, kind: type) -> list:
        return [effect for effect in self.done if isinstance(effect, kind)]

    @property
    def takes(self) -> list[Take]:
        return [keep.take for keep in self.of(Keep)]


def test_labels_take_turns_until_all_are_made_without_a_hand_on_the_keyboard() -> None:
    person = Person(Session(["a", "b"], 2)).until("done")
    assert [take.label for take in person.takes] == ["a", "b", "a", "b"]
    assert {take.hand for take in person.takes} == {"right"}
    assert all(0.5 < take.end_s - take.start_s < 1.0 for take in person.takes)
    assert person.session.counts == {"a": (2, 2), "b": (2, 2)}
    assert person.now_s < 4 * (REST_S + COUNTDOWN_S + 0.4 + 0.5 + REST_S + KEPT_S + 0.4)


def test_a_countdown_is_seen_heard_and_trained_as_nothing() -> None:
    person = Person(Session(["a"], 1)).until("countdown")
    counts = [person.session.count]
    person.go_on(lambda: counts.append(person.session.count) or person.session.phase == "moving")
    assert sorted(set(counts), reverse=True) == [3, 2, 1, 0]
    assert counts == sorted(counts, reverse=True)
    assert [sound.name for sound in person.of(Sound)] == ["tick", "tick", "tick", "go"]
    (ignored,) = person.of(Ignore)
    assert ignored.end_s - ignored.start_s == pytest.approx(COUNTDOWN_S, abs=0.1)


def test_nothing_begins_without_a_hand_or_while_it_moves() -> None:
    person = Person(Session(["a"], 1))
    for _ in range(90):
        person.show()
    assert person.session.message == "a: show a hand"
    for index in range(90):
        person.show((1, 0.5 + 0.2 * np.sin(index / 3), 0.6))
    assert (person.session.phase, person.session.message) == ("waiting", "a: hold still")
    person.until("countdown")
    assert person.now_s - 6.0 < 2 * REST_S


def test_now_is_not_said_to_a_hand_that_moves() -> None:
    person = Person(Session(["a"], 1)).until("countdown")
    for index in range(round(2 * COUNTDOWN_S * RATE_HZ)):
        person.show((1, 0.5 + 0.2 * np.sin(index / 3), 0.6))
    assert (person.session.phase, person.session.count) == ("countdown", 1)
    assert person.until("kept").session.faults == ()


def test_a_hand_that_leaves_during_the_countdown_begins_again() -> None:
    person = Person(Session(["a"], 1)).until("countdown").wait(0.5)
    for _ in range(15):
        person.show()
    assert person.session.phase == "waiting"
    assert len(person.of(Ignore)) == 1
    assert len(person.until("kept").takes) == 1


def test_a_hand_that_is_gone_ends_the_take_and_one_that_blurs_does_not() -> None:
    def leaves(since_s: float) -> list[tuple[int, float, float]]:
        return stroke(since_s) if since_s < 0.8 else []

    def blurs(since_s: float) -> list[tuple[int, float, float]]:
        return [] if 0.5 < since_s < 0.75 else stroke(since_s)

    gone = Person(Session(["a"], 1), leaves).until("kept")
    assert gone.takes[0].end_s - gone.takes[0].start_s < 0.7
    assert gone.now_s - gone.takes[0].end_s == pytest.approx(GONE_S, abs=0.15)
    assert 0.5 < (take := Person(Session(["a"], 1), blurs).until("kept").takes[0]).end_s - take.start_s < 0.8


@pytest.mark.parametrize("key", ["space", "enter"])
def test_a_key_ends_the_take(key: str) -> None:
    def restless(since_s: float) -> list[tuple[int, float, float]]:
        return [(1, 0.5 + 0.2 * np.sin(8 * since_s), 0.6)]

    person = Person(Session(["a"], 1), restless).until("moving").wait(3.0)
    assert person.session.phase == "moving"
    assert person.press(key).session.phase == "kept"
    assert 2.5 < person.takes[0].end_s - person.takes[0].start_s < 3.1


def test_a_take_that_never_moves_is_a_pose_of_two_seconds() -> None:
    person = Person(Session(["fist"], 1), pose).until("kept")
    (take,) = person.takes
    assert take.end_s - take.start_s == pytest.approx(POSE_S, abs=0.05)
    assert person.now_s - take.start_s < POSE_S + 0.1
    assert person.now_s > REST_S + COUNTDOWN_S + REACTION_S + POSE_S


@pytest.mark.parametrize(
    ("slots", "hand"), [((0,), "left"), ((1,), "right"), ((0, 1), "both")], ids=["left", "right", "both"]
)
def test_the_take_notes_the_hand_that_moved(slots: tuple[int, ...], hand: str) -> None:
    def with_both_in_view(since_s: float) -> list[tuple[int, float, float]]:
        ((_, x, y),) = stroke(since_s)
        return [(slot, x - 0.2 * (slot == 0) if slot in slots else 0.1 + 0.8 * slot, y) for slot in (0, 1)]

    assert Person(Session(["a"], 1), with_both_in_view).until("kept").takes[0].hand == hand


@pytest.mark.parametrize("key", ["x", "u", "backspace", "delete"])
def test_a_kept_take_can_be_thrown_away_and_is_asked_for_again(key: str) -> None:
    person = Person(Session(["a", "b"], 1)).until("kept").press(key)
    assert person.of(TakeBack) == [TakeBack(person.takes[0])]
    assert (person.session.phase, person.session.label, person.session.next_label) == ("waiting", "a", "b")
    assert [take.label for take in person.until("done").takes] == ["a", "a", "b"]


def test_the_last_take_can_be_undone_at_any_time_and_the_one_before() -> None:
    person = Person(Session(["a", "b", "c"], 1)).until("kept").until("countdown").until("kept")
    person.until("moving").press("u").press("u")
    assert [back.take.label for back in person.of(TakeBack)] == ["b", "a"]
    assert person.session.counts == {"a": (0, 1), "b": (0, 1), "c": (0, 1)}
    assert person.press("u").session.note == "there is no take to throw away"
    assert [take.label for take in person.until("done").takes] == ["a", "b", "a", "b", "c"]


def test_a_discarded_stretch_is_ignored_and_the_take_before_it_stays() -> None:
    person = Person(Session(["a"], 2)).until("kept").until("moving").wait(0.6).press("x")
    stretch = person.of(Ignore)[-1]
    assert stretch.end_s - stretch.start_s == pytest.approx(0.6, abs=0.05)
    assert (person.of(TakeBack), person.session.counts) == ([], {"a": (1, 2)})


def test_a_take_without_a_hand_is_asked_for_again() -> None:
    person = Person(Session(["a"], 1), lambda since_s: [] if since_s else pose(0)).until("moving")
    person.go_on(lambda: person.session.phase != "moving")
    assert person.takes == []
    assert "Once more" in person.session.note
    person.gesture = stroke
    assert len(person.until("kept").takes) == 1


def test_a_pause_stops_the_countdown_and_is_trained_as_nothing() -> None:
    person = Person(Session(["a"], 1)).until("countdown").wait(0.5).press("space").wait(5.0)
    assert person.session.phase == "paused"
    person.press("space")
    assert person.of(Ignore)[-1].end_s - person.of(Ignore)[-1].start_s == pytest.approx(5.0, abs=0.05)
    assert len(person.until("kept").takes) == 1


def test_idle_hands_come_last_and_are_neither_take_nor_ignored() -> None:
    person = Person(Session(["a"], 1, background_s=10.0)).until("background")
    began_s, before = person.now_s, len(person.done)
    person.until("done")
    assert person.now_s - began_s == pytest.approx(10.0, abs=0.1)
    assert person.done[before:] == [Sound("kept")]  # idle hands need no eyes on the screen


def test_idle_hands_can_be_recorded_alone() -> None:
    assert Person(Session([], 10, background_s=3.0)).until("done").now_s == pytest.approx(3.0, abs=0.1)


def test_quitting_ignores_what_was_going_on_and_keeps_the_rest() -> None:
    person = Person(Session(["a"], 5)).until("kept").until("moving").wait(0.5).press("q")
    assert person.session.phase == "done"
    assert isinstance(person.done[-1], Ignore)
    assert person.of(TakeBack) == []


def test_what_is_wrong_is_said_at_once_and_stays_longer() -> None:
    person = Person(Session(["a"], 2), rate_hz=12).until("kept")
    assert person.session.faults == ("only 12 frames a second: turn on a light, close other programs",)
    kept_s = person.now_s
    assert person.until("waiting").now_s - kept_s == pytest.approx(KEPT_WITH_FAULTS_S, abs=0.2)


HANDS = st.sampled_from(["rest", "move", "none", "both"])
KEYS = st.sampled_from(["space", "enter", "x", "u", "q", "backspace", "left", "z", None])


@settings(max_examples=40)
@given(st.lists(st.tuples(HANDS, st.floats(0.1, 4.0), KEYS), min_size=1, max_size=8), st.data())
def test_whatever_people_do_what_is_kept_adds_up(
    steps: list[tuple[str, float, str | None]], data: st.DataObject
) -> None:
    session = Session(["a", "b"], 2, background_s=data.draw(st.sampled_from([0.0, 2.0])))
    person = Person(session, rate_hz=data.draw(st.sampled_from([10.0, 25.0])))
    live: list[Take] = []
    for what, seconds, key in steps:
        for _ in range(round(seconds * person.rate_hz)):
            x = 0.5 + (0.2 * np.sin(6 * person.now_s) if what == "move" else 0)
            person.show(*{"none": [], "both": [(0, 0.2, 0.6), (1, x, 0.6)]}.get(what, [(1, x, 0.6)]))
        person.press(key or "")
    for effect in person.done:
        if isinstance(effect, Keep):
            live.append(effect.take)
        elif isinstance(effect, TakeBack):
            assert effect.take == live.pop()
    first_s, last_s = person.frames_s[0], person.frames_s[-1]
    for effect in person.of(Ignore):
        assert first_s <= effect.start_s < effect.end_s <= last_s
        assert not any(
            effect.start_s < take.end_s - 0.2 and take.start_s + 0.2 < effect.end_s for take in live
        )
    for take in person.takes:
        assert first_s <= take.start_s < take.end_s <= last_s + 1 / person.rate_hz
    for before, after in pairwise(live):
        assert before.end_s <= after.start_s
    kept = {label: sum(take.label == label for take in live) for label in ("a", "b")}
    assert {label: (kept[label], 2) for label in kept} == session.counts
    if session.phase == "done" and "q" not in [key for _, _, key in steps]:
        assert len(live) == 4
