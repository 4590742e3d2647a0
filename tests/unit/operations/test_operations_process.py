"""A model in processes of its own: what is timed, what is kept out, and how it ends."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import psutil
import pytest

import reportgen as rg
from reportgen.errors import DataError, LimitError, NotFoundError, ToolError, TrustError, UserError
from reportgen.operations import Benchmark, process
from reportgen.report.operations import Plan, load_measurement
from tests.boards_support import folder_board, tree
from tests.unit.operations import models
from tests.unit.operations.sample import ROWS, board_with

SHORT = Plan(rows=10, requests=20, batch=100, batches=2, warm_up=2, starts=1)


def run(folder: Path, model: Any, plan: Plan = SHORT, **more: Any) -> Benchmark:
    board_with(folder, model)
    asked = {"data": "rows", "trust_model": True, "plan": plan, **more}
    return rg.benchmark(folder / "board", "steady", **asked)


@pytest.fixture(scope="module")
def hungry(tmp_path_factory: pytest.TempPathFactory) -> tuple[Benchmark, Path]:
    """Measured from a process that is far larger than the model's own, and holds a secret."""
    folder = tmp_path_factory.mktemp("hungry")
    ballast = bytearray(os.urandom(1024)) * 600_000
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(models.SECRET, "words")
        patch.setenv("OMP_NUM_THREADS", "4")
        found = run(folder, models.Hungry(["a", "b"]))
    assert len(ballast) > 600_000_000
    return found, folder / "board"


def test_a_request_takes_as_long_as_the_model_and_sees_no_secret(
    hungry: tuple[Benchmark, Path],
) -> None:
    measured = hungry[0].measurement

    assert len(measured.one_row.took_ns) == 20
    assert min(measured.one_row.took_ns) >= 20_000_000
    median = hungry[0].value("latency_p50").number
    assert median is not None
    assert 0.02 <= median < 0.2
    assert (measured.one_row.rows, measured.one_row.distinct) == (1, 10)


def test_a_batch_is_as_large_as_asked_though_the_data_are_not(
    hungry: tuple[Benchmark, Path],
) -> None:
    batch = hungry[0].measurement.batch

    assert (batch.rows, batch.distinct, len(batch.took_ns)) == (100, 40, 2)
    pace, took = hungry[0].value("throughput"), hungry[0].value("batch_latency_p50")
    assert pace.number == pytest.approx(100 / (took.number or 0))


def test_memory_is_the_models_and_not_that_of_whoever_asked(
    hungry: tuple[Benchmark, Path],
) -> None:
    memory = hungry[0].measurement.memory

    assert memory is not None
    held = hungry[0].value("model_memory").number
    assert held is not None
    assert 195e6 <= held <= 260e6  # 25 million numbers of 8 bytes, and little else
    assert memory.baseline_bytes <= memory.loaded_bytes <= memory.peak_bytes < 600e6


def test_the_start_is_longer_than_the_load_it_holds(hungry: tuple[Benchmark, Path]) -> None:
    (start,) = hungry[0].measurement.starts

    assert 0 < start.load_ns < start.answered_ns
    assert start.own_ns > 0
    assert hungry[0].value("cold_start").interval is None


def test_what_was_measured_is_pinned_and_read_back(hungry: tuple[Benchmark, Path]) -> None:
    found, board = hungry

    (content,) = (board / "steady-operations").glob("*/steady-operations.json")
    assert load_measurement(content.read_bytes()) == found.measurement
    summary = json.loads(content.read_text())["summary"]
    assert summary["operations.latency_p50"]["number"] == found.value("latency_p50").number
    version = folder_board(board).versions("steady-operations")[-1]
    assert version == found.pin
    assert version.created == found.measurement.measured_at
    told = version.metadata["reportgen_operations"]
    assert told == {
        "protocol": 1,
        "model": "steady",
        "model_version": found.measurement.model.version,
    }


def test_pins_itself_reads_it(hungry: tuple[Benchmark, Path]) -> None:
    import pins

    read = pins.board_folder(str(hungry[1])).pin_read("steady-operations")

    assert read["kind"] == "reportgen operations"


def test_packages_are_those_of_the_models_process(hungry: tuple[Benchmark, Path]) -> None:
    packages = hungry[0].measurement.machine.packages

    assert {"numpy", "pandas", "joblib"} <= set(packages)
    assert "reportgen" not in packages
    assert "pytest" not in packages


def test_a_benchmark_shows_itself(hungry: tuple[Benchmark, Path]) -> None:
    shown = repr(hungry[0])

    assert "pinned as steady-operations" in shown
    assert "Latency (p99): not available (not enough calls (n = 20; 368 needed))" in shown
    with pytest.raises(NotFoundError, match="latency_p95"):
        hungry[0].value("latency_95")


def test_the_environment_holds_what_is_named_and_nothing_else() -> None:
    outer = {"PATH": "/bin", "AWS_SECRET_ACCESS_KEY": "x", "API_KEY": "y", "OMP_NUM_THREADS": "8"}

    inner = process.child_environment(outer, Path("/folder"), 1)

    assert inner["PATH"] == "/bin"
    assert inner["HOME"] == "/folder"
    assert not {"AWS_SECRET_ACCESS_KEY", "API_KEY", "MALLOC_ARENA_MAX"} & set(inner)
    assert {inner[name] for name in inner if name.endswith("_NUM_THREADS")} == {"1"}


def test_a_model_that_nobody_trusts_is_not_loaded(tmp_path: Path) -> None:
    with pytest.raises(TrustError, match="--trust-model"):
        run(tmp_path, models.Crashing(["a"]), trust_model=False)


def test_a_feature_that_the_data_lack_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="'c'"):
        run(tmp_path, models.Steady(["a", "c"]))


def test_a_model_that_fails_says_why_and_nothing_is_pinned(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such carrier"):
        run(tmp_path, models.Refusing(["a"]))
    assert not (tmp_path / "board" / "steady-operations").exists()


def test_a_process_that_dies_is_told_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"(?s)exit code 7.*last words"):
        run(tmp_path, models.Crashing(["a"]))


def test_a_process_that_does_not_end_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_LONGEST_START_S", 0.05)
    before = {child.pid for child in psutil.Process().children(recursive=True)}

    with pytest.raises(LimitError, match="longer than"):
        run(tmp_path, models.Slow(["a"]))

    assert {child.pid for child in psutil.Process().children(recursive=True)} <= before


def test_data_without_rows_are_refused(tmp_path: Path) -> None:
    board_with(tmp_path, models.Steady(["a"]), ROWS.iloc[:0])

    with pytest.raises(DataError, match="'rows' has no rows"):
        rg.benchmark(tmp_path / "board", "steady", data="rows", trust_model=True)


def test_what_cannot_be_pinned_is_not_measured(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has to be pinned"):
        rg.benchmark("https://server/pins", "steady", data="rows")
    with pytest.raises(NotFoundError, match="cannot be the name of a pin"):
        rg.benchmark(tmp_path, "steady", data="rows", pin="measured/here")
    with pytest.raises(UserError, match="give its --url"):
        rg.benchmark(tmp_path, "steady", data="rows", headers={"A": "${B}"})
    assert tree(tmp_path) == {}
