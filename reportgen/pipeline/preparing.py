"""Fetch the pins of a report and collect what its editions share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from reportgen.boards import Snapshot
from reportgen.errors import UserError
from reportgen.pipeline.one_thread import one_thread
from reportgen.pipeline.outside import Outside
from reportgen.pipeline.tables import apart
from reportgen.report import ModelSpec, MonitoringSpec, Part, Pin, Project, ReportSpec
from reportgen.resolve import fetch_pins

if TYPE_CHECKING:
    from reportgen.collect import CollectedModel
    from reportgen.collect.monitoring import ScoredRows
    from reportgen.collect.relied import Relied
    from reportgen.collect.tables.scanned import ScannedRows
    from reportgen.pipeline.tables import OpenTable
    from reportgen.report.frame import EvaluationFrame
    from reportgen.report.history import PinnedHistory
    from reportgen.report.operations import OperationsFrame
    from reportgen.report.operations_log import Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What the editions of one report share: pins, tables, model and checked frames."""

    project: Project
    spec: ReportSpec
    pins: Mapping[str, Pin]
    model: CollectedModel
    part: Part
    evaluation: EvaluationFrame | None = None
    scored: ScoredRows | ScannedRows | None = None
    operations: OperationsFrame | None = None
    history: PinnedHistory | None = None
    environment: Environment | None = None
    relied: Relied | None = None
    tables: Mapping[str, OpenTable] = field(default_factory=dict)

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
        pinned = {role: pin for role, pin in pins.items() if pin.pinned}
        snapshots = fetch_pins(pinned, outside.board, folder, lock=outside.lock)
    with outside.timings.stage("collect"), one_thread():
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
        found = replace(found, tables=outside.tables)
        return _with_scored(found, snapshots, folder, outside.profiles)


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


def _with_scored(
    found: Prepared, snapshots: Mapping[str, Snapshot], folder: Path, profiles: Path | None
) -> Prepared:
    from reportgen.collect.models.environment import collect_environment

    environment = collect_environment(snapshots["model"], snapshots.get("data"))
    found = replace(found, environment=environment)
    asked = monitoring_spec(found.spec.model)
    if asked.drift.importance and _allowed(found.project, found.spec):
        from reportgen.collect.relied import Relied

        known = tuple(found.model.types)
        found = replace(found, relied=Relied(snapshot=snapshots["model"], known=known))
    scored = _scored(found, snapshots, folder, profiles)
    if "history" in snapshots:
        from reportgen.collect.metrics_history import collect_history

        history = collect_history(snapshots["history"], asked.cadence(found.project.timezone))
        found = replace(found, history=history)
    return replace(found, scored=scored, part=found.part + scored.part + _sources(found.tables))


def _scored(
    found: Prepared, snapshots: Mapping[str, Snapshot], folder: Path, profiles: Path | None
) -> ScoredRows | ScannedRows:
    from reportgen.collect import collect_scored

    asked = monitoring_spec(found.spec.model)
    task, timezone = found.spec.model.task, found.project.timezone
    files, engines = apart(found.tables)
    held = {**snapshots, **files}
    if not engines:
        return collect_scored(asked, task, timezone, held, profiles)
    from reportgen.collect.tables.ibis_scored import collect_engine

    return collect_engine(asked, task, timezone, {**held, **engines}, folder, profiles)


def _sources(tables: Mapping[str, OpenTable]) -> Part:
    if not tables:
        return Part()
    from reportgen.collect.tables.source import describe_source

    return sum((describe_source(table, role) for role, table in tables.items()), Part())


def monitoring_spec(model: ModelSpec) -> MonitoringSpec:
    """Give what a model says of its monitoring."""
    if model.monitoring is None:
        raise UserError(
            f"models.{model.name} has no `monitoring:`, which a monitoring report needs: name at "
            "least its data pin and its time column."
        )
    return model.monitoring
