"""Tables in files that no board holds: found, hashed and made readable, as a snapshot of a pin is.

Parquet is read where it lies. What is no parquet (CSV, arrow, DuckDB, SQLite) is read once, by
DuckDB or in pieces, into a private parquet file that is deleted with the report: every later pass
then reads only the columns that it needs, and text is parsed once.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from reportgen.boards import PinVersion, Snapshot
from reportgen.collect.tables.address import shown_address, shown_name, table_files
from reportgen.collect.tables.relation import Relation, connected, parquet_relation, quoted
from reportgen.collect.tables.slots import Clock
from reportgen.errors import DataError, RetryError
from reportgen.report import Fact, Part, Pin, Provenance, TableRef

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["NO_MOMENT", "TableSnapshot", "describe_source", "read_table"]

NO_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)
"""As of when a table speaks that has no times."""
_DIGITS = 16
"""Of the SHA-256, to name what was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSnapshot(Snapshot):
    """A table in files, which reads like a snapshot of a pin.

    Attributes
    ----------
    address : as it may be shown
    kind : ``parquet``, ``csv``, ``arrow``, ``duckdb`` or ``sqlite``
    columns : name and type of each column, as DuckDB names it
    stamps : path, size and time of change of each file when it was hashed
    """

    address: str
    kind: str
    columns: tuple[tuple[str, str], ...]
    stamps: tuple[tuple[Path, int, int], ...]

    @property
    def source_bytes(self) -> int:
        """Bytes of the files that the table is in."""
        return sum(size for _, size, _ in self.stamps)

    def as_pin(self, role: str) -> Pin:
        """Say what was read, in a role of a report; it is not pinned."""
        return Pin(
            role=role,
            board=self.address,
            name=self.version.name,
            version=self.version.version,
            sha256=self.sha256,
            created=self.version.created,
            type=self.kind,
            size_bytes=self.source_bytes,
            pinned=False,
        )

    def check(self) -> None:
        """Make sure that the files are still those that were hashed.

        Raises
        ------
        RetryError
            One was changed, or is gone.
        """
        if _stamps([path for path, _, _ in self.stamps]) != self.stamps:
            raise RetryError(
                f"the table {self.address} was changed while it was read. Try again; pin its rows "
                "if they change all the time."
            )

    def close(self) -> None:
        """Do nothing: files were closed when they were read."""


def read_table(ref: TableRef, time: str, timezone: str, base: Path, folder: Path) -> TableSnapshot:
    """Open a table in files.

    Parameters
    ----------
    time : column with the moment of each row; a table without one is a reference
    timezone : of times without an offset
    base : where relative paths start
    folder : private; holds the copy of what is no parquet

    Raises
    ------
    NotFoundError
        There are no such files, or no such table in them.
    DataError
        They hold no table, or do not parse.
    RetryError
        They were changed while they were read.
    """
    from reportgen.collect.tables.staging import kind_of, stage

    paths = table_files(ref, base)
    shown = shown_address(ref.address)
    kind = kind_of(paths, shown)
    stamps = _stamps(paths)
    digest = _digest(paths)
    try:
        with connected() as connection:
            held = stage(connection, ref, kind, paths, time, folder / f"table-{digest}.parquet")
            table = parquet_relation(connection, held)
            created = _latest(connection, table, time, timezone)
    except _errors() as error:
        said = str(error).partition("\n")[0].replace(str(base), ".")
        raise DataError(f"the table {shown} cannot be read as {kind}: {said}") from error
    written = datetime.fromtimestamp(max(stamp[2] for stamp in stamps) // 10**9, UTC)
    common = Path(os.path.commonpath([path.parent for path in held]))
    snapshot = TableSnapshot(
        version=PinVersion(
            name=shown_name(ref),
            version=digest[:_DIGITS],
            created=NO_MOMENT if created is None else min(created, written),
            type="parquet",
            files=tuple(path.relative_to(common).as_posix() for path in held),
            sizes=tuple(path.stat().st_size for path in held),
            pin_hash=digest[:_DIGITS],
        ),
        folder=common,
        sha256=digest,
        address=shown,
        kind=kind,
        columns=tuple(table.types.items()),
        stamps=stamps,
    )
    snapshot.check()
    return snapshot


def _errors() -> tuple[type[Exception], ...]:
    from sqlite3 import Error as SqliteError

    from duckdb import Error as DuckError
    from pyarrow import ArrowException

    return (DuckError, ArrowException, SqliteError, OSError, ValueError)


def _stamps(paths: Sequence[Path]) -> tuple[tuple[Path, int, int], ...]:
    found = []
    for path in paths:
        try:
            state = path.stat()
        except OSError:
            continue
        found.append((path, state.st_size, state.st_mtime_ns))
    return tuple(found)


def _digest(paths: Sequence[Path]) -> str:
    """SHA-256 of the file; of several, over the SHA-256 and name of each; write-ahead logs too."""
    import hashlib

    sums = []
    common = Path(os.path.commonpath([path.parent for path in paths]))
    for path in (*paths, *_logs(paths)):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        sums.append((digest, path.relative_to(common).as_posix()))
    if len(sums) == 1:
        return sums[0][0]
    return sha256("".join(f"{digest}  {name}\n" for digest, name in sums).encode()).hexdigest()


def _logs(paths: Sequence[Path]) -> list[Path]:
    """What a database has written beside its file and not yet into it."""
    beside = [path.with_name(path.name + end) for path in paths for end in (".wal", "-wal")]
    return [path for path in beside if path.is_file() and path.stat().st_size]


def _latest(
    connection: DuckDBPyConnection, table: Relation, time: str, timezone: str
) -> datetime | None:
    """Give the moment of the latest row: as of when the table speaks, whenever it is read."""
    kind = table.types.get(time, "")
    if not kind.startswith(("TIMESTAMP", "DATE")):
        return None
    clock = Clock(column=time, local="TIME ZONE" not in kind and "TIMESTAMPTZ" not in kind)
    (last,) = connection.execute(f"SELECT max({clock.moment}) FROM {table.sql}").fetchall()[0]
    return None if last is None else clock.utc(int(last), timezone).astimezone(UTC)


class Described(Protocol):
    """What a page says of any table."""

    @property
    def address(self) -> str:
        """Where it is, as it may be shown."""

    @property
    def kind(self) -> str:
        """Kind of file, or engine."""

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """Name and type of each column."""


def describe_source(table: Described, role: str) -> Part:
    """Say of a table what a pin's name and version say of a pin: ``data.address`` and the like."""
    source = Provenance(by=f"{role}.frame@1", pins=(role,))
    columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in table.columns)
    said = {
        "address": ("Table", table.address),
        "kind": ("Kind of table", f"{table.kind}, not pinned: read where it lies"),
        "schema": ("Columns of the table", columns),
    }
    return Part(
        facts=tuple(
            Fact(name=f"{role}.{name}", text=text, provenance=source, label=label)
            for name, (label, text) in said.items()
        )
    )
