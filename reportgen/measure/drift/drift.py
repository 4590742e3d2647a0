"""Distributions then and now: common bins, effect sizes, and what chance alone would make of them.

Numbers are cut at the quantiles of the reference, with open ends, so that one wild value lands in
the outer bin and blinds nothing. Missing values have a bin of their own, and so have values that
are not numbers. Levels stand for themselves; rare ones share a bin. All that is said of two
samples is said of their counts: `number_bins` and `level_bins` take those of profiles as well.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from reportgen.measure.drift.noise import sampling_noise
from reportgen.measure.monitoring.columns import Kind, level_codes
from reportgen.measure.statistics.divergence import (
    Shape,
    by_chance,
    jensen_shannon,
    population_stability,
    stability_parts,
)
from reportgen.measure.statistics.intervals import Array

__all__ = [
    "Binned",
    "by_chance",
    "compare",
    "jensen_shannon",
    "level_bins",
    "noise_level",
    "number_bins",
    "population_stability",
]

BINS = 10
FINE_BINS = 40
"""Of numbers, where order and distance matter: Kolmogorov–Smirnov and Wasserstein."""
MOST_LEVELS = 200
MOST_RARE_BINS = 10
FINE_BINS = 40
"""Of numbers, where order and distance matter: Kolmogorov–Smirnov and Wasserstein."""
FEWEST_EXPECTED = 5
"""Rows that a level's bin must expect in the smaller sample; rarer levels share a bin."""
ROWS_OF_A_RARE_BIN = 20

MISSING = "missing"
RARE = "rare levels"
NOT_NUMBERS = "not a number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Binned:
    """Counts of two samples in common bins.

    Attributes
    ----------
    labels : shape (b,)
    before, now : shape (b,), counts; no bin is empty in both
    new_levels, gone_levels : levels with rows only now, or only before, by rows
    middle_before, middle_now : medians of numbers, None for levels
    shape : the known numbers in fine bins; None for levels, and where a side has none
    periods : shape (k, b), `before` period by period, where the reference has periods
    rare : how many levels share bins with others
    new_rows, gone_rows : of the levels above, now and before
    parts, psi : what each bin adds to PSI, shape (b,), and their sum; see `population_stability`
    """

    labels: tuple[str, ...]
    before: Array
    now: Array
    new_levels: tuple[str, ...] = ()
    gone_levels: tuple[str, ...] = ()
    middle_before: float | None = None
    middle_now: float | None = None
    shape: Shape | None = None
    periods: Array | None = None
    rare: int = 0
    new_rows: tuple[int, ...] = ()
    gone_rows: tuple[int, ...] = ()
    parts: Array = field(init=False, repr=False, compare=False)
    psi: float = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        parts = stability_parts(self.before, self.now)
        object.__setattr__(self, "parts", parts)
        object.__setattr__(self, "psi", float(parts.sum()))

    @property
    def excess(self) -> float:
        """PSI less what chance alone adds to it on average; the size of the effect."""
        return max(self.psi - by_chance(self.before, self.now), 0.0)


def noise_level(binned: Binned, chance: float, *, exact: bool) -> tuple[float, str]:
    """Give the PSI that drawing rows alone exceeds with this probability; see `sampling_noise`."""
    return sampling_noise(binned.before, binned.now, binned.psi, chance, exact=exact)


def compare(
    kind: Kind, before: pd.Series[Any], now: pd.Series[Any], period: Array | None = None
) -> Binned | None:
    """Count both samples in common bins; None when either has no rows or nothing to compare.

    Parameters
    ----------
    period : shape (len(before),), codes from 0: the period of the reference that a row is of
    """
    if not len(before) or not len(now) or kind in {"time", "none"}:
        return None
    count = _numbers if kind == "number" else _levels
    return count(before, now, np.zeros(len(before), np.intp) if period is None else period)


