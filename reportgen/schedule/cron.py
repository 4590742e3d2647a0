"""Cron lines: when to wake up and ask what is due. Nothing else depends on them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

__all__ = ["MACROS", "next_tick", "plain_line"]

MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


def plain_line(line: str) -> str:
    """Give a cron line as five fields.

    Examples
    --------
    >>> plain_line("@weekly")
    '0 0 * * 0'
    """
    return MACROS.get(line.strip().lower(), line)


def next_tick(line: str, timezone: str, after: datetime) -> datetime | None:
    """Give the next moment of a cron line, as Debian's cron would have it; None: never.

    In the hour that a clock change leaves out it comes at once after it; in the hour that is
    repeated it comes once, unless it comes every hour anyway.

    Parameters
    ----------
    after : aware

    Returns
    -------
    aware, in UTC, later than `after`

    Examples
    --------
    >>> next_tick("0 6 * * MON", "Europe/Berlin", datetime(2026, 11, 23, 12, tzinfo=UTC))
    datetime.datetime(2026, 11, 30, 5, 0, tzinfo=datetime.timezone.utc)
    """
    from cronsim import CronSim

    ticks = CronSim(plain_line(line), after.astimezone(ZoneInfo(timezone)))
    for tick in ticks:
        moment: datetime = tick.astimezone(UTC)
        if moment > after:  # never twice for one local time
            return moment
    return None
