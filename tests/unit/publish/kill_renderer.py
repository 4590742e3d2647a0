"""Render with the command, kill it at a random moment, look at the site; a program of its own.

Usage: ``python -m tests.unit.publish.kill_renderer PROJECT ROUNDS SEED``, in a copy of the demo
project that nothing was rendered in; prints counts as JSON.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

from tests.unit.publish.kill_publisher import REPORT, look

_FIRST = 18
_PATIENCE_S = 30.0


def render(project: Path, weeks: str, mark: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "reportgen", "render", REPORT, "--to", "html"]
    return subprocess.Popen(
        [*command, "--period", weeks],
        cwd=project,
        env={**os.environ, "REPORTGEN_TEST_MARK": mark},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def alive(mark: str) -> list[str]:
    """Give the commands of the processes that a render has started and that are still there."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (process / "environ").read_bytes():
                words = (process / "cmdline").read_bytes().split(b"\0")
                state = (process / "stat").read_text().rpartition(")")[2].split()[0]
                if state != "Z":
                    found.append(b" ".join(words).decode(errors="replace")[:200])
        except OSError:
            continue
    return found


def left_behind(mark: str) -> list[str]:
    """Wait for the processes of a killed render to go; give those that do not."""
    ends = time.monotonic() + _PATIENCE_S
    while (found := alive(mark)) and time.monotonic() < ends:
        time.sleep(0.1)
    return found


def main(project: Path, rounds: int, seed: int) -> None:
    chance = random.Random(seed)
    counts = dict.fromkeys(("partial", "dangling", "resolved", "half_pages", "killed"), 0)
    site, behind = project / "site", []
    began = time.monotonic()
    first = render(project, f"2013-W{_FIRST}", "first")
    _, said = first.communicate()
    if first.returncode != 0:
        raise SystemExit(said.decode(errors="replace"))
    longest_s = time.monotonic() - began
    for number in range(rounds):
        mark = uuid.uuid4().hex
        week = f"2013-W{_FIRST + 1 + number % 30}"
        child = render(project, week, mark)
        time.sleep(chance.uniform(0, longest_s))
        counts["killed"] += child.poll() is None
        child.send_signal(signal.SIGKILL)
        child.communicate()
        behind += left_behind(mark)
        look(site, counts)
    last = _FIRST + min(rounds, 30)
    whole = render(project, f"2013-W{_FIRST}..2013-W{last}", "whole")
    _, said = whole.communicate()
    look(site, counts)
    there = {json.loads(note.read_bytes())["edition"] for note in _notes(site)}
    wanted = {f"2013-W{week}" for week in range(_FIRST, last + 1)}
    again = len(list(_notes(site))) - len(there)
    left = [*(site / ".publishing").glob("*.*.*"), *site.rglob(".*.new")]
    print(
        json.dumps(
            {
                **counts,
                "behind": behind,
                "exit_code": whole.returncode,
                "missing": sorted(wanted - there),
                "twice": again,
                "left": len(left),
                "said": said.decode(errors="replace")[-500:] if whole.returncode else "",
            }
        )
    )


def _notes(site: Path) -> list[Path]:
    return sorted((site / REPORT).glob("2013-*/manifest.json"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
