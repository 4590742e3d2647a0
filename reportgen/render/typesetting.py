"""Typst in a process of its own.

Apart because Typst runs inside the process that calls it, where nothing could stop a document
that never ends.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from reportgen.render.process import clean_environment, run_program

__all__ = ["compile_pdf", "draw_png", "font_folders"]

_SCRIPT = Path(__file__).with_name("typst_job.py")


def font_folders() -> list[str]:
    """Find the fonts that every machine has that has the package: ours, and Matplotlib's.

    The second has DejaVu, for signs and alphabets that the first lacks. Fonts of the system would
    make the same document differ between machines.
    """
    from importlib.util import find_spec

    folders = []
    for package, inside in (
        ("font_source_sans_pro", "files"),
        ("matplotlib", "mpl-data/fonts/ttf"),
    ):
        found = find_spec(package)
        if found is not None and found.origin is not None:
            folders.append(str(Path(found.origin).parent / inside))
    return [folder for folder in folders if Path(folder).is_dir()]


def compile_pdf(source: Path, target: Path, *, inputs: Mapping[str, Any], limit_s: float) -> None:
    """Typeset a tagged PDF/UA-1; files are read from the folder of `source` alone.

    Parameters
    ----------
    inputs : JSON, which the document finds in ``sys.inputs.settings``

    Raises
    ------
    ConvertError
        With Typst's message.
    LimitError
    """
    job = {"source": source.name, "target": target.name, "kind": "pdf", "inputs": inputs}
    _run(job, source.parent, limit_s)


def draw_png(drawings: Sequence[str], folder: Path, *, limit_s: float) -> list[Path]:
    """Draw SVG files as PNG, for formats that know no SVG; 200 dots per inch.

    Parameters
    ----------
    drawings : paths below `folder`

    Returns
    -------
    a PNG for each, in the same order
    """
    if not drawings:
        return []
    _run({"drawings": list(drawings), "kind": "png"}, folder, limit_s)
    return [folder / ".reportgen" / f"drawing-{number + 1}.png" for number in range(len(drawings))]


def _run(job: Mapping[str, Any], folder: Path, limit_s: float) -> None:
    # Packages of Typst's own registry would be fetched; a proxy that is not there refuses that.
    nowhere = "http://127.0.0.1:9"
    run_program(
        [sys.executable, "-P", str(_SCRIPT)],
        text=json.dumps({**job, "fonts": font_folders()}),
        folder=folder,
        limit_s=limit_s,
        environment=clean_environment(
            HTTPS_PROXY=nowhere, HTTP_PROXY=nowhere, ALL_PROXY=nowhere, https_proxy=nowhere
        ),
        shown=f"typst compile {job.get('source', 'drawings')}",
    )
