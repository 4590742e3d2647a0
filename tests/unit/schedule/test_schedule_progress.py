"""How far a run has come is known to another process while it goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import reportgen as rg
from reportgen.cli.due import plain_run, say_run
from reportgen.errors import RetryError
from reportgen.report.run_spec import RunResult, RunSpec
from reportgen.schedule.crew import OwnHands
from reportgen.schedule.ledger import TTL, Ledger
from reportgen.schedule.memory_store import MemoryStore
from reportgen.schedule.opening import open_ledger
from reportgen.schedule.progress import Teller, Underway, runs_under_way
from reportgen.schedule.project import look_ahead
from reportgen.schedule.running import run_plan
from tests.unit.schedule.test_schedule_project import (
    PROJECT,
    TEMPLATE,
    Place,
    day,
    outcomes,
    rows,
    scored,
)
from tests.unit.schedule.test_schedule_running import Clock, done, plan


def at(ledger: Ledger, owner: str) -> Ledger:
    return Ledger(ledger.store, owner=owner, clock=ledger.clock)


def counts(ledger: Ledger) -> list[tuple[str, int, int, int]]:
    return [(run.owner, run.done, run.failed, run.total) for run in runs_under_way(ledger)]


def test_another_process_sees_how_far_a_run_has_come_and_when_it_will_be_done(
    tmp_path: Path,
) -> None:
    clock = Clock()
    ledger = open_ledger(str(tmp_path / "ledger.sqlite"), owner="host:7:x", clock=clock)
    seen: list[tuple[list[tuple[str, int, int, int]], float | None]] = []

    def make(run: RunSpec) -> RunResult:
        with open_ledger(str(tmp_path / "ledger.sqlite"), clock=clock) as other:
            runs = runs_under_way(other)
        seen.append((counts(ledger), runs[0].seconds_left(clock.now)))
        clock.now += timedelta(seconds=10)
        return done(run)

    run_plan(plan(), ledger, OwnHands(make))

    owner = "host:7:x"
    assert [of for of, _ in seen] == [[(owner, 0, 0, 3)], [(owner, 1, 0, 3)], [(owner, 2, 0, 3)]]
    assert [left for _, left in seen] == [None, 20.0, 10.0]
    assert runs_under_way(ledger) == ()
    Teller(ledger, 6).tell(0, 0, 6)
    (again,) = runs_under_way(ledger)
    assert again.seconds_left(clock.now) == 60.0  # as the last run was: ten seconds for each
    assert again.seconds_left(clock.now + timedelta(seconds=100)) == 0.0
    ledger.store.close()


def test_runs_side_by_side_are_all_known_and_one_that_was_killed_is_forgotten() -> None:
    clock = Clock()
    here = Ledger(MemoryStore(), owner="here", clock=clock)
    there = at(here, "there")
    one, other = Teller(here, 4), Teller(there, 2)
    one.tell(1, 1, 4)
    other.tell(0, 0, 2)
    assert sorted(counts(here)) == [("here", 1, 1, 4), ("there", 0, 0, 2)]

    one.tell(2, 1, 4)  # too soon to be said again
    assert sorted(counts(here))[0] == ("here", 1, 1, 4)
    clock.now += timedelta(seconds=6)
    one.tell(2, 1, 4)
    assert sorted(counts(here))[0] == ("here", 2, 1, 4)
    clock.now += TTL - timedelta(seconds=1)
    assert counts(here) == [("here", 2, 1, 4)]  # of the other nothing was heard
    clock.now -= timedelta(hours=1)  # the clock is set back
    assert counts(here) == []
    one.tell(3, 1, 4)
    assert counts(here) == [("here", 3, 1, 4)]
    one.leave(3)
    assert counts(here) == []


class Forgetful(MemoryStore):
    """A place that takes no notes: a bucket that answers 503."""

    def note(self, name: str, text: str) -> None:
        raise RetryError(f"{name}: 503, {len(text)} bytes")


def test_a_place_that_takes_no_notes_stops_no_run() -> None:
    teller = Teller(Ledger(Forgetful(), owner="us"), 3)
    teller.tell(1, 0, 3)
    teller.leave(1)


def test_what_is_said_of_a_run() -> None:
    now = datetime.now(UTC)
    run = Underway(
        owner="reports:eu:4711:abc", since=now - timedelta(seconds=100), alive=now,
        done=5, total=20, failed=1,
    )  # fmt: skip
    said = say_run(run)
    assert said.startswith(
        f"Under way since {run.since:%Y-%m-%d %H:%M} UTC: 5 of 20 done, 1 failed"
    )
    assert said.endswith("about 5 min left (process 4711 on reports:eu).")
    plain = plain_run(run)
    assert plain["seconds_left"] == pytest.approx(300, abs=60)
    assert (plain["done"], plain["total"], plain["failed"]) == (5, 20, 1)
    new = Underway(owner="h:1:a", since=now, alive=now, done=0, total=3, pace_s=1000.0)
    assert "0 of 3 done, about 50 min left" in say_run(new)


def test_what_render_made_is_not_due_and_the_next_run_notes_it(tmp_path: Path) -> None:
    (tmp_path / "reportgen.yml").write_text(PROJECT)
    for name in ("card.qmd", "weekly.qmd"):
        (tmp_path / name).write_text(TEMPLATE)
    place = Place(tmp_path)
    place.pin_model(5, day(1))
    place.pin("test", rows(2, 300), day(1))
    place.pin("scored", scored(day(9)), day(9))
    (made,) = rg.project(tmp_path).render("card")

    owed = look_ahead(place.asked, day(9))
    assert owed is not None
    assert owed.by_hand == {"card": (made.edition,)}
    assert [unit.run.report for unit in owed.plan.units] == ["weekly"]

    assert outcomes(place.run(day(9), reports=["card"])) == ["card 20240101 new: unchanged"]
    noted = look_ahead(place.asked, day(9))
    assert noted is not None
    assert noted.by_hand == {}
    assert [unit.run.report for unit in noted.plan.units] == ["weekly"]

    # Other inputs: it is due, though an edition of that key is there.
    (tmp_path / "card.qmd").write_text(TEMPLATE.replace("Small", "Smaller"))
    changed = look_ahead(place.asked, day(9))
    assert changed is not None
    assert changed.by_hand == {}
    assert [unit.due.why for unit in changed.plan.units] == ["changed", "new"]
