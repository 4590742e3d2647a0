"""A process that stays up: looks in time, survives mistakes and wrong clocks, ends when told to."""

from __future__ import annotations

import json
import os
import signal
import stat
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reportgen.errors import ProjectError, RetryError, UserError
from reportgen.project_file import load_project
from reportgen.report import Project
from reportgen.schedule.health import answering
from reportgen.schedule.service import Beat, Looked, Service, stopped_by_signals

START = datetime(2026, 1, 5, 5, 30, tzinfo=UTC)  # a Monday
HOUR = timedelta(hours=1)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "reportgen.yml").write_text(
        "project: P\nboard: {type: folder, path: board}\n"
        "models: {m: {evaluation: {data: d, target: t}, monitoring: {data: s, time: at}}}\n"
        "reports:\n  card: {model: m, template: model_card}\n"
        "  weekly: {model: m, template: monitoring, schedule: '0 6 * * MON'}\n"
    )
    return load_project(tmp_path)


def nothing(_names: tuple[str, ...], _stopping: Callable[[], bool]) -> Looked:
    return Looked(exit_code=0)


def test_at_first_all_is_looked_at_and_then_each_in_its_time(
    project: Project, clock: Clock
) -> None:
    service = Service(lambda: project, nothing, every=HOUR, clock=clock)
    assert service.to_look_at(project, clock.now) == ("card", "weekly")
    service._look_at(("card", "weekly"), clock.now)

    assert service.next_look(project) == START + HOUR / 2  # the cron line
    assert service.to_look_at(project, START + HOUR / 2) == ("weekly",)
    assert service.to_look_at(project, START + HOUR) == ("card", "weekly")
    service._look_at(("weekly",), START + HOUR / 2)
    assert service.next_look(project) == START + HOUR


def test_what_was_missed_while_it_slept_is_looked_at_when_it_wakes(
    project: Project, clock: Clock
) -> None:
    service = Service(lambda: project, nothing, every=HOUR, clock=clock)
    service._look_at(("card", "weekly"), clock.now)

    assert service.to_look_at(project, START + timedelta(weeks=5)) == ("card", "weekly")


def test_a_clock_that_is_set_back_stops_nothing(project: Project, clock: Clock) -> None:
    service = Service(lambda: project, nothing, every=HOUR, clock=clock)
    service._look_at(("card", "weekly"), clock.now + timedelta(days=400))

    assert service.to_look_at(project, clock.now) == ()
    assert service.to_look_at(project, clock.now + HOUR) == ("card", "weekly")


def test_what_failed_and_may_pass_is_looked_at_when_its_time_comes(
    project: Project, clock: Clock
) -> None:
    soon = START + timedelta(minutes=2)

    def failing(names: tuple[str, ...], _stopping: Callable[[], bool]) -> Looked:
        return Looked(exit_code=4, failed=1, retry_at={"weekly": soon})

    service = Service(lambda: project, failing, every=HOUR, clock=clock)
    service._look_at(("card", "weekly"), clock.now)

    assert service.next_look(project) == soon
    assert service.to_look_at(project, soon) == ("weekly",)


def test_it_survives_a_board_that_is_down_and_says_so(project: Project, clock: Clock) -> None:
    def down(_names: tuple[str, ...], _stopping: Callable[[], bool]) -> Looked:
        raise RetryError("the board does not answer")

    beat, said = Beat(), []
    service = Service(lambda: project, down, every=HOUR, beat=beat, clock=clock, say=said.append)
    service._look_at(("card",), clock.now)

    assert said == ["the board does not answer"]
    assert beat.told["last_run"]["exit_code"] == 4
    assert beat.told["problem"] == "the board does not answer"
    assert service._retry["card"] == START + timedelta(minutes=1)


def test_it_survives_a_mistake_in_the_project_file(project: Project, clock: Clock) -> None:
    said: list[str] = []

    def load() -> Project:
        service.stop.set()
        raise ProjectError(["reportgen.yml:3: a mistake"])

    service = Service(load, nothing, every=HOUR, clock=clock, say=said.append)
    service.run()

    assert said == ["reportgen.yml:3: a mistake"]


def test_it_ends_when_it_is_told_to_and_what_runs_is_asked_to_stop(
    project: Project, tmp_path: Path
) -> None:
    asked: list[bool] = []

    def working(_names: tuple[str, ...], stopping: Callable[[], bool]) -> Looked:
        asked.append(stopping())
        os.kill(os.getpid(), signal.SIGTERM)
        asked.append(stopping())
        return Looked(exit_code=0, published=1)

    beat = Beat(file=tmp_path / "private" / "health.json")
    service = Service(lambda: project, working, beat=beat)
    before = signal.getsignal(signal.SIGTERM)
    with stopped_by_signals(service.stop):
        service.run()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)

    assert asked == [False, True]
    assert signal.getsignal(signal.SIGTERM) is before
    assert beat.file is not None
    told = json.loads(beat.file.read_text())
    assert (told["state"], told["last_run"]["published"]) == ("stopped", 1)
    assert stat.S_IMODE(beat.file.stat().st_mode) == 0o600
    assert list(beat.file.parent.iterdir()) == [beat.file]


def test_it_waits_and_wakes_by_itself(project: Project) -> None:
    looks: list[tuple[str, ...]] = []

    def look(names: tuple[str, ...], _stopping: Callable[[], bool]) -> Looked:
        looks.append(names)
        if len(looks) == 3:
            service.stop.set()
        return Looked(exit_code=0)

    alone = replace(project, reports={"card": project.reports["card"]})
    service = Service(lambda: alone, look, every=timedelta(seconds=0.2))
    ended = threading.Thread(target=service.run)
    ended.start()
    ended.join(60)

    assert not ended.is_alive()
    assert looks == [("card",)] * 3


def test_a_probe_is_answered_on_loopback(clock: Clock) -> None:
    beat = Beat()
    with answering(0, beat, clock) as port:
        url = f"http://127.0.0.1:{port}/health"
        assert probe(url)[0] == 503
        beat.tell(clock.now, state="waiting")
        code, body = probe(url)
        assert (code, body["alive"], body["state"]) == (200, True, "waiting")
        clock.now += timedelta(minutes=6)
        assert probe(url)[0] == 503
        assert probe(f"http://127.0.0.1:{port}/other")[0] == 404
        with (
            pytest.raises(UserError, match=f"port {port} cannot be used"),
            answering(port, beat, clock),
        ):
            pass


def probe(url: str) -> tuple[int, dict[str, object]]:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refused:
        with refused:
            body = refused.read()
        return refused.code, json.loads(body) if body.startswith(b"{") else {}
