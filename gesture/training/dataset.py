"""Recordings -> what a network trains on: labels, splits, targets per tick, crops.

Splits go by person where there are several, else by recording, else between takes; never through a take and never
by window, because neighbouring windows are nearly the same and would tell a model its own exam.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gesture.errors import DataError
from gesture.streams import Hands, Stream, streams
from gesture.types import BACKGROUND, IGNORE, Array, Recording, Take

RATE_HZ = 25.0
"""The model's clock. Gestures have little above 10 Hz, and 25 is the slowest that every usual camera can fill."""
EDGE_S = 0.3
"""Around a take nobody can say where exactly it begins: trained as nothing."""
CROP_S = 4.0
WINDOW_S = 2.0
"""What the window form sees at once: the longest gestures of a desk, and the delay with which they are named."""
_VALIDATION_SHARE = 0.2
_IGNORED = -1


def labels_of(recordings: Sequence[Recording]) -> tuple[str, ...]:
    """Every label of the takes, sorted, after `background`.

    Example:
        >>> labels_of(recordings)
        ('background', 'circle', 'wave')
    """
    found = {take.label for recording in recordings for take in recording.takes}
    return (BACKGROUND, *sorted(found - {BACKGROUND, IGNORE}))


def check_labelled(recordings: Sequence[Recording]) -> None:
    """Refuse what nothing can be learned from.

    Raises:
        DataError: no take has a gesture's label.
    """
    if len(labels_of(recordings)) < 2:
        raise DataError(
            "the recordings hold no labelled take. Expected at least one; record with 'gesture record LABEL'."
        )


def hands_of(recordings: Sequence[Recording]) -> Hands:
    """`both` when any gesture was made with both hands, else `one`."""
    both = any(
        take.hand == "both" and take.label not in (BACKGROUND, IGNORE)
        for recording in recordings
        for take in recording.takes
    )
    return "both" if both else "one"


@dataclass(frozen=True)
class Split:
    """What is trained on, what validates, and what that can show.

    Attributes:
        train, validation: recordings; `validation` is empty where there is nothing to spare.
        note: one sentence for the user.
    """

    train: list[Recording]
    validation: list[Recording]
    note: str


def split(recordings: Sequence[Recording], *, holdout: Sequence[str] | None = (), seed: int = 0) -> Split:
    """Choose what validates.

    Args:
        recordings: all there is.
        holdout: the persons to hold out; chosen by `seed` when left out, nobody for None.
        seed: of the choice.

    Raises:
        DataError: if somebody in `holdout` recorded nothing, or nobody else did.

    Example:
        >>> split(recordings, holdout=["p2"]).note
        'validated on p2, whom training never saw'
    """
    if holdout is None:
        return Split(list(recordings), [], "nothing was held out: the figures are on the training data")
    persons = sorted({recording.person for recording in recordings})
    if holdout:
        return _hold_out(recordings, _known(set(holdout), persons))
    for key in ("person", "name"):
        held = _choose_held(recordings, key, seed)
        if held:
            return _split_by(recordings, key, held)
    return _split_between_takes(recordings)


def _known(holdout: set[str], persons: list[str]) -> set[str]:
    for person in sorted(holdout - set(persons)):
        raise DataError(f"--holdout {person}: recorded nothing. Choose among {', '.join(persons)}.")
    if holdout == set(persons):
        raise DataError(f"--holdout {', '.join(persons)}: nobody is left to train on. Hold out fewer.")
    return holdout


def _hold_out(recordings: Sequence[Recording], held: set[str]) -> Split:
    parts = _split_by(recordings, "person", held)
    missing = set(labels_of(recordings)) - set(labels_of(parts.train))
    lost = f"; nobody else recorded {', '.join(sorted(missing))}: left out" if missing else ""
    return replace(parts, note=parts.note + lost)


def _choose_held(recordings: Sequence[Recording], key: str, seed: int) -> set[str]:
    """A fifth of the persons (or recordings) without whom every label still has takes; empty if impossible."""
    everything = set(labels_of(recordings))
    names = sorted({getattr(recording, key) for recording in recordings})
    wanted = max(1, round(_VALIDATION_SHARE * len(names)))
    held: set[str] = set()
    for name in np.random.default_rng(seed).permutation(names).tolist():
        rest = [recording for recording in recordings if getattr(recording, key) not in held | {name}]
        if len(held) < wanted and set(labels_of(rest)) == everything and rest:
            held.add(name)
    shown = [recording for recording in recordings if getattr(recording, key) in held]
    return held if any(recording.takes for recording in shown) else set()


