"""`status`: what is published, and what is due, running, late, failed or skipped."""

# ruff: noqa: ARG001, D301, FBT002 - a Typer command is a function of flags, --json is read
# from the arguments so that errors know it too, and \b keeps the lines of an example.
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reportgen.cli.options import Json, Project

if TYPE_CHECKING:
    from datetime import datetime

    from reportgen.api import ProjectHandle
    from reportgen.publish import ReportStatus
    from reportgen.resolve import IgnoredVersion
    from reportgen.schedule.project import Owed

__all__ = ["status"]

_HERE = Path("reportgen.yml")


def status(
    now: Annotated[
        str | None,
        typer.Option("--now", help="Ask as of this moment, as 2013-07-08T06:00Z; else the clock."),
    ] = None,
    project: Project = _HERE,
    json: Json = False,
) -> None:
    """Say what is published, with its verdicts, and what is due, running, late, failed, skipped.

    Versions of pins that are half written are named, and why they do not count.

    \b
    Examples:
      reportgen status
      reportgen status --json
      reportgen status --now 2013-07-08T06:00Z
    """
    from reportgen import api
    from reportgen.cli.due import named, plain_plan, plain_run, print_plan, say_run
    from reportgen.cli.outcome import plain_ignored, print_ignored
    from reportgen.cli.run import read_now
    from reportgen.cli.say import note, print_json, print_rows, wants_json

    moment = read_now(now)
    handle = api.project(project)
    ignored, unread = _ignored(handle)
    owed, unasked = _owed(handle, project, moment)
    plans = {plan.report: plan for plan in owed.plan.reports} if owed else {}
    published = {row.report: row for row in handle.status()}
    names = [*handle.reports, *(name for name in published if name not in handle.reports)]
    if wants_json():
        reports = [_plain_status(name, published.get(name)) for name in names]
        for report in reports:
            plan = plans.get(report["report"])
            done = list(owed.by_hand.get(report["report"], ())) if owed else []
            report["schedule"] = {**plain_plan(plan), "made_by_hand": done} if plan else None
        newer = list(owed.newer) if owed else []
        told = {"reports": reports, "ignored": plain_ignored(ignored), "board": unread}
        runs = [plain_run(run) for run in owed.runs] if owed else []
        print_json({**told, "newer": newer, "unasked": unasked, "runs": runs})
        return
    if not names:
        note("The project has no reports. Name one under `reports:`.")
    rows = [_status_row(name, published.get(name)) for name in names]
    print_rows(("report", "editions", "newest", "as of", "verdict", ""), rows)
    for run in owed.runs if owed else ():
        note(say_run(run))
    for name in names:
        if name in plans:
            print_plan(plans[name])
        if owed and name in owed.by_hand:
            made = named(owed.by_hand[name])
            note(f"{name}: made by hand {made}; the next run only notes it")
    if owed and owed.newer:
        note(f"The board has newer versions than reportgen.lock: {', '.join(owed.newer)}")
    if unread:
        note(f"The board could not be looked through: {unread}")
    elif unasked:
        note(f"What is due could not be asked: {unasked}")
    print_ignored(ignored)


def _owed(handle: ProjectHandle, source: Path, now: datetime) -> tuple[Owed | None, str]:
    """Give what is due, or why nobody can tell: what is published is known anyway."""
    from reportgen.errors import ReportgenError
    from reportgen.schedule.project import Asked, look_ahead

    try:
        return look_ahead(Asked(project=handle.project, source=source), now), ""
    except ReportgenError as failed:
        return None, str(failed)


def _ignored(handle: ProjectHandle) -> tuple[tuple[IgnoredVersion, ...], str]:
    """Give what is ignored, or why the board cannot be read: what is published is known anyway."""
    from reportgen.errors import ReportgenError

    try:
        return handle.ignored(), ""
    except ReportgenError as failed:
        return (), str(failed)


def _plain_status(name: str, row: ReportStatus | None) -> dict[str, Any]:
    from reportgen.cli.outcome import plain_manifest

    if row is None:
        return {"report": name, "editions": 0, "newest": None}
    return {
        "report": name,
        "editions": row.editions,
        "revisions": row.revisions,
        "states": list(row.states),
        "newest": plain_manifest(row.newest),
    }


def _status_row(name: str, row: ReportStatus | None) -> tuple[str, ...]:
    if row is None:
        return (name, "0", "", "", "", "not published yet")
    newest = row.newest
    provisional = "provisional" if newest.provisional else ""
    return (name, str(row.editions), newest.edition, newest.as_of, newest.state, provisional)
