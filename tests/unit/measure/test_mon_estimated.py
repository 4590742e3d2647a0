"""Performance without labels: the formulas by hand, the range by simulation, the report as read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from reportgen.measure import measure_monitoring
from reportgen.measure.estimated.calibration import Counted, calibrate
from reportgen.measure.estimated.classes import estimate_binary
from reportgen.measure.estimated.numbers import estimate_errors, fit_losses
from reportgen.measure.estimated.rows import encode, pick
from reportgen.measure.estimated.tables import estimate_tables, table_numbers
from reportgen.measure.monitoring.performance import Scored, measure_slots
from tests.unit.measure.mon_frames import findings_of, frame_of, scored_table, values_of


def binary(random: np.random.Generator, n: int, shift: float = 0.0) -> Scored:
    x = random.normal(shift, 1, n)
    truth = (random.random(n) < 1 / (1 + np.exp(1 - x))).astype(float)
    score = 1 / (1 + np.exp(1.5 - 1.6 * x))
    return Scored(
        task="classification", truth=truth, predicted=(score > 0.4).astype(float), score=score
    )


def measured(rows: Scored) -> dict[str, float]:
    many = measure_slots(rows, np.zeros(len(rows.truth), dtype=np.intp), 1, 0.95)
    return {name: float(one.number[0]) for name, one in many.items()}


def test_estimates_are_those_of_the_expected_counts() -> None:
    """As NannyML and others define them: each row counts as positive with its chance."""
    random = np.random.default_rng(0)
    reference = binary(random, 4000)
    score = np.repeat(np.linspace(0.05, 0.95, 10), 100)  # few scores: no bin holds two of them
    now = Scored(
        task="classification",
        truth=np.full(1000, np.nan),
        predicted=(score > 0.4).astype(float),
        score=score,
    )
    words, (found,) = estimate_binary(reference, (now,), 0.95)
    assert words == "logistic calibration"
    cuts = np.unique(np.quantile(reference.score, np.arange(1, 60) / 60, method="inverted_cdf"))
    code = np.searchsorted(cuts, reference.score)
    rows = pd.DataFrame({"code": code, "score": reference.score, "truth": reference.truth})
    bins = rows.groupby("code").agg(
        score=("score", "mean"), ups=("truth", "sum"), n=("truth", "size")
    )
    place = np.log(bins["score"] / (1 - bins["score"])).to_numpy()[:, None]
    fit = LogisticRegression(C=1e6, tol=1e-10).fit(
        np.vstack([place, place]),
        np.repeat([1, 0], len(bins)),
        sample_weight=np.concatenate([bins["ups"], bins["n"] - bins["ups"]]),
    )
    p = fit.predict_proba(np.log(score / (1 - score))[:, None])[:, 1]
    said = now.predicted == 1
    tp, fp, fn, tn = p[said].sum(), (1 - p[said]).sum(), p[~said].sum(), (1 - p[~said]).sum()
    twice, weight = np.repeat([1, 0], 1000), np.concatenate([p, 1 - p])
    both = np.concatenate([score, score])
    expected = {
        "accuracy": (tp + tn) / 1000,
        "precision": tp / (tp + fp),
        "recall": tp / (tp + fn),
        "specificity": tn / (tn + fp),
        "balanced_accuracy": (tp / (tp + fn) + tn / (tn + fp)) / 2,
        "f1": 2 * tp / (2 * tp + fp + fn),
        "matthews_corrcoef": metrics.matthews_corrcoef(
            twice, np.concatenate([said, said]), sample_weight=weight
        ),
        "prevalence": p.mean(),
        "roc_auc": metrics.roc_auc_score(twice, both, sample_weight=weight),
        "brier": (p * (1 - score) ** 2 + (1 - p) * score**2).mean(),
        "log_loss": -(p * np.log(score) + (1 - p) * np.log(1 - score)).mean(),
    }
    assert set(found) == set(expected)
    for name, number in expected.items():
        assert found[name].number == pytest.approx(number, abs=2e-5), name
        assert found[name].n == 1000


def test_the_isotonic_curve_is_that_of_scikit_learn() -> None:
    random = np.random.default_rng(1)
    score = np.linspace(0.05, 0.95, 40)
    chance = np.where(score < 0.5, 0.1, np.where(score < 0.7, 0.35, 0.9))
    rows = random.integers(30, 200, 40)
    ups = random.binomial(rows, chance).astype(float)
    asked = np.array([0.0, 0.2, 0.51, 0.66, 0.99])
    found = calibrate(Counted(score=score, ups=ups, downs=rows - ups), asked, probabilities=True)
    assert found.curve == "isotonic"
    fit = IsotonicRegression(out_of_bounds="clip").fit(score, ups / rows, sample_weight=rows)
    assert found.chance == pytest.approx(fit.predict(asked), abs=1e-12)
    assert found.drawn.mean(axis=0) == pytest.approx(found.chance, abs=0.05)


def test_the_order_of_rows_and_the_labels_of_the_period_change_nothing() -> None:
    random = np.random.default_rng(2)
    reference, now = binary(random, 900), binary(random, 500, 0.5)
    _, (first,) = estimate_binary(reference, (now,), 0.95)
    blind = Scored(
        task=now.task, truth=np.full(500, np.nan), predicted=now.predicted, score=now.score
    )
    mixed = reference.take(random.permutation(900)), blind.take(random.permutation(500))
    _, (second,) = estimate_binary(mixed[0], (mixed[1],), 0.95)
    for name, one in first.items():
        assert second[name].number == pytest.approx(one.number, abs=1e-12)
        assert one.interval is not None
        assert second[name].interval is not None
        assert second[name].interval.low == pytest.approx(one.interval.low, abs=1e-12)


@pytest.mark.parametrize("shift", [0.0, 0.8])
def test_what_is_measured_lies_in_the_range_as_often_as_it_says(shift: float) -> None:
    """A short run of benchmarks/estimated.py: inputs move, the outcome depends on them as before."""
    held: dict[str, int] = {}
    runs = 20
    for seed in range(runs):
        random = np.random.default_rng([seed, 7])
        now = binary(random, 600, shift)
        real = measured(now)
        _, (found,) = estimate_binary(binary(random, 1500), (now,), 0.95)
        for name, one in found.items():
            assert one.interval is not None
            held[name] = held.get(name, 0) + (one.interval.low <= real[name] <= one.interval.high)
    assert min(held.values()) >= 15  # of 20, where 19 are expected
    assert sum(held.values()) >= 0.88 * runs * len(held)


def test_a_table_of_classes_is_measured_as_scikit_learn_does() -> None:
    random = np.random.default_rng(3)
    truth, said = random.integers(0, 4, 300), random.integers(0, 3, 300)
    table = np.zeros((5, 5))
    np.add.at(table, (said, truth), 1)
    found = table_numbers(table)
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(truth, said))
    assert found["f1_macro"] == pytest.approx(metrics.f1_score(truth, said, average="macro"))
    precision = metrics.precision_score(truth, said, average="macro", zero_division=0)
    assert found["precision_macro"] == pytest.approx(precision)
    assert found["recall_macro"] == pytest.approx(
        metrics.recall_score(truth, said, average="macro", zero_division=0)
    )


def test_without_a_score_the_mix_of_predictions_tells() -> None:
    random = np.random.default_rng(4)

    def rows(n: int, share: float) -> Scored:
        said = (random.random(n) < share).astype(float)
        right = random.random(n) < np.where(said == 1, 0.6, 0.9)
        return Scored(task="classification", truth=np.where(right, said, 1 - said), predicted=said)

    now = rows(5000, 0.7)
    words, (found,) = estimate_tables(rows(5000, 0.2), (now,), 0.95)
    assert words == "how often each predicted class was right"
    assert found["accuracy"].number == pytest.approx(0.7 * 0.6 + 0.3 * 0.9, abs=0.02)
    real = measured(now)
    for name in ("accuracy", "precision", "recall", "f1", "specificity"):
        interval = found[name].interval
        assert interval is not None
        assert interval.low - 0.01 <= real[name] <= interval.high + 0.01, name


def test_errors_that_grow_with_an_input_are_expected_where_it_moves() -> None:
    random = np.random.default_rng(5)

    def rows(n: int, shift: float) -> tuple[pd.DataFrame, np.ndarray]:
        a = random.normal(shift, 1, n)
        b = random.choice(["x", "y"], n)
        table = pd.DataFrame({"said": a, "a": np.where(random.random(n) < 0.1, np.nan, a), "b": b})
        return table, random.normal(0, np.exp(0.4 * a) * np.where(b == "x", 1, 2), n)

    (before, old), (now, new) = rows(3000, 0.0), rows(1000, 1.0)
    kinds = {"said": "number", "a": "number", "b": "level"}
    both = encode((before, now), kinds, by_first=True)
    learned = encode((before,), kinds)
    found = estimate_errors(fit_losses(learned, old), both.matrix[both.side == 1], 0.95)
    real = {"mae": np.abs(new).mean(), "rmse": np.sqrt((new**2).mean())}
    assert np.abs(old).mean() < 0.75 * real["mae"]  # what it would be had nothing moved
    for name, number in real.items():
        assert found[name].number == pytest.approx(number, rel=0.15)
        interval = found[name].interval
        assert interval is not None
        assert interval.low * 0.95 <= number <= interval.high * 1.05


def test_a_prediction_that_is_never_off_has_no_error_to_come() -> None:
    rows = encode((pd.DataFrame({"said": np.arange(300.0)}),), {"said": "number"})
    found = estimate_errors(fit_losses(rows, np.zeros(300)), rows.matrix[:50], 0.95)
    assert (found["mae"].number, found["rmse"].number) == (0.0, 0.0)


def test_rows_that_are_alike_are_not_picked_together() -> None:
    keys = np.repeat(np.array([5, 9], dtype=np.uint64), [30_000, 10_000])
    chosen = pick(keys, 4000)
    assert len(np.unique(chosen)) == 4000
    assert (keys[chosen] == 9).mean() == pytest.approx(0.25, abs=0.03)
    again = pick(keys[::-1].copy(), 4000)
    assert (keys[::-1][again] == 9).sum() == (keys[chosen] == 9).sum()


def unlabelled(table: pd.DataFrame, rows: int = 600) -> pd.DataFrame:
    table.loc[table.index[-rows:], "late"] = np.nan
    return table


def test_a_report_without_labels_says_what_is_to_be_expected() -> None:
    part = measure_monitoring(frame_of(unlabelled(scored_table(weeks=12))))
    values = values_of(part)
    assert values["performance.recall"].number is None
    found = values["performance.estimated.recall"]
    assert found.interval is not None
    assert found.interval.low < 0.3 < found.interval.high
    assert values["performance.estimated.recall.inside"].provenance.parameters["periods"] == 7
    (told,) = findings_of(part, "estimate")
    assert told.state == "ok"
    assert told.sentence.startswith("No label is in yet; estimated: ROC AUC 0.75")
    tables = {table.name: table for table in part.tables}
    assert "what the outcome depends on has not changed" in tables["performance.estimated"].note
    newest = tables["performance.estimated.history"].rows[0]
    assert newest[1].value == "performance.estimated.roc_auc[period=2013-W30]"
    series = {one.name: one for one in part.series}
    drawn = series["performance.estimated.roc_auc.history"]
    assert set(drawn.columns["group"]) == {"estimated", "measured"}


def test_estimates_stand_beside_what_is_measured_and_say_nothing_more() -> None:
    part = measure_monitoring(frame_of(scored_table(weeks=8)))
    values = values_of(part)
    real, guess = values["performance.recall"], values["performance.estimated.recall"]
    error = values["performance.estimated.recall.error"]
    assert error.number == pytest.approx((real.number or 0) - (guess.number or 0))
    assert findings_of(part, "estimate") == []


def test_an_estimated_fall_is_to_be_watched_and_never_an_alert() -> None:
    table = scored_table(weeks=10, per_week=2000)
    last = table.index >= 18_000
    table.loc[last, "p_late"] = 0.02 + 0.05 * table.loc[last, "p_late"]
    table.loc[last, "predicted"] = 0
    part = measure_monitoring(frame_of(unlabelled(table, 2000), thresholds={}))
    found = findings_of(part, "estimate", "watch", "alert")
    assert {one.state for one in found} == {"watch"}
    assert any("Recall fell" in one.sentence for one in found)
    assert all(one.sentence.startswith("By estimate, as no label is in yet") for one in found)


def test_estimates_that_missed_before_are_not_relied_on() -> None:
    table = scored_table(weeks=12, per_week=1500)
    random = np.random.default_rng(0)
    later = table.index >= 6000  # after the baseline the score is worth nothing
    table.loc[later, "late"] = (random.random(later.sum()) < 0.4).astype(float)
    part = measure_monitoring(frame_of(unlabelled(table, 1500)))
    (told,) = findings_of(part, "estimate", "cannot tell")
    assert "is not to be relied on: over 7 earlier periods" in told.sentence
    tables = {one.name: one for one in part.tables}
    assert "Not to be relied on" in tables["performance.estimated"].note


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda t: t.assign(late=np.nan), "the reference has no labelled rows yet"),
        (lambda t: t.assign(late=0.0), "the reference has 0 labelled rows of one of the classes"),
        (
            lambda t: t.assign(late=np.where(t.index < 40, t["late"], np.nan)),
            "not enough labelled rows in the reference (n = 40; 100 needed)",
        ),
    ],
)
def test_what_cannot_be_estimated_says_why(spoil: Any, reason: str) -> None:
    values = values_of(measure_monitoring(frame_of(spoil(scored_table(weeks=6)))))
    assert values["performance.estimated.recall"].reason == reason


def test_scores_that_are_no_probabilities_have_no_brier_score() -> None:
    table = scored_table(weeks=6)
    table["p_late"] = table["p_late"] * 40 - 7
    values = values_of(measure_monitoring(frame_of(table)))
    assert values["performance.estimated.brier"].reason == "the score is not a probability"
    assert values["performance.estimated.roc_auc"].number == pytest.approx(0.75, abs=0.05)


def test_it_can_be_left_out() -> None:
    values = values_of(measure_monitoring(frame_of(scored_table(weeks=6), estimated=False)))
    assert not [name for name in values if "estimated" in name]


def test_several_classes_and_numbers_are_estimated_in_a_report() -> None:
    random = np.random.default_rng(6)
    table = scored_table(weeks=8)
    table["late"] = random.choice(list("abc"), len(table)).astype(object)
    right = random.random(len(table)) < 0.7
    table["predicted"] = np.where(right, table["late"], "d")
    table = unlabelled(table)
    frame = frame_of(table, task="multiclass", score=None, positive=None)
    values = values_of(measure_monitoring(frame))
    # Predictions of a, b and c are always right here, those of d never.
    assert values["performance.estimated.accuracy"].number == pytest.approx(
        right[-600:].mean(), abs=0.01
    )
    table = scored_table(weeks=8)
    table["late"] = table["temp"] * 2 + random.normal(size=len(table))
    table["predicted"] = table["temp"] * 2
    frame = frame_of(unlabelled(table), task="regression", score=None, positive=None)
    values = values_of(measure_monitoring(frame))
    assert values["performance.estimated.mae"].number == pytest.approx(0.798, abs=0.08)
    assert values["performance.estimated.rmse"].number == pytest.approx(1.0, abs=0.1)
