"""The nursery and what it forks as seen from reportgen: start, watch, end. See `nursery`."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from reportgen.errors import LimitError, ToolError
from reportgen.execute.environment import nursery_environment

__all__ = [
    "HELPER",
    "ForkedProcess",
    "KernelProcess",
    "Nursery",
    "NurseryLine",
    "nursery_environment",
]

# Where it is among the imports, a second process serves each kernel; see there.
HELPER = "reportgen.present.beside"
_LONGEST_SOCKET_PATH = 90  # of the 104 bytes that the smallest systems allow, with room for "-5"


@dataclass(slots=True, kw_only=True)
class ForkedProcess:
    """A process that the nursery forked, and the socket on which its life depends.

    Attributes
    ----------
    room : private folder for its home and its temporary files; removed at the end
    guard : says how it ended; closing it ends it
    """

    room: Path
    guard: socket.socket = field(repr=False)

    @property
    def log(self) -> str:
        """The last lines that the process itself wrote, outside of any cell."""
        with suppress(OSError):
            text = (self.room / "log").read_text(errors="replace")
            return "\n".join(text.strip().splitlines()[-5:])
        return ""

    def wait_ready(self, timeout_s: float) -> int:
        """Wait until a kernel listens; give the number of its process.

        Raises
        ------
        LimitError
            It took too long.
        ToolError
            It died before.
        """
        self.guard.settimeout(max(timeout_s, 0.01))
        try:
            said = self.guard.recv(4096)
        except TimeoutError as error:
            raise LimitError("the time limit passed while the kernel started.") from error
        if b"ready" not in said:
            raise ToolError(f"the kernel did not start. {self.log}".strip())
        self.guard.settimeout(0)
        pid: int = json.loads(said.splitlines()[0])["ready"]
        return pid

    def end(self) -> int | None:
        """Kill it and all that it started; give its exit status if it had ended by itself."""
        if self.guard.fileno() < 0:
            return None
        said = b""
        with suppress(OSError):
            self.guard.shutdown(socket.SHUT_WR)
        self.guard.settimeout(10)
        with suppress(OSError):
            while part := self.guard.recv(4096):
                said += part
        self.guard.close()
        shutil.rmtree(self.room, ignore_errors=True)
        for line in said.splitlines():
            status: int | None = json.loads(line).get("status")
            return status
        return None


@dataclass(slots=True, kw_only=True)
class KernelProcess(ForkedProcess):
    """One kernel, and where it listens.

    Attributes
    ----------
    connection : as in a Jupyter connection file
    """

    connection: dict[str, Any]


class NurseryLine:
    """A socket over which the nursery is asked; threads may share it.

    Parameters
    ----------
    helper : module of the helpers of its kernels; empty: they have none, as where other reports
        are made on the other cores
    """

    def __init__(self, control: socket.socket, *, helper: str = "") -> None:
        self._control = control
        self._helper = helper
        self._lock = threading.Lock()

    def close(self) -> None:
        """Ask no more. What was forked is not touched."""
        self._control.close()

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._control.fileno() >= 0

    def fork(
        self, folder: Path, limits: Mapping[str, int], seed: int, timeout_s: float
    ) -> KernelProcess:
        """Have a kernel forked; it works in `folder` under `limits` (names of ``RLIMIT_*``).

        Raises
        ------
        LimitError
            The nursery was not ready within `timeout_s`.
        ToolError
            The nursery died.
        """
        room = _room()
        connection = _connection(room)
        request = {
            "kind": "kernel",
            "folder": str(folder),
            "room": str(room),
            "connection_file": str(room / "kernel.json"),
            "environment": _private(room),
            "log": str(room / "log"),
            "limits": dict(limits),
            "seed": seed,
            "helper": self._helper,
        }
        guard = self.ask(request, room, timeout_s)
        return KernelProcess(room=room, guard=guard, connection=connection)

    def fork_work(
        self, call: str, job: IO[bytes], limits: Mapping[str, int], timeout_s: float
    ) -> ForkedProcess:
        """Have a process forked that calls ``module:function`` with the open file `job`.

        It has a line to the nursery of its own, and so may have kernels forked.

        Raises
        ------
        LimitError, ToolError
            As `fork`.
        """
        room = _room()
        request = {
            "kind": "work",
            "folder": str(room),
            "room": str(room),
            "call": call,
            "log": str(room / "log"),
            "limits": dict(limits),
        }
        return ForkedProcess(room=room, guard=self.ask(request, room, timeout_s, job.fileno()))

    def ask(
        self, request: Mapping[str, Any], room: Path, timeout_s: float, *handed: int
    ) -> socket.socket:
        """Send one request with descriptors of open files; give the socket of what was forked.

        The room is removed when nothing could be forked.
        """
        own, its = socket.socketpair()
        try:
            self._send(request, (its.fileno(), *handed), timeout_s)
        except BaseException:
            own.close()
            shutil.rmtree(room, ignore_errors=True)
            raise
        finally:
            its.close()
        return own

    def _send(
        self, request: Mapping[str, Any], descriptors: Sequence[int], timeout_s: float
    ) -> None:
        line = json.dumps(request).encode() + b"\n"
        deadline = time.monotonic() + timeout_s
        if not self._lock.acquire(timeout=timeout_s):
            raise LimitError("the time limit passed while other kernels started.")
        try:
            self._control.settimeout(max(deadline - time.monotonic(), 0.01))
            socket.send_fds(self._control, [line], list(descriptors))
            answer = self._control.recv(1)
        except TimeoutError as error:
            self.close()  # its answer would be taken for that to the next request
            raise LimitError("the time limit passed while kernels were made ready.") from error
        except OSError as error:
            raise ToolError(f"no kernel could be started: {error}.") from error
        finally:
            self._lock.release()
        if not answer:
            self.close()
            raise ToolError(
                "no kernel could be started: the process for it ended. "
                "Try `python -m ipykernel --version` with the same Python."
            )


class Nursery(NurseryLine):
    """The process that forks kernels; started at once, ended with `close`.

    Parameters
    ----------
    imports : modules that it imports before the first fork, so that no kernel has to
    """

    def __init__(self, imports: Sequence[str]) -> None:
        own, its = socket.socketpair()
        super().__init__(own, helper=HELPER)
        with its:
            self._process = subprocess.Popen(  # noqa: S603  (our own module)
                [sys.executable, "-P", "-m", "reportgen.execute.nursery", *imports],
                stdin=its.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=nursery_environment(os.environ),
                cwd="/",
                start_new_session=True,
            )
        self._finalizer = weakref.finalize(self, _end, own, self._process)

    def close(self) -> None:
        """End the process. Kernels that still run are not touched."""
        self._finalizer()

    @property
    def alive(self) -> bool:
        """Whether it can fork."""
        return self._finalizer.alive and self._process.poll() is None


def _end(control: socket.socket, process: subprocess.Popen[bytes]) -> None:
    with suppress(OSError):
        control.shutdown(socket.SHUT_RDWR)  # though a fork of ours may still hold it
    control.close()
    try:
        process.wait(timeout=0.2)
    except subprocess.TimeoutExpired:  # it is busy importing
        process.kill()
        process.wait()


def _room() -> Path:
    """Make a private folder whose name is short enough for sockets in it."""
    places = [tempfile.gettempdir(), "/tmp"]  # noqa: S108
    short = [place for place in places if len(place.encode()) < _LONGEST_SOCKET_PATH - 25]
    room = Path(tempfile.mkdtemp(prefix="reportgen-", dir=(short or places)[0]))
    (room / "tmp").mkdir()
    return room


def _connection(room: Path) -> dict[str, Any]:
    connection = {
        "transport": "ipc",  # files in a private folder; no port that others could reach
        "ip": str(room / "k"),
        "shell_port": 1,
        "iopub_port": 2,
        "stdin_port": 3,
        "control_port": 4,
        "hb_port": 5,
        "signature_scheme": "hmac-sha256",
        "key": secrets.token_hex(16),
        "kernel_name": "python3",
    }
    (room / "kernel.json").write_text(json.dumps(connection))
    return connection


def _private(room: Path) -> dict[str, str]:
    return {
        "HOME": str(room),
        "TMPDIR": str(room / "tmp"),
        "IPYTHONDIR": str(room / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(room),
        "JUPYTER_CONFIG_DIR": str(room),
        "JUPYTER_DATA_DIR": str(room),
    }
