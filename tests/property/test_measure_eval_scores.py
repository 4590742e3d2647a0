"""Thresholds, costs, gain and calibration error: for any labelled scores nothing breaks."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.measure.metrics.classification import BinaryRows
from reportgen.measure.metrics.costs import (
    cheapest_cost,
    cheapest_threshold,
    constant_cost,
    estimate_cost,
)
from reportgen.measure.metrics.ece import calibration_error
from reportgen.measure.metrics.gains import estimate_tops
from reportgen.measure.metrics.multiclass import MulticlassRows
from reportgen.measure.metrics.prediction_intervals import Promised, estimate_promised
from reportgen.measure.metrics.regression import RegressionRows
from reportgen.measure.metrics.thresholds import along_thresholds, own_threshold, spread_thresholds
from reportgen.measure.metrics.top_k import top_accuracies
from reportgen.report import Costs

_SCORES = st.one_of(
    st.sampled_from([0.0, 0.1, 0.25, 0.5, 1.0]), st.floats(0, 1).map(lambda x: round(x, 4))
)
_ROW = st.tuples(
    st.booleans(), st.booleans(), _SCORES, st.sampled_from([0.0, 0.5, 1.0, 3.0]), st.integers(0, 3)
)
_COSTS = st.builds(
    Costs,
    false_positive=st.sampled_from([0.0, 0.5, 1.0, 100.0]),
    false_negative=st.sampled_from([0.0, 1.0, 7.0]),
)


def _rows(rows, *, weighted, clustered):
    truth, predicted, scores, weights, ids = (np.array(c) for c in zip(*rows, strict=True))
    return BinaryRows(
        truth=truth,
        predicted=predicted,
        scores=scores.astype(float),
        weights=weights if weighted else None,
        clusters=ids if clustered else None,
    )


def _sound(estimate, low=0.0, high=np.inf):
    if estimate.number is None:
        assert estimate.reason
        assert estimate.interval is None
        return
    assert np.isfinite(estimate.number)
    if estimate.interval is not None:
        ends = estimate.interval.low, estimate.interval.high
        assert low - 1e-9 <= ends[0] <= estimate.number <= ends[1] <= high + 1e-9


@given(
    rows=st.lists(_ROW, min_size=1, max_size=40),
    weighted=st.booleans(),
    clustered=st.booleans(),
    costs=_COSTS,
)
@settings(max_examples=80, deadline=None)
def test_any_scores_have_costs_thresholds_gain_and_calibration(rows, weighted, clustered, costs):
    given_rows = _rows(rows, weighted=weighted, clustered=clustered)
    most = max(costs.false_positive, costs.false_negative)
    _sound(estimate_cost(given_rows, costs), high=most)
    _sound(constant_cost(given_rows, costs)[1], high=most)
    best = cheapest_cost(given_rows, costs)
    _sound(best.saving, low=-np.inf)
    assert best.cost.number is None or best.cost.number >= 0
    cuts = spread_thresholds(given_rows.scores, 8)
    for at in along_thresholds(given_rows, cuts, costs=costs):
        for name, estimate in at.estimates.items():
            _sound(estimate, high=most if name == "cost" else 1.0)
    for top in estimate_tops(given_rows, (0.05, 0.5, 1.0)):
        _sound(top.gain, high=1.0)
        _sound(top.precision, high=1.0)
        _sound(top.lift, high=1 / top.share)
    error = calibration_error(given_rows)
    for estimate in (error.ece, error.chance, error.corrected):
        _sound(estimate)


@given(rows=st.lists(_ROW, min_size=1, max_size=40), costs=_COSTS, weighted=st.booleans())
@settings(max_examples=80, deadline=None)
def test_no_threshold_is_cheaper_than_the_cheapest(rows, costs, weighted):
    given_rows = _rows(rows, weighted=weighted, clustered=False)
    if weighted and not given_rows.weights.sum() > 0:
        return
    cut = cheapest_threshold(given_rows, costs)
    weights = given_rows.weights

    def cost(threshold):
        said = given_rows.scores >= threshold
        price = costs.false_positive * (said & ~given_rows.truth)
        price = price + costs.false_negative * (~said & given_rows.truth)
        return np.average(price, weights=weights)

    # The grid has three digits; no score rounded down to it is cheaper, nor is calling nobody.
    for other in [*np.floor(given_rows.scores * 1000) / 1000, 2.0]:
        if other in given_rows.scores or other == 2.0:
            assert cost(cut) <= cost(other) + 1e-9


@given(
    scores=st.lists(_SCORES, min_size=2, max_size=30), cut=st.sampled_from([0.05, 0.3, 0.5, 0.9])
)
@settings(max_examples=80, deadline=None)
def test_the_threshold_that_is_read_off_decides_alike(scores, cut):
    scores = np.array(scores)
    rows = BinaryRows(truth=scores > 0.5, predicted=scores >= cut, scores=scores)
    found = own_threshold(rows)
    if found is not None:
        assert ((scores >= found) == rows.predicted).all()
    else:
        assert rows.predicted.all() or not rows.predicted.any()


@given(
    rows=st.lists(
        st.tuples(st.integers(0, 4), st.lists(st.integers(0, 3), min_size=4, max_size=4)),
        min_size=1,
        max_size=30,
    )
)
@settings(max_examples=80, deadline=None)
def test_top_k_grows_with_k_and_is_a_share(rows):
    truth, scores = (np.array(column) for column in zip(*rows, strict=True))
    found = top_accuracies(
        MulticlassRows(truth=truth, predicted=scores.argmax(1), classes=5, scores=scores)
    )
    two, three = found["top_2_accuracy"], found["top_3_accuracy"]
    _sound(two, high=1.0)
    _sound(three, high=1.0)
    assert two.number <= three.number + 1e-12


_NUMBER = st.floats(-1e4, 1e4).map(lambda x: round(x, 3))


@given(
    rows=st.lists(
        st.tuples(_NUMBER, _NUMBER, st.floats(0, 100), st.floats(0, 100), st.floats(0.1, 3)),
        min_size=1,
        max_size=30,
    ),
    weighted=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_any_prediction_intervals_are_held_against_the_truth(rows, weighted):
    truth, predicted, below, above, weights = (np.array(c) for c in zip(*rows, strict=True))
    numbers = RegressionRows(
        truth=truth, predicted=predicted, weights=weights if weighted else None
    )
    found = estimate_promised(
        Promised(rows=numbers, lower=predicted - below, upper=predicted + above, level=0.9)
    )
    _sound(found["interval_coverage"], high=1.0)
    for name in ("interval_width", "lower", "upper"):
        _sound(found[name])
