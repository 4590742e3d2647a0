"""A project: its reports, its lock and its site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reportgen.api.difference import Difference, compared
from reportgen.api.workbench import Asked, Workbench, render_chunk
from reportgen.boards import open_board
from reportgen.errors import NotFoundError, near_miss
from reportgen.pipeline import choose_periods
from reportgen.publish import FolderShelf, ReportStatus, site_status
from reportgen.report import Format, Manifest, Project, ReportSpec
from reportgen.resolve import (
    IgnoredVersion,
    Lock,
    ignored_versions,
    lock_project,
    read_lock,
    write_lock,
)

__all__ = ["ProjectHandle", "project"]


def project(path: str | Path = "reportgen.yml") -> ProjectHandle:
    """Open a project by its file or folder.

    Raises
    ------
    ProjectError
        Mistakes in the file: all of them, each with its line.
    """
    from reportgen.project_file import load_project

    return ProjectHandle(project=load_project(Path(path)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectHandle:
    """A project: its reports, its lock and its site."""

    project: Project

    @property
    def reports(self) -> Mapping[str, ReportSpec]:
        """The reports by name."""
        return self.project.reports

    @property
    def shelf(self) -> FolderShelf:
        """The site."""
        return FolderShelf(self.project.site, title=self.project.name)

    def lock(self, *, update: bool = False) -> Lock:
        """Resolve every name of the project, and write ``reportgen.lock``."""
        path = self._lock_path
        board = open_board(self.project.board, self.project.folder)
        locked = lock_project(self.project, board, read_lock(path), update=update)
        write_lock(path, locked)
        return locked

    def ignored(self) -> tuple[IgnoredVersion, ...]:
        """Give the versions of its pins that are half written or damaged, each with the reason."""
        board = open_board(self.project.board, self.project.folder)
        return ignored_versions(self.project, board)

    def status(self) -> tuple[ReportStatus, ...]:
        """Give a line per report: its newest edition, verdict and revisions."""
        return site_status(self.shelf)

    def render(
        self,
        report: str | None = None,
        *,
        period: str | None = None,
        formats: Sequence[Format] | None = None,
        engine: str = "auto",
        force: bool = False,
        jobs: int = 1,
        parameters: Mapping[str, Any] | None = None,
    ) -> tuple[Manifest, ...]:
        """Make a report's editions, or all reports', and publish them.

        Parameters
        ----------
        period : a key, ``A..B``, ``last``; None: every ended period that is not there yet
        jobs : processes to use

        Returns
        -------
        a manifest per edition; `fresh` is False where nothing had changed

        Raises
        ------
        NotFoundError, PinError, CellError, ConvertError
        """
        names = list(self.reports) if report is None else [report]
        for name in names:
            if name not in self.reports:
                raise NotFoundError(f"No report '{name}'. {near_miss(name, list(self.reports))}")
        if read_lock(self._lock_path) is None:
            self.lock()
        asked = Asked(
            formats=tuple(formats or ()),
            engine=engine,
            force=force,
            parameters=dict(parameters or {}),
        )
        made = [m for name in names for m in self._render(name, period, asked, jobs)]
        self.shelf.refresh()
        return tuple(made)

    def diff(
        self,
        model: str,
        before: str = "previous",
        now: str = "latest",
        *,
        data: str | Sequence[str] = (),
        target: str | None = None,
        segments: Sequence[str | Sequence[str]] = (),
        threshold: float | None = None,
        row_id: str | None = None,
        common: bool = False,
        engine: str = "auto",
    ) -> Difference:
        """Say what changed between two versions of a model of the project, on the same rows.

        Parameters
        ----------
        model, before, now : see `reportgen.diff`
        data, target, segments, threshold, row_id : instead of what the project says

        Raises
        ------
        NotFoundError, PinError, TrustError, DataError
        """
        return compared(
            self.project,
            model,
            before,
            now,
            data=data,
            target=target,
            segments=segments,
            threshold=threshold,
            row_id=row_id,
            common=common,
            engine=engine,
        )

    @property
    def _lock_path(self) -> Path:
        return self.project.folder / "reportgen.lock"

    def _render(self, name: str, period: str | None, asked: Asked, jobs: int) -> list[Manifest]:
        spec = self.reports[name]
        if spec.kind == "card" or jobs == 1:
            return render_chunk(self.project, name, period, None, asked)
        with Workbench(self.project, spec, asked) as bench:
            keys = [p.key for p in choose_periods(bench.prepared, period)]
        if len(keys) < 2 * jobs:
            return render_chunk(self.project, name, None, keys, asked)
        return self._render_in_parallel(name, keys, asked, jobs)

    def _render_in_parallel(
        self, name: str, keys: list[str], asked: Asked, jobs: int
    ) -> list[Manifest]:
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        chunks = [keys[start::jobs] for start in range(jobs)]
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            started = [
                pool.submit(render_chunk, self.project, name, None, chunk, asked)
                for chunk in chunks
            ]
            made = [manifest for future in started for manifest in future.result()]
        return sorted(made, key=lambda manifest: keys.index(manifest.edition))
