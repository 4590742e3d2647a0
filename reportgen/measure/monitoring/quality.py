"""Whether the data are what the model was promised: nulls, unseen levels, ranges, types."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd

from reportgen.measure.drift.drift import as_numbers
from reportgen.measure.monitoring.columns import Watched, level_codes, level_text
from reportgen.measure.monitoring.values import cell, estimated, text
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import difference, proportion
from reportgen.measure.wording import as_percent, listed, weight_of
from reportgen.report.data import Column, Finding, Part, State, Table
from reportgen.report.profile import ColumnPlan, ColumnProfile, merge_columns
from reportgen.report.value import Value

__all__ = ["Checked", "check_columns", "quality_part"]

FAMILY = 0.05
"""Chance that a report without any change names a column; shared out over the columns."""
WATCH_FROM, ALERT_FROM = {"nulls": 0.05, "unseen": 0.01, "out_of_range": 0.01}, 0.2
"""What the reference has not seen is to be watched at most: the world may have moved, and drift
says how far. What is missing that used to be there is broken."""


_LABELS = {"nulls": "Missing values", "unseen": "Unseen levels", "out_of_range": "Out of range"}
_STATUS_STATE: dict[str, State] = {
    "missing": "alert",
    "all null": "alert",
    "type changed": "alert",
    "new": "ok",
    "one class": "watch",
    "labels pending": "ok",
    "empty period": "cannot tell",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What one column lacks in the reported period.

    Attributes
    ----------
    nulls, nulls_before : share of rows without a value
    unseen : share of values that are levels the reference does not have
    out_of_range : share of values outside the reference's smallest and largest
    by_chance : share of unseen levels, or of values out of range, that is to be expected
    constant : the only value now, where there were several
    """

    column: Watched
    nulls: Estimate
    nulls_before: Estimate
    unseen: Estimate
    out_of_range: Estimate
    by_chance: float = 0.0
    new_levels: tuple[str, ...] = ()
    constant: str | None = None


def check_columns(columns: tuple[Watched, ...], level: float) -> tuple[Checked, ...]:
    """Check every feature, prediction and score; labels have measures of their own."""
    return tuple(
        _check(column, level)
        if column.plan is None
        else _check_profile(column, column.plan, level)
        for column in columns
        if column.role != "target"
    )


def _none(reason: str) -> Estimate:
    return Estimate(number=None, n=0, reason=reason)


def _check(column: Watched, level: float) -> Checked:
    if column.now is None:
        gone = _none(f"{column.status}: {column.detail}")
        before = _nulls(column, "before", level)
        return Checked(
            column=column, nulls=gone, nulls_before=before, unseen=gone, out_of_range=gone
        )
    unseen = out_of_range = _none("no values to compare with")
    if column.kind == "none" and column.status == "ok":
        unseen = out_of_range = _none("by content")  # texts and embeddings
    chance = 0.0
    new_levels: tuple[str, ...] = ()
    comparable = column.before is not None and column.kind in {"number", "level"}
    if comparable and column.kind == "number":
        unseen = _none("only texts have levels")
        out_of_range, chance = _out_of_range(column, level)
    elif comparable:
        out_of_range = _none("only numbers have a range")
        unseen, chance, new_levels = _unseen(column, level)
    return Checked(
        column=column,
        nulls=_nulls(column, "now", level),
        nulls_before=_nulls(column, "before", level),
        unseen=unseen,
        out_of_range=out_of_range,
        by_chance=chance,
        new_levels=new_levels,
        constant=_constant(column),
    )


def _check_profile(column: Watched, plan: ColumnPlan, level: float) -> Checked:
    """Check what a scan has counted."""
    now, before = column.profile, column.profiles_before
    nulls_before = _none("not in the reference")
    if before:
        rows = sum(one.rows for one in before)
        nulls_before = proportion(sum(one.nulls for one in before), rows, level)
    if now is None:
        gone = _none(f"{column.status}: {column.detail}")
        return Checked(
            column=column, nulls=gone, nulls_before=nulls_before, unseen=gone, out_of_range=gone
        )
    unseen = out_of_range = _none("no values to compare with")
    chance = 0.0
    if before and column.kind == "number":
        unseen = _none("only texts have levels")
        out_of_range, chance = _counted_outside(plan, now, before, level)
    elif before and column.kind == "level":
        out_of_range = _none("only numbers have a range")
        unseen, chance = _counted_unseen(plan, now, before, level)
    return Checked(
        column=column,
        nulls=proportion(now.nulls, now.rows, level),
        nulls_before=nulls_before,
        unseen=unseen,
        out_of_range=out_of_range,
        by_chance=chance,
        new_levels=tuple(name for name, _ in now.new) if unseen.number is not None else (),
        constant=_counted_constant(column.kind, now, before),
    )


def _counted_outside(
    plan: ColumnPlan, now: ColumnProfile, before: tuple[ColumnProfile, ...], level: float
) -> tuple[Estimate, float]:
    known = sum(one.finite for one in before)
    held = sum(now.counts)
    if not known or not held or not plan.cuts:
        return _none("no numbers to compare"), 0.0
    # The outer cuts are the reference's smallest and largest.
    return proportion(now.counts[0] + now.counts[-1], held, level), 2 / (known + 1)


