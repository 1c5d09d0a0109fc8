"""`HandFrame` after `HandFrame` -> whether a hand is in view and at rest, now. Looks back only."""

from __future__ import annotations

from collections import deque

import numpy as np

from gesture.trimming import MOVING, hand_speeds
from gesture.types import HandFrame, Recording

_MEMORY_S = 0.5
_LAG_S = 0.05  # `hand_speeds` measures over twice this: of the newest frames it has only the one half
GAP_S = 0.3
"""A hand that is lost for less was blurred, not gone."""


class Stillness:
    """When a hand was last seen and last moved, on the clock of the frames.

    Attributes:
        time_s: of the newest frame; -inf before the first.
        last_seen_s: when a hand was last in view; -inf if never.
        seen_since_s: since when one has been, gaps below `GAP_S` not counted; +inf while there is none.
        last_moved_s: when one was last faster than `MOVING`; -inf if never.

    Example:
        >>> stillness = Stillness()
        >>> stillness.update(HandFrame.empty(0.0, (640, 480)))
        >>> stillness.is_at_rest(0.4)
        False
    """

    def __init__(self) -> None:
        self.time_s = self.last_seen_s = self.last_moved_s = -np.inf
        self.seen_since_s = np.inf
        self._recent: deque[HandFrame] = deque()

    def update(self, hand_frame: HandFrame) -> None:
        """Take the next frame; later than all before."""
        self.time_s = hand_frame.time_s
        self._recent.append(hand_frame)
        while self._recent[0].time_s < self.time_s - _MEMORY_S:
            self._recent.popleft()
        if hand_frame.seen.any():
            self.last_seen_s = self.time_s
            self.seen_since_s = min(self.seen_since_s, self.time_s)
        elif self.is_gone(GAP_S):
            self.seen_since_s = np.inf
        self._measure()

    def is_gone(self, seconds: float) -> bool:
        """Whether no hand has been in view for so long."""
        return self.time_s - self.last_seen_s >= seconds

    def is_at_rest(self, seconds: float) -> bool:
        """Whether a hand is in view and has been for so long, without moving."""
        since_s = max(self.seen_since_s, self.last_moved_s)
        return self.time_s - since_s >= seconds and not self.is_gone(GAP_S)

    def _measure(self) -> None:
        recent = Recording.from_frames(self._recent, person="")
        settled = recent.times_s <= self.time_s - _LAG_S
        moving = np.nan_to_num(hand_speeds(recent)[settled]).max(axis=1, initial=0.0) > MOVING
        if moving.any():
            self.last_moved_s = max(self.last_moved_s, float(recent.times_s[settled][moving][-1]))
