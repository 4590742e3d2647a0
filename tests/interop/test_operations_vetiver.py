"""Vetiver's own API is measured over HTTP, and a card shows it beside what a process showed."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import reportgen as rg
from reportgen.api import project
from reportgen.api.workbench import Asked, Workbench
from reportgen.errors import UserError
from reportgen.operations import Benchmark
from reportgen.pipeline import measure_edition
from reportgen.report import Edition
from reportgen.report.operations import Plan

pytestmark = pytest.mark.slow

SERVE = """
import sys, time, warnings
warnings.simplefilter("ignore")
import numpy as np, pandas as pd, pins, uvicorn, vetiver
from sklearn.linear_model import LinearRegression

random = np.random.default_rng(5)
rows = pd.DataFrame({"rooms": random.integers(1, 9, 60), "size": random.normal(90, 20, 60)})
price = rows["rooms"] * 30 + rows["size"] + random.normal(0, 5, 60)
board = pins.board_folder(sys.argv[1], allow_pickle_read=True, versioned=True)
houses = rows.assign(price=price)
board.pin_write(houses, "houses", type="parquet")
gaps = houses.head(20).assign(size=[None] * int(sys.argv[3]) + [80.0] * (20 - int(sys.argv[3])))
board.pin_write(gaps, "gaps", type="parquet")
for weight in (1, 2):
    fitted = LinearRegression().fit(rows, price * weight)
    pinned = vetiver.VetiverModel(fitted, "prices", prototype_data=rows)
    vetiver.vetiver_pin_write(board, pinned)
    time.sleep(1.1)  # or both have the same second, and no order
versions = sorted(board.pin_versions("prices")["version"])
model = vetiver.VetiverModel.from_pin(board, "prices", version=versions[0])
print(*versions, flush=True)
uvicorn.run(vetiver.VetiverAPI(model).app, host="127.0.0.1", port=int(sys.argv[2]), log_level="error")
"""
PROJECT = """
project: Houses
board: {type: folder, path: board, allow_pickle: [prices]}
site: site
models:
  prices:
    pin: prices
    version: VERSION
    task: regression
    evaluation:
      data: {pin: houses}
      target: price
      operations: {pin: prices-operations}
reports:
  prices-card: {model: prices, template: model_card, formats: [html]}
"""
PLAN = Plan(rows=20, requests=80, batch=50, batches=8, warm_up=5)
NULLS = 8  # of 20 rows that are asked about one at a time


@dataclass(frozen=True)
class Place:
    folder: Path
    versions: tuple[str, str]
    url: str

    @property
    def board(self) -> Path:
        return self.folder / "board"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A board with two versions of a model and its API, which serves the first."""
    folder = tmp_path_factory.mktemp("operations")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, "-c", SERVE, str(folder / "board"), str(port), str(NULLS)]
    with (folder / "said.log").open("wb") as said:
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=said, text=True)
    try:
        assert process.stdout is not None
        versions = process.stdout.readline().split()
        assert len(versions) == 2, (folder / "said.log").read_text()
        _wait(process, port)
        yield Place(folder, (versions[0], versions[1]), f"http://127.0.0.1:{port}/predict")
    finally:
        process.kill()
        process.communicate()


def _wait(process: subprocess.Popen[str], port: int) -> None:
    end = time.monotonic() + 90
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the API did not start")


@pytest.fixture(scope="module")
def served(place: Place) -> Benchmark:
    return rg.benchmark(
        place.board, "prices", version=place.versions[0], data="houses", url=place.url, plan=PLAN
    )


def test_every_request_to_the_api_is_answered(place: Place, served: Benchmark) -> None:
    measured = served.measurement

    assert measured.service is not None
    assert (measured.service.address, measured.service.version) == (place.url, place.versions[0])
    assert len(measured.one_row.took_ns) == 80
    assert served.value("error_rate").number == 0.0
    assert served.value("latency_p50").n == 80
    assert served.value("peak_memory").reason is not None
    assert (measured.starts, measured.memory) == ((), None)


def test_a_batch_over_http_costs_less_than_its_rows_one_by_one(served: Benchmark) -> None:
    one, batch = served.value("latency_p50").number, served.value("batch_latency_p50").number

    assert one is not None
    assert batch is not None
    assert one > 0
    assert 0 < batch < 50 * one


def test_the_api_refuses_rows_with_nulls_and_that_is_its_error_rate(place: Place) -> None:
    found = rg.benchmark(
        place.board, "prices", version=place.versions[0], data="gaps", url=place.url, plan=PLAN,
        pin="gaps-operations",
    )  # fmt: skip

    distinct = found.measurement.one_row.distinct
    assert distinct == 20
    assert found.value("error_rate").number == pytest.approx(NULLS / 20)
    assert found.measurement.one_row.failures == {"HTTP 422": 80 * NULLS // 20}


def test_another_version_than_the_served_one_is_not_measured(place: Place) -> None:
    with pytest.raises(UserError, match=f"serves version {place.versions[0]}"):
        rg.benchmark(place.board, "prices", data="houses", url=place.url, plan=PLAN)


def reportgen(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "reportgen", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=200)


def _record(place: Place) -> tuple[dict[str, Any], str]:
    (manifest,) = project(place.folder).render("prices-card")
    assert manifest.folder is not None
    record = json.loads((manifest.folder / "report.json").read_text())
    return record, (manifest.folder / "index.html").read_text()


def test_a_card_shows_what_the_command_measured(place: Place, served: Benchmark) -> None:
    text = PROJECT.replace("VERSION", place.versions[0])
    (place.folder / "reportgen.yml").write_text(text)

    done = reportgen(
        place.folder, "benchmark", "prices", "--url", place.url, "--requests", "100", "--rows",
        "10", "--batch", "20", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    record, page = _record(place)

    assert record["pins"]["operations"]["version"] == told["pin"]["version"]
    assert told["pin"]["name"] == served.pin.name
    for name in ("latency_p50", "latency_p95", "throughput", "error_rate"):
        value = record["values"][f"operations.{name}"]
        assert value["number"] == told["values"][f"operations.{name}"]["number"]
    assert record["values"]["operations.latency_p99"]["reason"].startswith("not enough calls")
    assert "Operational performance" in page
    assert "Latency (p95)" in page.partition('id="sec-performance"')[0]
    assert record["as_of"] == record["pins"]["model"]["created"][:10]
    assert place.url in [fact["text"] for fact in record["facts"].values()]


def test_a_card_of_the_next_version_shows_none_of_it(place: Place, served: Benchmark) -> None:
    text = PROJECT.replace("VERSION", place.versions[1])
    (place.folder / "reportgen.yml").write_text(text)
    handle = project(place.folder)
    handle.lock(update=True)
    spec = handle.reports["prices-card"]

    with Workbench(handle.project, spec, Asked()) as bench:
        record = measure_edition(Edition(project=handle.project, spec=spec), bench.prepared)

    why = f"measured for version {served.measurement.model.version}, not this one"
    operations = {k: v for k, v in record.values.items() if k.startswith("operations.")}
    assert len(operations) == 10
    assert {value.reason for value in operations.values()} == {why}
    found = [f for f in record.findings if f.because == ("operations.latency_p95",)]
    assert [finding.state for finding in found] == ["cannot tell"]
    assert "operations.metrics" in record.tables
