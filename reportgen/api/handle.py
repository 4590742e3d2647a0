"""A project: its reports, its lock and its site."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reportgen import notify
from reportgen.api.difference import Difference, compared
from reportgen.api.secrets import refuse_secrets
from reportgen.api.workbench import Asked, render_chunk
from reportgen.boards import open_board
from reportgen.errors import NotFoundError, near_miss
from reportgen.execute.nbclient import READY, NbclientKernel
from reportgen.fleet.progress import Progress, quiet
from reportgen.publish import ReportStatus, Shelf, open_shelf, site_status
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
    from reportgen.project_file import PROJECT_FILE, load_project

    place = Path(path)
    file = place / PROJECT_FILE if place.is_dir() else place
    return ProjectHandle(project=load_project(place), file=file.resolve())


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectHandle:
    """A project: its reports, its lock and its site.

    Attributes
    ----------
    file : its reportgen.yml; None: it was made in Python
    """

    project: Project
    file: Path | None = None

    @property
    def reports(self) -> Mapping[str, ReportSpec]:
        """The reports by name."""
        return self.project.reports

    @property
    def shelf(self) -> Shelf:
        """The site."""
        return open_shelf(self.project)

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
        report: str | Sequence[str] | None = None,
        *,
        period: str | None = None,
        formats: Sequence[Format] | None = None,
        engine: str = "auto",
        force: bool = False,
        jobs: int = 1,
        cluster: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        told: Callable[[Progress], None] = quiet,
    ) -> tuple[Manifest, ...]:
        """Make the editions of a report, of several, or of all, and publish them.

        Parameters
        ----------
        period : a key, ``A..B``, ``last``; None: every ended period that is not there yet
        jobs : how many reports are made at the same time, each in a process of its own; when one
            fails, the others are made all the same, and its error is raised at the end
        cluster : the same on the workers of a dask cluster, ``tcp://host:8786``; they see the
            project under the same path, and have in their environment what it refers to
        told : hears how far it has come, where reports have processes of their own

        Returns
        -------
        a manifest per edition; `fresh` is False where nothing had changed

        Raises
        ------
        NotFoundError, PinError, CellError, ConvertError
        """
        given = [report] if isinstance(report, str) else report
        names = list(self.reports if given is None else given)
        for name in names:
            if name not in self.reports:
                raise NotFoundError(f"No report '{name}'. {near_miss(name, list(self.reports))}")
        refuse_secrets(parameters or ())
        if read_lock(self._lock_path) is None:
            self.lock()
        asked = Asked(
            formats=tuple(formats or ()),
            engine=engine,
            force=force,
            parameters=dict(parameters or {}),
        )
        several = len(names) > 1 or any(self.reports[name].kind != "card" for name in names)
        if self.file is not None and (cluster or (jobs > 1 and several)):
            from reportgen.api.runs import Asking, crew_of, render_apart

            asking = Asking(
                project=self.project,
                file=self.file,
                names=names,
                period=period,
                asked=asked,
                elsewhere=cluster is not None,
            )
            made = render_apart(asking, crew_of(jobs, cluster), jobs, told)
        else:
            made = self._made(names, period, asked)
        notify.open_shelf(self.project).refresh()
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

    def _made(self, names: Sequence[str], period: str | None, asked: Asked) -> list[Manifest]:
        """Make reports one after the other, in this process."""
        with NbclientKernel(imports=READY) as kernel:
            chunks = [
                render_chunk(self.project, name, period, None, asked, kernel) for name in names
            ]
        return [manifest for chunk in chunks for manifest in chunk]

    @property
    def _lock_path(self) -> Path:
        return self.project.folder / "reportgen.lock"
