"""Intervals of any function of rows, about which nothing is known but that it can be asked."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite, sqrt
from typing import TypeAlias

import numpy as np

from reportgen.measure.statistics.bootstrap import bca
from reportgen.measure.statistics.intervals import Array, dense_codes, quantile_t
from reportgen.report.value import Interval

__all__ = ["Of", "bootstrap_rows", "deal_blocks", "jackknife", "leave_out", "most_blocks"]

Of: TypeAlias = Callable[[Array], float]
"""From positions of rows, some of them several times, to a number; NaN where it has none."""

REPLICATES = 400
BLOCKS = 100


def most_blocks(units: int, blocks: int = BLOCKS) -> int:
    """Say how many blocks units are dealt into: each at least as large as there are blocks.

    A jackknife that leaves out single rows fails for medians and their like; one that leaves out
    more than the root of their number does not (Shao and Wu, 1989).

    Examples
    --------
    >>> most_blocks(100_000), most_blocks(400), most_blocks(3)
    (100, 20, 3)
    """
    return min(blocks, units, max(int(sqrt(units)), min(units, 10)))


def deal_blocks(n: int, blocks: int, clusters: Array | None = None) -> Array:
    """Deal rows into blocks of about equal size, whole clusters together.

    Parameters
    ----------
    n : rows, in an order that depends on their content
    clusters : shape (n,), codes from 0

    Returns
    -------
    shape (n,), codes from 0 to `blocks` - 1
    """
    units = np.arange(n) if clusters is None else dense_codes(clusters)
    many = int(units.max(initial=-1)) + 1
    return np.asarray((np.random.default_rng(many).permutation(many) % blocks)[units])


def leave_out(of: Of, positions: Array, block: Array) -> Array:
    """Ask for the number without each block in turn.

    Parameters
    ----------
    positions : shape (m,), of the rows that are asked about
    block : shape (n,), code of the block of each row of all, from `deal_blocks`

    Returns
    -------
    shape (blocks,)
    """
    own = block[positions]
    return np.array([of(positions[own != code]) for code in range(int(block.max(initial=-1)) + 1)])


def jackknife(number: float, left_out: Array, level: float, *, units: int) -> Interval | None:
    """Interval from the numbers without each block, with Student's t.

    Parameters
    ----------
    units : rows or clusters behind the number; few of them leave few degrees of freedom

    References
    ----------
    Tukey (1958); Wolter (2007), 4.2, for random blocks.
    """
    blocks = len(left_out)
    if blocks < 2 or units < 2 or not np.isfinite(left_out).all():
        return None
    spread = float(((left_out - left_out.mean()) ** 2).sum()) * (blocks - 1) / blocks
    if not (isfinite(spread) and spread > 0):
        return None
    half = quantile_t(level, min(blocks, units) - 1) * sqrt(spread)
    return Interval(low=number - half, high=number + half, level=level, method="block jackknife")


def bootstrap_rows(
    of: Of,
    number: float,
    left_out: Array,
    n: int,
    level: float,
    *,
    seed: int,
    clusters: Array | None = None,
    replicates: int = REPLICATES,
) -> Interval | None:
    """Interval (BCa) of any function of rows, by drawing rows, or whole clusters, anew.

    Parameters
    ----------
    left_out : numbers without each block, from `leave_out`
    """
    rng = np.random.default_rng(seed)
    members = _members(n, clusters)
    units = len(members[1])
    replicated = np.array(
        [of(_drawn(members, rng.integers(0, units, size=units))) for _ in range(replicates)]
    )
    ones = np.ones(len(left_out))
    return bca(number, replicated, left_out, ones, level, units=units)


def _members(n: int, clusters: Array | None) -> tuple[Array, Array, Array]:
    """Rows in the order of their clusters; where each cluster starts, and how large it is."""
    if clusters is None:
        return np.arange(n), np.arange(n), np.ones(n, dtype=np.intp)
    codes = dense_codes(clusters)
    sizes = np.bincount(codes)
    return np.argsort(codes, kind="stable"), np.cumsum(sizes) - sizes, sizes


def _drawn(members: tuple[Array, Array, Array], picked: Array) -> Array:
    order, starts, sizes = members
    many = sizes[picked]
    within = np.arange(int(many.sum())) - np.repeat(np.cumsum(many) - many, many)
    return np.asarray(order[np.repeat(starts[picked], many) + within])
