"""Stays up and makes what is due, until it is told to stop.

Each report is looked at when its cron line comes, and one without a cron line every so often. What
was missed while the service was down, or the machine asleep, is seen at the next look: nothing
depends on having woken in time.
"""

from __future__ import annotations

import os
import secrets
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

from reportgen.errors import ReportgenError
from reportgen.report import Project, canonical_json
from reportgen.schedule.cron import next_tick
from reportgen.schedule.ledger import wall_clock

__all__ = ["Beat", "Look", "Looked", "Service", "stopped_by_signals"]

Look = Callable[[tuple[str, ...], Callable[[], bool]], "Looked"]
"""Asks some reports and makes what is due; stops early when the second argument says so."""

_SLICE_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What came of one look.

    Attributes
    ----------
    retry_at : when something that failed is to be tried again
    """

    exit_code: int
    published: int = 0
    failed: int = 0
    retry_at: Mapping[str, datetime] = field(default_factory=dict)
    said: str = ""


@dataclass(slots=True)
class Beat:
    """Where the service says that it is alive: a file that is replaced, and what a probe reads.

    Attributes
    ----------
    file : written with mode 0600; None: no file
    """

    file: Path | None = None
    told: dict[str, Any] = field(default_factory=dict)

    def tell(self, now: datetime, **more: Any) -> None:
        """Say that it is alive, and what has changed."""
        self.told = {**self.told, **more, "alive_at": now.isoformat(), "process": os.getpid()}
        if self.file is None:
            return
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = self.file.with_name(f".{self.file.name}.{secrets.token_hex(6)}")
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(canonical_json(self.told))
        beside.replace(self.file)


class Service:
    """Looks at each report in time.

    Parameters
    ----------
    load : reads the project, anew at each look, so that a change needs no restart
    look : makes what is due
    every : how often a report without a cron line is looked at
    """

    def __init__(
        self,
        load: Callable[[], Project],
        look: Look,
        *,
        every: timedelta = timedelta(minutes=15),
        beat: Beat | None = None,
        clock: Callable[[], datetime] = wall_clock,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._load = load
        self._look = look
        self._every = every
        self._beat = beat if beat is not None else Beat()
        self._clock = clock
        self._say = say
        self._last: dict[str, datetime] = {}
        self._retry: dict[str, datetime] = {}
        self.stop = threading.Event()

    def run(self) -> None:
        """Look, wait, and look again until `stop` is set; what is running then is drained."""
        while not self.stop.is_set():
            now = self._clock()
            project = self._project(now)
            due = self.to_look_at(project, now) if project else ()
            if due:
                self._look_at(due, now)
            coming = self.next_look(project) if project else now + self._every
            self._beat.tell(self._clock(), state="waiting", next_look=coming.isoformat())
            self._wait(coming)
        self._beat.tell(self._clock(), state="stopped")

    def to_look_at(self, project: Project, now: datetime) -> tuple[str, ...]:
        """Name the reports whose time has come; at first, all."""
        due = []
        for name in project.reports:
            last = self._last.get(name)
            if last is not None and last > now:  # the clock was set back
                last = self._last[name] = now
            if last is None or self._coming(project, name, last) <= now:
                due.append(name)
        return tuple(due)

    def next_look(self, project: Project) -> datetime:
        """Say when the next report is to be looked at."""
        now = self._clock()
        coming = [
            self._coming(project, name, self._last.get(name, now)) for name in project.reports
        ]
        return min(coming, default=now + self._every)

    def _coming(self, project: Project, name: str, last: datetime) -> datetime:
        line = project.reports[name].schedule
        tick = next_tick(line, project.timezone, last) if line else last + self._every
        times = [time for time in (tick, self._retry.get(name)) if time is not None]
        return min(times, default=last + self._every)

    def _project(self, now: datetime) -> Project | None:
        """Read the project; one with a mistake in it is tried again, and the service stays up."""
        try:
            return self._load()
        except ReportgenError as mistake:
            self._beat.tell(now, state="waiting", problem=str(mistake))
            self._say(str(mistake))
            return None

    def _look_at(self, names: tuple[str, ...], now: datetime) -> None:
        for name in names:
            self._last[name] = now
            self._retry.pop(name, None)
        self._beat.tell(now, state="working", looking_at=list(names), problem="")
        try:
            looked = self._look(names, self._stopping)
        except ReportgenError as failed:
            self._say(str(failed))
            soon = self._clock() + min(self._every, timedelta(minutes=1))
            looked = Looked(
                exit_code=failed.exit_code, said=str(failed), retry_at=dict.fromkeys(names, soon)
            )
        self._retry.update(looked.retry_at)
        self._beat.tell(
            self._clock(),
            looking_at=[],
            problem=looked.said,
            last_run={
                "at": now.isoformat(),
                "exit_code": looked.exit_code,
                "published": looked.published,
                "failed": looked.failed,
            },
        )

    def _stopping(self) -> bool:
        """Asked all the time while there is work: a chance to say that we live."""
        now = self._clock()
        told = self._beat.told.get("alive_at")
        if told is None or abs(now - datetime.fromisoformat(told)) > timedelta(seconds=_SLICE_S):
            self._beat.tell(now)
        return self.stop.is_set()

    def _wait(self, until: datetime) -> None:
        """Wait in slices: the clock may be set, and the machine may sleep."""
        began = self._clock()
        while not self.stop.is_set():
            now = self._clock()
            left = (until - now).total_seconds()
            if left <= 0 or now < began:
                return
            self.stop.wait(min(left, _SLICE_S))
            self._beat.tell(self._clock())


@contextmanager
def stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    """Let SIGTERM and SIGINT ask to stop; a second one ends everything at once."""

    def ask(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
