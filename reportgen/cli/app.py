"""The command line: words typed by a person -> one call each.

Nothing heavy is imported here or in the modules of the commands: `reportgen --help` must come at
once. Each command imports what it needs when it runs.
"""

# ruff: noqa: FBT001, FBT002 - a Typer command is a function of flags, --json is read
# from the arguments so that errors know it too, and \b keeps the lines of an example.
from __future__ import annotations

from typing import Annotated

import typer

from reportgen.cli import benchmark, diff, make, own, run, schedule, start, status, templates

__all__ = ["app"]

_HELP = {"help_option_names": ["-h", "--help"]}

app = typer.Typer(
    name="reportgen",
    context_settings=_HELP,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Model cards and monitoring reports from pinned models and data.\n\n"
    "Every number on a page knows which pin, version and hash it came from, how it was computed, "
    "from how many rows, and how sure it is.",
    epilog="Start with: reportgen demo",
)


def _show_version(value: bool) -> None:
    if value:
        from reportgen import __version__

        typer.echo(f"reportgen {__version__}")
        raise typer.Exit


@app.callback()
def everything(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and stop.", callback=_show_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Hold the options that stand before a command."""


app.command()(start.demo)
app.command()(start.init)
app.command()(make.card)
app.command()(make.monitor)
app.command()(benchmark.benchmark)
app.command()(diff.diff)
app.command()(own.render)
app.command()(own.lock)
app.command()(status.status)
app.command()(run.run)
app.command()(run.backfill)
app.command()(schedule.schedule)
app.add_typer(templates.app, name="templates")
