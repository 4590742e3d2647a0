"""The rows of a table on an engine, each in a slot, and what is counted of them there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from reportgen.collect.tables.counting import Counted, Wanted
from reportgen.collect.tables.ibis_columns import plan_numbers, profile_numbers
from reportgen.collect.tables.ibis_levels import plan_levels, profile_levels
from reportgen.collect.tables.ibis_outcomes import outcomes_of
from reportgen.collect.tables.ibis_reading import Reading, hash_text, level_text, row_text, tree
from reportgen.collect.tables.slots import AFTER, BEFORE, NO_TIME, Clock
from reportgen.report.period import Period
from reportgen.report.profile import ColumnPlan, ColumnProfile, Group, Outcomes, Plan

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

__all__ = ["SLOT", "IbisSlots", "slot_of"]

SLOT = "reportgen slot"
"""Column with the slot of each row."""
MOST_GROUPS = 20
UNKNOWN = "(unknown)"
_TEXT, _COPY, _MARK = "reportgen text", "reportgen copy", "reportgen mark"


def slot_of(table: ir.Table, clock: Clock, periods: Sequence[Period]) -> Any:
    """Give each row the position of its period, or `NO_TIME`, `BEFORE` or `AFTER`."""
    import ibis

    edges = [*(clock.edge(period) for period in periods), clock.edge(periods[-1].next())]
    starts = {edge: slot for slot, edge in enumerate(edges)}  # of several, the last one has rows
    rising = sorted(starts)
    leaves = [BEFORE, *(starts[edge] for edge in rising[:-1]), AFTER]
    column = table[clock.column]
    if column.type().is_date():
        column = column.cast("timestamp")
    moments = [_moment(edge, local=clock.local) for edge in rising]
    return ibis.ifelse(
        column.isnull(),
        ibis.literal(NO_TIME, "int64"),
        tree(column, moments, leaves),
    )


def _moment(microseconds: int, *, local: bool) -> Any:
    import ibis

    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    if local:
        return ibis.literal(moment.replace(tzinfo=None), "timestamp")
    return ibis.literal(moment, "timestamp('UTC')")


@dataclass(frozen=True, slots=True, kw_only=True)
class IbisSlots:
    """Rows in slots.

    Attributes
    ----------
    slot : of each row; None: all are in slot 0
    """

    reading: Reading
    slot: Any = None

    def _rows(self, groups: Sequence[Sequence[int]] | None = None) -> Reading:
        """Rows with their slot; of groups of slots, only theirs, in the slot of their position."""
        import ibis

        slot = ibis.literal(0, "int64") if self.slot is None else self.slot
        rows = self.reading.table.mutate(slot.name(SLOT))
        if groups is not None:
            at = rows[SLOT]
            wanted = sorted({one for group in groups for one in group})
            rows = rows.filter(at.isin(wanted))
            places = [
                (rows[SLOT].isin(list(group)), place)
                for place, group in enumerate(groups)
                if group
            ]
            rows = rows.mutate(ibis.cases(*places, else_=-1).cast("int64").name(SLOT))
        return replace(self.reading, table=rows)

    def count(
        self, target: str | None, held: Sequence[str], told: Sequence[str]
    ) -> Mapping[int, Counted]:
        """Count every slot with rows; what the rows are is not summed up."""
        import ibis

        rows = self._rows()
        known: Any = ibis.literal(value=False)
        if target is not None and target in self.reading.names:
            known = rows.known(target)
        read = rows.table.select(slot=rows.table[SLOT], known=ibis.ifelse(known, 1, 0))
        found = read.group_by("slot").aggregate(rows=read.count(), labelled=read.known.sum())
        return {
            int(row["slot"]): Counted(rows=int(row["rows"]), labelled=int(row["labelled"]))
            for row in found.to_pyarrow().to_pylist()
        }

    def values(self, names: Sequence[str], group: Sequence[int]) -> Mapping[str, int]:
        """Count the rows with a value, by column."""
        if not names:
            return {}
        import ibis

        rows = self._rows((group,))
        asked = [
            ibis.ifelse(rows.known(name), 1, 0).sum().name(f"k{i}") for i, name in enumerate(names)
        ]
        (found,) = rows.table.aggregate(asked).to_pyarrow().to_pylist()
        return {name: int(found[f"k{i}"] or 0) for i, name in enumerate(names)}

    def mean(self, name: str, group: Sequence[int]) -> float:
        """Average the finite numbers of a column."""
        rows = self._rows((group,))
        (found,) = rows.table.aggregate(mean=rows.finite(name).mean()).to_pyarrow().to_pylist()
        return float(found["mean"] or 0.0)

    def plan(self, wanted: Sequence[Wanted], group: Sequence[int]) -> tuple[ColumnPlan, ...]:
        """Cut numbers and name levels, all columns of a kind together."""
        rows = self._rows((group,))
        held = [one for one in wanted if one.name in self.reading.names]
        found = {
            **plan_numbers(rows, [one for one in held if one.kind == "number"]),
            **plan_levels(rows, [one for one in held if one.kind == "level"]),
        }
        return tuple(
            found.get(one.name, ColumnPlan(name=one.name, role=one.role, kind=one.kind))
            for one in wanted
        )

    def columns(
        self, plans: Sequence[ColumnPlan], groups: Sequence[Sequence[int]]
    ) -> tuple[Mapping[str, ColumnProfile], ...]:
        """Profile columns, all of a kind together."""
        if _overlap(groups):
            return tuple(self.columns(plans, [group])[0] for group in groups)
        held = [plan for plan in plans if plan.name in self.reading.names]
        rows = self._rows(groups)
        found = {
            **profile_numbers(rows, [p for p in held if p.kind != "level"], len(groups)),
            **profile_levels(rows, [p for p in held if p.kind == "level"], len(groups)),
        }
        return tuple(
            {plan.name: found[plan.name][at] for plan in held} for at in range(len(groups))
        )

    def outcomes(self, plan: Plan, groups: Sequence[Sequence[int]]) -> tuple[Outcomes, ...]:
        """Hold predictions against what came true."""
        if _overlap(groups):
            return tuple(self.outcomes(plan, [group])[0] for group in groups)
        rows = self._rows(groups)
        return outcomes_of(rows, rows.table[SLOT], plan, len(groups))

    def segment(self, plan: Plan, names: tuple[str, ...], slot: int) -> tuple[Group, ...]:
        """Hold each group against all rows outside it: own and other rows are slots of one scan."""
        import ibis

        rows = self._rows(((slot,),))
        titles, codes = _titles(rows, names)
        if not titles:
            return ()
        code = ibis.cases(
            *((found, at) for at, found in codes), else_=len(titles) - 1 if codes else 0
        ).cast("int64")
        many = len(titles)
        sides = rows.table.mutate(code.name(SLOT)).cross_join(
            ibis.range(2 * many).unnest().name("reportgen side").as_table()
        )
        own, side = sides[SLOT], sides["reportgen side"].cast("int64")
        belongs = (own == side) | ((side >= many) & (own != side - many))
        twice = replace(rows, table=sides.filter(belongs))
        found = outcomes_of(twice, twice.table["reportgen side"].cast("int64"), plan, 2 * many)
        return tuple(
            Group(name=title, own=mine, others=others)
            for title, mine, others in zip(titles, found[:many], found[many:], strict=True)
        )

    def sample(
        self, names: Sequence[str], groups: Sequence[Sequence[int]], most: int
    ) -> tuple[pd.DataFrame, ...]:
        """Take rows of groups, one after the other.

        Labels that are spelled in several ways are texts, written as they are meant.
        """
        return tuple(self._sample(names, group, most) for group in groups)

    def _sample(self, names: Sequence[str], group: Sequence[int], most: int) -> pd.DataFrame:
        import ibis
        import pandas as pd

        rows = self._rows((group,)).table
        held = [name for name in dict.fromkeys(names) if name in self.reading.names]
        picked = rows.select(*(rows[name] for name in held), row_text(rows, held).name(_TEXT))
        # Rows that are alike hash alike: each copy is drawn by itself.
        copy = ibis.row_number().over(group_by=picked[_TEXT], order_by=picked[_TEXT])
        copies = picked.mutate(copy.name(_COPY))
        told = copies[_TEXT] + copies[_COPY].cast("string")
        marked = copies.mutate(hash_text(told, "md5", "string").name(_MARK))
        found: pd.DataFrame = (
            marked.order_by([_MARK, _TEXT]).limit(most).select(*held).to_pyarrow().to_pandas()
        )
        for name in held:
            if self.reading.spelling.get(name):
                meant = [self.reading.spelled(name, raw) for raw in found[name]]
                found[name] = pd.Series(meant, index=found.index, dtype="str")
        return found


def _overlap(groups: Sequence[Sequence[int]]) -> bool:
    every = [slot for group in groups for slot in group]
    return len(set(every)) < len(every)


def _titles(rows: Reading, names: tuple[str, ...]) -> tuple[list[str], list[tuple[int, Any]]]:
    """Name the groups of a segment, those with most rows first, and say which rows are in which."""
    import ibis

    raws = {f"l{at}": rows.raw(name) for at, name in enumerate(names)}
    read = rows.table.select(**raws)
    counted = read.group_by(list(raws)).aggregate(n=read.count())
    sizes: dict[str, int] = {}
    members: dict[str, list[tuple[Any, ...]]] = {}
    missing = False
    for row in counted.to_pyarrow().to_pylist():
        texts = [level_text(row[key]) for key in raws]
        if any(text is None for text in texts):
            missing = True
            continue
        title = " × ".join(str(text) for text in texts)
        sizes[title] = sizes.get(title, 0) + int(row["n"])
        members.setdefault(title, []).append(tuple(texts))
    ranked = sorted(sizes, key=lambda title: (-sizes[title], title))
    shown, rest = ranked[:MOST_GROUPS], ranked[MOST_GROUPS:]
    plain = replace(rows, spelling={})
    codes = [
        (
            at,
            ibis.or_(
                *(
                    ibis.and_(
                        *(plain.is_level(n, text) for n, text in zip(names, one, strict=True))
                    )
                    for one in members[title]
                )
            ),
        )
        for at, title in enumerate(shown)
    ]
    titles = list(shown)
    if rest:
        known = ibis.and_(*(rows.known(name) for name in names))
        codes.append((len(titles), known))
        titles.append(f"other levels ({len(rest)})")
    if missing:
        titles.append(UNKNOWN)
    return titles, codes
