"""Latency, errors and memory of a model in use, from columns of the scoring log, period by period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reportgen.measure.drift.drift import as_numbers
from reportgen.measure.estimated.rows import baseline_keys, picked_rows
from reportgen.measure.monitoring.periods import Calendar
from reportgen.measure.operations.log_page import operations_page
from reportgen.measure.statistics.estimate import Estimate, Metric
from reportgen.measure.statistics.intervals import Array, difference, proportion
from reportgen.measure.statistics.quantiles import quantile_of
from reportgen.report.data import Part
from reportgen.report.frame import MonitoringFrame
from reportgen.report.operations_log import OperationsLogSpec

__all__ = ["LogMeasured", "is_error", "measure_log"]

MOST_ROWS = 50_000
"""Of each period that are looked at: enough for a 99th percentile within a tenth of a percent of
the rows, and few enough for a year of them."""
MOST_PERIODS = 60
_QUANTILES = (50, 95, 99)
_SECONDS = {"seconds": 1.0, "milliseconds": 1e-3, "microseconds": 1e-6}
_BYTES = {
    "bytes": 1.0,
    "kB": 1e3,
    "MB": 1e6,
    "GB": 1e9,
    "KiB": 2.0**10,
    "MiB": 2.0**20,
    "GiB": 2.0**30,
}
_NO_ERROR = frozenset(["", "0", "false", "f", "no", "none", "null", "nan", "ok", "success"])
_STATUS = (100, 599)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogMeasured:
    """One measure of the log.

    Attributes
    ----------
    periods : by key, as far back as is shown, oldest first; the reported one last
    reference : of the pin or the earliest periods
    change : from the reference to now
    """

    metric: Metric
    periods: Mapping[str, Estimate]
    reference: Estimate
    change: Estimate

    @property
    def now(self) -> Estimate:
        """The reported period."""
        return list(self.periods.values())[-1]


def measure_log(frame: MonitoringFrame, calendar: Calendar) -> Part:
    """Measure what the scoring log says of each call.

    Notes
    -----
    Of a period with more than 50,000 rows, those are looked at that their own content picks.
    """
    asked = frame.operations
    if asked is None or not asked.measured:
        return Part()
    names = asked.measured
    keys = calendar.keys[-MOST_PERIODS:]
    own_reference = frame.has_reference
    groups = tuple((key,) for key in keys)
    early = baseline_keys(calendar)
    sides: tuple[tuple[str, ...], ...] = (*groups, *((early,) if early else ()))
    sides += ((),) if own_reference else ()
    rows = picked_rows(frame, calendar, names, sides, MOST_ROWS)
    found = [_measures(asked, side, frame.confidence) for side in rows]
    periods, rest = found[: len(keys)], found[len(keys) :]
    before = rest[-1] if own_reference and _has(rows[-1], names) else (rest[0] if early else {})
    pin = "reference" if own_reference and _has(rows[-1], names) else "data"
    measured = tuple(
        _one(metric, dict(zip(keys, periods, strict=True)), before, frame.confidence)
        for metric in _metrics(asked)
    )
    sampled = any(len(side) >= MOST_ROWS for side in rows)
    return operations_page(frame, calendar, measured, pin=pin, sampled=MOST_ROWS if sampled else 0)


def _has(rows: pd.DataFrame, names: tuple[str, ...]) -> bool:
    return any(name in rows.columns for name in names)


def _one(
    metric: Metric,
    periods: Mapping[str, Mapping[str, Estimate]],
    before: Mapping[str, Estimate],
    level: float,
) -> LogMeasured:
    name = metric.name.removeprefix("operations.")
    reference = before.get(name) or Estimate(number=None, n=0, reason="there is no reference yet")
    numbers = {key: found[name] for key, found in periods.items()}
    now = list(numbers.values())[-1]
    return LogMeasured(
        metric=metric,
        periods=numbers,
        reference=reference,
        change=difference(now, reference, level),
    )


def _metrics(asked: OperationsLogSpec) -> tuple[Metric, ...]:
    found = []
    for what, label, unit, words in (
        (asked.latency, "latency", "seconds", "of the calls took no longer."),
        (asked.memory, "memory", "bytes", "of the calls needed no more."),
    ):
        if what is not None:
            found += [
                Metric(
                    name=f"operations.{label}_p{p}",
                    label=f"{label.capitalize()} (p{p})",
                    unit=unit,  # type: ignore[arg-type]
                    better="lower",
                    meaning=f"{'Half' if p == 50 else f'{p} of 100'} {words}",
                )
                for p in _QUANTILES
            ]
    if asked.error is not None:
        found.append(
            Metric(
                name="operations.error_rate",
                label="Error rate",
                unit="ratio",
                better="lower",
                meaning="Share of all calls in the log.",
            )
        )
    return tuple(found)


def _measures(asked: OperationsLogSpec, rows: pd.DataFrame, level: float) -> dict[str, Estimate]:
    found: dict[str, Estimate] = {}
    for name, label, scale in (
        (asked.latency, "latency", _SECONDS[asked.latency_unit]),
        (asked.memory, "memory", _BYTES[asked.memory_unit]),
    ):
        if name is not None:
            numbers, reason = _numbers(rows, name, scale)
            for p in _QUANTILES:
                one = quantile_of(numbers, p / 100, level)
                found[f"{label}_p{p}"] = (
                    one if one.n else Estimate(number=None, n=0, reason=reason)
                )
    if asked.error is not None:
        found["error_rate"] = _error_rate(rows, asked.error, level)
    return found


def _numbers(rows: pd.DataFrame, name: str, scale: float) -> tuple[list[float], str]:
    """Give the numbers of a column, rising; what is negative or no number was not measured."""
    if name not in rows.columns:
        return [], f"there is no column '{name}'"
    values = rows[name]
    span = pd.api.types.is_timedelta64_dtype(values.dtype)
    numbers = as_numbers(values)[0] * (1.0 if span else scale)
    known = np.sort(numbers[np.isfinite(numbers) & (numbers >= 0)])
    return known.tolist(), "no rows" if not len(rows) else f"no number in '{name}'"


def _error_rate(rows: pd.DataFrame, name: str, level: float) -> Estimate:
    if name not in rows.columns:
        return Estimate(number=None, n=0, reason=f"there is no column '{name}'")
    return proportion(int(is_error(rows[name]).sum()), len(rows), level)


def is_error(values: pd.Series[Any]) -> Array:
    """Say which calls failed, shape (n,).

    Notes
    -----
    True, or a number other than 0, is an error, and so is a text that is not one of the usual
    words for none (``ok``, ``false``, ...); what is missing is none. A column with nothing but
    whole numbers from 100 to 599 holds HTTP statuses, of which those from 400 are errors.
    """
    numbers, wrong = as_numbers(values)
    known = np.isfinite(numbers)
    failed = known & (numbers != 0)
    if known.any() and not wrong.any() and not pd.api.types.is_bool_dtype(values.dtype):
        low, high = numbers[known].min(), numbers[known].max()
        if _STATUS[0] <= low and high <= _STATUS[1] and not (numbers[known] % 1).any():
            failed = known & (numbers >= 400)
    if wrong.any():
        texts = values[wrong].astype(str).str.strip().str.lower()
        failed[wrong] = ~texts.isin(_NO_ERROR).to_numpy()
    return np.asarray(failed)
