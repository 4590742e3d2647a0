"""Tables that no board holds: opened where they lie, and named like the pins of a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from reportgen.report import MonitoringSpec, Pin, Project, ReportSpec, TableRef

if TYPE_CHECKING:
    from pandas import DataFrame

    from reportgen.collect.table_source import TableSnapshot

__all__ = ["A_FRAME", "open_tables", "with_tables"]

A_FRAME = "a data frame"
"""Where a table is that somebody holds in memory."""


def open_tables(
    project: Project,
    spec: ReportSpec,
    folder: Path,
    frames: Mapping[str, DataFrame] | None = None,
) -> Mapping[str, TableSnapshot]:
    """Open the tables of a monitoring report, by role; most reports have none.

    Parameters
    ----------
    folder : private; holds what must be copied to be read
    frames : tables in memory, by role

    Raises
    ------
    NotFoundError, DataError, RetryError
        As `read_table`.
    """
    asked = spec.model.monitoring if spec.kind == "monitoring" else None
    if asked is None:
        return {}
    held = frames or {}
    return {
        role: _opened(project, asked, ref, folder, held.get(role))
        for role, ref in (("data", asked.data), ("reference", asked.reference))
        if isinstance(ref, TableRef)
    }


def _opened(
    project: Project, asked: MonitoringSpec, ref: TableRef, folder: Path, frame: DataFrame | None
) -> TableSnapshot:
    from reportgen.collect.table_source import read_table

    if frame is None:
        return read_table(ref, asked.time, project.timezone, project.folder, folder)
    path = folder / "frame.parquet"
    frame.rename(columns=str).to_parquet(path, index=False)
    kept = TableRef(address=str(path))
    found = read_table(kept, asked.time, project.timezone, project.folder, folder)
    return replace(found, address=A_FRAME, kind="frame")


def with_tables(pins: Mapping[str, Pin], tables: Mapping[str, TableSnapshot]) -> Mapping[str, Pin]:
    """Name what was read of tables beside the pins of a report."""
    return {**pins, **{role: table.as_pin(role) for role, table in tables.items()}}
