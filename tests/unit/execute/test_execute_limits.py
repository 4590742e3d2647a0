"""No execution outlives its limits, and no process outlives its execution."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from reportgen.errors import LimitError, ToolError
from reportgen.execute import Limits, execute_template
from reportgen.execute.nbclient import NbclientKernel

Write = Callable[..., Path]

STUBBORN = (
    "import signal, time\n"
    "for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):\n"
    "    signal.signal(each, signal.SIG_IGN)\n"
    "while True:\n    try:\n        time.sleep(60)\n    except BaseException:\n        pass"
)
GREEDY_C_CALL = "import re\nre.match(r'(a+)+$', 'a' * 40 + 'b')"
SPAWN = (
    "import subprocess\n"
    "subprocess.Popen(['sleep', '{mark}'])\n"
    "subprocess.Popen(['sleep', '{mark}'], start_new_session=True)\n"
    "subprocess.run('setsid sleep {mark} & disown', shell=True, executable='/bin/bash')\n"
    "import os\n"
    "if os.fork() == 0:\n"
    "    os.setsid()\n"
    "    if os.fork() == 0:\n"
    "        os.execvp('sleep', ['sleep', '{mark}'])\n"
    "    os._exit(0)"
)


def running(mark: str) -> list[str]:
    """Give the command lines on this machine that hold a mark."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if mark in line and path.parent.name != str(os.getpid()):
            found.append(line)
    return found


def gone(mark: str, within_s: float = 30) -> bool:
    deadline = time.monotonic() + within_s
    while running(mark) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not running(mark)


def execute(template: Path, kernel: NbclientKernel, limits: Limits) -> None:
    execute_template(template, {}, {}, template.parent / "out", kernel, limits)


@pytest.mark.parametrize("body", [STUBBORN, GREEDY_C_CALL])
def test_the_wall_clock_ends_what_ignores_interrupts(
    write: Write, kernel: NbclientKernel, body: str
) -> None:
    template = write(f"```{{python}}\n1\n```\n\n```{{python}}\n{body}\n```\n")
    started = time.monotonic()
    with pytest.raises(LimitError, match=r"page\.qmd:6: stopped .* 1\.5 seconds for the whole"):
        execute(template, kernel, Limits(wall_clock_s=1.5))
    assert time.monotonic() - started < 30  # the body would go on for minutes
    assert (template.parent / "out" / "notebook.partial.ipynb").exists()


def test_the_wall_clock_is_for_all_cells_together(write: Write, kernel: NbclientKernel) -> None:
    cell = "```{python}\nimport time; time.sleep(0.6)\n```\n\n"
    with pytest.raises(LimitError, match=r"1\.5 seconds"):
        execute(write(cell * 4), kernel, Limits(wall_clock_s=1.5))


def test_an_inline_expression_has_the_same_clock(write: Write, kernel: NbclientKernel) -> None:
    template = write("`{python} __import__('time').sleep(60)`")
    with pytest.raises(LimitError, match=r"page\.qmd:1: stopped in a Markdown cell"):
        execute(template, kernel, Limits(wall_clock_s=1))


def test_memory_has_a_limit_with_a_name(write: Write, kernel: NbclientKernel) -> None:
    template = write("```{python}\nx = bytearray(3 * 1024**3)\n```\n")
    with pytest.raises(LimitError, match=r"page\.qmd:2: .* 2,147,483,648 bytes of memory"):
        execute(template, kernel, Limits(memory_bytes=2 * 1024**3))


@pytest.mark.parametrize(
    "body", ["while True:\n    print('x' * 1000)", "'x' * 3_000_000",
             "from IPython.display import Markdown, display\nwhile True:\n    display(Markdown('x' * 1000))"]
)  # fmt: skip
def test_output_is_counted_while_it_comes(write: Write, kernel: NbclientKernel, body: str) -> None:
    template = write(f"```{{python}}\n{body}\n```\n")
    with pytest.raises(LimitError, match="1,000,000 bytes of output"):
        execute(template, kernel, Limits(output_bytes=1_000_000))
    assert (template.parent / "out" / "notebook.partial.ipynb").stat().st_size < 1_500_000


