"""How fast a model answers and what it needs, from the calls that `reportgen benchmark` timed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from reportgen.measure.operations.facts import counted, operations_facts
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import proportion
from reportgen.measure.statistics.quantiles import quantile_of
from reportgen.measure.wording import listed, weight_of
from reportgen.report import (
    Cell,
    Column,
    Finding,
    Interval,
    Part,
    Provenance,
    Table,
    Unit,
    Value,
)
from reportgen.report.operations import Measurement, OperationsFrame, Plan

__all__ = ["measure_operations"]

_BUSY = 0.5
"""Running processes per core from which a machine was not at rest."""

_HOW_TO_READ = (
    "Intervals say how well this run knows itself. Another machine, or another day, differs by "
    "more: compare only what one machine measured, as a ratio."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """How a number is shown; `meaning` takes numbers of the plan in braces."""

    label: str
    unit: Unit
    better: Literal["higher", "lower", ""]
    meaning: str
    by: str


def _lower(label: str, unit: Unit, meaning: str, *, by: str) -> _Words:
    return _Words(label=label, unit=unit, better="lower", meaning=meaning, by=by)


_NAMES: Mapping[str, _Words] = {
    "latency_p50": _lower(
        "Latency (p50)", "seconds", "Half of all requests of one row took no longer.", by="latency"
    ),
    "latency_p95": _lower(
        "Latency (p95)", "seconds", "95 of 100 requests of one row took no longer.", by="latency"
    ),
    "latency_p99": _lower(
        "Latency (p99)", "seconds", "99 of 100 requests of one row took no longer.", by="latency"
    ),
    "batch_latency_p50": _lower(
        "Batch latency (p50)",
        "seconds",
        "Half of the batches of {batch} took no longer.",
        by="batch",
    ),
    "throughput": _Words(
        label="Rows per second",
        unit="number",
        better="higher",
        meaning="At the pace of the median batch of {batch}.",
        by="batch",
    ),
    "error_rate": _lower(
        "Failed requests", "ratio", "Requests of one row without a prediction.", by="requests"
    ),
    "cold_start": _lower(
        "Cold start",
        "seconds",
        "From starting a process to its first prediction: the median of {starts}.",
        by="start",
    ),
    "load_time": _lower(
        "Load time",
        "seconds",
        "Part of the cold start: the model and the libraries it brings.",
        by="start",
    ),
    "peak_memory": _lower(
        "Peak memory", "bytes", "The most the process held, libraries and all.", by="memory"
    ),
    "model_memory": _lower(
        "Memory of the model",
        "bytes",
        "Of it, for loading the model and predicting batches.",
        by="memory",
    ),
}


def measure_operations(frame: OperationsFrame, level: float = 0.95) -> Part:
    """Turn a measurement into values, a table, facts and findings.

    Parameters
    ----------
    level : of the intervals

    Returns
    -------
    ``operations.*``; the table also names ``model.size``, which the model's own part holds. When
    the measurement is of another model, every value has that as its reason.
    """
    measured = frame.measurement
    parameters = _parameters(measured)
    estimates = (
        dict.fromkeys(_own_names(measured), Estimate(number=None, n=0, reason=frame.withheld))
        if frame.withheld or measured is None
        else _estimates(measured, level)
    )
    values = tuple(_value(name, estimate, parameters) for name, estimate in estimates.items())
    return Part(
        facts=operations_facts(measured) if measured else (),
        values=values,
        tables=(_table(values, measured, frame.withheld),),
        findings=_findings(frame, values),
    )


def _own_names(measured: Measurement | None) -> tuple[str, ...]:
    served = measured is not None and measured.service is not None
    return tuple(name for name in _NAMES if served or name != "error_rate")


def _estimates(measured: Measurement, level: float) -> dict[str, Estimate]:
    one, batch = _seconds(measured.one_row.took_ns), _seconds(measured.batch.took_ns)
    found = {f"latency_p{p}": quantile_of(one, p / 100, level) for p in (50, 95, 99)}
    found["batch_latency_p50"] = quantile_of(batch, 0.5, level)
    found["throughput"] = _pace(found["batch_latency_p50"], measured.batch.rows)
    if measured.service is not None:
        failed, answered = measured.one_row.failed, len(measured.one_row.took_ns)
        found["error_rate"] = proportion(failed, failed + answered, level)
    return found | _process(measured, level)


def _process(measured: Measurement, level: float) -> dict[str, Estimate]:
    """Give what only a process of our own can show."""
    starts, memory = measured.starts, measured.memory
    reason = "not told by this system"
    if measured.service is not None:
        reason = "not measured; the API runs in a process of its own"
    absent = Estimate(number=None, n=0, reason=reason)
    found = dict.fromkeys(("cold_start", "load_time", "peak_memory", "model_memory"), absent)
    if starts:
        cold = _seconds(tuple(start.answered_ns for start in starts))
        loads = _seconds(tuple(start.load_ns for start in starts))
        found["cold_start"] = quantile_of(cold, 0.5, level)
        found["load_time"] = quantile_of(loads, 0.5, level)
    if memory is not None:
        used = max(memory.peak_bytes - memory.baseline_bytes, 0)
        found["peak_memory"] = Estimate(number=memory.peak_bytes, n=1)
        found["model_memory"] = Estimate(number=used, n=1)
    return found


def _seconds(took_ns: tuple[int, ...]) -> tuple[float, ...]:
    return tuple(took / 1e9 for took in took_ns)


def _pace(batch: Estimate, rows: int) -> Estimate:
    """Rows per second at the pace of the median batch; its interval is turned around."""
    if batch.number is None or batch.number <= 0:
        return Estimate(number=None, n=batch.n, reason=batch.reason or "too fast for the clock")
    interval = None
    if batch.interval is not None and batch.interval.low > 0:
        ends = rows / batch.interval.high, rows / batch.interval.low
        interval = Interval(
            low=ends[0], high=ends[1], level=batch.interval.level, method=batch.interval.method
        )
    return Estimate(number=rows / batch.number, n=batch.n, interval=interval)


def _parameters(measured: Measurement | None) -> Mapping[str, Any]:
    if measured is None:
        return {}
    return {
        "measured": f"{measured.measured_at:%Y-%m-%d}",
        "model_version": measured.model.version,
        "over": "HTTP" if measured.service else "a call in the process",
    }


def _value(name: str, estimate: Estimate, parameters: Mapping[str, Any]) -> Value:
    words = _NAMES[name]
    counted = words.unit == "bytes" or estimate.number is None
    number = estimate.number
    return Value(
        name=f"operations.{name}",
        number=int(number) if number is not None and words.unit == "bytes" else number,
        unit=words.unit,
        n=None if counted else estimate.n,
        interval=estimate.interval,
        reason=estimate.reason,
        label=words.label,
        better=words.better,
        provenance=Provenance(
            by=f"operations.{words.by}@1", pins=("operations",), parameters=parameters
        ),
    )


def _table(values: tuple[Value, ...], measured: Measurement | None, withheld: str) -> Table:
    plan = measured.plan if measured else Plan()
    batch = counted(measured.batch.rows if measured else plan.batch, "row", "rows")
    starts = counted(
        len(measured.starts) if measured else plan.starts, "fresh process", "fresh processes"
    )
    rows = [
        (
            Cell(text=value.label),
            Cell(value=value.name),
            Cell(
                text=_NAMES[value.name.removeprefix("operations.")].meaning.format(
                    batch=batch, starts=starts
                )
            ),
        )
        for value in values
    ]
    rows.append(
        (
            Cell(text="Size of the artefact"),
            Cell(value="model.size"),
            Cell(text="As it lies on the board."),
        )
    )
    return Table(
        name="operations.metrics",
        title="How fast the model answers, and what it needs",
        columns=(
            Column(name="metric", label="Measure"),
            Column(name="value", label="Estimate", unit="number"),
            Column(name="meaning", label="What it says"),
        ),
        rows=tuple(rows),
        note="" if withheld or measured is None else _note(measured),
    )


def _note(measured: Measurement) -> str:
    said = [_HOW_TO_READ]
    if measured.service is not None:
        said.append("Times hold the network between the API and where it was asked from.")
        if not measured.service.version:
            said.append("The API does not say which version it serves.")
    load = measured.machine.load
    if load is not None and load >= _BUSY:
        said.append(
            f"The machine was busy ({load:.2f} processes per core): times may be too long."
        )
    return " ".join(said)


def _findings(frame: OperationsFrame, values: tuple[Value, ...]) -> tuple[Finding, ...]:
    if frame.withheld:
        return (
            Finding(
                kind="completeness",
                state="cannot tell",
                sentence=(
                    "How fast this model answers is not known: its operations pin was "
                    f"{frame.withheld}."
                ),
                because=("operations.latency_p95",),
                weight=weight_of("completeness", "cannot tell"),
            ),
        )
    failed = next((value for value in values if value.name == "operations.error_rate"), None)
    measured = frame.measurement
    if failed is None or not failed.number or measured is None:
        return ()
    kinds = sorted(measured.one_row.failures.items(), key=lambda item: (-item[1], item[0]))
    asked = len(measured.one_row.took_ns) + measured.one_row.failed
    words = listed(tuple(f"{kind}: {count:,}" for kind, count in kinds))
    return (
        Finding(
            kind="quality",
            state="watch",
            sentence=(
                f"The API failed to answer {measured.one_row.failed:,} of {asked:,} requests "
                f"({words})."
            ),
            because=(failed.name,),
            weight=weight_of("quality", "watch", failed.number),
        ),
    )
