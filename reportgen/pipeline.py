"""The flow, on one page: from names on a board to published pages.

`prepare` does what the editions of one report share (fetch and collect), `measure_edition` turns
that into the record of one edition, `render_edition` into its files, and `make_report` is the
whole way, with nothing done when nothing has changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, is_dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version
from shutil import copyfile
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from reportgen import __version__
from reportgen.boards import Board, Snapshot
from reportgen.errors import CellError, NotFoundError, UserError
from reportgen.execute import (
    Kernel,
    Limits,
    declared_parameters,
    execute_template,
    find_template,
)
from reportgen.project_file import profile_path
from reportgen.publish import Shelf, compare_remake, fingerprint, publish_document
from reportgen.render import (
    Converter,
    check_formats,
    load_settings,
    render_document,
    settings_files,
)
from reportgen.report import (
    Document,
    Edition,
    Format,
    Manifest,
    ModelSpec,
    MonitoringSpec,
    Narrative,
    Part,
    Period,
    Pin,
    Project,
    ReportData,
    ReportSpec,
    Section,
    Task,
    dump_record,
    parse_period,
)
from reportgen.resolve import Lock, fetch_pins

if TYPE_CHECKING:
    from reportgen.collect import CollectedModel
    from reportgen.collect.monitoring import ScoredRows
    from reportgen.collect.scanned import ScannedRows
    from reportgen.project_file import WrittenNarrative
    from reportgen.report.frame import EvaluationFrame
    from reportgen.report.operations import OperationsFrame

__all__ = [
    "Outside",
    "Prepared",
    "Timings",
    "choose_periods",
    "edition_inputs",
    "make_report",
    "measure_edition",
    "prepare",
    "render_edition",
]

_PACKAGES = ("numpy", "pandas", "scipy", "scikit-learn", "plotnine", "matplotlib", "typst")
# Where one of these is installed, a model may be of it; another version may answer otherwise.
_OF_MODELS = ("xgboost", "xgboost-cpu", "statsmodels", "torch", "spacy", "lightgbm", "skops")


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
    say : takes each warning of a template or converter
    """

    board: Board
    kernel: Kernel
    converter: Converter
    shelf: Shelf
    lock: Lock | None = None
    limits: Limits = field(default_factory=Limits)
    failed: Path = Path("reportgen-failed")
    say: Callable[[str], None] = _quiet
    timings: Timings = field(default_factory=Timings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What the editions of one report share: pins, model and checked frames."""

    project: Project
    spec: ReportSpec
    pins: Mapping[str, Pin]
    model: CollectedModel
    part: Part
    evaluation: EvaluationFrame | None = None
    scored: ScoredRows | ScannedRows | None = None
    operations: OperationsFrame | None = None

    @property
    def as_of(self) -> datetime:
        """When the newest pin was written: what the report can know, and no clock.

        How fast the model is says nothing of when it is good: that pin has a date of its own, as
        has the version that it is compared with.
        """
        data = self.pins.get("data")
        if data and self.scored:
            return data.created
        apart = ("operations", "baseline")
        return max(pin.created for role, pin in self.pins.items() if role not in apart)


def make_report(
    edition: Edition,
    measured: Callable[[], ReportData],
    pins: Mapping[str, Pin],
    outside: Outside,
    now: datetime,
    *,
    force: bool = False,
) -> Manifest:
    """Make one edition: from names on a board to published pages.

    Parameters
    ----------
    measured : gives the record; called only when there is something to do
    pins : exact, as `resolve_pins` gave them
    now : aware; reaches nothing but the manifest
    force : make it again though an edition of the same fingerprint is published, and compare: the
        same inputs must give the same bytes. What differs is kept aside and not published
    """
    inputs = edition_inputs(edition, pins, outside)
    published = outside.shelf.find(edition.spec.name, edition_key(edition, pins))
    if published and published.fingerprint != fingerprint(inputs):
        published = None
    if published and not force:
        return replace(published, fresh=False)
    check_formats(edition.formats or edition.spec.formats, outside.converter)
    data = measured()
    with private_folder() as folder:
        document = render_edition(edition, data, fingerprint(inputs), outside, folder)
        with outside.timings.stage("publish"):
            remade = None
            if published:
                aside = outside.failed / f"{data.report}-{data.edition}"
                remade = compare_remake(document, data, published, aside)
                if remade.differs:
                    return replace(published, fresh=False, remade=remade)
            made = publish_document(document, data, inputs, outside.shelf, now, refresh=False)
            return replace(made, remade=remade)


def edition_key(edition: Edition, pins: Mapping[str, Pin]) -> str:
    """Give the key of an edition: its period, or the version of its model."""
    return edition.period.key if edition.period else pins["model"].version


def edition_inputs(edition: Edition, pins: Mapping[str, Pin], outside: Outside) -> dict[str, Any]:
    """Gather all that decides the bytes of an edition; `fingerprint` hashes it."""
    spec, project = edition.spec, edition.project
    template = find_template(spec.template, project.folder)
    own_settings = settings_files(template, project.folder)
    narrative = spec.model.narrative
    profile = profile_path(spec.model.profile, project.folder)
    return {
        "report": spec.name,
        "period": edition.period.key if edition.period else None,
        "timezone": project.timezone,
        "pins": {
            role: {"name": pin.name, "version": pin.version, "sha256": pin.sha256}
            for role, pin in pins.items()
        },
        "asked": _plain(replace(spec, model=replace(spec.model, narrative=None))),
        "narrative": _sha256(narrative) if narrative else None,
        "profile": _sha256(profile) if profile else None,
        "metrics": _own_code(edition),
        "template": _sha256(template),
        "settings": [_sha256(path) for path in own_settings],
        "parameters": dict(edition.parameters),
        "formats": list(edition.formats or spec.formats),
        "versions": {
            "reportgen": __version__,
            "python": python_version(),
            "engine": f"{outside.converter.name} {outside.converter.version}",
            **{name: version(name) for name in _PACKAGES},
            **_installed(_OF_MODELS),
        },
    }


def _installed(names: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for name in names:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _plain(spec: object) -> Any:
    if not is_dataclass(spec) or isinstance(spec, type):
        raise TypeError(f"{spec!r} is not part of a project")
    return json.loads(json.dumps(asdict(spec), default=str, sort_keys=True))


def _own_code(edition: Edition) -> dict[str, str]:
    asked = edition.spec.model.evaluation
    if asked is None or not asked.metrics:
        return {}
    from reportgen.collect.metric_files import metric_files

    return dict(metric_files(asked.metrics, edition.project.folder))


def _sha256(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def prepare(
    project: Project,
    spec: ReportSpec,
    pins: Mapping[str, Pin],
    outside: Outside,
    folder: Path,
) -> Prepared:
    """Fetch the pins, believe none that changed, and collect what the report needs of them."""
    from reportgen.collect import collect_model

    with outside.timings.stage("fetch"):
        snapshots = fetch_pins(pins, outside.board, folder, lock=outside.lock)
    with outside.timings.stage("collect"):
        model = collect_model(
            pins["model"],
            snapshots["model"],
            load=spec.kind == "card"
            and (spec.model.evaluation is not None or _allowed(project, spec)),
            allow_pickle=_allowed(project, spec),
            title=spec.model.title,
            description=spec.model.description,
        )
        found = Prepared(project=project, spec=spec, pins=pins, model=model, part=model.part)
        if spec.kind == "card":
            return _with_evaluation(found, snapshots)
        return _with_scored(found, snapshots)


def _allowed(project: Project, spec: ReportSpec) -> bool:
    allowed = project.board.allow_pickle
    return "*" in allowed or spec.model.pin.name in allowed


def _with_evaluation(found: Prepared, snapshots: Mapping[str, Snapshot]) -> Prepared:
    from reportgen.collect import collect_evaluation

    asked = found.spec.model.evaluation
    if asked is None:
        return found
    frame, part = collect_evaluation(asked, found.spec.model.task, found.model, snapshots)
    if asked.metrics:
        from reportgen.collect.own_metrics import with_own_metrics

        frame = with_own_metrics(frame, asked.metrics, found.project.folder)
    if asked.baseline is not None:
        frame, changed = _with_baseline(found, frame, snapshots)
        part += changed
    if "operations" in snapshots:
        from reportgen.collect.operations import collect_operations

        measured = collect_operations(found.pins["model"], snapshots["operations"])
        found = replace(found, operations=measured)
    return replace(found, evaluation=frame, part=found.part + part)


def _with_baseline(
    found: Prepared, frame: EvaluationFrame, snapshots: Mapping[str, Snapshot]
) -> tuple[EvaluationFrame, Part]:
    from reportgen.collect.baseline import collect_baseline, no_baseline

    asked = found.spec.model.evaluation
    if asked is None or "baseline" not in snapshots:
        return frame, no_baseline(f"this is the first version of {found.spec.model.pin.name}")
    allowed = _allowed(found.project, found.spec)
    return collect_baseline(asked, frame, found.model, found.pins, snapshots, allow_pickle=allowed)


def _with_scored(found: Prepared, snapshots: Mapping[str, Snapshot]) -> Prepared:
    from reportgen.collect import collect_scored

    asked = _monitoring(found.spec.model)
    scored = collect_scored(asked, found.spec.model.task, found.project.timezone, snapshots)
    return replace(found, scored=scored, part=found.part + scored.part)


def _monitoring(model: ModelSpec) -> MonitoringSpec:
    if model.monitoring is None:
        raise UserError(
            f"models.{model.name} has no `monitoring:`, which a monitoring report needs: name at "
            "least its data pin and its time column."
        )
    return model.monitoring


def choose_periods(prepared: Prepared, asked: str | None) -> tuple[Period, ...]:
    """Choose periods of the scored data: one by its key, ``A..B``, or all that have ended.

    Parameters
    ----------
    asked : None or ``all``: every period that had ended when the data were pinned; ``last``:
        the newest of these

    Raises
    ------
    NotFoundError
        The key is none, or the data have no such period.
    """
    from reportgen.collect import find_periods

    every, timezone = _monitoring(prepared.spec.model).every, prepared.project.timezone
    scored = prepared.scored
    periods = find_periods(scored.times, every, timezone) if scored else ()
    ended = tuple(period for period in periods if period.end <= prepared.as_of)
    if not periods:
        raise NotFoundError("the scored data have no row with a time, so there is no period")
    if asked in (None, "all"):
        return ended or periods[:1]
    if asked == "last":
        return ended[-1:] or periods[:1]
    first, _, last = str(asked).partition("..")
    low, high = (_read_period(key, every, timezone) for key in (first, last or first))
    chosen = tuple(period for period in periods if low.start <= period.start <= high.start)
    if not chosen:
        raise NotFoundError(
            f"the data have no period {asked}: they reach from {periods[0].key} to "
            f"{periods[-1].key}"
        )
    return chosen


def _read_period(key: str, every: str, timezone: str) -> Period:
    try:
        period = parse_period(key, timezone)
    except ValueError as error:
        raise NotFoundError(str(error)) from error
    if period.every != every:
        raise NotFoundError(f"{key} is a {period.every}; this report is made every {every}")
    return period


def measure_edition(
    edition: Edition, prepared: Prepared, timings: Timings | None = None
) -> ReportData:
    """Measure one edition and put its record together."""
    with (timings if timings is not None else Timings()).stage("measure"):
        return _record(edition, prepared)


def _record(edition: Edition, prepared: Prepared) -> ReportData:
    from reportgen.measure import judge

    spec, project, period = edition.spec, edition.project, edition.period
    # A mistake in what people wrote is found before anything is measured.
    written = _written(spec, project) if spec.kind == "card" else None
    measured, provisional = _measure(prepared, period)
    part = prepared.part + measured
    narrative = _attested(written, prepared, part) if written else ()
    verdict = judge(spec.kind, part, narrative, provisional=provisional)
    completeness, counted = _completeness(written, part, narrative, prepared.pins)
    part += counted
    return ReportData(
        report=spec.name,
        kind=spec.kind,
        title=spec.title or spec.model.title or spec.model.name,
        project=project.name,
        edition=edition_key(edition, prepared.pins),
        as_of=prepared.as_of.astimezone(UTC).date(),
        task=_task(prepared),
        period=period,
        provisional=provisional,
        pins=prepared.pins,
        facts={fact.name: fact for fact in part.facts},
        values={value.name: value for value in part.values},
        tables={table.name: table for table in part.tables},
        series={series.name: series for series in part.series},
        findings=part.findings,
        narrative=narrative,
        completeness=completeness,
        verdict=verdict,
        parameters=dict(edition.parameters),
        reportgen_version=__version__,
    )


def _written(spec: ReportSpec, project: Project) -> WrittenNarrative:
    from reportgen.project_file import load_profile, read_narrative

    profile = load_profile(spec.model.profile, project.folder)
    return read_narrative(spec.model.narrative, profile)


def _attested(written: WrittenNarrative, prepared: Prepared, part: Part) -> tuple[Narrative, ...]:
    """Say of what people wrote whether it holds: by the day, the version and the numbers."""
    from reportgen.measure import hold_expectations
    from reportgen.project_file import attest_narrative

    model = prepared.pins["model"]
    narrative = attest_narrative(
        written,
        as_of=prepared.as_of.date(),
        version=model.version,
        pinned=model.created.astimezone(ZoneInfo(prepared.project.timezone)).date(),
        part=part,
    )
    return hold_expectations(narrative, part)


def _completeness(
    written: WrittenNarrative | None,
    part: Part,
    narrative: tuple[Narrative, ...],
    pins: Mapping[str, Pin],
) -> tuple[tuple[Section, ...], Part]:
    from reportgen.measure import measure_completeness

    if written is None:
        return (), Part()
    return measure_completeness(written.profile, part, narrative, tuple(pins))


def _task(prepared: Prepared) -> Task:
    if prepared.evaluation:
        return prepared.evaluation.task
    if prepared.scored:
        return prepared.scored.task
    estimator = prepared.model.estimator
    return prepared.spec.model.task or (estimator.task if estimator else "classification")


def _measure(prepared: Prepared, period: Period | None) -> tuple[Part, bool]:
    from reportgen.collect import collect_monitoring
    from reportgen.measure import measure_evaluation, measure_monitoring

    if prepared.scored is None:
        frame = prepared.evaluation
        part = measure_evaluation(frame) if frame else Part()
        if frame and prepared.operations:
            from reportgen.measure.operations import measure_operations

            part += measure_operations(prepared.operations, frame.confidence)
        return part, False
    if period is None:
        raise UserError(f"{prepared.spec.name} is a monitoring report, which is of one period")
    asked = _monitoring(prepared.spec.model)
    as_of = prepared.as_of
    types = prepared.model.types
    provisional = period.end + asked.label_delay > as_of
    scored = collect_monitoring(asked, prepared.scored, period, types, as_of)
    return measure_monitoring(scored), provisional


def render_edition(
    edition: Edition, data: ReportData, mark: str, outside: Outside, folder: Path
) -> Document:
    """Execute the template over the record, and turn what comes out into files.

    Parameters
    ----------
    mark : the fingerprint that every page carries

    Raises
    ------
    CellError
        A cell of the template failed; the partly executed notebook is left in
        `outside.failed`, and nothing that was published changes.
    """
    spec, project = edition.spec, edition.project
    template = find_template(spec.template, project.folder)
    with outside.timings.stage("execute"):
        executed = _execute(edition, data, template, outside, folder)
    given = {"title": data.title, "as-of": data.as_of.isoformat()}
    settings = load_settings(template, project.folder, given)
    formats: tuple[Format, ...] = edition.formats or spec.formats
    with outside.timings.stage("render"):
        document = render_document(executed, formats, outside.converter, settings, mark)
    for warning in document.warnings:
        outside.say(warning)
    return document


def _execute(
    edition: Edition, data: ReportData, template: Path, outside: Outside, folder: Path
) -> Path:
    parameters = {**edition.spec.parameters, **edition.parameters}
    declared_parameters(template)
    try:
        executed = execute_template(
            template, dump_record(data), parameters, folder, outside.kernel, outside.limits
        )
    except CellError as error:
        raise _kept(error, edition, data, outside.failed) from error
    for warning in executed.warnings:
        outside.say(f"{template.name}: {warning}")
    return executed.notebook


def _kept(error: CellError, edition: Edition, data: ReportData, failed: Path) -> CellError:
    """Move the partly executed notebook out of the private folder, which will be gone."""
    if error.notebook is None or not error.notebook.is_file():
        return error
    failed.mkdir(parents=True, exist_ok=True)
    left = failed / f"{edition.spec.name}-{data.edition}.ipynb"
    copyfile(error.notebook, left)
    return CellError(str(error).replace(str(error.notebook), str(left)), notebook=left)


@contextmanager
def private_folder() -> Iterator[Path]:
    """Give a folder that only we can read, and that does not outlive its use."""
    with TemporaryDirectory(prefix="reportgen-") as folder:
        yield Path(folder).resolve()
