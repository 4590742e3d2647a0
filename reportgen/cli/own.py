"""`render` and `lock`: the commands of a project of one's own."""

# ruff: noqa: ARG001, D301, FBT002 - a Typer command is a function of flags, --json is read
# from the arguments so that errors know it too, and \b keeps the lines of an example.
from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reportgen.cli.options import Engine, Json, Project
from reportgen.errors import UserError

__all__ = ["lock", "render"]

_HERE = Path("reportgen.yml")


def render(
    reports: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[REPORT]...",
            help="Reports, all if left out; or documents of your own, .qmd or .ipynb.",
        ),
    ] = None,
    period: Annotated[
        str | None,
        typer.Option(
            "--period", help="One period, as 2013-W27; all that are not there if left out."
        ),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option("--to", help="Formats, as html,pdf; the report's own if left out."),
    ] = None,
    engine: Engine = "auto",
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=1, help="Reports made at the same time.")
    ] = 1,
    cluster: Annotated[
        str | None,
        typer.Option(
            "--cluster",
            help="Make them on the workers of a dask cluster, as tcp://host:8786.",
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Make again what has not changed, and compare the bytes."),
    ] = False,
    parameter: Annotated[
        list[str] | None,
        typer.Option("-P", "--parameter", help="name=value for the template. Repeatable."),
    ] = None,
    fail_on: Annotated[
        str | None,
        typer.Option("--fail-on", help="Exit with 1 when a verdict is: alert, or watch."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", help="For a document: a file or folder; beside it if left out."
        ),
    ] = None,
    project: Project = _HERE,
    json: Json = False,
) -> None:
    """Make the project's reports, or any document of your own.

    What has not changed since it was published is left alone, and said to be so. A document, .qmd
    or .ipynb, needs no project: it is executed and written beside itself.

    \b
    Examples:
      reportgen render
      reportgen render late-flights-weekly --period 2013-W27
      reportgen render --to html --jobs 2 --fail-on alert
      reportgen render my-report -P region=north -P limit=0.5
      reportgen render analysis.qmd --to html,pdf -P region=north
    """
    from reportgen.cli.document import render_documents, split_documents
    from reportgen.cli.options import engines, read_choice, read_formats, read_parameters
    from reportgen.cli.outcome import check_fail_on, leave_when_differing, print_editions
    from reportgen.cli.outcome import fail_on as leave_on
    from reportgen.cli.say import working

    check_fail_on(fail_on)
    read_choice("--engine", engine, engines())
    formats = read_formats(to)
    documents, reports = split_documents(reports or [])
    if documents:
        render_documents(
            documents,
            formats=formats,
            engine=engine,
            parameters=parameter or (),
            output=output,
            project=None if project == _HERE else project,
            refused=(
                ("--cluster", cluster is not None),
                ("--period", period is not None),
                ("--fail-on", fail_on is not None),
            ),
        )
        return
    if output is not None:
        raise UserError("-o is for a document of your own; reports go to the project's `site:`.")
    parameters = read_parameters(parameter or ())
    from reportgen import api

    handle = api.project(project)
    names = _known(reports, list(handle.reports))
    with working(f"Making {_spoken(names)} ...") as say:
        manifests = handle.render(
            names,
            period=period,
            formats=formats,
            engine=engine,
            force=force,
            jobs=jobs,
            cluster=cluster,
            parameters=parameters,
            told=lambda progress: say(f"Making {_spoken(names)}: {progress}"),
        )
    print_editions(manifests)
    leave_when_differing(manifests)
    leave_on(fail_on, [manifest.state for manifest in manifests])


def _known(given: list[str], known: list[str]) -> list[str]:
    """Refuse unknown reports before the first one is made."""
    from reportgen.errors import NotFoundError, near_miss

    wrong = [
        f"No report {name!r}. {near_miss(name, known)}" for name in given if name not in known
    ]
    if wrong:
        raise NotFoundError("\n".join(wrong))
    if not known:
        raise NotFoundError("The project has no reports. Name one under `reports:`.")
    return given or known


def _spoken(names: list[str]) -> str:
    """Name a few reports, and count many."""
    return ", ".join(names) if len(names) <= 4 else f"{len(names)} reports"


def lock(
    update: Annotated[
        bool, typer.Option("--update", help="Take the newest versions; else what is locked stays.")
    ] = False,
    project: Project = _HERE,
    json: Json = False,
) -> None:
    """Write down the exact version and SHA-256 of every pin the project uses.

    A render then uses exactly these, and refuses a pin whose bytes have changed. Versions that
    are half written are named, and why they do not count.

    \b
    Examples:
      reportgen lock
      reportgen lock --update
    """
    from reportgen import api
    from reportgen.cli.outcome import plain_ignored, print_ignored
    from reportgen.cli.say import print_json, print_rows, wants_json, working

    handle = api.project(project)
    with working("Reading the board ..."):
        locked = handle.lock(update=update)
        ignored = handle.ignored()
    rows = [(name, pin.version, pin.sha256) for name, pin in sorted(locked.pins.items())]
    if wants_json():
        pins = [dict(zip(("pin", "version", "sha256"), row, strict=True)) for row in rows]
        print_json({"pins": pins, "ignored": plain_ignored(ignored)})
        return
    print_rows(("pin", "version", "sha256"), [(n, v, s[:12]) for n, v, s in rows])
    print_ignored(ignored)
