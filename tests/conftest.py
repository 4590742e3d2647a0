"""What all tests share: no consent from the environment, patience, and one demo project."""

from __future__ import annotations

import contextlib
import fcntl
import gc
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# pins would take this as permission to load any pickle; no test may pass because of it.
os.environ.pop("PINS_ALLOW_PICKLE_READ", None)
# Threads that wait in a busy loop take the cores from the other worker; the command line does so too.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# A deadline would fail on a machine that does something else; `timeout` in pyproject.toml is ours.
settings.register_profile("steady", deadline=None, print_blob=True)
settings.load_profile("steady")


# Files of more than half a minute, the longest first; the engines' are among them.
_LONG = (
    "test_publish_faults.py",
    "test_schedule_contended.py",
    "test_publish_kill_render.py",
    "test_browser_pages.py",
    "test_known_defects.py",
    "test_demo_editions.py",
    "test_fleet_cards.py",
    "test_publish_s3_faults.py",
    "test_publish_s3.py",
    "test_publish_kill.py",
    "test_schedule_project.py",
    "test_schedule_ten_years.py",
    "test_demo_build.py",
    "test_fleet_concurrent.py",
    "test_pins_azure.py",
    "test_demo_operations.py",
    "test_notify_kill.py",
    "test_operations_vetiver.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long: begun last, it would keep one worker while all others idle."""
    place = {name: number for number, name in enumerate(_LONG)}
    items.sort(key=lambda item: place.get(item.path.name, len(place)))


def pytest_collection_finish() -> None:
    """Let no collection of garbage go through all that was imported, again and again."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    gc.unfreeze()


@contextlib.contextmanager
def _shared(name: str, factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a folder of the whole run, to one worker at a time."""
    base = factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield shared / name


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo project, built once for all workers; render in a copy of it."""
    from reportgen.demo import build_demo

    with _shared("demo-project", tmp_path_factory) as folder:
        return build_demo(folder).parent


@pytest.fixture(scope="session")
def rendered_demo(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo project with its card and one week, made once for all workers; to be read only."""
    with _shared("demo-rendered", tmp_path_factory) as folder:
        if not folder.exists():
            begun = tmp_path_factory.mktemp("rendered") / "project"
            shutil.copytree(demo, begun, ignore=shutil.ignore_patterns("site"))
            for words in (["late-flights-card"], ["late-flights-weekly", "--period", "2013-W27"]):
                command = [sys.executable, "-m", "reportgen", "render", *words]
                command += ["--to", "html,pdf,docx"]
                done = subprocess.run(
                    command, cwd=begun, capture_output=True, text=True, timeout=280
                )
                assert done.returncode == 0, done.stdout + done.stderr
            begun.rename(folder)
        return folder
