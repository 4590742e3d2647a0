"""What passes by itself is told apart from what only a change helps."""

from datetime import UTC, datetime, timedelta
from errno import EACCES, EBADF, ENOSPC, EROFS
from itertools import pairwise

import pytest

from reportgen.errors import (
    CellError,
    ConvertError,
    DataError,
    LeaseLostError,
    LimitError,
    MissingToolError,
    PinChangedError,
    ProjectError,
    RetryError,
    ToolError,
    TrustError,
    UserError,
)
from reportgen.schedule.failures import LONGEST_WAIT, failure_kind, may_pass, retry_time

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (RetryError("503"), "again"),
        (ConnectionResetError(), "again"),
        (TimeoutError(), "again"),
        (OSError(ENOSPC, "no space"), "again"),
        (OSError(EACCES, "not allowed"), "refused"),
        (OSError(EROFS, "read-only"), "refused"),
        (OSError(EBADF, "odd"), "once"),
        (MissingToolError("no s3fs"), "refused"),
        (caused(UserError("may not write"), OSError(EACCES, "no")), "refused"),
        (UserError("no such setting"), "yours"),
        (caused(DataError("no column"), KeyError("x")), "yours"),
        (LimitError("memory"), "once"),
        (ToolError("the kernel did not start"), "once"),
        (PinChangedError("other bytes"), "once"),
        (MemoryError(), "once"),
        (ZeroDivisionError(), "once"),
        (CellError("raised"), "tool"),
        (ConvertError("typst"), "tool"),
        (DataError("no column"), "yours"),
        (ProjectError(["line 1"]), "yours"),
        (TrustError("pickle"), "yours"),
        (LeaseLostError("gone"), "lost"),
    ],
)
def test_kinds_of_failures(error: Exception, kind: str) -> None:
    assert failure_kind(error) == kind
    assert may_pass(error) == (kind == "again")


def test_the_wait_grows_to_a_quarter_of_an_hour_and_spreads() -> None:
    waits = [_wait("card", tries) for tries in range(1, 12)]

    assert timedelta(seconds=30) <= waits[0] <= timedelta(minutes=1)
    assert all(wait <= LONGEST_WAIT for wait in waits)
    assert all(second > first * 0.99 for first, second in pairwise(waits[:4]))
    assert len({_wait(f"card-{number}", 6) for number in range(100)}) == 100


def _wait(report: str, tries: int) -> timedelta:
    when = retry_time("again", report, "v1", tries, NOW)
    assert when is not None
    return when - NOW


def test_what_is_worth_one_more_try_gets_one() -> None:
    assert retry_time("refused", "card", "v1", 9, NOW) is not None
    assert retry_time("once", "card", "v1", 1, NOW) == NOW
    assert retry_time("once", "card", "v1", 2, NOW) is None
    assert retry_time("tool", "card", "v1", 1, NOW) is None
    assert retry_time("", "card", "v1", 1, NOW) is None
