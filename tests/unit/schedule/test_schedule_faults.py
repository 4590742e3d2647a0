"""A full disk and a read-only one under what is due: nothing is lost, and it is made afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from reportgen.cli.due import exit_code
from reportgen.schedule.opening import ledger_address, open_ledger
from reportgen.schedule.project import Ran
from tests.unit.schedule.test_schedule_project import (
    PROJECT,
    TEMPLATE,
    Place,
    day,
    outcomes,
    rows,
    scored,
    unrendered,
)

__all__ = ["unrendered"]


def mount(*words: str) -> None:
    done = subprocess.run(["mount", *words], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"needs the right to mount a tmpfs: {done.stderr.strip()}")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB, on which the site is."""
    place = tmp_path / "disk"
    place.mkdir()
    if shutil.which("mount") is None or os.geteuid() != 0:
        pytest.skip("needs root, to mount a small tmpfs")
    mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place))
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.fixture
def place(tmp_path: Path, disk: Path) -> Place:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "reportgen.yml").write_text(f"{PROJECT}\nsite: {disk / 'site'}\n")
    for name in ("card.qmd", "weekly.qmd"):
        (folder / name).write_text(TEMPLATE)
    made = Place(folder)
    made.pin_model(5, day(1))
    made.pin("test", rows(2, 300), day(1))
    made.pin("scored", scored(day(16)), day(16))
    return made


def run(place: Place, now: datetime) -> tuple[Ran, int]:
    ran = place.run(now)
    return ran, exit_code(ran)


def visible(disk: Path) -> list[str]:
    """Name the files that a reader could meet."""
    found = (p.relative_to(disk).as_posix() for p in disk.rglob("*") if p.is_file())
    return sorted(name for name in found if not name.startswith("site/.publishing/"))


def wait_over(place: Place) -> None:
    """Let the time come in which what failed is tried again."""
    with open_ledger(ledger_address(place.asked.project)) as ledger:
        for key, entry in ledger.entries().items():
            held = ledger.store.read(key)
            if entry.retry_at is not None and held is not None:
                early = replace(entry, retry_at=day(1))
                assert ledger.store.swap(key, held.token, early, None)


@pytest.mark.usefixtures("unrendered")
def test_a_full_disk_is_tried_again_and_all_is_made_when_there_is_room(
    place: Place, disk: Path
) -> None:
    filler = disk / "filler"
    filler.write_bytes(bytes(shutil.disk_usage(disk).free))

    ran, code = run(place, day(16))

    assert code == 4
    assert {each.result.kind for each in ran.tally.done} == {"again"}
    assert len(ran.tally.done) == 3
    assert visible(disk) == ["filler"]
    again, code = run(place, day(16))
    assert (again.tally.done, code) == ([], 4)  # its time has not come, and nothing is forgotten

    filler.unlink()
    wait_over(place)
    ran, code = run(place, day(16))
    assert code == 0
    assert [each.result.outcome for each in ran.tally.done] == ["published"] * 3
    assert outcomes(place.run(day(16))) == []


@pytest.mark.usefixtures("unrendered")
def test_a_read_only_site_is_tried_again_and_all_is_made_when_it_may_be_written(
    place: Place, disk: Path
) -> None:
    mount("-o", "remount,ro", str(disk))

    ran, code = run(place, day(16))

    assert code == 2
    assert {each.result.kind for each in ran.tally.done} == {"refused"}
    assert "Read-only file system" in ran.tally.done[0].result.error
    again, code = run(place, day(16))
    assert (again.tally.done, code) == ([], 2)

    mount("-o", "remount,rw", str(disk))
    wait_over(place)
    ran, code = run(place, day(16))
    assert code == 0
    assert [each.result.outcome for each in ran.tally.done] == ["published"] * 3
