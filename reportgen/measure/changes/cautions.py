"""Where an interval of a change does not keep its level, in words for the page.

Measured by `benchmarks/paired_coverage.py`; the table is in docs/statistics.md.
"""

from __future__ import annotations

import numpy as np

from reportgen.measure.changes.rows import PairedRows
from reportgen.measure.metrics.classification import BinaryRows
from reportgen.measure.metrics.regression import RegressionRows
from reportgen.measure.statistics.ranking import FEW_OF_A_CLASS
from reportgen.measure.wording import listed

__all__ = ["cautions"]

_FEW_DIFFER = 8
_FEW_OF_A_RARE_CLASS, _RARE = 200, 0.05
_FEW_FOR_MEDIAN = 500


def cautions(rows: PairedRows) -> tuple[str, ...]:
    """Say which intervals are narrower or wider than their level asks for, and why.

    Returns
    -------
    sentences; none where all keep their level
    """
    if not rows.n:
        return ()
    if isinstance(rows.new, RegressionRows):
        return tuple(filter(None, (_of_the_median(rows),)))
    return tuple(filter(None, (_where_few_differ(rows), _of_a_rare_class(rows))))


def _of_the_median(rows: PairedRows) -> str:
    """Order statistics are whole rows, and their two intervals are combined."""
    if rows.n >= _FEW_FOR_MEDIAN:
        return ""
    return "The interval of the median absolute error is somewhat wider than it need be."


def _of_a_rare_class(rows: PairedRows) -> str:
    """Brier score and log loss of a rare class rest on its rows, whose losses are skewed."""
    if not isinstance(rows.new, BinaryRows) or rows.new.scores is None:
        return ""
    fewest = min(int(rows.new.truth.sum()), int((~rows.new.truth).sum()))
    if not FEW_OF_A_CLASS <= fewest < min(_FEW_OF_A_RARE_CLASS, _RARE * rows.n):
        return ""
    return (
        f"One class has {fewest} rows of {rows.n:,}: the intervals of Brier score and log loss are "
        "a little too narrow."
    )


def _where_few_differ(rows: PairedRows) -> str:
    """Name the classes of which hardly a row is predicted differently."""
    differs = rows.new.predicted != rows.old.predicted
    codes = rows.new.truth.astype(int)
    there = np.unique(codes)
    few = [int(code) for code in there if (differs & (codes == code)).sum() < _FEW_DIFFER]
    if not few:
        return ""
    named = listed(tuple(str(rows.classes[code]) for code in few), 3)
    whose = "any class" if len(few) == len(there) else f"the true class {named}"
    return (
        f"On few rows of {whose} the versions differ: intervals that rest on these rows are "
        "wider than they need be."
    )
