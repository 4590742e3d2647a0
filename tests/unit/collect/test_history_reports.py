"""A report that reads a pin of metrics as its history, and one that writes such a pin."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from reportgen.boards import Board
from reportgen.collect.metrics_history import collect_history
from reportgen.errors import ProjectError
from reportgen.measure import measure_monitoring
from reportgen.measure.monitoring.pinned_history import measure_history
from reportgen.project_file import load_project
from reportgen.report import DriftSpec, Part, Period, ReportData, Value, Verdict
from reportgen.report.cadence import Cadence
from reportgen.report.history import PinnedHistory
from reportgen.vetiver import pin_metrics, read_metrics
from reportgen.vetiver.record import metrics_of, pin_record
from tests.boards_support import folder_board
from tests.unit.measure.mon_frames import frame_of, scored_table, values_of

NEW_YORK = "America/New_York"


def record(part: Part, period: Period) -> ReportData:
    return ReportData(
        report="weekly",
        kind="monitoring",
        title="Weekly",
        project="p",
        edition=period.key,
        as_of=date(2013, 7, 1),
        task="classification",
        period=period,
        pins={},
        values={value.name: value for value in part.values},
        verdict=Verdict(state="ok", sentence="Fine."),
    )


@pytest.fixture(scope="module")
def measured() -> tuple[Part, Period]:
    frame = frame_of(scored_table(weeks=5), drift=DriftSpec(multivariate=False))
    return measure_monitoring(frame), frame.period


@pytest.fixture
def board(tmp_path: Path) -> Board:
    return folder_board(tmp_path / "board")


def history_of(board: Board, name: str, folder: Path) -> PinnedHistory:
    newest = board.versions(name)[-1]
    return collect_history(
        board.fetch(name, newest.version, folder), Cadence(every="week", timezone=NEW_YORK)
    )


def test_an_edition_puts_its_metrics_into_the_pin(
    measured: tuple[Part, Period], board: Board
) -> None:
    part, period = measured
    data = record(part, period)
    pin_record(board, data, "m")
    pin_record(board, data, "m")  # the same again
    assert len(board.versions("m")) == 1
    found = read_metrics(board, "m")
    assert set(found["index"]) == {pd.Timestamp("2013-06-03")}  # by New York's clock
    accuracy = found[found["metric"] == "accuracy"].iloc[0]
    value = data.values["performance.accuracy"]
    assert (accuracy["n"], accuracy["estimate"]) == (value.n, value.number)
    assert not found["metric"].str.contains(r"[.\[]").any()
    named = {v.name for v in part.values if v.name.endswith(f"[period={period.key}]")}
    assert {f"performance.{metric}[period={period.key}]" for metric in found["metric"]} <= named


def test_late_labels_change_the_pin_and_nothing_else(
    measured: tuple[Part, Period], board: Board
) -> None:
    part, period = measured
    data = record(part, period)
    pin_record(board, data, "m")
    before = pd.DataFrame(
        {"index": [pd.Timestamp("2013-05-27")], "n": 5, "metric": "accuracy", "estimate": 0.5}
    )
    pin_metrics(board, before, "m")
    name = f"performance.accuracy[period={period.key}]"
    changed = replace(data.values[name], number=0.25, interval=None)
    pin_record(board, replace(data, values={**data.values, name: changed}), "m")
    found = read_metrics(board, "m").query("metric == 'accuracy'")
    assert found["estimate"].tolist() == [0.5, 0.25]


def test_the_names_that_a_pin_has_are_kept(measured: tuple[Part, Period], board: Board) -> None:
    part, period = measured
    first = pd.DataFrame(
        {
            "index": [pd.Timestamp("2013-05-27")] * 2,
            "n": 9,
            "metric": ["accuracy_score", "f_meas"],
            "estimate": [0.5, 0.4],
        }
    )
    pin_metrics(board, first, "m")
    pin_record(board, record(part, period), "m")
    names = set(read_metrics(board, "m")["metric"])
    assert {"accuracy_score", "f_meas", "recall"} <= names
    assert not names & {"accuracy", "f1"}


def test_nothing_is_pinned_of_a_card_or_without_numbers(board: Board) -> None:
    part = Part()
    period = frame_of(scored_table(weeks=1, per_week=20)).period
    pin_record(board, record(part, period), "m")
    assert not (Path(board.address) / "m").exists()
    card = replace(record(part, period), period=None, kind="card")
    assert metrics_of(card).empty


def test_a_pin_is_the_history_before_the_data(
    measured: tuple[Part, Period], board: Board, tmp_path: Path
) -> None:
    part, period = measured
    values = values_of(part)
    same = values["performance.accuracy[period=2013-W20]"]
    rows = pd.DataFrame(
        {
            "index": pd.to_datetime(
                ["2013-04-22", "2013-04-30 09:25", "2013-05-13", "2013-05-20", "2014-01-06"],
                format="ISO8601",
            ),
            "n": [50, 60, same.n, 10, 9],
            "metric": "accuracy_score",
            "estimate": [0.8, 0.9, same.number, 0.1, 0.2],
        }
    )
    odd = rows.head(1).assign(metric="silhouette")
    pin_metrics(board, pd.concat([rows, odd]), "old")
    found = measure_history(history_of(board, "old", tmp_path / "p"), part, period)
    named = values_of(found)
    assert set(named) == {
        "history.accuracy[window=2013-W17]",
        "history.accuracy[window=2013-04-30 09:25:00]",
        "history.accuracy[window=2013-W20]",
        "history.accuracy[window=2013-W21]",
    }  # nothing after the reported period
    (series,) = found.series
    assert series.columns["period"] == (
        "2013-W17",
        "2013-04-30 09:25:00",
        "2013-W19",
        "2013-W20",
        "2013-W21",
        "2013-W22",
        "2013-W23",
    )
    assert series.columns["value"][:2] == (0.8, 0.9)
    assert series.columns["value"][3] == same.number
    (table,) = found.tables
    assert "silhouette" in table.note
    assert [row[0].text for row in table.rows][:2] == ["2013-W21", "2013-W20"]
    assert table.rows[0][3].value == "performance.accuracy[period=2013-W21]"
    (finding,) = found.findings  # W20 agrees, W21 does not
    assert "accuracy of 2013-W21, 0.100 of 10 rows, differs" in finding.sentence
    assert finding.state == "ok"
    assert record(part + found, period)  # every name that is pointed at is there


def test_a_history_without_a_metric_of_ours_is_silent(
    measured: tuple[Part, Period], board: Board, tmp_path: Path
) -> None:
    part, period = measured
    rows = pd.DataFrame(
        {"index": [pd.Timestamp("2013-04-22")], "n": 1, "metric": "rsq", "estimate": 0.5}
    )
    pin_metrics(board, rows, "old", of_r=True)
    history = history_of(board, "old", tmp_path / "p")
    assert history.unknown == ("rsq",)
    assert measure_history(history, part, period) == Part()


def test_an_empty_estimate_is_a_reason(
    measured: tuple[Part, Period], board: Board, tmp_path: Path
) -> None:
    part, period = measured
    rows = pd.DataFrame(
        {
            "index": [pd.Timestamp("2013-04-22", tz="UTC")],
            "n": 0,
            "metric": "recall",
            "estimate": float("nan"),
        }
    )
    pin_metrics(board, rows, "old")
    found = measure_history(history_of(board, "old", tmp_path / "p"), part, period)
    (value,) = found.values
    assert isinstance(value, Value)
    assert value.reason == "the pin has no number"
    assert value.name == "history.recall[window=2013-04-21 20:00:00]"  # New York's clock


PROJECT = """
project: p
board: {type: folder, path: board}
models:
  m:
    monitoring: {data: scored, time: at, history: old, metrics_pin: NAME}
reports:
  weekly: {model: m, template: monitoring}
"""


def test_the_settings_are_read(tmp_path: Path) -> None:
    path = tmp_path / "reportgen.yml"
    path.write_text(PROJECT.replace("NAME", "new"))
    asked = load_project(path).models["m"].monitoring
    assert asked is not None
    assert asked.history is not None
    assert (asked.history.name, asked.metrics_pin) == ("old", "new")
    path.write_text(PROJECT.replace("NAME", "old"))
    with pytest.raises(ProjectError, match="metrics_pin: is the pin that `history` reads"):
        load_project(path)


def test_the_period_starts_where_its_zone_says() -> None:
    period = frame_of(scored_table(weeks=1, per_week=20)).period
    assert period.start == datetime(2013, 5, 6, 4, tzinfo=UTC)
