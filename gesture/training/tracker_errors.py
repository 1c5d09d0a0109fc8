"""What a hand tracker gets wrong: true landmarks in, landmarks as a tracker would have found them out.

The numbers were fitted to our tracker on rendered hands, whose truth is known: `scripts/benchmark tracker-errors` sets
the errors of each group of features beside those that this model makes. Errors waver slowly, differ from finger to
finger, come in bursts, and are largest in depth.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gesture.types import Array, Recording

SIZE, SIZE_BIAS = 0.05, 0.08
"""Standard deviations of the log of the hand's size: over time, and for good."""
TILT_DEG = 9.0
"""Of pitch and yaw, over time."""
DEPTH, DEPTH_SPREAD = 0.85, 0.25
"""The share of the true depth that is seen, and the standard deviation of its log."""
FINGER, FINGER_BIAS = (0.085, 0.13, 0.19), 0.5
"""Of a fingertip across, along and in depth, in hand sizes, the other joints in proportion; and the share of it that
stays for good, because it comes from the hand and its pose."""
PLACE = 0.02
"""Of the whole hand's place in the image, in hand sizes."""
BURST = 0.7
"""Standard deviation of the log by which all of these grow and shrink together."""
QUICK_S, SLOW_S = 0.1, 0.8
QUICK = 0.09
"""Time constants, and the share of each variance that wavers quickly."""

_CHANGING, _LASTING = np.float32(np.sqrt(1 - FINGER_BIAS)), np.float32(np.sqrt(FINGER_BIAS))
_JOINT = np.array([0.3, *[0.4, 0.6, 0.8, 1.0], *[0.3, 0.6, 0.85, 1.0] * 4], np.float32)
"""How much of its fingertip's error each landmark has."""
_PALM = np.array([0, 5, 9, 13, 17])
_FINGER_OF = np.array([2, *[0] * 4, *[1] * 4, *[2] * 4, *[3] * 4, *[4] * 4])
_NUM_COLUMNS = 1 + 1 + 2 + 2 + 15  # burst, size, pitch and yaw, place, five fingers by three axes
_FORGOTTEN, _BLOCK = 20.0, 300.0  # in time constants; exp(320) is well within a float's range


def tracked(
    landmarks: Array,
    times_s: NDArray[np.float64],
    image_size: tuple[int, int],
    rng: np.random.Generator,
    amount: float | NDArray[np.float64] = 1.0,
    of_one_person: bool = True,
) -> Array:
    """Landmarks with a tracker's errors.

    Args:
        landmarks: float32 (T, H, 21, 3), true, of H hands; NaN where a hand is absent.
        times_s: (T,).
        image_size: (width, height) in pixels.
        rng: the only source of chance.
        amount: how large the errors are beside those measured, for all hands or (H,) for each.
        of_one_person: size and depth are off alike in all hands; False for hands that have nothing to do with each
            other, as those of a `virtual.batch.Batch`.

    Returns:
        float32 (T, H, 21, 3).

    Example:
        >>> tracked(landmarks, times_s, (640, 480), np.random.default_rng(0)).shape == landmarks.shape
        True
    """
    width, height = image_size
    scale = np.array([width, height, width], np.float32)
    points = landmarks * scale
    middle = points[:, :, _PALM].mean(axis=2, keepdims=True)  # what a tracker is surest of
    points = points - middle  # (T, H, 21, 3) px
    waver = _waver(times_s, landmarks.shape[1], rng)  # (T, H, columns)
    amounts = np.reshape(np.asarray(amount, np.float32), (-1, 1))  # (1 or H, 1)
    common = None if of_one_person else (points.shape[1], 1)
    waver *= amounts * np.exp(np.float32(BURST) * waver[..., :1])
    size_px = np.linalg.norm(points[:, :, 9, :2] - points[:, :, 0, :2], axis=-1)[..., None, None]
    points += _fingers(waver[..., 6:], rng, amounts) * size_px
    points[..., 2] *= (DEPTH * np.exp(_lasting(DEPTH_SPREAD, amount, common, rng))).astype(np.float32)
    points = _tilted(points, np.float32(np.deg2rad(TILT_DEG)) * waver[..., 2:4])
    size = np.exp(
        np.float32(SIZE) * waver[..., 1:2] + _lasting(SIZE_BIAS, amount, common, rng).astype(np.float32)
    )
    points *= size[..., None]
    points[..., :2] += np.float32(PLACE) * waver[..., None, 4:6] * size_px
    points[..., 2] -= points[..., :1, 2]  # depth is counted from the wrist
    points[..., :2] += middle[..., :2]
    found: Array = points / scale
    return found


