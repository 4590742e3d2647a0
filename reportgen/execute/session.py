"""One run of a notebook on one kernel, through nbclient. Imports nbclient, so import it late."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from pathlib import Path
from typing import Any

import zmq.asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from reportgen.errors import ReportgenError
from reportgen.execute import Limits
from reportgen.execute.failure import Raised, cell_error, death_error, limit_error
from reportgen.execute.inline import find_inline, replace_inline
from reportgen.execute.process import HELPER, KernelProcess

__all__ = ["run_session"]

_LOG = logging.getLogger("reportgen.execute")
_SETTLE = f"(lambda helper: helper and helper.settle())(__import__('sys').modules.get({HELPER!r}))"
_SHOW = "__import__('reportgen.execute.inside', fromlist=['InlineValue']).InlineValue"


def run_session(
    notebook: NotebookNode,
    process: KernelProcess,
    folder: Path,
    limits: Limits,
    deadline: float,
) -> None:
    """Execute `notebook` in place on `process`; see `NbclientKernel.run`.

    In a thread of its own, since the caller may be inside an event loop, as in a notebook.
    """
    session = _Session(notebook, process, folder, limits, deadline)
    failed: list[BaseException] = []

    def work() -> None:
        try:
            asyncio.run(session.run())
        except BaseException as error:  # noqa: BLE001  (raised again, in the caller's thread)
            failed.append(error)

    thread = threading.Thread(target=work, name="reportgen-session")
    thread.start()
    try:
        thread.join()
    except BaseException:  # Ctrl-C: without its kernel the session ends at once
        process.end()
        thread.join()
        raise
    if failed:
        raise failed[0]


class _KernelClient(AsyncKernelClient):
    """A client that need not ask whether the kernel lives: the guard tells the session."""

    async def is_alive(self) -> bool:
        return True


class _CellClient(NotebookClient):
    """An nbclient that counts what comes out and stops it at the limit."""

    def __init__(self, notebook: NotebookNode, session: _Session) -> None:
        super().__init__(
            notebook,
            record_timing=False,
            store_widget_state=False,
            coalesce_streams=True,
            iopub_timeout=600,  # the session's own deadline comes first
            timeout=None,
        )
        self.session = session
        self.log = _LOG
        self.on_cell_executed = session.note_reply

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> Any:
        if self.session.may_keep(msg["content"]):
            return super().process_message(msg, cell, cell_index)
        return None


class _Session:
    def __init__(
        self,
        notebook: NotebookNode,
        process: KernelProcess,
        folder: Path,
        limits: Limits,
        deadline: float,
    ) -> None:
        self.notebook = notebook
        self.process = process
        self.folder = folder
        self.limits = limits
        self.deadline = deadline
        self.position = 0
        self.output_bytes = 0
        self.asked_exit = False

    @property
    def cell(self) -> Any:
        """The cell that is being executed."""
        return self.notebook.cells[self.position]

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        self.full: asyncio.Future[None] = loop.create_future()
        self.ended: asyncio.Future[bytes] = loop.create_future()
        loop.add_reader(self.process.guard, self._read_guard)
        context = zmq.asyncio.Context()
        client = _KernelClient(context=context)
        info: Any = dict(self.process.connection)
        client.load_connection_info(info)
        client.start_channels(stdin=False, hb=False, control=False)
        client.allow_stdin = False
        try:
            await self._race(asyncio.ensure_future(self._execute(client)))
        finally:
            loop.remove_reader(self.process.guard)
            client.stop_channels()
            context.destroy(linger=0)

    async def _race(self, cells: asyncio.Future[None]) -> None:
        """Wait for the cells, the end of the kernel, or a limit: what comes first."""
        left = max(self.deadline - time.monotonic(), 0)
        awaited: set[asyncio.Future[Any]] = {cells, self.full, self.ended}
        await asyncio.wait(awaited, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        if not cells.done():
            cells.cancel()
            await asyncio.gather(cells, return_exceptions=True)
            raise self._stopped()
        cells.result()
        if self.full.done():  # in the very last output
            raise self._stopped()

    def _stopped(self) -> ReportgenError:
        if self.full.done():
            limit = f"{self.limits.output_bytes:,} bytes of output"
            return limit_error(self.cell, limit)
        if self.ended.done():
            status = json.loads(self.ended.result() or b"{}").get("status")
            return death_error(self.cell, status, self.process.log)
        limit = f"{self.limits.wall_clock_s:g} seconds for the whole template"
        return limit_error(self.cell, limit)

    def _read_guard(self) -> None:
        try:
            said = self.process.guard.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            said = b""
        asyncio.get_running_loop().remove_reader(self.process.guard)
        if not self.ended.done():
            self.ended.set_result(said)

    def may_keep(self, content: dict[str, Any]) -> bool:
        """Count a message; False from the one on that passes the limit."""
        self.output_bytes += len(content.get("text", ""))
        self.output_bytes += sum(len(str(item)) for item in content.get("data", {}).values())
        self.output_bytes += sum(len(line) for line in content.get("traceback", ()))
        if self.output_bytes > self.limits.output_bytes and not self.full.done():
            self.full.set_result(None)
        return not self.full.done()

    def note_reply(self, *, execute_reply: dict[str, Any], **_: Any) -> None:
        """Remember that a cell called `exit`, which ends a kernel without an error."""
        payload = execute_reply["content"].get("payload", ())
        self.asked_exit = any(item.get("source") == "ask_exit" for item in payload)

    async def _execute(self, client: _KernelClient) -> None:
        cells = _CellClient(self.notebook, self)
        cells.kc = client
        cells.reset_execution_trackers()
        await _wait_connected(client)
        for position, cell in enumerate(self.notebook.cells):
            self.position = position
            if cell.cell_type == "markdown":
                await self._fill(cell, client, cells)
            elif cell.cell_type == "code" and cell.metadata["reportgen"].get("evaluate", True):
                await self._execute_cell(cell, position, cells)
        await self._settle(client, cells)

    async def _execute_cell(self, cell: NotebookNode, position: int, cells: _CellClient) -> None:
        try:
            await cells.async_execute_cell(
                cell, position, execution_count=cells.code_cells_executed + 1
            )
        except CellExecutionError as error:
            raised = Raised(name=error.ename, message=error.evalue, traceback=error.traceback)
            raise self._raised(cell, raised) from None
        if self.asked_exit:
            raised = Raised(name="SystemExit", message="the cell asked the kernel to exit")
            raise self._raised(cell, raised)

    async def _fill(self, cell: NotebookNode, client: _KernelClient, cells: _CellClient) -> None:
        """Replace the inline expressions of a Markdown cell by their values."""
        about = cell.metadata["reportgen"]
        found = find_inline(cell.source, about["file"], about["line"])
        if not found:
            return
        asked = {str(n): f"{_SHOW}(({item.code}\n))" for n, item in enumerate(found)}
        request = client.execute("", silent=True, store_history=False, user_expressions=asked)
        reply: Any = await cells.async_wait_for_reply(request)
        answers = reply["content"]["user_expressions"]
        texts = []
        for number, item in enumerate(found):
            answer = answers[str(number)]
            if answer["status"] != "ok":
                raised = Raised(name=answer["ename"], message=answer["evalue"])
                raise self._raised(cell, raised, inline=item.code, line=item.line + 1)
            texts.append(answer["data"]["text/markdown"])
        self.may_keep({"text": "".join(texts)})
        cell.source = replace_inline(cell.source, found, texts)

    async def _settle(self, client: _KernelClient, cells: _CellClient) -> None:
        """Wait for what is still made beside the cells."""
        request = client.execute(
            "", silent=True, store_history=False, user_expressions={"settled": _SETTLE}
        )
        reply: Any = await cells.async_wait_for_reply(request)
        answer = reply["content"]["user_expressions"]["settled"]
        if answer["status"] != "ok":
            raised = Raised(name=answer["ename"], message=answer["evalue"])
            raise self._raised(self.cell, raised)

    def _raised(self, cell: NotebookNode, raised: Raised, **where: Any) -> ReportgenError:
        if raised.name.endswith("MemoryError"):
            limit = f"{self.limits.memory_bytes:,} bytes of memory"
            return limit_error(cell, limit)
        return cell_error(cell, raised, self._hidden(), **where)

    def _hidden(self) -> tuple[Path, ...]:
        return (self.folder, self.process.room)


async def _wait_connected(client: _KernelClient) -> None:
    """Ask until something is heard on the channel of outputs; what is said before is lost."""
    pause_s = 0.02
    while True:
        client.kernel_info()
        if await client.iopub_channel.socket.poll(timeout=int(pause_s * 1000)):
            return
        pause_s = min(pause_s * 2, 1)
