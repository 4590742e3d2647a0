"""Rows that stand twice, and how fresh the newest is: against pandas, own loops and the clock."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.measure import measure_monitoring
from reportgen.measure.monitoring.periods import assign_periods
from reportgen.measure.monitoring.row_quality import measure_rows, repeated
from reportgen.report import Part, Threshold
from tests.unit.measure.mon_frames import findings_of, frame_of, scored_table, values_of


def measured(table: pd.DataFrame, **more: Any) -> Part:
    frame = frame_of(table, **more)
    return measure_rows(frame, assign_periods(frame))


def doubled(table: pd.DataFrame, many: int) -> pd.DataFrame:
    """Let the last rows stand twice."""
    return pd.concat([table, table.tail(many)], ignore_index=True)


def test_rows_that_stand_twice_are_counted_and_said() -> None:
    table = doubled(scored_table(weeks=6, per_week=400), 40)
    part = measured(table, duplicates=True)
    found = values_of(part)
    assert found["quality.duplicates.rows"].number == 40 / 440
    assert found["quality.duplicates.rows"].n == 440
    assert found["quality.duplicates.rows.reference"].number == 0.0
    (finding,) = findings_of(part, "quality", "watch")
    assert finding.sentence.startswith("40 rows of 2013-W24 (9.1 %) are the same as another row")


def test_nobody_asked_nobody_is_told() -> None:
    part = measured(doubled(scored_table(weeks=2, per_week=50), 20))
    assert set(values_of(part)) == {"quality.freshness.lag", "quality.freshness.age"}


def test_rows_that_always_stood_twice_are_no_news() -> None:
    table = scored_table(weeks=6, per_week=300)
    often = pd.concat([table, table], ignore_index=True)
    part = measured(often, duplicates=True)
    assert values_of(part)["quality.duplicates.rows"].number == 0.5
    assert findings_of(part, "quality") == []


def test_ids_that_stand_twice() -> None:
    table = scored_table(weeks=2, per_week=100).assign(id=[*range(190), *range(180, 190)])
    part = measured(table, row_id="id")
    found = values_of(part)["quality.duplicates.ids"]
    assert (found.number, found.n) == (0.1, 100)  # of the last week's rows, ten repeat ten
    (finding,) = findings_of(part, "quality", "watch")
    assert finding.sentence == "10 rows of 2013-W20 (10.0 %) repeat the id of a row before them."


def test_missing_ids_are_no_repeats_and_a_missing_column_is_a_reason() -> None:
    table = scored_table(weeks=1, per_week=40).assign(id=[None] * 20 + list(range(20)))
    assert values_of(measured(table, row_id="id"))["quality.duplicates.ids"].number == 0.0
    gone = values_of(measured(table, row_id="key"))["quality.duplicates.ids"]
    assert gone.reason == "there is no column 'key'"


def test_lists_can_be_compared() -> None:
    rows = pd.DataFrame({"a": [[1, 2], [1, 2], [3]], "b": [1, 1, 1]})
    assert repeated(rows) == 1


def test_the_newest_row_against_the_end_of_the_period() -> None:
    table = scored_table(weeks=3, per_week=200)
    frame = frame_of(table)
    whole = values_of(measured(table))["quality.freshness.lag"]
    expected = (pd.Timestamp(frame.period.end) - table["time"].max()).total_seconds()
    assert whole.number == pytest.approx(expected)
    early = table[table["time"] < pd.Timestamp("2013-05-22", tz="UTC")]
    part = measured(early)
    (finding,) = findings_of(part, "quality", "watch")
    assert "before its end (2013-W21)" in finding.sentence
    limited = frame_of(table, thresholds={"quality.freshness.lag": Threshold(maximum=1.0)})
    states = {f.because[0]: f.state for f in findings_of(measure_monitoring(limited), "threshold")}
    assert states["quality.freshness.lag"] == "alert"


def test_a_period_that_has_not_ended_is_held_against_the_day_of_the_data() -> None:
    table = scored_table(weeks=1, per_week=100)
    as_of = table["time"].max() + pd.Timedelta(minutes=5)
    found = values_of(measured(table, as_of=as_of))
    assert found["quality.freshness.lag"].number == pytest.approx(300)
    assert found["quality.freshness.age"].number == pytest.approx(300 / 86_400)


def test_of_an_older_period_later_rows_are_in() -> None:
    table = scored_table(weeks=3, per_week=50)
    older = frame_of(table).period.previous()
    found = values_of(measured(table, period=older))
    assert found["quality.freshness.lag"].reason == "later rows are in"
    nothing = table.assign(time=pd.Series(pd.NaT, index=table.index, dtype="datetime64[ns, UTC]"))
    none = values_of(measured(nothing, period=older))
    assert none["quality.freshness.age"].reason == "no row has a time"


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([1.0, 2.0, np.nan]), st.sampled_from(["a", None, "b"])),
        min_size=1,
        max_size=30,
    )
)
def test_repeats_are_those_of_a_loop(rows: list[tuple[float, str | None]]) -> None:
    seen: set[str] = set()
    many = 0
    for row in rows:
        key = repr(row)
        many += key in seen
        seen.add(key)
    assert repeated(pd.DataFrame(rows, columns=["x", "y"])) == many
