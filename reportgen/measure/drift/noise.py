"""What chance makes of a distance: the rows that were drawn, and periods that differ anyway."""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt

import numpy as np

from reportgen.measure.statistics.bootstrap import seed_of
from reportgen.measure.statistics.divergence import (
    Shape,
    chi_square_quantile,
    kolmogorov_law,
    stability,
    total_variation_law,
)
from reportgen.measure.statistics.intervals import Array

__all__ = ["FEWEST_PERIODS", "Noise", "Spread", "noise_of", "sampling_noise", "spread_of"]

FEWEST_PERIODS = 4
"""Periods of the reference from which their own differences are taken into account."""
_ANALYTIC_FROM = 20
"""Rows that every bin must expect for the chi-square law to hold far out in the tail."""
_FAR = 3
"""Times the noise level by that law, from which on shuffling could not change the answer."""
_DIFFER_FROM = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """Levels that chance exceeds with a given probability, one for each distance.

    Attributes
    ----------
    method : ``chi-square``, ``2000 shuffles``; with the periods where they differ
    ratio : of the PSI's level to that of rows drawn at random; above 1 where periods differ
    wasserstein, kolmogorov : None for levels
    """

    psi: float
    method: str
    ratio: float
    jensen_shannon: float
    total_variation: float
    chi_square: float
    wasserstein: float | None = None
    kolmogorov: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How much the periods of a reference differ, beyond what their rows explain.

    Attributes
    ----------
    excess : PSI of a period against all, on average, less what chance adds to it
    freedom : directions in which periods differ, 1 to their number less one
    """

    periods: int
    excess: float
    freedom: float

    def level(self, chance: float) -> float:
        """Give the PSI that one more such period adds and exceeds with this chance."""
        from scipy.special import fdtri

        far = float(fdtri(self.freedom, (self.periods - 1) * self.freedom, 1 - chance))
        return self.excess * (1 + 1 / self.periods) * far


def spread_of(periods: Array | None) -> Spread | None:
    """Estimate how much the periods of the reference differ.

    Parameters
    ----------
    periods : shape (k, b), counts of the reference's periods in the bins of the whole

    Returns
    -------
    None for fewer than four periods with rows, or where they differ no more than chance explains
    """
    held = np.zeros((0, 0)) if periods is None else periods[periods.sum(axis=1) > 0]
    held = held[:, held.sum(axis=0) > 0]
    many, bins = held.shape
    if many < FEWEST_PERIODS or bins < 2:
        return None
    rows = held.sum(axis=1, keepdims=True)
    share = held.sum(axis=0) / held.sum()
    off = (held / rows - share) / np.sqrt(share)
    squares = (off**2).sum(axis=1)
    if _chance_of(float((squares * rows[:, 0]).sum()), (many - 1) * (bins - 1)) > _DIFFER_FROM:
        return None
    drawn = (bins - 1) * (1 / rows[:, 0] - 1 / held.sum())
    excess = float((squares - drawn).mean()) * many / (many - 1)
    gram = off @ off.T
    directions = float(np.trace(gram)) ** 2 / float((gram**2).sum())
    if excess <= 0:
        return None
    return Spread(
        periods=many, excess=excess, freedom=min(max(directions, 1.0), many - 1.0, bins - 1.0)
    )


def _chance_of(statistic: float, freedom: int) -> float:
    from scipy.special import chdtrc

    return float(chdtrc(freedom, statistic))


def sampling_noise(
    before: Array, now: Array, psi: float, chance: float, *, exact: bool
) -> tuple[float, str]:
    """Give the PSI that chance alone exceeds with this probability, and how it was found.

    Parameters
    ----------
    before, now : shape (b,), counts
    chance : in (0, 1), after correction for the number of columns
    exact : where bins are small, shuffle the rows between the samples instead of trusting the
        chi-square law; worth its time only where the answer decides

    Notes
    -----
    Shuffling asks: given these rows, how large is the PSI when nothing but chance decides which
    sample a row is in? It is seeded from the counts, so the same data give the same answer.
    """
    many = len(before)
    if many < 2:
        return 0.0, "chi-square"
    smaller = min(before.sum(), now.sum())
    expected = (before + now) * (smaller / (before.sum() + now.sum()))
    law = float((1 / before.sum() + 1 / now.sum()) * chi_square_quantile(many, chance))
    if not exact or expected.min() >= _ANALYTIC_FROM or psi > _FAR * law:
        return law, "chi-square"
    draws = int(min(max(2_000, 20 / chance), 10_000))
    random = np.random.default_rng(seed_of(before, now))
    pooled = (before + now).astype(np.int64)
    drawn = random.multivariate_hypergeometric(
        pooled, int(now.sum()), size=draws, method="marginals"
    )
    shuffled = np.sort(stability(pooled - drawn, drawn))
    place = min(int(np.ceil((1 - chance) * (draws + 1))) - 1, draws - 1)
    return float(shuffled[place]), f"{draws} shuffles"


def noise_of(
    before: Array,
    now: Array,
    psi: float,
    *,
    shape: Shape | None = None,
    periods: Array | None = None,
    chance: float,
    tests: int,
    exact: bool,
) -> Noise:
    """Give the noise level of every distance of one column.

    Parameters
    ----------
    periods : shape (k, b), counts of the reference's own periods, where it has them
    chance : of passing any noise level in a report; shared out over the `tests`

    Notes
    -----
    Rows drawn at random: the chi-square law or shuffling for PSI; Jensen–Shannon follows from it
    (its square is PSI over 8 ln 2 where both are small); bounds for the others. Where the
    reference has four periods or more that differ by more than that, what one more such period
    adds is put on top, as a prediction from so few (an F quantile); no more comparisons than the
    reference has periods can be corrected for there.
    """
    each = chance / tests
    drawn, method = sampling_noise(before, now, psi, each, exact=exact)
    spread = spread_of(periods)
    level = drawn
    if spread is not None:
        level += spread.level(chance / min(tests, spread.periods))
        method += f" and the spread of {spread.periods} periods"
    ratio = level / drawn if drawn else 1.0
    wider = sqrt(ratio)
    bins = len(before)
    return Noise(
        psi=level,
        method=method,
        ratio=ratio,
        jensen_shannon=min(sqrt(level / (8 * log(2))), 1.0),
        total_variation=min(total_variation_law(before, now, each) * wider, 1.0),
        chi_square=chi_square_quantile(bins, each) * ratio if bins > 1 else 0.0,
        wasserstein=None if shape is None else shape.wasserstein_law(each) * wider,
        kolmogorov=(
            None
            if shape is None
            else min(kolmogorov_law(shape.before, shape.now, each) * wider, 1.0)
        ),
    )
