"""How far a figure can be trusted: 95 % intervals. Counts in, (low, high) out.

Poisson: Garwood, Biometrika 1936 (exact). Proportion: Wilson, JASA 1927. Anything else: Efron's percentile bootstrap,
Annals of Statistics 1979, drawing whole persons or recordings, because the takes of one are alike.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Interval = tuple[float, float]

_TAIL = 0.025
_Z = 1.959963984540054  # the normal distribution's .975 quantile


def poisson_interval(count: int) -> Interval:
    """Where the expected count lies, given one count.

    Example:
        >>> tuple(round(bound, 2) for bound in poisson_interval(0))
        (0.0, 3.69)
    """
    low = _poisson_rate(count - 1, 1 - _TAIL) if count else 0.0
    return low, _poisson_rate(count, _TAIL)


def _poisson_rate(count: int, probability: float) -> float:
    """The rate at which at most `count` events have this probability, by bisection."""
    log_factorials = np.array([math.lgamma(k + 1) for k in range(count + 1)])
    low, high = 0.0, count + 10 * math.sqrt(count + 1) + 10
    for _ in range(60):
        rate = 0.5 * (low + high)
        at_most = float(np.exp(np.arange(count + 1) * math.log(rate) - rate - log_factorials).sum())
        low, high = (rate, high) if at_most > probability else (low, rate)
    return 0.5 * (low + high)


def wilson_interval(hits: int, num: int) -> Interval:
    """Where a proportion lies, given `hits` of `num`; NaN where `num` is 0.

    Example:
        >>> tuple(round(bound, 2) for bound in wilson_interval(8, 10))
        (0.49, 0.94)
    """
    if not num:
        return math.nan, math.nan
    share, spread = hits / num, _Z**2 / num
    center = (share + spread / 2) / (1 + spread)
    half = math.sqrt(spread * (share * (1 - share) + spread / 4)) / (1 + spread)
    return max(0.0, center - half), min(1.0, center + half)


def bootstrap_interval(
    counts: NDArray[np.int64],
    statistic: Callable[[NDArray[np.int64]], NDArray[np.float64]],
    *,
    num: int = 2000,
    seed: int = 0,
) -> Interval:
    """Where a statistic of summed counts lies, had other units been drawn. Units that all agree give no width, which
    says that they agree and not that others would.

    Args:
        counts: (U, ...), one row for each person or recording.
        statistic: from sums (num, ...) to one value each (num,); NaN values are passed over.
        num: how many times to draw U units with replacement.
        seed: same seed, same interval.

    Example:
        >>> hits = np.array([[9, 10], [10, 10], [8, 10], [9, 10], [10, 10]])
        >>> bootstrap_interval(hits, lambda sums: sums[:, 0] / sums[:, 1])
        (0.86, 0.98)
    """
    draws = np.random.default_rng(seed).integers(0, len(counts), (num, len(counts)))
    values: NDArray[Any] = statistic(counts[draws].sum(axis=1))
    finite = values[np.isfinite(values)]
    if not len(finite):
        return math.nan, math.nan
    low, high = np.quantile(finite, [_TAIL, 1 - _TAIL])
    return float(low), float(high)
