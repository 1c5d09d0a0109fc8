"""Recordings -> slightly other recordings, so that a model trained on few takes knows more of them.

In and out: `Recording`s; the features are computed afterwards, as always. Everything here is what a camera and a
person would change: tempo, the hand's size and fingers, where the camera stands, lost frames, the tracker's jitter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gesture.training.tracker_errors import tracked
from gesture.types import BACKGROUND, IGNORE, NO_ENGINE, NUM_LANDMARKS, Array, Recording, Take
from gesture.windows import HOLD_S

SLOWER = 1.4
"""How much faster or slower a variation is, at most."""
# Within a recording: how long a tempo lasts, and its log's standard deviation.
_TEMPO_STEP_S, _TEMPO_SPREAD = 0.6, 0.2
# Of the log of a hand's size beside the way it goes: twice what adults' hands differ by (`anatomy.make_proportions`),
# for nobody reaches as far as somebody else. And of each finger's length beside the palm.
_HAND_SIZE, _FINGER_LENGTH = 0.15, 0.05
_TURN_DEG = 20.0  # standard deviation of the camera's yaw, pitch and roll
_ASPECT = 0.1
# Anywhere, and the share of takes that lose the hand midway: fast ones blur.
_LOST_RUNS_PER_S, _LOST_IN_TAKE = 0.2, 0.3
_LOST_S = 0.15
_JITTER = 0.006  # of a hand's length; MediaPipe against itself with two grey levels of noise: median 0.0065
# How large the tracker's errors are made: for landmarks that no tracker saw, and for those that have some already.
_UNSEEN, _SEEN = (0.5, 1.5), (0.0, 0.6)
_THINNED = 0.5  # the share of variations seen at a slower camera's rate, as in dim light
_SLOWEST_HZ, _RATE_JITTER, _DROPPED = 11.0, 0.3, 0.05
_ABORT = (0.2, 0.45)
_MIRROR = np.array([-1.0, 1.0, 1.0], np.float32)
_FINGER_OF = np.array([0, *np.repeat(np.arange(5), 4)])  # the wrist is nobody's and stays where it is
_KNUCKLE_OF = np.array([0, *np.repeat([1, 5, 9, 13, 17], 4)])


def augment(recording: Recording, rng: np.random.Generator) -> Recording:
    """One random variation of a recording.

    Args:
        recording: T frames.
        rng: its only source of chance.

    Returns:
        A recording of at most T frames: other tempo, rate, view and jitter, some frames without a hand.

    Example:
        >>> augment(recording, np.random.default_rng(0)).duration_s != recording.duration_s
        True
    """
    if not len(recording):
        return recording
    varied = _thin(recording, rng) if rng.random() < _THINNED else recording
    varied = _change_tempo(varied, rng)
    landmarks = np.full_like(varied.landmarks, np.nan)
    hands = ~np.isnan(varied.landmarks[:, :, 0, 0]).all(axis=0)  # one that is never there costs no time
    landmarks[:, hands] = _seen_otherwise(varied, varied.landmarks[:, hands], rng)
    landmarks[_lost(varied.times_s, varied.takes, rng)] = np.nan
    return replace(varied, landmarks=landmarks)


def _seen_otherwise(recording: Recording, landmarks: Array, rng: np.random.Generator) -> Array:
    """Another hand, from elsewhere, by a tracker that errs."""
    landmarks = _turn(_other_hand(landmarks, rng), recording.image_size, rng)
    amount = rng.uniform(*(_UNSEEN if recording.engine == NO_ENGINE else _SEEN))
    landmarks = tracked(landmarks, recording.times_s, recording.image_size, rng, amount)
    return _jitter(landmarks, rng)


def _thin(recording: Recording, rng: np.random.Generator) -> Recording:
    """Some of the frames: those that a slower, unsteady camera would have given."""
    times_s = recording.times_s
    step_s = 1.0 / rng.uniform(_SLOWEST_HZ, 30.0)
    wanted_s = np.arange(times_s[0], times_s[-1], step_s)
    wanted_s = wanted_s + step_s * rng.uniform(-_RATE_JITTER, _RATE_JITTER, len(wanted_s))
    wanted_s = wanted_s[rng.random(len(wanted_s)) >= _DROPPED]
    kept = np.unique(np.searchsorted(times_s, [times_s[0], *wanted_s]).clip(0, len(times_s) - 1))
    return recording.select(kept)


def _change_tempo(recording: Recording, rng: np.random.Generator) -> Recording:
    """Faster or slower as a whole, and now faster, now slower within."""
    first_s = min([recording.times_s[0], *(take.start_s for take in recording.takes)])
    last_s = max([recording.times_s[-1], *(take.end_s for take in recording.takes)])
    knots_s = np.arange(first_s, last_s + 2 * _TEMPO_STEP_S, _TEMPO_STEP_S)
    slower = rng.uniform(-1, 1) * np.log(SLOWER) + rng.normal(0.0, _TEMPO_SPREAD, len(knots_s) - 1)
    steps_s = np.exp(slower.clip(-np.log(SLOWER), np.log(SLOWER))) * _TEMPO_STEP_S
    warped_s = first_s + np.concatenate([[0.0], np.cumsum(steps_s)])

    def warp(at_s: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.interp(at_s, knots_s, warped_s))

    edges_s = [warp(np.array([take.start_s, take.end_s])).tolist() for take in recording.takes]
    takes = (
        replace(take, start_s=start_s, end_s=end_s)
        for take, (start_s, end_s) in zip(recording.takes, edges_s, strict=True)
    )
    return replace(recording, times_s=warp(recording.times_s), takes=tuple(takes))


def _other_hand(landmarks: Array, rng: np.random.Generator) -> Array:
    """A larger or smaller hand that goes the same way, and fingers of other lengths. (T, H, 21, 3), all alike."""
    lengths = np.exp(rng.normal(0.0, _FINGER_LENGTH, 5))[_FINGER_OF]
    mix = np.diag(lengths)  # each new landmark out of the old ones
    mix[np.arange(NUM_LANDMARKS), _KNUCKLE_OF] += 1 - lengths
    size = np.exp(rng.normal(0.0, _HAND_SIZE))
    mix *= size
    mix[:, 0] += 1 - size
    changed: Array = mix.astype(np.float32) @ landmarks
    return changed


def _turn(landmarks: Array, image_size: tuple[int, int], rng: np.random.Generator) -> Array:
    """See the scene from elsewhere: rotate image, depth included, about its centre."""
    width, height = image_size
    scale = np.array([width, height, width], np.float32)
    centre = np.array([0.5, 0.5, 0.0], np.float32)
    yaw, pitch, roll = np.deg2rad(rng.normal(0.0, _TURN_DEG, 3))
    stretch = np.exp(rng.normal(0.0, _ASPECT, 3) * (1.0, 1.0, 2.0))
    turn = (_rotation(1, yaw) @ _rotation(0, pitch) @ _rotation(2, roll) * stretch).astype(np.float32)
    # The depth of landmarks is from each hand's own wrist, so the path turns in the image plane only.
    points = (landmarks - centre) * scale
    wrist = points[:, :, :1].copy()
    path = wrist.copy()
    path[..., :2] = wrist[..., :2] @ turn[:2, :2].T
    turned = ((points - wrist) @ turn.T + path) / scale + centre
    return turned.astype(np.float32, copy=False)


def _rotation(axis: int, angle: float) -> NDArray[np.float64]:
    """3 x 3, right-handed about x (0), y (1) or z (2)."""
    first, second = [other for other in range(3) if other != axis]
    matrix = np.eye(3)
    matrix[first, first] = matrix[second, second] = np.cos(angle)
    matrix[first, second], matrix[second, first] = -np.sin(angle), np.sin(angle)
    return matrix


def _jitter(landmarks: Array, rng: np.random.Generator) -> Array:
    length = np.abs(landmarks[:, :, 9, :2] - landmarks[:, :, 0, :2]).max(axis=-1)  # (T, H)
    noise = rng.standard_normal(landmarks.shape, np.float32)
    noise *= (np.float32(_JITTER * rng.uniform(0.0, 2.0)) * length)[..., None, None]
    noise += landmarks
    return noise


def _lost(times_s: NDArray[np.float64], takes: Sequence[Take], rng: np.random.Generator) -> NDArray[np.bool_]:
    """bool (T,): frames in which the tracker has lost the hands."""
    num_runs = rng.poisson(_LOST_RUNS_PER_S * (times_s[-1] - times_s[0]))
    anywhere_s = rng.uniform(times_s[0], times_s[-1], num_runs)
    in_takes_s = [rng.uniform(take.start_s, take.end_s) for take in takes if rng.random() < _LOST_IN_TAKE]
    starts_s = np.concatenate([anywhere_s, in_takes_s])
    ends_s = starts_s + rng.exponential(_LOST_S, len(starts_s))
    at = times_s[:, None]
    return np.asarray(((at >= starts_s) & (at < ends_s)).any(axis=1))


def mirror_image(recording: Recording) -> Recording:
    """The recording as a mirror shows it: left hands become right ones and go the other way.

    Args:
        recording: T frames. Landmarks (T, 2, 21, 3) change slots, x becomes 1 - x, and takes change hands.

    Example:
        >>> mirror_image(mirror_image(recording)).takes == recording.takes
        True
    """
    landmarks = recording.landmarks[:, ::-1] * _MIRROR
    landmarks[..., 0] += 1
    other = {"left": "right", "right": "left", "both": "both"}
    takes = tuple(replace(take, hand=other[take.hand]) for take in recording.takes)  # type: ignore[arg-type]
    return replace(
        recording,
        landmarks=landmarks,
        world_landmarks=recording.world_landmarks[:, ::-1] * _MIRROR,
        scores=recording.scores[:, ::-1],
        presence=recording.presence[:, ::-1],
        takes=takes,
    )


def aborted_takes(recording: Recording, rng: np.random.Generator) -> Recording | None:
    """Gestures begun and taken back: the start of each take, played forth and back. They are background.

    Args:
        recording: with takes.
        rng: decides how far each one gets.

    Returns:
        A recording without takes in which each aborted gesture is a track of its own; None if there is nothing
        to abort.
    """
    pieces = [
        piece
        for take in recording.takes
        if take.label not in (BACKGROUND, IGNORE) and (piece := _aborted(recording, take, rng)) is not None
    ]
    return _join(recording, pieces) if pieces else None


def _aborted(recording: Recording, take: Take, rng: np.random.Generator) -> NDArray[np.int64] | None:
    """The frames of one aborted take, by index."""
    reach_s = take.start_s + rng.uniform(*_ABORT) * (take.end_s - take.start_s)
    start, stop = np.searchsorted(recording.times_s, [take.start_s - 0.3, reach_s])
    if stop - start < 3 or not _moves(recording, take):
        return None
    forth = np.arange(start, stop)
    return np.concatenate([forth, forth[-2::-1]])


def _moves(recording: Recording, take: Take) -> bool:
    """Whether any landmark travels more than half a hand during the take; a pose cannot be aborted."""
    start, stop = np.searchsorted(recording.times_s, [take.start_s, take.end_s])
    slots = {"left": [0], "right": [1], "both": [0, 1]}[take.hand]
    points = recording.landmarks[start:stop, slots, :, :2] * np.array(recording.image_size, np.float32)
    points = points[~np.isnan(points[..., 0, 0]).any(axis=1)]
    if len(points) < 2:
        return False
    hand_px = np.linalg.norm(points[:, :, 9] - points[:, :, 0], axis=-1).max()
    travel = np.linalg.norm(np.ptp(points, axis=0), axis=-1).max()
    return bool(travel > 0.5 * hand_px)


def _join(recording: Recording, pieces: list[NDArray[np.int64]]) -> Recording:
    """The pieces one after another, with a pause in which the hand is gone."""
    step_s = float(np.median(np.diff(recording.times_s)))
    times_s, offset_s = [], 0.0
    for piece in pieces:
        times_s.append(offset_s + step_s * np.arange(len(piece)))
        offset_s = float(times_s[-1][-1]) + HOLD_S + 2 * step_s
    return replace(recording.select(np.concatenate(pieces), np.concatenate(times_s)), takes=())
