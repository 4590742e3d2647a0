"""What a card costs when there are many: 100 models, two cores, one run side by side.

Run with ``python benchmarks/fleet.py [--cards 100] [--others 8] [--jobs 2] [--to html]``. Needs
``pip install 'reportgen[bench]'`` for papermill and nbconvert.

`reportgen render --jobs` makes all cards in one go. Half of what it is compared with is run
before it and half after it, so that all of them meet the same neighbours, and each of them may
use as many processes as it: papermill and nbconvert on a notebook written by hand, a loop of our
own cold command, and the bare imports that the promise is counted in.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parent))
from fleet_board import build, write_notebook

BASE = "import pandas, plotnine, sklearn.metrics"


def run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@dataclass(kw_only=True)
class Way:
    """One way to make cards, and what it took: seconds of wall clock and of processor, by card."""

    name: str
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def note(self, work: Callable[[], None], cards: int) -> None:
        start, used = time.perf_counter(), cpu_seconds()
        work()
        self.wall += [(time.perf_counter() - start) / cards]
        self.cpu += [(cpu_seconds() - used) / cards]

    @property
    def per_card(self) -> float:
        return statistics.fmean(self.wall)


class Fleet:
    """The project, and each way of making cards of it."""

    def __init__(self, folder: Path, cards: int, jobs: int, formats: str) -> None:
        self.folder, self.jobs, self.formats = folder, jobs, formats
        build(folder, cards)
        self.notebook = folder / "by-hand.ipynb"
        write_notebook(self.notebook)

    def base(self) -> None:
        run([sys.executable, "-c", BASE], self.folder)

    def ours(self) -> None:
        command = [sys.executable, "-m", "reportgen", "render", "--jobs", str(self.jobs)]
        run([*command, "--to", self.formats], self.folder)

    def cold(self, number: int) -> None:
        name = f"credit-{number:03d}"
        run(
            [
                *(sys.executable, "-m", "reportgen", "card", name, "--board", "board"),
                *("--data", f"{name}-test", "--target", "repaid", "--segment", "region"),
                *("--trust-model", "--to", self.formats, "-o", f"cold/{name}"),
            ],
            self.folder,
        )

    def by_hand(self, number: int) -> None:
        name = f"credit-{number:03d}"
        model = next(self.folder.glob(f"board/{name}/*/*.joblib"))
        data = next(self.folder.glob(f"board/{name}-test/*/*.parquet"))
        made = self.folder / f"{name}.ipynb"
        run(
            [
                *(sys.executable, "-m", "papermill", str(self.notebook), str(made)),
                *("-p", "model_file", str(model), "-p", "data_file", str(data)),
                *("--log-level", "ERROR", "--no-progress-bar"),
            ],
            self.folder,
        )
        run([sys.executable, "-m", "nbconvert", "--to", "html", str(made)], self.folder)

    def spread(self, make: Callable[[int], None], numbers: range) -> Callable[[], None]:
        def work() -> None:
            with ThreadPoolExecutor(self.jobs) as pool:
                list(pool.map(make, numbers))

        return work


def check(folder: Path, cards: int) -> None:
    """Refuse the figures of cards that are not all there, or not of their own model."""
    records = sorted(folder.glob("site/*/2*/report.json"))
    named = {json.loads(path.read_text())["pins"]["model"]["name"] for path in records}
    if len(named) != cards or len(records) != cards:
        raise SystemExit(f"{len(records)} cards of {len(named)} models, not {cards}")


def report(ways: list[Way], cards: int, jobs: int) -> None:
    base, ours = ways[0].per_card, ways[-1].per_card
    print(f"{'seconds a card':<44}{'wall':>8}{'cpu':>8}{'/ base':>8}{'/ ours':>8}")
    for way in ways:
        print(
            f"{way.name:<44}{way.per_card:>8.2f}{statistics.fmean(way.cpu):>8.2f}"
            f"{way.per_card / base:>8.2f}{way.per_card / ours:>8.1f}"
        )
    print(f"\n{cards} cards, {jobs} at a time, in {ours * cards:.0f} s with the start of it all.")
    print(f"aims: ours at most 0.5 of the base ({ours / base:.2f}); the others at least 5 of ours")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cards", type=int, default=100)
    parser.add_argument("--others", type=int, default=8, help="cards made in the other ways")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--to", default="html")
    asked = parser.parse_args()
    os.environ.pop("OMP_NUM_THREADS", None)
    with TemporaryDirectory() as place:
        fleet = Fleet(Path(place), asked.cards, asked.jobs, asked.to)
        base = Way(name=f"python -c '{BASE}'")
        hand, cold = Way(name="papermill + nbconvert"), Way(name="a loop of `reportgen card`")
        ours = Way(name="reportgen render --jobs")
        half = max(asked.others // 2, 1)

        def compare(numbers: range) -> None:
            for _ in range(3):
                base.note(fleet.base, 1)
            hand.note(fleet.spread(fleet.by_hand, numbers), len(numbers))
            cold.note(fleet.spread(fleet.cold, numbers), len(numbers))

        compare(range(half))
        ours.note(fleet.ours, asked.cards)
        check(fleet.folder, asked.cards)
        compare(range(half, 2 * half))
        report([base, hand, cold, ours], asked.cards, asked.jobs)


if __name__ == "__main__":
    main()
