"""`demo` and `init`: how a person starts."""

# ruff: noqa: ARG001, D301, FBT002 - a Typer command is a function of flags, --json is read
# from the arguments so that errors know it too, and \b keeps the lines of an example.
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reportgen.cli.options import Json

if TYPE_CHECKING:
    from reportgen.project_file import FoundPin

__all__ = ["demo", "init"]


def demo(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="Where to build it; must be new or empty.")
    ] = Path("demo"),
    json: Json = False,
) -> None:
    """Build a real project and render its reports.

    All 336,776 flights that left New York City in 2013, a model of which will be late in two
    versions, and the rest of the year scored week by week.

    \b
    Examples:
      reportgen demo
      reportgen demo /tmp/flights
    """
    from reportgen import api
    from reportgen.cli.outcome import print_editions, shown
    from reportgen.cli.say import note, wants_json, working

    with working(f"Building the demonstration in {folder} ..."):
        manifests = api.demo(folder)
    print_editions(manifests)
    if not wants_json():
        note(f"Open {shown((folder / 'site' / 'index.html').resolve())}")


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="The project's folder.")
    ] = Path(),
    board: Annotated[
        str,
        typer.Option(
            "--board", "-b", help="Where the pins live: a folder, s3://bucket/prefix, ..."
        ),
    ] = "board",
    name: Annotated[
        str, typer.Option("--name", help="Name of the project; the folder's if left out.")
    ] = "",
    profile: Annotated[
        str,
        typer.Option(
            "--profile",
            help="Which sections a complete card has: mitchell, annex-iv, nist, huggingface, or "
            "a file of your own in the folder.",
        ),
    ] = "mitchell",
    json: Json = False,
) -> None:
    """Start a project: looks at a board and fills in what it finds.

    Writes reportgen.yml with comments, a narrative file for each model, and _quarto.yml. Nothing
    that is there already is overwritten.

    \b
    Examples:
      reportgen init
      reportgen init churn --board s3://team/pins --name "Customer churn"
      reportgen init churn --board board --profile annex-iv
    """
    from reportgen.boards import open_board, parse_address
    from reportgen.cli.look import look_at_board
    from reportgen.cli.outcome import shown
    from reportgen.cli.say import note, print_json, wants_json, working
    from reportgen.errors import NotFoundError
    from reportgen.project_file import load_project, scaffold_project

    spec = parse_address(board)
    pins: tuple[FoundPin, ...] = ()
    with working(f"Looking at {board} ..."):
        try:
            pins = look_at_board(open_board(spec, folder))
        except NotFoundError as error:
            note(f"{error} The project starts without it.")
    written = scaffold_project(folder, board=spec, pins=pins, name=name, profile=profile)
    load_project(folder)
    if wants_json():
        print_json({"files": [str(path) for path in written]})
        return
    for path in written:
        typer.echo(shown(path.resolve()))
    note("Look through reportgen.yml, then: reportgen render")
