"""For any labelled rows: nothing breaks, nothing is NaN, and the order of rows says nothing."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.measure import measure_evaluation
from reportgen.measure.metrics.classification import BinaryRows, estimate_classification
from reportgen.measure.metrics.regression import RegressionRows, estimate_regression
from reportgen.measure.statistics.ranking import rank, roc_auc
from reportgen.report.frame import EvaluationFrame

_SCORES = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.5, 0.9, 1.0])
_ROW = st.tuples(
    st.sampled_from([True, False, None]),
    _SCORES,
    st.sampled_from(["a", "b", "c", None]),
    st.sampled_from([0.0, 0.5, 1.0, 3.0]),
    st.integers(0, 4),
)


def _frame(rows, *, weighted, clustered):
    truth, scores, levels, weights, ids = zip(*rows, strict=True)
    return EvaluationFrame(
        task="classification",
        target="y",
        truth=pd.Series(truth, dtype=object),
        predicted=np.array(scores) >= 0.5,
        scores=np.array(scores, dtype=float),
        classes=(False, True),
        positive=True,
        features=pd.DataFrame(),
        segments={"group": pd.Series(levels, dtype=object)},
        clusters=pd.Series(ids) if clustered else None,
        weights=np.array(weights) if weighted else None,
    )


@given(
    rows=st.lists(_ROW, min_size=1, max_size=40),
    weighted=st.booleans(),
    clustered=st.booleans(),
    data=st.data(),
)
@settings(max_examples=30, deadline=None)
def test_any_rows_are_measured_and_their_order_says_nothing(rows, weighted, clustered, data):
    part = measure_evaluation(_frame(rows, weighted=weighted, clustered=clustered))
    shuffled = data.draw(st.permutations(rows))
    other = measure_evaluation(_frame(shuffled, weighted=weighted, clustered=clustered))
    assert part.values == other.values
    assert part.series == other.series
    assert part.tables == other.tables
    values = {value.name: value for value in part.values}
    kept = values["evaluation.rows"].number + values["evaluation.unlabelled"].number
    assert kept == len(rows)
    for value in part.values:
        interval = value.interval
        if interval is not None:
            assert interval.low <= value.number <= interval.high, value.name
            if value.unit == "ratio" and ".gap" not in value.name:
                assert 0 <= interval.low <= interval.high <= 1, value.name


_PAIRS = st.lists(
    st.tuples(
        st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 3)),
        st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 3)),
    ),
    min_size=1,
    max_size=40,
)


@given(pairs=_PAIRS, data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_numbers_are_measured_and_their_order_says_nothing(pairs, data):
    def measured(rows):
        truth, predicted = (np.array(column) for column in zip(*rows, strict=True))
        return measure_evaluation(
            EvaluationFrame(
                task="regression",
                target="y",
                truth=pd.Series(truth),
                predicted=predicted,
                features=pd.DataFrame(),
            )
        )

    part, other = measured(pairs), measured(data.draw(st.permutations(pairs)))
    assert part.values == other.values
    for value in part.values:
        if value.interval is not None:
            assert value.interval.low <= value.number <= value.interval.high


@given(rows=st.lists(st.tuples(st.booleans(), _SCORES), min_size=2, max_size=60))
@settings(max_examples=100, deadline=None)
def test_auc_of_turned_scores_is_the_rest_to_one(rows):
    truth, scores = (np.array(column) for column in zip(*rows, strict=True))
    one, turned = roc_auc(rank(truth, scores)), roc_auc(rank(truth, 1 - scores))
    if one.number is None:
        assert truth.all() or not truth.any()
        return
    assert np.isclose(one.number + turned.number, 1.0, atol=1e-12)
    assert np.isclose(one.interval.low, 1 - turned.interval.high, atol=1e-9)


@given(rows=st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
@settings(max_examples=100, deadline=None)
def test_swapping_the_classes_swaps_recall_and_specificity(rows):
    truth, predicted = (np.array(column) for column in zip(*rows, strict=True))
    one = estimate_classification(BinaryRows(truth=truth, predicted=predicted))
    other = estimate_classification(BinaryRows(truth=~truth, predicted=~predicted))
    assert one["recall"].number == other["specificity"].number
    assert one["accuracy"] == other["accuracy"]
    if one["balanced_accuracy"].number is not None:
        assert np.isclose(one["balanced_accuracy"].number, other["balanced_accuracy"].number)


@given(
    error=st.lists(st.floats(0.01, 100).map(lambda x: round(x, 2)), min_size=2, max_size=50),
    scale=st.sampled_from([0.5, 2.0, 1024.0]),
)
@settings(max_examples=60, deadline=None)
def test_errors_scale_with_the_unit(error, scale):
    """In minutes or in half minutes: the interval is the same length of time."""
    base = np.array(error)
    truth = np.arange(1.0, len(base) + 1)

    def mae(factor):
        rows = RegressionRows(truth=truth * factor, predicted=(truth + base) * factor)
        return estimate_regression(rows, ["median_absolute_error"])["median_absolute_error"]

    one, other = mae(1.0), mae(scale)
    assert np.isclose(other.number, one.number * scale)
    assert (one.interval is None) == (other.interval is None)
    if one.interval is not None:
        assert np.isclose(other.interval.high, one.interval.high * scale)
