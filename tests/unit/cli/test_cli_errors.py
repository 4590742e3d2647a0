"""An error says what is wrong, where and what next, without markup, and with its exit code."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.command import reportgen, reportgen_here

PROJECT = """\
project: p
board: {type: folder, path: board}
models:
  m: {evry: week}
reports:
  r: {model: n, template: model_card}
"""


def test_mistakes_in_a_project_file_are_all_printed(tmp_path: Path) -> None:
    (tmp_path / "reportgen.yml").write_text(PROJECT)

    done = reportgen("status", folder=tmp_path)

    assert done.code == 2
    assert done.out == ""
    assert done.err == (
        "reportgen.yml:4  models.m.evry: there is no such setting.\n"
        "                 There are: pin, version, title, description, task, narrative, "
        "profile, evaluation and 1 more.\n"
        "reportgen.yml:6  reports.r.model: no model 'n'.\n"
        "                 There are: m.\n"
        "2 mistakes\n"
    )


def test_a_machine_gets_the_mistakes_as_json(tmp_path: Path) -> None:
    (tmp_path / "reportgen.yml").write_text(PROJECT)

    done = reportgen("status", "--json", folder=tmp_path)

    told = json.loads(done.out)
    assert (done.code, told["exit_code"], done.err) == (2, 2, "")
    assert told["error"]["kind"] == "ProjectError"
    assert len(told["error"]["mistakes"]) == 2


def test_without_a_project_it_says_how_to_start(tmp_path: Path) -> None:
    done = reportgen_here("render", folder=tmp_path)

    assert done.code == 2
    assert "There is no project file reportgen.yml. `reportgen init` makes one" in done.err


def test_text_from_files_is_no_markup_and_moves_no_cursor(tmp_path: Path) -> None:
    (tmp_path / "reportgen.yml").write_text(PROJECT.replace("evry", r'"[bold red]x[/] \e[31m"'))

    done = reportgen_here("status", folder=tmp_path)

    assert r"models.m.[bold red]x[/] \x1b[31m: there is no such setting" in done.err
    assert "\x1b" not in done.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("render", "--to", "html,pfd"), "--to cannot be 'pfd'. Did you mean 'pdf'?"),
        (("render", "--to", ","), "--to needs a format"),
        (("render", "--engine", "quatro"), "Did you mean 'quarto'?"),
        (("render", "-P", "limit"), "Write it as: -P name=value"),
        (("render", "-P", "a=1", "-P", "a=2"), "-P a is given twice"),
        (("render", "-P", "a=[1"), "-P a:1  this is not YAML"),
        (("render", "--fail-on", "alarm"), "Did you mean 'alert'?"),
        (("card", "m", "--to", "html", "-o", "m.pdf"), "Leave --to out"),
        (("monitor", "m", "--every", "weekly"), "Did you mean 'week'?"),
        (("templates", "eject", "model_crad"), "Did you mean 'model_card'?"),
        (("init", "--board", "s4://x"), "s4: is no kind of board"),
    ],
)  # fmt: skip
def test_a_wrong_word_is_named_with_its_near_miss(
    tmp_path: Path, words: tuple[str, ...], sentence: str
) -> None:
    done = reportgen_here(*words, folder=tmp_path)

    assert done.code == 2
    assert sentence in done.err


@pytest.mark.parametrize("words", [("rendr",), ("card", "--bord", "x"), ("render", "--jobs", "0")])
def test_an_unknown_command_or_option_is_yours_to_fix(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    assert reportgen_here(*words, folder=tmp_path).code == 2


def test_what_nobody_foresaw_is_one_line_and_a_kept_traceback(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv = ['reportgen', 'status']\n"
        "from reportgen.cli import main\n"
        "from reportgen.cli.app import app\n"
        "command = next(c for c in app.registered_commands if c.callback.__name__ == 'status')\n"
        "command.name, command.callback = 'status', lambda: 1 / 0\n"
        "main()"
    )

    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={"TMPDIR": str(tmp_path), "PATH": ""},
        check=False,
    )

    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    (kept,) = tmp_path.glob("reportgen-*.log")
    assert str(kept) in done.stderr
    assert "ZeroDivisionError" in kept.read_text()
    assert kept.stat().st_mode & 0o077 == 0


def test_json_is_understood_when_the_unforeseen_happens(tmp_path: Path) -> None:
    done = reportgen_here("card", "m", "--board", "none", "--json", folder=tmp_path)

    assert json.loads(done.out)["exit_code"] == done.code == 2
