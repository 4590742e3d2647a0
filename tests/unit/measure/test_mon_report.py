"""The whole part: names, references between its members, and that nothing else gets in."""

from __future__ import annotations

from datetime import UTC, date, datetime
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reportgen.measure import judge, measure_monitoring
from reportgen.report import (
    Part,
    Pin,
    ReportData,
    Threshold,
    canonical_json,
    dump_record,
    load_record,
)
from tests.unit.measure.mon_frames import findings_of, frame_of, scored_table, values_of


def record(part: Part, frame: Any) -> ReportData:
    pin = Pin(
        role="data",
        board="board",
        name="scored",
        version="20130701T000000Z-abcde",
        sha256="0" * 64,
        created=datetime(2013, 7, 1, tzinfo=UTC),
        type="parquet",
        size_bytes=1,
    )
    return ReportData(
        report="weekly",
        kind="monitoring",
        title="Weekly",
        project="Flights",
        edition=frame.period.key,
        as_of=date(2013, 7, 1),
        task=frame.task,
        period=frame.period,
        pins={"data": pin},
        facts={},
        values=values_of(part),
        tables={table.name: table for table in part.tables},
        series={series.name: series for series in part.series},
        findings=part.findings,
        verdict=judge("monitoring", part, ()),
    )


def full_frame(**more: Any) -> Any:
    table = scored_table(weeks=8, shift=0.8)
    options: dict[str, Any] = {
        "reference": scored_table(weeks=3, seed=11),
        "segments": {"carrier": table["carrier"]},
        "thresholds": {"recall": Threshold(minimum=0.6, material=0.05)},
    }
    return frame_of(table, **(options | more))


def test_the_names_are_those_of_the_design() -> None:
    part = measure_monitoring(full_frame())
    values = values_of(part)
    for name in (
        "volume.rows",
        "volume.rows[period=2013-W19]",
        "volume.total",
        "volume.without_time",
        "volume.before",
        "volume.after",
        "labels.complete",
        "labels.rows",
        "labels.complete[period=2013-W26]",
        "performance.recall",
        "performance.recall[period=2013-W20]",
        "performance.recall[carrier=UA]",
        "performance.recall.reference",
        "performance.recall.change",
        "drift.temp.psi",
        "drift.carrier.jensen_shannon",
        "quality.temp.nulls",
        "quality.carrier.unseen",
        "quality.temp.out_of_range",
    ):
        assert name in values
    assert {table.name for table in part.tables} == {
        "performance.metrics",
        "performance.history",
        "performance.groups.carrier",
        "drift.columns",
        "drift.distances",
        "drift.multivariate",
        "quality.columns",
        "quality.rows",
        "performance.estimated",
        "performance.estimated.history",
    }
    assert {
        "volume.history",
        "labels.history",
        "performance.roc_auc.history",
        "performance.groups.carrier",
        "drift.ranking",
        "drift.temp.distribution",
    } <= {series.name for series in part.series}


def test_the_record_holds_all_that_is_said_and_reads_back() -> None:
    frame = full_frame()
    data = record(measure_monitoring(frame), frame)
    plain = dump_record(data)
    assert dump_record(load_record(plain)) == plain


@pytest.mark.parametrize("task", ["regression", "multiclass"])
def test_other_tasks_have_records_too(task: Any) -> None:
    table = scored_table(weeks=6)
    random = np.random.default_rng(0)
    if task == "regression":
        table["late"] = table["temp"] + random.normal(size=len(table))
        table["predicted"] = table["temp"]
        headline, score = "mae", None
    else:
        table["late"] = random.choice(["a", "b", "c"], len(table))
        table["predicted"] = random.choice(["a", "b", "c"], len(table))
        headline, score = "accuracy", None
    frame = frame_of(table, task=task, score=score, positive=None)
    part = measure_monitoring(frame)
    assert values_of(part)[f"performance.{headline}"].number is not None
    assert findings_of(part, "change")
    plain = dump_record(record(part, frame))
    assert canonical_json(plain)


def test_the_same_input_gives_the_same_bytes_in_any_order_of_rows() -> None:
    frame = full_frame()
    order = np.random.default_rng(3).permutation(len(frame.rows))
    table = frame.rows.iloc[order].reset_index(drop=True)
    shuffled = full_frame()
    shuffled = frame_of(
        table,
        reference=frame.reference,
        segments={"carrier": table["carrier"]},
        thresholds=frame.thresholds,
    )
    first, again = measure_monitoring(frame), measure_monitoring(frame)
    assert first == again
    other = measure_monitoring(shuffled)
    mine, theirs = values_of(first), values_of(other)
    assert list(mine) == list(theirs)
    for name, value in mine.items():
        if value.number is not None:
            assert theirs[name].number == pytest.approx(value.number, abs=1e-12), name
    assert [f.sentence for f in first.findings] == [f.sentence for f in other.findings]


