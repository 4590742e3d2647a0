"""Tasks on a real cluster on loopback: done once each in the end, whichever worker is lost."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("distributed", exc_type=ImportError)
from distributed import LocalCluster

from reportgen.errors import NotFoundError, RetryError, ToolError
from reportgen.fleet import Progress, Task
from reportgen.fleet import cluster as cluster_module
from reportgen.fleet.cluster import ClusterCrew
from tests.unit.fleet.tasks import HERE

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two workers with a nanny each, which starts a lost one again."""
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as opened:
        yield opened


@pytest.fixture
def crew(cluster: Any) -> Iterator[ClusterCrew]:
    with ClusterCrew(f"{HERE}:do", address=cluster.scheduler_address, imports=(HERE,)) as opened:
        yield opened


def task(what: str, **more: object) -> Task:
    return Task(name=what, argument={"what": what, **more})


def test_outcomes_come_in_order_and_errors_as_they_were(crew: ClusterCrew, tmp_path: Path) -> None:
    told: list[Progress] = []
    poison = task("die", count=str(tmp_path / "count"))
    tasks = [task("double", number=n) for n in range(4)]
    outcomes = crew.run([*tasks, task("refuse"), poison], told.append)
    assert [outcome.result for outcome in outcomes[:4]] == [0, 2, 4, 6]
    assert isinstance(outcomes[4].error, NotFoundError)
    assert isinstance(outcomes[5].error, ToolError)
    assert outcomes[5].deaths == 2
    assert (tmp_path / "count").read_text() == "xx"
    assert (told[-1].done, told[-1].failed) == (6, 2)


def test_the_tasks_of_a_lost_worker_are_done_by_another(cluster: Any, tmp_path: Path) -> None:
    address = cluster.scheduler_address
    with ClusterCrew(f"{HERE}:linger", address=address, imports=(HERE,)) as crew:
        pids = list(crew._client.run(os.getpid).values())
        marks = [tmp_path / f"task-{number}" for number in range(6)]
        outcomes: list[Any] = []
        tasks = [Task(name=mark.name, argument={"mark": str(mark)}) for mark in marks]
        work = threading.Thread(target=lambda: outcomes.extend(crew.run(tasks)))
        work.start()
        deadline = time.monotonic() + 120
        while not any(mark.exists() for mark in marks) and time.monotonic() < deadline:
            time.sleep(0.02)
        os.kill(pids[0], signal.SIGKILL)
        work.join(timeout=200)
        assert not work.is_alive()
    assert [outcome.result for outcome in outcomes] == [mark.name for mark in marks]
    assert all(outcome.error is None for outcome in outcomes)


def test_a_scheduler_that_is_not_there_is_worth_another_try(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cluster_module, "_PATIENCE_S", 1)
    with pytest.raises(RetryError, match=r"No scheduler answers at tcp://127\.0\.0\.1:1"):
        ClusterCrew(f"{HERE}:do", address="tcp://127.0.0.1:1")
