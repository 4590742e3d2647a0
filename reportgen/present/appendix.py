"""What a page lacks, and where every number came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from itertools import groupby
from typing import Any

from reportgen.present.block import Block
from reportgen.present.escape import escape
from reportgen.present.opened import Report
from reportgen.present.tables import pipe_table
from reportgen.present.words import group_of, label_of, path_words
from reportgen.report import Pin, Provenance
from reportgen.report.rounding import write_number

__all__ = ["absent", "provenance"]

_MOST_NAMES = 4


def absent(report: Report, pattern: str, sentence: str) -> Block | None:
    """Say what a page lacks, when the record has no value that fits the pattern.

    Parameters
    ----------
    sentence : of the template: what is missing, and what to give for it
    """
    if report.values.like(pattern):
        return None
    return Block(f"::: {{.callout-note}}\n{escape(sentence)}\n:::")


def provenance(report: Report) -> Block:
    """List the pins and, by number, how each value was computed; say how to check them."""
    pins = [_pin_row(pin) for _, pin in sorted(report.data.pins.items())]
    heads = ["Role", "Pin", "Version", "Written", "Size", "Board"]
    listed = pipe_table(heads, [False, False, False, False, True, False], pins)
    hashes = pipe_table(
        ["Role", "SHA-256"],
        [False, False],
        [
            [escape(role), f"[{pin.sha256}]{{.rg-hash}}"]
            for role, pin in sorted(report.data.pins.items())
        ],
    )
    users = _users(report)
    every = all(pin.pinned for pin in report.data.pins.values())
    read = "Pinned versions read" if every else "Pinned versions, and tables, read"
    of = "pinned bytes" if every else "bytes that were read; of a table on a server, a digest"
    numbered = enumerate(report.notes, start=1)
    notes = "\n\n".join(
        _family(given, [_note(number, source, users[number]) for number, source in those])
        for given, those in groupby(numbered, key=lambda note: _given(note[1]))
    )
    digest = f" Its digest is `{report.digest}`." if report.digest else ""
    version = escape(report.data.reportgen_version)
    return Block(
        f"::: {{#tbl-pins .rg-table}}\n\n{listed}\n\n: {read} for this page\n\n:::\n\n"
        f"::: {{#tbl-hashes .rg-table}}\n\n{hashes}\n\n: SHA-256 of the {of}\n\n:::\n\n"
        f"### Notes\n\n:::: {{.rg-notes}}\n\n{notes}\n\n::::\n\n"
        f"### How to check\n\nEvery number above stands in [report.json](report.json) under the "
        f"name that its note gives, unrounded, with its interval, rows and pins.{digest} "
        f"Read the pins above at these versions, compare their SHA-256, and render again with "
        f"reportgen {version}: the same inputs give the same bytes."
    )


def _pin_row(pin: Pin) -> list[str]:
    size = write_number(pin.size_bytes, "bytes")
    written = pin.created.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    cells = [pin.role, pin.name, pin.version, written, size, pin.board]
    if not pin.pinned:
        cells[2:5] = ["not pinned", "", size if pin.size_bytes else ""]
    return [escape(cell) for cell in cells]


def _users(report: Report) -> Mapping[int, str]:
    """The labels of the values that share a note; groups and periods are counted, not named."""
    whole: dict[int, dict[str, None]] = {}
    parts: dict[int, list[str]] = {}
    for value in report.values.values():
        if group_of(value.name):
            parts.setdefault(value.note, []).append(value.name)
        else:
            whole.setdefault(value.note, {})[label_of(value)] = None
    said = {}
    for number in {*whole, *parts}:
        labels = list(whole.get(number, ()))
        named = ", ".join(labels[:_MOST_NAMES])
        more = f" and {len(labels) - _MOST_NAMES} more" if len(labels) > _MOST_NAMES else ""
        split = parts.get(number, ())
        if split:
            count = (
                f"{len(split):,} {'group or period' if len(split) == 1 else 'groups or periods'}"
            )
            named = f"{named}{more}, {count}" if named else f"{path_words(split[0])}, {count}"
            more = ""
        said[number] = named + more
    return said


def _given(source: Provenance) -> str:
    """From which pins and with which parameters, as notes that stand together share them."""
    said = [f"from {' and '.join(source.pins)}"] if source.pins else []
    given = [
        f"{key.replace('_', ' ')} = {_plain(item)}"
        for key, item in sorted(source.parameters.items())
    ]
    said += [f"with {', '.join(given)}"] if given else []
    words = " ".join(said) or "from the record itself"
    return words[:1].upper() + words[1:]


def _family(given: str, notes: Sequence[str]) -> str:
    """Say once what notes share, above them."""
    listed = "\n\n".join(notes)
    return f"::: {{.rg-family}}\n\n[{escape(given)}\\:]{{.rg-given}}\n\n{listed}\n\n:::"


def _note(number: int, source: Provenance, users: str) -> str:
    return (
        f"::: {{#note-{number} .rg-source}}\n[{number}]{{.rg-source-number}} "
        f"[{escape(f'{users}: {source.by}')}]{{.rg-source-text}}\n:::"
    )


def _plain(item: Any) -> str:
    if isinstance(item, bool) or item is None:
        return {True: "true", False: "false", None: "none"}[item]
    if isinstance(item, list | tuple):
        return ", ".join(_plain(one) for one in item)
    return f"{item:.6g}" if isinstance(item, float) else str(item)
