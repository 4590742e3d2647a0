"""What one report asks of its tables, which are opened only when the store does not know."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from reportgen.collect.ledger import Ledger, ledger_from, ledger_plain, span_for
from reportgen.collect.tables.counting import Place, Slots, Table
from reportgen.collect.tables.profile_store import ProfileStore
from reportgen.report.frame import MonitoringFrame
from reportgen.report.period import Period
from reportgen.report.profile import Kind

if TYPE_CHECKING:
    from reportgen.collect.tables.slots import Clock

__all__ = ["Asked", "OpenTables"]


class OpenTables:
    """The tables of a place, opened when first needed and closed at the end of a ``with``."""

    def __init__(self, place: Place, spelling: Mapping[str, Mapping[str, Mapping[str, str]]]):
        self._place = place
        self._spelling = spelling
        self._stack = ExitStack()
        self._tables: Mapping[str, Table] | None = None
        self._slots: dict[tuple[str, ...], Slots] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def _table(self, role: str) -> Table:
        if self._tables is None:
            self._tables = self._stack.enter_context(self._place.opened())
        return self._tables[role].spelled(self._spelling.get(role, {}))

    def data(self, clock: Clock, periods: Sequence[Period]) -> Slots:
        """Give the scored rows in the slots of periods."""
        key = (periods[0].key, periods[-1].key)
        if key not in self._slots:
            self._slots[key] = self._table("data").in_slots(clock, periods)
        return self._slots[key]

    def reference(self) -> Slots:
        """Give the rows of the reference, in one slot."""
        if () not in self._slots:
            self._slots[()] = self._table("reference").in_one_slot()
        return self._slots[()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One report's questions, and what answers them.

    Attributes
    ----------
    frame : says which columns are watched, and how; its rows are not looked at
    first, last : positions in `frame.times`, moments of the first and the last row
    classes : of the target as text, for several classes
    names : role of a table -> its columns
    kinds : role of a table -> column -> what it holds by its type
    meant : role of a table -> column -> text as it stands -> text as it is meant
    contents : as `Place.contents`
    """

    frame: MonitoringFrame
    clock: Clock
    tables: OpenTables
    store: ProfileStore
    names: Mapping[str, tuple[str, ...]]
    kinds: Mapping[str, Mapping[str, Kind]]
    meant: Mapping[str, Mapping[str, Mapping[str, str]]]
    contents: Mapping[str, str]
    classes: tuple[str, ...] = ()
    segments: tuple[tuple[str, ...], ...] = field(default=())

    @property
    def roles(self) -> dict[str, str]:
        """Role of each column that is watched; a feature that has another role has that.

        Those that the model was trained on and the data no longer have are among them.
        """
        frame = self.frame
        own = {
            name: role
            for name, role in (
                (frame.score, "score"),
                (frame.target, "target"),
                (frame.prediction, "prediction"),
            )
            if name is not None
        }
        held = self.names["data"]
        gone = (name for name in frame.types if name not in held)
        return {name: "feature" for name in (*frame.features, *gone) if name not in own} | own

    def held(self, source: str, name: str) -> Kind:
        """Say what a column holds by its type."""
        return self.kinds[source][name]

    def typed(self, source: str, names: Sequence[str]) -> list[list[str]]:
        """Name columns with what they hold, for a key."""
        return [[name, self.kinds[source][name]] for name in names]

    def spelling(self, source: str) -> str:
        """Name how labels are read."""
        plain = json.dumps(self.meant.get(source, {}), sort_keys=True)
        return sha256(plain.encode()).hexdigest()[:16]

    def can_compare(self, source: str) -> bool:
        """Say whether a table has what the metrics need."""
        frame = self.frame
        guess = frame.prediction
        if guess is None and frame.task != "multiclass":
            guess = frame.score
        if frame.target is None or guess is None:
            return False
        needed = (frame.target, guess, frame.score)
        return all(name is None or name in self.names.get(source, ()) for name in needed)

    def read(self, kind: str, key: Mapping[str, Any]) -> Any | None:
        """Give what is known; nothing where nothing names the rows that are asked of."""
        return self.store.read(kind, key) if key["of"] else None

    def write(
        self, kind: str, key: Mapping[str, Any], plain: Any, *, lasting: bool = True
    ) -> None:
        """Keep what was counted."""
        if key["of"]:
            self.store.write(kind, key, plain, lasting=lasting)

    def data(self, periods: Sequence[Period]) -> Slots:
        """Give the scored rows in slots."""
        return self.tables.data(self.clock, periods)

    def reference(self) -> Slots:
        """Give the rows of the reference, in one slot."""
        return self.tables.reference()

    def ledger(self) -> tuple[Ledger, tuple[Period, ...]]:
        """Give the rows of every period, and the periods of the report."""
        frame, content = self.frame, self.contents.get("data", "")
        ends = [moment.to_pydatetime() for moment in frame.times]
        wanted, span = span_for(frame.period, *(ends or (None, None)))
        roles = self.roles
        held = [name for name, role in roles.items() if role == "feature"]
        held = list(dict.fromkeys([*held, *(name for names in self.segments for name in names)]))
        told = [name for name, role in roles.items() if role != "feature"]
        key = {
            "of": content,
            "time": [self.clock.column, self.clock.local, frame.timezone, frame.every],
            "periods": [span[0].key, span[-1].key],
            "columns": [held, told, frame.target],
        }
        found = self.read("periods", key)
        if found is None:
            found = ledger_plain(self.data(span).count(frame.target, held, told))
            self.write("periods", key, found)
        return ledger_from(span, found, content), wanted
