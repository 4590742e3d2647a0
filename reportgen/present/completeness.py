"""What a card covers of a standard: what was computed, who answers for the rest, what is missing."""

from __future__ import annotations

from collections.abc import Mapping

from reportgen.present.block import Block
from reportgen.present.escape import clean, escape
from reportgen.present.opened import Report
from reportgen.present.show import show
from reportgen.present.tables import pipe_table
from reportgen.present.words import SHAPES, state_class
from reportgen.report import Evidence, Section, SectionState, State

__all__ = ["completeness"]

_COLOURS: Mapping[SectionState, State] = {
    "computed": "ok",
    "attested": "ok",
    "computed and attested": "ok",
    "partly": "watch",
    "expired": "watch",
    "missing": "cannot tell",
    "not applicable": "cannot tell",
}


def completeness(report: Report) -> Block | None:
    """List the sections of the profile with what bears them out; name the missing in one line.

    What stands earlier on the page is linked, so this word comes after those that show tables,
    figures and texts.

    Returns
    -------
    None when the record was not held against a profile
    """
    sections = report.data.completeness
    if not sections:
        return None
    parts = [_lead(report)]
    shown = [section for section in sections if section.state != "missing"]
    if shown:
        referring = any(section.reference for section in shown)
        heads = ["Section", *(["Asked for in"] if referring else []), "State", "Borne out by"]
        rows = [_row(report, section, referring=referring) for section in shown]
        body = pipe_table(heads, [False] * len(heads), rows)
        caption = "Sections, and what bears each of them out"
        parts.append(f"::: {{#tbl-completeness .rg-table}}\n\n{body}\n\n: {caption}\n\n:::")
    missing = [_named(section) for section in sections if section.state == "missing"]
    if missing:
        parts.append(f"::: {{.rg-nothing}}\nMissing: {escape(', '.join(missing))}\\.\n:::")
    note = report.data.facts.get("completeness.note")
    if note is not None:
        parts.append(f"::: {{.rg-below}}\n{escape(note.text)}\n:::")
    return Block("\n\n".join(parts))


def _lead(report: Report) -> str:
    covered = show(report["completeness.covered"]).markdown
    apply = show(report["completeness.sections"]).markdown
    title = report.facts["completeness.profile"].text
    return f"Of the {apply} sections of {escape(title)} that apply, {covered} are covered."


def _named(section: Section) -> str:
    return f"{section.title} ({section.reference})" if section.reference else section.title


def _row(report: Report, section: Section, *, referring: bool) -> list[str]:
    return [
        escape(section.title),
        *([escape(section.reference)] if referring else []),
        _state(section.state),
        ". ".join(_borne_out(report, section)) or escape("–"),
    ]


def _state(state: SectionState) -> str:
    """Shape and word, as verdicts have them; the shape is for the eye alone."""
    colour = _COLOURS[state]
    shape = "–" if state == "not applicable" else SHAPES[colour]
    words = escape(state[:1].upper() + state[1:])
    mark = f'[{escape(shape)}]{{.rg-shape aria-hidden="true"}}'
    return f"[{mark} {words}]{{.rg-state .{state_class(colour)}}}"


def _borne_out(report: Report, section: Section) -> list[str]:
    said = []
    found = [_evidence(report, item, first=not at) for at, item in enumerate(section.evidence)]
    if found:
        said.append(", ".join(found))
    if section.state == "not applicable":
        who = f" ({section.author})" if section.author else ""
        return [*said, escape(clean(section.reason).rstrip(".") + who)]
    if section.narrative:
        said.append(_written(report, section))
    if section.state == "expired":
        said.append(f"Expired: {escape(section.reason)}")
    if section.lacking:
        said.append(f"Lacking: {escape(', '.join(section.lacking))}")
    return said


def _evidence(report: Report, evidence: Evidence, *, first: bool) -> str:
    """Name a thing, and lead to where the page shows it; a number stands behind its words."""
    what = evidence.what[:1].upper() + evidence.what[1:] if first else evidence.what
    words = escape(what)
    anchor = next((report.shown[name] for name in evidence.names if name in report.shown), "")
    if anchor:
        return f"[{words}](#{anchor})"
    if len(evidence.names) == 1 and evidence.names[0] in report.values:
        # In a span: a cell that begins with a number would stand on the right.
        return f"{words} [\\({show(report[evidence.names[0]]).markdown}\\)]{{.rg-inline}}"
    return words


def _written(report: Report, section: Section) -> str:
    titles = {entry.section: entry.title for entry in report.data.narrative}
    links = []
    for name in section.narrative:
        anchor = report.shown.get(f"narrative.{name}")
        words = escape(titles.get(name, name))
        links.append(f"[{words}](#{anchor})" if anchor else words)
    who = f"by {section.author}" if section.author else ""
    when = f"on {section.written.isoformat()}" if section.written else ""
    words = " ".join(word for word in ("Written", who, when) if word)
    return f"{escape(words)}: {', '.join(links)}"
