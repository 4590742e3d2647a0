"""Many editions in one process: what they share is fetched, collected and warmed once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from reportgen.api.warmth import to_stderr, write_timings
from reportgen.boards import open_board
from reportgen.errors import ReportgenError
from reportgen.execute.nbclient import READY, NbclientKernel
from reportgen.notify import open_shelf
from reportgen.pipeline import (
    Outside,
    Prepared,
    choose_periods,
    close_tables,
    edition_inputs,
    edition_key,
    is_made_from,
    make_report,
    measure_edition,
    open_tables,
    prepare,
    with_tables,
)
from reportgen.publish import temporary_prefix
from reportgen.render import find_converter
from reportgen.report import (
    Edition,
    Format,
    Manifest,
    Period,
    Pin,
    Project,
    ReportData,
    ReportSpec,
)
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
    """What the editions of one report share in one process; prepared when first needed.

    Parameters
    ----------
    kernel : shared with other reports, and left open; None: one of its own
    """

    def __init__(
        self,
        project: Project,
        spec: ReportSpec,
        asked: Asked,
        kernel: NbclientKernel | None = None,
    ) -> None:
        self.spec = spec
        self._own_kernel = kernel is None
        self._kernel = kernel or NbclientKernel(imports=READY)
        self.project = project
        self._folder = TemporaryDirectory(prefix=temporary_prefix())
        self._prepared: Prepared | None = None
        board = open_board(project.board, project.folder)
        lock = read_lock(project.folder / "reportgen.lock")
        try:
            pins = resolve_pins(spec, board, lock)
            tables = open_tables(project, spec, Path(self._folder.name).resolve())
        except ReportgenError:
            self._folder.cleanup()
            raise
        self.pins: Mapping[str, Pin] = with_tables(pins, tables)
        self.outside = Outside(
            board=board,
            kernel=self._kernel,
            converter=find_converter(asked.engine),
            shelf=open_shelf(project),
            lock=lock,
            failed=project.folder / "reportgen-failed",
            profiles=project.folder / ".reportgen" / "profiles",
            say=to_stderr,
            tables=tables,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._own_kernel:
            self._kernel.close()
        close_tables(self.outside.tables.values())
        self._folder.cleanup()

    @property
    def prepared(self) -> Prepared:
        """The collected frames, made once."""
        if self._prepared is None:
            folder = Path(self._folder.name).resolve()
            self._prepared = prepare(self.project, self.spec, self.pins, self.outside, folder)
        return self._prepared

    def periods(self, asked: str | None) -> tuple[Period | None, ...]:
        """Give the periods that are asked for; a card has one edition, of no period."""
        return choose_periods(self.prepared, asked) if self.spec.kind == "monitoring" else (None,)

    def edition(self, period: Period | None, asked: Asked) -> Edition:
        """Give the edition of a period, or of a card."""
        return Edition(
            project=self.project,
            spec=self.spec,
            period=period,
            formats=asked.formats or self.spec.formats,
            parameters=asked.parameters,
        )

    def published(self, period: Period | None, asked: Asked) -> Manifest | None:
        """Give the manifest of an edition that is published from these very inputs."""
        edition = self.edition(period, asked)
        found = self.outside.shelf.find(self.spec.name, edition_key(edition, self.pins))
        if found is None:
            return None
        same = is_made_from(found, edition_inputs(edition, self.pins, self.outside))
        return replace(found, fresh=False) if same else None

    def make(self, period: Period | None, asked: Asked) -> Manifest:
        """Make one edition, unless it is there already."""
        edition = self.edition(period, asked)

        def measured() -> ReportData:
            self._kernel.get_ready()  # it imports while we measure
            return measure_edition(edition, self.prepared, self.outside.timings)

        return make_report(
            edition,
            measured,
            self.pins,
            self.outside,
            datetime.now(UTC),
            force=asked.force,
        )


def render_chunk(
    project: Project,
    name: str,
    period: str | None,
    keys: Sequence[str] | None,
    asked: Asked,
    kernel: NbclientKernel | None = None,
) -> list[Manifest]:
    """Make some editions of one report, one after the other, in this process.

    Parameters
    ----------
    period : as `choose_periods` reads it
    keys : of the periods that are wanted; None: all of these
    kernel : as `Workbench` takes it
    """
    with Workbench(project, project.reports[name], asked, kernel) as bench:
        wanted = [p for p in bench.periods(period) if keys is None or p is None or p.key in keys]
        made = [bench.make(each, asked) for each in wanted]
        write_timings(bench.outside.timings)
    return made
