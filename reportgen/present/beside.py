"""Figures drawn by a second process while the cells go on.

A figure costs a fifth of a second and the page only names its file, so no cell has to wait for
it. Where the kernel was given a helper (`reportgen.execute.nursery`), a figure is drawn there
when the helper is free and here when it is not; both draw the same bytes. `settle` waits for the
last one. Without a helper, as in plain Jupyter or Quarto, every figure is drawn where it is asked.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path

from reportgen.present.draw import draw_panels, draw_series
from reportgen.report import Series

__all__ = ["place_svg", "serve", "settle"]

_NAMED = "REPORTGEN_BESIDE"  # the descriptor of the socket to the helper
_Job = tuple[Path, tuple[Series, ...]]


def place_svg(path: Path, members: Sequence[Series]) -> None:
    """Draw one series, or several as small multiples, into a file that `settle` waits for."""
    job = (path.absolute(), tuple(members))
    helper = _helper()
    if helper is None or not helper.take(job):
        _draw(job)


def settle() -> None:
    """Wait until every figure is drawn; what the helper could not draw is drawn here.

    Raises
    ------
    Exception
        Whatever the drawing raises.
    """
    helper = _helper()
    if helper is not None:
        helper.settle()


def serve(descriptor: int) -> None:
    """Draw what comes through a socket until it closes; the helper's whole life."""
    asked = Connection(descriptor)
    with suppress(EOFError, OSError):
        while True:
            job: _Job = asked.recv()
            drawn = True
            try:
                _draw(job)
            except Exception:  # noqa: BLE001  (drawn again where a cell can say what is wrong)
                drawn = False
            asked.send(drawn)


class _Helper:
    """The other end: one figure at a time."""

    def __init__(self, descriptor: int) -> None:
        self._socket = Connection(descriptor)
        self._given: _Job | None = None
        self._failed: list[_Job] = []
        self._gone = False

    def take(self, job: _Job) -> bool:
        """Give it a figure, if it is free."""
        if self._gone or (self._given and not self._socket.poll()):
            return False
        self._hear()
        try:
            self._socket.send(job)
        except OSError:
            self._gone = True
            return False
        self._given = job
        return True

    def settle(self) -> None:
        self._hear()
        failed, self._failed = self._failed, []
        for job in failed:
            _draw(job)

    def _hear(self) -> None:
        """Wait for the figure that it has; remember it when it was not drawn."""
        given, self._given = self._given, None
        if given is None:
            return
        try:
            drawn = self._socket.recv()
        except (EOFError, OSError):  # it was killed, perhaps for its memory
            self._gone = True
            drawn = False
        if not drawn:
            self._failed.append(given)


@cache
def _helper() -> _Helper | None:
    named = os.environ.get(_NAMED)
    return _Helper(int(named)) if named else None


def _draw(job: _Job) -> None:
    path, members = job
    svg = draw_series(members[0]) if len(members) == 1 else draw_panels(members)
    path.write_text(svg, encoding="utf-8")
