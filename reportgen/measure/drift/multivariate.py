"""Whether all columns together tell a period from the reference, and which of them do.

A classifier learns on half of the rows which side a row is of, and is asked about the other half;
then the other way round. Where nothing moved it can do no better than guess: the area under its
ROC curve is then a rank sum of rows that it has never seen, whose spread is known, whatever it
learned. So no rows need be shuffled, and no model fitted again, to know what chance does.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from reportgen.measure.drift.drift import quantile_edges
from reportgen.measure.drift.moved import FALSE_ALARMS
from reportgen.measure.estimated.rows import (
    Encoded,
    baseline_keys,
    encode,
    in_content_order,
    picked_rows,
)
from reportgen.measure.monitoring.columns import Watched
from reportgen.measure.monitoring.periods import Calendar
from reportgen.measure.statistics.bootstrap import seed_of
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import Array, normal_quantile, quantile_t, z_of
from reportgen.measure.statistics.ranking import rank, roc_influence
from reportgen.report.data import State
from reportgen.report.frame import MonitoringFrame
from reportgen.report.value import Interval

__all__ = [
    "ALERT_FROM",
    "MOST_ROWS",
    "WATCH_FROM",
    "Multivariate",
    "chance_level",
    "measure_multivariate",
    "tell_apart",
]

MOST_ROWS = 3_000
"""Of each side; of more, those that their content picks."""
FEWEST_ROWS = 50
WATCH_FROM, ALERT_FROM = 0.6, 0.75
"""Areas below which a difference is never more than noted: what a shift of one column by a third
of a standard deviation gives, and one by a whole."""
_SHARE = 10
"""The chance of a false alarm is a tenth of what each column has."""
_OF_A_PERIOD = 1_000
_BINS = 32
_LEAST_FALL = 0.001
_FEWEST_PERIODS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Multivariate:
    """How well all columns together tell the period from the reference.

    Attributes
    ----------
    columns : that were used, as in the names of values
    auc : area under the classifier's ROC curve; 0.5 is guessing
    noise : area beyond which chance is ruled out, and what periods of the reference usually have
    method : how that was found
    falls : column -> how much smaller the area is when the column is shuffled; empty where the
        area lies within the noise
    """

    columns: tuple[str, ...]
    auc: Estimate
    noise: float | None = None
    method: str = ""
    falls: tuple[tuple[str, float], ...] = ()

    @property
    def is_beyond(self) -> bool:
        """Whether more than chance tells the sides apart."""
        return None not in (self.auc.number, self.noise) and self.auc.number > self.noise  # type: ignore[operator]

    @property
    def state(self) -> State:
        """How grave it is, were no column to have moved by itself."""
        if self.auc.number is None:
            return "cannot tell"
        if not self.is_beyond or self.auc.number < WATCH_FROM:
            return "ok"
        return "alert" if self.auc.number >= ALERT_FROM else "watch"


def measure_multivariate(
    frame: MonitoringFrame, calendar: Calendar, columns: tuple[Watched, ...], tests: int
) -> Multivariate | None:
    """Compare all features together with the reference.

    Parameters
    ----------
    tests : columns that are compared by themselves

    Returns
    -------
    None where that is not asked for, or fewer than two features can be compared

    Notes
    -----
    The level is that of the rank sum of one half, as if both halves said the same, which is on
    the safe side. Where the reference is made of four periods or more, each of them is told from
    the others as well; what one more such period would have is predicted from these (Student's t
    on the logit scale), and the larger of both levels holds.

    References
    ----------
    Lopez-Paz and Oquab (2017), classifier two-sample tests; Kim et al. (2021) for sample splits.
    """
    usable = _usable(frame, columns)
    kinds = {name: one.kind for name, one in usable.items()}
    if not frame.drift.multivariate or len(kinds) < 2 or not _can_sample(frame):
        return None
    pinned = frame.has_reference
    group = () if pinned else baseline_keys(calendar)
    if not pinned and not group:
        return None
    names, paths = tuple(kinds), {name: one.path for name, one in usable.items()}
    (before,) = picked_rows(frame, calendar, names, (group,), MOST_ROWS)
    (now,) = picked_rows(frame, calendar, names, ((frame.period.key,),), MOST_ROWS)
    few = min(len(before), len(now))
    if few < FEWEST_ROWS:
        reason = f"not enough data (n = {few}; {FEWEST_ROWS} needed)"
        return Multivariate(
            columns=tuple(paths.values()), auc=Estimate(number=None, n=few, reason=reason)
        )
    chance = FALSE_ALARMS / (_SHARE * max(tests, 1))
    told = tell_apart(encode((before, now), dict(kinds)), frame.confidence)
    noise, method = chance_level(len(before), len(now), chance), "rank sum of half of the rows"
    if len(group) >= _FEWEST_PERIODS:
        usual = _usual(frame, calendar, names, dict(kinds), group)
        if usual > noise:
            noise, method = usual, f"what {len(group)} periods of the reference differ by"
    assert told.auc.number is not None
    falls = told.falls() if told.auc.number > noise else ()
    falls = tuple((paths[name], fall) for name, fall in falls)
    return Multivariate(
        columns=tuple(paths.values()), auc=told.auc, noise=noise, method=method, falls=falls
    )


def _usable(frame: MonitoringFrame, columns: tuple[Watched, ...]) -> dict[str, Watched]:
    """Features that can be compared, as the data name them, which may be by a number."""
    found = {
        one.name: one
        for one in columns
        if one.role == "feature" and one.kind in {"number", "level"} and _has_both(frame, one)
    }
    return {name: found[str(name)] for name in frame.features if str(name) in found}


def _can_sample(frame: MonitoringFrame) -> bool:
    return frame.profiles is None or frame.sample is not None


def _has_both(frame: MonitoringFrame, one: Watched) -> bool:
    if one.status in {"missing", "new", "empty period", "type changed"}:
        return False
    if frame.profiles is not None:
        return one.profile is not None and bool(one.profiles_before)
    return one.now is not None and one.before is not None


def chance_level(m: int, n: int, chance: float) -> float:
    """Give the area that a guess on half of `m` and half of `n` rows exceeds with this chance."""
    a, b = m // 2, n // 2
    return min(0.5 - normal_quantile(chance) * sqrt((a + b + 1) / (12 * a * b)), 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Half:
    """Rows that a classifier was asked about, and the classifier, which has not seen them."""

    trees: Any
    matrix: Array
    is_now: Array

    def said(self, matrix: Array) -> Array:
        return np.asarray(self.trees.predict_proba(matrix)[:, 1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How well two sides can be told apart, by two classifiers, each on what it has not seen."""

    names: tuple[str, ...]
    auc: Estimate
    areas: tuple[float, ...]
    halves: tuple[_Half, ...]

    def falls(self) -> tuple[tuple[str, float], ...]:
        """Shuffle each column and see how much smaller the area is, the largest fall first."""
        from threadpoolctl import threadpool_limits

        with threadpool_limits(limits=1):  # for so few rows threads wait longer than they work
            lost = [_losses(*one) for one in zip(self.halves, self.areas, strict=True)]
        means = np.mean(lost, axis=0)
        found = [(name, float(fall)) for name, fall in zip(self.names, means, strict=True)]
        found = [one for one in found if one[1] >= _LEAST_FALL]
        return tuple(sorted(found, key=lambda one: (-one[1], str(one[0]))))


