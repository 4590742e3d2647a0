"""A pin of metrics over time, as the history of a report: windows found in our periods."""

from __future__ import annotations

from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from reportgen.boards import Snapshot
from reportgen.collect.frame import read_frame
from reportgen.collect.metrics_pin import metric_named, tidy_metrics
from reportgen.report.cadence import Cadence
from reportgen.report.history import PinnedHistory, PinnedMetric

__all__ = ["collect_history"]


def collect_history(snapshot: Snapshot, cadence: Cadence) -> PinnedHistory:
    """Read a pin of metrics that vetiver wrote, in Python or in R.

    Parameters
    ----------
    cadence : of the periods. A window whose time has no zone is meant in that of the periods

    Raises
    ------
    DataError
        The pin holds something else than metrics over time.
    """
    version = snapshot.version
    table = tidy_metrics(
        read_frame(snapshot), where=f"pin '{version.name}' version {version.version}"
    )
    of_r = "estimator" in table
    names = {name: metric_named(name, of_r=of_r) for name in sorted(set(table["metric"]))}
    starts = _in_utc(table["index"], cadence.timezone)
    rows = zip(starts, table["metric"], table["n"], table["estimate"], strict=True)
    found = [
        _metric(name, start, int(n), float(number), cadence)
        for start, spelled, n, number in rows
        if (name := names[spelled]) is not None
    ]
    first = {(one.start, one.metric): one for one in reversed(found)}
    ordered = sorted(first.values(), key=lambda one: (one.start, one.metric))
    unknown = tuple(name for name, ours in names.items() if ours is None)
    return PinnedHistory(metrics=tuple(ordered), unknown=unknown)


def _in_utc(times: pd.Series[Any], timezone: str) -> pd.Series[Any]:
    if getattr(times.dtype, "tz", None) is None:
        first_of_two = np.ones(len(times), dtype=bool)
        times = times.dt.tz_localize(timezone, ambiguous=first_of_two, nonexistent="shift_forward")
    found: pd.Series[Any] = times.dt.tz_convert("UTC")
    return found


def _metric(
    name: str, start: pd.Timestamp, n: int, number: float, cadence: Cadence
) -> PinnedMetric:
    moment = start.to_pydatetime()
    period = cadence.starting(moment)
    local = moment.astimezone(ZoneInfo(cadence.timezone))
    plain = f"{local:%Y-%m-%d}" if f"{local:%H%M%S}" == "000000" else f"{local:%Y-%m-%d %H:%M:%S}"
    return PinnedMetric(
        metric=name,
        start=moment,
        window=period.key if moment == period.start else plain,
        period=period.key,
        n=n,
        estimate=number if isfinite(number) else None,
    )
