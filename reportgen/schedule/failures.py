"""Which failures pass by themselves, which are worth one more try, and when that is."""

from __future__ import annotations

from datetime import datetime, timedelta
from errno import EACCES, EDQUOT, EFBIG, EIO, EMFILE, ENFILE, ENOMEM, ENOSPC, EPERM, EROFS, ESTALE
from hashlib import sha256

from reportgen.errors import (
    CellError,
    ConvertError,
    LeaseLostError,
    LimitError,
    MissingToolError,
    PinChangedError,
    PinCorruptError,
    PinIncompleteError,
    ReportgenError,
    RetryError,
    ToolError,
    UserError,
)
from reportgen.report.run_spec import FailureKind

__all__ = ["LONGEST_WAIT", "TRIES", "failure_kind", "may_pass", "retry_time"]

TRIES = 3
"""Attempts in a row at what may pass, within one run."""
LONGEST_WAIT = timedelta(minutes=15)
_FIRST_WAIT = timedelta(minutes=1)
_REFUSING = frozenset({EACCES, EPERM, EROFS})
_PASSING = frozenset({ENOSPC, EDQUOT, EFBIG, EIO, EMFILE, ENFILE, ESTALE, ENOMEM})


def failure_kind(error: BaseException) -> FailureKind:
    """Say what a failure is: ``again``, ``once``, ``refused``, ``yours``, ``tool`` or ``lost``.

    ==========  =============================================================
    ``again``   network, a held lock, a full disk: passes by itself
    ``once``    out of memory or time, a kernel that did not start, bytes that
                are not those expected, what nobody foresaw: one more try
    ``refused`` a place that may not be written, an account that is not let
                in, a package that is missing: yours to mend, and nothing that
                goes into the report changes when it is, so it is tried again
    ``yours``   settings, missing pins, data, templates: only a change helps
    ``tool``    a cell raised, a converter failed: only a change helps
    ``lost``    another process has taken the edition over
    ==========  =============================================================
    """
    if isinstance(error, LeaseLostError):
        return "lost"
    if isinstance(error, RetryError | ConnectionError | TimeoutError):
        return "again"
    if isinstance(error, OSError) and error.errno in _PASSING:
        return "again"
    if _is_refused(error):
        return "refused"
    if isinstance(error, CellError | ConvertError):
        return "tool"
    if isinstance(error, LimitError | PinChangedError | PinCorruptError | PinIncompleteError):
        return "once"
    if isinstance(error, ReportgenError) and not isinstance(error, ToolError):
        return "yours" if error.exit_code == 2 else "tool"
    return "once"


def _is_refused(error: BaseException) -> bool:
    """Tell what something outside has refused from a mistake in what we were given."""
    if isinstance(error, OSError):
        return error.errno in _REFUSING
    if isinstance(error, MissingToolError):
        return True
    return type(error) is UserError and error.__cause__ is not None


def may_pass(error: Exception) -> bool:
    """Tell whether it is worth trying again at once: `stamina` asks it."""
    return failure_kind(error) == "again"


def retry_time(
    kind: FailureKind, report: str, edition: str, tries: int, now: datetime
) -> datetime | None:
    """Say when a failed edition is tried again; None: not before something changes.

    The wait doubles up to a quarter of an hour. A part of it follows from the name, so that a
    thousand reports that failed together do not come back together, and a test sees what it
    expects.

    Parameters
    ----------
    tries : so far, since the inputs changed

    Examples
    --------
    >>> retry_time("yours", "card", "v1", 1, datetime(2026, 1, 1)) is None
    True
    """
    if kind in ("again", "refused"):
        doubled = 1 << min(max(tries - 1, 0), 10)
        longest = min(LONGEST_WAIT, _FIRST_WAIT * doubled)
        return now + longest * (0.5 + 0.5 * _share(report, edition, tries))
    if kind in ("once", "lost") and tries < 2:
        return now
    return None


def _share(report: str, edition: str, tries: int) -> float:
    """Give a number in [0, 1) that follows from the names alone."""
    digest = sha256(f"{report}\n{edition}\n{tries}".encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32
