"""Tasks in forked processes: each outcome in its place, whatever one of them does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reportgen.errors import LimitError, NotFoundError, ToolError
from reportgen.execute import Limits
from reportgen.fleet import ForkedCrew, Progress, Task, raise_failures
from tests.unit.fleet.tasks import HERE

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture(scope="module")
def crew() -> Iterator[ForkedCrew]:
    with ForkedCrew(f"{HERE}:do", hands=2, imports=(HERE,)) as opened:
        yield opened


def task(what: str, **more: object) -> Task:
    return Task(name=what, argument={"what": what, **more})


def running(mark: str) -> bool:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if mark.encode() in path.read_bytes():
                return True
        except OSError:
            continue
    return False


def gone(mark: str, within_s: float = 20) -> bool:
    deadline = time.monotonic() + within_s
    while running(mark) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not running(mark)


def test_outcomes_come_in_the_order_of_the_tasks(crew: ForkedCrew) -> None:
    outcomes = crew.run([task("double", number=n) for n in range(7)])
    assert [outcome.result for outcome in outcomes] == [0, 2, 4, 6, 8, 10, 12]
    assert all(outcome.error is None and outcome.deaths == 0 for outcome in outcomes)


def test_each_task_has_a_process_of_its_own(crew: ForkedCrew) -> None:
    outcomes = crew.run([task("process") for _ in range(4)])
    assert len({outcome.result for outcome in outcomes} | {os.getpid()}) == 5


def test_what_is_refused_is_refused_here_too(crew: ForkedCrew) -> None:
    refused, done = crew.run([task("refuse"), task("double", number=4)])
    assert isinstance(refused.error, NotFoundError)
    assert str(refused.error) == "there is no such thing"
    assert done.result == 8


def test_one_that_takes_its_process_down_twice_is_set_aside(
    crew: ForkedCrew, tmp_path: Path
) -> None:
    count = tmp_path / "count"
    poison, done = crew.run([task("die", count=str(count)), task("double", number=1)])
    assert isinstance(poison.error, ToolError)
    assert "2 times without a result, the last time by signal SIGKILL" in str(poison.error)
    assert count.read_text() == "xx"
    assert (poison.deaths, done.result) == (2, 2)


def test_a_process_that_was_killed_once_is_replaced(crew: ForkedCrew, tmp_path: Path) -> None:
    (outcome,) = crew.run([task("die once", count=str(tmp_path / "count"))])
    assert (outcome.result, outcome.deaths, outcome.error) == ("alive", 1, None)


def test_what_nobody_foresaw_is_said_with_its_last_lines(crew: ForkedCrew) -> None:
    (outcome,) = crew.run([task("break")])
    assert "ZeroDivisionError: nobody foresaw this" in str(outcome.error)


def test_a_dead_nursery_is_replaced(crew: ForkedCrew) -> None:
    os.kill(crew._nursery._process.pid, signal.SIGKILL)
    crew._nursery._process.wait()
    (outcome,) = crew.run([task("double", number=5)])
    assert outcome.result == 10


def test_the_wall_clock_ends_a_task_and_what_it_started() -> None:
    mark = f"71{time.monotonic_ns() % 10**9}"
    limits = Limits(wall_clock_s=5.0)
    with ForkedCrew(f"{HERE}:do", hands=2, imports=(HERE,), limits=limits) as crew:
        crew.run([task("double", number=0)])  # the imports are not part of it
        slow, done = crew.run([task("sleep", mark=mark), task("double", number=1)])
    assert isinstance(slow.error, LimitError)
    assert "5 seconds" in str(slow.error)
    assert done.result == 2
    assert gone(mark)


def test_memory_is_bounded_for_each_task() -> None:
    limits = Limits(memory_bytes=1024**3)
    with ForkedCrew(f"{HERE}:do", hands=1, imports=(HERE,), limits=limits) as crew:
        greedy, modest = crew.run(
            [task("fill", bytes=2 * 1024**3), task("fill", bytes=50 * 1024**2)]
        )
    assert "MemoryError" in str(greedy.error)
    assert modest.result == 50 * 1024**2


def test_a_task_sees_the_environment_and_its_kernel_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOARD_TOKEN", "s3cret")
    monkeypatch.chdir(tmp_path)
    template = tmp_path / "page.qmd"
    template.write_text("```{python}\nimport os\nos.environ.get('BOARD_TOKEN', 'unknown')\n```\n")
    with ForkedCrew(f"{HERE}:do", hands=1, imports=(HERE,)) as crew:
        (seen,) = crew.run([task("environment", name="BOARD_TOKEN")])
    argument = {"template": str(template), "parameters": {}}
    with ForkedCrew(f"{HERE}:run_template", hands=1, imports=(HERE,)) as crew:
        (shown,) = crew.run([Task(name="page", argument=argument)])
    assert seen.result == "s3cret"
    assert "'unknown'" in shown.result
    assert "s3cret" not in shown.result


def test_nothing_survives_when_we_are_killed(tmp_path: Path) -> None:
    mark = f"72{time.monotonic_ns() % 10**9}"
    script = (
        "from reportgen.fleet import ForkedCrew, Task\n"
        f"with ForkedCrew('{HERE}:do', hands=2, imports=('{HERE}', 'm{mark}')) as crew:\n"
        f"    crew.run([Task(name='sleep', argument={{'what': 'sleep', 'mark': '{mark}'}})])\n"
    )
    outer = subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(tmp_path)},
    )
    deadline = time.monotonic() + 60
    while not running(f"sleep\0{mark}") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert running(f"sleep\0{mark}")
    outer.kill()
    outer.wait()
    assert gone(mark)


def test_it_is_told_how_far_it_has_come(crew: ForkedCrew) -> None:
    told: list[Progress] = []
    crew.run([task("double", number=1), task("refuse"), task("double", number=2)], told.append)
    assert [(each.done, each.total) for each in told] == [(1, 3), (2, 3), (3, 3)]
    assert told[-1].failed == 1


def test_what_is_left_is_told_from_what_is_done() -> None:
    half = Progress(done=50, total=100, seconds=600.0)
    assert str(half) == "50 of 100 done, about 10 min left"
    assert str(Progress(done=0, total=3)) == "0 of 3 done"
    assert Progress(done=3, total=3, seconds=9.0).seconds_left == 0


def test_failures_are_raised_together_with_the_gravest_code(crew: ForkedCrew) -> None:
    outcomes = crew.run([task("refuse"), task("double", number=1), task("break")])
    with pytest.raises(ToolError, match=r"2 of 3 could not be made.*\nrefuse: there is no such"):
        raise_failures(outcomes)
    with pytest.raises(NotFoundError, match=r"^there is no such thing$"):
        raise_failures(outcomes[:1])
    raise_failures(outcomes[1:2])
