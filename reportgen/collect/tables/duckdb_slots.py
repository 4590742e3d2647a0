"""The rows of a table that DuckDB reads in place, each in a slot, and what is counted of them.

A group of rows of which a column fits into memory is fetched a few columns at a time and counted
by sorting; a larger one is counted in SQL. Both give the same counts; see
docs/design/0002-profiles.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from reportgen.collect.tables.counting import IN_MEMORY, Counted, Wanted
from reportgen.collect.tables.duckdb_outcomes import (
    TOGETHER,
    fetched,
    outcomes_alone,
    outcomes_by_period,
    outcomes_by_slot,
    outcomes_of_groups,
)
from reportgen.collect.tables.duckdb_samples import hash_of, sample_alone, sample_together
from reportgen.collect.tables.planning import plan_column, plan_levels
from reportgen.collect.tables.relation import LARGEST, Relation, text_of
from reportgen.collect.tables.scan import (
    SLOT,
    count_levels,
    level_profiles,
    one_thread,
    scan_numbers,
)
from reportgen.report.profile import ColumnPlan, ColumnProfile, Group, Outcomes, Plan

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from duckdb import DuckDBPyConnection

    from reportgen.collect.tables.slots import Sliced

__all__ = ["DuckSlots"]

MOST_GROUPS = 20
_AT_ONCE = 8_000_000
"""Numbers of several columns that are fetched at once; of two columns, that two may sort, any."""
UNKNOWN = "(unknown)"


@dataclass(frozen=True, slots=True)
class DuckSlots:
    """Rows in slots.

    Attributes
    ----------
    table : as it is, without slots
    sliced : finds the slot of each row; None: all are in slot 0
    planned : what was counted of a column while it was planned
    """

    connection: DuckDBPyConnection
    table: Relation
    sliced: Sliced | None = None
    sizes: dict[tuple[int, ...], int] = field(default_factory=dict)
    planned: dict[str, tuple[tuple[int, ...], ColumnPlan, ColumnProfile]] = field(
        default_factory=dict
    )

    def _rows(self, groups: Sequence[Sequence[int]]) -> Relation:
        """Rows of some groups of slots, each in the slot that is its group's position."""
        if self.sliced is None:
            return replace(self.table, sql=f"(SELECT 0 AS {SLOT}, * FROM {self.table.sql})")
        return self.sliced.take(self.table, groups)

    def _all(self) -> Relation:
        if self.sliced is None:
            return self._rows(((0,),))
        return self.sliced.every(self.table)

    def _is_small(self, group: Sequence[int]) -> bool:
        """Say whether a group's rows fit into memory, column by column."""
        return not self._exceeds(group, IN_MEMORY)

    def _exceeds(self, group: Sequence[int], rows: int) -> bool:
        return self._total() > rows and self._size(group) > rows

    def _total(self) -> int:
        """Count the rows of the table, which a file says without being read."""
        if () not in self.sizes:
            asked = f"SELECT count(*) FROM {self.table.sql}"
            self.sizes[()] = int(self.connection.execute(asked).fetchall()[0][0])
        return self.sizes[()]

    def _size(self, group: Sequence[int]) -> int:
        """Count the rows of a group; the first time, of every slot."""
        if self.sliced is None:
            return self._total()
        if (0,) not in self.sizes and len(self.sizes) < 2:
            found = self.connection.execute(
                f"SELECT {SLOT}, count(*) FROM {self._all().sql} GROUP BY 1"
            ).fetchall()
            self.sizes.update({(int(slot),): int(many) for slot, many in found})
        return sum(self.sizes.get((slot,), 0) for slot in group)

    def count(
        self, target: str | None, held: Sequence[str], told: Sequence[str]
    ) -> Mapping[int, Counted]:
        """Count every slot with rows, and sum up what their rows hash to."""
        rows = self._all()
        known = "false"
        if target is not None and target in rows.types:
            known = rows.known(target)
        sides = [[name for name in names if name in rows.types] for names in (held, told)]
        hashes = ", ".join(f"{hash_of(names)} AS h{at}" for at, names in enumerate(sides))
        found = self.connection.execute(
            f"SELECT slot, count(*), count(*) FILTER (known), sum(h0), sum(hash(h0)), sum(h1), "
            f"sum(hash(h1)) FROM (SELECT {SLOT} AS slot, {known} AS known, {hashes} "
            f"FROM {rows.sql}) GROUP BY slot"
        ).fetchall()
        typed = [",".join(f"{name} {rows.types[name]}" for name in names) for names in sides]
        counted = {}
        for slot, many, labelled, *sums in found:
            self.sizes[(int(slot),)] = int(many)
            marks = [
                sha256(f"{types}|{many}|{sums[2 * at]}|{sums[2 * at + 1]}".encode()).hexdigest()
                for at, types in enumerate(typed)
            ]
            counted[int(slot)] = Counted(
                rows=int(many), labelled=int(labelled), held=marks[0][:32], told=marks[1][:32]
            )
        return counted

    def values(self, names: Sequence[str], group: Sequence[int]) -> Mapping[str, int]:
        """Say by column whether there is a value; the first one is enough."""
        rows = self._rows((group,))
        return {
            name: len(
                self.connection.execute(
                    f"SELECT 1 FROM {rows.sql} WHERE {rows.known(name)} LIMIT 1"
                ).fetchall()
            )
            for name in names
        }

    def _known(self, rows: Relation, names: Sequence[str]) -> dict[str, int]:
        """Count the rows with a value, by column."""
        if not names:
            return {}
        asked = ", ".join(f"count(*) FILTER ({rows.known(name)})" for name in names)
        many = self.connection.execute(f"SELECT {asked} FROM {rows.sql}").fetchall()[0]
        return {name: int(known) for name, known in zip(names, many, strict=True)}

    def mean(self, name: str, group: Sequence[int]) -> float:
        """Average the finite numbers of a column."""
        rows = self._rows((group,))
        number = f"SELECT {rows.number(name)} AS x FROM {rows.sql}"
        if self._is_small(group):
            numbers = fetched(
                self.connection, f"SELECT x FROM ({number}) WHERE abs(x) <= {LARGEST!r}"
            )["x"]
            numbers.sort()
            return float(numbers.mean()) if len(numbers) else 0.0
        with one_thread(self.connection):
            (mean,) = self.connection.execute(
                f"SELECT avg(x) FROM ({number}) WHERE abs(x) <= {LARGEST!r}"
            ).fetchall()[0]
        return float(mean or 0.0)

    def plan(self, wanted: Sequence[Wanted], group: Sequence[int]) -> tuple[ColumnPlan, ...]:
        """Cut numbers and name levels; what is counted on the way is kept for `columns`."""
        rows = self._rows((group,))
        held = [one for one in wanted if one.name in rows.types]
        numbers = [one for one in held if one.kind == "number"]
        found: dict[str, ColumnPlan] = {}
        if self._is_small(group):
            found |= self._planned_numbers(rows, numbers, group)
        else:
            for one in numbers:
                found[one.name] = plan_column(self.connection, rows, one.name, one.role, one.kind)
        for one in held:
            if one.kind == "level":
                found[one.name] = self._planned_levels(rows, one, group)
        return tuple(
            found.get(one.name, ColumnPlan(name=one.name, role=one.role, kind=one.kind))
            for one in wanted
        )

    def _planned_numbers(
        self, rows: Relation, wanted: Sequence[Wanted], group: Sequence[int]
    ) -> dict[str, ColumnPlan]:
        from reportgen.collect.tables.sorted_numbers import plan_numbers

        roles = {one.name: one.role for one in wanted}
        found = {}
        for name, rising, many, known in self._sorted(rows, list(roles), group):
            plan = plan_numbers(rising, name, roles[name])
            found[name] = plan
            self._keep(plan, group, self._profile(rows, plan, rising, many, known))
        return found

    def _planned_levels(self, rows: Relation, one: Wanted, group: Sequence[int]) -> ColumnPlan:
        count_levels(self.connection, rows, one.name)
        plan = plan_levels(self.connection, one.name, one.role)
        (counted,) = level_profiles(self.connection, rows.holds(one.name), plan, 1)
        self._keep(plan, group, counted)
        return plan

    def _keep(self, plan: ColumnPlan, group: Sequence[int], counted: ColumnProfile) -> None:
        self.planned[plan.name] = (tuple(group), plan, counted)

    def _sorted(
        self, rows: Relation, names: Sequence[str], group: Sequence[int]
    ) -> Iterator[tuple[str, np.ndarray[Any, Any], int, int]]:
        """Fetch and sort columns, a few at a time: name, rising numbers, rows, those with a value."""
        from reportgen.collect.tables.sorted_numbers import sorted_columns

        known = self._known(rows, [name for name in names if rows.holds(name) != "number"])
        most = self._size(group) if len(self.sizes) > 1 else self._total()
        at_once = max(_AT_ONCE // max(most, 1), 2)
        for first in range(0, len(names), at_once):
            some = names[first : first + at_once]
            asked = ", ".join(
                f"{rows.number_or_nan(name)} AS x{at}" for at, name in enumerate(some)
            )
            held = fetched(self.connection, f"SELECT {asked} FROM {rows.sql}")
            many = len(held["x0"])
            columns = sorted_columns([held.pop(f"x{at}") for at in range(len(some))])
            for name, rising in zip(some, columns, strict=True):
                yield name, rising, many, known.get(name, len(rising))

    def _profile(
        self,
        rows: Relation,
        plan: ColumnPlan,
        rising: np.ndarray[Any, Any],
        many: int,
        known: int,
    ) -> ColumnProfile:
        from reportgen.collect.tables.sorted_numbers import profile_numbers

        return profile_numbers(plan, rising, many, known, rows.holds(plan.name))

    def columns(
        self, plans: Sequence[ColumnPlan], groups: Sequence[Sequence[int]]
    ) -> tuple[Mapping[str, ColumnProfile], ...]:
        """Profile columns: numbers group by group, each column of levels in one go."""
        found: list[dict[str, ColumnProfile]] = [{} for _ in groups]
        left = []
        for plan in plans:
            if plan.name not in self.table.types:
                continue
            of, known, counted = self.planned.get(plan.name, ((), None, ColumnProfile()))
            if known == plan and len(groups) == 1 and tuple(groups[0]) == of:
                found[0][plan.name] = counted
            else:
                left.append(plan)
        numbers = [plan for plan in left if plan.kind != "level"]
        for at, group in enumerate(groups):
            found[at] |= self._numbers(numbers, group)
        rows = self._rows(groups)
        for plan in left:
            if plan.kind == "level":
                count_levels(self.connection, rows, plan.name)
                holds = rows.holds(plan.name)
                profiles = level_profiles(self.connection, holds, plan, len(groups))
                for at, profile in enumerate(profiles):
                    found[at][plan.name] = profile
        return tuple(found)

    def _numbers(
        self, plans: Sequence[ColumnPlan], group: Sequence[int]
    ) -> dict[str, ColumnProfile]:
        rows = self._rows((group,))
        if not self._is_small(group):
            counted = scan_numbers(self.connection, rows, plans, 1)
            return {plan.name: one[0] for plan, one in zip(plans, counted, strict=True)}
        by_name = {plan.name: plan for plan in plans}
        return {
            name: self._profile(rows, by_name[name], rising, many, known)
            if many
            else ColumnProfile(counts=(0,) * by_name[name].bins)
            for name, rising, many, known in self._sorted(rows, list(by_name), group)
        }

    def outcomes(self, plan: Plan, groups: Sequence[Sequence[int]]) -> tuple[Outcomes, ...]:
        """Hold predictions against what came true, as many groups at once as fit into memory."""
        found: list[Outcomes] = []
        for some in self._that_fit(groups):
            if len(some) == 1 and self._exceeds(some[0], TOGETHER):
                small = self._is_small(some[0])
                found.append(outcomes_alone(self.connection, self._rows(some), plan, small=small))
            elif self.sliced is None:
                found += outcomes_by_slot(self.connection, self._rows(some), plan, len(some))
            else:
                found += outcomes_by_period(self.connection, self.table, self.sliced, plan, some)
        return tuple(found)

    def _that_fit(self, groups: Sequence[Sequence[int]]) -> Iterator[list[Sequence[int]]]:
        if self._total() <= TOGETHER:
            yield list(groups)
            return
        some: list[Sequence[int]] = []
        rows = 0
        for group in groups:
            many = self._size(group)
            if some and rows + many > TOGETHER:
                yield some
                some, rows = [], 0
            some.append(group)
            rows += many
        if some:
            yield some

    def segment(self, plan: Plan, names: tuple[str, ...], slot: int) -> tuple[Group, ...]:
        """Hold each group against all rows outside it, so that both are ranked exactly."""
        now, connection = self._rows(((slot,),)), self.connection
        plain = replace(now, spelling={})
        level = " || ' × ' || ".join(f"({plain.level(name)})" for name in names)
        counted = connection.execute(
            f"SELECT level, count(*) AS n FROM (SELECT {level} AS level FROM {now.sql}) "
            "GROUP BY level ORDER BY n DESC, level"
        ).fetchall()
        levels = [str(row[0]) for row in counted if row[0] is not None]
        shown, rest = levels[:MOST_GROUPS], levels[MOST_GROUPS:]
        titles = [*shown, *([f"other levels ({len(rest)})"] if rest else [])]
        places = " ".join(f"WHEN {text_of(one)} THEN {at}" for at, one in enumerate(shown))
        other, unknown = len(shown), len(titles)
        if any(row[0] is None for row in counted):
            titles.append(UNKNOWN)
        if not titles:
            return ()
        code = f"CASE WHEN {level} IS NULL THEN {unknown} ELSE {other} END"
        if shown:
            code = f"CASE {level} {places} ELSE {code} END"
        own = replace(now, sql=f"(SELECT * REPLACE ({code} AS {SLOT}) FROM {now.sql})")
        together = not self._exceeds((slot,), TOGETHER)
        small = self._is_small((slot,))
        sides = outcomes_of_groups(
            connection, own, plan, len(titles), together=together, small=small
        )
        return tuple(
            Group(name=title, own=mine, others=others)
            for title, mine, others in zip(titles, *sides, strict=True)
        )

    def sample(
        self, names: Sequence[str], groups: Sequence[Sequence[int]], most: int
    ) -> tuple[pd.DataFrame, ...]:
        """Take rows of groups; of several short ones in one pass, which costs as much as of one.

        Labels that are spelled in several ways are texts, written as they are meant.
        """
        slots = [slot for group in groups for slot in group]
        apart = len(groups) > 1 and len(set(slots)) == len(slots)
        if apart and self._size(slots) <= _AT_ONCE:
            rows = self._rows(groups)
            return sample_together(self.connection, rows, names, len(groups), most)
        return tuple(
            sample_alone(
                self.connection,
                self._rows((group,)),
                names,
                None if self._size(group) <= most else most,
            )
            for group in groups
        )
