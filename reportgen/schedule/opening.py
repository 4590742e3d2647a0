"""Where the ledger of a project lies, and which kind of place that is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from reportgen.errors import UserError
from reportgen.report import Project
from reportgen.schedule.ledger import TTL, Ledger, wall_clock
from reportgen.schedule.memory_store import MemoryStore
from reportgen.schedule.sqlite_store import SqliteStore
from reportgen.schedule.store import Store

__all__ = ["USUAL_LEDGER", "ledger_address", "open_ledger", "open_store"]

_BUCKETS: Mapping[str, Literal["s3", "gcs", "azure"]] = {"s3": "s3", "gs": "gcs", "az": "azure"}
USUAL_LEDGER = ".reportgen/ledger.sqlite"
"""Beside reportgen.yml; for one host."""


def ledger_address(project: Project) -> str:
    """Give the address of a project's ledger: a path, or a URL."""
    said = project.ledger or USUAL_LEDGER
    return said if "://" in said else str(project.folder / said)


def open_ledger(
    address: str,
    *,
    create: bool = True,
    owner: str = "",
    clock: Callable[[], datetime] = wall_clock,
    ttl: timedelta = TTL,
) -> Ledger:
    """Open a ledger.

    Parameters
    ----------
    address : path of a SQLite file, ``s3://bucket/prefix``, or ``postgresql://...``
    create : False: where there is no file yet, look into an empty ledger and make none

    Raises
    ------
    UserError
        The address is of no kind that we know, or the place cannot be written.
    MissingToolError
        The kind of place needs a package that is not installed.
    RetryError
        The place does not answer.
    """
    store = open_store(address, create=create)
    return Ledger(store, owner=owner, clock=clock, ttl=ttl)


def open_store(address: str, *, create: bool = True) -> Store:
    """Open the place of a ledger; see `open_ledger`."""
    kind, found, _ = address.partition("://")
    if not found:
        path = Path(address)
        return SqliteStore(path) if create or path.is_file() else MemoryStore()
    if kind in ("postgresql", "postgres"):
        from reportgen.schedule.postgres_store import PostgresStore

        return PostgresStore(address)
    if kind in _BUCKETS:
        return _open_bucket(address)
    raise UserError(
        f"ledger: there is no kind of ledger {kind!r}. Name a file, as {USUAL_LEDGER}, "
        "a bucket, as s3://bucket/prefix, or a database, as postgresql://host/name."
    )


def _open_bucket(address: str) -> Store:
    """Open a bucket; keys come from the environment, as its client finds them."""
    from reportgen.publish.opening import open_bucket
    from reportgen.report import SiteSpec
    from reportgen.schedule.object_store import ObjectStore

    kind, _, path = address.partition("://")
    return ObjectStore(open_bucket(SiteSpec(type=_BUCKETS[kind], path=path)))
