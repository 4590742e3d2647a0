"""Quantiles and their intervals: scipy's, the slow count's, and right as often as they say."""

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import quantile_test

from reportgen.measure.statistics.quantiles import calls_needed, quantile_of, ranks_of

LEVELS = st.sampled_from([0.8, 0.9, 0.95, 0.99])
PS = st.sampled_from([0.5, 0.9, 0.95, 0.99])


@pytest.mark.parametrize("n", [6, 7, 20, 72, 73, 100, 368, 369, 500, 1000])
@pytest.mark.parametrize("p", [0.5, 0.95, 0.99])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_the_interval_is_scipys(n: int, p: float, level: float) -> None:
    numbers = np.random.default_rng(n).exponential(size=n)
    expected = quantile_test(numbers, q=1.0, p=p).confidence_interval(level)

    found = quantile_of(numbers.tolist(), p, level)

    if n < calls_needed(p, level):
        assert np.isnan(expected.low) or np.isnan(expected.high)
        assert found.interval is None
    else:
        assert found.interval is not None
        assert (found.interval.low, found.interval.high) == (expected.low, expected.high)


@given(st.lists(st.integers(0, 30).map(float), min_size=1, max_size=60), PS)
def test_the_number_is_numpys_inverse_of_the_distribution(numbers: list[float], p: float) -> None:
    found = quantile_of(numbers, p, 0.95)

    if found.number is not None:
        assert found.number == np.quantile(numbers, p, method="inverted_cdf")
        assert found.n == len(numbers)


@given(st.integers(1, 300), PS, LEVELS)
def test_the_ranks_are_the_closest_that_keep_each_tail(n: int, p: float, level: float) -> None:
    """Counted with whole numbers, term by term."""
    below = np.cumsum([comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)])
    tail = (1 - level) / 2
    lows = [rank for rank in range(1, n + 1) if below[rank - 1] <= tail * (1 + 1e-9)]
    highs = [rank for rank in range(1, n + 1) if 1 - below[rank - 1] <= tail * (1 + 1e-9)]

    found = ranks_of(n, p, level)

    if lows and highs:
        assert found == (max(lows), min(highs))
    else:
        assert found is None


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=400), PS, st.randoms())
def test_order_says_nothing(numbers: list[float], p: float, random: object) -> None:
    shuffled = list(numbers)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert quantile_of(shuffled, p, 0.95) == quantile_of(numbers, p, 0.95)


def test_all_alike_have_an_interval_of_no_width() -> None:
    found = quantile_of([3.0] * 100, 0.5, 0.95)

    assert found.interval is not None
    assert (found.interval.low, found.number, found.interval.high) == (3.0, 3.0, 3.0)


@pytest.mark.parametrize(("n", "p", "reason"), [
    (0, 0.5, "nothing was timed"),
    (1, 0.95, "not enough calls (n = 1; 72 needed)"),
    (71, 0.95, "not enough calls (n = 71; 72 needed)"),
    (367, 0.99, "not enough calls (n = 367; 368 needed)"),
])  # fmt: skip
def test_too_few_say_how_many_are_needed(n: int, p: float, reason: str) -> None:
    found = quantile_of([1.0] * n, p, 0.95)

    assert (found.number, found.reason) == (None, reason)


@pytest.mark.parametrize("n", [1, 5])
def test_the_median_of_a_few_stands_without_an_interval(n: int) -> None:
    found = quantile_of([float(k) for k in range(n)], 0.5, 0.95)

    assert (found.number, found.interval) == ((n - 1) // 2, None)


def test_the_range_of_six_starts_is_an_interval_of_their_median() -> None:
    found = quantile_of([4.0, 1.0, 6.0, 2.0, 5.0, 3.0], 0.5, 0.95)

    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == (1.0, 6.0)


@pytest.mark.parametrize(("n", "p"), [(20, 0.5), (100, 0.95), (500, 0.99)])
def test_intervals_hold_the_quantile_as_often_as_they_say(n: int, p: float) -> None:
    """Waiting times with a long tail, as latencies have; 4,000 samples."""
    truth = float(np.exp(0.8 * _normal_quantile(p)))
    samples = np.sort(np.random.default_rng(11).lognormal(0, 0.8, size=(4000, n)), axis=1)
    ranks = ranks_of(n, p, 0.95)
    assert ranks is not None

    held = (samples[:, ranks[0] - 1] <= truth) & (truth <= samples[:, ranks[1] - 1])

    assert 0.945 <= held.mean() <= 0.985


def _normal_quantile(p: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(p)
