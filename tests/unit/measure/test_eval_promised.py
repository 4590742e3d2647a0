"""Prediction intervals, zeros, residuals, top-k and averages, against scikit-learn and by hand."""

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics as skm

from reportgen.measure import measure_evaluation
from reportgen.measure.metrics.multiclass import MulticlassRows, estimate_multiclass
from reportgen.measure.metrics.prediction_intervals import Promised, estimate_promised, pinball
from reportgen.measure.metrics.regression import RegressionRows, estimate_regression
from reportgen.measure.metrics.top_k import top_accuracies
from reportgen.measure.statistics.intervals import wilson
from reportgen.report.frame import EvaluationFrame


def _numbers(n=600, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.gamma(3, 2, n)
    return truth, truth + rng.normal(0.1, 1, n), rng.random(n) + 0.2


def _frame(**changes):
    truth, predicted, _ = _numbers()
    given = {
        "task": "regression",
        "target": "minutes",
        "truth": pd.Series(truth),
        "predicted": predicted,
        "features": pd.DataFrame(index=range(len(truth))),
    }
    return EvaluationFrame(**{**given, **changes})


def _values(part):
    return {value.name: value for value in part.values}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("quantile", [0.05, 0.5, 0.9])
def test_pinball_loss_is_scikit_learns(weighted, quantile):
    truth, predicted, weights = _numbers()
    own = weights if weighted else None
    expected = skm.mean_pinball_loss(truth, predicted, alpha=quantile, sample_weight=own)
    found = np.average(pinball(truth, predicted, quantile), weights=own)
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("weighted", [False, True])
def test_coverage_width_and_losses_of_the_ends(weighted):
    truth, predicted, weights = _numbers()
    own = weights if weighted else None
    lower, upper = predicted - 1.3, predicted + 1.6
    rows = RegressionRows(truth=truth, predicted=predicted, weights=own)
    found = estimate_promised(Promised(rows=rows, lower=lower, upper=upper, level=0.9))
    held = (lower <= truth) & (truth <= upper)
    assert found["interval_coverage"].number == pytest.approx(np.average(held, weights=own))
    assert found["interval_width"].number == pytest.approx(2.9)
    for name, end, quantile in (("lower", lower, 0.05), ("upper", upper, 0.95)):
        expected = skm.mean_pinball_loss(truth, end, alpha=quantile, sample_weight=own)
        assert found[name].number == pytest.approx(expected)
        assert found[name].interval.low < expected < found[name].interval.high


def test_coverage_has_the_wilson_interval():
    truth, predicted, _ = _numbers()
    rows = RegressionRows(truth=truth, predicted=predicted)
    ends = {"lower": predicted - 1, "upper": predicted + 1}
    found = estimate_promised(Promised(rows=rows, level=None, **ends))["interval_coverage"]
    assert found.interval == wilson(int((np.abs(truth - predicted) <= 1).sum()), 600)


@pytest.mark.parametrize(
    ("half", "state", "words"),
    [
        (1.0, "watch", "they are too narrow"),
        (1.65, "ok", "the promise is kept"),
        (4.0, "ok", "wider than need be"),
    ],
)
def test_a_broken_promise_is_a_finding(half, state, words):
    truth, predicted, _ = _numbers(4_000)
    frame = _frame(
        truth=pd.Series(truth),
        predicted=predicted,
        features=pd.DataFrame(index=range(4_000)),
        lower=predicted - 0.1 - half,
        upper=predicted - 0.1 + half,
        interval_level=0.9,
    )
    part = measure_evaluation(frame)
    finding = next(f for f in part.findings if "evaluation.interval_coverage" in f.because)
    assert finding.state == state
    assert words in finding.sentence
    assert finding.sentence.startswith("Prediction intervals promise 90 %")
    values = _values(part)
    assert values["evaluation.interval_level"].number == 0.9
    assert "evaluation.mean_pinball_loss[quantile=0.05]" in values
    series = next(s for s in part.series if s.name == "evaluation.interval_coverage")
    assert series.lines == {"promised": 0.9}
    assert sum(series.columns["n"]) == 4_000


def test_missing_and_crossed_ends_are_counted():
    frame = _frame()
    lower, upper = frame.predicted - 1.0, frame.predicted + 1.0
    lower[:7] = np.nan
    lower[10], upper[10] = upper[10], lower[10]
    part = measure_evaluation(_frame(lower=lower, upper=upper))
    values = _values(part)
    assert values["evaluation.interval_coverage"].n == 593
    assert values["evaluation.interval_level"].reason == "the model does not say"
    assert not any("pinball" in name for name in values)
    table = next(t for t in part.tables if t.name == "evaluation.prediction_intervals")
    assert table.note == (
        "The model gives no interval for 7 rows, left out here. In 1 row the ends stood the wrong "
        "way round."
    )


def test_ends_belong_to_their_rows_when_labels_are_missing():
    frame = _frame()
    truth = frame.truth.copy()
    truth.iloc[::3] = np.nan
    lower, upper = frame.truth.to_numpy() - 0.01, frame.truth.to_numpy() + 0.01
    values = _values(measure_evaluation(_frame(truth=truth, lower=lower, upper=upper)))
    assert values["evaluation.interval_coverage"].number == 1.0
    assert values["evaluation.interval_coverage"].n == 400


# Zeros


def test_the_percentage_error_of_the_rest_is_named_as_such():
    frame = _frame()
    truth = frame.truth.copy()
    truth.iloc[:3] = 0.0
    values = _values(measure_evaluation(_frame(truth=truth)))
    assert values["evaluation.mape"].reason == "not defined: the target is 0 in 3 of 600 rows"
    rest = values["evaluation.mape_nonzero"]
    expected = skm.mean_absolute_percentage_error(truth[3:], frame.predicted[3:])
    assert (rest.number, rest.n) == (pytest.approx(expected), 597)
    assert "evaluation.mape_nonzero" not in _values(measure_evaluation(frame))


def test_nothing_is_left_where_every_target_is_zero():
    rows = RegressionRows(truth=np.zeros(4), predicted=np.ones(4))
    found = estimate_regression(rows, ("mape", "mape_nonzero"))
    assert found["mape_nonzero"].reason == "no rows"


# Residuals


@pytest.mark.parametrize("weighted", [False, True])
def test_residuals_are_binned_and_weighted(weighted):
    frame = _frame()
    weights = np.where(np.arange(600) % 2, 3.0, 0.5) if weighted else None
    part = measure_evaluation(_frame(weights=weights))
    series = {s.name: s for s in part.series}
    columns = series["evaluation.residuals"].columns
    error = frame.predicted - frame.truth.to_numpy()
    heavy = np.ones(600) if weights is None else weights
    assert sum(columns["n"]) == 600
    codes = np.digitize(
        frame.predicted, np.quantile(frame.predicted, np.linspace(0, 1, 21)[1:-1]), right=True
    )
    own = codes == 4
    assert columns["mean"][4] == pytest.approx(np.average(error[own], weights=heavy[own]))
    assert columns["low"][4] < columns["mean"][4] < columns["high"][4]


def test_nine_in_ten_errors_lie_between_the_outer_lines():
    frame = _frame()
    part = measure_evaluation(frame)
    columns = next(s for s in part.series if s.name == "evaluation.residual_spread").columns
    assert set(columns["group"]) == {"95% quantile", "median", "5% quantile"}
    at = [k for k, word in enumerate(columns["group"]) if word == "median"]
    assert len(at) == 15  # of forty rows each
    high, middle, low = (columns["error"][k * 15 + 7] for k in range(3))
    error = frame.predicted - frame.truth.to_numpy()
    own = np.argsort(frame.predicted, kind="stable")[280:320]
    assert middle == pytest.approx(np.quantile(error[own], 0.5, method="inverted_cdf"))
    assert low == pytest.approx(np.quantile(error[own], 0.05, method="inverted_cdf"))
    assert high == pytest.approx(np.quantile(error[own], 0.95, method="inverted_cdf"))


def test_few_rows_have_no_outer_quantiles():
    truth, predicted, _ = _numbers(100)
    part = measure_evaluation(
        _frame(
            truth=pd.Series(truth), predicted=predicted, features=pd.DataFrame(index=range(100))
        )
    )
    assert "evaluation.residual_spread" not in {series.name for series in part.series}


# Several classes


def _several(n=500, k=5, seed=0, *, ties=0):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, k, n)
    scores = rng.random((n, k)) + 0.6 * np.eye(k)[truth]
    if ties:
        scores = np.round(scores * ties) / ties
    scores /= scores.sum(axis=1, keepdims=True)
    return truth, scores, rng.random(n) + 0.2


