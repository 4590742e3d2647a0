"""What people said of a model, with who, when and until when; and the values that they quote."""

from __future__ import annotations

import re
from collections.abc import Callable

from reportgen.errors import near_miss
from reportgen.present.block import Block
from reportgen.present.escape import clean, escape
from reportgen.present.opened import Report, UnknownNameError
from reportgen.present.prose import safe_markdown
from reportgen.present.show import show, text
from reportgen.report import Narrative, Quote

__all__ = ["narrative", "narrative_anchor", "signature"]

_UNSAFE = re.compile(r"[^a-z0-9]+")


def narrative(report: Report, *sections: str, gaps: bool = True) -> Block | None:
    """Show what people wrote, with who, when and until when; list what is missing in one line.

    Parameters
    ----------
    sections : ``intended_use``, …; none for all, in the order of the record
    gaps : list what nobody has written; False where `completeness` says it

    Returns
    -------
    None when there is nothing to show

    Raises
    ------
    UnknownNameError
        A text quotes what the record does not hold; says which name was probably meant.
    """
    entries = [e for e in report.data.narrative if not sections or e.section in sections]
    said = [_entry(report, entry) for entry in entries if entry.state in ("attested", "expired")]
    lists = [("missing", "Nobody has written")] if gaps else []
    for state, words in (*lists, ("not applicable", "Not applicable")):
        left = [entry for entry in entries if entry.state == state]
        if left:
            titles = ", ".join(_with_reason(entry) for entry in left)
            said.append(f"::: {{.rg-nothing}}\n{words}: {escape(titles)}\\.\n:::")
    return Block("\n\n".join(said)) if said else None


def narrative_anchor(section: str) -> str:
    """Name the heading of a section so that a link can lead to it."""
    return f"said-{_UNSAFE.sub('-', section.lower()).strip('-') or 'section'}"


def signature(entry: Narrative) -> str:
    """Say who wrote a section, when, until when it holds, and for which version; plain text."""
    signed = [entry.author or "Author not named"]
    if entry.written is not None:
        signed.append(entry.written.isoformat())
    if entry.expires is not None:
        signed.append(f"holds until {entry.expires.isoformat()}")
    if entry.version:
        exact = "" if entry.version == "any version" else "version "
        signed.append(f"for {exact}{entry.version}")
    return ", ".join(signed)


def _with_reason(entry: Narrative) -> str:
    reason = clean(entry.reason).rstrip(".")
    return f"{entry.title} ({reason})" if reason else entry.title


def _entry(report: Report, entry: Narrative) -> str:
    late = ""
    if entry.state == "expired":
        reason = clean(entry.reason) or "The date until which it holds has passed."
        late = f'\n\n::: {{.callout-warning title="Expired"}}\n{escape(reason)}\n:::'
    anchor = narrative_anchor(entry.section)
    report.shown.setdefault(f"narrative.{entry.section}", anchor)
    return (
        f"### {escape(entry.title)} {{#{anchor}}}\n\n"
        f"{safe_markdown(entry.text, _quoting(report))}{late}\n\n"
        f"[{escape(signature(entry))}]{{.rg-signed .rg-muted}}"
    )


def _quoting(report: Report) -> Callable[[Quote], str]:
    """Show a quoted value like any other: rounded in one place, with its source behind it."""

    def quoted(quote: Quote) -> str:
        asked = quote.filters
        if quote.name in report.values:
            return show(
                report[quote.name],
                interval="interval" in asked,
                n="n" in asked,
                percent="percent" in asked,
            ).markdown
        if quote.name in report.facts:
            return text(report.facts[quote.name]).markdown
        known = (*report.values, *report.facts)
        raise UnknownNameError(
            f"a text quotes {quote.name!r}, which the record does not hold. "
            f"{near_miss(quote.name, known)}"
        )

    return quoted
