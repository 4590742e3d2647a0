"""Rates between groups: the same as fairlearn's, with intervals that allow for picking extremes."""

import numpy as np
import pandas as pd
import pytest
from fairlearn import metrics as flm
from scipy.stats import studentized_range
from sklearn import metrics as skm

from reportgen.measure import measure_evaluation
from reportgen.measure.groups.gaps import estimate_rows
from reportgen.measure.groups.groups import Group, compare_groups
from reportgen.measure.metrics.classification import BinaryRows
from reportgen.measure.metrics.fairness import _spread, compare_rates, read_spreads
from reportgen.measure.metrics.regression import RegressionRows
from reportgen.measure.statistics.comparisons import range_p, range_quantile
from reportgen.report.frame import EvaluationFrame

RATES = {
    "selection_rate": flm.selection_rate,
    "recall": flm.true_positive_rate,
    "false_positive_rate": flm.false_positive_rate,
    "false_negative_rate": flm.false_negative_rate,
    "precision": skm.precision_score,
}


def _frame(n=6_000, seed=0, *, weights=None, **changes):
    rng = np.random.default_rng(seed)
    region = rng.choice(["north", "south", "east", "west"], n, p=[0.4, 0.3, 0.2, 0.1])
    scores = rng.beta(1, 2, n)
    truth = rng.random(n) < np.where(region == "west", 0.5 * scores, scores)
    given = {
        "task": "classification",
        "target": "late",
        "truth": pd.Series(truth, dtype=object),
        "predicted": scores >= 0.4,
        "scores": scores,
        "classes": (False, True),
        "positive": True,
        "features": pd.DataFrame(index=range(n)),
        "segments": {"region": pd.Series(region)},
        "weights": None if weights is None else rng.random(n) + 0.5,
    }
    return EvaluationFrame(**{**given, **changes})


def _values(part):
    return {value.name: value for value in part.values}


@pytest.mark.parametrize("weights", [None, "given"])
def test_rates_differences_and_ratios_are_fairlearns(weights):
    frame = _frame(weights=weights)
    values = _values(measure_evaluation(frame))
    weighed = {"sample_weight": frame.weights} if weights else {}
    for rate, function in RATES.items():
        expected = flm.MetricFrame(
            metrics=function,
            y_true=frame.truth.astype(bool),
            y_pred=frame.predicted,
            sensitive_features=frame.segments["region"],
            sample_params=weighed,
        )
        for level, number in expected.by_group.items():
            own = values[f"evaluation.{rate}[region={level}]"]
            assert own.number == pytest.approx(number)
            assert own.interval.low < own.number < own.interval.high
        apart = values[f"fairness.{rate}.difference[segment=region]"]
        assert apart.number == pytest.approx(expected.difference())
        ratio = values[f"fairness.{rate}.ratio[segment=region]"]
        assert ratio.number == pytest.approx(expected.ratio())
        for value in (apart, ratio):
            assert value.interval.low <= value.number <= value.interval.high


def test_the_note_names_what_others_call_these_differences():
    frame = _frame()
    part = measure_evaluation(frame)
    values = _values(part)
    truth, said = frame.truth.astype(bool), frame.predicted
    region = frame.segments["region"]
    parity = flm.demographic_parity_difference(truth, said, sensitive_features=region)
    odds = flm.equalized_odds_difference(truth, said, sensitive_features=region)
    found = [
        values[f"fairness.{rate}.difference[segment=region]"].number
        for rate in ("selection_rate", "recall", "false_positive_rate")
    ]
    assert found[0] == pytest.approx(parity)
    assert max(found[1:]) == pytest.approx(odds)
    table = next(t for t in part.tables if t.name == "fairness.region")
    assert "demographic parity difference" in table.note
    assert "equalized odds difference" in table.note
    rows = {row[0].text: row for row in table.rows}
    ends = [cell.text for cell in rows["False positive rate"][-3:-1]]
    by_group = flm.MetricFrame(metrics=flm.false_positive_rate, y_true=truth, y_pred=said,
                               sensitive_features=region).by_group  # fmt: skip
    assert ends == [by_group.idxmin(), by_group.idxmax()]


