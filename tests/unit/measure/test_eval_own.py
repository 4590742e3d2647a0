"""Metrics of the project's own on a card; and the parts of a card on thresholds, costs and gain."""

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics as skm

from reportgen.errors import DataError
from reportgen.measure import measure_evaluation
from reportgen.measure.statistics.estimate import METRICS
from reportgen.measure.statistics.uncertainty import CHOICES, family_of
from reportgen.report import Costs, Threshold
from reportgen.report.frame import EvaluationFrame, OwnMetric


def _frame(n=600, seed=0, **changes):
    rng = np.random.default_rng(seed)
    scores = np.round(rng.beta(1, 3, n), 4)
    truth = rng.random(n) < scores
    given = {
        "task": "classification",
        "target": "late",
        "truth": pd.Series(np.where(truth, "yes", "no"), dtype=object),
        "predicted": np.where(scores >= 0.4, "yes", "no").astype(object),
        "scores": scores,
        "classes": ("no", "yes"),
        "positive": "yes",
        "features": pd.DataFrame(index=range(n)),
        "segments": {"region": pd.Series(rng.choice(["north", "south"], n))},
    }
    return EvaluationFrame(**{**given, **changes})


def _own(measure, name="right", **more):
    return OwnMetric(name=name, label=name.title(), measure=measure, better="higher", **more)


def _right(truth, predicted, scores, weights):
    return float(np.average(truth == predicted, weights=weights))


def _values(part):
    names = [value.name for value in part.values]
    assert len(names) == len(set(names)), "a name is used twice"
    return {value.name: value for value in part.values}


