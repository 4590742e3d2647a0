"""The operations pin: how the model runs, as it was measured, if it was this model."""

from __future__ import annotations

from reportgen.boards import Snapshot
from reportgen.errors import DataError
from reportgen.report import Pin
from reportgen.report.operations import (
    PROTOCOL,
    Measurement,
    OperationsFrame,
    load_measurement,
    protocol_of,
)

__all__ = ["collect_operations"]


def collect_operations(model: Pin, snapshot: Snapshot) -> OperationsFrame:
    """Read a measurement, and tell whether it is of this version of the model.

    Parameters
    ----------
    model : that the card is of

    Raises
    ------
    DataError
        The pin holds no measurement by ``reportgen benchmark``, or a damaged one.
    """
    version = snapshot.version
    try:
        content = snapshot.path.read_bytes()
        protocol = protocol_of(content)
        if protocol != PROTOCOL:
            return OperationsFrame(
                measurement=None,
                withheld=f"measured by protocol {protocol}; this reportgen reads {PROTOCOL}",
            )
        measurement = load_measurement(content)
    except ValueError as error:
        raise DataError(
            f"pin '{version.name}' version {version.version} is no operations pin: {error}. "
            "Write one with `reportgen benchmark`."
        ) from error
    return OperationsFrame(measurement=measurement, withheld=_withheld(model, measurement))


def _withheld(model: Pin, measurement: Measurement) -> str:
    measured, served = measurement.model, measurement.service
    if measured.name != model.name:
        return f"measured for the model {measured.name}, not this one"
    if measured.version != model.version:
        return f"measured for version {measured.version}, not this one"
    if measured.sha256 != model.sha256:
        return "measured for other bytes of this version"
    if served is not None and served.version not in ("", model.version):
        return f"measured for version {served.version}, not this one"
    return ""
