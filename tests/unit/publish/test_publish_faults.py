"""A kill, a full disk, a disk that became read-only: at each system call of a publication."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
# A fault here is met in another way, or makes no difference: reading a folder that turns out to be
# empty, making one that is there, tidying up, copying in the kernel.
HARMLESS = {"openat", "mkdir", "rmdir", "sendfile", "symlink"}


def faults(folder: Path, fault: str, step: int) -> dict[str, Any]:
    if shutil.which("strace") is None:
        pytest.skip("needs strace: apt-get install strace")
    words = [sys.executable, "-m", "tests.unit.publish.fault_publisher", str(folder), fault]
    done = subprocess.run([*words, str(step)], cwd=ROOT, capture_output=True, text=True)
    if "strace could not watch" in done.stderr:
        pytest.skip("strace may not watch a process here")
    assert done.returncode == 0, done.stderr
    counts: dict[str, Any] = json.loads(done.stdout)
    return counts


def assert_nothing_is_lost(counts: dict[str, Any], ends: set[str]) -> None:
    wrong = ("partial", "half_pages", "dangling", "lost", "not_finished", "left")
    assert {name: counts[name] for name in wrong} == dict.fromkeys(wrong, 0)
    assert counts["calls"] > 100
    assert counts["resolved"] > 0
    assert set(counts["ends"]) <= ends
    assert set(counts["unharmed"]) <= HARMLESS


CASES = {
    "signal=SIGKILL": {"-9"},
    "error=ENOSPC": {"0", "4"},
    "error=EIO": {"0", "4"},
    "error=EROFS": {"0", "2"},
}


@pytest.mark.parametrize(
    ("fault", "step"), [("signal=SIGKILL", 7), ("error=ENOSPC", 13), ("error=EROFS", 17)]
)
def test_a_fault_at_some_system_calls(tmp_path: Path, fault: str, step: int) -> None:
    assert_nothing_is_lost(faults(tmp_path, fault, step), CASES[fault])


@pytest.mark.engines
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("fault", CASES)
def test_a_fault_at_every_system_call(tmp_path: Path, fault: str) -> None:
    assert_nothing_is_lost(faults(tmp_path, fault, 1), CASES[fault])
