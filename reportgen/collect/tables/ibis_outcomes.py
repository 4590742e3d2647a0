"""Labelled rows on an engine to outcomes per slot; the terms are those of `scan_outcomes`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from reportgen.collect.tables.ibis_columns import binned
from reportgen.collect.tables.ibis_reading import Reading, exact
from reportgen.collect.tables.ranked import ranking_of
from reportgen.collect.tables.scan_outcomes import CUT
from reportgen.report.profile import Outcomes, Plan, Ranking

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["outcomes_of"]

_EDGE = 2.220446049250313e-16
_LOSSES = ("brier", "brier_2", "log_loss", "log_loss_2")


def outcomes_of(rows: Reading, slot: Any, plan: Plan, slots: int) -> tuple[Outcomes, ...]:
    """Compare predictions with what came true, in each slot.

    Parameters
    ----------
    slot : of each row, 0 to ``slots - 1``
    """
    assert plan.target is not None
    match plan.task:
        case "regression":
            return _numbers(rows, slot, plan, slots)
        case "multiclass":
            return _classes(rows, slot, plan, slots)
        case _:
            return _binary(rows, slot, plan, slots)


def _binary(rows: Reading, slot: Any, plan: Plan, slots: int) -> tuple[Outcomes, ...]:
    import ibis

    assert plan.target is not None
    score: Any = ibis.null("float64") if plan.score is None else rows.finite(plan.score)
    if plan.prediction is not None:
        told = rows.hit(plan.prediction, plan.positive)
    else:
        told = ibis.cases((score >= CUT, 1), (score < CUT, 0), else_=ibis.null("int64"))
    read = rows.table.select(slot=slot, t=rows.hit(plan.target, plan.positive), p=told, s=score)
    held = read.filter(read.t.notnull())
    both = held.filter(held.p.notnull())
    cells = both.group_by(["slot", "t", "p"]).aggregate(n=both.count())
    tables = [[0] * 4 for _ in range(slots)]
    for row in cells.to_pyarrow().to_pylist():
        tables[int(row["slot"])][2 * int(row["t"]) + int(row["p"])] = int(row["n"])
    scored: Mapping[int, Mapping[str, Any]] = {}
    bins: dict[tuple[int, int, int], int] = {}
    if plan.score is not None:
        scored = _scored(held.filter(held.s.notnull()))
        long = held.select("slot", c=held.t.cast("int64"), x=held.s)
        for row in binned(long, [plan.score_cuts, plan.score_cuts]) if plan.score_cuts else ():
            bins[int(row["slot"]), int(row["c"]), int(row["bin"])] = int(row["n"])
    return tuple(
        _hits(
            tables[at],
            scored.get(at),
            [bins.get((at, t, b), 0) for t in (1, 0) for b in _bins(plan)],
        )
        for at in range(slots)
    )


def _bins(plan: Plan) -> range:
    return range(len(plan.score_cuts) + 1) if plan.score_cuts else range(0)


def _hits(cells: Sequence[int], scored: Mapping[str, Any] | None, bins: Sequence[int]) -> Outcomes:
    many = len(bins) // 2
    ups, downs = tuple(bins[:many]), tuple(bins[many:])
    if scored is None:
        return Outcomes(both=sum(cells), cells=tuple(cells), ups=ups, downs=downs)
    return Outcomes(
        both=sum(cells),
        cells=tuple(cells),
        scored=int(scored["n"]),
        lowest_score=float(scored["low"]),
        highest_score=float(scored["high"]),
        sums={name: float(scored[name]) for name in _LOSSES},
        ranking=_ranking(*(_whole(scored[f"r{at}"]) for at in range(6))),
        ups=ups,
        downs=downs,
    )


def _scored(held: ir.Table) -> dict[int, Mapping[str, Any]]:
    """Rank each slot's scores and sum up their losses, from how often each score stands there.

    For each distinct score: how many of the others it beats, doubled, so that half a win is whole.
    All that the ranking adds is whole numbers, of which no digit is lost.
    """
    import ibis

    blocks = held.group_by(["slot", "s"]).aggregate(
        ups=held.t.sum().cast("int64"), downs=(1 - held.t).sum().cast("int64")
    )
    below = ibis.window(group_by="slot", order_by="s", following=0)
    every = ibis.window(group_by="slot")
    placed = blocks.mutate(
        won=2 * blocks.downs.sum().over(below) - blocks.downs,
        lost=2 * blocks.ups.sum().over(every) - 2 * blocks.ups.sum().over(below) + blocks.ups,
    )
    whole = {key: placed[key].cast("decimal(38, 0)") for key in ("ups", "downs", "won", "lost")}
    parts = placed.select(
        "slot",
        "s",
        "ups",
        "downs",
        r0=whole["ups"],
        r1=whole["downs"],
        r2=_times(placed.ups, placed.won),
        r3=_times(placed.ups, placed.won, placed.won),
        r4=_times(placed.downs, placed.lost),
        r5=_times(placed.downs, placed.lost, placed.lost),
        **_lost(placed),
    )
    found = parts.group_by("slot").aggregate(
        n=(parts.ups + parts.downs).sum(),
        low=parts.s.min(),
        high=parts.s.max(),
        **{name: parts[name].sum() for name in _LOSSES},
        **{f"r{at}": parts[f"r{at}"].sum().cast("string") for at in range(6)},
    )
    return {int(row["slot"]): row for row in found.to_pyarrow().to_pylist()}


def _times(*factors: Any) -> Any:
    product = factors[0].cast("decimal(38, 0)")
    for factor in factors[1:]:
        product = (product * factor.cast("decimal(38, 0)")).cast("decimal(38, 0)")
    return product


def _lost(placed: ir.Table) -> dict[str, Any]:
    """Sum up what a score costs its positive and its negative rows."""
    import ibis

    up, down = placed.s, 1 - placed.s
    small, large = exact(_EDGE), exact(1 - _EDGE)
    costs = {
        "brier": (down * down, up * up),
        "log_loss": tuple(-ibis.greatest(ibis.least(x, large), small).ln() for x in (up, down)),
    }
    found = {}
    for name, (of_up, of_down) in costs.items():
        found[name] = placed.ups * of_up + placed.downs * of_down
        found[f"{name}_2"] = placed.ups * (of_up * of_up) + placed.downs * (of_down * of_down)
    return found


def _whole(text: str) -> int:
    return int(Decimal(text))


def _ranking(
    positives: int, negatives: int, won: int, won_2: int, lost: int, lost_2: int
) -> Ranking:
    if not positives or not negatives:
        return Ranking(positives=positives, negatives=negatives)
    return ranking_of(positives, negatives, (won, won_2), (lost, lost_2))


def _classes(rows: Reading, slot: Any, plan: Plan, slots: int) -> tuple[Outcomes, ...]:
    assert plan.target is not None
    told = plan.prediction or plan.target
    read = rows.table.select(
        slot=slot, t=rows.code(plan.target, plan.classes), p=rows.code(told, plan.classes)
    )
    held = read.filter(read.t.notnull() & read.p.notnull())
    counted = held.group_by(["slot", "t", "p"]).aggregate(n=held.count())
    k = len(plan.classes)
    tables = [[0] * k**2 for _ in range(slots)]
    for row in counted.to_pyarrow().to_pylist():
        tables[int(row["slot"])][int(row["t"]) * k + int(row["p"])] = int(row["n"])
    return tuple(Outcomes(both=sum(table), cells=tuple(table)) for table in tables)


def _numbers(rows: Reading, slot: Any, plan: Plan, slots: int) -> tuple[Outcomes, ...]:
    guess = plan.prediction or plan.score
    assert plan.target is not None
    assert guess is not None
    truth, told = rows.finite(plan.target), rows.finite(guess)
    read = rows.table.select(slot=slot, e=told - truth, d=truth - exact(plan.centre))
    held = read.filter(read.e.notnull())
    e, d = held.e, held.d
    terms = {
        "absolute": e.abs(),
        "error": e,
        "squared": e * e,
        "squared_2": e * e * e * e,
        "spread": d,
        "spread_2": d * d,
        "spread_3": d * d * d,
        "spread_4": d * d * d * d,
        "squared_spread": e * e * d,
        "squared_spread_2": e * e * d * d,
    }
    parts = held.select("slot", **terms)
    found = parts.group_by("slot").aggregate(
        n=parts.count(), **{name: parts[name].sum() for name in terms}
    )
    sums = {int(row["slot"]): row for row in found.to_pyarrow().to_pylist()}
    return tuple(
        Outcomes(both=int(sums[at]["n"]), sums={name: float(sums[at][name]) for name in terms})
        if at in sums
        else Outcomes()
        for at in range(slots)
    )
