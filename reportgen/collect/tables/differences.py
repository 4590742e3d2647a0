"""What two pinned versions of a model say of themselves, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reportgen.boards import Snapshot
from reportgen.collect.models.model import CollectedModel
from reportgen.report import Cell, Column, Fact, Finding, Part, Pin, Provenance, Table
from reportgen.report.rounding import write_number

__all__ = ["Version", "compare_versions", "words_for"]

_SOURCE = Provenance(by="changes.model@1", pins=("model", "baseline"))
_NONE = "–"
_NOT_COMPARED = ("name", "title", "description", "version", "created")
_MOST_NAMED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a model: its pin, its bytes, and what was read of it."""

    pin: Pin
    snapshot: Snapshot
    model: CollectedModel


@dataclass(frozen=True, slots=True, kw_only=True)
class _Difference:
    """A thing that is not the same in both, in a kind of things: features, parameters, ..."""

    kind: str
    name: str
    before: str
    now: str


def words_for(pin: Pin, other: Pin) -> str:
    """Name a version in a sentence: by its day, where that tells it from the other.

    Parameters
    ----------
    other : the version that the page is about
    """
    if pin.created.date() == other.created.date():
        return f"version {pin.version}"
    return f"the version of {pin.created:%Y-%m-%d}"


def compare_versions(now: Version, before: Version) -> Part:
    """List what changed in a model: class, features, steps, parameters, packages, metadata.

    Returns
    -------
    facts ``changes.since`` and ``changes.created``, tables ``changes.model`` and
    ``changes.parameters``, and one finding
    """
    found = [
        *_of_facts(now, before),
        *_of_texts("size", {"Size of the artefact": _size(now)}, {"Size of the artefact": _size(before)}),
        *_of_texts("feature", _features(now), _features(before)),
        *_of_texts("step", _rows(now, "model.steps"), _rows(before, "model.steps")),
        *_of_texts("package", _rows(now, "model.packages"), _rows(before, "model.packages")),
        *_of_texts("metadata", _metadata(now), _metadata(before)),
    ]  # fmt: skip
    parameters = _of_texts(
        "parameter", _rows(now, "model.parameters"), _rows(before, "model.parameters")
    )
    return Part(
        facts=_facts(before),
        tables=(
            _model_table(now, before, found),
            *((_parameter_table(parameters),) if parameters else ()),
        ),
        findings=(_finding(now, before, [*found, *parameters]),),
    )


def _facts(before: Version) -> tuple[Fact, ...]:
    pin = before.pin
    return (
        Fact(name="changes.since", label="Compared with", text=pin.version, provenance=_SOURCE),
        Fact(
            name="changes.created",
            label="Which was created",
            text=f"{pin.created:%Y-%m-%d %H:%M} UTC",
            provenance=_SOURCE,
        ),
    )


def _of_facts(now: Version, before: Version) -> list[_Difference]:
    kept = [
        {
            fact.label or fact.name: fact.text
            for fact in version.model.part.facts
            if fact.name.removeprefix("model.") not in _NOT_COMPARED
        }
        for version in (now, before)
    ]
    return _of_texts("fact", kept[0], kept[1])


def _of_texts(kind: str, now: Mapping[str, str], before: Mapping[str, str]) -> list[_Difference]:
    """What is in one and not in the other, or not the same; in the order of the new, then old."""
    return [
        _Difference(kind=kind, name=name, before=before.get(name, _NONE), now=now.get(name, _NONE))
        for name in dict.fromkeys((*now, *before))
        if now.get(name) != before.get(name)
    ]


def _size(version: Version) -> str:
    return write_number(version.pin.size_bytes, "bytes")


def _features(version: Version) -> dict[str, str]:
    return {feature.name: feature.type for feature in version.model.features}


def _rows(version: Version, name: str) -> dict[str, str]:
    """First and second column of a table of texts."""
    tables = (table for table in version.model.part.tables if table.name == name)
    return {row[0].text or "": row[1].text or "" for table in tables for row in table.rows}


def _metadata(version: Version) -> dict[str, str]:
    """What the author wrote into the pin, as far as it is a text or a number."""
    said = version.snapshot.version.metadata
    user = said.get("user")
    flat: dict[str, Any] = {**said, **(user if isinstance(user, Mapping) else {})}
    return {
        str(name): str(value)
        for name, value in sorted(flat.items(), key=lambda item: str(item[0]))
        if isinstance(value, str | int | float | bool)
    }


_LABELS = {"feature": "Feature", "step": "Step", "package": "Package", "metadata": "Metadata"}


def _model_table(now: Version, before: Version, found: Iterable[_Difference]) -> Table:
    head = (
        ("Version", before.pin.version, now.pin.version),
        ("Created", *(f"{v.pin.created:%Y-%m-%d %H:%M} UTC" for v in (before, now))),
    )
    body = (
        (f"{_LABELS.get(each.kind, '')} {each.name}".strip(), each.before, each.now)
        for each in found
    )
    return _text_table(
        "changes.model",
        "What changed in the model",
        "What",
        (*head, *body),
        "What is not listed is the same in both, or neither pin says it.",
    )


def _parameter_table(found: Iterable[_Difference]) -> Table:
    rows = ((each.name, each.before, each.now) for each in found)
    return _text_table("changes.parameters", "Parameters that changed", "Parameter", rows, "")


def _text_table(
    name: str, title: str, first: str, rows: Iterable[tuple[str, ...]], note: str
) -> Table:
    return Table(
        name=name,
        title=title,
        columns=tuple(
            Column(name=label.lower(), label=label) for label in (first, "Before", "Now")
        ),
        rows=tuple(tuple(Cell(text=text) for text in row) for row in rows),
        note=note,
    )


def _finding(now: Version, before: Version, found: list[_Difference]) -> Finding:
    since = words_for(before.pin, now.pin)
    told = _told(found)
    sentence = f"Since {since}, the model itself changed: {'; '.join(told)}."
    if not told:
        same = now.pin.sha256 == before.pin.sha256
        sentence = (
            f"The artefact is byte for byte that of {since}."
            if same
            else f"Nothing that the pins say of the model changed since {since}."
        )
    return Finding(kind="change", state="ok", sentence=sentence, weight=1.5)


def _told(found: list[_Difference]) -> list[str]:
    """Name what changed, kind by kind; the size alone is not worth a sentence."""
    told = [
        f"{each.before} became {each.now}"
        for each in found
        if each.kind == "fact" and each.name == "Model class"
    ]
    features = [each for each in found if each.kind == "feature"]
    told += _named("features added", [f for f in features if f.before == _NONE])
    told += _named("features removed", [f for f in features if f.now == _NONE])
    retyped = [f for f in features if _NONE not in (f.before, f.now)]
    told += _named("features of another type", retyped)
    told += _named("other parameters", [each for each in found if each.kind == "parameter"])
    told += _named("other packages", [each for each in found if each.kind == "package"])
    told += _named("other metadata", [each for each in found if each.kind == "metadata"])
    return told


def _named(what: str, found: list[_Difference]) -> list[str]:
    if not found:
        return []
    names = ", ".join(each.name for each in found[:_MOST_NAMED])
    more = len(found) - _MOST_NAMED
    return [f"{what} {names}{f' and {more} more' if more > 0 else ''}"]