def _counted_unseen(
    plan: ColumnPlan, now: ColumnProfile, before: tuple[ColumnProfile, ...], level: float
) -> tuple[Estimate, float]:
    known = sum(one.rows - one.nulls for one in before)
    held = now.rows - now.nulls
    if not known or not held:
        return _none("no levels to compare"), 0.0
    return proportion(now.unseen, held, level), plan.once / known


def _counted_constant(
    kind: str, now: ColumnProfile, before: tuple[ColumnProfile, ...]
) -> str | None:
    if not before or now.rows < 2 or kind not in {"number", "level"}:
        return None
    was = reduce(merge_columns, before)
    if kind == "number":
        alone = now.smallest is not None and now.smallest == now.largest and not now.infinite
        varied = was.smallest != was.largest
        return level_text(now.smallest) if alone and not now.wrong and varied else None
    alone = now.first is not None and now.first == now.last
    return now.first if alone and was.first != was.last else None


def _nulls(column: Watched, side: str, level: float) -> Estimate:
    values = column.now if side == "now" else column.before
    if values is None:
        return _none("not in the data" if side == "now" else "not in the reference")
    return proportion(int(values.isna().sum()), len(values), level)


def _out_of_range(column: Watched, level: float) -> tuple[Estimate, float]:
    assert column.now is not None
    assert column.before is not None
    before, now = (as_numbers(side)[0] for side in (column.before, column.now))
    known, held = before[np.isfinite(before)], now[~np.isnan(now)]
    if not len(known) or not len(held):
        return _none("no numbers to compare"), 0.0
    outside = int(((held < known.min()) | (held > known.max())).sum())
    # A new row passes the largest, or the smallest, of m others with chance 1 / (m + 1).
    return proportion(outside, len(held), level), 2 / (len(known) + 1)


def _unseen(column: Watched, level: float) -> tuple[Estimate, float, tuple[str, ...]]:
    assert column.now is not None
    assert column.before is not None
    before, known = level_codes(column.before)
    now, levels = level_codes(column.now)
    if not known or not len(now[now >= 0]):
        return _none("no levels to compare"), 0.0, ()
    is_new = ~np.isin(levels, known)
    rows = np.bincount(now[now >= 0], minlength=len(levels))
    order = np.argsort(-rows, kind="stable")
    new_levels = tuple(levels[at] for at in order if is_new[at])
    once = np.bincount(before[before >= 0], minlength=len(known)) == 1
    # Good (1953): a new row is of an unseen level as often as old rows were of a level seen once.
    chance = float(once.sum()) / float((before >= 0).sum())
    return proportion(int(rows[is_new].sum()), int(rows.sum()), level), chance, new_levels


def _constant(column: Watched) -> str | None:
    if column.now is None or column.before is None or column.kind not in {"number", "level"}:
        return None
    if len(column.now) < 2 or (column.kind == "number" and not _stands_still(column.now)):
        return None
    levels = level_codes(column.now)[1]
    if len(levels) != 1:
        return None
    return levels[0] if len(level_codes(column.before)[1]) > 1 else None


def _stands_still(values: pd.Series[Any]) -> bool:
    numbers = as_numbers(values)[0]
    known = numbers[~np.isnan(numbers)]
    return len(known) > 0 and bool(known.min() == known.max())


def quality_part(checked: tuple[Checked, ...], key: str) -> Part:
    """Name what was checked, and say what stands out."""
    tests = max(3 * len(checked), 1)
    findings = [found for one in checked for found in _findings(one, key, tests)]
    if checked and not findings and all(one.column.status == "ok" for one in checked):
        findings.append(_all_well(checked))
    return Part(
        values=tuple(value for one in checked for value in _values(one)),
        tables=(_table(checked, key),) if checked else (),
        findings=tuple(findings),
    )


def _all_well(checked: tuple[Checked, ...]) -> Finding:
    return Finding(
        kind="quality",
        state="ok",
        sentence=(
            f"Nothing missing or out of place: {len(checked)} columns were checked for missing "
            "values, unseen levels, ranges and types."
        ),
        because=tuple(f"quality.{one.column.path}.nulls" for one in checked[:1]),
        weight=weight_of("quality", "ok"),
    )


def _values(one: Checked) -> tuple[Value, ...]:
    path, name = f"quality.{one.column.path}", one.column.name
    compared = ("data", "reference") if one.column.source == "reference" else ("data",)
    found = [
        estimated(
            f"{path}.{what}",
            getattr(one, what),
            by=f"quality.{what}@1",
            unit="ratio",
            label=f"{_LABELS[what]} of {name}",
            better="lower",
            pins=("data",) if what == "nulls" else compared,
        )
        for what in ("nulls", "unseen", "out_of_range")
    ]
    before = estimated(
        f"{path}.nulls.reference",
        one.nulls_before,
        by="quality.nulls@1",
        unit="ratio",
        label=f"Missing values of {name} in the reference",
        better="lower",
        pins=(one.column.source,),
    )
    return (*found, before)


