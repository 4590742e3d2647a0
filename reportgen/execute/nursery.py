"""The process in which kernels are born. Run as ``python -m reportgen.execute.nursery``.

It imports once what every kernel needs, then forks one process for each request: a kernel, or
work, which makes a whole report and may have kernels forked in its turn. Between the nursery and
what it forked stands a guard, forked too, which does nothing but wait::

    reportgen ── nursery ── guard ─┬─ kernel ── whatever the cells start
        └──────── socket ────┘     └─ helper, which draws figures beside the cells

The guard ends when the kernel ends or when reportgen's end of the socket closes, for whatever
reason, kill -9 included. Before it ends it kills all that is left below it. On Linux it is the
"subreaper" of its branch: processes that were daemonised come back to it, so none gets away.

Requests come one a time over the socket on standard input, or over the line that each work is
given: one line of JSON, with the socket of the new process passed along. This file imports
nothing of ours, and what it imports from elsewhere it imports before it forks.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import random
import select
import shutil
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

__all__ = ["main"]

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_LONGEST_REQUEST = 65_536
_KERNEL = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "IPython.core.completerlib",
    "IPython.core.oinspect",
    "tornado.platform.asyncio",
)


def main(imports: list[str]) -> None:
    """Import, then serve requests until the socket closes."""
    control = socket.socket(fileno=os.dup(0))
    with open(os.devnull) as nothing:  # noqa: PTH123  (no kernel may keep our end open)
        os.dup2(nothing.fileno(), 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for reportgen; we see its end
    _preload(imports)
    gc.collect()
    gc.freeze()  # or the first collection in each kernel would copy all that was imported
    lines = {control.fileno(): control}
    while control.fileno() in lines:
        for descriptor in select.select(list(lines), [], [])[0]:
            if not _serve(lines[descriptor], lines):
                lines.pop(descriptor).close()
        _reap()


def _serve(line: socket.socket, lines: dict[int, socket.socket]) -> bool:
    """Answer one request; False when the line has closed."""
    try:
        asked, descriptors, _, _ = socket.recv_fds(line, _LONGEST_REQUEST, 2)
        if not asked or not descriptors:
            return False
        own = socket.socket(fileno=descriptors[0])
        _fork(json.loads(asked), own, descriptors[1:], lines)
        own.close()
        for descriptor in descriptors[1:]:
            os.close(descriptor)
        line.sendall(b"\n")
    except OSError:  # who asked is gone
        return False
    return True


def _fork(
    request: dict[str, Any],
    own: socket.socket,
    handed: list[int],
    lines: dict[int, socket.socket],
) -> None:
    """Fork a guard with what was asked for; work is given a line of its own."""
    ours = its = None
    if request["kind"] == "work":
        ours, its = socket.socketpair()
    if os.fork() == 0:
        for line in (*lines.values(), ours):
            if line is not None:
                line.close()
        _guard(own, request, [*handed, *([its.detach()] if its else [])])
        os._exit(0)
    if ours is not None and its is not None:
        its.close()
        lines[ours.fileno()] = ours


def _preload(imports: list[str]) -> None:
    sys.modules["debugpy"] = None  # type: ignore[assignment]  # half of the start of a kernel
    importlib.import_module("ipykernel.debugger")
    del sys.modules["debugpy"]
    for name in (*_KERNEL, *imports):
        # whatever goes wrong here goes wrong again in the cell that needs it, and is seen there
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _prctl(option: int, argument: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, argument, 0, 0, 0)


def _guard(own: socket.socket, request: dict[str, Any], handed: list[int]) -> None:
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    ends = socket.socketpair() if request.get("helper") in sys.modules else None
    if ends and os.fork() == 0:
        ends[0].close()
        _be_child(own, {**request, "kind": "helper"}, [ends[1].detach()])
    child = os.fork()
    if child == 0:
        if ends:
            ends[1].close()
            request["environment"]["REPORTGEN_BESIDE"] = str(ends[0].detach())
        _be_child(own, request, handed)
    for end in ends or ():
        end.close()
    for descriptor in handed:
        os.close(descriptor)
    status = _wait(child, own)
    _kill_all(child)
    if status is None:  # reportgen is done with it, or gone
        shutil.rmtree(request["room"], ignore_errors=True)
    with contextlib.suppress(OSError):
        own.sendall(json.dumps({"status": status}).encode() + b"\n")


def _be_child(own: socket.socket, request: dict[str, Any], handed: list[int]) -> None:
    """Be what was asked for, to the end of the process."""
    os.setsid()
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    status = 1
    try:
        _redirect(request["log"])
        if request["kind"] == "work":
            _be_work(own, request, handed)
        elif request["kind"] == "helper":
            _be_helper(own, request, handed[0])
        else:
            _be_kernel(own, request)
        status = 0
    except SystemExit as asked:
        status = asked.code if isinstance(asked.code, int) else int(asked.code is not None)
    except BaseException:  # noqa: BLE001  (written to the log, which reportgen shows)
        sys.excepthook(*sys.exc_info())
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)  # nothing to tidy, and tidying away libraries takes longer than a fork


def _wait(kernel: int, own: socket.socket) -> int | None:
    """Wait for the kernel or for the end of reportgen; give the kernel's exit status."""
    poll = select.poll()
    poll.register(own, select.POLLIN)
    if hasattr(os, "pidfd_open"):
        poll.register(os.pidfd_open(kernel), select.POLLIN)
        pause_ms = None
    else:
        pause_ms = 50
    while True:
        ready = poll.poll(pause_ms)
        done, status = os.waitpid(kernel, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if any(descriptor == own.fileno() for descriptor, _ in ready):
            return None


def _kill_all(kernel: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(kernel, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        for child in _children():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(child, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.002)


def _children() -> list[int]:
    """Give the children of this process; empty where there is no /proc."""
    me = os.getpid()
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # the second field is the program's name in brackets and may hold anything
            fields = entry.read_text(errors="replace").rpartition(")")[2].split()
            if int(fields[1]) == me:
                found.append(int(entry.parent.name))
    return found


def _be_work(own: socket.socket, request: dict[str, Any], handed: list[int]) -> None:
    own.close()
    os.chdir(request["folder"])
    _limit(request["limits"])
    module, _, function = request["call"].partition(":")
    getattr(importlib.import_module(module), function)(*handed)


def _be_helper(own: socket.socket, request: dict[str, Any], line: int) -> None:
    """Do what the cells of a kernel need not wait for, under its limits."""
    own.close()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    _limit(request["limits"])
    sys.modules[request["helper"]].serve(line)


def _be_kernel(own: socket.socket, request: dict[str, Any]) -> None:
    if request.get("replace_environment"):
        os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    sys.path.insert(0, "")  # modules that the template brought along, as in any notebook
    _limit(request["limits"])
    if request.get("arguments") is None:
        app = _application(request["connection_file"])
    else:
        app = _plain_application(request["arguments"])
    random.seed(request["seed"])
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(request["seed"] % 2**32)
    own.sendall(json.dumps({"ready": os.getpid()}).encode() + b"\n")
    own.close()
    app.start()


def _redirect(log: str) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    kept = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for source, target in ((nothing, 0), (kept, 1), (kept, 2)):
        os.dup2(source, target)
    os.close(nothing)
    os.close(kept)


def _limit(limits: dict[str, int]) -> None:
    import resource

    for name, number in limits.items():
        which = getattr(resource, name, None)
        if which is not None:
            with contextlib.suppress(ValueError, OSError):  # macOS refuses RLIMIT_AS
                resource.setrlimit(which, (number, number))


def _plain_application(arguments: list[str]) -> Any:
    """Start IPython's kernel as its own launcher would, with the user's settings."""
    from ipykernel.kernelapp import IPKernelApp

    signal.signal(signal.SIGINT, signal.default_int_handler)
    app: Any = IPKernelApp.instance(parent_handle=0)
    app.initialize(arguments)
    return app


def _application(connection_file: str) -> Any:
    """Start IPython's kernel, without what no template needs."""
    from ipykernel.kernelapp import IPKernelApp
    from traitlets.config import Config

    class Application(IPKernelApp):
        """A kernel that no configuration file of the machine or the user can change."""

        def init_config_files(self) -> None:
            pass

        def load_config_file(self, *_: object, **__: object) -> None:
            pass

    settings = Config()
    settings.HistoryManager.enabled = False
    settings.InteractiveShell.colors = "nocolor"
    settings.InteractiveShell.xmode = "Plain"
    settings.Application.log_level = "CRITICAL"  # or it says how to connect
    app: Any = Application.instance(
        config=settings, connection_file=connection_file, parent_handle=0
    )
    app.default_extensions = []
    app.initialize([])
    return app


if __name__ == "__main__":
    main(sys.argv[1:])
    os._exit(0)  # nothing to tidy, and tidying away libraries takes longer than a fork
