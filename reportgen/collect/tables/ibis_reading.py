"""How columns of a table on any engine are read: as numbers, levels and times, in Ibis expressions.

The words are those of `relation.Relation`, which says the same in DuckDB's own SQL. What engines
write differently (a number as text, the order of texts) is left to Python, so that all agree.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from reportgen.collect.tables.relation import LARGEST
from reportgen.report.profile import Kind

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["Reading", "exact", "hash_text", "level_text", "row_text", "tree"]

_NUMBER = "^[+-]?([0-9]{1,200}([.][0-9]*)?|[.][0-9]{1,200})([eE][+-]?[0-9]{1,2})?$"
"""Texts that are numbers. Engines that cannot try a cast would fail at the first that is none. No
backslash in it: some engines read one in a text as the start of something else."""


def exact(number: float) -> ir.Value:
    """Write a number so that every engine reads the very same one: from its digits, at once."""
    import ibis

    return ibis.literal(repr(float(number))).cast("float64")


def tree(value: ir.Value, edges: Sequence[ir.Value], leaves: Sequence[int]) -> Any:
    """Find the place of a value among rising edges in as few steps as can be.

    Parameters
    ----------
    leaves : shape (edges + 1,), what each place is called; an edge belongs to the place behind it
    """
    import ibis

    if not edges:
        return ibis.literal(leaves[0], "int64")
    middle = len(edges) // 2
    low = tree(value, edges[:middle], leaves[: middle + 1])
    high = tree(value, edges[middle + 1 :], leaves[middle + 1 :])
    return ibis.ifelse(value < edges[middle], low, high)


def level_text(raw: Any) -> str | None:
    """Write a level as text, the way DuckDB does; whole numbers read alike whatever their type.

    Examples
    --------
    >>> [level_text(raw) for raw in (1.0, 0.5, float("nan"), True, "UA")]
    ['1', '0.5', None, 'True', 'UA']
    """
    if raw is None:
        return None
    if isinstance(raw, float):
        if math.isnan(raw):
            return None
        return str(int(raw)) if raw.is_integer() and abs(raw) < 1e18 else repr(raw)
    return format(raw, "f") if isinstance(raw, Decimal) else str(raw)


def row_text(table: ir.Table, names: Sequence[str]) -> Any:
    """Write what stands in some columns of a row as one text."""
    import ibis

    text = ibis.literal("")
    for name in names:
        text = text + table[name].cast("string").fill_null("\x1e") + ibis.literal("\x1f")
    return text


def hash_text(text: ir.Value, function: str, kind: str, seed: int | None = None) -> Any:
    """Hash a text with a function that the engine has.

    Parameters
    ----------
    kind : type of the hash
    seed : second argument of the function, where it takes one
    """
    import ibis

    given = [text] if seed is None else [text, ibis.literal(seed, "int64")]
    takes = tuple(each.type() for each in given)
    named = (lambda _: None) if seed is None else (lambda _, seed: seed)
    hashed = ibis.udf.scalar.builtin(named, name=function, signature=(takes, ibis.dtype(kind)))
    return hashed(*given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A table on an engine, and how its columns are read.

    Attributes
    ----------
    spelling : column -> text as it stands -> text as it is meant
    """

    table: ir.Table
    spelling: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """Columns, in the order of the table."""
        return tuple(self.table.columns)

    def type_of(self, name: str) -> Any:
        """Give a column's type as Ibis names it."""
        return self.table.schema()[name]

    def holds(self, name: str) -> Kind:
        """Say what a column of this type holds, if it holds anything."""
        kind = self.type_of(name)
        if kind.is_numeric() or kind.is_boolean():
            return "number"
        return "time" if kind.is_timestamp() or kind.is_date() or kind.is_time() else "level"

    def is_fractional(self, name: str) -> bool:
        """Say whether a column's type is that of numbers with fractions."""
        return bool(self.type_of(name).is_floating())

    def known(self, name: str) -> Any:
        """True where the column has a value; NaN is none."""
        column = self.table[name]
        known = column.notnull()
        return known & ~column.isnan() if self.is_fractional(name) else known

    def number(self, name: str) -> Any:
        """Give the number in a column, null where there is none."""
        import ibis

        column, kind = self.table[name], self.type_of(name)
        nothing = ibis.null("float64")
        if kind.is_floating():
            return ibis.ifelse(column.isnan(), nothing, column.cast("float64"))
        if kind.is_boolean():
            return column.cast("int32").cast("float64")
        if kind.is_numeric():
            return column.cast("float64")
        if self.holds(name) == "time":
            return nothing
        text = column.cast("string").strip()
        return ibis.ifelse(text.re_search(_NUMBER), text, ibis.null("string")).cast("float64")

    def finite(self, name: str) -> Any:
        """Give the number in a column where it has a square."""
        import ibis

        number = self.number(name)
        return ibis.ifelse(number.abs() <= exact(LARGEST), number, ibis.null("float64"))

    def raw(self, name: str) -> Any:
        """Give what `level_text` writes as a level: numbers with fractions as they are, else text."""
        import ibis

        column, kind = self.table[name], self.type_of(name)
        if kind.is_boolean():
            return ibis.cases((column, "True"), (~column, "False"), else_=ibis.null("string"))
        return column.cast("float64") if kind.is_floating() else column.cast("string")

    def spelled(self, name: str, raw: Any) -> str | None:
        """Write a raw level as it is meant."""
        text = level_text(raw)
        return None if text is None else self.spelling.get(name, {}).get(text, text)

    def is_level(self, name: str, level: str) -> Any:
        """True where a column holds a level, spelled as it is meant."""
        import ibis

        spelled = self.spelling.get(name, {})
        texts = [was for was, now in spelled.items() if now == level]
        if level not in spelled:
            texts.append(level)
        if not self.is_fractional(name):
            return self.raw(name).isin(sorted(texts))
        numbers = [text for text in sorted(texts) if _is_number(text)]
        found = [self.raw(name) == exact(float(text)) for text in numbers]
        return ibis.or_(*found) if found else ibis.literal(value=False)

    def hit(self, name: str, positive: str) -> Any:
        """1 where a column holds the positive level, 0 where it holds another, else null."""
        import ibis

        return ibis.cases(
            (self.is_level(name, positive) & self.known(name), 1),
            (self.known(name), 0),
            else_=ibis.null("int64"),
        )

    def code(self, name: str, levels: Sequence[str]) -> Any:
        """Give the position of the level that a column holds; null where it is none of these."""
        import ibis

        return ibis.cases(
            *((self.is_level(name, level), at) for at, level in enumerate(levels)),
            else_=ibis.null("int64"),
        )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
