"""Large scored tables, counted where they lie instead of being read into memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from reportgen.boards import Snapshot
from reportgen.collect.frame import column, describe_table
from reportgen.collect.labels import align_labels, positive_class
from reportgen.collect.relation import Relation, connected, parquet_relation
from reportgen.collect.slots import Clock
from reportgen.report import MonitoringSpec, Part, Period, Task
from reportgen.report.frame import MonitoringFrame

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["SCAN_FROM", "ScannedRows", "collect_scanned", "scanned_frame"]

SCAN_FROM = 2_000_000
"""Rows from which a table is counted where it lies. Below, it is read once for all the periods of a
report, while a scan looks at it again for each: profiles are not yet stored."""
_MOST_CLASSES = 60
_MOST_LEVELS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedRows:
    """The scored pin, looked at once for all its periods; its rows stay in their files.

    Attributes
    ----------
    times : of the first and the last row
    positive : the positive level as text; empty where the task has none
    classes : levels of several classes as text
    """

    data: tuple[Path, ...]
    reference: tuple[Path, ...]
    clock: Clock
    names: tuple[str, ...]
    times: pd.Series[Any]
    task: Task
    positive: str
    classes: tuple[str, ...]
    spelling: Mapping[str, Mapping[str, Mapping[str, str]]]
    part: Part

    def relations(self, connection: DuckDBPyConnection) -> tuple[Relation, Relation | None]:
        """Open the data and the reference, their labels written alike."""
        data = parquet_relation(connection, self.data)
        data = replace(data, spelling=self.spelling["data"])
        if not self.reference:
            return data, None
        reference = parquet_relation(connection, self.reference)
        return data, replace(reference, spelling=self.spelling["reference"])


def collect_scanned(
    spec: MonitoringSpec,
    task: Task | None,
    timezone: str,
    snapshots: Mapping[str, Snapshot],
    least: int = SCAN_FROM,
) -> ScannedRows | None:
    """Look at the scored pin without reading it; None where it is better read as a whole.

    Parameters
    ----------
    least : rows from which it is worth it

    Notes
    -----
    That is so for a small table, for one that is not parquet, whose times are texts, or whose
    target has very many classes.

    Raises
    ------
    DataError
        A named column is missing.
    """
    files = {
        role: _parquet(snapshots[role]) for role in ("data", "reference") if role in snapshots
    }
    if not all(files.values()) or _rows(files["data"]) < least:
        return None
    with connected() as connection:
        data = parquet_relation(connection, files["data"])
        held = {"data": data}
        if "reference" in files:
            held["reference"] = parquet_relation(connection, files["reference"])
        _check(spec, data)
        if not data.types[spec.time].startswith(("TIMESTAMP", "DATE")):
            return None
        if len({name.lower() for name in data.types}) < len(data.types):
            return None  # SQL would take two columns that differ in case for one
        kind = data.types[spec.time]
        clock = Clock(
            column=spec.time, local="TIME ZONE" not in kind and "TIMESTAMPTZ" not in kind
        )
        low, high = connection.execute(
            f"SELECT min({clock.moment}), max({clock.moment}) FROM {data.sql}"
        ).fetchall()[0]
        ends = [] if low is None else [clock.utc(moment, timezone) for moment in (low, high)]
        levels = {
            role: {
                name: _distinct(connection, table, name)
                for name in dict.fromkeys((spec.target, spec.prediction))
                if name is not None and name in table.types
            }
            for role, table in held.items()
        }
        task = task or _infer_task(spec, data, levels["data"])
        if task == "multiclass" and len(_union(levels)) > _MOST_CLASSES:
            return None
        (rows,) = connection.execute(f"SELECT count(*) FROM {data.sql}").fetchall()[0]
    classes = _two_classes(spec, levels["data"]) if task == "classification" else ()
    return ScannedRows(
        data=files["data"],
        reference=files.get("reference", ()),
        clock=clock,
        names=tuple(data.types),
        times=pd.Series(pd.to_datetime(ends, utc=True).astype("datetime64[ns, UTC]")),
        task=task,
        positive=_positive(spec, classes, levels) if task == "classification" else "",
        classes=_union(levels) if task == "multiclass" else (),
        spelling={
            role: {name: _spelled(found, classes, name) for name, found in columns.items()}
            for role, columns in levels.items()
        },
        part=describe_table(int(rows), len(data.types), snapshots["data"], "data"),
    )


def _parquet(snapshot: Snapshot) -> tuple[Path, ...]:
    paths = tuple(snapshot.paths)
    return paths if all(path.suffix == ".parquet" for path in paths) else ()


def _rows(paths: Iterable[Path]) -> int:
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    try:
        return sum(int(ParquetFile(path).metadata.num_rows) for path in paths)
    except (ArrowException, OSError):
        return 0  # whoever reads it as a whole says what is wrong with it


def _check(spec: MonitoringSpec, data: Relation) -> None:
    nothing = pd.DataFrame(columns=list(data.types))
    named = (
        ("prediction", spec.prediction),
        ("score", spec.score),
        ("target", spec.target),
        ("time", spec.time),
        *(("segments", name) for names in spec.segments for name in names),
    )
    for what, name in named:
        if name is not None:
            column(nothing, name, "data", what)


def _distinct(connection: DuckDBPyConnection, table: Relation, name: str) -> tuple[str, ...]:
    """Levels as text, rising; as many as a classification may have."""
    rows = connection.execute(
        f"SELECT DISTINCT {table.level(name)} AS level FROM {table.sql} "
        f"WHERE {table.known(name)} ORDER BY level LIMIT {_MOST_LEVELS}"
    ).fetchall()
    return tuple(str(row[0]) for row in rows)


def _union(levels: Mapping[str, Mapping[str, tuple[str, ...]]]) -> tuple[str, ...]:
    every = (found for columns in levels.values() for found in columns.values())
    return tuple(sorted({level for found in every for level in found}))


def _infer_task(
    spec: MonitoringSpec, data: Relation, levels: Mapping[str, tuple[str, ...]]
) -> Task:
    name = spec.prediction or spec.target
    if name is None or len(levels[name]) <= 2:
        return "classification"
    return "regression" if data.types[name] in {"DOUBLE", "FLOAT"} else "multiclass"


def _two_classes(spec: MonitoringSpec, levels: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    found = (levels[name] for name in (spec.target, spec.prediction) if name is not None)
    return next((each for each in found if len(each) == 2), ())


def _positive(
    spec: MonitoringSpec,
    classes: tuple[str, ...],
    levels: Mapping[str, Mapping[str, tuple[str, ...]]],
) -> str:
    """Give the positive level; where none is named and there are not two, the last by its text."""
    if classes:
        return str(positive_class(classes, spec.positive))
    if spec.positive is not None:
        whole = isinstance(spec.positive, float) and spec.positive.is_integer()
        return str(int(spec.positive)) if whole else str(spec.positive)
    return max((level for found in levels["data"].values() for level in found), default="1")


def _spelled(found: tuple[str, ...], classes: tuple[str, ...], name: str) -> dict[str, str]:
    if not classes:
        return {}
    texts = pd.Series(found, dtype=object, name=name)
    meant = align_labels(texts, classes, name)
    return {was: str(now) for was, now in zip(texts, meant, strict=True)}


def scanned_frame(
    spec: MonitoringSpec,
    scanned: ScannedRows,
    period: Period,
    types: Mapping[str, str],
    as_of: datetime,
) -> MonitoringFrame:
    """Count what one period's report needs of the rows, and line up its frame.

    Parameters
    ----------
    types : feature -> type, from the model's prototype
    as_of : aware; when the scored pin was written, so that labels are read as known then
    """
    from reportgen.collect.profiling import profile_period

    own = {spec.time, spec.prediction, spec.score, spec.target}
    likely = types or [name for name in scanned.names if name not in own]
    features = spec.features or tuple(name for name in likely if name in scanned.names)
    frame = MonitoringFrame(
        task=scanned.task,
        rows=pd.DataFrame(),
        times=scanned.times,
        every=spec.every,
        timezone=period.timezone,
        period=period,
        prediction=spec.prediction,
        score=spec.score,
        target=spec.target,
        positive=scanned.positive or None,
        features=tuple(features),
        types=types,
        label_delay=spec.label_delay,
        as_of=pd.Timestamp(as_of).tz_convert("UTC"),
        confidence=spec.confidence,
        thresholds=spec.thresholds,
    )
    with connected() as connection:
        data, reference = scanned.relations(connection)
        profiles = profile_period(
            connection, frame, data, reference, scanned.clock, scanned.classes, spec.segments
        )
    return replace(frame, profiles=profiles)