def test_later_rows_are_not_looked_at() -> None:
    table = scored_table(weeks=8)
    at = pd.Timestamp("2013-06-12T12:00", tz="UTC")
    known = measure_monitoring(frame_of(table[table["time"] < "2013-06-17T04:00Z"], at=at))
    later = table.copy()
    later.loc[later["time"] >= "2013-06-17T04:00Z", ["temp", "p_late", "predicted"]] = 99
    whole = measure_monitoring(frame_of(later, at=at))
    assert whole.findings == known.findings
    assert whole.tables == known.tables
    assert whole.series == known.series
    different = {v.name for v in set_difference(whole.values, known.values)}
    # How fresh the data are is a question about the newest row, not about the period.
    fresh = {"quality.freshness.age", "quality.freshness.lag"}
    assert different == {"volume.total", "volume.after", *fresh}


def set_difference(these: Any, those: Any) -> list[Any]:
    return [one for one in these if one not in those]


def test_the_index_of_the_rows_does_not_matter() -> None:
    table = scored_table(weeks=4)
    odd = table.set_axis(np.random.default_rng(0).permutation(len(table)) * 7, axis=0)
    first = measure_monitoring(frame_of(table, segments={"carrier": table["carrier"]}))
    other = measure_monitoring(frame_of(odd, segments={"carrier": odd["carrier"]}))
    assert first == other


def test_levels_and_names_may_be_hostile() -> None:
    table = scored_table(weeks=3)
    nasty = ["<script>alert(1)</script>", "a]b[c", "x=y,z", "\n", " ", "`rm`", "${x}", "é" * 300]
    level = pd.Series(np.resize(np.array(nasty, dtype=object), len(table)))
    table["carrier"] = level
    frame = frame_of(table, segments={"path": level, "a b": level})
    part = measure_monitoring(frame)
    assert dump_record(record(part, frame))


def test_everything_missing_at_once_is_still_a_report() -> None:
    table = scored_table(weeks=2)[["time"]]
    frame = frame_of(table, features=("temp", "gone"))
    part = measure_monitoring(frame)
    assert values_of(part)["performance.recall"].reason == "there is no column 'late' in the data"
    assert judge("monitoring", part, ()).state == "alert"
    assert dump_record(record(part, frame))


def test_no_material_change_is_said_out_loud() -> None:
    part = measure_monitoring(frame_of(scored_table(weeks=8, per_week=8000)))
    sentences = [f.sentence for f in findings_of(part, "change", "ok")]
    assert any(s.startswith("No material change in ROC AUC") for s in sentences)


def test_what_changed_says_by_how_much_and_since_when() -> None:
    table = scored_table(weeks=6, per_week=4000)
    last = table.index >= 20000
    table.loc[last & (np.arange(len(table)) % 2 == 0), "predicted"] = 0
    limits = {"recall": Threshold(material=0.05)}
    part = measure_monitoring(frame_of(table, thresholds=limits))
    found = findings_of(part, "change", "alert")
    assert found[0].sentence.startswith("Recall fell from 0.2")
    assert "since the baseline 2013-W19 to 2013-W22, more than the 0.05 set as material." in (
        found[0].sentence
    )
    assert found[0].because[0] == "performance.recall.change"
    step = findings_of(part, "change", "watch")
    assert any("since 2013-W23" in f.sentence for f in step)


def test_a_year_of_weeks_is_measured_in_about_a_second() -> None:
    table = scored_table(weeks=52, per_week=6400)
    frame = frame_of(table, reference=scored_table(weeks=4, seed=5, per_week=5000))
    measure_monitoring(frame)
    start = perf_counter()
    measure_monitoring(frame)
    assert perf_counter() - start < 12  # 0.9 s on a quiet machine; the bound is for a busy one


def test_weeks_without_any_change_seldom_need_a_look() -> None:
    looked_at = 0
    for seed in range(40):
        table = scored_table(weeks=8, per_week=150, seed=seed)
        reference = scored_table(weeks=2, per_week=2000, seed=seed + 1000)
        part = measure_monitoring(frame_of(table, reference=reference))
        looked_at += judge("monitoring", part, ()).state != "ok"
    assert looked_at <= 6
