"""A worker that makes nothing, and dies or hangs when the report's name says so."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from reportgen.report.run_spec import RunResult, dump_result, load_run

for line in sys.stdin:
    run = load_run(line)
    if run.report == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    if run.report == "hangs":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        with Path(os.environ["CHILD_FILE"]).open("a") as file:
            file.write(f"{child.pid}\n")
        child.wait()
    result = RunResult(
        report=run.report, edition=run.edition, outcome="published", folder=str(os.getpid())
    )
    sys.stdout.write(f"{dump_result(result)}\n")
    sys.stdout.flush()
