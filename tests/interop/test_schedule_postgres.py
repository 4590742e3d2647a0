"""The ledger in a real PostgreSQL server of one's own, on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from reportgen.errors import LeaseLostError, RetryError, UserError
from reportgen.report.run_spec import RunResult
from reportgen.schedule.opening import open_ledger
from tests.interop import postgres_server

pytestmark = [
    pytest.mark.engines,
    pytest.mark.skipif(postgres_server.find_programs() is None, reason="no PostgreSQL here"),
]
KEY = ("weekly", "2013-W27")
DONE = RunResult(report="weekly", edition="2013-W27", outcome="published", fingerprint="f")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with postgres_server.running() as server:
        yield from served(server)


def served(server: postgres_server.Server) -> Iterator[str]:
    yield server.address.replace("${PGSECRET}", quote(postgres_server.PASSWORD, safe=""))


def test_a_lease_goes_from_one_to_another(address: str) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    end = now - timedelta(days=1)
    with (
        open_ledger(address, owner="a", clock=lambda: now) as ours,
        open_ledger(address, owner="b", clock=lambda: now + timedelta(minutes=5)) as theirs,
    ):
        old = ours.claim(KEY, "basis", start=end, end=end)
        assert old is not None
        assert ours.claim(KEY, "basis", seen=1) is None
        new = theirs.claim(KEY, "basis", seen=1)
        assert new is not None
        with pytest.raises(LeaseLostError):
            ours.renew(old)
        theirs.renew(new)
        theirs.finish(new, DONE, data="data@1")
        with pytest.raises(LeaseLostError):
            ours.finish(old, DONE)
        assert ours.entries()[KEY].generation == 2
        assert ours.entries(["weekly"], ended_after=end) == {}
        assert ours.keys() == {KEY}
        assert [a.what for a in ours.attempts(["weekly"])] == ["claimed", "claimed", "published"]
        assert ours.skip(("weekly", "2013-W01"), "too old")
        ours.note("span", "1")
        theirs.note("span", "2")
        assert ours.recall("span") == "2"
        assert ours.recall("other") is None


def test_of_many_one_wins(address: str) -> None:
    def contend(owner: int) -> int:
        with open_ledger(address, owner=str(owner)) as ledger:
            won = 0
            for number in range(20):
                lease = ledger.claim(("contended", str(number)), "basis")
                if lease is not None:
                    ledger.finish(lease, replace(DONE, edition=str(number)))
                    won += 1
            return won

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(contend, range(8))) == 20


def test_the_password_is_shown_nowhere(address: str) -> None:
    wrong = address.replace(quote(postgres_server.PASSWORD, safe=""), "wrong-secret")
    with pytest.raises(UserError, match="the ledger is refused") as refused:
        open_ledger(wrong)
    assert "wrong-secret" not in str(refused.value)
    port = address.rpartition(":")[2].partition("/")[0]
    with pytest.raises(RetryError, match="the ledger") as unreachable:
        open_ledger(address.replace(f":{port}/", ":1/"))
    assert quote(postgres_server.PASSWORD, safe="") not in str(unreachable.value)
