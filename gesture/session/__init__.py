"""A recording session: hands and keys go in, what to write and what to show come out.

    waiting -> countdown -> moving -> kept -> waiting -> ... -> background -> done

`waiting` until a hand is in view and at rest; `countdown`; `moving` from "now" until the hand rests, leaves, or a
key is pressed; `kept`, shown for a moment. Any of them can be `paused`. No camera, window, disk or clock of its
own: time is that of the frames.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from gesture.errors import DataError
from gesture.session.quality import Shot, find_faults
from gesture.session.stillness import GAP_S, Stillness
from gesture.trimming import POSE_S, trim, trim_pose
from gesture.types import BACKGROUND, HandFrame, Recording, Take, View

Phase = Literal["waiting", "countdown", "moving", "kept", "paused", "background", "done"]

STEP_S = 0.6
NUM_STEPS = 3
COUNTDOWN_S = NUM_STEPS * STEP_S
REST_S = 0.4
"""A hand that is still for so long has finished: longer than a wave's turning points."""
STEADY_S = 0.2  # before "now": a hand that moves then would lose the beginning of its gesture
GONE_S = 0.6
REACTION_S = 0.8
LONGEST_S = 8.0
KEPT_S, KEPT_WITH_FAULTS_S = 1.5, 3.0

QUIT, UNDO, DISCARD, GO_ON = ("q", "escape"), ("u",), ("x", "backspace", "delete"), ("space", "enter")


@dataclass(frozen=True)
class Keep:
    """Write this take."""

    take: Take


@dataclass(frozen=True)
class TakeBack:
    """Turn the take that was kept last into `ignore`."""

    take: Take


@dataclass(frozen=True)
class Ignore:
    """Train this interval as nothing."""

    start_s: float
    end_s: float


@dataclass(frozen=True)
class Sound:
    """Let the person hear where they are."""

    name: Literal["tick", "go", "kept", "fault"]


Effect = Keep | TakeBack | Ignore | Sound


