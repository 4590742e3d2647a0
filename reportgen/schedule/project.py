"""What is due in a project of one's own, asked and done: the calls behind the commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from reportgen.boards import open_board
from reportgen.errors import NotFoundError, PinError, ReportgenError, UserError
from reportgen.notify import open_shelf
from reportgen.report import Period, Project, parse_period
from reportgen.report.cadence import Cadence
from reportgen.report.period import LONGEST_HISTORY
from reportgen.report.run_spec import RunSpec
from reportgen.resolve import Lock, read_lock, write_lock
from reportgen.schedule.crew import Crew
from reportgen.schedule.due import Answer, Due, count_periods
from reportgen.schedule.entry import Entry, Key
from reportgen.schedule.freshening import freshen_lock, newer_versions
from reportgen.schedule.ledger import Ledger
from reportgen.schedule.made import without_made
from reportgen.schedule.opening import ledger_address, open_ledger
from reportgen.schedule.planning import Plan, plan_project, select_reports
from reportgen.schedule.progress import Underway, runs_under_way
from reportgen.schedule.running import INDEX_OWED, Done, Tally, run_plan

__all__ = ["Asked", "Owed", "Ran", "ask_due", "backfill", "look_ahead", "retries", "run_due"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A project, and how it was named.

    Attributes
    ----------
    source : the project file or its folder, for workers
    locked : use the versions of the lock, and none that are newer
    """

    project: Project
    source: Path
    locked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What was due, and what came of it.

    Attributes
    ----------
    moved : requests whose version in the lock is another one now
    unlisted : why the pages that list editions could not be rebuilt; the next run owes it
    """

    plan: Plan
    tally: Tally
    moved: tuple[str, ...] = ()
    unlisted: ReportgenError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What is due, as far as one can tell without fetching anything new.

    Attributes
    ----------
    plan : without what was made by hand
    newer : requests of which the board has another version than the lock
    by_hand : report -> editions that the ledger owes, and that are published from these very
        inputs: `render` made them. The next run only notes them
    runs : what makes editions right now, and how far it has come
    """

    plan: Plan
    newer: tuple[str, ...]
    by_hand: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    runs: tuple[Underway, ...] = ()


def look_ahead(asked: Asked, now: datetime) -> Owed | None:
    """Say what is due and what the ledger knows, and change nothing; None without a lock.

    Raises
    ------
    RetryError, UserError
        The board or the ledger cannot be read.
    """
    project = asked.project
    lock = read_lock(project.folder / "reportgen.lock")
    if lock is None:
        return None
    board = open_board(project.board, project.folder)
    with open_ledger(ledger_address(project), create=False) as ledger:
        plan, _ = ask_due(replace(asked, locked=True), now, ledger=ledger)
        runs = runs_under_way(ledger)
    plan, by_hand = without_made(project, plan)
    newer = newer_versions(project, board, lock)
    return Owed(plan=plan, newer=newer, by_hand=by_hand, runs=runs)


def ask_due(
    asked: Asked,
    now: datetime,
    *,
    reports: Sequence[str] | None = None,
    ledger: Ledger | None = None,
    write: bool = False,
) -> tuple[Plan, tuple[str, ...]]:
    """Say what is due; what was moved in the lock comes with it.

    Parameters
    ----------
    now : aware
    reports : names; None: all
    ledger : None: the project's own, looked into and not made
    write : keep a lock that was moved; looking alone changes nothing
    """
    project = asked.project
    select_reports(project, reports)
    board = open_board(project.board, project.folder)
    path = project.folder / "reportgen.lock"
    before = read_lock(path)
    if asked.locked and before is None:
        raise UserError(f"{path} is not there. Make it with `reportgen lock`.")
    problems: Mapping[str, NotFoundError | PinError] = {}
    moved: tuple[str, ...] = ()
    lock = before if before is not None else Lock(board=board.address)
    if not asked.locked:
        fresh = freshen_lock(project, board, before)
        lock, moved, problems = fresh.lock, fresh.moved, fresh.problems
        if write and lock != before:
            write_lock(path, lock)
    own = ledger if ledger is not None else open_ledger(ledger_address(project), create=False)
    try:
        plan = plan_project(
            project,
            board,
            lock,
            own,
            now,
            reports=reports,
            problems=problems,
            source=asked.source,
        )
    finally:
        if ledger is None:
            own.store.close()
    return plan, moved


