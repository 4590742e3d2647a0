"""Whether the packages that scored the rows are those that the model was made with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from reportgen.measure.estimated.rows import baseline_keys, picked_rows
from reportgen.measure.monitoring.columns import path_of
from reportgen.measure.monitoring.periods import Calendar
from reportgen.measure.monitoring.values import cell, estimated, text
from reportgen.measure.operations.log import MOST_ROWS
from reportgen.measure.statistics.intervals import proportion
from reportgen.measure.wording import as_percent, weight_of
from reportgen.report.data import Column, Finding, Part, Table
from reportgen.report.frame import MonitoringFrame
from reportgen.report.operations_log import read_packages
from reportgen.report.value import Value

__all__ = ["measure_environment"]

_NOTHING = "not stated"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Package:
    """One package.

    Attributes
    ----------
    wanted : version that the model was made with, or that scored the earliest periods
    whose : which of the two
    scored : version -> rows of the period; an empty version where a row does not say
    """

    name: str
    path: str
    wanted: str
    whose: str
    scored: Mapping[str, int]

    @property
    def rows(self) -> int:
        """Rows that say which version scored them."""
        return sum(many for version, many in self.scored.items() if version)

    @property
    def others(self) -> int:
        """Rows that another version scored."""
        return self.rows - self.scored.get(self.wanted, 0)

    @property
    def value(self) -> str:
        """Name of its value."""
        return f"environment.{self.path}.other"


def measure_environment(frame: MonitoringFrame, calendar: Calendar) -> Part:
    """Compare the packages of the scoring log, or of the scored pin, with those of the model.

    Notes
    -----
    Where the model's pin names no version, the commonest one of the earliest periods stands in.
    """
    asked, said = frame.operations, frame.environment
    column = None if asked is None else asked.packages
    if column is None and (said is None or not said.scored):
        return Part()
    required = dict(said.required) if said is not None else {}
    now, before = _logged(frame, calendar, column)
    if column is None and said is not None:
        rows = int(calendar.rows[-1])
        now = {name: Counter({version: rows}) for name, version in said.scored.items()}
    found = _packages(required, now, before)
    if not found:
        return Part()
    return Part(
        values=tuple(_value(one, frame) for one in found),
        tables=(_table(found, frame.period.key),),
        findings=tuple(
            _finding(one, frame.period.key) for one in found if one.wanted and one.others
        ),
    )


def _logged(
    frame: MonitoringFrame, calendar: Calendar, column: str | None
) -> tuple[dict[str, Counter[str]], dict[str, Counter[str]]]:
    """Count the rows of each version, in the period and in the earliest ones."""
    if column is None:
        return {}, {}
    groups = ((frame.period.key,), baseline_keys(calendar))
    sides = picked_rows(frame, calendar, (column,), groups[: 2 if groups[1] else 1], MOST_ROWS)
    counted = [_counted(side, column) for side in sides]
    return counted[0], counted[1] if len(counted) > 1 else {}


def _counted(rows: pd.DataFrame, column: str) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    if column not in rows.columns:
        return found
    texts = rows[column].dropna().map(str)
    for said, many in sorted(Counter(texts.tolist()).items()):
        for name, version in read_packages(said).items():
            found.setdefault(name, Counter())[version] += many
    return found


def _packages(
    required: Mapping[str, str],
    now: Mapping[str, Counter[str]],
    before: Mapping[str, Counter[str]],
) -> tuple[_Package, ...]:
    paths: list[str] = []
    found = []
    for name in sorted({*required, *now}):
        wanted, whose = required.get(name, ""), "the model was made with"
        early = {version: many for version, many in before.get(name, Counter()).items() if version}
        if not wanted and early:
            wanted = min(early, key=lambda version: (-early[version], version))
            whose = "the earliest periods were scored with"
        path = path_of(name.replace(".", "-"), paths)
        paths.append(path)
        scored = now.get(name, Counter())
        found.append(_Package(name=name, path=path, wanted=wanted, whose=whose, scored=scored))
    return tuple(found)


def _value(one: _Package, frame: MonitoringFrame) -> Value:
    reason = "" if one.wanted else "the model's pin names no version"
    if not one.rows:
        reason = "no row says which version scored it"
    estimate = proportion(one.others, one.rows, frame.confidence, reason=reason)
    if reason and one.rows:
        estimate = proportion(0, 0, frame.confidence, reason=reason)
    return estimated(
        one.value,
        estimate,
        by="environment.packages@1",
        unit="ratio",
        label=f"Rows scored with another {one.name}",
        better="lower",
        pins=("model", "data"),
    )


def _table(found: tuple[_Package, ...], key: str) -> Table:
    return Table(
        name="environment.packages",
        title=f"Packages that scored the rows of {key}",
        columns=(
            Column(name="package", label="Package"),
            Column(name="wanted", label="Model"),
            Column(name="scored", label="Scored with"),
            Column(name="other", label="Rows with another", unit="ratio"),
        ),
        rows=tuple(
            (
                text(one.name),
                text(one.wanted or _NOTHING),
                text(", ".join(_versions(one)) or _NOTHING),
                cell(one.value),
            )
            for one in found
        ),
        note="Model: as its pin says, else as most rows of the earliest periods were scored.",
    )


def _versions(one: _Package) -> list[str]:
    known = [version for version in one.scored if version]
    return sorted(known, key=lambda version: (-one.scored[version], version))


def _finding(one: _Package, key: str) -> Finding:
    share = one.others / one.rows
    other = next(version for version in _versions(one) if version != one.wanted)
    which = "All rows" if one.others == one.rows else f"{as_percent(share)} of the rows"
    return Finding(
        kind="quality",
        state="watch",
        sentence=(
            f"{which} of {key} were scored with {one.name} {other}; {one.whose} {one.wanted}."
        ),
        because=(one.value,),
        weight=weight_of("quality", "watch", share),
    )
