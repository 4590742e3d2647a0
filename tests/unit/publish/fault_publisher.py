"""Let each system call of a publication fail, or be the last one; as a program of its own.

A child publishes while strace watches it, and kills it, or answers with an error, at one call of
all that can change a file. After each the site is looked at, and the same is published again.
Usage: ``python -m tests.unit.publish.fault_publisher FOLDER FAULT STEP`` with a fault as strace
writes it, ``signal=SIGKILL`` or ``error=ENOSPC``, at every STEP-th call; prints counts as JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from reportgen.errors import ReportgenError
from reportgen.report import Document
from tests.unit.publish.kill_publisher import REPORT, look, publish, render

_CALLS = (
    "mkdir,openat,write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,symlink,symlinkat,"
    "unlink,unlinkat,rmdir,link,linkat,sendfile,copy_file_range,ftruncate,chmod,fchmod,flock"
)
_PATIENCE_S = 60.0


def attach(child: int, inject: list[str], log: Path) -> subprocess.Popen[bytes]:
    """Let strace watch a stopped child."""
    command = ["strace", "-qq", "-o", str(log), "-e", f"trace={_CALLS}", *inject]
    watcher = subprocess.Popen([*command, "-p", str(child)], stderr=subprocess.DEVNULL)
    ends = time.monotonic() + _PATIENCE_S
    while time.monotonic() < ends and watcher.poll() is None:
        if "TracerPid:\t0\n" not in Path(f"/proc/{child}/status").read_text():
            return watcher
        time.sleep(0.002)
    raise SystemExit(f"strace could not watch: {watcher.poll()}")


def publish_and_say(folder: Path, number: int, document: Document) -> int:
    """Publish as a command does; give the exit code."""
    try:
        publish(folder, number, document)
    except ReportgenError as error:
        return error.exit_code
    return 0


def watched(folder: Path, number: int, *inject: str) -> tuple[int, Counter[str]]:
    """Publish in a child under strace; give how it ended, and how often it made each call."""
    log = folder / "strace.log"
    child = os.fork()
    if child == 0:
        document = render(folder, number)
        os.kill(os.getpid(), signal.SIGSTOP)
        os._exit(publish_and_say(folder, number, document))
    os.waitpid(child, os.WUNTRACED)
    watcher = attach(child, list(inject), log)
    os.kill(child, signal.SIGCONT)
    _, status = os.waitpid(child, 0)
    watcher.wait(_PATIENCE_S)
    calls = re.findall(r"^(\w+)\(", log.read_text(errors="replace"), re.MULTILINE)
    return os.waitstatus_to_exitcode(status), Counter(calls)


def visible(site: Path) -> set[int]:
    """Give the numbers of the publications that are there."""
    return {
        json.loads(note.read_bytes())["inputs"]["parameters"]["number"]
        for note in (site / REPORT).glob("*/manifest.json")
    }


def main(folder: Path, fault: str, step: int) -> None:
    counts = dict.fromkeys(
        ("partial", "dangling", "resolved", "half_pages", "lost", "left", "not_finished"), 0
    )
    ends: dict[str, int] = {}
    unharmed: Counter[str] = Counter()
    site = folder / "site"
    publish(folder, 0)
    _, calls = watched(folder, 1)
    places = [(name, at) for name in sorted(calls) for at in range(1, calls[name] + 1)]
    for number, (name, at) in enumerate(places[::step], start=2):
        inject = f"inject={name}:{fault}:when={at}"
        code, made = watched(folder, number, "-e", inject)
        if code != 0 or made[name] >= at:  # where `latest` need not move, there are fewer calls
            ends[str(code)] = ends.get(str(code), 0) + 1
            unharmed[name] += code == 0
        look(site, counts)
        counts["lost"] += code == 0 and number not in visible(site)
        with contextlib.suppress(ReportgenError):
            publish(folder, number)
        counts["not_finished"] += number not in visible(site)
        look(site, counts)
    counts["left"] = len([*(site / ".publishing").glob("*.*.*"), *site.rglob(".*.new")])
    print(json.dumps({**counts, "calls": len(places), "ends": ends, "unharmed": +unharmed}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
