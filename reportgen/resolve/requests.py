"""Which pins a project and its reports ask for, by role."""

from __future__ import annotations

from collections.abc import Mapping

from reportgen.report import ModelSpec, PinRef, Project, ReportSpec, TableRef

__all__ = ["BEFORE", "baseline_request", "project_requests", "report_requests"]

BEFORE = "before:"
"""In front of a version, or of ``latest``: the newest complete version older than that one."""


def baseline_request(model: ModelSpec) -> PinRef | None:
    """Give the version that a card compares its model with, None when it compares with none.

    ``previous`` is asked for relative to the version that the model itself asks for, so that
    both are resolved together and stay together in the lock.

    Examples
    --------
    >>> from reportgen.report import EvaluationSpec
    >>> data = EvaluationSpec(data=PinRef(name="test"), target="late", baseline="previous")
    >>> model = ModelSpec(name="late", pin=PinRef(name="late-flights"), evaluation=data)
    >>> baseline_request(model)
    PinRef(name='late-flights', version='before:latest')
    """
    if model.evaluation is None or model.evaluation.baseline is None:
        return None
    asked = model.evaluation.baseline
    version = f"{BEFORE}{model.pin.version}" if asked == "previous" else asked
    return PinRef(name=model.pin.name, version=version)


def report_requests(spec: ReportSpec) -> Mapping[str, PinRef]:
    """Give the pins of a report by role.

    A card has its ``model`` and evaluation ``data``, and where they are given ``population``,
    ``training``, ``operations`` and ``baseline``; a monitoring report its scored ``data`` and a
    ``reference``, where these are pins: of a table no board is asked.
    """
    model = spec.model
    wanted: dict[str, PinRef | None] = {"model": model.pin}
    if spec.kind == "card" and model.evaluation is not None:
        wanted["data"] = model.evaluation.data
        wanted["population"] = model.evaluation.population
        wanted["training"] = model.evaluation.training
        wanted["operations"] = model.evaluation.operations
        wanted["baseline"] = baseline_request(model)
    if spec.kind == "monitoring" and model.monitoring is not None:
        wanted["data"] = _pinned(model.monitoring.data)
        wanted["reference"] = _pinned(model.monitoring.reference)
        wanted["history"] = model.monitoring.history
    return {role: pin for role, pin in wanted.items() if pin is not None}


def _pinned(source: PinRef | TableRef | None) -> PinRef | None:
    return source if isinstance(source, PinRef) else None


def project_requests(project: Project) -> Mapping[PinRef, tuple[str, ...]]:
    """Give every pin that a model of the project uses, and which models and roles those are."""
    found: dict[PinRef, list[str]] = {}
    for name in sorted(project.models):
        for use, wanted in _model_requests(project.models[name]).items():
            found.setdefault(wanted, []).append(f"models.{name}.{use}")
    ordered = sorted(found, key=lambda wanted: (wanted.name, wanted.version))
    return {wanted: tuple(found[wanted]) for wanted in ordered}


def _model_requests(model: ModelSpec) -> Mapping[str, PinRef]:
    wanted: dict[str, PinRef | None] = {"pin": model.pin}
    if model.evaluation is not None:
        wanted["evaluation.data"] = model.evaluation.data
        wanted["evaluation.population"] = model.evaluation.population
        wanted["evaluation.training"] = model.evaluation.training
        wanted["evaluation.operations"] = model.evaluation.operations
        wanted["evaluation.baseline"] = baseline_request(model)
    if model.monitoring is not None:
        wanted["monitoring.data"] = _pinned(model.monitoring.data)
        wanted["monitoring.reference"] = _pinned(model.monitoring.reference)
        wanted["monitoring.history"] = model.monitoring.history
    return {use: pin for use, pin in wanted.items() if pin is not None}
