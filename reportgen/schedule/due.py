"""Which editions are due: a pure question about periods, the ledger and the time.

Level-triggered: whoever wakes the question, once, twice or too late, gets the same answer. Due are
the periods that have ended plus grace, minus what the ledger has.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from reportgen.report.cadence import Cadence
from reportgen.report.period import LONGEST_HISTORY, Every, Period, parse_period, period_of
from reportgen.schedule.entry import Entry, held

__all__ = [
    "Answer",
    "CatchUp",
    "Due",
    "Rules",
    "Span",
    "Why",
    "ask_card",
    "ask_periods",
    "count_periods",
    "next_due",
]

Why = Literal[
    "new", "missed", "late data", "labels complete", "changed", "again", "taken over", "asked for"
]

_WINDOW = re.compile(r"-\d+[dh]$")
_AGAIN = ("again", "once", "refused", "lost")
_FORMS: Mapping[Every, tuple[int, str]] = {
    "hour": (13, ""),
    "day": (10, ""),
    "week": (8, "W"),
    "month": (7, ""),
    "quarter": (7, "Q"),
    "year": (4, ""),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CatchUp:
    """What to do with periods that were missed.

    Attributes
    ----------
    most : missed periods that are made at most, the newest; the period that was due last is not
        a missed one
    max_age : missed periods that ended longer ago are not made
    order : which of them is made first
    """

    most: int | None = None
    max_age: timedelta | None = None
    order: Literal["oldest", "newest"] = "oldest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How one monitoring report is scheduled.

    Attributes
    ----------
    window : as `Cadence`; what is asked of periods is asked of those of the calendar that end them
    """

    every: Every
    timezone: str
    window: timedelta | None = None
    grace: timedelta = timedelta(0)
    label_delay: timedelta = timedelta(0)
    reopen_for: timedelta = timedelta(0)
    catch_up: CatchUp = CatchUp()

    @property
    def cadence(self) -> Cadence:
        """The periods that the report is made for."""
        return Cadence(every=self.every, timezone=self.timezone, window=self.window)

    def step_keys(self, keys: Iterable[str]) -> frozenset[str]:
        """Give the keys of the calendar's periods that end those of the report."""
        own = (key for key in keys if _is_own(key, self))
        if self.window is None:
            return frozenset(own)
        cadence = self.cadence
        return frozenset(cadence.step(parse_period(key, self.timezone)).key for key in own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What the scored data hold: the first and the last moment, and when they were pinned."""

    first: datetime
    last: datetime
    pinned: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One edition that is to be made.

    Attributes
    ----------
    seen : generation of the ledger's entry on which this rests; 0: there is none
    unless_rows : digest of the period's rows when it was published; the same rows make no revision
    """

    edition: str
    why: Why
    period: Period | None = None
    seen: int = 0
    unless_rows: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """All there is to say about one report at one moment.

    Attributes
    ----------
    due : in the order in which they are to be made
    skip : periods that will not be made, and why; to be noted in the ledger
    running, waiting, failed : others are at it; will be tried again later; will not be until
        something changes
    late, late_from : how many periods have ended plus grace without data, and the first of them
    before : periods older than any history that is looked at
    """

    due: tuple[Due, ...] = ()
    skip: tuple[tuple[Period, str], ...] = ()
    running: tuple[Entry, ...] = ()
    waiting: tuple[Entry, ...] = ()
    failed: tuple[Entry, ...] = ()
    late: int = 0
    late_from: Period | None = None
    before: int = 0


def ask_card(version: str, entry: Entry | None, basis: str, now: datetime) -> Answer:
    """Say whether the card of a model version is due: it is new, or what goes into it changed.

    Parameters
    ----------
    basis : digest of its pins, settings and template
    """
    if entry is None:
        return Answer(due=(Due(edition=version, why="new"),))
    if entry.state == "published" and entry.made_from != basis:
        return Answer(due=(Due(edition=version, why="changed", seen=entry.generation),))
    return _unsettled([entry], None, basis, now)


def ask_periods(
    rules: Rules,
    span: Span | None,
    entries: Mapping[str, Entry],
    basis: str,
    data: str,
    now: datetime,
    *,
    known: Collection[str] | None = None,
) -> Answer:
    """Say which periods of a monitoring report are due.

    Parameters
    ----------
    span : None: no data are there at all
    entries : of this report, by edition; those that nothing can change may be left out
    basis : digest of pins, settings and template, as they are now
    data : the data pin, as it is now
    known : all editions of which the ledger has anything; None: those in `entries`
    """
    if span is None:
        return Answer()
    first, before = _first(rules, span)
    own = _own(entries, rules)
    known = rules.step_keys(own if known is None else known)
    ended = _last_ended(rules, now)
    there = _last_there(rules, span, ended)
    late, late_from = _late(first, there, ended, known)
    ending = rules.cadence.ending
    missing = [ending(step) for step in _missing(first, there, known)] if there else []
    due, skip = _caught_up(missing, ending(there) if there else None, rules.catch_up, now)
    settled = _unsettled(own.values(), rules.timezone, basis, now)
    reopened = _reopened(own.values(), rules, span, data, now)
    ready = tuple(each for each in settled.due if _is_there(each, there))
    # Its data were there once and are not any more; it waits for them as others do.
    gone = tuple(own[each.edition] for each in settled.due if each not in ready)
    return Answer(
        due=(*reopened, *ready, *due),
        skip=skip,
        running=settled.running,
        waiting=(*settled.waiting, *gone),
        failed=settled.failed,
        late=late,
        late_from=ending(late_from) if late_from else None,
        before=before,
    )


def next_due(rules: Rules, now: datetime) -> datetime:
    """Say when the next period will have ended plus grace."""
    return period_of(now - rules.grace, rules.every, rules.timezone).end + rules.grace


def count_periods(first: Period, last: Period) -> int:
    """Count the periods from one to another of the same kind, both included, without making them.

    Examples
    --------
    >>> from reportgen.report.period import parse_period
    >>> count_periods(parse_period("2013-W27", "UTC"), parse_period("2014-W02", "UTC"))
    28
    """
    if last.start < first.start:
        return 0
    one, other = first.first_day, last.first_day
    match first.every:
        case "hour":
            return round((last.start - first.start) / timedelta(hours=1)) + 1
        case "day":
            return (other - one).days + 1
        case "week":
            return (other - one).days // 7 + 1
        case "month":
            return _months(other) - _months(one) + 1
        case "quarter":
            return (_months(other) - _months(one)) // 3 + 1
        case "year":
            return other.year - one.year + 1


def _months(day: date) -> int:
    return 12 * day.year + day.month


def _first(rules: Rules, span: Span) -> tuple[Period, int]:
    """Give the first period that counts: one wild time must not add thousands of them."""
    first = period_of(span.first, rules.every, rules.timezone)
    last = period_of(span.last, rules.every, rules.timezone)
    surplus = count_periods(first, last) - LONGEST_HISTORY[rules.every]
    if surplus <= 0:
        return first, 0
    days = {
        "hour": 1 / 24,
        "day": 1,
        "week": 7,
        "month": 30.436875,
        "quarter": 91.310625,
        "year": 365.2425,
    }
    back = timedelta(days=days[rules.every] * (LONGEST_HISTORY[rules.every] - 1))
    bound = period_of(last.start - back, rules.every, rules.timezone)
    return bound, count_periods(first, bound) - 1


def _last_ended(rules: Rules, now: datetime) -> Period:
    return period_of(now - rules.grace, rules.every, rules.timezone).previous()


def _last_there(rules: Rules, span: Span, ended: Period) -> Period | None:
    """Give the newest ended period that the data speak of, and that had ended in them too."""
    pinned = period_of(span.pinned, rules.every, rules.timezone).previous()
    last = period_of(span.last, rules.every, rules.timezone)
    newest = min((ended, pinned, last), key=lambda period: period.start)
    first = period_of(span.first, rules.every, rules.timezone)
    return newest if newest.start >= first.start else None


def _is_there(due: Due, there: Period | None) -> bool:
    return there is not None and due.period is not None and due.period.end <= there.end


def _late(
    first: Period, there: Period | None, ended: Period, known: frozenset[str]
) -> tuple[int, Period | None]:
    """Count the ended periods behind the data; a wrong clock makes many, and none is listed."""
    begin = there.next() if there else first
    late = count_periods(begin, ended) - _inside(begin, ended, known)
    return (late, begin) if late > 0 else (0, None)


def _missing(first: Period, last: Period, known: frozenset[str]) -> list[Period]:
    """Give the periods of which the ledger has nothing, oldest first.

    How many they are is known beforehand, and they are looked for from the newest backwards: a
    long history costs nothing as long as it is complete.
    """
    number = count_periods(first, last) - _inside(first, last, known)
    found: list[Period] = []
    period = last
    while len(found) < number:
        if period.key not in known:
            found.append(period)
        period = period.previous()
    found.reverse()
    return found


def _inside(first: Period, last: Period, known: frozenset[str]) -> int:
    return sum(first.key <= key <= last.key for key in known)


def _is_every(key: str, every: Every) -> bool:
    """Tell the keys of weeks from those of days: `every` may have been another once."""
    length, mark = _FORMS[every]
    return len(key.removesuffix("b")) == length and (
        key[5:6] == mark if mark else key[5:6].isdigit() or not key[4:]
    )


def _is_own(key: str, rules: Rules) -> bool:
    """Tell the periods of these rules from those of others: they may have been others once."""
    if rules.window is None:
        return not _WINDOW.search(key) and _is_every(key, rules.every)
    if not _WINDOW.search(key):
        return False
    cadence = rules.cadence
    return key.endswith(
        f"-{cadence.many}{'h' if rules.every == 'hour' else 'd'}"
    ) and cadence.owns(parse_period(key, rules.timezone))


def _caught_up(
    missing: list[Period], newest: Period | None, rules: CatchUp, now: datetime
) -> tuple[tuple[Due, ...], tuple[tuple[Period, str], ...]]:
    """Part what is missing into what is made and what is skipped."""
    missed = [period for period in missing if period != newest]
    skip: list[tuple[Period, str]] = []
    if rules.max_age is not None:
        old = [period for period in missed if now - period.end > rules.max_age]
        skip += [(period, f"it ended more than {_said(rules.max_age)} ago") for period in old]
        missed = missed[len(old) :]
    if rules.most is not None and len(missed) > rules.most:
        cut = len(missed) - rules.most
        why = f"catch_up: at most {rules.most} missed periods are made, the newest"
        skip += [(period, why) for period in missed[:cut]]
        missed = missed[cut:]
    due = [Due(edition=period.key, why="missed", period=period) for period in missed]
    if newest is not None and newest in missing:
        due.append(Due(edition=newest.key, why="new", period=newest))
    if rules.order == "newest":
        due.reverse()
    return tuple(due), tuple(skip)


def _said(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    return f"{age.days} days" if hours % 24 == 0 and age.days != 1 else f"{hours} hours"


def _own(entries: Mapping[str, Entry], rules: Rules) -> Mapping[str, Entry]:
    """Leave out editions of a time when `every` or `window` was another; they stay as they are."""
    return {key: entry for key, entry in entries.items() if _is_own(key, rules)}


def _unsettled(
    entries: Iterable[Entry], timezone: str | None, basis: str, now: datetime
) -> Answer:
    """Sort what is running or has failed: due again, waiting, or set aside."""
    due: list[Due] = []
    running: list[Entry] = []
    waiting: list[Entry] = []
    failed: list[Entry] = []
    unsettled = [entry for entry in entries if entry.state in ("running", "failed")]
    unsettled.sort(key=lambda entry: (entry.start or entry.updated, entry.edition))
    for entry in unsettled:
        why: Why | None = None
        if held(entry, now):
            running.append(entry)
        elif entry.state == "running":
            why = "taken over"
        elif entry.state == "failed" and entry.basis != basis:
            why = "changed"
        elif entry.state == "failed" and entry.kind in _AGAIN:
            why = "again" if entry.retry_at is not None and entry.retry_at <= now else None
            if why is None:
                waiting.append(entry)
        elif entry.state == "failed":
            failed.append(entry)
        if why is not None:
            period = parse_period(entry.edition, timezone) if timezone else None
            due.append(Due(edition=entry.edition, why=why, period=period, seen=entry.generation))
    return Answer(
        due=tuple(due), running=tuple(running), waiting=tuple(waiting), failed=tuple(failed)
    )


def _reopened(
    entries: Iterable[Entry], rules: Rules, span: Span, data: str, now: datetime
) -> tuple[Due, ...]:
    """Look again at what was published from older data: late rows, labels that came in."""
    due = []
    for entry in entries:
        if entry.state != "published" or entry.data == data or entry.end is None:
            continue
        if span.pinned < entry.end:
            continue
        complete = entry.provisional and span.pinned >= entry.end + rules.label_delay
        if complete or entry.provisional or now < entry.end + rules.reopen_for:
            due.append(
                Due(
                    edition=entry.edition,
                    why="labels complete" if complete else "late data",
                    period=parse_period(entry.edition, rules.timezone),
                    seen=entry.generation,
                    unless_rows="" if complete else entry.rows,
                )
            )
    return tuple(sorted(due, key=lambda each: each.period.start if each.period else now))
