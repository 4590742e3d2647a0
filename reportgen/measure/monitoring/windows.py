"""Windows on an axis: all are as long, so each is named by its last day or hour alone."""

from __future__ import annotations

from dataclasses import replace

from reportgen.report.data import Part, Series
from reportgen.report.period import Period

__all__ = ["with_short_windows"]


def with_short_windows(part: Part, period: Period) -> Part:
    """Write ``2013-07-07`` under ``28 days to`` instead of ``2013-07-07-28d`` on axes of time.

    Parameters
    ----------
    period : that the report is about; of one of the calendar, nothing changes
    """
    if period.window is None:
        return part
    ending = period.key[period.key.rindex("-") :]
    unit = period.every if period.window == 1 else f"{period.every}s"
    label = f"{period.window} {unit} to"
    return replace(part, series=tuple(_short(one, ending, label) for one in part.series))


def _short(series: Series, ending: str, label: str) -> Series:
    if series.x != "period":
        return series
    keys = tuple(
        key.removesuffix(ending) if isinstance(key, str) else key
        for key in series.columns["period"]
    )
    return replace(
        series,
        columns={**series.columns, "period": keys},
        labels={**series.labels, "period": label},
    )
