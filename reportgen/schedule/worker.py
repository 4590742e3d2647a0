"""A process that makes editions: units of work come in as lines of JSON, results go out.

A cell that ends the process, or memory that runs out, takes this process down and not the schedule.
Nothing else is written where the results go: what templates and tools print goes to standard error.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from reportgen.errors import ReportgenError, UserError
from reportgen.report import Project
from reportgen.report.run_spec import RunSpec, dump_result, load_run
from reportgen.schedule.ledger import Ledger
from reportgen.schedule.making import Maker, lease_of
from reportgen.schedule.opening import ledger_address, open_ledger

__all__ = ["main", "make_one"]


class _LeaseCheck:
    """Asks the project's ledger whether a lease holds; opened when it is first asked."""

    def __init__(self) -> None:
        self._ledgers: dict[str, Ledger] = {}

    def __call__(self, run: RunSpec, project: Project) -> None:
        """Renew the lease.

        Raises
        ------
        LeaseLostError
            Another has it now.
        UserError
            The ledger is a file of another host.
        """
        if not run.leased:
            return
        address = ledger_address(project)
        if address not in self._ledgers:
            if "://" not in address and not Path(address).is_file():
                raise UserError(
                    f"{address}: the ledger is not on {socket.gethostname()}, where the work is "
                    "done. A file is for one host; name a bucket or a database with `ledger:`."
                )
            self._ledgers[address] = open_ledger(address, owner=run.owner)
        self._ledgers[address].renew(lease_of(run))

    def close(self) -> None:
        """Let go of the ledgers."""
        for ledger in self._ledgers.values():
            ledger.store.close()
        self._ledgers.clear()


def make_one(argument: Mapping[str, Any]) -> Any:
    """Do one unit of work, and give its result: what the processes of a cluster call.

    Parameters
    ----------
    argument : a `RunSpec` as JSON
    """
    check = _LeaseCheck()
    try:
        with Maker(check) as maker:
            result = maker.make(load_run(json.dumps(dict(argument))))
    finally:
        check.close()
    return json.loads(dump_result(result))


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
