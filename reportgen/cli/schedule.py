"""`schedule`: stays up and makes what is due, or says how another scheduler does it."""

# ruff: noqa: ARG001, D301, FBT002 - a Typer command is a function of flags, --json is read
# from the arguments so that errors know it too, and \b keeps the lines of an example.
from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reportgen.cli.options import Json, Project
from reportgen.cli.run import Cluster, Jobs

if TYPE_CHECKING:
    from datetime import timedelta

    from reportgen.schedule.crew import Crew
    from reportgen.schedule.service import Looked

__all__ = ["schedule"]

_HERE = Path("reportgen.yml")
_ON_THIS_HOST = ("cron", "systemd", "airflow", "dagster", "prefect")


def schedule(
    outside: Annotated[
        str | None,
        typer.Option(
            "--as",
            help="Print a recipe for another scheduler instead: cron, systemd, github, gitlab, "
            "airflow, dagster, prefect, kubernetes or connect.",
        ),
    ] = None,
    jobs: Jobs = None,
    cluster: Cluster = None,
    every: Annotated[
        str,
        typer.Option("--every", help="How often reports without a cron line are looked at."),
    ] = "15m",
    drain: Annotated[
        str,
        typer.Option("--drain", help="How long what is running may still take when told to stop."),
    ] = "5m",
    locked: Annotated[
        bool,
        typer.Option("--locked", help="Use the versions of reportgen.lock, and none newer."),
    ] = False,
    health_file: Annotated[
        Path | None,
        typer.Option(
            "--health-file",
            help="Where it says that it lives; .reportgen/health.json if left out.",
        ),
    ] = None,
    health_port: Annotated[
        int | None,
        typer.Option("--health-port", help="Answer GET /health on this port of 127.0.0.1."),
    ] = None,
    project: Project = _HERE,
    json: Json = False,
) -> None:
    """Stay up and make what is due, each report when its cron line comes.

    Ends on SIGTERM or Ctrl-C, when what is running is done. What was missed while it was down is
    made at its first look. With --as, a recipe for another scheduler is printed instead.

    \b
    Examples:
      reportgen schedule --jobs 2
      reportgen schedule --health-port 8081
      reportgen schedule --as systemd
    """
    if outside is not None:
        _print_recipe(outside, project)
        return
    from functools import partial

    from reportgen.cli.run import hired

    hire = partial(hired, jobs, cluster)
    _stay_up(project, hire, _read(every, "--every"), _read(drain, "--drain"), locked, health_file,
             health_port)  # fmt: skip


def _read(given: str, option: str) -> timedelta:
    from reportgen.errors import UserError
    from reportgen.project_file.words import read_duration

    try:
        found = read_duration(given)
    except ValueError as error:
        raise UserError(f"{option}: {error}") from error
    if not found:
        raise UserError(f"{option} must be longer than nothing.")
    return found


def _print_recipe(name: str, project: Path) -> None:
    from reportgen.cli.options import read_choice
    from reportgen.cli.say import print_json, wants_json
    from reportgen.project_file import load_project
    from reportgen.schedule.recipes import RECIPES, recipe

    read_choice("--as", name, RECIPES)
    source = str(project.resolve() if name in _ON_THIS_HOST else project)
    text = recipe(name, load_project(project), source)
    if wants_json():
        print_json({"as": name, "recipe": text})
        return
    typer.echo(text, nl=False)


def _stay_up(
    source: Path,
    hire: Callable[[], Crew],
    every: timedelta,
    drain: timedelta,
    locked: bool,  # noqa: FBT001
    health_file: Path | None,
    health_port: int | None,
) -> None:
    from reportgen.cli.say import note
    from reportgen.project_file import load_project
    from reportgen.schedule.health import answering
    from reportgen.schedule.ledger import wall_clock
    from reportgen.schedule.service import Beat, Service, stopped_by_signals

    first = load_project(source)
    beat = Beat(file=health_file or first.folder / ".reportgen" / "health.json")

    def look(names: tuple[str, ...], stopping: Callable[[], bool]) -> Looked:
        return _look(source, names, stopping, hire=hire, drain=drain, locked=locked)

    service = Service(
        lambda: load_project(source), look, every=every, beat=beat, clock=wall_clock, say=note
    )
    with ExitStack() as stack:
        stack.enter_context(stopped_by_signals(service.stop))
        if health_port is not None:
            port = stack.enter_context(answering(health_port, beat, wall_clock))
            note(f"Health: http://127.0.0.1:{port}/health")
        note(f"Looking after {len(first.reports)} reports. Ctrl-C stops when all is done.")
        service.run()
    note("Stopped.")


def _look(
    source: Path,
    names: tuple[str, ...],
    stopping: Callable[[], bool],
    *,
    hire: Callable[[], Crew],
    drain: timedelta,
    locked: bool,
) -> Looked:
    from reportgen.cli.due import exit_code, print_ran, said_while_running
    from reportgen.project_file import load_project
    from reportgen.schedule.ledger import wall_clock
    from reportgen.schedule.project import Asked, retries, run_due
    from reportgen.schedule.service import Looked

    asked = Asked(project=load_project(source), source=source, locked=locked)
    crew = hire()
    try:
        ran = run_due(
            asked,
            wall_clock(),
            crew,
            reports=names,
            said=said_while_running,
            stopping=stopping,
            drain=drain,
        )
    finally:
        crew.close()
    if ran.tally.done or ran.tally.skipped:
        print_ran(ran)
    done = [each.result for each in ran.tally.done]
    return Looked(
        exit_code=exit_code(ran),
        published=sum(result.outcome == "published" for result in done),
        failed=sum(result.outcome == "failed" for result in done),
        retry_at=retries(asked, names),
    )
