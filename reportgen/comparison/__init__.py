"""Two versions of a model, side by side: on the same rows, whatever a card says of either.

Beside the pipeline, whose stages it uses in the same order. What comes out is a record like that
of any report, so it is shown, verified and rendered by the same words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

from reportgen import __version__
from reportgen.boards import Board, Snapshot, open_board
from reportgen.comparison.asked import ask_project, choose_evaluation, find_version, wanted_pins
from reportgen.errors import UserError
from reportgen.pipeline import private_folder
from reportgen.report import (
    Edition,
    EvaluationSpec,
    ModelSpec,
    Part,
    Pin,
    Project,
    ReportData,
    ReportSpec,
    Task,
    Verdict,
)
from reportgen.resolve import fetch_pins, read_lock, resolve_requests

if TYPE_CHECKING:
    from reportgen.collect import CollectedModel
    from reportgen.collect.pairing import Pairing

__all__ = ["Comparison", "compare"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What changed between two versions of a model.

    Attributes
    ----------
    data : the record: values ``changes.*``, tables, findings, and a verdict
    edition, board : to render it
    """

    data: ReportData
    edition: Edition = field(repr=False)
    board: Board = field(repr=False)

    @property
    def verdict(self) -> Verdict:
        """The comparison in a word and a sentence."""
        return self.data.verdict

    @property
    def differs(self) -> bool:
        """Whether a metric, or a group's, changed materially, for better or worse."""
        material = self.data.values.get("changes.material")
        groups = any(
            finding.state in ("watch", "alert") and finding.kind == "change"
            for finding in self.data.findings
        )
        return groups or bool(material and material.number)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is worth saying, the weightiest first."""
        found = sorted(self.data.findings, key=lambda finding: -finding.weight)
        return tuple(dict.fromkeys(finding.sentence for finding in found))


def compare(
    place: Project | str | Path,
    model: str,
    before: str,
    now: str,
    *,
    data: Sequence[str] = (),
    target: str | None = None,
    segments: Sequence[tuple[str, ...]] = (),
    threshold: float | None = None,
    text: str | None = None,
    row_id: str | None = None,
    common: bool = False,
    trust_model: bool = False,
) -> Comparison:
    """Compare two versions of a model on the same rows.

    Parameters
    ----------
    place : a project, or the address of a board
    model : its name in the project, or that of its pin
    before, now : versions, or enough of one to know it by; ``latest``; for `before`,
        ``previous``: the one before `now`
    data : pin with the rows, ``flights-test`` or ``flights-test@20130501T053000Z-bde14``; two,
        the older model's first, are paired by `row_id`. A project knows its own
    target : column with the truth; without data and target only the models are compared
    text : column that a text model reads
    common : where two data pins do not hold the same rows, compare on those they share
    trust_model : without a project, load the models though they are pickles

    Raises
    ------
    NotFoundError, PinError, TrustError
    UserError
        Options are missing, or both versions are the same.
    DataError
        The rows are not the same: it says how many are.
    """
    project, spec = ask_project(place, model, trust_model=trust_model)
    over = choose_evaluation(
        spec.evaluation, data, target, segments, threshold=threshold, text=text, row_id=row_id
    )
    board = open_board(project.board, project.folder)
    new = find_version(board, spec.pin.name, now)
    old = find_version(board, spec.pin.name, before, than=new)
    if old == new:
        raise UserError(f"both versions of {spec.pin.name} are {new}: there is nothing to compare")
    newest = over[-1] if over else None
    spec = replace(spec, pin=replace(spec.pin, version=new), evaluation=newest)
    lock = read_lock(project.folder / "reportgen.lock") if isinstance(place, Project) else None
    with private_folder() as folder:
        pins = resolve_requests(wanted_pins(spec, old, over), board, lock, folder)
        snapshots = fetch_pins(pins, board, folder, lock)
        allowed = project.board.allow_pickle
        may_load = "*" in allowed or spec.pin.name in allowed
        part, task = _measured(
            project, spec, pins, snapshots, common=common, allow_pickle=may_load
        )
    return _recorded(project, replace(spec, task=task), pins, part, board)


def _measured(
    project: Project,
    spec: ModelSpec,
    pins: Mapping[str, Pin],
    snapshots: Mapping[str, Snapshot],
    *,
    common: bool,
    allow_pickle: bool,
) -> tuple[Part, Task | None]:
    from reportgen.collect import collect_model

    asked = spec.evaluation
    model = collect_model(
        pins["model"],
        snapshots["model"],
        load=asked is not None,
        allow_pickle=allow_pickle,
        title=spec.title,
        description=spec.description,
    )
    facts = Part(facts=model.part.facts)
    if asked is None:
        return facts + _models_alone(model, pins, snapshots), spec.task
    from reportgen.collect import collect_evaluation
    from reportgen.collect.baseline import collect_baseline
    from reportgen.collect.pairing import describe_pairing, take_rows
    from reportgen.measure.changes.verdict import measure_comparison

    frame, described = collect_evaluation(asked, spec.task, model, {"data": snapshots["data"]})
    if asked.metrics:
        from reportgen.collect.own_metrics import with_own_metrics

        frame = with_own_metrics(frame, asked.metrics, project.folder)
    pairing = _pairing(asked, pins, snapshots, common=common)
    if pairing is not None:
        frame = take_rows(frame, pairing.now)
        described += describe_pairing(pairing)
    frame, changed = collect_baseline(
        asked, frame, model, pins, snapshots, allow_pickle=allow_pickle, pairing=pairing
    )
    part = facts + described + changed + measure_comparison(frame, tuple(pins))
    return part, frame.task


def _models_alone(
    model: CollectedModel, pins: Mapping[str, Pin], snapshots: Mapping[str, Snapshot]
) -> Part:
    """What the pins say, when there are no rows to measure on; no foreign code runs."""
    from reportgen.collect import collect_model
    from reportgen.collect.tables.differences import Version, compare_versions

    old = collect_model(pins["baseline"], snapshots["baseline"], load=False, allow_pickle=False)
    return compare_versions(
        Version(pin=pins["model"], snapshot=snapshots["model"], model=model),
        Version(pin=pins["baseline"], snapshot=snapshots["baseline"], model=old),
    )


def _pairing(
    asked: EvaluationSpec,
    pins: Mapping[str, Pin],
    snapshots: Mapping[str, Snapshot],
    *,
    common: bool,
) -> Pairing | None:
    """Pair two data pins; None where both models are asked about one and the same."""
    if "baseline_data" not in pins or pins["baseline_data"].sha256 == pins["data"].sha256:
        return None
    from reportgen.collect.pairing import pair_by_id

    return pair_by_id(
        snapshots["data"],
        snapshots["baseline_data"],
        asked.row_id or "",
        asked.target,
        common=common,
    )


def _recorded(
    project: Project, spec: ModelSpec, pins: Mapping[str, Pin], part: Part, board: Board
) -> Comparison:
    from reportgen.measure.changes.verdict import judge_changes

    title = f"{spec.title or spec.name}: what changed"
    slug = spec.name.replace("/", "-").strip(".") or "model"
    report = ReportSpec(
        name=f"{slug}-diff",
        kind="card",
        model=replace(spec, narrative=None),
        template="diff",
        title=title,
    )
    data = ReportData(
        report=report.name,
        kind="card",
        title=title,
        project=project.name,
        edition=pins["model"].version,
        as_of=max(pin.created for pin in pins.values()).astimezone(UTC).date(),
        task=spec.task or "classification",
        pins=pins,
        facts={fact.name: fact for fact in part.facts},
        values={value.name: value for value in part.values},
        tables={table.name: table for table in part.tables},
        series={series.name: series for series in part.series},
        findings=part.findings,
        verdict=judge_changes(part),
        reportgen_version=__version__,
    )
    edition = Edition(project=project, spec=report, formats=report.formats)
    return Comparison(data=data, edition=edition, board=board)
