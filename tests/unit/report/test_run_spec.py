"""A unit of work and its result survive a process, a host and a queue."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from reportgen.report import Pin
from reportgen.report.run_spec import (
    RunResult,
    RunSpec,
    dump_result,
    dump_run,
    load_result,
    load_run,
)

PIN = Pin(
    role="data",
    board="board",
    name="scored",
    version="20130502T060000Z-dc013",
    sha256="0" * 64,
    created=datetime(2013, 5, 2, 6, tzinfo=UTC),
    type="parquet",
    size_bytes=1,
)
RUN = RunSpec(
    project="reportgen.yml",
    report="weekly",
    edition="2013-W27",
    period="2013-W27",
    pins={"data": PIN},
    formats=("html", "pdf"),
    parameters={"limit": 0.5},
    owner="host:1",
    generation=3,
)
RESULT = RunResult(
    report="weekly", edition="2013-W27", outcome="published", state="ok", revision=2
)


def test_a_unit_of_work_is_one_line_of_json_both_ways() -> None:
    line = dump_run(RUN)

    assert "\n" not in line
    assert load_run(line) == RUN


def test_a_result_is_one_line_of_json_both_ways() -> None:
    assert load_result(dump_result(RESULT)) == RESULT


@pytest.mark.parametrize(
    "text", ["[]", "{}", '{"schema": 2}', dump_run(RUN).replace('"html"', '"exe"')]
)
def test_what_is_no_unit_of_work_is_refused(text: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        load_run(text)


def test_an_unknown_field_is_refused() -> None:
    plain = {**json.loads(dump_result(RESULT)), "surprise": 1}
    with pytest.raises(ValueError, match="surprise"):
        load_result(json.dumps(plain))


def test_a_failure_has_a_kind_and_nothing_else_has() -> None:
    with pytest.raises(ValueError, match="a failure, and only one"):
        RunResult(report="r", edition="e", outcome="failed")
    with pytest.raises(ValueError, match="a failure, and only one"):
        RunResult(report="r", edition="e", outcome="published", kind="tool")
