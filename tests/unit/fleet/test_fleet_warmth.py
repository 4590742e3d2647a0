"""Reports made in one process share what kernels are forked from."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
from pathlib import Path
from reportgen.api.warmth import start_warming, warm_kernel
from reportgen.execute import execute_template

def render(place):
    with warm_kernel() as kernel:
        execute_template(Path("page.qmd"), None, {}, Path(place), kernel)
        return kernel._nursery._process.pid

start_warming()
first, second = render("one"), render("two")
print(first == second, first)
"""


def test_two_reports_share_one_warm_process_that_ends_with_them(tmp_path: Path) -> None:
    (tmp_path / "page.qmd").write_text("```{python}\n1 + 1\n```\n")
    done = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", SCRIPT],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=250,
    )
    shared, _, number = done.stdout.strip().partition(" ")
    assert (done.stderr, shared) == ("", "True")
    assert not Path(f"/proc/{number}").exists()
