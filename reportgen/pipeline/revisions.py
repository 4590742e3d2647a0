"""Revisions that were published of an edition are an input of the next one, and no secret of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

from reportgen.errors import ToolError, UserError
from reportgen.publish import Shelf, fingerprint
from reportgen.publish.fingerprint import plain_inputs
from reportgen.report import Edition, Manifest, ReportData, load_record
from reportgen.report.revision import Revision

__all__ = ["earlier_revisions", "is_made_from", "with_revisions"]

_KEY = "revisions"
_RECORD = "report.json"


def is_made_from(published: Manifest, inputs: Mapping[str, Any]) -> bool:
    """Whether an edition was made from these inputs, whatever had been published before it.

    Parameters
    ----------
    inputs : as `edition_inputs` gives them, without revisions
    """
    if _KEY not in published.inputs:
        return published.fingerprint == fingerprint(inputs)
    own = {key: item for key, item in published.inputs.items() if key != _KEY}
    return fingerprint(own) == fingerprint(inputs)


def earlier_revisions(
    edition: Edition, key: str, shelf: Shelf, *, before: Manifest | None = None
) -> tuple[Revision, ...]:
    """Read the records of all revisions that were published of an edition, oldest first.

    Parameters
    ----------
    before : the revision that is made again: those from it on are left out

    Raises
    ------
    RetryError
        The site cannot be read at the moment.
    """
    if edition.spec.kind != "monitoring":
        return ()
    found = [
        manifest
        for manifest in shelf.editions()
        if (manifest.report, manifest.edition) == (edition.spec.name, key)
        and (before is None or manifest.revision < before.revision)
    ]
    found.sort(key=lambda manifest: manifest.revision)
    return tuple(_revision(manifest, shelf) for manifest in found)


def with_revisions(
    data: ReportData, inputs: Mapping[str, Any], earlier: tuple[Revision, ...]
) -> tuple[ReportData, Mapping[str, Any]]:
    """Add the revisions before to a record, and to what it is made from; none: both as they were."""
    if not earlier:
        return data, inputs
    from reportgen.measure.monitoring.revisions import measure_revisions

    part = measure_revisions(data, plain_inputs(inputs), earlier)
    told = replace(
        data,
        values={**data.values, **{value.name: value for value in part.values}},
        tables={**data.tables, **{table.name: table for table in part.tables}},
        findings=(*data.findings, *part.findings),
    )
    named = [
        {"revision": one.number, "record": one.sha256 if one.record else one.reason}
        for one in earlier
    ]
    return told, {**inputs, _KEY: named}


def _revision(manifest: Manifest, shelf: Shelf) -> Revision:
    """Read one record; what cannot be believed is named and stops nothing."""
    stated = next((file.sha256 for file in manifest.files if file.name == _RECORD), "")
    record, reason = _read(manifest, stated, shelf)
    return Revision(
        number=manifest.revision,
        sha256=stated,
        inputs=manifest.inputs,
        record=record,
        reason=reason,
    )


def _read(manifest: Manifest, stated: str, shelf: Shelf) -> tuple[ReportData | None, str]:
    try:
        content = shelf.read(manifest, _RECORD)
        if sha256(content).hexdigest() != stated:
            return None, "changed after it was published"
        return load_record(json.loads(content)), ""
    except ToolError:
        return None, "missing"
    except (UserError, ValueError, KeyError, TypeError, AttributeError):
        return None, "of another version of reportgen"
