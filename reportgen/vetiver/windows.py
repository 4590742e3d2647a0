"""Windows of time for `compute_metrics`: each row in exactly one, gaps kept, no row lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

import numpy as np
import pandas as pd

from reportgen.collect.monitoring import utc_times
from reportgen.errors import DataError, near_miss

__all__ = ["Windows", "Word", "cut_windows", "read_times"]

Word = Literal["day", "week", "month", "quarter", "year"]
_CALENDAR = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q-DEC", "year": "Y-DEC"}
_MONDAY = pd.Timestamp("1970-01-05")
_DAY = pd.Timedelta(days=1)
_MOST = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """Windows without gaps between them, and where each row falls.

    Attributes
    ----------
    places : shape (n,), position of the window of each row, -1 for a row without a time
    starts, ends : shape (windows,), in the zone of the data; a window holds its start and not
        its end
    """

    places: np.ndarray[Any, Any]
    starts: pd.DatetimeIndex
    ends: pd.DatetimeIndex


def read_times(values: pd.Series[Any]) -> pd.Series[Any]:
    """Read a column of times or of ISO 8601 texts; a zone is kept, none is made up.

    Raises
    ------
    DataError
        Not one value is a time.
    """
    if pd.api.types.is_datetime64_any_dtype(values):
        plain: pd.Series[Any] = values.dt.as_unit("us")
        return plain
    zoned = values.astype("str").str.contains(r"(?:Z|[+-]\d{2}:?\d{2})$", regex=True, na=False)
    times: pd.Series[Any] = utc_times(values, "UTC").dt.as_unit("us")
    return times if zoned.any() else _plain(times, by_clock=True)


def cut_windows(
    times: pd.Series[Any], period: timedelta | Word, *, from_first_row: bool = False
) -> Windows:
    """Give each row its window.

    Parameters
    ----------
    times : without a zone or with one; may hold NaT
    period : a length, or a word of the calendar. Windows of whole days start at midnight of the
        data's own zone, those of whole weeks on a Monday
    from_first_row : start the first window at the first row, whatever the clock says then

    Raises
    ------
    DataError
        The period is no length, or makes more than 100,000 windows.
    """
    known = times.dropna()
    if known.empty:
        nothing = pd.DatetimeIndex(known)
        return Windows(places=np.full(len(times), -1), starts=nothing, ends=nothing)
    if isinstance(period, str):
        return _calendar(times, period, from_first_row=from_first_row)
    step = pd.Timedelta(period)
    if step <= pd.Timedelta(0):
        raise DataError(f"a period of {period} is no length of time")
    zone = getattr(times.dtype, "tz", None)
    # Whole days are counted by the local clock, so that each starts at its own midnight.
    by_clock = step % _DAY == pd.Timedelta(0) and not from_first_row
    clock = _plain(times, by_clock=by_clock)
    origin = clock.min() if from_first_row else _MONDAY
    # Whole microseconds: dividing them as fractions would move rows over an edge.
    since = (clock - origin).dt.as_unit("us").to_numpy(dtype="int64")
    width = step // pd.Timedelta(microseconds=1)
    codes = np.where(clock.isna(), np.nan, since // width)
    first, many = _span(codes)
    starts = pd.DatetimeIndex(origin + step * np.arange(first, first + many + 1))
    return _placed(codes, first, _zoned(starts, zone, by_clock=by_clock))


def _calendar(times: pd.Series[Any], word: str, *, from_first_row: bool) -> Windows:
    if word not in _CALENDAR:
        raise DataError(f"no period is called {word!r}. {near_miss(word, list(_CALENDAR))}")
    if from_first_row:
        raise DataError(f"a {word} starts where the calendar says, not at the first row")
    clock = _plain(times, by_clock=True)
    frequency = _CALENDAR[word]
    ordinals = clock.dropna().dt.to_period(frequency).map(lambda period: period.ordinal)
    codes = ordinals.reindex(times.index).to_numpy(dtype="float64")
    first, many = _span(codes)
    opening = pd.Period(ordinal=first, freq=frequency)
    periods = pd.period_range(opening, periods=many + 1, freq=frequency)
    zone = getattr(times.dtype, "tz", None)
    return _placed(codes, first, _zoned(periods.start_time, zone, by_clock=True))


def _plain(times: pd.Series[Any], *, by_clock: bool) -> pd.Series[Any]:
    """Times without their zone: as the clock showed them, or in UTC."""
    if getattr(times.dtype, "tz", None) is None:
        return times
    shown = times if by_clock else times.dt.tz_convert("UTC")
    plain: pd.Series[Any] = shown.dt.tz_localize(None)
    return plain


def _zoned(starts: pd.DatetimeIndex, zone: Any, *, by_clock: bool) -> pd.DatetimeIndex:
    starts = starts.as_unit("us")
    if zone is None:
        return starts
    if not by_clock:
        return starts.tz_localize("UTC").tz_convert(zone)
    first_of_two = np.ones(len(starts), dtype=bool)
    return starts.tz_localize(zone, ambiguous=first_of_two, nonexistent="shift_forward")


def _span(codes: np.ndarray[Any, Any]) -> tuple[int, int]:
    first, last = int(np.nanmin(codes)), int(np.nanmax(codes))
    many = last - first + 1
    if many > _MOST:
        raise DataError(
            f"the times make {many:,} windows; look for a wrong one, such as a year of 1970"
        )
    return first, many


def _placed(codes: np.ndarray[Any, Any], first: int, edges: pd.DatetimeIndex) -> Windows:
    places = np.where(np.isnan(codes), -1, codes - first).astype(np.intp)
    return Windows(places=places, starts=edges[:-1], ends=edges[1:])
