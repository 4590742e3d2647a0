"""Every error that reportgen raises on purpose.

::

    ReportgenError                exit 3 unless a branch says otherwise
    ├── UserError                 exit 2: yours to fix
    │   ├── ProjectError          mistakes in reportgen.yml, all of them at once
    │   ├── NotFoundError         no such pin, report, model, period, template
    │   ├── DataError             the data lack what was asked of them
    │   ├── TrustError            a pickle that nobody allowed
    │   ├── ParameterError        a parameter the template does not declare, or of another type
    │   ├── TemplateError         a construct the engine does not know, with its line
    │   └── MissingToolError      an optional package or program that is not installed
    ├── PinError                  exit 2: a version that cannot be believed
    │   ├── PinChangedError       its bytes are not those of the lock
    │   ├── PinCorruptError       its bytes are not those its own data.txt names
    │   └── PinIncompleteError    half written, or without data.txt
    ├── ToolError                 exit 3: a tool failed
    │   ├── CellError             a cell of the template raised
    │   ├── ConvertError          Pandoc, Typst or Quarto failed
    │   └── LimitError            a render passed its time, memory or output limit
    └── RetryError                exit 4: try again later (network, lock held, full disk)
        └── LeaseLostError        another process has taken an edition over
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

__all__ = [
    "CellError",
    "ConvertError",
    "DataError",
    "LeaseLostError",
    "LimitError",
    "MissingToolError",
    "NotFoundError",
    "ParameterError",
    "PinChangedError",
    "PinCorruptError",
    "PinError",
    "PinIncompleteError",
    "ProjectError",
    "ReportgenError",
    "RetryError",
    "TemplateError",
    "ToolError",
    "TrustError",
    "UserError",
    "near_miss",
]


def near_miss(word: str, known: Sequence[str]) -> str:
    """Say which known word was probably meant, or list the known ones.

    Examples
    --------
    >>> near_miss("chrun", ["churn", "sales"])
    "Did you mean 'churn'?"
    >>> near_miss("x", ["churn", "sales"])
    'There are: churn, sales.'
    >>> near_miss("x", [])
    'There are none.'
    """
    close = get_close_matches(word, known, n=1, cutoff=0.6)
    if close:
        return f"Did you mean '{close[0]}'?"
    if not known:
        return "There are none."
    shown = ", ".join(known[:8])
    more = len(known) - 8
    return f"There are: {shown}{f' and {more} more' if more > 0 else ''}."


class ReportgenError(Exception):
    """What went wrong, where, and what to do next."""

    exit_code = 3


class UserError(ReportgenError):
    """Something that the person at the keyboard can mend."""

    exit_code = 2


class ProjectError(UserError):
    """The mistakes in a project file, each with file, line and fix."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))


class NotFoundError(UserError):
    """A name that is not there, with the near miss."""


class DataError(UserError):
    """Data that lack a column, or hold values that the question does not allow."""


class TrustError(UserError):
    """Code that would run while reading, which nobody allowed by name."""


class ParameterError(UserError):
    """A parameter that a template does not declare, or of another type."""


class TemplateError(UserError):
    """A construct that the engine does not know, with its line."""


class MissingToolError(UserError):
    """A program or optional package that is not installed, and how to get it."""


class PinError(ReportgenError):
    """A pinned version that cannot be believed."""

    exit_code = 2


class PinChangedError(PinError):
    """The bytes on the board are not the bytes that were locked."""


class PinCorruptError(PinError):
    """The bytes on the board are not those that the version's own data.txt describes."""


class PinIncompleteError(PinError):
    """A version without data.txt, or without a file that data.txt names."""


class ToolError(ReportgenError):
    """A program or library that we rely on failed."""


class CellError(ToolError):
    """A cell of a template raised.

    Attributes
    ----------
    notebook : where the partly executed notebook was left, if it was
    """

    def __init__(self, message: str, *, notebook: Path | None = None) -> None:
        self.notebook = notebook
        super().__init__(message)


class ConvertError(ToolError):
    """A converter failed: its command, exit code and last lines."""


class LimitError(ToolError):
    """A render passed its limit of time, memory or output."""


class RetryError(ReportgenError):
    """Nothing is wrong with the request; try again later."""

    exit_code = 4


class LeaseLostError(RetryError):
    """Another process has taken over what this one was working on; its result does not count."""
