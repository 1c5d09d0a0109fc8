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

from gesture.types import Array, View

NAME = "hand"
VERSION = 1
LAGS_S = (0.12, 0.24, 0.48)
"""How far back each motion feature looks: within a flick, a stroke, and most of a circle. Three ticks are the
least that spans two frames of a 12-frames-a-second camera."""

Rows = NDArray[np.float64]
BOTH = slice(None)
"""Both slots."""

WRIST, THUMB_TIP, INDEX_MCP, MIDDLE_MCP, PINKY_MCP = 0, 4, 5, 9, 17
TIPS = (4, 8, 12, 16, 20)
_PALM = np.array([0, 5, 9, 13, 17])
_SIDES, _REACH, _PINCH = slice(0, 4), slice(4, 9), slice(9, 13)
_LINE_STARTS = np.array([WRIST, WRIST, WRIST, PINKY_MCP, *[WRIST] * 5, *[THUMB_TIP] * 4])
_LINE_ENDS = np.array([INDEX_MCP, MIDDLE_MCP, PINKY_MCP, INDEX_MCP, *TIPS, *TIPS[1:]])
"""Lines across the hand: the palm's sides, from the wrist to the fingertips, from the thumb's tip to the others."""
_NEXT, _AFTER = np.array([1, 2, 0]), np.array([2, 0, 1])
_MIRROR = np.array([[-1.0, 1.0, 1.0], [1.0, 1.0, 1.0]])  # (2, 3): each slot's hand to a right one
_SIZE, _FRAME_TIME = 79, 80
_STILL = slice(0, 77)  # what the model sees as it is; the rest is there for the motion
_PALM_XY, _PLACE = slice(77, 79), slice(77, 80)  # place: palm and size
POSE_SIZE = 81
_MOVES = np.array([77, 78, 79, *range(60, 66)])  # place and orientation
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
    slots: int | slice | NDArray[np.int64],
    geometry: Geometry,
) -> Rows:
    """Hands at a tick each, every one by itself: shape in the palm's own frame, orientation, place and size.

    Args:
        landmarks: (..., 21, 3), as in `HandFrame`. A hand that is not there is NaN and stays so.
        frame_times_s: (...) when each was captured.
        times_s: (...) the ticks.
        present: bool (...), False where the hand is held.
        slots: whose hands: 0 the left one's, 1 the right one's, one of these for each of the axes (...), or `BOTH`
            where the last of them is the slot.
        geometry: of the camera.

    Returns:
        float64 (..., `POSE_SIZE`): 20 landmarks from the wrist in the palm's axes, in hand sizes (60); the palm's
        direction and normal in the person's frame (6); how far each fingertip is from the wrist (5) and the thumb's
        from the others (4), in hand sizes; presence, and the frame's age at the tick; the palm's centre (2) and the
        hand's size, in pixels; the frame's time.
    """
    mirror = _MIRROR[slots]
    points = landmarks * (geometry.scale * mirror)[..., None, :]
    palm = points.take(_PALM, axis=-2).sum(axis=-2) / len(_PALM) * mirror
    points -= points[..., :1, :]
    lengths = _lengths(points.take(_LINE_ENDS, axis=-2) - points.take(_LINE_STARTS, axis=-2))  # (..., 13)
    # The mean of the palm's four sides, in pixels; unlike one bone it hardly changes with the view.
    size = np.maximum(lengths[..., _SIDES].sum(axis=-1, keepdims=True) / 4, 1e-6)
    axes = palm_axes(points)  # (..., 3, 3)
    shape = points[..., 1:, :] @ (axes / size[..., None]).mT
    # One concatenation, because assigning to the parts of an array is slower on the one row of a live tick.
    return np.concatenate(
        [
            shape.reshape(*frame_times_s.shape, 60),
            axes[..., 1:, :].reshape(*frame_times_s.shape, 6),
            lengths[..., 4:] / size,
            present[..., None],
            np.minimum(times_s - frame_times_s, _MAX_AGE_S)[..., None],
            palm[..., :2],
            size,
            frame_times_s[..., None],
        ],
        axis=-1,
    )


