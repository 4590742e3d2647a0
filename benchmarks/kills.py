"""kill -9 and failing system calls while reports are rendered and published, in the full numbers.

    python benchmarks/kills.py                    200 kills of publications, each system call, 200 renders
    python benchmarks/kills.py --renders 20       fewer renders: each takes some seconds

Prints a line of counts for each part, for renders one after each sixteen. What was tried: ``killed``, ``acknowledged`` (editions whose
publication had ended), ``resolved`` (looks at ``latest``), ``published``, ``calls``, ``ends`` and
``unharmed``. All else must be 0 or empty: ``partial`` editions that a reader could see, acknowledged
ones ``lost``, ``latest`` ``dangling``, processes left ``behind``, files ``left`` over.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
_FAULTS = ("signal=SIGKILL", "error=ENOSPC", "error=EIO", "error=EROFS")


def run(module: str, *words: str) -> None:
    command = [sys.executable, "-m", f"tests.unit.publish.{module}", *words]
    print(f"{module} {' '.join(words[1:])}", flush=True)
    subprocess.run(command, cwd=ROOT, check=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--publications", type=int, default=200)
    parser.add_argument("--renders", type=int, default=200)
    parser.add_argument("--step", type=int, default=1, help="every STEP-th system call")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        if asked.publications:
            (base / "kills").mkdir()
            run("kill_publisher", str(base / "kills"), str(asked.publications), "1")
        for fault in _FAULTS if asked.step else ():
            (base / fault).mkdir()
            run("fault_publisher", str(base / fault), fault, str(asked.step))
        if asked.renders:
            from reportgen.demo import build_demo

            project = build_demo(base / "demo").parent
            run("kill_renderer", str(project), str(asked.renders), "1")


if __name__ == "__main__":
    main()
