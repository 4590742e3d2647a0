"""The measured processes as their parent sees them: started alone, watched, and ended."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event, Timer
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from reportgen import errors
from reportgen.boards import Snapshot
from reportgen.errors import LimitError, ReportgenError, ToolError
from reportgen.execute.process import nursery_environment
from reportgen.report.operations import Memory, Plan, Start, Timings

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Ran", "Reading", "run_model"]

_LONGEST_START_S = 300.0
_TUNING = ("MALLOC_ARENA_MAX", "ARROW_DEFAULT_MEMORY_POOL", "MPLBACKEND")
_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "LOKY_MAX_CPU_COUNT",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the model is to be loaded, and which columns it is not to read.

    Attributes
    ----------
    allow_pickle : whether the project, or the person, allowed this pin by name
    text : the column that a text model reads; None: as its prototype says
    others : columns with another part, such as the target
    """

    allow_pickle: bool = False
    text: str | None = None
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What the processes found.

    Attributes
    ----------
    modules : top-level names of what the model's process had loaded
    """

    one_row: Timings
    batch: Timings
    starts: tuple[Start, ...]
    memory: Memory | None
    modules: tuple[str, ...]


def run_model(
    snapshot: Snapshot, rows: pd.DataFrame, plan: Plan, folder: Path, reading: Reading
) -> Ran:
    """Start the model in fresh processes and measure it; its code runs in these alone.

    Parameters
    ----------
    rows : with the model's features and perhaps more
    folder : private; files for the processes are left in it

    Raises
    ------
    DataError, MissingToolError, TrustError
        The model does not load or does not predict these rows.
    ToolError
        A process ended without an answer.
    LimitError
        It took far longer than the plan allows.
    """
    (folder / "rows.pickle").write_bytes(pickle.dumps(rows))
    (folder / "model.pickle").write_bytes(pickle.dumps(snapshot))
    request = {"plan": asdict(plan), "modules": [], **asdict(reading)}
    _write_request(folder, request)
    # The first start fills the system's caches, and tells which libraries the model brings.
    _, first = _start(folder, plan)
    starts = tuple(_start(folder, plan)[0] for _ in range(plan.starts))
    _write_request(folder, {**request, "modules": first["modules"]})
    told = _measure(folder, plan)
    return Ran(
        one_row=_timings(told["one_row"]),
        batch=_timings(told["batch"]),
        starts=starts,
        memory=Memory(**told["memory"]) if told["memory"] else None,
        modules=tuple(first["packages"]),
    )


def _write_request(folder: Path, request: Mapping[str, Any]) -> None:
    (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")


def _timings(told: Mapping[str, Any]) -> Timings:
    return Timings(rows=told["rows"], distinct=told["distinct"], took_ns=tuple(told["took_ns"]))


def _start(folder: Path, plan: Plan) -> tuple[Start, dict[str, Any]]:
    begun = perf_counter_ns()
    with _child("start", folder, plan, _LONGEST_START_S) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        took = perf_counter_ns() - begun
        if first != b"answered\n":
            _told(first, process, folder)
            raise ToolError("the model's process said something else than its answer")
        told = _told(process.stdout.readline(), process, folder)
    own = told["own_ns"]
    return Start(answered_ns=max(took - own, 0), load_ns=told["load_ns"], own_ns=own), told


def _measure(folder: Path, plan: Plan) -> dict[str, Any]:
    # Two phases with a warm-up each, and as much again for whatever call is under way.
    longest = _LONGEST_START_S + 5 * plan.seconds
    with _child("measure", folder, plan, longest) as process:
        assert process.stdout is not None
        return _told(process.stdout.readline(), process, folder)


@contextmanager
def _child(
    mode: str, folder: Path, plan: Plan, longest_s: float
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process in a session of its own, and end all of it in any case."""
    words = [sys.executable, "-P", "-m", "reportgen.operations.child", mode, str(folder)]
    with (folder / "said.log").open("wb") as said:
        process = subprocess.Popen(  # noqa: S603 - our own module
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
            cwd=folder,
            env=child_environment(os.environ, folder, plan.threads),
            start_new_session=True,
        )
    stopped = Event()

    def stop() -> None:
        stopped.set()
        _kill(process)

    late = Timer(longest_s, stop)
    late.start()
    try:
        yield process
    except ToolError:
        if stopped.is_set():
            raise LimitError(
                f"the model's process took longer than {longest_s:,.0f} s and was ended"
            ) from None
        raise
    finally:
        late.cancel()
        _kill(process)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def child_environment(outer: Mapping[str, str], folder: Path, threads: int) -> dict[str, str]:
    """Give the environment of a measured process: no secret, and the number of threads fixed."""
    fixed = {k: v for k, v in nursery_environment(outer).items() if k not in _TUNING}
    home = {"HOME": str(folder), "PYTHONWARNINGS": "ignore"}
    return {**fixed, **home, **dict.fromkeys(_THREADS, str(threads))}


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _told(line: bytes, process: subprocess.Popen[bytes], folder: Path) -> dict[str, Any]:
    """Read an answer, or say why there is none."""
    try:
        told: dict[str, Any] = json.loads(line)
    except ValueError:
        code = process.wait(timeout=_LONGEST_START_S)
        last = (folder / "said.log").read_text("utf-8", errors="replace").strip()[-600:]
        raise ToolError(
            f"the model's process ended with exit code {code} and no answer."
            + (f" It said last:\n{last}" if last else "")
        ) from None
    if "error" in told:
        kind = getattr(errors, str(told["error"]), None)
        if isinstance(kind, type) and issubclass(kind, ReportgenError):
            raise kind(told["message"])
        raise ToolError(told["message"])
    return told
