"""Do scores mean what they say: of the rows scored 0.3, are three in ten positive?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reportgen.measure.classification import BinaryRows
from reportgen.measure.estimate import Estimate
from reportgen.measure.intervals import Array, proportion, ratio

__all__ = ["Bin", "quantile_bins", "reliability"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Rows with scores close to each other.

    Attributes
    ----------
    predicted : mean score, weighted
    observed : share of positives, with its interval
    """

    predicted: float
    observed: Estimate


def quantile_bins(numbers: Array, bins: int) -> Array:
    """Put rows into at most `bins` bins of about equal size; equal numbers share a bin.

    Returns
    -------
    shape (n,), codes from 0 in ascending order, no bin empty
    """
    if len(numbers) == 0:
        return np.zeros(0, dtype=np.intp)
    edges = np.quantile(numbers, np.linspace(0, 1, bins + 1)[1:-1])
    codes = np.searchsorted(np.unique(edges), numbers, side="left")
    return np.asarray(np.unique(codes, return_inverse=True)[1], dtype=np.intp)


def reliability(rows: BinaryRows, bins: int = 10, level: float = 0.95) -> tuple[Bin, ...]:
    """Compare scores with outcomes, in bins of about equal size.

    Parameters
    ----------
    rows : with scores
    """
    if rows.scores is None:
        return ()
    codes = quantile_bins(rows.scores, bins)
    found = []
    for code in range(int(codes.max(initial=-1)) + 1):
        own = rows.take(codes == code)
        assert own.scores is not None
        weights = np.ones(len(own.truth)) if own.weights is None else own.weights
        if not weights.sum() > 0:
            continue
        if own.weights is None and own.clusters is None:
            observed = proportion(int(own.truth.sum()), len(own.truth), level)
        else:
            observed = ratio(weights * own.truth, weights, level, clusters=own.clusters)
        predicted = float(np.average(own.scores, weights=weights))
        found.append(Bin(predicted=predicted, observed=observed))
    return tuple(found)