def _table(checked: tuple[Checked, ...], key: str) -> Table:
    shown = ("nulls", "nulls.reference", "unseen", "out_of_range")
    return Table(
        name="quality.columns",
        title=f"Data quality of each column in {key}",
        columns=(
            Column(name="column", label="Column"),
            Column(name="status", label="Status"),
            Column(name="nulls", label="Missing", unit="ratio"),
            Column(name="nulls_reference", label="Missing in the reference", unit="ratio"),
            Column(name="unseen", label="Unseen levels", unit="ratio"),
            Column(name="out_of_range", label="Out of range", unit="ratio"),
        ),
        rows=tuple(
            (
                text(one.column.name),
                text(_status(one)),
                *(cell(f"quality.{one.column.path}.{what}") for what in shown),
            )
            for one in checked
        ),
        note="Shares of the period's rows. Unseen and out of range: against the reference.",
    )


def _status(one: Checked) -> str:
    if one.column.status == "ok" and one.constant is not None:
        return f"constant ({one.constant})"
    return one.column.status


def _findings(one: Checked, key: str, tests: int) -> list[Finding]:
    column, path = one.column, f"quality.{one.column.path}"
    found = []
    state = _STATUS_STATE.get(column.status, "ok")
    if state in {"watch", "alert"}:
        sentence = f"{column.name} is {_STATUS_WORDS[column.status]} in {key}: {column.detail}."
        found.append(_finding(state, sentence, f"{path}.nulls", 1.0))
    if column.status in {"missing", "all null", "empty period"}:
        return found
    for what, told in (("nulls", _more_nulls), ("unseen", _more_unseen), ("out_of_range", _wild)):
        sentence, size = told(one, key, FAMILY / tests)
        if sentence:
            worst: State = "alert" if what == "nulls" and size >= ALERT_FROM else "watch"
            # Drift of the same column, which says how far it moved, comes before these.
            order = "quality" if what == "nulls" else "unseen"
            found.append(_finding(worst, sentence, f"{path}.{what}", size, order))
    if one.constant is not None:
        sentence = f"{column.name} holds nothing but {one.constant} in {key}; it used to vary."
        found.append(_finding("watch", sentence, f"{path}.nulls", 0.5))
    return found


_STATUS_WORDS = {
    "missing": "missing",
    "all null": "empty",
    "type changed": "of another type",
    "one class": "of one class",
}


def _finding(
    state: State, sentence: str, because: str, size: float, order: str = "quality"
) -> Finding:
    return Finding(
        kind="quality",
        state=state,
        sentence=sentence,
        because=(because,),
        weight=weight_of(order, state, size),
    )


def _counts(share: Estimate) -> tuple[int, int]:
    return round((share.number or 0.0) * share.n), share.n


def _more_nulls(one: Checked, key: str, chance: float) -> tuple[str, float]:
    if one.nulls.number is None or one.nulls_before.number is None:
        return "", 0.0
    (many, rows), (many_before, rows_before) = _counts(one.nulls), _counts(one.nulls_before)
    if many / rows - many_before / rows_before < WATCH_FROM["nulls"]:
        return "", 0.0
    level = 1 - chance
    now, before = (proportion(*_counts(side), level) for side in (one.nulls, one.nulls_before))
    more = difference(now, before, level)
    size = more.number or 0.0
    if size < WATCH_FROM["nulls"] or more.interval is None or more.interval.low <= 0:
        return "", 0.0
    was = as_percent(one.nulls_before.number, one.nulls_before.interval)
    is_now = as_percent(one.nulls.number, one.nulls.interval)
    return (
        f"{is_now} of {one.column.name} is missing in {key}, against {was} in the reference.",
        size,
    )


def _beyond(share: Estimate, expected: float, chance: float, least: float) -> float:
    """Size of a share that is neither small nor explained by chance, else 0."""
    if share.number is None or share.number - expected < least:
        return 0.0
    sure = proportion(*_counts(share), 1 - chance).interval
    return share.number if sure is not None and sure.low > expected else 0.0


def _more_unseen(one: Checked, key: str, chance: float) -> tuple[str, float]:
    size = _beyond(one.unseen, one.by_chance, chance, WATCH_FROM["unseen"])
    if not size:
        return "", 0.0
    names = listed(tuple(f"'{level}'" for level in one.new_levels), most=3)
    word = "level" if len(one.new_levels) == 1 else "levels"
    sentence = (
        f"{as_percent(size, one.unseen.interval)} of {one.column.name} in {key} is of {word} that the reference does "
        f"not have: {names}."
    )
    return sentence, size


def _wild(one: Checked, key: str, chance: float) -> tuple[str, float]:
    size = _beyond(one.out_of_range, one.by_chance, chance, WATCH_FROM["out_of_range"])
    if not size:
        return "", 0.0
    share, name = as_percent(size, one.out_of_range.interval), one.column.name
    return f"{share} of {name} in {key} lies outside the range of the reference.", size
