"""What is asked in Ibis expressions is answered as DuckDB's own scans answer it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import ibis
import pandas as pd
import pytest

from reportgen.collect.tables.counting import Table
from reportgen.collect.tables.duckdb_place import parquet_place
from reportgen.collect.tables.ibis_place import IbisPlace
from reportgen.collect.tables.ibis_reading import level_text

from ...interop.engine_rows import (
    MEANT,
    assert_picks_rows,
    assert_same_slots,
    assert_same_table,
    awkward_rows,
    weeks,
    write_parquet,
)

Both = Mapping[str, Table]

# Ibis asks the newest DuckDB in words that it has for older ones.
pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return awkward_rows()


@pytest.fixture
def both(rows: pd.DataFrame, tmp_path: Path) -> Iterator[Both]:
    path = write_parquet(rows, tmp_path)
    backend = ibis.duckdb.connect()
    asked = IbisPlace(
        tables={"asked": lambda: backend.read_parquet(path)},
        beside=parquet_place({"direct": [path]}, {}),
    )
    with asked.opened() as tables:
        yield tables
    backend.disconnect()


def test_tables_look_alike(both: Both) -> None:
    assert_same_table(both["direct"], both["asked"])


def test_slots_answer_alike(both: Both, rows: pd.DataFrame) -> None:
    direct, asked = (both[name].spelled(MEANT) for name in ("direct", "asked"))
    clock = direct.clock("time")
    assert clock is not None

    assert_same_slots(direct.in_slots(clock, weeks(rows)), asked.in_slots(clock, weeks(rows)))
    assert_picks_rows(asked.in_slots(clock, weeks(rows)), rows)


def test_a_slot_may_be_in_several_groups(both: Both, rows: pd.DataFrame) -> None:
    asked = both["asked"]
    clock = asked.clock("time")
    assert clock is not None
    slots = asked.in_slots(clock, weeks(rows))
    plans = assert_plans(both, rows)

    apart = [slots.columns(plans, [group])[0] for group in ((0, 1), (1, 2))]

    assert list(slots.columns(plans, [(0, 1), (1, 2)])) == apart


def assert_plans(both: Both, rows: pd.DataFrame) -> object:
    from reportgen.collect.tables.counting import Wanted

    wanted = [
        Wanted(name="temp", role="feature", kind="number"),
        Wanted(name="carrier", role="feature", kind="level"),
    ]
    direct, asked = (both[name].in_one_slot() for name in ("direct", "asked"))
    plans = direct.plan(wanted, (0,))
    assert plans == asked.plan(wanted, (0,))
    return plans


def test_no_rows_at_all(tmp_path: Path, rows: pd.DataFrame) -> None:
    path = write_parquet(rows[:0], tmp_path)
    backend = ibis.duckdb.connect()
    place = IbisPlace(
        tables={"asked": lambda: backend.read_parquet(path)},
        beside=parquet_place({"direct": [path]}, {}),
    )
    with place.opened() as both:
        clock = both["direct"].clock("time")
        assert clock is not None
        assert both["asked"].ends(clock) is None
        assert_same_slots(
            both["direct"].spelled(MEANT).in_slots(clock, weeks(awkward_rows())),
            both["asked"].spelled(MEANT).in_slots(clock, weeks(awkward_rows())),
        )
    backend.disconnect()


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (1.0, "1"),
        (-0.5, "-0.5"),
        (1e300, "1e+300"),
        (float("nan"), None),
        (True, "True"),
        (7, "7"),
    ],
)
def test_levels_are_written_as_duckdb_writes_them(raw: object, text: str | None) -> None:
    assert level_text(raw) == text
