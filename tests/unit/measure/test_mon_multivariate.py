"""All columns together: deaf to chance, not to what no column shows by itself; what it explains."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits

from reportgen.errors import DataError
from reportgen.measure import judge, measure_monitoring
from reportgen.measure.drift.multivariate import chance_level, tell_apart
from reportgen.measure.drift.ranking import heeded
from reportgen.measure.estimated.rows import encode
from reportgen.report.spec import DriftSpec
from tests.unit.measure.mon_frames import findings_of, frame_of, scored_table, values_of

KINDS = {"a": "number", "b": "number", "c": "level", "d": "number"}


def table(seed: int, n: int, *, together: float = 0.0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    a, b = random.normal(size=(2, n))
    return pd.DataFrame(
        {
            "a": a,
            "b": together * a + np.sqrt(1 - together**2) * b,
            "c": random.choice([f"v{at}" for at in range(300)], n),
            "d": np.where(random.random(n) < 0.1, np.nan, random.lognormal(size=n)),
        }
    )


def told(seed: int, n: int, m: int, together: float = 0.0) -> Any:
    rows = encode((table(seed, m), table(seed + 1000, n, together=together)), dict(KINDS))
    return tell_apart(rows, 0.95)


@pytest.mark.parametrize(("n", "m"), [(150, 600), (400, 400)])
def test_areas_where_nothing_moved_spread_as_the_rank_sum_of_half_of_the_rows(
    n: int, m: int
) -> None:
    areas = np.array([told(seed, n, m).auc.number for seed in range(12)])
    one_half = chance_level(n, m, 0.158655) - 0.5  # a standard deviation
    assert np.mean(areas) == pytest.approx(0.5, abs=3.5 * one_half / np.sqrt(12))
    assert np.std(areas) < 1.7 * one_half
    assert (areas < chance_level(n, m, 0.05 / 250)).all()


def test_the_level_is_that_of_a_rank_sum() -> None:
    random = np.random.default_rng(0)
    ranks = np.argsort(random.random((4000, 90)), axis=1)[:, :30]  # of 30 rows among 90
    drawn = (ranks.sum(axis=1) - 30 * 29 / 2) / (30 * 60)
    assert chance_level(60, 120, 0.05) == pytest.approx(np.quantile(drawn, 0.95), abs=0.012)


def test_columns_that_go_together_otherwise_are_told_though_none_moved() -> None:
    found = told(3, 1500, 1500, together=0.9)
    assert found.auc.number > 0.65
    assert {name for name, _ in found.falls()[:2]} == {"a", "b"}
    # Lines cannot see it: each column's own law is as it was.
    before, now = table(3, 1500), table(1003, 1500, together=0.9)
    x = pd.concat([before, now])[["a", "b"]].to_numpy()
    side = np.arange(3000) >= 1500
    line = LogisticRegression().fit(x, side).decision_function(x)
    assert roc_auc_score(side, line) < 0.54


def test_neither_the_order_of_rows_nor_threads_change_a_digit() -> None:
    before, now = table(5, 500), table(6, 300)
    first = tell_apart(encode((before, now), dict(KINDS)), 0.95)
    mixed = before.sample(frac=1, random_state=1), now.sample(frac=1, random_state=2)
    with threadpool_limits(limits=1):
        second = tell_apart(encode(mixed, dict(KINDS)), 0.95)
    assert first.auc == second.auc
    assert first.falls() == second.falls()


def moved_together(shift: float = 0.0) -> pd.DataFrame:
    flights = scored_table(weeks=3, per_week=1500, shift=shift)
    random = np.random.default_rng(1)
    flights["wind"] = random.normal(size=len(flights))
    last = flights.index >= 3000
    flights.loc[last, "wind"] = (flights.loc[last, "temp"] - 15) / 5 * 0.95 + 0.3 * random.normal(
        size=int(last.sum())
    )
    return flights


def test_a_report_says_that_columns_go_together_otherwise() -> None:
    frame = frame_of(moved_together(), features=("temp", "carrier", "wind"))
    part = measure_monitoring(frame)
    values = values_of(part)
    auc, noise = values["drift.multivariate.auc"], values["drift.multivariate.auc.noise"]
    assert auc.interval is not None
    assert (auc.number or 0) > (noise.number or 1)
    assert 0.5 < auc.interval.low < (auc.number or 0) < auc.interval.high < 1
    (found,) = findings_of(part, "drift", "watch", "alert")
    assert found.sentence.startswith("How columns go together has changed since the baseline")
    assert "wind" in found.sentence
    assert not findings_of(part, "drift", "ok")
    assert judge("monitoring", part, ()).state in {"watch", "alert"}
    (shown,) = (one for one in part.tables if one.name == "drift.multivariate")
    assert shown.rows[0][0].text == "all 3 together"


def test_where_a_column_moved_the_classifier_explains_and_raises_no_alarm_of_its_own() -> None:
    frame = frame_of(moved_together(shift=1.0), features=("temp", "carrier", "wind"))
    part = measure_monitoring(frame)
    told_of = [f for f in findings_of(part, "drift") if f.because[0] == "drift.multivariate.auc"]
    assert [one.state for one in told_of] == ["ok"]
    assert any(
        f.because[0] == "drift.temp.psi" for f in findings_of(part, "drift", "watch", "alert")
    )


def test_nothing_moved_and_too_few_rows_and_left_out() -> None:
    part = measure_monitoring(frame_of(scored_table(weeks=3)))
    values = values_of(part)
    assert (values["drift.multivariate.auc"].number or 1) < 0.6
    assert findings_of(part, "drift", "watch", "alert") == []
    few = values_of(measure_monitoring(frame_of(scored_table(weeks=3, per_week=30))))
    assert few["drift.multivariate.auc"].reason == "not enough data (n = 30; 50 needed)"
    off = frame_of(scored_table(weeks=3), drift=DriftSpec(multivariate=False))
    assert not [name for name in values_of(measure_monitoring(off)) if "multivariate" in name]


def answers(rows: pd.DataFrame) -> np.ndarray:
    return rows["temp"].to_numpy() * 2.0 + 0.5 * rows["wind"].to_numpy()


def test_how_much_a_model_heeds_a_column_is_known_for_a_line() -> None:
    random = np.random.default_rng(0)
    rows = pd.DataFrame(random.normal(size=(4000, 3)), columns=["temp", "wind", "rain"])
    found = heeded(answers, rows, ("temp", "wind", "rain", "gone"))
    # The mean distance of two normal numbers is 2 / sqrt(pi).
    expected = 2 / np.sqrt(np.pi) / np.hypot(2, 0.5)
    assert found["temp"] == pytest.approx(2 * expected, rel=0.05)
    assert found["wind"] == pytest.approx(0.5 * expected, rel=0.05)
    assert (found["rain"], found["gone"]) == (0.0, 0.0)
    chances = heeded(
        lambda rows: np.column_stack([rows["temp"] > 0, rows["temp"] <= 0]), rows, ("temp",)
    )
    assert chances["temp"] == pytest.approx(0.5, abs=0.02)
    again = heeded(answers, rows.sample(frac=1, random_state=3), ("temp", "wind"))
    assert again == {name: found[name] for name in again}


def ranked(**more: Any) -> tuple[Any, Any]:
    flights = moved_together(shift=1.0)
    last = flights.index >= 3000
    flights.loc[last, "wind"] = flights.loc[last, "wind"] + 3.0
    frame = frame_of(flights, features=("temp", "carrier", "wind"), **more)
    part = measure_monitoring(frame)
    (shown,) = (one for one in part.tables if one.name == "drift.consequence")
    return part, shown


def test_what_moved_is_ranked_by_what_the_model_heeds() -> None:
    part, shown = ranked()
    assert [row[0].text for row in shown.rows] == ["wind", "temp"]
    assert shown.note == "Ranked by how far they moved alone: the model was not asked."
    part, shown = ranked(ask=lambda rows: rows["temp"].to_numpy() * 2.0 + 0.001 * rows["wind"])
    assert [row[0].text for row in shown.rows] == ["temp", "wind"]
    values = values_of(part)
    share = values["drift.temp.consequence"].number or 0
    assert share > 0.9
    weight = [(values[f"drift.{n}.effect"].number or 0) * (values[f"drift.{n}.importance"].number or 0)
              for n in ("temp", "wind")]  # fmt: skip
    assert share == pytest.approx(weight[0] / sum(weight))
    first = next(f for f in findings_of(part, "drift", "watch", "alert"))
    assert "temp moved far" in first.sentence
    assert first.sentence.endswith(
        "of what moved, by how far a column moved and how much the model heeds it."
    )


def test_a_model_that_does_not_answer_stops_nothing() -> None:
    def refuses(rows: pd.DataFrame) -> np.ndarray:
        raise DataError("the data pin lacks 1 of the model's 4 features")

    _, shown = ranked(ask=refuses)
    assert "the model did not answer (DataError: the data pin lacks 1 of" in shown.note
