"""One period and its history, counted: a plan from the reference, then a few passes over the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reportgen.collect.planning import plan_column
from reportgen.collect.relation import Relation, text_of
from reportgen.collect.scan import SLOT, one_thread, scan_columns
from reportgen.collect.scan_outcomes import scan_outcomes
from reportgen.collect.slots import AFTER, BEFORE, NO_TIME, Clock, history, in_slots, only
from reportgen.report.frame import MonitoringFrame
from reportgen.report.period import Period
from reportgen.report.profile import (
    DECLARED,
    ColumnPlan,
    ColumnProfile,
    Group,
    Kind,
    Plan,
    Profile,
    Profiled,
    compared_as,
)

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["profile_period"]

MOST_GROUPS = 20
UNKNOWN = "(unknown)"
_BASELINE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scan:
    """What the steps of one scan share.

    Attributes
    ----------
    rows : the data, each row in the slot of its period
    reference : the pin to compare with, where there is one
    baseline : slots of the earliest complete periods
    compared : the rows of the reported period and of the baseline, kept aside
    """

    connection: DuckDBPyConnection
    frame: MonitoringFrame
    periods: tuple[Period, ...]
    rows: Relation
    reference: Relation | None
    baseline: tuple[int, ...]
    compared: Relation

    @property
    def current(self) -> int:
        return len(self.periods) - 1

    def now(self) -> Relation:
        """The rows of the reported period."""
        return only(self.compared, f"{SLOT} = {self.current}")

    def before(self, name: str, role: str) -> Relation | None:
        """The rows that a column is compared with."""
        if self.reference is not None and name in self.reference.types:
            return self.reference
        own = self.reference is None or role != "feature"
        if not own or not self.baseline or name not in self.rows.types:
            return None
        return only(self.compared, f"{SLOT} IN {_listed(self.baseline)}")

    def can_compare(self, table: Relation) -> bool:
        """Whether a table has what the metrics need."""
        frame = self.frame
        guess = frame.prediction
        if guess is None and frame.task != "multiclass":
            guess = frame.score
        if frame.target is None or guess is None:
            return False
        needed = (frame.target, guess, frame.score)
        return all(name is None or name in table.types for name in needed)


def _listed(slots: Sequence[int]) -> str:
    return f"({', '.join(map(str, slots))})"


def profile_period(
    connection: DuckDBPyConnection,
    frame: MonitoringFrame,
    data: Relation,
    reference: Relation | None,
    clock: Clock,
    classes: tuple[str, ...],
    segments: tuple[tuple[str, ...], ...],
) -> Profiled:
    """Count the rows of a period and of its history.

    Parameters
    ----------
    frame : says which columns are watched, and how; its rows are not looked at
    classes : of the target as text, for several classes
    """
    earliest = frame.times.min().to_pydatetime() if len(frame.times) else None
    periods = history(frame.period, earliest)
    rows = in_slots(connection, data, clock, periods)
    counts = _counts(connection, frame, rows)
    baseline = _baseline(frame, periods, counts)
    scan = _Scan(
        connection=connection,
        frame=frame,
        periods=periods,
        rows=rows,
        reference=reference,
        baseline=baseline,
        compared=_kept(connection, rows, (len(periods) - 1, *baseline)),
    )
    plan = _plan(scan, classes)
    reported = _columns(scan, plan)
    outcomes = None
    if scan.can_compare(rows):
        outcomes = scan_outcomes(connection, rows, plan, len(periods))
    digest = plan.digest
    return Profiled(
        plan=plan,
        names=tuple(data.types),
        periods={
            period.key: Profile(
                plan=digest,
                rows=counts.get(at, (0, 0))[0],
                labelled=counts.get(at, (0, 0))[1],
                columns=reported.get(at, {}),
                outcomes=None if outcomes is None else outcomes[at],
            )
            for at, period in enumerate(periods)
            if at in counts or at == scan.current
        },
        reference=None if reference is None else _reference(scan, plan, reference),
        baseline=_baseline_outcomes(scan, plan, digest),
        groups=_groups(scan, plan, segments) if outcomes is not None else {},
        without_time=counts.get(NO_TIME, (0, 0))[0],
        before=counts.get(BEFORE, (0, 0))[0],
        after=counts.get(AFTER, (0, 0))[0],
    )


def _kept(connection: DuckDBPyConnection, rows: Relation, slots: Sequence[int]) -> Relation:
    """Keep the rows of a few slots aside, so that the others are not read for every column."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE compared AS SELECT * FROM {rows.sql} "
        f"WHERE {SLOT} IN {_listed(slots)}"
    )
    return replace(rows, sql="compared")


