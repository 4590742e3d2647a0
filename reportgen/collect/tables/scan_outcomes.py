"""Labelled rows to outcomes per slot: counts of right and wrong, sums of losses, exact ranking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reportgen.collect.tables.ranked import ranking_of
from reportgen.collect.tables.relation import Relation, text_of
from reportgen.collect.tables.scan import SLOT, one_thread
from reportgen.report.profile import Outcomes, Plan, Ranking

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["read_outcomes", "scan_outcomes"]

CUT = 0.5
"""A score from here on predicts the positive class, when the data hold no prediction."""
_EDGE = 2.220446049250313e-16
"""So that a sure miss costs 36 and not infinity."""
_LOSSES = {
    "brier": "(t - s) * (t - s)",
    "log_loss": f"-ln(least(greatest(CASE WHEN t = 1 THEN s ELSE 1 - s END, {_EDGE!r}), "
    f"1 - {_EDGE!r}))",
}
_ERRORS = {
    "absolute": "abs(e)",
    "error": "e",
    "squared": "e * e",
    "squared_2": "e * e * e * e",
    "spread": "d",
    "spread_2": "d * d",
    "spread_3": "d * d * d",
    "spread_4": "d * d * d * d",
    "squared_spread": "e * e * d",
    "squared_spread_2": "e * e * d * d",
}


def scan_outcomes(
    connection: DuckDBPyConnection, table: Relation, plan: Plan, slots: int
) -> tuple[Outcomes, ...]:
    """Compare predictions with what came true, in each slot.

    Parameters
    ----------
    table : has the column `SLOT`, the target, and a prediction or a score

    Notes
    -----
    The ranking is counted in whole numbers, so the area under the ROC curve and its variance are
    exact and the same on any number of threads.
    """
    rows = f"(SELECT {SLOT} AS slot, {read_outcomes(table, plan)} FROM {table.sql})"
    match plan.task:
        case "regression":
            return _numbers(connection, rows, slots)
        case "multiclass":
            return _classes(connection, rows, len(plan.classes), slots)
        case _:
            return _binary(connection, rows, plan, slots)


def read_outcomes(table: Relation, plan: Plan) -> str:
    """SQL for truth `t`, prediction `p` and score `s`: codes of classes, or 0 and 1; numbers have
    an error `e` and a distance from the plan's centre `d` instead.
    """
    assert plan.target is not None
    if plan.task == "regression":
        guess = plan.prediction or plan.score
        assert guess is not None
        truth, told = table.finite(plan.target), table.finite(guess)
        return f"{truth} AS t, {told} - {truth} AS e, {truth} - ({plan.centre!r}) AS d"
    score = table.finite(plan.score) if plan.score else "NULL::DOUBLE"
    if plan.task == "multiclass":
        read = [_code(table, name, plan) for name in (plan.target, plan.prediction or plan.target)]
    elif plan.prediction is not None:
        read = [
            table.is_level_code(name, plan.positive) for name in (plan.target, plan.prediction)
        ]
    else:
        cut = f"CASE WHEN {score} >= {CUT} THEN 1 WHEN {score} < {CUT} THEN 0 END"
        read = [table.is_level_code(plan.target, plan.positive), cut]
    truth, told = read
    return f"{truth} AS t, {told} AS p, {score} AS s"


def _code(table: Relation, name: str, plan: Plan) -> str:
    classes = ", ".join(text_of(level) for level in plan.classes)
    return f"NULLIF(list_position([{classes}]::VARCHAR[], {table.level(name)}), 0) - 1"


def _by_slot(connection: DuckDBPyConnection, sql: str) -> dict[int, Sequence[Any]]:
    return {int(row[0]): row[1:] for row in connection.execute(sql).fetchall()}


def _binary(
    connection: DuckDBPyConnection, rows: str, plan: Plan, slots: int
) -> tuple[Outcomes, ...]:
    cells = ", ".join(f"count(*) FILTER (t = {t} AND p = {p})" for t in (0, 1) for p in (0, 1))
    counted = _by_slot(
        connection,
        f"SELECT slot, {cells}, count(*) FILTER (t IS NOT NULL AND s IS NOT NULL), "
        "min(s) FILTER (t IS NOT NULL), max(s) FILTER (t IS NOT NULL), "
        f"{_histogram(plan, 1)}, {_histogram(plan, 0)} "
        f"FROM {rows} WHERE slot >= 0 GROUP BY slot",
    )
    losses: Mapping[int, Sequence[Any]] = {}
    ranked: Mapping[int, Ranking] = {}
    if plan.score is not None:
        losses = _sums(connection, f"{rows} WHERE t IS NOT NULL AND s IS NOT NULL", _LOSSES)
        ranked = _rankings(connection, rows)
    found = []
    for slot in range(slots):
        if slot not in counted:
            found.append(Outcomes(cells=(0,) * 4))
            continue
        *table, scored, low, high, ups, downs = counted[slot]
        found.append(
            Outcomes(
                both=sum(table),
                cells=tuple(table),
                scored=scored,
                lowest_score=low,
                highest_score=high,
                sums=_named(losses.get(slot), _LOSSES),
                ups=_spread(plan, ups),
                downs=_spread(plan, downs),
                ranking=ranked.get(slot),
            )
        )
    return tuple(found)


def _histogram(plan: Plan, truth: int) -> str:
    cuts = ", ".join(f"'{cut!r}'::DOUBLE" for cut in plan.score_cuts)
    return f"histogram(s, [{cuts}]) FILTER (t = {truth})" if plan.score_cuts else "NULL"


def _spread(plan: Plan, bins: Mapping[float, int] | None) -> tuple[int, ...]:
    if not plan.score_cuts:
        return ()
    held = bins or {}
    inside = [int(held.get(cut, 0)) for cut in plan.score_cuts]
    return (*inside, sum(held.values()) - sum(inside))


def _sums(
    connection: DuckDBPyConnection, rows: str, terms: Mapping[str, str]
) -> dict[int, Sequence[Any]]:
    """Add each term and, for losses, its square."""
    powers = [f"sum({term})" for term in terms.values()]
    if terms is _LOSSES:
        powers = [f"sum({term}), sum(({term}) * ({term}))" for term in terms.values()]
    with one_thread(connection):
        return _by_slot(
            connection,
            f"SELECT slot, {', '.join(powers)} FROM {rows} AND slot >= 0 GROUP BY slot",
        )


def _named(sums: Sequence[Any] | None, terms: Mapping[str, str]) -> dict[str, float]:
    names = [name for term in terms for name in (term, f"{term}_2")]
    if terms is not _LOSSES:
        names = list(terms)
    if sums is None:
        return {}
    return {name: float(total or 0.0) for name, total in zip(names, sums, strict=True)}


def _rankings(connection: DuckDBPyConnection, rows: str) -> dict[int, Ranking]:
    """Rank every slot's scores: for each distinct score, how many of the others it beats."""
    found = connection.execute(
        "WITH blocks AS (SELECT slot, s, count(*) FILTER (t = 1) AS ups, "
        f"count(*) FILTER (t = 0) AS downs FROM {rows} "
        "WHERE slot >= 0 AND t IS NOT NULL AND s IS NOT NULL GROUP BY slot, s), "
        "placed AS (SELECT slot, ups, downs, "
        "2 * sum(downs) OVER below - downs AS won, "  # twice, so that half a win is whole
        "2 * sum(ups) OVER every - 2 * sum(ups) OVER below + ups AS lost "
        "FROM blocks WINDOW below AS (PARTITION BY slot ORDER BY s), every AS (PARTITION BY slot)) "
        "SELECT slot, sum(ups), sum(downs), sum(ups * won), sum(ups * won * won), "
        "sum(downs * lost), sum(downs * lost * lost) FROM placed GROUP BY slot"
    ).fetchall()
    return {int(row[0]): _ranking(*(int(number) for number in row[1:])) for row in found}


