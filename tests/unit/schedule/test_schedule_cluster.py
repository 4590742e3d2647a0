"""What is due, made on a real cluster on loopback: workers, reports and the scheduler may be lost."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("distributed", exc_type=ImportError)
from distributed import LocalCluster

from reportgen.errors import RetryError
from reportgen.fleet import cluster as cluster_module
from reportgen.report.run_spec import RunSpec
from reportgen.schedule.cluster_crew import ClusterWorkers
from reportgen.schedule.ledger import Ledger
from reportgen.schedule.memory_store import MemoryStore
from reportgen.schedule.planning import Plan
from reportgen.schedule.running import Tally, run_plan
from tests.unit.schedule.fake_making import HERE
from tests.unit.schedule.test_schedule_running import WEEKS, plan, runs

pytestmark = pytest.mark.filterwarnings("ignore")


def open_cluster(workers: int) -> Any:
    return LocalCluster(
        n_workers=workers,
        threads_per_worker=2,
        processes=True,
        dashboard_address=None,
        host="127.0.0.1",
    )


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two workers with a nanny each, which starts a lost one again."""
    with open_cluster(2) as opened:
        yield opened


@pytest.fixture
def ledger() -> Ledger:
    return Ledger(MemoryStore(), owner="us")


def in_folder(place: Path, *reports: str) -> Plan:
    """Plan three weeks of some reports, whose work leaves marks in a folder."""
    asked = plan(*reports)
    bases = [replace(each, base=RunSpec(project=str(place), report=each.report, edition=""))
             for each in asked.reports]  # fmt: skip
    return replace(asked, reports=tuple(bases))


def crew_on(address: str, **more: Any) -> ClusterWorkers:
    return ClusterWorkers(address, make=f"{HERE}:make_one", imports=(HERE,), **more)


def run_on(crew: ClusterWorkers, asked: Plan, ledger: Ledger, **more: Any) -> Tally:
    try:
        return run_plan(asked, ledger, crew, **more)
    finally:
        crew.close()


def wait_for(what: Callable[[], object]) -> None:
    ends = time.monotonic() + 60
    while not what() and time.monotonic() < ends:
        time.sleep(0.05)
    assert what()


def hanging(place: Path) -> list[str]:
    """Give the processes of work that hangs."""
    return [path.read_text() for path in sorted(place.glob("hangs-*.process"))]


def test_what_is_due_is_made_and_a_report_that_kills_its_process_twice_is_set_aside(
    cluster: Any, ledger: Ledger, tmp_path: Path
) -> None:
    asked = in_folder(tmp_path, "dies", "good", "other")
    tally = run_on(crew_on(cluster.scheduler_address), asked, ledger)

    kinds = {each.result.report: each.result.kind for each in tally.done}
    assert kinds == {"dies": "poison", "good": "", "other": ""}
    made = [path.read_text() for path in tmp_path.glob("[go]*")]
    assert made == ["x"] * 6
    died = ledger.entries()["dies", WEEKS[0].key]
    assert (died.state, died.kind, died.tries) == ("failed", "poison", 2)
    assert (tmp_path / f"dies-{WEEKS[0].key}").read_text() == "xx"
    assert {entry.state for entry in ledger.entries(["good"]).values()} == {"published", "skipped"}


@pytest.mark.engines
def test_the_work_of_a_lost_worker_is_done_by_another_under_the_same_lease(
    cluster: Any, ledger: Ledger, tmp_path: Path
) -> None:
    crew = crew_on(cluster.scheduler_address)
    pids = list(crew._fleet._client.run(os.getpid).values())
    tallies: list[Tally] = []
    asked = in_folder(tmp_path, "lingers")
    work = threading.Thread(target=lambda: tallies.append(run_on(crew, asked, ledger)))
    work.start()
    wait_for(lambda: list(tmp_path.glob("lingers-*")))
    for pid in pids:  # whichever has it
        os.kill(pid, signal.SIGKILL)
    work.join(timeout=120)

    assert not work.is_alive()
    assert [each.result.outcome for each in tallies[0].done] == ["published"] * 3
    entries = ledger.entries(["lingers"]).values()
    assert {(e.state, e.generation) for e in entries if e.state != "skipped"} == {("published", 1)}
    assert sum(len(path.read_text()) for path in tmp_path.iterdir()) > 3


def test_one_at_a_time_when_asked_and_nothing_new_when_told_to_stop(
    cluster: Any, ledger: Ledger, tmp_path: Path
) -> None:
    asked = in_folder(tmp_path, "one", "hangs")
    crew = crew_on(cluster.scheduler_address, most=1)
    wait_for(lambda: crew.free == 1)
    tally = run_on(
        crew, asked, ledger, stopping=lambda: bool(hanging(tmp_path)), drain=timedelta(0)
    )

    assert [each.result.report for each in tally.done] == ["one"] * len(tally.done)
    left = {unit.run.edition for unit in tally.left if unit.run.report == "hangs"}
    assert left == {week.key for week in WEEKS}
    assert "running" not in {entry.state for entry in ledger.entries().values()}
    (process,) = hanging(tmp_path)
    wait_for(lambda: not runs(process))  # although its worker lives on


@pytest.mark.engines
def test_work_that_takes_too_long_is_ended(cluster: Any, ledger: Ledger, tmp_path: Path) -> None:
    asked = in_folder(tmp_path, "hangs")
    one = replace(asked.reports[0], answer=replace(asked.reports[0].answer, skip=()))
    one = replace(one, answer=replace(one.answer, due=one.answer.due[:1]))
    crew = crew_on(cluster.scheduler_address, longest=timedelta(seconds=6))
    tally = run_on(crew, replace(asked, reports=(one,)), ledger)

    assert tally.failures == ("once",)
    assert "passed the limit of 6 seconds" in tally.done[0].result.error
    assert (tmp_path / f"hangs-{WEEKS[0].key}").read_text() == "xx"


@pytest.mark.engines
def test_a_cluster_that_is_gone_leaves_all_to_a_later_run(ledger: Ledger, tmp_path: Path) -> None:
    asked = in_folder(tmp_path, "hangs", "good")
    tallies: list[Tally] = []
    with open_cluster(1) as opened:
        crew = crew_on(opened.scheduler_address, most=1, deserted=timedelta(seconds=3))
        work = threading.Thread(target=lambda: tallies.append(run_on(crew, asked, ledger)))
        work.start()
        wait_for(lambda: list(tmp_path.iterdir()))
    work.join(timeout=120)

    assert not work.is_alive()
    tally = tallies[0]
    assert set(tally.failures) == {"again"}
    failed = [entry for entry in ledger.entries().values() if entry.state == "failed"]
    assert len(failed) == 6
    assert all(entry.retry_at and entry.retry_at > datetime.now(UTC) for entry in failed)


def test_a_scheduler_that_is_not_there_is_worth_another_try(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cluster_module, "_PATIENCE_S", 1)
    with pytest.raises(RetryError, match="No scheduler answers"):
        crew_on("tcp://127.0.0.1:1")
