"""One weekly report over a million scored rows and 25 columns, beside a bare scan of the same.

Run with ``python benchmarks/monitoring.py [ROWS]``. All is done in one process, one after the
other, so that the ratios hold on a busy machine. Peak memory is of a process of its own.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd

from reportgen.boards import PinVersion, Snapshot
from reportgen.collect.monitoring import collect_monitoring, collect_scored
from reportgen.collect.relation import connected, parquet_relation
from reportgen.measure import measure_monitoring
from reportgen.report import MonitoringSpec, PinRef, period_of

ROWS, WEEKS = 1_000_000, 52
START = datetime(2023, 1, 2, tzinfo=UTC)
AS_OF = START + timedelta(weeks=WEEKS + 1)


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
    version = PinVersion(
        name=name,
        version="20240101T000000Z-00000",
        created=AS_OF,
        type="parquet",
        files=(f"{name}.parquet",),
        sizes=((folder / f"{name}.parquet").stat().st_size,),
        pin_hash="00000",
        title="",
        description="",
        metadata={},
        api_version="1",
    )
    return Snapshot(version=version, folder=folder, sha256="0" * 64)


def report(folder: Path) -> None:
    spec = MonitoringSpec(
        data=PinRef(name="scored"),
        reference=PinRef(name="reference"),
        time="time",
        prediction="predicted",
        score="score",
        target="late",
    )
    snapshots = {
        name: snapshot(folder, pin)
        for name, pin in (("data", "scored"), ("reference", "reference"))
    }
    found = collect_scored(spec, "classification", "UTC", snapshots)
    last = period_of(START + timedelta(weeks=WEEKS - 1), "week", "UTC")
    part = measure_monitoring(collect_monitoring(spec, found, last, {}, AS_OF))
    assert next(value for value in part.values if value.name == "volume.rows").number


def bare(folder: Path) -> None:
    """Scan both tables once for counts, extremes, means, deviations and decile histograms."""
    with connected() as connection:
        for name in ("reference", "scored"):
            table = parquet_relation(connection, (folder / f"{name}.parquet",))
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


def timed(word: str, work: Callable[[Path], None], folder: Path) -> float:
    start = perf_counter()
    work(folder)
    seconds = perf_counter() - start
    print(f"{word:<42} {seconds:7.2f} s")
    return seconds


def main() -> None:
    if len(sys.argv) > 2:
        report(Path(sys.argv[2]))
        print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
        return
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for pin, seed in (("reference", 1), ("scored", 2)):
            scored(rows, seed).to_parquet(folder / f"{pin}.parquet")
        print(f"{rows:,} rows of 25 columns, a reference as large, {WEEKS} weeks")
        scan = timed("bare scan of both tables", bare, folder)
        ours = timed("report, from files to record", report, folder)
        print(f"ratio {ours / scan:.1f}")
        subprocess.run([sys.executable, __file__, "-", name], check=True)


if __name__ == "__main__":
    main()
