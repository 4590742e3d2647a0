"""kill -9 at random moments of publishing and telling: nobody is told twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_kills_tell_nobody_twice(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.unit.notify.kill_teller", str(tmp_path), "30", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)

    assert counts["twice"] == 0
    assert counts["told"] >= 2  # the first and the last were not killed
    assert counts["sent"] <= counts["told"] <= counts["sent"] + counts.get("sending", 0)
    assert counts["published"] >= counts["sent"]