def _counts(
    connection: DuckDBPyConnection, frame: MonitoringFrame, rows: Relation
) -> dict[int, tuple[int, int]]:
    """Rows and labelled rows by slot, those in no period among them."""
    known = "false"
    if frame.target is not None and frame.target in rows.types:
        known = rows.known(frame.target)
    found = connection.execute(
        f"SELECT {SLOT}, count(*), count(*) FILTER ({known}) FROM {rows.sql} GROUP BY 1"
    ).fetchall()
    return {int(slot): (int(many), int(labelled)) for slot, many, labelled in found}


def _baseline(
    frame: MonitoringFrame, periods: tuple[Period, ...], counts: Mapping[int, tuple[int, int]]
) -> tuple[int, ...]:
    """Slots of the earliest complete periods with rows, which serve without a reference."""
    complete = (
        at
        for at, period in enumerate(periods[:-1])
        if at in counts and period.end + frame.label_delay <= frame.as_of
    )
    return tuple(complete)[:_BASELINE]


def _plan(scan: _Scan, classes: tuple[str, ...]) -> Plan:
    frame, connection = scan.frame, scan.connection
    roles = {
        name: role
        for name, role in (
            (frame.score, "score"),
            (frame.target, "target"),
            (frame.prediction, "prediction"),
        )
        if name is not None
    }
    roles = {name: "feature" for name in frame.features if name not in roles} | roles
    names = [name for name in roles if name in scan.rows.types]
    holds = _held(scan, scan.now(), names)
    was = _held_before(scan, {name: roles[name] for name in names})
    columns = [_plan_column(scan, name, roles[name], was[name], holds[name]) for name in names]
    by_name = {plan.name: plan for plan in columns}
    score = by_name.get(frame.score or "")
    centre = 0.0
    before = None if frame.target is None else scan.before(frame.target, "target")
    if frame.task == "regression" and frame.target is not None and before is not None:
        number = before.number(frame.target)
        with one_thread(connection):
            (mean,) = connection.execute(
                f"SELECT avg(x) FROM (SELECT {number} AS x FROM {before.sql}) WHERE abs(x) < 1e150"
            ).fetchall()[0]
        centre = float(mean or 0.0)
    return Plan(
        task=frame.task,
        columns=tuple(columns),
        target=frame.target,
        prediction=frame.prediction,
        score=frame.score,
        positive=str(frame.positive or ""),
        classes=classes,
        centre=centre,
        score_cuts=() if score is None else score.fine,
    )


def _held_before(scan: _Scan, roles: Mapping[str, str]) -> dict[str, Kind]:
    """Say what columns held in what they are compared with, each table asked once."""
    asked: dict[str, tuple[Relation, list[str]]] = {}
    for name, role in roles.items():
        table = scan.before(name, role)
        if table is not None:
            asked.setdefault(table.sql, (table, []))[1].append(name)
    found: dict[str, Kind] = dict.fromkeys(roles, "none")
    for table, names in asked.values():
        found |= _held(scan, table, names)
    return found


def _plan_column(scan: _Scan, name: str, role: str, held: Kind, holds: Kind) -> ColumnPlan:
    before = scan.before(name, role)
    declared = DECLARED.get(scan.frame.types.get(name, ""), "none")
    kind = compared_as(declared, held, holds)
    if role in {"prediction", "target"} and scan.frame.task != "regression":
        kind = "level"
    if before is None:
        return ColumnPlan(name=name, role=role, kind=kind)
    return plan_column(scan.connection, before, name, role, kind)


