"""How often the interval of a difference between two models holds the truth, by simulation.

    python benchmarks/paired_coverage.py                     # quick: 200 samples a cell
    python benchmarks/paired_coverage.py --samples 2000 --markdown --keep cells.jsonl
    python benchmarks/paired_coverage.py --alarms 400        # readings of groups, nothing differs

Two models see the same rows, and most of what makes a row hard is the same for both. The true
difference comes from a million rows. `none` is the share of samples without a number or interval,
which coverage leaves out.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from math import log
from pathlib import Path

import numpy as np
import pandas as pd
from simulated_cells import Cell, Kept, share_plans, table

from reportgen.measure.changes.groups import changed_groups
from reportgen.measure.changes.rows import PairedRows
from reportgen.measure.evaluation.rows import Rows
from reportgen.measure.groups.gaps import estimate_rows
from reportgen.measure.metrics.classification import BinaryRows, estimate_classification
from reportgen.measure.metrics.multiclass import MulticlassRows, estimate_multiclass
from reportgen.measure.metrics.regression import RegressionRows, estimate_regression
from reportgen.measure.statistics import paired
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.paired import PAIRED_METRICS, paired_changes
from reportgen.measure.statistics.ranking import FEW_OF_A_CLASS

SIZES = (30, 100, 1_000, 10_000)
POPULATION = 1_000_000
LEVEL = 0.95
Draw = Callable[[np.random.Generator, int], tuple[Rows, Rows]]


def binary(
    rate: float, *, shared: float = 0.8, weighted: bool = False, clustered: bool = False,
    better: float = 0.3,
) -> Draw:  # fmt: skip
    """Scores that err together; the newer model separates the classes better by `better`."""

    def draw(rng: np.random.Generator, n: int) -> tuple[Rows, Rows]:
        n = max(n // 5, 2) * 5 if clustered else n
        codes = np.repeat(np.arange(n // 5), 5) if clustered else None
        group = 0.7 * np.repeat(rng.normal(size=n // 5), 5) if clustered else 0.0
        truth = rng.random(n) < rate
        hard = rng.normal(size=n) + group
        weights = rng.exponential(size=n) + 0.2 if weighted else None
        threshold = 0.5 if rate > 0.4 else 2 * rate

        def model(separation: float, bias: float) -> BinaryRows:
            error = np.sqrt(shared) * hard + np.sqrt(1 - shared) * rng.normal(size=n)
            logit = log(rate / (1 - rate)) + bias + separation * (truth - rate) + error
            scores = 1 / (1 + np.exp(-logit))
            return BinaryRows(
                truth=truth,
                predicted=scores >= threshold,
                scores=scores,
                weights=weights,
                clusters=codes,
            )

        return model(1.7 + better, 0.0), model(1.7, 0.2 if better else 0.0)

    return draw


def several(shares: tuple[float, ...], *, better: float = 0.3) -> Draw:
    """Classes whose scores share most of their error."""
    rates = np.array(shares)

    def draw(rng: np.random.Generator, n: int) -> tuple[Rows, Rows]:
        truth = rng.choice(len(rates), n, p=rates)
        hard = rng.normal(size=(n, len(rates)))

        def model(separation: float) -> MulticlassRows:
            logit = np.log(rates) + 0.8 * hard + 0.6 * rng.normal(size=hard.shape)
            logit[np.arange(n), truth] += separation
            odds = np.exp(logit)
            return MulticlassRows(
                truth=truth,
                predicted=logit.argmax(axis=1),
                classes=len(rates),
                scores=odds / odds.sum(axis=1, keepdims=True),
            )

        return model(1.3 + better), model(1.3)

    return draw


def numbers(kind: str, *, better: float = 0.4) -> Draw:
    """Errors of a shape, most of which both models share."""

    def draw(rng: np.random.Generator, n: int) -> tuple[Rows, Rows]:
        shape = {
            "normal": lambda: rng.normal(size=n),
            "skewed": lambda: rng.exponential(size=n) - 1,
            "heavy": lambda: rng.standard_t(5, size=n),
        }[kind]
        truth, hard = rng.normal(50, 10, n), shape()
        new = truth + 4 * hard + 1.5 * shape()
        old = truth + better + (4 + better) * hard + (1.5 + better) * shape()
        return (
            RegressionRows(truth=truth, predicted=new),
            RegressionRows(truth=truth, predicted=old),
        )

    return draw


LAWS: Mapping[str, Draw] = {
    "balanced": binary(0.5),
    "one in five": binary(0.2),
    "rare, 1 %": binary(0.01),
    "nearly the same scores": binary(0.3, shared=0.999),
    "weighted": binary(0.3, weighted=True),
    "clustered": binary(0.3, clustered=True),
    "three classes": several((0.4, 0.35, 0.25)),
    "three, one rare": several((0.6, 0.35, 0.05)),
    "normal errors": numbers("normal"),
    "skewed errors": numbers("skewed"),
    "heavy tails": numbers("heavy"),
}


def true_changes(draw: Draw) -> dict[str, float]:
    """Difference of each metric over so many rows that its own error does not count."""
    new, old = draw(np.random.default_rng(1), POPULATION)
    found = {}
    for name in PAIRED_METRICS[type(new)]:
        now, before = (estimate_rows(rows, (name,), LEVEL)[name].number for rows in (new, old))
        if now is not None and before is not None:
            found[name] = now - before
    return found


def spare_both_sides() -> None:
    """Leave out what only either model's own interval needs, where no change rests on it."""
    plain = paired.estimate_rows

    def estimate(rows: Rows, names: Sequence[str], level: float) -> dict[str, Estimate]:
        if isinstance(rows, RegressionRows):
            own = tuple(name for name in names if name != "median_absolute_error")
            quick = estimate_regression(rows, own, level, replicates=2)
            return quick | plain(rows, tuple(set(names) - set(own)), level)
        if min(fewest_labels(rows)) < 2 * FEW_OF_A_CLASS or rows.weights is not None:
            return plain(rows, names, level)
        if isinstance(rows, BinaryRows):
            return estimate_classification(rows, names, level, replicates=2)
        return estimate_multiclass(rows, names, level, replicates=2)

    paired.estimate_rows = estimate


