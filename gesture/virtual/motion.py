"""How a hand moves through time: keys that it passes, and the smooth path between them.

A `Key` is where one hand is, how it is turned and which pose it has at one moment. A `Track` is a sequence
of keys as arrays; it can be asked for the hand at any times, all at once. Between keys a hand moves as
people do: from stop to stop along the smoothest (minimum jerk) path, through a key without stopping.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gesture.virtual.anatomy import POSES, Floats, Proportions, hand_landmarks, rotation

_NUM_CHANNELS = 26  # place 3, turn 3, joint angles 20

Turn = tuple[float, float, float]
"""Degrees of tilt (fingertips forwards), twist (palm inwards) and lean (fingers inwards)."""


@dataclass(frozen=True)
class Key:
    """One moment of one hand; in gesture scripts the units are those of the script (see `gestures`).

    Attributes:
        at: place of the palm's middle in the person's frame: x right, y up, z backwards.
        turn: how the hand is turned.
        pose: a name in `POSES`, or joint angles (5, 4) in radians.
        stop: whether the hand comes to rest here, or passes through.
    """

    at: tuple[float, float, float] = (0.0, 0.0, 0.0)
    turn: Turn = (0.0, 0.0, 0.0)
    pose: str | Floats = "relaxed"
    stop: bool = True

    @property
    def angles(self) -> Floats:
        """(5, 4) joint angles in radians."""
        return POSES[self.pose] if isinstance(self.pose, str) else self.pose


def palm_down(yaw: float, rise: float, roll: float) -> Turn:
    """The `Key.turn` of a hand with the palm down and the fingers ahead, then turned by so many degrees.

    Args:
        yaw: fingers inwards.
        rise: about the axis ahead: up with fingers that point inwards, down with those that point outwards; where
            they point straight ahead it only turns the palm.
        roll: palm inwards.

    Example:
        >>> palm_down(40, 0, 0)
        (50, 90, 90)
    """
    return 90 - yaw, 90 + roll, 90 - rise


def ahead(rng: np.random.Generator) -> tuple[float, float, float]:
    """Degrees of yaw, rise and roll, as for `palm_down`, of a hand above a desk, its forearm a little across the body.

    Between gestures of SHREC 2021 fingers point 9 to 57 degrees inwards and from 16 down to 49 up (the tenth and the
    ninetieth percentile of most odd sequences), and the palm down. Here they point 7 outwards to 57 inwards and from 9
    down to 27 up: hands that point further up are in the other scripts.
    """
    return float(rng.uniform(-15, 65)), float(rng.uniform(-30, 60)), float(rng.normal(0, 30))


def turned(keys: Sequence[Key], turn: Floats) -> list[Key]:
    """Keys with the hand turned by so many degrees of tilt, twist and lean (3,) more."""
    turns = (turn + np.array([key.turn for key in keys])).tolist()
    return [Key(key.at, tuple(own), key.pose, key.stop) for key, own in zip(keys, turns, strict=True)]


@dataclass(frozen=True)
class Track:
    """The path of one hand, always written for a right hand (a left hand's is its mirror image).

    Attributes:
        times_s: (K,) strictly increasing.
        states: (K, 26) place in metres, turn and joint angles in radians.
        stops: bool (K,) whether the hand rests at a key.
    """

    times_s: Floats
    states: Floats
    stops: NDArray[np.bool_]

    @classmethod
    def from_keys(cls, times_s: Iterable[float], keys: Iterable[Key]) -> Track:
        """A track through `keys`, whose `at` is in metres, at `times_s`."""
        keys = list(keys)
        return cls(np.array(list(times_s)), states_of(keys), np.array([key.stop for key in keys]))

    def at(self, times_s: Floats) -> Floats:
        """(T, 26): the state at any times, held before the first key and after the last.

        Quintic Hermite pieces: speed and acceleration are zero at stops, which makes stop to stop the minimum
        jerk movement (Flash & Hogan, Journal of Neuroscience 5(7), 1985), and elsewhere those of the
        parabola through a key and its neighbours.
        """
        index = np.clip(np.searchsorted(self.times_s, times_s, "right") - 1, 0, len(self.times_s) - 2)
        span_s = self.times_s[index + 1] - self.times_s[index]
        u = np.clip((np.asarray(times_s) - self.times_s[index]) / span_s, 0, 1)[:, None]
        return evaluate_pieces(self._pieces[index], u)

    @cached_property
    def _pieces(self) -> Floats:
        return fit_pieces(self.times_s, self.states, self.stops)


def states_of(keys: Sequence[Key]) -> Floats:
    """Keys as the rows (K, 26) of `Track.states`."""
    states = np.empty((len(keys), _NUM_CHANNELS))
    states[:, :3] = [key.at for key in keys]
    states[:, 3:6] = np.deg2rad([key.turn for key in keys])
    states[:, 6:] = np.reshape([key.angles for key in keys], (-1, 20))
    return states


def fit_pieces(times_s: Floats, states: Floats, stops: NDArray[np.bool_]) -> Floats:
    """The polynomials between keys, of one track or of many at once.

    Args:
        times_s: (..., K) strictly increasing.
        states: (..., K, 26) as in `Track`.
        stops: bool (..., K).

    Returns:
        (..., K - 1, 6, 26): coefficients, lowest power first, for times from 0 at a key to 1 at the next.
    """
    span_s = np.diff(times_s)[..., None]
    slope, bend = _slopes_and_bends(span_s, states, stops)
    rise, first, last = np.diff(states, axis=-2), slope[..., :-1, :] * span_s, slope[..., 1:, :] * span_s
    begin, end = bend[..., :-1, :] * span_s**2, bend[..., 1:, :] * span_s**2
    third = 10 * rise - 6 * first - 4 * last - 1.5 * begin + 0.5 * end
    fourth = -15 * rise + 8 * first + 7 * last + 1.5 * begin - end
    fifth = 6 * rise - 3 * (first + last) - 0.5 * (begin - end)
    return np.stack([states[..., :-1, :], first, begin / 2, third, fourth, fifth], axis=-2)


def _slopes_and_bends(span_s: Floats, states: Floats, stops: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """First and second derivatives at the keys, (..., K, 26) each; zero at stops and at both ends."""
    slope, bend = np.zeros_like(states), np.zeros_like(states)
    rises = np.diff(states, axis=-2) / span_s
    before, after = span_s[..., :-1, :], span_s[..., 1:, :]
    moving = ~stops[..., 1:-1, None]
    earlier, later = rises[..., :-1, :], rises[..., 1:, :]
    slope[..., 1:-1, :] = moving * (earlier * after + later * before) / (before + after)
    bend[..., 1:-1, :] = moving * 2 * (later - earlier) / (before + after)
    return slope, bend


def evaluate_pieces(pieces: Floats, u: Floats) -> Floats:
    """States (..., 26) from each one's own polynomial (..., 6, 26), `u` (..., 1) from 0 to 1 through it."""
    states = pieces[..., 5, :]
    for power in range(4, -1, -1):
        states = states * u + pieces[..., power, :]
    return np.asarray(states)


def states_at(tracks: Sequence[Track], times_s: Floats) -> Floats:
    """What `Track.at` gives, of many tracks at once.

    Args:
        tracks: N of them, with any numbers of keys.
        times_s: (N, T), each track's own.

    Returns:
        (N, T, 26).

    Example:
        >>> track = Track.from_keys([0, 1], [Key(), Key((0.2, 0, 0))])
        >>> states_at([track, track], np.array([[0.0], [0.5]]))[:, 0, 0].round(3).tolist()
        [0.0, 0.1]
    """
    length = max(len(track.times_s) for track in tracks)
    key_times_s = np.stack([_lengthened(track.times_s, length, step=1.0) for track in tracks])
    states = np.stack([_lengthened(track.states, length) for track in tracks])
    stops = np.stack([_lengthened(np.append(track.stops[:-1], True), length) for track in tracks])
    index = (times_s[..., None] >= key_times_s[:, None, 1:-1]).sum(axis=-1)  # (N, T)
    rows = np.arange(len(tracks))[:, None]
    span_s = np.diff(key_times_s)[rows, index]
    u = np.clip((times_s - key_times_s[rows, index]) / span_s, 0, 1)[..., None]
    return evaluate_pieces(fit_pieces(key_times_s, states, stops)[rows, index], u)


def _lengthened(rows: NDArray[Any], length: int, step: float = 0.0) -> NDArray[Any]:
    """(length, ...): rows followed by the last one again and again, each `step` more."""
    missing = length - len(rows)
    if not missing:
        return rows
    more = np.repeat(rows[-1:], missing, axis=0)
    return np.concatenate([rows, more + step * np.arange(1, missing + 1) if step else more])


@dataclass(frozen=True)
class Unrest:
    """The small movements that a living hand never stops making: drift, sway and tremor.

    A sum of sines per channel: posture sway of a held-up hand at 0.15 to 1.5 Hz, physiological tremor at 8 to
    12 Hz (Elble & Koller, Tremor, 1990: well under a millimetre at the hand).

    Attributes:
        frequencies_hz, phases, sizes: (..., 26, W) the waves of every channel.
    """

    frequencies_hz: Floats
    phases: Floats
    sizes: Floats

    @classmethod
    def draw(
        cls, rng: np.random.Generator, amount: float | Floats = 1.0, shape: tuple[int, ...] = ()
    ) -> Unrest:
        """Random unrest of one hand, or of a `shape` of hands, `amount` (..., 1, 1); 1 is about 4 mm and 2 degrees."""
        sway = rng.uniform(0.15, 1.5, (*shape, _NUM_CHANNELS, 3))
        frequencies = np.concatenate([sway, rng.uniform(8, 12, (*shape, _NUM_CHANNELS, 1))], axis=-1)
        sizes = np.repeat([0.0027, 0.018, 0.027], [3, 3, 20])[:, None] * np.array([1, 1, 1, 0.06])
        return cls(frequencies, rng.uniform(0, 2 * np.pi, frequencies.shape), amount * sizes)

    def at(self, times_s: Floats) -> Floats:
        """(..., T, 26): what to add to the states at these times, (T,) or each hand's own (..., T)."""
        turns = 2 * np.pi * self.frequencies_hz[..., None, :, :] * np.asarray(times_s)[..., None, None]
        waves = np.sin(turns + self.phases[..., None, :, :])
        return np.asarray(np.einsum("...tcw,...cw->...tc", waves, self.sizes))


def landmarks_of(states: Floats, proportions: Proportions) -> Floats:
    """Right-hand landmarks (..., 21, 3) in the person's frame, metres, from states (..., 26)."""
    local = hand_landmarks(states[..., 6:].reshape(*states.shape[:-1], 5, 4), proportions)
    middle = proportions.bases_m[..., 2, None, :] * 0.55
    turned = (local - middle) @ np.swapaxes(rotation(states[..., 3:6]), -1, -2)
    return np.asarray(turned + states[..., None, :3])


@dataclass
class Timeline:
    """Builds a track key by key, in metres.

    Example:
        >>> timeline = Timeline(Key())
        >>> timeline.move(0.5, Key(at=(0.2, 0, 0)))
        >>> timeline.track().at(np.array([0.0, 0.25, 0.5]))[:, 0].round(3).tolist()
        [0.0, 0.1, 0.2]
    """

    first: Key
    _times_s: list[float] = field(default_factory=lambda: [0.0])
    _keys: list[Key] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._keys.append(self.first)

    @property
    def now_s(self) -> float:
        return self._times_s[-1]

    @property
    def last(self) -> Key:
        return self._keys[-1]

    def move(self, seconds: float, key: Key) -> None:
        """Go to `key` within `seconds`."""
        self._times_s.append(self.now_s + seconds)
        self._keys.append(key)

    def hold(self, seconds: float) -> None:
        """Stay where the hand is."""
        if seconds > 0:
            self.move(seconds, self.last)

    def track(self) -> Track:
        return Track.from_keys(self._times_s, self._keys)
