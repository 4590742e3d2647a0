"""A monitoring report of a table is the report of the same rows pinned as parquet."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from pyarrow import feather

import reportgen as rg
from reportgen.api.report import Report
from reportgen.api.workbench import Asked, Workbench
from reportgen.errors import UserError
from reportgen.pipeline import choose_periods, edition_inputs
from reportgen.present import provenance, strip
from reportgen.present.opened import Report as Shown
from reportgen.project_file import load_project
from reportgen.publish import fingerprint
from reportgen.report import Edition, dump_record

from .scored_board import ASKED, assert_same_report, make_board
from .scored_board import scored as table

LATE = 4_000_000_000
Way = Callable[[pd.DataFrame, Path], dict[str, Any]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_board(tmp_path_factory.mktemp("tables"))


def as_parquet(rows: pd.DataFrame, base: Path) -> dict[str, Any]:
    for week, part in rows.groupby(rows.index // 500):
        part.to_parquet(base / f"part-{week}.parquet", index=False)
    return {"table": base / "part-*.parquet"}


def as_csv(rows: pd.DataFrame, base: Path) -> dict[str, Any]:
    rows.to_csv(base / "scored.csv", index=False)
    return {"table": str(base / "scored.csv")}


def as_feather(rows: pd.DataFrame, base: Path) -> dict[str, Any]:
    feather.write_feather(rows, base / "scored.feather")
    return {"table": base / "scored.feather"}


def as_duckdb(rows: pd.DataFrame, base: Path) -> dict[str, Any]:
    with duckdb.connect(str(base / "flights.duckdb")) as connection:
        connection.register("given", rows)
        connection.execute("CREATE TABLE scored AS SELECT * FROM given")
    return {"table": base / "flights.duckdb", "table_name": "scored"}


def as_sqlite(rows: pd.DataFrame, base: Path) -> dict[str, Any]:
    texts = rows.assign(time=rows["time"].map(lambda at: at.isoformat()))
    with closing(sqlite3.connect(base / "flights.db")) as connection:
        texts.to_sql("scored", connection, index=False)
    return {"table": base / "flights.db", "table_name": "scored"}


def as_frame(rows: pd.DataFrame, _: Path) -> dict[str, Any]:
    return {"table": rows}


WAYS = [as_parquet, as_csv, as_feather, as_duckdb, as_sqlite, as_frame]


@pytest.fixture(scope="module")
def pinned(place: Path) -> Report:
    return rg.monitor(place / "board", "late", data="scored", **ASKED)


@pytest.mark.parametrize("write", WAYS)
def test_the_report_of_a_table_is_that_of_the_pin(
    write: Way, place: Path, pinned: Report, tmp_path: Path
) -> None:
    report = rg.monitor(place / "board", "late", **write(table(), tmp_path), **ASKED)

    assert_same_report(report, pinned)
    assert not report.data.pins["data"].pinned
    assert report.data.pins["reference"].pinned
    assert str(tmp_path) not in json.dumps(dump_record(report.data))


def test_the_page_says_that_the_table_is_not_pinned(place: Path, tmp_path: Path) -> None:
    made = rg.monitor(place / "board", "late", **as_csv(table(), tmp_path), **ASKED)

    shown = Shown(made.data)

    assert "scored (a table, not pinned)" in strip(shown).markdown.replace("\\", "")
    assert "SHA-256 of 2 pins" in strip(shown).markdown
    listed = provenance(shown).markdown
    assert "not pinned" in listed
    assert made.data.pins["data"].sha256 in listed
    assert str(tmp_path) not in listed


def test_the_same_file_makes_the_same_bytes_wherever_and_whenever_it_lies(
    place: Path, tmp_path: Path
) -> None:
    pages = []
    for folder in ("here", "there"):
        (tmp_path / folder).mkdir()
        asked = as_csv(table(), tmp_path / folder)
        os.utime(asked["table"], (LATE + len(pages), LATE))
        report = rg.monitor(place / "board", "late", **asked, **ASKED)
        pages.append(json.dumps(dump_record(report.data)))

    assert pages[0] == pages[1]


PROJECT = """\
project: Flights
board: {type: folder, path: board}
timezone: America/New_York
models:
  late:
    monitoring:
      data: {table: "${WHERE}/*.csv"}
      reference: {table: reference.parquet}
      time: time
      prediction: predicted
      score: p_late
      target: late
reports:
  weekly: {model: late, template: monitoring, formats: [ipynb]}
"""


def test_a_table_that_changed_is_a_new_input_of_a_project_and_no_error(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = table()
    as_csv(rows, tmp_path)
    monkeypatch.setenv("WHERE", str(tmp_path))
    (place / "reportgen.yml").write_text(PROJECT)
    project = load_project(place)

    def inputs() -> dict[str, Any]:
        with Workbench(project, project.reports["weekly"], Asked()) as bench:
            (period,) = choose_periods(bench.prepared, "last")
            edition = Edition(project=project, spec=bench.spec, period=period)
            return edition_inputs(edition, bench.pins, bench.outside)

    first, again = inputs(), inputs()
    rows.loc[rows.index[-300:-50], "late"] = 1
    as_csv(rows, tmp_path)
    changed = inputs()

    assert first["period"] == "2013-W24"
    assert fingerprint(first) == fingerprint(again) != fingerprint(changed)
    assert str(tmp_path) not in json.dumps(first, default=str)
    assert "${WHERE}/*.csv" in json.dumps(first, default=str)
    assert sorted(rg.project(place).lock().pins) == ["late@latest"]


def test_one_source_is_needed(place: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="one source"):
        rg.monitor(place / "board", "late", **ASKED)
    with pytest.raises(UserError, match="one source"):
        rg.monitor(place / "board", "late", data="scored", table="scored.csv", **ASKED)
