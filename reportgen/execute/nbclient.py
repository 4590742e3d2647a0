"""The engine that runs notebooks: nbclient, on kernels forked from a warm process.

A kernel that starts from nothing costs 1.5 to 2 seconds, most of them imports. Here one process,
the nursery, imports once and each kernel is a fork of it. Start it early and it gets ready
while reportgen measures::

    with NbclientKernel.warm() as kernel:   # returns at once
        data = measure(...)                 # the nursery imports on the other core
        execute_template(..., kernel=kernel)
        execute_template(..., kernel=kernel)  # the next kernel starts in 0.2 s
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self
from zlib import crc32

from reportgen.errors import LimitError, ToolError
from reportgen.execute.process import KernelProcess, Nursery, NurseryLine
from reportgen.execute.work import inherited_line

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from reportgen.execute import Limits

__all__ = ["READY", "NbclientKernel"]

# What templates import, and one figure drawn; see `reportgen.present.rehearsal`.
READY = ("reportgen.present", "reportgen.present.rehearsal")
_ALWAYS = ("reportgen.execute.inside",)


class NbclientKernel:
    """Runs each notebook in a kernel of its own; threads may share it.

    Parameters
    ----------
    imports : modules to import once for all kernels; what cannot be imported is left out
    """

    def __init__(self, *, imports: Sequence[str] = ("reportgen.present",)) -> None:
        self._imports = (*_ALWAYS, *imports)
        self._nursery: Nursery | None = None
        self._lock = threading.Lock()

    @classmethod
    def warm(cls, *, imports: Sequence[str] = READY) -> Self:
        """Give a kernel that gets ready in the background; returns within milliseconds."""
        kernel = cls(imports=imports)
        kernel.get_ready()
        return kernel

    def get_ready(self) -> None:
        """Begin with the imports, if that has not been done; returns within milliseconds."""
        if inherited_line() is None and self._nursery is None:
            self._ready_nursery()
            threading.Thread(target=_import_session, daemon=True, name="warm-nbclient").start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process that kernels are forked from. A later `run` starts another."""
        with self._lock:
            if self._nursery is not None:
                self._nursery.close()
                self._nursery = None

    def run(self, notebook: NotebookNode, folder: Path, limits: Limits) -> NotebookNode:
        """Execute the cells in order, in place, and the inline expressions between them.

        What a cell says about itself is read from its metadata, under ``reportgen``; see
        `reportgen.execute.notebook`. Whatever happens, no process is left when this returns.

        Parameters
        ----------
        folder : the working folder of the cells

        Raises
        ------
        CellError
            A cell or an inline expression raised, or the kernel died; the cells before it
            keep their outputs.
        LimitError
            The limit of time, memory or output was passed.
        ToolError
            No kernel could be started.
        """
        from reportgen.execute.session import run_session

        deadline = time.monotonic() + limits.wall_clock_s
        process = self._start(notebook, folder, limits, deadline)
        try:
            run_session(notebook, process, folder, limits, deadline)
        finally:
            process.end()
        return notebook

    def _start(
        self, notebook: NotebookNode, folder: Path, limits: Limits, deadline: float
    ) -> KernelProcess:
        name = notebook.metadata["reportgen"]["template"]
        try:
            process = self._fork(notebook, folder, limits)
            try:
                process.wait_ready(deadline - time.monotonic())
            except BaseException:  # Ctrl-C, too
                process.end()
                raise
        except LimitError as error:
            raise LimitError(f"{name}: {error}") from error
        except ToolError as error:
            raise ToolError(f"{name}: {error}") from error
        return process

    def _fork(self, notebook: NotebookNode, folder: Path, limits: Limits) -> KernelProcess:
        sources = "\0".join(cell.source for cell in notebook.cells)
        return self._ready_nursery().fork(
            folder.resolve(),
            {
                "RLIMIT_AS": limits.memory_bytes,
                "RLIMIT_FSIZE": limits.output_bytes,
                "RLIMIT_CORE": 0,
            },
            crc32(sources.encode()),
            limits.wall_clock_s,
        )

    def _ready_nursery(self) -> NurseryLine:
        """Give what kernels are forked from: where this process itself was, or one of its own."""
        inherited = inherited_line()
        if inherited is not None:
            return inherited
        with self._lock:
            if self._nursery is None or not self._nursery.alive:
                if self._nursery is not None:
                    self._nursery.close()
                self._nursery = Nursery(self._imports)
            return self._nursery


def _import_session() -> None:
    import reportgen.execute.session  # noqa: F401
