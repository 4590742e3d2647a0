"""Warm kernels for any Jupyter client: a provisioner that forks instead of starting anew.

`jupyter_client` finds it under the name ``reportgen-warm``: nbclient, papermill, nbconvert, Quarto
and Jupyter itself use it for the kernel of that name, or for every kernel when
``JUPYTER_DEFAULT_PROVISIONER_NAME=reportgen-warm`` is set. Each kernel is a process of its own. The
first one of a client waits for the imports, as a plain kernel would; each after it has them.
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from subprocess import Popen, TimeoutExpired
from tempfile import mkdtemp
from typing import Any, cast

from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Float, Unicode
from traitlets import List as ListOf

from reportgen.errors import ReportgenError
from reportgen.execute.nbclient import READY
from reportgen.execute.process import ForkedProcess, Nursery

__all__ = ["WarmProvisioner"]

_LAUNCHERS = ("ipykernel_launcher", "ipykernel")
_NURSERIES: dict[tuple[str, ...], Nursery] = {}
_LOCK = threading.Lock()


class WarmProvisioner(LocalProvisioner):
    """Forks a kernel of this very Python; starts any other kernel as it would be started anyway."""

    imports = ListOf(
        Unicode(),
        default_value=list(READY),
        help="Modules that are imported once for all kernels.",
    ).tag(config=True)
    patience = Float(60.0, help="Seconds after which a plain kernel is started.").tag(config=True)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start the kernel that `cmd` would start.

        Returns
        -------
        connection information, as every provisioner gives it
        """
        arguments = _arguments(cmd, kwargs.get("env"))
        if arguments is None:
            return await super().launch_kernel(cmd, **kwargs)
        try:
            forked = await asyncio.to_thread(self._fork, arguments, kwargs)
        except (ReportgenError, OSError) as error:
            self.log.warning("No warm kernel, a plain one instead: %s", error)
            return await super().launch_kernel(cmd, **kwargs)
        self.process = cast("Popen[Any]", forked)
        self.pid = self.pgid = forked.pid
        return self.connection_info

    def _fork(self, arguments: Sequence[str], kwargs: dict[str, Any]) -> _Forked:
        room = Path(mkdtemp(prefix="reportgen-"))
        environment = kwargs.get("env")
        request = {
            "kind": "kernel",
            "folder": str(kwargs.get("cwd") or Path.cwd()),
            "room": str(room),
            "arguments": list(arguments),
            "environment": dict(os.environ if environment is None else environment),
            "replace_environment": True,
            "log": str(room / "log"),
            "limits": {},
            "seed": int.from_bytes(os.urandom(4)),
        }
        nursery = _nursery(tuple(self.imports))
        process = ForkedProcess(room=room, guard=nursery.ask(request, room, self.patience))
        try:
            return _Forked(process, process.wait_ready(self.patience))
        except BaseException:
            process.end()
            raise


def _arguments(cmd: Sequence[str], environment: dict[str, str] | None) -> list[str] | None:
    """Give what a launcher of kernels is called with; None: it is not ours to fork.

    Another Python, or one that would import from elsewhere, is not what the nursery is.
    """
    own = Path(sys.executable).absolute()
    if not hasattr(os, "fork") or not cmd or Path(cmd[0]).absolute() != own or "-m" not in cmd:
        return None
    paths = os.environ if environment is None else environment
    if paths.get("PYTHONPATH") != os.environ.get("PYTHONPATH"):
        return None
    place = list(cmd).index("-m")
    if place + 1 >= len(cmd) or cmd[place + 1] not in _LAUNCHERS:
        return None
    return list(cmd[place + 2 :])


def _nursery(imports: tuple[str, ...]) -> Nursery:
    """Give the process that this one's kernels are forked from; one for each set of imports."""
    with _LOCK:
        nursery = _NURSERIES.get(imports)
        if nursery is None or not nursery.alive:
            nursery = _NURSERIES[imports] = Nursery(imports)
        return nursery


class _Forked:
    """A forked kernel with the words of `subprocess.Popen` that a provisioner uses."""

    stdin = stdout = stderr = None

    def __init__(self, process: ForkedProcess, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._process = process

    def poll(self) -> int | None:
        """Give the exit status, or None while it runs."""
        if self.returncode is None and select.select([self._process.guard], [], [], 0)[0]:
            status = self._process.end()
            self.returncode = -signal.SIGKILL if status is None else status
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, as `subprocess.Popen.wait`."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while (status := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutExpired("kernel", timeout or 0.0)
            time.sleep(0.01)
        return status

    def send_signal(self, number: int) -> None:
        """Send a signal to the kernel; nothing is done when it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)
