"""A process that makes editions: units of work come in as lines of JSON, results go out.

A cell that ends the process, or memory that runs out, takes this process down and not the schedule.
Nothing else is written where the results go: what templates and tools print goes to standard error.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import TextIO

from reportgen.errors import ReportgenError
from reportgen.report.run_spec import RunSpec, dump_result, load_run
from reportgen.schedule.ledger import Ledger
from reportgen.schedule.making import Maker, lease_of
from reportgen.schedule.opening import open_ledger

__all__ = ["main"]


class _LeaseCheck:
    """Asks the ledger whether a lease holds; opened when it is first asked."""

    def __init__(self) -> None:
        self._ledgers: dict[str, Ledger] = {}

    def __call__(self, run: RunSpec) -> None:
        if not run.ledger:
            return
        if run.ledger not in self._ledgers:
            self._ledgers[run.ledger] = open_ledger(run.ledger, owner=run.owner)
        self._ledgers[run.ledger].renew(lease_of(run))


def main() -> int:
    """Work until standard input ends."""
    results = _results()
    lines = _Lines(sys.stdin)
    with Maker(_LeaseCheck()) as maker:
        for line in lines:
            result = maker.make(load_run(line))
            results.write(f"{dump_result(result)}\n")
            results.flush()
    return 0


def _results() -> TextIO:
    """Keep standard output for the results, and send all else that is printed to standard error."""
    kept = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(kept, "w", encoding="utf-8")


class _Lines:
    """Lines of standard input; when it ends in the middle of the work, so does this process.

    Whoever handed out the work is gone then, and with it the lease: nothing may outlive it.
    """

    def __init__(self, source: TextIO) -> None:
        self._source = source
        self._waiting = threading.Semaphore(0)
        self._found: list[str | None] = []
        self._idle = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        self._idle.set()
        self._waiting.acquire()
        self._idle.clear()
        line = self._found.pop(0)
        if line is None:
            raise StopIteration
        return line

    def _read(self) -> None:
        for line in self._source:
            self._found.append(line)
            self._waiting.release()
        if not self._idle.is_set():
            _end_all()
        self._found.append(None)
        self._waiting.release()


def _end_all() -> None:
    """End this process and all that it started."""
    if os.getpgid(0) == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(75)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ReportgenError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
