"""The nursery and its kernels as seen from reportgen: start, watch, end. See `nursery`."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reportgen.errors import LimitError, ToolError

__all__ = ["KernelProcess", "Nursery", "nursery_environment"]

_LONGEST_SOCKET_PATH = 90  # of the 104 bytes that the smallest systems allow, with room for "-5"
_PASSED = (
    "PATH",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "SSL_CERT_FILE",
    "FONTCONFIG_FILE",
    "FONTCONFIG_PATH",
)
_FIXED = {
    "HOME": "/nonexistent",  # each kernel gets one; nothing of the user's may be read before
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONNOUSERSITE": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "SOURCE_DATE_EPOCH": "315532800",  # 1980-01-01, the earliest that a zip file can hold
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",  # the others keep threads, which a fork would lose
    "MALLOC_ARENA_MAX": "2",  # each arena counts as 64 MB against the limit of memory
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}


def nursery_environment(outer: Mapping[str, str]) -> dict[str, str]:
    """Give the environment of the nursery: a fixed one, and of ours only what finds programs.

    No secret can get in, since only named variables do. matplotlib's folder is shared by all
    renders, or each would list the fonts of the machine again; no matplotlibrc is ever in it.
    """
    passed = {name: outer[name] for name in _PASSED if name in outer}
    return {
        **passed,
        **_FIXED,
        "PYTHONPATH": os.pathsep.join(_extra_paths()),
        "MPLCONFIGDIR": str(_cache_folder(outer) / "matplotlib"),
    }


def _extra_paths() -> list[str]:
    """Give where we import from, beyond what the interpreter finds by itself."""
    own = {str(Path(path)) for path in sysconfig.get_paths().values()}
    own |= {str(Path(path) / "lib-dynload") for path in own}
    paths = (str(Path(path or ".").absolute()) for path in sys.path)
    return [path for path in dict.fromkeys(paths) if path not in own and Path(path).is_dir()]


def _cache_folder(outer: Mapping[str, str]) -> Path:
    named = outer.get("REPORTGEN_CACHE") or outer.get("XDG_CACHE_HOME")
    folder = Path(named) if named else Path(outer.get("HOME", "/nonexistent")) / ".cache"
    folder = folder.absolute() / "reportgen"
    try:
        (folder / "matplotlib").mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:  # a home that cannot be written to
        folder = Path(tempfile.gettempdir()) / f"reportgen-{os.getuid()}"
        (folder / "matplotlib").mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


@dataclass(slots=True, kw_only=True)
class KernelProcess:
    """One kernel: where it listens, and the socket on which its life depends.

    Attributes
    ----------
    room : private folder for its sockets, its home and its temporary files; removed at the end
    connection : as in a Jupyter connection file
    """

    room: Path
    connection: dict[str, Any]
    guard: socket.socket = field(repr=False)

    @property
    def log(self) -> str:
        """The last lines that the process itself wrote, outside of any cell."""
        with suppress(OSError):
            text = (self.room / "log").read_text(errors="replace")
            return "\n".join(text.strip().splitlines()[-5:])
        return ""

    def wait_ready(self, timeout_s: float) -> None:
        """Wait until it listens.

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


class Nursery:
    """The process that forks kernels; started at once, shared by threads, ended with `close`.

    Parameters
    ----------
    imports : modules that it imports before the first fork, so that no kernel has to
    """

    def __init__(self, imports: Sequence[str]) -> None:
        self._lock = threading.Lock()
        own, its = socket.socketpair()
        self._control = own
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
        own, its = socket.socketpair()
        request = {
            "folder": str(folder),
            "room": str(room),
            "connection_file": str(room / "kernel.json"),
            "environment": _private(room),
            "log": str(room / "log"),
            "limits": dict(limits),
            "seed": seed,
        }
        try:
            self._send(request, its, timeout_s)
        except BaseException:
            own.close()
            shutil.rmtree(room, ignore_errors=True)
            raise
        finally:
            its.close()
        return KernelProcess(room=room, connection=connection, guard=own)

    def _send(self, request: dict[str, Any], its: socket.socket, timeout_s: float) -> None:
        line = json.dumps(request).encode() + b"\n"
        deadline = time.monotonic() + timeout_s
        if not self._lock.acquire(timeout=timeout_s):
            raise LimitError("the time limit passed while other kernels started.")
        try:
            self._control.settimeout(max(deadline - time.monotonic(), 0.01))
            socket.send_fds(self._control, [line], [its.fileno()])
            answer = self._control.recv(1)
        except TimeoutError as error:
            self.close()  # its answer would be taken for that to the next request
            raise LimitError("the time limit passed while kernels were made ready.") from error
        except OSError as error:
            raise ToolError(f"no kernel could be started: {error}.") from error
        finally:
            self._lock.release()
        if not answer:
            raise ToolError(
                "no kernel could be started: the process for it ended. "
                "Try `python -m ipykernel --version` with the same Python."
            )


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
