"""What a card costs, as a multiple of importing the libraries that it cannot do without.

Run with ``make bench`` or ``python benchmarks/card.py [--rounds 5] [--without-year]``. The base is
measured in the same run, turn by turn with the rest, so that a busy machine slows both.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import reportgen
from reportgen.demo import build_demo

BASE = "import pandas, plotnine, sklearn.metrics"

SECOND = """
import sys, time
import reportgen
def card(place):
    start = time.perf_counter()
    made = reportgen.card(sys.argv[1], "late-flights", data="flights-test", target="late",
                          segments=["carrier"], trust_model=True)
    made.save(place)
    return time.perf_counter() - start
card(sys.argv[2] + "-first")
print(card(sys.argv[2] + "-second"))
"""


@dataclass(frozen=True, kw_only=True)
class Timing:
    """A thing that is timed: how, and the promise it is held to, as a multiple of the base."""

    name: str
    run: Callable[[int], float]
    aim: float | None = None
    rounds: int | None = None
    seconds: list[float] = field(default_factory=list)


def timed(command: list[str], folder: Path, **environment: str) -> float:
    start = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return seconds


class Bench:
    """The demo project, and each timing as a function of the round."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project = folder / "project"
        self.reportgen = [sys.executable, "-m", "reportgen"]
        # As pip does for the base's packages: a checkout is compiled at its first use only.
        compileall.compile_dir(Path(reportgen.__file__).parent, quiet=1)
        build_demo(self.project, progress=lambda said: print(f"  {said}", file=sys.stderr))
        self.board = str(self.project / "board")

    def base(self, _: int) -> float:
        return timed([sys.executable, "-c", BASE], self.folder)

    def card_command(self, place: str) -> list[str]:
        return [
            *self.reportgen,
            *("card", "late-flights", "--board", self.board, "--data", "flights-test"),
            *("--target", "late", "--segment", "carrier", "--trust-model", "--to", "html,pdf"),
            *("-o", place),
        ]

    def cold_card(self, number: int) -> float:
        return timed(self.card_command(f"cold-{number}"), self.folder)

    def second_card(self, number: int) -> float:
        command = [sys.executable, "-c", SECOND, self.board, f"second-{number}"]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(done.stdout + done.stderr)
        return float(done.stdout.split()[-1])

    def unchanged(self, number: int) -> float:
        command = [*self.reportgen, "render", "late-flights-card"]
        if number == 0:
            timed(command, self.project)
        manifests = sorted(self.project.glob("site/late-flights-card/*/manifest.json"))
        seconds = timed(command, self.project)
        if sorted(self.project.glob("site/late-flights-card/*/manifest.json")) != manifests:
            raise SystemExit("an unchanged card was published again")
        return seconds

    def year(self, number: int) -> float:
        copy = self.folder / f"year-{number}"
        shutil.copytree(self.project, copy, ignore=shutil.ignore_patterns("site"))
        seconds = timed([*self.reportgen, "render", "late-flights-weekly"], copy)
        made = len(list(copy.glob("site/late-flights-weekly/*/manifest.json")))
        print(f"  {made} weekly reports", file=sys.stderr)
        return seconds

    def stages(self) -> dict[str, float]:
        """Say where the time of a cold card goes: seconds by stage, as the pipeline counts."""
        path = self.folder / "timings.json"
        command = self.card_command("stages")
        seconds = timed(command, self.folder, REPORTGEN_TIMINGS=str(path))
        stages: dict[str, float] = json.loads(path.read_text()) if path.exists() else {}
        return {**stages, "all of it": seconds}


def measure(timings: list[Timing], rounds: int) -> None:
    """Take turns, so that each timing meets the same neighbours."""
    for number in range(rounds):
        for timing in timings:
            if number < (timing.rounds or rounds):
                timing.seconds.append(timing.run(number))


def report(timings: list[Timing]) -> None:
    base = statistics.median(timings[0].seconds)
    print(f"{'':<42}{'median s':>10}{'ratio':>8}{'aim':>8}")
    for timing in timings:
        median = statistics.median(timing.seconds)
        aim = "" if timing.aim is None else f"{timing.aim:.1f}"
        print(f"{timing.name:<42}{median:>10.2f}{median / base:>8.2f}{aim:>8}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--without-year", action="store_true")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        timings = [
            Timing(name=f'python -c "{BASE}"'[:41], run=bench.base),
            Timing(name="a cold card, HTML and PDF", run=bench.cold_card, aim=3.2),
            Timing(name="a second card in the same process", run=bench.second_card),
            Timing(name="an unchanged card", run=bench.unchanged, aim=0.5),
        ]
        if not asked.without_year:
            timings.append(Timing(name="a year of weekly reports", run=bench.year, rounds=1))
        measure(timings, asked.rounds)
        report(timings)
        print("\nWhere the time of a cold card goes (stages may overlap):")
        for stage, seconds in bench.stages().items():
            print(f"  {stage:<40}{seconds:>10.2f}")


if __name__ == "__main__":
    main()
