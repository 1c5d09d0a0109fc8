"""Landmarks on the model's clock -> feature vectors. The only place that knows what the model sees.

Two steps, so that live and training share every line: `pose` looks at one tick of one hand; `features` compares
it with the same hand a little earlier (`LAGS_S`). Offline both get whole arrays, live a single row.

The person's frame: +x the person's right, +y up, +z towards the person, in pixels. Shape and orientation of a
left hand are mirrored to those of a right hand; its path stays as seen, so that "left" means left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gesture.types import SLOTS, Array, View

NAME = "hand"
VERSION = 1
LAGS_S = (0.12, 0.24, 0.48)
"""How far back each motion feature looks: within a flick, a stroke, and most of a circle. Three ticks are the
least that spans two frames of a 12-frames-a-second camera."""

Rows = NDArray[np.float64]

WRIST, THUMB_TIP, INDEX_MCP, MIDDLE_MCP, PINKY_MCP = 0, 4, 5, 9, 17
TIPS = (4, 8, 12, 16, 20)
_PALM = np.array([0, 5, 9, 13, 17])
_SIDE_STARTS = np.array([WRIST, WRIST, WRIST, PINKY_MCP])
_SIDE_ENDS = np.array([INDEX_MCP, MIDDLE_MCP, PINKY_MCP, INDEX_MCP])
_NEXT, _AFTER = np.array([1, 2, 0]), np.array([2, 0, 1])
_SHAPE, _ORIENTATION, _PALM_XY, _LOG_SIZE, _FRAME_TIME, _AGE, _PRESENT = (
    slice(0, 60),
    slice(60, 66),
    slice(66, 68),
    68,
    69,
    70,
    71,
)
POSE_SIZE = 72
_PLACE = slice(66, 69)  # palm and log size: what a velocity is made of
_TIP_ROWS = np.array(TIPS) - 1
_TIP_COLUMNS = np.concatenate([np.arange(3) + 3 * (tip - 1) for tip in TIPS])
_MIN_SPAN_S = 0.04
_MAX_AGE_S = 0.5


@dataclass(frozen=True)
class Geometry:
    """How a camera's image relates to the person in it.

    Attributes:
        image_size: (width, height) in pixels.
        view: "facing" or "egocentric".
        mirrored: True if the image arrived flipped.
    """

    image_size: tuple[int, int]
    view: View = "facing"
    mirrored: bool = False

    @property
    def scale(self) -> NDArray[np.float64]:
        """(3,): from image coordinates to the person's frame, in pixels.

        A facing camera sees the person's right on the image's left and has its depth axis point at the person;
        for a camera on the person's head both are the other way round.
        """
        width, height = self.image_size
        facing = self.view == "facing"
        sign_x = -1.0 if facing != self.mirrored else 1.0
        return np.array([sign_x * width, -height, width if facing else -width])


def pose(
    landmarks: Array,
    frame_times_s: Rows,
    times_s: Rows,
    present: NDArray[np.bool_],
    slot: int,
    geometry: Geometry,
) -> Rows:
    """One hand at each tick, by itself: shape in the palm's own frame, orientation, place and size.

    Args:
        landmarks: (T, 21, 3) of one tracked hand, as in `HandFrame`.
        frame_times_s: (T,) when each was captured.
        times_s: (T,) the ticks.
        present: bool (T,), False where the hand is held.
        slot: 0 for the left hand, 1 for the right.
        geometry: of the camera.

    Returns:
        float64 (T, `POSE_SIZE`): 20 landmarks from the wrist in the palm's axes, in hand sizes (60); the palm's
        direction and normal in the person's frame (6); the palm's centre in pixels (2); log hand size (1); the
        frame's time, its age at the tick, and presence.
    """
    points = landmarks * geometry.scale  # (T, 21, 3) the person's frame
    palm_xy = points[:, _PALM, :2].sum(axis=1) / len(_PALM)
    if SLOTS[slot] == "left":
        points = points * (-1.0, 1.0, 1.0)
    points = points - points[:, :1]
    size = _hand_size(points)
    axes = palm_axes(points)  # (T, 3, 3)
    shape = (points[:, 1:, None, :] * axes[:, None, :, :]).sum(axis=-1) / size[:, None, None]
    rows = np.empty((len(points), POSE_SIZE))
    rows[:, _SHAPE] = shape.reshape(len(points), 60)
    rows[:, _ORIENTATION] = axes[:, 1:].reshape(len(points), 6)
    rows[:, _PALM_XY] = palm_xy
    rows[:, _LOG_SIZE] = np.log(size)
    rows[:, _FRAME_TIME] = frame_times_s
    rows[:, _AGE] = np.minimum(times_s - frame_times_s, _MAX_AGE_S)
    rows[:, _PRESENT] = present
    return rows


def _hand_size(points: Rows) -> Rows:
    """(T,): mean length of the palm's four sides, in pixels; unlike one bone it hardly changes with the view."""
    sides = points[:, _SIDE_ENDS] - points[:, _SIDE_STARTS]
    size: Rows = np.sqrt((sides * sides).sum(axis=-1)).sum(axis=-1) / 4
    return np.maximum(size, 1e-6)


