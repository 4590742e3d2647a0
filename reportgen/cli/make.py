"""`card` and `monitor`: one report with no project file at all."""

# ruff: noqa: ARG001, D301, FBT002 - a Typer command is a function of flags, --json is read
# from the arguments so that errors know it too, and \b keeps the lines of an example.
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from reportgen.cli.options import Engine, Json

if TYPE_CHECKING:
    from reportgen.api import Report
    from reportgen.cli.lacking import Asked
    from reportgen.project_file import FoundPin
    from reportgen.report import Every

__all__ = ["card", "monitor"]

_Board = Annotated[
    str | None,
    typer.Option("--board", "-b", help="Where the pins live: a folder, s3://bucket/prefix, ..."),
]
_Model = Annotated[str | None, typer.Argument(metavar="MODEL", help="Name of the model's pin.")]
_Version = Annotated[
    str | None,
    typer.Option("--version", help="Version of the model's pin; the newest if left out."),
]
_Target = Annotated[str | None, typer.Option("--target", help="Column with the true outcome.")]
_Segments = Annotated[
    list[str] | None,
    typer.Option("--segment", help="Column to report by group; A,B crosses two. Repeatable."),
]
_To = Annotated[
    str | None,
    typer.Option(
        "--to", help="Formats: html, pdf, docx, revealjs, gfm, ipynb; html,pdf if left out."
    ),
]
_Trust = Annotated[
    bool,
    typer.Option(
        "--trust-model", help="Load the model though it is a pickle, which can run code."
    ),
]
_Output = Annotated[
    Path | None,
    typer.Option(
        "-o", "--output", help="A folder for the whole edition, or one file, as card.html."
    ),
]
_FailOn = Annotated[
    str | None, typer.Option("--fail-on", help="Exit with 1 when the verdict is: alert, or watch.")
]


def card(
    model: _Model = None,
    board: _Board = None,
    version: _Version = None,
    data: Annotated[
        str | None, typer.Option("--data", help="Pin with rows that the model has not seen.")
    ] = None,
    target: _Target = None,
    segment: _Segments = None,
    text: Annotated[
        str | None, typer.Option("--text", help="Column that a text model reads.")
    ] = None,
    to: _To = None,
    trust_model: _Trust = False,
    engine: Engine = "auto",
    output: _Output = None,
    fail_on: _FailOn = None,
    json: Json = False,
) -> None:
    """Make a model card, with no project file at all.

    What is left out and needed is named in one message, with what the board has.

    \b
    Examples:
      reportgen card churn --board ./board
      reportgen card churn --board ./board --data churn-test --target churned --trust-model
      reportgen card churn -b s3://team/pins --data churn-test --target churned -o card.pdf
    """
    from reportgen.cli.lacking import Asked
    from reportgen.cli.options import (
        engines,
        read_choice,
        read_formats,
        read_output,
        read_segments,
    )
    from reportgen.cli.outcome import check_fail_on
    from reportgen.cli.outcome import fail_on as leave_on

    check_fail_on(fail_on)
    read_choice("--engine", engine, engines())
    place, formats = read_output(output, read_formats(to), f"{_slug(model)}-card")
    found = _found(
        Asked(
            command="card",
            model=model,
            board=board,
            data=data,
            target=target,
            trust_model=trust_model,
        )
    )
    from reportgen import api
    from reportgen.cli.say import working

    with working(f"Making the card of {model} ..."):
        report = api.card(
            found.board,
            found.model,
            version=version,
            data=data,
            target=target,
            segments=read_segments(segment or ()),
            text=text,
            formats=formats or ("html", "pdf"),
            trust_model=trust_model,
            engine=engine,
        )
        paths = report.save(place)
    _done(report, paths)
    leave_on(fail_on, [report.verdict.state])