def as_numbers(values: pd.Series[Any]) -> tuple[Array, Array]:
    """Numbers (spans in seconds) with NaN where there is none, and what is no number yet there."""
    held = values
    if pd.api.types.is_timedelta64_dtype(held.dtype):
        held = held.dt.total_seconds()
    elif not pd.api.types.is_numeric_dtype(held.dtype):
        held = held.astype(object)
    numbers = pd.to_numeric(held, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return numbers, np.isnan(numbers) & values.notna().to_numpy()


def quantile_edges(numbers: Array, bins: int = BINS) -> Array:
    """Cut at the quantiles; a value so common that it is several of them gets its own bin.

    Returns
    -------
    rising edges; bin i holds the x with ``edges[i - 1] < x <= edges[i]``, the outer ones open
    """
    finite = numbers[np.isfinite(numbers)]
    if not len(finite):
        return np.zeros(0)
    steps = np.arange(1, bins) / bins
    cuts = np.quantile(finite, steps, method="inverted_cdf")
    edges, times = np.unique(cuts, return_counts=True)
    common = edges[times > 1]
    if len(edges) == 1:
        common = edges
    return np.union1d(edges, np.nextafter(common, -np.inf))


def _numbers(before: pd.Series[Any], now: pd.Series[Any], period: Array) -> Binned:
    sides = [as_numbers(side) for side in (before, now)]
    edges = quantile_edges(sides[0][0])
    cuts = np.union1d(edges, quantile_edges(sides[0][0], FINE_BINS))
    many = len(cuts) + 3
    codes = []
    for numbers, wrong in sides:
        code = np.searchsorted(cuts, numbers)
        codes.append(np.where(np.isnan(numbers), np.where(wrong, many - 1, many - 2), code))
    return number_bins(
        cuts,
        edges,
        _by_period(codes[0], period, many),
        np.bincount(codes[1], minlength=many),
        (_median(sides[0][0]), _median(sides[1][0])),
    )


def _by_period(codes: Array, period: Array, many: int) -> Array:
    """Count codes in each period, shape (k, many)."""
    periods = int(period.max()) + 1
    return np.bincount(period * many + codes, minlength=periods * many).reshape(periods, many)


def number_bins(
    cuts: Array,
    edges: Array,
    before: Array,
    now: Array,
    middles: tuple[float | None, float | None] = (None, None),
) -> Binned:
    """Line up the counts of a column of numbers.

    Parameters
    ----------
    cuts : shape (c,), rising, of the fine bins
    edges : those of the cuts between which PSI and its like are counted
    before : shape (k, c + 3), each period of the reference: fine bins, missing, not a number
    now : shape (c + 3,)
    middles : medians of the reference and of now
    """
    whole = before.sum(axis=0)
    starts = np.concatenate([[0], np.searchsorted(cuts, edges) + 1]).astype(np.intp)
    rows = np.vstack([whole, now, before])
    inside = np.add.reduceat(rows[:, :-2], starts, axis=1)
    counts = np.hstack([inside, rows[:, -2:]])
    kept = (counts[0] + counts[1]) > 0
    known = whole[:-2].sum() and now[:-2].sum() and len(cuts)
    labels = (*_interval_labels(edges), MISSING, NOT_NUMBERS)
    return Binned(
        labels=tuple(label for label, keep in zip(labels, kept, strict=True) if keep),
        before=counts[0][kept],
        now=counts[1][kept],
        middle_before=middles[0],
        middle_now=middles[1],
        shape=Shape(cuts=cuts, before=whole[:-2], now=now[:-2]) if known else None,
        periods=counts[2:, kept] if len(before) > 1 else None,
    )


def _median(numbers: Array) -> float | None:
    known = numbers[np.isfinite(numbers)]
    if not len(known):
        return None
    with np.errstate(over="ignore"):
        middle = float(np.median(known))
    if np.isfinite(middle):
        return middle
    return float(np.median(known / 2) * 2)  # the sum of the two in the middle is too large


def _interval_labels(edges: Array) -> list[str]:
    if not len(edges):
        return ["any"]
    shown = _written(edges)
    labels = [f"up to {shown[0]}"]
    for at in range(1, len(edges)):
        alone = np.nextafter(edges[at], -np.inf) == edges[at - 1]
        labels.append(shown[at] if alone else f"{shown[at - 1]} to {shown[at]}")
    if len(edges) > 1 and np.nextafter(edges[1], -np.inf) == edges[0]:
        labels[0] = f"below {shown[1]}"
    return [*labels, f"above {shown[-1]}"]


def _written(edges: Array) -> list[str]:
    """Write edges with as few digits as tell neighbours apart; a value's twin below reads alike."""
    real = edges[np.append(np.nextafter(edges[1:], -np.inf) != edges[:-1], True)]
    for digits in range(3, 17):
        texts = [f"{edge:.{digits}g}" for edge in real]
        if len(set(texts)) == len(texts):
            break
    return [f"{edge:.{digits}g}" for edge in edges]


def _levels(before: pd.Series[Any], now: pd.Series[Any], period: Array) -> Binned:
    codes, levels = level_codes(pd.concat([_plain(before), _plain(now)], ignore_index=True))
    many = len(levels) + 1
    codes = np.where(codes < 0, many - 1, codes)
    return level_bins(
        tuple(levels),
        _by_period(codes[: len(before)], period, many),
        np.bincount(codes[len(before) :], minlength=many),
    )


def level_bins(levels: tuple[str, ...], before: Array, now: Array) -> Binned:
    """Line up the counts of a column of levels.

    Parameters
    ----------
    levels : of both sides, in the order of their text
    before : shape (k, len(levels) + 1), each period of the reference; the last are missing
    now : shape (len(levels) + 1,)
    """
    many, whole = len(levels), before.sum(axis=0)
    pooled = whole + now
    smaller = min(whole.sum(), now.sum()) / pooled.sum()
    order = np.argsort(-pooled[:many], kind="stable")
    common = order[(pooled[order] * smaller >= FEWEST_EXPECTED)][:MOST_LEVELS]
    rare = np.setdiff1d(order, common)  # in the order of their text
    bins = _rare_bins(pooled[rare], smaller)
    ends = [slice(*pair) for pair in pairwise([0, *bins])]
    sides = np.vstack([whole, now, before])
    shared = [sides[:, rare[end]].sum(axis=1, keepdims=True) for end in ends]
    rows = np.hstack([sides[:, common], *shared, sides[:, many:]]).astype(np.int64)
    labels = [*(levels[at] for at in common), *_rare_labels([levels[at] for at in rare], ends)]
    kept = (rows[0] + rows[1]) > 0
    new, gone = (order[side[order] == 0] for side in (whole, now))
    return Binned(
        labels=tuple(w for w, keep in zip([*labels, MISSING], kept, strict=True) if keep),
        before=rows[0][kept],
        now=rows[1][kept],
        new_levels=tuple(levels[at] for at in new),
        gone_levels=tuple(levels[at] for at in gone),
        new_rows=tuple(now[new].tolist()),
        gone_rows=tuple(whole[gone].tolist()),
        periods=rows[2:, kept] if len(before) > 1 else None,
        rare=len(rare),
    )


def _rare_bins(pooled: Array, smaller: float) -> list[int]:
    """Cut the rare levels, in the order of their text, into bins of about equal rows.

    Together they would hide any shift among them, and a column may have no other levels.
    """
    if not len(pooled):
        return []
    many = int(min(max(pooled.sum() * smaller / ROWS_OF_A_RARE_BIN, 1), MOST_RARE_BINS))
    reached = np.cumsum(pooled)
    cuts = np.searchsorted(reached, reached[-1] * np.arange(1, many) / many) + 1
    return [*(int(cut) for cut in np.unique(cuts) if cut < len(pooled)), len(pooled)]


def _rare_labels(rare: list[str], ends: list[slice]) -> list[str]:
    if len(ends) == 1:
        return [RARE]
    return [f"{RARE} {rare[end][0]} to {rare[end][-1]}" for end in ends]


def _plain(values: pd.Series[Any]) -> pd.Series[Any]:
    return values.astype(object)
