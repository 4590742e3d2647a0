"""Levels that came and levels that went, by name."""

from __future__ import annotations

from math import log

from reportgen.measure.drift.moved import FALSE_ALARMS, Moved
from reportgen.measure.monitoring.values import cell, counted, text
from reportgen.report.data import Column, Table
from reportgen.report.value import Value, value_name

__all__ = ["GONE_FROM", "gone_for_sure", "levels_table", "levels_values"]

GONE_FROM = 0.01
"""Share of the reference from which a level that is gone is worth a look."""
_OF_A_COLUMN = 5
_IN_ALL = 30


def gone_for_sure(one: Moved, tests: int) -> tuple[str, float] | None:
    """Give the commonest level of the reference that has no rows now, and its share before.

    Returns
    -------
    None where the level was rare, or where so few rows may miss it by chance: that all its rows
    are in the reference has probability (m / (m + n)) ** rows, shared out over levels and columns
    """
    binned = one.binned
    if binned is None or not binned.gone_levels:
        return None
    m, n = float(binned.before.sum()), float(binned.now.sum())
    share = binned.gone_rows[0] / m
    many = tests * (len(binned.labels) + binned.rare)
    by_chance = binned.gone_rows[0] * log(m / (m + n))
    if share < GONE_FROM or by_chance > log(FALSE_ALARMS / many):
        return None
    return binned.gone_levels[0], share


def _named(one: Moved) -> list[tuple[str, int, str]]:
    if one.binned is None:
        return []
    sides = (
        ("new", one.binned.new_levels, one.binned.new_rows),
        ("gone", one.binned.gone_levels, one.binned.gone_rows),
    )
    return [
        (level, rows, what)
        for what, levels, counts in sides
        for level, rows in zip(levels[:_OF_A_COLUMN], counts, strict=False)
    ]


def _name(one: Moved, level: str, what: str) -> str:
    return value_name(f"drift.{one.column.path}.{what}", level=level)


def levels_values(one: Moved) -> tuple[Value, ...]:
    """Give the share of rows of each level that is new or gone, commonest first, five at most."""
    binned = one.binned
    if binned is None or one.column.kind != "level":
        return ()
    now, before = int(binned.now.sum()), int(binned.before.sum())
    name, source = one.column.name, one.column.source
    counts = (
        ("new_levels", len(binned.new_levels), f"New levels of {name}"),
        ("gone_levels", len(binned.gone_levels), f"Levels of {name} that have no rows now"),
        ("rare_levels", binned.rare, f"Levels of {name} too rare to be compared alone"),
    )
    many = tuple(
        counted(
            f"drift.{one.column.path}.{what}",
            number,
            by="drift.levels@1",
            label=label,
            unit="count",
            n=now,
            pins=_both(source),
        )
        for what, number, label in counts
    )
    shares = tuple(
        counted(
            _name(one, level, what),
            rows / (now if what == "new" else before),
            by="drift.levels@1",
            label=f"{name} = {level}, {'of rows now' if what == 'new' else 'of rows before'}",
            unit="ratio",
            n=now if what == "new" else before,
            pins=("data",) if what == "new" else (source,),
        )
        for level, rows, what in _named(one)
    )
    return many + shares


def _both(source: str) -> tuple[str, ...]:
    return ("data", "reference") if source == "reference" else ("data",)


def levels_table(ranked: list[Moved]) -> Table | None:
    """List levels that are new or gone, by column; None where there are none."""
    named = [(one, *found) for one in ranked for found in _named(one)]
    if not named:
        return None
    all_of_them = sum(
        len(one.binned.new_levels) + len(one.binned.gone_levels)
        for one in ranked
        if one.binned is not None
    )
    shown = named[:_IN_ALL]
    rest = all_of_them - len(shown)
    return Table(
        name="drift.levels",
        title="Levels that came or went",
        columns=(
            Column(name="column", label="Column"),
            Column(name="level", label="Level"),
            Column(name="what", label="What"),
            Column(name="share", label="Share of rows", unit="ratio"),
        ),
        rows=tuple(
            (
                text(one.column.name),
                text(level or "(empty)"),
                text(what),
                cell(_name(one, level, what)),
            )
            for one, level, _, what in shown
        ),
        note=(
            "New: not in the reference; its share is of the rows now. Gone: no rows now; its share "
            "is of the reference." + (f" {rest:,} rarer ones are not listed." if rest else "")
        ),
    )
