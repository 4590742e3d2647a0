"""A small record and its rendered files, as the other stages would hand them over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from reportgen.publish import fingerprint
from reportgen.report import (
    Cell,
    Column,
    Document,
    Fact,
    Interval,
    Pin,
    Provenance,
    ReportData,
    State,
    Table,
    Value,
    Verdict,
)

NOW = datetime(2013, 7, 8, 6, 0, tzinfo=UTC)
_SOURCE = Provenance(by="performance.recall@1", pins=("model", "data"))


def sample_data(
    edition: str = "2013-W27",
    *,
    report: str = "late-flights-weekly",
    state: State = "watch",
    sentence: str = "Recall fell.",
    title: str = "Late flights, weekly",
    as_of: date = date(2013, 7, 8),
    **other: Any,
) -> ReportData:
    values = {
        "performance.recall": Value(
            name="performance.recall",
            number=0.481,
            unit="ratio",
            n=912,
            interval=Interval(low=0.449, high=0.513, method="wilson"),
            provenance=_SOURCE,
        ),
        "performance.roc_auc": Value(
            name="performance.roc_auc", reason="no labels yet", unit="ratio", provenance=_SOURCE
        ),
        "volume.rows": Value(
            name="volume.rows", number=6493, unit="rows", n=6493, provenance=_SOURCE
        ),
    }
    table = Table(
        name="performance.metrics",
        title="Metrics",
        columns=(Column(name="metric", label="Metric"), Column(name="now", label="This period")),
        rows=tuple((Cell(text=name), Cell(value=name)) for name in values),
    )
    pin = Pin(
        role="model",
        board="folder:board",
        name="late-flights",
        version="20130502T060000Z-1a2b3",
        sha256="0" * 64,
        created=datetime(2013, 5, 2, 6, tzinfo=UTC),
        type="joblib",
        size_bytes=1,
    )
    data = ReportData(
        report=report,
        kind="monitoring",
        title=title,
        project="Flight delays",
        edition=edition,
        as_of=as_of,
        task="classification",
        pins={"model": pin},
        facts={"model.name": Fact(name="model.name", text="late-flights", provenance=_SOURCE)},
        values=values,
        tables={table.name: table},
        verdict=Verdict(state=state, sentence=sentence),
    )
    return replace(data, **other)


def sample_inputs(**changed: Any) -> dict[str, Any]:
    return {
        "pins": {"model": {"name": "late-flights", "version": "1", "sha256": "0" * 64}},
        "template": "1" * 64,
        "parameters": {},
        "formats": ("html", "pdf"),
        "versions": {"reportgen": "0.1.0", "pandoc": "3.9"},
        **changed,
    }


def sample_document(
    folder: Path, inputs: Mapping[str, Any], body: str = "Recall fell."
) -> Document:
    """Files as the render stage leaves them; the page carries the fingerprint of `inputs`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "figures").mkdir(exist_ok=True)
    meta = f'<meta name="reportgen-fingerprint" content="{fingerprint(inputs)}">'
    page = f"<!DOCTYPE html><html lang=en><head>{meta}<title>t</title></head><body>{body}</body>"
    (folder / "page.html").write_text(page)
    mark = f"reportgen-fingerprint:{fingerprint(inputs)}"
    (folder / "page.pdf").write_bytes(b"%PDF-1.7\n" + bytes(50_000) + mark.encode())
    (folder / "figures" / "recall.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    return Document(
        folder=folder,
        files={
            "index.html": Path("page.html"),
            "report.pdf": Path("page.pdf"),
            "figures/recall.svg": Path("figures/recall.svg"),
        },
        engines={"index.html": "embedded", "report.pdf": "embedded"},
    )
