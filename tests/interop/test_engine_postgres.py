"""Tables of a real PostgreSQL server: the answers of DuckDB, and whole reports."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ibis
import pandas as pd
import pytest

import reportgen as rg
from reportgen.api.report import Report
from reportgen.collect.tables import ibis_source
from reportgen.collect.tables.duckdb_place import parquet_place
from reportgen.collect.tables.ibis_place import IbisPlace
from reportgen.collect.tables.ibis_source import EngineTable, open_engine
from reportgen.errors import DataError, MissingToolError, NotFoundError, RetryError
from reportgen.report import TableRef, dump_record

from .engine_rows import (
    MEANT,
    assert_picks_rows,
    assert_same_slots,
    assert_same_table,
    awkward_rows,
    weeks,
    write_parquet,
)
from .postgres_server import OWNER, PASSWORD, Server, find_programs, running
from .scored_board import ASKED, assert_same_report, make_board, scored

psycopg = pytest.importorskip("psycopg", reason="the extra 'postgres' is not installed")
pytestmark = [
    pytest.mark.engines,
    pytest.mark.timeout(900),
    pytest.mark.skipif(find_programs() is None, reason="PostgreSQL is not installed"),
]
_TYPES = {"f": "float8", "i": "bigint", "b": "boolean", "M": "timestamptz"}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running() as found:
        load(found, "awkward", awkward_rows())
        load(found, "ml.scored", scored())
        yield found


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSECRET", PASSWORD)


def connected(server: Server) -> Any:
    return psycopg.connect(
        host="127.0.0.1", port=server.port, user=OWNER, password=PASSWORD, dbname="postgres"
    )


def load(server: Server, name: str, table: pd.DataFrame) -> None:
    columns = ", ".join(
        f'"{column}" {_TYPES.get(kind.kind, "text")}' for column, kind in table.dtypes.items()
    )
    plain = table.astype(object).where(table.notna(), None)
    with connected(server) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA IF NOT EXISTS ml")
        cursor.execute(f"CREATE TABLE {name} ({columns})")
        with cursor.copy(f"COPY {name} FROM STDIN") as copy:
            for row in plain.itertuples(index=False):
                copy.write_row(row)


def opened(server: Server, name: str = "ml.scored") -> EngineTable:
    return open_engine(TableRef(address=server.address, name=name), "time", "UTC")


def test_the_server_answers_as_duckdb_does(server: Server, tmp_path: Path) -> None:
    rows = awkward_rows()
    asked = opened(server, "awkward")
    place = IbisPlace(
        tables={"asked": asked.opened},
        beside=parquet_place({"direct": [write_parquet(rows, tmp_path)]}, {}),
    )
    with place.opened() as tables:
        assert_same_table(tables["direct"], tables["asked"])
        one, other = (tables[name].spelled(MEANT) for name in ("direct", "asked"))
        clock = one.clock("time")
        assert clock is not None
        assert_same_slots(one.in_slots(clock, weeks(rows)), other.in_slots(clock, weeks(rows)))
        assert_picks_rows(other.in_slots(clock, weeks(rows)), rows)
    asked.close()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_board(tmp_path_factory.mktemp("board"))


@pytest.fixture(scope="module")
def pinned(place: Path) -> Report:
    return rg.monitor(place / "board", "late", data="scored", **ASKED)


@pytest.mark.parametrize("fetched", [True, False])
def test_the_report_of_a_table_on_a_server_is_that_of_the_pin(
    server: Server,
    place: Path,
    pinned: Report,
    monkeypatch: pytest.MonkeyPatch,
    *,
    fetched: bool,
) -> None:
    monkeypatch.setattr(ibis_source, "FETCH_UP_TO", 100_000 if fetched else 0)

    report = rg.monitor(
        place / "board", "late", table=server.address, table_name="ml.scored", **ASKED
    )

    assert_same_report(report, pinned)
    pin = report.data.pins["data"]
    assert (pin.type, pin.name, pin.pinned) == ("postgres", "ml.scored", False)
    assert pin.board == f"postgresql://127.0.0.1:{server.port}/postgres"
    said = json.dumps(dump_record(report.data))
    assert PASSWORD not in said
    assert OWNER + ":" not in said


def test_a_digest_is_of_the_rows_and_not_of_their_order(server: Server) -> None:
    first = opened(server)
    with connected(server) as other:
        other.execute("CREATE TABLE again AS SELECT * FROM ml.scored ORDER BY temp")
    again = opened(server, "again")
    assert again.sha256 == first.sha256
    again.close()
    with connected(server) as other:
        other.execute(
            "UPDATE again SET late = 1 - late WHERE temp = (SELECT min(temp) FROM again)"
        )
    changed = opened(server, "again")
    assert changed.sha256 != first.sha256
    assert changed.rows == first.rows
    for table in (first, changed):
        table.close()


def test_a_report_is_of_one_moment_and_writes_nothing(server: Server) -> None:
    with connected(server) as other:
        other.execute("CREATE TABLE growing AS SELECT * FROM ml.scored")
    asked = opened(server, "growing")
    with connected(server) as other:
        other.execute("DELETE FROM growing WHERE temp > 10")

    assert int(asked.table.count().to_pyarrow().as_py()) == asked.rows
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        asked.table.get_backend().con.execute("DROP TABLE growing")
    asked.close()


def test_what_the_server_refuses_is_said_without_a_secret(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotFoundError, match="Did you mean 'scored'"):
        opened(server, "ml.scoerd")
    monkeypatch.setenv("PGSECRET", "wrong word")
    with pytest.raises((DataError, RetryError)) as caught:
        opened(server)
    assert "password authentication failed" in str(caught.value)
    assert "wrong word" not in str(caught.value)


def test_a_server_that_does_not_answer_may_do_so_later() -> None:
    ref = TableRef(address="postgresql://ada:${PGSECRET}@127.0.0.1:1/postgres", name="scored")

    with pytest.raises(RetryError, match="does not answer"):
        open_engine(ref, "time", "UTC")


def test_an_engine_that_ibis_does_not_know() -> None:
    with pytest.raises((MissingToolError, DataError)):
        open_engine(TableRef(address="oracel://db/prod", name="scored"), "time", "UTC")


def test_ibis_is_the_one_that_is_asked(server: Server) -> None:
    asked = opened(server)
    assert isinstance(asked.table, ibis.expr.types.Table)
    asked.close()
