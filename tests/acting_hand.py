"""A virtual hand that does what a recording session asks for: the camera and the person of the scripted user."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import TracebackType

import numpy as np

from gesture.session import Session
from gesture.types import BACKGROUND, Frame, HandFrame
from gesture.virtual import GESTURES, VirtualCamera, make_idle_scene, make_scene

PERSON, DISTANCE_M = 1, 0.6
"""Who acts, and how far from the camera."""
_REACTION_S = 0.3
_LINGER_S = 0.05
_LOOK_S = 0.5
_IDLE_S = 60.0
_PAUSE_S = 0.5


class Performance:
    """The same person makes gestures that nobody counts down: each time the hand comes into view, rests for a moment
    where its gesture begins, makes it and leaves.

    Args:
        labels: in their order.
        seed: of everything that varies.
        rate_hz: frames a second, as fast as they can be drawn.

    Attributes:
        takes: the truth.
    """

    paced = False

    def __init__(self, labels: Sequence[str], *, seed: int = 900, rate_hz: float = 30.0) -> None:
        self.rate_hz = rate_hz
        self._moments: list[tuple[VirtualCamera, float]] = []
        takes = []
        for index, label in enumerate(labels):
            scene = make_scene([label], seed=seed + index, person=PERSON, distance_m=DISTANCE_M, idle_s=0.0)
            camera, take = VirtualCamera(scene, rate_hz=rate_hz, seed=1), scene.takes[0]
            began_s = len(self._moments) / rate_hz + _PAUSE_S
            takes.append(replace(take, start_s=began_s + take.start_s, end_s=began_s + take.end_s))
            rest = [take.start_s] * round(_PAUSE_S * rate_hz)
            times_s = np.arange(0.0, scene.duration_s, 1 / rate_hz)
            times_s = [*times_s[times_s < take.start_s], *rest, *times_s[times_s >= take.start_s]]
            self._moments += [(camera, float(time_s)) for time_s in times_s]
        self.takes = tuple(takes)

    def __enter__(self) -> Performance:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._moments.clear()

    def __iter__(self) -> Iterator[Frame]:
        for index, (camera, time_s) in enumerate(self._moments):
            yield Frame(camera.image_at(time_s), index / self.rate_hz)


class ActingHand:
    """Films one scene after another, each with one gesture, and lets time stand still where a person would wait.

    The hand comes into view and goes to where its gesture begins; there it waits for "now". It makes the gesture,
    waits until the session has seen enough, and leaves: on the way that follows the gesture, or, where it was not
    made, on the one that it came. Whoever runs the session calls `follow` with it.

    Args:
        seed: of everything that varies.
        rate_hz: frames a second.
        paced: frames come at a camera's pace; without, as fast as they can be drawn.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        rate_hz: float = 30.0,
        paced: bool = True,
        image_size: tuple[int, int] = (640, 480),
    ) -> None:
        self.rate_hz, self.paced = rate_hz, paced
        self._seed = seed
        self._image_size = image_size
        self._session: Session | None = None
        self._open = True
        self._begin("wave")

    def follow(self, session: Session) -> None:
        """Whose wishes to fulfil."""
        self._session = session

    def __enter__(self) -> ActingHand:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open = False

    def __iter__(self) -> Iterator[Frame]:
        began_s, index = time.monotonic(), 0
        while self._open:
            if self.paced:
                time.sleep(max(0.0, began_s + index / self.rate_hz - time.monotonic()))
            self._act(index / self.rate_hz)
            yield Frame(self._camera.image_at(self._scene_s), index / self.rate_hz)
            index += 1

    def truth(self, time_s: float) -> HandFrame:
        """Where the hand is in the newest frame, for who wants no hand models."""
        return replace(self._camera.truth(self._scene_s), time_s=time_s)

    def _begin(self, label: str) -> None:
        """Out of view, about to make a gesture, or to idle."""
        self._seed += 1
        scene = (
            make_idle_scene(_IDLE_S, seed=self._seed, person=PERSON, distance_m=DISTANCE_M)
            if label == BACKGROUND
            else make_scene([label], seed=self._seed, person=PERSON, distance_m=DISTANCE_M, idle_s=0.0)
        )
        self._camera = VirtualCamera(scene, rate_hz=self.rate_hz, image_size=self._image_size, seed=1)
        self._label, self._scene_s, self._leaving = label, 0.0, 0
        take = scene.takes[0] if scene.takes else None
        self._start_s, self._end_s = (take.start_s, take.end_s) if take else (_IDLE_S, _IDLE_S)
        self._go_s: float | None = None
        self._kept_s: float | None = None

    def _act(self, now_s: float) -> None:
        phase, label = self._wish()
        if phase == "moving":
            self._go_s = now_s if self._go_s is None else self._go_s
        elif phase == "kept":
            self._kept_s = now_s if self._kept_s is None else self._kept_s
        is_over = self._go_s is not None and phase not in ("moving", "kept")
        has_seen_it = self._kept_s is not None and now_s - self._kept_s > _LOOK_S
        if not self._leaving and (is_over or has_seen_it or (phase != "kept" and label != self._label)):
            self._leaving = 1 if self._scene_s > self._start_s else -1
        self._scene_s += self._step_s(now_s)
        if self._leaving and not 0 < self._scene_s < self._camera.scene.duration_s:
            self._begin(label)

    def _step_s(self, now_s: float) -> float:
        """How far the scene goes on until the next frame."""
        step_s = 1 / self.rate_hz
        if self._leaving:
            return self._leaving * step_s
        waits = self._go_s is None or now_s - self._go_s < _REACTION_S
        stop_s = self._start_s if waits else self._end_s + _LINGER_S
        return min(step_s, stop_s - self._scene_s)

    def _wish(self) -> tuple[str, str]:
        """The session's phase, and what it wants next."""
        if self._session is None:
            return "waiting", self._label
        wanted = self._session.next_label if self._session.phase == "kept" else self._session.label
        return self._session.phase, wanted if wanted in (*GESTURES, BACKGROUND) else self._label
