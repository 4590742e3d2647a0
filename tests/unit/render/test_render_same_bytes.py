"""The same notebook gives the same bytes: in another folder, time zone, locale and hash seed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from tests.unit.render.notebooks import NOTE, TABLE, VALUE, code, markdown, shown, write_notebook

SCRIPT = """
import sys
from pathlib import Path
from reportgen.render import find_converter, load_settings, render_document
notebook = Path(sys.argv[1])
settings = load_settings(notebook, None, {"as-of": "2013-05-31"})
render_document(notebook, ("html", "pdf", "docx", "gfm", "ipynb"), find_converter("embedded"),
                settings, "f" * 64)
"""
NAMES = ("index.html", "report.pdf", "report.docx", "report.md", "notebook.ipynb")


def digests(folder: Path, **environment: str) -> dict[str, str]:
    notebook = write_notebook(
        folder,
        markdown(
            f"# Results\n\nRight {VALUE}, $x^2$, see @fig-roc.\n\n{TABLE}\n\n: Groups\n\n{NOTE}"
        ),
        code(
            "#| label: fig-roc\n#| fig-cap: C\nx",
            shown(markdown='![](figures/roc.svg){fig-alt="a"}'),
        ),
        front="title: Ä card\nauthor: Ada\ndate: 2013-05-01",
    )
    subprocess.run(
        [sys.executable, "-c", SCRIPT, str(notebook)],
        check=True,
        env=os.environ | environment,
        cwd=folder,
    )
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in NAMES}


def test_same_inputs_same_bytes(tmp_path):
    first = digests(tmp_path / "a", TZ="UTC", LC_ALL="C.UTF-8", PYTHONHASHSEED="1")
    second = digests(
        tmp_path / "another folder" / "ü",
        TZ="Pacific/Auckland",
        LC_ALL="de_DE.UTF-8",
        LANG="tr_TR.UTF-8",
        PYTHONHASHSEED="2",
        SOURCE_DATE_EPOCH="1700000000",
    )
    assert first == second


def test_no_page_names_the_folder_it_was_made_in(tmp_path):
    digests(tmp_path / "made-here")
    for name in ("index.html", "report.pdf", "report.md", "notebook.ipynb"):
        assert b"made-here" not in (tmp_path / "made-here" / name).read_bytes()