def _split_by(recordings: Sequence[Recording], key: str, held: set[str]) -> Split:
    train = [recording for recording in recordings if getattr(recording, key) not in held]
    validation = [recording for recording in recordings if getattr(recording, key) in held]
    if key == "person":
        note = f"validated on {', '.join(sorted(held))}, whom training never saw"
    else:
        persons = sorted({recording.person for recording in recordings})
        note = f"validated on {len(held)} recording(s) that training never saw, of {_people(persons)}"
    return Split(train, validation, note)


def _people(persons: list[str]) -> str:
    if len(persons) == 1:
        return f"the same person ({persons[0]}): it says nothing about other people"
    return "people that training saw: it says nothing about other people"


def _split_between_takes(recordings: Sequence[Recording]) -> Split:
    """The last takes of each label validate; a recording is cut where a take ends."""
    train, validation = [], []
    for recording in recordings:
        at_s = _cut_time(recording)
        train.append(cut(recording, -np.inf, at_s))
        validation.append(cut(recording, at_s, np.inf))
    if set(labels_of(train)) != set(labels_of(recordings)) or not any(part.takes for part in validation):
        return Split(
            list(recordings), [], "too few takes to hold any out: the figures are on the training data"
        )
    persons = sorted({recording.person for recording in recordings})
    validation = [part for part in validation if len(part)]
    return Split(train, validation, f"validated on the last takes of each recording, of {_people(persons)}")


def _cut_time(recording: Recording) -> float:
    """Between the takes, after four fifths of them, with an edge to spare; the end if there is no such gap."""
    takes = [take for take in recording.takes if take.label != IGNORE]
    first_held = len(takes) - max(1, round(_VALIDATION_SHARE * len(takes)))
    if first_held < 1:
        return float(np.inf)
    return 0.5 * (max(take.end_s for take in takes[:first_held]) + takes[first_held].start_s)


def cut(recording: Recording, start_s: float, end_s: float) -> Recording:
    """The frames and whole takes within [start_s, end_s).

    Example:
        >>> cut(recording, 0.0, 2.0).times_s.max() < 2.0
        True
    """
    keep = (recording.times_s >= start_s) & (recording.times_s < end_s)
    takes = tuple(take for take in recording.takes if start_s <= take.start_s and take.end_s <= end_s)
    return replace(recording.select(keep), takes=takes)


@dataclass(frozen=True)
class Example:
    """A stream and what the network should say at each of its ticks.

    Attributes:
        features: float32 (T, F).
        targets: int64 (T,), class index; -1 where nothing is trained.
    """

    features: Array
    targets: NDArray[np.int64]


def examples(
    recordings: Sequence[Recording],
    labels: tuple[str, ...],
    hands: Hands,
    delay_s: float,
    rate_hz: float = RATE_HZ,
) -> list[Example]:
    """All streams of the recordings with their targets.

    Args:
        recordings: labelled.
        labels: (C,) class names; takes with another label are trained as nothing.
        hands: one stream per hand or one for both.
        delay_s: how much later than the gesture the network may say so.
        rate_hz: the model's clock.
    """
    return [
        Example(stream.features, targets(stream, recording.takes, labels, delay_s))
        for recording in recordings
        for stream in streams(recording, hands, rate_hz)
    ]


def targets(
    stream: Stream, takes: Sequence[Take], labels: tuple[str, ...], delay_s: float
) -> NDArray[np.int64]:
    """The class at each tick of a stream: int64 (T,).

    Between takes it is background. The edges of a take, takes of another hand, discarded takes and labels that
    are not in `labels` are -1.
    """
    times_s = stream.times_s - delay_s
    classes = np.zeros(len(times_s), np.int64)
    for take in takes:
        edge_s = 0.0 if take.label == BACKGROUND else EDGE_S
        classes[(times_s >= take.start_s - edge_s) & (times_s < take.end_s + edge_s)] = _IGNORED
    for take in takes:
        if take.label in labels and (stream.hand in (take.hand, "both") or take.hand == "both"):
            classes[(times_s >= take.start_s) & (times_s < take.end_s)] = labels.index(take.label)
    return classes


