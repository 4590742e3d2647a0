"""What a pin of metrics says of earlier windows of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["PinnedHistory", "PinnedMetric"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedMetric:
    """One metric of one window.

    Attributes
    ----------
    metric : by our name, ``accuracy``
    start : of the window, aware, UTC
    window : how a page names it: the key of a period where it starts with one, else its start
    period : key of the period that it starts in
    n : rows
    estimate : None where the pin has none
    """

    metric: str
    start: datetime
    window: str
    period: str
    n: int
    estimate: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedHistory:
    """A pin of metrics, read.

    Attributes
    ----------
    metrics : in the order of time, then of the name
    unknown : metrics in the pin that are no metric of ours
    """

    metrics: tuple[PinnedMetric, ...] = ()
    unknown: tuple[str, ...] = ()
