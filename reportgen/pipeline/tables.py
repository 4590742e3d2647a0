"""Tables that no board holds: opened where they lie, and named like the pins of a report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from reportgen.report import MonitoringSpec, Pin, Project, ReportSpec, TableRef

if TYPE_CHECKING:
    from reportgen.collect.table_source import TableSnapshot

__all__ = ["open_tables", "with_tables"]


def open_tables(project: Project, spec: ReportSpec, folder: Path) -> Mapping[str, TableSnapshot]:
    """Open the tables of a monitoring report, by role; most reports have none.

    Parameters
    ----------
    folder : private; holds what must be copied to be read

    Raises
    ------
    NotFoundError, DataError, RetryError
        As `read_table`.
    """
    asked = spec.model.monitoring if spec.kind == "monitoring" else None
    if asked is None:
        return {}
    return {
        role: _opened(project, asked, ref, folder)
        for role, ref in (("data", asked.data), ("reference", asked.reference))
        if isinstance(ref, TableRef)
    }


def _opened(project: Project, asked: MonitoringSpec, ref: TableRef, folder: Path) -> TableSnapshot:
    from reportgen.collect.table_source import read_table

    return read_table(ref, asked.time, project.timezone, project.folder, folder)


def with_tables(pins: Mapping[str, Pin], tables: Mapping[str, TableSnapshot]) -> Mapping[str, Pin]:
    """Name what was read of tables beside the pins of a report."""
    return {**pins, **{role: table.as_pin(role) for role, table in tables.items()}}
