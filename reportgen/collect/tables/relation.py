"""A table that DuckDB reads in place, and how its columns are read as numbers, levels and times."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from reportgen.report.profile import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

__all__ = ["LARGEST", "Relation", "connected", "parquet_relation", "quoted", "text_of"]

LARGEST = 1e150
"""A number beyond it has no square; it counts in the outer bin and not in the mean."""
_NUMBERS = ("DOUBLE", "FLOAT", "DECIMAL", "BOOLEAN", "INTERVAL", "HUGEINT", "UHUGEINT")
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")
_TIMES = ("DATE", "TIME")


@contextmanager
def connected(memory: str = "2GB") -> Iterator[DuckDBPyConnection]:
    """Open a database in memory that spills to a private folder and loads nothing from outside."""
    import duckdb

    with TemporaryDirectory(prefix="reportgen-") as folder:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory,
            "temp_directory": folder,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
        connection = duckdb.connect(config=settings)
        try:
            connection.execute("SET TimeZone = 'UTC'")
            yield connection
        finally:
            connection.close()


def quoted(name: str) -> str:
    """Write a name so that SQL takes it as one.

    Examples
    --------
    >>> quoted("late")
    '"late"'
    """
    return '"' + name.replace('"', '""') + '"'


def text_of(words: str) -> str:
    """Write a text so that SQL takes it as one.

    Examples
    --------
    >>> text_of("it's")
    "'it''s'"
    """
    return "'" + words.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A table by its SQL, with the type of each column.

    Attributes
    ----------
    sql : what stands behind FROM
    types : column -> type as DuckDB names it, in the order of the table
    spelling : column -> text as it stands -> text as it is meant
    """

    sql: str
    types: Mapping[str, str]
    spelling: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def holds(self, name: str) -> Kind:
        """Say what a column of this type holds, if it holds anything."""
        kind = self.types[name]
        if kind.startswith(_NUMBERS) or kind.removeprefix("U") in _WHOLE:
            return "number"
        return "time" if kind.startswith(_TIMES) else "level"

    def known(self, name: str) -> str:
        """SQL that is true where the column has a value; NaN is none."""
        column = quoted(name)
        if self.types[name] in {"DOUBLE", "FLOAT"}:
            return f"({column} IS NOT NULL AND NOT isnan({column}))"
        return f"({column} IS NOT NULL)"

    def number(self, name: str) -> str:
        """SQL for the number in a column, null where there is none."""
        column, kind = quoted(name), self.types[name]
        if kind in {"DOUBLE", "FLOAT"}:
            return f"CASE WHEN isnan({column}) THEN NULL ELSE {column}::DOUBLE END"
        if kind == "BOOLEAN":
            return f"{column}::INTEGER::DOUBLE"
        if kind == "INTERVAL":
            return f"epoch({column})::DOUBLE"
        if self.holds(name) == "number":
            return f"{column}::DOUBLE"
        if self.holds(name) == "time":
            return "NULL::DOUBLE"
        read = f"TRY_CAST(trim({column}::VARCHAR) AS DOUBLE)"
        return f"CASE WHEN isnan({read}) THEN NULL ELSE {read} END"

    def finite(self, name: str) -> str:
        """SQL for the number in a column, null where it is none or so large that it has no square.

        NaN is greater than any number there, so that one comparison answers for it too.
        """
        number = self.number(name)
        if self.types[name] in {"DOUBLE", "FLOAT"}:
            number = f"{quoted(name)}::DOUBLE"
        return f"(CASE WHEN abs({number}) <= {LARGEST!r} THEN {number} END)"

    def number_or_nan(self, name: str) -> str:
        """SQL for the number in a column, NaN where there is none."""
        number = self.number(name)
        if self.types[name] in {"DOUBLE", "FLOAT"}:
            number = f"{quoted(name)}::DOUBLE"
        return f"coalesce({number}, 'nan'::DOUBLE)"

    def level(self, name: str) -> str:
        """SQL for the level in a column as text; whole numbers read alike whatever their type."""
        column, kind = quoted(name), self.types[name]
        read = f"{column}::VARCHAR"
        if kind == "BOOLEAN":
            read = f"CASE WHEN {column} THEN 'True' WHEN NOT {column} THEN 'False' END"
        elif kind in {"DOUBLE", "FLOAT"}:
            whole = f"isfinite({column}) AND {column} = trunc({column}) AND abs({column}) < 1e18"
            read = (
                f"CASE WHEN isnan({column}) THEN NULL WHEN {whole} "
                f"THEN {column}::BIGINT::VARCHAR ELSE {column}::VARCHAR END"
            )
        meant = {was: now for was, now in self.spelling.get(name, {}).items() if was != now}
        if not meant:
            return read
        cases = " ".join(f"WHEN {text_of(a)} THEN {text_of(b)}" for a, b in sorted(meant.items()))
        return f"CASE {read} {cases} ELSE {read} END"

    def is_level(self, name: str, level: str) -> str:
        """SQL that is true where a column holds a level, spelled as it is meant."""
        spelled = self.spelling.get(name, {})
        texts = [was for was, now in spelled.items() if now == level]
        if level not in spelled:
            texts.append(level)
        return "(" + " OR ".join(self._is_text(name, text) for text in sorted(texts)) + ")"

    def is_level_code(self, name: str, level: str) -> str:
        """SQL that is 1 where a column holds a level, 0 where another one, null where none."""
        kind, holds = self.types[name], self.is_level(name, level)
        if kind in {"DOUBLE", "FLOAT"} or "false" in holds:  # these do not turn null by themselves
            return f"CASE WHEN {holds} THEN 1 WHEN {self.known(name)} THEN 0 END"
        return f"({holds})::INTEGER"

    def _is_text(self, name: str, text: str) -> str:
        """Compare in the column's own type where that is the same, which is faster than texts."""
        column, kind = quoted(name), self.types[name]
        whole = re.fullmatch(r"0|-?[1-9]\d{0,15}", text) is not None
        if kind == "BOOLEAN":
            return {"True": column, "False": f"NOT {column}"}.get(text, "false")
        if whole and (kind in {"DOUBLE", "FLOAT"} or kind.removeprefix("U") in _WHOLE):
            return f"{column} = {text}"
        if kind == "VARCHAR":
            return f"{column} = {text_of(text)}"
        return f"({replace(self, spelling={}).level(name)}) = {text_of(text)}"


def parquet_relation(connection: DuckDBPyConnection, paths: Sequence[Path]) -> Relation:
    """Read parquet files in place, as one table; a column that one lacks is null there."""
    files = ", ".join(text_of(str(path)) for path in paths)
    return described(connection, f"read_parquet([{files}], union_by_name = true)")


def described(connection: DuckDBPyConnection, sql: str) -> Relation:
    """Ask the table for its columns and their types."""
    rows: list[tuple[Any, ...]] = connection.execute(f"DESCRIBE SELECT * FROM {sql}").fetchall()
    return Relation(sql=sql, types={str(row[0]): str(row[1]) for row in rows})