def tracked_recording(recording: Recording, rng: np.random.Generator, amount: float = 1.0) -> Recording:
    """A recording of true landmarks, of T frames, as a tracker would have found it; `rng` and `amount` as in `tracked`.

    Example:
        >>> tracked_recording(make_scene(["wave"]).recording(30.0, "virtual1"), np.random.default_rng(0)).takes[0].label
        'wave'
    """
    landmarks = tracked(recording.landmarks, recording.times_s, recording.image_size, rng, amount)
    return replace(recording, landmarks=landmarks)


def _lasting(
    spread: float,
    amount: float | NDArray[np.float64],
    shape: tuple[int, int] | None,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """An error that stays for good: of this standard deviation, one for all hands or for each, (1 or H, 1)."""
    return np.reshape(amount, (-1, 1)) * spread * rng.standard_normal(shape)


def _waver(times_s: NDArray[np.float64], num_hands: int, rng: np.random.Generator) -> Array:
    """Noise (T, H, columns) of standard deviation 1: two autoregressive processes of first order, added."""
    slow, quick = (
        _autoregressive(rng.standard_normal((len(times_s), num_hands * _NUM_COLUMNS)), times_s, constant_s)
        for constant_s in (SLOW_S, QUICK_S)
    )
    waver: Array = (np.sqrt(QUICK) * quick + np.sqrt(1 - QUICK) * slow).astype(np.float32)
    return waver.reshape(len(times_s), num_hands, _NUM_COLUMNS)


def _autoregressive(
    white: NDArray[np.float64], times_s: NDArray[np.float64], constant_s: float
) -> NDArray[np.float64]:
    """White noise (T, N) -> noise that forgets itself within `constant_s`, its standard deviation kept.

    x[t] = stay[t] x[t-1] + push[t] white[t], solved as a sum over exp(age), in blocks short enough for its range.
    """
    steps = np.minimum(np.diff(times_s, prepend=times_s[:1]) / constant_s, _FORGOTTEN)
    white[1:] *= np.sqrt(-np.expm1(-2 * steps[1:]))[:, None]
    age = np.cumsum(steps)
    block_of = (age // _BLOCK).astype(int)
    before = np.zeros(white.shape[1])
    for block in np.unique(block_of):
        rows = slice(*np.searchsorted(block_of, [block, block + 1]))
        start = age[max(rows.start - 1, 0)]
        grown = np.exp(age[rows] - start)[:, None]
        white[rows] = (before + np.cumsum(white[rows] * grown, axis=0)) / grown
        before = white[rows][-1]
    return white


def _fingers(waver: Array, rng: np.random.Generator, amounts: Array) -> Array:
    """(T, H, 21, 3) in hand sizes: each finger is off in its own way, its tip the most."""
    fingers = waver.reshape(*waver.shape[:2], 5, 3)
    bias = amounts[..., None] * rng.standard_normal((1, waver.shape[1], 5, 3), np.float32)
    tips = (_CHANGING * fingers + _LASTING * bias) * np.array(FINGER, np.float32)
    fingers_of: Array = tips[:, :, _FINGER_OF] * _JOINT[:, None]
    return fingers_of


def _tilted(points: Array, tilt: Array) -> Array:
    """Turned a little about the palm: pitch mixes y and z, yaw mixes x and z."""
    pitch, yaw = tilt[..., 0, None], tilt[..., 1, None]
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    return np.stack([x + yaw * z, y + pitch * z, z - yaw * x - pitch * y], axis=-1)
