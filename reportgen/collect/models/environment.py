"""With which packages a model was made, and its data scored, as their pins say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.boards import Snapshot
from reportgen.collect.models.prototype import read_vetiver_meta
from reportgen.report.operations_log import Environment, read_packages

__all__ = ["collect_environment"]


def collect_environment(model: Snapshot, data: Snapshot | None) -> Environment:
    """Read what data.txt of both pins says of packages.

    Parameters
    ----------
    data : None where the rows are of a table that is no pin

    Notes
    -----
    A model's packages stand in ``vetiver_meta``, its Python version too. Both pins may say
    ``packages`` in their metadata: a mapping of names to versions, or a list such as
    ``[scikit-learn==1.5.0]``.
    """
    meta = read_vetiver_meta(model.version.metadata)
    required: dict[str, str] = {}
    if meta is not None:
        required = read_packages(list(meta.packages))
        if meta.python:
            required["python"] = meta.python
    required |= _own(model.version.metadata)
    return Environment(
        required=required, scored={} if data is None else _own(data.version.metadata)
    )


def _own(metadata: Mapping[str, Any]) -> dict[str, str]:
    """Read ``packages``, which vetiver and pins put one level down."""
    below = metadata.get("user")
    found = metadata.get("packages")
    if found is None and isinstance(below, Mapping):
        found = below.get("packages")
    return read_packages(found)