@pytest.mark.parametrize("weighted", [False, True])
def test_top_k_is_scikit_learns_without_ties(weighted):
    truth, scores, weights = _several()
    own = weights if weighted else None
    rows = MulticlassRows(
        truth=truth, predicted=scores.argmax(1), classes=5, scores=scores, weights=own
    )
    found = top_accuracies(rows)
    for k in (2, 3):
        expected = skm.top_k_accuracy_score(truth, scores, k=k, sample_weight=own)
        assert found[f"top_{k}_accuracy"].number == pytest.approx(expected)


def test_top_k_breaks_ties_by_lot():
    truth, scores, _ = _several(80, ties=3)
    scores = np.round(scores * 4)
    rows = MulticlassRows(truth=truth, predicted=scores.argmax(1), classes=5, scores=scores)
    rng = np.random.default_rng(0)
    drawn = [
        skm.top_k_accuracy_score(truth, scores + rng.random(scores.shape) * 1e-6, k=2)
        for _ in range(300)
    ]
    assert top_accuracies(rows)["top_2_accuracy"].number == pytest.approx(np.mean(drawn), abs=0.01)


def test_constant_scores_earn_their_chance():
    rows = MulticlassRows(
        truth=np.arange(50) % 5,
        predicted=np.zeros(50, int),
        classes=5,
        scores=np.full((50, 5), 0.2),
    )
    found = top_accuracies(rows)
    assert found["top_2_accuracy"].number == pytest.approx(0.4)
    assert found["top_3_accuracy"].number == pytest.approx(0.6)


