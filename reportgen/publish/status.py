"""What is published, one row per report."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from reportgen.publish.names import natural_order
from reportgen.publish.shelf import Shelf
from reportgen.report import Manifest, State

__all__ = ["ReportStatus", "age", "current_editions", "site_status"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportStatus:
    """A report and its newest edition.

    Attributes
    ----------
    editions : how many there are, each counted once
    revisions : how many of the editions were published again after a change of inputs
    states : verdict of each edition, oldest first
    newest : the newest revision of the newest edition
    """

    report: str
    kind: str
    model: str
    title: str
    editions: int
    revisions: int
    states: tuple[State, ...]
    newest: Manifest


def age(manifest: Manifest) -> tuple[str, tuple[tuple[int, int, str], ...], int]:
    """Order editions by the day they speak of, never by when they were made."""
    return manifest.as_of, natural_order(manifest.edition), manifest.revision


def current_editions(history: tuple[Manifest, ...]) -> tuple[Manifest, ...]:
    """Keep the newest revision of each edition; `history` is of one report, oldest first."""
    newest = {manifest.edition: manifest for manifest in history}
    return tuple(manifest for manifest in history if newest[manifest.edition] is manifest)


def site_status(shelf: Shelf) -> tuple[ReportStatus, ...]:
    """Say for each report on a shelf what is published; ordered by name."""
    return reports_of(shelf.editions())


def reports_of(editions: tuple[Manifest, ...]) -> tuple[ReportStatus, ...]:
    """Sum up editions, which come by report and oldest first."""
    return tuple(
        _status(report, tuple(history))
        for report, history in groupby(editions, key=lambda manifest: manifest.report)
    )


def _status(report: str, history: tuple[Manifest, ...]) -> ReportStatus:
    current = current_editions(history)
    newest = current[-1]
    return ReportStatus(
        report=report,
        kind=newest.kind,
        model=newest.model,
        title=newest.title,
        editions=len(current),
        revisions=sum(manifest.revision > 1 for manifest in current),
        states=tuple(manifest.state for manifest in current),
        newest=newest,
    )
