"""Bands, limits relative to the reference, periods in a row, and when to train again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from reportgen.measure import judge, measure_monitoring
from reportgen.measure.monitoring.bands import learn_band
from reportgen.measure.monitoring.rules import hold_in_time
from reportgen.report import Finding, Interval, Part, Provenance, Threshold, Value
from tests.unit.measure.mon_frames import findings_of, frame_of, scored_table, values_of

BY = Provenance(by="performance.recall@1")


def recall(name: str, number: float | None, half: float = 0.01, reason: str = "") -> Value:
    sure = None if number is None else Interval(low=number - half, high=number + half, method="w")
    return Value(
        name=f"performance.recall{name}",
        number=number,
        unit="ratio",
        n=900,
        interval=sure,
        label="Recall",
        better="higher",
        reason=None if number is not None else reason or "no labels",
        provenance=BY,
    )


def history(*numbers: float | None, half: float = 0.01, reference: float | None = 0.7) -> tuple:
    periods = tuple(
        recall(f"[period=2013-W{at:02}]", number, half) for at, number in enumerate(numbers, 1)
    )
    now = numbers[-1]
    change: tuple[Value, ...] = ()
    if now is not None and reference is not None:
        change = (recall(".change", now - reference, half),)
    return (recall("", now, half), *periods, recall(".reference", reference, half), *change)


def held(values: tuple, limit: Threshold) -> Finding:
    keys = [v.name.split("=")[1].rstrip("]") for v in values if "[period=" in v.name]
    weeks = tuple(keys[:-1][:12])
    (found,) = hold_in_time(values, {"recall": limit}, weeks)
    assert set(found.because) <= {value.name for value in values} | {
        "performance.recall.band_low",
        "performance.recall.band_high",
    }
    return found


def test_a_band_is_a_prediction_interval_with_students_t() -> None:
    numbers = np.array([0.70, 0.72, 0.69, 0.73, 0.71])
    band = learn_band(numbers, 3.0)
    assert band is not None
    reach = t.ppf(0.99865, 4) * numbers.std(ddof=1) * np.sqrt(1 + 1 / 5)
    assert (band.low, band.high) == pytest.approx((0.71 - reach, 0.71 + reach), rel=1e-4)
    assert (band.periods, band.left_out) == (5, 0)


def test_three_periods_make_no_band() -> None:
    assert learn_band(np.array([1.0, 2.0, 3.0])) is None


@pytest.mark.parametrize(
    ("periods", "width", "expected"), [(4, 2, 0.954), (12, 2, 0.954), (12, 3, 0.997)]
)
def test_a_band_holds_as_many_periods_as_it_says(
    periods: int, width: float, expected: float
) -> None:
    random = np.random.default_rng(periods)
    runs, inside = 1500, 0
    for _ in range(runs):
        *before, now = random.normal(size=periods + 1)
        band = learn_band(np.array(before), width)
        assert band is not None
        inside += band.low <= now <= band.high
    assert inside / runs == pytest.approx(expected, abs=0.022)


def test_one_broken_period_does_not_widen_the_band() -> None:
    calm = np.array([0.70, 0.72, 0.69, 0.73, 0.71, 0.70, 0.72, 0.71, 0.70])
    band, spoilt = learn_band(calm), learn_band(np.append(calm, 0.1))
    assert band is not None
    assert spoilt is not None
    assert spoilt.left_out == 1
    assert spoilt.low == pytest.approx(band.low)


def test_a_limit_relative_to_the_reference() -> None:
    kept = held(history(0.66), Threshold(relative=0.1))
    assert (kept.state, kept.sentence) == (
        "ok",
        "Recall is 0.66 (95 % interval 0.65 to 0.67), within 10 % of the reference's 0.70.",
    )
    broken = held(history(0.60), Threshold(relative=0.1))
    assert broken.state == "alert"
    assert broken.sentence == (
        "Recall is 0.60 (95 % interval 0.59 to 0.61), below the limit of 0.63, which is 10 % off "
        "the reference's 0.70."
    )
    assert broken.because == (
        "performance.recall",
        "performance.recall.reference",
        "performance.recall.change",
    )
    assert held(history(0.625), Threshold(relative=0.1)).state == "watch"
    assert held(history(0.95), Threshold(relative=0.1)).state == "ok"


def test_a_limit_relative_to_nothing_cannot_tell() -> None:
    found = held(history(0.6, reference=None), Threshold(relative=0.1))
    assert found.state == "cannot tell"
    assert found.sentence == "Recall cannot be held against 10 % of the reference's: no labels."


def test_what_is_below_the_usual_is_an_alert_and_what_is_above_is_not() -> None:
    before = (0.70, 0.72, 0.69, 0.73, 0.71)
    low, high = (held(history(*before, now), Threshold(band=3)) for now in (0.5, 0.95))
    assert low.state == "alert"
    assert low.sentence.endswith("below what is usual, 0.595 to 0.825 by 5 earlier periods.")
    assert high.state == "ok"


def test_too_few_periods_for_a_band_cannot_tell() -> None:
    found = held(history(0.7, 0.7, 0.7), Threshold(band=3))
    assert found.state == "cannot tell"
    assert found.sentence == (
        "Recall cannot be held against what is usual: that takes 4 earlier periods."
    )


@pytest.mark.parametrize(
    ("numbers", "state", "words"),
    [
        ((0.7, 0.7, 0.5), "watch", "It is so for the first period; an alert takes 3."),
        ((0.7, 0.5, 0.5), "watch", "It is so for 2 periods in a row; an alert takes 3."),
        ((0.5, 0.5, 0.5), "alert", "That makes 3 periods in a row."),
        ((0.5, None, 0.5, 0.5), "alert", "That makes 3 periods in a row."),
        ((0.5, 0.5, 0.7), "ok", "within its limit of at least 0.60."),
    ],
)
def test_periods_in_a_row(numbers: tuple, state: str, words: str) -> None:
    found = held(history(*numbers), Threshold(minimum=0.6, after=3))
    assert found.state == state
    assert found.sentence.endswith(words)


def test_perhaps_by_chance_in_the_first_period_is_no_watch_yet() -> None:
    found = held(history(0.7, 0.595, half=0.02), Threshold(minimum=0.6, after=2))
    assert found.state == "ok"
    assert "perhaps by chance. It is so for the first period; an alert takes 2." in found.sentence


def test_a_limit_on_what_is_not_measured_names_the_near_miss() -> None:
    (found,) = hold_in_time(history(0.7), {"recal": Threshold(band=3)}, ())
    assert found.state == "cannot tell"
    assert "recall" in found.sentence


def worse(table: pd.DataFrame, weeks: int) -> pd.DataFrame:
    """Shuffle the labels of the last weeks, so that the scores say nothing of them."""
    random = np.random.default_rng(0)
    first = len(table) - weeks * 2000
    table.loc[first:, "late"] = random.permutation(table.loc[first:, "late"].to_numpy())
    return table


def measured(table: pd.DataFrame, **more: Any) -> Part:
    return measure_monitoring(frame_of(table, **more))


def test_retraining_is_indicated_when_performance_fell_again_and_inputs_moved() -> None:
    table = worse(scored_table(weeks=8, per_week=2000, shift=1.5), 2)
    part = measured(table)
    (found,) = findings_of(part, "retraining")
    assert found.state == "watch"
    assert found.sentence.startswith("Retraining is indicated: ROC AUC has been materially worse ")
    assert " for 2 periods in a row (they were 0." in found.sentence
    assert "first, temp moved far since the baseline" in found.sentence
    verdict = judge("monitoring", part, ())
    assert verdict.state == "alert"
    assert verdict.sentence.endswith(" Retraining is indicated.")
    assert set(verdict.because) <= set(values_of(part))


def test_without_drift_the_cause_is_to_be_found_first() -> None:
    part = measured(worse(scored_table(weeks=8, per_week=2000), 2))
    (found,) = findings_of(part, "retraining")
    assert found.sentence.endswith(
        "and no column that was compared moved: find the cause before training again."
    )
    assert "Retraining is indicated" not in judge("monitoring", part, ()).sentence


def test_one_bad_period_is_no_reason_to_retrain() -> None:
    table = worse(scored_table(weeks=8, per_week=2000, shift=1.5), 1)
    assert not findings_of(measured(table), "retraining")
    limits = {"roc_auc": Threshold(material=0.05, after=3)}
    again = worse(scored_table(weeks=8, per_week=2000, shift=1.5), 2)
    (found,) = findings_of(measured(again, thresholds=limits), "retraining")
    assert "ROC AUC" not in found.sentence


def test_the_usual_is_drawn_in_the_history_and_stands_in_the_record() -> None:
    part = measured(scored_table(weeks=8), thresholds={"recall": Threshold(band=2, minimum=0.1)})
    values = values_of(part)
    series = {one.name: one for one in part.series}
    lines = series["performance.roc_auc.history"].lines
    low, high = (values[f"performance.roc_auc.band_{side}"] for side in ("low", "high"))
    assert lines["usual, low"] == low.number
    assert "usual, high" not in lines
    assert series["performance.brier.history"].lines["usual, high"] > 0
    assert low.number < values["performance.roc_auc"].number < high.number
    assert low.provenance.parameters == {"periods": 7, "left_out": 0}
    assert "usual, low" not in series["performance.recall.history"].lines
    held_against = [f for f in findings_of(part, "threshold") if "what is usual" in f.sentence]
    assert len(held_against) == 1


def test_a_short_history_has_no_band() -> None:
    part = measured(scored_table(weeks=4))
    assert "performance.roc_auc.band_low" not in values_of(part)
