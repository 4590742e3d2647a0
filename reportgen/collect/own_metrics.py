"""Metrics that a project names itself: functions of its own, and scikit-learn's scorers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from hashlib import sha256
from inspect import Parameter, getdoc, signature
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from reportgen.collect.metric_files import metric_file
from reportgen.collect.models.scorers import scorer_metric
from reportgen.collect.own_code import load_module
from reportgen.errors import DataError, NotFoundError, UserError, near_miss
from reportgen.report import Task
from reportgen.report.frame import EvaluationFrame, OwnMetric

__all__ = ["own_metrics", "with_own_metrics"]

_ROLES = {
    "truth": ("truth", "y_true", "actual", "target", "labels"),
    "predicted": ("predicted", "y_pred", "prediction", "predictions"),
    "scores": ("scores", "y_score", "score", "y_prob", "y_proba", "y_scores", "probabilities"),
    "weights": ("weights", "sample_weight", "weight", "sample_weights"),
}
_ROLE_OF = {word: role for role, words in _ROLES.items() for word in words}
_NAME = re.compile(r"^[a-z][a-z0-9_]*$")
_LOOSE = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
_TAKEN = frozenset({"rows", "unlabelled", "unknown", "unscored", "threshold", "confusion"})


def own_metrics(
    names: Sequence[str],
    folder: Path,
    *,
    task: Task,
    classes: tuple[Any, ...] = (),
    positive: Any = None,
) -> tuple[OwnMetric, ...]:
    """Find the functions that a project names, each ready to be asked about some rows.

    Parameters
    ----------
    names : ``module:function``, imported with `folder` first on the path, or the name of a
        scikit-learn scorer, such as ``f1_weighted``
    folder : of the project file
    classes, positive : as in `reportgen.report.frame.EvaluationFrame`, for scorers

    Raises
    ------
    NotFoundError
        No such module, function or scorer; says which one was probably meant.
    UserError
        The module cannot be imported, or the function asks for what is not known.

    Notes
    -----
    A function is given what its parameters are called: ``y_true`` and ``y_pred`` (or ``truth`` and
    ``predicted``; the first two parameters may have any name), ``y_score`` and
    ``sample_weight``. Attributes ``label`` and ``better`` of the function, and the first line of
    its docstring, are its words on the page. A scorer of a target of two levels sees 0 and 1.
    """
    found: dict[str, OwnMetric] = {}
    for name in names:
        if ":" in name:
            metric = _from_function(name, folder)
        else:
            metric = scorer_metric(name, task, classes, positive)
        if metric.name in found or metric.name in _TAKEN:
            raise UserError(
                f"evaluation.metrics: '{name}' would be the value evaluation.{metric.name}, which "
                "there is already. Give the function another name."
            )
        found[metric.name] = metric
    return tuple(found.values())


def with_own_metrics(
    frame: EvaluationFrame, names: Sequence[str], folder: Path
) -> EvaluationFrame:
    """Give a frame the metrics that its project names; see `own_metrics`."""
    found = own_metrics(
        names, folder, task=frame.task, classes=frame.classes, positive=frame.positive
    )
    return replace(frame, metrics=found)


def _from_function(name: str, folder: Path) -> OwnMetric:
    module_name, _, function_name = name.partition(":")
    module = _module(module_name, folder, name)
    function = getattr(module, function_name, None)
    if not callable(function):
        own = [
            key
            for key, item in vars(module).items()
            if callable(item) and not key.startswith("_") and not isinstance(item, type)
        ]
        what = "is no function" if function is not None else "is not there"
        raise NotFoundError(
            f"evaluation.metrics: '{name}': in {module_name}, '{function_name}' {what}. "
            f"{near_miss(function_name, sorted(own))}"
        )
    short = function_name.lower().strip("_")
    if not _NAME.match(short):
        raise UserError(f"evaluation.metrics: '{name}': '{short}' cannot be the name of a value")
    roles = _roles(function, name)
    label = getattr(function, "label", "")
    better = getattr(function, "better", "")
    file = metric_file(module_name, folder)
    digest = f", sha256 {sha256(file.read_bytes()).hexdigest()[:12]}" if file else ""
    return OwnMetric(
        name=short,
        label=label if isinstance(label, str) and label else _words(short),
        measure=partial(_call, function, roles),
        better=_direction(better, name),
        meaning=_first_line(function) or f"Own metric, {name}.",
        weighted="weights" in {role for role, _ in roles.values()},
        source=f"{name}{digest}",
    )


def _direction(better: object, name: str) -> Literal["higher", "lower", ""]:
    if better == "higher":
        return "higher"
    if better == "lower":
        return "lower"
    if better == "":
        return ""
    raise UserError(f"evaluation.metrics: '{name}'.better is {better!r}, not 'higher' or 'lower'")


def _words(name: str) -> str:
    plain = name.replace("_", " ")
    return plain[:1].upper() + plain[1:]


def _first_line(function: Callable[..., Any]) -> str:
    lines = (getdoc(function) or "").strip().splitlines()
    return lines[0].strip() if lines else ""


def _module(module_name: str, folder: Path, name: str) -> ModuleType:
    try:
        return load_module(module_name, folder)
    except ModuleNotFoundError as error:
        if error.name is None or module_name.split(".")[0] != error.name.split(".")[0]:
            raise UserError(
                f"evaluation.metrics: '{name}': {module_name} needs the module '{error.name}', "
                "which is not installed"
            ) from error
        known = sorted(path.stem for path in folder.glob("*.py"))
        raise NotFoundError(
            f"evaluation.metrics: '{name}': no module '{module_name}' beside reportgen.yml or "
            f"among the installed packages. {near_miss(module_name, known)}"
        ) from error
    except Exception as error:
        raise UserError(
            f"evaluation.metrics: '{name}': importing {module_name} failed: "
            f"{type(error).__name__}: {error}"
        ) from error


def _roles(function: Callable[..., Any], name: str) -> dict[str, tuple[str, bool]]:
    """Parameter -> what it is given, and whether by its place; others keep their defaults."""
    try:
        parameters = list(signature(function).parameters.values())
    except (TypeError, ValueError) as error:
        raise UserError(f"evaluation.metrics: '{name}' does not say its parameters") from error
    roles: dict[str, tuple[str, bool]] = {}
    for place, parameter in enumerate(parameters):
        role = _role(parameter, place)
        if role is not None:
            roles[parameter.name] = role, parameter.kind is parameter.POSITIONAL_ONLY
        elif parameter.default is Parameter.empty and parameter.kind not in _LOOSE:
            raise UserError(
                f"evaluation.metrics: '{name}' asks for '{parameter.name}', which is not known. "
                f"{near_miss(parameter.name, list(_ROLE_OF))}"
            )
    if "truth" not in {role for role, _ in roles.values()}:
        raise UserError(f"evaluation.metrics: '{name}' takes no truth (y_true)")
    return roles


def _role(parameter: Parameter, place: int) -> str | None:
    if parameter.kind in _LOOSE:
        return None
    known = _ROLE_OF.get(parameter.name)
    by_place = place < 2 and parameter.default is Parameter.empty
    return known or (("truth", "predicted")[place] if by_place else None)


def _call(
    function: Callable[..., Any],
    roles: Mapping[str, tuple[str, bool]],
    truth: Any,
    predicted: Any,
    scores: Any,
    weights: Any,
) -> float:
    given = {"truth": truth, "predicted": predicted, "scores": scores, "weights": weights}
    if scores is None and "scores" in {role for role, _ in roles.values()}:
        raise DataError("the model gives no scores")
    placed = [given[role] for role, by_place in roles.values() if by_place]
    named = {name: given[role] for name, (role, by_place) in roles.items() if not by_place}
    return float(function(*placed, **named))
