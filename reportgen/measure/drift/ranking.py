"""Which of the columns that moved matter: how far each moved, times how much the model heeds it.

How much a model heeds a column is how far its answers to rows of the reference change when the
column is shuffled among them. That needs no labels, and only columns that moved are asked about.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from reportgen.errors import ReportgenError
from reportgen.measure.drift.moved import Moved
from reportgen.measure.estimated.rows import baseline_keys, picked_rows
from reportgen.measure.monitoring.periods import Calendar
from reportgen.measure.monitoring.values import cell, counted, no_number, text
from reportgen.measure.statistics.bootstrap import seed_of
from reportgen.measure.statistics.intervals import Array
from reportgen.measure.statistics.shuffling import content_keys
from reportgen.measure.wording import as_percent, weight_of
from reportgen.report.data import Cell, Column, Finding, Part, Table
from reportgen.report.frame import MonitoringFrame
from reportgen.report.value import Value

__all__ = ["Ranked", "heeded", "rank_drift", "with_ranking"]

ROWS, REPEATS = 500, 3
_AT_ONCE = 20_000
"""Rows that a model is asked about in one go; what one row is answered hangs on no other."""
_BY_EFFECT = "Ranked by how far they moved alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """Columns that moved, by consequence.

    Attributes
    ----------
    shares : column's path -> its share of all consequence; None where effect alone can tell
    heeds : column's path -> how far the model's answers change when it is shuffled
    reason : why the model was not asked; empty: it was
    """

    moved: tuple[Moved, ...]
    shares: dict[str, float]
    heeds: dict[str, float]
    reason: str = ""


def rank_drift(
    frame: MonitoringFrame, calendar: Calendar, moved: tuple[Moved, ...]
) -> Ranked | None:
    """Rank the features that moved; None where fewer than two did."""
    called = tuple(
        one for one in moved if one.column.role == "feature" and one.state in {"watch", "alert"}
    )
    if len(called) < 2:
        return None
    heeds, reason = _heeds(frame, calendar, called)
    weights = {
        one.column.path: one.effect * heeds.get(one.column.path, 0.0 if heeds else 1.0)
        for one in called
    }
    total = sum(weights.values())
    shares = {path: weight / total if total else 0.0 for path, weight in weights.items()}
    order = sorted(
        called, key=lambda one: (-shares[one.column.path], -one.effect, one.column.name)
    )
    return Ranked(moved=tuple(order), shares=shares, heeds=heeds, reason=reason)


def _heeds(
    frame: MonitoringFrame, calendar: Calendar, called: tuple[Moved, ...]
) -> tuple[dict[str, float], str]:
    """Ask the model about rows of the reference, each moved column shuffled in turn."""
    if frame.ask is None:
        return {}, frame.unasked or "the model was not asked"
    if frame.profiles is not None and frame.sample is None:
        return {}, "there are no rows to ask the model about"
    group = () if frame.has_reference else baseline_keys(calendar)
    names = tuple(frame.types) or frame.features
    (rows,) = picked_rows(frame, calendar, names, (group,), ROWS)
    paths = {one.column.name: one.column.path for one in called}
    by_name = {name: paths[str(name)] for name in names if str(name) in paths}
    try:
        found = heeded(frame.ask, rows, tuple(by_name))
    except (
        ArithmeticError, LookupError, OSError, ReportgenError, TypeError, ValueError,
    ) as broken:  # fmt: skip
        first = str(broken).strip().partition("\n")[0][:120]
        return {}, f"the model did not answer ({type(broken).__name__}: {first})"
    heeds = {by_name[name]: change for name, change in found.items()}
    return heeds, "" if any(heeds.values()) else "no answer of the model hangs on these columns"


def heeded(
    ask: Callable[[pd.DataFrame], Array], rows: pd.DataFrame, columns: tuple[str, ...]
) -> dict[str, float]:
    """Say how far answers change when a column is shuffled; a column not among `rows` has 0.

    Parameters
    ----------
    ask : rows -> shape (n,) numbers or (n, k) chances of classes
    rows : n >= 2

    Returns
    -------
    for classes the mean share of the chances that moves to other classes, for numbers the mean
    change in standard deviations of the answers
    """
    rows = rows.iloc[np.argsort(content_keys(rows), kind="stable")]
    places = {name: at for at, name in enumerate(rows.columns)}
    held = [(places[name], name) for name in columns if name in places]
    frames = [rows] + [shuffled for at, name in held for shuffled in _shuffles(rows, name, at)]
    before, *after = _answers(ask, frames)
    scale = 2.0 if before.ndim == 2 else float(before.std()) or 1.0
    changes = [np.abs(said - before) for said in after]
    means = [float(off.sum(axis=1).mean() if off.ndim == 2 else off.mean()) for off in changes]
    found = dict.fromkeys(columns, 0.0)
    for place, (_, name) in enumerate(held):
        found[name] = float(np.mean(means[place * REPEATS : (place + 1) * REPEATS])) / scale
    return found


def _answers(ask: Callable[[pd.DataFrame], Array], frames: list[pd.DataFrame]) -> list[Array]:
    """Ask about frames of as many rows each, many at once: most of a question costs once."""
    many = len(frames[0])
    at_once = max(_AT_ONCE // many, 1)
    found: list[Array] = []
    for first in range(0, len(frames), at_once):
        some = frames[first : first + at_once]
        said = np.asarray(ask(pd.concat(some, ignore_index=True)), dtype=float)
        found += [said[at * many : (at + 1) * many] for at in range(len(some))]
    return found


def _shuffles(rows: pd.DataFrame, name: str, at: int) -> list[pd.DataFrame]:
    random = np.random.default_rng([seed_of(np.array([len(rows), at])), at])
    return [rows.assign(**{name: _shuffled(rows[name], random)}) for _ in range(REPEATS)]


def _shuffled(column: pd.Series[Any], random: np.random.Generator) -> pd.Series[Any]:
    taken = column.iloc[random.permutation(len(column))]
    return taken.set_axis(column.index)


def with_ranking(part: Part, ranked: Ranked | None, since: str) -> Part:
    """Add the ranking to the drift of single columns, and order its sentences by it."""
    if ranked is None:
        return part
    return replace(
        part,
        values=part.values
        + tuple(value for one in ranked.moved for value in _values(ranked, one)),
        tables=(*part.tables, _table(ranked, since)),
        findings=tuple(_reworded(one, ranked) for one in part.findings),
    )


def _values(ranked: Ranked, one: Moved) -> tuple[Value, Value]:
    path, name = f"drift.{one.column.path}", one.column.name
    pins = ("data", "reference") if one.column.source == "reference" else ("data",)
    by = "drift.consequence@1"
    heed = ranked.heeds.get(one.column.path)
    label = f"Change of the model's answers when {name} is shuffled"
    if heed is None:
        importance = no_number(f"{path}.importance", ranked.reason, by=by, label=label)
    else:
        importance = counted(
            f"{path}.importance",
            heed,
            by=by,
            label=label,
            unit="number",
            pins=("model", *pins),
            parameters={"rows": ROWS, "repeats": REPEATS},
        )
    share = counted(
        f"{path}.consequence",
        ranked.shares[one.column.path],
        by=by,
        label=f"Share of {name} in all that moved",
        unit="ratio",
        pins=pins if heed is None else ("model", *pins),
        parameters={"by": "effect" if heed is None else "effect times importance"},
    )
    return importance, share


def _table(ranked: Ranked, since: str) -> Table:
    asked = not ranked.reason
    note = (
        "Share: how far a column moved, times how far the model's answers change when it is "
        "shuffled among rows of the reference, of the sum over these columns."
        if asked
        else f"{_BY_EFFECT}: {ranked.reason}."
    )
    return Table(
        name="drift.consequence",
        title=f"What moved since {since}, by consequence for the model",
        columns=(
            Column(name="column", label="Column"),
            Column(name="effect", label="Effect", unit="number"),
            Column(name="importance", label="Answers change by", unit="number"),
            Column(name="consequence", label="Share", unit="ratio"),
        ),
        rows=tuple(_row(one) for one in ranked.moved),
        note=note,
    )


def _row(one: Moved) -> tuple[Cell, ...]:
    path = f"drift.{one.column.path}"
    return (
        text(one.column.name),
        cell(f"{path}.effect"),
        cell(f"{path}.importance"),
        cell(f"{path}.consequence"),
    )


def _reworded(finding: Finding, ranked: Ranked) -> Finding:
    """Weigh a column's finding by its consequence, and say of the first how much it bears."""
    places = {f"drift.{one.column.path}.psi": one for one in ranked.moved}
    one = places.get(finding.because[0]) if finding.because else None
    if finding.kind != "drift" or one is None or len(finding.because) < 2:
        return finding
    if finding.because[1] != f"drift.{one.column.path}.noise":
        return finding
    share = ranked.shares[one.column.path]
    found = replace(finding, weight=weight_of("drift", finding.state, 10 * share))
    if one is not ranked.moved[0]:
        return found
    path = f"drift.{one.column.path}.consequence"
    how = "" if ranked.reason else " and how much the model heeds it"
    return replace(
        found,
        sentence=(
            f"{found.sentence} It bears {as_percent(share)} of what moved, by how far a column "
            f"moved{how}."
        ),
        because=(*found.because, path),
    )
