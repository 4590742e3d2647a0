"""A running API as the thing that is measured: is it this model, and which columns does it take."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reportgen.boards import Snapshot
from reportgen.collect.models.prototype import read_vetiver_meta
from reportgen.errors import DataError, UserError, near_miss
from reportgen.operations.service import (
    Endpoint,
    ask_service,
    describe_service,
    open_endpoint,
    prototype_of,
)
from reportgen.report.operations import Plan, Service, Timings

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Answered", "check_address", "measure_served"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What an API answered."""

    one_row: Timings
    batch: Timings
    service: Service


def check_address(url: str, headers: Mapping[str, str]) -> Endpoint:
    """Read address and headers before anything is fetched; see `open_endpoint`."""
    return open_endpoint(url, headers, os.environ)


def measure_served(
    endpoint: Endpoint, snapshot: Snapshot, rows: pd.DataFrame, plan: Plan
) -> Answered:
    """Ask the API about the rows, after it was seen to serve this version.

    Parameters
    ----------
    snapshot : of the model; it is not loaded
    rows : with the model's features and perhaps more

    Raises
    ------
    UserError
        The API serves another version, or nobody says which columns it takes.
    DataError
        The rows lack one of them.
    RetryError
        Nobody answers.
    """
    service = describe_service(endpoint)
    _check_served(service, snapshot.version.version)
    features = _features(snapshot, endpoint)
    missing = [name for name in features if name not in rows.columns]
    if missing:
        raise DataError(
            f"the data pin lacks the feature '{missing[0]}'. "
            f"{near_miss(missing[0], list(rows.columns))}"
        )
    one_row, batch = ask_service(endpoint, rows[list(features)], plan)
    return Answered(one_row=one_row, batch=batch, service=service)


def _check_served(service: Service, version: str) -> None:
    if service.version not in ("", version):
        raise UserError(
            f"{service.address} serves version {service.version} of the model, not {version}. "
            "Measure that version, or serve this one."
        )


def _features(snapshot: Snapshot, endpoint: Endpoint) -> tuple[str, ...]:
    """Name the columns to send, as the pin says, or else the API."""
    said = {"vetiver_meta": {"prototype": prototype_of(endpoint)}}
    for metadata in (snapshot.version.metadata, said):
        meta = read_vetiver_meta(metadata)
        if meta and meta.features:
            return tuple(feature.name for feature in meta.features)
    raise UserError(
        f"neither the pin '{snapshot.version.name}' nor {endpoint.address} says which columns "
        "the model needs: pin it with a prototype"
    )
