"""Distributions then and now: common bins, effect sizes, and what chance alone would make of them.

Numbers are cut at the quantiles of the reference, with open ends, so that one wild value lands in
the outer bin and blinds nothing. Missing values have a bin of their own, and so have values that
are not numbers. Levels stand for themselves; rare ones share a bin.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from reportgen.measure.bootstrap import seed_of
from reportgen.measure.columns import Kind, level_codes
from reportgen.measure.intervals import Array

__all__ = [
    "Binned",
    "by_chance",
    "compare",
    "jensen_shannon",
    "noise_level",
    "population_stability",
]

BINS = 10
MOST_LEVELS = 200
MOST_RARE_BINS = 10
FEWEST_EXPECTED = 5
"""Rows that a level's bin must expect in the smaller sample; rarer levels share a bin."""
_ANALYTIC_FROM = 20
"""Rows that every bin must expect for the chi-square law to hold far out in the tail."""
_FAR = 3
"""Times the noise level by that law, from which on shuffling could not change the answer."""

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
    """

    labels: tuple[str, ...]
    before: Array
    now: Array
    new_levels: tuple[str, ...] = ()
    gone_levels: tuple[str, ...] = ()
    middle_before: float | None = None
    middle_now: float | None = None

    @property
    def psi(self) -> float:
        """Population stability index; see `population_stability`."""
        return population_stability(self.before, self.now)

    @property
    def parts(self) -> Array:
        """What each bin adds to PSI, shape (b,)."""
        return _parts(self.before, self.now)

    @property
    def excess(self) -> float:
        """PSI less what chance alone adds to it on average; the size of the effect."""
        return max(self.psi - by_chance(self.before, self.now), 0.0)


def population_stability(before: Array, now: Array) -> float:
    """Population stability index of two sets of counts in the same bins.

    Parameters
    ----------
    before, now : shape (..., b), counts; a count of 0 is taken as half a row

    Examples
    --------
    >>> round(population_stability(np.array([50, 50]), np.array([75, 25])), 4)
    0.2747
    """
    return float(_stability(np.asarray(before), np.asarray(now)))


def _stability(before: Array, now: Array) -> Array:
    return np.asarray(_parts(before, now).sum(axis=-1))


def _parts(before: Array, now: Array) -> Array:
    p = np.maximum(before, 0.5) / before.sum(axis=-1, keepdims=True)
    q = np.maximum(now, 0.5) / now.sum(axis=-1, keepdims=True)
    return np.asarray((q - p) * np.log(q / p))


def jensen_shannon(before: Array, now: Array) -> float:
    """Jensen–Shannon distance with logarithms to base 2; 0 is alike, 1 is disjoint."""
    p, q = before / before.sum(), now / now.sum()
    middle = (p + q) / 2
    divergence = sum(
        float((x[x > 0] * np.log2(x[x > 0] / middle[x > 0])).sum()) / 2 for x in (p, q)
    )
    return float(np.sqrt(min(max(divergence, 0.0), 1.0)))


def by_chance(before: Array, now: Array) -> float:
    """Give the PSI that two samples of the same distribution have on average."""
    return float((len(before) - 1) * (1 / before.sum() + 1 / now.sum()))


@cache
def _chi_square(bins: int, chance: float) -> float:
    from scipy.special import chdtri

    return float(chdtri(bins - 1, chance))


def noise_level(binned: Binned, chance: float, *, exact: bool) -> tuple[float, str]:
    """Give the PSI that chance alone exceeds with this probability, and how it was found.

    Parameters
    ----------
    chance : in (0, 1), after correction for the number of columns
    exact : where bins are small, shuffle the rows between the samples instead of trusting the
        chi-square law; worth its time only where the answer decides

    Notes
    -----
    Shuffling asks: given these rows, how large is the PSI when nothing but chance decides which
    sample a row is in? It is seeded from the counts, so the same data give the same answer.
    """
    before, now = binned.before, binned.now
    many = len(before)
    if many < 2:
        return 0.0, "chi-square"
    smaller = min(before.sum(), now.sum())
    expected = (before + now) * (smaller / (before.sum() + now.sum()))
    law = float((1 / before.sum() + 1 / now.sum()) * _chi_square(many, chance))
    if not exact or expected.min() >= _ANALYTIC_FROM or binned.psi > _FAR * law:
        return law, "chi-square"
    draws = int(min(max(2_000, 20 / chance), 10_000))
    random = np.random.default_rng(seed_of(before, now))
    pooled = (before + now).astype(np.int64)
    drawn = random.multivariate_hypergeometric(
        pooled, int(now.sum()), size=draws, method="marginals"
    )
    shuffled = np.sort(_stability(pooled - drawn, drawn))
    place = min(int(np.ceil((1 - chance) * (draws + 1))) - 1, draws - 1)
    return float(shuffled[place]), f"{draws} shuffles"


def compare(kind: Kind, before: pd.Series[Any], now: pd.Series[Any]) -> Binned | None:
    """Count both samples in common bins; None when either has no rows or nothing to compare."""
    if not len(before) or not len(now) or kind in {"time", "none"}:
        return None
    return _numbers(before, now) if kind == "number" else _levels(before, now)


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


def _numbers(before: pd.Series[Any], now: pd.Series[Any]) -> Binned:
    sides = [as_numbers(side) for side in (before, now)]
    edges = quantile_edges(sides[0][0])
    counts = []
    for numbers, wrong in sides:
        known = numbers[~np.isnan(numbers)]
        inside = np.bincount(np.searchsorted(edges, known), minlength=len(edges) + 1)
        outside = [len(numbers) - len(known) - int(wrong.sum()), int(wrong.sum())]
        counts.append(np.concatenate([inside, outside]))
    labels = [*_interval_labels(edges), MISSING, NOT_NUMBERS]
    middles = [_median(numbers) for numbers, _ in sides]
    kept = (counts[0] + counts[1]) > 0
    return Binned(
        labels=tuple(label for label, keep in zip(labels, kept, strict=True) if keep),
        before=counts[0][kept],
        now=counts[1][kept],
        middle_before=middles[0],
        middle_now=middles[1],
    )


def _median(numbers: Array) -> float | None:
    known = numbers[np.isfinite(numbers)]
    return float(np.median(known)) if len(known) else None


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


def _levels(before: pd.Series[Any], now: pd.Series[Any]) -> Binned:
    codes, levels = level_codes(pd.concat([_plain(before), _plain(now)], ignore_index=True))
    many = len(levels)
    counts = [
        np.bincount(np.where(side < 0, many, side), minlength=many + 1)
        for side in (codes[: len(before)], codes[len(before) :])
    ]
    pooled = counts[0] + counts[1]
    smaller = min(len(before), len(now)) / len(codes)
    order = np.argsort(-pooled[:many], kind="stable")
    common = order[(pooled[order] * smaller >= FEWEST_EXPECTED)][:MOST_LEVELS]
    rare = np.setdiff1d(order, common)  # in the order of their text
    bins = _rare_bins(pooled[rare], smaller)
    ends = [slice(*pair) for pair in pairwise([0, *bins])]
    rows = [
        np.concatenate([side[common], [side[rare[end]].sum() for end in ends], side[many:]])
        for side in counts
    ]
    labels = [*(levels[at] for at in common), *_rare_labels([levels[at] for at in rare], ends)]
    kept = (rows[0] + rows[1]) > 0
    return Binned(
        labels=tuple(w for w, keep in zip([*labels, MISSING], kept, strict=True) if keep),
        before=rows[0][kept].astype(np.int64),
        now=rows[1][kept].astype(np.int64),
        new_levels=tuple(levels[at] for at in order if counts[0][at] == 0),
        gone_levels=tuple(levels[at] for at in order if counts[1][at] == 0),
    )


def _rare_bins(pooled: Array, smaller: float) -> list[int]:
    """Cut the rare levels, in the order of their text, into bins of about equal rows.

    Together they would hide any shift among them, and a column may have no other levels.
    """
    if not len(pooled):
        return []
    many = int(min(max(pooled.sum() * smaller / _ANALYTIC_FROM, 1), MOST_RARE_BINS))
    reached = np.cumsum(pooled)
    cuts = np.searchsorted(reached, reached[-1] * np.arange(1, many) / many) + 1
    return [*(int(cut) for cut in np.unique(cuts) if cut < len(pooled)), len(pooled)]


def _rare_labels(rare: list[str], ends: list[slice]) -> list[str]:
    if len(ends) == 1:
        return [RARE]
    return [f"{RARE} {rare[end][0]} to {rare[end][-1]}" for end in ends]


def _plain(values: pd.Series[Any]) -> pd.Series[Any]:
    return values.astype(object)
