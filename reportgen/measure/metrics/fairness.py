"""How far groups lie apart from one another: largest minus smallest, and smallest over largest.

The largest and the smallest of several noisy numbers lie apart even where no group differs. So
intervals hold for all pairs of groups at once, which allows for having picked the extremes, and
beside each difference stands the one that chance alone would give.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from reportgen.measure.evaluation.rows import Rows
from reportgen.measure.groups.gaps import RATES, estimate_rows, mean_error_of, pair_p
from reportgen.measure.groups.groups import Group
from reportgen.measure.metrics.regression import RegressionRows
from reportgen.measure.statistics.bootstrap import seed_of
from reportgen.measure.statistics.comparisons import range_quantile, rows_behind
from reportgen.measure.statistics.estimate import METRICS, Estimate
from reportgen.measure.statistics.intervals import Array, normal_cdf, quantile_t
from reportgen.report.value import Interval

__all__ = ["DRAWS", "Spread", "compare_rates", "read_spreads"]

DRAWS = 2_000
TOO_FEW = "fewer than two groups with enough rows"
_TURNED = {"false_negative_rate": "recall"}
"""What differs exactly as another rate does, and is not compared a second time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """One rate over the groups of a segment.

    Attributes
    ----------
    rate : of `RATES`
    difference : largest minus smallest, of the groups that have enough rows
    ratio : smallest over largest; without a number for what is not a share
    by_chance : the difference to expect if the groups did not differ; its interval holds that
        of as many samples as its level says
    lowest, highest : the groups at the ends, or None
    compared : groups with enough rows
    left_out : groups without
    p : of no difference; None where nothing was compared
    clear : whether it stands after correction for all that was compared
    """

    segment: str
    rate: str
    difference: Estimate
    ratio: Estimate
    by_chance: Estimate
    lowest: Group | None = None
    highest: Group | None = None
    compared: int = 0
    left_out: int = 0
    p: float | None = None
    clear: bool = False

    def estimate_of(self, group: Group) -> Estimate:
        """The rate of one group, as its own value shows it."""
        return _estimate(group, self.rate)


def compare_rates(
    rows: Rows,
    groups: Sequence[Group],
    level: float = 0.95,
    *,
    shown: Callable[[Group, str], bool],
) -> tuple[Spread, ...]:
    """Find how far the groups of each segment lie apart, rate by rate.

    Parameters
    ----------
    groups : of all segments; those without a number (not enough data), and what is not one level
        (the unknown, the rest) take no part
    shown : whether a group's rate may enter; see `suppression`

    Returns
    -------
    spreads with p-values of single rates; `read_spreads` reads them
    """
    found = []
    for segment in dict.fromkeys(group.segment for group in groups):
        own = [group for group in groups if group.segment == segment and group.is_a_level]
        for rate in RATES[type(rows)]:
            kept = [g for g in own if shown(g, rate) and _estimate(g, rate).number is not None]
            spread = _spread(rows, segment, rate, kept, level)
            if rate in _TURNED:
                spread = replace(spread, p=None)
            found.append(replace(spread, left_out=len(own) - len(kept)))
    return tuple(found)


def read_spreads(
    spreads: Sequence[Spread], adjusted: Sequence[float], alpha: float = 0.05
) -> tuple[Spread, ...]:
    """Say which differences are clear, from p-values corrected for all that was compared.

    Parameters
    ----------
    adjusted : one for each spread that has a p-value, in their order
    """
    left = iter(adjusted)
    done: list[Spread] = []
    for spread in spreads:
        if spread.p is not None:
            p = next(left)
            spread = replace(spread, p=p, clear=p < alpha)
        elif spread.rate in _TURNED:
            like = next(
                other
                for other in done
                if other.rate == _TURNED[spread.rate] and other.segment == spread.segment
            )
            spread = replace(spread, p=like.p, clear=like.clear)
        done.append(spread)
    return tuple(done)


def _estimate(group: Group, rate: str) -> Estimate:
    return group.rates[rate] if rate in group.rates else group.metrics[rate].estimate


def _spread(rows: Rows, segment: str, rate: str, groups: Sequence[Group], level: float) -> Spread:
    if len(groups) < 2:
        lacking = Estimate(number=None, n=sum(g.n for g in groups), reason=TOO_FEW)
        return Spread(
            segment=segment,
            rate=rate,
            difference=lacking,
            ratio=lacking,
            by_chance=lacking,
            compared=len(groups),
        )
    together = 2 * normal_cdf(range_quantile(level, len(groups))) - 1
    parts = [_part(rows.take(group.positions), rate, together) for group in groups]
    numbers = np.array([part.number for part in parts], dtype=float)
    p, n = _p_value(rows, rate, groups, parts), sum(part.n for part in parts)
    return Spread(
        segment=segment,
        rate=rate,
        difference=_difference(parts, level, n),
        ratio=_ratio(parts, level, n, share=METRICS[rate].unit == "ratio"),
        by_chance=_by_chance(parts, level, n, share=METRICS[rate].unit == "ratio"),
        lowest=groups[int(numbers.argmin())],
        highest=groups[int(numbers.argmax())],
        compared=len(groups),
        p=p,
    )


def _part(own: Rows, rate: str, level: float) -> Estimate:
    if isinstance(own, RegressionRows):
        return mean_error_of(own, level)
    return estimate_rows(own, (rate,), level)[rate]


def _columns(parts: Sequence[Estimate]) -> tuple[Array, Array, Array]:
    """Numbers, and how far their intervals reach down and up; a part without one reaches all."""
    numbers = np.array([part.number for part in parts], dtype=float)
    bounds = [part.interval for part in parts]
    low = np.array([np.nan if b is None else b.low for b in bounds])
    high = np.array([np.nan if b is None else b.high for b in bounds])
    return numbers, low, high


