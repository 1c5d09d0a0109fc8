"""What the live window shows beside the image."""

from __future__ import annotations

from dataclasses import dataclass

from gesture.types import Array, GestureEvent

FADE_S = 1.2
"""How long an event's name stays, fading."""


@dataclass(frozen=True)
class LiveStatus:
    """What the live window shows beside the image. C = number of labels; every field may be left out.

    Attributes:
        labels: the model's labels, in its order.
        probabilities: (2, C), a row per hand, NaN for a hand that is not followed; (1, C) from a model that
            sees both hands at once; None where there is no prediction yet.
        thresholds: (C,) from which probability on a label fires, NaN for one that never does; or None.
        events: the latest decisions, in order. Onsets are shown, for `FADE_S` after their `time_s` on the
            clock of the frames.
        fps, delay_s: measured frames per second, and seconds from capture to here; None while unknown.
        model_name: which model answers.
        keys: (key, meaning), in the order shown.
        mirror: flip the image left to right, as a person expects of a camera that faces them. Text never is.
        show_landmarks: draw the hands' skeletons.
        paused: the picture stands still.
        trail: (K, 2, 2) where a point of each hand was in the last K frames, oldest first; x and y in image
            widths and heights, NaN where absent. Drawn as a fading line.
        truth: what is really shown, where that is known ("shown: swipe_left").
        score: the running count beside it ("right 7 missed 0 false 0").
        notice: one line the user should read ("the camera delivers 15 frames a second: turn on a light").

    Example:
        >>> LiveStatus(labels=("background", "wave"), model_name="default", fps=30).paused
        False
    """

    labels: tuple[str, ...] = ()
    probabilities: Array | None = None
    thresholds: Array | None = None
    events: tuple[GestureEvent, ...] = ()
    fps: float | None = None
    delay_s: float | None = None
    model_name: str = ""
    keys: tuple[tuple[str, str], ...] = ()
    mirror: bool = True
    show_landmarks: bool = True
    paused: bool = False
    trail: Array | None = None
    truth: str = ""
    score: str = ""
    notice: str = ""


def visible_events(events: tuple[GestureEvent, ...], time_s: float) -> list[tuple[GestureEvent, float]]:
    """Each hand's newest onset that has not faded yet at `time_s`, with its opacity; left before right.

    Example:
        >>> event = GestureEvent("wave", "right", "onset", 1.0, 1.5, None, 0.9)
        >>> visible_events((event,), 1.6)[0][1]
        1.0
        >>> visible_events((event,), 9.0)
        []
    """
    newest = {event.hand: event for event in events if event.phase == "onset" and event.time_s <= time_s}
    with_opacity = ((newest[hand], _opacity(time_s - newest[hand].time_s)) for hand in sorted(newest))
    return [(event, opacity) for event, opacity in with_opacity if opacity > 0]


def _opacity(age_s: float) -> float:
    """Full for the first third, then smoothly down to nothing."""
    progress = min(max((age_s / FADE_S - 1 / 3) * 1.5, 0.0), 1.0)
    return 1 - progress * progress * (3 - 2 * progress)
