"""What is due is made under leases, by hands of any kind."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reportgen.errors import LeaseLostError
from reportgen.report import period_of
from reportgen.report.run_spec import RunResult, RunSpec
from reportgen.schedule.crew import OwnHands, Workers
from reportgen.schedule.due import Answer, Due
from reportgen.schedule.ledger import Ledger
from reportgen.schedule.memory_store import MemoryStore
from reportgen.schedule.planning import Plan, ReportPlan
from reportgen.schedule.running import INDEX_OWED, run_plan

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WEEKS = [period_of(NOW - timedelta(weeks=back), "week", "UTC") for back in (3, 2, 1)]
FAKE = Path(__file__).with_name("fake_worker.py")


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(clock: Clock) -> Ledger:
    return Ledger(MemoryStore(), owner="us", clock=clock)


def plan(*reports: str, seen: int = 0) -> Plan:
    due = tuple(Due(edition=week.key, why="missed", period=week, seen=seen) for week in WEEKS)
    return Plan(
        now=NOW,
        reports=tuple(
            ReportPlan(
                report=name,
                kind="monitoring",
                answer=Answer(due=due, skip=((WEEKS[0].previous(), "too old"),)),
                base=RunSpec(project="p", report=name, edition=""),
                basis="basis",
                data="data@1",
            )
            for name in reports or ("weekly",)
        ),
    )


def done(run: RunSpec, **more: object) -> RunResult:
    result = RunResult(
        report=run.report, edition=run.edition, outcome="published", fingerprint="f", rows="r"
    )
    return replace(result, **more)


def failing(kind: str) -> Callable[[RunSpec], RunResult]:
    return lambda run: done(run, outcome="failed", fingerprint="", kind=kind, error="so", rows="")


def test_all_is_made_in_order_and_written_down(ledger: Ledger) -> None:
    made: list[RunSpec] = []

    def make(run: RunSpec) -> RunResult:
        made.append(run)
        return done(run)

    tally = run_plan(plan(), ledger, OwnHands(make))

    assert [run.edition for run in made] == [week.key for week in WEEKS]
    assert {(run.owner, run.generation) for run in made} == {("us", 1)}
    assert [each.result.outcome for each in tally.done] == ["published"] * 3
    entries = ledger.entries()
    assert {entry.state for entry in entries.values()} == {"published", "skipped"}
    first = entries["weekly", WEEKS[0].key]
    assert (first.start, first.end, first.data) == (WEEKS[0].start, WEEKS[0].end, "data@1")
    assert (first.rows, first.made_from) == ("r", "basis")
    assert tally.skipped == [("weekly", WEEKS[0].previous().key, "too old")]
    assert ledger.recall(INDEX_OWED) == "yes"


def test_what_another_process_is_at_is_left_to_it(ledger: Ledger) -> None:
    other = Ledger(ledger.store, owner="them", clock=ledger.clock)
    assert other.claim(("weekly", WEEKS[1].key), "basis") is not None

    tally = run_plan(plan(), ledger, OwnHands(done))

    assert [unit.run.edition for unit in tally.elsewhere] == [WEEKS[1].key]
    assert len(tally.done) == 2


def test_what_passes_by_itself_waits_for_its_time(ledger: Ledger) -> None:
    tally = run_plan(plan(), ledger, OwnHands(failing("again")))

    assert tally.failures == ("again",) * 3
    entry = ledger.entries()["weekly", WEEKS[0].key]
    assert entry.retry_at is not None
    assert NOW < entry.retry_at <= NOW + timedelta(minutes=1)


@pytest.mark.parametrize(("kind", "tries"), [("once", 2), ("yours", 1), ("tool", 1)])
def test_what_is_worth_one_more_try_gets_it_at_once(kind: str, tries: int, ledger: Ledger) -> None:
    tally = run_plan(plan(), ledger, OwnHands(failing(kind)))

    assert tally.failures == (kind,) * 3
    entries = [entry for entry in ledger.entries().values() if entry.state == "failed"]
    assert {(entry.tries, entry.kind, entry.retry_at) for entry in entries} == {
        (tries, kind, None)
    }


def test_a_failure_stops_no_other_report(ledger: Ledger) -> None:
    bad, good = failing("tool"), done

    tally = run_plan(
        plan("bad", "good"),
        ledger,
        OwnHands(lambda run: (bad if run.report == "bad" else good)(run)),
    )

    assert {each.result.report: each.result.outcome for each in tally.done} == {
        "bad": "failed", "good": "published",
    }  # fmt: skip


def test_a_run_that_is_asked_to_stop_begins_nothing_more(ledger: Ledger) -> None:
    begun: list[str] = []

    def make(run: RunSpec) -> RunResult:
        begun.append(run.edition)
        return done(run)

    tally = run_plan(plan(), ledger, OwnHands(make), stopping=lambda: bool(begun))

    assert begun == [WEEKS[0].key]
    assert [unit.run.edition for unit in tally.left] == [week.key for week in WEEKS[1:]]
    assert {entry.state for entry in ledger.entries().values()} == {"published", "skipped"}


def test_a_lease_that_was_taken_over_is_dropped(ledger: Ledger, clock: Clock) -> None:
    other = Ledger(ledger.store, owner="them", clock=clock)

    def make(run: RunSpec) -> RunResult:
        clock.now += ledger.ttl + timedelta(seconds=1)
        assert other.claim((run.report, run.edition), "basis", seen=1) is not None
        return done(run)

    tally = run_plan(plan(), ledger, OwnHands(make))

    assert {each.result.kind for each in tally.done} == {"lost"}
    assert {each.result.error_type for each in tally.done} == {LeaseLostError.__name__}
    assert {entry.state for entry in ledger.entries().values()} == {"running", "skipped"}


@pytest.fixture
def workers() -> Callable[..., Workers]:
    def make(number: int = 2, **more: object) -> Workers:
        return Workers(number, command=(sys.executable, str(FAKE)), **more)  # type: ignore[arg-type]

    return make


def test_workers_do_the_same(ledger: Ledger, workers: Callable[..., Workers]) -> None:
    crew = workers()
    try:
        tally = run_plan(plan("one", "two"), ledger, crew)
    finally:
        crew.close()

    assert [each.result.outcome for each in tally.done] == ["published"] * 6
    # A worker stays with its report, whose data it has read, until that is done.
    owners = {(each.result.report, each.result.folder) for each in tally.done}
    assert len({worker for _, worker in owners}) == 2
    assert len(owners) < 4


def test_a_report_that_takes_its_workers_down_is_set_aside_and_the_others_are_made(
    ledger: Ledger, workers: Callable[..., Workers]
) -> None:
    crew = workers()
    try:
        tally = run_plan(plan("dies", "good"), ledger, crew)
    finally:
        crew.close()

    kinds = {each.result.report: each.result.kind for each in tally.done}
    assert kinds == {"dies": "poison", "good": ""}
    entry = ledger.entries()["dies", WEEKS[0].key]
    assert (entry.state, entry.kind, entry.tries) == ("failed", "poison", 2)
    assert "ended by signal 9" in next(
        each.result.error for each in tally.done if each.result.report == "dies"
    )


def test_work_that_takes_too_long_is_ended_with_all_it_started(
    ledger: Ledger,
    workers: Callable[..., Workers],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CHILD_FILE", str(tmp_path / "child"))
    crew = workers(1, longest=timedelta(seconds=3))
    hanging = plan("hangs")
    one = replace(hanging.reports[0], answer=Answer(due=hanging.reports[0].answer.due[:1]))
    try:
        tally = run_plan(replace(hanging, reports=(one,)), ledger, crew)
    finally:
        crew.close()

    assert tally.failures == ("once",)
    assert "it took longer than" in tally.done[0].result.error
    children = (tmp_path / "child").read_text().split()
    assert len(children) == 2  # it had one more try
    ends = time.monotonic() + 30
    while any(runs(child) for child in children) and time.monotonic() < ends:
        time.sleep(0.1)
    assert not any(runs(child) for child in children)


def runs(process: str) -> bool:
    """Tell whether a process does anything; one that nobody fetched yet does not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
