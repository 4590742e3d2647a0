"""Tables on a server or an engine of their own: opened through Ibis, once for a whole report."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reportgen.boards import PinVersion
from reportgen.collect.tables.address import resolved_address, shown_address, shown_name
from reportgen.collect.tables.ibis_connecting import (
    connected_to,
    engine_of,
    found_table,
    let_go,
    worded_by,
)
from reportgen.collect.tables.ibis_place import IbisTable
from reportgen.collect.tables.ibis_reading import Reading, hash_text, row_text
from reportgen.collect.tables.source import NO_MOMENT, TableSnapshot
from reportgen.errors import RetryError
from reportgen.report import Fact, Part, Pin, Provenance, TableRef, Value

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["FETCH_UP_TO", "EngineTable", "describe_engine", "fetch_table", "open_engine"]

FETCH_UP_TO = 100_000
"""Rows that are fetched and read like those of a file; of more, only counts come back."""
_DIGITS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineTable:
    """A table on an engine, open as long as the report is made.

    Attributes
    ----------
    address : as it may be shown
    kind : name of the engine: ``postgres``, ``pyspark``, ...
    sha256 : of what the engine sums up of all rows, types and names of columns included; it says
        whether rows are the same on this engine, and nothing on another
    created : the moment of the latest row
    """

    table: ir.Table = field(repr=False)
    name: str
    address: str
    kind: str
    rows: int
    sha256: str
    created: datetime

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """Name and type of each column."""
        return tuple((name, str(kind)) for name, kind in self.table.schema().items())

    def as_pin(self, role: str) -> Pin:
        """Say what was read, in a role of a report; it is not pinned."""
        return Pin(
            role=role,
            board=self.address,
            name=self.name,
            version=self.sha256[:_DIGITS],
            sha256=self.sha256,
            created=self.created,
            type=self.kind,
            size_bytes=0,
            pinned=False,
        )

    def check(self) -> None:
        """Make sure that the rows are still those that the digest is of, where they could change.

        Raises
        ------
        RetryError
            They were changed while they were read.
        """
        if self.kind != "postgres" and _content(self.table)[0] != self.sha256:
            raise RetryError(
                f"the table {self.name} on {self.address} was changed while it was read. Try again."
            )

    def opened(self) -> ir.Table:
        """Give the table as an expression; it is open already."""
        return self.table

    def close(self) -> None:
        """Let go of the server."""
        let_go(self.table.get_backend())


def open_engine(ref: TableRef, time: str, timezone: str) -> EngineTable:
    """Open a table on a server, and sum up what it holds.

    PostgreSQL is read in one transaction that may only read, so that all of a report is of one
    moment.

    Parameters
    ----------
    time : column with the moment of each row
    timezone : of times without an offset

    Raises
    ------
    MissingToolError
        What the engine needs is not installed.
    NotFoundError
        There is no such table.
    DataError
        The server refuses.
    RetryError
        It does not answer.
    """
    shown = shown_address(ref.address)
    url = resolved_address(ref.address)
    kind = engine_of(url)
    with worded_by(kind, shown, url), ExitStack() as undo:
        backend = connected_to(kind, url)
        undo.callback(let_go, backend)
        table = found_table(backend, kind, ref, url, shown)
        digest, rows = _content(table)
        created = _latest(table, time, timezone)
        undo.pop_all()  # it stays open
    return EngineTable(
        table=table,
        name=shown_name(ref),
        address=shown,
        kind=backend.name,
        rows=rows,
        sha256=digest,
        created=created,
    )


def _content(table: ir.Table) -> tuple[str, int]:
    """Sum up all rows in one query, whatever their order; and count them."""
    names = list(table.columns)
    text = row_text(table, names)
    match table.get_backend().name:
        case "postgres":
            mark = hash_text(text, "hashtextextended", "int64", 0)
        case "pyspark":
            mark = hash_text(text, "xxhash64", "int64")
        case _:
            mark = text.hash()
    marked = table.select(mark=mark.cast("decimal(38, 0)"))
    (found,) = (
        marked.aggregate(rows=marked.count(), total=marked.mark.sum().cast("string"))
        .to_pyarrow()
        .to_pylist()
    )
    types = ", ".join(f"{name} {kind}" for name, kind in table.schema().items())
    said = f"{types}|{found['rows']}|{found['total']}"
    return sha256(said.encode()).hexdigest(), int(found["rows"])


def _latest(table: ir.Table, time: str, timezone: str) -> datetime:
    """Give the moment of the latest row; of rows of the future, now: they are not known yet."""
    asked = IbisTable(reading=Reading(table=table))
    clock = asked.clock(time) if time in asked.names else None
    ends = None if clock is None else asked.ends(clock)
    if clock is None or ends is None:
        return NO_MOMENT
    return min(clock.utc(ends[1], timezone).astimezone(UTC), datetime.now(UTC))


def fetch_table(table: EngineTable, folder: Path) -> TableSnapshot:
    """Fetch all rows of a small table into a private parquet file, in the order of their content."""
    from pyarrow.parquet import write_table

    path = folder / f"table-{table.sha256}.parquet"
    rows = table.table.to_pyarrow()
    write_table(rows.sort_by([(name, "ascending") for name in _sortable(rows)]), path)
    return TableSnapshot(
        version=PinVersion(
            name=table.name,
            version=table.sha256[:_DIGITS],
            created=table.created,
            type="parquet",
            files=(path.name,),
            sizes=(path.stat().st_size,),
            pin_hash=table.sha256[:_DIGITS],
        ),
        folder=folder,
        sha256=table.sha256,
        address=table.address,
        kind=table.kind,
        columns=table.columns,
        stamps=(),
    )


def _sortable(rows: Any) -> list[str]:
    from pyarrow import types

    return [each.name for each in rows.schema if not types.is_nested(each.type)]


def describe_engine(table: EngineTable, role: str) -> Part:
    """Count what a table holds, and say where it is, as `describe_frame` says of a pin."""
    source = Provenance(by=f"{role}.frame@1", pins=(role,))
    counts: Mapping[str, tuple[str, int]] = {
        "rows": ("rows", table.rows),
        "columns": ("count", len(table.columns)),
    }
    said = {"name": ("Data", table.name), "version": ("Data version", table.sha256[:_DIGITS])}
    return Part(
        facts=tuple(
            Fact(name=f"{role}.{name}", text=text, provenance=source, label=label)
            for name, (label, text) in said.items()
        ),
        values=tuple(
            Value(
                name=f"{role}.{name}",
                number=number,
                unit=unit,  # type: ignore[arg-type]
                provenance=source,
                label=f"{role.capitalize()} {name}",
            )
            for name, (unit, number) in counts.items()
        ),
    )
