"""Rows whose answer changed for the better or the worse: what an average of metrics hides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from reportgen.measure.changes.rows import PairedRows, is_classified
from reportgen.measure.metrics.multiclass import MulticlassRows
from reportgen.measure.wording import as_rows
from reportgen.report import Cell, Column, Finding, Part, Provenance, Table, Value, value_name

__all__ = ["flip_sentence", "measure_flips"]


def measure_flips(rows: PairedRows, pins: tuple[str, ...], parameters: Mapping[str, Any]) -> Part:
    """Count rows by whether the old model and the new one were right.

    Returns
    -------
    values ``changes.rows[before=right,now=wrong]`` and the like with their table; for numbers,
    rows that are now closer to the truth, farther from it, or as far as before
    """
    source = Provenance(by="changes.flips@1", pins=pins, parameters=parameters)
    counts = _right_and_wrong(rows) if is_classified(rows) else _closer_and_farther(rows)
    values = tuple(
        Value(name=name, number=number, unit="rows", provenance=source, label=label)
        for name, (number, label) in counts.items()
    )
    table = _flip_table(rows) if is_classified(rows) else _distance_table()
    return Part(values=values, tables=(table,))


def _name(before: str, now: str) -> str:
    return value_name("changes.rows", before=before, now=now)


def _right_and_wrong(rows: PairedRows) -> dict[str, tuple[int, str]]:
    now, before = (side.predicted == side.truth for side in (rows.new, rows.old))
    return {
        _name(old, new): (
            int(((before == (old == "right")) & (now == (new == "right"))).sum()),
            f"Rows that were {old} and are {'still ' if old == new else ''}{new}",
        )
        for old in ("right", "wrong")
        for new in ("right", "wrong")
    } | {
        "changes.rows.other": (
            int((rows.new.predicted != rows.old.predicted).sum()),
            "Rows with another prediction than before",
        )
    }


def _closer_and_farther(rows: PairedRows) -> dict[str, tuple[int, str]]:
    now, before = (np.abs(side.predicted - side.truth) for side in (rows.new, rows.old))
    return {
        value_name("changes.rows", now="closer"): (
            int((now < before).sum()),
            "Rows predicted closer to the truth than before",
        ),
        value_name("changes.rows", now="farther"): (
            int((now > before).sum()),
            "Rows predicted farther from the truth than before",
        ),
        value_name("changes.rows", now="as far"): (
            int((now == before).sum()),
            "Rows predicted as far from the truth as before",
        ),
    }


def _flip_table(rows: PairedRows) -> Table:
    several = isinstance(rows.new, MulticlassRows)
    note = "Rows that are wrong under both may have another wrong answer." if several else ""
    body = tuple(
        (
            Cell(text=f"{old.capitalize()} before"),
            *(Cell(value=_name(old, new)) for new in ("right", "wrong")),
        )
        for old in ("right", "wrong")
    )
    return Table(
        name="changes.flips",
        title="Rows by whether they were right, before and now",
        columns=(
            Column(name="before", label="Rows"),
            Column(name="right", label="Right now", unit="rows"),
            Column(name="wrong", label="Wrong now", unit="rows"),
        ),
        rows=body,
        note=note,
    )


def _distance_table() -> Table:
    words = {"closer": "Closer", "farther": "Farther", "as far": "As far as before"}
    return Table(
        name="changes.flips",
        title="Rows by whether their prediction came closer to the truth",
        columns=(
            Column(name="now", label="Prediction"),
            Column(name="rows", label="Rows", unit="rows"),
        ),
        rows=tuple(
            (Cell(text=label), Cell(value=value_name("changes.rows", now=key)))
            for key, label in words.items()
        ),
    )


def flip_sentence(flips: Part, since: str) -> Finding | None:
    """Say how many rows became right and how many wrong; None where no answer changed."""
    counts = {value.name: int(value.number or 0) for value in flips.values}
    if _name("wrong", "right") in counts:
        names = _name("wrong", "right"), _name("right", "wrong")
        words = ("now right that", "wrong"), ("now wrong that", "right")
        told = [
            f"{as_rows(counts[name])} {'is' if counts[name] == 1 else 'are'} {now} "
            f"{'was' if counts[name] == 1 else 'were'} {before}"
            for name, (now, before) in zip(names, words, strict=True)
        ]
    else:
        names = value_name("changes.rows", now="closer"), value_name("changes.rows", now="farther")
        told = [
            f"{as_rows(counts[name])} {'is' if counts[name] == 1 else 'are'} predicted {word} "
            "the truth"
            for name, word in zip(names, ("closer to", "farther from"), strict=True)
        ]
    if not any(counts[name] for name in names):
        return None
    sentence = f"{' and '.join(told)}, against {since}."
    return Finding(
        kind="change",
        state="ok",
        sentence=sentence[:1].upper() + sentence[1:],
        because=names,
        weight=0.2,
    )
