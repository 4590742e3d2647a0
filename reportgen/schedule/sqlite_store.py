"""The ledger of one host: a SQLite file in WAL mode, closed to others."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from reportgen.errors import RetryError, UserError
from reportgen.schedule.entry import Entry, Key, dump_entry, load_entry
from reportgen.schedule.store import (
    ATTEMPT_COLUMNS,
    Attempt,
    Held,
    attempt_row,
    read_attempts,
    settled,
)

__all__ = ["SqliteStore"]

_BUSY_S = 60.0
_SCHEMA = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS entries (
    report TEXT NOT NULL, edition TEXT NOT NULL, version INTEGER NOT NULL, settled TEXT NOT NULL,
    body TEXT NOT NULL, UNIQUE (report, edition)
);
CREATE INDEX IF NOT EXISTS by_settled ON entries (settled);
CREATE TABLE IF NOT EXISTS attempts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, report TEXT NOT NULL,
    edition TEXT NOT NULL, generation INTEGER NOT NULL, owner TEXT NOT NULL,
    what TEXT NOT NULL, said TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS history_stays BEFORE UPDATE ON attempts
BEGIN SELECT RAISE(ABORT, 'the history is only ever added to'); END;
CREATE TRIGGER IF NOT EXISTS history_is_kept BEFORE DELETE ON attempts
BEGIN SELECT RAISE(ABORT, 'the history is only ever added to'); END;
"""
_COLUMNS = ", ".join(ATTEMPT_COLUMNS)
_ADD_ATTEMPT = f"INSERT INTO attempts ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
_ATTEMPTS = f"SELECT {_COLUMNS} FROM attempts ORDER BY id"  # noqa: S608


class SqliteStore:
    """Entries in a SQLite file; not on a network drive, whose locks cannot be trusted.

    Parameters
    ----------
    path : made with its folder when missing, readable by this user alone

    Raises
    ------
    UserError
        The file cannot be made, or is no ledger of ours.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        _make_private(path)
        with self._told():
            self._connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
            self._set_journal()
            self._connection.execute("PRAGMA synchronous = FULL")
            self._prepare()

    def read(self, key: Key) -> Held | None:
        """Give one entry, or None."""
        with self._told():
            row = self._connection.execute(
                "SELECT version, body FROM entries WHERE report = ? AND edition = ?", key
            ).fetchone()
        return None if row is None else Held(entry=load_entry(row[1]), token=str(row[0]))

    def entries(
        self, reports: Sequence[str] | None = None, *, ended_after: datetime | None = None
    ) -> Mapping[Key, Entry]:
        """Give the current state of all editions, or of those of some reports."""
        asked = "SELECT report, body FROM entries"
        given: tuple[str, ...] = ()
        if ended_after is not None:
            asked += " WHERE settled = '' OR settled > ?"
            given = (_stamp(ended_after),)
        with self._told():
            rows = self._connection.execute(asked, given).fetchall()
        wanted = None if reports is None else set(reports)
        found = (load_entry(body) for report, body in rows if wanted is None or report in wanted)
        return {entry.key: entry for entry in found}

    def keys(self, reports: Sequence[str] | None = None) -> frozenset[Key]:
        """Give the keys alone."""
        with self._told():
            rows = self._connection.execute("SELECT report, edition FROM entries").fetchall()
        wanted = None if reports is None else set(reports)
        return frozenset(key for key in rows if wanted is None or key[0] in wanted)

    def swap(self, key: Key, token: str | None, entry: Entry, attempt: Attempt | None) -> bool:
        """Put an entry in the place of the one with this token, and add to the history."""
        body, until = dump_entry(entry), _stamp(settled(entry))
        with self._told(), self._transaction():
            if token is None:
                done = self._connection.execute(
                    "INSERT OR IGNORE INTO entries VALUES (?, ?, 1, ?, ?)", (*key, until, body)
                )
            else:
                done = self._connection.execute(
                    "UPDATE entries SET version = version + 1, settled = ?, body = ? "
                    "WHERE report = ? AND edition = ? AND version = ?",
                    (until, body, *key, int(token)),
                )
            if done.rowcount != 1:
                return False
            if attempt is not None:
                _, *rest = attempt_row(attempt)
                self._connection.execute(_ADD_ATTEMPT, (attempt.at.isoformat(), *rest))
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
                "SELECT body FROM notes WHERE name = ?", (name,)
            ).fetchone()
        return None if row is None else str(row[0])

    def note(self, name: str, text: str) -> None:
        """Note something that can be found out again at any time."""
        with self._told():
            self._connection.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (name, text))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _set_journal(self) -> None:
        """Switch to WAL, for which SQLite does not wait while another process does the same."""
        ends = time.monotonic() + _BUSY_S
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError:
                if time.monotonic() >= ends:
                    raise
                time.sleep(0.05)
            else:
                return

    def _prepare(self) -> None:
        (schema,) = self._connection.execute("PRAGMA user_version").fetchone()
        if schema == 0:
            self._connection.executescript(f"BEGIN IMMEDIATE; {_TABLES} COMMIT;")
            self._connection.execute(f"PRAGMA user_version = {_SCHEMA}")
        elif schema != _SCHEMA:
            raise UserError(
                f"{self.path} is a ledger of schema {schema}; this reportgen knows {_SCHEMA}. "
                "Use the reportgen that wrote it, or move the file away."
            )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Hold the write lock from the start, so that nothing read inside can change."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as failed:
            raise RetryError(f"{self.path}: the ledger: {failed}. Try again.") from failed
        except sqlite3.DatabaseError as failed:
            raise UserError(
                f"{self.path} cannot be read as a ledger: {failed}. Restore it from a copy, or "
                "move it away: editions that are published are found again by what they are made "
                "from."
            ) from failed


def _stamp(moment: datetime | None) -> str:
    """Write a moment so that texts are in the order of time; nothing for none."""
    return "" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _make_private(path: Path) -> None:
    """Make the file before SQLite does, so that it is never readable by others."""
    try:
        for folder in reversed([f for f in path.parents if not f.exists()]):
            folder.mkdir(mode=0o700, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as failed:
        raise UserError(
            f"{path}: the ledger cannot be written: {failed.strerror}. Name another place with "
            "`ledger:` in reportgen.yml."
        ) from failed
