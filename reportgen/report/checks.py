"""What declared checks said of the rows of a period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["CheckedRule"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedRule:
    """One rule of a check, and what it said.

    Attributes
    ----------
    check : as the project names it, ``checks:flights`` or ``checks.yml``
    name : of the rule, one of its kind in the report
    rows : that were checked; of a rule about the whole table, 1
    failing : of these
    whole : whether the rule is about the table and not about its rows
    error : why it could not be run, in one line; empty when it was
    grave : how bad it is, where the check itself says so
    """

    check: str
    name: str
    rows: int = 0
    failing: int = 0
    whole: bool = False
    error: str = ""
    grave: Literal["", "ok", "watch", "alert"] = ""
