"""`run` and `backfill`: what the schedule owes, made."""

# ruff: noqa: ARG001, D301, FBT002 - a Typer command is a function of flags, --json is read
# from the arguments so that errors know it too, and \b keeps the lines of an example.
from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer

from reportgen.cli.options import Json, Project
from reportgen.errors import UserError

if TYPE_CHECKING:
    from datetime import datetime

    from reportgen.schedule.crew import Crew
    from reportgen.schedule.project import Asked

__all__ = ["Cluster", "Jobs", "backfill", "hired", "read_now", "run"]

_HERE = Path("reportgen.yml")
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        min=1,
        help="Editions made at the same time: one if left out, and all that a cluster can.",
    ),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        "--cluster", help="Make them on the workers of a dask cluster, as tcp://host:8786."
    ),
]


def run(
    reports: Annotated[
        list[str] | None,
        typer.Argument(metavar="[REPORT]...", help="Reports; all if left out."),
    ] = None,
    due: Annotated[
        bool, typer.Option("--due", help="Make what is due: it must be said, nothing else is run.")
    ] = False,
    now: Annotated[
        str | None,
        typer.Option("--now", help="Ask as of this moment, as 2013-07-08T06:00Z; else the clock."),
    ] = None,
    jobs: Jobs = None,
    cluster: Cluster = None,
    locked: Annotated[
        bool,
        typer.Option("--locked", help="Use the versions of reportgen.lock, and none newer."),
    ] = False,
    fail_on: Annotated[
        str | None,
        typer.Option("--fail-on", help="Exit with 1 when a verdict is: alert, or watch."),
    ] = None,
    project: Project = _HERE,
    json: Json = False,
) -> None:
    """Make what is due: periods that have ended, cards of new versions, late labels.

    Safe to call at any time, from cron, CI or by hand, twice at once, and again after it was
    killed: each edition is made once. Takes the newest versions on the board, as
    `reportgen lock --update` does, unless --locked.

    \b
    Examples:
      reportgen run --due
      reportgen run --due late-flights-weekly --jobs 2 --fail-on alert
      reportgen run --due --now 2013-07-08T06:00Z --json
      reportgen run --due --cluster tcp://host:8786
    """
    from reportgen.cli.due import leave_with, print_ran, said_while_running
    from reportgen.cli.outcome import check_fail_on
    from reportgen.cli.say import working

    if not due:
        raise UserError("`reportgen run` makes what is due: say `reportgen run --due`.")
    check_fail_on(fail_on)
    moment = read_now(now)
    asked = _asked(project, locked=locked)
    from reportgen.schedule.project import run_due
    from reportgen.schedule.service import stopped_by_signals

    crew, stop = hired(jobs, cluster), Event()
    try:
        with working("Asking what is due ..."), stopped_by_signals(stop):
            ran = run_due(
                asked,
                moment,
                crew,
                reports=reports or None,
                said=said_while_running,
                stopping=stop.is_set,
            )
    finally:
        crew.close()
    print_ran(ran)
    leave_with(ran, fail_on)


def backfill(
    report: Annotated[str, typer.Argument(metavar="REPORT", help="A monitoring report.")],
    first: Annotated[str, typer.Option("--from", help="First period, as 2013-W27.")],
    last: Annotated[str, typer.Option("--to", help="Last period, as 2013-W30.")],
    jobs: Jobs = None,
    cluster: Cluster = None,
    locked: Annotated[
        bool,
        typer.Option("--locked", help="Use the versions of reportgen.lock, and none newer."),
    ] = False,
    force: Annotated[
        bool,
        typer.Option("--force", help="Also those that are published, and compare the bytes."),
    ] = False,
    project: Project = _HERE,
    json: Json = False,
) -> None:
    """Make the periods from one to another that are not published, skipped ones too.

    \b
    Examples:
      reportgen backfill late-flights-weekly --from 2013-W18 --to 2013-W21
      reportgen backfill late-flights-weekly --from 2013-W18 --to 2013-W30 --jobs 2
    """
    from reportgen.cli.due import leave_with, print_ran, said_while_running
    from reportgen.cli.say import working

    moment = read_now(None)
    asked = _asked(project, locked=locked)
    from reportgen.schedule.project import backfill as make
    from reportgen.schedule.service import stopped_by_signals

    crew, stop = hired(jobs, cluster), Event()
    try:
        with working(f"Making {report} from {first} to {last} ..."), stopped_by_signals(stop):
            ran = make(
                asked,
                moment,
                crew,
                report,
                first,
                last,
                force=force,
                said=said_while_running,
                stopping=stop.is_set,
            )
    finally:
        crew.close()
    print_ran(ran)
    leave_with(ran, None)


def hired(jobs: int | None, cluster: str | None) -> Crew:
    """Give who does the work: processes of this machine, or the workers of a cluster.

    Parameters
    ----------
    jobs : editions made at the same time; None: one, and on a cluster as many as it can
    """
    if cluster is None:
        from reportgen.schedule.crew import Workers

        return Workers(jobs or 1)
    from reportgen.api.runs import WARM
    from reportgen.schedule.cluster_crew import ClusterWorkers

    return ClusterWorkers(cluster, most=jobs, imports=("reportgen.schedule.worker", *WARM))


def read_now(given: str | None) -> datetime:
    """Read ``--now``; without it, ask the clock.

    Raises
    ------
    UserError
        It is no moment, or has no offset: nobody could tell which moment is meant.
    """
    from datetime import UTC, datetime

    if given is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(given.replace("Z", "+00:00"))
    except ValueError as error:
        raise UserError(f"--now {given!r} is no moment. Write it as 2013-07-08T06:00Z.") from error
    if moment.tzinfo is None:
        raise UserError(f"--now {given} has no offset from UTC. Write {given}Z, or {given}+02:00.")
    return moment.astimezone(UTC)


def _asked(project: Path, *, locked: bool) -> Asked:
    from reportgen.project_file import load_project
    from reportgen.schedule.project import Asked

    return Asked(project=load_project(project), source=project, locked=locked)
