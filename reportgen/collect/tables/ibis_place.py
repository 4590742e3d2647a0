"""Tables on a server or an engine of their own: asked in Ibis expressions, so only counts come back.

One set of expressions serves PostgreSQL, Spark, DuckDB and what else Ibis compiles for. On files
DuckDB is used directly instead (see docs/design/0002-profiles.md), and the tests hold one against
the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from reportgen.collect.tables.counting import Place, Table
from reportgen.collect.tables.ibis_reading import Reading
from reportgen.collect.tables.ibis_slots import IbisSlots, slot_of
from reportgen.collect.tables.slots import Clock
from reportgen.report.period import Period
from reportgen.report.profile import Kind

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["IbisPlace", "IbisTable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IbisPlace:
    """Tables by role, of which some lie elsewhere.

    Attributes
    ----------
    tables : role -> gives the table as an expression that its backend can run
    contents : as `Place.contents`
    beside : tables of the report that are files, such as a pinned reference
    """

    tables: Mapping[str, Callable[[], ir.Table]]
    contents: Mapping[str, str] = field(default_factory=dict)
    beside: Place | None = None

    @contextmanager
    def opened(self) -> Iterator[Mapping[str, Table]]:
        """Open the tables by role."""
        with ExitStack() as stack:
            files: Mapping[str, Table] = {}
            if self.beside is not None:
                files = stack.enter_context(self.beside.opened())
            asked = {
                role: IbisTable(reading=Reading(table=opener()))
                for role, opener in self.tables.items()
            }
            yield {**files, **asked}


@dataclass(frozen=True, slots=True, kw_only=True)
class IbisTable:
    """A table on an engine, as a report asks it."""

    reading: Reading

    @property
    def names(self) -> tuple[str, ...]:
        """Columns, in the order of the table."""
        return self.reading.names

    def holds(self, name: str) -> Kind:
        """Say what a column holds, by its type."""
        return self.reading.holds(name)

    def fractions(self, name: str) -> bool:
        """Say whether a column's type is that of numbers with fractions."""
        return self.reading.is_fractional(name)

    def rows(self) -> int:
        """Count all rows."""
        return int(self.reading.table.count().to_pyarrow().as_py())

    def clock(self, name: str) -> Clock | None:
        """Say how a column is read as times; None where its type is none of times."""
        kind = self.reading.type_of(name)
        if not kind.is_timestamp() and not kind.is_date():
            return None
        return Clock(column=name, local=kind.is_date() or kind.timezone is None)

    def ends(self, clock: Clock) -> tuple[int, int] | None:
        """Give the moments of the first and of the last row with a time."""
        column = self.reading.table[clock.column]
        (found,) = (
            self.reading.table.aggregate(low=column.min(), high=column.max())
            .to_pyarrow()
            .to_pylist()
        )
        if found["low"] is None:
            return None
        return _microseconds(found["low"]), _microseconds(found["high"])

    def levels(self, name: str, most: int) -> tuple[str, ...]:
        """Give the levels of a column as text, rising, at most so many."""
        reading = self.reading
        known = reading.table.filter(reading.known(name))
        raws = known.select(raw=Reading(table=known).raw(name)).distinct()
        found = raws.order_by("raw").limit(most).to_pyarrow()["raw"].to_pylist()
        texts = {reading.spelled(name, raw) for raw in found}
        return tuple(sorted(text for text in texts if text is not None))

    def spelled(self, meant: Mapping[str, Mapping[str, str]]) -> IbisTable:
        """Read levels as they are meant."""
        return replace(self, reading=replace(self.reading, spelling=meant))

    def in_slots(self, clock: Clock, periods: Sequence[Period]) -> IbisSlots:
        """Put each row in the slot of its period."""
        return IbisSlots(reading=self.reading, slot=slot_of(self.reading.table, clock, periods))

    def in_one_slot(self) -> IbisSlots:
        """Put all rows in slot 0."""
        return IbisSlots(reading=self.reading)


def _microseconds(moment: Any) -> int:
    if not isinstance(moment, datetime) and isinstance(moment, date):
        moment = datetime.combine(moment, time())
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    since = aware - datetime(1970, 1, 1, tzinfo=UTC)
    return int(since.days * 86_400_000_000 + since.seconds * 1_000_000 + since.microseconds)
