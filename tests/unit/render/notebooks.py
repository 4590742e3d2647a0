"""Executed notebooks for the tests of this room, written cell by cell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from reportgen.render import Conversion, load_settings
from reportgen.render.embedded import Embedded
from reportgen.render.settings import Settings
from reportgen.report import Format

DRAWING = """<?xml version="1.0" encoding="utf-8"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
 width="460.8pt" height="200pt" viewBox="0 0 460.8 200">
<defs><style type="text/css">*{stroke-linejoin: round; stroke-linecap: butt}</style></defs>
<rect width="460.8" height="200" style="fill: #ffffff"/>
<defs><path id="m" d="M 0 0 L 0 3.500000" style="stroke: #7b8494"/>
<clipPath id="p"><rect x="40" y="10" width="400" height="160"/></clipPath></defs>
<use xlink:href="#m" x="60" y="170"/>
<g clip-path="url(#p)"><path d="M 40.123456 150.98765 L 440 30" fill="none" stroke="#2166ac"/></g>
<text style="font-size: 10px; fill: #1b2330" x="240" y="190">False positive rate</text>
<script>alert(1)</script>
</svg>"""

VALUE = (
    '[87.3 %]{.rg-value data-name="evaluation.accuracy" data-note="3" '
    'data-detail="Accuracy 0.8731; n = 21,104"}'
)
NOTE = "::: {#note-3}\nNote 3: by evaluation.accuracy from the pins.\n:::"
TABLE = "| Group | Rows |\n|:--|--:|\n| north | 1,000 |\n| south | 2,000 |"


def markdown(text: str, line: int = 1) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {"reportgen": {"line": line}}, "source": text}


def code(source: str, *outputs: dict[str, Any], line: int = 1) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": 1,
        "metadata": {"reportgen": {"line": line}},
        "source": source,
        "outputs": list(outputs),
    }


def shown(**data: str) -> dict[str, Any]:
    """An output: ``shown(markdown="…")``, ``shown(html="…", plain="…")``."""
    names = {"markdown": "text/markdown", "html": "text/html", "plain": "text/plain",
             "svg": "image/svg+xml", "png": "image/png"}  # fmt: skip
    return {
        "output_type": "display_data",
        "metadata": {},
        "data": {names[key]: value for key, value in data.items()},
    }


def printed(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def write_notebook(folder: Path, *cells: dict[str, Any], front: str = "title: A card") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    first = {"cell_type": "raw", "metadata": {}, "source": f"---\n{front}\n---\n"}
    content = {"cells": [first, *cells], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path = folder / "template.ipynb"
    path.write_text(json.dumps(content), encoding="utf-8")
    (folder / "figures").mkdir(exist_ok=True)
    (folder / "figures" / "roc.svg").write_text(DRAWING, encoding="utf-8")
    return path


def convert(
    folder: Path, *cells: dict[str, Any], to: Format = "html", front: str = "title: A card"
) -> tuple[str, Conversion]:
    """Render cells with the embedded engine: the text of the file, and the conversion."""
    notebook = write_notebook(folder, *cells, front=front)
    conversion = Embedded().convert(notebook, (to,), load_settings(notebook))
    path = conversion.files[to]
    text = pdf_text(path) if to == "pdf" else path.read_text(encoding="utf-8")
    return text.replace("&nbsp;", "\u00a0"), conversion


def body(folder: Path, text: str, front: str = "title: A card") -> str:
    """The main part of the page of one Markdown cell."""
    page, _ = convert(folder, markdown(text), front=front)
    return page[page.index("<main") : page.index("</main>")]


def pdf_text(path: Path) -> str:
    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


def settings_for(folder: Path, **given: str) -> Settings:
    return load_settings(write_notebook(folder), None, given)
