"""kill -9 at random moments of the whole command: kernel, converters, publication."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.engines
@pytest.mark.timeout(3600)
def test_kills_of_a_render_leave_nothing_half_and_nobody_behind(
    demo: Path, tmp_path: Path
) -> None:
    project = tmp_path / "demo"
    shutil.copytree(demo, project)
    shutil.rmtree(project / "site", ignore_errors=True)
    program = [sys.executable, "-m", "tests.unit.publish.kill_renderer", str(project)]
    kills, seed, weeks, times = "6", "1", "2", "3"  # benchmarks/kills.py kills 200
    command = [*program, kills, seed, weeks, times]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout.splitlines()[-1])

    wrong = ("lost", "partial", "dangling", "half_pages", "missing", "twice", "left", "unfinished")
    assert {name: counts[name] for name in wrong} == dict.fromkeys(wrong, 0), counts["said"]
    assert counts["behind"] == []
    assert counts["killed"] == 6
