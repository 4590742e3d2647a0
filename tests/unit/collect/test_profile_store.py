"""What is kept of a large table changes no byte of a report, and spares the next one the rows."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reportgen.boards import PinVersion, Snapshot
from reportgen.collect.tables.duckdb_place import DuckTable
from reportgen.collect.tables.duckdb_slots import DuckSlots
from reportgen.collect.tables.profile_store import ProfileStore
from reportgen.collect.tables.scanned import ScannedRows, collect_scanned, scanned_frame
from reportgen.measure import measure_monitoring
from reportgen.report import MonitoringSpec, Part, PinRef, period_of
from reportgen.report.spec import DriftSpec

from ..measure.mon_frames import scored_table

AS_OF = datetime(2013, 9, 1, tzinfo=UTC)
SPEC = MonitoringSpec(
    data=PinRef(name="scored"),
    reference=PinRef(name="reference"),
    time="time",
    prediction="predicted",
    score="p_late",
    target="late",
    features=("temp", "carrier"),
    segments=(("carrier",),),
    estimated=False,
    drift=DriftSpec(multivariate=False),
)
ALONE = replace(SPEC, reference=None)
REGRESSION = replace(ALONE, target="temp", prediction="p_late", score=None, features=("carrier",))


def pinned(table: pd.DataFrame, folder: Path, name: str) -> Snapshot:
    """Write a table as the only version of a pin, known by the digest of its bytes."""
    from hashlib import sha256

    path = folder / f"{name}.parquet"
    table.to_parquet(path)
    version = PinVersion(
        name=name,
        version="20130901T000000Z-00000",
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
    digest = sha256(path.read_bytes()).hexdigest()
    return Snapshot(version=version, folder=folder, sha256=digest)


class Asked:
    """Counts how often a table is asked for something."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[str, int]] = []
        for owner, name, size in (
            (DuckSlots, "count", lambda args: 1),
            (DuckSlots, "columns", lambda args: len(args[1])),
            (DuckSlots, "outcomes", lambda args: len(args[1])),
            (DuckSlots, "plan", lambda args: 1),
            (DuckSlots, "segment", lambda args: 1),
            (DuckTable, "ends", lambda args: 1),
        ):
            self._watch(monkeypatch, owner, name, size)

    def _watch(self, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, size: Any) -> None:
        own = getattr(owner, name)

        def watched(this: Any, *args: Any) -> Any:
            self.calls.append((name, size(args)))
            return own(this, *args)

        monkeypatch.setattr(owner, name, watched)

    def take(self) -> dict[str, int]:
        """Give the calls since the last time, by name: how many slots they were about."""
        found: dict[str, int] = {}
        for name, size in self.calls:
            found[name] = found.get(name, 0) + size
        self.calls.clear()
        return found


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    return Asked(monkeypatch)


def report(
    table: pd.DataFrame,
    folder: Path,
    kept: Path | None,
    *,
    spec: MonitoringSpec = SPEC,
    weeks_back: int = 0,
    task: Any = None,
) -> Part:
    """Measure a week of the table, as a process of its own would."""
    folder.mkdir(exist_ok=True)
    snapshots = {"data": pinned(table, folder, "scored")}
    if spec.reference is not None:
        before = scored_table(weeks=3, seed=5)
        snapshots["reference"] = pinned(before, folder, "reference")
    scanned = collect_scanned(
        spec, task, "America/New_York", snapshots, least=0, store=ProfileStore(kept)
    )
    assert isinstance(scanned, ScannedRows)
    last = table["time"].max() - pd.Timedelta(days=7 * weeks_back)
    period = period_of(last.floor("s").to_pydatetime(), "week", "America/New_York")
    return measure_monitoring(scanned_frame(spec, scanned, period, {}, AS_OF))