def _ranking(
    positives: int, negatives: int, won: int, won_2: int, lost: int, lost_2: int
) -> Ranking:
    if not positives or not negatives:
        return Ranking(positives=positives, negatives=negatives)
    return ranking_of(positives, negatives, (won, won_2), (lost, lost_2))


def _classes(
    connection: DuckDBPyConnection, rows: str, classes: int, slots: int
) -> tuple[Outcomes, ...]:
    tables = [[0] * classes**2 for _ in range(slots)]
    for slot, truth, told, n in connection.execute(
        f"SELECT slot, t, p, count(*) FROM {rows} WHERE slot >= 0 "
        "AND t IS NOT NULL AND p IS NOT NULL GROUP BY ALL"
    ).fetchall():
        tables[int(slot)][int(truth) * classes + int(told)] = int(n)
    return tuple(Outcomes(both=sum(table), cells=tuple(table)) for table in tables)


def _numbers(connection: DuckDBPyConnection, rows: str, slots: int) -> tuple[Outcomes, ...]:
    counted = _by_slot(
        connection,
        f"SELECT slot, count(e) FROM {rows} WHERE slot >= 0 GROUP BY slot",
    )
    sums = _sums(connection, f"{rows} WHERE e IS NOT NULL", _ERRORS)
    return tuple(
        Outcomes(
            both=counted.get(slot, (0,))[0],
            sums=_named(sums.get(slot), _ERRORS),
        )
        for slot in range(slots)
    )
