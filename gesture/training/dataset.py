"""Recordings -> what a network trains on: labels, targets per tick, crops and windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gesture.errors import DataError
from gesture.streams import Hands, Stream, streams
from gesture.types import BACKGROUND, IGNORE, Array, Recording, Take

RATE_HZ = 25.0
"""The model's clock. Gestures have little above 10 Hz, and 25 is the slowest that every usual camera can fill."""
EDGE_S = 0.3
"""Around a take nobody can say where exactly it begins: its label is right there, and so is background."""
CROP_S = 4.0
WINDOW_S = 2.0
"""What the window form sees at once: the longest gestures of a desk, and the delay with which they are named."""
IGNORED = -1
"""The target of a tick at which nothing is trained. Below it is `~index`, where background is as right as a class."""


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
class Example:
    """A stream and what the network should say at each of its ticks.

    Attributes:
        features: float32 (T, F).
        targets: int64 (T,), class index; `~index` where background would be as right; -1 where nothing is trained.
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

    Between takes it is background. At the edges of a take it is `~index`: the take's label or background, and no
    other label; there hands do what leads to the gesture and back, which is often the half of another gesture.
    Takes of another hand, discarded takes, labels that are not in `labels`, and edges that meet are -1.
    """
    times_s = stream.times_s - delay_s
    classes = np.zeros(len(times_s), np.int64)
    shown = [take.label in labels and stream.hand in _streams_of(take) for take in takes]
    for take, is_shown in zip(takes, shown, strict=True):
        edge_s = 0.0 if take.label == BACKGROUND else EDGE_S
        near = (times_s >= take.start_s - edge_s) & (times_s < take.end_s + edge_s)
        edge = ~labels.index(take.label) if is_shown else IGNORED
        classes[near] = np.where(classes[near] == 0, edge, IGNORED)
    for take, is_shown in zip(takes, shown, strict=True):
        if is_shown:
            classes[(times_s >= take.start_s) & (times_s < take.end_s)] = labels.index(take.label)
    return classes


def _streams_of(take: Take) -> tuple[str, ...]:
    """The hands of the streams that show a take."""
    return ("left", "right", "both") if take.hand == "both" else (take.hand, "both")


def named(targets: NDArray[np.int64]) -> NDArray[np.int64]:
    """The class that each target names, with background or without; 0 where nothing is trained."""
    return np.where(targets < 0, ~targets, targets)


@dataclass(frozen=True)
class Crops:
    """Examples cut to one length. N crops of T ticks.

    Attributes:
        features: float32 (N, T, F), zero before an example's start and after its end.
        targets: int64 (N, T), class index, `~index` or 0 where the weight is 0; for windows (N,), of the last tick.
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
    classes = np.full((len(starts), length), IGNORED, np.int64)
    for row, (index, first) in enumerate(starts):
        part = parts[index]
        start, stop = max(first, 0), min(first + length, len(part.features))
        features[row, start - first : stop - first] = part.features[start:stop]
        classes[row, start - first : stop - first] = part.targets[start:stop]
    trained = classes != IGNORED
    classes = np.where(trained, classes, 0)
    weights = np.where(trained, class_weights[named(classes)], 0.0).astype(np.float32)
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


def shuffled(several: Sequence[Crops], rng: np.random.Generator) -> Crops:
    """All of several crops of one length, in random order."""
    order = rng.permutation(sum(map(len, several)))
    return Crops(
        *(
            np.concatenate([getattr(one, name) for one in several])[order]
            for name in ("features", "targets", "weights")
        )
    )


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
    classes = named(np.array([parts[index].targets[last] for index, last in ends]))
    chances = class_weights[classes].astype(np.float64)
    return [ends[at] for at in rng.choice(len(ends), num, p=chances / chances.sum())]


def _trained(part: Example) -> NDArray[np.int64]:
    return np.flatnonzero(part.targets != IGNORED)


def class_weights(parts: Sequence[Example], num_classes: int) -> Array:
    """(C,): frequency to the power -0.5, mean 1 over the ticks with one label. A rare gesture counts, a common one is
    not drowned.

    Measured on SHREC'21: JI .83 without, .905 with.
    """
    trained = np.concatenate([part.targets[part.targets >= 0] for part in parts])
    counts = np.maximum(np.bincount(trained, minlength=num_classes), 1)
    weights = counts**-0.5
    scaled: Array = (weights * (counts.sum() / (weights * counts).sum())).astype(np.float32)
    return scaled
