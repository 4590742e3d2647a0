"""From what a person asked to exact versions and one evaluation, or two over different data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from reportgen.boards import Board, parse_address
from reportgen.errors import NotFoundError, UserError, near_miss
from reportgen.report import EvaluationSpec, ModelSpec, PinRef, Project

__all__ = ["ask_project", "choose_evaluation", "find_version", "wanted_pins"]


def ask_project(
    place: Project | str | Path, model: str, *, trust_model: bool
) -> tuple[Project, ModelSpec]:
    """Find the model in a project, or make a project of a board and a pin."""
    if not isinstance(place, Project):
        spec = ModelSpec(name=model, pin=PinRef(name=model))
        here = Path.cwd()
        allowed = (model,) if trust_model else ()
        board = replace(parse_address(str(place)), allow_pickle=allowed)
        bare = Project(folder=here, name=model, board=board, site=here / "site")
        return bare, spec
    found = place.models.get(model) or next(
        (spec for spec in place.models.values() if spec.pin.name == model), None
    )
    if found is None:
        known = list(place.models)
        raise NotFoundError(f"the project has no model '{model}'. {near_miss(model, known)}")
    return place, found


def choose_evaluation(
    own: EvaluationSpec | None,
    data: Sequence[str],
    target: str | None,
    segments: Sequence[tuple[str, ...]],
    *,
    threshold: float | None = None,
    text: str | None = None,
    row_id: str | None = None,
) -> tuple[EvaluationSpec, ...]:
    """Put options over what the project says.

    Returns
    -------
    one evaluation, or two over different data, the older model's first; none without data

    Raises
    ------
    UserError
        Data without a target, more than two pins, or two without a column that pairs them.
    """
    if own is None and not data and target is None:
        return ()
    pins = [_reference(said) for said in data] or ([own.data] if own is not None else [])
    wanted = target or (own.target if own is not None else None)
    if not pins or wanted is None:
        raise UserError("an evaluation needs both: the data pin, and its column with the truth")
    if len(pins) > 2:
        raise UserError("--data names one pin, or two: that of the older model, and the newer's")
    base = own or EvaluationSpec(data=pins[0], target=wanted)
    asked = replace(
        base,
        target=wanted,
        segments=tuple(segments) or base.segments,
        threshold=base.threshold if threshold is None else threshold,
        text=text or base.text,
        row_id=row_id or base.row_id,
        baseline=None,
        importance=None,
        operations=None,
        training=None,
        population=None,
    )
    both = tuple(dict.fromkeys(pins))
    if len(both) > 1 and asked.row_id is None:
        raise UserError(
            "two data pins are paired by the column that names a row: give it as --row-id, or as "
            "`row_id:` of the evaluation in reportgen.yml"
        )
    return tuple(replace(asked, data=pin) for pin in both)


def _reference(said: str) -> PinRef:
    name, _, version = said.partition("@")
    return PinRef(name=name, version=version or "latest")


def find_version(board: Board, name: str, said: str, than: str | None = None) -> str:
    """Find the one version that is meant.

    Parameters
    ----------
    than : the newer version, which ``previous`` is relative to

    Raises
    ------
    NotFoundError
        No version fits, or several do.
    """
    versions = [each.version for each in board.versions(name)]
    if said == "latest" and versions:
        return versions[-1]
    if said == "previous" and than is not None:
        place = versions.index(than)
        if place == 0:
            raise NotFoundError(f"{than} is the first version of {name}: none came before it")
        return versions[place - 1]
    exact = [each for each in versions if each == said]
    found = exact or [v for v in versions if v.startswith(said) or v.endswith(f"-{said}")]
    if len(found) == 1:
        return found[0]
    if found:
        raise NotFoundError(
            f"{said!r} could be {len(found)} versions of {name}: {', '.join(found)}"
        )
    raise NotFoundError(
        f"{board.address}: pin '{name}' has no version '{said}'. {near_miss(said, versions)}"
    )


def wanted_pins(
    spec: ModelSpec, old: str, evaluation: Sequence[EvaluationSpec]
) -> Mapping[str, PinRef]:
    """Give what has to be fetched, by role."""
    wanted = {"model": spec.pin, "baseline": replace(spec.pin, version=old)}
    if evaluation:
        wanted["data"] = evaluation[-1].data
    if len(evaluation) > 1:
        wanted["baseline_data"] = evaluation[0].data
    return wanted
