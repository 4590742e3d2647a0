"""How often a shift of so many standard deviations is seen, by rows in the period.

Run: python benchmarks/power.py [--runs N]

One of 25 columns is moved, against a reference of 20,000 rows. "Beyond noise" is what chance does
not explain; "called" is also large enough to matter (effect 0.1 or more).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
from simulated_counts import QUIET, continuous, judged

SHIFTS = (0.1, 0.2, 0.3, 0.4, 0.5)
ROWS = (100, 250, 1_000, 5_000, 50_000)


def power(runs: int, rows: tuple[int, ...] = ROWS) -> Iterator[str]:
    """Rows of a Markdown table: shift, then beyond noise / called for each number of rows."""
    yield "| shift | " + " | ".join(f"{n:,} rows" for n in rows) + " |"
    yield "|---" * (len(rows) + 1) + "|"
    for shift in SHIFTS:
        cells = []
        for n in rows:
            beyond = called = 0
            for seed in range(runs):
                random = np.random.default_rng([seed, n, int(100 * shift)])
                one = judged(continuous(random, n, 20_000, shift=shift), len(QUIET))
                assert one.binned is not None
                beyond += one.binned.psi > one.noise
                called += one.state != "ok"
            cells.append(f"{beyond / runs:.0%} / {called / runs:.0%}")
        yield f"| {shift} sd | " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000)
    for line in power(parser.parse_args().runs):
        print(line, flush=True)


if __name__ == "__main__":
    main()
