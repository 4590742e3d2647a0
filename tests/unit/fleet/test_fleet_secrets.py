"""What the environment holds for a project reaches no message, log or file on its way to workers."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import pytest

import reportgen as rg
from reportgen.api.runs import WARM, Asking, render_apart
from reportgen.api.workbench import Asked as AskedRender
from reportgen.errors import ToolError
from reportgen.fleet import Outcome, Task
from reportgen.project_file import load_project
from reportgen.report.run_spec import dump_run
from reportgen.schedule.cluster_crew import ClusterWorkers
from reportgen.schedule.project import Asked, ask_due, run_due
from tests.interop.receivers import Hook, webhook
from tests.unit.fleet.recorder import recording
from tests.unit.schedule.test_schedule_project import PROJECT, TEMPLATE, Place, day, rows, scored

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of apprise
SECRET = "Zr4-open-sesame-9k"
MORE = """
notify: [{to: "${HOOK}", on: [ok, watch, alert, cannot tell]}]
ledger: ${PLACE}/ledger.sqlite
"""


@pytest.fixture
def hook() -> Iterator[Hook]:
    with webhook() as opened:
        yield opened


@pytest.fixture
def place(tmp_path: Path, hook: Hook, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A project whose ledger and receiver are known to the environment alone."""
    folder = tmp_path / "project"
    folder.mkdir()
    (tmp_path / SECRET).mkdir()
    monkeypatch.setenv("HOOK", f"json://{hook.address}/{SECRET}")
    monkeypatch.setenv("PLACE", str(tmp_path / SECRET))
    (folder / "reportgen.yml").write_text(PROJECT + MORE)
    for name in ("card.qmd", "weekly.qmd"):
        (folder / name).write_text(TEMPLATE)
    made = Place(folder)
    made.pin_model(5, day(1))
    made.pin("test", rows(2, 300), day(1))
    made.pin("scored", scored(day(9)), day(9))
    return made


class Listener:
    """A crew that writes down what it is asked, and does nothing."""

    def __init__(self) -> None:
        self.tasks: list[Task] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing open."""

    def run(self, tasks: list[Task], _told: object) -> tuple[Outcome, ...]:
        self.tasks += tasks
        return tuple(Outcome(task=task, error=ToolError("not here")) for task in tasks)


def test_a_unit_of_work_for_elsewhere_holds_no_setting(place: Place) -> None:
    project = load_project(place.folder)
    assert SECRET in project.ledger
    rg.project(place.folder).lock()
    crew = Listener()
    asking = Asking(
        project=project, file=place.folder / "reportgen.yml", names=("card", "weekly"),
        period=None, asked=AskedRender(), elsewhere=True,
    )  # fmt: skip
    with pytest.raises(ToolError, match="not here"):
        render_apart(asking, lambda: crew, 2, print)
    assert [set(task.argument) for task in crew.tasks] == [{"runs"}, {"runs", "choose"}]
    plan, _ = ask_due(Asked(project=project, source=place.folder), day(9))
    said = [*(str(task) for task in crew.tasks), *(dump_run(unit.run) for unit in plan.units)]
    assert len(said) == 4
    assert SECRET not in "".join(said)


@pytest.mark.engines
@pytest.mark.filterwarnings("ignore")
def test_the_secret_is_in_no_message_log_or_file(
    place: Place, hook: Hook, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    distributed = pytest.importorskip("distributed", exc_type=ImportError)
    said = io.StringIO()
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        there = urlsplit(cluster.scheduler_address)
        with recording(str(there.hostname), int(there.port or 0)) as wire:
            address = f"tcp://{wire.address}"
            card = rg.project(place.folder).render("card", cluster=address)
            crew = ClusterWorkers(address, imports=("reportgen.schedule.worker", *WARM))
            try:
                ran = run_due(place.asked, day(9), crew)
            finally:
                crew.close()
        said.write(str(cluster.get_logs()))

    assert [made.fresh for made in card] == [True]
    outcomes = {(each.result.report, each.result.outcome) for each in ran.tally.done}
    assert outcomes == {("card", "unchanged"), ("weekly", "published")}, ran
    assert len(hook.posts) == 2  # the workers knew where to
    assert b"make_one" in wire.passed  # what passes can be read
    assert b"2024-W01" in wire.passed
    captured = capfd.readouterr()
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 20
    told = [wire.passed, captured.out.encode(), captured.err.encode(), said.getvalue().encode()]
    assert not any(SECRET.encode() in content for content in (*told, *files))
