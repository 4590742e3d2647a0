"""Every period is published once or noted as skipped, in every zone, whatever the clock does."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import get_args
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.report import Every
from reportgen.report.run_spec import RunResult
from reportgen.schedule.due import CatchUp, Rules, Span, ask_periods, count_periods
from reportgen.schedule.ledger import Ledger
from reportgen.schedule.memory_store import MemoryStore

ZONES = sorted(available_timezones())
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CATCH_UPS = (
    CatchUp(),
    CatchUp(order="newest"),
    CatchUp(most=0),
    CatchUp(most=3),
    CatchUp(max_age=40 * DAY),
    CatchUp(most=5, max_age=100 * DAY, order="newest"),
)


def keys_by_hand(first: date, last: date, every: Every) -> Iterator[tuple[str, date]]:
    """Give each period's key and the first day after it, day by day and by nothing of ours."""
    day, key = first, ""
    while True:
        now = _key(day, every)
        if key and now != key:
            yield key, day
            if day > last:
                return
        key, day = now, day + DAY


@cache
def _key(day: date, every: Every) -> str:
    if every == "quarter":
        return f"{day.year}-Q{(day.month + 2) // 3}"
    words = {"day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m", "year": "%Y"}
    return day.strftime(words[every])


@dataclass
class World:
    """A report over some years: data that come when they come, wake-ups that come or do not."""

    zone: str
    every: Every
    rules: Rules
    chance: random.Random
    start: datetime
    years: int = 10
    site: Counter[str] = field(default_factory=Counter)
    crashed: set[str] = field(default_factory=set)
    clock: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    most_at_once: int = 0

    def __post_init__(self) -> None:
        self.clock = self.start
        self.ledger = Ledger(MemoryStore(), owner="test", clock=lambda: self.clock)
        self.pinned = self.start

    @property
    def end(self) -> datetime:
        return self.start + timedelta(days=365 * self.years)

    def live(self) -> None:
        """Wake up at random: twice at once, after weeks, with the clock wrong."""
        while self.clock < self.end:
            self.clock += self.chance.choice((HOUR, 9 * DAY, 70 * DAY, 200 * DAY, 300 * DAY))
            if self.chance.random() < 0.8:  # else the data job does not run either
                self.pinned = self.clock - self.chance.choice((0, 0, 0, 1)) * 3 * DAY
            if self.chance.random() < 0.2:
                continue  # nobody wakes
            self.wake(self.clock)
            if self.chance.random() < 0.2:
                self.wake(self.clock - HOUR)  # the clock was set back
            if self.chance.random() < 0.05:
                self.wake(self.clock + 365 * DAY)  # and forward
            if self.chance.random() < 0.3:
                self.wake(self.clock)  # woken twice
        self.pinned = self.clock = self.clock + 2 * self.rules.grace
        for _ in range(3):
            self.clock += HOUR  # leases of what crashed run out
            self.wake(self.clock)

    def wake(self, now: datetime) -> None:
        entries = {edition: entry for (_, edition), entry in self.ledger.entries().items()}
        span = Span(first=self.start, last=self.pinned, pinned=self.pinned)
        answer = ask_periods(self.rules, span, entries, "basis", f"data@{self.pinned}", now)
        self.most_at_once = max(self.most_at_once, len(answer.due))
        for period, why in answer.skip:
            self.ledger.skip(("r", period.key), why, start=period.start, end=period.end)
        for due in answer.due:
            assert due.period is not None
            # What is taken over may have been begun when the clock was ahead.
            assert due.why == "taken over" or due.period.end + self.rules.grace <= now
            assert due.period.end <= self.pinned
            self.make(due.edition, due.seen, due.period.start, due.period.end)

    def make(self, edition: str, seen: int, start: datetime, end: datetime) -> None:
        lease = self.ledger.claim(("r", edition), "basis", seen=seen, start=start, end=end)
        if lease is None:
            return
        crash = edition not in self.crashed and self.chance.random() < 0.02
        if crash:
            self.crashed.add(edition)
            if self.chance.random() < 0.5:
                return
        new = edition not in self.site
        self.site[edition] += new  # a shelf knows the fingerprint, and takes it once
        if crash:
            return
        result = RunResult(
            report="r",
            edition=edition,
            outcome="published" if new else "unchanged",
            fingerprint="f",
            rows="same",
        )
        self.ledger.finish(lease, result, data=f"data@{self.pinned}")

    def check(self) -> None:
        zone = ZoneInfo(self.zone)
        first = self.start.astimezone(zone).date()
        first = {
            "day": first,
            "week": first - timedelta(days=first.weekday()),
            "month": first.replace(day=1),
            "quarter": first.replace(month=(first.month - 1) // 3 * 3 + 1, day=1),
            "year": first.replace(month=1, day=1),
        }[self.every]
        expected = set()
        for key, after in keys_by_hand(first, self.clock.astimezone(zone).date(), self.every):
            ends = datetime(after.year, after.month, after.day, tzinfo=zone).astimezone(UTC)
            if ends + self.rules.grace <= self.clock and ends <= self.pinned:
                window = self.rules.window
                expected.add(f"{after - DAY}-{window.days}d" if window else key)
        states = {key: entry.state for (_, key), entry in self.ledger.entries().items()}
        assert set(states) == expected
        assert set(states.values()) <= {"published", "skipped"}
        assert {key for key, state in states.items() if state == "published"} == set(self.site)
        assert set(self.site.values()) <= {1}
        if self.rules.catch_up == CatchUp():
            assert "skipped" not in states.values()
        skipped = Counter(a.edition for a in self.ledger.attempts() if a.what == "skipped")
        assert {key for key, state in states.items() if state == "skipped"} == set(skipped)
        assert set(skipped.values()) <= {1}


def every_of(index: int) -> Every:
    """Mostly months and weeks; some days, which are many."""
    if index % 120 == 0:
        return "day"
    if index % 20 == 0:
        return "week"
    return "quarter" if index % 3 == 0 else "month"


def world(
    zone: str,
    every: Every,
    seed: object,
    catch_up: CatchUp,
    years: int = 10,
    window: timedelta | None = None,
) -> World:
    chance = random.Random(f"{zone} {seed}")
    grace = chance.choice((timedelta(0), HOUR, 2 * DAY, 10 * DAY))
    rules = Rules(every=every, timezone=zone, window=window, grace=grace, catch_up=catch_up)
    return World(
        zone=zone,
        every=every,
        rules=rules,
        chance=chance,
        start=datetime(2016, 1, 1, tzinfo=UTC) + chance.random() * 300 * DAY,
        # More days than a history has are left out, and said to be.
        years=min(years, 2) if every == "day" else years,
    )


# By hand, periods are counted in days; hours have tests of their own.
DAYS_AND_MORE = tuple(every for every in get_args(Every) if every != "hour")


@pytest.mark.parametrize("part", range(6))
def test_all_zones_over_ten_years(part: int) -> None:
    for index, zone in enumerate(ZONES):
        if index % 6 == part:
            lived = world(zone, every_of(index), "ten years", CATCH_UPS[index % len(CATCH_UPS)])
            lived.live()
            lived.check()


@given(
    zone=st.sampled_from(ZONES),
    every=st.sampled_from(DAYS_AND_MORE),
    seed=st.integers(),
    catch_up=st.builds(
        CatchUp,
        most=st.none() | st.integers(0, 10),
        max_age=st.none() | st.timedeltas(DAY, 400 * DAY),
        order=st.sampled_from(["oldest", "newest"]),
    ),
)
@settings(max_examples=15)
def test_any_rules_over_two_years(zone: str, every: Every, seed: int, catch_up: CatchUp) -> None:
    lived = world(zone, every, seed, catch_up, years=2)
    lived.live()
    lived.check()
    if catch_up.most is not None:
        # The newest, the missed ones, and at most what crashed or was reopened before.
        again = sum(entry.state == "published" for entry in lived.ledger.entries().values())
        assert lived.most_at_once <= catch_up.most + 1 + len(lived.crashed) + again


@given(st.sampled_from(ZONES), st.sampled_from(("week", "month")), st.integers())
@settings(max_examples=6, deadline=None)
def test_windows_over_two_years(zone: str, every: Every, seed: int) -> None:
    catch_up = CATCH_UPS[seed % len(CATCH_UPS)]
    lived = world(zone, every, seed, catch_up, years=2, window=31 * DAY)
    lived.live()
    lived.check()


@given(
    st.sampled_from(ZONES),
    st.sampled_from(get_args(Every)),
    st.datetimes(datetime(1995, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    st.integers(0, 300),
)
@settings(max_examples=60)
def test_periods_are_counted_as_if_they_were_made(
    zone: str, every: Every, moment: datetime, number: int
) -> None:
    from reportgen.report import period_of

    first = last = period_of(moment, every, zone)
    for _ in range(number % 40 if every in ("quarter", "year") else number):
        last = last.next()

    expected = number % 40 if every in ("quarter", "year") else number
    assert count_periods(first, last) == expected + 1
    assert (count_periods(last, first) == 0) == (expected > 0)
