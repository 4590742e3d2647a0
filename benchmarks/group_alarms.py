"""How many cards name a group where no group differs.

    python benchmarks/group_alarms.py --cards 300

Each card has 2,000 rows and three segments of ten levels, drawn without regard to the outcome and
from the very population they are held against. All readings of one card together (of a group
against all rows, of groups against one another, of shares against the population) should be wrong
on at most one card in twenty.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

import numpy as np
import pandas as pd

from reportgen.measure import measure_evaluation
from reportgen.report.frame import EvaluationFrame

ROWS = 2_000
POPULATION = {name: dict.fromkeys(map(str, range(10)), 0.1) for name in "abc"}
UNALARMING = {"no clear gap", "as in the population"}


def _segments(rng: np.random.Generator) -> dict[str, pd.Series]:
    return {name: pd.Series(rng.integers(0, 10, ROWS)).map(str) for name in "abc"}


def binary(rng: np.random.Generator) -> EvaluationFrame:
    scores = rng.beta(1, 3, ROWS)
    return EvaluationFrame(
        task="classification", target="y",
        truth=pd.Series(rng.random(ROWS) < scores, dtype=object), predicted=scores > 0.4,
        scores=scores, classes=(False, True), positive=True,
        features=pd.DataFrame(), segments=_segments(rng), population=POPULATION,
    )  # fmt: skip


def several(rng: np.random.Generator) -> EvaluationFrame:
    scores = rng.dirichlet(np.ones(3), ROWS)
    truth = (scores.cumsum(axis=1) > rng.random((ROWS, 1))).argmax(axis=1)
    return EvaluationFrame(
        task="multiclass", target="y", truth=pd.Series(truth), predicted=scores.argmax(axis=1),
        scores=scores, classes=(0, 1, 2), features=pd.DataFrame(), segments=_segments(rng), population=POPULATION,
    )  # fmt: skip


def regression(kind: str) -> Callable[[np.random.Generator], EvaluationFrame]:
    def draw(rng: np.random.Generator) -> EvaluationFrame:
        truth = rng.gamma(4, 2, ROWS)
        error = rng.normal(0, 1, ROWS) if kind == "normal" else rng.exponential(1.5, ROWS) - 1.3
        return EvaluationFrame(
            task="regression", target="y", truth=pd.Series(truth), predicted=truth + error,
            features=pd.DataFrame(), segments=_segments(rng), population=POPULATION,
        )  # fmt: skip

    return draw


LAWS = {
    "two classes": binary,
    "three classes": several,
    "normal errors": regression("normal"),
    "skewed errors": regression("skewed"),
}


def alarmed(frame: EvaluationFrame) -> bool:
    part = measure_evaluation(frame)
    shares = {row[-1].text for table in part.tables for row in table.rows
              if table.name.startswith("representation.")}  # fmt: skip
    adjusted = (value.provenance.parameters.get("p_holm", 1.0) for value in part.values)
    return bool(shares - UNALARMING) or min(adjusted) < 0.05


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cards", type=int, default=40)
    cards = parser.parse_args(arguments).cards
    for name, draw in LAWS.items():
        alarms = sum(alarmed(draw(np.random.default_rng(5_000 + seed))) for seed in range(cards))
        print(f"{name}: {alarms} of {cards} cards ({100 * alarms / cards:.1f} %)", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