@pytest.mark.parametrize("groups", [2, 3, 7, 20])
def test_the_range_of_normal_variables_is_scipys(groups):
    assert range_quantile(0.95, groups) * 2**0.5 == pytest.approx(
        studentized_range.ppf(0.95, groups, 1e7), rel=1e-5
    )
    for reach in (0.5, 3.0, 5.0):
        assert range_p(reach, groups) == pytest.approx(
            studentized_range.sf(reach, groups, 1e7), rel=1e-4
        )


def _groups(codes):
    return [
        Group(segment="s", level=str(code), positions=np.flatnonzero(codes == code), metrics={},
              rates={})
        for code in range(codes.max() + 1)
    ]  # fmt: skip


def _measured(codes, rows, rate):
    """One spread of groups whose own estimates stand aside: all of them take part."""
    return _spread(rows, "s", rate, _groups(codes), 0.95)


@pytest.mark.parametrize(
    ("sizes", "shares"),
    [
        ((150, 150), (0.3, 0.3)),
        ((150, 150), (0.2, 0.35)),
        ((60,) * 6, (0.4,) * 6),
        ((40, 400, 40, 400), (0.1, 0.2, 0.3, 0.2)),
        ((100,) * 12, tuple(np.linspace(0.2, 0.5, 12))),
    ],
)
def test_intervals_of_extremes_cover_the_truth_and_chance_explains_the_rest(sizes, shares):
    """A difference of the largest and smallest of noise is never 0: its interval must say so."""
    rng = np.random.default_rng(3)
    codes = np.repeat(np.arange(len(sizes)), sizes)
    truths = max(shares) - min(shares), min(shares) / max(shares)
    held, found, alarms = [], [], 0
    for _ in range(150):
        said = rng.random(len(codes)) < np.array(shares)[codes]
        rows = BinaryRows(truth=np.ones(len(codes), bool), predicted=said)
        spread = _measured(codes, rows, "selection_rate")
        for estimate, truth in zip((spread.difference, spread.ratio), truths, strict=True):
            held.append(estimate.interval.low <= truth <= estimate.interval.high)
        found.append((spread.difference.number, spread.by_chance.number))
        alarms += spread.p < 0.05
    assert np.mean(held) >= 0.93
    observed, chance = np.mean(found, axis=0)
    if len(set(shares)) == 1:
        assert chance == pytest.approx(observed, rel=0.06)
        assert alarms <= 15  # of 150; P(more) is 1 % at a rate of 0.05
    else:
        assert observed > chance


def test_means_of_errors_are_compared_by_their_own_spread():
    rng = np.random.default_rng(4)
    codes = np.repeat(np.arange(5), 80)
    held, alarms = 0, 0
    for _ in range(120):
        truth = rng.normal(0, 1, len(codes))
        rows = RegressionRows(truth=truth, predicted=truth + rng.exponential(1.0, len(codes)) - 1)
        spread = _measured(codes, rows, "mean_error")
        held += spread.difference.interval.low <= 0.0
        alarms += spread.p < 0.05
        assert spread.ratio.number is None
    assert held >= 110
    assert alarms <= 13


def test_small_groups_the_rest_and_the_unknown_are_no_extremes():
    frame = _frame()
    region = frame.segments["region"].copy()
    region.iloc[:8] = "island"
    region.iloc[8:400] = None
    part = measure_evaluation(_frame(segments={"region": region}))
    table = next(t for t in part.tables if t.name == "fairness.region")
    named = {cell.text for row in table.rows for cell in row[-3:-1]}
    assert named <= {"north", "south", "east", "west"}
    assert "with enough rows: 4 of 5" in table.note


def test_one_group_alone_has_nothing_to_differ_from():
    part = measure_evaluation(_frame(segments={"region": pd.Series(["north"] * 6_000)}))
    value = _values(part)["fairness.recall.difference[segment=region]"]
    assert value.reason == "fewer than two groups with enough rows"
    table = next(t for t in part.tables if t.name == "fairness.region")
    assert {row[-1].text for row in table.rows} == {"not enough data"}


