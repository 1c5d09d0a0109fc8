"""What a person has taught a network that stays as it is: a linear layer on what the network sees, in plain NumPy.

In: at each tick the network's probabilities, its embedding and its features. Out: the probabilities of its labels
and of the learned ones. A network sums a stream up for its own gestures only, so the head keeps running means of
embedding and features over a few spans of time; they travel with the network's state.

With s the learned labels' scores, P(learned j) = exp(s_j) / (1 + sum exp(s)), and what the network says is scaled by
what is left: a softmax over scores in which all that the network knows together has score 0.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gesture.errors import ModelError
from gesture.types import BACKGROUND, Array

SPANS_S = (0.2, 0.5, 1.0)
"""Time constants of the running means: a stroke, a gesture, a sign with several movements."""
SILENT = 0.3
"""A learned label that is less probable counts as silent, and what the network says is passed on to the bit: its own
labels fire at .9 and more, and would not bear that a tenth of every gesture is taken away."""
_CLIP = 5.0


@dataclass(frozen=True)
class Senses:
    """What a head sees at each tick. Z = width of embedding and features together, D = (1 + spans) x Z.

    Attributes:
        mean, scale: float32 (Z,); standardises, and cuts off at five deviations.
        rate_hz: ticks a second.
    """

    mean: Array
    scale: Array
    rate_hz: float

    @property
    def initial_memory(self) -> Array:
        """(M,): at the start of a stream."""
        return np.zeros(1 + len(SPANS_S) * len(self.mean), np.float32)

    def update(self, row: Array, memory: Array) -> tuple[Array, Array]:
        """One tick.

        Args:
            row: (Z,), embedding then features.
            memory: (M,), `initial_memory` or what the last tick gave.

        Returns:
            What the head sees (D,), and the new memory.
        """
        now = np.minimum(np.maximum((row - self.mean) * self.scale, -_CLIP), _CLIP)
        means = memory[1:].reshape(len(SPANS_S), -1)
        if not memory[0]:
            means = np.broadcast_to(now, means.shape)
        means = means + self._shares * (now - means)
        flat = means.ravel()
        return np.concatenate([now, flat]), np.concatenate([_STARTED, flat])

    @cached_property
    def _shares(self) -> Array:
        shares: Array = (1 - np.exp(-1 / (self.rate_hz * np.array(SPANS_S)))).astype(np.float32)[:, None]
        return shares

    def over(self, rows: Array) -> Array:
        """A whole stream: (T, Z) -> (T, D), what `update` gives tick by tick."""
        memory, seen = self.initial_memory, []
        for row in rows:
            sight, memory = self.update(row, memory)
            seen.append(sight)
        return np.stack(seen)


_STARTED = np.ones(1, np.float32)


@dataclass(frozen=True)
class Head:
    """Labels learned on top of a network.

    Attributes:
        network_labels: what the network's outputs stand for. One that was forgotten is `background`.
        learned: (J,) labels of the head; one that the network has, too, is added to it.
        senses: what the head sees.
        weights, bias: float32 (J, D) and (J,).

    Example:
        >>> weights, bias = np.zeros((1, 8), np.float32), np.zeros(1, np.float32)
        >>> head = Head(("background", "wave"), ("snap",), senses, weights, bias)
        >>> head.labels
        ('background', 'wave', 'snap')
        >>> head.combine(np.array([0.2, 0.8], np.float32), np.zeros(8, np.float32))
        array([0.1, 0.4, 0.5], dtype=float32)
    """

    network_labels: tuple[str, ...]
    learned: tuple[str, ...]
    senses: Senses
    weights: Array
    bias: Array

    @classmethod
    def of_network(cls, labels: tuple[str, ...], num_inputs: int, rate_hz: float) -> Head:
        """One that has learned nothing yet: it passes on what the network says."""
        senses = Senses(np.zeros(num_inputs, np.float32), np.ones(num_inputs, np.float32), rate_hz)
        width = (1 + len(SPANS_S)) * num_inputs
        return cls(labels, (), senses, np.zeros((0, width), np.float32), np.zeros(0, np.float32))

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """(C,): those of the network that were not forgotten, then what else was learned."""
        return tuple(dict.fromkeys((*self.network_labels, *self.learned)))

    def combine(self, probabilities: Array, seen: Array) -> Array:
        """The network's probabilities and what the head sees -> (C,) probabilities of `labels`."""
        learned = self.probabilities(seen)
        labels = self.labels
        combined = np.zeros(len(labels), np.float32)
        np.add.at(combined, [labels.index(name) for name in self.network_labels], probabilities)
        if learned.any():
            combined *= 1 - learned.sum()
            np.add.at(combined, [labels.index(name) for name in self.learned], learned)
        return combined

    def probabilities(self, seen: Array) -> Array:
        """(..., D) -> (..., J): how probable each learned label is; 0 where it is silent."""
        learned = softmax_with_rest(seen @ self.weights.T + self.bias)
        heard: Array = np.where(learned >= SILENT, learned, np.float32(0))
        return heard

    def without(self, label: str) -> Head:
        """The head without a label: what was learned is dropped, what the network calls so becomes background."""
        keep = [name != label for name in self.learned]
        known = self.network_labels if label in self.learned else _renamed(self.network_labels, label)
        learned = tuple(name for name in self.learned if name != label)
        return Head(known, learned, self.senses, self.weights[keep], self.bias[keep])

    @property
    def is_idle(self) -> bool:
        """Whether it changes nothing of what the network says."""
        return not self.learned and self.network_labels.count(BACKGROUND) == 1

    def to_bytes(self) -> bytes:
        """The content of `head.npz`: arrays only, no pickle."""
        content = io.BytesIO()
        np.savez(
            content,
            allow_pickle=False,
            network_labels=np.array(self.network_labels, np.str_),
            learned=np.array(self.learned, np.str_),
            mean=self.senses.mean,
            scale=self.senses.scale,
            rate_hz=np.float64(self.senses.rate_hz),
            weights=self.weights,
            bias=self.bias,
        )
        return content.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes, source: str) -> Head:
        """Read `head.npz`.

        Raises:
            ModelError: damaged, or arrays that do not fit each other.
        """
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                senses = Senses(arrays["mean"], arrays["scale"], float(arrays["rate_hz"]))
                known, learned = (tuple(map(str, arrays[name])) for name in ("network_labels", "learned"))
                head = cls(known, learned, senses, arrays["weights"], arrays["bias"])
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            raise ModelError(f"{source} is damaged ({error}). {_MEND}") from error
        shape = (len(head.learned), (1 + len(SPANS_S)) * len(senses.mean))
        if head.weights.shape != shape or head.bias.shape != shape[:1] or not np.isfinite(head.weights).all():
            raise ModelError(f"{source}: weights of shape {head.weights.shape}. Expected {shape}. {_MEND}")
        return head


_MEND = "Take the model before it back with 'gesture learn --undo', or learn again."


def _renamed(labels: tuple[str, ...], forgotten: str) -> tuple[str, ...]:
    return tuple(BACKGROUND if label == forgotten else label for label in labels)


def softmax_with_rest(scores: Array) -> Array:
    """(..., J) scores -> (..., J) probabilities, beside a rest of score 0 that is left out."""
    top = np.maximum(scores.max(axis=-1, keepdims=True, initial=0.0), 0.0)
    odds = np.exp(scores - top)
    shares: Array = (odds / (np.exp(-top) + odds.sum(axis=-1, keepdims=True))).astype(np.float32)
    return shares
