"""The objects that pass between the stages, first to last. NumPy only; read this module first.

camera -> `Frame` -> landmarks -> `HandFrame` -> recording -> `Recording` (with its `Take`s)
-> windows, features, model -> `Prediction` -> decision -> `GestureEvent`

Slots: the first axis of every per-hand array has length `NUM_HANDS`: 0 is the person's left hand, 1 the
right one. An absent hand is NaN. Arrays are float32 unless stated. Times are seconds from the source's
start. Shapes are checked once, when an object is made.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Hand = Literal["left", "right", "both"]
View = Literal["facing", "egocentric"]
Phase = Literal["onset", "end"]

NUM_HANDS = 2
NUM_LANDMARKS = 21
SLOTS: tuple[Literal["left"], Literal["right"]] = ("left", "right")

BACKGROUND = "background"
"""Reserved label, always class 0: no gesture."""
IGNORE = "ignore"
"""Reserved label: trained as nothing (discarded takes, countdowns, the edges of a take)."""
NO_ENGINE = "none"
"""The `engine` of landmarks that no tracker saw: the truth of a virtual hand."""


def _check_shape(owner: str, name: str, array: NDArray[Any], expected: tuple[int | None, ...]) -> None:
    matches = len(array.shape) == len(expected) and all(
        want is None or have == want for have, want in zip(array.shape, expected, strict=True)
    )
    if not matches:
        wanted = ", ".join("frames" if want is None else str(want) for want in expected)
        raise ValueError(f"{owner}.{name} has shape {array.shape}. Expected ({wanted}).")


@dataclass(frozen=True)
class Frame:
    """One timed image.

    Attributes:
        image: uint8 (height, width, 3), RGB, as the source delivered it (never flipped).
        time_s: seconds from the source's start, strictly increasing.
    """

    image: NDArray[np.uint8]
    time_s: float

    def __post_init__(self) -> None:
        _check_shape("Frame", "image", self.image, (None, None, 3))


@dataclass(frozen=True)
class HandFrame:
    """The hands of one frame.

    Attributes:
        time_s: seconds, the frame's own time.
        landmarks: (2, 21, 3); x and y in image widths and heights (0 to 1), z on x's scale. MediaPipe's
            21 points in its order.
        world_landmarks: (2, 21, 3) metres about the hand's own centre, in the camera's axes.
        scores: (2,) how sure the handedness is, 0 to 1.
        presence: (2,) how sure it is that there is a hand, 0 to 1; NaN where the engine gives none.
        image_size: (width, height) in pixels.
    """

    time_s: float
    landmarks: Array
    world_landmarks: Array
    scores: Array
    presence: Array
    image_size: tuple[int, int]

    def __post_init__(self) -> None:
        points = (NUM_HANDS, NUM_LANDMARKS, 3)
        _check_shape("HandFrame", "landmarks", self.landmarks, points)
        _check_shape("HandFrame", "world_landmarks", self.world_landmarks, points)
        _check_shape("HandFrame", "scores", self.scores, (NUM_HANDS,))
        _check_shape("HandFrame", "presence", self.presence, (NUM_HANDS,))

    @classmethod
    def empty(cls, time_s: float, image_size: tuple[int, int]) -> HandFrame:
        """A frame in which no hand is seen: all NaN."""
        points = np.full((NUM_HANDS, NUM_LANDMARKS, 3), np.nan, np.float32)
        per_hand = np.full(NUM_HANDS, np.nan, np.float32)
        return cls(time_s, points, points.copy(), per_hand, per_hand.copy(), image_size)

    @property
    def seen(self) -> NDArray[np.bool_]:
        """bool (2,): which slots hold a hand."""
        return ~np.isnan(self.landmarks[:, 0, 0])


@dataclass(frozen=True, order=True)
class Take:
    """One labelled performance of a gesture inside a recording.

    Attributes:
        start_s, end_s: half-open interval in the recording's seconds.
        label: the gesture's name, any Unicode.
        hand: whose hand made it: "left", "right" or "both".
    """

    start_s: float
    end_s: float
    label: str
    hand: Hand

    def __post_init__(self) -> None:
        if not self.start_s < self.end_s:
            raise ValueError(
                f"Take {self.label!r} runs from {self.start_s} to {self.end_s} s. Expected start < end."
            )
        if self.hand not in ("left", "right", "both"):
            raise ValueError(f"Take.hand is {self.hand!r}. Expected 'left', 'right' or 'both'.")


@dataclass(frozen=True)
class Recording:
    """One continuous capture and the takes in it. T = number of frames.

    Attributes:
        times_s: float64 (T,), strictly increasing.
        landmarks, world_landmarks: (T, 2, 21, 3), as in `HandFrame`.
        scores, presence: (T, 2), as in `HandFrame`.
        takes: the labelled intervals, by start.
        person: whose hands: the key by which data is split.
        image_size: (width, height) in pixels.
        view: "facing" (the camera looks at the person) or "egocentric".
        mirrored: True if the image arrived flipped.
        engine: the landmark engine and its version, for example "litert 1"; `NO_ENGINE` for true landmarks.
        name: the folder's name; "" if it was never on disk.
    """

    times_s: NDArray[np.float64]
    landmarks: Array
    world_landmarks: Array
    scores: Array
    presence: Array
    takes: tuple[Take, ...]
    person: str
    image_size: tuple[int, int]
    view: View = "facing"
    mirrored: bool = False
    engine: str = ""
    name: str = ""

    def __post_init__(self) -> None:
        num_frames = len(self.times_s)
        points = (num_frames, NUM_HANDS, NUM_LANDMARKS, 3)
        _check_shape("Recording", "landmarks", self.landmarks, points)
        _check_shape("Recording", "world_landmarks", self.world_landmarks, points)
        _check_shape("Recording", "scores", self.scores, (num_frames, NUM_HANDS))
        _check_shape("Recording", "presence", self.presence, (num_frames, NUM_HANDS))
        if num_frames > 1 and not np.all(np.diff(self.times_s) > 0):
            raise ValueError(
                "Recording.times_s does not increase strictly. Expected one later time per frame."
            )

    @classmethod
    def from_frames(cls, frames: Iterable[HandFrame], *, person: str, **fields: Any) -> Recording:
        """Collect the hands of a stream.

        Args:
            frames: at least one, in order.
            person, fields: the recording's other fields; `takes` may be left out.

        Raises:
            ValueError: no frame.

        Example:
            >>> Recording.from_frames([HandFrame.empty(0.0, (640, 480))], person="p1").landmarks.shape
            (1, 2, 21, 3)
        """
        rows = list(frames)
        if not rows:
            raise ValueError("Recording.from_frames got no frame. Expected at least one.")
        return cls(
            times_s=np.array([row.time_s for row in rows], np.float64),
            landmarks=np.stack([row.landmarks for row in rows]),
            world_landmarks=np.stack([row.world_landmarks for row in rows]),
            scores=np.stack([row.scores for row in rows]),
            presence=np.stack([row.presence for row in rows]),
            person=person,
            image_size=rows[0].image_size,
            **{"takes": (), **fields},
        )

    def __len__(self) -> int:
        return len(self.times_s)

    @property
    def duration_s(self) -> float:
        """Seconds from the first frame to the last; 0 for fewer than two frames."""
        return float(self.times_s[-1] - self.times_s[0]) if len(self) > 1 else 0.0

    def select(
        self, frames: NDArray[np.bool_ | np.int64], times_s: NDArray[np.float64] | None = None
    ) -> Recording:
        """Some of the frames; the takes stay as they are.

        Args:
            frames: bool (T,), or int indices (N,) in any order.
            times_s: float64 (N,), when they are to have been; their own times when left out.

        Example:
            >>> recording.select(recording.times_s < 2.0).times_s.max() < 2.0
            True
        """
        return replace(
            self,
            times_s=self.times_s[frames] if times_s is None else times_s,
            landmarks=self.landmarks[frames],
            world_landmarks=self.world_landmarks[frames],
            scores=self.scores[frames],
            presence=self.presence[frames],
        )

    def frame(self, index: int) -> HandFrame:
        """The hands of one frame, as the live pipeline saw them."""
        return HandFrame(
            float(self.times_s[index]),
            self.landmarks[index],
            self.world_landmarks[index],
            self.scores[index],
            self.presence[index],
            self.image_size,
        )


@dataclass(frozen=True)
class Prediction:
    """What the model says at one tick of its clock.

    Attributes:
        time_s: the tick, in the source's seconds.
        hand: whose hand.
        probabilities: (C,), class 0 is `background`.
    """

    time_s: float
    hand: Hand
    probabilities: Array


@dataclass(frozen=True)
class GestureEvent:
    """A decision made live; never taken back.

    Attributes:
        label: the gesture's name.
        hand: whose hand made it.
        phase: "onset" or "end".
        start_s: when the gesture began.
        time_s: when this was decided.
        end_s: when the gesture ended; None at the onset.
        score: the probability behind the decision, 0 to 1.
    """

    label: str
    hand: Hand
    phase: Phase
    start_s: float
    time_s: float
    end_s: float | None
    score: float

    def to_json(self) -> dict[str, Any]:
        """The event as plain JSON values under the field names, times to the millisecond."""
        return {
            "label": self.label,
            "hand": self.hand,
            "phase": self.phase,
            "start_s": round(self.start_s, 3),
            "time_s": round(self.time_s, 3),
            "end_s": None if self.end_s is None else round(self.end_s, 3),
            "score": round(self.score, 4),
        }