def palm_axes(points: Rows) -> Rows:
    """The palm's own axes: across, along (wrist to middle knuckle) and normal.

    Args:
        points: (..., 21, 3) from the wrist, in any unit.

    Returns:
        float64 (..., 3, 3): rows are unit vectors.
    """
    index, along, pinky = (points[..., at, :] for at in (INDEX_MCP, MIDDLE_MCP, PINKY_MCP))
    axes = np.empty((*along.shape[:-1], 3, 3))
    # along x (index x pinky), by Lagrange's formula; np.cross is several times slower on a few rows.
    axes[..., 0, :] = index * _dot(along, pinky) - pinky * _dot(along, index)
    axes[..., 1, :] = along
    axes[..., 2, :] = _cross(axes[..., 0, :], along)
    axes /= np.maximum(_lengths(axes), 1e-9)[..., None]
    return axes


def _dot(a: Rows, b: Rows) -> Rows:
    dot: Rows = np.vecdot(a, b)[..., None]
    return dot


def _cross(a: Rows, b: Rows) -> Rows:
    return a.take(_NEXT, -1) * b.take(_AFTER, -1) - a.take(_AFTER, -1) * b.take(_NEXT, -1)


def _lengths(vectors: Rows) -> Rows:
    lengths: Rows = np.sqrt(np.vecdot(vectors, vectors))
    return lengths


def features(now: Rows, before: Rows) -> Array:
    """What the model sees of one hand at each tick.

    Args:
        now: (T, `POSE_SIZE`).
        before: (L, T, `POSE_SIZE`), the same hand `LAGS_S` earlier, no earlier than its track began.

    Returns:
        float32 (T, `NUM_FEATURES`): shape (60), orientation (6), how far each fingertip is from the wrist (5) and
        the thumb's from the others (4), presence and age (2); per lag the palm's velocity and growth in hand
        sizes a second (3) and the change of orientation (6); the fingertips' change over the shortest lag (15).
        Velocity goes by the frames' own times, so that jitter, held hands and a camera slower than the clock do
        not show.
    """
    change = now - before
    change[..., _PALM_XY] /= np.sqrt(now[:, _SIZE] * before[..., _SIZE])[..., None]
    change[..., _SIZE] = np.log(now[:, _SIZE] / before[..., _SIZE])
    change[..., _PLACE] /= np.maximum(change[..., _FRAME_TIME], _MIN_SPAN_S)[..., None]
    seen = np.empty((len(now), NUM_FEATURES), np.float32)
    seen[:, _STILL] = now[:, _STILL]
    seen[:, _MOTION] = change.take(_MOVES, axis=-1).swapaxes(0, 1).reshape(len(now), -1)
    seen[:, _FLICK] = change[0].take(_TIP_COLUMNS, axis=-1)
    return seen


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
    back = np.arange(len(poses)) - np.array(lags(rate_hz))[:, None]  # (L, T)
    return features(poses, poses.take(np.maximum(back, 0), axis=0))


def relation(left: Rows, right: Rows) -> Array:
    """How two tracked hands lie to each other, for gestures made with both.

    Args:
        left, right: (T, `POSE_SIZE`).

    Returns:
        float32 (T, `NUM_RELATIONS`): from the left palm to the right one in hand sizes (2), log ratio of sizes.
    """
    size = np.sqrt(left[:, _SIZE] * right[:, _SIZE])[:, None]
    offset = (right[:, _PALM_XY] - left[:, _PALM_XY]) / size
    ratio = np.log(right[:, _SIZE] / left[:, _SIZE])[:, None]
    return np.concatenate([offset, ratio], axis=1).astype(np.float32)


_MOTION = slice(77, 77 + 9 * len(LAGS_S))
_FLICK = slice(_MOTION.stop, _MOTION.stop + 15)
NUM_FEATURES = _FLICK.stop
NUM_RELATIONS = 3
