"""Many renders of one template at the same time: each page shows its own parameter."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reportgen.execute import execute_template
from reportgen.execute.nbclient import NbclientKernel
from reportgen.render import find_converter, load_settings, render_document

TEMPLATE = """\
---
title: One of many
---

```{python}
#| tags: [parameters]
number: int = 0
word: str = ""
```

```{python}
from pathlib import Path
Path("kept.txt").write_text(word)
```

The number is `{python} number` and its square `{python} number ** 2`.

```{python}
from IPython.display import Markdown
Markdown(f"{Path('kept.txt').read_text()} {number} {Path.cwd().name}")
```
"""


@pytest.mark.parametrize("renders", [12, pytest.param(50, marks=pytest.mark.engines)])
def test_so_many_renders_at_once_give_so_many_right_pages(renders: int, tmp_path: Path) -> None:
    template = tmp_path / "page.qmd"
    template.write_text(TEMPLATE)
    settings = load_settings(template, None)
    converter = find_converter("embedded")

    def render(number: int) -> str:
        given = {"number": number, "word": f"word-{number}"}
        folder = tmp_path / f"room-{number}"
        made = execute_template(template, None, given, folder, kernel)
        document = render_document(made.notebook, ("html",), converter, settings, f"{number:064}")
        return (folder / document.files["index.html"]).read_text(encoding="utf-8")

    with NbclientKernel.warm(imports=()) as kernel, ThreadPoolExecutor(renders) as pool:
        pages = list(pool.map(render, range(renders)))
    for number, page in enumerate(pages):
        text = re.sub(r"<[^>]*>", "", page)
        assert f"The number is {number} and its square {number**2}." in text
        assert f"word-{number} {number} room-{number}" in text
        assert f"{number:064}" in page
    assert len(set(pages)) == renders
