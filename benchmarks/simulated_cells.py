"""What simulations of coverage share: resampling plans, cells that are kept, and their table.

A plan says how often each row is drawn in each replicate. It has nothing to do with the rows, so
that samples may share a few of them: drawing one anew for each sample is most of the work.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from reportgen.measure.statistics import bootstrap
from reportgen.measure.statistics.intervals import Array

PLANS = 8


@dataclass(frozen=True)
class Cell:
    """How one kind of interval did on the samples of one law and size."""

    law: str
    metric: str
    n: int
    inside: int = 0
    below: int = 0
    above: int = 0
    none: int = 0
    method: str = ""

    @property
    def samples(self) -> int:
        return self.inside + self.below + self.above + self.none

    @property
    def coverage(self) -> float | None:
        """In percent, of the samples that have an interval."""
        judged = self.samples - self.none
        return 100 * self.inside / judged if judged else None

    def shown(self) -> str:
        said = "–" if self.coverage is None else f"{self.coverage:.1f}"
        return f"{said} ({100 * self.none / self.samples:.0f}% none)" if self.none else said


def share_plans() -> None:
    """Let all samples of a size share a few resampling plans."""
    draw = bootstrap.draws_of.__wrapped__

    @lru_cache(maxsize=4 * PLANS)
    def plan(units: int, replicates: int, number: int) -> Array:
        return draw(units, replicates, number)

    def shared(units: int, replicates: int, seed: int) -> Array:
        return plan(units, replicates, seed % PLANS)

    bootstrap.draws_of = shared


class Kept:
    """Cells in a file, a line each, so that a long run can be stopped and goes on."""

    def __init__(self, path: Path | None, samples: int) -> None:
        self.path = path
        self.samples = samples
        lines = path.read_text().splitlines() if path is not None and path.exists() else []
        cells = [Cell(**json.loads(line)) for line in lines]
        self.cells = [cell for cell in cells if cell.samples == samples]

    def of(self, law: str, n: int) -> list[Cell]:
        return [cell for cell in self.cells if (cell.law, cell.n) == (law, n)]

    def add(self, cells: list[Cell]) -> list[Cell]:
        self.cells += cells
        if self.path is not None:
            with self.path.open("a") as file:
                file.writelines(json.dumps(asdict(cell)) + "\n" for cell in cells)
        return cells


def table(cells: list[Cell], sizes: list[int], *, markdown: bool, head: bool) -> Iterator[str]:
    """Give a row for each law and metric, in the order in which they came."""
    edge, between = ("|", " | ") if markdown else ("", "  ")
    if head:
        names = ["data", "metric", "interval", *(f"n = {n:,}" for n in sizes)]
        yield edge + between.join(names) + edge
        if markdown:
            yield "|" + "---|" * len(names)
    found: dict[tuple[str, str], dict[int, Cell]] = {}
    for cell in cells:
        found.setdefault((cell.law, cell.metric), {})[cell.n] = cell
    for (law, metric), by_size in found.items():
        method = next((by_size[n].method for n in reversed(sizes) if n in by_size), "")
        shown = [by_size[n].shown() if n in by_size else "" for n in sizes]
        yield edge + between.join([law, metric, method, *shown]) + edge
