"""Many processes, one of each period: holders of leases are stopped, go on too late, are refused."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from reportgen.schedule.opening import open_ledger
from tests.interop.contenders import REPORT, editions, open_site
from tests.interop.moto_server import serving

PATIENCE_S = 500


def contend(
    hosts: int, ledger: str, site: str, processes: int, number: int, folder: Path, **more: str
) -> list[dict[str, int]]:
    started = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.interop.contenders", f"host{index}"),
                *(ledger, site, str(processes), str(number), str(folder)),
            ],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **more},
            start_new_session=True,
        )
        for index in range(hosts)
    ]
    told = []
    try:
        for each in started:
            out, _ = each.communicate(timeout=PATIENCE_S)
            assert each.returncode == 0
            told += [json.loads(line) for line in out.splitlines()]
    finally:
        for each in started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(each.pid, signal.SIGKILL)
            each.communicate()
    assert len(told) == hosts * processes
    return told


def check(ledger: str, site: str, number: int, told: list[dict[str, int]]) -> None:
    published = open_site(site).editions()
    assert [manifest.edition for manifest in published] == editions(number)
    assert {manifest.revision for manifest in published} == {1}
    with open_ledger(ledger) as opened:
        entries = opened.entries()
        attempts = opened.attempts()
    assert {key for key, entry in entries.items() if entry.state == "published"} == {
        (REPORT, edition) for edition in editions(number)
    }
    # One who was late may have published before it was refused: the next one finds it unchanged.
    finished = Counter(a.edition for a in attempts if a.what in ("published", "unchanged"))
    assert len(finished) == number
    made = Counter(a.edition for a in attempts if a.what == "published")
    assert set(made.values()) == {1}
    # Who was stopped while holding a lease comes back to find that it is not his any more; only
    # where nobody had looked since it ran out may he go on.
    stopped = [each for each in told if each["stopped"]]
    assert stopped
    assert any(each["refused"] >= 1 for each in stopped)
    # No generation was given out twice, and every later one was claimed after the one before.
    claims = [(a.edition, a.generation) for a in attempts if a.what == "claimed"]
    assert len(claims) == len(set(claims))
    accepted = {a.edition: a.generation for a in attempts if a.what in ("published", "unchanged")}
    newest = {edition: max(g for e, g in claims if e == edition) for edition, _ in claims}
    assert accepted == newest


def test_processes_of_one_host_share_a_file(tmp_path: Path) -> None:
    ledger, site = str(tmp_path / "ledger.sqlite"), str(tmp_path / "site")

    told = contend(1, ledger, site, 12, 20, tmp_path / "work")

    check(ledger, site, 20, told)


@pytest.fixture(scope="module")
def server() -> Iterator[dict[str, str]]:
    with serving(atomic=True) as address:
        yield {
            "AWS_ENDPOINT_URL": address,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
        }


@pytest.fixture
def bucket(server: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    import s3fs

    for name, value in server.items():
        monkeypatch.setenv(name, value)
    made = f"b{uuid.uuid4().hex[:20]}"
    s3fs.S3FileSystem(skip_instance_cache=True).mkdir(made)
    return f"s3://{made}"


def test_two_hosts_share_a_bucket(bucket: str, server: dict[str, str], tmp_path: Path) -> None:
    ledger, site = f"{bucket}/ledger", f"{bucket}/site"

    told = contend(2, ledger, site, 3, 6, tmp_path / "work", **server)

    check(ledger, site, 6, told)


@pytest.mark.engines
@pytest.mark.timeout(600)
def test_fifty_processes_of_two_hosts_over_a_hundred_periods(
    bucket: str, server: dict[str, str], tmp_path: Path
) -> None:
    ledger, site = f"{bucket}/ledger", f"{bucket}/site"

    told = contend(2, ledger, site, 25, 100, tmp_path / "work", **server)

    check(ledger, site, 100, told)


@pytest.mark.engines
@pytest.mark.timeout(600)
def test_fifty_processes_of_one_host_over_a_hundred_periods(tmp_path: Path) -> None:
    ledger, site = str(tmp_path / "ledger.sqlite"), str(tmp_path / "site")

    told = contend(1, ledger, site, 50, 100, tmp_path / "work")

    check(ledger, site, 100, told)
