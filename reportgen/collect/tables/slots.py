"""Each row of a table in the one period that its time falls in, as the scan goes by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from reportgen.collect.tables.relation import Relation, quoted
from reportgen.collect.tables.scan import SLOT
from reportgen.report.period import Period, longest_history

if TYPE_CHECKING:
    import numpy as np
    from duckdb import DuckDBPyConnection

__all__ = ["AFTER", "BEFORE", "NEVER", "NO_TIME", "Clock", "Sliced", "history", "slice_time"]

NO_TIME, BEFORE, AFTER = -1, -2, -3
"""Slots of the rows that are in no period."""
NEVER = -(2**62)
"""A moment of which nothing is so old, for rows without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """How a column of times is read.

    Attributes
    ----------
    local : whether it holds times without an offset, which are local times of the periods
    """

    column: str
    local: bool

    @property
    def moment(self) -> str:
        """SQL for the microseconds since 1970, of UTC or of the local clock."""
        read = f"{quoted(self.column)}::{'TIMESTAMP' if self.local else 'TIMESTAMPTZ'}"
        return f"CASE WHEN isfinite({read}) THEN epoch_us({read}) END"

    def edge(self, period: Period) -> int:
        """Give the moment at which a period starts.

        Notes
        -----
        A local midnight is compared with local times as they stand: those that the clock repeats
        or leaves out around midnight then fall on the side that `utc_times` puts them.
        """
        if not self.local:
            return _microseconds(period.start)
        if period.every == "hour":
            return _microseconds(_local_hour(period))
        return _microseconds(datetime.combine(period.first_day, time(), UTC))

    def utc(self, moment: int, timezone: str) -> datetime:
        """Give the moment in UTC; local times as `utc_times` reads them."""
        plain = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment)
        if not self.local:
            return plain
        return plain.replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC)


def _local_hour(period: Period) -> datetime:
    """Give the earliest local time, as if in UTC, that `utc_times` puts at the hour or later."""
    start = period.start.astimezone(ZoneInfo(period.timezone))
    plain = start.replace(tzinfo=UTC, fold=0)
    first = start.replace(fold=0).utcoffset() or timedelta()
    if start.fold:  # times that come twice are read as the first of the two
        return plain + (first - (start.utcoffset() or timedelta()))
    before = (period.start - timedelta(microseconds=1)).astimezone(start.tzinfo)
    left_out = first - (before.utcoffset() or timedelta())
    # Times that the clock leaves out are read as the first moment after them.
    return plain - max(left_out, timedelta())


