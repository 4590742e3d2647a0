"""Numbers of other packages for intervals: MAPIE by asking it, confidenceinterval as it answered."""

import numpy as np
import pytest
from mapie.metrics.regression import regression_coverage_score, regression_mean_width_score

from reportgen.measure.metrics.classification import BinaryRows, estimate_classification
from reportgen.measure.metrics.prediction_intervals import Promised, estimate_promised
from reportgen.measure.metrics.regression import RegressionRows
from reportgen.measure.statistics.ranking import influence_error, rank, roc_influence


@pytest.mark.parametrize("rows", [1, 30, 700])
def test_coverage_and_width_are_mapies(rows):
    rng = np.random.default_rng(rows)
    truth = np.round(rng.normal(size=rows), 1)  # some truths lie exactly on an end
    lower = np.round(truth - 0.6 + rng.normal(size=rows), 1)
    upper = lower + np.round(rng.gamma(2, 1, rows), 1)
    both = np.stack([lower, upper], axis=1)[:, :, None]
    found = estimate_promised(
        Promised(
            rows=RegressionRows(truth=truth, predicted=lower), lower=lower, upper=upper, level=0.9
        )
    )
    coverage, width = found["interval_coverage"], found["interval_width"]
    assert coverage.number == pytest.approx(regression_coverage_score(truth, both)[0])
    assert width.number == pytest.approx(regression_mean_width_score(both)[0])
    assert coverage.n == width.n == rows


@pytest.fixture
def scored():
    rng = np.random.default_rng(0)
    truth = rng.random(400) < 0.3
    scores = np.round(rng.random(400) * 0.6 + 0.4 * truth, 2)
    return BinaryRows(truth=truth, predicted=scores >= 0.5, scores=scores)


def test_delong_is_that_of_confidenceinterval(scored):
    """Its ``delong_roc_variance`` (1.0.5) gave 0.9555286 and 0.009506421 for these rows."""
    ranked = rank(scored.truth, scored.scores)
    area, influence = roc_influence(ranked)
    error, _ = influence_error(influence, (ranked.truth, ~ranked.truth), None)
    assert area == pytest.approx(0.9555286, abs=1e-7)
    assert error == pytest.approx(0.009506421, rel=1e-6)


@pytest.mark.parametrize(
    ("name", "number", "low", "high"),
    [
        ("accuracy", 0.845, 0.8062691036268745, 0.8771674132824607),
        ("recall", 0.8857142857142857, 0.8107987321190485, 0.9334029799642095),
    ],
)
def test_wilson_is_that_of_confidenceinterval(scored, name, number, low, high):
    """Its ``accuracy_score`` and ``tpr_score`` (1.0.5), by Wilson's method, gave these."""
    found = estimate_classification(scored, (name,))[name]
    assert found.number == pytest.approx(number)
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), rel=1e-12)
