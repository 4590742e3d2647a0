"""Each row of a table in the one period that its time falls in, as the scan goes by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from reportgen.collect.relation import Relation, quoted
from reportgen.collect.scan import SLOT
from reportgen.report.period import LONGEST_HISTORY, Period

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["AFTER", "BEFORE", "NO_TIME", "Clock", "history", "in_slots", "only"]

NO_TIME, BEFORE, AFTER = -1, -2, -3
"""Slots of the rows that are in no period."""
_BUCKET = 8 * 3_600_000_000
"""Microseconds. Midnights are 23 hours apart or more, so a bucket holds one edge at most."""


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
        return _microseconds(datetime.combine(period.first_day, time(), UTC))

    def utc(self, moment: int, timezone: str) -> datetime:
        """Give the moment in UTC; local times as `utc_times` reads them."""
        plain = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment)
        if not self.local:
            return plain
        return plain.replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC)


def _microseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def history(period: Period, earliest: datetime | None) -> tuple[Period, ...]:
    """Give the period and those before it back to the earliest row, oldest first."""
    periods = [period]
    while (
        earliest is not None
        and len(periods) < LONGEST_HISTORY[period.every]
        and periods[-1].start > earliest
    ):
        periods.append(periods[-1].previous())
    return tuple(reversed(periods))


def in_slots(
    connection: DuckDBPyConnection, table: Relation, clock: Clock, periods: Sequence[Period]
) -> Relation:
    """Give each row the position of its period, or `NO_TIME`, `BEFORE` or `AFTER`."""
    edges = [*(clock.edge(period) for period in periods), clock.edge(periods[-1].next())]
    first, end = edges[0], edges[-1]
    buckets = range((end - first + _BUCKET - 1) // _BUCKET)
    slots: list[int] = []
    inside: list[int] = []
    at = 0
    for bucket in buckets:
        while edges[at + 1] <= first + bucket * _BUCKET:
            at += 1
        slots.append(at)
        inside.append(edges[at + 1])
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE periods AS SELECT unnest($buckets::BIGINT[]) AS bucket, "
        "unnest($slots::INTEGER[]) AS slot, unnest($edges::BIGINT[]) AS edge",
        {"buckets": list(buckets), "slots": slots, "edges": inside},
    )
    slot = (
        f"CASE WHEN m IS NULL THEN {NO_TIME} WHEN m < {first} THEN {BEFORE} "
        f"WHEN m >= {end} THEN {AFTER} ELSE p.slot + (m >= p.edge)::INTEGER END"
    )
    names = ", ".join(f"t.{quoted(name)}" for name in table.types)
    timed = f"(SELECT *, {clock.moment} AS m FROM {table.sql})"
    return Relation(
        sql=f"(SELECT {slot} AS {SLOT}, {names} FROM {timed} t "
        f"LEFT JOIN periods p ON (t.m - {first}) // {_BUCKET} = p.bucket)",
        types=table.types,
        spelling=table.spelling,
    )


def only(table: Relation, where: str, slot: str = SLOT) -> Relation:
    """Some rows of a table in slots, in other slots if told so."""
    return Relation(
        sql=f"(SELECT * REPLACE ({slot} AS {SLOT}) FROM {table.sql} WHERE {where})",
        types=table.types,
        spelling=table.spelling,
    )
