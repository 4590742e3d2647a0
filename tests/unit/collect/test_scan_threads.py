"""However many threads count the rows, the report of a period says the same to the last digit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from duckdb import DuckDBPyConnection
from threadpoolctl import threadpool_limits

from reportgen.boards import PinVersion, Snapshot
from reportgen.collect.monitoring import collect_monitoring
from reportgen.collect.tables import duckdb_place, duckdb_slots
from reportgen.collect.tables.relation import connected
from reportgen.collect.tables.scanned import collect_scanned
from reportgen.measure import judge, measure_monitoring
from reportgen.report import MonitoringSpec, Part, PinRef, Verdict, period_of
from reportgen.report.spec import DriftSpec

AS_OF = datetime(2013, 8, 1, tzinfo=UTC)
ROWS = 20_000


def table(seed: int, moved: float) -> pd.DataFrame:
    """Make rows of eight weeks whose inputs move in the end, so that there is much to say."""
    random = np.random.default_rng(seed)
    late_on = np.arange(ROWS) > ROWS * 7 / 8
    score = random.beta(2, 5, ROWS)
    numbers = {f"number_{at}": random.lognormal(size=ROWS) + moved * late_on for at in range(3)}
    numbers["wild"] = np.where(random.random(ROWS) < 0.01, np.inf, random.normal(size=ROWS))
    numbers["holes"] = np.where(random.random(ROWS) < 0.2, np.nan, random.normal(size=ROWS))
    return pd.DataFrame(
        numbers
        | {
            "carrier": random.choice(["UA", "AA", "DL", "B6"], ROWS),
            "tail": random.integers(0, 500, ROWS).astype(str),
            "time": pd.Timestamp("2013-05-27", tz="UTC")
            + pd.to_timedelta(np.arange(ROWS) * (56 * 86_400 / ROWS), unit="s"),
            "score": score,
            "predicted": score > 0.4,
            "late": random.random(ROWS) < np.where(late_on, 1 - score, score),
        }
    )


@pytest.fixture(scope="module")
def snapshots(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Snapshot]:
    folder = tmp_path_factory.mktemp("threads")
    found = {}
    for role, seed, moved in (("data", 1, 0.8), ("reference", 2, 0.0)):
        path = folder / f"{role}.parquet"
        table(seed, moved).to_parquet(path, row_group_size=2_500)  # many parts for many threads
        version = PinVersion(
            name=role,
            version="20130801T000000Z-00000",
            created=AS_OF,
            type="parquet",
            files=(path.name,),
            sizes=(path.stat().st_size,),
            pin_hash="00000",
            title="",
            description="",
            metadata={},
            api_version="1",
        )
        found[role] = Snapshot(version=version, folder=folder, sha256=role)
    return found


def reported(
    snapshots: dict[str, Snapshot], threads: int, whole: bool, monkeypatch: pytest.MonkeyPatch
) -> tuple[Part, Verdict]:
    """Make everything that a report says with so many threads of the database and of algebra."""
    seen = []

    @contextmanager
    def with_threads() -> Iterator[DuckDBPyConnection]:
        with connected() as connection:
            connection.execute(f"SET threads = {threads}")
            seen.append(threads)
            yield connection

    monkeypatch.setattr(duckdb_place, "connected", with_threads)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(threads)))
    spec = MonitoringSpec(
        data=PinRef(name="scored"),
        reference=PinRef(name="reference"),
        time="time",
        prediction="predicted",
        score="score",
        target="late",
        segments=(("carrier",),),
        estimated=whole,
        drift=DriftSpec(multivariate=whole),
    )
    with threadpool_limits(min(threads, 2)):
        scanned = collect_scanned(spec, "classification", "UTC", snapshots, least=0)
        assert scanned is not None
        last = period_of(datetime(2013, 7, 17, tzinfo=UTC), "week", "UTC")
        part = measure_monitoring(collect_monitoring(spec, scanned, last, {}, AS_OF))
    assert seen
    return part, judge("monitoring", part, (), provisional=False)


@pytest.mark.parametrize(
    ("together", "in_memory", "whole"),
    [(64_000, 64_000, True), (1_000, 64_000, False), (1_000, 1_000, False)],
    ids=["sorted", "one by one", "in SQL"],
)
def test_no_digit_depends_on_the_number_of_threads(
    snapshots: dict[str, Snapshot],
    together: int,
    in_memory: int,
    whole: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(duckdb_slots, "TOGETHER", together)
    monkeypatch.setattr(duckdb_slots, "IN_MEMORY", in_memory)
    (one, verdict), (four, same) = (
        reported(snapshots, many, whole, monkeypatch) for many in (1, 4)
    )
    assert verdict.state == "alert"
    assert len(one.values) > 250
    assert repr(one) == repr(four)
    assert verdict == same
