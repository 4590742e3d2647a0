"""The record of one edition: measured, attested, judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from reportgen import __version__
from reportgen.errors import UserError
from reportgen.pipeline.inputs import edition_key
from reportgen.pipeline.one_thread import one_thread
from reportgen.pipeline.outside import Timings
from reportgen.pipeline.preparing import Prepared, monitoring_spec
from reportgen.report import (
    Edition,
    Narrative,
    Part,
    Period,
    Pin,
    Project,
    ReportData,
    ReportSpec,
    Section,
    Task,
)

if TYPE_CHECKING:
    from reportgen.project_file import WrittenNarrative


def measure_edition(
    edition: Edition, prepared: Prepared, timings: Timings | None = None
) -> ReportData:
    """Measure one edition and put its record together."""
    with (timings if timings is not None else Timings()).stage("measure"), one_thread():
        data = _record(edition, prepared)
        for table in prepared.tables.values():
            table.check()
        return data


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


def _asking(prepared: Prepared) -> dict[str, Any]:
    """Let the measures ask the model about rows, or say why they cannot."""
    if prepared.relied is not None:
        return {"ask": prepared.relied}
    if not monitoring_spec(prepared.spec.model).drift.importance:
        return {"unasked": "the project does not ask the model"}
    return {"unasked": "the project does not allow to load the model"}


def _measure(prepared: Prepared, period: Period | None) -> tuple[Part, bool]:
    from reportgen.collect import collect_monitoring
    from reportgen.measure import measure_evaluation, measure_monitoring

    if prepared.scored is None:
        frame = prepared.evaluation
        part = measure_evaluation(frame) if frame else Part()
        if frame and prepared.operations:
            from reportgen.measure.operations.operations import measure_operations

            part += measure_operations(prepared.operations, frame.confidence)
        return part, False
    if period is None:
        raise UserError(f"{prepared.spec.name} is a monitoring report, which is of one period")
    asked = monitoring_spec(prepared.spec.model)
    as_of = prepared.as_of
    types = prepared.model.types
    provisional = period.end + asked.label_delay > as_of
    scored = collect_monitoring(asked, prepared.scored, period, types, as_of)
    scored = replace(scored, environment=prepared.environment, **_asking(prepared))
    if asked.checks:
        from reportgen.collect.checks import collect_checks

        checked = collect_checks(asked.checks, scored, prepared.project.folder)
        scored = replace(scored, checks=checked)
    part = measure_monitoring(scored)
    if prepared.history is not None:
        from reportgen.measure.monitoring.pinned_history import measure_history

        part += measure_history(prepared.history, part, period)
    if period.window is not None:
        from reportgen.measure.monitoring.windows import with_short_windows

        part = with_short_windows(part, period)
    return part, provisional
