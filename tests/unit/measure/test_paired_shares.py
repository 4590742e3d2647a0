"""Differences of two shares of the same rows, against the likelihood and statsmodels."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import mcnemar

from reportgen.measure.statistics.paired_shares import (
    Discordance,
    discordance,
    mcnemar_p,
    paired_share,
    tango,
)

TABLES = [(12, 2, 50), (40, 20, 160), (5, 5, 30), (1, 0, 20), (0, 3, 100), (300, 250, 5000)]


def slow_score(gained: int, lost: int, n: int, change: float) -> float:
    """Score statistic, the nuisance share found by maximising the likelihood on a line."""
    both = n - gained - lost

    def unlikely(share: float) -> float:  # of rows that only the old one gets right
        rest = 1 - 2 * share - change
        cells = ((gained, share + change), (lost, share), (both, rest))
        if any(p < 0 or (k > 0 and p <= 0) for k, p in cells):
            return 1e12
        return -sum(k * np.log(p) for k, p in cells if k > 0)

    low, high = max(0.0, -change), (1 - change) / 2
    found = minimize_scalar(unlikely, bounds=(low, high), method="bounded",
                            options={"xatol": 1e-14})  # fmt: skip
    share = min((low, high, found.x), key=unlikely)
    return (gained - lost - n * change) / sqrt(n * (2 * share + change - change**2))


@pytest.mark.parametrize(("gained", "lost", "n"), TABLES)
def test_the_ends_of_tangos_interval_are_where_the_score_test_just_rejects(
    gained: int, lost: int, n: int
) -> None:
    interval = tango(Discordance(gained=gained, lost=lost, n=n))
    assert slow_score(gained, lost, n, interval.low) == pytest.approx(1.959964, abs=2e-4)
    assert slow_score(gained, lost, n, interval.high) == pytest.approx(-1.959964, abs=2e-4)
    assert interval.low < (gained - lost) / n < interval.high


@pytest.mark.parametrize(("gained", "lost", "n"), TABLES)
def test_the_interval_excludes_no_change_where_mcnemars_test_rejects(
    gained: int, lost: int, n: int
) -> None:
    table = [[n - gained - lost, lost], [gained, 0]]
    rejected = mcnemar(table, exact=False, correction=False).pvalue < 0.05
    interval = tango(Discordance(gained=gained, lost=lost, n=n))
    assert (interval.low > 0 or interval.high < 0) == rejected


@pytest.mark.parametrize(("gained", "lost"), [(12, 2), (1, 0), (5, 5), (0, 9), (30, 45)])
def test_the_p_value_is_mcnemars_exact_one_less_half_of_what_was_seen(
    gained: int, lost: int
) -> None:
    exact = mcnemar([[0, lost], [gained, 0]], exact=True).pvalue
    fewer, differ = min(gained, lost), gained + lost
    seen = binomtest(fewer, differ).pvalue - (
        binomtest(fewer - 1, differ).pvalue if fewer else 0.0
    )
    expected = 1.0 if gained == lost else exact - seen / 2
    assert mcnemar_p(gained, lost) == pytest.approx(expected, abs=1e-12)


def test_many_discordant_rows_are_tested_as_statsmodels_does() -> None:
    table = [[0, 900], [1000, 0]]
    expected = mcnemar(table, exact=False, correction=False).pvalue
    assert mcnemar_p(1000, 900) == pytest.approx(expected)
    assert mcnemar_p(0, 0) == 1.0


def test_where_no_row_differs_the_interval_still_has_a_width() -> None:
    interval = tango(Discordance(gained=0, lost=0, n=96.16))
    z2 = 1.959963984540054**2
    assert interval.high == pytest.approx(z2 / (96.16 + z2))
    assert interval.low == -interval.high


hits = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(hits)
def test_exchanging_the_models_turns_everything_round(pairs: list[tuple[bool, bool]]) -> None:
    new, old = np.array(pairs).T
    among = np.ones(len(new), dtype=bool)
    one = paired_share(new, old, among, 0.95)
    other = paired_share(old, new, among, 0.95)
    assert one.interval is not None
    assert other.interval is not None
    assert one.number == -other.number  # type: ignore[operator]
    assert one.p == other.p
    assert one.interval.low == pytest.approx(-other.interval.high, abs=1e-12)
    assert -1 <= one.interval.low <= one.number <= one.interval.high <= 1  # type: ignore[operator]


@settings(max_examples=60, deadline=None)
@given(hits)
def test_weights_of_one_and_clusters_of_one_change_the_number_not(
    pairs: list[tuple[bool, bool]],
) -> None:
    new, old = np.array(pairs).T
    among = np.ones(len(new), dtype=bool)
    plain = paired_share(new, old, among, 0.95)
    weighted = paired_share(new, old, among, 0.95, weights=np.full(len(new), 3.0))
    own = paired_share(new, old, among, 0.95, clusters=np.arange(len(new)))
    for other in (weighted, own):
        assert other.number == pytest.approx(plain.number, abs=1e-12)
        assert other.interval is not None
        assert plain.interval is not None
        assert other.interval.low <= plain.interval.low + 1e-9  # few units are told apart by t
        assert other.n == plain.n


def test_a_cluster_counts_once() -> None:
    rng = np.random.default_rng(3)
    new, old = rng.random((2, 60)) < 0.7
    few = discordance(new, old)
    five = discordance(np.repeat(new, 5), np.repeat(old, 5), clusters=np.repeat(np.arange(60), 5))
    assert five.change == pytest.approx(few.change)
    assert five.n == pytest.approx(few.n * 59 / 60, rel=1e-9)


def test_weights_enter_the_number_as_numpy_averages() -> None:
    rng = np.random.default_rng(4)
    new, old = rng.random((2, 200)) < 0.6
    weights = rng.exponential(size=200)
    weights[:7] = 0
    found = paired_share(new, old, np.ones(200, dtype=bool), 0.95, weights=weights)
    expected = np.average(new.astype(float) - old, weights=weights)
    assert found.number == pytest.approx(expected)
    assert found.n == 193


def test_no_rows_have_no_difference_but_a_reason() -> None:
    nothing = np.zeros(3, dtype=bool)
    found = paired_share(nothing, nothing, nothing, 0.95, reason="no row is positive")
    assert (found.number, found.reason, found.n) == (None, "no row is positive", 0)
