"""Which periods a monitoring report is made of."""

from __future__ import annotations

from reportgen.errors import NotFoundError
from reportgen.pipeline.preparing import Prepared, monitoring_spec
from reportgen.report import Period
from reportgen.report.cadence import Cadence


def choose_periods(prepared: Prepared, asked: str | None) -> tuple[Period, ...]:
    """Choose periods of the scored data: one by its key, ``A..B``, or all that have ended.

    Parameters
    ----------
    asked : None or ``all``: every period that had ended when the data were pinned; ``last``:
        the newest of these

    Raises
    ------
    NotFoundError
        The key is none, or the data have no such period.
    """
    from reportgen.collect import find_periods

    cadence = monitoring_spec(prepared.spec.model).cadence(prepared.project.timezone)
    scored = prepared.scored
    periods = find_periods(scored.times, cadence) if scored else ()
    ended = tuple(period for period in periods if period.end <= prepared.as_of)
    if not periods:
        raise NotFoundError("the scored data have no row with a time, so there is no period")
    if asked in (None, "all"):
        return ended or periods[:1]
    if asked == "last":
        return ended[-1:] or periods[:1]
    first, _, last = str(asked).partition("..")
    low, high = (_read_period(key, cadence) for key in (first, last or first))
    chosen = tuple(period for period in periods if low.end <= period.end <= high.end)
    if not chosen:
        raise NotFoundError(
            f"the data have no period {asked}: they reach from {periods[0].key} to "
            f"{periods[-1].key}"
        )
    return chosen


def _read_period(key: str, cadence: Cadence) -> Period:
    try:
        return cadence.read(key)
    except ValueError as error:
        raise NotFoundError(str(error)) from error
