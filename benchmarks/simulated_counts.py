"""Counts of columns without rows: what bins would hold, drawn directly, a million rows at no cost.

Where numbers are cut at the quantiles of the reference, the chance of a new row to land in a bin
does not depend on the law of the numbers: it is that of uniform spacings (Dirichlet). So one
simulation stands for normal, lognormal and heavy-tailed columns alike.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import ndtr, ndtri

from reportgen.measure.drift.drift import BINS, FINE_BINS, Binned, level_bins, number_bins
from reportgen.measure.drift.moved import Moved, judge_column
from reportgen.measure.monitoring.columns import Kind, Watched
from reportgen.measure.statistics.intervals import Array

Random = np.random.Generator
Draw = Callable[[Random, int, int], Binned]


def watched(name: str, kind: Kind = "number") -> Watched:
    """Give a column of which only the counts are known."""
    return Watched(name=name, path=name, role="feature", kind=kind, status="ok")


def judged(binned: Binned, tests: int, kind: Kind = "number") -> Moved:
    """Judge one of so many columns by its counts."""
    return judge_column(watched("x", kind), binned, tests)


def _cuts(counts: Array, bins: int) -> Array:
    """Places among so many counts of rising values at which quantiles cut (inverted CDF)."""
    reached = np.cumsum(counts) / counts.sum()
    return np.searchsorted(reached, np.arange(1, bins) / bins - 1e-12)


def _values(counts: Array, bins: int) -> Array:
    cuts, times = np.unique(_cuts(counts, bins), return_counts=True)
    common = cuts if len(cuts) == 1 else cuts[times > 1]
    return np.union1d(cuts.astype(float), np.nextafter(common.astype(float), -np.inf))


def discrete(before: Array, now: Array, nulls: tuple[int, int] = (0, 0)) -> Binned:
    """Bin the counts of the whole numbers 0, 1, 2, ... as a column of numbers is binned."""
    edges = _values(before, BINS)
    cuts = np.union1d(edges, _values(before, FINE_BINS))
    place = np.searchsorted(cuts, np.arange(len(before), dtype=float))
    sides = [
        np.append(np.bincount(place, weights=side, minlength=len(cuts) + 1), [null, 0])
        for side, null in zip((before, now), nulls, strict=True)
    ]
    return number_bins(cuts, edges, sides[0][None, :], sides[1])


def continuous(
    random: Random, n: int, m: int, *, shift: float = 0.0, nulls: float = 0.0
) -> Binned:
    """Numbers of any continuous law; `shift` in standard deviations if they are normal."""
    gone = int(random.binomial(m, nulls)), int(random.binomial(n, nulls))
    known = m - gone[0]
    ends = np.ceil(known * np.arange(1, FINE_BINS) / FINE_BINS).astype(int)
    before = np.diff(np.concatenate([[0], ends, [known]]))
    below = np.cumsum(random.dirichlet(before + np.eye(FINE_BINS)[-1]))[:-1]
    if shift:
        below = ndtr(ndtri(below) - shift)
    chance = np.diff(np.concatenate([[0.0], below, [1.0]]))
    now = random.multinomial(n - gone[1], chance / chance.sum())
    cuts = np.arange(1.0, FINE_BINS)
    edges = cuts[FINE_BINS // BINS - 1 :: FINE_BINS // BINS]
    sides = [np.append(side, [null, 0]) for side, null in zip((before, now), gone, strict=True)]
    return number_bins(cuts, edges, sides[0][None, :], sides[1])


def whole_numbers(chances: Array) -> Draw:
    """Whole numbers with these chances; what is left over is the last."""
    chances = chances / chances.sum()
    return lambda random, n, m: discrete(
        random.multinomial(m, chances), random.multinomial(n, chances)
    )


def zero_inflated(random: Random, n: int, m: int) -> Binned:
    """Four of five values are 0; the others are as good as continuous (400 places)."""
    return whole_numbers(np.concatenate([[0.8], np.full(400, 0.0005)]))(random, n, m)


def levels(many: int) -> Draw:
    """So many levels, the k-th with a share of 1 / k."""
    chances = 1 / np.arange(1, many + 1)
    chances /= chances.sum()
    names = tuple(sorted(f"v{at:05d}" for at in range(many)))

    def draw(random: Random, n: int, m: int) -> Binned:
        sides = [np.append(random.multinomial(rows, chances), 0) for rows in (m, n)]
        return level_bins(names, sides[0][None, :], sides[1])

    return draw


def poisson(mean: float) -> Draw:
    """Counts of rare events."""
    places = np.arange(40)
    logs = places * np.log(mean) - mean - np.cumsum(np.log(np.maximum(places, 1)))
    return whole_numbers(np.exp(logs))


def any_law(random: Random, n: int, m: int) -> Binned:
    """A continuous column: normal, lognormal, heavy-tailed."""
    return continuous(random, n, m)


def with_nulls(share: float) -> Draw:
    """A continuous column with missing values."""
    return lambda random, n, m: continuous(random, n, m, nulls=share)


QUIET: tuple[tuple[Kind, Draw], ...] = (
    *((("number", any_law),) * 10),
    *((("number", zero_inflated),) * 3),
    ("number", poisson(2.0)),
    ("number", poisson(0.05)),
    ("number", whole_numbers(np.array([0.005, 0.995]))),
    ("number", with_nulls(0.001)),
    ("number", with_nulls(0.03)),
    ("number", with_nulls(0.3)),
    ("number", whole_numbers(np.exp(-((np.arange(61) - 30) ** 2) / 200))),
    ("level", levels(5)),
    ("level", levels(20)),
    ("level", levels(200)),
    ("level", levels(1_000)),
    ("level", levels(5_000)),
)
"""25 columns in which nothing moves."""


def quiet_period(seed: int, n: int, m: int) -> tuple[Moved, ...]:
    """One report on `n` rows against `m`, in which nothing moved."""
    random = np.random.default_rng([seed, n, m])
    return tuple(judged(draw(random, n, m), len(QUIET), kind) for kind, draw in QUIET)
