"""`diff`: what changed between two versions of a model, on the same rows."""

# ruff: noqa: ARG001, D301, FBT002 - a Typer command is a function of flags, --json is read
# from the arguments so that errors know it too, and \b keeps the lines of an example.
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reportgen.cli.options import Engine, Json, Project

if TYPE_CHECKING:
    from reportgen.api import Difference
    from reportgen.report import Value

__all__ = ["diff"]

_HERE = Path("reportgen.yml")


def diff(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A model of the project; with --board, a pin.")
    ],
    before: Annotated[
        str,
        typer.Argument(
            metavar="V1", help="The older version, or enough of it; previous: the one before V2."
        ),
    ],
    now: Annotated[
        str, typer.Argument(metavar="V2", help="The newer version, or enough of it; or latest.")
    ],
    board: Annotated[
        str | None,
        typer.Option("--board", "-b", help="Where the pins live, instead of a project."),
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(
            "--data",
            help="Pin with known outcomes, PIN or PIN@VERSION. Given twice: V1's, then V2's.",
        ),
    ] = None,
    target: Annotated[
        str | None, typer.Option("--target", help="Column with the true outcome.")
    ] = None,
    segment: Annotated[
        list[str] | None,
        typer.Option("--segment", help="Column to compare by group; A,B crosses two. Repeatable."),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option("--threshold", help="Score from which a row is predicted positive."),
    ] = None,
    text: Annotated[
        str | None, typer.Option("--text", help="Column that a text model reads.")
    ] = None,
    row_id: Annotated[
        str | None,
        typer.Option("--row-id", help="Column that names a row, to pair two data pins."),
    ] = None,
    common: Annotated[
        bool,
        typer.Option(
            "--common", help="Compare on the rows that both data pins have, if not the same."
        ),
    ] = False,
    trust_model: Annotated[
        bool,
        typer.Option(
            "--trust-model",
            help="With --board: load the models though they are pickles, which can run code.",
        ),
    ] = False,
    engine: Engine = "auto",
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", help="Write a page, as diff.html or .pdf, or the record, .json."
        ),
    ] = None,
    project: Project = _HERE,
    json: Json = False,
) -> None:
    """Say what changed between two versions of a model, on the same rows.

    Every difference has an interval of its own. Leaves with 1 when the versions differ
    materially, for better or worse, and with 0 when they do not or when nobody can tell.

    \b
    Examples:
      reportgen diff late-flights previous latest
      reportgen diff late-flights 20130501 20130502 -o diff.html
      reportgen diff churn a0b49 dc013 --board ./board --data churn-test --target churned --trust-model
    """
    from reportgen.cli.options import engines, read_choice, read_segments
    from reportgen.cli.say import working

    read_choice("--engine", engine, engines())
    with working(f"Comparing two versions of {model} ..."):
        from reportgen.api import compared

        found = compared(
            _place(board, project, trust_model=trust_model),
            model,
            before,
            now,
            data=data or (),
            target=target,
            segments=read_segments(segment or ()),
            threshold=threshold,
            text=text,
            row_id=row_id,
            common=common,
            trust_model=trust_model,
            engine=engine,
        )
        paths = () if output is None else found.save(output)
    _say(found, paths)
    if found.differs:
        raise typer.Exit(1)


def _place(board: str | None, project: Path, *, trust_model: bool) -> Any:
    """Give the board's address, or the project, which says itself whom it trusts."""
    from reportgen.errors import UserError

    if board is not None:
        return board
    if trust_model:
        raise UserError(
            "--trust-model is for --board; a project says whom it trusts with `allow_pickle:`"
        )
    from reportgen.project_file import load_project

    return load_project(project)


def _say(found: Difference, paths: tuple[Path, ...]) -> None:
    from reportgen.cli.outcome import shown
    from reportgen.cli.say import (
        note,
        print_json,
        print_rows,
        print_verdict,
        printable,
        wants_json,
    )

    if wants_json():
        print_json(_plain(found, paths))
        return
    pins = found.data.pins
    print_verdict(found.verdict.state, found.verdict.sentence)
    note(f"{pins['model'].name}: before {pins['baseline'].version}, now {pins['model'].version}")
    for sentence in found.sentences:
        if sentence != found.verdict.sentence:
            typer.echo(f"- {printable(sentence)}")
    rows = [
        (label, *(_shown(found.data.values[f"changes.{name}{side}"]) for side in _SIDES), reading)
        for name, label, reading in _metrics(found)
    ]
    if rows:
        print_rows(("metric", "before", "now", "now minus before", "reading"), rows)
    for path in paths:
        typer.echo(shown(path))


_SIDES = (".before", ".now", "")


def _metrics(found: Difference) -> list[tuple[str, str, str]]:
    """Name, label and reading of each metric, in the order of the table."""
    table = found.data.tables.get("changes.metrics")
    if table is None:
        return []
    return [
        ((row[-2].value or "").removeprefix("changes."), row[0].text or "", row[-1].text or "")
        for row in table.rows
    ]


def _shown(value: Value) -> str:
    from reportgen.present import show

    return str(show(value, interval=value.name.count(".") == 1))


def _plain(found: Difference, paths: tuple[Path, ...]) -> dict[str, Any]:
    """Give a machine what it may want to know."""
    values, pins = found.data.values, found.data.pins
    rows = values.get("changes.rows")
    return {
        "model": pins["model"].name,
        "before": pins["baseline"].version,
        "now": pins["model"].version,
        "differs": found.differs,
        "verdict": {"state": found.verdict.state, "sentence": found.verdict.sentence},
        "rows": None if rows is None else rows.number,
        "metrics": {
            name: {
                **{
                    key: values[f"changes.{name}{side}"].number
                    for key, side in zip(("before", "now", "change"), _SIDES, strict=True)
                },
                **_interval(values[f"changes.{name}"]),
                "reading": reading,
            }
            for name, _, reading in _metrics(found)
        },
        "sentences": list(found.sentences),
        "changed": {
            name: [[cell.text for cell in row] for row in found.data.tables[name].rows]
            for name in ("changes.model", "changes.parameters")
            if name in found.data.tables
        },
        "files": [str(path) for path in paths],
    }


def _interval(change: Value) -> dict[str, Any]:
    if change.interval is None:
        return {"n": change.n, "reason": change.reason}
    return {"n": change.n, "low": change.interval.low, "high": change.interval.high,
            "level": change.interval.level, "method": change.interval.method}  # fmt: skip
