"""How soon a kernel is ready: forked by the provisioner, and started anew with the same imports.

Run with ``python benchmarks/kernels.py [--rounds 5]``. Both are started through `jupyter_client`,
in turns; ready is when the kernel has answered a cell that imports what templates import.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

from reportgen.execute.nbclient import READY

IMPORTS = "; ".join(f"import {name}" for name in READY)


def seconds(provisioner: str) -> tuple[float, float]:
    """Start a kernel; give the seconds until it answers at all, and until it has the imports."""
    folder = Path(mkdtemp(prefix="rg-", dir="/tmp"))
    settings: dict[str, Any] = {}
    if provisioner != "local-provisioner":
        settings = {"kernel_provisioner": {"provisioner_name": provisioner}}
    manager = KernelManager(
        transport="ipc", ip=str(folder / "k"), connection_file=str(folder / "kernel.json")
    )
    manager._kernel_spec = KernelSpec(  # noqa: SLF001
        argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        display_name="Python", language="python", metadata=settings,
    )  # fmt: skip
    began = time.perf_counter()
    manager.start_kernel()
    client = manager.client()
    client.start_channels(stdin=False, hb=False)
    client.kernel_info()
    client.get_shell_msg(timeout=120)
    answered = time.perf_counter() - began
    client.execute(IMPORTS)
    if client.get_shell_msg(timeout=120)["content"]["status"] != "ok":
        raise SystemExit("the imports failed")
    ready = time.perf_counter() - began
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    shutil.rmtree(folder)
    return answered, ready


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    first = seconds("reportgen-warm")
    kinds = {"forked": "reportgen-warm", "started anew": "local-provisioner"}
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in kinds}
    for _ in range(rounds):
        for name, provisioner in kinds.items():
            taken[name].append(seconds(provisioner))
    middle: Callable[[list[float]], float] = statistics.median
    print(f"{'median seconds':<28}{'answers':>10}{'ready':>10}")
    for name, both in taken.items():
        answers, ready = (middle([each[place] for each in both]) for place in (0, 1))
        print(f"{name:<28}{answers:>10.3f}{ready:>10.3f}")
    ready = {name: middle([each[1] for each in both]) for name, both in taken.items()}
    print(f"\nA forked kernel is ready {ready['started anew'] / ready['forked']:.0f} times faster")
    print(f"(aim: 10); the first one of a process, which waits for the imports: {first[1]:.2f} s.")


if __name__ == "__main__":
    main()
