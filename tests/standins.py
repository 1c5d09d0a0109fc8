"""Stand-ins for `Camera` and `Landmarker`, for what records: blank images, and a hand made of arithmetic."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from synthetic import IMAGE_SIZE, hand_at

from gesture.errors import CameraError
from gesture.session import Session
from gesture.types import Frame, HandFrame


class FakeCamera:
    """Thirty blank frames a second, for so long; then it ends, or dies."""

    seconds, dies, image_size, delivered_rate_hz = 60.0, False, IMAGE_SIZE, 30.0

    def __init__(self, source: object) -> None:
        self.name = f"camera {source}"

    def __enter__(self) -> FakeCamera:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __iter__(self) -> Iterator[Frame]:
        width, height = self.image_size
        for index in range(round(self.seconds * 30)):
            yield Frame(np.full((height, width, 3), index % 256, np.uint8), index / 30)
        if self.dies:
            raise CameraError("camera 0: unplugged. Plug it in again.")


class SweepingHand:
    """Sees a right hand that rests, and sweeps to the left 0.8 s after it was told to, within 0.6 s.

    Args:
        session: says when; without one, the first frame does.
        is_blind: sees nothing.
    """

    engine = "fake 1"

    def __init__(self, session: Session | None = None, is_blind: bool = False) -> None:
        self.session, self.is_blind = session, is_blind
        self._go_s: float | None = None

    def detect(self, frame: Frame) -> HandFrame:
        empty = HandFrame.empty(frame.time_s, IMAGE_SIZE)
        if self.is_blind:
            return empty
        if self.session is not None and self.session.phase != "moving":
            self._go_s = None
        elif self._go_s is None:
            self._go_s = frame.time_s
        since_s = 0.0 if self._go_s is None else frame.time_s - self._go_s
        x = 0.4 + 0.3 * np.clip((since_s - 0.8) / 0.6, 0, 1)
        landmarks = empty.landmarks.copy()
        landmarks[1] = hand_at(np.array([x]), np.array([0.6]))[0]
        return HandFrame(
            frame.time_s, landmarks, empty.world_landmarks, empty.scores, empty.presence, IMAGE_SIZE
        )
