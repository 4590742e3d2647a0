"""What the workers of a cluster do in these tests; the report's name says what happens."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reportgen.report.run_spec import RunResult, dump_result, load_run

HERE = "tests.unit.schedule.fake_making"


def make_one(argument: Mapping[str, Any]) -> Any:
    run = load_run(json.dumps(dict(argument)))
    begun = Path(run.project) / f"{run.report}-{run.edition}"
    with begun.open("a") as file:
        file.write("x")
    if run.report == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    if run.report == "hangs":
        begun.with_suffix(".process").write_text(str(os.getpid()))
        time.sleep(600)
    if run.report == "lingers":
        time.sleep(1.0)
    result = RunResult(report=run.report, edition=run.edition, outcome="published", rows="r")
    return json.loads(dump_result(result))
