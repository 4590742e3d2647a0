"""Names the machine: what decides how fast a model is, and nothing that says whose it is."""

from __future__ import annotations

import os
import platform
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from importlib.metadata import packages_distributions, version
from math import ceil
from pathlib import Path

from reportgen.report.operations import Machine

__all__ = ["describe_machine", "load_per_core", "packages_of", "usable_cores"]

_CGROUP = Path("/sys/fs/cgroup")


def describe_machine(packages: Mapping[str, str], load: float | None) -> Machine:
    """Describe the machine under us.

    Parameters
    ----------
    packages : distribution -> version
    load : see `load_per_core`; read before the measurement makes the machine busy itself
    """
    return Machine(
        processor=_processor(),
        cores=usable_cores(),
        memory_bytes=_memory_bytes(),
        system=_system(),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        packages=packages,
        load=load,
    )


def load_per_core() -> float | None:
    """Tell how busy the machine is: running processes of the last minute for each core."""
    if not hasattr(os, "getloadavg"):
        return None
    return round(os.getloadavg()[0] / (os.cpu_count() or 1), 2)


def packages_of(modules: Collection[str]) -> dict[str, str]:
    """Give the distributions that top-level modules belong to, with their versions."""
    homes = packages_distributions()
    names = {name for module in modules for name in homes.get(module, ())}
    return {name: version(name) for name in sorted(names) if name != "reportgen"}


def usable_cores() -> int:
    """Count the cores that this process may use, by its affinity and its container's quota."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    quota, _, per = _read(_CGROUP / "cpu.max").partition(" ")
    if quota.isdigit() and per.strip().isdigit():
        cores = min(cores, max(1, ceil(int(quota) / int(per))))
    return cores


def _processor() -> str:
    named = [
        line.partition(":")[2].strip()
        for line in _read(Path("/proc/cpuinfo")).splitlines()
        if line.partition(":")[0].strip() in ("model name", "Model", "Hardware")
    ]
    name = next(iter(named), "") or _brand_on_mac() or platform.processor()
    kind = platform.machine()
    words = " ".join(name.split())
    return f"{words} ({kind})" if words and words != kind else kind or "not known"


def _brand_on_mac() -> str:
    if platform.system() != "Darwin":
        return ""
    import subprocess

    with suppress(OSError, subprocess.SubprocessError):
        words = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(words, capture_output=True, text=True, timeout=5).stdout  # noqa: S603 - fixed words
    return ""


def _memory_bytes() -> int | None:
    """The memory of the machine, or less where the container may not use all of it."""
    found = list(_memory_limits())
    with suppress(ValueError, OSError, AttributeError):  # not on Windows
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return min(found) if found else None


def _memory_limits() -> Iterator[int]:
    for file in ("memory.max", "memory/memory.limit_in_bytes"):
        limit = _read(_CGROUP / file).strip()
        if limit.isdigit():
            yield int(limit)


def _system() -> str:
    kernel = f"{platform.system()} {platform.release()}"
    with suppress(OSError):
        return f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {kernel}"
    return kernel


def _read(path: Path) -> str:
    with suppress(OSError):
        return path.read_text(encoding="utf-8", errors="replace")
    return ""
