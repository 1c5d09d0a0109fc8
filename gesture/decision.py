"""Probabilities over time -> events. A gesture fires once, is never taken back, and ends once.

In: one probability vector per tick of one hand. Out: `GestureEvent`s. The state is what a reader would guess:
nothing, or one gesture that is going on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gesture.types import Array, GestureEvent, Hand

THRESHOLD = 0.7
"""Onset threshold where none is asked for: a network that has seen few takes is seldom surer than .8."""


@dataclass(frozen=True)
class Decision:
    """When a gesture counts. Times in seconds, so that they hold at any rate.

    Attributes:
        patience_s: how long a label must stay at its threshold before its onset fires. At one threshold for all,
            more patience means fewer false onsets, and later ones (docs/benchmarks.md). It gates the peak and not a
            smoothed mean, because short gestures reach theirs for few ticks.
        release: the gesture has ended once its probability is below `release` x its threshold; low enough that a
            wavering probability neither fires twice nor cuts a gesture short.
        release_s: for how long it must be below.
        extent: where a gesture is said to have begun and ended: its probability is at `extent` x its threshold. Higher
            than `release`, because a probability rises before a gesture and lingers after it. The lower, the more takes
            are covered by half, as the rules of SHREC 2021 ask, and the longer a gesture is said to be, which those of
            2022 mind; chosen between the two on the quarters of SHREC 2021 that only calibrate.
        cooldown_s: after its end the same label stays quiet for this long.
        delay_s: how far the labels were shifted in training; subtracted to tell when a gesture began or ended.

    Example:
        >>> Decision(cooldown_s=0.5).cooldown_s
        0.5
    """

    patience_s: float = 0.12
    release: float = 0.3
    release_s: float = 0.12
    cooldown_s: float = 0.2
    delay_s: float = 0.28
    extent: float = 0.4


class Spotter:
    """The decision for one hand's stream.

    Args:
        labels: (C,) names, class 0 is background.
        thresholds: (C,) onset thresholds; the background's is not used.
        decision: the other parameters.
        hand: whose stream.
        rate_hz: ticks a second.

    Example:
        >>> spotter = Spotter(("background", "wave"), (1.0, 0.7), Decision(), "right", 25.0)
        >>> [spotter.update(np.array([0.1, 0.9], np.float32), tick / 25) for tick in range(3)][2][0].label
        'wave'
    """

    def __init__(
        self,
        labels: tuple[str, ...],
        thresholds: tuple[float, ...],
        decision: Decision,
        hand: Hand,
        rate_hz: float,
    ) -> None:
        self.labels = labels
        self.hand = hand
        self._rate_hz = rate_hz
        levels = np.array([np.inf, *thresholds[1:]], np.float32)
        self._thresholds: list[float] = levels.tolist()
        self._releases: list[float] = (decision.release * levels).tolist()
        self._extents: list[float] = (decision.extent * levels).tolist()
        self._decision = decision
        self._patience = max(1, round(decision.patience_s * rate_hz))
        self._release = max(1, round(decision.release_s * rate_hz))
        self._quiet_until_s = [-math.inf] * len(labels)
        self._restart()

    def _restart(self) -> None:
        self._above = self._within = [0] * len(self.labels)
        """For how many ticks each label has been at its threshold, and at the level of its extent."""
        self._active: GestureEvent | None = None
        self._below = self._outside = 0
        """For how many ticks what is active has been below its release, and below its extent."""

    @property
    def active(self) -> GestureEvent | None:
        """The onset of the gesture that is going on, or None."""
        return self._active

    def update(self, probabilities: Array, time_s: float) -> list[GestureEvent]:
        """Take one tick.

        Args:
            probabilities: (C,), summing to 1.
            time_s: the tick.

        Returns:
            The events decided at this tick: none, an onset, an end, or an end followed by an onset.
        """
        values: list[float] = probabilities.tolist()
        self._above = _counted_on(self._above, values, self._thresholds)
        self._within = _counted_on(self._within, values, self._extents)
        return self._end_if_over(values, time_s) + self._onset(values, time_s)

    def _end_if_over(self, probabilities: list[float], time_s: float) -> list[GestureEvent]:
        if self._active is None:
            return []
        active = self.labels.index(self._active.label)
        self._below = 0 if probabilities[active] >= self._releases[active] else self._below + 1
        self._outside = 0 if self._within[active] else self._outside + 1
        return self.end(time_s) if self._below >= self._release else []

    def _onset(self, probabilities: list[float], time_s: float) -> list[GestureEvent]:
        ripe = [index for index, num_ticks in enumerate(self._above) if num_ticks >= self._patience]
        best = max(ripe, key=probabilities.__getitem__, default=None)
        if best is None or time_s < self._quiet_until_s[best]:
            return []
        if self._active is not None and self._active.label == self.labels[best]:
            return []
        ended = self.end(time_s)
        within_since_s = time_s - (self._within[best] - 1) / self._rate_hz
        start_s = max(0.0, within_since_s - self._decision.delay_s)
        self._active = GestureEvent(
            self.labels[best], self.hand, "onset", start_s, time_s, None, probabilities[best]
        )
        self._below = self._outside = 0
        return [*ended, self._active]

    def end(self, time_s: float) -> list[GestureEvent]:
        """End what is going on, because another gesture begins or the hand has left.

        Returns:
            The end of the active gesture, or nothing.
        """
        onset, self._active = self._active, None
        if onset is None:
            return []
        self._quiet_until_s[self.labels.index(onset.label)] = time_s + self._decision.cooldown_s
        end_s = max(onset.start_s, time_s - self._outside / self._rate_hz - self._decision.delay_s)
        return [GestureEvent(onset.label, onset.hand, "end", onset.start_s, time_s, end_s, onset.score)]

    def clear(self, time_s: float) -> list[GestureEvent]:
        """The hand has left: end what is going on and forget what was rising."""
        ended = self.end(time_s)
        self._restart()
        return ended


def _counted_on(counts: list[int], values: list[float], levels: list[float]) -> list[int]:
    # Plain lists: on a dozen labels they are as fast as NumPy, and faster right after the landmark network.
    return [
        count + 1 if value >= level else 0 for count, value, level in zip(counts, values, levels, strict=True)
    ]
