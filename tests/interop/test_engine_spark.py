"""Tables of Spark: the answers of DuckDB, and a whole report."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import reportgen as rg
from reportgen.collect.tables import ibis_source
from reportgen.collect.tables.duckdb_place import parquet_place
from reportgen.collect.tables.ibis_place import IbisPlace
from reportgen.collect.tables.ibis_source import open_engine
from reportgen.errors import NotFoundError
from reportgen.report import TableRef

from .engine_rows import (
    MEANT,
    assert_picks_rows,
    assert_same_slots,
    assert_same_table,
    awkward_rows,
    weeks,
    write_parquet,
)
from .scored_board import ASKED, assert_same_report, make_board, scored

pyspark = pytest.importorskip("pyspark", reason="the extra 'spark' is not installed")
pytestmark = [
    pytest.mark.engines,
    pytest.mark.timeout(1800),  # a session takes its time to start where others work too
    pytest.mark.skipif(shutil.which("java") is None, reason="there is no Java"),
    # Spark and the newest pandas, Arrow and Python tell each other what will change.
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::UserWarning"),
]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from pyspark.sql import SparkSession

    folder = tmp_path_factory.mktemp("spark")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    found = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "1g")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "1")
        # Of few rows, what takes time is to compile Java for each question.
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
        .config("spark.sql.adaptive.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.warehouse.dir", str(folder / "warehouse"))
        .config("spark.driver.extraJavaOptions", f"-Dderby.system.home={folder}")
        .getOrCreate()
    )
    found.sparkContext.setLogLevel("ERROR")
    yield found
    found.stop()


def test_spark_answers_as_duckdb_does(session: Any, tmp_path: Path) -> None:
    rows = awkward_rows()
    path = write_parquet(rows, tmp_path)
    asked = open_engine(TableRef(address=f"pyspark://{path}"), "time", "UTC")
    place = IbisPlace(tables={"asked": asked.opened}, beside=parquet_place({"direct": [path]}, {}))
    with place.opened() as tables:
        assert_same_table(tables["direct"], tables["asked"])
        one, other = (tables[name].spelled(MEANT) for name in ("direct", "asked"))
        clock = one.clock("time")
        assert clock is not None
        assert_same_slots(one.in_slots(clock, weeks(rows)), other.in_slots(clock, weeks(rows)))
        assert_picks_rows(other.in_slots(clock, weeks(rows)), rows)
    asked.check()


def test_the_report_of_a_table_of_a_session_is_that_of_the_pin(
    session: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = make_board(tmp_path)
    pinned = rg.monitor(place / "board", "late", data="scored", **ASKED)
    session.read.parquet(str(write_parquet(scored(), tmp_path / "board"))).createOrReplaceTempView(
        "scored"
    )
    monkeypatch.setattr(ibis_source, "FETCH_UP_TO", 0)

    report = rg.monitor(place / "board", "late", table="pyspark://", table_name="scored", **ASKED)

    assert_same_report(report, pinned)
    pin = report.data.pins["data"]
    assert (pin.board, pin.name, pin.type) == ("pyspark://", "scored", "pyspark")
    with pytest.raises(NotFoundError, match="Did you mean 'scored'"):
        open_engine(TableRef(address="pyspark://", name="scoerd"), "time", "UTC")
