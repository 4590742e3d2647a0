"""Intervals against published examples, statsmodels, scipy and slow loops."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from reportgen.measure.statistics.bootstrap import bootstrap_cells, bootstrap_sums, units_of
from reportgen.measure.statistics.comparisons import (
    excess_p,
    fisher_p,
    holm,
    interval_p,
    rows_needed,
)
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import (
    combined,
    difference,
    logit_interval,
    median_interval,
    normal_quantile,
    proportion,
    quantile_t,
    ratio,
    wilson,
    z_of,
)
from reportgen.measure.statistics.losses import Explained, MeanOf, estimate_sums, sum_columns
from reportgen.measure.statistics.ranking import newcombe_auc


def _mean(sums):
    return sums[..., 0] / sums[..., -1]


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [  # Newcombe (1998), Table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_is_newcombes_table(hits, n, low, high):
    interval = wilson(hits, n)
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)
    assert interval.method == "wilson"


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_wilson_is_statsmodels(level):
    for hits, n in [(0, 1), (1, 1), (3, 7), (50, 50), (123, 10_000)]:
        expected = proportion_confint(hits, n, 1 - level, method="wilson")
        interval = wilson(hits, n, level)
        assert (interval.low, interval.high) == pytest.approx(expected, abs=1e-12)


def test_a_share_of_no_rows_has_a_reason():
    assert wilson(0, 0) is None
    assert proportion(0, 0, reason="no row is positive").reason == "no row is positive"


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [  # Newcombe (1998), Table II, method 10
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 20), 0.6791, 1.0),
    ],
)
def test_difference_is_newcombes_table(first, second, low, high):
    gap = difference(proportion(*first), proportion(*second))
    assert (round(gap.interval.low, 4), round(gap.interval.high, 4)) == (low, high)
    assert gap.interval.method == "newcombe"


def test_difference_is_statsmodels():
    expected = confint_proportions_2indep(30, 100, 45, 90, method="newcomb")
    gap = difference(proportion(30, 100), proportion(45, 90))
    assert (gap.interval.low, gap.interval.high) == pytest.approx(expected, abs=1e-9)


def test_difference_without_a_number_passes_the_reason_on():
    gap = difference(proportion(0, 0, reason="no labels yet"), proportion(1, 2))
    assert gap.number is None
    assert gap.reason == "no labels yet"


def test_average_of_equal_parts_narrows_by_the_root_of_their_number():
    part = proportion(40, 80)
    whole = combined([part] * 4)
    half = whole.interval.high - whole.number
    assert half == pytest.approx((part.interval.high - part.number) / 2)
    assert whole.n == 320


def test_equal_weights_leave_wilson_as_it_is_but_for_the_last_degrees_of_freedom():
    rng = np.random.default_rng(0)
    hits = (rng.random(5_000) < 0.3).astype(float)
    plain = proportion(int(hits.sum()), 5_000)
    weighted = ratio(hits * 2.5, np.full(5_000, 2.5))
    assert weighted.number == pytest.approx(plain.number)
    assert weighted.interval.low == pytest.approx(plain.interval.low, abs=2e-5)
    assert weighted.interval.high == pytest.approx(plain.interval.high, abs=2e-5)


def test_rows_that_are_copies_count_once():
    """Each of 200 rows stands there ten times under one id: no more is known than from 200."""
    hits = (np.arange(200) % 3 == 0).astype(float)
    plain = proportion(int(hits.sum()), 200)
    copies = ratio(np.repeat(hits, 10), np.ones(2_000), clusters=np.repeat(np.arange(200), 10))
    assert copies.n == 2_000
    assert copies.interval.low == pytest.approx(plain.interval.low, abs=0.003)
    assert copies.interval.high == pytest.approx(plain.interval.high, abs=0.003)


def test_a_clustered_share_of_one_is_no_surer_than_its_clusters():
    estimate = ratio(np.ones(100), np.ones(100), clusters=np.repeat(np.arange(10), 10))
    t_widened = 10 * (z_of(0.95) / stats.t.ppf(0.975, 9)) ** 2
    assert estimate.interval.low == pytest.approx(wilson(t_widened, t_widened).low)


def test_student_quantiles_are_scipys():
    for df in (1, 5, 30, 1_000):
        assert quantile_t(0.95, df) == pytest.approx(stats.t.ppf(0.975, df), rel=1e-9)
    assert quantile_t(0.95, 10**6) == z_of(0.95)
    assert normal_quantile(0) == -np.inf
    assert normal_quantile(1) == np.inf


def test_logit_interval_stays_inside_and_is_none_at_the_edge():
    interval = logit_interval(0.99, 0.02, 0.95, method="x")
    assert 0 < interval.low < 0.99 < interval.high < 1
    assert logit_interval(1.0, 0.02, 0.95, method="x") is None
    assert logit_interval(0.5, 0.0, 0.95, method="x") is None


def test_median_interval_counts_order_statistics():
    ordered = np.arange(1.0, 101.0)  # ranks 41 to 61, rounded outwards, hold the median
    interval = median_interval(ordered, 0.95)
    assert (interval.low, interval.high) == (40.0, 61.0)
    exact = stats.binom.cdf(60, 100, 0.5) - stats.binom.cdf(39, 100, 0.5)
    assert exact >= 0.95


def test_median_of_five_has_no_interval():
    assert median_interval(np.arange(5.0), 0.95) is None
    assert median_interval(np.arange(6.0), 0.95).method == "order statistics"


def _slow_bca(rows, level, draws):
    """BCa of a mean, written out, on given draws."""
    n = len(rows)
    estimate = rows.mean()
    means = np.array([rows[draw].mean() for draw in draws])
    bias = stats.norm.ppf((means < estimate).mean() + (means == estimate).mean() / 2)
    left = np.array([np.delete(rows, at).mean() for at in range(n)])
    slope = left.mean() - left
    speed = (slope**3).sum() / (6 * (slope**2).sum() ** 1.5)
    reach = stats.t.ppf((1 + level) / 2, n - 1) * np.sqrt(n / (n - 1))
    ends = []
    for step in (-reach, reach):
        share = stats.norm.cdf(bias + (bias + step) / (1 - speed * (bias + step)))
        ends.append(np.quantile(means, share))
    return tuple(ends)


def test_bootstrap_is_the_slow_loop_on_the_same_draws():
    rows = np.random.default_rng(3).gamma(1.0, 2.0, size=80)
    draws = np.random.default_rng(11).integers(0, 80, size=(1_000, 80))
    interval = bootstrap_sums(sum_columns(rows), _mean, 0.9, seed=11)
    assert (interval.low, interval.high) == pytest.approx(_slow_bca(rows, 0.9, draws), rel=1e-9)


def test_bootstrap_is_close_to_scipys_bca():
    rows = np.random.default_rng(4).gamma(1.0, 2.0, size=400)
    theirs = stats.bootstrap(
        (rows,), np.mean, n_resamples=9_999, method="BCa", rng=np.random.default_rng(0)
    ).confidence_interval
    ours = bootstrap_sums(sum_columns(rows), _mean, seed=1, replicates=9_999)
    width = theirs.high - theirs.low
    assert ours.low == pytest.approx(theirs.low, abs=0.05 * width)
    assert ours.high == pytest.approx(theirs.high, abs=0.05 * width)


def test_studentised_bootstrap_is_the_slow_loop_on_the_same_draws():
    rows = np.random.default_rng(3).gamma(1.0, 2.0, size=80)
    found = estimate_sums(sum_columns(rows), {"m": MeanOf(column=0)}, 0.9)["m"]
    ordered = np.sort(rows)
    draws = np.random.default_rng(found.seed).integers(0, 80, size=(1_000, 80))
    steps = [
        (ordered[draw].mean() - rows.mean()) / np.sqrt(ordered[draw].var() / 79) for draw in draws
    ]
    error = rows.std(ddof=1) / np.sqrt(80)
    first, last = np.quantile(steps, [0.05, 0.95])
    assert found.interval.low == pytest.approx(rows.mean() - last * error, rel=1e-9)
    assert found.interval.high == pytest.approx(rows.mean() - first * error, rel=1e-9)
    assert found.interval.method == "bootstrap-t"


def test_weights_are_ratios_to_the_studentised_bootstrap():
    """A weighted mean is a ratio; its error is the linearised one that survey books give."""
    rng = np.random.default_rng(8)
    rows, weights = rng.gamma(1.0, 2.0, size=3_000), rng.random(3_000) + 0.2
    found = estimate_sums(sum_columns(rows, weights=weights), {"m": MeanOf(column=0)})["m"]
    mean = np.average(rows, weights=weights)
    error = np.sqrt((weights**2 * (rows - mean) ** 2).sum()) / weights.sum()
    assert found.number == pytest.approx(mean)
    width = found.interval.high - found.interval.low
    assert width == pytest.approx(2 * 1.96 * error, rel=0.1)


@pytest.mark.parametrize("weighted", [False, True])
def test_gradients_are_finite_differences(weighted):
    rng = np.random.default_rng(1)
    truth, error = rng.normal(3, 2, 50), rng.normal(0, 1, 50)
    columns = np.column_stack([error**2, truth**2, truth, np.ones(50)])
    sums = (columns * (rng.random(50)[:, None] if weighted else 1.0)).sum(axis=0)
    for smooth, own in (
        (Explained(squared=0, truth=2, truth_squared=1), sums),
        (MeanOf(column=0), sums[[0, 3]]),
    ):
        for at in range(len(own)):
            step = np.zeros(len(own))
            step[at] = 1e-5 * own[at]
            slope = (smooth.inner(own + step) - smooth.inner(own - step)) / (2 * step[at])
            assert smooth.gradient(own)[at] == pytest.approx(slope, rel=1e-6)


@pytest.mark.parametrize("loss", [0.1, 1 / 3, 1e9 + 0.1])
def test_losses_that_are_all_alike_have_no_interval(loss):
    found = estimate_sums(sum_columns(np.full(70, loss)), {"m": MeanOf(column=0)})["m"]
    assert found.number == pytest.approx(loss)
    assert found.interval is None


def test_drawing_cells_is_drawing_rows():
    """Share of the first cell among 300 rows: as the same rows drawn one by one."""
    counts = np.array([60, 200, 40])

    def share(sums):
        return sums[..., 0] / sums.sum(axis=-1)

    rows = np.repeat(np.eye(3), counts, axis=0)
    cells = bootstrap_cells(counts, share, replicates=20_000, seed=5)
    slow = bootstrap_sums(rows, share, replicates=20_000, seed=6)
    assert cells.low == pytest.approx(slow.low, abs=0.004)
    assert cells.high == pytest.approx(slow.high, abs=0.004)


def test_batches_keep_the_width():
    rows = np.random.default_rng(5).gamma(0.5, 2.0, size=20_000)
    units = units_of(sum_columns(rows))
    assert units.shape == (1_000, 2)
    assert units.sum(axis=0) == pytest.approx([rows.sum(), 20_000])
    interval = bootstrap_sums(units, _mean, seed=1)
    expected = 2 * 1.96 * rows.std() / np.sqrt(20_000)
    assert interval.high - interval.low == pytest.approx(expected, rel=0.1)


def test_resampling_cannot_tell_from_one_unit_or_none_that_differ():
    assert bootstrap_sums(np.ones((1, 2)), _mean, seed=1) is None
    assert bootstrap_sums(np.ones((9, 2)), _mean, seed=1) is None
    assert bootstrap_cells(np.array([1, 0]), lambda sums: sums[..., 0], seed=1) is None


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_newcombes_auc_interval_solves_its_equation(level):
    area, positives, negatives = 0.8, 20, 35
    interval = newcombe_auc(area, positives, negatives, level)
    for theta in (interval.low, interval.high):
        spread = (positives + negatives) / 2 - 1
        spread *= (1 - theta) / (2 - theta) + theta / (1 + theta)
        variance = theta * (1 - theta) * (1 + spread) / (positives * negatives)
        assert abs(area - theta) == pytest.approx(z_of(level) * np.sqrt(variance), rel=1e-6)


def test_newcombes_auc_interval_holds_at_perfect_separation():
    interval = newcombe_auc(1.0, 5, 5, 0.95)
    assert interval.high == 1.0
    assert 0.4 < interval.low < 0.8


@pytest.mark.parametrize(
    ("hits", "n", "all_hits", "all_n"),
    [(2, 10, 20, 1_000), (0, 12, 40, 200), (5, 6, 30, 60), (14, 20, 500, 1_000)],
)
def test_fishers_mid_p_is_scipys_hypergeometric(hits, n, all_hits, all_n):
    law = stats.hypergeom(all_n, all_hits, n)
    upper = law.sf(hits) + law.pmf(hits) / 2
    lower = law.cdf(hits) - law.pmf(hits) / 2
    expected = min(2 * min(upper, lower), 1.0)
    assert fisher_p(hits, n, all_hits, all_n) == pytest.approx(expected, rel=1e-9)


def test_fishers_p_of_large_groups_is_the_chi_square_test():
    table = np.array([[300, 200], [1_500, 1_400]])
    chi = stats.chi2_contingency(table, correction=False)
    scaled = chi.statistic * (table.sum() - 1) / table.sum()
    expected = stats.chi2.sf(scaled, 1)
    assert fisher_p(300, 500, 1_800, 3_400) == pytest.approx(expected, rel=1e-9)


def test_fishers_p_says_nothing_where_nothing_can_differ():
    assert fisher_p(0, 0, 5, 10) == 1.0
    assert fisher_p(10, 10, 10, 100) > 0  # all right in the group, few elsewhere
    assert fisher_p(5, 5, 100, 100) == 1.0
    assert fisher_p(7, 10, 7, 10) == 1.0


def test_holm_is_statsmodels():
    from statsmodels.stats.multitest import multipletests

    p_values = np.random.default_rng(2).random(40) ** 4
    expected = multipletests(p_values, method="holm")[1]
    assert holm(list(p_values)) == pytest.approx(list(expected))
    assert holm([]) == []


def test_a_share_differs_from_its_benchmark_as_wilson_says():
    interval = wilson(30, 100)
    assert excess_p(0.3, 100, interval.low) == pytest.approx(0.05, abs=1e-9)
    assert excess_p(0.3, 100, 0.3) == 1.0
    assert excess_p(0.3, 100, 0.0) == 0.0


def test_p_from_an_interval_is_one_in_twenty_where_it_touches_zero():
    from reportgen.report import Interval

    gap = Estimate(number=0.1, n=50, interval=Interval(low=0.0, high=0.25, level=0.95, method="x"))
    assert interval_p(gap) == pytest.approx(0.05)
    assert interval_p(Estimate(number=0.1, n=50)) == 1.0


def test_rows_needed_grow_with_the_square():
    assert rows_needed(14, 0.2, 0.1) == 56
    assert rows_needed(1, 1e-9, 0.1) == 1
