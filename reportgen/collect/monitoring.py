"""Scored rows, their times and their reference, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from reportgen.boards import Snapshot
from reportgen.collect.frame import column, describe_frame, read_frame
from reportgen.collect.labels import align_labels, positive_class
from reportgen.collect.segments import segment_levels
from reportgen.collect.tables.profile_store import ProfileStore
from reportgen.collect.tables.scanned import ScannedRows, collect_scanned, scanned_frame
from reportgen.errors import DataError
from reportgen.report import MonitoringSpec, Part, Period, Task
from reportgen.report.cadence import Cadence
from reportgen.report.frame import MonitoringFrame

__all__ = ["ScoredRows", "collect_monitoring", "collect_scored", "find_periods", "utc_times"]

_OFFSET = r"(?:Z|[+-]\d{2}:?\d{2})$"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredRows:
    """The scored pin, read and checked once for all its periods."""

    rows: pd.DataFrame
    times: pd.Series[Any]
    reference: pd.DataFrame | None
    task: Task
    positive: Any
    segments: Mapping[str, pd.Series[Any]]
    part: Part


def collect_scored(
    spec: MonitoringSpec,
    task: Task | None,
    timezone: str,
    snapshots: Mapping[str, Snapshot],
    profiles: Path | None = None,
) -> ScoredRows | ScannedRows:
    """Read the scored pin and its reference, and check what the report needs of them.

    A large table is not read: it is counted where it lies, and what was counted is kept.

    Parameters
    ----------
    profiles : folder for what was counted; None: it is kept for this process alone

    Raises
    ------
    DataError
        A named column is missing, or the time column holds no times.
    """
    store = ProfileStore(profiles)
    scanned = collect_scanned(spec, task, timezone, snapshots, store=store)
    if scanned is not None:
        return scanned
    rows = read_frame(snapshots["data"])
    for what, name in (
        ("prediction", spec.prediction),
        ("score", spec.score),
        ("target", spec.target),
    ):
        if name is not None:
            column(rows, name, "data", what)
    times = utc_times(column(rows, spec.time, "data", "time"), timezone)
    reference = read_frame(snapshots["reference"]) if "reference" in snapshots else None
    task = task or _infer_task(rows, spec)
    classes = _classes(rows, spec) if task == "classification" else ()
    positive = positive_class(classes, spec.positive) if len(classes) == 2 else spec.positive
    for frame in (rows, reference):
        _align(frame, spec, classes)
    return ScoredRows(
        rows=rows,
        times=times,
        reference=reference,
        task=task,
        positive=positive,
        segments=dict(segment_levels(rows, spec.segments, "data")),
        part=describe_frame(rows, snapshots["data"], "data"),
    )


def collect_monitoring(
    spec: MonitoringSpec,
    scored: ScoredRows | ScannedRows,
    period: Period,
    types: Mapping[str, str],
    as_of: datetime,
) -> MonitoringFrame:
    """Line up one period's frame.

    Parameters
    ----------
    types : feature -> type, from the model's prototype
    as_of : aware; when the scored pin was written, so that labels are read as known then
    """
    if isinstance(scored, ScannedRows):
        return scanned_frame(spec, scored, period, types, as_of)
    features = spec.features or tuple(
        name for name in (types or _likely_features(spec, scored.rows)) if name in scored.rows
    )
    return MonitoringFrame(
        task=scored.task,
        rows=scored.rows,
        times=scored.times,
        every=spec.every,
        timezone=period.timezone,
        period=period,
        prediction=spec.prediction,
        score=spec.score,
        target=spec.target,
        positive=scored.positive,
        features=tuple(name for name in features if name not in spec.apart),
        types=types,
        reference=scored.reference,
        segments=scored.segments,
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
    )


def find_periods(times: pd.Series[Any], cadence: Cadence) -> tuple[Period, ...]:
    """Give every period from the first row's to the last row's, gaps included."""
    known = times.dropna()
    if known.empty:
        return ()
    first, last = (moment.floor("us").to_pydatetime() for moment in (known.min(), known.max()))
    return tuple(cadence.between(first, last))


def utc_times(values: pd.Series[Any], timezone: str) -> pd.Series[Any]:
    """Read times and turn them into UTC, once.

    Times with an offset keep their moment. Times without one are read as local times of
    `timezone`: in the hour that a clock change repeats as the first of the two, in the hour
    that it leaves out as the first moment after it. What is no time becomes NaT, and is
    counted by the report.

    Raises
    ------
    DataError
        Not one value is a time.
    """
    parsed = _parse(values)
    if getattr(parsed.dtype, "tz", None) is not None:
        times = parsed.dt.tz_convert("UTC")
    else:
        first_of_two = np.ones(len(parsed), dtype=bool)
        local = parsed.dt.tz_localize(
            timezone, ambiguous=first_of_two, nonexistent="shift_forward"
        )
        times = local.dt.tz_convert("UTC")
    if len(times) and times.isna().all():
        raise DataError(f"the time column '{values.name}' holds no time that can be read")
    in_utc: pd.Series[Any] = times.astype("datetime64[ns, UTC]")
    return in_utc


def _parse(values: pd.Series[Any]) -> pd.Series[Any]:
    if pd.api.types.is_datetime64_any_dtype(values):
        return values
    if pd.api.types.is_numeric_dtype(values):
        raise DataError(
            f"the time column '{values.name}' holds numbers; pin it as times, or as texts such as "
            "2013-07-04T15:00:00Z"
        )
    text = values.astype("str").where(values.notna())
    with_offset = text.str.contains(_OFFSET, regex=True, na=False)
    if with_offset.any():
        parsed = pd.to_datetime(text, errors="coerce", format="ISO8601", utc=True)
        return parsed.where(with_offset)  # a time without offset among others is not guessed
    return pd.to_datetime(text, errors="coerce", format="ISO8601")


def _infer_task(rows: pd.DataFrame, spec: MonitoringSpec) -> Task:
    name = spec.prediction or spec.target
    if name is None:
        return "classification"
    levels = rows[name].dropna().unique()
    if len(levels) <= 2:
        return "classification"
    return "regression" if pd.api.types.is_float_dtype(rows[name]) else "multiclass"


def _classes(rows: pd.DataFrame, spec: MonitoringSpec) -> tuple[Any, ...]:
    for name in (spec.target, spec.prediction):
        if name is not None:
            levels = sorted(rows[name].dropna().unique().tolist(), key=str)
            if len(levels) == 2:
                return tuple(levels)
    return ()


def _align(frame: pd.DataFrame | None, spec: MonitoringSpec, classes: tuple[Any, ...]) -> None:
    """Write prediction and target in the same terms, in place: the frame is ours alone."""
    if frame is None or len(classes) != 2:
        return
    for name in (spec.prediction, spec.target):
        if name is not None and name in frame.columns:
            frame[name] = align_labels(frame[name], classes, name)


def _likely_features(spec: MonitoringSpec, rows: pd.DataFrame) -> tuple[str, ...]:
    own = {spec.time, spec.prediction, spec.score, spec.target, *spec.apart}
    return tuple(name for name in rows.columns if name not in own)
