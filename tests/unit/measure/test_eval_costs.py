"""Costs against the sum over rows, thresholds against trying every one, intervals by resampling."""

from dataclasses import replace

import numpy as np
import pytest
import sklearn.metrics as skm

from reportgen.measure.metrics.classification import BinaryRows
from reportgen.measure.metrics.costs import (
    cheapest_cost,
    cheapest_threshold,
    constant_cost,
    cost_of_counts,
    estimate_cost,
    threshold_by_costs,
    threshold_grid,
)
from reportgen.measure.metrics.thresholds import (
    along_thresholds,
    own_threshold,
    spread_thresholds,
    thresholds_for,
)
from reportgen.measure.statistics.intervals import proportion, wilson
from reportgen.report import Costs

COSTS = Costs(false_positive=1.5, false_negative=6.0)


def _rows(n=900, seed=0, *, weighted=False, clustered=False):
    rng = np.random.default_rng(seed)
    scores = np.round(rng.beta(1, 3, n), 3)
    truth = rng.random(n) < scores
    return BinaryRows(
        truth=truth,
        predicted=scores >= 0.4,
        scores=scores,
        weights=rng.random(n) + 0.2 if weighted else None,
        clusters=np.arange(n) // 3 if clustered else None,
    )


def _slow_cost(rows, predicted):
    total = weight = 0.0
    weights = np.ones(len(rows.truth)) if rows.weights is None else rows.weights
    for true, said, heavy in zip(rows.truth, predicted, weights, strict=True):
        total += heavy * (6.0 if true and not said else 1.5 if said and not true else 0.0)
        weight += heavy
    return total / weight


@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_cost_is_the_mean_over_rows(weighted, clustered):
    rows = _rows(weighted=weighted, clustered=clustered)
    found = estimate_cost(rows, COSTS)
    assert found.number == pytest.approx(_slow_cost(rows, rows.predicted), rel=1e-12)
    assert found.n == 900
    assert 0 <= found.interval.low < found.number < found.interval.high <= 6.0


def test_cost_agrees_with_the_confusion_matrix_of_scikit_learn():
    rows = _rows(weighted=True)
    matrix = skm.confusion_matrix(rows.truth, rows.predicted, sample_weight=rows.weights)
    expected = (1.5 * matrix[0, 1] + 6.0 * matrix[1, 0]) / matrix.sum()
    assert estimate_cost(rows, COSTS).number == pytest.approx(expected)


@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_interval_is_as_wide_as_resampled_rows_say(weighted, clustered):
    rows = _rows(1_500, 3, weighted=weighted, clustered=clustered)
    rng = np.random.default_rng(1)
    units = np.arange(1_500) if rows.clusters is None else rows.clusters
    members = [np.flatnonzero(units == unit) for unit in np.unique(units)]
    drawn = []
    for _ in range(300):
        picks = np.concatenate([members[k] for k in rng.integers(0, len(members), len(members))])
        part = rows.take(picks)
        drawn.append(_fast_cost(part))
    found = estimate_cost(rows, COSTS)
    width = found.interval.high - found.interval.low
    assert width == pytest.approx(2 * 1.96 * np.std(drawn), rel=0.15)


def _fast_cost(rows):
    price = 1.5 * (~rows.truth & rows.predicted) + 6.0 * (rows.truth & ~rows.predicted)
    return float(np.average(price, weights=rows.weights))


def test_equal_prices_make_the_cost_the_error_rate():
    rows = _rows()
    found = estimate_cost(rows, Costs(false_positive=1, false_negative=1))
    wrong = proportion(int((rows.truth != rows.predicted).sum()), 900)
    assert found.number == pytest.approx(wrong.number)
    assert found.interval.low == pytest.approx(wrong.interval.low, abs=2e-3)
    assert found.interval.high == pytest.approx(wrong.interval.high, abs=2e-3)


def test_one_price_makes_the_cost_a_share_with_its_wilson_interval():
    found = cost_of_counts(12, 7, 200, Costs(false_positive=0, false_negative=10))
    share = wilson(7, 200)
    assert found.number == pytest.approx(0.35)
    assert found.interval.low == pytest.approx(10 * share.low)
    assert found.interval.high == pytest.approx(10 * share.high)


def test_no_error_costs_nothing_and_is_not_taken_for_sure():
    found = cost_of_counts(0, 0, 50, COSTS)
    assert found.number == 0
    assert found.interval.low == 0
    assert found.interval.high == pytest.approx(np.hypot(1.5, 6.0) * wilson(0, 50).high)


def test_counts_and_rows_say_the_same():
    rows = _rows()
    alarms = int((~rows.truth & rows.predicted).sum())
    missed = int((rows.truth & ~rows.predicted).sum())
    clusters = replace(rows, clusters=np.arange(900))
    plain = cost_of_counts(alarms, missed, 900, COSTS)
    alone = estimate_cost(clusters, COSTS)
    assert alone.interval.low == pytest.approx(plain.interval.low, abs=1e-3)
    assert alone.interval.high == pytest.approx(plain.interval.high, abs=1e-3)


def test_the_cheapest_threshold_is_found_by_trying_every_one():
    rows = _rows(300, 5)
    best = min(
        (_slow_cost(rows, rows.scores >= cut), cut)
        for cut in [*np.unique(rows.scores), rows.scores.max() + 0.001]
    )
    cut = cheapest_threshold(rows, COSTS)
    assert _slow_cost(rows, rows.scores >= cut) == pytest.approx(best[0])
    assert cut == pytest.approx(best[1])


