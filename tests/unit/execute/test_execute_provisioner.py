"""Warm kernels for any Jupyter client: found by name, alone in their process, ended with it."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning import KernelProvisionerFactory

import reportgen.execute.provisioner as provisioner
from reportgen.execute.process import Nursery

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
    pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
IMPORTS = ("json.tool",)


@pytest.fixture(scope="module", autouse=True)
def nursery() -> Iterator[None]:
    yield
    for each in provisioner._NURSERIES.values():
        each.close()
    provisioner._NURSERIES.clear()


def manager(folder: Path, *argv: str) -> KernelManager:
    """Give a manager of a kernel of that command, asked of our provisioner by its name."""
    command = list(argv) or [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    metadata = {
        "kernel_provisioner": {
            "provisioner_name": "reportgen-warm",
            "config": {"imports": list(IMPORTS), "patience": 120.0},
        }
    }
    made = KernelManager(
        transport="ipc", ip=str(folder / "k"), connection_file=str(folder / "kernel.json")
    )
    made._kernel_spec = KernelSpec(
        argv=command, display_name="Warm", language="python", metadata=metadata
    )
    return made


def ask(client: BlockingKernelClient, code: str, timeout: float = 60) -> str:
    said: list[str] = []

    def note(message: dict[str, dict[str, str]]) -> None:
        said.append(message["content"].get("text", ""))

    client.execute_interactive(code, timeout=timeout, output_hook=note)
    return "".join(said).strip()


@pytest.fixture
def started(tmp_path: Path) -> Iterator[tuple[KernelManager, BlockingKernelClient]]:
    folder = Path("/tmp") / f"rg-{os.getpid()}-{time.monotonic_ns()}"  # short, for sockets
    folder.mkdir()
    (tmp_path / "beside.py").write_text("WORD = 'beside'")
    kernels = manager(folder)
    kernels.start_kernel(cwd=str(tmp_path), env={**os.environ, "SEEN": "yes"})
    client = kernels.client()
    client.start_channels()
    client.wait_for_ready(timeout=120)
    yield kernels, client
    client.stop_channels()
    kernels.shutdown_kernel(now=True)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


def test_it_is_found_by_its_name() -> None:
    found = KernelProvisionerFactory.instance().get_provisioner_entries()
    assert found["reportgen-warm"] == "reportgen.execute.provisioner:WarmProvisioner"


def test_a_kernel_is_forked_with_what_is_imported(
    started: tuple[KernelManager, BlockingKernelClient], tmp_path: Path
) -> None:
    _, client = started
    assert ask(client, "import sys; print('json.tool' in sys.modules)") == "True"
    assert ask(client, "import os; print(os.environ['SEEN'], os.getcwd())") == f"yes {tmp_path}"
    assert ask(client, "import beside; print(beside.WORD)") == "beside"
    assert (
        "reportgen.execute.nursery" in ask(client, "print(open('/proc/self/cmdline').read())")
        or not Path("/proc").exists()
    )


def test_it_is_interrupted_killed_and_started_again(
    started: tuple[KernelManager, BlockingKernelClient],
) -> None:
    kernels, client = started
    first = int(ask(client, "import os; print(os.getpid())"))
    client.execute("import time; time.sleep(600)")
    time.sleep(1)
    kernels.interrupt_kernel()
    assert client.get_shell_msg(timeout=60)["content"]["ename"] == "KeyboardInterrupt"
    assert ask(client, "print('still here')") == "still here"
    os.kill(first, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while kernels.is_alive() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not kernels.is_alive()
    kernels.restart_kernel(now=True)
    client.wait_for_ready(timeout=120)
    assert int(ask(client, "import os; print(os.getpid())")) != first


def test_any_other_kernel_is_started_as_it_would_be_anyway(tmp_path: Path) -> None:
    other = [sys.executable, "-c", "import time; time.sleep(600)", "{connection_file}"]
    kernels = manager(tmp_path, *other)
    kernels.start_kernel()
    assert kernels.is_alive()
    assert kernels.provisioner is not None
    assert not isinstance(kernels.provisioner.process, provisioner._Forked)  # type: ignore[attr-defined]
    kernels.shutdown_kernel(now=True)


def test_without_a_nursery_there_is_a_plain_kernel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(Nursery):
        def ask(self, *_: object, **__: object) -> object:  # type: ignore[override]
            raise provisioner.ReportgenError("no process could be started")

    broken = Broken(())
    monkeypatch.setitem(provisioner._NURSERIES, IMPORTS, broken)
    kernels = manager(tmp_path)
    kernels.start_kernel()
    assert kernels.is_alive()
    kernels.shutdown_kernel(now=True)
    broken.close()


def test_what_another_python_would_do_is_not_forked() -> None:
    own, rest = sys.executable, ["-m", "ipykernel_launcher", "-f", "x.json"]
    assert provisioner._arguments([own, *rest], None) == ["-f", "x.json"]
    assert provisioner._arguments(["/usr/bin/python9", *rest], None) is None
    assert provisioner._arguments([own, "-m", "bash_kernel"], None) is None
    assert provisioner._arguments([own, *rest], {"PYTHONPATH": "/elsewhere"}) is None
