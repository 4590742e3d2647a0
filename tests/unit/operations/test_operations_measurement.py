"""The content of the pin: JSON both ways, every field checked; and who may read it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.boards import Snapshot
from reportgen.collect.operations import collect_operations
from reportgen.errors import DataError
from reportgen.report import Pin
from reportgen.report.operations import (
    Measurement,
    Plan,
    Timings,
    dump_measurement,
    load_measurement,
)
from tests.boards_support import WRITTEN, folder_board
from tests.unit.operations.sample import VERSION, measurement, of_service

NANOSECONDS = st.lists(st.integers(0, 10**13), max_size=20).map(tuple)


@given(NANOSECONDS, st.dictionaries(st.text(max_size=20), st.integers(0, 1000), max_size=3))
def test_what_is_written_is_read_back(took: tuple[int, ...], failures: dict[str, int]) -> None:
    timed = Timings(rows=1, distinct=1, took_ns=took, failures=failures)
    said = measurement(one_row=timed)

    assert load_measurement(dump_measurement(said, {}).encode()) == said


@pytest.mark.parametrize("said", [measurement(), measurement(memory=None), of_service()])
def test_both_ways_of_measuring_are_read_back(said: Measurement) -> None:
    assert load_measurement(dump_measurement(said, {"a": 1}).encode()) == said


@pytest.mark.parametrize(("change", "said"), [
    ({"one_row": {"rows": 1, "distinct": 1, "took_ns": [1.5], "failures": {}}}, "one_row.took_ns"),
    ({"one_row": {"rows": 1, "distinct": 1, "took_ns": [-1], "failures": {}}}, "less than no time"),
    ({"machine": {}}, "machine.processor"),
    ({"measured_at": "2024-05-06T07:08:09"}, "no time zone"),
    ({"plan": {"requests": 0}}, "requests is 0"),
    ({"starts": [{"answered_ns": "1"}]}, "starts.0.answered_ns"),
])  # fmt: skip
def test_a_damaged_field_is_named(change: dict[str, Any], said: str) -> None:
    plain = {**json.loads(dump_measurement(measurement(), {})), **change}

    with pytest.raises(ValueError, match=said):
        load_measurement(json.dumps(plain).encode())


@pytest.mark.parametrize(
    ("name", "number"),
    [("rows", 0), ("requests", 100_001), ("batch", -1), ("starts", 0), ("batches", 10_001)],
)
def test_a_plan_has_bounds(name: str, number: int) -> None:
    with pytest.raises(ValueError, match=f"{name} is {number}"):
        Plan(**{name: number})


def test_a_phase_ends_within_the_hour() -> None:
    with pytest.raises(ValueError, match="seconds is 4000"):
        Plan(seconds=4000.0)


def pinned(folder: Path, content: bytes | str) -> Snapshot:
    (folder / "board").mkdir()
    path = folder / "content"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    board = folder_board(folder / "board")
    version = board.write("ops", path, type="json", created=WRITTEN)
    return board.fetch("ops", version.version, folder / "fetched")


def model(**changes: Any) -> Pin:
    usual = {
        "role": "model", "board": "board", "name": "churn", "version": VERSION,
        "sha256": "a" * 64, "created": datetime(2013, 5, 1, tzinfo=UTC), "type": "joblib",
        "size_bytes": 10,
    }  # fmt: skip
    return Pin(**{**usual, **changes})


def test_a_measurement_of_this_model_counts(tmp_path: Path) -> None:
    found = collect_operations(model(), pinned(tmp_path, dump_measurement(measurement(), {})))

    assert found.withheld == ""
    assert found.measurement == measurement()


@pytest.mark.parametrize(("change", "why"), [
    ({"version": "20140101T000000Z-ffff1"}, f"measured for version {VERSION}, not this one"),
    ({"sha256": "c" * 64}, "measured for other bytes of this version"),
    ({"name": "other"}, "measured for the model churn, not this one"),
])  # fmt: skip
def test_a_measurement_of_another_model_does_not(
    change: dict[str, str], why: str, tmp_path: Path
) -> None:
    written = pinned(tmp_path, dump_measurement(measurement(), {}))

    assert collect_operations(model(**change), written).withheld == why


@pytest.mark.parametrize(("served", "why"), [
    ("", ""),
    (VERSION, ""),
    ("20140101T000000Z-ffff1", "measured for version 20140101T000000Z-ffff1, not this one"),
])  # fmt: skip
def test_an_api_that_served_another_version_does_not(
    served: str, why: str, tmp_path: Path
) -> None:
    written = pinned(tmp_path, dump_measurement(of_service(version=served), {}))

    assert collect_operations(model(), written).withheld == why


def test_another_protocol_is_said_and_not_read(tmp_path: Path) -> None:
    plain = {**json.loads(dump_measurement(measurement(), {})), "protocol": 2, "one_row": "new"}

    found = collect_operations(model(), pinned(tmp_path, json.dumps(plain)))

    assert found.measurement is None
    assert found.withheld == "measured by protocol 2; this reportgen reads 1"


@pytest.mark.parametrize("content", [
    b" ", b"[]", b"{}", b"\xff\xfe", b'{"kind": "reportgen operations"}', b"a,b\n1,2\n",
    b'{"kind": "reportgen operations", "protocol": 1}',
])  # fmt: skip
def test_a_pin_of_something_else_is_refused_by_name(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"pin 'ops' version .* is no operations pin"):
        collect_operations(model(), pinned(tmp_path, content))
