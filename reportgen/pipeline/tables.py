"""Tables that no board holds: opened where they lie, and named like the pins of a report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from reportgen.report import MonitoringSpec, Pin, Project, ReportSpec, TableRef

if TYPE_CHECKING:
    from pandas import DataFrame

    from reportgen.collect.tables.ibis_source import EngineTable
    from reportgen.collect.tables.source import TableSnapshot

    OpenTable: TypeAlias = TableSnapshot | EngineTable

__all__ = ["A_FRAME", "apart", "close_tables", "open_tables", "with_tables"]

A_FRAME = "a data frame"
"""Where a table is that somebody holds in memory."""


def open_tables(
    project: Project,
    spec: ReportSpec,
    folder: Path,
    frames: Mapping[str, DataFrame] | None = None,
) -> Mapping[str, OpenTable]:
    """Open the tables of a monitoring report, by role; most reports have none.

    Parameters
    ----------
    folder : private; holds what must be copied to be read
    frames : tables in memory, by role

    Raises
    ------
    NotFoundError, DataError, RetryError, MissingToolError
        As `read_table` and `open_engine`.
    """
    asked = spec.model.monitoring if spec.kind == "monitoring" else None
    if asked is None:
        return {}
    held, found = frames or {}, {}
    with ExitStack() as undo:
        for role, ref in (("data", asked.data), ("reference", asked.reference)):
            if isinstance(ref, TableRef):
                found[role] = _opened(project, asked, ref, folder, held.get(role))
                undo.callback(found[role].close)
        undo.pop_all()  # all are open, and stay so
    return found


def _opened(
    project: Project, asked: MonitoringSpec, ref: TableRef, folder: Path, frame: DataFrame | None
) -> OpenTable:
    from reportgen.collect.tables.address import is_address, resolved_address
    from reportgen.collect.tables.source import read_table

    if frame is not None:
        path = folder / "frame.parquet"
        frame.rename(columns=str).to_parquet(path, index=False)
        ref = TableRef(address=str(path))
    elif is_address(resolved_address(ref.address)):
        return _asked(project, asked, ref, folder)
    found = read_table(ref, asked.time, project.timezone, project.folder, folder)
    return found if frame is None else replace(found, address=A_FRAME, kind="frame")


def _asked(project: Project, asked: MonitoringSpec, ref: TableRef, folder: Path) -> OpenTable:
    """Open a table on an engine; a small one is fetched."""
    from reportgen.collect.tables.ibis_source import FETCH_UP_TO, fetch_table, open_engine

    engine = open_engine(ref, asked.time, project.timezone)
    if engine.rows > FETCH_UP_TO:
        return engine
    try:
        return fetch_table(engine, folder)
    finally:
        engine.close()


def apart(
    tables: Mapping[str, OpenTable],
) -> tuple[Mapping[str, TableSnapshot], Mapping[str, EngineTable]]:
    """Tell tables that are read as files from those that only answer questions."""
    if not tables:
        return {}, {}
    from reportgen.collect.tables.ibis_source import EngineTable

    engines = {role: one for role, one in tables.items() if isinstance(one, EngineTable)}
    files = {role: one for role, one in tables.items() if not isinstance(one, EngineTable)}
    return files, engines


def close_tables(tables: Iterable[OpenTable]) -> None:
    """Let go of the servers that were asked."""
    for table in tables:
        table.close()


def with_tables(pins: Mapping[str, Pin], tables: Mapping[str, OpenTable]) -> Mapping[str, Pin]:
    """Name what was read of tables beside the pins of a report."""
    return {**pins, **{role: table.as_pin(role) for role, table in tables.items()}}
