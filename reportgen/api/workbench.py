"""Many editions in one process: what they share is fetched, collected and warmed once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from reportgen.api.warmth import to_stderr, write_timings
from reportgen.boards import open_board
from reportgen.execute.nbclient import READY, NbclientKernel
from reportgen.pipeline import (
    Outside,
    Prepared,
    choose_periods,
    make_report,
    measure_edition,
    open_tables,
    prepare,
    with_tables,
)
from reportgen.publish import FolderShelf
from reportgen.render import find_converter
from reportgen.report import Edition, Format, Manifest, Period, Pin, Project, ReportSpec
from reportgen.resolve import read_lock, resolve_pins

__all__ = ["Asked", "Workbench", "render_chunk"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person asked of a render; the same for every edition."""

    formats: tuple[Format, ...] = ()
    engine: str = "auto"
    force: bool = False
    parameters: Mapping[str, Any] = field(default_factory=dict)


class Workbench:
    """What the editions of one report share in one process; prepared when first needed."""

    def __init__(self, project: Project, spec: ReportSpec, asked: Asked) -> None:
        self.spec = spec
        self.project = project
        self._folder = TemporaryDirectory(prefix="reportgen-")
        self._prepared: Prepared | None = None
        board = open_board(project.board, project.folder)
        lock = read_lock(project.folder / "reportgen.lock")
        tables = open_tables(project, spec, Path(self._folder.name).resolve())
        self.pins: Mapping[str, Pin] = with_tables(resolve_pins(spec, board, lock), tables)
        self.outside = Outside(
            board=board,
            kernel=NbclientKernel(imports=READY),
            converter=find_converter(asked.engine),
            shelf=FolderShelf(project.site, title=project.name),
            lock=lock,
            failed=project.folder / "reportgen-failed",
            say=to_stderr,
            tables=tables,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if isinstance(self.outside.kernel, NbclientKernel):
            self.outside.kernel.close()
        self._folder.cleanup()

    @property
    def prepared(self) -> Prepared:
        """The collected frames, made once."""
        if self._prepared is None:
            folder = Path(self._folder.name).resolve()
            self._prepared = prepare(self.project, self.spec, self.pins, self.outside, folder)
        return self._prepared

    def make(self, period: Period | None, asked: Asked) -> Manifest:
        """Make one edition, unless it is there already."""
        edition = Edition(
            project=self.project,
            spec=self.spec,
            period=period,
            formats=asked.formats or self.spec.formats,
            parameters=asked.parameters,
        )
        return make_report(
            edition,
            lambda: measure_edition(edition, self.prepared, self.outside.timings),
            self.pins,
            self.outside,
            datetime.now(UTC),
            force=asked.force,
        )


def render_chunk(
    project: Project, name: str, period: str | None, keys: Sequence[str] | None, asked: Asked
) -> list[Manifest]:
    """Make some editions of one report, one after the other, in this process.

    Parameters
    ----------
    period : as `choose_periods` reads it
    keys : of the periods that are wanted; None: all of these
    """
    spec = project.reports[name]
    with Workbench(project, spec, asked) as bench:
        periods: Sequence[Period | None] = (None,)
        if spec.kind == "monitoring":
            wanted = choose_periods(bench.prepared, period)
            periods = [p for p in wanted if keys is None or p.key in keys]
        made = [bench.make(each, asked) for each in periods]
        write_timings(bench.outside.timings)
    return made