def late_labels(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the table before and after the labels of its third week came in."""
    start = table["time"].min()
    week = (table["time"] - start).dt.days // 7 == 2
    before = table.copy()
    before.loc[week, "late"] = np.nan
    return before, table


@pytest.mark.parametrize("spec", [SPEC, ALONE, REGRESSION])
def test_a_report_from_the_store_is_the_report_of_the_rows(
    tmp_path: Path, spec: MonitoringSpec, asked: Asked
) -> None:
    table, kept = scored_table(weeks=6, shift=0.8), tmp_path / "kept"
    task = "regression" if spec is REGRESSION else None
    fresh = report(table, tmp_path / "a", None, spec=spec, task=task)
    assert asked.take()
    first = report(table, tmp_path / "b", kept, spec=spec, task=task)
    assert asked.take()
    again = report(table, tmp_path / "c", kept, spec=spec, task=task)
    assert asked.take() == {}
    assert fresh == first == again


def test_what_a_table_hashes_to_does_not_depend_on_the_order_of_its_rows(
    tmp_path: Path, asked: Asked
) -> None:
    table, kept = scored_table(weeks=5), tmp_path / "kept"
    first = report(table, tmp_path / "a", kept)
    asked.take()
    shuffled = table.sample(frac=1, random_state=3).reset_index(drop=True)
    second = report(shuffled, tmp_path / "b", kept)
    assert asked.take() == {"count": 1, "ends": 1}
    assert first == second == report(shuffled, tmp_path / "c", None)


def test_a_new_week_reads_the_others_from_the_store(tmp_path: Path, asked: Asked) -> None:
    table, kept = scored_table(weeks=7), tmp_path / "kept"
    start = table["time"].min()
    earlier = table[(table["time"] - start).dt.days // 7 < 6].reset_index(drop=True)
    report(earlier, tmp_path / "a", kept)
    asked.take()
    found = report(table, tmp_path / "b", kept)
    calls = asked.take()
    assert calls == {"count": 1, "ends": 1, "columns": 2, "outcomes": 1, "segment": 1}
    assert found == report(table, tmp_path / "c", None)


def test_late_labels_are_counted_anew_and_the_features_are_not(
    tmp_path: Path, asked: Asked
) -> None:
    before, after = late_labels(scored_table(weeks=6))
    kept = tmp_path / "kept"
    first = report(before, tmp_path / "a", kept, weeks_back=3)
    asked.take()
    second = report(after, tmp_path / "b", kept, weeks_back=3)
    calls = asked.take()
    assert calls.pop("columns") == 1  # of the labels and predictions, not of the features
    assert calls == {"count": 1, "ends": 1, "outcomes": 1, "segment": 1}
    assert second == report(after, tmp_path / "c", None, weeks_back=3)
    assert first != second


def test_a_period_that_has_not_ended_is_not_kept(tmp_path: Path) -> None:
    table, kept = scored_table(weeks=3), tmp_path / "kept"
    table["time"] += pd.Timedelta(days=98)
    report(table, tmp_path / "a", kept)
    (pack,) = (kept / "outcomes").glob("*.json")
    ended = json.loads(pack.read_text("utf-8").partition("\n")[2])["plain"]
    assert len(ended) == 2
    assert not (kept / "groups").exists()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-20]),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"\xff\xfe not text"),
        lambda path: path.write_text(path.read_text("utf-8").replace("1", "2", 1), "utf-8"),
        lambda path: path.write_text("0" * 64 + "\n{}", "utf-8"),
    ],
)
def test_a_damaged_file_is_counted_anew(tmp_path: Path, spoil: Any) -> None:
    table, kept = scored_table(weeks=4), tmp_path / "kept"
    first = report(table, tmp_path / "a", kept)
    files = sorted(kept.glob("*/*.json"))
    whole = {path: path.read_bytes() for path in files}
    for path in files:
        spoil(path)
    assert report(table, tmp_path / "b", kept) == first
    assert {path: path.read_bytes() for path in files} == whole


def test_a_file_of_another_key_is_not_read(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path)
    store.write("plan", {"of": "a"}, [1])
    store.write("plan", {"of": "b"}, [2])
    one, other = sorted((tmp_path / "plan").glob("*.json"))
    other.write_bytes(one.read_bytes())
    found = [ProfileStore(tmp_path).read("plan", {"of": of}) for of in ("a", "b")]
    assert sorted(found, key=str) in ([None, [1]], [[1], None], [None, [2]], [[2], None])
    assert found.count(None) == 1


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path / "kept")
    store.write("plan", {"of": "a"}, [1])
    (path,) = (tmp_path / "kept" / "plan").glob("*.json")
    path.rename(tmp_path / "elsewhere.json")
    path.symlink_to(tmp_path / "elsewhere.json")
    assert ProfileStore(tmp_path / "kept").read("plan", {"of": "a"}) is None


def test_what_is_kept_is_private_and_not_for_version_control(tmp_path: Path) -> None:
    kept = tmp_path / ".reportgen" / "profiles"
    report(scored_table(weeks=3), tmp_path / "a", kept)
    assert (kept / ".gitignore").read_text("utf-8") == "*\n"
    for path in kept.rglob("*"):
        if path.name == ".gitignore":
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path
    assert not list(kept.glob("*/.*"))  # nothing half written is left


def test_where_nothing_can_be_written_a_report_is_made_all_the_same(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text("a file where the folder should be", "utf-8")
    table = scored_table(weeks=3)
    assert report(table, tmp_path / "a", kept) == report(table, tmp_path / "b", None)


def test_too_many_files_are_halved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reportgen.collect.tables.profile_store.MOST_FILES", 6)
    for at in range(9):
        ProfileStore(tmp_path).write("plan", {"of": at}, at)
    assert ProfileStore(tmp_path).read("plan", {"of": 8}) == 8
    assert len(list(tmp_path.glob("*/*.json"))) <= 7
