"""Help comes at once, says what there is, and shows examples that work."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer

from reportgen import __version__
from reportgen.cli.app import app
from tests.unit.cli.command import reportgen

COMMANDS = [
    "demo", "init", "card", "monitor", "benchmark", "diff", "render", "lock", "status", "run", "backfill", "schedule", "templates",
]  # fmt: skip

BARE = "import typer; app = typer.Typer(); app.command('a')(lambda: None); app.command('b')(lambda: None); app()"


def test_help_lists_every_command(tmp_path: Path) -> None:
    done = reportgen("-h", folder=tmp_path)

    assert done.code == 0
    assert all(re.search(rf"^│ {name} ", done.out, re.MULTILINE) for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_shows_examples_of_itself(name: str) -> None:
    command = typer.main.get_command(app).commands[name]  # type: ignore[attr-defined]

    examples = [
        line.strip()
        for line in command.help.partition("Examples:")[2].splitlines()
        if line.strip()
    ]
    assert examples
    known = {option for parameter in command.params for option in parameter.opts}
    for example in " ".join(examples).split("reportgen ")[1:]:
        assert example.startswith(name)
        used = re.findall(r"(?<=\s)--?[A-Za-z][A-Za-z-]*", example)
        assert set(used) <= known | {"-o"}, example


def test_the_version_is_that_of_the_package(tmp_path: Path) -> None:
    assert reportgen("--version", folder=tmp_path).out == f"reportgen {__version__}\n"


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['reportgen', '--help']\n"
        "from reportgen.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print(*sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    loaded = set(done.stderr.split())
    assert not loaded & {
        "pandas",
        "numpy",
        "sklearn",
        "plotnine",
        "pins",
        "pydantic",
        "yaml",
        "nbclient",
        "jinja2",
    }


def _seconds(*command: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *command], capture_output=True, check=True)
    return time.perf_counter() - start


def test_help_takes_at_most_three_times_a_bare_typer_application() -> None:
    bare = min(_seconds("-c", BARE, "--help") for _ in range(3))
    ours = min(_seconds("-m", "reportgen", "--help") for _ in range(3))

    assert ours < 3 * bare


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_can_complete(shell: str, tmp_path: Path) -> None:
    done = reportgen(
        "--show-completion",
        shell,
        folder=tmp_path,
        _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1",
    )

    assert done.code == 0, done.err
    assert "_REPORTGEN_COMPLETE" in done.out
