"""What is said of editions that are due, running, late, failed or skipped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from reportgen.cli.outcome import fail_on, shown
from reportgen.cli.say import note, print_json, print_verdict, wants_json

if TYPE_CHECKING:
    from reportgen.report.run_spec import FailureKind
    from reportgen.schedule.entry import Entry
    from reportgen.schedule.planning import ReportPlan
    from reportgen.schedule.progress import Underway
    from reportgen.schedule.project import Ran
    from reportgen.schedule.running import Done

__all__ = [
    "exit_code",
    "leave_with",
    "named",
    "plain_plan",
    "plain_ran",
    "plain_run",
    "print_plan",
    "print_ran",
    "said_while_running",
    "say_run",
]

_CODES = {"yours": 2, "refused": 2, "tool": 3, "once": 3, "poison": 3, "again": 4}
_MOST_NAMED = 6


def said_while_running(done: Done) -> None:
    """Say of one edition that it is made, or why not, as soon as it is known."""
    if wants_json():
        return
    result = done.result
    name = f"{result.report} {result.edition}"
    if result.outcome == "failed":
        note(f"{name}: {_failure(result.kind)}: {result.error}")
    elif result.outcome == "published":
        revision = f" r{result.revision}" if result.revision > 1 else ""
        print_verdict(result.state, result.sentence, before=f"{name}{revision}")
        if result.folder:
            typer.echo(f"  {shown(Path(result.folder))}")


def _failure(kind: FailureKind) -> str:
    return {
        "again": "not now, will be tried again",
        "refused": "refused, yours to mend, will be tried again",
        "lost": "taken over by another process",
        "poison": "set aside",
    }.get(kind, "failed")


def print_ran(ran: Ran) -> None:
    """Sum up what was due and what came of it."""
    if wants_json():
        print_json(plain_ran(ran))
        return
    results = [done.result for done in ran.tally.done]
    same = sum(result.outcome == "unchanged" for result in results)
    if same:
        things = "edition is" if same == 1 else "editions are"
        note(f"{same} {things} as published: nothing that goes into them has changed.")
    for moved in ran.moved:
        note(f"newer on the board, and in reportgen.lock now: {moved}")
    _print_skipped(ran.tally.skipped)
    for unit in ran.tally.elsewhere:
        note(f"{unit.run.report} {unit.run.edition}: another process is at it")
    for unit in ran.tally.left:
        note(f"{unit.run.report} {unit.run.edition}: left for the next run")
    if ran.unlisted is not None:
        note(f"The pages that list editions are older than these: {ran.unlisted}")
    for plan in ran.plan.reports:
        print_plan(plan, due=False)
    if not results and not ran.tally.elsewhere and not ran.tally.left:
        note("Nothing is due.")


def _print_skipped(skipped: Sequence[tuple[str, str, str]]) -> None:
    grouped: dict[tuple[str, str], list[str]] = {}
    for report, period, reason in skipped:
        grouped.setdefault((report, reason), []).append(period)
    for (report, reason), periods in grouped.items():
        note(f"{report}: skipped {named(periods)}: {reason}")


def named(keys: Sequence[str]) -> str:
    """Name editions, or the first and the last of many."""
    if len(keys) <= _MOST_NAMED:
        return ", ".join(keys)
    return f"{keys[0]} to {keys[-1]} ({len(keys)})"


def print_plan(plan: ReportPlan, *, due: bool = True) -> None:
    """Say what one report owes, a line for each thing worth saying."""
    for line in _lines(plan, due=due):
        note(f"{plan.report}: {line}")


def _lines(plan: ReportPlan, *, due: bool) -> list[str]:
    answer, lines = plan.answer, []
    if due and answer.due:
        lines.append(f"due {named([f'{d.edition} ({d.why})' for d in answer.due])}")
    if due and answer.skip:
        lines.append(f"to be skipped {named([period.key for period, _ in answer.skip])}")
    if answer.running and due:
        lines.append(f"running {named([entry.edition for entry in answer.running])}")
    if answer.late_from is not None:
        since = answer.late_from.key
        many = "1 period" if answer.late == 1 else f"{answer.late} periods"
        lines.append(f"late: {many} from {since} on, whose data are not there")
    lines += [f"{e.edition} will be tried again after {_time(e.retry_at)}" for e in answer.waiting]
    lines += [f"{e.edition} failed: {_first_line(e.reason)}" for e in answer.failed]
    if plan.problem is not None:
        lines.append(f"cannot be asked: {_first_line(str(plan.problem))}")
    if answer.before:
        lines.append(f"{answer.before} periods are older than any history that is made")
    if due:
        skipped = [entry.edition for entry in _of_state(plan, "skipped")]
        if skipped:
            lines.append(f"skipped {named(sorted(skipped))}")
        lines += _next(plan)
    return lines


def _next(plan: ReportPlan) -> list[str]:
    if plan.next_due is None and plan.next_wake is None:
        return []
    parts = [f"next period due {_time(plan.next_due)}"] if plan.next_due else []
    parts += [f"next look {_time(plan.next_wake)}"] if plan.next_wake else []
    return [", ".join(parts)]


def _of_state(plan: ReportPlan, state: str) -> list[Entry]:
    return [entry for entry in plan.entries.values() if entry.state == state]


def _first_line(text: str) -> str:
    return text.partition("\n")[0]


def _time(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC") if moment else "never"


def say_run(run: Underway) -> str:
    """Say how far a run of this or another process has come."""
    from reportgen.fleet.progress import say_seconds
    from reportgen.schedule.ledger import wall_clock

    now = wall_clock()
    said, left = str(run.progress(now)), run.seconds_left(now)
    if not run.done and left is not None:
        said += f", about {say_seconds(left)} left"
    host, _, process = run.owner.rpartition(":")[0].rpartition(":")
    return f"Under way since {_time(run.since)}: {said} (process {process} on {host})."


def plain_run(run: Underway) -> dict[str, Any]:
    """Give a machine how far a run has come."""
    from reportgen.schedule.ledger import wall_clock

    left = run.seconds_left(wall_clock())
    return {
        "owner": run.owner,
        "since": _iso(run.since),
        "heard_of": _iso(run.alive),
        "done": run.done,
        "total": run.total,
        "failed": run.failed,
        "seconds_left": None if left is None else round(left, 1),
    }


def plain_ran(ran: Ran) -> dict[str, Any]:
    """Give a machine what was due and what came of it."""
    from dataclasses import asdict

    return {
        "now": _iso(ran.plan.now),
        "editions": [{**asdict(done.result), "why": done.unit.due.why} for done in ran.tally.done],
        "skipped": [
            {"report": report, "edition": edition, "reason": reason}
            for report, edition, reason in ran.tally.skipped
        ],
        "elsewhere": [_plain_unit(unit.run) for unit in ran.tally.elsewhere],
        "left": [_plain_unit(unit.run) for unit in ran.tally.left],
        "moved": list(ran.moved),
        "unlisted": None if ran.unlisted is None else str(ran.unlisted),
        "reports": [{"report": plan.report, **plain_plan(plan)} for plan in ran.plan.reports],
        "exit_code": exit_code(ran),
    }


def _plain_unit(run: Any) -> dict[str, str]:
    return {"report": run.report, "edition": run.edition}


def plain_plan(plan: ReportPlan) -> dict[str, Any]:
    """Give a machine what one report owes."""
    answer = plan.answer
    return {
        "due": [{"edition": due.edition, "why": due.why} for due in answer.due],
        "running": [_plain_entry(entry) for entry in answer.running],
        "waiting": [_plain_entry(entry) for entry in answer.waiting],
        "failed": [_plain_entry(entry) for entry in answer.failed],
        "skipped": [_plain_entry(entry) for entry in _of_state(plan, "skipped")],
        "late": {
            "periods": answer.late,
            "from": answer.late_from.key if answer.late_from else None,
        },
        "problem": str(plan.problem) if plan.problem else None,
        "next_due": _iso(plan.next_due),
        "next_look": _iso(plan.next_wake),
    }


def _plain_entry(entry: Entry) -> dict[str, Any]:
    return {
        "edition": entry.edition,
        "reason": entry.reason,
        "kind": entry.kind,
        "tries": entry.tries,
        "owner": entry.owner,
        "since": _iso(entry.updated),
        "retry_at": _iso(entry.retry_at),
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def exit_code(ran: Ran) -> int:
    """Give the gravest code: 2 yours to fix, 3 a tool failed, 4 ask again later, 0 all is done.

    What failed in an earlier run and waits for a change still counts, and so do late data.
    """
    kinds: list[str] = list(ran.tally.failures)
    for plan in ran.plan.reports:
        kinds += [entry.kind for entry in plan.answer.failed]
        waiting = plan.answer.waiting
        kinds += ["refused" if entry.kind == "refused" else "again" for entry in waiting]
        kinds += ["again"] if plan.answer.late else []
        if plan.problem is not None:
            kinds.append({2: "yours", 4: "again"}.get(plan.problem.exit_code, "tool"))
    if ran.tally.left:
        kinds.append("again")
    if ran.unlisted is not None:
        kinds.append({2: "refused", 4: "again"}.get(ran.unlisted.exit_code, "tool"))
    codes = {_CODES[kind] for kind in kinds if kind in _CODES}
    return min(codes, default=0)


def leave_with(ran: Ran, given: str | None) -> None:
    """Leave with the code of what went wrong, else with 1 when a verdict is as grave as asked."""
    code = exit_code(ran)
    if code:
        raise typer.Exit(code)
    fail_on(given, [done.result.state for done in ran.tally.done])
