"""Weekly reports over many scored rows and 25 columns, beside a bare scan and beside other tools.

Run with ``python benchmarks/monitoring.py [ROWS] [--grow ROWS ...] [--evidently PYTHON]
[--nannyml PYTHON]``; 0 rows: only those of ``--grow``. All is done in one run, one after the other,
so that the ratios hold on a busy machine; processor time stands beside the clock's, as it does not
depend on what else runs. Peak memory is of a process of its own. Evidently and NannyML want an
older pandas than ours, so each is asked in an environment of its own, whose Python is named.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import pandas as pd

from reportgen.boards import PinVersion, Snapshot
from reportgen.collect.monitoring import collect_monitoring
from reportgen.collect.tables.profile_store import ProfileStore
from reportgen.collect.tables.relation import connected, parquet_relation
from reportgen.collect.tables.scanned import ScannedRows, collect_scanned
from reportgen.measure import measure_monitoring
from reportgen.measure.monitoring.performance_outcomes import measure_outcomes
from reportgen.report import Every, MonitoringSpec, PinRef, period_of
from reportgen.report.spec import DriftSpec

ROWS, WEEKS, PIECE = 1_000_000, 52, 1_000_000
MOST_WRITTEN = 10_000_000
"""Rows that are written; a table of more has the same ones several times, in several files."""
START = datetime(2023, 1, 2, tzinfo=UTC)
AS_OF = START + timedelta(weeks=WEEKS + 1)
LAST = START + timedelta(weeks=WEEKS - 1)
FIVE = ("accuracy", "precision", "recall", "f1", "roc_auc")
OTHERS = Path(__file__).with_name("monitoring_others.py")


def scored(rows: int, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    table = {f"number_{at}": random.lognormal(size=rows) for at in range(20)}
    for at, size in enumerate((2, 5, 20, 200, 5000)):
        table[f"level_{at}"] = random.integers(0, size, rows).astype(str)
    chance = random.beta(2, 5, rows)
    step = WEEKS * 7 * 86_400 / rows
    return pd.DataFrame(
        table
        | {
            "time": pd.Timestamp(START) + pd.to_timedelta(np.arange(rows) * step, unit="s"),
            "score": chance,
            "predicted": chance > 0.4,
            "late": random.random(rows) < chance,
        }
    )


def snapshot(folder: Path, name: str) -> Snapshot:
    paths = parts(folder, name)
    version = PinVersion(
        name=name,
        version="20240101T000000Z-00000",
        created=AS_OF,
        type="parquet",
        files=tuple(path.name for path in paths),
        sizes=tuple(path.stat().st_size for path in paths),
        pin_hash="00000",
        title="",
        description="",
        metadata={},
        api_version="1",
    )
    with paths[0].open("rb") as file:
        digest = sha256(file.read(1 << 20) + repr(version.sizes).encode()).hexdigest()
    return Snapshot(version=version, folder=folder, sha256=digest)


def parts(folder: Path, name: str) -> tuple[Path, ...]:
    return tuple(sorted(folder.glob(f"{name}*.parquet")))


def looked_at(
    folder: Path, data: str = "scored", kept: Path | None = None, every: Every = "week"
) -> tuple[MonitoringSpec, ScannedRows]:
    spec = MonitoringSpec(
        data=PinRef(name="scored"),
        reference=PinRef(name="reference"),
        time="time",
        prediction="predicted",
        score="score",
        target="late",
        every=every,
        estimated=False,
        drift=DriftSpec(multivariate=False),
    )
    snapshots = {"data": snapshot(folder, data), "reference": snapshot(folder, "reference")}
    store = ProfileStore(kept)
    found = collect_scanned(spec, "classification", "UTC", snapshots, least=0, store=store)
    assert found is not None
    return spec, found


def report(folder: Path, data: str = "scored", kept: Path | None = None) -> None:
    """Drift, quality and performance of the last week and its history, from files to record."""
    spec, found = looked_at(folder, data, kept)
    last = period_of(LAST - timedelta(weeks=data == "earlier"), "week", "UTC")
    part = measure_monitoring(collect_monitoring(spec, found, last, {}, AS_OF))
    assert next(value for value in part.values if value.name == "volume.rows").number


def windows(looked: tuple[MonitoringSpec, ScannedRows], every: Every) -> None:
    """Five metrics with their intervals in every window, and nothing else, read from the file."""
    spec, found = looked
    with found.place.opened() as tables:
        slots = tables["data"].in_slots(found.clock, periods(every))
        outcomes = slots.outcomes(plan(spec), [(at,) for at in range(len(periods(every)))])
    metrics = measure_outcomes(outcomes, "classification", 0.95, score=True)
    assert all(np.isfinite(metrics[name].number).all() for name in FIVE)


def periods(every: Every) -> tuple[object, ...]:
    from reportgen.report import periods_between

    return tuple(periods_between(START, AS_OF - timedelta(weeks=1, seconds=1), every, "UTC"))


def plan(spec: MonitoringSpec) -> object:
    from reportgen.report.profile import Plan

    return Plan(
        task="classification",
        target=spec.target,
        prediction=spec.prediction,
        score=spec.score,
        positive="True",
    )


def bare(folder: Path, tables: tuple[str, ...] = ("reference", "scored")) -> None:
    """Scan tables once for counts, extremes, means, deviations and decile histograms."""
    with connected() as connection:
        for name in tables:
            table = parquet_relation(connection, parts(folder, name))
            asked = ["count(*)"]
            for column in table.types:
                if column.startswith("number"):
                    cuts = [round(0.2 * at, 1) for at in range(1, 41)]
                    asked.append(
                        f"count({column}), min({column}), max({column}), avg({column}), "
                        f"stddev({column}), histogram({column}, {cuts})"
                    )
            connection.execute(f"SELECT {', '.join(asked)} FROM {table.sql}").fetchall()
            for at in range(5):
                connection.execute(
                    f"SELECT level_{at}, count(*) FROM {table.sql} GROUP BY 1"
                ).fetchall()


def vetiver(frame: pd.DataFrame) -> None:
    """Ask for its four metrics of labels by week; the area under the curve it cannot compute."""
    from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score
    from vetiver import compute_metrics

    compute_metrics(
        data=frame,
        date_var="time",
        period=timedelta(weeks=1),
        metric_set=[accuracy_score, precision_score, recall_score, f1_score],
        truth="late",
        estimate="predicted",
    )


@dataclass(frozen=True)
class Took:
    clock: float
    processor: float


def timed(word: str, work: Callable[[], object], turns: int = 1) -> Took:
    found = []
    for _ in range(turns):
        start = perf_counter(), process_time()
        work()
        found.append(Took(perf_counter() - start[0], process_time() - start[1]))
    best = min(found, key=lambda took: took.clock)
    print(f"{word:<58} {best.clock:8.2f} s {best.processor:8.2f} s", flush=True)
    return best


def ratio(word: str, one: Took, other: Took, aim: str) -> None:
    said = f"{one.clock / other.clock:.2f} by the clock, "
    print(f"  {word}: {said}{one.processor / other.processor:.2f} by the processor (aim: {aim})")


def held_at_most() -> float:
    """Give the most memory that this process ever held, in MB.

    The kernel's figure of its own program: ``ru_maxrss`` starts from what the process that started
    it held, which here is far more.
    """
    if sys.platform != "linux":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def peak(folder: Path) -> float:
    """Give the memory in MB of a process that makes the report."""
    told = subprocess.run(
        [sys.executable, __file__, "--report", str(folder)],
        check=True,
        capture_output=True,
        text=True,
    )
    return float(told.stdout.split()[-1])


def other(python: str, tool: str, folder: Path) -> dict[str, float]:
    """Ask another tool, in its own environment: seconds and MB."""
    told = subprocess.run(
        [python, str(OTHERS), tool, str(folder)], check=True, capture_output=True, text=True
    )
    found: dict[str, float] = json.loads(told.stdout.splitlines()[-1])
    return found


def written(folder: Path, rows: int) -> None:
    """Write the tables, a piece at a time: large ones repeat all but the scores and the times."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    times, rows = max(rows // MOST_WRITTEN, 1), min(rows, MOST_WRITTEN)
    pieces = -(-rows // PIECE)
    for pin, seed in (("reference", 1), ("scored", 2)):
        random = np.random.default_rng(seed)
        table = scored(rows // pieces, seed)
        elapsed = (table["time"] - pd.Timestamp(START)) / pieces
        writer = None
        for at in range(pieces):
            chance = random.beta(2, 5, len(table))
            piece = table.assign(
                time=pd.Timestamp(START) + elapsed + timedelta(weeks=WEEKS) * at / pieces,
                score=chance,
                predicted=chance > 0.4,
                late=random.random(len(table)) < chance,
            )
            held = pa.Table.from_pandas(piece, preserve_index=False)
            if writer is None:
                writer = pq.ParquetWriter(folder / f"{pin}.parquet", held.schema)
            writer.write_table(held, row_group_size=250_000)
        if writer is not None:
            writer.close()
        for at in range(1, times):
            (folder / f"{pin}-{at}.parquet").hardlink_to(folder / f"{pin}.parquet")


def without_last_week(folder: Path) -> None:
    table = pd.read_parquet(folder / "scored.parquet")
    earlier = table[table["time"] < pd.Timestamp(LAST)]
    earlier.to_parquet(folder / "earlier.parquet", row_group_size=250_000)


def compare(folder: Path, rows: int, evidently: str, nannyml: str) -> None:
    print(f"{rows:,} rows of 25 columns, a reference as large, {WEEKS} weeks")
    print(f"{'':<58} {'clock':>10} {'processor':>10}")
    bare(folder)
    report(folder)  # what is imported is imported
    scan = timed("bare scan of both tables", lambda: bare(folder), 2)
    half = timed("bare scan of the scored table", lambda: bare(folder, ("scored",)), 2)
    cold = timed("report, nothing stored", lambda: report(folder))
    ratio("to the bare scan of both", cold, scan, "at most 3")
    kept = folder / "kept"
    without_last_week(folder)
    timed(
        "report of the year without its last week, stored", lambda: report(folder, "earlier", kept)
    )
    more = timed(
        "one more week in the data, the rest stored", lambda: report(folder, "scored", kept)
    )
    ratio("to the bare scan of the scored table", more, half, "at most 3")
    timed("the same report again, all stored", lambda: report(folder, "scored", kept), 3)
    spec, found = looked_at(folder, kept=kept)
    frame = collect_monitoring(spec, found, period_of(LAST, "week", "UTC"), {}, AS_OF)
    timed("of which measuring (aim: 0.1)", lambda: measure_monitoring(frame), 3)
    stored = sum(path.stat().st_size for path in kept.glob("*/*.json"))
    print(f"  stored in all: {stored / 1024:,.0f} kB")
    weeks, days = (
        timed(f"{len(periods(every))} windows: {len(FIVE)} metrics, AUC, intervals", work, 3)
        for every in ("week", "day")
        for work in [partial(windows, looked_at(folder), every)]
    )
    ratio("days to weeks", days, weeks, "about 1")
    frame = pd.read_parquet(folder / "scored.parquet", columns=["time", "predicted", "late"])
    frame["time"] = frame["time"].dt.tz_localize(None)
    theirs = timed(
        "vetiver: 52 windows, four metrics, no AUC, rows in memory", lambda: vetiver(frame), 2
    )
    ratio("vetiver to ours", theirs, weeks, "at least 6")
    memory = peak(folder)
    print(f"  peak memory of the report: {memory:.0f} MB")
    if nannyml:
        said = other(nannyml, "nannyml", folder)
        print(f"  NannyML, five metrics: {said['s']:.2f} s, {said['s'] / weeks.clock:.1f} times")
        print(
            f"    by the processor: {said['processor'] / weeks.processor:.1f} (aim: at least 15)"
        )
    if evidently:
        said = other(evidently, "evidently", folder)
        print(
            f"  Evidently, presets of drift, summary and classification: {said['s']:.1f} s, "
            f"{said['s'] / cold.clock:.1f} times; {said['mb']:.0f} MB, "
            f"{said['mb'] / memory:.1f} times"
        )
        print(f"    by the processor: {said['processor'] / cold.processor:.1f} (aim: at least 20)")


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("rows", nargs="?", type=int, default=ROWS)
    asked.add_argument("--grow", nargs="*", type=int, default=())
    asked.add_argument("--evidently", default="")
    asked.add_argument("--nannyml", default="")
    asked.add_argument("--report", type=Path)
    told = asked.parse_args()
    if told.report:
        report(told.report)
        print(held_at_most())
        return
    if told.rows:
        with tempfile.TemporaryDirectory() as name:
            written(Path(name), told.rows)
            compare(Path(name), told.rows, told.evidently, told.nannyml)
    for rows in told.grow:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            written(folder, rows)
            scan = timed(f"{rows:,} rows: bare scan", lambda: bare(folder))  # noqa: B023
            ours = timed(f"{rows:,} rows: report", lambda: report(folder))  # noqa: B023
            ratio("to the bare scan", ours, scan, "at most 3")
            print(f"  peak memory {peak(folder):.0f} MB (aim: below 4096)")


if __name__ == "__main__":
    main()
