"""Our tracker and MediaPipe on the virtual hand, against the truth: no hand, fast swipes, crossing hands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from landmark_common import ENGINES, add, both_engines, count_hands, error, mean

from gesture.landmarks.hand_models import HandModels
from gesture.landmarks.slots import Detection, HandSlots
from gesture.types import SLOTS, Array, Frame, HandFrame, View
from gesture.virtual import (
    GESTURES,
    VirtualCamera,
    make_crossing_scene,
    make_empty_scene,
    make_person,
    make_scene,
)
from gesture.virtual.gestures import PARTNERS
from gesture.virtual.motion import Key
from gesture.virtual.script import Stroke, Style

CROSSING_S = 0.25
BACKGROUNDS = ("plain", "gradient", "textured")


def false_hands_virtual(models: HandModels) -> dict[str, int]:
    """The virtual camera with nobody there, three backgrounds."""
    counts = {"frames": 0, "ours": 0, "mediapipe": 0}
    for seed, background in enumerate(BACKGROUNDS * 2):
        camera = VirtualCamera(make_empty_scene(3.0), seed=seed, background=background)
        add(counts, count_hands(camera, models))
    return counts


def _sweep(way: int) -> Callable[[Style], Stroke]:
    """From one side of the image to the other in a quarter of a second."""

    def script(style: Style) -> Stroke:
        pose, lean = style.pick("open", "flat", "relaxed"), 12 + 10 * style.elbow
        slope = np.tan(np.deg2rad(style.slant))
        sides = [Key((x, x * slope, 0), (8, -6 * x, -lean * x), pose, stop=True) for x in (-way, way)]
        return Stroke(sides, seconds=CROSSING_S, reach_m=0.34)

    return script


def _with_sweeps() -> None:
    for name, partner, way in (("sweep_left", "sweep_right", -1), ("sweep_right", "sweep_left", 1)):
        GESTURES[name], PARTNERS[name] = _sweep(way), partner


def fast_swipes(models: HandModels, rate_hz: float, num_people: int = 6) -> dict[str, Any]:
    """Hands that cross the image in a quarter of a second, blurred by the shutter.

    A frame is lost to an engine that is inside a stroke, has a hand in the image, and none for the engine.
    Errors are means over all frames, strokes or not: of both where both find the hand, and of each alone.
    """
    _with_sweeps()
    lost = {"frames": 0, "ours": 0, "mediapipe": 0}
    off: list[dict[str, float]] = []
    for person in range(num_people):
        camera = _sweeping(person, rate_hz)
        with both_engines(models, 1) as engines:
            for frame in camera:
                truth = camera.truth(frame.time_s)
                found = {name: engine.detect(frame) for name, engine in engines.items()}
                if truth.seen.any():
                    off.append(_errors(found, truth.landmarks[truth.seen][0], frame))
                    in_stroke = any(take.start_s <= frame.time_s < take.end_s for take in camera.takes)
                    add(lost, {name: in_stroke * (name not in off[-1]) for name in lost})
    return {"lost_in_strokes": lost, **_means(off)}


def _sweeping(person: int, rate_hz: float) -> VirtualCamera:
    scene = make_scene(
        ["sweep_left", "sweep_right"] * 2,
        seed=person,
        person=replace(make_person(person), tempo=1.0, reach=1.0),
        hands=(SLOTS[(person + 1) % 2],),
        idle_s=0.3,
        distance_m=(0.6, 0.7, 0.85)[person % 3],
    )
    return VirtualCamera(scene, rate_hz=rate_hz, seed=person)


def _errors(found: dict[str, list[Detection]], truth: Array, frame: Frame) -> dict[str, float]:
    return {name: error(hands[0].landmarks, truth, frame) for name, hands in found.items() if hands}


def _means(off: list[dict[str, float]]) -> dict[str, Any]:
    """Mean errors, from those of single hands by engine."""
    shared = [errors for errors in off if len(errors) == len(ENGINES)]
    return {
        "error_where_both": {name: mean([errors[name] for errors in shared]) for name in ENGINES},
        "error_of_all": {name: mean([errors[name] for errors in off if name in errors]) for name in ENGINES},
        "hands": {"truth": len(off), **{name: sum(name in errors for errors in off) for name in ENGINES}},
    }


def crossing_hands(models: HandModels, num_people: int = 4) -> dict[str, Any]:
    """Both hands gesture at once, and cross.

    Slots are swapped where the hands found fit the true hands better the other way round. Where hands cover
    each other nobody can say: the true hands are at least a hand apart in the frames that count.
    """
    swapped = dict.fromkeys(ENGINES, 0)
    off: list[dict[str, float]] = []
    for person in range(num_people):
        camera = _crossing(person, "egocentric" if person == num_people - 1 else "facing")
        slots = {name: HandSlots() for name in ENGINES}
        with both_engines(models, 2) as engines:
            for frame in camera:
                truth = camera.truth(frame.time_s)
                hands = {
                    name: slots[name].update(frame.time_s, engine.detect(frame), camera.image_size)
                    for name, engine in engines.items()
                }
                for slot in np.flatnonzero(truth.seen):
                    held = {name: found.landmarks[slot] for name, found in hands.items() if found.seen[slot]}
                    off.append(
                        {name: error(hand, truth.landmarks[slot], frame) for name, hand in held.items()}
                    )
                add(swapped, {name: _num_swapped(hands[name], truth, frame) for name in ENGINES})
    return {"swapped": swapped, **_means(off)}


def _crossing(person: int, view: View) -> VirtualCamera:
    scene = make_crossing_scene(("swipe_left", "grab", "wave"), seed=person, person=person, view=view)
    return VirtualCamera(scene, seed=person)


def _num_swapped(hands: HandFrame, truth: HandFrame, frame: Frame) -> int:
    if not truth.seen.all() or error(truth.landmarks[0], truth.landmarks[1], frame) < 1:
        return 0
    slots = np.flatnonzero(hands.seen)
    straight, crossed = (
        sum(error(hands.landmarks[slot], truth.landmarks[abs(slot - turn)], frame) for slot in slots)
        for turn in (0, 1)
    )
    return len(slots) if crossed < straight else 0
