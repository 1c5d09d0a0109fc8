"""Recordings -> gestures that are in none of them, made out of those that are, to be trained as background.

A network that is shown some gestures and idle hands learns what tells the gestures apart, and calls everything else
that is no idling by the nearest name. What it lacks are other gestures (outlier exposure, Hendrycks et al., ICLR 2019).
Here a take is given another finger, another way or another order, and is kept if it then is no gesture of the
recordings: farther from all takes of every label than people are from each other. docs/benchmarks.md says what that
does to unknown gestures of SHREC 2021.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gesture.features import Geometry, palm_axes
from gesture.training.splicing import spliced_takes
from gesture.types import BACKGROUND, IGNORE, SLOTS, Array, Recording, Take

_NUM_KEYS = 8
_MARGIN, _USUAL = 1.2, 0.9
"""How much farther than takes of one label are from the nearest of another person, and the share of them for which that
holds. Counted among one's own takes, people of other hands and ways were taught to be unknown."""
_ALONE = (0.3, 0.4)
"""How far that is where a label has one take: about as in SHREC 2021, where labels have two dozen."""
_LEAST = 0.1  # even where all takes are alike
_MOST_FINGERS = 3
_TURN_DEG = (60.0, 300.0)
_TRIES = 4
_PALM = [5, 9, 13, 17]
_FINGERS = [slice(first, first + 4) for first in (1, 5, 9, 13, 17)]

Floats = NDArray[np.float64]
Keys = tuple[Floats, Floats]
"""What movements are compared by: five fingers (..., 5, K x 4 x 3), and the hand's way with two of its axes
(..., 1, K x 3 x 3), as unit of length the root mean square over K times and 4 joints, or way and axes."""


@dataclass(frozen=True)
class _Movement:
    """What a hand does in a take, apart from where and how large it is. T frames in which it is seen.

    Attributes:
        frames: int64 (T,), where they are in the recording.
        shape: (T, 21, 3) from the wrist, in the palm's axes and hand sizes; of a left hand as a right one's.
        axes: (T, 3, 3), the palm's.
        way: (T, 3) of the wrist from its start, in hand sizes; no depth.
    """

    frames: NDArray[np.int64]
    shape: Floats
    axes: Floats
    way: Floats

    def keys(self) -> Keys:
        shape, way, axes = (_at_even_times(rows, _NUM_KEYS) for rows in (self.shape, self.way, self.axes))
        fingers = np.stack([shape[:, finger].ravel() for finger in _FINGERS])
        course = np.concatenate([way[:, None], axes[:, 1:]], axis=1).reshape(1, -1)
        return fingers / np.sqrt(4 * _NUM_KEYS), course / np.sqrt(3 * _NUM_KEYS)


class Unknowns:
    """A source of gestures that are none of those in some recordings.

    Args:
        recordings: labelled. Takes of one hand are used.

    Example:
        >>> [recording.takes for recording in Unknowns(recordings).draw(np.random.default_rng(0), [0, 1])]
        [(), ()]
    """

    def __init__(self, recordings: Sequence[Recording]) -> None:
        self._recordings = recordings
        found = [[_movement(recording, take) for take in recording.takes] for recording in recordings]
        self._movements = found
        self._known = [movement for row in found for movement in row if movement is not None]
        owners = [
            (take.label, recording.person, recording.name)
            for recording, row in zip(recordings, found, strict=True)
            for take, movement in zip(recording.takes, row, strict=True)
            if movement is not None
        ]
        if owners:
            self._keys = _stacked(movement.keys() for movement in self._known)
            self._near = _nearness(self._keys, np.array(owners))

    def draw(self, rng: np.random.Generator, chosen: Sequence[int]) -> Iterator[Recording]:
        """Of some recordings their takes made unknown, between background from elsewhere in them.

        Args:
            rng: the only source of chance.
            chosen: which recordings, by index.

        Returns:
            Recordings without takes: all of it is background. None for a recording of which nothing can be made.
        """
        for at in chosen:
            strange = spliced_takes(self._altered(self._recordings[at], self._movements[at], rng), rng)
            if strange is not None:
                yield replace(strange, takes=())

    def _altered(
        self, recording: Recording, movements: Sequence[_Movement | None], rng: np.random.Generator
    ) -> Recording:
        """The recording with unknown gestures where its takes were; `ignore` where none was found."""
        landmarks, takes = recording.landmarks.copy(), []
        for take, movement in zip(recording.takes, movements, strict=True):
            new = None if movement is None else self._unknown(movement, rng)
            if new is not None:
                landmarks[new.frames, SLOTS.index(take.hand)] = _landmarks(recording, take, new)
            takes.append(take if new or take.label == BACKGROUND else replace(take, label=IGNORE))
        return replace(recording, landmarks=landmarks, takes=tuple(takes))

    def _unknown(self, movement: _Movement, rng: np.random.Generator) -> _Movement | None:
        for _ in range(_TRIES):
            new = _changed(movement, self._known[rng.integers(len(self._known))], rng)
            if (_distances(new.keys(), self._keys) > _MARGIN * self._near).any(axis=1).all():
                return new
        return None


