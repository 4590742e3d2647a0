"""One host of many processes that all want to publish the same periods.

Run as a program. Some of its processes are stopped (SIGSTOP) while they hold a lease, and go on
long after it has run out.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reportgen.errors import LeaseLostError, RetryError
from reportgen.publish.edition import make_manifest, with_record
from reportgen.publish.fingerprint import fingerprint
from reportgen.publish.folder import FolderShelf
from reportgen.publish.objects import ObjectShelf
from reportgen.publish.opening import open_bucket
from reportgen.publish.shelf import Shelf
from reportgen.report import Document, SiteSpec
from reportgen.report.run_spec import RunResult
from reportgen.schedule.entry import held as is_held
from reportgen.schedule.ledger import Ledger
from reportgen.schedule.opening import open_ledger
from tests.unit.publish.sample import sample_data

REPORT = "weekly"
TTL = timedelta(seconds=6)
LIFETIME_S = 600


def editions(number: int) -> list[str]:
    return [f"20{10 + index // 52}-W{index % 52 + 1:02d}" for index in range(number)]


def open_site(address: str) -> Shelf:
    kind, found, path = address.partition("://")
    if not found:
        return FolderShelf(Path(address))
    assert kind == "s3"
    return ObjectShelf(open_bucket(SiteSpec(type="s3", path=path)))


def publish(shelf: Shelf, edition: str, folder: Path, owner: str, say: str) -> RunResult:
    """Publish a small page, with nobody asking whether it was published before."""
    inputs = {"edition": edition}
    data = sample_data(edition, report=REPORT, as_of=datetime.now(UTC).date())
    folder.mkdir(parents=True, exist_ok=True)
    mark = fingerprint(inputs)
    page = f'<!doctype html><meta name="reportgen-fingerprint" content="{mark}"><p>{edition}'
    (folder / "index.html").write_text(page, encoding="utf-8")
    document = Document(folder=folder, files={"index.html": Path("index.html")}, engines={})
    if say == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)  # after the last question, before the publication
    manifest = make_manifest(data, inputs, datetime.now(UTC))
    made = shelf.put(with_record(document, data), replace(manifest, versions={"by": owner}))
    return RunResult(
        report=REPORT,
        edition=edition,
        outcome="published" if made.fresh else "unchanged",
        fingerprint=mark,
        revision=made.revision,
    )


def work(ledger: Ledger, shelf: Shelf, number: int, folder: Path, *, stops: str) -> dict[str, int]:
    """Go round until all is published; stop once, while holding a lease, if told to."""
    told = {"published": 0, "refused": 0, "unchanged": 0, "stopped": 0}
    chance = random.Random(ledger.owner)
    left = set(editions(number))
    while left:
        for edition in chance.sample(sorted(left), len(left)):
            held = ledger.store.read((REPORT, edition))
            if held is not None and held.entry.state == "published":
                left.discard(edition)
                continue
            if held is not None and is_held(held.entry, ledger.clock()):
                continue
            seen = held.entry.generation if held else 0
            lease = ledger.claim((REPORT, edition), "basis", seen=seen)
            if lease is None:
                continue
            told["stopped"] += bool(stops)
            try:
                if stops == "early":
                    os.kill(os.getpid(), signal.SIGSTOP)
                ledger.renew(lease)
                late = "stop" if stops == "late" else ""
                stops = ""
                result = publish(shelf, edition, folder, ledger.owner, late)
                ledger.finish(lease, result)
                told[result.outcome] += 1
            except LeaseLostError:
                stops = ""
                told["refused"] += 1
        time.sleep(0.5)
    return told


def child(name: str, ledger: str, site: str, number: int, folder: Path, stops: str) -> None:
    with open_ledger(ledger, owner=name, ttl=TTL) as opened:
        while True:
            try:
                told = work(opened, open_site(site), number, folder / name, stops=stops)
            except RetryError as busy:
                sys.stderr.write(f"{busy}\n")
                continue
            line = json.dumps({"owner": name, **told})
            os.write(1, f"{line}\n".encode())  # in one piece, though many write
            return


def host(name: str, ledger: str, site: str, processes: int, number: int, folder: Path) -> int:
    """Fork the processes, let those that were stopped go on later, and wait for all."""
    if "://" in site:
        import s3fs  # noqa: F401 - once for all, and before there are threads

    signal.alarm(LIFETIME_S)  # nothing of it outlives the test
    begun = {}
    for index in range(processes):
        stops = {0: "early", 1: "late"}.get(index % 8, "")
        pid = os.fork()
        if pid == 0:
            signal.alarm(LIFETIME_S)
            child(f"{name}-{index}", ledger, site, number, folder, stops)
            os._exit(0)
        begun[pid] = index
    wake: dict[int, float] = {}
    failed = 0
    while begun:
        pid, status = os.waitpid(-1, os.WUNTRACED | os.WNOHANG)
        if pid and os.WIFSTOPPED(status):
            wake[pid] = time.monotonic() + 2 * TTL.total_seconds()
        elif pid:
            del begun[pid]
            failed += status != 0
        for stopped, when in list(wake.items()):
            if time.monotonic() >= when:
                os.kill(stopped, signal.SIGCONT)
                del wake[stopped]
        time.sleep(0.02)
    return failed


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(host(given[0], given[1], given[2], int(given[3]), int(given[4]), Path(given[5])))