def _losses(half: _Half, area: float) -> list[float]:
    """Say how much smaller a half's area is with each column shuffled, all asked in one go."""
    rows, columns = half.matrix.shape
    matrix = np.tile(half.matrix, (columns, 1))
    for at in range(columns):
        order = np.random.default_rng(at).permutation(rows)
        matrix[at * rows : (at + 1) * rows, at] = half.matrix[order, at]
    said = half.said(matrix).reshape(columns, rows)
    return [area - _area(half.is_now, one)[0] for one in said]


def tell_apart(rows: Encoded, level: float) -> Told:
    """Cross-fit a classifier of the side that a row is of; the sides are 0 and 1.

    Parameters
    ----------
    rows : of both sides, in any order: their content decides which half each is in
    """
    from threadpoolctl import threadpool_limits

    order = in_content_order(rows.side.astype(float), rows.matrix)
    matrix, is_now = rows.matrix[order], rows.side[order] == 1
    half = _dealt(is_now, seed_of(np.nan_to_num(matrix.sum(axis=0)), is_now))
    matrix = _coarse(matrix, rows.levels)
    halves = []
    with threadpool_limits(limits=1):  # sums do not depend on how many threads there are
        for at in (0, 1):
            own = half == at
            trees = _fitted(matrix[~own], is_now[~own], rows.levels)
            halves.append(_Half(trees=trees, matrix=matrix[own], is_now=is_now[own]))
        found = [_area(one.is_now, one.said(one.matrix)) for one in halves]
    areas = tuple(area for area, _ in found)
    number, spread = float(np.mean(areas)), float(np.mean([error for _, error in found]))
    reach = z_of(level) * spread
    interval = Interval(
        low=max(number - reach, 0.0),
        high=min(number + reach, 1.0),
        level=level,
        method="delong, cross-fitted",
    )
    auc = Estimate(number=number, n=int(is_now.sum()), interval=interval)
    return Told(names=rows.names, auc=auc, areas=areas, halves=tuple(halves))


