"""What is told of an edition: a subject and at most ten lines of plain text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from reportgen.publish.names import folder_of, report_folder
from reportgen.report import Every, Finding, Manifest, ReportData, State, parse_period

__all__ = ["MOST_LINES", "Letter", "finish_letter", "write_letter"]

MOST_LINES = 10
_MOST_CHANGES = 5
_LONGEST = 300

_WORDS: Mapping[State, str] = {
    "ok": "OK",
    "watch": "Watch",
    "alert": "Alert",
    "cannot tell": "Cannot tell",
}
_ORDER: tuple[State, ...] = ("alert", "watch", "cannot tell", "ok")
_HOW_OFTEN: Mapping[Every, str] = {
    "day": "daily",
    "week": "weekly",
    "month": "monthly",
    "quarter": "quarterly",
    "year": "yearly",
}
_CHANGES = frozenset({"change", "threshold", "drift", "quality", "completeness", "retraining"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message, whichever way it goes.

    Attributes
    ----------
    subject : one line
    text : at most `MOST_LINES` lines
    """

    subject: str
    text: str


def write_letter(manifest: Manifest, data: ReportData) -> Letter:
    """Write the verdict and what changed.

    Parameters
    ----------
    data : the record of the edition
    """
    verdict = _WORDS[manifest.state]
    late = ", provisional: more labels are expected" if manifest.provisional else ""
    changes = _changes(data)
    lines = [
        f"{verdict}: {_line(manifest.sentence)}",
        "",
        *([*changes, ""] if changes else []),
        f"As of {manifest.as_of}{late}. {_pins(data)}",
    ]
    subject = f"[{verdict}] {_name(manifest)}, {manifest.edition}"
    return Letter(subject=_line(subject), text="\n".join(lines))


def finish_letter(letter: Letter, manifest: Manifest, url: str) -> Letter:
    """Add what is known when the edition is published: its revision and its address.

    Parameters
    ----------
    url : where readers find the site; empty: nobody said
    """
    revised = f", revision {manifest.revision}" if manifest.revision > 1 else ""
    text = letter.text
    if url:
        folder = quote(folder_of(manifest.edition, manifest.revision))
        text += f"\n{url}/{quote(report_folder(manifest.report))}/{folder}/"
        text += "index.html" if any(f.name == "index.html" for f in manifest.files) else ""
    return Letter(subject=f"{letter.subject}{revised}", text=text)


def _name(manifest: Manifest) -> str:
    """Name the report as people do: the model, and how often."""
    name = _line(manifest.title or manifest.report)
    if manifest.kind == "card":
        return name if "card" in name.lower() else f"{name} card"
    try:
        period = parse_period(manifest.edition, "UTC")
    except ValueError:
        return name
    if period.window is not None:  # its length says nothing of how often
        return name
    every = period.every
    said = every in name.lower() or _HOW_OFTEN[every] in name.lower()
    return name if said else f"{name} {_HOW_OFTEN[every]}"


def _changes(data: ReportData) -> list[str]:
    """Give five findings, the weightiest first, but not what the verdict says already."""
    found = [item for item in data.findings if item.kind in _CHANGES and item.state != "ok"]
    if not found:
        monitoring = data.kind == "monitoring"
        return ["No material change." if monitoring else "Nothing stands out beyond the verdict."]
    found.sort(key=_by_consequence)
    verdict = _line(data.verdict.sentence)
    sentences = dict.fromkeys(_line(item.sentence) for item in found)
    said = [sentence for sentence in sentences if sentence not in verdict]
    return [f"- {sentence}" for sentence in said[:_MOST_CHANGES]]


def _by_consequence(item: Finding) -> tuple[int, float, str]:
    return _ORDER.index(item.state), -item.weight, item.sentence


def _pins(data: ReportData) -> str:
    pin = data.pins.get("model")
    return f"Model {_line(pin.name)} {pin.version}." if pin else ""


def _line(text: Any) -> str:
    """Put text of any origin into one line of which no header or list can be made."""
    words = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"
