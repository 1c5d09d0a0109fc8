"""A take and its stretch of frames -> what is wrong with it, said at once, while it can be made again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gesture.trimming import MOVING, hand_speeds
from gesture.types import SLOTS, Recording, Take

MISSING_SHARE = 1 / 3
LOW_RATE_HZ = 15.0
"""A camera in dim light falls to 15 or 12 frames a second; a quick gesture is then four or five images."""
SHORT_SHARE = 0.5
UNLIKE_SPREADS = 2.0
"""How many times farther from its nearest neighbour a take may be than the others are from theirs."""
_ENOUGH_OTHERS = 3
_STEPS = 16
_SAME = 0.15  # hand sizes; takes nearer to each other are alike, however narrowly the others agree

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Shot:
    """A take with the frames it was made in.

    Attributes:
        recording: the frames from "now" until the hand rested.
        take: where in them the gesture is.
    """

    recording: Recording
    take: Take


def find_faults(shot: Shot, others: Sequence[Shot]) -> list[str]:
    """What speaks against keeping a take, a sentence each; empty for a good one.

    Args:
        shot: the take in question.
        others: the takes of the same label that are kept so far.

    Example:
        >>> find_faults(shot, others)
        ['hand missing in 45 % of the frames: more light, or slower']
    """
    faults = [_missing(shot), _slow_camera(shot), _early(shot), _short(shot, others) or _unlike(shot, others)]
    return [fault for fault in faults if fault]


def _missing(shot: Shot) -> str:
    inside = _inside(shot)
    missing = np.isnan(inside.landmarks[:, _slots(shot.take), 0, 0]).all(axis=1)
    share = float(missing.mean()) if len(inside) else 1.0
    if share < MISSING_SHARE:
        return ""
    return f"hand missing in {share:.0%} of the frames: more light, or slower"


def _slow_camera(shot: Shot) -> str:
    rate_hz = (len(shot.recording) - 1) / max(shot.recording.duration_s, 1e-6)
    if rate_hz >= LOW_RATE_HZ:
        return ""
    return f"only {rate_hz:.0f} frames a second: turn on a light, close other programs"


def _early(shot: Shot) -> str:
    """A hand that moves at the very first frames began before them: the take lacks its beginning."""
    first = shot.recording.times_s < shot.recording.times_s[0] + 0.1
    speeds = np.nan_to_num(hand_speeds(shot.recording)[first])
    return "began before 'now': wait for it, or the beginning is lost" if speeds.max() > 2 * MOVING else ""


def _short(shot: Shot, others: Sequence[Shot]) -> str:
    if len(others) < _ENOUGH_OTHERS - 1:
        return ""
    usual_s = float(np.median([_length_s(other.take) for other in others]))
    if _length_s(shot.take) >= SHORT_SHARE * usual_s:
        return ""
    return f"{_length_s(shot.take):.1f} s, much shorter than the others ({usual_s:.1f} s)"


def _unlike(shot: Shot, others: Sequence[Shot]) -> str:
    alike = [other for other in others if other.take.hand == shot.take.hand]
    if len(alike) < _ENOUGH_OTHERS:
        return ""
    paths = np.stack([path_of(each) for each in (*alike, shot)])
    between = np.stack([warped_distances(path, paths) for path in paths])  # (N + 1, N + 1)
    np.fill_diagonal(between, np.inf)
    *usual, nearest = between[:, :-1].min(axis=1)  # each take's nearest among the others
    limit = max(UNLIKE_SPREADS * float(np.median(usual)), _SAME)
    return "unlike the others of this label" if nearest > limit else ""


def path_of(shot: Shot) -> Floats:
    """A take as `_STEPS` equal steps in time: (16, D) in hand sizes.

    At each step the hand's shape about its wrist, and the wrist's way from where it began: neither place in
    the image nor size counts. Gaps are bridged in a straight line.
    """
    inside = _inside(shot)
    points = inside.landmarks[:, _slots(shot.take), :, :2] * np.array(inside.image_size, np.float64)
    points = points.reshape(len(points), -1)
    seen = ~np.isnan(points).any(axis=1)
    if not seen.any():
        return np.zeros((_STEPS, points.shape[1]))
    times_s = np.linspace(shot.take.start_s, shot.take.end_s, _STEPS)
    columns = [np.interp(times_s, inside.times_s[seen], column[seen]) for column in points.T]
    hands = np.stack(columns, axis=1).reshape(_STEPS, -1, 21, 2)
    size = max(float(np.median(np.linalg.norm(hands[:, :, 9] - hands[:, :, 0], axis=-1))), 1.0)
    wrists = hands[:, :, :1]
    about_wrist = (hands - wrists)[:, :, 1:] / np.sqrt(20)  # so that the shape weighs as much as the way
    parts = np.concatenate([wrists - wrists[0], about_wrist], axis=2) / size
    return np.asarray(parts.reshape(_STEPS, -1))


def warped_distances(path: Floats, others: Floats) -> Floats:
    """How far a path (S, D) is from each of (N, S, D), per step, where time may stretch: (N,).

    Dynamic time warping (Sakoe & Chiba, IEEE Transactions on ASSP 26(1), 1978), all of `others` at once.
    """
    steps = np.linalg.norm(path[None, :, None] - others[:, None], axis=-1)  # (N, S, S)
    num, rows, columns = steps.shape
    total = np.full((num, rows + 1, columns + 1), np.inf)
    total[:, 0, 0] = 0.0
    for row in range(rows):
        for column in range(columns):
            before = np.minimum(total[:, row, column], total[:, row, column + 1])
            total[:, row + 1, column + 1] = steps[:, row, column] + np.minimum(
                before, total[:, row + 1, column]
            )
    return np.asarray(total[:, -1, -1] / max(rows, columns))


def _inside(shot: Shot) -> Recording:
    recording, take = shot.recording, shot.take
    keep = (recording.times_s >= take.start_s) & (recording.times_s < take.end_s)
    return replace(recording.select(keep), takes=())


def _slots(take: Take) -> list[int]:
    return [slot for slot, hand in enumerate(SLOTS) if take.hand in (hand, "both")]


def _length_s(take: Take) -> float:
    return take.end_s - take.start_s
