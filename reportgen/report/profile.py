"""Profiles: what a period's rows say, small enough to keep and exact to add up.

A `Plan` is made once, from the reference: where numbers are cut and which levels are known. A
`Profile` counts rows on a plan. Profiles of one plan merge: those of two halves make that of the
whole, in any order. See docs/design/0002-profiles.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import reduce
from hashlib import sha256
from typing import Any, Literal

from reportgen.report.spec import Task

__all__ = [
    "DECLARED",
    "PROFILE_SCHEMA",
    "ColumnPlan",
    "ColumnProfile",
    "Group",
    "Kind",
    "Outcomes",
    "Plan",
    "Profile",
    "Profiled",
    "Ranking",
    "compared_as",
    "digest_of",
    "merge",
    "merge_all",
    "merge_columns",
    "plain_of",
]

PROFILE_SCHEMA = 1
MOST_UNSEEN = 5000
"""New levels that a profile names, commonest first; the rows of the others are still counted."""

Kind = Literal["number", "level", "time", "none"]


def digest_of(plans: Sequence[ColumnPlan | Plan]) -> str:
    """SHA-256 over plans."""
    # A cut may be infinite, below the smallest number there is; no reader but us sees this JSON.
    text = json.dumps(
        list(plans), default=plain_of, sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    return sha256(text.encode()).hexdigest()


def plain_of(held: Any) -> dict[str, Any]:
    """Give the fields of one of these, and of none inside it; unlike `asdict` it copies nothing."""
    return {each.name: getattr(held, each.name) for each in fields(held)}


DECLARED: Mapping[str, Kind] = {
    "number": "number",
    "bool": "number",
    "category": "level",
    "text": "level",
    "time": "time",
}
"""What a column of a type that the model was trained on holds."""


def compared_as(declared: Kind, held: Kind, holds: Kind) -> Kind:
    """Say how a column is compared, by what it should hold, held before and holds now."""
    if "time" in {declared, held}:
        return "time"
    if "level" in {declared, held}:
        return "level"
    return next((kind for kind in (declared, held, holds) if kind != "none"), "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPlan:
    """How one column is counted.

    Attributes
    ----------
    role : ``feature``, ``prediction``, ``score`` or ``target``
    kind : ``number`` is counted on `cuts`, ``level`` by `levels`; else only rows and nulls are
    cuts : rising; bin i holds the x with ``cuts[i - 1] < x <= cuts[i]``, the outer ones open
    fine : the cuts that are the reference's quantiles; the others are its smallest and largest
    edges : the fine cuts that are its deciles
    levels : of the reference as text, those with most rows first, then by text
    common : how many of them have a count of their own
    ranges : the rising first texts of the ranges in which the other levels are counted
    once : levels that the reference has seen once
    """

    name: str
    role: str = "feature"
    kind: Kind = "number"
    cuts: tuple[float, ...] = ()
    fine: tuple[float, ...] = ()
    edges: tuple[float, ...] = ()
    levels: tuple[str, ...] = ()
    common: int = 0
    ranges: tuple[str, ...] = ()
    once: int = 0

    @property
    def bins(self) -> int:
        """How many counts a profile of this column has."""
        if self.kind == "number":
            return len(self.cuts) + 1
        return self.common + len(self.ranges) if self.kind == "level" else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How all columns of a report are counted, and what makes a prediction right.

    Attributes
    ----------
    positive : the level that counts as positive, as text
    classes : all levels of target and prediction as text, rising; for several classes
    centre : about which the powers of a numeric target are summed
    score_cuts : on which scores are counted by class, as `ColumnPlan.cuts`
    """

    task: Task
    columns: tuple[ColumnPlan, ...] = ()
    target: str | None = None
    prediction: str | None = None
    score: str | None = None
    positive: str = ""
    classes: tuple[str, ...] = ()
    centre: float = 0.0
    score_cuts: tuple[float, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 over the plan, by which profiles know that they may be added."""
        return digest_of((self,))


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """What one column holds.

    Attributes
    ----------
    holds : what its values are, whatever the plan expects; ``none`` when all are missing
    rows : all rows, those without a value among them
    wrong : values that are no numbers in a column of numbers
    infinite : values without an end, which count in the outer bins but not in the mean
    mean, m2 : of the finite numbers, and the sum of squares about it
    smallest, largest : finite number; `first` and `last` text of the levels
    median : of the finite numbers, where they were sorted together; it cannot be added
    counts : shape (plan.bins,)
    spread : rows of unseen levels in each of the plan's ranges
    unseen : rows of levels that the reference does not have; `new` names the commonest
    """

    holds: Kind = "none"
    rows: int = 0
    nulls: int = 0
    wrong: int = 0
    infinite: int = 0
    mean: float = 0.0
    m2: float = 0.0
    smallest: float | None = None
    largest: float | None = None
    first: str | None = None
    last: str | None = None
    median: float | None = None
    counts: tuple[int, ...] = ()
    spread: tuple[int, ...] = ()
    unseen: int = 0
    new: tuple[tuple[str, int], ...] = ()

    @property
    def finite(self) -> int:
        """Rows that the mean is of, for a column of numbers."""
        return self.rows - self.nulls - self.wrong - self.infinite


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """The exact area under the ROC curve of one set of rows; it cannot be added to another.

    Attributes
    ----------
    area : None where the labels are of one class
    up, down : sums of squared distances of the placements from the area (DeLong)
    """

    positives: int
    negatives: int
    area: float | None = None
    up: float = 0.0
    down: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """What labelled rows say of the predictions.

    Attributes
    ----------
    both : labelled rows with a prediction
    cells : shape (k * k,), rows by truth, then by prediction; for classes
    scored : labelled rows with a score
    sums : loss or power -> its sum over rows; ``brier``, ``brier_2`` (of squares), ...
    ups, downs : shape (score bins,), scores of positive and of negative rows
    ranking : exact, where the rows were ranked together
    """

    both: int = 0
    cells: tuple[int, ...] = ()
    scored: int = 0
    lowest_score: float | None = None
    highest_score: float | None = None
    sums: Mapping[str, float] = ()  # type: ignore[assignment]
    ups: tuple[int, ...] = ()
    downs: tuple[int, ...] = ()
    ranking: Ranking | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "sums", dict(self.sums))


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The rows of one period, one group or the reference, counted on a plan.

    Attributes
    ----------
    plan : digest of the plan
    labelled : rows with a label
    columns : column -> what it holds; a column that is not in the data is not here
    """

    plan: str
    rows: int = 0
    labelled: int = 0
    columns: Mapping[str, ColumnProfile] = ()  # type: ignore[assignment]
    outcomes: Outcomes | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", dict(self.columns))


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One group of a segment in the reported period, beside all rows outside it."""

    name: str
    own: Outcomes
    others: Outcomes


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiled:
    """All that a report needs of its rows, once they were scanned.

    Attributes
    ----------
    names : columns of the data
    periods : key -> profile of a period of the history, the reported one among them
    reference : the pin that the periods are compared with, where there is one
    baseline : the earliest complete periods together, of which only the outcomes are counted
    groups : segment -> its groups in the reported period, those with most rows first
    without_time, before, after : rows in none of the periods
    """

    plan: Plan
    names: tuple[str, ...]
    periods: Mapping[str, Profile]
    reference: Profile | None = None
    baseline: Profile | None = None
    groups: Mapping[str, tuple[Group, ...]] = ()  # type: ignore[assignment]
    without_time: int = 0
    before: int = 0
    after: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "groups", dict(self.groups))


def merge(one: Profile, other: Profile) -> Profile:
    """Add two profiles of different rows.

    Notes
    -----
    All counts, sums, extremes and moments are those of all rows together (Chan, Golub and
    LeVeque, 1979, for the moments). The exact ranking is lost: two sets that were ranked apart
    do not tell how they rank together.

    Raises
    ------
    ValueError
        The profiles were counted on different plans.
    """
    if one.plan != other.plan:
        raise ValueError("profiles of different plans cannot be added")
    names = sorted({*one.columns, *other.columns})
    columns = {
        name: merge_columns(
            one.columns.get(name, ColumnProfile(rows=one.rows, nulls=one.rows)),
            other.columns.get(name, ColumnProfile(rows=other.rows, nulls=other.rows)),
        )
        for name in names
    }
    outcomes = [side.outcomes for side in (one, other) if side.outcomes is not None]
    return Profile(
        plan=one.plan,
        rows=one.rows + other.rows,
        labelled=one.labelled + other.labelled,
        columns=columns,
        outcomes=reduce(_merge_outcomes, outcomes) if outcomes else None,
    )


def merge_all(profiles: tuple[Profile, ...]) -> Profile:
    """Add one profile or several, in their order."""
    return reduce(merge, profiles)


def merge_columns(one: ColumnProfile, other: ColumnProfile) -> ColumnProfile:
    """Add two profiles of a column, of different rows."""
    n, m = one.finite, other.finite
    step = other.mean - one.mean
    far = max(n + m, 1)
    holds = {side.holds for side in (one, other)} - {"none"}
    return ColumnProfile(
        holds=holds.pop() if len(holds) == 1 else ("level" if holds else "none"),
        rows=one.rows + other.rows,
        nulls=one.nulls + other.nulls,
        wrong=one.wrong + other.wrong,
        infinite=one.infinite + other.infinite,
        mean=one.mean + step * (m / far) if n else other.mean,
        m2=one.m2 + other.m2 + step**2 * (n * m / far),
        smallest=_least(one.smallest, other.smallest),
        largest=_most(one.largest, other.largest),
        first=_least(one.first, other.first),
        last=_most(one.last, other.last),
        median=one.median if not m else (other.median if not n else None),
        counts=_added(one.counts, other.counts),
        spread=_added(one.spread, other.spread),
        unseen=one.unseen + other.unseen,
        new=_named(one.new, other.new),
    )


def _merge_outcomes(one: Outcomes, other: Outcomes) -> Outcomes:
    alone = [side.ranking for side in (one, other) if side.scored]
    names = sorted({*one.sums, *other.sums})
    return Outcomes(
        both=one.both + other.both,
        cells=_added(one.cells, other.cells),
        scored=one.scored + other.scored,
        lowest_score=_least(one.lowest_score, other.lowest_score),
        highest_score=_most(one.highest_score, other.highest_score),
        sums={name: one.sums.get(name, 0.0) + other.sums.get(name, 0.0) for name in names},
        ups=_added(one.ups, other.ups),
        downs=_added(one.downs, other.downs),
        ranking=alone[0] if len(alone) == 1 else None,
    )


def _least(one: Any, other: Any) -> Any:
    return min((side for side in (one, other) if side is not None), default=None)


def _most(one: Any, other: Any) -> Any:
    return max((side for side in (one, other) if side is not None), default=None)


def _added(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    if not one or not other:
        return one or other
    return tuple(a + b for a, b in zip(one, other, strict=True))


def _named(
    one: tuple[tuple[str, int], ...], other: tuple[tuple[str, int], ...]
) -> tuple[tuple[str, int], ...]:
    rows = dict(one)
    for level, count in other:
        rows[level] = rows.get(level, 0) + count
    return tuple(sorted(rows.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_UNSEEN])
