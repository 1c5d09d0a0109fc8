import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gesture.evaluation.confidence import bootstrap_interval, poisson_interval, wilson_interval


@pytest.mark.parametrize(  # Ulm, American Journal of Epidemiology 1990, and any table of exact Poisson limits
    ("count", "low", "high"), [(0, 0.0, 3.689), (1, 0.025, 5.572), (10, 4.795, 18.390), (100, 81.36, 121.63)]
)
def test_poisson_limits_are_those_of_the_tables(count: int, low: float, high: float) -> None:
    assert poisson_interval(count) == pytest.approx((low, high), abs=5e-3)


def test_poisson_limits_hold_for_large_counts() -> None:
    assert poisson_interval(10_000) == pytest.approx((9805, 10198), abs=2)


@pytest.mark.parametrize(
    ("hits", "num", "low", "high"),
    [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (50, 100, 0.4038, 0.5962)],
)
def test_wilson_limits(hits: int, num: int, low: float, high: float) -> None:
    assert wilson_interval(hits, num) == pytest.approx((low, high), abs=1e-4)


def test_nothing_seen_says_nothing() -> None:
    assert all(math.isnan(bound) for bound in wilson_interval(0, 0))


@given(st.integers(0, 50), st.integers(0, 50))
def test_a_proportion_lies_in_its_interval(hits: int, misses: int) -> None:
    low, high = wilson_interval(hits, hits + misses)
    if hits + misses:
        assert 0 <= low <= hits / (hits + misses) <= high + 1e-9 <= 1 + 1e-9


def share(sums: np.ndarray) -> np.ndarray:
    return np.divide(sums[:, 0], sums[:, 1], out=np.full(len(sums), np.nan), where=sums[:, 1] > 0)


def test_a_bootstrap_of_equal_persons_has_no_width() -> None:
    assert bootstrap_interval(np.array([[9, 10]] * 6), share) == pytest.approx((0.9, 0.9))


def test_a_bootstrap_comes_near_the_normal_interval_of_many_persons() -> None:
    hits = np.random.default_rng(0).binomial(20, 0.8, 200)
    counts = np.stack([hits, np.full(200, 20)], axis=1)
    half = 1.96 * (hits / 20).std(ddof=1) / math.sqrt(200)
    mean = (hits / 20).mean()
    assert bootstrap_interval(counts, share) == pytest.approx((mean - half, mean + half), abs=2e-3)


def test_a_bootstrap_is_the_same_each_time_and_passes_over_what_is_undefined() -> None:
    counts = np.array([[0, 0], [0, 0], [1, 2], [3, 4], [0, 0]])
    first = bootstrap_interval(counts, share)
    assert first == bootstrap_interval(counts, share)
    assert 0.5 <= first[0] <= first[1] <= 0.75
    assert all(math.isnan(bound) for bound in bootstrap_interval(counts[:2], share))
