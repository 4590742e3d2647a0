"""What the comparison of texts, or of embeddings, with those before comes to."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from reportgen.measure.drift.drift import compare
from reportgen.measure.drift.moved import ALERT_FROM, WATCH_FROM, Moved
from reportgen.measure.drift.noise import noise_of
from reportgen.measure.drift.sides import Told
from reportgen.measure.monitoring.columns import Watched
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import Array
from reportgen.report.data import State

__all__ = ["Content", "beyond", "lengths_moved", "no_content", "reason_of"]

AUC_WATCH, AUC_ALERT = 0.6, 0.75
"""Below, a difference is one that hardly shows; a classifier finds a trifle in many rows."""
UNSEEN_WATCH = 0.05
SHIFT_WATCH = 0.02
_COMPARED = frozenset(["ok"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """One column of texts or embeddings.

    Attributes
    ----------
    what : ``text`` or ``embedding``
    size : what is counted of a row: ``words`` or ``norm``
    lengths : drift of that; None where nothing could be compared
    told : by a classifier, or why not
    unseen, unseen_before : share of words that no text before has, and that chance explains
    words : commoner now
    shift, shift_noise : cosine distance of the means, and what chance explains
    rows : texts or vectors that were compared, before and now
    """

    column: Watched
    what: str
    size: str
    lengths: Moved | None = None
    told: Told | str = ""
    unseen: Estimate | None = None
    unseen_before: Estimate | None = None
    is_unseen: bool = False
    words: tuple[str, ...] = ()
    shift: float | None = None
    shift_noise: float | None = None
    rows: tuple[int, int] = (0, 0)

    @property
    def is_told(self) -> bool:
        """Whether a classifier tells now from before, beyond chance and by more than a trifle."""
        told = self.told
        return isinstance(told, Told) and told.auc > max(told.noise, AUC_WATCH)

    @property
    def is_shifted(self) -> bool:
        """Whether the middle of the vectors lies elsewhere."""
        if self.shift is None or self.shift_noise is None:
            return False
        return self.shift > max(self.shift_noise, SHIFT_WATCH)

    @property
    def state(self) -> State:
        """The worst of all measures."""
        if not isinstance(self.told, Told) and self.lengths is None:
            return "cannot tell"
        states: list[State] = [self.lengths.state] if self.lengths is not None else []
        if self.is_told and isinstance(self.told, Told):
            states.append("alert" if self.told.auc >= AUC_ALERT else "watch")
        if self.is_unseen or self.is_shifted:
            states.append("watch")
        for state in ("alert", "watch"):
            if state in states:
                return state
        return "ok"


def reason_of(column: Watched) -> str:
    """Say why a column cannot be compared; empty where it can be."""
    if column.status not in _COMPARED:
        return f"{column.status}: {column.detail}"
    return "" if column.before is not None else "there is no reference yet"


def no_content(column: Watched, what: str, reason: str) -> Content:
    """Give a column of which nothing was measured."""
    size = "words" if what == "text" else "norm"
    unseen = Estimate(number=None, n=0, reason=reason)
    return Content(column=column, what=what, size=size, told=reason, unseen=unseen)


def beyond(rise: Estimate) -> bool:
    """Say whether a share of words rose by more than a trifle, and surely."""
    if rise.number is None or rise.interval is None:
        return False
    return rise.number >= UNSEEN_WATCH and rise.interval.low > 0


def lengths_moved(column: Watched, before: Array, now: Array, chance: float) -> Moved | None:
    """Compare a number of each row by PSI, with the noise level of its own share of chance."""
    was, held = (pd.Series(np.asarray(side, dtype=float)) for side in (before, now))
    binned = compare("number", was, held)
    if binned is None:
        return None
    own = replace(column, kind="number", now=held, before=was)
    levels = noise_of(
        binned.before,
        binned.now,
        binned.psi,
        shape=binned.shape,
        periods=binned.periods,
        chance=chance,
        tests=1,
        exact=binned.excess >= WATCH_FROM,
    )
    state: State = "ok"
    if binned.psi > levels.psi and binned.excess >= WATCH_FROM:
        state = "alert" if binned.excess >= ALERT_FROM else "watch"
    return Moved(column=own, binned=binned, levels=levels, state=state, words="")