def test_two_of_three_classes_and_no_more():
    truth, scores, _ = _several(k=3)
    rows = MulticlassRows(truth=truth, predicted=scores.argmax(1), classes=3, scores=scores)
    assert set(top_accuracies(rows)) == {"top_2_accuracy"}


def test_a_class_the_model_does_not_know_is_never_at_the_top():
    _, scores, _ = _several(10)
    rows = MulticlassRows(
        truth=np.full(10, 5), predicted=scores.argmax(1), classes=6, scores=scores
    )
    assert top_accuracies(rows)["top_2_accuracy"].number == 0


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("average", ["macro", "weighted", "micro"])
def test_averages_are_scikit_learns(weighted, average):
    truth, scores, weights = _several()
    predicted, own = scores.argmax(1), weights if weighted else None
    rows = MulticlassRows(truth=truth, predicted=predicted, classes=5, weights=own)
    names = [f"{metric}_{average}" for metric in ("precision", "recall", "f1")]
    found = estimate_multiclass(rows, names)
    for name, score in zip(
        names, (skm.precision_score, skm.recall_score, skm.f1_score), strict=True
    ):
        expected = score(truth, predicted, average=average, sample_weight=own)
        assert found[name].number == pytest.approx(expected)
        assert found[name].interval.low < expected < found[name].interval.high


def _classes_frame(k, n=3_000):
    rng = np.random.default_rng(0)
    words = tuple(f"class {code:02d}" for code in range(k))
    weights = 1 / (1 + np.arange(k))
    truth = rng.choice(k, n, p=weights / weights.sum())
    predicted = np.where(rng.random(n) < 0.6, truth, rng.integers(0, k, n))
    return (
        EvaluationFrame(
            task="multiclass",
            target="kind",
            truth=pd.Series([words[code] for code in truth], dtype=object),
            predicted=np.array([words[code] for code in predicted], dtype=object),
            classes=words,
            features=pd.DataFrame(index=range(n)),
        ),
        truth,
        predicted,
    )


def test_many_classes_stay_readable():
    frame, truth, predicted = _classes_frame(40)
    part = measure_evaluation(frame)
    tables, values = {t.name: t for t in part.tables}, _values(part)
    assert len(tables["evaluation.confusion"].rows) == 12
    assert len(tables["evaluation.classes"].rows) == 30
    assert "The 30 most common of 40" in tables["evaluation.classes"].note
    assert sum(f"evaluation.recall[class=class {code:02d}]" in values for code in range(40)) == 40
    mistakes = tables["evaluation.mistakes"].rows
    assert len(mistakes) == 8
    cells = skm.confusion_matrix(truth, predicted)
    np.fill_diagonal(cells, 0)
    counts = [values[row[2].value].number for row in mistakes]
    assert counts == sorted(cells.ravel().tolist(), reverse=True)[:8]
    first = np.argwhere(cells == counts[0])[0]
    assert mistakes[0][0].text == f"class {first[0]:02d}"
    assert len(values) == len(part.values)


def test_few_classes_need_no_list_of_mistakes():
    part = measure_evaluation(_classes_frame(3)[0])
    assert "evaluation.mistakes" not in {table.name for table in part.tables}
    assert "evaluation.averages" in {table.name for table in part.tables}


def test_several_classes_are_calibrated_by_how_sure_they_were():
    truth, scores, _ = _several(2_000, 4)
    words = tuple("abcd")
    frame = EvaluationFrame(
        task="multiclass",
        target="kind",
        truth=pd.Series([words[code] for code in truth], dtype=object),
        predicted=np.array([words[code] for code in scores.argmax(1)], dtype=object),
        scores=scores,
        classes=words,
        features=pd.DataFrame(index=range(2_000)),
    )
    part = measure_evaluation(frame)
    series = next(s for s in part.series if s.name == "evaluation.calibration")
    right = scores.argmax(1) == truth
    sizes = np.array(series.columns["n"])
    assert sizes.sum() == 2_000
    assert sizes @ np.array(series.columns["observed"]) == pytest.approx(right.sum())
    assert sizes @ np.array(series.columns["predicted"]) == pytest.approx(scores.max(1).sum())
    gaps = np.abs(np.subtract(series.columns["observed"], series.columns["predicted"]))
    assert _values(part)["evaluation.ece"].number == pytest.approx(sizes @ gaps / 2_000)


def test_the_variance_explained_of_three_rows_is_stated_without_an_overflow() -> None:
    random = np.random.default_rng(1)
    for scale in (1e-9, 1e-3, 1.0):
        truth = random.normal(size=3)
        rows = RegressionRows(truth=truth, predicted=truth + scale * random.normal(size=3))
        found = estimate_regression(rows, ("r2",), 0.95)["r2"]
        assert found.number == pytest.approx(skm.r2_score(rows.truth, rows.predicted))
        assert found.interval is None or np.isfinite(found.interval.low)
