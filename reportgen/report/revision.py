"""What an edition was before: the revisions that were published of it, as they are remembered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reportgen.report.data import ReportData

__all__ = ["Revision"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One earlier revision of an edition.

    Attributes
    ----------
    number : 1 for the first one
    sha256 : of its record, as its manifest states it
    inputs : what it was made from, as its manifest states it
    record : None when it cannot be read any more; `reason` says why
    """

    number: int
    sha256: str
    inputs: Mapping[str, Any]
    record: ReportData | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        if (self.record is None) == (not self.reason):
            raise ValueError(f"r{self.number}: give its record, or the reason there is none")

    @property
    def name(self) -> str:
        """How a page names it: ``r1``."""
        return f"r{self.number}"