def _difference(parts: Sequence[Estimate], level: float, n: int) -> Estimate:
    """Largest minus smallest; its interval is that of the widest of all pairs.

    References
    ----------
    Tukey and Kramer's simultaneous intervals, each pair's made of its two sides' as in Newcombe
    (1998), method 10, and Zou and Donner (2008): where all pairs lie in theirs, the largest
    difference lies between the largest of the lower ends and the largest of the upper ends.
    """
    numbers, low, high = _columns(parts)
    number = float(numbers.max() - numbers.min())
    if np.isnan(low).any():
        return Estimate(number=number, n=n)
    apart = numbers[:, None] - numbers[None, :]
    below = np.hypot((numbers - low)[:, None], (high - numbers)[None, :])
    above = np.hypot((high - numbers)[:, None], (numbers - low)[None, :])
    pairs = ~np.eye(len(numbers), dtype=bool)
    interval = Interval(
        low=min(max(float((apart - below)[pairs].max()), 0.0), number),
        high=max(float((apart + above)[pairs].max()), number),
        level=level,
        method="all pairs at once (Tukey)",
    )
    return Estimate(number=number, n=n, interval=interval)


def _ratio(parts: Sequence[Estimate], level: float, n: int, *, share: bool) -> Estimate:
    """Smallest over largest, of shares; its interval is that of the lowest of all pairs.

    References
    ----------
    Donner and Zou (2012) for the interval of one ratio from those of its two sides.
    """
    numbers, low, high = _columns(parts)
    if not share:
        return Estimate(number=None, n=n, reason="not a share, so a ratio says nothing")
    if numbers.max() <= 0:
        return Estimate(number=None, n=n, reason="0 in every group")
    number = float(numbers.min() / numbers.max())
    if np.isnan(low).any():
        return Estimate(number=number, n=n)
    product = numbers[:, None] * numbers[None, :]
    # The ends of each ratio are roots of a quadratic, written so that nothing is divided by 0.
    under = (low * (2 * numbers - low))[:, None] * (high * (2 * numbers - high))[None, :]
    over = (high * (2 * numbers - high))[:, None] * (low * (2 * numbers - low))[None, :]
    least = product + np.sqrt(np.maximum(product**2 - under, 0.0))
    most = product + np.sqrt(np.maximum(product**2 - over, 0.0))
    lower = _over((low * (2 * numbers - low))[:, None], least, 0.0)
    upper = _over(most, (low * (2 * numbers - low))[None, :], np.inf)
    pairs = ~np.eye(len(numbers), dtype=bool) & (numbers[None, :] > 0)
    interval = Interval(
        low=min(max(float(lower[pairs].min()), 0.0), number),
        high=max(min(float(upper[pairs].min()), 1.0), number),
        level=level,
        method="all pairs at once (Tukey)",
    )
    return Estimate(number=number, n=n, interval=interval)


def _over(top: Array, bottom: Array, otherwise: float) -> Array:
    shape = np.broadcast_shapes(top.shape, bottom.shape)
    out = np.full(shape, otherwise)
    np.divide(top, bottom, out=out, where=np.broadcast_to(bottom > 0, shape))
    return out


def _by_chance(parts: Sequence[Estimate], level: float, n: int, *, share: bool) -> Estimate:
    """Draw groups of these sizes that do not differ, and see how far apart they come to lie."""
    numbers, low, high = _columns(parts)
    own = np.array([float(part.n) for part in parts])
    if share:
        own = np.array([rows_behind(p.number or 0.0, p.interval, float(p.n)) for p in parts])
    seed = seed_of(numbers, own)
    random = np.random.default_rng(seed)
    if share:
        counts = np.maximum(np.rint(own), 1).astype(int)
        chance = min(max(float((own * numbers).sum() / own.sum()), 0.0), 1.0)
        drawn = random.binomial(counts, chance, size=(DRAWS, len(counts))) / counts
    elif np.isnan(low).any():
        return Estimate(number=None, n=n, reason="a group has a single row")
    else:
        reach = [quantile_t(p.interval.level, p.n - 1) for p in parts if p.interval is not None]
        drawn = random.standard_normal((DRAWS, len(own))) * ((high - low) / 2 / np.array(reach))
    ranges = drawn.max(axis=1) - drawn.min(axis=1)
    number = float(ranges.mean())
    ends = (float(q) for q in np.quantile(ranges, [(1 - level) / 2, (1 + level) / 2]))
    least, most = ends
    interval = Interval(
        low=min(least, number), high=max(most, number), level=level, method="simulation"
    )
    return Estimate(number=number, n=n, interval=interval, seed=seed, replicates=DRAWS)


def _p_value(rows: Rows, rate: str, groups: Sequence[Group], parts: Sequence[Estimate]) -> float:
    """Test the pair that lies farthest apart for its size, and correct for all pairs."""
    numbers, low, high = _columns(parts)
    width = np.where(np.isnan(high - low), 0.0, high - low)
    apart = np.abs(numbers[:, None] - numbers[None, :])
    error = np.sqrt(width[:, None] ** 2 + width[None, :] ** 2)
    far = np.divide(apart, error, out=np.zeros_like(apart), where=error > 0)
    first, second = divmod(int(far.argmax()), len(parts))
    if first == second:
        return 1.0
    pairs = len(groups) * (len(groups) - 1) / 2
    own = pair_p(rows, groups[first].positions, groups[second].positions, rate, 0.95)
    return min(own * pairs, 1.0)
