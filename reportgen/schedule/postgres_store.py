"""The ledger of several hosts, in a PostgreSQL database that is there anyway."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from reportgen.errors import MissingToolError, RetryError, UserError
from reportgen.schedule.entry import Entry, Key, dump_entry, load_entry
from reportgen.schedule.store import (
    ATTEMPT_COLUMNS,
    Attempt,
    Held,
    attempt_row,
    read_attempts,
    settled,
)

__all__ = ["PostgresStore"]

_TABLES = """
CREATE SCHEMA IF NOT EXISTS reportgen;
CREATE TABLE IF NOT EXISTS reportgen.entries (
    report TEXT NOT NULL, edition TEXT NOT NULL, version BIGINT NOT NULL, settled TIMESTAMPTZ,
    body TEXT NOT NULL, PRIMARY KEY (report, edition)
);
CREATE TABLE IF NOT EXISTS reportgen.attempts (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at TIMESTAMPTZ NOT NULL,
    report TEXT NOT NULL, edition TEXT NOT NULL, generation BIGINT NOT NULL, owner TEXT NOT NULL,
    what TEXT NOT NULL, said TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS reportgen.notes (name TEXT PRIMARY KEY, body TEXT NOT NULL);
"""
_LOCK = 0x7265706F7274  # any number that nobody else takes: "report"
_COLUMNS = ", ".join(ATTEMPT_COLUMNS)
_ADD_ATTEMPT = f"INSERT INTO reportgen.attempts ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s)"  # noqa: S608
_ATTEMPTS = f"SELECT {_COLUMNS} FROM reportgen.attempts ORDER BY id"  # noqa: S608


class PostgresStore:
    """Entries in tables of the schema ``reportgen``, made when missing.

    Parameters
    ----------
    address : ``postgresql://user:password@host:port/name``; the password is shown nowhere

    Raises
    ------
    MissingToolError
        psycopg is not installed.
    UserError
        The database refuses us.
    RetryError
        It does not answer.
    """

    def __init__(self, address: str) -> None:
        try:
            import psycopg
        except ImportError as missing:
            raise MissingToolError(
                "A ledger in PostgreSQL needs psycopg: pip install 'reportgen[postgres]'"
            ) from missing
        self._errors = psycopg.Error
        parts = urlsplit(address)
        self.place = f"postgresql://{parts.hostname or ''}{parts.path}"
        with self._told():
            self._connection = psycopg.connect(address, autocommit=True, connect_timeout=20)
            with self._connection.transaction():
                # Two that make the same tables at once get in each other's way.
                self._connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
                self._connection.execute(_TABLES)

    def read(self, key: Key) -> Held | None:
        """Give one entry, or None."""
        with self._told():
            row = self._connection.execute(
                "SELECT version, body FROM reportgen.entries WHERE report = %s AND edition = %s",
                key,
            ).fetchone()
        return None if row is None else Held(entry=load_entry(row[1]), token=str(row[0]))

    def entries(
        self, reports: Sequence[str] | None = None, *, ended_after: datetime | None = None
    ) -> Mapping[Key, Entry]:
        """Give the current state of all editions, or of those of some reports."""
        with self._told():
            rows = self._connection.execute(
                "SELECT body FROM reportgen.entries "
                "WHERE (%(reports)s::TEXT[] IS NULL OR report = ANY(%(reports)s)) "
                "AND (%(after)s::TIMESTAMPTZ IS NULL OR settled IS NULL OR settled > %(after)s)",
                {"reports": None if reports is None else list(reports), "after": ended_after},
            ).fetchall()
        found = (load_entry(body) for (body,) in rows)
        return {entry.key: entry for entry in found}

    def keys(self, reports: Sequence[str] | None = None) -> frozenset[Key]:
        """Give the keys alone."""
        with self._told():
            rows = self._connection.execute(
                "SELECT report, edition FROM reportgen.entries "
                "WHERE %(reports)s::TEXT[] IS NULL OR report = ANY(%(reports)s)",
                {"reports": None if reports is None else list(reports)},
            ).fetchall()
        return frozenset((str(report), str(edition)) for report, edition in rows)

    def swap(self, key: Key, token: str | None, entry: Entry, attempt: Attempt | None) -> bool:
        """Put an entry in the place of the one with this token, and add to the history."""
        body, until = dump_entry(entry), settled(entry)
        with self._told(), self._connection.transaction():
            if token is None:
                done = self._connection.execute(
                    "INSERT INTO reportgen.entries VALUES (%s, %s, 1, %s, %s) "
                    "ON CONFLICT DO NOTHING",
                    (*key, until, body),
                )
            else:
                done = self._connection.execute(
                    "UPDATE reportgen.entries SET version = version + 1, settled = %s, body = %s "
                    "WHERE report = %s AND edition = %s AND version = %s",
                    (until, body, *key, int(token)),
                )
            if done.rowcount != 1:
                return False
            if attempt is not None:
                kept = replace(attempt, said=attempt.said.replace("\0", ""))
                self._connection.execute(_ADD_ATTEMPT, attempt_row(kept))
        return True

    def attempts(self, reports: Sequence[str] | None = None) -> tuple[Attempt, ...]:
        """Give the history, oldest first."""
        with self._told():
            rows = self._connection.execute(_ATTEMPTS).fetchall()
        return read_attempts(rows, reports)

    def recall(self, name: str) -> str | None:
        """Give what was noted under a name."""
        with self._told():
            row = self._connection.execute(
                "SELECT body FROM reportgen.notes WHERE name = %s", (name,)
            ).fetchone()
        return None if row is None else str(row[0])

    def note(self, name: str, text: str) -> None:
        """Note something that can be found out again at any time."""
        with self._told():
            self._connection.execute(
                "INSERT INTO reportgen.notes VALUES (%s, %s) "
                "ON CONFLICT (name) DO UPDATE SET body = EXCLUDED.body",
                (name, text),
            )

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Tell a refusal, which is yours to mend, from a database that does not answer."""
        try:
            yield
        except self._errors as failed:
            said = str(failed).strip().partition("\n")[0]
            state = getattr(failed, "sqlstate", None) or ""
            refused = state.startswith(("28", "42", "3D")) or "authentication" in said
            if refused:
                raise UserError(
                    f"{self.place}: the ledger is refused: {said}. Check user, password and "
                    "rights; the schema `reportgen` must be writable."
                ) from failed
            raise RetryError(f"{self.place}: the ledger: {said}. Try again.") from failed
