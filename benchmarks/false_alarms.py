"""How often drift is called where there is none, and how often it is found where there is some.

Run: python benchmarks/false_alarms.py [--reports N] [--full]

Prints, for 25 columns without any change (normal, lognormal, zero-inflated, counts, heavy tails,
flags, nulls, and categories of 5 to 5,000 levels), the share of reports in which any column is
called moved; then the share of runs in which a planted change is found.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd

from reportgen.measure.columns import Kind, Watched
from reportgen.measure.intervals import wilson_bounds
from reportgen.measure.monitoring_drift import Moved, measure_drift

Random = np.random.Generator
SIZES = ((100, 100), (100, 20_000), (1_000, 1_000), (1_000, 20_000), (7_000, 20_000))
FULL_SIZES = (*SIZES, (100_000, 100_000), (1_000_000, 1_000_000))


def _zipf(levels: int) -> Callable[[Random, int], Any]:
    shares = 1 / np.arange(1, levels + 1)
    shares /= shares.sum()
    return lambda random, n: random.choice(levels, n, p=shares).astype(str)


def _with_nulls(share: float) -> Callable[[Random, int], Any]:
    return lambda random, n: np.where(random.random(n) < share, np.nan, random.normal(size=n))


COLUMNS: tuple[tuple[Kind, Callable[[Random, int], Any]], ...] = (
    *(("number", lambda random, n: random.normal(size=n)) for _ in range(5)),
    *(("number", lambda random, n: random.lognormal(0, 1.5, n)) for _ in range(4)),
    *(
        ("number", lambda random, n: np.where(random.random(n) < 0.8, 0.0, random.gamma(2, 1, n)))
        for _ in range(3)
    ),
    ("number", lambda random, n: random.poisson(2, n)),
    ("number", lambda random, n: random.poisson(0.05, n)),
    ("number", lambda random, n: random.standard_t(2, n)),
    ("number", lambda random, n: random.random(n) < 0.995),
    ("number", _with_nulls(0.001)),
    ("number", _with_nulls(0.03)),
    ("number", _with_nulls(0.3)),
    ("number", lambda random, n: np.round(random.normal(size=n), 1)),
    ("level", _zipf(5)),
    ("level", _zipf(20)),
    ("level", _zipf(200)),
    ("level", _zipf(1_000)),
    ("level", _zipf(5_000)),
)


def watched(name: str, kind: Kind, before: Any, now: Any) -> Watched:
    return Watched(
        name=name,
        path=name,
        role="feature",
        kind=kind,
        status="ok",
        before=pd.Series(before),
        now=pd.Series(now),
    )


def quiet_report(seed: int, n: int, m: int) -> tuple[Moved, ...]:
    random = np.random.default_rng([seed, n, m])
    return measure_drift(
        tuple(
            watched(f"x{at}", kind, draw(random, m), draw(random, n))
            for at, (kind, draw) in enumerate(COLUMNS)
        )
    )


def planted(random: Random, n: int, m: int) -> Iterator[tuple[str, Watched]]:
    """One column each with a change that must be found, or must not."""
    for shift in (0.1, 0.2, 0.3, 0.4, 0.5):
        before, now = random.normal(size=m), random.normal(shift, 1, n)
        yield f"shift of {shift} sd", watched("x", "number", before, now)
    for side in ("reference", "current"):
        before, now = random.normal(size=m), random.normal(0.6, 1, n)
        (before if side == "reference" else now)[0] = 1e6
        yield f"shift of 0.6 sd, outlier in the {side}", watched("x", "number", before, now)
    now = np.where(random.random(n) < 0.6, np.nan, random.normal(size=n))
    yield "60 % missing", watched("x", "number", random.normal(size=m), now)
    now = np.where(random.random(n) < 0.05, "new", _zipf(5)(random, n))
    yield "new category, 5 % of rows", watched("x", "level", _zipf(5)(random, m), now)
    yield (
        "shift of 0.005 sd",
        watched("x", "number", random.normal(size=m), random.normal(0.005, 1, n)),
    )


def false_alarms(reports: int, sizes: tuple[tuple[int, int], ...]) -> None:
    print(f"No change, {len(COLUMNS)} columns: share of reports with any column called moved")
    print(f"{'rows':>10} {'reference':>10} {'reports':>8} {'alarms':>8} {'95 % interval':>16} s")
    for n, m in sizes:
        many = reports if n < 50_000 else max(reports // 20, 5)
        start = perf_counter()
        alarms = sum(
            any(one.state != "ok" for one in quiet_report(seed, n, m)) for seed in range(many)
        )
        low, high = wilson_bounds(alarms, many)
        took = (perf_counter() - start) / many
        print(
            f"{n:>10,} {m:>10,} {many:>8} {alarms / many:>8.1%} {low:>7.1%} to {high:.1%} {took:.2f}"
        )


def power(runs: int, sizes: tuple[tuple[int, int], ...]) -> None:
    print("\nPlanted in one column: share of runs in which it is called moved")
    for n, m in sizes:
        found: dict[str, int] = {}
        for seed in range(runs):
            random = np.random.default_rng([seed, n, m, 1])
            for name, column in planted(random, n, m):
                hit = measure_drift((column,))[0].state != "ok"
                found[name] = found.get(name, 0) + hit
        print(f"{n:,} rows against {m:,}, {runs} runs")
        for name, hits in found.items():
            print(f"  {name:<42} {hits / runs:>6.1%}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=100)
    parser.add_argument("--full", action="store_true", help="a million rows too; takes minutes")
    options = parser.parse_args()
    false_alarms(options.reports, FULL_SIZES if options.full else SIZES)
    power(max(options.reports // 2, 20), ((1_000, 20_000), (10_000, 20_000)))


if __name__ == "__main__":
    main()
