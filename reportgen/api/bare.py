"""Reports with no project file: ``rg.card`` and ``rg.monitor``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from reportgen.api.report import Report
from reportgen.api.warmth import start_warming
from reportgen.boards import open_board, parse_address
from reportgen.errors import UserError
from reportgen.execute.nbclient import NbclientKernel
from reportgen.pipeline import (
    A_FRAME,
    Outside,
    Timings,
    choose_periods,
    close_tables,
    measure_edition,
    open_tables,
    prepare,
    private_folder,
    with_tables,
)
from reportgen.publish import FolderShelf
from reportgen.render import find_converter
from reportgen.report import (
    Edition,
    EvaluationSpec,
    Every,
    Format,
    ModelSpec,
    MonitoringSpec,
    PinRef,
    Project,
    ReportSpec,
    TableRef,
)
from reportgen.report.cadence import window_fault
from reportgen.resolve import resolve_pins

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["card", "crossed", "monitor"]

_Segments = Sequence[str | Sequence[str]]


def card(
    board: str | Path,
    model: str,
    *,
    version: str | None = None,
    data: str | None = None,
    target: str | None = None,
    segments: _Segments = (),
    threshold: float | None = None,
    text: str | None = None,
    formats: Sequence[Format] = ("html", "pdf"),
    trust_model: bool = False,
    engine: str = "auto",
) -> Report:
    """Make a model card, with no project file.

    Parameters
    ----------
    board : a folder, or an address such as ``s3://bucket/prefix``
    model : name of the model's pin
    version : of the model; None: the newest
    data, target : pin with rows that the model has not seen, and the column with the truth;
        without them the card has no evaluation
    segments : columns, or tuples of columns that are crossed
    threshold : score from which a row is predicted positive; None: as the model decides
    text : column that a text model reads; None: as the pin says, or its only input
    trust_model : load the model though it is a pickle, which can run code

    Raises
    ------
    NotFoundError, PinError, TrustError, DataError

    Examples
    --------
    >>> report = card("board", "churn", data="churn-test", target="churned",
    ...               trust_model=True)  # doctest: +SKIP
    >>> report.value("evaluation.accuracy")  # doctest: +SKIP
    """
    if (data is None) != (target is None):
        raise UserError("an evaluation needs both: the data pin, and its column with the truth")
    evaluation = (
        EvaluationSpec(
            data=PinRef(name=data),
            target=target,
            segments=crossed(segments),
            threshold=threshold,
            text=text,
        )
        if data and target
        else None
    )
    spec = ReportSpec(
        name=f"{_slug(model)}-card",
        kind="card",
        template="model_card",
        model=ModelSpec(
            name=model,
            pin=PinRef(name=model, version=version or "latest"),
            evaluation=evaluation,
        ),
        formats=tuple(formats),
    )
    bare = _bare_project(board, model, spec, "UTC", trust_model=trust_model)
    return _measured(bare, spec, None, engine)


def monitor(
    board: str | Path,
    model: str,
    *,
    time: str,
    data: str | None = None,
    table: str | Path | DataFrame | None = None,
    table_name: str | None = None,
    version: str | None = None,
    reference: str | None = None,
    prediction: str | None = None,
    score: str | None = None,
    target: str | None = None,
    every: Every = "week",
    window: str | None = None,
    timezone: str = "UTC",
    period: str | None = None,
    segments: _Segments = (),
    formats: Sequence[Format] = ("html", "pdf"),
    trust_model: bool = False,
    engine: str = "auto",
) -> Report:
    """Make a monitoring report of one period, with no project file.

    Parameters
    ----------
    time : column with the moment of each row
    data : pin with the scored rows
    table, table_name : instead of `data`, a table that is not pinned: a data frame, files
        (``scored/*.parquet``), or a database and the name of the table in it
    reference : pin to compare with; None: the first complete periods serve
    every, window : length of a period; with a window, such as ``28d``, that of what each looks
        back on
    period : ``2013-W27``; None: the newest that had ended when the data were pinned

    Raises
    ------
    NotFoundError, PinError, DataError
    """
    spec = ReportSpec(
        name=f"{_slug(model)}-monitoring",
        kind="monitoring",
        template="monitoring",
        model=ModelSpec(
            name=model,
            pin=PinRef(name=model, version=version or "latest"),
            monitoring=MonitoringSpec(
                data=_source(data, table, table_name),
                time=time,
                every=every,
                window=_window(every, window),
                reference=PinRef(name=reference) if reference else None,
                prediction=prediction,
                score=score,
                target=target,
                segments=crossed(segments),
            ),
        ),
        formats=tuple(formats),
    )
    bare = _bare_project(board, model, spec, timezone, trust_model=trust_model)
    frames = {} if table is None or isinstance(table, str | Path) else {"data": table}
    return _measured(bare, spec, period or "last", engine, frames)


def _window(every: Every, said: str | None) -> timedelta | None:
    from reportgen.project_file.words import read_duration

    if said is None:
        return None
    try:
        found = read_duration(said)
    except ValueError as error:
        raise UserError(f"window: {error}") from error
    fault = window_fault(every, found)
    if fault:
        raise UserError(f"window: {said} {fault}.")
    return found


def _source(
    data: str | None, table: str | Path | DataFrame | None, name: str | None
) -> PinRef | TableRef:
    if data is not None and table is None:
        return PinRef(name=data)
    if data is not None or table is None:
        raise UserError("a monitoring report needs one source: either the data pin, or a table")
    address = str(table) if isinstance(table, str | Path) else A_FRAME
    return TableRef(address=address, name=name or "")


def crossed(segments: _Segments) -> tuple[tuple[str, ...], ...]:
    """Give each segment as the columns that are crossed for it."""
    return tuple((each,) if isinstance(each, str) else tuple(each) for each in segments)


def _slug(model: str) -> str:
    return model.replace("/", "-").strip(".") or "model"


def _bare_project(
    board: str | Path, model: str, spec: ReportSpec, timezone: str, *, trust_model: bool
) -> Project:
    here = Path.cwd()
    return Project(
        folder=here,
        name=model,
        board=replace(parse_address(str(board)), allow_pickle=(model,) if trust_model else ()),
        site=here / "site",
        timezone=timezone,
        models={model: spec.model},
        reports={spec.name: spec},
    )


def _measured(
    bare: Project,
    spec: ReportSpec,
    period: str | None,
    engine: str,
    frames: Mapping[str, DataFrame] | None = None,
) -> Report:
    start_warming()
    timings = Timings()
    board = open_board(bare.board, bare.folder)
    with NbclientKernel() as idle, private_folder() as folder, ExitStack() as last:
        tables = open_tables(bare, spec, folder, frames)
        last.callback(close_tables, tables.values())
        outside = Outside(
            board=board,
            kernel=idle,
            converter=find_converter(engine),
            shelf=FolderShelf(folder / "site"),
            timings=timings,
            tables=tables,
        )
        with timings.stage("resolve"):
            pins = with_tables(resolve_pins(spec, board, None, folder), tables)
        prepared = prepare(bare, spec, pins, outside, folder)
        chosen = choose_periods(prepared, period)[-1] if period else None
        edition = Edition(project=bare, spec=spec, period=chosen, formats=spec.formats)
        data = measure_edition(edition, prepared, timings)
    return Report(
        data=data,
        _edition=edition,
        _board=board,
        _engine=engine,
        _timings=timings,
    )
