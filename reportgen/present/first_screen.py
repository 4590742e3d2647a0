"""The first screen: whether to worry, as of when, what changed, the numbers, the groups."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from reportgen.present.block import Block
from reportgen.present.escape import attribute, escape
from reportgen.present.opened import Report
from reportgen.present.show import show, show_label
from reportgen.present.tables import pipe_table, shown_value
from reportgen.present.words import state_class, state_mark
from reportgen.report import Finding, Pin, State, Table, Value

__all__ = ["changes", "groups", "strip", "subject", "verdict"]

_MOST_CHANGES = 5
_MOST_GROUPS = 6
_MOST_SOURCES = 3
_ORDER: tuple[State, ...] = ("alert", "watch", "cannot tell", "ok")
_GROUPS = ("evaluation.groups.*", "performance.groups.*")
_CHANGES = (
    "change", "threshold", "drift", "quality", "completeness", "retraining", "estimate",
)  # fmt: skip

_ROLES = (
    ("baseline", "Compared with"),
    ("data", "Data"),
    ("baseline_data", "and, before, with"),
    ("reference", "Reference"),
    ("population", "Benchmark"),
)


def subject(report: Report) -> Block | None:
    """Say below the title what the page is about: the project, and what the model is for."""
    about = report.facts.get("model.description")
    project = report.data.project
    said = [
        project if project != report.data.title else "",
        about.text if about is not None else "",
    ]
    words = [escape(part) for part in said if part.strip()]
    return Block(f"::: {{.rg-subject}}\n{' · '.join(words)}\n:::") if words else None


def verdict(report: Report) -> Block:
    """Say in a word and a sentence whether to worry, and on which values that rests."""
    said = report.data.verdict
    rests = _sources(report, said.because, _MOST_SOURCES)
    return Block(
        f"::: {{.rg-verdict .{state_class(said.state)}}}\n"
        f"{state_mark(said.state)} {escape(said.sentence)}{rests}\n:::"
    )


def strip(report: Report) -> Block:
    """Say as of when all this holds: model version, data, labels, checked pins.

    Each part is a term and its words, ``**Model** late-flights 2013…``, in one line that wraps.
    """
    data = report.data
    parts = [("Model", _pin_words(data.pins["model"]))] if "model" in data.pins else []
    if data.period is not None:
        days = f"{data.period.first_day} to {data.period.last_day}"
        parts.append(("Period", f"{data.period.key}, {days} ({data.period.timezone})"))
    for role, label in _ROLES:
        if role in data.pins:
            parts.append((label, _pin_words(data.pins[role])))
    parts.append(("As of", data.as_of.isoformat()))
    words = [_part(term, escape(what)) for term, what in parts]
    if "labels.complete" in report:
        shown = show(report["labels.complete"], percent=True).markdown
        late = ", provisional: more are expected" if data.provisional else ""
        words.append(_part("Labels", f"{shown} in{late}"))
    count = sum(pin.pinned for pin in data.pins.values())
    words.append(_part("Checked", f"SHA-256 of {count} {'pin' if count == 1 else 'pins'}"))
    return Block("::: {.rg-strip}\n" + "\n[·]{.rg-dot}\n".join(words) + "\n:::")


def _part(term: str, what: str) -> str:
    return f"[[{term}]{{.rg-term .rg-muted}} {what}]{{.rg-part}}"


def changes(report: Report) -> Block:
    """List five findings, the weightiest first, the rest folded; or "No material change."

    On a card that is what stands out, and what changed since the version it is compared with,
    for better or worse; a group's finding is shown with the groups.
    """
    found = [item for item in report.data.findings if item.kind in _CHANGES]
    since = {"change"} if report.data.kind == "card" else set()
    found.sort(key=lambda item: (_rank(item, since), -item.weight, item.sentence))
    said = [item.sentence for item in found]
    kept = [item for at, item in enumerate(found) if item.sentence not in said[:at]]
    worth = [item for item in kept if item.state != "ok" or item.kind in since] or kept[:1]
    if not worth:
        words = "Nothing stands out beyond the verdict."
        if report.data.kind == "monitoring":
            words = "No material change."
        return Block(f"::: {{.rg-changes}}\n{words}\n:::")
    lines = [f"-   {_finding(report, item)}" for item in worth]
    first, rest = "\n".join(lines[:_MOST_CHANGES]), "\n".join(lines[_MOST_CHANGES:])
    shown = f"::: {{.rg-changes}}\n\n{first}\n\n:::"
    if not rest:
        return Block(shown)
    title = attribute(f"{len(lines) - _MOST_CHANGES} more")
    folded = f":::: {{.rg-details title={title}}}\n\n::: {{.rg-changes}}\n\n{rest}\n\n:::\n\n::::"
    return Block(f"{shown}\n\n{folded}")


def _rank(item: Finding, since: Collection[str]) -> int:
    """By consequence; of changes since a version, what is known stands before what is not."""
    known = item.state == "cannot tell" and item.kind in since
    return _ORDER.index("ok" if known else item.state)


def groups(report: Report) -> Block | None:
    """Show the groups that lie farthest from the whole, with what may be said of the gap.

    Returns
    -------
    None when the record compares no groups
    """
    if not report.tables.like(*_GROUPS):
        return None
    notes = [_finding(report, item) for item in report.data.findings if item.kind == "group"]
    lines = [f"-   {note}" for note in notes[:_MOST_SOURCES]]
    lead = "::: {.rg-changes}\n\n" + "\n".join(lines) + "\n\n:::\n\n" if lines else ""
    whole = (lead + _widest(report)).strip()
    return Block(whole) if whole else None


def _widest(report: Report) -> str:
    """A table of the groups farthest from the whole, over all segments."""
    rows: list[tuple[tuple[float, float], str, int, str, Table, Value]] = []
    for name in report.tables.like(*_GROUPS):
        shown = report.tables[name]
        metric = _headline(shown)
        whole = report.values.get(f"{name.partition('.')[0]}.{metric}")
        if whole is None or whole.number is None:
            continue
        at = [column.name for column in shown.columns].index(metric)
        for place, row in enumerate(shown.rows):
            value = report[row[at].value or ""]
            if value.number is not None:
                rows.append((_apart(value, whole.number), name, place, metric, shown, value))
    rows.sort(key=lambda found: found[:3])
    # Two metrics in one column would be compared: keep to that of the first segment.
    picked = [row for row in rows if row[3] == rows[0][3]][:_MOST_GROUPS]
    return _group_table(picked) if picked else ""


def _apart(value: Value, whole: float) -> tuple[float, float]:
    """A key to sort by: what the interval leaves of the gap, then the gap, the largest first.

    Else the groups of a dozen rows would stand on top, whose numbers chance has moved.
    """
    assert value.number is not None
    ends = value.interval
    left = max(ends.low - whole, whole - ends.high, 0.0) if ends is not None else 0.0
    return -left, -abs(value.number - whole)


def _group_table(
    picked: Sequence[tuple[tuple[float, float], str, int, str, Table, Value]],
) -> str:
    first = picked[0][4]
    at = [column.name for column in first.columns].index(picked[0][3])
    label = first.columns[at].label
    body = []
    for _, _, place, _, shown, value in picked:
        row = shown.rows[place]
        reading = row[-1].text if shown.columns[-1].name == "reading" else None
        size = "" if value.n is None else f"{value.n:,}"
        group = f"{shown.columns[0].label}: {row[0].text}"
        body.append([escape(group), shown_value(value), escape(size), escape(reading or "–")])
    read = any(line[-1] != escape("–") for line in body)
    heads = ["Group", label, "n", "Reading"][: 4 if read else 3]
    numeric = [False, True, True, False][: len(heads)]
    written = pipe_table(heads, numeric, [line[: len(heads)] for line in body])
    return (
        f"::: {{.rg-table}}\n\n{written}\n\n"
        f": Groups most clearly apart from the whole, by {escape(_in_sentence(label))}\n\n:::"
    )


def _in_sentence(label: str) -> str:
    """Start it with a small letter, unless it starts with an abbreviation or with Brier."""
    word = label[1:2].islower() and not label.startswith("Brier")
    return label[:1].lower() + label[1:] if word else label


def _headline(shown: Table) -> str:
    """The metric that groups are compared by: that of the column ``gap``, or the first."""
    for column, cell in zip(shown.columns, shown.rows[0], strict=True) if shown.rows else ():
        if column.name == "gap" and cell.value is not None:
            return cell.value.partition("[")[0].split(".")[1]
    numeric = (c.name for c in shown.columns if c.unit is not None and c.name != "rows")
    return next(numeric, "")


def _finding(report: Report, finding: Finding) -> str:
    return f"{state_mark(finding.state)} {escape(finding.sentence)}{_sources(report, finding.because)}"


def _sources(report: Report, names: Sequence[str], most: int = 1) -> str:
    """The values a sentence rests on, each opening where it came from."""
    if not names:
        return ""
    shown = [show_label(report[name]).markdown for name in names[:most]]
    return f" [From {', '.join(shown)}.]{{.rg-from .rg-muted}}"


def _pin_words(pin: Pin) -> str:
    return f"{pin.name} {pin.version}" if pin.pinned else f"{pin.name} (a table, not pinned)"
