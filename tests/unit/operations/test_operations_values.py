"""From a measurement to what a card shows, each number by hand."""

from dataclasses import replace

import pytest

from reportgen.measure.operations.operations import measure_operations
from reportgen.report import Part, Value
from reportgen.report.operations import OperationsFrame
from tests.unit.operations.sample import VERSION, measurement, of_service


def measured(frame: OperationsFrame) -> tuple[Part, dict[str, Value]]:
    part = measure_operations(frame)
    return part, {value.name.removeprefix("operations."): value for value in part.values}


def test_the_numbers_of_a_process_are_those_counted_by_hand() -> None:
    _, values = measured(OperationsFrame(measurement=measurement()))

    numbers = {name: value.number for name, value in values.items()}
    assert numbers == {
        "latency_p50": 0.25,
        "latency_p95": 0.475,
        "latency_p99": 0.495,
        "batch_latency_p50": 0.5,
        "throughput": 2000.0,
        "cold_start": 3.0,
        "load_time": 1.5,
        "peak_memory": 320,
        "model_memory": 120,
    }
    assert {name: value.n for name, value in values.items()} == {
        "latency_p50": 500,
        "latency_p95": 500,
        "latency_p99": 500,
        "batch_latency_p50": 10,
        "throughput": 10,
        "cold_start": 6,
        "load_time": 6,
        "peak_memory": None,
        "model_memory": None,
    }


def test_the_interval_of_a_pace_is_that_of_the_time_turned_around() -> None:
    _, values = measured(OperationsFrame(measurement=measurement()))
    batch, pace = values["batch_latency_p50"].interval, values["throughput"].interval

    assert batch is not None
    assert pace is not None
    assert (batch.low, batch.high) == (0.2, 0.9)
    assert (pace.low, pace.high) == (1000 / 0.9, 1000 / 0.2)
    assert (pace.level, pace.method) == (0.95, "order statistics")


def test_what_is_better_is_said() -> None:
    _, values = measured(OperationsFrame(measurement=measurement()))

    assert {name for name, value in values.items() if value.better != "lower"} == {"throughput"}


def test_the_level_is_the_cards() -> None:
    part = measure_operations(OperationsFrame(measurement=measurement()), 0.99)

    assert {v.interval.level for v in part.values if v.interval} == {0.99}


def test_every_value_stands_in_the_table_beside_the_size() -> None:
    part, values = measured(OperationsFrame(measurement=measurement()))

    (table,) = part.tables
    listed = [row[1].value for row in table.rows]
    assert listed == [*(value.name for value in values.values()), "model.size"]
    assert "compare only what one machine measured" in table.note
    assert "busy" not in table.note


def test_when_where_and_how_are_facts() -> None:
    part, _ = measured(OperationsFrame(measurement=measurement()))

    facts = {fact.name.removeprefix("operations."): fact.text for fact in part.facts}
    assert facts == {
        "measured": "2024-05-06 07:08 UTC",
        "model": f"churn {VERSION}",
        "machine": (
            "Abacus 2000 (wood), 2 cores, 8 GB of memory, Linux 6.1, CPython 3.11.7, "
            "load 0.10 per core before the measurement"
        ),
        "packages": "numpy 2.1, scikit-learn 1.5",
        "protocol": (
            "1: 500 requests of one row, of 100 different ones, after 20 that do not count; "
            "10 batches of 1,000 rows; 6 fresh processes; 1 thread"
        ),
        "data": f"churn-test {VERSION}",
    }


def test_a_busy_machine_is_called_one() -> None:
    busy = measurement()
    part, _ = measured(
        OperationsFrame(measurement=replace(busy, machine=replace(busy.machine, load=1.25)))
    )

    assert "The machine was busy (1.25 processes per core)" in part.tables[0].note


def test_numbers_of_another_version_are_not_shown() -> None:
    why = f"measured for version {VERSION}, not this one"
    part, values = measured(OperationsFrame(measurement=measurement(), withheld=why))

    assert {(value.number, value.reason) for value in values.values()} == {(None, why)}
    assert len(values) == 9
    (finding,) = part.findings
    assert finding.state == "cannot tell"
    assert finding.because == ("operations.latency_p95",)
    assert VERSION in finding.sentence
    assert "2024-05-06 07:08 UTC" in [fact.text for fact in part.facts]


def test_a_measurement_that_cannot_be_read_leaves_reasons() -> None:
    why = "measured by protocol 9; this reportgen reads 1"
    part, values = measured(OperationsFrame(measurement=None, withheld=why))

    assert {value.reason for value in values.values()} == {why}
    assert part.facts == ()
    assert len(part.findings) == 1


def test_there_is_a_measurement_or_a_reason() -> None:
    with pytest.raises(ValueError, match="no reason"):
        OperationsFrame(measurement=None)


def test_an_api_that_answers_everything_is_no_finding() -> None:
    part, values = measured(OperationsFrame(measurement=of_service()))

    rate = values["error_rate"]
    assert rate.number == 0.0
    assert rate.n == 500
    assert rate.interval is not None
    assert rate.interval.high == pytest.approx(3.8415 / 503.8415, abs=1e-5)  # Wilson, by hand
    assert part.findings == ()
    for name in ("cold_start", "load_time", "peak_memory", "model_memory"):
        assert values[name].reason == "not measured; the API runs in a process of its own"
    assert "The API does not say which version it serves." in part.tables[0].note


def test_failures_are_counted_named_and_to_be_watched() -> None:
    failing = of_service({"no connection": 5, "HTTP 422": 495})
    part, values = measured(OperationsFrame(measurement=failing))

    assert values["error_rate"].number == 0.5
    assert values["latency_p50"].n == 500
    (finding,) = part.findings
    assert finding.state == "watch"
    assert finding.sentence == (
        "The API failed to answer 500 of 1,000 requests (HTTP 422: 495 and no connection: 5)."
    )


def test_a_system_that_does_not_tell_memory_leaves_a_reason() -> None:
    _, values = measured(OperationsFrame(measurement=measurement(memory=None)))

    assert values["peak_memory"].reason == "not told by this system"
    assert values["cold_start"].number == 3.0


def test_one_start_and_one_batch_have_numbers_and_no_intervals() -> None:
    usual = measurement()
    few = replace(
        usual, starts=usual.starts[:1], batch=replace(usual.batch, took_ns=usual.batch.took_ns[:1])
    )
    _, values = measured(OperationsFrame(measurement=few))

    assert (values["cold_start"].number, values["cold_start"].interval) == (1.0, None)
    assert (values["throughput"].number, values["throughput"].interval) == (10_000.0, None)


def test_a_batch_faster_than_the_clock_has_no_pace() -> None:
    usual = measurement()
    _, values = measured(
        OperationsFrame(measurement=replace(usual, batch=replace(usual.batch, took_ns=(0,) * 10)))
    )

    assert values["batch_latency_p50"].number == 0.0
    assert values["throughput"].reason == "too fast for the clock"
