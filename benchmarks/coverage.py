"""How often each nominal 95 % interval holds the truth, by simulation.

    python benchmarks/coverage.py                      # quick: 300 samples a cell
    python benchmarks/coverage.py --samples 2000 --markdown

Each sample is drawn from a law whose true metrics are known to four digits (computed once on two
million rows). `none` is the share of samples for which there is no number or no interval, and
which the coverage therefore leaves out.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from reportgen.measure.classification import BINARY_METRICS, BinaryRows, estimate_classification
from reportgen.measure.estimate import Estimate
from reportgen.measure.group_gaps import gap_to_all
from reportgen.measure.intervals import difference
from reportgen.measure.multiclass import MULTICLASS_METRICS, MulticlassRows, estimate_multiclass
from reportgen.measure.regression import REGRESSION_METRICS, RegressionRows, estimate_regression

SIZES = (30, 100, 1_000, 10_000)
POPULATION = 2_000_000
Draw = Callable[[np.random.Generator, int], dict[str, Estimate]]


@dataclass(frozen=True)
class Law:
    name: str
    draw: Draw


def _binary_rows(rng: np.random.Generator, n: int, rate: float) -> BinaryRows:
    """Two normal distributions of a logit, 1.5 apart, and calibrated scores."""
    truth = rng.random(n) < rate
    signal = rng.normal(0, 1, n) + 1.5 * truth
    logit = 1.5 * signal - 1.5**2 / 2 + np.log(rate / (1 - rate))
    scores = 1 / (1 + np.exp(-logit))
    return BinaryRows(truth=truth, predicted=scores >= rate, scores=scores)


def binary(rate: float, metrics: tuple[str, ...] = BINARY_METRICS) -> Draw:
    return lambda rng, n: estimate_classification(_binary_rows(rng, n, rate), metrics)


def clustered(rate: float, size: int = 5) -> Draw:
    """Rows come in fives that share half of the signal and of the truth's cause."""

    def draw(rng: np.random.Generator, n: int) -> dict[str, Estimate]:
        groups = max(n // size, 2)
        codes = np.repeat(np.arange(groups), size)
        cause = np.repeat(rng.normal(0, 1, groups), size) + rng.normal(0, 1, groups * size)
        truth = cause > np.sqrt(2) * _normal_quantile(1 - rate)
        shared = np.repeat(rng.normal(0, 0.7, groups), size)
        signal = 1.2 * truth + shared + rng.normal(0, 0.7, len(codes))
        scores = 1 / (1 + np.exp(-(signal - 1.0)))
        rows = BinaryRows(truth=truth, predicted=scores >= 0.5, scores=scores, clusters=codes)
        return estimate_classification(rows)

    return draw


def _normal_quantile(p: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(p)


def several(rates: tuple[float, ...]) -> Draw:
    k = len(rates)

    def draw(rng: np.random.Generator, n: int) -> dict[str, Estimate]:
        truth = rng.choice(k, size=n, p=rates)
        signal = rng.normal(0, 1, (n, k)) + 1.3 * np.eye(k)[truth] + np.log(rates)
        odds = np.exp(signal)
        scores = odds / odds.sum(axis=1, keepdims=True)
        rows = MulticlassRows(
            truth=truth, predicted=scores.argmax(axis=1), classes=k, scores=scores
        )
        return estimate_multiclass(rows, MULTICLASS_METRICS)

    return draw


def regression(kind: str) -> Draw:
    def draw(rng: np.random.Generator, n: int) -> dict[str, Estimate]:
        truth = rng.gamma(4, 2, n) + 1
        noise = {
            "normal": lambda: rng.normal(0.2, 1, n),
            "skewed": lambda: rng.exponential(1.5, n) - 1.3,
            "heavy": lambda: rng.standard_t(5, n) + 0.2,
        }[kind]()
        return estimate_regression(
            RegressionRows(truth=truth, predicted=truth + noise), REGRESSION_METRICS
        )

    return draw


def periods(rate: float) -> Draw:
    """Change between two independent samples, as between a period and its reference."""
    names = ("accuracy", "recall", "roc_auc", "brier")

    def draw(rng: np.random.Generator, n: int) -> dict[str, Estimate]:
        one, two = (
            estimate_classification(_binary_rows(rng, size, rate), names) for size in (n, 2 * n)
        )
        return {f"{name} change": difference(one[name], two[name]) for name in names}

    return draw


def weighted(rate: float) -> Draw:
    """Weights between 0.2 and 5 that have nothing to do with the outcome."""

    def draw(rng: np.random.Generator, n: int) -> dict[str, Estimate]:
        rows = _binary_rows(rng, n, rate)
        weights = np.exp(rng.uniform(np.log(0.2), np.log(5), n))
        return estimate_classification(replace(rows, weights=weights))

    return draw


def gaps(rate: float, share: float) -> Draw:
    """Gap of a group to all rows, where there is none."""
    names = ("accuracy", "precision", "recall", "roc_auc")

    def draw(rng: np.random.Generator, n: int) -> dict[str, Estimate]:
        rows = _binary_rows(rng, n, rate)
        inside = np.flatnonzero(rng.random(n) < share)
        own, whole = (estimate_classification(part, names) for part in (rows.take(inside), rows))
        return {
            f"{name} gap": gap_to_all(rows, inside, name, own[name], whole[name], 0.95)
            for name in names
        }

    return draw


LAWS = (
    Law("balanced", binary(0.5)),
    Law("one in five", binary(0.2)),
    Law("rare, 1 %", binary(0.01)),
    Law("clustered", clustered(0.3)),
    Law("three classes", several((0.5, 0.3, 0.2))),
    Law("three, one rare", several((0.68, 0.3, 0.02))),
    Law("normal errors", regression("normal")),
    Law("skewed errors", regression("skewed")),
    Law("heavy tails", regression("heavy")),
    Law("weighted", weighted(0.3)),
    Law("two periods", periods(0.3)),
    Law("group of a fifth", gaps(0.3, 0.2)),
)


def truth_of(law: Law) -> dict[str, float]:
    """Metrics of the law itself, from a sample so large that its error does not matter."""
    rng = np.random.default_rng(987_654_321)
    parts: dict[str, list[float]] = defaultdict(list)
    for _ in range(10):
        for name, estimate in law.draw(rng, POPULATION // 10).items():
            if estimate.number is not None:
                parts[name].append(estimate.number)
    found = {name: float(np.mean(numbers)) for name, numbers in parts.items()}
    # Nothing changed and no group differs in these laws: that is known without a simulation.
    return {
        name: 0.0 if name.endswith(("change", "gap")) else number for name, number in found.items()
    }


@dataclass
class Tally:
    inside: int = 0
    below: int = 0
    above: int = 0
    none: int = 0

    def add(self, estimate: Estimate, truth: float) -> None:
        if estimate.interval is None:
            self.none += 1
        elif truth < estimate.interval.low:
            self.below += 1
        elif truth > estimate.interval.high:
            self.above += 1
        else:
            self.inside += 1

    @property
    def coverage(self) -> float:
        judged = self.inside + self.below + self.above
        return self.inside / judged if judged else float("nan")


def simulate(
    law: Law, samples: int, sizes: tuple[int, ...]
) -> Iterator[tuple[str, int, Tally, str]]:
    truths = truth_of(law)
    for n in sizes:
        tallies: dict[str, Tally] = defaultdict(Tally)
        methods: dict[str, str] = {}
        rng = np.random.default_rng([n, samples])
        for _ in range(samples):
            for name, estimate in law.draw(rng, n).items():
                tallies[name].add(estimate, truths[name])
                if estimate.interval is not None:
                    methods[name] = estimate.interval.method
        for name, tally in tallies.items():
            yield name, n, tally, methods.get(name, "")


def _shown(tally: Tally) -> str:
    said = "-" if np.isnan(tally.coverage) else f"{100 * tally.coverage:.1f}"
    return (
        f"{said} ({100 * tally.none / max(samples_of(tally), 1):.0f}% none)"
        if tally.none
        else said
    )


def samples_of(tally: Tally) -> int:
    return tally.inside + tally.below + tally.above + tally.none


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=300)
    parser.add_argument("--law", action="append", help="only laws whose name contains this")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--markdown", action="store_true")
    asked = parser.parse_args(arguments)
    laws = [law for law in LAWS if not asked.law or any(word in law.name for word in asked.law)]
    edge = "|" if asked.markdown else ""
    head = ["data", "metric", "interval", *(f"n = {n:,}" for n in asked.sizes)]
    print(edge + (" | " if asked.markdown else "  ").join(head) + edge, flush=True)
    if asked.markdown:
        print("|" + "---|" * len(head))
    for law in laws:
        found: dict[str, dict[int, tuple[Tally, str]]] = defaultdict(dict)
        for name, n, tally, method in simulate(law, asked.samples, tuple(asked.sizes)):
            found[name][n] = (tally, method)
        for name, by_size in found.items():
            method = by_size[max(by_size)][1]
            cells = [law.name, name, method, *(_shown(by_size[n][0]) for n in asked.sizes)]
            print(edge + (" | " if asked.markdown else "  ").join(cells) + edge, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