@pytest.mark.parametrize("how", ["plain", "weighted", "clustered"])
@pytest.mark.parametrize("n", [600, 3_000])
def test_an_own_accuracy_agrees_with_the_cards(n, how):
    rng = np.random.default_rng(1)
    frame = _frame(
        n,
        metrics=(_own(_right),),
        weights=rng.random(n) + 0.5 if how == "weighted" else None,
        clusters=pd.Series(np.arange(n) // 3) if how == "clustered" else None,
    )
    values = _values(measure_evaluation(frame))
    own, known = values["evaluation.right"], values["evaluation.accuracy"]
    assert own.number == pytest.approx(known.number)
    assert own.n == n
    assert own.better == "higher"
    assert own.interval.method == ("bootstrap BCa" if n == 600 else "block jackknife")
    wide, usual = (v.interval.high - v.interval.low for v in (own, known))
    assert wide == pytest.approx(usual, rel=0.25)
    for level in ("north", "south"):
        mine, theirs = (values[f"evaluation.{m}[region={level}]"] for m in ("right", "accuracy"))
        assert mine.number == pytest.approx(theirs.number)
        gap = values[f"evaluation.right.gap[region={level}]"]
        assert gap.number == pytest.approx(mine.number - own.number)
        usual = values[f"evaluation.accuracy.gap[region={level}]"].interval
        assert gap.interval.high - gap.interval.low == pytest.approx(
            usual.high - usual.low, rel=0.5
        )


def test_own_metrics_stand_in_the_table_of_metrics():
    own = _own(_right, meaning="Share that is right.", source="metrics:right, sha256 12")
    part = measure_evaluation(_frame(metrics=(own,)))
    table = next(t for t in part.tables if t.name == "evaluation.metrics")
    cells = table.rows[-1]
    assert [cells[0].text, cells[1].value, cells[2].text] == [
        "Right", "evaluation.right", "Share that is right.",
    ]  # fmt: skip
    source = _values(part)["evaluation.right"].provenance
    assert source.by == "evaluation.right@1"
    assert source.parameters["function"] == "metrics:right, sha256 12"
    groups = next(t for t in part.tables if t.name == "evaluation.own_groups.region")
    assert [row[0].text for row in groups.rows] == ["north", "south"]


def _raises(error):
    def measure(truth, predicted, scores, weights):
        raise error

    return measure


@pytest.mark.parametrize(
    ("measure", "reason"),
    [
        (_raises(KeyError("profit")), "KeyError: 'profit'"),
        (_raises(DataError("the model gives no scores")), "the model gives no scores"),
        (_raises(ZeroDivisionError()), "ZeroDivisionError"),
        (lambda *_: float("nan"), "the function gave nan"),
        (lambda *_: None, "TypeError: float() argument must be a string or a real number"),
    ],
)
def test_a_function_that_fails_is_a_reason_and_not_an_end(measure, reason):
    values = _values(measure_evaluation(_frame(metrics=(_own(measure), _own(_right, "fine")))))
    assert values["evaluation.right"].number is None
    assert values["evaluation.right"].reason.startswith(reason)
    assert values["evaluation.fine"].number is not None
    assert "evaluation.right[region=north]" not in values


def test_an_undefined_score_of_scikit_learn_is_no_number():
    def precision(truth, predicted, scores, weights):
        return skm.precision_score(truth == "yes", predicted == "maybe", sample_weight=weights)

    value = _values(measure_evaluation(_frame(metrics=(_own(precision),))))["evaluation.right"]
    assert value.number is None
    assert value.reason.startswith("Precision is ill-defined")


def test_a_function_may_write_into_its_arguments():
    def spoil(truth, predicted, scores, weights):
        scores[:] = 0
        truth[:] = "no"
        return 1.0

    alone = _values(measure_evaluation(_frame()))
    with_own = _values(measure_evaluation(_frame(metrics=(_own(spoil),))))
    assert {name: with_own[name] for name in alone} == alone


def test_what_takes_no_weights_says_so():
    frame = _frame(weights=np.linspace(0.5, 2, 600))
    own = _own(lambda t, p, s, w: float((t == p).mean()), meaning="Right.", weighted=False)
    part = measure_evaluation(_frame(weights=frame.weights, metrics=(own,)))
    table = next(t for t in part.tables if t.name == "evaluation.metrics")
    assert table.rows[-1][2].text == "Right. It takes no weights."
    assert "weighted" not in _values(part)["evaluation.right"].provenance.parameters


def test_the_order_of_rows_says_nothing_to_an_own_metric():
    frame = _frame(metrics=(_own(_right),))
    order = np.random.default_rng(3).permutation(600)
    turned = _frame(
        metrics=(_own(_right),),
        truth=frame.truth.iloc[order].reset_index(drop=True),
        predicted=frame.predicted[order],
        scores=frame.scores[order],
        segments={"region": frame.segments["region"].iloc[order].reset_index(drop=True)},
    )
    names = ["evaluation.right", "evaluation.right.gap[region=north]"]
    one, two = _values(measure_evaluation(frame)), _values(measure_evaluation(turned))
    assert [one[name] for name in names] == [two[name] for name in names]


def test_a_metric_every_card_has_is_not_measured_twice():
    part = measure_evaluation(_frame(metrics=(_own(_right, "accuracy"),)))
    assert _values(part)["evaluation.accuracy"].interval.method == "wilson"


def test_limits_hold_for_own_metrics():
    frame = _frame(metrics=(_own(_right),), thresholds={"right": Threshold(minimum=0.99)})
    findings = measure_evaluation(frame).findings
    assert any(f.state == "alert" and "evaluation.right" in f.because for f in findings)


def test_few_rows_of_a_group_are_not_asked_about():
    levels = pd.Series(["tiny"] * 4 + ["large"] * 596)
    values = _values(
        measure_evaluation(_frame(metrics=(_own(_right),), segments={"size": levels}))
    )
    assert values["evaluation.right[size=tiny]"].reason == "not enough data (n = 4)"
    assert values["evaluation.right.gap[size=tiny]"].number is None


# Thresholds, costs, gain and calibration on the card

COSTS = Costs(false_positive=1, false_negative=4, unit="€")


def test_what_errors_cost_is_on_the_card_where_prices_are_declared():
    part = measure_evaluation(_frame(costs=COSTS))
    values = _values(part)
    rows = next(t for t in part.tables if t.name == "evaluation.costs").rows
    assert [row[1].value for row in rows] == [
        "evaluation.cost", "evaluation.cost.cheapest", "evaluation.cost.saving",
        "evaluation.cost.constant", "evaluation.threshold.cheapest",
        "evaluation.threshold.by_costs",
    ]  # fmt: skip
    assert values["evaluation.cost"].label == "Mean cost per row (€)"
    assert values["evaluation.threshold.by_costs"].number == 0.2
    cost = values["evaluation.cost"].provenance.parameters
    assert (cost["false_positive"], cost["false_negative"]) == (1, 4)
    series = next(s for s in part.series if s.name == "evaluation.cost")
    assert set(series.lines) == {"the model's own", "cheapest"}
    assert not any("cost" in v for v in _values(measure_evaluation(_frame())))


def test_a_much_cheaper_threshold_is_a_finding():
    part = measure_evaluation(_frame(3_000, costs=COSTS))
    finding = next(f for f in part.findings if "evaluation.cost.saving" in f.because)
    values = _values(part)
    assert finding.state == "watch"
    cut = values["evaluation.threshold.cheapest"].number
    assert finding.sentence.startswith(f"A threshold of {cut:g} would save ")
    # At the cheapest threshold there is nothing to be saved.
    again = _frame(
        3_000, costs=COSTS, threshold=cut,
        predicted=np.where(_frame(3_000).scores >= cut, "yes", "no").astype(object),
    )  # fmt: skip
    assert not any(
        "evaluation.cost.saving" in f.because for f in measure_evaluation(again).findings
    )


def test_the_threshold_in_use_is_marked():
    part = measure_evaluation(_frame(threshold=0.25))
    table = next(t for t in part.tables if t.name == "evaluation.thresholds")
    marked = [row for row in table.rows if "as set" in row[0].text]
    assert [row[0].text for row in marked] == ["0.25, as set"]
    values = _values(part)
    assert values[marked[0][2].value].number == values["evaluation.precision"].number
    series = next(s for s in part.series if s.name == "evaluation.thresholds")
    assert series.lines == {"as set": 0.25}
    assert set(series.columns["group"]) == {"Precision", "Recall"}


def test_segments_of_the_same_name_take_no_value_away():
    levels = pd.Series(["0.25", "10%"] * 300)
    segments = {"threshold": levels, "top": levels}
    values = _values(measure_evaluation(_frame(threshold=0.25, segments=segments)))
    assert "evaluation.recall[threshold=0.25]" in values
    assert "evaluation.recall[cut=0.25]" in values
    assert "evaluation.lift[best=10%]" in values


def test_lift_and_calibration_error_are_on_the_card():
    frame = _frame()
    values = _values(measure_evaluation(frame))
    best = frame.truth.to_numpy()[np.argsort(-frame.scores, kind="stable")][:60] == "yes"
    lift = best.mean() / (frame.truth == "yes").mean()
    assert values["evaluation.lift[top=10%]"].number == pytest.approx(lift, rel=0.05)
    assert values["evaluation.ece"].interval is None
    assert values["evaluation.ece.corrected"].interval is not None


def test_every_interval_is_one_that_the_table_chooses():
    frames = [
        _frame(costs=COSTS),
        _frame(costs=COSTS, weights=np.linspace(0.5, 2, 600)),
        _frame(costs=COSTS, clusters=pd.Series(np.arange(600) // 3)),
        _frame(60),
    ]
    seen = set()
    for frame in frames:
        for value in measure_evaluation(frame).values:
            name = value.name.removeprefix("evaluation.").partition("[")[0].partition(".")[0]
            plain = ".gap" not in value.name and "poststratified" not in value.name
            if value.interval is None or name not in METRICS or not plain:
                continue
            method = value.interval.method.removesuffix(", cross-fitted")
            if value.name.startswith("evaluation.precision[top="):
                name = "gain"
            assert method in CHOICES[family_of(name)].methods, value.name
            seen.add(name)
    assert {"recall", "f1", "cost", "roc_auc", "brier", "lift", "ece"} <= seen


def test_every_metric_with_words_has_a_way_to_its_interval():
    chosen = {name for choice in CHOICES.values() for name in choice.metrics}
    assert chosen == set(METRICS)
