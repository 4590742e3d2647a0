"""The coefficients of a statistical model: values with their intervals, and a table of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from reportgen.collect.kinds.kind import Array
from reportgen.report import Cell, Column, Interval, Part, Provenance, Table, Value, value_name

__all__ = ["coefficient_part"]

_SOURCE = Provenance(by="model.coefficient@1", pins=("model",))
_LEVEL = 0.95


def coefficient_part(results: Any, classes: tuple[str, ...] = ()) -> Part:
    """Take coefficients, standard errors and intervals from statsmodels' own results.

    Parameters
    ----------
    results : with ``params``, and ``bse`` and ``conf_int`` unless the fit was penalised
    classes : of a multinomial model, the first being the one the others are compared with

    Returns
    -------
    values ``model.coefficient[term=...]`` and ``model.standard_error[term=...]``, the rows the
    model was fitted on as ``model.fitted_rows``, and the table ``model.coefficients``
    """
    rows: list[tuple[Cell, ...]] = []
    values = list(_fitted_rows(results))
    fitted = values[0].number if values else None
    for shown, group, (estimate, error, low, high) in _terms(results, classes):
        own = [
            _value("coefficient", "Coefficient", group, fitted, estimate, (low, high)),
            _value("standard_error", "Standard error", group, fitted, error),
        ]
        values += own
        rows.append((Cell(text=shown), *(Cell(value=value.name) for value in own)))
    return Part(values=tuple(values), tables=(_table(rows),) if rows else ())


def _table(rows: list[tuple[Cell, ...]]) -> Table:
    return Table(
        name="model.coefficients",
        title="Coefficients",
        columns=(
            Column(name="term", label="Term"),
            Column(name="coefficient", label="Coefficient", unit="number"),
            Column(name="error", label="Standard error", unit="number"),
        ),
        rows=tuple(rows),
        note="As fitted, with the 95% intervals that statsmodels computed from the rows that the "
        "model was fitted on.",
    )


def _fitted_rows(results: Any) -> Iterator[Value]:
    count = getattr(results, "nobs", None)
    if count is not None and float(count).is_integer() and count > 0:
        yield Value(
            name="model.fitted_rows",
            number=int(count),
            unit="rows",
            provenance=_SOURCE,
            label="Rows the model was fitted on",
        )


def _terms(results: Any, classes: tuple[str, ...]) -> Iterator[tuple[str, dict[str, str], Array]]:
    """Give each term in words, its group in a value's name, and its four numbers."""
    params = np.asarray(results.params, dtype=float)
    lacking = np.full((params.size, 2), np.nan)
    errors, ends = lacking[:, 0].reshape(params.shape), lacking
    if getattr(results, "bse", None) is not None:  # a penalised fit has none
        errors = np.asarray(results.bse, dtype=float)
        ends = np.asarray(results.conf_int(alpha=1.0 - _LEVEL), dtype=float).reshape(-1, 2)
    names = _distinct([str(name) for name in results.model.exog_names], len(params))
    if params.ndim == 1:
        for place, term in enumerate(names):
            yield term, {"term": term}, np.array([params[place], errors[place], *ends[place]])
        return
    for column, label in enumerate(classes[1:]):
        for place, term in enumerate(names):
            interval = ends[column * len(names) + place]
            numbers = np.array([params[place, column], errors[place, column], *interval])
            yield f"{term} ({label})", {"term": term, "class": label}, numbers


def _distinct(names: list[str], count: int) -> list[str]:
    """Give one name to each coefficient: those beyond the columns, and names that come twice."""
    named = [*names, *(f"parameter {place + 1}" for place in range(len(names), count))][:count]
    return [
        f"{name} ({named[:place].count(name) + 1})" if name in named[:place] else name
        for place, name in enumerate(named)
    ]


def _value(
    what: str,
    label: str,
    group: dict[str, str],
    fitted: Any,
    number: float,
    ends: tuple[float, float] = (np.nan, np.nan),
) -> Value:
    name = value_name(f"model.{what}", **group)
    label = f"{label} of {', '.join(group.values())}"
    if not np.isfinite(number):
        reason = "the fit gives none"
        return Value(name=name, unit="number", reason=reason, provenance=_SOURCE, label=label)
    interval = None
    if np.isfinite(ends).all():
        low, high = (float(end) for end in ends)
        interval = Interval(low=low, high=high, level=_LEVEL, method="statsmodels")
    return Value(
        name=name,
        number=float(number),
        unit="number",
        n=fitted,
        interval=interval,
        provenance=_SOURCE,
        label=label,
    )
