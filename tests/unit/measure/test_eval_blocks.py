"""Resampling of rows, blocks and stretches: against other implementations and slow loops."""

import numpy as np
import pytest
from arch.bootstrap import optimal_block_length
from scipy import stats
from scipy.signal import lfilter

from reportgen.measure.statistics.blocks import block_length, bootstrap_blocks
from reportgen.measure.statistics.resampled import (
    bootstrap_rows,
    deal_blocks,
    jackknife,
    leave_out,
    most_blocks,
)
from reportgen.measure.statistics.uncertainty import CHOICES, family_of


def _series(tie, n, seed=0):
    noise = np.random.default_rng(seed).normal(size=n + 200)
    return lfilter([1.0], [1.0, -tie], noise)[200:]


def _mean(sums):
    return sums[..., 0] / sums[..., 1]


@pytest.mark.parametrize("tie", [0.0, 0.3, 0.6, 0.8])
@pytest.mark.parametrize("n", [120, 500, 2_000])
def test_block_length_is_what_politis_and_white_choose(tie, n):
    series = _series(tie, n, seed=n)
    expected = float(optimal_block_length(series)["circular"].iloc[0])
    assert block_length(series) == pytest.approx(expected, abs=max(2.0, 0.2 * expected))


def test_a_constant_or_short_series_has_no_ties():
    assert block_length(np.ones(50)) == 1
    assert block_length(np.array([1.0, 2.0, 3.0])) == 1


def test_stretches_as_a_slow_loop_draws_them():
    series, length = _series(0.6, 200), 12
    rows = np.column_stack([series, np.ones(200)])
    found = bootstrap_blocks(rows, _mean, length=length, seed=1)
    rng = np.random.default_rng(5)
    means = []
    for _ in range(4_000):
        starts = rng.integers(0, 200, 17)
        drawn = np.concatenate([series[(start + np.arange(length)) % 200] for start in starts])
        means.append(drawn[:200].mean())
    error = np.std(means) * np.sqrt(200 / 188)
    assert (found.high - found.low) / 2 == pytest.approx(stats.t.ppf(0.975, 16) * error, rel=0.06)
    assert found.method == "block bootstrap"


def test_ties_in_time_widen_the_interval():
    rows = np.column_stack([_series(0.7, 400), np.ones(400)])
    tied = bootstrap_blocks(rows, _mean)
    shuffled = bootstrap_blocks(np.random.default_rng(0).permutation(rows), _mean)
    assert tied.high - tied.low > 1.4 * (shuffled.high - shuffled.low)


def test_coverage_of_a_tied_series():
    held = 0
    for seed in range(200):
        rows = np.column_stack([_series(0.6, 150, seed), np.ones(150)])
        interval = bootstrap_blocks(rows, _mean, replicates=300)
        held += interval.low <= 0 <= interval.high
    assert 0.90 <= held / 200 <= 0.985


def test_too_short_a_series_has_no_interval():
    rows = np.column_stack([_series(0.5, 20), np.ones(20)])
    assert bootstrap_blocks(rows, _mean, length=8) is None
    assert bootstrap_blocks(rows[:1], _mean) is None
    assert bootstrap_blocks(np.ones((50, 2)), _mean) is None


def test_the_same_series_is_drawn_alike():
    rows = np.column_stack([_series(0.5, 100), np.ones(100)])
    assert bootstrap_blocks(rows, _mean) == bootstrap_blocks(rows.copy(), _mean)


# Any function


def test_bootstrap_of_any_function_agrees_with_scipys_bca():
    data = np.random.default_rng(0).exponential(2, 150)
    of = lambda at: float(np.log(data[at]).std())  # noqa: E731
    left_out = leave_out(of, np.arange(150), np.arange(150))
    found = bootstrap_rows(of, of(np.arange(150)), left_out, 150, 0.95, seed=3, replicates=3_000)
    expected = stats.bootstrap(
        (data,), lambda x: np.log(x).std(), method="BCa", n_resamples=3_000, rng=1,
        vectorized=False,
    ).confidence_interval  # fmt: skip
    width = expected.high - expected.low
    assert found.low == pytest.approx(expected.low, abs=0.08 * width)
    assert found.high == pytest.approx(expected.high, abs=0.08 * width)


def test_clusters_are_drawn_whole():
    rng = np.random.default_rng(0)
    clusters = np.repeat(np.arange(40), rng.integers(1, 6, 40))
    values = rng.normal(size=40)[clusters]
    seen = []

    def of(at):
        counts = np.bincount(clusters[at], minlength=40) / np.bincount(clusters)
        seen.append(bool((counts == counts.round()).all()))
        return float(values[at].mean())

    n = len(values)
    left_out = leave_out(of, np.arange(n), deal_blocks(n, 10, clusters))
    seen.clear()
    assert bootstrap_rows(
        of, of(np.arange(n)), left_out, n, 0.95, seed=1, clusters=clusters, replicates=50
    )
    assert all(seen)


@pytest.mark.parametrize("what", [np.mean, np.median])
def test_jackknife_of_blocks_is_as_wide_as_theory_says(what):
    rng, blocks = np.random.default_rng(4), most_blocks(5_000)
    block, whole = deal_blocks(5_000, blocks), np.arange(5_000)
    widths = []
    for data in rng.normal(size=(30, 5_000)):
        left_out = leave_out(lambda at, data=data: float(what(data[at])), whole, block)
        interval = jackknife(float(what(data)), left_out, 0.95, units=5_000)
        widths.append(interval.high - interval.low)
    error = np.sqrt((np.pi / 2 if what is np.median else 1) / 5_000)
    expected = 2 * stats.t.ppf(0.975, blocks - 1) * error
    assert np.mean(widths) == pytest.approx(expected, rel=0.12)


def test_blocks_are_of_equal_size_and_hold_whole_clusters():
    sizes = np.bincount(deal_blocks(1_003, 20))
    assert sizes.max() - sizes.min() <= 1
    clusters = np.arange(900) // 9
    block = deal_blocks(900, 7, clusters)
    assert all(len(set(block[clusters == code])) == 1 for code in range(100))


def test_what_does_not_vary_has_no_interval():
    assert jackknife(1.0, np.ones(10), 0.95, units=100) is None
    assert jackknife(1.0, np.array([1.0, np.nan, 2.0]), 0.95, units=100) is None
    assert jackknife(1.0, np.array([1.0]), 0.95, units=1) is None


# The choice


def test_each_metric_belongs_to_one_family():
    names = [name for choice in CHOICES.values() for name in choice.metrics]
    assert len(names) == len(set(names))
    assert family_of("nobody's metric") == "any function"
