"""The record, opened for a template: names that are checked, values that know their source."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TypeVar, overload

from reportgen.errors import NotFoundError, near_miss
from reportgen.report import (
    Fact,
    Pin,
    Provenance,
    ReportData,
    Series,
    Table,
    Value,
    canonical_json,
    load_record,
)

__all__ = ["Named", "Report", "SourcedValue", "UnknownNameError", "open_report"]

Item = TypeVar("Item")
Other = TypeVar("Other")
OWN_PARAMETERS = ("p_holm", "seed")  # differ from number to number: shown with it, not in a note
_UNSAFE = re.compile(r"[^a-z0-9]+")


class UnknownNameError(NotFoundError, KeyError):
    """A template asks for a name that the record does not hold."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcedValue(Value):
    """A value of an opened record.

    Attributes
    ----------
    note : number of the note in the appendix that says how it was computed
    sources : the pins it was computed from, as ``flights-test 20130501T060000Z-1a2b3``
    """

    note: int
    sources: tuple[str, ...] = ()


class Named(Mapping[str, Item]):
    """Things by name, in the order of their names; a wrong name gets the near miss."""

    __slots__ = ("_items", "_kind")

    def __init__(self, kind: str, items: Mapping[str, Item]) -> None:
        self._kind = kind
        self._items = {name: items[name] for name in sorted(items)}

    def __getitem__(self, name: str) -> Item:
        if name not in self._items:
            known = tuple(self._items)
            raise UnknownNameError(
                f"the record has no {self._kind} {name!r}. {near_miss(name, known)}"
            )
        return self._items[name]

    # Without the near miss, which an error looks for among all names.
    def __contains__(self, name: object) -> bool:
        return name in self._items

    @overload
    def get(self, name: str, /) -> Item | None: ...

    @overload
    def get(self, name: str, default: Item | Other, /) -> Item | Other: ...

    def get(self, name: str, default: Item | Other | None = None, /) -> Item | Other | None:
        """Give what has a name, or what is said to stand for it."""
        return self._items.get(name, default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def like(self, *patterns: str) -> tuple[str, ...]:
        """Names that fit shell-like patterns: by pattern first, then by name, each once.

        Square brackets stand for themselves, as they do in names.
        """
        found = (
            name
            for pattern in patterns
            for name in self._items
            if fnmatchcase(name, pattern.replace("[", "[[]"))
        )
        return tuple(dict.fromkeys(found))


class Report:
    """One opened record; ``report["evaluation.accuracy"]`` is a value of it.

    Attributes
    ----------
    data : the record
    facts, values, tables, series : by name
    notes : provenances in the order of their numbers; the first has number 1
    anchors : of tables and series: names that are safe in a file name and after a #
    shown : where the page shows a table, a series or a text so far: its name -> what a link names
    """

    def __init__(self, data: ReportData, digest: str = "") -> None:
        self.data = data
        self.digest = digest
        self.notes, numbers = _number_notes(data.values)
        self.values: Named[SourcedValue] = Named(
            "value",
            {k: _sourced(value, numbers[k], data.pins) for k, value in data.values.items()},
        )
        self.facts: Named[Fact] = Named("fact", data.facts)
        self.tables: Named[Table] = Named("table", data.tables)
        self.series: Named[Series] = Named("series", data.series)
        self.anchors = _anchors((*self.tables, *self.series))
        self.shown: dict[str, str] = {}

    def __getitem__(self, name: str) -> SourcedValue:
        return self.values[name]

    def __contains__(self, name: object) -> bool:
        return name in self.values

    def __repr__(self) -> str:
        return f"<{self.data.kind} {self.data.report}, {self.data.edition}>"


def open_report(path: str = "report.json") -> Report:
    """Open the record beside the template.

    Parameters
    ----------
    path : of report.json, from the folder in which the template runs

    Raises
    ------
    NotFoundError
        There is no such file.
    UserError
        The record has another schema, or was changed by hand.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFoundError(
            f"there is no record {path!r} beside the template. `reportgen render` writes it; "
            "in plain Quarto, pass one: quarto render model_card.qmd -P record:report.json"
        ) from None
    plain = json.loads(text)
    return Report(load_record(plain), digest=plain["digest"])


def _number_notes(
    values: Mapping[str, Value],
) -> tuple[tuple[Provenance, ...], Mapping[str, int]]:
    """Give equal provenances one number, in the order of the first value that has it.

    Those of the same pins and parameters stand together, so that these need be said once. The
    order is of the record, not of the page: leaving out a table renumbers nothing.
    """
    families: dict[str, dict[str, Provenance]] = {}
    keys = {}
    for name in sorted(values):
        source = values[name].provenance
        shared = {k: v for k, v in source.parameters.items() if k not in OWN_PARAMETERS}
        family = canonical_json([source.pins, shared])
        keys[name] = family + source.by
        notes = families.setdefault(family, {})
        notes.setdefault(keys[name], replace(source, parameters=shared))
    ordered = {key: note for notes in families.values() for key, note in notes.items()}
    order = {key: place for place, key in enumerate(ordered, start=1)}
    return tuple(ordered.values()), {name: order[key] for name, key in keys.items()}


def _anchors(names: Iterable[str]) -> Mapping[str, str]:
    """Spell names with a-z, 0-9 and hyphens; two that would be spelt alike get a number."""
    taken: dict[str, str] = {}
    for name in sorted(set(names)):
        plain = _UNSAFE.sub("-", name.lower()).strip("-")[:80] or "unnamed"
        anchor, place = plain, 2
        while anchor in taken.values():
            anchor, place = f"{plain}-{place}", place + 1
        taken[name] = anchor
    return taken


def _sourced(value: Value, note: int, pins: Mapping[str, Pin]) -> SourcedValue:
    known = [pins[role] for role in value.provenance.pins if role in pins]
    return SourcedValue(
        **{field.name: getattr(value, field.name) for field in fields(Value)},
        note=note,
        sources=tuple(f"{pin.name} {pin.version}" for pin in known),
    )
