"""Which columns moved: the size of the shift, and whether chance explains it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reportgen.measure.drift.drift import Binned, compare
from reportgen.measure.drift.noise import Noise, noise_of
from reportgen.measure.monitoring.columns import Watched
from reportgen.measure.statistics.intervals import Array
from reportgen.report.data import State

__all__ = ["ALERT_FROM", "FALSE_ALARMS", "WATCH_FROM", "Moved", "judge_column", "measure_drift"]

FALSE_ALARMS = 0.05
"""Chance that a report in which nothing moved shows any column beyond its noise level."""
WATCH_FROM, ALERT_FROM = 0.1, 0.25
"""Effect sizes (PSI less its mean by chance) below which a shift is never more than noted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One column's shift since the reference.

    Attributes
    ----------
    binned : None where nothing could be compared
    levels : distances beyond which chance is ruled out, corrected for the number of columns
    state : ``cannot tell`` where nothing could be compared
    words : for the table
    """

    column: Watched
    binned: Binned | None
    levels: Noise | None = None
    state: State
    words: str

    @property
    def noise(self) -> float:
        """PSI beyond which chance is ruled out."""
        return self.levels.psi if self.levels is not None else 0.0

    @property
    def method(self) -> str:
        """How the noise level was found."""
        return self.levels.method if self.levels is not None else ""

    @property
    def effect(self) -> float:
        """PSI less its mean by chance; 0 where nothing could be compared."""
        return self.binned.excess if self.binned is not None else 0.0


def measure_drift(
    columns: tuple[Watched, ...], periods: Mapping[str, Array] | None = None
) -> tuple[Moved, ...]:
    """Compare every column with its reference; a bad column never stops the others.

    Parameters
    ----------
    periods : path of a column -> shape (rows of its reference,), codes of the reference's periods

    Notes
    -----
    A column is called moved when the effect reaches 0.1 (watch) or 0.25 (alert) *and* PSI lies
    beyond what chance exceeds with probability 0.05 over all columns together (Bonferroni). So
    neither few rows nor many levels raise an alarm, nor does a trifle in a million rows.
    """
    known = periods or {}
    compared = [_compare(column, known.get(column.path)) for column in columns]
    tests = max(sum(binned is not None for binned in compared), 1)
    return tuple(
        judge_column(column, binned, tests)
        for column, binned in zip(columns, compared, strict=True)
    )


def _compare(column: Watched, period: Array | None) -> Binned | None:
    if column.now is None or column.before is None:
        return None
    return compare(column.kind, column.before, column.now, period)


def judge_column(column: Watched, binned: Binned | None, tests: int) -> Moved:
    """Judge one of so many columns by its counts; None: nothing could be compared."""
    if binned is None:
        return Moved(column=column, binned=None, state="cannot tell", words=_why_not(column))
    effect = binned.excess
    levels = noise_of(
        binned.before,
        binned.now,
        binned.psi,
        shape=binned.shape,
        periods=binned.periods,
        chance=FALSE_ALARMS,
        tests=tests,
        exact=effect >= WATCH_FROM,
    )
    beyond = binned.psi > levels.psi
    state: State = "ok"
    if beyond and effect >= WATCH_FROM:
        state = "alert" if effect >= ALERT_FROM else "watch"
    words = {"alert": "moved far", "watch": "moved"}.get(state, "")
    if not beyond and effect >= WATCH_FROM and binned.psi * levels.ratio > levels.psi:
        words = "as its own periods do"
    return Moved(
        column=column,
        binned=binned,
        levels=levels,
        state=state,
        words=words or ("moved, negligibly" if beyond else "within noise"),
    )


def _why_not(column: Watched) -> str:
    if column.status != "ok":
        return f"{column.status}: {column.detail}"
    if column.kind == "time":
        return "times are not compared"
    return "the reference holds no values"
