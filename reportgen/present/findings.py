"""What there is to say about one subject, where the page speaks of it."""

from __future__ import annotations

from reportgen.present.block import Block
from reportgen.present.escape import escape
from reportgen.present.opened import Report
from reportgen.present.show import show_label
from reportgen.present.words import state_mark
from reportgen.report import Finding

__all__ = ["findings"]


def findings(report: Report, kind: str) -> Block | None:
    """List the findings of one kind, the weightiest first, each with the value it rests on.

    Parameters
    ----------
    kind : such as ``importance``; see `reportgen.report.Finding`

    Returns
    -------
    None when there are none
    """
    found = [item for item in report.data.findings if item.kind == kind]
    if not found:
        return None
    found.sort(key=lambda item: (-item.weight, item.sentence))
    lines = "\n".join(f"-   {_line(report, item)}" for item in found)
    return Block(f"::: {{.rg-changes}}\n\n{lines}\n\n:::")


def _line(report: Report, finding: Finding) -> str:
    rests = ""
    if finding.because:
        source = show_label(report[finding.because[0]]).markdown
        rests = f" [From {source}.]{{.rg-from .rg-muted}}"
    return f"{state_mark(finding.state)} {escape(finding.sentence)}{rests}"
