"""CSV, arrow, DuckDB and SQLite tables to one private parquet file; their texts of time to times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reportgen.collect.tables.relation import described, quoted, text_of
from reportgen.errors import DataError, NotFoundError, near_miss
from reportgen.report import TableRef

if TYPE_CHECKING:
    from sqlite3 import Connection

    import pyarrow as pa
    from duckdb import DuckDBPyConnection

__all__ = ["kind_of", "stage"]

_NO_VALUE = ("", "NA", "N/A", "NaN", "nan", "NULL", "null", "None", "<NA>", "#N/A")
"""What stands for a missing value in a CSV file, as pandas reads it."""
_KINDS = {
    ".parquet": "parquet",
    ".csv": "csv",
    ".tsv": "csv",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
}
_DATABASES = (".duckdb", ".ddb", ".db", ".sqlite", ".sqlite3")
_OFFSET = r"(Z|[+-]\d{2}:?\d{2})$"
_ROWS = 50_000
"""Rows of SQLite that are in memory at once."""


def kind_of(paths: Sequence[Path], shown: str) -> str:
    """Say what kind of table the files hold; a database by its first bytes.

    Raises
    ------
    DataError
        They are of several kinds, or of none that is read.
    """
    kinds = {_kind(path) for path in paths}
    if len(kinds) > 1:
        raise DataError(
            f"the table {shown} has files of several kinds: {', '.join(sorted(kinds))}. "
            "Narrow the pattern."
        )
    kind = kinds.pop()
    if not kind:
        known = ", ".join((*_KINDS, *_DATABASES))
        raise DataError(
            f"the table {shown}: '{paths[0].name}' is of no kind that is read here. Tables are "
            f"files of the kinds {known}."
        )
    if kind in {"duckdb", "sqlite"} and len(paths) > 1:
        raise DataError(f"the table {shown} has {len(paths)} databases; name one of them.")
    return kind


def _kind(path: Path) -> str:
    ends = [end.lower() for end in path.suffixes]
    if ends and ends[-1] == ".gz":
        ends.pop()
    if ends and ends[-1] in _KINDS:
        return _KINDS[ends[-1]]
    with path.open("rb") as file:
        head = file.read(16)
    if head.startswith(b"SQLite format 3"):
        return "sqlite"
    return "duckdb" if head[8:12] == b"DUCK" else ""


def stage(
    connection: DuckDBPyConnection,
    ref: TableRef,
    kind: str,
    paths: Sequence[Path],
    time: str,
    target: Path,
) -> tuple[Path, ...]:
    """Give parquet files with the rows of a table: its own, or `target`, which is then written.

    Parameters
    ----------
    time : column that holds times; where it holds them as texts, they are read once, here

    Raises
    ------
    NotFoundError
        The database has no such table.
    """
    if ref.name and kind not in {"duckdb", "sqlite"}:
        raise DataError(f"'{ref.name}': only a table in a database has a name; this is {kind}.")
    files = f"[{', '.join(text_of(str(path)) for path in paths)}]"
    match kind:
        case "parquet":
            rows = f"read_parquet({files}, union_by_name = true)"
            has_keys = any("=" in part for path in paths for part in path.parent.parts)
            if not has_keys and not _texts_of_time(connection, rows, time):
                return tuple(paths)
        case "csv":
            missing = ", ".join(map(text_of, _NO_VALUE))
            rows = (
                f"read_csv({files}, union_by_name = true, sample_size = -1, header = true, "
                f"nullstr = [{missing}])"
            )
        case "arrow":
            from pyarrow import dataset

            connection.register("held", dataset.dataset(list(map(str, paths)), format="ipc"))
            rows = "held"
        case "duckdb":
            rows = _attached(connection, ref, paths[0])
        case _:
            rows = _copied(ref, paths[0], target.with_suffix(".sqlite.parquet"))
    _write(connection, rows, time, target)
    return (target,)


def _write(connection: DuckDBPyConnection, rows: str, time: str, target: Path) -> None:
    kept = "*"
    if _texts_of_time(connection, rows, time):
        read = _read_times(connection, rows, quoted(time))
        kept = f"* REPLACE ({read} AS {quoted(time)})" if read else "*"
    connection.execute(
        f"COPY (SELECT {kept} FROM {rows}) TO {text_of(str(target))} (FORMAT parquet)"
    )


def _texts_of_time(connection: DuckDBPyConnection, rows: str, time: str) -> bool:
    return described(connection, rows).types.get(time) == "VARCHAR"


def _read_times(connection: DuckDBPyConnection, rows: str, column: str) -> str:
    """SQL for the times in a column of texts, as `utc_times` reads them; empty if it has none."""
    offset = f"regexp_matches({column}, {text_of(_OFFSET)})"
    (with_offset,) = connection.execute(
        f"SELECT count(*) FILTER ({offset}) FROM {rows}"
    ).fetchall()[0]
    read = f"TRY_CAST({column} AS TIMESTAMP)"
    if with_offset:  # a time without offset among others is not guessed
        read = f"CASE WHEN {offset} THEN TRY_CAST({column} AS TIMESTAMPTZ) END"
    (some,) = connection.execute(f"SELECT count({read}) FROM {rows}").fetchall()[0]
    return read if some else ""


def _attached(connection: DuckDBPyConnection, ref: TableRef, path: Path) -> str:
    connection.execute(f"ATTACH {text_of(str(path))} AS held (READ_ONLY)")
    found = connection.execute(
        "SELECT table_schema, table_name FROM information_schema.tables "
        "WHERE table_catalog = 'held' ORDER BY ALL"
    ).fetchall()
    names = {
        name: f"held.{quoted(schema)}.{quoted(table)}"
        for schema, table in found
        for name in ([table] if schema == "main" else []) + [f"{schema}.{table}"]
    }
    return names[_chosen(ref, tuple(names), [f"{schema}.{table}" for schema, table in found])]


def _chosen(ref: TableRef, known: Sequence[str], tables: Sequence[str]) -> str:
    if not ref.name and len(tables) == 1:
        return tables[0]
    if ref.name in known:
        return ref.name
    asked = f"has no table '{ref.name}'" if ref.name else "has several tables; give `name`"
    raise NotFoundError(f"the database {asked}. {near_miss(ref.name, list(known))}")


def _copied(ref: TableRef, path: Path, target: Path) -> str:
    """Copy a table of SQLite in pieces: DuckDB's own reader is no part of its package."""
    import sqlite3

    from pyarrow.parquet import ParquetWriter

    address = f"{path.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as database:
        tables = [
            str(row[0])
            for row in database.execute(
                "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') "
                "AND name NOT LIKE 'sqlite_%' ORDER BY name"
            )
        ]
        name = quoted(_chosen(ref, tables, tables))
        schema = _schema(database, name)
        with ParquetWriter(target, schema) as writer:
            for piece in _pieces(database, name, schema):
                writer.write_table(piece)
    return f"read_parquet({text_of(str(target))})"


