"""What is due in a project, right now: its settings, its board and its ledger, put together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from reportgen.boards import Board
from reportgen.errors import DataError, NotFoundError, PinError, ReportgenError, near_miss
from reportgen.pipeline import open_tables, with_tables
from reportgen.report import MonitoringSpec, Pin, Project, ReportSpec, TableRef
from reportgen.report.run_spec import RunSpec
from reportgen.resolve import Lock, fetch_pins, resolve_pins
from reportgen.schedule.basis import Digests, data_name, report_basis
from reportgen.schedule.cron import next_tick
from reportgen.schedule.due import (
    Answer,
    CatchUp,
    Due,
    Rules,
    Span,
    ask_card,
    ask_periods,
    next_due,
)
from reportgen.schedule.entry import Entry
from reportgen.schedule.ledger import Ledger

__all__ = ["Plan", "ReportPlan", "Unit", "plan_project", "rules_of", "select_reports"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One edition that is due, with all that its work needs."""

    due: Due
    run: RunSpec
    basis: str
    data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPlan:
    """What one report owes.

    Attributes
    ----------
    base : what every unit of work of it has in common; None with a problem
    basis, data : digest of what goes in, and the data pin, as they are now
    entries : what the ledger has of it, by edition; without what nothing can change any more
    known : all editions of which the ledger has anything
    problem : why nothing can be said: a pin that is missing or damaged, data without times
    next_wake : when its cron line comes next; None without one
    next_due : when its next period will be due; None for a card
    """

    report: str
    kind: str
    answer: Answer = field(default_factory=Answer)
    base: RunSpec | None = None
    basis: str = ""
    data: str = ""
    entries: Mapping[str, Entry] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    problem: ReportgenError | None = None
    next_wake: datetime | None = None
    next_due: datetime | None = None

    @property
    def units(self) -> tuple[Unit, ...]:
        """All that is due."""
        return tuple(self.unit(due) for due in self.answer.due)

    def unit(self, due: Due) -> Unit:
        """Give the unit of work for an edition."""
        if self.base is None:
            raise ValueError(f"{self.report} cannot be made: {self.problem}")
        run = replace(
            self.base,
            edition=due.edition,
            period=due.period.key if due.period else "",
            unless_rows=due.unless_rows,
        )
        return Unit(due=due, run=run, basis=self.basis, data=self.data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a project owes at one moment."""

    now: datetime
    reports: tuple[ReportPlan, ...]

    @property
    def units(self) -> tuple[Unit, ...]:
        """All that is due, report by report."""
        return tuple(unit for report in self.reports for unit in report.units)


def select_reports(project: Project, names: Sequence[str] | None) -> tuple[ReportSpec, ...]:
    """Give some reports of a project, or all.

    Raises
    ------
    NotFoundError
        There is no such report.
    """
    known = list(project.reports)
    wrong = [name for name in names or () if name not in project.reports]
    if wrong:
        raise NotFoundError(
            "\n".join(f"No report {name!r}. {near_miss(name, known)}" for name in wrong)
        )
    return tuple(project.reports[name] for name in (names or known))


def rules_of(project: Project, spec: ReportSpec, asked: MonitoringSpec) -> Rules:
    """Gather how a monitoring report is scheduled."""
    given = spec.catch_up
    return Rules(
        every=asked.every,
        window=asked.window,
        timezone=project.timezone,
        grace=spec.grace,
        label_delay=asked.label_delay,
        reopen_for=spec.reopen_for,
        catch_up=CatchUp(
            most=given.get("max"),
            max_age=given.get("max_age"),
            order=given.get("order", "oldest"),
        ),
    )


def plan_project(
    project: Project,
    board: Board,
    lock: Lock,
    ledger: Ledger,
    now: datetime,
    *,
    reports: Sequence[str] | None = None,
    problems: Mapping[str, NotFoundError | PinError] | None = None,
    source: Path | None = None,
) -> Plan:
    """Say what every report owes.

    Parameters
    ----------
    now : aware; decides which periods have ended
    reports : names; None: all
    problems : model -> why its pins could not be resolved
    source : the project file, for whoever does the work; None: the one in the project's folder
    """
    chosen = select_reports(project, reports)
    entries: dict[str, dict[str, Entry]] = {}
    known: dict[str, set[str]] = {}
    names = None if reports is None else [spec.name for spec in chosen]
    longest = max((spec.reopen_for for spec in chosen), default=timedelta(0))
    for (report, edition), entry in ledger.entries(names, ended_after=now - longest).items():
        entries.setdefault(report, {})[edition] = entry
    for report, edition in ledger.keys(names):
        known.setdefault(report, set()).add(edition)
    place = str((source or project.folder).resolve())
    asking = _Asking(project, board, lock, ledger, now, place)
    return Plan(
        now=now,
        reports=tuple(
            asking.about(
                spec,
                entries.get(spec.name, {}),
                known.get(spec.name, set()),
                (problems or {}).get(spec.model.name),
            )
            for spec in chosen
        ),
    )


class _Asking:
    """What the question shares between the reports of a project."""

    def __init__(
        self,
        project: Project,
        board: Board,
        lock: Lock,
        ledger: Ledger,
        now: datetime,
        source: str,
    ) -> None:
        self.project = project
        self.board = board
        self.lock = lock
        self.ledger = ledger
        self.now = now
        self.source = source
        self.digests = Digests()

    def about(
        self,
        spec: ReportSpec,
        entries: Mapping[str, Entry],
        known: AbstractSet[str],
        problem: ReportgenError | None,
    ) -> ReportPlan:
        asked = spec.model.monitoring if spec.kind == "monitoring" else None
        rules = rules_of(self.project, spec, asked) if asked else None
        plan = ReportPlan(
            report=spec.name,
            kind=spec.kind,
            entries=entries,
            known=frozenset(known),
            problem=problem,
            next_wake=self._next_wake(spec),
            next_due=next_due(rules, self.now) if rules else None,
        )
        if problem is not None:
            return plan
        try:
            return self._answered(plan, spec, rules, asked)
        except (NotFoundError, PinError, DataError) as failed:
            return replace(plan, problem=failed)

    def _next_wake(self, spec: ReportSpec) -> datetime | None:
        if spec.schedule is None:
            return None
        return next_tick(spec.schedule, self.project.timezone, self.now)

    def _answered(
        self,
        plan: ReportPlan,
        spec: ReportSpec,
        rules: Rules | None,
        asked: MonitoringSpec | None,
    ) -> ReportPlan:
        pins = resolve_pins(spec, self.board, self.lock)
        if asked and isinstance(asked.data, TableRef):
            # A table has no version: only looking tells whether it is another one.
            with TemporaryDirectory(prefix="reportgen-") as folder:
                pins = with_tables(pins, open_tables(self.project, spec, Path(folder).resolve()))
        span = self._span(asked, pins) if asked else None
        basis = report_basis(self.project, spec, pins, self.digests)
        data = data_name(pins)
        if rules is None:
            version = pins["model"].version
            answer = ask_card(version, plan.entries.get(version), basis, self.now)
        else:
            answer = ask_periods(
                rules, span, plan.entries, basis, data, self.now, known=plan.known
            )
        base = RunSpec(project=self.source, report=spec.name, edition="", pins=pins, leased=True)
        return replace(plan, answer=answer, base=base, basis=basis, data=data)

    def _span(self, asked: MonitoringSpec, pins: Mapping[str, Pin]) -> Span | None:
        """Give what the scored data reach over; looked up once for each version."""
        pin = pins["data"]
        name = f"span:{data_name(pins)}:{asked.time}:{self.project.timezone}"
        known = self.ledger.recall(name)
        if known is None:
            known = json.dumps(self._look(asked, pin))
            self.ledger.note(name, known)
        ends = json.loads(known)
        if ends is None:
            return None
        first, last = (datetime.fromisoformat(text) for text in ends)
        return Span(first=first, last=last, pinned=pin.created)

    def _look(self, asked: MonitoringSpec, pin: Pin) -> list[str] | None:
        from reportgen.collect.tables.period_rows import time_span

        with TemporaryDirectory(prefix="reportgen-") as folder:
            if isinstance(asked.data, TableRef):
                from reportgen.collect.tables.source import read_table

                place = Path(folder).resolve()
                base = self.project.folder
                table = read_table(asked.data, asked.time, self.project.timezone, base, place)
                found = time_span(table, asked.time, self.project.timezone)
            else:
                held = fetch_pins({"data": pin}, self.board, Path(folder), lock=self.lock)
                found = time_span(held["data"], asked.time, self.project.timezone)
        return None if found is None else [moment.isoformat() for moment in found]
