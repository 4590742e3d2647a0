"""Coverage of the intervals of permutation importance, by simulation.

``python benchmarks/importance_coverage.py --samples 2000`` draws samples of a population whose
importance is known from a million rows, and counts how often the nominal 95 % interval holds it.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from reportgen.measure.headline import LOSS_SIGN, degrees_of_freedom, influence_of
from reportgen.measure.statistics.shuffling import estimate_loss

LEVEL = 0.95
FEATURES = ("main effect", "interaction alone", "interaction and more")


def draw(metric: str, n: int, random: np.random.Generator, *, rare: bool) -> tuple[Any, Any]:
    x = random.normal(size=(n, 3))
    eta = 1.2 * x[:, 0] + 0.5 * x[:, 1] * x[:, 2] + 0.1 * x[:, 2] - 3.5 * rare
    if metric == "rmse":
        return x, eta + random.normal(size=n)
    return x, random.random(n) < 1 / (1 + np.exp(-eta))


def answer(metric: str, x: Any, *, rare: bool) -> Any:
    """A model that is somewhat wrong."""
    eta = x[:, 0] + 0.6 * x[:, 1] * x[:, 2] + 0.2 * x[:, 2]
    return eta > (2.0 if rare else 0.0) if metric == "accuracy" else eta


def estimate(metric: str, x: Any, y: Any, column: int, repeats: int, *, rare: bool) -> Any:
    even, sign = np.ones(len(y)), LOSS_SIGN[metric]
    before, own = influence_of(metric, y, answer(metric, x, rare=rare), even)
    losses, moved = [], []
    for shift in range(1, repeats + 1):
        changed = x.copy()
        changed[:, column] = np.roll(x[:, column], -shift)
        after, influence = influence_of(metric, y, answer(metric, changed, rare=rare), even)
        losses.append(sign * (after - before))
        moved.append(sign * (influence - own))
    df = degrees_of_freedom(metric, y, None)
    return estimate_loss(np.array(losses), np.stack(moved), df, LEVEL)


def covered(metric: str, column: int, n: int, samples: int, *, rare: bool) -> tuple[float, float]:
    """Share of samples whose interval holds the truth, and the truth."""
    random = np.random.default_rng(n)
    truth = estimate(
        metric, *draw(metric, 1_000_000, random, rare=rare), column, 2, rare=rare
    ).number
    hits = counted = 0
    while counted < samples:
        x, y = draw(metric, n, random, rare=rare)
        if metric == "roc_auc" and min(y.sum(), (~y).sum()) < 2:
            continue  # the card gives a reason
        interval = estimate(metric, x, y, column, 5, rare=rare).interval
        hits += interval.low <= truth <= interval.high
        counted += 1
    return hits / samples, truth


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=2_000)
    samples = parser.parse_args().samples
    sizes = (100, 400, 2_000)
    print(
        "| metric | classes | feature | its importance |",
        *(f" n = {n:,} |" for n in sizes),
        sep="",
    )
    print("|---|---|---|---|" + "---|" * len(sizes))
    for metric, rare in (
        ("roc_auc", False),
        ("roc_auc", True),
        ("accuracy", False),
        ("rmse", False),
    ):
        for column, words in enumerate(FEATURES):
            found = [covered(metric, column, n, samples, rare=rare) for n in sizes]
            classes = "" if metric == "rmse" else "6 % positive" if rare else "balanced"
            shown = " | ".join(f"{100 * share:.1f}" for share, _ in found)
            print(f"| {metric} | {classes} | {words} | {found[0][1]:.3f} | {shown} |", flush=True)


if __name__ == "__main__":
    main()
