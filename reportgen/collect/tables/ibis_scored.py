"""Scored rows on an engine: looked at once, and counted there for each period."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from reportgen.boards import Snapshot
from reportgen.collect.frame import describe_table, read_frame
from reportgen.collect.tables.duckdb_place import parquet_place
from reportgen.collect.tables.ibis_place import IbisPlace
from reportgen.collect.tables.ibis_source import EngineTable, describe_engine
from reportgen.collect.tables.profile_store import ProfileStore
from reportgen.collect.tables.scanned import ScannedRows, look
from reportgen.errors import DataError
from reportgen.report import MonitoringSpec, Part, Task

__all__ = ["collect_engine"]

_ROLES = ("data", "reference")


def collect_engine(
    spec: MonitoringSpec,
    task: Task | None,
    timezone: str,
    sources: Mapping[str, Snapshot | EngineTable],
    folder: Path,
    profiles: Path | None = None,
) -> ScannedRows:
    """Look at scored rows of which a part lies on an engine.

    Parameters
    ----------
    sources : role -> a table on an engine, or a snapshot of files that is read beside it
    folder : private; holds a reference that is no parquet
    profiles : folder for what was counted; None: it is kept for this process alone

    Raises
    ------
    DataError
        A named column is missing, or the rows cannot be counted there.
    """
    held = {role: sources[role] for role in _ROLES if role in sources}
    engines = {role: one for role, one in held.items() if isinstance(one, EngineTable)}
    files = {
        role: _parquet(one, role, folder)
        for role, one in held.items()
        if not isinstance(one, EngineTable)
    }
    place = IbisPlace(
        tables={role: one.opened for role, one in engines.items()},
        contents={role: one.sha256 for role, one in held.items()},
        beside=parquet_place(files, {}) if files else None,
    )

    def describe(rows: int, columns: int) -> Part:
        data = held["data"]
        if isinstance(data, EngineTable):
            return describe_engine(data, "data")
        return describe_table(rows, columns, data, "data")

    found = look(spec, task, timezone, place, describe, ProfileStore(profiles))
    if found is None:
        raise DataError(
            f"the rows cannot be counted where they lie: '{spec.time}' holds no times, two columns "
            "differ in case only, or the target has very many classes. A view can mend that; or pin "
            "the rows."
        )
    return found


def _parquet(snapshot: Snapshot, role: str, folder: Path) -> tuple[Path, ...]:
    paths = tuple(snapshot.paths)
    if all(path.suffix == ".parquet" for path in paths):
        return paths
    path = folder / f"{role}-{snapshot.sha256}.parquet"
    read_frame(snapshot).to_parquet(path, index=False)
    return (path,)