def _schema(database: Connection, table: str) -> pa.Schema:
    """Type each column by what it holds: SQLite lets every value have a type of its own."""
    import pyarrow as pa

    columns = [(str(row[1]), str(row[2]).upper()) for row in _info(database, table)]
    held = database.execute(
        "SELECT "
        + ", ".join(f"group_concat(DISTINCT typeof({quoted(name)}))" for name, _ in columns)
        + f" FROM {table}"
    ).fetchone()
    return pa.schema(
        [
            (name, _type(declared, frozenset((found or "").split(",")) - {"null", ""}))
            for (name, declared), found in zip(columns, held, strict=True)
        ]
    )


def _info(database: Connection, table: str) -> list[tuple[Any, ...]]:
    return database.execute(f"PRAGMA table_info({table})").fetchall()


def _type(declared: str, held: frozenset[str]) -> pa.DataType:
    import pyarrow as pa

    if held == {"integer"}:
        return pa.bool_() if "BOOL" in declared else pa.int64()
    if held and held <= {"integer", "real"}:
        return pa.float64()
    if not held and any(word in declared for word in ("REAL", "FLOA", "DOUBLE", "INT", "NUM")):
        return pa.float64()
    return pa.string()


def _pieces(database: Connection, table: str, schema: pa.Schema) -> Iterator[pa.Table]:
    import pyarrow as pa

    cursor = database.execute(f"SELECT * FROM {table}")
    while rows := cursor.fetchmany(_ROWS):
        columns = [
            pa.array([_plain(value, field.type) for value in values], field.type)
            for values, field in zip(zip(*rows, strict=True), schema, strict=True)
        ]
        yield pa.Table.from_arrays(columns, schema=schema)


def _plain(value: Any, kind: pa.DataType) -> Any:
    if value is None:
        return None
    name = str(kind)
    if name == "bool":
        return bool(value)
    if name == "double":
        return float(value)
    if name == "string" and not isinstance(value, str):
        return value.hex() if isinstance(value, bytes) else str(value)
    return value
