"""`benchmark`: how fast a model answers and what it needs, measured and pinned."""

# ruff: noqa: ARG001, D301, FBT002 - a Typer command is a function of flags, --json is read
# from the arguments so that errors know it too, and \b keeps the lines of an example.
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reportgen.cli.options import Json, Project

if TYPE_CHECKING:
    from reportgen.operations import Benchmark
    from reportgen.report import Value

__all__ = ["benchmark"]

_HERE = Path("reportgen.yml")


def benchmark(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A model of the project; with --board, a pin.")
    ],
    board: Annotated[
        str | None,
        typer.Option("--board", "-b", help="Where the pins live, instead of a project."),
    ] = None,
    version: Annotated[
        str | None,
        typer.Option(
            "--version", help="With --board: of the model's pin; the newest if left out."
        ),
    ] = None,
    data: Annotated[
        str | None, typer.Option("--data", help="With --board: pin with rows to ask about.")
    ] = None,
    text: Annotated[
        str | None, typer.Option("--text", help="With --board: column that a text model reads.")
    ] = None,
    trust_model: Annotated[
        bool,
        typer.Option(
            "--trust-model",
            help="With --board: load the model though it is a pickle, which can run code.",
        ),
    ] = False,
    url: Annotated[
        str | None,
        typer.Option("--url", help="A running vetiver API to ask, instead of loading the model."),
    ] = None,
    header: Annotated[
        list[str] | None,
        typer.Option(
            "--header",
            help="For the API, its secret from the environment: 'Authorization: Key ${API_KEY}'. "
            "Repeatable.",
        ),
    ] = None,
    rows: Annotated[
        int, typer.Option("--rows", help="Different rows that are asked about one at a time.")
    ] = 100,
    requests: Annotated[int, typer.Option("--requests", help="Requests of one row.")] = 500,
    batch: Annotated[int, typer.Option("--batch", help="Rows in a batch.")] = 1000,
    pin: Annotated[
        str | None,
        typer.Option("--pin", help="Name of the pin to write; MODEL-operations if left out."),
    ] = None,
    project: Project = _HERE,
    json: Json = False,
) -> None:
    """Measure how fast a model answers and what it needs, and pin what was found.

    The model is loaded in processes of its own, by a fixed protocol, on this machine, which the
    pin names. A card reads the pin that its `operations:` names.

    \b
    Examples:
      reportgen benchmark late-flights
      reportgen benchmark churn --board ./board --data churn-test --trust-model
      reportgen benchmark late-flights --url http://127.0.0.1:8000/predict
    """
    from reportgen.cli.say import working

    plan = _plan(rows, requests, batch)
    with working(f"Measuring {model} ..."):
        if board is None:
            trusted = trust_model or None
            _refuse(
                {"--version": version, "--data": data, "--text": text, "--trust-model": trusted}
            )
            from reportgen.operations import benchmark_project
            from reportgen.project_file import load_project

            found = benchmark_project(
                load_project(project),
                model,
                url=url,
                headers=_read_headers(header or ()),
                plan=plan,
                pin=pin,
            )
        else:
            found = _without_project(
                board,
                model,
                data,
                version=version,
                text=text,
                url=url,
                headers=_read_headers(header or ()),
                plan=plan,
                pin=pin,
                trust_model=trust_model,
            )
    _say(found, in_project=board is None)


def _without_project(board: str, model: str, data: str | None, **more: Any) -> Benchmark:
    from reportgen.errors import UserError
    from reportgen.operations import benchmark

    if data is None:
        raise UserError("`reportgen benchmark` with --board needs --data: a pin with rows")
    return benchmark(board, model, data=data, **more)


def _plan(rows: int, requests: int, batch: int) -> Any:
    from reportgen.errors import UserError
    from reportgen.report.operations import Plan

    try:
        return Plan(rows=rows, requests=requests, batch=batch)
    except ValueError as error:
        raise UserError(f"--{error}") from error


def _refuse(given: dict[str, object]) -> None:
    """Say that an option is for a board, where a project already says it."""
    from reportgen.errors import UserError

    wrong = [option for option, said in given.items() if said is not None]
    if wrong:
        raise UserError(
            f"{wrong[0]} goes with --board. Without it the project file says which model and "
            "which data."
        )


def _read_headers(given: Sequence[str]) -> dict[str, str]:
    from reportgen.errors import UserError

    headers = {}
    for item in given:
        name, colon, words = item.partition(":")
        if not colon or not name.strip() or not words.strip():
            raise UserError("--header is 'Name: words', as in 'Authorization: Key ${API_KEY}'")
        headers[name.strip()] = words.strip()
    return headers


def _say(found: Benchmark, *, in_project: bool) -> None:
    from reportgen.cli.say import note, print_json, print_rows, wants_json

    if wants_json():
        print_json(_plain(found))
        return
    rows = [(value.label, _shown(value)) for value in found.values.values()]
    print_rows(("measure", "estimate"), rows)
    note(f"Pinned as {found.pin.name} {found.pin.version}.")
    if in_project:
        note(
            "A card shows it when `evaluation:` says `operations: "
            f"{{pin: {found.pin.name}}}`, after `reportgen lock --update`."
        )


def _shown(value: Value) -> str:
    from reportgen.present import show

    return str(show(value, interval=True, n=True))


def _plain(found: Benchmark) -> dict[str, Any]:
    measured = found.measurement
    values = {
        name: {
            "number": value.number,
            "unit": value.unit,
            "n": value.n,
            "interval": value.interval and [value.interval.low, value.interval.high],
            "reason": value.reason,
        }
        for name, value in found.values.items()
    }
    return {
        "pin": {"name": found.pin.name, "version": found.pin.version},
        "model": {"name": measured.model.name, "version": measured.model.version},
        "measured_at": measured.measured_at.isoformat().replace("+00:00", "Z"),
        "values": values,
    }
