"""Medians that are looked for in one bin are those of all numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reportgen.collect.tables.planning import plan_column
from reportgen.collect.tables.relation import Relation, connected, parquet_relation
from reportgen.collect.tables.scan import SLOT, scan_columns
from reportgen.report.profile import ColumnPlan

COLUMNS = {
    "even": [3.0, 1.0, 4.0, 2.0],
    "odd": [3.0, 1.0, 2.0],
    "one": [7.0],
    "none": [np.nan, np.nan],
    "ties": [0.0] * 9 + [1.0] * 9,
    "half": [0.0] * 5 + [8.0] * 5,
    "wild": [-np.inf, -np.inf, -np.inf, 1.0, 2.0, np.inf],
    "large": [1e308, 1.5e308, 1e308, 1.7e308],
    "nulls": [np.nan, 5.0, np.nan, 6.0],
}


def medians(
    folder: Path, numbers: dict[int, list[float]], cuts: ColumnPlan | None
) -> list[object]:
    """Ask for the median of each slot; on its own cuts, or on those of another column."""
    rows = [(slot, number) for slot, held in numbers.items() for number in held]
    pd.DataFrame(rows, columns=["slot", "x"]).to_parquet(folder / "x.parquet")
    with connected() as connection:
        whole = parquet_relation(connection, (folder / "x.parquet",))
        plan = cuts or plan_column(connection, whole, "x", "feature", "number")
        cut = Relation(sql=f"(SELECT slot AS {SLOT}, * FROM {whole.sql})", types=whole.types)
        found = scan_columns(connection, cut, (plan,), max(numbers) + 1)
    return [one["x"].median for one in found]


def expected(held: list[float]) -> float | None:
    finite = np.sort([number for number in held if np.isfinite(number)])
    if not len(finite):
        return None
    low, high = finite[(len(finite) - 1) // 2], finite[len(finite) // 2]
    return float(low / 2 + high / 2)


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("cuts", [(), (100.0,), (-50.0, -40.0), (1.0, 2.0, 2.5)])
def test_on_cuts_of_other_numbers(name: str, cuts: tuple[float, ...], tmp_path: Path) -> None:
    plan = ColumnPlan(name="x", role="feature", kind="number", cuts=cuts, fine=cuts, edges=cuts)
    assert medians(tmp_path, {0: COLUMNS[name]}, plan) == [expected(COLUMNS[name])]


def test_on_their_own_cuts_slot_by_slot(tmp_path: Path) -> None:
    numbers = dict(enumerate(COLUMNS.values()))
    assert medians(tmp_path, numbers, None) == list(map(expected, numbers.values()))


def test_columns_that_do_not_fit_into_memory_together(tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    table = pd.DataFrame({f"x{at}": random.normal(size=250_000) for at in range(8)})
    table.to_parquet(tmp_path / "wide.parquet", row_group_size=50_000)
    with connected("14MB") as connection:  # the numbers take 16 MB
        connection.execute("SET threads = 1")
        whole = parquet_relation(connection, (tmp_path / "wide.parquet",))
        first = plan_column(connection, whole, "x0", "feature", "number")
        plans = tuple(replace(first, name=name) for name in table)
        cut = Relation(sql=f"(SELECT 0 AS {SLOT}, * FROM {whole.sql})", types=whole.types)
        (found,) = scan_columns(connection, cut, plans, 1)
    assert [found[name].median for name in table] == list(table.median())