def _microseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def history(
    period: Period, earliest: datetime | None, most: int | None = None
) -> tuple[Period, ...]:
    """Give the period and those before it back to the earliest row, oldest first."""
    longest = most or longest_history(period)
    periods = [period]
    while earliest is not None and len(periods) < longest and periods[-1].start > earliest:
        periods.append(periods[-1].previous())
    return tuple(reversed(periods))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sliced:
    """Periods as DuckDB knows them: a table of short buckets, each with one edge at most.

    Attributes
    ----------
    name : of that table
    edges : microseconds at which the periods start, and at which the last one ends
    size : of a bucket, in microseconds
    """

    name: str
    clock: Clock
    edges: tuple[int, ...]
    size: int

    def every(self, table: Relation, where: str = "true") -> Relation:
        """Put each row in the slot of its period, or in `NO_TIME`, `BEFORE` or `AFTER`."""
        first, end = self.edges[0], self.edges[-1]
        slot = (
            f"CASE WHEN m IS NULL THEN {NO_TIME} WHEN m < {first} THEN {BEFORE} "
            f"WHEN m >= {end} THEN {AFTER} WHEN m >= p.edge THEN p.after ELSE p.before END"
        )
        names = ", ".join(f"t.{quoted(name)}" for name in table.types)
        timed = f"(SELECT *, {self.clock.moment} AS m FROM {table.sql} WHERE {where})"
        return replace(
            table,
            sql=f"(SELECT {slot} AS {SLOT}, {names} FROM {timed} t "
            f"LEFT JOIN {self.name} p ON (t.m - {first}) // {self.size} = p.bucket)",
        )

    def take(self, table: Relation, groups: Sequence[Sequence[int]]) -> Relation:
        """Take the rows of some periods, each in the slot that is its group's position."""
        wanted = [slot for group in groups for slot in group]
        rows = self.every(table, self._around(table, min(wanted), max(wanted)))
        if wanted == list(range(wanted[0], wanted[0] + len(groups))):
            place, where = f"{SLOT} - {wanted[0]}", f"{SLOT} BETWEEN {wanted[0]} AND {wanted[-1]}"
        else:
            homes = {slot: at for at, group in enumerate(groups) for slot in group}
            table_of = [homes.get(slot, -1) for slot in range(max(wanted) + 1)]
            place, where = f"({table_of})[{SLOT} + 1]", f"{SLOT} >= 0 AND {SLOT} <= {max(wanted)}"
            where += f" AND ({table_of})[{SLOT} + 1] >= 0"
        return replace(
            rows, sql=f"(SELECT * REPLACE ({place} AS {SLOT}) FROM {rows.sql} WHERE {where})"
        )

    def near(self, table: Relation, groups: Sequence[Sequence[int]]) -> Relation:
        """Leave out parts of a file that hold no row of some periods; what is left may be in others."""
        wanted = [slot for group in groups for slot in group]
        where = self._around(table, min(wanted), max(wanted))
        return replace(table, sql=f"(SELECT * FROM {table.sql} WHERE {where})")

    def homes(
        self, moments: np.ndarray[Any, Any], groups: Sequence[Sequence[int]]
    ) -> np.ndarray[Any, Any]:
        """Give the position of each moment's group, -1 where it is in none.

        Parameters
        ----------
        moments : shape (n,), microseconds as of `Clock.moment`, `NEVER` where there is none
        """
        import numpy as np

        positions = {slot: at for at, group in enumerate(groups) for slot in group}
        starts = {edge: slot for slot, edge in enumerate(self.edges)}
        rising = sorted(starts)
        homes = [positions.get(starts[edge], -1) for edge in rising]
        homes_of = np.array([-1, *homes], dtype=np.int32)
        if (moments[1:] >= moments[:-1]).all():  # as of a log: then the few edges are looked up
            ends = [0, *np.searchsorted(moments, np.array(rising)), len(moments)]
            return np.repeat(homes_of, np.diff(ends))
        return homes_of[np.searchsorted(np.array(rising), moments, "right")]

    def _around(self, table: Relation, first: int, last: int) -> str:
        """SQL that holds for all rows of these slots, and lets a file's other parts be passed over.

        A day more on either side, so that it does not matter how a type of times rounds.
        """
        kind = table.types[self.clock.column]
        if first < 0 or not kind.startswith(("TIMESTAMP", "DATE")):
            return "true"
        column, day = quoted(self.clock.column), timedelta(days=1)
        start, end = (
            datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=edge)
            for edge in (self.edges[first], self.edges[last + 1])
        )
        zone = "" if self.clock.local else "+00"
        low, high = (
            f"'{moment.replace(tzinfo=None).isoformat(' ')}{zone}'::{kind}"
            for moment in (start - day, end + day)
        )
        return f"{column} >= {low} AND {column} <= {high}"


def slice_time(connection: DuckDBPyConnection, clock: Clock, periods: Sequence[Period]) -> Sliced:
    """Tell the database where periods start."""
    edges = [*(clock.edge(period) for period in periods), clock.edge(periods[-1].next())]
    starts = {edge: slot for slot, edge in enumerate(edges)}  # of several, the last one has rows
    rising = sorted(starts)
    size = min(high - low for low, high in pairwise(rising))
    buckets = range(-((rising[0] - rising[-1]) // size))
    before, inside, at = [], [], 0
    for bucket in buckets:
        while rising[at + 1] <= rising[0] + bucket * size:
            at += 1
        before.append(starts[rising[at]])
        inside.append(rising[at + 1])
    (many,) = connection.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE 'periods%'"
    ).fetchall()[0]
    name = f"periods_{many}"
    connection.execute(
        f"CREATE TEMP TABLE {name} AS SELECT unnest($buckets::BIGINT[]) AS bucket, "
        "unnest($before::INTEGER[]) AS before, unnest($edges::BIGINT[]) AS edge, "
        "unnest($after::INTEGER[]) AS after",
        {
            "buckets": list(buckets),
            "before": before,
            "edges": inside,
            "after": [starts[edge] for edge in inside],
        },
    )
    return Sliced(name=name, clock=clock, edges=tuple(edges), size=size)
