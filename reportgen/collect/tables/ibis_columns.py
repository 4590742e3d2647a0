"""Columns of numbers on an engine: planned and profiled together, in a few queries."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reportgen.collect.tables.counting import Wanted
from reportgen.collect.tables.ibis_reading import Reading, exact
from reportgen.collect.tables.planning import CUTS, DECILES, cuts_around
from reportgen.report.profile import ColumnPlan, ColumnProfile

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["binned", "melted", "plan_numbers", "profile_numbers"]

_SLOT = "reportgen slot"
_LONG = "reportgen_long"
_ASIDE = 0.25
"""Share of a step behind a place, where an engine interpolates: the number at the place is then the
largest that is not greater, whatever the last digit of the interpolation."""


def melted(rows: Reading, columns: Sequence[Any], slot: Any = None) -> ir.Table:
    """Put columns of one type under each other: ``slot``, ``c`` (which column) and ``x``."""
    import ibis

    wide = rows.table.select(
        slot=rows.table[_SLOT] if slot is None else slot,
        **{f"x{at}": column for at, column in enumerate(columns)},
    )
    numbered = wide.cross_join(ibis.range(len(columns)).unnest().name("c").as_table())
    cases = [(numbered["c"] == at, numbered[f"x{at}"]) for at in range(len(columns))]
    return numbered.select("slot", c=numbered["c"].cast("int64"), x=ibis.cases(*cases))


def binned(long: ir.Table, cuts: Sequence[Sequence[float]]) -> list[dict[str, Any]]:
    """Count what is `melted` between the cuts of its column, by slot.

    Returns
    -------
    rows of ``slot``, ``c``, ``bin``, ``n`` and the bin's extremes ``low`` and ``high``

    Notes
    -----
    A thousand cuts are a thousand steps of an expression, and Ibis takes seconds over them; so this
    one part is written as SQL, of the kind that every engine reads alike.
    """
    import ibis
    import ibis.expr.operations as ops

    words = _Words.of(long.get_backend().dialect)
    query = words.query(cuts)
    kinds = {"slot": "int64", "c": "int64", "bin": "int64", "n": "int64"}
    schema = ibis.schema({**kinds, "low": "float64", "high": "float64"})
    counted = ops.SQLStringView(parent=long.alias(_LONG).op(), query=query, schema=schema)
    return list(counted.to_expr().to_pyarrow().to_pylist())


@dataclass(frozen=True, slots=True)
class _Words:
    """How a dialect of SQL writes names and the type of numbers with fractions."""

    names: Mapping[str, str]
    number: str

    @classmethod
    def of(cls, dialect: Any) -> _Words:
        import sqlglot as sg
        from sqlglot.expressions import DataType

        names = (_LONG, "slot", "c", "x", "bin", "n", "low", "high")
        return cls(
            names={name: sg.to_identifier(name, quoted=True).sql(dialect) for name in names},
            number=DataType.build("double").sql(dialect),
        )

    def query(self, cuts: Sequence[Sequence[float]]) -> str:
        name = self.names
        whens = " ".join(
            f"WHEN {name['c']} = {at} THEN {self.place(edges, range(len(edges) + 1))}"
            for at, edges in enumerate(cuts)
        )
        keys = f"{name['slot']}, {name['c']}"
        placed = (
            f"SELECT {keys}, {name['x']}, CASE {whens} ELSE 0 END AS {name['bin']} "
            f"FROM {name[_LONG]} WHERE {name['x']} IS NOT NULL"
        )
        return (
            f"SELECT {keys}, {name['bin']}, count(*) AS {name['n']}, min({name['x']}) AS "
            f"{name['low']}, max({name['x']}) AS {name['high']} FROM ({placed}) AS placed "
            f"GROUP BY {keys}, {name['bin']}"
        )

    def place(self, edges: Sequence[float], leaves: Sequence[int]) -> str:
        """Find the bin of ``x`` in as few steps as can be; a cut belongs to the bin before it."""
        if not edges:
            return str(leaves[0])
        middle = len(edges) // 2
        low = self.place(edges[:middle], leaves[: middle + 1])
        high = self.place(edges[middle + 1 :], leaves[middle + 1 :])
        edge = (
            f"CAST('{float(edges[middle])!r}' AS {self.number})"  # the very same number anywhere
        )
        return f"CASE WHEN {self.names['x']} <= {edge} THEN {low} ELSE {high} END"


def _unending(rows: Reading, name: str) -> Any:
    """Give the number in a column unless it is infinite."""
    import ibis

    number = rows.number(name)
    held = number.abs() <= exact(sys.float_info.max)  # not every engine knows an infinity by name
    return ibis.ifelse(held, number, ibis.null("float64"))


def plan_numbers(rows: Reading, wanted: Sequence[Wanted]) -> dict[str, ColumnPlan]:
    """Cut at the quantiles of the finite numbers, as numpy's ``inverted_cdf`` gives them."""
    if not wanted:
        return {}
    columns = [_unending(rows, one.name) for one in wanted]
    (ends,) = (
        rows.table.aggregate(
            [
                part
                for at, x in enumerate(columns)
                for part in (
                    x.count().name(f"n{at}"),
                    x.min().name(f"low{at}"),
                    x.max().name(f"high{at}"),
                )
            ]
        )
        .to_pyarrow()
        .to_pylist()
    )
    sizes = [int(ends[f"n{at}"]) for at in range(len(wanted))]
    places = [[max(math.ceil(n * (at / CUTS) - 1), 0) for at in range(1, CUTS)] for n in sizes]
    quantiles = _at_places(rows, columns, sizes, places)
    found = {}
    for at, one in enumerate(wanted):
        plan = ColumnPlan(name=one.name, role=one.role, kind="number")
        if sizes[at]:
            outer = float(ends[f"low{at}"]), float(ends[f"high{at}"])
            cuts, fine, edges = cuts_around(quantiles[at], outer, CUTS // DECILES)
            plan = ColumnPlan(
                name=one.name, role=one.role, kind="number", cuts=cuts, fine=fine, edges=edges
            )
        found[one.name] = plan
    return found


def _at_places(
    rows: Reading, columns: Sequence[Any], sizes: Sequence[int], places: Sequence[Sequence[int]]
) -> list[list[float]]:
    """Find the numbers at some places of each sorted column.

    Engines differ in how they interpolate quantiles, and none that we know gives places. So each is
    asked for a point a little behind the place, and then for the largest number up to there.
    """
    held = [at for at, n in enumerate(sizes) if n]
    if not held:
        return [[] for _ in sizes]
    asked = [
        columns[at]
        .quantile([min((place + _ASIDE) / max(sizes[at] - 1, 1), 1.0) for place in places[at]])
        .name(f"q{at}")
        for at in held
    ]
    (points,) = rows.table.aggregate(asked).to_pyarrow().to_pylist()
    near = {at: [float(point) for point in points[f"q{at}"]] for at in held}
    steps = [sorted(set(near.get(at, ()))) for at in range(len(columns))]
    bins: list[dict[int, dict[str, Any]]] = [{} for _ in columns]
    for row in binned(melted(rows, columns), steps):
        bins[int(row["c"])][int(row["bin"])] = row
    return [
        [
            _number_at(bins[at], steps[at].index(point), place)
            for point, place in zip(near.get(at, ()), places[at], strict=bool(near.get(at)))
        ]
        for at in range(len(columns))
    ]


def _number_at(bins: Mapping[int, Mapping[str, Any]], step: int, place: int) -> float:
    before = [row for at, row in bins.items() if at <= step]
    if sum(int(row["n"]) for row in before) > place:
        return float(max(row["high"] for row in before))
    after = min(
        at for at in bins if at > step
    )  # the point fell short of the place by a last digit
    return float(bins[after]["low"])


def profile_numbers(
    rows: Reading, plans: Sequence[ColumnPlan], slots: int
) -> dict[str, list[ColumnProfile]]:
    """Count and sum columns of numbers in each slot: column -> shape (slots,)."""
    if not plans:
        return {}
    table = rows.table
    parts = {
        f"{key}{at}": part
        for at, plan in enumerate(plans)
        for key, part in _parts(rows, plan).items()
    }
    wide = table.select(slot=table[_SLOT], **parts)
    asked = [one for at in range(len(plans)) for one in _sums(wide, at)]
    counted = wide.group_by("slot").aggregate(wide.count().name("rows"), *asked)
    sums = {int(row["slot"]): row for row in counted.to_pyarrow().to_pylist()}
    cut = [at for at, plan in enumerate(plans) if plan.kind == "number" and plan.cuts]
    bins: dict[tuple[int, int, int], int] = {}
    if cut:
        long = melted(rows, [rows.number(plans[at].name) for at in cut])
        for row in binned(long, [plans[at].cuts for at in cut]):
            bins[int(row["slot"]), cut[int(row["c"])], int(row["bin"])] = int(row["n"])
    return {
        plan.name: [
            _profile(
                rows, plan, sums[slot], at, [bins.get((slot, at, b), 0) for b in range(plan.bins)]
            )
            if slot in sums
            else ColumnProfile(counts=(0,) * plan.bins)
            for slot in range(slots)
        ]
        for at, plan in enumerate(plans)
    }


def _parts(rows: Reading, plan: ColumnPlan) -> dict[str, Any]:
    import ibis

    return {
        "k": ibis.ifelse(rows.known(plan.name), 1, 0),
        "x": rows.number(plan.name),
        "f": rows.finite(plan.name),
        "u": _unending(rows, plan.name),
    }


def _sums(table: ir.Table, at: int) -> list[Any]:
    finite = table[f"f{at}"]
    return [
        table[f"k{at}"].sum().name(f"known{at}"),
        table[f"x{at}"].count().name(f"numbers{at}"),
        finite.count().name(f"finite{at}"),
        finite.min().name(f"low{at}"),
        finite.max().name(f"high{at}"),
        finite.mean().name(f"mean{at}"),
        finite.var(how="pop").name(f"variance{at}"),
        table[f"u{at}"].quantile([0.5]).name(f"median{at}"),
    ]


def _profile(
    rows: Reading, plan: ColumnPlan, sums: Mapping[str, Any], at: int, bins: Sequence[int]
) -> ColumnProfile:
    known, numbers, finite = (
        int(sums[f"{key}{at}"] or 0) for key in ("known", "numbers", "finite")
    )
    low, high = sums[f"low{at}"], sums[f"high{at}"]
    median = sums[f"median{at}"]
    counts: tuple[int, ...] = ()
    if plan.kind == "number":
        counts = tuple(bins) if plan.cuts else (numbers,)
    return ColumnProfile(
        holds=rows.holds(plan.name) if known else "none",
        rows=int(sums["rows"]),
        nulls=int(sums["rows"]) - known,
        wrong=known - numbers if plan.kind == "number" else 0,
        infinite=numbers - finite,
        mean=float(sums[f"mean{at}"] or 0.0),
        m2=float(sums[f"variance{at}"] or 0.0) * finite,
        smallest=None if low is None else float(low),
        largest=None if high is None else float(high),
        median=None if not median or median[0] is None else float(median[0]),
        counts=counts,
    )