def test_a_rate_of_zero_everywhere_has_no_ratio():
    part = measure_evaluation(_frame(predicted=np.zeros(6_000, bool)))
    values = _values(part)
    assert values["fairness.recall.ratio[segment=region]"].reason == "0 in every group"
    assert values["fairness.recall.difference[segment=region]"].number == 0.0
    assert values["fairness.recall.difference[segment=region]"].interval.high > 0
    assert values["fairness.precision.difference[segment=region]"].number is None


def test_a_planted_difference_is_clear_named_and_held_against_chance():
    frame = _frame(segments={"half": pd.Series(np.where(np.arange(6_000) % 2, "a", "b"))})
    truth = frame.truth.astype(bool).to_numpy()
    said = np.where(np.arange(6_000) % 2, truth, frame.predicted)  # half of the rows: all right
    values = _values(part := measure_evaluation(_frame(segments=frame.segments, predicted=said)))
    assert values["fairness.recall.difference[segment=half]"].interval.low > 0.2
    table = next(t for t in part.tables if t.name == "fairness.half")
    assert {row[0].text: row[-1].text for row in table.rows}[
        "Recall (true positive rate)"
    ] == "clear"
    assert values["fairness.recall.by_chance[segment=half]"].number < 0.05


def test_what_turns_on_another_rate_is_compared_once():
    codes = np.repeat([0, 1], 200)
    rng = np.random.default_rng(0)
    rows = BinaryRows(truth=rng.random(400) < 0.5, predicted=rng.random(400) < 0.5)
    every = [_measured(codes, rows, rate) for rate in ("recall", "false_negative_rate")]
    assert every[0].difference.number == pytest.approx(every[1].difference.number)
    groups = _groups(codes)
    overall = estimate_rows(rows, ("recall", "accuracy", "precision", "selection_rate"), 0.95)
    compared = compare_groups(rows, {"s": pd.Series(codes).map(str)}, overall)
    assert len(compared) == len(groups)
    spreads = compare_rates(rows, compared, shown=lambda group, rate: True)
    asked = [spread for spread in spreads if spread.p is not None]
    assert "false_negative_rate" not in {spread.rate for spread in asked}
    read = {s.rate: s for s in read_spreads(spreads, [0.001] * len(asked))}
    assert read["false_negative_rate"].clear
    assert read["false_negative_rate"].p == read["recall"].p


@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_other_tasks_compare_what_they_have(task):
    rng = np.random.default_rng(0)
    n = 1_500
    side = pd.Series(rng.choice(["left", "right"], n))
    if task == "regression":
        truth = rng.normal(0, 1, n)
        given = {"truth": pd.Series(truth), "predicted": truth + rng.normal(0, 1, n)}
    else:
        truth = rng.integers(0, 3, n)
        said = np.where(rng.random(n) < 0.7, truth, rng.integers(0, 3, n))
        given = {"truth": pd.Series(truth), "predicted": said, "classes": (0, 1, 2)}
    frame = EvaluationFrame(
        task=task, target="y", features=pd.DataFrame(), segments={"side": side}, **given
    )
    values = _values(measure_evaluation(frame))
    own = (side == "left").to_numpy()
    if task == "regression":
        error = np.asarray(given["predicted"]) - truth
        expected = abs(error[own].mean() - error[~own].mean())
        assert values["fairness.mean_error.difference[segment=side]"].number == pytest.approx(
            expected
        )
        assert "fairness.mean_error.ratio[segment=side]" not in values
        return
    expected = flm.MetricFrame(
        metrics=lambda y_true, y_pred: skm.recall_score(y_true, y_pred, average="macro"),
        y_true=truth, y_pred=given["predicted"], sensitive_features=side,
    )  # fmt: skip
    found = values["fairness.recall_macro.difference[segment=side]"]
    assert found.number == pytest.approx(expected.difference())
    assert values["evaluation.recall_macro[side=left]"].number == pytest.approx(
        expected.by_group["left"]
    )
