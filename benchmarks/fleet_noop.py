"""A project of a thousand reports of which none is due: `reportgen run --due`, end to end.

    python benchmarks/fleet_noop.py [REPORTS]

Half of the reports are cards, each of a model of its own; half are weekly reports of a year. The
ledger has them all as published, as it would after a run that made them. Then one model gets a new
version, and exactly one report is due. Promised: the no-op takes less than 2 seconds.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from reportgen.boards import open_board
from reportgen.project_file import load_project
from reportgen.report import BoardSpec
from reportgen.report.run_spec import RunResult
from reportgen.schedule.ledger import Ledger
from reportgen.schedule.opening import ledger_address, open_ledger
from reportgen.schedule.project import Asked, ask_due

NOW = datetime(2024, 1, 3, tzinfo=UTC)
WRITTEN = datetime(2024, 1, 2, tzinfo=UTC)


def build(folder: Path, reports: int) -> None:
    """Write the project, its board and a ledger in which everything is published."""
    import pandas as pd

    board = open_board(BoardSpec(type="folder", path="board"), folder)
    model, rows = folder / "model.csv", folder / "rows.parquet"
    model.write_text("a,b\n1,2\n")
    times = pd.date_range("2023-01-02", "2024-01-01", freq="D", tz="UTC")
    pd.DataFrame({"at": times, "late": 1, "predicted": 1}).to_parquet(rows)
    board.write("test", model, type="csv", created=WRITTEN)
    board.write("scored", rows, type="parquet", created=WRITTEN)
    lines = ["project: A thousand", "board: {type: folder, path: board}", "models:"]
    ends = "evaluation: {data: test, target: b}, monitoring: {data: scored, time: at}"
    half = reports // 2
    for number in range(half):
        board.write(f"m{number}", model, type="csv", created=WRITTEN)
        lines.append(f"  m{number}: {{{ends}}}")
    lines.append("reports:")
    for number in range(half):
        lines.append(f"  card{number}: {{model: m{number}, template: model_card}}")
        lines.append(f"  weekly{number}: {{model: m{number}, template: monitoring}}")
    (folder / "reportgen.yml").write_text("\n".join(lines) + "\n")
    subprocess.run([*COMMAND, "lock", "-p", str(folder)], check=True, stdout=subprocess.DEVNULL)
    publish_all(folder)


def publish_all(folder: Path) -> None:
    """Note everything that is due as published, in one transaction: only the bookkeeping."""
    project = load_project(folder)
    with open_ledger(ledger_address(project)) as ledger:
        plan, _ = ask_due(Asked(project=project, source=folder), NOW, ledger=ledger)
        connection = ledger.store._connection  # noqa: SLF001 - type: ignore[attr-defined]
        connection.execute("PRAGMA synchronous = OFF")
        for unit in plan.units:
            finish(ledger, unit)


def finish(ledger: Ledger, unit: object) -> None:
    period = unit.due.period  # type: ignore[attr-defined]
    run = unit.run  # type: ignore[attr-defined]
    lease = ledger.claim(
        (run.report, run.edition),
        unit.basis,  # type: ignore[attr-defined]
        start=period and period.start,
        end=period and period.end,
    )
    assert lease is not None
    result = RunResult(
        report=run.report, edition=run.edition, outcome="published", fingerprint="0" * 64, rows="r"
    )
    ledger.finish(lease, result, data=unit.data)  # type: ignore[attr-defined]


COMMAND = (sys.executable, "-m", "reportgen")


def asked(folder: Path, *more: str) -> tuple[float, dict[str, object], int]:
    start = time.perf_counter()
    done = subprocess.run(
        [*COMMAND, *more, "--json", "-p", str(folder), "--now", NOW.isoformat()],
        capture_output=True,
        text=True,
    )
    return time.perf_counter() - start, json.loads(done.stdout), done.returncode


def main(reports: int = 1000) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        build(folder, reports)
        bare = min(seconds(["-c", "import typer, yaml, pydantic"]) for _ in range(3))
        times = []
        for _ in range(5):
            took, told, code = asked(folder, "run", "--due")
            assert code == 0, told
            assert told["editions"] == []
            times.append(took)
        print(f"{reports} reports, none due: best {min(times):.2f} s, worst {max(times):.2f} s")
        print(f"(python with typer, yaml and pydantic: {bare:.2f} s)")
        board = open_board(BoardSpec(type="folder", path="board"), folder)
        later = WRITTEN + timedelta(hours=1)
        board.write("m0", folder / "rows.parquet", type="parquet", created=later)
        subprocess.run([*COMMAND, "lock", "--update", "-p", name], check=True, capture_output=True)
        _, told, _ = asked(folder, "status")
        owed = [
            (report["report"], report["schedule"]["due"])
            for report in told["reports"]  # type: ignore[attr-defined]
            if report["schedule"]["due"]
        ]
        print(f"one new version: due {owed}")
        assert [report for report, _ in owed] == ["card0"]


def seconds(words: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *words], check=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:2]))
