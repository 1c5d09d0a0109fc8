"""Recordings, generated motion or both -> what a network is fed: crops, new ones every epoch, the next epoch's made
while it learns."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from gesture.errors import DataError
from gesture.model import keras
from gesture.streams import Hands
from gesture.training.augmentation import SLOWER, aborted_takes, augment, mirror_image
from gesture.training.dataset import (
    CROP_S,
    RATE_HZ,
    Crops,
    Example,
    class_weights,
    crops,
    every_crop,
    every_end,
    examples,
    random_crops,
    random_ends,
    shuffled,
    windows,
)
from gesture.training.fitting import BATCH
from gesture.training.generated import Generator
from gesture.training.splicing import spliced_takes
from gesture.training.splits import Split
from gesture.training.unknowns import Unknowns
from gesture.types import Recording

LEAST_BATCHES = 18
"""Of `BATCH` crops, in an epoch, however few the takes: with a third less, ten gestures by four people were seldom said
surely."""
LEAST_BATCHES_FURTHER = 12
"""The same where a network is trained further that knows most of it already."""
_KINDS = 4  # of each recording: as it is, its gestures taken back, between others, and made unknown
_LEAST_PART = 8  # recordings; fewer might leave a gesture out
_SAMPLE = 512  # generated sequences, for the features' mean and the classes' weights
_WINDOWS_PER_CROP = 4  # a window teaches one tick, a crop all of its own
_VALIDATION_STRIDE = 5


class VariedCrops(keras.utils.PyDataset):  # type: ignore[misc]
    """Fresh random crops of freshly augmented recordings and of freshly generated motion, every epoch.

    Args:
        parts: what to train on and what validates; with generated motion both may be empty.
        labels: (C,) class names.
        hands: one stream per hand or one for both.
        delay_s: how much later than the gesture the network may say so.
        seed: of every draw.
        window: how many ticks the window form sees; None for the streaming form.
        generated: what is performed for every epoch, beside the recordings.
        either_hand: whether mirror images teach the same labels.
        least_batches: of `BATCH` crops, in an epoch, however little was recorded.
        batch: crops in a step.
        epochs: how many are asked for; beside a single one no crops are drawn for a next.

    Attributes:
        mean, variance: (F,) of the training features.
        weights: (C,) how much each class counts.
        validation: the held-out crops; of the training recordings, unvaried, where nothing is held out.
        is_held_out: whether anything is.
        random_state: of the generator, before it drew the crops of this epoch.

    Raises:
        DataError: no hand is in view during any take.
    """

    def __init__(
        self,
        parts: Split,
        labels: tuple[str, ...],
        hands: Hands,
        delay_s: float,
        seed: int,
        window: int | None,
        generated: Generator | None = None,
        either_hand: bool = False,
        least_batches: int = LEAST_BATCHES,
        batch: int = BATCH,
        epochs: int = 2,
    ) -> None:
        super().__init__()
        self._batch, self._is_only = batch, epochs == 1
        self._window, self._generated, self._either_hand = window, generated, either_hand
        self._recordings = parts.train
        self._labels, self._hands, self._delay_s = labels, hands, delay_s
        self._rng = np.random.default_rng(seed)
        recorded = self._examples(parts.train)
        plain = [*recorded, *self._perform(_SAMPLE)]
        if not plain or not any((part.targets > 0).any() for part in plain):
            raise DataError(
                "no hand is in view during any take. Expected one; look at the takes with 'gesture review'."
            )
        # Sets of cut-out gestures have short streams only, and zeros after their end would cost as much as they do.
        longest = round(SLOWER * max(len(part.features) for part in plain))
        self._length = min(round(CROP_S * RATE_HZ), longest)
        self.weights = class_weights(plain, len(labels))
        rows = np.concatenate([part.features for part in plain])
        self.mean, self.variance = rows.mean(axis=0), np.maximum(rows.var(axis=0), 1e-4)
        # Where all is gesture, as in sets of cut-out sequences, nothing is there to be told from it or to come from.
        self._has_background = any((part.targets == 0).any() for part in recorded)
        per_crop = 1 if window is None else _WINDOWS_PER_CROP
        num_crops = _num_crops(recorded, self._length, least_batches, batch) if recorded else 0
        self._num_recorded = per_crop * num_crops
        self._share = _share(recorded, num_crops * self._length) if self._has_background else 1.0
        self._num_generated = per_crop * (generated.num_sequences // batch) * batch if generated else 0
        held_out = self._examples(parts.validation)
        self.is_held_out = bool(held_out)
        self.validation = self._every(held_out or plain)
        self._unknowns = Unknowns(parts.train if self._has_background else ())
        # One thread, so that the draws follow each other and the same seed gives the same crops.
        self._ahead = ThreadPoolExecutor(1, "crops")
        self._coming = self._ahead.submit(self._draw)
        self._next_epoch()

    def _examples(self, recordings: Sequence[Recording]) -> list[Example]:
        return examples(recordings, self._labels, self._hands, self._delay_s)

    def _varied(self) -> list[Recording]:
        """The recordings and what is made of them; of many a part, as much as an epoch uses."""
        everything = range(len(self._recordings))
        streams = everything if self._has_background else range(0)
        aborted = (aborted_takes(self._recordings[at], self._rng) for at in self._part_of(streams))
        spliced = (spliced_takes(self._recordings[at], self._rng) for at in self._part_of(streams))
        more = [recording for recording in (*aborted, *spliced) if recording is not None]
        more += self._unknowns.draw(self._rng, self._part_of(streams))
        plain = (self._recordings[at] for at in self._part_of(everything))
        return [augment(self._by_either_hand(recording), self._rng) for recording in (*plain, *more)]

    def _part_of(self, recordings: range) -> list[int]:
        """As many of them as an epoch uses, in order."""
        num = round(self._share * len(recordings))
        return sorted(self._rng.choice(recordings, num, replace=False).tolist())

    def _by_either_hand(self, recording: Recording) -> Recording:
        is_mirrored = self._either_hand and self._rng.random() < 0.5
        return mirror_image(recording) if is_mirrored else recording

    def _every(self, parts: Sequence[Example]) -> Crops:
        if self._window is None:
            return crops(parts, every_crop(parts, self._length), self._length, self.weights)
        return windows(parts, every_end(parts, _VALIDATION_STRIDE), self._window, self.weights)

    def _some(self, parts: Sequence[Example], num: int) -> Crops:
        if self._window is None:
            starts = random_crops(parts, num, self._length, self._rng)
            return crops(parts, starts, self._length, self.weights)
        ends = random_ends(parts, num, self.weights, self._rng)
        return windows(parts, ends, self._window, np.ones_like(self.weights))

    def _perform(self, num: int | None = None) -> list[Example]:
        if self._generated is None:
            return []
        return self._generated.draw(self._rng, self._labels, self._delay_s, num)

    def _of_performances(self) -> Crops:
        """Whole sequences, as many as there are to be; windows anywhere in them."""
        parts = self._perform()
        if self._window is not None:
            return self._some(parts, self._num_generated)
        starts = [(index % len(parts), 0) for index in range(self._num_generated)]
        return crops(parts, starts, self._length, self.weights)

    def _draw(self) -> tuple[Mapping[str, Any], Crops]:
        """An epoch's crops, and the random state that they come from."""
        random_state = self._rng.bit_generator.state
        drawn = []
        if self._num_recorded:
            drawn.append(self._some(self._examples(self._varied()), self._num_recorded))
        if self._num_generated:
            drawn.append(self._of_performances())
        return random_state, drawn[0] if len(drawn) == 1 else shuffled(drawn, self._rng)

    def _next_epoch(self) -> None:
        self._random_state, self._crops = self._coming.result()
        self._is_over = False
        if not self._is_only:
            self._coming = self._ahead.submit(self._draw)

    def on_epoch_end(self) -> None:
        # The next epoch's crops are taken up when they are asked for: after the last one nobody does, and what comes
        # then, export and evaluation, need not share the processor with one more draw. Before the first epoch Keras
        # takes a batch to see its shape, and says that an epoch ended: where there is one only, it would be lost.
        self._is_over = not self._is_only

    @property
    def random_state(self) -> Mapping[str, Any]:
        return self._coming.result()[0] if self._is_over else self._random_state

    def resume(self, random_state: Mapping[str, Any]) -> None:
        self._coming.result()  # nobody else may draw now
        self._rng.bit_generator.state = random_state
        self._coming = self._ahead.submit(self._draw)
        self._next_epoch()

    def __len__(self) -> int:
        return (self._num_recorded + self._num_generated) // self._batch

    def __getitem__(self, index: int) -> tuple[object, object, object]:
        if self._is_over:
            self._next_epoch()
        at = slice(index * self._batch, (index + 1) * self._batch)
        return self._crops.features[at], self._crops.targets[at], self._crops.weights[at]


def _share(parts: Sequence[Example], num_ticks: int) -> float:
    """How much of the recordings, of what is made of them, too, an epoch that looks at so many ticks has a use for."""
    num_made = _KINDS * sum(len(part.features) for part in parts)
    return min(1.0, max(num_ticks / num_made, _LEAST_PART / len(parts)))


def _num_crops(parts: Sequence[Example], length: int, least_batches: int, batch: int) -> int:
    """In an epoch: whole batches, twice as much as there is."""
    enough = math.ceil(least_batches * BATCH / batch)
    return batch * max(enough, round(2 * len(every_crop(parts, length)) / batch))
