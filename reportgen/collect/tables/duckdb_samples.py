"""Rows that their own content picks, of a table that DuckDB reads in place.

A row's hash says whether it is picked, so neither the order of the rows nor the number of threads
does. Rows that are alike hash alike: each copy is drawn by itself, or few would crowd out many.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from reportgen.collect.tables.relation import Relation, quoted
from reportgen.collect.tables.scan import SLOT

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection

__all__ = ["hash_of", "sample_alone", "sample_together"]


def hash_of(names: Sequence[str]) -> str:
    """SQL for one number that stands for what a row holds in some columns."""
    return f"hash({', '.join(map(quoted, names))})" if names else "0::UBIGINT"


def sample_alone(
    connection: DuckDBPyConnection, rows: Relation, names: Sequence[str], most: int | None
) -> pd.DataFrame:
    """Take at most so many rows of a group that may be long; None: all of them."""
    held = _held(rows, names)
    if not held or most is None:
        shown = _shown(rows, held) or SLOT
        return connection.execute(f"SELECT {shown} FROM {rows.sql}").df()[held]
    mark = hash_of(held)
    drawn = (
        "SELECT h, count(*) AS many FROM (SELECT h FROM (SELECT h, unnest(range(n)) AS copy "
        f"FROM (SELECT {mark} AS h, count(*) AS n FROM {rows.sql} GROUP BY 1)) "
        f"ORDER BY hash(h, copy), h LIMIT {int(most)}) GROUP BY h"
    )
    return connection.execute(
        f"SELECT {_shown(rows, held)} FROM (SELECT r.*, d.many FROM (SELECT *, {mark} AS h "
        f"FROM {rows.sql}) r JOIN ({drawn}) d ON r.h = d.h "
        "QUALIFY row_number() OVER (PARTITION BY r.h) <= d.many)"
    ).df()


def sample_together(
    connection: DuckDBPyConnection, rows: Relation, names: Sequence[str], groups: int, most: int
) -> tuple[pd.DataFrame, ...]:
    """Take at most so many rows of each of some groups, in one pass: those that each gives alone.

    Parameters
    ----------
    rows : each in the slot that is its group's position
    """
    import numpy as np

    held = _held(rows, names)
    mark = hash_of(held)
    drawn = (
        "SELECT slot, h, count(*) AS many FROM (SELECT slot, h FROM (SELECT slot, h, "
        f"unnest(range(n)) AS copy FROM (SELECT {SLOT} AS slot, {mark} AS h, count(*) AS n "
        f"FROM {rows.sql} GROUP BY 1, 2)) QUALIFY row_number() OVER "
        f"(PARTITION BY slot ORDER BY hash(h, copy), h) <= {int(most)}) GROUP BY 1, 2"
    )
    shown = ", ".join(filter(None, (SLOT, _shown(rows, held))))
    found = connection.execute(
        f"SELECT {shown} FROM (SELECT r.*, d.many FROM (SELECT *, {mark} AS h "
        f"FROM {rows.sql}) r JOIN ({drawn}) d ON r.{SLOT} = d.slot AND r.h = d.h "
        f"QUALIFY row_number() OVER (PARTITION BY r.{SLOT}, r.h) <= d.many)"
    ).df()
    slot = found.pop(SLOT[1:-1]).to_numpy()
    found = found[held].take(slot.argsort(kind="stable"))
    ends = [0, *np.bincount(slot, minlength=groups).cumsum()]
    return tuple(found.iloc[first:last].reset_index(drop=True) for first, last in pairwise(ends))


def _held(rows: Relation, names: Sequence[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if name in rows.types]


def _shown(rows: Relation, names: Sequence[str]) -> str:
    return ", ".join(
        f"{rows.level(name)} AS {quoted(name)}" if rows.spelling.get(name) else quoted(name)
        for name in names
    )
