"""What all tests share: no consent from the environment, patience, and one demo project."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest
from hypothesis import settings

# pins would take this as permission to load any pickle; no test may pass because of it.
os.environ.pop("PINS_ALLOW_PICKLE_READ", None)

# A deadline would fail on a machine that does something else; `timeout` in pyproject.toml is ours.
settings.register_profile("steady", deadline=None, print_blob=True)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo project, built once for all workers; render in a copy of it."""
    from reportgen.demo import build_demo

    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with (shared / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return build_demo(shared / "demo-project").parent
