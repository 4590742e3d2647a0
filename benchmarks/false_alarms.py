"""How often drift is called where there is none, and how often it is found where there is some.

Run: python benchmarks/false_alarms.py [--periods N] [--seeds N] [--together N]
     python benchmarks/false_alarms.py --whole N --rows ROWS --reference ROWS

Prints, for 25 columns without any change (continuous of any law, zero-inflated, counts, flags,
nulls, and categories of 5 to 5,000 levels), the share of periods in which any column is called
moved or any level gone; then the share of seeds in which a planted change is found; then what
becomes of periods that differ anyway, with and without the reference's own periods. With --whole N
and the numbers of rows, of so many whole reports, each column by itself and all of them together,
those with any alarm. With --together N, how often the classifier tells all columns apart where
nothing moved, and where only what goes together did.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from time import perf_counter

import numpy as np
import pandas as pd
from simulated_counts import QUIET, Random, continuous, judged, quiet_period

from reportgen.measure.drift.drift import compare
from reportgen.measure.drift.levels import gone_for_sure
from reportgen.measure.drift.moved import FALSE_ALARMS
from reportgen.measure.drift.multivariate import MOST_ROWS, WATCH_FROM, chance_level, tell_apart
from reportgen.measure.estimated.rows import encode
from reportgen.measure.monitoring.columns import Kind
from reportgen.measure.statistics.intervals import wilson_bounds

SIZES = (
    (1_000, 1_000),
    (1_000_000, 1_000_000),
    (100, 1_000_000),
    (1_000, 20_000),
    (100, 20_000),
    (100, 100),
    (7_000, 20_000),
)


def false_alarms(periods: int, sizes: tuple[tuple[int, int], ...] = SIZES) -> Iterator[str]:
    """Share of periods with an alarm, for each pair of sizes."""
    yield "| rows | reference | periods | with any alarm | 95 % interval | seconds each |"
    yield "|---|---|---|---|---|---|"
    for n, m in sizes:
        start, alarms = perf_counter(), 0
        for seed in range(periods):
            found = quiet_period(seed, n, m)
            alarms += any(
                one.state != "ok" or gone_for_sure(one, len(QUIET)) is not None for one in found
            )
        low, high = wilson_bounds(alarms, periods)
        took = (perf_counter() - start) / periods
        yield (
            f"| {n:,} | {m:,} | {periods:,} | {alarms / periods:.1%} | {low:.1%} to {high:.1%} | "
            f"{took:.3f} |"
        )


def planted(random: Random, n: int, m: int) -> Iterator[tuple[str, str, object, object]]:
    """Changes that must be found: what, kind, before, now."""
    for side in ("reference", "period"):
        before, now = random.normal(size=m), random.normal(0.6, 1, n)
        (before if side == "reference" else now)[0] = random.choice([-1e12, 1e6, np.inf])
        yield f"0.6 sd, a wild outlier in the {side}", "number", before, now
    now = np.where(random.random(n) < 0.6, np.nan, random.normal(size=n))
    yield "60 % going null", "number", random.normal(size=m), now
    old = random.choice(list("abcde"), m)
    now = np.where(random.random(n) < 0.05, "new", random.choice(list("abcde"), n))
    yield "a new category, 5 % of rows", "level", old, now
    now = np.array([f"{value:.2f} km" for value in random.normal(size=n)], dtype=object)
    yield "numbers that became texts", "number", random.normal(size=m), now


def detections(seeds: int, n: int = 1_000, m: int = 20_000) -> Iterator[str]:
    """Share of seeds in which a planted change is called, among 25 columns."""
    found: dict[str, int] = {}
    for seed in range(seeds):
        random = np.random.default_rng([seed, n, m])
        for name, kind, before, now in planted(random, n, m):
            binned = compare(kind, pd.Series(before), pd.Series(now))  # type: ignore[arg-type]
            assert binned is not None
            hit = judged(binned, len(QUIET), kind).state != "ok"  # type: ignore[arg-type]
            found[name] = found.get(name, 0) + hit
    for name, hits in found.items():
        yield f"| {name} | {hits} of {seeds} |"
    quiet = beyond = 0
    for seed in range(seeds):
        random = np.random.default_rng([seed, 5])
        one = judged(continuous(random, 1_000_000, 1_000_000, shift=0.005), len(QUIET))
        quiet += one.state == "ok"
        beyond += one.binned is not None and one.binned.psi > one.noise
    yield f"| 0.005 sd at a million rows, called negligible | {quiet} of {seeds} |"
    yield f"| … of which beyond the noise level | {beyond} of {seeds} |"


def restless(seeds: int, periods: int, spread: float, n: int = 5_000) -> Iterator[str]:
    """Periods whose level differs by `spread` sd anyway: how often the next one is called."""
    with_them = without = 0
    for seed in range(seeds):
        random = np.random.default_rng([seed, periods, 9])
        levels = random.normal(0, spread, periods + 1)
        rows = random.normal(levels[:, None], 1, (periods + 1, n))
        code = np.repeat(np.arange(periods), n)
        before, now = pd.Series(rows[:-1].ravel()), pd.Series(rows[-1])
        for own in (True, False):
            binned = compare("number", before, now, code if own else None)
            assert binned is not None
            hit = judged(binned, len(QUIET)).state != "ok"
            with_them, without = with_them + (own and hit), without + (not own and hit)
    yield (
        f"| {periods} periods, level ± {spread} sd | {with_them / seeds:.1%} | {without / seeds:.1%} |"
    )


def quiet_rows(random: Random, n: int, *, together: float = 0.0) -> pd.DataFrame:
    """25 columns of rows; two of them go together as told."""
    normal = random.normal(size=(13, n))
    normal[1] = together * normal[0] + np.sqrt(1 - together**2) * normal[1]
    columns: dict[str, object] = {f"normal_{at}": column for at, column in enumerate(normal[:10])}
    columns |= {f"lognormal_{at}": np.exp(column) for at, column in enumerate(normal[10:])}
    for at in range(3):
        columns[f"zeros_{at}"] = np.where(random.random(n) < 0.8, 0, random.gamma(2, 1, n))
    columns |= {"counts": random.poisson(2, n), "flag": random.random(n) < 0.005}
    for at, share in enumerate((0.03, 0.3)):
        columns[f"nulls_{at}"] = np.where(random.random(n) < share, np.nan, random.normal(size=n))
    for many in (5, 20, 200, 1_000, 5_000):
        chance = 1 / np.arange(1, many + 1)
        names = np.array([f"v{at}" for at in range(many)], dtype=object)
        columns[f"level_{many}"] = random.choice(names, n, p=chance / chance.sum())
    return pd.DataFrame(columns)


def kinds_of(rows: pd.DataFrame) -> dict[str, Kind]:
    return {name: "level" if name.startswith("level") else "number" for name in rows}


def whole_report(seed: int, n: int, m: int) -> tuple[bool, float, bool]:
    """Whether any column is called where nothing moved, the classifier's area, and if it is called.

    The classifier sees at most 3,000 rows of a side. Where both sides have no more, the columns
    are compared in the very rows that it sees, and otherwise in counts that are drawn directly.
    """
    random = np.random.default_rng([seed, n, m, 25])
    sides = quiet_rows(random, min(m, MOST_ROWS)), quiet_rows(random, min(n, MOST_ROWS))
    kinds = kinds_of(sides[0])
    if max(n, m) > MOST_ROWS:
        columns = quiet_period(seed, n, m)
    else:
        counts = (compare(kind, *(side[name] for side in sides)) for name, kind in kinds.items())
        columns = tuple(
            judged(one, len(kinds), kind)
            for one, kind in zip(counts, kinds.values(), strict=True)
            if one is not None
        )
        assert len(columns) == len(kinds)
    moved = any(
        one.state != "ok" or gone_for_sure(one, len(columns)) is not None for one in columns
    )
    told = tell_apart(encode(sides, dict(kinds)), 0.95).auc.number or 0.5
    level = chance_level(len(sides[0]), len(sides[1]), FALSE_ALARMS / (10 * len(columns)))
    return moved, told, told > level and told >= WATCH_FROM


def whole_reports(periods: int, n: int, m: int) -> Iterator[str]:
    """Share of whole reports with any alarm; said each time that a tenth of them is done."""
    yield "| rows | reference | reports | with any alarm | 95 % interval | of all columns | AUC |"
    yield "|---|---|---|---|---|---|---|"
    alarms = together = 0
    areas = []
    for seed in range(periods):
        moved, told, called = whole_report(seed, n, m)
        alarms, together = alarms + (moved or called), together + called
        areas.append(told)
        if (seed + 1) % max(periods // 10, 1) and seed + 1 < periods:
            continue
        low, high = wilson_bounds(alarms, seed + 1)
        yield (
            f"| {n:,} | {m:,} | {seed + 1:,} | {alarms / (seed + 1):.1%} | {low:.1%} to {high:.1%} "
            f"| {together} | {np.mean(areas):.3f} ± {np.std(areas):.3f} |"
        )


def classified(periods: int) -> Iterator[str]:
    """Share of periods that the classifier calls; beyond its noise, and large enough to matter.

    More rows than are looked at are as good as that many: a million against a million is the last.
    """
    yield "| rows | reference | together | periods | beyond the noise | called | mean AUC |"
    yield "|---|---|---|---|---|---|---|"
    for n, m in ((100, MOST_ROWS), (1_000, MOST_ROWS), (MOST_ROWS, MOST_ROWS)):
        for together in (0.0, 0.6, 0.9):
            level = chance_level(n, m, FALSE_ALARMS / (10 * len(QUIET)))
            areas = []
            for seed in range(periods if not together else max(periods // 4, 1)):
                random = np.random.default_rng([seed, n, m, 25])
                sides = quiet_rows(random, m), quiet_rows(random, n, together=together)
                kinds = dict(kinds_of(sides[0]))
                areas.append(tell_apart(encode(sides, kinds), 0.95).auc.number or 0.5)
            beyond = sum(area > level for area in areas)
            called = sum(area > max(level, WATCH_FROM) for area in areas)
            yield (
                f"| {n:,} | {m:,} | {together:g} | {len(areas)} | {beyond} | {called} | "
                f"{np.mean(areas):.3f} |"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--periods", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--together", type=int, default=0)
    parser.add_argument("--whole", type=int, default=0)
    parser.add_argument("--rows", type=int, default=1_000)
    parser.add_argument("--reference", type=int, default=1_000)
    options = parser.parse_args()
    if options.whole:
        for line in whole_reports(options.whole, options.rows, options.reference):
            print(line, flush=True)
        return
    if options.together:
        for line in classified(options.together):
            print(line, flush=True)
        return
    for line in false_alarms(options.periods):
        print(line, flush=True)
    print("\n| planted | found |\n|---|---|")
    for line in detections(options.seeds):
        print(line, flush=True)
    print("\n| reference | called, its periods known | called, not known |\n|---|---|---|")
    for periods in (4, 12, 52):
        for spread in (0.2, 0.5):
            for line in restless(options.seeds, periods, spread, 1_000):
                print(line, flush=True)


if __name__ == "__main__":
    main()
