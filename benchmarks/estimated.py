"""How often what is measured lies in the range that was estimated without its labels.

Run: python benchmarks/estimated.py [--runs N]

Rows of a logistic model whose score is off (too sure of itself), with inputs that moved by so many
standard deviations while the outcome depends on them as before; then several classes, and numbers
whose errors grow with an input. Last, what the estimate cannot know: the outcome turned round.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from reportgen.measure.estimated.classes import estimate_binary
from reportgen.measure.estimated.numbers import estimate_errors, fit_losses
from reportgen.measure.estimated.rows import encode
from reportgen.measure.estimated.tables import estimate_tables
from reportgen.measure.monitoring.performance import Scored, measure_slots
from reportgen.measure.statistics.estimate import Estimate

Random = np.random.Generator
SIZES = ((1_000, 500), (5_000, 1_000), (20_000, 5_000))
SHIFTS = (0.0, 0.5, 1.0)


def two_classes(random: Random, n: int, shift: float, *, turned: bool = False) -> Scored:
    """A score that is too sure of itself, and knows one of two inputs."""
    known, hidden = random.normal(shift, 1, n), random.normal(0, 1, n)
    reach = -1 + known + 0.5 * hidden
    truth = random.random(n) < 1 / (1 + np.exp(-(-reach if turned else reach)))
    score = 1 / (1 + np.exp(-(-1.5 + 1.6 * known)))
    return Scored(
        task="classification",
        truth=truth.astype(float),
        predicted=(score >= 0.4).astype(float),
        score=score,
    )


def four_classes(random: Random, n: int, shift: float) -> Scored:
    """Four classes, the model's sureness as the score."""
    places = np.array([[0, 0], [1.5, 0], [0, 1.5], [1.5, 1.5]])
    point = random.normal([0.7 + shift, 0.7], 1.2, (n, 2))
    far = ((point[:, None] - places) ** 2).sum(axis=2)
    chance = np.exp(-0.8 * far)
    chance /= chance.sum(axis=1, keepdims=True)
    truth = (chance.cumsum(axis=1) < random.random((n, 1))).sum(axis=1)
    said = np.exp(-1.4 * far)
    said /= said.sum(axis=1, keepdims=True)
    return Scored(
        task="multiclass",
        truth=truth.astype(float),
        predicted=said.argmax(axis=1).astype(float),
        score=said.max(axis=1),
        classes=4,
    )


def numbers(random: Random, n: int, shift: float) -> tuple[pd.DataFrame, np.ndarray]:
    """Inputs with the prediction, and its errors, which grow with one of them."""
    rows = pd.DataFrame(random.normal(0, 1, (n, 5)), columns=list("abcde"))
    rows["a"] += shift
    error = random.normal(0, np.exp(0.5 * rows["a"]), n)
    return rows.assign(said=rows["a"] + rows["b"]), error


def measured(rows: Scored, metrics: list[str]) -> dict[str, float]:
    many = measure_slots(rows, np.zeros(len(rows.truth), dtype=np.intp), 1, 0.95)
    return {name: float(many[name].number[0]) for name in metrics}


Run = Callable[[Random, int, int, float], tuple[dict[str, Estimate], dict[str, float]]]


def binary_run(
    random: Random, m: int, n: int, shift: float
) -> tuple[dict[str, Estimate], dict[str, float]]:
    now = two_classes(random, n, shift)
    _, (found,) = estimate_binary(two_classes(random, m, 0.0), (now,), 0.95)
    return found, measured(now, list(found))


def tables_run(
    random: Random, m: int, n: int, shift: float
) -> tuple[dict[str, Estimate], dict[str, float]]:
    now = four_classes(random, n, shift)
    _, (found,) = estimate_tables(four_classes(random, m, 0.0), (now,), 0.95)
    return found, measured(now, list(found))


def numbers_run(
    random: Random, m: int, n: int, shift: float
) -> tuple[dict[str, Estimate], dict[str, float]]:
    (before, old), (now, new) = numbers(random, m, 0.0), numbers(random, n, shift)
    both = encode((before, now), dict.fromkeys(before.columns, "number"), by_first=True)
    learned = encode((before,), dict.fromkeys(before.columns, "number"))
    found = estimate_errors(fit_losses(learned, old), both.matrix[both.side == 1], 0.95)
    return found, {
        "mae": float(np.abs(new).mean()),
        "rmse": float(np.sqrt((new**2).mean())),
    }


def coverage(
    run: Run, runs: int, sizes: tuple[tuple[int, int], ...], shifts: tuple[float, ...]
) -> Iterator[str]:
    """Rows of a Markdown table: by size and shift, for each metric the share held and the bias."""
    first = True
    for m, n in sizes:
        for shift in shifts:
            held: dict[str, list[bool]] = {}
            off: dict[str, list[float]] = {}
            for seed in range(runs):
                random = np.random.default_rng([seed, m, n, int(10 * shift)])
                found, real = run(random, m, n, shift)
                for name, one in found.items():
                    if one.number is None or one.interval is None:
                        continue
                    held.setdefault(name, []).append(
                        one.interval.low <= real[name] <= one.interval.high
                    )
                    off.setdefault(name, []).append(real[name] - one.number)
            if first:
                yield "| labelled | rows | shift | " + " | ".join(held) + " |"
                yield "|---" * (len(held) + 3) + "|"
                first = False
            cells = (f"{100 * np.mean(held[k]):.0f} % ({np.mean(off[k]):+.3f})" for k in held)
            yield f"| {m:,} | {n:,} | {shift:g} sd | " + " | ".join(cells) + " |"


def turned(runs: int) -> Iterator[str]:
    """What no estimate without labels can see."""
    gaps = []
    for seed in range(runs):
        random = np.random.default_rng(seed)
        now = two_classes(random, 2_000, 0.0, turned=True)
        _, (found,) = estimate_binary(two_classes(random, 5_000, 0.0), (now,), 0.95)
        gaps.append((found["accuracy"].number, measured(now, ["accuracy"])["accuracy"]))
    estimated, real = np.mean(np.array(gaps, dtype=float), axis=0)
    yield f"the outcome turned round: accuracy estimated {estimated:.2f}, measured {real:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    runs = parser.parse_args().runs
    for run, sizes in ((binary_run, SIZES), (tables_run, SIZES), (numbers_run, SIZES)):
        for line in coverage(
            run, runs if run is binary_run else max(runs // 4, 20), sizes, SHIFTS
        ):
            print(line, flush=True)
        print()
    for line in turned(20):
        print(line)


if __name__ == "__main__":
    main()
