"""What a network says and what is right -> how wrong it is, where two answers may be right.

Beside a gesture it is its label or background, and nobody can say which. A network that is left alone there names
other gestures: a hand that swings right before it goes left looks like a swipe to the right. So what counts there is
the probability of both together (the likelihood of Jin & Ghahramani, Learning with multiple labels, NIPS 2002).
"""

from __future__ import annotations

from typing import Any

from gesture.model import keras

ops = keras.ops


def partial_loss(targets: Any, probabilities: Any) -> Any:
    """-log of the probability of all that is right.

    Args:
        targets: integers (..., ) or (..., 1): a class index, or `~index` where background (0) is as right.
        probabilities: float (..., C).

    Returns:
        (...), 0 where the network is sure of what is right.

    Example:
        >>> float(partial_loss(np.array([~2]), np.array([[0.5, 0.1, 0.4]])))  # -log(0.9)
        0.105...
    """
    index, is_either = _index(targets, probabilities)
    own = ops.take_along_axis(probabilities, index[..., None], axis=-1)[..., 0]
    right = own + ops.where(is_either, probabilities[..., 0], 0.0)
    return -ops.log(ops.clip(right, keras.config.epsilon(), 1.0))


def accuracy(targets: Any, probabilities: Any) -> Any:
    """1 where the most probable class is right, else 0; arguments as for `partial_loss`."""
    index, is_either = _index(targets, probabilities)
    said = ops.cast(ops.argmax(probabilities, axis=-1), "int32")
    is_right = ops.logical_or(said == index, ops.logical_and(is_either, said == 0))
    return ops.cast(is_right, probabilities.dtype)


def _index(targets: Any, probabilities: Any) -> tuple[Any, Any]:
    """The class that each target names, and whether background is as right."""
    targets = ops.cast(ops.reshape(targets, ops.shape(probabilities)[:-1]), "int32")
    return ops.where(targets < 0, -1 - targets, targets), targets < 0
