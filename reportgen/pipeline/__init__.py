"""The flow, on one page: from names on a board to published pages.

`prepare` does what the editions of one report share (fetch and collect), `measure_edition` turns
that into the record of one edition, `render_edition` into its files, and `make_report` is the
whole way, with nothing done when nothing has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from reportgen.pipeline.choosing import choose_periods
from reportgen.pipeline.inputs import edition_inputs, edition_key
from reportgen.pipeline.measuring import measure_edition
from reportgen.pipeline.outside import Outside, Timings, private_folder
from reportgen.pipeline.preparing import Prepared, prepare
from reportgen.pipeline.rendering import render_edition
from reportgen.pipeline.revisions import earlier_revisions, is_made_from, with_revisions
from reportgen.pipeline.tables import A_FRAME, close_tables, open_tables, with_tables
from reportgen.publish import compare_remake, fingerprint, publish_document
from reportgen.render import check_formats
from reportgen.report import Edition, Manifest, Pin, ReportData

__all__ = [
    "A_FRAME",
    "Outside",
    "Prepared",
    "Timings",
    "choose_periods",
    "close_tables",
    "edition_inputs",
    "edition_key",
    "is_made_from",
    "make_report",
    "measure_edition",
    "open_tables",
    "prepare",
    "private_folder",
    "render_edition",
    "with_tables",
]


def make_report(
    edition: Edition,
    measured: Callable[[], ReportData],
    pins: Mapping[str, Pin],
    outside: Outside,
    now: datetime,
    *,
    force: bool = False,
) -> Manifest:
    """Make one edition: from names on a board to published pages.

    Parameters
    ----------
    measured : gives the record; called only when there is something to do
    pins : exact, as `resolve_pins` gave them
    now : aware; reaches nothing but the manifest
    force : make it again though an edition of the same fingerprint is published, and compare: the
        same inputs must give the same bytes. What differs is kept aside and not published
    """
    inputs: Mapping[str, Any] = edition_inputs(edition, pins, outside)
    key = edition_key(edition, pins)
    newest = outside.shelf.find(edition.spec.name, key)
    published = newest if newest and is_made_from(newest, inputs) else None
    if published and not force:
        return replace(published, fresh=False)
    check_formats(edition.formats or edition.spec.formats, outside.converter)
    data = measured()
    if newest:
        earlier = earlier_revisions(edition, key, outside.shelf, before=published)
        data, inputs = with_revisions(data, inputs, earlier)
    with private_folder() as folder:
        document = render_edition(edition, data, fingerprint(inputs), outside, folder)
        with outside.timings.stage("publish"):
            remade = None
            if published:
                aside = outside.failed / f"{data.report}-{data.edition}"
                remade = compare_remake(document, data, published, aside)
                if remade.differs:
                    return replace(published, fresh=False, remade=remade)
            _pin_metrics(edition, data, outside)
            made = publish_document(document, data, inputs, outside.shelf, now, refresh=False)
            return replace(made, remade=remade)


def _pin_metrics(edition: Edition, data: ReportData, outside: Outside) -> None:
    """Put the metrics where the project wants them; before the page, as the same again is nothing."""
    asked = edition.spec.model.monitoring
    if edition.spec.kind == "monitoring" and asked is not None and asked.metrics_pin is not None:
        from reportgen.vetiver.record import pin_record

        pin_record(outside.board, data, asked.metrics_pin)
