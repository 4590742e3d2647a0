"""Latency, errors, memory and packages of a scoring log, against numpy, scipy and own counts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from reportgen.measure import judge, measure_monitoring
from reportgen.measure.monitoring.columns import watch_columns
from reportgen.measure.monitoring.environment import measure_environment
from reportgen.measure.monitoring.periods import assign_periods
from reportgen.measure.operations.log import is_error, measure_log
from reportgen.report import Part, Threshold
from reportgen.report.operations_log import Environment, OperationsLogSpec, read_packages
from tests.unit.measure.mon_frames import findings_of, frame_of, scored_table, values_of

LOG = OperationsLogSpec(
    latency="ms", latency_unit="milliseconds", error="failed", memory="mb", memory_unit="MB"
)


def logged(
    weeks: int = 6, per_week: int = 500, *, slow: float = 1.0, failing: float = 0.01
) -> Any:
    """Scored rows with a log; the last week is slower and fails more often."""
    table = scored_table(weeks, per_week)
    random = np.random.default_rng(5)
    n = len(table)
    last = np.arange(n) >= n - per_week
    return table.assign(
        ms=random.lognormal(3, 0.4, n) * np.where(last, slow, 1.0),
        failed=random.random(n) < np.where(last, failing, 0.01),
        mb=random.normal(200, 5, n),
    )


def measured(table: pd.DataFrame, log: OperationsLogSpec = LOG, **more: Any) -> Part:
    frame = frame_of(table, operations=log, **more)
    return measure_log(frame, assign_periods(frame))


def test_quantiles_are_those_of_numpy_and_intervals_cover_them() -> None:
    table = logged()
    now = values_of(measured(table))
    last = table["ms"].iloc[-500:].to_numpy() * 1e-3
    for p in (50, 95, 99):
        value = now[f"operations.latency_p{p}"]
        assert value.number == np.quantile(last, p / 100, method="inverted_cdf")
        assert value.n == 500
        assert value.unit == "seconds"
        assert value.interval is not None
        assert value.interval.low in last
        # The chance that so many of 500 lie below the true quantile is at least 95 %.
        low, high = ((last < end).sum() for end in (value.interval.low, value.interval.high))
        draws = np.random.default_rng(0).binomial(500, p / 100, 20_000)
        assert ((draws > low) & (draws <= high)).mean() >= 0.945
    assert now["operations.memory_p50"].number == pytest.approx(
        np.quantile(table["mb"].iloc[-500:], 0.5, method="inverted_cdf") * 1e6
    )


def test_the_error_rate_is_wilsons() -> None:
    table = logged(failing=0.2)
    value = values_of(measured(table))["operations.error_rate"]
    failed = int(table["failed"].iloc[-500:].sum())
    wilson = binomtest(failed, 500).proportion_ci(method="wilson")
    assert value.number == failed / 500
    assert value.interval is not None
    assert (value.interval.low, value.interval.high) == pytest.approx((wilson.low, wilson.high))


def test_every_period_has_its_own_numbers() -> None:
    table = logged()
    part = measured(table)
    found = values_of(part)
    assert "operations.latency_p95[period=2013-W19]" in found
    first = table["ms"].iloc[:500].to_numpy() * 1e-3
    number = found["operations.latency_p95[period=2013-W19]"].number
    assert number == np.quantile(first, 0.95, method="inverted_cdf")
    (series,) = (s for s in part.series if s.name == "operations.latency_p95.history")
    assert series.columns["value"][0] == number
    assert len(series.columns["period"]) == 6
    early = table["ms"].iloc[:2000].to_numpy() * 1e-3  # four complete weeks
    assert series.lines["reference"] == np.quantile(early, 0.95, method="inverted_cdf")


def test_slower_calls_and_more_errors_are_said_and_sameness_is_not() -> None:
    steady = measured(logged())
    assert steady.findings == ()
    found = findings_of(measured(logged(slow=2.0, failing=0.15)), "quality")
    words = sorted(f.sentence.split(" from ")[0] for f in found)
    assert words == ["Error rate rose", "Latency (p95) rose"]
    assert {f.state for f in found} == {"watch"}
    slower = next(f.sentence for f in found if f.sentence.startswith("Latency"))
    assert slower.endswith("more than the fifth of it that is taken as material.")
    faster = findings_of(measured(logged(slow=0.5)), "quality")
    assert [f.state for f in faster] == ["ok"]


def test_a_margin_that_is_set_is_worded_in_its_unit() -> None:
    limits = {"operations.latency_p99": Threshold(material=0.001)}
    (found,) = [
        f for f in measured(logged(slow=2.0), thresholds=limits).findings if "p99" in f.sentence
    ]
    assert found.sentence.endswith("more than the 1 ms set as material.")
    assert found.state == "alert"


def test_a_reference_pin_with_a_log_is_the_reference() -> None:
    table = logged()
    pinned = logged(slow=1.0).assign(ms=5.0)
    found = values_of(measured(table, reference=pinned))
    assert found["operations.latency_p95.reference"].number == 0.005
    assert found["operations.latency_p95.reference"].provenance.pins == ("reference",)
    bare = values_of(measured(table, reference=pinned.drop(columns=["ms", "failed", "mb"])))
    assert bare["operations.latency_p95.reference"].provenance.pins == ("data",)


def test_limits_hold_for_them() -> None:
    limits = {
        "operations.latency_p95": Threshold(maximum=0.02),
        "operations.error_rate": Threshold(maximum=0.9),
        "operations.latency_p50": Threshold(band=3.0),
    }
    frame = frame_of(logged(weeks=8), operations=LOG, thresholds=limits)
    part = measure_monitoring(frame)
    states = {f.because[0]: f.state for f in findings_of(part, "threshold")}
    assert states["operations.latency_p95"] == "alert"
    assert states["operations.error_rate"] == "ok"
    assert states["operations.latency_p50"] in {"ok", "watch"}
    assert judge("monitoring", part, ()).state == "alert"
    assert any(f.because[0] == "operations.latency_p95" for f in part.findings[:1])


def test_a_log_is_no_feature_and_no_log_costs_nothing() -> None:
    frame = frame_of(logged())
    assert measure_log(frame, assign_periods(frame)) == Part()
    watched = watch_columns(frame, assign_periods(frame))
    assert "ms" not in {column.name for column in watched}


def test_missing_columns_and_odd_numbers_give_reasons() -> None:
    table = logged().drop(columns="mb")
    table.loc[table.index[-500:], "ms"] = -1.0
    part = measured(table)
    found = values_of(part)
    assert found["operations.latency_p95"].reason == "no number in 'ms'"
    assert found["operations.memory_p50"].reason == "there is no column 'mb'"
    assert any("no column 'mb'" in f.sentence for f in part.findings)
    few = values_of(measured(logged(weeks=2, per_week=10)))
    assert few["operations.latency_p99"].reason == "not enough calls (n = 10; 368 needed)"
    assert few["operations.latency_p50"].interval is not None


def test_spans_of_time_have_their_own_unit() -> None:
    table = logged()
    spans = table.assign(ms=pd.to_timedelta(table["ms"], unit="ms"))
    one, other = (values_of(measured(t))["operations.latency_p50"] for t in (table, spans))
    assert one.number == pytest.approx(other.number, rel=1e-6)


@pytest.mark.parametrize(
    ("values", "failed"),
    [
        ([True, False, True], [True, False, True]),
        ([0, 1, 2], [False, True, True]),
        ([200, 404, 503], [False, True, True]),
        ([200.0, np.nan, 399.0], [False, False, False]),
        (["", "ok", "Timeout"], [False, False, True]),
        ([None, "OK", "boom"], [False, False, True]),
        ([100, 700, 0], [True, True, False]),
    ],
)
def test_what_an_error_is(values: list[Any], failed: list[bool]) -> None:
    assert is_error(pd.Series(values)).tolist() == failed


def test_a_large_period_is_sampled_by_content_and_says_so() -> None:
    table = logged(weeks=2, per_week=60_000)
    part = measured(table)
    value = values_of(part)["operations.latency_p99"]
    assert value.n == 50_000
    whole = np.quantile(table["ms"].iloc[-60_000:] * 1e-3, 0.99)
    assert value.interval is not None
    assert value.interval.low <= whole <= value.interval.high
    assert "50,000 rows" in part.tables[0].note
    mixed = measured(table.sample(frac=1, random_state=3).reset_index(drop=True))
    assert values_of(mixed)["operations.latency_p99"] == value


@settings(max_examples=25, deadline=None)
@given(
    numbers=st.lists(
        st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True)),
        min_size=1,
        max_size=40,
    ),
    flags=st.lists(st.sampled_from([None, "x", "ok", 1, 0.0, True]), min_size=40, max_size=40),
)
def test_no_log_stops_the_report(numbers: list[float | None], flags: list[Any]) -> None:
    n = len(numbers)
    table = scored_table(weeks=1, per_week=n).assign(
        ms=pd.Series(numbers, dtype=object), failed=pd.Series(flags[:n], dtype=object), mb=1
    )
    for value in measured(table).values:
        assert (value.number is None) == (value.reason is not None)


def environment(table: pd.DataFrame, required: dict[str, str], scored: Any = None) -> Part:
    log = OperationsLogSpec(packages="with" if "with" in table else None)
    said = Environment(required=required, scored=scored or {})
    frame = frame_of(table, operations=log, environment=said)
    return measure_environment(frame, assign_periods(frame))


def test_another_version_than_the_models_is_said_with_its_share() -> None:
    table = scored_table(weeks=6, per_week=100)
    said = np.where(np.arange(600) >= 575, "scikit_learn==1.6.1 numpy==2.1", "scikit-learn==1.5.0")
    part = environment(table.assign(**{"with": said}), {"scikit-learn": "1.5.0", "numpy": ""})
    found = values_of(part)
    assert found["environment.scikit-learn.other"].number == 0.25
    assert found["environment.scikit-learn.other"].n == 100
    assert found["environment.numpy.other"].reason == "the model's pin names no version"
    (finding,) = part.findings
    assert finding.sentence == (
        "25 % of the rows of 2013-W24 were scored with scikit-learn 1.6.1; "
        "the model was made with 1.5.0."
    )
    assert [cell.text for cell in part.tables[0].rows[1][:3]] == [
        "scikit-learn",
        "1.5.0",
        "1.5.0, 1.6.1",
    ]


def test_without_a_version_of_the_models_the_earliest_periods_stand_in() -> None:
    table = scored_table(weeks=6, per_week=50)
    said = np.where(np.arange(300) >= 250, '{"numpy": "2.2"}', '{"numpy": "2.1"}')
    part = environment(table.assign(**{"with": said}), {"numpy": ""})
    (finding,) = part.findings
    assert finding.sentence == (
        "All rows of 2013-W24 were scored with numpy 2.2; "
        "the earliest periods were scored with 2.1."
    )


def test_the_pin_of_the_data_may_say_it_for_all_rows() -> None:
    table = scored_table(weeks=2, per_week=40)
    part = environment(table, {"numpy": "2.1"}, {"numpy": "2.1", "pandas": "2.2"})
    found = values_of(part)
    assert found["environment.numpy.other"].number == 0.0
    assert found["environment.numpy.other"].n == 40
    assert found["environment.pandas.other"].reason
    assert part.findings == ()
    assert environment(table, {"numpy": "2.1"}) == Part()


@pytest.mark.parametrize(
    ("said", "packages"),
    [
        ("a==1 b==2;c", {"a": "1", "b": "2", "c": ""}),
        (["A_b==1.0"], {"a-b": "1.0"}),
        ('["x==3"]', {"x": "3"}),
        ("{broken", {}),
        (7, {}),
        ("", {}),
    ],
)
def test_packages_are_read_as_people_write_them(said: Any, packages: dict[str, str]) -> None:
    assert read_packages(said) == packages


def test_a_period_without_rows_says_so() -> None:
    table = logged(weeks=3)
    frame = frame_of(table, operations=replace(LOG, packages="with"))
    later = replace(frame, period=frame.period.next())
    part = measure_log(later, assign_periods(later))
    assert values_of(part)["operations.error_rate"].reason == "no rows"
    assert measure_environment(later, assign_periods(later)) == Part()
