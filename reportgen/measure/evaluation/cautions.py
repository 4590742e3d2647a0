"""What a reader must know to read the table of metrics: how many rows, and which intervals err.

Measured by `benchmarks/coverage.py`; the table is in docs/statistics.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from reportgen.measure.evaluation.context import EvaluationContext
from reportgen.measure.metrics.classification import FEWEST_OF_A_CLASS, BinaryRows
from reportgen.measure.metrics.multiclass import MulticlassRows
from reportgen.measure.metrics.regression import RegressionRows
from reportgen.measure.statistics.estimate import METRICS, Estimate
from reportgen.measure.statistics.ranking import FEW_OF_A_CLASS, worth_of
from reportgen.measure.wording import as_rows, in_sentence, listed

__all__ = ["note_of_metrics"]

_FEW_CLUSTERS = 30


def note_of_metrics(context: EvaluationContext) -> str:
    """Say how many rows each metric rests on, and which intervals do not keep their level."""
    rows, level = context.measured.rows, context.frame.confidence
    said = [f"Intervals hold the true value {100 * level:g} % of the time."]
    if rows.clusters is not None:
        said.append("They allow for rows that belong together.")
        many = int(context.parameters["clusters"])
        if many < _FEW_CLUSTERS:
            groups = "1 group" if many == 1 else f"{many} groups"
            said.append(f"With only {groups} of such rows, they are somewhat too narrow.")
    said += _sizes(context.overall)
    if rows.weights is not None:
        said.append("Metrics are weighted; n counts rows.")
    classes = context.measured.classes
    if isinstance(rows, BinaryRows):
        said += _few(rows, classes) or _worth_few(rows, classes)
    if isinstance(rows, MulticlassRows):
        said += _absent(rows, classes) + _hardly_predicted(rows, classes)
    if isinstance(rows, RegressionRows) and _heavy_tailed(rows):
        said.append("A few large errors dominate the root mean squared error: its interval is "
                    "somewhat too narrow.")  # fmt: skip
    return " ".join(said)


def _sizes(overall: Mapping[str, Estimate]) -> list[str]:
    """Say what n is; of precision it is the rows predicted positive, of recall the positive."""
    sizes = {name: each.n for name, each in overall.items() if each.interval is not None}
    if not sizes:
        return []
    usual = Counter(sizes.values()).most_common(1)[0][0]
    others = tuple(
        f"{in_sentence(METRICS[name].label)} {n:,}" for name, n in sizes.items() if n != usual
    )
    apart = f"; for {listed(others, len(others))}" if others else ""
    return [f"n is {as_rows(usual)}{apart}."]


def _heavy_tailed(rows: RegressionRows) -> bool:
    """Whether errors have a kurtosis above twice that of a normal distribution."""
    squares = (rows.predicted - rows.truth) ** 2
    return len(squares) > 0 and float((squares**2).mean()) > 6 * float(squares.mean()) ** 2


def _few(rows: BinaryRows, classes: Sequence[str]) -> list[str]:
    sizes = int((~rows.truth).sum()), int(rows.truth.sum())
    fewest = min(sizes)
    if not 0 < fewest < FEW_OF_A_CLASS:
        return []
    word = classes[sizes.index(fewest)]
    subject = "1 row is" if fewest == 1 else f"{fewest} rows are"
    said = f"Only {subject} {word}: do not rely on the interval of average precision"
    # What was hardly drawn cannot be resampled: those intervals rest on what the scores allow.
    wide = "; other intervals are wider than they need be" if fewest < FEWEST_OF_A_CLASS else ""
    return [f"{said}{wide}."]


def _worth_few(rows: BinaryRows, classes: Sequence[str]) -> list[str]:
    """Say where weights leave a class the worth of few rows."""
    if rows.weights is None:
        return []
    worth = [worth_of(members, rows.weights) for members in (~rows.truth, rows.truth)]
    fewest = min(worth)
    if not 0 < fewest < FEW_OF_A_CLASS:
        return []
    word = classes[worth.index(fewest)]
    said = f"With their weights, the rows that are {word} tell as much as {round(fewest)}"
    return [f"{said}: intervals that rest on them are somewhat too narrow."]


def _absent(rows: MulticlassRows, classes: Sequence[str]) -> list[str]:
    present = set(rows.truth.tolist())
    absent = [word for code, word in enumerate(classes) if code not in present]
    if not absent or not present:
        return []
    shown = ", ".join(absent[:5]) + (f" and {len(absent) - 5} more" if len(absent) > 5 else "")
    return [f"Not in the data, and so not judged: {shown}."]


def _hardly_predicted(rows: MulticlassRows, classes: Sequence[str]) -> list[str]:
    """Name classes of which the precision is hardly known, though there are rows of them."""
    true, said = (
        np.bincount(each, minlength=len(classes)) for each in (rows.truth, rows.predicted)
    )
    hardly = tuple(
        word
        for word, there, told in zip(classes, true, said, strict=False)
        if there and told < FEWEST_OF_A_CLASS
    )
    if not hardly:
        return []
    wide = "the interval of the macro precision is wider than it need be"
    return [f"Hardly predicted: {listed(hardly)}. What their precision is nobody knows; {wide}."]
