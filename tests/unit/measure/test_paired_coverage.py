"""A small simulation: intervals of differences hold the true one about as often as they say.

The large one, by law and size, is benchmarks/paired_coverage.py; its numbers are in
docs/statistics.md.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from reportgen.measure.metrics.classification import BinaryRows
from reportgen.measure.metrics.regression import RegressionRows
from reportgen.measure.statistics.paired import paired_changes

SAMPLES = 150
# Of 150, nine in ten and less, or all of them, come up once in a thousand runs at 95 %.
FEWEST, N = 0.90, 300


def two_classes(rng: np.random.Generator, n: int) -> list[Any]:
    truth, hard = rng.random(n) < 0.3, rng.normal(size=n)
    found = []
    for gain, bias in ((2.0, 0.0), (1.5, 0.2)):
        error = 0.9 * hard + 0.45 * rng.normal(size=n)
        scores = 1 / (1 + np.exp(-(gain * (truth - 0.3) - 0.85 + bias + error)))
        found.append(BinaryRows(truth=truth, predicted=scores >= 0.5, scores=scores))
    return found


def numbers(rng: np.random.Generator, n: int) -> list[Any]:
    truth, hard = rng.normal(50, 10, n), rng.normal(size=n)
    return [
        RegressionRows(truth=truth, predicted=truth + bias + spread * hard + rng.normal(size=n))
        for bias, spread in ((0.0, 3.0), (0.5, 3.5))
    ]


@pytest.mark.parametrize(
    ("draw", "names"),
    [
        (two_classes, ("accuracy", "recall", "precision", "f1", "roc_auc", "average_precision")),
        (numbers, ("mae", "rmse", "median_absolute_error")),
    ],
    ids=["two classes", "numbers"],
)  # fmt: skip
def test_intervals_hold_the_true_difference(draw: Any, names: tuple[str, ...]) -> None:
    many = paired_changes(*draw(np.random.default_rng(1), 200_000), names, replicates=20)
    truth = {name: many[name].change.number for name in names}
    held = dict.fromkeys(names, 0)
    for sample in range(SAMPLES):
        new, old = draw(np.random.default_rng(1_000 + sample), N)
        for name, paired in paired_changes(new, old, names, replicates=200).items():
            interval = paired.change.interval
            assert interval is not None
            held[name] += interval.low <= truth[name] <= interval.high  # type: ignore[operator]
    assert all(FEWEST * SAMPLES <= held[name] < SAMPLES for name in names), held
