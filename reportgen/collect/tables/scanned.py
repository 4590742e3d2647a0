"""Scored tables that are counted where they lie instead of being read into memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from reportgen.boards import Snapshot
from reportgen.collect.frame import column, describe_table
from reportgen.collect.labels import align_labels, positive_class
from reportgen.collect.tables.asking import Asked, OpenTables
from reportgen.collect.tables.counting import Place, Table
from reportgen.collect.tables.duckdb_place import parquet_place
from reportgen.collect.tables.profile_store import ProfileStore
from reportgen.collect.tables.profiling import profile_period
from reportgen.collect.tables.slots import Clock
from reportgen.report import MonitoringSpec, Part, Period, Task
from reportgen.report.frame import MonitoringFrame
from reportgen.report.profile import Kind

__all__ = ["SCAN_FROM", "ScannedRows", "collect_scanned", "look", "scanned_frame"]

SCAN_FROM = 500_000
"""Rows from which a table is counted where it lies. It is faster from some 30,000 rows on beside a
pinned reference and from 400,000 without one; a smaller table costs little either way, and its
rows are at hand for measures that cannot do with counts."""
_MOST_CLASSES = 60
_MOST_LEVELS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedRows:
    """The scored table, looked at once for all its periods; its rows stay where they are.

    Attributes
    ----------
    names : columns of the data
    columns, kinds : role of a table -> its columns, and what each holds by its type
    times : of the first and the last row
    positive : the positive level as text; empty where the task has none
    classes : levels of several classes as text
    meant : role of a table -> column -> text as it stands -> text as it is meant
    """

    place: Place
    store: ProfileStore
    clock: Clock
    names: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]]
    kinds: Mapping[str, Mapping[str, Kind]]
    times: pd.Series[Any]
    task: Task
    positive: str
    classes: tuple[str, ...]
    meant: Mapping[str, Mapping[str, Mapping[str, str]]]
    part: Part


def collect_scanned(
    spec: MonitoringSpec,
    task: Task | None,
    timezone: str,
    snapshots: Mapping[str, Snapshot],
    least: int = SCAN_FROM,
    store: ProfileStore | None = None,
) -> ScannedRows | None:
    """Look at the scored pin without reading it; None where it is better read as a whole.

    Parameters
    ----------
    least : rows from which it is worth it
    store : of profiles; None: they are kept for this report alone

    Notes
    -----
    That is so for a small table, for one that is not parquet, whose times are texts, or whose
    target has very many classes.

    Raises
    ------
    DataError
        A named column is missing.
    """
    roles = [role for role in ("data", "reference") if role in snapshots]
    files = {role: _parquet(snapshots[role]) for role in roles}
    if not all(files.values()) or _rows(files["data"]) < least:
        return None
    place = parquet_place(files, {role: snapshots[role].sha256 for role in roles})

    def describe(rows: int, columns: int) -> Part:
        return describe_table(rows, columns, snapshots["data"], "data")

    return look(spec, task, timezone, place, describe, store)


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


def look(
    spec: MonitoringSpec,
    task: Task | None,
    timezone: str,
    place: Place,
    describe: Callable[[int, int], Part],
    store: ProfileStore | None = None,
) -> ScannedRows | None:
    """Look at tables as far as all reports of them need it; None where they cannot be counted.

    Parameters
    ----------
    describe : rows and columns of the data -> the facts of the record about them

    Raises
    ------
    DataError
        A named column is missing.
    """
    store = store or ProfileStore()
    seen = _seen(spec, place, store)
    names = {role: tuple(name for name, _, _ in held) for role, held in seen["columns"].items()}
    _check(spec, names["data"])
    if seen["clock"] is None:
        return None
    if len({name.lower() for name in names["data"]}) < len(names["data"]):
        return None  # SQL would take two columns that differ in case for one
    clock = Clock(column=spec.time, local=seen["clock"])
    ends = [clock.utc(moment, timezone) for moment in seen["ends"] or ()]
    levels: _Levels = {
        role: {name: tuple(texts) for name, texts in held.items()}
        for role, held in seen["levels"].items()
    }
    fractions = {name for name, _, fractional in seen["columns"]["data"] if fractional}
    task = task or _infer_task(spec, fractions, levels["data"])
    if task == "multiclass" and len(_union(levels)) > _MOST_CLASSES:
        return None
    classes = _two_classes(spec, levels["data"]) if task == "classification" else ()
    return ScannedRows(
        place=place,
        store=store,
        clock=clock,
        names=names["data"],
        columns=names,
        kinds={
            role: {name: kind for name, kind, _ in held} for role, held in seen["columns"].items()
        },
        times=pd.Series(pd.to_datetime(ends, utc=True).astype("datetime64[ns, UTC]")),
        task=task,
        positive=_positive(spec, classes, levels) if task == "classification" else "",
        classes=_union(levels) if task == "multiclass" else (),
        meant={
            role: {name: _spelled(found, classes, name) for name, found in columns.items()}
            for role, columns in levels.items()
        },
        part=describe(int(seen["rows"]), len(names["data"])),
    )


def _seen(spec: MonitoringSpec, place: Place, store: ProfileStore) -> dict[str, Any]:
    """Look at columns, ends and levels, once for each content."""
    contents = place.contents
    key = {"of": dict(contents), "looked": [spec.time, spec.target, spec.prediction]}
    named = bool(contents) and all(contents.values())
    found = store.read("look", key) if named else None
    if found is None:
        with place.opened() as tables:
            found = _looked(spec, tables)
        if named:
            store.write("look", key, found)
    return dict(found)


def _looked(spec: MonitoringSpec, tables: Mapping[str, Table]) -> dict[str, Any]:
    data = tables["data"]
    clock = data.clock(spec.time) if spec.time in data.names else None
    watched = [name for name in dict.fromkeys((spec.target, spec.prediction)) if name is not None]
    return {
        "columns": {
            role: [[name, table.holds(name), table.fractions(name)] for name in table.names]
            for role, table in tables.items()
        },
        "clock": None if clock is None else clock.local,
        "ends": None if clock is None else data.ends(clock),
        "levels": {
            role: {
                name: table.levels(name, _MOST_LEVELS) for name in watched if name in table.names
            }
            for role, table in tables.items()
        },
        "rows": data.rows(),
    }


_Levels = Mapping[str, Mapping[str, tuple[str, ...]]]


def _check(spec: MonitoringSpec, names: Iterable[str]) -> None:
    nothing = pd.DataFrame(columns=list(names))
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


def _union(levels: _Levels) -> tuple[str, ...]:
    every = (found for columns in levels.values() for found in columns.values())
    return tuple(sorted({level for found in every for level in found}))


def _infer_task(
    spec: MonitoringSpec, fractions: set[str], levels: Mapping[str, tuple[str, ...]]
) -> Task:
    name = spec.prediction or spec.target
    if name is None or len(levels[name]) <= 2:
        return "classification"
    return "regression" if name in fractions else "multiclass"


def _two_classes(spec: MonitoringSpec, levels: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    found = (levels[name] for name in (spec.target, spec.prediction) if name is not None)
    return next((each for each in found if len(each) == 2), ())


def _positive(spec: MonitoringSpec, classes: tuple[str, ...], levels: _Levels) -> str:
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
    own = {spec.time, spec.prediction, spec.score, spec.target, *spec.apart}
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
        features=tuple(name for name in features if name not in spec.apart),
        types=types,
        label_delay=spec.label_delay,
        as_of=pd.Timestamp(as_of).tz_convert("UTC"),
        confidence=spec.confidence,
        thresholds=spec.thresholds,
        estimated=spec.estimated,
        drift=spec.drift,
        operations=spec.operations,
        row_id=spec.row_id,
        duplicates=spec.duplicates,
        texts=spec.texts,
        embeddings=spec.embeddings,
        sample=partial(_sampled, scanned, period),
    )
    with OpenTables(scanned.place, scanned.meant) as tables:
        asked = Asked(
            frame=frame,
            clock=scanned.clock,
            tables=tables,
            store=scanned.store,
            names=scanned.columns,
            kinds=scanned.kinds,
            meant=scanned.meant,
            contents=scanned.place.contents,
            classes=scanned.classes,
            segments=spec.segments,
        )
        return replace(frame, profiles=profile_period(asked))


def _sampled(
    scanned: ScannedRows,
    period: Period,
    names: tuple[str, ...],
    groups: tuple[tuple[str, ...], ...],
    most: int,
) -> tuple[pd.DataFrame, ...]:
    """Take rows of groups of periods, which are named by their keys; of none: the reference."""
    keys = {key for group in groups for key in group} | {period.key}
    periods = [period]
    while keys - {each.key for each in periods}:
        periods.insert(0, periods[0].previous())
    slots = {each.key: slot for slot, each in enumerate(periods)}
    with OpenTables(scanned.place, scanned.meant) as tables:
        asked = [[slots[key] for key in group] for group in groups if group]
        own = iter(tables.data(scanned.clock, periods).sample(names, asked, most) if asked else ())
        return tuple(
            next(own) if group else _sampled_reference(scanned, tables, names, most)
            for group in groups
        )


def _sampled_reference(
    scanned: ScannedRows, tables: OpenTables, names: tuple[str, ...], most: int
) -> pd.DataFrame:
    """Take rows of the reference, once for all reports of a process; rows are never kept in files."""
    key = {"names": list(names), "most": most}
    found = scanned.store.read("sample", key)
    if found is None:
        (found,) = tables.reference().sample(names, [(0,)], most)
        scanned.store.write("sample", key, found, lasting=False)
    return pd.DataFrame(found).copy()
