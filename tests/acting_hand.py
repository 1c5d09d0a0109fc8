"""A virtual hand that does what a recording session asks for: the camera and the person of the scripted user."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from types import TracebackType

from gesture.session import Session
from gesture.types import Frame, HandFrame
from gesture.virtual import GESTURES, VirtualCamera, make_scene

_REACTION_S = 0.3
_LINGER_S = 0.05
_LOOK_S = 0.5


class ActingHand:
    """Films one scene after another, each with one gesture, and lets time stand still where a person would wait.

    The hand comes into view and goes to where its gesture begins; there it waits for "now". It makes the gesture
    and waits until the session has seen enough. Whoever runs the session calls `follow` with it.

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
        self._seed += 1
        scene = make_scene([label], seed=self._seed, person=1, distance_m=0.6)
        self._camera = VirtualCamera(scene, rate_hz=self.rate_hz, image_size=self._image_size, seed=1)
        self._label, self._take, self._scene_s = label, scene.takes[0], 0.0
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
        if is_over or has_seen_it or (phase == "waiting" and label != self._label):
            self._begin(label)
        waits = self._go_s is None or now_s - self._go_s < _REACTION_S
        stop_s = self._take.start_s if waits else self._take.end_s + _LINGER_S
        self._scene_s = min(self._scene_s + 1 / self.rate_hz, stop_s)

    def _wish(self) -> tuple[str, str]:
        """The session's phase, and the gesture that it wants next."""
        if self._session is None:
            return "waiting", self._label
        wanted = self._session.next_label if self._session.phase == "kept" else self._session.label
        return self._session.phase, wanted if wanted in GESTURES else self._label
