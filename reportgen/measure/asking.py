"""Asking the model about changed rows: many changes in one call, in bounded memory and time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from reportgen.errors import ReportgenError
from reportgen.measure.statistics.intervals import Array
from reportgen.report.frame import Answers

__all__ = ["Ask", "Change", "Deadline", "Refusal", "ask_changed", "changed_rows"]

Ask = Callable[[pd.DataFrame], Answers]

MOST_ROWS = 100_000
MOST_CELLS = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Rows in which some features take the value of another row.

    Attributes
    ----------
    features : positions of the columns that change
    donors : shape (k,), for each row asked about, the row its changed values are from
    rows : shape (k,), the row all else is from
    """

    features: tuple[int, ...]
    donors: Array
    rows: Array


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a change has no answers."""

    reason: str


@dataclass(slots=True)
class Deadline:
    """A limit on the seconds since it was made, for what would run away.

    Attributes
    ----------
    passed : whether anything was left out because of it
    """

    seconds: float
    clock: Callable[[], float] = time.monotonic
    passed: bool = False
    _start: float = field(init=False)

    def __post_init__(self) -> None:
        self._start = self.clock()

    def is_over(self) -> bool:
        """Look at the clock; once over, over for good."""
        self.passed = self.passed or self.clock() - self._start > self.seconds
        return self.passed

    @property
    def sentence(self) -> str:
        """What a page must say where something was left out."""
        return (
            f"The limit of {self.seconds:g} seconds was reached: what is missing depends on the "
            "speed of the machine, and this part of the page cannot be reproduced."
        )

    @property
    def reason(self) -> str:
        """Why there is no number."""
        return f"not computed within {self.seconds:g} seconds"


def changed_rows(features: pd.DataFrame, changes: Sequence[Change]) -> pd.DataFrame:
    """Put the rows of several changes below one another, each column of its own type.

    Parameters
    ----------
    features : the rows that `Change.rows` and `Change.donors` point into
    """
    own = np.concatenate([change.rows for change in changes])
    columns = {}
    for place in range(features.shape[1]):
        picks = own
        if any(place in change.features for change in changes):
            picks = np.concatenate([c.donors if place in c.features else c.rows for c in changes])
        taken = features.iloc[:, place].take(picks)
        columns[place] = taken.set_axis(pd.RangeIndex(len(picks)))
    frame = pd.DataFrame(columns, index=pd.RangeIndex(len(own)), copy=False)
    frame.columns = features.columns
    return frame


def ask_changed(
    ask: Ask, features: pd.DataFrame, changes: Sequence[Change], deadline: Deadline
) -> list[Answers | Refusal]:
    """Ask about each change, several in one call.

    Returns
    -------
    per change, its answers, or why there are none: the time was over, or the model refused rows
    that no data ever held
    """
    found: list[Answers | Refusal] = []
    for batch in _batches(changes, features.shape[1]):
        if deadline.is_over():
            found += [Refusal(deadline.reason)] * len(batch)
            continue
        answers = _asked(ask, changed_rows(features, batch))
        if isinstance(answers, Refusal):
            found += [answers] * len(batch)
            continue
        ends = np.cumsum([len(change.rows) for change in batch])
        found += [
            _part(answers, int(end) - len(change.rows), int(end))
            for change, end in zip(batch, ends, strict=True)
        ]
    return found


def _batches(changes: Sequence[Change], columns: int) -> Iterator[list[Change]]:
    room = min(MOST_ROWS, MOST_CELLS // max(columns, 1))
    batch: list[Change] = []
    rows = 0
    for change in changes:
        if batch and rows + len(change.rows) > room:
            yield batch
            batch, rows = [], 0
        batch.append(change)
        rows += len(change.rows)
    if batch:
        yield batch


def _asked(ask: Ask, rows: pd.DataFrame) -> Answers | Refusal:
    try:
        return ask(rows)
    except (ArithmeticError, LookupError, ReportgenError, TypeError, ValueError) as broken:
        first = str(broken).strip().partition("\n")[0][:120]
        return Refusal(f"the model refused changed rows ({type(broken).__name__}: {first})")


def _part(answers: Answers, start: int, end: int) -> Answers:
    scores = None if answers.scores is None else np.asarray(answers.scores)[start:end]
    return Answers(predicted=np.asarray(answers.predicted)[start:end], scores=scores)
