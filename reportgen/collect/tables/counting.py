"""What must be countable of a table for a report, wherever its rows lie: the seam of the scans.

An engine (DuckDB over files, a server that is asked in SQL) is a file with a `Place`, a `Table`
and a `Slots`. The steps of a report in `profiling` ask these and nothing else, and only counts
come back. See docs/design/0002-profiles.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from reportgen.report.period import Period
from reportgen.report.profile import (
    ColumnPlan,
    ColumnProfile,
    Group,
    Kind,
    Outcomes,
    Plan,
)

if TYPE_CHECKING:
    import pandas as pd

    from reportgen.collect.tables.slots import Clock

__all__ = ["IN_MEMORY", "Counted", "Place", "Slots", "Table", "Wanted"]

IN_MEMORY = 64_000_000
"""Rows of a group that are counted by sorting, column by column: one of them is then fetched as
half a gigabyte. More are counted in SQL, where a sum of fractions depends on the order of the
rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The rows of one slot.

    Attributes
    ----------
    labelled : rows with a label
    held, told : digests of the slot's features, and of its labels and predictions, in the order
        of the rows; equal digests mean equal rows. Empty where the engine gives none: then
        nothing that was counted of the slot is kept
    """

    rows: int
    labelled: int
    held: str = ""
    told: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A column that is to be planned: its role in the report, and how it is compared."""

    name: str
    role: str
    kind: Kind


class Slots(Protocol):
    """The rows of a table, each in one slot: a period's position, or one of those below zero.

    A group is some slots whose rows are counted together; what is asked of several groups is
    answered in their order, and a slot may be in several of them.
    """

    def count(
        self, target: str | None, held: Sequence[str], told: Sequence[str]
    ) -> Mapping[int, Counted]:
        """Count every slot with rows, those in no period (`NO_TIME`, `BEFORE`, `AFTER`) too."""

    def values(self, names: Sequence[str], group: Sequence[int]) -> Mapping[str, int]:
        """Give by column 0 where no row has a value, else 1 or more; NaN is no value."""

    def mean(self, name: str, group: Sequence[int]) -> float:
        """Average the finite numbers of a column, 0 where there are none."""

    def plan(self, wanted: Sequence[Wanted], group: Sequence[int]) -> tuple[ColumnPlan, ...]:
        """Cut numbers and name levels, as `ColumnPlan` says; these rows are the reference."""

    def columns(
        self, plans: Sequence[ColumnPlan], groups: Sequence[Sequence[int]]
    ) -> tuple[Mapping[str, ColumnProfile], ...]:
        """Profile the planned columns that the table has: shape (groups,), column -> profile."""

    def outcomes(self, plan: Plan, groups: Sequence[Sequence[int]]) -> tuple[Outcomes, ...]:
        """Hold predictions against what came true: shape (groups,). The ranking is exact."""

    def segment(self, plan: Plan, names: tuple[str, ...], slot: int) -> tuple[Group, ...]:
        """Hold each group of a segment against all rows outside it."""

    def sample(
        self, names: Sequence[str], groups: Sequence[Sequence[int]], most: int
    ) -> tuple[pd.DataFrame, ...]:
        """Take the rows of each group that their own content picks, at most so many of each.

        They are in an order of its own.
        """


class Table(Protocol):
    """Rows that stay where they are."""

    @property
    def names(self) -> tuple[str, ...]:
        """Columns, in the order of the table."""

    def holds(self, name: str) -> Kind:
        """Say what a column holds, by its type."""

    def fractions(self, name: str) -> bool:
        """Say whether a column's type is that of numbers with fractions."""

    def rows(self) -> int:
        """Count all rows."""

    def clock(self, name: str) -> Clock | None:
        """Say how a column is read as times; None where its type is none of times."""

    def ends(self, clock: Clock) -> tuple[int, int] | None:
        """Give the moments of the first and of the last row with a time."""

    def levels(self, name: str, most: int) -> tuple[str, ...]:
        """Give the levels of a column as text, rising, at most so many."""

    def spelled(self, meant: Mapping[str, Mapping[str, str]]) -> Table:
        """Read levels as they are meant: column -> text as it stands -> text as it is meant."""

    def in_slots(self, clock: Clock, periods: Sequence[Period]) -> Slots:
        """Put each row in the slot of its period, half-open, by the period's own edges."""

    def in_one_slot(self) -> Slots:
        """Put all rows in slot 0."""


class Place(Protocol):
    """Where the tables of a report lie: opened for as long as they are looked at."""

    @property
    def contents(self) -> Mapping[str, str]:
        """Role (``data``, ``reference``) -> digest of the table's content.

        Empty where nothing names the content, as for a table on a server: then it is looked at
        again for each report, and only periods whose rows are the same are read from the store.
        """

    def opened(self) -> AbstractContextManager[Mapping[str, Table]]:
        """Open the tables by role."""
