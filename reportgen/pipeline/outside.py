"""What lies outside the process, and what every stage is timed by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING

from reportgen.boards import Board
from reportgen.execute import Kernel, Limits
from reportgen.publish import Shelf, temporary_prefix
from reportgen.render import Converter
from reportgen.resolve import Lock

if TYPE_CHECKING:
    from reportgen.pipeline.tables import OpenTable


class Timings(dict[str, float]):
    """Seconds by stage, for the benchmark; never part of a record."""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time spent inside to the stage's sum."""
        start = perf_counter()
        try:
            yield
        finally:
            self[name] = self.get(name, 0.0) + perf_counter() - start


def _quiet(_: str) -> None:
    """Say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """All that lies outside the process: a test passes its own and patches nothing.

    Attributes
    ----------
    lock : what the project locked; None: the pins were resolved on the spot
    failed : folder in which the partly executed notebook of a failing template is left
    profiles : folder of what was counted of large tables before; None: it is not kept
    say : takes each warning of a template or converter
    tables : by role, what is no pin: see `open_tables`
    """

    board: Board
    kernel: Kernel
    converter: Converter
    shelf: Shelf
    lock: Lock | None = None
    limits: Limits = field(default_factory=Limits)
    failed: Path = Path("reportgen-failed")
    profiles: Path | None = None
    say: Callable[[str], None] = _quiet
    timings: Timings = field(default_factory=Timings)
    tables: Mapping[str, OpenTable] = field(default_factory=dict)


@contextmanager
def private_folder() -> Iterator[Path]:
    """Give a folder that only we can read, and that does not outlive its use."""
    with TemporaryDirectory(prefix=temporary_prefix()) as folder:
        yield Path(folder).resolve()