def _held(scan: _Scan, table: Relation, names: Sequence[str]) -> dict[str, Kind]:
    """Say what columns hold, ``none`` where they have no value."""
    if not names:
        return {}
    asked = ", ".join(f"count(*) FILTER ({table.known(name)})" for name in names)
    many = scan.connection.execute(f"SELECT {asked} FROM {table.sql}").fetchall()[0]
    return {
        name: table.holds(name) if known else "none"
        for name, known in zip(names, many, strict=True)
    }


def _columns(scan: _Scan, plan: Plan) -> dict[int, Mapping[str, ColumnProfile]]:
    """Profile the columns in the reported period and in those that it is compared with."""
    asked = (scan.current, *scan.baseline)
    places = " ".join(f"WHEN {slot} THEN {at}" for at, slot in enumerate(asked))
    rows = only(scan.compared, "true", f"CASE {SLOT} {places} END")
    found = scan_columns(scan.connection, rows, plan.columns, len(asked))
    return dict(zip(asked, found, strict=True))


def _reference(scan: _Scan, plan: Plan, reference: Relation) -> Profile:
    table = Relation(
        sql=f"(SELECT 0 AS {SLOT}, * FROM {reference.sql})",
        types=reference.types,
        spelling=reference.spelling,
    )
    (columns,) = scan_columns(scan.connection, table, plan.columns, 1)
    (rows,) = scan.connection.execute(f"SELECT count(*) FROM {reference.sql}").fetchall()[0]
    outcomes = None
    if scan.can_compare(reference):
        (outcomes,) = scan_outcomes(scan.connection, table, plan, 1)
    return Profile(plan=plan.digest, rows=int(rows), columns=columns, outcomes=outcomes)


def _baseline_outcomes(scan: _Scan, plan: Plan, digest: str) -> Profile | None:
    """Rank the earliest periods together, which their own profiles cannot."""
    own = scan.reference is not None and scan.can_compare(scan.reference)
    if own or not scan.baseline or not scan.can_compare(scan.rows):
        return None
    rows = only(scan.compared, f"{SLOT} IN {_listed(scan.baseline)}", "0")
    (outcomes,) = scan_outcomes(scan.connection, rows, plan, 1)
    return Profile(plan=digest, outcomes=outcomes)


def _groups(
    scan: _Scan, plan: Plan, segments: tuple[tuple[str, ...], ...]
) -> dict[str, tuple[Group, ...]]:
    return {"×".join(names): _segment(scan, plan, names) for names in segments}


def _segment(scan: _Scan, plan: Plan, names: tuple[str, ...]) -> tuple[Group, ...]:
    """Compare each group with all rows outside it, so that both are ranked exactly."""
    now, connection = scan.now(), scan.connection
    plain = replace(now, spelling={})
    level = " || ' × ' || ".join(f"({plain.level(name)})" for name in names)
    counted = connection.execute(
        f"SELECT level, count(*) AS n FROM (SELECT {level} AS level FROM {now.sql}) "
        "GROUP BY level ORDER BY n DESC, level"
    ).fetchall()
    levels = [str(row[0]) for row in counted if row[0] is not None]
    shown, rest = levels[:MOST_GROUPS], levels[MOST_GROUPS:]
    titles = [*shown, *([f"other levels ({len(rest)})"] if rest else [])]
    places = " ".join(f"WHEN {text_of(one)} THEN {at}" for at, one in enumerate(shown))
    other, unknown = len(shown), len(titles)
    if any(row[0] is None for row in counted):
        titles.append(UNKNOWN)
    if not titles:
        return ()
    code = f"CASE WHEN {level} IS NULL THEN {unknown} ELSE {other} END"
    if shown:
        code = f"CASE {level} {places} ELSE {code} END"
    own = only(now, "true", code)
    outside = Relation(
        sql=f"(SELECT r.* REPLACE (g.at AS {SLOT}) FROM {own.sql} r, "
        f"(SELECT unnest(range({len(titles)}))::INTEGER AS at) g WHERE r.{SLOT} <> g.at)",
        types=own.types,
        spelling=own.spelling,
    )
    sides = [scan_outcomes(connection, table, plan, len(titles)) for table in (own, outside)]
    return tuple(
        Group(name=title, own=mine, others=others)
        for title, mine, others in zip(titles, *sides, strict=True)
    )
