"""The table that chooses intervals: it knows every metric, and every method in it is taken."""

import dataclasses
import importlib
from collections import defaultdict
from functools import cache

import numpy as np
import pandas as pd
import pytest

from reportgen.measure import measure_evaluation
from reportgen.measure.metrics.own_metrics import MOST_DRAWN
from reportgen.measure.statistics.estimate import METRICS
from reportgen.measure.statistics.uncertainty import CHOICES, family_of
from reportgen.report import Costs
from reportgen.report.frame import EvaluationFrame, OwnMetric

HOW = ("plain", "weighted", "clustered")


def two_classes(n, how, seed=0, rate=1.0):
    rng = np.random.default_rng(seed)
    scores = np.round(rng.beta(1, 3, n) * rate, 4)
    truth = rng.random(n) < scores
    return framed(
        how,
        n,
        task="classification",
        truth=pd.Series(truth, dtype=object),
        predicted=scores >= 0.3 * rate,
        scores=scores,
        classes=(False, True),
        positive=True,
        costs=Costs(false_positive=1.0, false_negative=4.0),
    )


def several_classes(n, how, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.choice(4, n, p=[0.4, 0.3, 0.2, 0.1])
    odds = rng.random((n, 4)) + 0.8 * np.eye(4)[truth]
    return framed(
        how,
        n,
        task="multiclass",
        truth=pd.Series(truth),
        predicted=odds.argmax(axis=1),
        scores=odds / odds.sum(axis=1, keepdims=True),
        classes=(0, 1, 2, 3),
    )


def numbers(n, how, seed=0):
    rng = np.random.default_rng(seed)
    truth = np.round(rng.gamma(2, 2, n), 1)
    truth[0] = 0.0  # so that the percentage error is that of the other rows
    said = truth + rng.normal(size=n)
    return framed(
        how,
        n,
        task="regression",
        truth=pd.Series(truth),
        predicted=said,
        lower=said - 1.5,
        upper=said + 1.0 + truth / 10,
        interval_level=0.9,
    )


def without_zeros(n, how):
    frame = numbers(n, how)
    return EvaluationFrame(
        **{
            name: getattr(frame, name)
            for name in frame.__dataclass_fields__
            if name not in ("truth",)
        },
        truth=frame.truth + 1,
    )


def framed(how, n, **given):
    own = OwnMetric(name="profit", label="Profit", measure=profit, better="higher")
    return EvaluationFrame(
        target="y",
        features=pd.DataFrame(index=range(n)),
        segments={"region": pd.Series(np.array(["north", "south"])[np.arange(n) % 2])},
        weights=1.0 + np.arange(n) % 3 if how == "weighted" else None,
        clusters=pd.Series(np.arange(n) // 3) if how == "clustered" else None,
        metrics=(own,),
        **given,
    )


def profit(truth, predicted, scores, weights):
    return float(np.average(truth == predicted, weights=weights))


@cache
def cards():
    """Every interval of cards of all kinds: of which metric, and by which method."""
    frames = [
        make(n, how)
        for make, sizes in (
            (two_classes, (60, 600)),
            (several_classes, (600,)),
            (numbers, (300,)),
            (without_zeros, (60,)),
        )
        for n in sizes
        for how in HOW
    ]
    frames += [two_classes(400, "plain", rate=0.05), two_classes(2 * MOST_DRAWN, "plain")]
    found = defaultdict(set)
    for frame in frames:
        for value in measure_evaluation(frame).values:
            name = value.name.removeprefix("evaluation.").partition("[")[0].partition(".")[0]
            derived = ".gap" in value.name or not value.name.startswith("evaluation.")
            if value.interval is None or derived:
                continue
            if value.name.startswith("evaluation.precision[top="):
                name = "gain"  # whose method it shares: the cut at the top is estimated too
            found[name].add(value.interval.method.removesuffix(", cross-fitted"))
    return found


def test_every_metric_of_a_card_takes_a_method_of_its_family():
    for name, methods in cards().items():
        if name in METRICS or name == "profit":
            assert methods <= set(CHOICES[family_of(name)].methods), name


def test_the_table_knows_every_metric_and_every_one_gets_an_interval():
    assert {name for choice in CHOICES.values() for name in choice.metrics} == set(METRICS)
    lacking = {name for name in METRICS if not cards()[name]}
    assert lacking == set()


@pytest.mark.parametrize("family", [each for each in CHOICES if each != "series"])
def test_the_table_names_no_method_that_nothing_takes(family):
    names = CHOICES[family].metrics or ("profit",)
    taken = set().union(*(cards()[name] for name in names))
    assert set(CHOICES[family].methods) == taken


def test_the_table_names_the_module_that_does_it():
    for choice in CHOICES.values():
        module = importlib.import_module(f"reportgen.measure.{choice.where}")
        assert module.__all__
        assert choice.why


def test_an_unknown_name_is_any_function():
    assert family_of("profit") == "any function"
    assert family_of("mae") == "mean"


# Where an interval does not hold as often as it says, its table does


def note(frame, table):
    (found,) = [t for t in measure_evaluation(frame).tables if t.name == table]
    return found.note


def test_few_rows_beyond_an_end_are_said():
    table = "evaluation.prediction_intervals"
    assert "Fewer than 20 rows lie beyond an end" in note(numbers(100, "plain"), table)
    assert "Fewer than" not in note(numbers(600, "plain"), table)


def test_a_short_top_is_said():
    assert "fewer than 20 rows" in note(two_classes(150, "plain"), "evaluation.gain")
    assert "fewer than" not in note(two_classes(4_000, "plain"), "evaluation.gain")


def test_an_error_that_may_be_none_is_said():
    said = "An error cannot lie below 0"
    assert said in note(two_classes(600, "plain"), "evaluation.calibration")
    frame = two_classes(3_000, "plain")
    off = dataclasses.replace(frame, scores=np.sqrt(frame.scores))
    assert said not in note(off, "evaluation.calibration")