def monitor(
    model: _Model = None,
    board: _Board = None,
    version: _Version = None,
    data: Annotated[
        str | None, typer.Option("--data", help="Pin with the rows that were scored.")
    ] = None,
    table: Annotated[
        str | None,
        typer.Option(
            "--table",
            help="Instead of --data: files (scored/*.parquet), a database file, or a URL.",
        ),
    ] = None,
    table_name: Annotated[
        str | None, typer.Option("--table-name", help="Of the table in its database.")
    ] = None,
    time: Annotated[
        str | None, typer.Option("--time", help="Column with the moment of each row.")
    ] = None,
    reference: Annotated[
        str | None,
        typer.Option("--reference", help="Pin to compare with; earlier periods if left out."),
    ] = None,
    prediction: Annotated[
        str | None, typer.Option("--prediction", help="Column with what the model predicted.")
    ] = None,
    score: Annotated[
        str | None, typer.Option("--score", help="Column with the predicted probability.")
    ] = None,
    target: _Target = None,
    every: Annotated[
        str, typer.Option("--every", help="Length of a period: hour, day, week, month, ....")
    ] = "week",
    window: Annotated[
        str | None,
        typer.Option("--window", help="Look back on so much at each --every, such as 28d."),
    ] = None,
    timezone: Annotated[
        str, typer.Option("--timezone", help="Time zone in which periods are cut.")
    ] = "UTC",
    period: Annotated[
        str | None,
        typer.Option("--period", help="2013-07-04, 2013-W27, 2013-07, ...; the last if left out."),
    ] = None,
    segment: _Segments = None,
    to: _To = None,
    trust_model: _Trust = False,
    engine: Engine = "auto",
    output: _Output = None,
    fail_on: _FailOn = None,
    json: Json = False,
) -> None:
    """Make a monitoring report of one period, with no project file at all.

    What is left out and needed is named in one message, with what the board has.

    \b
    Examples:
      reportgen monitor churn --board ./board --data churn-scored --time scored_at
      reportgen monitor churn -b ./board --data churn-scored --time scored_at \\
          --prediction churned_predicted --target churned --period 2024-W07 -o week-7.html
      reportgen monitor churn -b ./board --table 'scored/*.parquet' --time scored_at
    """
    from reportgen.cli.lacking import Asked
    from reportgen.cli.options import (
        engines,
        every_words,
        read_choice,
        read_formats,
        read_output,
        read_segments,
    )
    from reportgen.cli.outcome import check_fail_on
    from reportgen.cli.outcome import fail_on as leave_on

    check_fail_on(fail_on)
    read_choice("--engine", engine, engines())
    read_choice("--every", every, every_words())
    place, formats = read_output(output, read_formats(to), f"{_slug(model)}-monitoring")
    found = _found(
        Asked(
            command="monitor",
            model=model,
            board=board,
            data=data,
            table=table,
            time=time,
            target=target,
            trust_model=trust_model,
        )
    )
    from reportgen import api
    from reportgen.cli.say import working

    with working(f"Making the monitoring report of {model} ..."):
        report = api.monitor(
            found.board,
            found.model,
            version=version,
            data=found.data or None,
            table=table,
            table_name=table_name,
            time=found.time,
            reference=reference,
            prediction=prediction,
            score=score,
            target=target,
            every=cast("Every", every),
            window=window,
            timezone=timezone,
            period=period,
            segments=read_segments(segment or ()),
            formats=formats or ("html", "pdf"),
            trust_model=trust_model,
            engine=engine,
        )
        paths = report.save(place)
    _done(report, paths)
    leave_on(fail_on, [report.verdict.state])


def _slug(model: str | None) -> str:
    """Name the folder after the pin, whose name may hold a slash."""
    return (model or "model").replace("/", "-").strip(".") or "model"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What was asked for, now known to be there."""

    board: str
    model: str
    data: str
    time: str


def _found(asked: Asked) -> _Found:
    """Look at the board only as far as it takes to say what is missing.

    Raises
    ------
    UserError
        Something is; all of it in one message.
    """
    from reportgen.cli.lacking import lacking
    from reportgen.cli.look import look_at_board

    pins: tuple[FoundPin, ...] = ()
    if asked.board is not None:
        from reportgen.boards import open_board, parse_address

        board = open_board(parse_address(asked.board), Path())
        pins = look_at_board(board, columns_of=asked.wants_columns_of())
    error = lacking(asked, pins)
    if error is not None:
        raise error
    return _Found(
        board=asked.board or "",
        model=asked.model or "",
        data=asked.data or "",
        time=asked.time or "",
    )


def _done(report: Report, paths: Sequence[Path]) -> None:
    from reportgen.cli.outcome import print_report

    print_report(report.verdict, paths)
