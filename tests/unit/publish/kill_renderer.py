"""Render with the command, kill it at a random moment, look at the site; a program of its own.

Usage: ``python -m tests.unit.publish.kill_renderer PROJECT KILLS SEED [WEEKS [TIMES]]``, in a copy
of the demo project that nothing was rendered in. Each of so many weeks (2 to 16) is rendered so many
times (1) and killed on the way, early, late and between; one that was quicker acknowledged its
edition, which then must stay. After all weeks one more run does the rest, the counts so far are
printed as a line of JSON, and the site is emptied. ``killed``, ``acknowledged`` and ``resolved`` are
what was tried; all else must be 0 or empty.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.unit.publish.kill_publisher import REPORT, look

WEEKS = tuple(f"2013-W{week}" for week in range(18, 34))
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


class Site:
    """The site of a project that is rendered in, and what was seen of it."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.site = project / "site"
        self.counts = dict.fromkeys(
            ("killed", "acknowledged", "lost", "partial", "dangling", "resolved", "half_pages"), 0
        )
        self.counts |= dict.fromkeys(("missing", "twice", "left", "unfinished"), 0)
        self.behind: list[str] = []
        self.said = ""
        self.acknowledged: set[str] = set()

    def kill(self, week: str, after_s: float) -> None:
        """Render a week, kill the command after so many seconds, and look at what it left."""
        mark = uuid.uuid4().hex
        child = render(self.project, week, mark)
        time.sleep(after_s)
        status = child.poll()
        child.send_signal(signal.SIGKILL)
        child.communicate()
        self.behind += left_behind(mark)
        self.counts["killed"] += status is None
        if status == 0:  # it had said that it was done
            self.acknowledged.add(week)
            self.counts["acknowledged"] += 1
        look(self.site, self.counts)
        self.counts["lost"] += len(self.acknowledged - self._there())

    def finish(self, weeks: Sequence[str]) -> None:
        """Let one more run do the rest, look at it, and begin again with an empty site."""
        whole = render(self.project, f"{weeks[0]}..{weeks[-1]}", "whole")
        _, said = whole.communicate()
        if whole.returncode != 0:
            self.counts["unfinished"] += 1
            self.said = said.decode(errors="replace")[-500:]
        look(self.site, self.counts)
        there = self._there()
        self.counts["missing"] += len(set(weeks) - there)
        self.counts["twice"] += len(_notes(self.site)) - len(there)
        self.counts["left"] += len(
            [*(self.site / ".publishing").glob("*.*.*"), *self.site.rglob(".*.new")]
        )
        shutil.rmtree(self.site, ignore_errors=True)
        self.acknowledged.clear()

    def _there(self) -> set[str]:
        return {json.loads(note.read_bytes())["edition"] for note in _notes(self.site)}


def whole_render(project: Path, week: str) -> float:
    """Render a week that nobody kills; give how long it took."""
    began = time.monotonic()
    whole = render(project, week, "timed")
    _, said = whole.communicate()
    if whole.returncode != 0:
        raise SystemExit(said.decode(errors="replace"))
    return time.monotonic() - began


def moments(chance: random.Random, parts: int, longest_s: float) -> Iterator[float]:
    """Give a random moment of each of so many parts of the time, in a random order; then again."""
    while True:
        for part in chance.sample(range(parts), parts):
            yield (part + chance.random()) / parts * longest_s


def main(project: Path, kills: int, seed: int, weeks: int = len(WEEKS), times: int = 1) -> None:
    asked = WEEKS[:weeks]
    whole_render(project, asked[0])  # the first in a project takes longer: later kills would miss
    after = moments(random.Random(seed), kills, whole_render(project, asked[1]))
    seen = Site(project)
    shutil.rmtree(seen.site)
    while seen.counts["killed"] < kills:
        for week in asked * times:
            if week not in seen.acknowledged:
                seen.kill(week, next(after))
            if seen.counts["killed"] == kills:
                break
        seen.finish(asked)
        print(json.dumps({**seen.counts, "behind": seen.behind, "said": seen.said}), flush=True)


def _notes(site: Path) -> list[Path]:
    return sorted((site / REPORT).glob("2013-*/manifest.json"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *(int(word) for word in sys.argv[2:]))