def fewest_labels(rows: BinaryRows | MulticlassRows) -> list[int]:
    """Rows of the rarest class, true and as the model says."""
    classes = rows.classes if isinstance(rows, MulticlassRows) else 2
    labels = (rows.truth, rows.predicted)
    return [int(np.bincount(each.astype(int), minlength=classes).min()) for each in labels]


def simulate(law: str, draw: Draw, truth: Mapping[str, float], n: int, samples: int) -> list[Cell]:
    """Count how often the interval of each metric's change holds the true one."""
    counts = {name: Counter[str]() for name in truth}
    methods = {name: Counter[str]() for name in truth}
    for sample in range(samples):
        new, old = draw(np.random.default_rng(10_000 * n + sample), n)
        found = paired_changes(new, old, tuple(truth), LEVEL)
        for name, change in truth.items():
            interval = found[name].change.interval
            if interval is None:
                counts[name]["none"] += 1
                continue
            side = "below" if change < interval.low else "above" if change > interval.high else ""
            counts[name][side or "inside"] += 1
            methods[name][interval.method] += 1
    return [
        Cell(
            law=law,
            metric=name,
            n=n,
            method=max(sorted(methods[name]), key=methods[name].__getitem__, default=""),
            **counts[name],
        )
        for name in truth
    ]


def alarms(cards: int) -> None:
    """Share of comparisons with any reading of a group, where the models are equally good."""
    laws = {
        "two classes": binary(0.3, better=0.0),
        "three classes": several((0.4, 0.35, 0.25), better=0.0),
        "normal errors": numbers("normal", better=0.0),
        "skewed errors": numbers("skewed", better=0.0),
    }
    for name, draw in laws.items():
        wrong = 0
        for card in range(cards):
            rng = np.random.default_rng(card)
            new, old = draw(rng, 3_000)
            segments = {
                word: pd.Series(rng.choice([f"{word}{at}" for at in range(10)], 3_000))
                for word in ("a", "b", "c")
            }
            groups = changed_groups(PairedRows(new=new, old=old, segments=segments), LEVEL)
            readings = {reading for group in groups for reading in group.readings.values()}
            wrong += bool(readings & {"better", "worse"})
        print(f"{name}: {100 * wrong / cards:.1f} % of {cards} comparisons", flush=True)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=200)
    parser.add_argument("--law", action="append", help="only laws whose name contains this")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--alarms", type=int, help="count false readings of groups instead")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--keep", type=Path, help="file of cells: those in it are not done again")
    asked = parser.parse_args(arguments)
    if asked.alarms:
        alarms(asked.alarms)
        return 0
    share_plans()
    spare_both_sides()
    kept = Kept(asked.keep, asked.samples)
    laws = {
        law: draw
        for law, draw in LAWS.items()
        if not asked.law or any(word in law for word in asked.law)
    }
    for place, (law, draw) in enumerate(laws.items()):
        cells: list[Cell] = []
        truth: Mapping[str, float] = {}
        for n in asked.sizes:
            known = kept.of(law, n)
            if not known:
                truth = truth or true_changes(draw)
                known = kept.add(simulate(law, draw, truth, n, asked.samples))
            cells += known
        for line in table(cells, asked.sizes, markdown=asked.markdown, head=place == 0):
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