def run_due(
    asked: Asked,
    now: datetime,
    crew: Crew,
    *,
    reports: Sequence[str] | None = None,
    said: Callable[[Done], None] = lambda _: None,
    stopping: Callable[[], bool] = lambda: False,
    drain: timedelta = timedelta(seconds=30),
) -> Ran:
    """Make all that is due, and the pages that list it.

    Safe to call at any time, by several processes, and again after any of them was killed.

    Parameters
    ----------
    said : called with each edition when it has ended
    stopping : asked all the time; once it is true nothing new is begun
    drain : how long what is running may still take then
    """
    with open_ledger(ledger_address(asked.project)) as ledger:
        plan, moved = ask_due(asked, now, reports=reports, ledger=ledger, write=True)
        tally = run_plan(plan, ledger, crew, said=said, stopping=stopping, drain=drain)
        unlisted = _refresh(asked.project, ledger)
        return Ran(plan=plan, tally=tally, moved=moved, unlisted=unlisted)


def retries(asked: Asked, reports: Sequence[str]) -> Mapping[str, datetime]:
    """Say when editions that failed are to be tried again, by report."""
    with open_ledger(ledger_address(asked.project), create=False) as ledger:
        found: dict[str, datetime] = {}
        for entry in ledger.entries(reports).values():
            if entry.state == "failed" and entry.retry_at is not None:
                known = found.get(entry.report, entry.retry_at)
                found[entry.report] = min(known, entry.retry_at)
        return found


def backfill(
    asked: Asked,
    now: datetime,
    crew: Crew,
    report: str,
    first: str,
    last: str,
    *,
    force: bool = False,
    said: Callable[[Done], None] = lambda _: None,
    stopping: Callable[[], bool] = lambda: False,
) -> Ran:
    """Make the periods from one to another, skipped ones and those that failed among them.

    Parameters
    ----------
    force : also those that are published: they are made again and compared

    Raises
    ------
    NotFoundError
        There is no such report or period.
    UserError
        The report is a card, or the periods have not ended.
    """
    (spec,) = select_reports(asked.project, [report])
    if spec.kind != "monitoring" or spec.model.monitoring is None:
        raise UserError(f"{report} is a card, which has no periods. Use `reportgen render`.")
    periods = _periods(first, last, spec.model.monitoring.cadence(asked.project.timezone), now)
    with open_ledger(ledger_address(asked.project)) as ledger:
        plan, moved = ask_due(asked, now, reports=[report], ledger=ledger, write=True)
        (owed,) = plan.reports
        if owed.problem is not None:
            raise owed.problem
        due = _asked_for(ledger.entries([report]), report, periods, force=force)
        owed = replace(owed, answer=Answer(due=due), base=_forced(owed.base, force=force))
        plan = replace(plan, reports=(owed,))
        tally = run_plan(plan, ledger, crew, said=said, stopping=stopping)
        unlisted = _refresh(asked.project, ledger)
        return Ran(plan=plan, tally=tally, moved=moved, unlisted=unlisted)


def _forced(base: RunSpec | None, *, force: bool) -> RunSpec | None:
    return None if base is None else replace(base, force=force)


def _periods(first: str, last: str, cadence: Cadence, now: datetime) -> tuple[Period, ...]:
    """Read two keys, and give all periods from the one to the other that have ended."""
    ends = []
    for key in (first, last):
        try:
            period = parse_period(key, cadence.timezone)
        except ValueError as error:
            raise NotFoundError(str(error)) from error
        try:
            ends.append(cadence.step(cadence.read(period.key)))
        except ValueError as error:
            raise UserError(f"{error}.") from error
    number = count_periods(ends[0], ends[1])
    if number < 1:
        raise UserError(f"{first} is later than {last}. Put the earlier period first.")
    if number > LONGEST_HISTORY[cadence.every]:
        raise UserError(
            f"{first} to {last} are {number} periods. At most {LONGEST_HISTORY[cadence.every]} "
            "are made at once; ask for fewer."
        )
    if ends[1].end > now:
        raise UserError(f"{last} has not ended yet.")
    found = [ends[0]]
    while found[-1].start < ends[1].start:
        found.append(found[-1].next())
    return tuple(cadence.ending(step) for step in found)


def _asked_for(
    entries: Mapping[Key, Entry], report: str, periods: tuple[Period, ...], *, force: bool
) -> tuple[Due, ...]:
    """Give what is not published of these periods; with `force` all of them."""
    due = []
    for period in periods:
        entry = entries.get((report, period.key))
        if entry is None or force or entry.state != "published":
            seen = entry.generation if entry else 0
            due.append(Due(edition=period.key, why="asked for", period=period, seen=seen))
    return tuple(due)


def _refresh(project: Project, ledger: Ledger) -> ReportgenError | None:
    """Rebuild the pages that list editions, when a run, this one or one that was killed, owes it."""
    if ledger.recall(INDEX_OWED) == "yes":
        try:
            open_shelf(project).refresh()
        except ReportgenError as failed:  # what was made is told all the same
            return failed
        ledger.note(INDEX_OWED, "")
    return None
