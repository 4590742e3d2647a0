"""Leases, generations and the history, the same in every store."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.errors import LeaseLostError, UserError
from reportgen.report.run_spec import RunResult
from reportgen.schedule.entry import Entry, dump_entry, load_entry
from reportgen.schedule.ledger import Ledger
from reportgen.schedule.memory_store import MemoryStore
from reportgen.schedule.opening import open_ledger
from reportgen.schedule.sqlite_store import SqliteStore
from reportgen.schedule.store import Store

KEY = ("weekly", "2013-W27")
DONE = RunResult(report="weekly", edition="2013-W27", outcome="published", fingerprint="f")
LOST = replace(DONE, outcome="failed", fingerprint="", kind="lost", error="signal 9")


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    kinds = {"memory": MemoryStore, "sqlite": lambda: SqliteStore(tmp_path / "ledger.sqlite")}
    opened = kinds[request.param]()
    yield opened
    opened.close()


@pytest.fixture
def member(store: Store, clock: Clock) -> Callable[[str], Ledger]:
    return lambda owner: Ledger(store, owner=owner, clock=clock, ttl=timedelta(seconds=60))


Member = Callable[[str], Ledger]


def test_an_edition_is_claimed_by_one(member: Member) -> None:
    ours, theirs = member("a"), member("b")

    lease = ours.claim(KEY, "basis")

    assert lease is not None
    assert lease.generation == 1
    assert theirs.claim(KEY, "basis") is None
    assert theirs.claim(KEY, "basis", seen=1) is None
    assert theirs.claim(("weekly", "2013-W28"), "basis") is not None


def test_what_was_published_is_not_claimed_by_who_looked_before(member: Member) -> None:
    ours, theirs = member("a"), member("b")
    lease = ours.claim(KEY, "basis")
    assert lease is not None

    entry = ours.finish(lease, DONE, data="data@1")

    assert (entry.state, entry.made_from, entry.data, entry.fingerprint) == (
        "published", "basis", "data@1", "f",
    )  # fmt: skip
    assert theirs.claim(KEY, "basis") is None
    again = theirs.claim(KEY, "other", seen=1)
    assert again is not None
    assert again.generation == 2


def test_who_was_stopped_too_long_is_refused(member: Member, clock: Clock) -> None:
    ours, theirs = member("a"), member("b")
    old = ours.claim(KEY, "basis")
    clock.pass_by(61)
    new = theirs.claim(KEY, "basis", seen=1)
    assert old is not None
    assert new is not None

    for refused in (
        lambda: ours.renew(old),
        lambda: ours.finish(old, DONE),
        lambda: ours.free(old),
    ):
        with pytest.raises(LeaseLostError, match="taken over since generation 1"):
            refused()
    theirs.renew(new)
    theirs.finish(new, DONE)
    with pytest.raises(LeaseLostError):
        ours.finish(old, DONE)
    assert [a.what for a in ours.attempts()] == ["claimed", "claimed", "published"]


def test_a_heartbeat_holds_a_lease(member: Member, clock: Clock) -> None:
    ours, theirs = member("a"), member("b")
    lease = ours.claim(KEY, "basis")
    assert lease is not None
    for _ in range(5):
        clock.pass_by(40)
        ours.renew(lease)

    assert theirs.claim(KEY, "basis", seen=1) is None


def test_an_edition_that_takes_two_workers_down_is_set_aside(member: Member) -> None:
    ledger = member("a")
    first = ledger.claim(KEY, "basis")
    assert first is not None
    ledger.finish(first, LOST)
    second = ledger.claim(KEY, "basis", seen=1)
    assert second is not None

    entry = ledger.finish(second, LOST)

    assert (entry.state, entry.kind, entry.retry_at) == ("failed", "poison", None)
    changed = ledger.claim(KEY, "other basis", seen=2)
    assert changed is not None
    assert changed.tries == 1


def test_runs_that_are_killed_again_and_again_set_an_edition_aside(
    member: Member, clock: Clock
) -> None:
    ledger = member("a")
    for seen in range(6):
        assert ledger.claim(KEY, "basis", seen=seen) is not None
        clock.pass_by(61)

    assert ledger.claim(KEY, "basis", seen=6) is None

    assert ledger.entries()[KEY].kind == "poison"
    assert ledger.attempts()[-1].what == "failed"


def test_a_claim_given_back_is_as_if_it_had_not_been_made(member: Member) -> None:
    ledger = member("a")
    lease = ledger.claim(KEY, "basis")
    assert lease is not None
    ledger.free(lease)
    assert ledger.entries()[KEY].retry_at == ledger.clock()

    lease = ledger.claim(KEY, "basis", seen=1)
    assert lease is not None
    ledger.finish(lease, DONE, data="data@1")
    lease = ledger.claim(KEY, "newer", seen=2)
    assert lease is not None
    ledger.free(lease)

    entry = ledger.entries()[KEY]
    assert (entry.state, entry.made_from, entry.fingerprint) == ("published", "basis", "f")


def test_a_period_is_noted_as_skipped_once_and_never_in_place_of_an_edition(
    member: Member,
) -> None:
    ledger = member("a")
    assert ledger.skip(KEY, "too old")
    assert not ledger.skip(KEY, "too old")
    assert ledger.entries()[KEY].reason == "too old"

    lease = ledger.claim(KEY, "basis", seen=1)
    assert lease is not None
    ledger.finish(lease, DONE)
    assert not ledger.skip(KEY, "too old")
    assert ledger.entries()[KEY].state == "published"


def test_entries_of_some_reports_alone(member: Member) -> None:
    ledger = member("a")
    ledger.claim(KEY, "basis")
    ledger.claim(("card", "v1"), "basis")

    assert set(ledger.entries(["card"])) == {("card", "v1")}
    assert [a.report for a in ledger.attempts(["card"])] == ["card"]
    assert set(ledger.entries()) == {KEY, ("card", "v1")}


def test_notes_are_kept(member: Member) -> None:
    ledger = member("a")
    assert ledger.recall("span") is None
    ledger.note("span", "1")
    ledger.note("span", "2")
    assert ledger.recall("span") == "2"


def test_the_files_are_for_this_user_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with open_ledger(str(tmp_path / "new" / "ledger.sqlite")) as ledger:
            ledger.claim(KEY, "basis")
            modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "new").iterdir()}
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    assert set(modes) == {"ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"}
    assert set(modes.values()) == {0o600}


def test_the_history_cannot_be_changed(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with open_ledger(str(path)) as ledger:
        ledger.claim(KEY, "basis")
    connection = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="only ever added to"):
        connection.execute("DELETE FROM attempts")
    with pytest.raises(sqlite3.IntegrityError, match="only ever added to"):
        connection.execute("UPDATE attempts SET said = ''")
    connection.close()


def test_to_look_is_not_to_make(tmp_path: Path) -> None:
    with open_ledger(str(tmp_path / "ledger.sqlite"), create=False) as ledger:
        assert ledger.entries() == {}
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_ledger_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_text("no database, and long enough to be taken for one" * 50)
    with pytest.raises(UserError, match="cannot be read as a ledger"):
        open_ledger(str(path))
    with pytest.raises(UserError, match="no kind of ledger 'ftp'"):
        open_ledger("ftp://host/path")


@given(
    st.builds(
        Entry,
        report=st.text(min_size=1),
        edition=st.text(min_size=1),
        state=st.sampled_from(["running", "published", "skipped", "failed"]),
        updated=st.datetimes(timezones=st.just(UTC)),
        start=st.none() | st.datetimes(timezones=st.just(UTC)),
        reason=st.text(),
        provisional=st.booleans(),
        tries=st.integers(0, 9),
    )
)
def test_an_entry_survives_being_written(entry: Entry) -> None:
    assert load_entry(dump_entry(entry)) == entry


@pytest.mark.parametrize("text", ["[]", "{}", '{"state": "running"}', '{"state": "odd"}'])
def test_what_is_no_entry_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no entry of a ledger"):
        load_entry(text)


def test_what_nothing_can_change_any_more_is_left_out(member: Member, clock: Clock) -> None:
    ledger = member("a")
    end = clock.now - timedelta(days=9)
    for number, more in enumerate(({}, {"provisional": True}, {"kind": "tool"})):
        result = replace(DONE, outcome="failed" if more.get("kind") else "published", **more)
        lease = ledger.claim(("weekly", f"2013-W{number}"), "basis", start=end, end=end)
        assert lease is not None
        ledger.finish(lease, result)

    asked = ledger.entries(ended_after=end)
    assert set(asked) == {("weekly", "2013-W1"), ("weekly", "2013-W2")}
    assert len(ledger.entries(ended_after=end - timedelta(seconds=1))) == 3
    assert ledger.keys(["weekly"]) == set(ledger.entries())
    assert ledger.keys(["other"]) == frozenset()
