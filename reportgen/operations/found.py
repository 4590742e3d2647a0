"""What a benchmark found, for the person who asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reportgen.boards import PinVersion
from reportgen.errors import NotFoundError, near_miss
from reportgen.report import Value
from reportgen.report.operations import Measurement

__all__ = ["Benchmark", "summary_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """What was measured, and where it was pinned.

    Attributes
    ----------
    measurement : every call that was timed
    values : ``operations.*``, as a card will show them
    pin : the version that was written
    """

    measurement: Measurement
    values: Mapping[str, Value]
    pin: PinVersion

    def value(self, name: str) -> Value:
        """Give one value; ``latency_p95`` is short for ``operations.latency_p95``.

        Raises
        ------
        NotFoundError
            There is no value of that name.
        """
        whole = name if name.startswith("operations.") else f"operations.{name}"
        if whole not in self.values:
            raise NotFoundError(f"no value '{name}'. {near_miss(whole, list(self.values))}")
        return self.values[whole]

    def __repr__(self) -> str:
        from reportgen.present import show

        model = self.measurement.model
        lines = [f"{model.name} {model.version}, pinned as {self.pin.name} {self.pin.version}"]
        lines += [f"  {v.label}: {show(v, interval=True, n=True)}" for v in self.values.values()]
        return "\n".join(lines)


def summary_of(values: Mapping[str, Value]) -> dict[str, Any]:
    """Give the numbers by name, for people who read the pin."""
    summary = {}
    for name, value in values.items():
        told: dict[str, Any] = {"number": value.number, "unit": value.unit}
        if value.interval is not None:
            told |= {"low": value.interval.low, "high": value.interval.high}
        if value.reason is not None:
            told["reason"] = value.reason
        summary[name] = told
    return summary
