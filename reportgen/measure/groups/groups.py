"""Groups: how each differs from the whole, whether that can be told, and what was tried.

Used for cards and for monitoring. A gap is the group's number minus that of all rows. Its interval
comes from the group and the rest, which share no row; for shares and means the gap is exactly
the difference of the two, times the share of the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite, sqrt
from typing import Any, Literal

import numpy as np
import pandas as pd

from reportgen.measure.evaluation.rows import Rows, unique_names
from reportgen.measure.groups.gaps import (
    GROUP_METRICS,
    RATES,
    area_influence,
    estimate_rows,
    gap_to_all,
    hits_of,
)
from reportgen.measure.metrics.classification import BinaryRows
from reportgen.measure.statistics.comparisons import (
    fisher_p,
    interval_p,
    rows_for_power,
    rows_needed,
)
from reportgen.measure.statistics.estimate import METRICS, Estimate
from reportgen.measure.statistics.intervals import Array, z_of

__all__ = [
    "OTHERS",
    "UNKNOWN",
    "Compared",
    "Group",
    "compare_groups",
    "group_margins",
    "raw_p_values",
    "read_groups",
    "split_levels",
]

UNKNOWN = "(unknown)"
OTHERS = "other levels ("
MOST_LEVELS = 20
FEWEST_ROWS = 10
Reading = Literal["worse", "better", "differs", "no clear gap", "not enough data", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One metric of one group beside that of all rows.

    Attributes
    ----------
    estimate : of the group; without a number when there is not enough data
    gap : group minus all rows; without a number where the group has none
    p : of no gap, corrected for all comparisons made; None where none was
    reading : what may be said of it
    """

    estimate: Estimate
    gap: Estimate
    p: float | None = None
    reading: Reading = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One level of a segment.

    Attributes
    ----------
    level : its words; ``(unknown)`` where the level is null, ``other levels (7)`` for the rest
    positions : of its rows
    metrics : by name
    rates : further metrics, not compared with all rows but between groups; see `fairness`
    """

    segment: str
    level: str
    positions: Array
    metrics: Mapping[str, Compared]
    rates: Mapping[str, Estimate]

    @property
    def n(self) -> int:
        """Rows of the group."""
        return len(self.positions)

    @property
    def is_a_level(self) -> bool:
        """Whether it is one level, and neither a rest nor what is not known."""
        return self.level != UNKNOWN and not self.level.startswith(OTHERS)


def split_levels(levels: pd.Series[Any], most: int = MOST_LEVELS) -> tuple[tuple[str, Array], ...]:
    """Give the rows of each level, the largest first; small ones beyond `most` are summed.

    Returns
    -------
    (words, positions) per level; every row is in exactly one
    """
    codes, names = pd.factorize(levels, use_na_sentinel=True)
    codes = np.where(codes < 0, len(names), codes)
    sizes = np.bincount(codes, minlength=len(names) + 1)
    texts = [str(name) for name in names]
    ranked = sorted(range(len(names)), key=lambda code: (-sizes[code], texts[code]))
    if len(ranked) > most:
        ranked, rest = ranked[: most - 1], ranked[most - 1 :]
    else:
        rest = []
    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(sizes)
    rows = [order[end - size : end] for end, size in zip(ends, sizes, strict=True)]
    found = [(texts[code], rows[code]) for code in ranked]
    if rest:
        together = np.sort(np.concatenate([rows[code] for code in rest]))
        found.append((f"{OTHERS}{len(rest)})", together))
    if sizes[-1]:
        found.append((UNKNOWN, rows[-1]))
    words = unique_names([text for text, _ in found])
    return tuple((word, own) for word, (_, own) in zip(words, found, strict=True))


def compare_groups(
    rows: Rows,
    segments: Mapping[str, pd.Series[Any]],
    overall: Mapping[str, Estimate],
    level: float = 0.95,
    *,
    material: Mapping[str, float] | None = None,
) -> tuple[Group, ...]:
    """Measure every level of every segment and compare it with all rows.

    Parameters
    ----------
    segments : name -> level of each row, null where unknown
    overall : metrics of all rows; those of `GROUP_METRICS` that it holds are compared
    material : metric -> the gap that matters; 0.10 for ratios, a quarter of the error otherwise

    Returns
    -------
    groups with p-values of single comparisons; `read_groups` corrects and reads them

    Notes
    -----
    A group is shown from half the rows at which its interval would be as narrow as a gap that
    matters, and from ten rows on. What is shown depends on sizes, never on the group's result.
    """
    margins = group_margins(rows, overall, material or {})
    whole = dict(overall)
    rates = [name for name in RATES[type(rows)] if name not in margins]
    whole |= estimate_rows(rows, rates, level)
    margins |= {name: _margin(name, whole, material or {}) for name in rates}
    influence = None
    if (
        "roc_auc" in margins
        and isinstance(rows, BinaryRows)
        and whole["roc_auc"].number is not None
    ):
        influence = area_influence(rows)
    return tuple(
        _group(rows, segment, word, positions, whole, margins, level, influence)
        for segment, levels in segments.items()
        for word, positions in split_levels(levels)
    )


def raw_p_values(groups: Sequence[Group]) -> list[float]:
    """P-values of all comparisons with all rows, in the order in which `read_groups` takes them."""
    return [c.p for group in groups for c in group.metrics.values() if c.p is not None]


def read_groups(
    groups: Sequence[Group],
    overall: Mapping[str, Estimate],
    adjusted: Sequence[float],
    alpha: float = 0.05,
) -> tuple[Group, ...]:
    """Say what may be said of each group, from p-values corrected for all that was compared.

    Parameters
    ----------
    adjusted : as many as `raw_p_values` gave
    """
    left = iter(adjusted)
    done = []
    for group in groups:
        metrics = {}
        for name, compared in group.metrics.items():
            if compared.p is not None:
                p = next(left)
                reading = _reading(name, compared, overall[name], clear=p < alpha)
                compared = replace(compared, p=p, reading=reading)
            metrics[name] = compared
        done.append(replace(group, metrics=metrics))
    return tuple(done)


def group_margins(
    rows: Rows, overall: Mapping[str, Estimate], material: Mapping[str, float]
) -> dict[str, float]:
    """Gap that matters, for each metric that is compared between groups."""
    names = (name for name in GROUP_METRICS[type(rows)] if name in overall)
    return {name: _margin(name, overall, material) for name in names}


def _margin(name: str, overall: Mapping[str, Estimate], material: Mapping[str, float]) -> float:
    if name in material:
        return material[name]
    if METRICS[name].unit == "ratio":
        return 0.10
    error = overall.get("mae")
    return error.number / 4 if error is not None and error.number else 0.10


def _group(
    rows: Rows,
    segment: str,
    word: str,
    positions: Array,
    whole: Mapping[str, Estimate],
    margins: Mapping[str, float],
    level: float,
    influence: Array | None,
) -> Group:
    own = rows.take(positions)
    estimates = estimate_rows(own, tuple(margins), level)
    metrics, rates = {}, {}
    for name, estimate in estimates.items():
        lacking = _lacking(rows, own, name, estimate, whole[name], margins[name], level)
        if lacking:
            estimate = Estimate(number=None, n=estimate.n, reason=lacking)
        if name not in GROUP_METRICS[type(rows)]:
            rates[name] = estimate
        elif lacking:
            metrics[name] = Compared(estimate=estimate, gap=estimate, reading="not enough data")
        else:
            gap = gap_to_all(
                rows, positions, name, estimate, whole[name], level, influence=influence
            )
            tested = METRICS[name].better or name == "mean_error"
            p = None
            if tested and not word.startswith(OTHERS) and gap.number is not None:
                p = _p_value(rows, own, name, gap)
            metrics[name] = Compared(estimate=estimate, gap=gap, p=p)
    return Group(segment=segment, level=word, positions=positions, metrics=metrics, rates=rates)


def _lacking(
    rows: Rows,
    own: Rows,
    name: str,
    estimate: Estimate,
    whole: Estimate,
    margin: float,
    level: float,
) -> str:
    """Say why a group cannot be shown, or nothing."""
    if estimate.number is None:
        return f"{estimate.reason} (n = {len(own.truth)})"
    if whole.number is None:
        return whole.reason or "no number for all rows"
    error = _expected_error(rows, own, name, estimate.n, whole.number)
    needed = rows_needed(estimate.n, z_of(level) * error, margin) if isfinite(error) else 0
    if needed > 2 * estimate.n:
        shown = f"{margin:.2f}" if METRICS[name].unit == "ratio" else f"{margin:.2g}"
        about = _about(_rows_to_see(rows, own, name, estimate.n, whole.number, margin, level))
        return f"not enough data (n = {estimate.n}; about {about} needed to see a gap of {shown})"
    if estimate.n < FEWEST_ROWS:
        return f"not enough data (n = {estimate.n}; at least {FEWEST_ROWS} needed)"
    return ""


def _rows_to_see(
    rows: Rows, own: Rows, name: str, n: int, whole: float, margin: float, level: float
) -> int:
    """Rows at which a gap that matters, to the side where it is harder to see, mostly shows."""
    one = sqrt(max(n, 1))
    error = one * _expected_error(rows, own, name, n, whole)
    there = error
    if METRICS[name].unit == "ratio":
        sides = [side for side in (whole - margin, whole + margin) if 0 < side < 1]
        errors = [one * _expected_error(rows, own, name, n, side) for side in sides]
        there = max(errors, default=error)
    return rows_for_power(error, there, margin, level)


def _about(rows: int) -> str:
    """Two significant digits, upwards: 61, 130, 2,400."""
    scale = 10 ** max(len(str(rows)) - 2, 0)
    return f"{-(-rows // scale) * scale:,}"


def _expected_error(rows: Rows, own: Rows, name: str, n: int, whole: float) -> float:
    """Standard error that a group of this size would have, were it like all rows."""
    if name == "roc_auc":
        positives = int(own.truth.sum())
        return _auc_error(whole, positives, len(own.truth) - positives)
    if METRICS[name].unit == "ratio":
        return sqrt(max(whole * (1 - whole), 0.0) / max(n, 1))
    error = np.abs(rows.predicted - rows.truth)
    spread = float(np.std(error if name == "mae" else rows.predicted - rows.truth))
    return spread / sqrt(max(n, 1))


def _auc_error(area: float, positives: int, negatives: int) -> float:
    """Hanley and McNeil (1982)."""
    if positives == 0 or negatives == 0:
        return float("inf")
    first, second = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area) + (positives - 1) * (first - area**2)
    variance += (negatives - 1) * (second - area**2)
    return sqrt(max(variance, 0.0) / (positives * negatives))


def _p_value(rows: Rows, own: Rows, name: str, gap: Estimate) -> float:
    if gap.p is not None:
        return gap.p
    counted, everywhere = hits_of(own, name), hits_of(rows, name)
    if counted is None or everywhere is None:
        return interval_p(gap)
    return fisher_p(*counted, *everywhere)


def _reading(name: str, compared: Compared, whole: Estimate, *, clear: bool) -> Reading:
    gap, number = compared.gap.number, compared.estimate.number
    if not clear or gap is None or number is None or whole.number is None or gap == 0:
        return "no clear gap"
    if name == "mean_error":
        return "worse" if abs(number) > abs(whole.number) else "better"
    return "better" if (gap > 0) == (METRICS[name].better == "higher") else "worse"
