"""Labelled rows that fit into memory to outcomes, slot by slot: counted, sorted, added in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from reportgen.collect.tables.sorted_numbers import total
from reportgen.report.profile import Outcomes, Plan, Ranking

__all__ = [
    "class_outcomes",
    "error_outcomes",
    "exact_ranking",
    "hit_outcomes",
    "outcomes_of",
    "ranking_of",
    "sides_outcomes",
]

_Array = np.ndarray[Any, Any]
_EDGE = 2.220446049250313e-16
"""So that a sure miss costs 36 and not infinity."""
_HALF = 16
_AT_ONCE = 1 << 20
"""Rows whose losses are in memory at once."""


def outcomes_of(held: Mapping[str, _Array], plan: Plan, slots: int) -> tuple[Outcomes, ...]:
    """Hold predictions against what came true in each slot, by the plan's task.

    Parameters
    ----------
    held : columns of shape (n,): ``slot``, and ``e`` and ``d`` for numbers, ``t`` and ``p`` for
        classes, beside which two classes may have ``s``
    """
    match plan.task:
        case "regression":
            return error_outcomes(held["slot"], held["e"], held["d"], slots)
        case "multiclass":
            return class_outcomes(held["slot"], held["t"], held["p"], len(plan.classes), slots)
        case _:
            return hit_outcomes(held["slot"], held["t"], held["p"], held.get("s"), plan, slots)


def _by_slot(slot: _Array, slots: int, *columns: _Array) -> Iterator[tuple[_Array, ...]]:
    """Give the rows of each slot in turn."""
    if slots > 1 and (slot[1:] < slot[:-1]).any():
        order = np.argsort(slot, kind="stable")
        slot, columns = slot[order], tuple(column[order] for column in columns)
    ends = np.searchsorted(slot, np.arange(slots + 1))
    for first, last in pairwise(ends):
        yield tuple(column[first:last] for column in columns)


def hit_outcomes(
    slot: _Array, truth: _Array, told: _Array, score: _Array | None, plan: Plan, slots: int
) -> tuple[Outcomes, ...]:
    """Two classes, in each slot.

    Parameters
    ----------
    slot : shape (n,), 0 to ``slots - 1``
    truth, told : shape (n,), 1 or 0; `told` is -1 where nothing was predicted
    score : shape (n,), NaN where there is none; None without a column of scores
    """
    codes = slot.astype(np.int64) * 6 + (truth * 3 + told + 1)
    tables = np.bincount(codes, minlength=slots * 6).reshape(slots, 2, 3)[:, :, 1:]
    tables = tables.reshape(slots, 4)
    if score is None:
        return tuple(_of_cells(cells) for cells in tables)
    has = ~np.isnan(score)
    if not has.all():
        slot, truth, score = slot[has], truth[has], score[has]
    sides = ((score[hit], score[~hit]) for hit, score in _by_slot(slot, slots, truth == 1, score))
    return tuple(
        sides_outcomes(cells, *side, plan.score_cuts)
        for cells, side in zip(tables, sides, strict=True)
    )


def _of_cells(cells: _Array) -> Outcomes:
    return Outcomes(both=int(cells.sum()), cells=tuple(int(n) for n in cells))


def sides_outcomes(cells: _Array, ups: _Array, downs: _Array, cuts: tuple[float, ...]) -> Outcomes:
    """Two classes, by the scores of the rows of each.

    Parameters
    ----------
    cells : shape (4,), rows by truth, then by prediction, scored or not
    ups, downs : scores of positive and of negative rows; they are sorted where they stand
    """
    ups.sort()
    downs.sort()
    counted, many = _of_cells(cells), len(ups) + len(downs)
    if not many:
        return replace(counted, ups=_spread(ups, cuts), downs=_spread(downs, cuts))
    ends = [float(side[at]) for side in (ups, downs) if len(side) for at in (0, -1)]
    return replace(
        counted,
        scored=many,
        lowest_score=min(ends),
        highest_score=max(ends),
        sums=_losses(ups, downs),
        ups=_spread(ups, cuts),
        downs=_spread(downs, cuts),
        ranking=exact_ranking(ups, downs),
    )


def _losses(ups: _Array, downs: _Array) -> Mapping[str, float]:
    sums = dict.fromkeys(("brier", "brier_2", "log_loss", "log_loss_2"), 0.0)
    with np.errstate(over="ignore"):
        for right in _pieces(ups, downs):
            brier = (1 - right) ** 2
            log_loss = -np.log(np.clip(right, _EDGE, 1 - _EDGE))
            sums["brier"] += float(brier.sum())
            sums["brier_2"] += float((brier**2).sum())
            sums["log_loss"] += float(log_loss.sum())
            sums["log_loss_2"] += float((log_loss**2).sum())
    return sums


def _pieces(ups: _Array, downs: _Array) -> Iterator[_Array]:
    """Give the chance that was said of what came true, some rows at a time."""
    for first in range(0, len(ups), _AT_ONCE):
        yield ups[first : first + _AT_ONCE]
    for first in range(0, len(downs), _AT_ONCE):
        yield 1 - downs[first : first + _AT_ONCE]


def _spread(rising: _Array, cuts: tuple[float, ...]) -> tuple[int, ...]:
    if not cuts:
        return ()
    ends = np.searchsorted(rising, np.array(cuts), "right")
    return tuple(int(n) for n in np.diff(ends, prepend=0, append=len(rising)))


def exact_ranking(ups: _Array, downs: _Array) -> Ranking:
    """Rank positive scores against negative ones, in whole numbers to the last step.

    Parameters
    ----------
    ups, downs : sorted scores of positive and of negative rows, shapes (p,) and (n,)

    References
    ----------
    DeLong, DeLong and Clarke-Pearson (1988); area and variance from the placements.
    """
    positives, negatives = len(ups), len(downs)
    if not positives or not negatives:
        return Ranking(positives=positives, negatives=negatives)
    won, lost = _placements(ups, downs)
    return ranking_of(positives, negatives, _sums(won), _sums(lost))


def _placements(ups: _Array, downs: _Array) -> tuple[_Array, _Array]:
    """Give twice the wins of each positive row, a tie being half of one, and each negative's losses.

    Notes
    -----
    Only the places of the positive rows are searched for. A negative row has as many of these
    below it as there are whose place is not beyond it, which is counted.
    """
    below = np.searchsorted(downs, ups, "left")
    reached = np.minimum(below, len(downs) - 1)
    tied = np.flatnonzero(downs[reached] == ups)
    upto = below
    if len(tied):
        upto = below.copy()
        upto[tied] = np.searchsorted(downs, ups[tied], "right")
    beaten = np.bincount(below, minlength=len(downs))[: len(downs)]
    beaten += np.bincount(upto, minlength=len(downs))[: len(downs)]
    np.cumsum(beaten, out=beaten)  # for each position, the places up to it
    return below + upto, np.subtract(2 * len(ups), beaten, out=beaten)


def ranking_of(
    positives: int, negatives: int, won: tuple[int, int], lost: tuple[int, int]
) -> Ranking:
    """Turn sums of wins and of losses, each doubled, and of their squares into a ranking."""
    # Whole numbers to the last step: sum((x - mean)^2) = (n * sum(x^2) - sum(x)^2) / n.
    return Ranking(
        positives=positives,
        negatives=negatives,
        area=won[0] / (2 * positives * negatives),
        up=(positives * won[1] - won[0] ** 2) / (positives * 4 * negatives**2),
        down=(negatives * lost[1] - lost[0] ** 2) / (negatives * 4 * positives**2),
    )


def _sums(numbers: _Array) -> tuple[int, int]:
    """Add whole numbers, none below 0, and their squares, which are cut in two if they pass 64 bits."""
    if int(numbers.max()) ** 2 * len(numbers) < 2**63:
        return int(numbers.sum()), int(numbers @ numbers)
    high, low = numbers >> _HALF, numbers & (2**_HALF - 1)
    squares = int(high @ high) * 4**_HALF + 2 * int(high @ low) * 2**_HALF + int(low @ low)
    return int(numbers.sum()), squares


def class_outcomes(
    slot: _Array, truth: _Array, told: _Array, classes: int, slots: int
) -> tuple[Outcomes, ...]:
    """Several classes, in each slot, by their codes."""
    codes = (slot.astype(np.int64) * classes + truth) * classes + told
    tables = np.bincount(codes, minlength=slots * classes**2).reshape(slots, classes**2)
    return tuple(
        Outcomes(both=int(cells.sum()), cells=tuple(int(n) for n in cells)) for cells in tables
    )


def error_outcomes(slot: _Array, error: _Array, off: _Array, slots: int) -> tuple[Outcomes, ...]:
    """Numbers, in each slot.

    Parameters
    ----------
    error : shape (n,), prediction minus truth
    off : shape (n,), truth minus the plan's centre
    """
    return tuple(_errors(*sides) for sides in _by_slot(slot, slots, error, off))


def _errors(error: _Array, off: _Array) -> Outcomes:
    if not len(error):
        return Outcomes()
    with np.errstate(over="ignore", invalid="ignore"):
        sums = {name: total(term) for name, term in _terms(error, off)}
    return Outcomes(both=len(error), sums=sums)


def _terms(error: _Array, off: _Array) -> Iterator[tuple[str, _Array]]:
    """Give what is added of errors, one column at a time, as each is as long as they are."""
    yield "absolute", np.abs(error)
    yield "error", error.copy()
    yield "squared", error * error
    yield "squared_2", np.square(error * error)
    yield "spread", off.copy()
    yield "spread_2", off * off
    yield "spread_3", off * off * off
    yield "spread_4", np.square(off * off)
    yield "squared_spread", error * error * off
    yield "squared_spread_2", np.square(error * off)
