"""What is printed: results on standard output, everything else on standard error.

Text from data, files and errors is printed as it is: Rich reads no markup in it, and control
characters that could move a terminal's cursor are shown instead of obeyed.
"""

from __future__ import annotations

import json
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reportgen.errors import CellError, ProjectError, ReportgenError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

__all__ = [
    "fail",
    "fail_unexpectedly",
    "note",
    "print_json",
    "print_rows",
    "print_verdict",
    "printable",
    "wants_json",
    "working",
]

# Word, shape and colour of a verdict: each says it alone.
_MARKS = {
    "ok": ("✓", "green"),
    "watch": ("◆", "yellow"),
    "alert": ("▲", "red"),
    "cannot tell": ("?", "blue"),
}


def printable(text: object) -> str:
    r"""Show control characters rather than obey them.

    Examples
    --------
    >>> printable("a\x1b[31mb")
    'a\\x1b[31mb'
    """
    return "".join(
        c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode()
        for c in str(text)
    )


def wants_json() -> bool:
    """Tell whether a machine reads what this call prints, even when its options are wrong."""
    return "--json" in sys.argv[1:]


def _console(*, stderr: bool = False) -> Console:
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=True)


def _text(content: object, style: str = "") -> Text:
    from rich.text import Text

    return Text(printable(content), style=style)


def note(sentence: object) -> None:
    """Say something that is not the result."""
    if not wants_json():
        _console(stderr=True).print(_text(sentence))


def print_json(content: object) -> None:
    """Give a machine the result: one JSON document on standard output."""
    sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=2, default=str) + "\n")


def print_verdict(state: str, sentence: str, *, before: str = "") -> None:
    """Print a verdict: word and shape first, colour second."""
    mark, colour = _MARKS.get(state, ("?", "blue"))
    line = _text(f"{before}  " if before else "")
    line.append_text(_text(f"{mark} {state}", f"bold {colour}"))
    line.append_text(_text(f"  {sentence}" if sentence else ""))
    _console().print(line)


def print_rows(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; in a pipe, lines of fields with a tab between them."""
    console = _console()
    if not console.is_terminal:
        for row in rows:
            fields = (printable(cell).replace("\t", " ").replace("\n", " ") for cell in row)
            sys.stdout.write("\t".join(fields) + "\n")
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in header:
        table.add_column(_text(name), overflow="fold")
    for row in rows:
        table.add_row(*(_text(cell) for cell in row))
    console.print(table)


@contextmanager
def working(sentence: str) -> Iterator[Callable[[str], None]]:
    """Show that something is being done, on a terminal only, and without a trace afterwards.

    Yields
    ------
    what says how far it has come, in the place of the sentence
    """
    if wants_json() or not sys.stderr.isatty():
        yield lambda _: None
        return
    with _console(stderr=True).status(_text(sentence)) as status:
        yield lambda said: status.update(_text(said))


def fail(error: ReportgenError) -> int:
    """Print an error that we raised, and give the exit code."""
    if wants_json():
        print_json({"error": _described(error), "exit_code": error.exit_code})
        return error.exit_code
    from rich.text import Text

    first, _, rest = printable(error).partition("\n")
    message = Text("error: ", style="bold red")
    if isinstance(error, ProjectError):  # its lines begin with file:line, for editors to open
        message, first, rest = Text(), printable(error), ""
    message.append(first, style="")
    console = _console(stderr=True)
    console.print(message)
    if rest:
        console.print(_text(rest))
    if isinstance(error, ProjectError) and len(error.mistakes) > 1:
        console.print(_text(f"{len(error.mistakes)} mistakes", "bold red"))
    return error.exit_code


def _described(error: ReportgenError) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": type(error).__name__, "message": str(error)}
    if isinstance(error, ProjectError):
        told["mistakes"] = list(error.mistakes)
    if isinstance(error, CellError) and error.notebook is not None:
        told["notebook"] = str(error.notebook)
    return told


def fail_unexpectedly(error: Exception) -> int:
    """Print in one line what nobody foresaw, and keep the traceback in a private file."""
    told = f"{type(error).__name__}: {error}".partition("\n")[0]
    where = _keep_traceback(error)
    if wants_json():
        print_json(
            {"error": {"kind": "unexpected", "message": told, "traceback": where}, "exit_code": 3}
        )
        return 3
    sentence = f"unexpected error: {told} (a defect of reportgen; the traceback is in {where})"
    sys.stderr.write(printable(sentence) + "\n")
    return 3


def _keep_traceback(error: Exception) -> str:
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="reportgen-", suffix=".log", delete=False, encoding="utf-8"
        ) as file:
            traceback.print_exception(error, file=file)
            return str(Path(file.name))
    except OSError as full:
        return f"no file: {full.strerror}"
