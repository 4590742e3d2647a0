"""Whole executions with real kernels."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import pytest

from reportgen.errors import CellError, ParameterError, TemplateError
from reportgen.execute import Limits, execute_template
from reportgen.execute.nbclient import NbclientKernel

Write = Callable[..., Path]

PAGE = """---
title: A page
---

# Head `{python} 1 + 1`

```{python}
#| tags: [parameters]
record = "elsewhere.json"
n: int = 3
```

| a | b |
|---|---|
| `{python} n` | `{python} "x|y"` |

Not ``{python} n`` here.

```{python}
#| label: shown
import json, pathlib
data = json.loads(pathlib.Path(record).read_text())
pathlib.Path("figures").mkdir()
pathlib.Path("figures/a.svg").write_text("<svg/>")
print(data["name"])
n * 2
```

```{python}
#| eval: false
1 / 0
```

Then `{python} data["name"]`.
"""


def run(
    template: Path, kernel: NbclientKernel, folder: Path | None = None, **parameters: Any
) -> Any:
    folder = folder or template.parent / "out"
    executed = execute_template(template, {"name": "r"}, parameters, folder, kernel)
    notebook = nbformat.read(executed.notebook, as_version=4)
    nbformat.validate(notebook)
    return executed, notebook


def test_a_page_from_end_to_end(write: Write, kernel: NbclientKernel) -> None:
    executed, notebook = run(write(PAGE), kernel, n=5)
    sources = [cell.source for cell in notebook.cells]
    assert sources[0] == "---\ntitle: A page\n---"
    assert sources[1] == "# Head 2"
    assert sources[3] == "#| include: false\n# injected parameters\nn = 5\nrecord = 'report.json'"
    assert "| 5 | x\\|y |" in sources[4]
    assert "Not ``{python} n`` here." in sources[4]
    assert sources[-1] == "Then r."
    shown = notebook.cells[5].outputs
    assert [shown[0].text, shown[1].data["text/plain"]] == ["r\n", "10"]
    assert notebook.cells[6].outputs == []
    assert [c.execution_count for c in notebook.cells if c.cell_type == "code"] == [1, 2, 3, None]
    folder = executed.notebook.parent
    assert sorted(path.name for path in folder.rglob("*.*")) == [
        "a.svg", "notebook.ipynb", "report.json",
    ]  # fmt: skip
    assert folder.stat().st_mode & 0o777 == 0o700
    assert executed.warnings == ()


def test_a_notebook_as_template(write: Write, kernel: NbclientKernel) -> None:
    cells = [
        nbformat.v4.new_raw_cell("---\ntitle: N\n---"),
        nbformat.v4.new_code_cell(
            "n = 1",
            metadata={"tags": ["parameters"], "collapsed": True},
            outputs=[nbformat.v4.new_output("stream", text="old")],
            execution_count=7,
        ),
        nbformat.v4.new_markdown_cell("![](attachment:a.txt) `{python} n`"),
        nbformat.v4.new_code_cell("n + 1"),
    ]
    cells[2].attachments = {"a.txt": {"text/plain": "eA=="}}
    text = nbformat.writes(nbformat.v4.new_notebook(cells=cells))
    _, notebook = run(write(text, "page.ipynb"), kernel, n=4)
    assert notebook.cells[0].source == "---\ntitle: N\n---"
    assert notebook.cells[1].outputs == []
    assert notebook.cells[1].metadata.collapsed is True
    assert notebook.cells[3].source == "![](attachment:a.txt) 4"
    assert notebook.cells[3].attachments == {"a.txt": {"text/plain": "eA=="}}
    assert notebook.cells[4].outputs[0].data["text/plain"] == "5"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not a notebook"),
        ('{"cells": 3}', "not a notebook"),
        ("[]", "not a notebook"),
        (
            json.dumps({"cells": [], "nbformat": 4, "nbformat_minor": 5,
                        "metadata": {"kernelspec": {"name": "ir", "display_name": "R",
                                                    "language": "R"}}}),
            "a notebook in R",
        ),
    ],
)  # fmt: skip
def test_what_is_no_python_notebook(
    write: Write, kernel: NbclientKernel, text: str, said: str
) -> None:
    with pytest.raises(TemplateError, match=said):
        run(write(text, "page.ipynb"), kernel)


def test_the_same_inputs_give_the_same_bytes(
    write: Write, kernel: NbclientKernel, tmp_path: Path
) -> None:
    template = write(
        "```{python}\nimport random, sys, warnings\nfrom IPython.display import Markdown\n"
        "warnings.warn('careful')\nprint(object(), __import__('os').getcwd())\n"
        "print('\\x1b[31mred\\x1b[0m', file=sys.stdout)\nprint({'b', 'a', 'c'}, random.random())\n"
        "Markdown('**md**')\n```\n\n"
        "```{python}\n#| error: true\nimport json\njson.loads('{')\n```\n"
    )
    here, one = run(template, kernel, tmp_path / "one")
    with NbclientKernel(imports=()) as other:
        there, _ = run(template, other, tmp_path / "a much longer name")
    assert here.notebook.read_bytes() == there.notebook.read_bytes()
    text = json.dumps([cell.get("outputs", []) for cell in one.cells])
    for never in (str(tmp_path), sys.prefix, "0x7", "\\u001b", "careful", "ipykernel_", "/lib/"):
        assert never not in text
    assert here.warnings == there.warnings
    assert here.warnings == (
        "page.qmd:2: page.qmd:4: UserWarning: careful\n  warnings.warn('careful')",
    )
    assert one.cells[0].outputs[-1].data["text/markdown"] == "**md**"
    assert one.cells[1].outputs[0].ename == "JSONDecodeError"


def test_cell_ids_follow_from_position_and_content(write: Write, kernel: NbclientKernel) -> None:
    _, notebook = run(write("Same.\n\n```{python}\n1\n```\n\nSame.\n"), kernel)
    ids = [cell.id for cell in notebook.cells]
    assert ids[0].removeprefix("000-") == ids[2].removeprefix("002-")
    assert len(set(ids)) == 3


def test_nothing_of_the_outer_environment_gets_in(
    write: Write, kernel: NbclientKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    template = write(
        "```{python}\nimport os, sys, time\nprint('\\n'.join(f'{k}={v}' for k, v in os.environ.items()))\n"
        "```\n\n```{python}\nprint(time.tzname[0], sys.flags.hash_randomization, "
        "os.path.expanduser('~') != os.getcwd(), oct(os.stat(os.path.expanduser('~')).st_mode & 0o777))\n```\n"
    )
    with NbclientKernel(imports=()) as fresh:
        _, notebook = run(template, fresh)
    outer = notebook.cells[0].outputs[0].text
    assert "hunter2" not in outer
    assert "PYTHONHASHSEED=0" in outer
    assert notebook.cells[1].outputs[0].text == "UTC 0 True 0o700\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A\n\n```{python}\n#| label: fig-a\nx = 1\nx.y\n```\n",
         ["page.qmd:6: cell 'fig-a' raised AttributeError: 'int' object has no attribute 'y'",
          "  > x.y"]),
        ("```{python}\ndef f():\n    return {}['k']\n\n\nf()\n```\n",
         ["page.qmd:6: a cell raised KeyError: 'k'"]),
        ("```{python}\nx = 1\ny = = 2\n```\n", ["page.qmd:3: a cell raised SyntaxError: invalid syntax"]),
        ("```{python}\nimport json\njson.loads('{')\n```\n",
         ["page.qmd:3: a cell raised JSONDecodeError", "  File json/decoder.py:"]),
        ("A\n\n- b\n- `{python} nope + 1`\n",
         ["page.qmd:4: the inline expression `nope + 1` raised NameError: name 'nope' is not defined"]),
        ("```{python}\n1\n```\n\n# `{python} {}['k']`\n",
         ["page.qmd:5: the inline expression `{}['k']` raised KeyError: 'k'"]),
        ("```{python}\nimport sys\nsys.exit(0)\n```\n", ["page.qmd:2: a cell raised SystemExit: 0"]),
        ("```{python}\nexit()\n```\n", ["page.qmd:2: a cell raised SystemExit"]),
        ("```{python}\nimport os; os._exit(3)\n```\n", ["page.qmd:2: the kernel ended with exit status 3"]),
        ("```{python}\nimport os; os.kill(os.getpid(), 9)\n```\n",
         ["page.qmd:2: the kernel was killed by signal SIGKILL"]),
        ("```{python}\ninput()\n```\n", ["page.qmd:2: a cell raised StdinNotImplementedError"]),
    ],
)  # fmt: skip
def test_a_failing_cell_is_named(
    write: Write, kernel: NbclientKernel, text: str, said: list[str]
) -> None:
    with pytest.raises(CellError) as caught:
        run(write(text), kernel)
    for line in said:
        assert line in str(caught.value)
    assert sys.prefix not in str(caught.value)
    assert caught.value.notebook is not None
    assert str(caught.value.notebook) in str(caught.value)


def test_the_partly_executed_notebook_keeps_what_was_done(
    write: Write, kernel: NbclientKernel
) -> None:
    text = "Sum `{python} 1 + 1`.\n\n```{python}\nprint('so far')\n1 / 0\n```\n\n```{python}\n3\n```\n"
    with pytest.raises(CellError) as caught:
        run(write(text), kernel)
    partial = caught.value.notebook
    assert partial is not None
    prose, failed, never = nbformat.read(partial, as_version=4).cells
    assert prose.source == "Sum 2."
    assert [output.output_type for output in failed.outputs] == ["stream", "error"]
    assert never.outputs == []
    assert not (partial.parent / "notebook.ipynb").exists()


def test_parameters_are_checked_before_anything_runs(
    write: Write, kernel: NbclientKernel, tmp_path: Path
) -> None:
    with pytest.raises(ParameterError, match="Did you mean 'record'"):
        run(write(PAGE), kernel, recrod=1)
    assert not (tmp_path / "out").exists()


def test_renders_at_once_never_mix(write: Write, kernel: NbclientKernel, tmp_path: Path) -> None:
    template = write(
        "```{python}\n#| tags: [parameters]\nn = 0\n```\n\n```{python}\nimport pathlib, time\n"
        "pathlib.Path('own.txt').write_text(str(n))\ntime.sleep(0.2)\nn\n```\n\n`{python} n`\n"
    )

    def one(n: int) -> tuple[int, str, str, str]:
        executed, notebook = run(template, kernel, tmp_path / str(n), n=n)
        shown = notebook.cells[2].outputs[0].data["text/plain"]
        return (
            n,
            shown,
            notebook.cells[3].source,
            (executed.notebook.parent / "own.txt").read_text(),
        )

    with ThreadPoolExecutor(8) as pool:
        for n, *shown in pool.map(one, range(8)):
            assert shown == [str(n)] * 3


def test_it_runs_inside_an_event_loop(write: Write, kernel: NbclientKernel) -> None:
    import asyncio

    async def inside() -> str:
        _, notebook = run(write("`{python} 6 * 7`"), kernel)
        return str(notebook.cells[0].source)

    assert asyncio.run(inside()) == "42"


def test_a_deep_temporary_folder_is_no_obstacle(write: Write, tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    script = (
        "import sys; from pathlib import Path\n"
        "from reportgen.execute import execute_template\n"
        "from reportgen.execute.nbclient import NbclientKernel\n"
        "with NbclientKernel(imports=()) as kernel:\n"
        "    done = execute_template(Path(sys.argv[1]), {}, {}, Path(sys.argv[2]), kernel)\n"
        "print(done.notebook.exists())\n"
    )
    template = write("`{python} 1`")
    ran = subprocess.run(
        [sys.executable, "-c", script, str(template), str(deep / "out")],
        env={**os.environ, "TMPDIR": str(deep), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.stdout, ran.stderr) == ("True\n", "")


def test_what_is_imported_early_need_not_exist(write: Write) -> None:
    with NbclientKernel.warm(imports=("no_such_module",)) as kernel:
        _, notebook = run(write("`{python} 'ok'`"), kernel)
    assert notebook.cells[0].source == "ok"


def test_a_kernel_can_be_closed_and_used_again(write: Write) -> None:
    kernel = NbclientKernel(imports=())
    for _ in range(2):
        run(write("`{python} 1`"), kernel)
        kernel.close()
        kernel.close()


def test_defaults_of_the_limits_are_generous_but_finite() -> None:
    limits = Limits()
    assert 60 <= limits.wall_clock_s <= 3600
    assert 2**31 <= limits.memory_bytes <= 2**36
    assert 2**20 <= limits.output_bytes <= 2**30
