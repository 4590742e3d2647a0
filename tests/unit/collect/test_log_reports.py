"""What is measured of logs, texts, embeddings and checks, by rows and by a scan of the same table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from reportgen.collect import collect_monitoring, collect_scored
from reportgen.collect.checks import collect_checks
from reportgen.collect.models.environment import collect_environment
from reportgen.collect.tables.scanned import collect_scanned
from reportgen.report import DriftSpec, MonitoringSpec, PinRef, period_of
from reportgen.report.operations_log import OperationsLogSpec
from tests.boards_support import folder_board, put_version
from tests.unit.collect.test_scan_reports import AS_OF, assert_same, both_ways, snapshot
from tests.unit.measure.mon_frames import scored_table

LOG = OperationsLogSpec(latency="ms", latency_unit="milliseconds", error="status", packages="with")


def logged() -> pd.DataFrame:
    """Scored rows with all there is to measure, moved in the last week."""
    random = np.random.default_rng(4)
    table = scored_table(weeks=5, per_week=120)
    n, last = len(table), np.arange(len(table)) >= 480
    words = np.array([f"w{at}" for at in range(40)])
    return table.assign(
        ms=random.lognormal(3, 0.4, n) * np.where(last, 3.0, 1.0),
        status=np.where(random.random(n) < 0.1, 503, 200),
        note=[" ".join(random.choice(words, 6)) + (" drone" if now else "") for now in last],
        vector=list(random.normal(0, 1, (n, 4)) + last[:, None]),
        id=np.arange(n) // 2,
        **{"with": np.where(last, "numpy==2.2", "numpy==2.1")},
    )


def test_a_scan_and_the_rows_say_the_same(tmp_path: Path) -> None:
    read, scanned = both_ways(
        logged(),
        tmp_path,
        operations=LOG,
        texts=("note",),
        embeddings=("vector",),
        row_id="id",
        duplicates=True,
        estimated=False,
        drift=DriftSpec(multivariate=False),
    )
    assert_same(read, scanned)
    spoken = " ".join(finding.sentence for finding in read.findings)
    assert "Latency (p95) rose" in spoken
    assert "texts of note" in spoken
    assert "vectors of vector" in spoken
    assert "scored with numpy 2.2" in spoken
    assert "repeat the id of a row before them" in spoken


def test_checks_see_the_same_rows_of_a_scan(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("def quick(rows):\n    return rows['ms'] < 30\n")
    table = logged().drop(columns="vector")
    spec = MonitoringSpec(
        data=PinRef(name="scored"), time="time", prediction="predicted", target="late"
    )
    snapshots = {"data": snapshot(table, tmp_path, "scored")}
    zone = "America/New_York"
    period = period_of(table["time"].max().floor("s").to_pydatetime(), "week", zone)
    found = []
    for scored in (
        collect_scored(spec, None, zone, snapshots),
        collect_scanned(spec, None, zone, snapshots, least=0),
    ):
        assert scored is not None
        frame = collect_monitoring(spec, scored, period, {}, AS_OF)
        found.append(collect_checks(("own:quick",), frame, tmp_path))
    assert found[0] == found[1]
    (rule,) = found[0]
    assert rule.rows == 120
    assert rule.failing == int((table["ms"].iloc[-120:] >= 30).sum())


def test_no_column_of_a_log_is_a_feature_of_its_own_accord(tmp_path: Path) -> None:
    spec = MonitoringSpec(
        data=PinRef(name="scored"),
        time="time",
        prediction="predicted",
        score="p_late",
        target="late",
        operations=LOG,
        texts=("note",),
        embeddings=("vector",),
        row_id="id",
    )
    snapshots = {"data": snapshot(logged(), tmp_path, "scored")}
    zone = "America/New_York"
    scored = collect_scored(spec, None, zone, snapshots)
    period = period_of(scored.times.max().floor("s").to_pydatetime(), "week", zone)
    types = {"temp": "number", "note": "category"}
    assert collect_monitoring(spec, scored, period, {}, AS_OF).features == ("temp", "carrier")
    assert collect_monitoring(spec, scored, period, types, AS_OF).features == ("temp",)


def test_the_pins_state_their_packages(tmp_path: Path) -> None:
    root = tmp_path / "board"
    put_version(root, "m", {"m.csv": b"x"}, created="20130501T060000Z")
    put_version(root, "d", {"d.csv": b"x"}, created="20130501T060000Z")
    board = folder_board(root)
    snapshots = [
        board.fetch(name, board.versions(name)[-1].version, tmp_path / "p") for name in ("m", "d")
    ]
    meta = {
        "user": {"packages": {"lightgbm": "4.1"}},
        "vetiver_meta": {
            "required_pkgs": ["scikit-learn==1.5.0", "pandas"],
            "python_version": [3, 11, 7, "final", 0],
        },
    }
    model, data = (
        replace(one, version=replace(one.version, metadata=said))
        for one, said in zip(snapshots, (meta, {"packages": ["scikit_learn==1.6.1"]}), strict=True)
    )
    found = collect_environment(model, data)
    assert found.required == {
        "scikit-learn": "1.5.0",
        "pandas": "",
        "python": "3.11.7",
        "lightgbm": "4.1",
    }
    assert found.scored == {"scikit-learn": "1.6.1"}
    assert collect_environment(snapshots[0], None).required == {}