def test_calling_nobody_positive_can_be_cheapest():
    rows = BinaryRows(
        truth=np.array([False, True, False, False]),
        predicted=np.zeros(4, bool),
        scores=np.array([0.9, 0.5, 0.9, 0.9]),
    )
    cut = cheapest_threshold(rows, Costs(false_positive=10, false_negative=1))
    assert cut > 0.9
    assert not (rows.scores >= cut).any()


def test_a_threshold_is_judged_on_rows_that_did_not_choose_it():
    # Scores that say nothing: in hindsight some threshold always looks cheaper than none.
    rng = np.random.default_rng(0)
    hindsight, honest = [], []
    for _ in range(60):
        rows = BinaryRows(
            truth=rng.random(80) < 0.5, predicted=np.ones(80, bool), scores=rng.random(80)
        )
        even = Costs(false_positive=1, false_negative=1)
        cut = cheapest_threshold(rows, even)
        hindsight.append(float(((rows.scores >= cut) != rows.truth).mean()))
        honest.append(cheapest_cost(rows, even).cost.number)
    assert np.mean(hindsight) < 0.46
    assert np.mean(honest) == pytest.approx(0.5, abs=0.025)


def test_saving_is_the_difference_of_the_two_costs():
    rows = _rows()
    found = cheapest_cost(rows, COSTS)
    now = estimate_cost(rows, COSTS).number
    assert found.saving.number == pytest.approx(now - found.cost.number)
    assert found.saving.interval.low <= found.saving.number <= found.saving.interval.high


def test_too_few_of_a_class_choose_no_threshold():
    rows = _rows()
    few = rows.take(np.r_[np.flatnonzero(rows.truth)[:3], np.flatnonzero(~rows.truth)[:90]])
    found = cheapest_cost(few, COSTS)
    assert found.cost.reason == "not enough data (3 rows of a class; at least 10 needed)"
    assert found.saving.number is None


def test_the_order_of_rows_changes_no_digit():
    rows = _rows(500, weighted=True)
    turned = rows.take(np.random.default_rng(2).permutation(500))
    one, two = cheapest_cost(rows, COSTS), cheapest_cost(turned, COSTS)
    assert one.cost.number == pytest.approx(two.cost.number, rel=1e-13)
    assert cheapest_threshold(rows, COSTS) == cheapest_threshold(turned, COSTS)


@pytest.mark.parametrize(("truth", "said", "cost"), [("many", True, 1.5), ("few", False, 6.0)])
def test_calling_all_the_same(truth, said, cost):
    rows = _rows(400)
    rows = replace(rows, truth=np.arange(400) < (300 if truth == "many" else 20))
    best, found = constant_cost(rows, COSTS)
    wrong = np.mean(rows.truth != said)
    assert best is said
    assert found.number == pytest.approx(cost * wrong)


def test_costs_imply_a_threshold():
    assert threshold_by_costs(Costs(false_positive=1, false_negative=9)) == pytest.approx(0.1)
    assert threshold_by_costs(Costs(false_positive=0, false_negative=0)) is None


def test_the_grid_keeps_three_digits_from_either_end():
    grid = threshold_grid(np.array([0.123456, 0.0012345, 0.9987654, 0.5, 1.0, 0.0, 0.2999999]))
    assert grid.tolist() == [0.0, 0.00123, 0.123, 0.299, 0.5, 0.99876, 1.0]


def test_rows_on_the_grid_stay_at_or_above_their_threshold():
    scores = np.round(np.random.default_rng(0).random(2_000), 3)
    assert set(threshold_grid(scores)) <= set(scores)


@pytest.mark.parametrize("how", ["plain", "weighted", "clustered"])
def test_metrics_along_thresholds_are_scikit_learns(how):
    rows = _rows(400, weighted=how == "weighted", clustered=how == "clustered")
    cuts = thresholds_for(rows.scores, (0.9, 0.5, 0.1))
    for at in along_thresholds(rows, cuts, costs=COSTS):
        said = rows.scores >= at.threshold
        given = {"sample_weight": rows.weights}
        found = {name: estimate.number for name, estimate in at.estimates.items()}
        assert found == pytest.approx(
            {
                "selection_rate": np.average(said, weights=rows.weights),
                "precision": skm.precision_score(rows.truth, said, **given),
                "recall": skm.recall_score(rows.truth, said, **given),
                "cost": _slow_cost(rows, said),
            }
        )
        assert all(estimate.interval for estimate in at.estimates.values())


def test_thresholds_select_about_the_rows_asked_for():
    rows = _rows(2_000)
    for rate, cut in zip(
        (0.9, 0.5, 0.1), thresholds_for(rows.scores, (0.9, 0.5, 0.1)), strict=True
    ):
        assert np.mean(rows.scores >= cut) == pytest.approx(rate, abs=0.01)
    assert len(spread_thresholds(rows.scores, 30)) <= 30
    assert spread_thresholds(np.full(5, 0.3), 30) == (0.3,)


@pytest.mark.parametrize(("cut", "expected"), [(0.5, 0.5), (0.2314, 0.231), (0.7, 0.7)])
def test_the_threshold_a_model_decides_by_is_read_off(cut, expected):
    scores = np.array([0.05, 0.2305, 0.2314, 0.45, 0.52, 0.7, 0.95])
    rows = BinaryRows(truth=scores > 0.4, predicted=scores >= cut, scores=scores)
    assert own_threshold(rows) == pytest.approx(expected)


def test_a_model_that_does_not_decide_by_its_score_has_no_threshold():
    scores = np.array([0.1, 0.2, 0.3])
    rows = BinaryRows(truth=scores > 0.2, predicted=np.array([True, False, True]), scores=scores)
    assert own_threshold(rows) is None
    assert own_threshold(replace(rows, predicted=np.ones(3, bool))) is None