def _coarse(matrix: Array, levels: tuple[bool, ...]) -> Array:
    """Write numbers as their place among the quantiles of both sides, which are blind to the side.

    Trees would cut there anyway, but look for the quantiles of weighted rows one by one, which
    takes most of their time.
    """
    found = matrix.copy()
    for at in np.flatnonzero(~np.array(levels, dtype=bool)):
        numbers = matrix[:, at]
        place = np.searchsorted(quantile_edges(numbers, _BINS), numbers)
        found[:, at] = np.where(np.isnan(numbers), np.nan, place)
    return found


def _dealt(is_now: Array, seed: int) -> Array:
    """Put half of each side's rows in either half, shape (n,) of 0 and 1."""
    random = np.random.default_rng(seed)
    half = np.zeros(len(is_now), dtype=np.intp)
    for side in (True, False):
        rows = np.flatnonzero(is_now == side)
        half[random.permutation(rows)[: len(rows) // 2]] = 1
    return half


def _fitted(matrix: Array, is_now: Array, levels: tuple[bool, ...]) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    trees = HistGradientBoostingClassifier(
        learning_rate=0.2,
        max_iter=20,
        max_leaf_nodes=8,
        min_samples_leaf=15,
        max_bins=_BINS,
        l2_regularization=1.0,
        categorical_features=list(levels) if any(levels) else None,
        early_stopping=False,
        random_state=0,
    )
    share = is_now.mean()
    return trees.fit(
        matrix, is_now, sample_weight=np.where(is_now, 0.5 / share, 0.5 / (1 - share))
    )


def _area(is_now: Array, said: Array) -> tuple[float, float]:
    """Area under the ROC curve and its standard error (DeLong)."""
    area, moved = roc_influence(rank(is_now, said, None))
    return float(area), sqrt(float((moved**2).sum()))


def _usual(
    frame: MonitoringFrame,
    calendar: Calendar,
    names: tuple[str, ...],
    kinds: dict[str, str],
    group: tuple[str, ...],
) -> float:
    """Predict the area of one more period such as those that the reference is made of."""
    sides = picked_rows(frame, calendar, names, tuple((key,) for key in group), _OF_A_PERIOD)
    areas = []
    for at, own in enumerate(sides):
        others = [side for place, side in enumerate(sides) if place != at]
        if len(own) < FEWEST_ROWS or sum(map(len, others)) < FEWEST_ROWS:
            continue
        whole = encode((*others, own), kinds)
        side = (whole.side == len(others)).astype(np.intp)
        told = tell_apart(
            Encoded(names=whole.names, matrix=whole.matrix, side=side, levels=whole.levels), 0.95
        )
        areas.append(min(max(told.auc.number or 0.5, 0.01), 0.99))
    if len(areas) < _FEWEST_PERIODS:
        return 0.5
    logits = np.log(np.array(areas) / (1 - np.array(areas)))
    many = len(logits)
    reach = quantile_t(1 - 2 * FALSE_ALARMS / many, many - 1)
    far = logits.mean() + reach * logits.std(ddof=1) * sqrt(1 + 1 / many)
    return float(1 / (1 + np.exp(-far)))