def _movement(recording: Recording, take: Take) -> _Movement | None:
    if take.label in (BACKGROUND, IGNORE) or take.hand == "both":
        return None
    points = recording.landmarks[:, SLOTS.index(take.hand)]
    during = (recording.times_s >= take.start_s) & (recording.times_s < take.end_s)
    frames = np.flatnonzero(during & ~np.isnan(points[:, 0, 0]))
    if len(frames) < 3:
        return None
    points_px = points[frames] * _scale(recording, take)
    from_wrist = points_px - points_px[:, :1]
    sizes, axes = _sizes(from_wrist), palm_axes(from_wrist)
    shape = (from_wrist / sizes[:, None, None]) @ axes.mT
    way = (points_px[:, 0] - points_px[0, 0]) / np.median(sizes)
    return _Movement(frames, shape, axes, way * (1, 1, 0))


def _landmarks(recording: Recording, take: Take, new: _Movement) -> Array:
    """(T, 21, 3): the movement where the take began, the hand as large as it was."""
    scale = _scale(recording, take)
    before = recording.landmarks[new.frames, SLOTS.index(take.hand)] * scale
    sizes = _sizes(before - before[:, :1])
    wrist = before[0, 0] + np.median(sizes) * new.way
    wrist[:, 2] = before[:, 0, 2]
    points = wrist[:, None] + (new.shape @ new.axes) * sizes[:, None, None]
    found: Array = (points / scale).astype(np.float32)
    return found


def _scale(recording: Recording, take: Take) -> Floats:
    """(3,): to pixels in the person's frame; a left hand becomes a right one."""
    geometry = Geometry(recording.image_size, recording.view, recording.mirrored)
    return geometry.scale * (-1.0 if take.hand == "left" else 1.0, 1.0, 1.0)


def _sizes(from_wrist: Floats) -> Floats:
    """(T,): from the wrist to the knuckles, in pixels."""
    return np.asarray(np.linalg.norm(from_wrist[:, _PALM], axis=-1).mean(axis=1)).clip(1e-6)


def _changed(movement: _Movement, other: _Movement, rng: np.random.Generator) -> _Movement:
    """With some fingers or the way of another, with its own way turned, or backwards."""
    num_frames = len(movement.frames)
    kind = rng.choice(["fingers", "way", "direction", "order"])
    if kind == "fingers":
        shape, theirs = movement.shape.copy(), _at_even_times(other.shape, num_frames)
        for finger in rng.permutation(5)[: rng.integers(1, _MOST_FINGERS + 1)]:
            shape[:, _FINGERS[finger]] = theirs[:, _FINGERS[finger]]
        return replace(movement, shape=shape)
    if kind == "way":
        return replace(movement, way=_at_even_times(other.way, num_frames))
    if kind == "direction":
        angle = np.deg2rad(rng.uniform(*_TURN_DEG))
        turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
        return replace(movement, way=movement.way @ turn.T)
    way = movement.way[::-1]
    return replace(movement, shape=movement.shape[::-1], axes=movement.axes[::-1], way=way - way[:1])


def _at_even_times(rows: Floats, number: int) -> Floats:
    """(T, ...) -> (number, ...), the nearest rows."""
    return rows.take(np.linspace(0, len(rows) - 1, number).round().astype(int), axis=0)


def _stacked(keys: Iterable[Keys]) -> Keys:
    fingers, courses = zip(*keys, strict=True)
    return np.stack(fingers), np.stack(courses)


def _distances(keys: Keys, known: Keys) -> Floats:
    """(N, 2) to N known movements, in hand sizes: of the finger that differs most, and of the course."""
    squares = (_squares(here, there).max(axis=-1) for here, there in zip(keys, known, strict=True))
    distances: Floats = np.sqrt(np.stack(list(squares), axis=-1).clip(0))
    return distances


def _squares(here: Floats, there: Floats) -> Floats:
    """|here - there|^2, (F, K) and (N, F, K) -> (N, F): multiplied out, which spares the differences."""
    return np.asarray((here**2).sum(-1) + np.vecdot(there, there) - 2 * np.vecdot(there, here))


def _nearness(keys: Keys, owners: NDArray[np.str_]) -> Floats:
    """(N, 2): how near most takes of a movement's label are to the nearest that somebody else made.

    Args:
        keys: of N movements.
        owners: (N, 3) label, person and recording. Where one person made all takes of a label, other recordings count,
            and where one recording holds them, other takes do.
    """
    near = np.full((len(owners), 2), _ALONE)
    for label in np.unique(owners[:, 0]):
        own = np.flatnonzero(owners[:, 0] == label)
        if len(own) > 1:
            apart = np.stack(
                [_distances((keys[0][at], keys[1][at]), (keys[0][own], keys[1][own])) for at in own]
            )
            apart[_same(owners[own, 1:])] = np.inf
            nearest = apart.min(axis=1)
            near[own] = np.quantile(nearest[np.isfinite(nearest[:, 0])], _USUAL, axis=0)
    return near.clip(_LEAST)


def _same(owners: NDArray[np.str_]) -> NDArray[np.bool_]:
    """bool (N, N): whether two takes have one owner: the widest kind of owner of which there are two."""
    for kind in owners.T:
        if len(np.unique(kind)) > 1:
            return np.asarray(kind[:, None] == kind)
    return np.eye(len(owners), dtype=bool)