class Session:
    """Leads through the takes of some labels, hands-free.

    Labels take turns, each once and then again: so every label is among the last takes, which are held out
    where there is only one recording, and nobody gets sloppy over ten of a kind.

    Args:
        labels: the gestures to record.
        num_takes: of each.
        background_s: how long idle hands are recorded after the takes.
        view, mirrored: of the camera, for `Shot.recording`.

    Attributes:
        phase: where it is.
        shot: the take that was made last, with its frames; None before the first.
        faults: what is wrong with that take.
        note: what just happened that the person should know; "" for nothing.

    Example:
        >>> session = Session(["wave"], num_takes=10)
        >>> for hand_frame in hand_frames:
        ...     for effect in session.update(hand_frame):
        ...         print(effect)
    """

    def __init__(
        self,
        labels: Sequence[str],
        num_takes: int,
        *,
        background_s: float = 0.0,
        view: View = "facing",
        mirrored: bool = False,
    ) -> None:
        self._plan = tuple(label for _ in range(num_takes) for label in labels)
        self._background_s = background_s
        self._view: View = view
        self._mirrored = mirrored
        self._kept: list[tuple[int, Shot]] = []
        self._stillness = Stillness()
        self._frames: list[HandFrame] = []
        self._since_s, self._counted_s = -math.inf, 0.0
        self.faults: tuple[str, ...] = ()
        self.note = ""
        self.phase: Phase = self._after_takes()

    # --- what to show ---------------------------------------------------------------------------------

    @property
    def shot(self) -> Shot | None:
        return self._kept[-1][1] if self._kept else None

    @property
    def label(self) -> str:
        """What is being made now, or was just kept; "" when all is done."""
        if self.phase == "kept":
            return self._plan[self._kept[-1][0]]
        if self.phase == "background":
            return BACKGROUND
        return self._upcoming(0)

    @property
    def next_label(self) -> str:
        """What comes after `label`; "" if nothing does."""
        return self._upcoming(0 if self.phase in ("kept", "background") else 1)

    @property
    def counts(self) -> dict[str, tuple[int, int]]:
        """By label: how many takes are kept, how many are wanted."""
        kept = Counter(self._plan[index] for index, _ in self._kept)
        return {label: (kept[label], wanted) for label, wanted in Counter(self._plan).items()}

    @property
    def count(self) -> int:
        """The number of the countdown: 3, 2, 1; 0 elsewhere."""
        return max(1, math.ceil(NUM_STEPS - self._elapsed_s / STEP_S)) if self.phase == "countdown" else 0

    @property
    def remaining_s(self) -> float:
        """Seconds of idle hands still to come."""
        return max(0.0, self._background_s - self._elapsed_s) if self.phase == "background" else 0.0

    @property
    def message(self) -> str:
        """What the person should do or know now, in one line."""
        hint = "show a hand" if self._stillness.is_gone(GAP_S) else "hold still"
        return {
            "waiting": f"{self.label}: {hint}",
            "countdown": f"{self.label}: {'get ready' if self._elapsed_s < COUNTDOWN_S else hint}",
            "moving": f"{self.label}: now!",
            "kept": f"kept {_describe(self.shot.take)}" if self.shot else "",
            "paused": "paused",
            "background": "idle hands: anything but a gesture",
            "done": "done",
        }[self.phase]

    # --- what happens ---------------------------------------------------------------------------------

    def update(self, hand_frame: HandFrame) -> list[Effect]:
        """Take the next frame, later than all before; what is to be done about it."""
        self._stillness.update(hand_frame)
        if math.isinf(self._since_s):
            self._since_s = hand_frame.time_s
        if self.phase == "waiting" and self._stillness.is_at_rest(REST_S):
            return self._enter("countdown", Sound("tick"))
        if self.phase == "countdown":
            return self._count_down(hand_frame)
        if self.phase == "moving":
            self._frames.append(hand_frame)
            return self._finish() if self._is_over() else []
        if self.phase == "kept" and self._elapsed_s >= (KEPT_WITH_FAULTS_S if self.faults else KEPT_S):
            return self._enter(self._after_takes())
        if self.phase == "background" and self.remaining_s == 0:
            return self._enter("done", Sound("kept"))
        return []

    def press(self, key: str | None) -> list[Effect]:
        """Take a key by its name in `Window.show`; what is to be done about it."""
        if self.phase == "done":
            return []
        if key in QUIT:
            return [*self._abandon(), *self._enter("done")]
        if key in DISCARD and self.phase == "moving":
            self.note = f"{self.label}: thrown away"
            return [*self._abandon(), *self._enter("waiting")]
        if key in UNDO or key in DISCARD:
            return [*self._abandon(), *self._take_back()]
        return self._go_on() if key in GO_ON else []

    def _go_on(self) -> list[Effect]:
        if self.phase == "moving":
            return self._finish()
        if self.phase == "kept":
            return self._enter(self._after_takes())
        if self.phase == "background":
            return self._enter("done")
        return [*self._abandon(), *self._enter("waiting" if self.phase == "paused" else "paused")]

    def _count_down(self, hand_frame: HandFrame) -> list[Effect]:
        if self._stillness.is_gone(GAP_S):
            return [*self._abandon(), *self._enter("waiting")]
        if self._elapsed_s >= COUNTDOWN_S and self._stillness.is_at_rest(STEADY_S):
            self._frames, self.note, self.faults = [hand_frame], "", ()
            return [*self._abandon(), *self._enter("moving", Sound("go"))]
        reached = self._elapsed_s % STEP_S < self._elapsed_s - self._counted_s
        self._counted_s = self._elapsed_s
        return [Sound("tick")] if reached and self._elapsed_s < COUNTDOWN_S else []

    def _is_over(self) -> bool:
        stillness = self._stillness
        return (
            (self._has_moved and stillness.is_at_rest(REST_S))
            or stillness.time_s - max(stillness.last_seen_s, self._since_s) >= GONE_S
            or (not self._has_moved and self._elapsed_s >= REACTION_S + POSE_S)
            or self._elapsed_s >= LONGEST_S
        )

    def _finish(self) -> list[Effect]:
        try:
            shot = self._cut()
        except DataError as error:
            self.note = f"{error} Once more."
            return [*self._abandon(), *self._enter("waiting", Sound("fault"))]
        index = self._todo()[0]
        others = [other for at, other in self._kept if self._plan[at] == self._plan[index]]
        self.faults = tuple(find_faults(shot, others))
        self._kept.append((index, shot))
        return [Keep(shot.take), *self._enter("kept", Sound("fault" if self.faults else "kept"))]

    def _cut(self) -> Shot:
        recording = Recording.from_frames(self._frames, person="", view=self._view, mirrored=self._mirrored)
        first_s, last_s = self._frames[0].time_s, self._frames[-1].time_s
        cut = trim if self._has_moved else trim_pose
        return Shot(recording, cut(recording, self.label, first_s, last_s + 1e-6))

    def _take_back(self) -> list[Effect]:
        if not self._kept:
            self.note = "there is no take to throw away"
            return [] if self.phase == "waiting" else self._enter("waiting")
        _, shot = self._kept.pop()
        self.note, self.faults = f"{shot.take.label}: thrown away", ()
        return [TakeBack(shot.take), *self._enter("waiting")]

    def _abandon(self) -> list[Effect]:
        """What was going on is trained as nothing; a pause too, in which people try the gesture."""
        lost = self.phase in ("countdown", "moving", "paused") and self._since_s < self._stillness.time_s
        return [Ignore(self._since_s, self._stillness.time_s)] if lost else []

    def _enter(self, phase: Phase, *effects: Effect) -> list[Effect]:
        self.phase, self._since_s, self._counted_s = phase, self._stillness.time_s, 0.0
        return list(effects)

    # --- small things ---------------------------------------------------------------------------------

    @property
    def _elapsed_s(self) -> float:
        return 0.0 if math.isinf(self._since_s) else self._stillness.time_s - self._since_s

    @property
    def _has_moved(self) -> bool:
        return self._stillness.last_moved_s > self._since_s

    def _todo(self) -> list[int]:
        kept = {index for index, _ in self._kept}
        return [index for index in range(len(self._plan)) if index not in kept]

    def _upcoming(self, which: int) -> str:
        todo = self._todo()
        return self._plan[todo[which]] if len(todo) > which else ""

    def _after_takes(self) -> Phase:
        if self._todo():
            return "waiting"
        return "background" if self._background_s else "done"


def _describe(take: Take) -> str:
    hand = "both hands" if take.hand == "both" else f"{take.hand} hand"
    return f"{take.label}: {hand}, {take.end_s - take.start_s:.1f} s"
