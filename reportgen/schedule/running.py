"""Does what is due: claims each edition, hands it to a crew, writes down what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from reportgen.errors import LeaseLostError
from reportgen.report.run_spec import FailureKind, RunResult, RunSpec
from reportgen.schedule.crew import Crew
from reportgen.schedule.entry import Lease
from reportgen.schedule.failures import retry_time
from reportgen.schedule.ledger import Ledger
from reportgen.schedule.planning import Plan, Unit
from reportgen.schedule.progress import Teller

__all__ = ["INDEX_OWED", "Done", "Tally", "run_plan"]

INDEX_OWED = "index owed"
"""Note that the pages which list editions are older than the editions."""
_WAIT_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One unit of work, and what came of it."""

    unit: Unit
    result: RunResult


@dataclass(slots=True)
class Tally:
    """What a run has done.

    Attributes
    ----------
    skipped : report, period and reason of what will not be made
    elsewhere : units that another process is at
    left : units that were not begun because the run was asked to stop
    """

    done: list[Done] = field(default_factory=list)
    skipped: list[tuple[str, str, str]] = field(default_factory=list)
    elsewhere: list[Unit] = field(default_factory=list)
    left: list[Unit] = field(default_factory=list)

    @property
    def failures(self) -> tuple[FailureKind, ...]:
        """The kinds of what failed at the end."""
        return tuple(each.result.kind for each in self.done if each.result.kind)


def run_plan(
    plan: Plan,
    ledger: Ledger,
    crew: Crew,
    *,
    said: Callable[[Done], None] = lambda _: None,
    stopping: Callable[[], bool] = lambda: False,
    drain: timedelta = timedelta(minutes=5),
) -> Tally:
    """Make all that is due, each edition under a lease of its own.

    Parameters
    ----------
    said : called with each unit when it has ended
    stopping : asked all the time; once it is true nothing new is begun
    drain : how long what is running may still take then
    """
    running = _Running(plan, ledger, crew, said)
    running.note_skipped()
    ends: datetime | None = None
    try:
        while running.queue or running.busy:
            if stopping() and ends is None:
                ends = ledger.clock() + drain
                running.leave()
            if ends is not None and ledger.clock() >= ends:
                running.give_up()
                break
            running.begin()
            running.tell()
            running.fetch()
            running.hold_on()
    finally:
        running.teller.leave(len(running.tally.done))
    return running.tally


class _Running:
    """The state of one run."""

    def __init__(
        self, plan: Plan, ledger: Ledger, crew: Crew, said: Callable[[Done], None]
    ) -> None:
        self.ledger = ledger
        self.crew = crew
        self.said = said
        self.plan = plan
        self.queue = list(plan.units)
        self.busy: dict[tuple[str, str], tuple[Unit, Lease]] = {}
        self.tally = Tally()
        self.teller = Teller(ledger, len(self.queue))
        self._beat = ledger.clock()
        self._owed = False

    def note_skipped(self) -> None:
        for report in self.plan.reports:
            for period, reason in report.answer.skip:
                key = (report.report, period.key)
                if self.ledger.skip(key, reason, start=period.start, end=period.end):
                    self.tally.skipped.append((*key, reason))

    def begin(self) -> None:
        """Claim and start as much as the crew can take."""
        while self.queue and self.crew.free:
            unit = self._next()
            period = unit.due.period
            lease = self.ledger.claim(
                (unit.run.report, unit.run.edition),
                unit.basis,
                seen=unit.due.seen,
                start=period.start if period else None,
                end=period.end if period else None,
            )
            if lease is None:
                self.tally.elsewhere.append(unit)
                continue
            run = replace(unit.run, owner=lease.owner, generation=lease.generation)
            unit = replace(unit, run=run)
            self.busy[lease.key] = (unit, lease)
            self._note_owed()
            self.crew.start(run)

    def _next(self) -> Unit:
        """Take a report that nobody is at, so that its data are read by one worker and not by all."""
        at_work = {report for report, _ in self.busy}
        places = (n for n, unit in enumerate(self.queue) if unit.run.report not in at_work)
        return self.queue.pop(next(places, 0))

    def fetch(self) -> None:
        """Write down what has ended; what may pass is queued again by the next run."""
        for run, result in self.crew.done(_WAIT_S):
            held = self.busy.pop((run.report, run.edition), None)
            if held is None:
                continue
            unit, lease = held
            again = self._finish(unit, lease, result)
            if again is not None:
                self.queue.insert(0, again)

    def tell(self) -> None:
        """Say how far it has come, for whoever asks `status`."""
        done = len(self.tally.done)
        total = done + len(self.busy) + len(self.queue)
        if total:
            self.teller.tell(done, len(self.tally.failures), total)

    def hold_on(self) -> None:
        """Renew the leases in time, and drop what was taken over."""
        now = self.ledger.clock()
        # A clock that was set back must not stop the heartbeat.
        if self._beat <= now < self._beat + self.ledger.ttl / 3:
            return
        self._beat = now
        for key, (unit, lease) in list(self.busy.items()):
            try:
                self.ledger.renew(lease)
            except LeaseLostError as lost:
                self.crew.drop(unit.run)
                del self.busy[key]
                self._say(unit, _lost(unit.run, lost))

    def leave(self) -> None:
        """Begin nothing more."""
        self.tally.left += self.queue
        self.queue.clear()

    def give_up(self) -> None:
        """Stop what still runs, and give its leases back."""
        for unit, lease in list(self.busy.values()):
            self.crew.drop(unit.run)
            self.tally.left.append(unit)
            try:
                self.ledger.free(lease)
            except LeaseLostError:
                continue
        self.busy.clear()

    def _finish(self, unit: Unit, lease: Lease, result: RunResult) -> Unit | None:
        """Write a result down; give the unit back when it is to be tried again at once."""
        if result.kind == "lost" and result.error_type == "LeaseLostError":
            self._say(unit, result)
            return None
        when = retry_time(
            result.kind, lease.report, lease.edition, lease.tries, self.ledger.clock()
        )
        try:
            entry = self.ledger.finish(lease, result, data=unit.data, retry_at=when)
        except LeaseLostError as lost:
            self._say(unit, _lost(unit.run, lost))
            return None
        if result.kind in ("once", "lost") and entry.kind != "poison" and when is not None:
            return replace(unit, due=replace(unit.due, seen=entry.generation))
        if entry.kind == "poison":
            result = replace(result, kind="poison", error=f"{result.error} {entry.reason}")
        self._say(unit, result)
        return None

    def _say(self, unit: Unit, result: RunResult) -> None:
        done = Done(unit=unit, result=result)
        self.tally.done.append(done)
        self.said(done)

    def _note_owed(self) -> None:
        if not self._owed:
            self.ledger.note(INDEX_OWED, "yes")
            self._owed = True


def _lost(run: RunSpec, lost: LeaseLostError) -> RunResult:
    return RunResult(
        report=run.report,
        edition=run.edition,
        outcome="failed",
        kind="lost",
        error=str(lost),
        error_type="LeaseLostError",
    )
