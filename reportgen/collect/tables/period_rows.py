"""What the rows of a scored pin reach over, and whether those of a period are still the same."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

import pandas as pd

from reportgen.boards import Snapshot
from reportgen.collect.frame import column, read_frame
from reportgen.collect.monitoring import ScoredRows, utc_times
from reportgen.report import Period

if TYPE_CHECKING:
    from reportgen.collect.tables.scanned import ScannedRows

__all__ = ["digest_rows", "time_span"]

_INDEX = re.compile(r"__index_level_[0-9]+__")


def time_span(snapshot: Snapshot, name: str, timezone: str) -> tuple[datetime, datetime] | None:
    """Give the first and the last moment in a column of times; None when there is none.

    Of a parquet pin only that column is read.

    Raises
    ------
    DataError
        There is no such column, or it holds no times.
    """
    rows = _times_of(snapshot, name)
    times = utc_times(column(rows, name, "data", "time"), timezone).dropna()
    if times.empty:
        return None
    first, last = (moment.floor("us").to_pydatetime() for moment in (times.min(), times.max()))
    return first.astimezone(UTC), last.astimezone(UTC)


def _times_of(snapshot: Snapshot, name: str) -> pd.DataFrame:
    if snapshot.version.type != "parquet":
        return read_frame(snapshot)
    import pyarrow.parquet as pq

    parts = []
    for path in snapshot.paths:
        if name not in pq.read_schema(path).names:
            return read_frame(snapshot)  # which says what is wrong with it
        parts.append(pd.read_parquet(path, columns=[name]))
    return pd.concat(parts, ignore_index=True)


def digest_rows(scored: ScoredRows | ScannedRows, period: Period) -> str:
    """Hash the rows of one period, whatever their order.

    Parameters
    ----------
    scored : as `collect_scored` gave it: labels are written alike, so a new spelling of the
        same label is no change

    Returns
    -------
    how it was hashed, and 16 or more hex digits; the digests of two ways never agree
    """
    if isinstance(scored, ScoredRows):
        return _digest_frame(scored, period)
    return _digest_table(scored, period)


def _digest_frame(scored: ScoredRows, period: Period) -> str:
    inside = (scored.times >= period.start) & (scored.times < period.end)
    rows = scored.rows.loc[inside.to_numpy(), sorted(scored.rows.columns)]
    hashes = pd.util.hash_pandas_object(_as_text(rows), index=False).sort_values()
    names = "\n".join(rows.columns)
    digest = sha256(names.encode() + b"\0" + hashes.to_numpy().astype("<u8").tobytes())
    return f"rows:{len(rows)}:{digest.hexdigest()}"


def _as_text(rows: pd.DataFrame) -> pd.DataFrame:
    """Write what pandas cannot hash, such as lists, as text."""
    text: pd.DataFrame = rows.apply(
        lambda values: values.map(repr) if values.dtype == object else values
    )
    return text


def _digest_table(scored: ScannedRows, period: Period) -> str:
    # Where a row stood in somebody's data frame, which pandas writes along, is no part of it.
    names = sorted(name for name in scored.names if not _INDEX.fullmatch(name))
    with scored.place.opened() as tables:
        slots = tables["data"].in_slots(scored.clock, (period,))
        found = slots.count(None, names, ()).get(0)
    return "counted:0:0" if found is None else f"counted:{found.rows}:{found.held}"