def palm_axes(points: Rows) -> Rows:
    """The palm's own axes: across, along (wrist to middle knuckle) and normal.

    Args:
        points: (T, 21, 3) from the wrist, in any unit.

    Returns:
        float64 (T, 3, 3): rows are unit vectors.
    """
    along = _unit(points[:, MIDDLE_MCP])
    normal = _unit(_cross(points[:, INDEX_MCP], points[:, PINKY_MCP]))
    axes = np.empty((len(points), 3, 3))
    axes[:, 0] = _unit(_cross(along, normal))
    axes[:, 1] = along
    axes[:, 2] = _cross(axes[:, 0], along)
    return axes


def _cross(a: Rows, b: Rows) -> Rows:
    # np.cross is several times slower on the few rows of the live path.
    return a[:, _NEXT] * b[:, _AFTER] - a[:, _AFTER] * b[:, _NEXT]


def _unit(vectors: Rows) -> Rows:
    length = np.sqrt((vectors * vectors).sum(axis=-1, keepdims=True))
    unit: Rows = vectors / np.maximum(length, 1e-9)
    return unit


def features(now: Rows, before: Rows) -> Array:
    """What the model sees of one hand at each tick.

    Args:
        now: (T, `POSE_SIZE`).
        before: (L, T, `POSE_SIZE`), the same hand `LAGS_S` earlier, no earlier than its track began.

    Returns:
        float32 (T, `NUM_FEATURES`): shape (60), orientation (6), how far each fingertip is from the wrist (5) and
        the thumb's from the others (4), presence and age (2); per lag the palm's velocity and growth in hand
        sizes a second (3) and the change of orientation (6); the fingertips' change over the shortest lag (15).
    """
    shape = now[:, _SHAPE].reshape(len(now), 20, 3)
    tips = shape[:, _TIP_ROWS]
    apart = tips[:, 1:] - tips[:, :1]
    reach = np.sqrt((tips * tips).sum(axis=-1))
    pinch = np.sqrt((apart * apart).sum(axis=-1))
    flick = now[:, _TIP_COLUMNS] - before[0][:, _TIP_COLUMNS]
    columns = [now[:, :66], reach, pinch, now[:, [_PRESENT, _AGE]], _motion(now, before), flick]
    return np.concatenate(columns, axis=1).astype(np.float32)


def _motion(now: Rows, before: Rows) -> Rows:
    """(T, 9 L): for each lag the velocity of the palm (x, y, growth) and the change of orientation.

    Frames' own times are used, so that jitter, held hands and a camera slower than the clock do not show.
    """
    span_s = np.maximum(now[:, _FRAME_TIME] - before[..., _FRAME_TIME], _MIN_SPAN_S)  # (L, T)
    motion = np.empty((len(now), len(before), 9))
    by_lag = motion.swapaxes(0, 1)  # (L, T, 9)
    by_lag[..., :3] = now[:, _PLACE] - before[..., _PLACE]
    by_lag[..., :2] /= np.exp(0.5 * (now[:, _LOG_SIZE] + before[..., _LOG_SIZE]))[..., None]
    by_lag[..., :3] /= span_s[..., None]
    by_lag[..., 3:] = now[:, _ORIENTATION] - before[..., _ORIENTATION]
    return motion.reshape(len(now), -1)


def lags(rate_hz: float) -> tuple[int, ...]:
    """`LAGS_S` in ticks.

    Example:
        >>> lags(25.0)
        (3, 6, 12)
    """
    return tuple(max(1, round(lag_s * rate_hz)) for lag_s in LAGS_S)


def track_features(poses: Rows, rate_hz: float) -> Array:
    """The features of a whole track.

    Args:
        poses: (T, `POSE_SIZE`), one hand from its appearance on.
        rate_hz: the model's rate.

    Returns:
        float32 (T, `NUM_FEATURES`).
    """
    index = np.arange(len(poses))
    return features(poses, np.stack([poses[np.maximum(index - lag, 0)] for lag in lags(rate_hz)]))


def relation(left: Rows, right: Rows) -> Array:
    """How two tracked hands lie to each other, for gestures made with both.

    Args:
        left, right: (T, `POSE_SIZE`).

    Returns:
        float32 (T, `NUM_RELATIONS`): from the left palm to the right one in hand sizes (2), log ratio of sizes.
    """
    size = np.exp(0.5 * (left[:, _LOG_SIZE] + right[:, _LOG_SIZE]))[:, None]
    offset = (right[:, _PALM_XY] - left[:, _PALM_XY]) / size
    ratio = (right[:, _LOG_SIZE] - left[:, _LOG_SIZE])[:, None]
    return np.concatenate([offset, ratio], axis=1).astype(np.float32)


NUM_FEATURES = 66 + 5 + 4 + 2 + 9 * len(LAGS_S) + 15
NUM_RELATIONS = 3
