"""The machine is named; whose it is, is not."""

import getpass
import os
import socket
from dataclasses import astuple
from importlib.metadata import version

import psutil
import pytest

from reportgen.operations.machine import (
    describe_machine,
    load_per_core,
    packages_of,
    usable_cores,
)


def test_the_machine_is_what_another_package_says_it_is() -> None:
    machine = describe_machine({}, None)

    assert 1 <= machine.cores <= psutil.cpu_count()
    assert machine.memory_bytes is not None
    assert 0 < machine.memory_bytes <= psutil.virtual_memory().total
    assert machine.processor
    assert os.uname().release in machine.system
    assert machine.python.startswith("CPython 3.")


def test_neither_host_nor_user_is_named() -> None:
    said = str(astuple(describe_machine({}, 0.5))).lower()

    for name in (socket.gethostname(), getpass.getuser(), os.path.expanduser("~")):  # noqa: PTH111
        assert len(name) < 3 or name.lower() not in said.split()
        assert f"'{name.lower()}'" not in said


def test_cores_are_those_that_the_process_may_use() -> None:
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(allowed)})
        assert usable_cores() == 1
    finally:
        os.sched_setaffinity(0, allowed)


def test_a_package_is_named_by_its_distribution() -> None:
    found = packages_of(["sklearn", "yaml", "no_such_module", "json"])

    assert found == {"PyYAML": version("PyYAML"), "scikit-learn": version("scikit-learn")}


def test_load_is_that_of_the_system() -> None:
    load = load_per_core()

    assert load is not None
    assert load == pytest.approx(os.getloadavg()[0] / (os.cpu_count() or 1), abs=0.5)