@dataclass(frozen=True)
class Crops:
    """Examples cut to one length. N crops of T ticks.

    Attributes:
        features: float32 (N, T, F), zero before an example's start and after its end.
        targets: int64 (N, T), 0 where the weight is 0; for windows (N,), of the last tick.
        weights: float32 (N, T), 0 where nothing is trained; for windows (N,).
    """

    features: Array
    targets: NDArray[np.int64]
    weights: Array

    def __len__(self) -> int:
        return len(self.features)


def crops(
    parts: Sequence[Example], starts: Sequence[tuple[int, int]], length: int, class_weights: Array
) -> Crops:
    """Cut crops out of examples.

    Args:
        parts: examples of one width F.
        starts: (example, first tick) for each crop; a negative tick is before the example's start.
        length: T.
        class_weights: (C,) how much each class counts.
    """
    num_features = parts[0].features.shape[1]
    features = np.zeros((len(starts), length, num_features), np.float32)
    classes = np.full((len(starts), length), _IGNORED, np.int64)
    for row, (index, first) in enumerate(starts):
        part = parts[index]
        start, stop = max(first, 0), min(first + length, len(part.features))
        features[row, start - first : stop - first] = part.features[start:stop]
        classes[row, start - first : stop - first] = part.targets[start:stop]
    trained = classes != _IGNORED
    classes = np.where(trained, classes, 0)
    weights = np.where(trained, class_weights[classes], 0.0).astype(np.float32)
    return Crops(features, classes, weights)


def windows(
    parts: Sequence[Example], ends: Sequence[tuple[int, int]], length: int, class_weights: Array
) -> Crops:
    """Crops that end where asked, with the target of their last tick alone: what a many-to-one network learns.

    Args:
        parts, length, class_weights: as for `crops`.
        ends: (example, last tick) for each window; before an example's start it is filled with zeros.
    """
    cropped = crops(parts, [(index, last - length + 1) for index, last in ends], length, class_weights)
    return Crops(cropped.features, cropped.targets[:, -1], cropped.weights[:, -1])


def every_crop(parts: Sequence[Example], length: int) -> list[tuple[int, int]]:
    """Starts that cover each example once, end to end."""
    return [
        (index, first) for index, part in enumerate(parts) for first in range(0, len(part.features), length)
    ]


def random_crops(
    parts: Sequence[Example], num: int, length: int, rng: np.random.Generator
) -> list[tuple[int, int]]:
    """Starts at random: examples by their length, and as often as not at the very start of a short one."""
    sizes = np.array([len(part.features) for part in parts], np.float64)
    chosen = rng.choice(len(parts), num, p=sizes / sizes.sum())
    return [(int(index), int(rng.integers(0, max(1, sizes[index] - length // 2)))) for index in chosen]


def every_end(parts: Sequence[Example], stride: int) -> list[tuple[int, int]]:
    """Ends of windows, one in every `stride` ticks that are trained."""
    trained = [(index, int(last)) for index, part in enumerate(parts) for last in _trained(part)]
    return trained[::stride]


def random_ends(
    parts: Sequence[Example], num: int, class_weights: Array, rng: np.random.Generator
) -> list[tuple[int, int]]:
    """Ends of windows at random: a class as often as its weight says, so that none of them is weighted again."""
    ends = every_end(parts, 1)
    chances = class_weights[np.array([parts[index].targets[last] for index, last in ends])].astype(np.float64)
    return [ends[at] for at in rng.choice(len(ends), num, p=chances / chances.sum())]


def _trained(part: Example) -> NDArray[np.int64]:
    return np.flatnonzero(part.targets != _IGNORED)


def class_weights(parts: Sequence[Example], num_classes: int) -> Array:
    """(C,): frequency to the power -0.5, mean 1 over the ticks; a rare gesture counts, a common one is not drowned.

    Measured on SHREC'21: JI .83 without, .905 with.
    """
    trained = np.concatenate([part.targets[part.targets != _IGNORED] for part in parts])
    counts = np.maximum(np.bincount(trained, minlength=num_classes), 1)
    weights = counts**-0.5
    scaled: Array = (weights * (counts.sum() / (weights * counts).sum())).astype(np.float32)
    return scaled
