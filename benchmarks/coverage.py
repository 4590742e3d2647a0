"""How often each nominal 95 % interval holds the truth, by simulation.

    python benchmarks/coverage.py                      # quick: 300 samples a cell
    python benchmarks/coverage.py --samples 2000 --markdown --keep cells.jsonl

Each sample is drawn from a law whose true metrics are known: from a formula, or to four digits
from two million rows. `none` is the share of samples for which there is no number or no interval,
and which the coverage therefore leaves out.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from statistics import NormalDist

import numpy as np
from scipy.signal import lfilter
from simulated_cells import Cell, Kept, share_plans, table

from reportgen.measure.groups.gaps import gap_to_all
from reportgen.measure.metrics.calibration import recalibration
from reportgen.measure.metrics.classification import (
    BINARY_METRICS,
    BinaryRows,
    estimate_classification,
)
from reportgen.measure.metrics.costs import cheapest_cost, cheapest_threshold, estimate_cost
from reportgen.measure.metrics.ece import calibration_error
from reportgen.measure.metrics.gains import estimate_tops
from reportgen.measure.metrics.multiclass import (
    MULTICLASS_METRICS,
    MulticlassRows,
    estimate_multiclass,
)
from reportgen.measure.metrics.own_metrics import MOST_DRAWN
from reportgen.measure.metrics.prediction_intervals import Promised, estimate_promised
from reportgen.measure.metrics.regression import (
    REGRESSION_METRICS,
    RegressionRows,
    estimate_regression,
)
from reportgen.measure.metrics.top_k import top_accuracies
from reportgen.measure.statistics.blocks import bootstrap_blocks
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import difference
from reportgen.measure.statistics.resampled import (
    bootstrap_rows,
    deal_blocks,
    jackknife,
    leave_out,
    most_blocks,
)
from reportgen.report import Costs

SIZES = (30, 100, 1_000, 10_000)
POPULATION = 2_000_000
APART = 1.5  # distance of the two classes, in standard deviations of the signal
COSTS = Costs(false_positive=1.0, false_negative=4.0)
Draw = Callable[[np.random.Generator, int], dict[str, Estimate]]
WANTED: list[str] = []
NORMAL = NormalDist()


@dataclass(frozen=True)
class Law:
    name: str
    draw: Draw
    known: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Against(Estimate):
    """An estimate of something that differs from sample to sample, with the truth of it."""

    true: float = 0.0


def _against(found: Estimate, true: float) -> Against:
    return Against(number=found.number, n=found.n, interval=found.interval, true=true)


def wants(*names: str) -> tuple[str, ...]:
    """Those of the metrics that were asked for."""
    return tuple(n for n in names if not WANTED or any(word in n for word in WANTED))


def _of_scores(rows: BinaryRows, rate: float | None = None) -> dict[str, Estimate]:
    """All that two classes with scores have; costs at the cheapest threshold where it is known."""
    found = estimate_classification(rows, wants(*BINARY_METRICS))
    if wants("calibration_slope", "calibration_intercept"):
        found |= recalibration(rows)
    if wants("ece corrected"):
        found["ece corrected"] = calibration_error(rows).corrected
    if wants("cost"):
        found |= {"cost": estimate_cost(rows, COSTS)} if rate is None else _costs(rows, rate)
    if wants("lift", "precision, top"):
        found |= _tops(rows)
    return found


def _binary_rows(rng: np.random.Generator, n: int, rate: float, sure: float = 1.0) -> BinaryRows:
    """Two normal distributions of a logit, and calibrated scores; over-confident where `sure` > 1."""
    truth = rng.random(n) < rate
    signal = rng.normal(0, 1, n) + APART * truth
    logit = sure * (APART * signal - APART**2 / 2 + np.log(rate / (1 - rate)))
    scores = 1 / (1 + np.exp(-logit))
    return BinaryRows(truth=truth, predicted=scores >= rate, scores=scores)


def binary(rate: float) -> Draw:
    def draw(rng: np.random.Generator, n: int) -> dict[str, Estimate]:
        return _of_scores(_binary_rows(rng, n, rate), rate)

    return draw


def overconfident(rate: float) -> Draw:
    def draw(rng: np.random.Generator, n: int) -> dict[str, Estimate]:
        rows = _binary_rows(rng, n, rate, sure=1.6)
        return recalibration(rows) | {"ece corrected": calibration_error(rows).corrected}

    return draw


def _costs(rows: BinaryRows, rate: float) -> dict[str, Estimate]:
    """Costs now, and at the threshold that these rows would choose, against its true cost."""
    found = {"cost": estimate_cost(rows, COSTS)}
    best = cheapest_cost(rows, COSTS)
    cut = cheapest_threshold(rows, COSTS)
    if cut is None:
        return found
    now, then = _true_cost(rate, rate), _true_cost(rate, cut)
    found["cost at the cheapest threshold"] = _against(best.cost, then)
    found["cost saved by it"] = _against(best.saving, now - then)
    return found


def _true_cost(rate: float, threshold: float) -> float:
    if not 0 < threshold < 1:
        return 4.0 * rate if threshold >= 1 else 1.0 - rate
    logit = np.log(threshold / (1 - threshold))
    cut = (logit + APART**2 / 2 - np.log(rate / (1 - rate))) / APART
    return (1 - rate) * (1 - NORMAL.cdf(cut)) + 4.0 * rate * NORMAL.cdf(cut - APART)


def _tops(rows: BinaryRows) -> dict[str, Estimate]:
    found: dict[str, Estimate] = {}
    for top in estimate_tops(rows, (0.01, 0.1, 0.3)):
        found[f"lift, top {top.share:.0%}"] = top.lift
        found[f"precision, top {top.share:.0%}"] = top.precision
    return found


def clustered(rate: float, size: int = 5) -> Draw:
    """Rows come in fives that share half of the signal and of the truth's cause."""

    def draw(rng: np.random.Generator, n: int) -> dict[str, Estimate]:
        groups = max(n // size, 2)
        codes = np.repeat(np.arange(groups), size)
        cause = np.repeat(rng.normal(0, 1, groups), size) + rng.normal(0, 1, groups * size)
        truth = cause > np.sqrt(2) * NORMAL.inv_cdf(1 - rate)
        shared = np.repeat(rng.normal(0, 0.7, groups), size)
        signal = 1.2 * truth + shared + rng.normal(0, 0.7, len(codes))
        scores = 1 / (1 + np.exp(-(signal - 1.0)))
        rows = BinaryRows(truth=truth, predicted=scores >= 0.5, scores=scores, clusters=codes)
        return _of_scores(rows)

    return draw


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
        names = wants(*MULTICLASS_METRICS, "precision_weighted")
        return estimate_multiclass(rows, names) | top_accuracies(rows)

    return draw


def regression(kind: str) -> Draw:
    def draw(rng: np.random.Generator, n: int) -> dict[str, Estimate]:
        truth = rng.gamma(4, 2, n) + 1
        noise = {
            "normal": lambda: rng.normal(0.2, 1, n),
            "skewed": lambda: rng.exponential(1.5, n) - 1.3,
            "heavy": lambda: rng.standard_t(5, n) + 0.2,
        }[kind]()
        rows = RegressionRows(truth=truth, predicted=truth + noise)
        half = 1.2 + 0.1 * truth  # wider where the target is large, and too narrow on the whole
        ends = {"lower": rows.predicted - half, "upper": rows.predicted + half}
        promised = estimate_promised(Promised(rows=rows, level=0.9, **ends))
        losses = {"pinball, lower": promised["lower"], "pinball, upper": promised["upper"]}
        names = ("interval_coverage", "interval_width")
        return (
            estimate_regression(rows, wants(*REGRESSION_METRICS))
            | losses
            | {name: promised[name] for name in names}
        )

    return draw


def own(kind: str) -> Draw:
    """A function that nobody knows: a product of shares, or a quantile."""

    def draw(rng: np.random.Generator, n: int) -> dict[str, Estimate]:
        truth = rng.random(n) < 0.3
        said = np.where(truth, rng.random(n) < 0.8, rng.random(n) < 0.15)
        error = np.abs(rng.normal(0, 1, n))

        def of(at: np.ndarray) -> float:
            if kind == "quantile":
                middle = (3 * len(at)) // 4  # the sample's own, which is found without sorting
                return float(np.partition(error[at], middle)[middle])
            true, found = truth[at], said[at]
            if true.all() or not true.any():
                return float("nan")
            return float(np.sqrt(found[true].mean() * (1 - found[~true].mean())))

        number, positions = of(np.arange(n)), np.arange(n)
        if not np.isfinite(number):
            return {f"own {kind}": Estimate(number=None, n=n, reason="one class")}
        left_out = leave_out(of, positions, deal_blocks(n, most_blocks(n)))
        if n > MOST_DRAWN:
            interval = jackknife(number, left_out, 0.95, units=n)
        else:
            seed = int(rng.integers(2**32))
            interval = bootstrap_rows(of, number, left_out, n, 0.95, seed=seed)
        return {f"own {kind}": Estimate(number=number, n=n, interval=interval)}

    return draw


def in_time(tie: float) -> Draw:
    """Mean of a series in which each value carries over a part of the one before."""

    def draw(rng: np.random.Generator, n: int) -> dict[str, Estimate]:
        noise = rng.normal(0, 1, n + 100)
        values = lfilter([1.0], [1.0, -tie], noise)[100:]
        rows = np.column_stack([values, np.ones(n)])
        interval = bootstrap_blocks(rows, lambda sums: sums[..., 0] / sums[..., 1])
        return {"mean": Estimate(number=float(values.mean()), n=n, interval=interval)}

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
        return _of_scores(replace(rows, weights=weights))

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


CALIBRATED = {"ece corrected": 0.0, "calibration_slope": 1.0, "calibration_intercept": 0.0}
LAWS = (
    Law("balanced", binary(0.5), CALIBRATED),
    Law("one in five", binary(0.2), CALIBRATED),
    Law("rare, 1 %", binary(0.01), CALIBRATED),
    Law("over-confident", overconfident(0.3)),
    Law("clustered", clustered(0.3)),
    Law("three classes", several((0.5, 0.3, 0.2))),
    Law("three, one rare", several((0.68, 0.3, 0.02))),
    Law("normal errors", regression("normal")),
    Law("skewed errors", regression("skewed")),
    Law("heavy tails", regression("heavy")),
    Law("weighted", weighted(0.3), CALIBRATED),
    Law("two periods", periods(0.3)),
    Law("group of a fifth", gaps(0.3, 0.2)),
    Law("own function", own("geometric mean"), {"own geometric mean": (0.8 * 0.85) ** 0.5}),
    Law("own quantile", own("quantile"), {"own quantile": NORMAL.inv_cdf(0.875)}),
    Law("in time, 0.3", in_time(0.3), {"mean": 0.0}),
    Law("in time, 0.8", in_time(0.8), {"mean": 0.0}),
)


def truth_of(law: Law) -> dict[str, float]:
    """Metrics of the law itself, from a sample so large that its error does not matter."""
    rng = np.random.default_rng(987_654_321)
    parts: dict[str, list[float]] = defaultdict(list)
    names = set(law.draw(rng, 100))
    # Nothing changed and no group differs in these laws: that is known without a simulation.
    known = {name: 0.0 for name in names if name.endswith(("change", "gap"))} | dict(law.known)
    if names <= set(known):
        return known
    for _ in range(10):
        for name, estimate in law.draw(rng, POPULATION // 10).items():
            if estimate.number is not None:
                parts[name].append(estimate.number)
    return {name: float(np.mean(numbers)) for name, numbers in parts.items()} | known


@dataclass
class Tally:
    inside: int = 0
    below: int = 0
    above: int = 0
    none: int = 0

    def add(self, estimate: Estimate, truth: float) -> None:
        if estimate.interval is None:
            self.none += 1
        elif truth < estimate.interval.low - 1e-12:
            self.below += 1
        elif truth > estimate.interval.high + 1e-12:
            self.above += 1
        else:
            self.inside += 1


def simulate(law: Law, truths: Mapping[str, float], n: int, samples: int) -> list[Cell]:
    """Draw so many samples of a size, and count which intervals hold the truth.

    What the first samples lack (a metric of a class that did not occur) counts as none.
    """
    tallies: dict[str, Tally] = defaultdict(Tally)
    methods: dict[str, Counter[str]] = defaultdict(Counter)
    rng = np.random.default_rng([n, samples])
    for _ in range(samples):
        for name, estimate in law.draw(rng, n).items():
            true = estimate.true if isinstance(estimate, Against) else truths[name]
            tallies[name].add(estimate, true)
            if estimate.interval is not None:
                methods[name][estimate.interval.method] += 1
    for tally in tallies.values():
        tally.none += samples - (tally.inside + tally.below + tally.above + tally.none)
    return [
        Cell(law=law.name, metric=name, n=n, method=usual(methods[name]), **asdict(tally))
        for name, tally in tallies.items()
    ]


def usual(methods: Counter[str]) -> str:
    return max(sorted(methods), key=methods.__getitem__, default="")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=300)
    parser.add_argument("--law", action="append", help="only laws whose name contains this")
    parser.add_argument("--metric", action="append", help="only metrics that contain this")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--keep", type=Path, help="file of cells: those in it are not done again")
    asked = parser.parse_args(arguments)
    share_plans()
    WANTED.extend(asked.metric or ())
    kept = Kept(asked.keep, asked.samples)
    laws = [law for law in LAWS if not asked.law or any(word in law.name for word in asked.law)]
    for place, law in enumerate(laws):
        cells: list[Cell] = []
        truths: Mapping[str, float] = {}
        for n in asked.sizes:
            known = kept.of(law.name, n)
            if not known:
                truths = truths or truth_of(law)
                known = kept.add(simulate(law, truths, n, asked.samples))
            cells += known
        for line in table(cells, asked.sizes, markdown=asked.markdown, head=place == 0):
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
