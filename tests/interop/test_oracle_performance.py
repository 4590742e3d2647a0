"""Measured and estimated performance beside what Evidently and NannyML said of the same rows.

Their numbers are kept in `oracle_evidently.json` and `oracle_nannyml.json`; see `oracle_asked.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from reportgen.measure import measure_monitoring
from reportgen.report import Every, Value, period_of
from reportgen.report.frame import MonitoringFrame
from reportgen.report.spec import DriftSpec
from tests.interop import oracle_rows as rows
from tests.interop.test_oracle_drift import kept

CLASSES = ("accuracy", "precision", "recall", "f1", "specificity", "roc_auc")
ERRORS = ("mae", "rmse")


def measured(
    sides: tuple[pd.DataFrame, pd.DataFrame], every: Every = "week", **more: Any
) -> dict[str, Value]:
    before, now = (side.assign(time=side["time"].dt.tz_localize("UTC")) for side in sides)
    times = now["time"].astype("datetime64[ns, UTC]")
    part = measure_monitoring(
        MonitoringFrame(
            rows=now,
            times=times,
            every=every,
            timezone="UTC",
            period=period_of(times.max().to_pydatetime(), every, "UTC"),
            prediction="predicted",
            reference=before,
            as_of=times.max() + pd.Timedelta(days=400),
            drift=DriftSpec(multivariate=False),
            **more,
        )
    )
    return {value.name: value for value in part.values}


def classes(every: Every = "week") -> dict[str, Value]:
    return measured(
        rows.scored_rows(),
        every,
        task="classification",
        score="score",
        target="late",
        positive=1,
        features=("known",),
        estimated=every == "week",
    )


def numbers(every: Every = "week") -> dict[str, Value]:
    return measured(
        rows.priced_rows(),
        every,
        task="regression",
        target="price",
        features=("a", "b"),
        estimated=every == "week",
    )


def weekly(values: dict[str, Value], name: str) -> list[float | None]:
    return [values[f"{name}[period=2024-W{week:02d}]"].number for week in range(1, rows.WEEKS + 1)]


@pytest.fixture(scope="module")
def scored() -> dict[str, Value]:
    return classes()


@pytest.fixture(scope="module")
def priced() -> dict[str, Value]:
    return numbers()


def test_every_week_of_every_metric_is_nannymls(
    scored: dict[str, Value], priced: dict[str, Value]
) -> None:
    for kind, values, names in (
        ("classification", scored, CLASSES),
        ("regression", priced, ERRORS),
    ):
        theirs = kept("nannyml")[kind]["realized"]
        for name in names:
            found = weekly(values, f"performance.{name}")
            assert found == pytest.approx(theirs[name], rel=1e-9), name


def test_metrics_of_all_rows_are_evidentlys() -> None:
    """Of a year, which is one period."""
    asked = kept("evidently")["classification"]
    expected = {
        "accuracy": asked["labels"]["Accuracy"],
        "precision": asked["labels"]["Precision"],
        "recall": asked["labels"]["Recall"],
        "f1": asked["labels"]["F1Score"],
        "specificity": 1 - asked["labels"]["FPR"],
        "roc_auc": asked["scores"]["RocAuc"],
        "log_loss": asked["scores"]["LogLoss"],
    }
    values = classes("year")
    said = {name: values[f"performance.{name}"].number for name in expected}
    assert said == pytest.approx(expected, rel=1e-9)


def test_errors_of_all_rows_are_evidentlys() -> None:
    asked = kept("evidently")["regression"]
    values = numbers("year")
    for name, theirs in (
        ("mae", "MAE"),
        ("rmse", "RMSE"),
        ("r2", "R2Score"),
        ("mean_error", "MeanError"),
    ):
        assert values[f"performance.{name}"].number == pytest.approx(asked[theirs], rel=1e-9), name


def test_evidently_cuts_scores_at_a_half_whatever_was_predicted() -> None:
    """Ours counts the labels that the model gave; this one's threshold is 0.4."""
    asked = kept("evidently")["classification"]
    table = rows.scored_rows()[1]
    cut = (table["score"] >= 0.5).astype(int)
    assert asked["scores"]["Accuracy"] == pytest.approx((cut == table["late"]).mean())
    assert asked["labels"]["Accuracy"] == pytest.approx(
        (table["predicted"] == table["late"]).mean()
    )
    assert asked["scores"]["Recall"] < asked["labels"]["Recall"] - 0.1


def gaps(values: dict[str, Value], name: str, theirs: list[float]) -> tuple[np.ndarray, ...]:
    """Our estimate less theirs, and each less what was measured, by week."""
    ours = np.array(weekly(values, f"performance.estimated.{name}"), dtype=float)
    real = np.array(weekly(values, f"performance.{name}"), dtype=float)
    return ours - theirs, ours - real, np.array(theirs) - real


def test_estimates_of_classes_are_those_of_cbpe_but_for_the_calibration(
    scored: dict[str, Value],
) -> None:
    """Theirs is an isotonic curve; ours the curve, or the line, that is better cross-fitted."""
    for name, theirs in kept("nannyml")["classification"]["estimated"].items():
        apart, ours_off, theirs_off = gaps(scored, name, theirs)
        assert np.abs(apart).max() < 0.012, name
        assert np.sqrt((ours_off**2).mean()) < 1.1 * np.sqrt((theirs_off**2).mean()), name


def test_estimates_of_errors_are_those_of_dle_but_for_the_trees(
    priced: dict[str, Value],
) -> None:
    """Theirs are LightGBM's of its defaults; ours shallower, and cross-fitted."""
    for name, theirs in kept("nannyml")["regression"]["estimated"].items():
        apart, ours_off, theirs_off = gaps(priced, name, theirs)
        assert np.abs(apart / theirs).max() < 0.03, name
        assert np.sqrt((ours_off**2).mean()) < 1.1 * np.sqrt((theirs_off**2).mean()), name


def test_what_was_measured_lies_in_the_range_that_was_estimated(
    scored: dict[str, Value], priced: dict[str, Value]
) -> None:
    for values, names in ((scored, CLASSES), (priced, ERRORS)):
        held = []
        for name in names:
            for week in range(1, rows.WEEKS + 1):
                key = f"[period=2024-W{week:02d}]"
                found = values[f"performance.estimated.{name}{key}"].interval
                real = values[f"performance.{name}{key}"].number
                assert found is not None
                assert real is not None
                held.append(found.low <= real <= found.high)
        assert np.mean(held) >= 0.85
