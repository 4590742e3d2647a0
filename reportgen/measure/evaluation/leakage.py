"""Features that almost give the answer away: good luck, or something known only afterwards."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from reportgen.measure.evaluation.context import EvaluationContext
from reportgen.measure.importance.sample import Sample
from reportgen.measure.monitoring.columns import kind_of, level_codes
from reportgen.measure.statistics.association import ranks_of
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import Array, z_of
from reportgen.measure.statistics.ranking import rank, roc_auc
from reportgen.measure.wording import estimate_words, weight_of
from reportgen.report import Finding, Part, Provenance, Value, value_name
from reportgen.report.value import Interval

__all__ = ["alone", "measure_leakage"]

SUSPECT_AUC = 0.98
SUSPECT_CORRELATION = 0.99
FEWEST_OF_A_CLASS = 20
MOST_LEVELS = 50


def measure_leakage(sample: Sample, context: EvaluationContext) -> Part:
    """Say which single features order the rows almost as the target does.

    Returns
    -------
    for each of them ``importance.alone[feature=…]`` and a finding; empty for several classes
    """
    binary = context.frame.task == "classification"
    if not binary and context.frame.task != "regression":
        return Part()
    part = Part()
    limit = SUSPECT_AUC if binary else SUSPECT_CORRELATION
    for place, name in enumerate(sample.names):
        found = alone(sample.features.iloc[:, place], sample.truth, sample.level)
        if found is None or found.number is None or found.interval is None:
            continue
        if found.number >= limit and found.interval.low >= limit - 0.03:
            part += _suspected(name, found, context.frame.target, binary=binary)
    return part


def alone(values: pd.Series[Any], truth: Array, level: float) -> Estimate | None:
    """Tell how well one feature orders the rows without any model.

    Parameters
    ----------
    truth : shape (n,), bool or float

    Returns
    -------
    ROC AUC in either direction, or the size of Spearman's correlation; None where the feature
    has no order, or there are too few rows to say. Rows without a value are left out; the levels
    of a category are ordered by the share of positives in the other half of the rows.
    """
    kind = kind_of(values)
    if kind == "level":
        numbers = _level_rates(values, truth)
    elif kind == "number" and not pd.api.types.is_timedelta64_dtype(values.dtype):
        numbers = pd.to_numeric(values, errors="coerce").to_numpy(float, na_value=np.nan)
    else:
        return None
    held = np.isfinite(numbers)
    numbers, truth = numbers[held], truth[held]
    if truth.dtype.kind != "b":
        return _spearman(numbers, truth, level)
    if min(int(truth.sum()), int((~truth).sum())) < FEWEST_OF_A_CLASS:
        return None
    found = roc_auc(rank(truth, numbers), level)
    if found.number is not None and found.number < 0.5:
        found = roc_auc(rank(truth, -numbers), level)
    return found


def _level_rates(values: pd.Series[Any], truth: Array) -> Array:
    """Mean target of each row's level, in the half of the rows that it is not in."""
    codes, levels = level_codes(values)
    numbers = np.full(len(codes), np.nan)
    if not 2 <= len(levels) <= MOST_LEVELS:
        return numbers
    half = np.arange(len(codes)) % 2 == 0  # the rows stand in random order
    for own in (half, ~half):
        other = ~own & (codes >= 0)
        n = np.bincount(codes[other], minlength=len(levels))
        sums = np.bincount(codes[other], weights=truth[other], minlength=len(levels))
        rates = np.divide(sums, n, out=np.full(len(levels), np.nan), where=n > 0)
        known = own & (codes >= 0)
        numbers[known] = rates[codes[known]]
    return numbers


def _spearman(x: Array, y: Array, level: float) -> Estimate | None:
    """Size of Spearman's correlation, with the interval of Bonett and Wright (2000)."""
    n = len(x)
    if n < 2 * FEWEST_OF_A_CLASS:
        return None
    first, second = ranks_of(x), ranks_of(y)
    if first.min() == first.max() or second.min() == second.max():
        return None
    r = min(abs(float(np.corrcoef(first, second)[0, 1])), 1.0)
    if r >= 1 - 1e-12:
        low = high = 1.0
    else:
        half = z_of(level) * ((1 + r**2 / 2) / (n - 3)) ** 0.5
        low, high = (float(np.tanh(np.arctanh(r) + step)) for step in (-half, half))
    interval = Interval(
        low=min(max(low, 0.0), r), high=max(high, r), level=level, method="fisher z"
    )
    return Estimate(number=r, n=n, interval=interval)


def _suspected(name: str, found: Estimate, target: str, *, binary: bool) -> Part:
    assert found.number is not None
    assert found.interval is not None
    path = value_name("importance.alone", feature=name)
    measure = "ROC AUC" if binary else "Spearman's correlation"
    value = Value(
        name=path,
        number=found.number,
        unit="ratio",
        n=found.n,
        interval=found.interval,
        provenance=Provenance(
            by="importance.alone@1", pins=("data",), parameters={"target": target}
        ),
        label=f"{measure} of {name} alone",
    )
    told = estimate_words(found.number, found.interval, "ratio")
    sentence = (
        f"{name} alone almost gives {target} away ({measure} {told}): make sure that it is known "
        "before the outcome is."
    )
    finding = Finding(
        kind="quality",
        state="watch",
        sentence=sentence,
        because=(path,),
        weight=weight_of("quality", "watch", 1.0),
    )
    return Part(values=(value,), findings=(finding,))