def test_files_have_a_size_limit(write: Write, kernel: NbclientKernel) -> None:
    template = write("```{python}\nopen('big', 'wb').write(bytes(3_000_000))\n```\n")
    with pytest.raises(ToolError, match="File too large"):
        execute(template, kernel, Limits(output_bytes=1_000_000))


@pytest.mark.skipif(sys.platform != "linux", reason="needs subreapers")
@pytest.mark.parametrize("ending", ["1", STUBBORN, "os._exit(0)", "1 / 0"])
def test_nothing_that_a_cell_started_survives(
    write: Write, kernel: NbclientKernel, ending: str
) -> None:
    mark = f"61{time.monotonic_ns() % 10**9}"
    spawn = SPAWN.format(mark=mark)
    template = write(f"```{{python}}\n{spawn}\n```\n\n```{{python}}\nimport os\n{ending}\n```\n")
    try:
        execute(template, kernel, Limits(wall_clock_s=2))
    except (LimitError, ToolError):
        assert ending != "1"
    assert running(mark) == []


@pytest.mark.skipif(sys.platform != "linux", reason="needs subreapers")
@pytest.mark.parametrize("body", [STUBBORN, GREEDY_C_CALL])
def test_nothing_survives_when_we_are_killed(write: Write, tmp_path: Path, body: str) -> None:
    mark = f"62{time.monotonic_ns() % 10**9}"
    rooms = Path(tempfile.mkdtemp(dir="/tmp"))  # short enough to be used for sockets
    ready = tmp_path / "ready"
    spawn = SPAWN.format(mark=mark)
    template = write(
        f"```{{python}}\n{spawn}\nimport pathlib; pathlib.Path({str(ready)!r}).touch()\n{body}\n```\n"
    )
    script = (
        "import sys; from pathlib import Path\n"
        "from reportgen.execute import execute_template\n"
        "from reportgen.execute.nbclient import NbclientKernel\n"
        f"kernel = NbclientKernel(imports=('m{mark}',))\n"
        "execute_template(Path(sys.argv[1]), {}, {}, Path(sys.argv[2]), kernel)\n"
    )
    outer = subprocess.Popen(
        [sys.executable, "-c", script, str(template), str(tmp_path / "out")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(rooms)},
    )
    deadline = time.monotonic() + 20
    while not ready.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(running(mark)) >= 5
    os.kill(outer.pid, signal.SIGKILL)
    outer.wait()
    assert gone(mark)
    assert list(rooms.iterdir()) == []
    rooms.rmdir()


def test_ctrl_c_ends_the_kernel_and_is_not_swallowed(write: Write, tmp_path: Path) -> None:
    mark = f"63{time.monotonic_ns() % 10**9}"
    ready = tmp_path / "ready"
    template = write(
        f"```{{python}}\nimport pathlib; pathlib.Path({str(ready)!r}).touch()\n{STUBBORN}\n```\n"
    )
    script = (
        "import sys; from pathlib import Path\n"
        "from reportgen.execute import execute_template\n"
        "from reportgen.execute.nbclient import NbclientKernel\n"
        f"with NbclientKernel(imports=('m{mark}',)) as kernel:\n"
        "    try:\n"
        "        execute_template(Path(sys.argv[1]), {}, {}, Path(sys.argv[2]), kernel)\n"
        "    except KeyboardInterrupt:\n"
        "        print('interrupted')\n"
    )
    outer = subprocess.Popen(
        [sys.executable, "-c", script, str(template), str(tmp_path / "out")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 20
    while not ready.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(outer.pid, signal.SIGINT)
    assert outer.communicate(timeout=90) == ("interrupted\n", "")
    assert gone(mark)


def test_a_dead_nursery_is_replaced(write: Write) -> None:
    with NbclientKernel(imports=()) as kernel:
        execute(write("`{python} 1`"), kernel, Limits())
        nursery = kernel._nursery
        assert nursery is not None
        os.kill(nursery._process.pid, signal.SIGKILL)
        nursery._process.wait()
        execute(write("`{python} 2`"), kernel, Limits())
        assert kernel._nursery is not nursery
