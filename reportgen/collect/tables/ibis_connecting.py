"""How an engine is reached through Ibis, and how what it refuses is said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from reportgen.errors import DataError, MissingToolError, NotFoundError, RetryError, near_miss
from reportgen.report import TableRef

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["connected_to", "engine_of", "found_table", "let_go", "worded_by"]

_SCHEMES = {"postgres": "postgres", "postgresql": "postgres", "pyspark": "pyspark"}
_EXTRAS = {"postgres": "postgres", "pyspark": "spark"}
_WAITING = re.compile(
    r"connection (failed|refused|timed out|is bad)|could not connect|timeout|too many connections"
    r"|starting up|shutting down|temporarily unavailable",
    re.IGNORECASE,
)


def engine_of(url: str) -> str:
    """Name the engine of an address, as Ibis does."""
    scheme = urlsplit(url).scheme
    return _SCHEMES.get(scheme, scheme)


def connected_to(kind: str, url: str) -> Any:
    """Open a connection; to PostgreSQL with one transaction, which may only read."""
    import ibis

    if kind == "pyspark":
        from pyspark.sql import SparkSession

        running = SparkSession.getActiveSession()
        return ibis.pyspark.connect(running or SparkSession.builder.getOrCreate())
    if kind != "postgres":
        return ibis.connect(url)
    parts = urlsplit(url)
    options = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    backend = ibis.postgres.connect(
        host=parts.hostname,
        port=parts.port or 5432,
        user=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
        database=unquote(parts.path.strip("/")) or None,
        **{key: unquote(value) for key, value in options.items()},
    )
    backend.con.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    return backend


def found_table(backend: Any, kind: str, ref: TableRef, url: str, shown: str) -> ir.Table:
    """Find the table by its name, or for Spark the files by their path."""
    place = urlsplit(url).path if kind == "pyspark" else ""
    if place and not ref.name:
        return _with_moments(backend.read_parquet(place))
    *schema, name = ref.name.split(".")
    inside = ".".join(schema) or None
    known = sorted(backend.list_tables(database=inside) if inside else backend.list_tables())
    if name not in known:
        asked = f"has no table '{ref.name}'" if ref.name else "has tables; say which with `name`"
        raise NotFoundError(f"{shown} {asked}. {near_miss(name, known)}")
    found = backend.table(name, database=inside) if inside else backend.table(name)
    return _with_moments(found) if kind == "pyspark" else found


def _with_moments(table: ir.Table) -> ir.Table:
    """Say which times of Spark are moments: Ibis gives them the type of local times."""
    from pyspark.sql import SparkSession
    from pyspark.sql.types import TimestampType

    session = SparkSession.getActiveSession()
    assert session is not None
    held = session.sql(table.limit(0).compile()).schema
    moments = [each.name for each in held if isinstance(each.dataType, TimestampType)]
    return table.mutate(**{name: table[name].cast("timestamp('UTC')") for name in moments})


def let_go(backend: Any) -> None:
    """Close a connection; a session of Spark is not ours alone."""
    if backend.name != "pyspark":
        backend.disconnect()


@contextmanager
def worded_by(kind: str, shown: str, url: str) -> Iterator[None]:
    """Say what an engine refuses in our words."""
    try:
        yield
    except ImportError as error:
        raise _missing(kind) from error
    except _refusals() as error:
        raise _worded(error, shown, url) from error


def _refusals() -> tuple[type[Exception], ...]:
    from importlib import import_module

    found: list[type[Exception]] = [OSError, ValueError, RuntimeError]
    known = (
        ("ibis.common.exceptions", "IbisError"),
        ("psycopg", "Error"),
        ("pyspark.errors", "PySparkException"),
        ("py4j.protocol", "Py4JError"),
    )
    for module, name in known:
        try:
            found.append(getattr(import_module(module), name))
        except ImportError:
            continue
    return tuple(found)


def _worded(error: Exception, shown: str, url: str) -> DataError | RetryError:
    """Say what the server said, without what the address holds."""
    said = str(error).partition("\n")[0]
    parts = urlsplit(url)
    for secret in (parts.password, unquote(parts.password or ""), parts.query, url):
        if secret:
            said = said.replace(secret, "…")
    if _WAITING.search(said):
        return RetryError(f"{shown} does not answer: {said} Try again later.")
    return DataError(f"{shown}: {said}")


def _missing(kind: str) -> MissingToolError:
    extra = _EXTRAS.get(kind)
    package = f"'reportgen[{extra}]'" if extra else f"'ibis-framework[{kind}]'"
    return MissingToolError(f"Reading a table by {kind}: needs a package: pip install {package}")
