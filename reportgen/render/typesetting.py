"""Typst in a process of its own: ``python -m reportgen.render.typesetting``.

Apart because Typst runs inside the process that calls it, where nothing could stop a document
that never ends.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from reportgen.errors import ConvertError, MissingToolError
from reportgen.render.process import clean_environment, run_program

__all__ = ["compile_pdf", "draw_png", "font_folders"]


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
        [sys.executable, "-m", "reportgen.render.typesetting"],
        text=json.dumps(job),
        folder=folder,
        limit_s=limit_s,
        environment=clean_environment(
            HTTPS_PROXY=nowhere, HTTP_PROXY=nowhere, ALL_PROXY=nowhere, https_proxy=nowhere
        ),
        shown=f"typst compile {job.get('source', 'drawings')}",
    )


def _draw(job: Mapping[str, Any], options: Mapping[str, Any]) -> None:
    import typst

    folder = Path(".reportgen")
    folder.mkdir(exist_ok=True)
    for number, name in enumerate(job["drawings"]):
        text = (
            "#set page(width: auto, height: auto, margin: 0pt, fill: white)\n"
            f"#image({json.dumps('/' + name)})\n"
        )
        target = folder / f"drawing-{number + 1}.png"
        typst.compile(text.encode(), output=str(target), format="png", ppi=200, **options)


def main(job: Mapping[str, Any]) -> int:
    """Do one job, read from stdin, in the current folder; what Typst says goes to stderr."""
    try:
        import typst
    except ImportError as error:
        raise MissingToolError(
            "Typst is not installed. `pip install typst` installs it."
        ) from error
    options: dict[str, Any] = {
        "root": ".",
        "font_paths": font_folders(),
        "ignore_system_fonts": True,
    }
    try:
        if job["kind"] == "png":
            _draw(job, options)
        else:
            typst.compile(
                job["source"],
                output=job["target"],
                sys_inputs={"settings": json.dumps(job["inputs"])},
                pdf_standards=["ua-1"],
                pdf_tags=True,
                **options,
            )
    except typst.TypstError as error:
        sys.stderr.write("\n".join(_said(error)) + "\n")
        return 1
    return 0


def _said(error: Any) -> list[str]:
    """Give Typst's message, where it points to, and its hints."""
    return [str(error.diagnostic or error.message), *(f"hint: {hint}" for hint in error.hints)]


if __name__ == "__main__":
    try:
        sys.exit(main(json.load(sys.stdin)))
    except (ConvertError, MissingToolError) as problem:
        sys.exit(str(problem))
