"""One period and its history, counted: what is not in the store yet is asked of the tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from reportgen.collect.ledger import Ledger
from reportgen.collect.tables.asking import Asked
from reportgen.collect.tables.counting import Counted, Slots, Wanted
from reportgen.report.period import Period
from reportgen.report.profile import (
    DECLARED,
    ColumnPlan,
    ColumnProfile,
    Group,
    Kind,
    Outcomes,
    Plan,
    Profile,
    Profiled,
    compared_as,
    digest_of,
)
from reportgen.report.profile_plain import (
    columns_from,
    columns_plain,
    outcomes_from,
    outcomes_plain,
    plan_from,
    plan_plain,
    profile_from_plain,
    profile_plain,
)

__all__ = ["profile_period"]

_BASELINE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Report:
    """What the steps share.

    Attributes
    ----------
    periods : of the report, oldest first
    counted : slot of the ledger -> its rows, of these periods
    current : slot of the reported period
    baseline : slots of the earliest complete periods
    """

    asked: Asked
    ledger: Ledger
    periods: tuple[Period, ...]
    counted: Mapping[int, Counted]
    current: int
    baseline: tuple[int, ...]

    def digests(self, slots: Iterable[int]) -> list[tuple[str, str]]:
        """Say which rows some slots hold."""
        nothing = Counted(rows=0, labelled=0, held="-", told="-")
        found = [self.counted.get(slot, nothing) for slot in slots]
        return [(one.held, one.told) for one in found]

    def ended(self, slot: int) -> bool:
        """Say whether a period had ended, so that its rows are worth keeping."""
        return self.ledger.periods[slot].end <= self.asked.frame.as_of

    def is_known(self, slots: Sequence[int]) -> bool:
        """Say whether the rows of all slots have digests."""
        return all(held and told for held, told in self.digests(slots))

    def source(self, name: str, role: str) -> str:
        """Say where the rows lie that a column is compared with; empty: nowhere."""
        names = self.asked.names
        if name in names.get("reference", ()):
            return "reference"
        own = "reference" not in names or role != "feature"
        return "data" if own and self.baseline and name in names["data"] else ""


def profile_period(asked: Asked) -> Profiled:
    """Count the rows of a period and of its history.

    Every number depends on the rows alone: on what is asked, not on what is in the store.
    """
    report = _report(asked)
    plan = _plan(report)
    columns = _columns(report, plan)
    outcomes = _outcomes(report, plan) if asked.can_compare("data") else None
    without_time, before, after = report.ledger.outside(report.periods)
    digest = plan.digest
    first = report.current + 1 - len(report.periods)
    return Profiled(
        plan=plan,
        names=asked.names["data"],
        periods={
            period.key: Profile(
                plan=digest,
                rows=one.rows,
                labelled=one.labelled,
                columns=columns.get(slot, {}),
                outcomes=None if outcomes is None else outcomes.get(slot),
            )
            for slot, period in enumerate(report.periods, first)
            for one in [report.counted.get(slot, Counted(rows=0, labelled=0))]
            if one.rows or slot == report.current
        },
        reference=_reference(report, plan) if "reference" in asked.names else None,
        baseline=_baseline_outcomes(report, plan, digest),
        groups=_groups(report, plan) if outcomes is not None else {},
        without_time=without_time,
        before=before,
        after=after,
    )


def _report(asked: Asked) -> _Report:
    frame = asked.frame
    ledger, periods = asked.ledger()
    counted = ledger.of(periods)
    current = ledger.slot(frame.period)
    complete = [
        slot
        for slot in sorted(counted)
        if slot < current and ledger.periods[slot].end + frame.label_delay <= frame.as_of
    ]
    return _Report(
        asked=asked,
        ledger=ledger,
        periods=periods,
        counted=counted,
        current=current,
        baseline=tuple(complete[:_BASELINE]),
    )


def _plan(report: _Report) -> Plan:
    asked = report.asked
    frame = asked.frame
    held = {name for names in asked.names.values() for name in names}
    roles = {name: role for name, role in asked.roles.items() if name in held}
    sources = {name: report.source(name, role) for name, role in roles.items()}
    kinds = _kinds(report, roles, sources)
    plans: dict[str, ColumnPlan] = {}
    for source in ("reference", "data", ""):
        wanted = [
            Wanted(name=name, role=roles[name], kind=kinds[name])
            for name in roles
            if sources[name] == source
        ]
        plans |= {plan.name: plan for plan in _planned(report, wanted, source)}
    score = plans.get(frame.score or "")
    return Plan(
        task=frame.task,
        columns=tuple(plans[name] for name in roles),
        target=frame.target,
        prediction=frame.prediction,
        score=frame.score,
        positive=str(frame.positive or ""),
        classes=asked.classes,
        centre=_centre(report, sources.get(frame.target or "", "")),
        score_cuts=() if score is None else score.fine,
    )


def _kinds(
    report: _Report, roles: Mapping[str, str], sources: Mapping[str, str]
) -> dict[str, Kind]:
    """Say how each column is compared: by what it should hold, held before and holds now."""
    asked = report.asked
    held: dict[str, Kind] = dict.fromkeys(roles, "none")
    for source in ("reference", "data"):
        names = [name for name in roles if sources[name] == source]
        known = _values(report, source, names, report.baseline)
        held |= {name: asked.held(source, name) for name in names if known[name]}
    declared = {name: DECLARED.get(asked.frame.types.get(name, ""), "none") for name in roles}
    unsaid = [name for name in roles if held[name] == declared[name] == "none"]
    there = [name for name in unsaid if name in asked.names["data"]]
    now = _values(report, "data", there, (report.current,))
    found: dict[str, Kind] = {}
    for name, role in roles.items():
        holds = asked.held("data", name) if now.get(name) else "none"
        found[name] = compared_as(declared[name], held[name], holds)
        if role in {"prediction", "target"} and asked.frame.task != "regression":
            found[name] = "level"
    return found


def _values(
    report: _Report, source: str, names: Sequence[str], slots: Sequence[int]
) -> Mapping[str, int]:
    """Count the rows with a value: of the reference, or of some periods of the data."""
    if not names:
        return {}
    asked = report.asked
    key = {"of": _rows_of(report, source, slots), "columns": asked.typed(source, names)}
    found = asked.read("values", key)
    if found is None:
        group = (0,) if source == "reference" else tuple(slots)
        found = dict(_slots(report, source).values(names, group))
        asked.write("values", key, found)
    return {name: int(found[name]) for name in names}


def _rows_of(report: _Report, source: str, slots: Sequence[int]) -> object:
    """Name the rows that are asked: the key is empty where nothing names them."""
    if source == "reference":
        return report.asked.contents.get("reference", "")
    return report.digests(slots) if report.is_known(slots) else ""


def _slots(report: _Report, source: str) -> Slots:
    if source == "reference":
        return report.asked.reference()
    return report.asked.data(report.ledger.periods)


def _planned(report: _Report, wanted: Sequence[Wanted], source: str) -> tuple[ColumnPlan, ...]:
    if not source or not wanted:
        return tuple(ColumnPlan(name=one.name, role=one.role, kind=one.kind) for one in wanted)
    asked = report.asked
    key = {
        "of": _rows_of(report, source, report.baseline),
        "wanted": [(one.name, one.role, one.kind) for one in wanted],
        "types": asked.typed(source, [one.name for one in wanted]),
        "spelling": asked.spelling(source),
    }
    found = asked.read("plan", key)
    if found is not None:
        return tuple(plan_from(plain) for plain in found)
    group = (0,) if source == "reference" else report.baseline
    plans = _slots(report, source).plan(wanted, group)
    asked.write("plan", key, [plan_plain(plan) for plan in plans])
    return plans


def _centre(report: _Report, source: str) -> float:
    asked = report.asked
    target = asked.frame.target
    if asked.frame.task != "regression" or target is None or not source:
        return 0.0
    key = {"of": _rows_of(report, source, report.baseline), "mean": asked.typed(source, [target])}
    found = asked.read("mean", key)
    if found is None:
        group = (0,) if source == "reference" else report.baseline
        found = _slots(report, source).mean(target, group)
        asked.write("mean", key, found)
    return float(found)


def _columns(report: _Report, plan: Plan) -> dict[int, dict[str, ColumnProfile]]:
    """Profile the columns in the reported period, and in those that they are compared with."""
    features = tuple(one for one in plan.columns if one.role == "feature")
    own = tuple(one for one in plan.columns if one.role != "feature")
    found: dict[int, dict[str, ColumnProfile]] = {}
    for side, plans in enumerate((features, own)):
        compared = tuple(one for one in plans if report.source(one.name, one.role) == "data")
        for slots, some in (((report.current,), plans), (report.baseline, compared)):
            for slot, profiles in _profiles(report, side, some, slots).items():
                found.setdefault(slot, {}).update(profiles)
    return found


def _profiles(
    report: _Report, side: int, plans: tuple[ColumnPlan, ...], slots: Sequence[int]
) -> dict[int, dict[str, ColumnProfile]]:
    """Profile features (side 0), or labels and predictions (side 1), in some periods."""
    asked = report.asked
    if not plans or not slots:
        return {}
    planned = digest_of(plans)
    keys = {
        slot: {
            "of": report.digests([slot])[0][side],
            "plans": planned,
            "spelling": asked.spelling("data") if side else "",
        }
        for slot in slots
    }
    stored = {slot: asked.read("columns", key) for slot, key in keys.items()}
    found = {slot: columns_from(plain) for slot, plain in stored.items() if plain is not None}
    missing = [slot for slot in slots if slot not in found]
    if missing:
        counted = _slots(report, "data").columns(plans, [(slot,) for slot in missing])
        for slot, profiles in zip(missing, counted, strict=True):
            found[slot] = dict(profiles)
            plain = columns_plain(profiles)
            asked.write("columns", keys[slot], plain, lasting=report.ended(slot))
    return found


def _outcomes(report: _Report, plan: Plan) -> dict[int, Outcomes]:
    """Hold predictions against what came true in every period; the store has them in one pack."""
    asked = report.asked
    key = {"of": "periods", "plan": _outcome_plan(plan), "spelling": asked.spelling("data")}
    pack = dict(asked.read("outcomes", key) or {})
    slots = [slot for slot in report.counted if slot >= 0]
    marks = {slot: report.counted[slot].told for slot in slots}
    missing = [slot for slot in slots if marks[slot] not in pack]
    found = {slot: outcomes_from(pack[marks[slot]]) for slot in slots if marks[slot] in pack}
    if missing:
        counted = _slots(report, "data").outcomes(plan, [(slot,) for slot in missing])
        found |= dict(zip(missing, counted, strict=True))
        fresh = {
            marks[slot]: outcomes_plain(found[slot])
            for slot in missing
            if marks[slot] and report.ended(slot)
        }
        if fresh:
            asked.write("outcomes", key, _newest(pack | fresh, marks.values()))
    return found


_MOST_KEPT = 5_000
"""Periods whose outcomes one file holds; those of other versions of the data go first."""


def _newest(pack: dict[str, object], needed: Iterable[str]) -> dict[str, object]:
    if len(pack) <= _MOST_KEPT:
        return pack
    keep = set(needed)
    return {mark: plain for mark, plain in pack.items() if mark in keep}


def _outcome_plan(plan: Plan) -> str:
    """Name what outcomes depend on."""
    return digest_of((replace(plan, columns=()),))


def _reference(report: _Report, plan: Plan) -> Profile:
    asked = report.asked
    names = asked.names["reference"]
    plans = tuple(one for one in plan.columns if one.name in names)
    content = asked.contents.get("reference", "")
    compares = asked.can_compare("reference")
    key = {
        "of": content,
        "plans": digest_of((*plans, replace(plan, columns=()))),
        "spelling": asked.spelling("reference"),
        "outcomes": compares,
    }
    found = asked.read("reference", key)
    if found is not None:
        return replace(profile_from_plain(found), plan=plan.digest)
    slots = asked.reference()
    (columns,) = slots.columns(plans, [(0,)])
    outcomes = slots.outcomes(plan, [(0,)])[0] if compares else None
    rows = slots.count(None, (), ())
    profile = Profile(
        plan=plan.digest,
        rows=rows[0].rows if 0 in rows else 0,
        columns=columns,
        outcomes=outcomes,
    )
    asked.write("reference", key, profile_plain(profile))
    return profile


def _baseline_outcomes(report: _Report, plan: Plan, digest: str) -> Profile | None:
    """Rank the earliest periods together, which their own profiles cannot."""
    asked = report.asked
    own = "reference" in asked.names and asked.can_compare("reference")
    if own or not report.baseline or not asked.can_compare("data"):
        return None
    key = {
        "of": _rows_of(report, "data", report.baseline),
        "plan": _outcome_plan(plan),
        "spelling": asked.spelling("data"),
    }
    found = asked.read("together", key)
    if found is not None:
        return Profile(plan=digest, outcomes=outcomes_from(found))
    (outcomes,) = _slots(report, "data").outcomes(plan, [report.baseline])
    asked.write("together", key, outcomes_plain(outcomes))
    return Profile(plan=digest, outcomes=outcomes)


def _groups(report: _Report, plan: Plan) -> dict[str, tuple[Group, ...]]:
    return {"×".join(names): _segment(report, plan, names) for names in report.asked.segments}


def _segment(report: _Report, plan: Plan, names: tuple[str, ...]) -> tuple[Group, ...]:
    asked, current = report.asked, report.current
    if current not in report.counted:
        return ()
    key = {
        "of": _rows_of(report, "data", (current,)),
        "by": list(names),
        "plan": _outcome_plan(plan),
        "spelling": asked.spelling("data"),
    }
    found = asked.read("groups", key)
    if found is None:
        groups = _slots(report, "data").segment(plan, names, current)
        plain = [[g.name, outcomes_plain(g.own), outcomes_plain(g.others)] for g in groups]
        asked.write("groups", key, plain, lasting=report.ended(current))
        return groups
    return tuple(
        Group(name=name, own=outcomes_from(own), others=outcomes_from(others))
        for name, own, others in found
    )
