"""Tables that DuckDB reads in place: parquet files, and whatever else it can stand behind FROM."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from reportgen.collect.tables.duckdb_slots import DuckSlots
from reportgen.collect.tables.relation import Relation, connected, parquet_relation
from reportgen.collect.tables.slots import Clock, slice_time
from reportgen.report.period import Period
from reportgen.report.profile import Kind

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["DuckPlace", "DuckTable", "parquet_place"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DuckPlace:
    """Tables by role, each with the way to open it on a connection.

    Attributes
    ----------
    openers : role -> gives the table's relation
    contents : as `Place.contents`
    """

    openers: Mapping[str, Callable[[DuckDBPyConnection], Relation]]
    contents: Mapping[str, str] = field(default_factory=dict)

    @contextmanager
    def opened(self) -> Iterator[Mapping[str, DuckTable]]:
        """Open the tables by role."""
        with connected() as connection:
            yield {
                role: DuckTable(connection=connection, relation=opener(connection))
                for role, opener in self.openers.items()
            }


def parquet_place(files: Mapping[str, Sequence[Path]], contents: Mapping[str, str]) -> DuckPlace:
    """Read parquet files in place, by role; several files are one table."""
    return DuckPlace(
        openers={role: _opener(tuple(paths)) for role, paths in files.items()}, contents=contents
    )


def _opener(paths: tuple[Path, ...]) -> Callable[[DuckDBPyConnection], Relation]:
    return lambda connection: parquet_relation(connection, paths)


@dataclass(frozen=True, slots=True, kw_only=True)
class DuckTable:
    """A relation of DuckDB, as a report asks it."""

    connection: DuckDBPyConnection
    relation: Relation

    @property
    def names(self) -> tuple[str, ...]:
        """Columns, in the order of the table."""
        return tuple(self.relation.types)

    def holds(self, name: str) -> Kind:
        """Say what a column holds, by its type."""
        return self.relation.holds(name)

    def fractions(self, name: str) -> bool:
        """Say whether a column's type is that of numbers with fractions."""
        return self.relation.types[name] in {"DOUBLE", "FLOAT"}

    def rows(self) -> int:
        """Count all rows."""
        asked = f"SELECT count(*) FROM {self.relation.sql}"
        return int(self.connection.execute(asked).fetchall()[0][0])

    def clock(self, name: str) -> Clock | None:
        """Say how a column is read as times; None where its type is none of times."""
        kind = self.relation.types[name]
        if not kind.startswith(("TIMESTAMP", "DATE")):
            return None
        local = "TIME ZONE" not in kind and "TIMESTAMPTZ" not in kind
        return Clock(column=name, local=local)

    def ends(self, clock: Clock) -> tuple[int, int] | None:
        """Give the moments of the first and of the last row with a time."""
        low, high = self.connection.execute(
            f"SELECT min({clock.moment}), max({clock.moment}) FROM {self.relation.sql}"
        ).fetchall()[0]
        return None if low is None else (int(low), int(high))

    def levels(self, name: str, most: int) -> tuple[str, ...]:
        """Give the levels of a column as text, rising, at most so many."""
        table = self.relation
        rows = self.connection.execute(
            f"SELECT DISTINCT {table.level(name)} AS level FROM {table.sql} "
            f"WHERE {table.known(name)} ORDER BY level LIMIT {int(most)}"
        ).fetchall()
        return tuple(str(row[0]) for row in rows)

    def spelled(self, meant: Mapping[str, Mapping[str, str]]) -> DuckTable:
        """Read levels as they are meant."""
        return replace(self, relation=replace(self.relation, spelling=meant))

    def in_slots(self, clock: Clock, periods: Sequence[Period]) -> DuckSlots:
        """Put each row in the slot of its period."""
        return DuckSlots(
            self.connection, self.relation, slice_time(self.connection, clock, periods)
        )

    def in_one_slot(self) -> DuckSlots:
        """Put all rows in slot 0."""
        return DuckSlots(self.connection, self.relation)
