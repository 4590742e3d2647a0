"""Metrics per period against scikit-learn, and their intervals against other ways to find them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn import metrics as sk

from reportgen.measure import measure_monitoring
from reportgen.measure.monitoring.performance import Scored, measure_slots
from reportgen.measure.statistics.ranking import rank, roc_auc
from reportgen.report import Threshold
from tests.unit.measure.mon_frames import frame_of, scored_table, values_of

SLOTS = 6


@pytest.fixture(scope="module")
def binary() -> tuple[Scored, np.ndarray[Any, Any]]:
    random = np.random.default_rng(3)
    n = 3000
    score = np.round(random.beta(1, 3, n), 2)  # with ties
    truth = (random.random(n) < score).astype(float)
    truth[random.random(n) < 0.1] = np.nan
    predicted = (score > 0.3).astype(float)
    slot = random.integers(-1, SLOTS, n)
    scored = Scored(task="classification", truth=truth, predicted=predicted, score=score)
    return scored, slot


ORACLES = {
    "accuracy": sk.accuracy_score,
    "balanced_accuracy": sk.balanced_accuracy_score,
    "precision": sk.precision_score,
    "recall": sk.recall_score,
    "specificity": lambda t, p: sk.recall_score(t, p, pos_label=0),
    "f1": sk.f1_score,
    "matthews_corrcoef": sk.matthews_corrcoef,
    "prevalence": lambda t, _: t.mean(),
    "selection_rate": lambda _, p: p.mean(),
}
SCORE_ORACLES = {
    "roc_auc": sk.roc_auc_score,
    "brier": sk.brier_score_loss,
    "log_loss": lambda t, s: sk.log_loss(t, np.clip(s, 2.3e-16, 1 - 2.3e-16)),
}


@pytest.mark.parametrize("name", [*ORACLES, *SCORE_ORACLES])
def test_each_slot_agrees_with_scikit_learn(binary: Any, name: str) -> None:
    scored, slot = binary
    found = measure_slots(scored, slot, SLOTS, 0.95)[name]
    for at in range(SLOTS):
        rows = (slot == at) & scored.labelled
        second = scored.score if name in SCORE_ORACLES else scored.predicted
        expected = (ORACLES | SCORE_ORACLES)[name](scored.truth[rows], second[rows])
        estimate = found.at(at)
        assert estimate.number == pytest.approx(expected, abs=1e-12)
        assert estimate.interval is not None
        assert estimate.interval.low < estimate.number < estimate.interval.high


def test_intervals_of_the_area_are_those_of_the_card(binary: Any) -> None:
    scored, slot = binary
    found = measure_slots(scored, slot, SLOTS, 0.9)["roc_auc"]
    for at in range(SLOTS):
        rows = (slot == at) & scored.labelled
        card = roc_auc(rank(scored.truth[rows] == 1, scored.score[rows]), 0.9)
        assert found.at(at).interval is not None
        assert card.interval is not None
        assert found.at(at).interval.low == pytest.approx(card.interval.low, abs=1e-12)
        assert found.at(at).interval.high == pytest.approx(card.interval.high, abs=1e-12)


def test_means_have_the_interval_of_scipy(binary: Any) -> None:
    scored, slot = binary
    found = measure_slots(scored, slot, SLOTS, 0.95)["brier"].at(2)
    rows = (slot == 2) & scored.labelled
    loss = (scored.truth[rows] - scored.score[rows]) ** 2
    low, high = stats.t.interval(0.95, len(loss) - 1, loss.mean(), stats.sem(loss))
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high))


@pytest.mark.parametrize("name", ["f1", "matthews_corrcoef", "balanced_accuracy"])
def test_intervals_agree_with_resampling(binary: Any, name: str) -> None:
    scored, slot = binary
    rows = np.flatnonzero((slot == 1) & scored.labelled)
    found = measure_slots(scored, slot, SLOTS, 0.95)[name].at(1)
    random = np.random.default_rng(0)
    draws = [rows[random.integers(0, len(rows), len(rows))] for _ in range(400)]
    again = [ORACLES[name](scored.truth[d], scored.predicted[d]) for d in draws]
    assert found.interval is not None
    half = (found.interval.high - found.interval.low) / 2
    assert half == pytest.approx(1.96 * np.std(again), rel=0.12)


def test_several_classes_agree_with_scikit_learn() -> None:
    random = np.random.default_rng(5)
    n = 2000
    truth = random.integers(0, 4, n).astype(float)
    predicted = np.where(random.random(n) < 0.6, truth, random.integers(0, 3, n)).astype(float)
    slot = random.integers(0, 3, n)
    scored = Scored(task="multiclass", truth=truth, predicted=predicted, classes=5)
    found = measure_slots(scored, slot, 3, 0.95)
    oracles = {
        "accuracy": sk.accuracy_score,
        "balanced_accuracy": sk.balanced_accuracy_score,
        "precision_macro": lambda t, p: sk.precision_score(t, p, average="macro", zero_division=0),
        "recall_macro": lambda t, p: sk.recall_score(t, p, average="macro", zero_division=0),
        "f1_macro": lambda t, p: sk.f1_score(t, p, average="macro", zero_division=0),
    }
    random = np.random.default_rng(1)
    for name, oracle in oracles.items():
        for at in range(3):
            rows = slot == at
            assert found[name].at(at).number == pytest.approx(oracle(truth[rows], predicted[rows]))
        where = np.flatnonzero(slot == 0)
        draws = [where[random.integers(0, len(where), len(where))] for _ in range(300)]
        spread = np.std([oracle(truth[d], predicted[d]) for d in draws])
        interval = found[name].at(0).interval
        assert interval is not None
        assert (interval.high - interval.low) / 2 == pytest.approx(1.96 * spread, rel=0.15)


def test_regression_agrees_with_scikit_learn_and_resampling() -> None:
    random = np.random.default_rng(6)
    n = 1500
    truth = random.gamma(2, 10, n)
    predicted = truth * 0.8 + random.normal(0, 5, n)
    slot = random.integers(0, 3, n)
    scored = Scored(task="regression", truth=truth, predicted=predicted)
    found = measure_slots(scored, slot, 3, 0.95)
    oracles = {
        "mae": sk.mean_absolute_error,
        "rmse": sk.root_mean_squared_error,
        "r2": sk.r2_score,
        "mean_error": lambda t, p: (p - t).mean(),
    }
    for name, oracle in oracles.items():
        for at in range(3):
            rows = slot == at
            assert found[name].at(at).number == pytest.approx(oracle(truth[rows], predicted[rows]))
        where = np.flatnonzero(slot == 0)
        draws = [where[random.integers(0, len(where), len(where))] for _ in range(400)]
        spread = np.std([oracle(truth[d], predicted[d]) for d in draws])
        interval = found[name].at(0).interval
        assert interval is not None
        assert (interval.high - interval.low) / 2 == pytest.approx(1.96 * spread, rel=0.15)


def test_missing_labels_are_left_out_of_metrics_and_counted() -> None:
    table = scored_table(weeks=2)
    last = table["time"] >= pd.Timestamp("2013-05-13", tz="America/New_York")
    gone = last & (np.arange(len(table)) % 4 == 0)
    table.loc[gone, "late"] = np.nan
    values = values_of(measure_monitoring(frame_of(table)))
    kept = table[last & ~gone]
    assert values["labels.complete"].number == pytest.approx(0.75)
    assert values["labels.rows"].number == values["performance.accuracy"].n == len(kept)
    assert values["performance.recall"].number == pytest.approx(
        sk.recall_score(kept["late"], kept["predicted"])
    )


@pytest.mark.parametrize("settled", [True, False])
def test_no_labels_is_a_reason_and_not_a_number(settled: bool) -> None:
    table = scored_table(weeks=2)
    table.loc[600:, "late"] = np.nan
    as_of = pd.Timestamp("2013-05-20T12:00", tz="UTC")
    delay = pd.Timedelta(days=0 if settled else 7)
    part = measure_monitoring(frame_of(table, as_of=as_of, label_delay=delay))
    values = values_of(part)
    assert values["performance.roc_auc"].reason == ("no labels" if settled else "no labels yet")
    assert values["performance.roc_auc.change"].number is None
    history = next(one for one in part.series if one.name == "performance.recall.history")
    assert history.columns["value"][-1] is None
    assert history.columns["state"][-1] == ("not enough data" if settled else "provisional")


def test_three_rows_are_no_fact() -> None:
    table = scored_table(weeks=2, per_week=600).iloc[:603]
    values = values_of(measure_monitoring(frame_of(table)))
    assert values["performance.roc_auc"].reason == "not enough data (n = 3)"
    assert values["volume.rows"].number == 3


def test_labels_of_one_class_leave_the_area_undefined_and_the_rest_measured() -> None:
    table = scored_table(weeks=2)
    table.loc[600:, "late"] = 0.0
    part = measure_monitoring(frame_of(table))
    values = values_of(part)
    assert values["performance.roc_auc"].reason == "the labels are of one class"
    assert values["performance.recall"].reason == "no row is positive"
    assert values["performance.accuracy"].number is not None
    row = next(t for t in part.tables if t.name == "drift.columns").rows
    assert {cells[0].text: cells[1].text for cells in row}["late"] == "one class"


def test_a_score_that_is_no_probability_has_an_area_but_no_brier() -> None:
    table = scored_table(weeks=2)
    table["p_late"] = np.log(table["p_late"])
    values = values_of(measure_monitoring(frame_of(table)))
    assert values["performance.roc_auc"].number is not None
    assert "not a probability" in str(values["performance.brier"].reason)


def test_perfect_separation_still_has_an_honest_interval() -> None:
    table = scored_table(weeks=2, per_week=12)
    table["p_late"] = np.where(table["late"] == 1, 0.9, 0.1)
    table.loc[12:17, ["late", "p_late"]] = [1.0, 0.9]
    value = values_of(measure_monitoring(frame_of(table)))["performance.roc_auc"]
    assert value.number == 1.0
    assert value.interval is not None
    assert value.interval.low < 0.95


@pytest.mark.parametrize("words", [("yes", "no"), (True, False), ("1", "0")])
def test_labels_may_be_words(words: tuple[object, object]) -> None:
    table = scored_table(weeks=2)
    expected = values_of(measure_monitoring(frame_of(table)))["performance.recall"].number
    for name in ("late", "predicted"):
        table[name] = table[name].map({1: words[0], 0: words[1]}).astype(object)
    table.loc[5, "late"] = None
    for positive in (words[0], None):
        values = values_of(measure_monitoring(frame_of(table, positive=positive)))
        assert values["performance.recall"].number == expected


def test_without_a_prediction_the_score_is_cut_and_says_so() -> None:
    table = scored_table(weeks=2).drop(columns="predicted")
    value = values_of(measure_monitoring(frame_of(table, prediction=None)))["performance.recall"]
    last = table.iloc[600:]
    assert value.number == pytest.approx(sk.recall_score(last["late"], last["p_late"] >= 0.5))
    assert value.provenance.parameters["threshold"] == 0.5


def test_classes_are_matched_though_missing_labels_made_floats_of_them() -> None:
    random = np.random.default_rng(2)
    table = scored_table(weeks=2)
    table["kind"] = random.integers(0, 3, len(table)).astype(float)
    table["guess"] = table["kind"].astype(int)
    table.loc[::7, "kind"] = np.nan
    frame = frame_of(
        table, task="multiclass", target="kind", prediction="guess", score=None, positive=None
    )
    assert values_of(measure_monitoring(frame))["performance.accuracy"].number == 1.0


def test_the_change_is_newcombes_difference() -> None:
    table, reference = scored_table(weeks=2), scored_table(weeks=1, seed=9)
    values = values_of(measure_monitoring(frame_of(table, reference=reference)))
    now, before = values["performance.accuracy"], values["performance.accuracy.reference"]
    change = values["performance.accuracy.change"]
    assert change.number == pytest.approx(now.number - before.number)
    low = change.number - np.hypot(
        now.number - now.interval.low, before.interval.high - before.number
    )
    assert change.interval.low == pytest.approx(low)
    assert change.interval.method == "newcombe"
    assert change.provenance.pins == ("data", "reference")


def test_a_reference_without_predictions_gives_way_to_the_first_periods_and_says_so() -> None:
    table = scored_table(weeks=6)
    reference = scored_table(weeks=1, seed=9).drop(columns=["predicted", "p_late"])
    part = measure_monitoring(frame_of(table, reference=reference))
    note = next(t for t in part.tables if t.name == "performance.metrics").note
    assert note == (
        "Reference: the baseline 2013-W19 to 2013-W22, the earliest complete periods of the data. "
        "The pinned reference holds no predictions or no labels."
    )
    first = table.iloc[: 4 * 600]
    value = values_of(part)["performance.recall.reference"]
    assert value.number == pytest.approx(sk.recall_score(first["late"], first["predicted"]))
    assert value.provenance.pins == ("data",)


def test_the_first_period_has_no_reference_yet() -> None:
    part = measure_monitoring(frame_of(scored_table(weeks=1)))
    values = values_of(part)
    assert values["performance.recall.reference"].reason == "no reference yet"
    assert values["performance.recall.change"].reason == "no reference yet"
    assert "there is no reference yet" in str(values["drift.temp.psi"].reason)


def test_groups_hold_all_rows_of_the_period() -> None:
    table = scored_table(weeks=2)
    random = np.random.default_rng(8)
    level = pd.Series(random.integers(0, 40, len(table))).map("G{}".format)
    level[random.random(len(table)) < 0.1] = None
    frame = frame_of(table, segments={"gate": level}, thresholds={"accuracy": Threshold()})
    part = measure_monitoring(frame)
    series = next(one for one in part.series if one.name == "performance.groups.gate")
    assert len(series.columns["level"]) == 22
    assert "other levels (20)" in series.columns["level"]
    assert "(unknown)" in series.columns["level"]
    known = values_of(part)
    names = [f"performance.accuracy[gate={name}]" for name in series.columns["level"]]
    assert sum(known[name].n for name in names) == 600


def test_a_group_that_falls_behind_is_named() -> None:
    table = scored_table(weeks=2, per_week=4000)
    late = (table["carrier"] == "DL") & (table.index >= 4000)
    table.loc[late, "predicted"] = 0
    limit = {"recall": Threshold(material=0.05)}
    frame = frame_of(table, segments={"carrier": table["carrier"]}, thresholds=limit)
    found = [f for f in measure_monitoring(frame).findings if f.kind == "group"]
    assert len(found) == 1
    assert found[0].sentence.startswith("For carrier DL, recall is 0, 0.")
    assert "corrected for 3 groups" in found[0].sentence
