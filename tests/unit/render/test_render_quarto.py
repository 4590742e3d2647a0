"""Driving Quarto: what is put before it, and what is believed of what it says.

Quarto itself runs in `tests/interop/test_quarto_engine.py`. Here a small program behaves as Quarto
was seen to behave when it goes wrong.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from reportgen.errors import ConvertError, LimitError
from reportgen.render import load_settings
from reportgen.render.quarto import Quarto, quarto_settings
from tests.unit.render.notebooks import code, markdown, printed, settings_for, write_notebook

STAND_IN = """#!{python}
import json, os, pathlib, subprocess, sys, time
here = pathlib.Path.cwd()
arguments = sys.argv[1:]
if arguments == ["--version"]:
    print("1.10.18")
    sys.exit(0)
name = arguments[arguments.index("-o") + 1]
log = arguments[arguments.index("--log") + 1]
pathlib.Path(log).write_text(json.dumps({{"level": 40, "msg": "ERROR: from the log"}}) + "\\n")
page = pathlib.Path(name)
seen = dict(arguments=arguments, files=sorted(path.name for path in here.iterdir()),
            notebook=json.loads((here / "report.ipynb").read_text()), environment=dict(os.environ))
pathlib.Path({seen!r}).write_text(json.dumps(seen))
front = seen["notebook"]["cells"][0]["source"]
{behaviour}
"""
GOOD = "page.write_text('<html>' + front + '</html>')"


def stand_in(folder: Path, behaviour: str) -> Quarto:
    program = folder / "quarto"
    seen = str(folder / "seen.json")
    text = STAND_IN.format(python=sys.executable, seen=seen, behaviour=behaviour)
    program.write_text(text, encoding="utf-8")
    program.chmod(0o755)
    return Quarto(str(program))


def run(folder: Path, behaviour: str, *cells, to="html", limit_s=30.0, **given):
    notebook = write_notebook(folder / "render", *(cells or [markdown("Text.")]))
    settings = replace(load_settings(notebook, None, given), fingerprint="f" * 64, limit_s=limit_s)
    return stand_in(folder, behaviour).convert(notebook, (to,), settings)


def seen(folder: Path):
    return json.loads(folder.joinpath("seen.json").read_text(encoding="utf-8"))


def test_quarto_is_given_a_folder_of_its_own(tmp_path):
    conversion = run(tmp_path, GOOD, markdown("Text."), code("#| label: x\n1", printed("1")))
    assert conversion.files["html"] == tmp_path / "render" / "index.html"
    assert conversion.files["html"].is_file()
    said = seen(tmp_path)
    assert said["arguments"] == [
        "render", "report.ipynb", "--to", "html", "-o", "index.html",
        "--log", "quarto.log", "--log-format", "json-stream",
    ]  # fmt: skip
    assert {
        "rowheads.lua",
        "values.lua",
        "components.lua",
        "report.css",
        "palette.css",
        "figures",
    } <= set(said["files"])
    assert "--quiet" not in said["arguments"]
    assert said["environment"]["NO_COLOR"] == "1"
    assert said["environment"]["SOURCE_DATE_EPOCH"] == "0"
    cell = said["notebook"]["cells"][2]
    assert cell["source"] == "#| label: x\n1"
    assert cell["outputs"]
    assert not list((tmp_path / "render" / ".reportgen").glob("quarto-*"))


def test_the_executed_notebook_is_left_as_it_was(tmp_path):
    notebook = write_notebook(tmp_path / "render", markdown("Text."))
    before = notebook.read_bytes()
    settings = replace(load_settings(notebook), fingerprint="f" * 64)
    stand_in(tmp_path, GOOD).convert(notebook, ("html",), settings)
    assert notebook.read_bytes() == before


def test_the_front_matter_holds_all_settings(tmp_path):
    settings = replace(
        settings_for(tmp_path, title="<b> *x*", **{"as-of": "2013"}), fingerprint="f" * 64
    )
    front = quarto_settings(settings, "html")
    assert front["title"] == "\\<b\\> \\*x\\*"
    assert front["filters"] == ["rowheads.lua", "values.lua", "components.lua"]
    assert front["execute"]["echo"] is False
    html = front["format"]["html"]
    assert html["embed-resources"] is True
    assert "f" * 64 in html["include-in-header"][0]["text"]
    assert list(quarto_settings(settings, "pdf")["format"]) == ["typst"]
    assert quarto_settings(settings, "pdf")["format"]["typst"]["papersize"] == "a4"
    assert yaml.safe_load(yaml.safe_dump(front)) == front


def test_includes_are_expanded_and_env_is_not(tmp_path):
    folder = tmp_path / "render"
    folder.mkdir()
    folder.joinpath("part.md").write_text("The part.")
    run(tmp_path, GOOD, markdown("{{< include part.md >}} {{< env HOME >}} {{< meta title >}}"))
    assert seen(tmp_path)["notebook"]["cells"][1]["source"] == "The part.  {{< meta title >}}"


@pytest.mark.parametrize(
    ("behaviour", "why"),
    [
        ("pass", r"exit code 0 and made no index.html(.|\n)*from the log"),
        ("page.write_text('')", "made no index.html"),
        ("page.write_text('<html>another edition</html>')", "does not carry the fingerprint"),
        (
            "sys.stderr.write('it broke'); sys.exit(1)",
            r"exit code 1:\n  it broke(.|\n)*from the log",
        ),
        ("sys.exit(1)", r"it said nothing(.|\n)*from the log"),
    ],
)
def test_what_quarto_says_is_not_believed_alone(tmp_path, behaviour, why):
    with pytest.raises(ConvertError, match=why):
        run(tmp_path, behaviour)


def test_an_old_file_is_no_new_one(tmp_path):
    folder = tmp_path / "render"
    folder.mkdir()
    folder.joinpath("index.html").write_text("f" * 64)
    with pytest.raises(ConvertError, match="made no"):
        run(tmp_path, "pass")


def test_a_pdf_must_be_one(tmp_path):
    with pytest.raises(ConvertError, match="is no PDF"):
        run(tmp_path, "page.write_text('<html>')", to="pdf")
    conversion = run(tmp_path, "page.write_bytes(b'%PDF-1.7 ...')", to="pdf")
    assert conversion.files["pdf"].name == "report.pdf"
    assert "typst" in seen(tmp_path)["arguments"]


def test_a_render_that_hangs_is_ended_with_all_it_started(tmp_path):
    child = tmp_path / "child"
    behaviour = (
        "started = subprocess.Popen(['sleep', '60'])\n"
        f"pathlib.Path({str(child)!r}).write_text(str(started.pid))\ntime.sleep(60)"
    )
    with pytest.raises(LimitError, match=r"quarto render report.ipynb .*longer than 2 s"):
        run(tmp_path, behaviour, limit_s=2)
    number = int(child.read_text())
    stat = Path(f"/proc/{number}/stat")
    for _ in range(50):  # it was told to end; a busy machine takes a moment to do so
        if not stat.exists() or stat.read_text().split()[2] == "Z":
            return
        time.sleep(0.1)
    pytest.fail("the child of the render is still there")


def test_secrets_do_not_reach_quarto(tmp_path, monkeypatch):
    monkeypatch.setenv("CONNECT_API_KEY", "hunter2")
    run(tmp_path, GOOD)
    assert "hunter2" not in json.dumps(seen(tmp_path)["environment"])
    assert os.environ["PATH"] == seen(tmp_path)["environment"]["PATH"]


def test_its_version_is_for_the_manifest(tmp_path):
    assert stand_in(tmp_path, "pass").version == "quarto 1.10.18"
