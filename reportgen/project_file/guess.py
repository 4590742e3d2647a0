"""Guesses what a board holds from names and columns, so that a new project starts filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["ColumnKind", "FoundPin", "Guess", "guess_project"]

ColumnKind = Literal["number", "text", "boolean", "time", "other"]

_WORDS = {
    "target": ("target", "label", "outcome", "truth", "actual", "y", "class", "churn", "default"),
    "score": ("score", "prob", "proba", "probability", "p"),
    "prediction": ("predicted", "prediction", "pred", "yhat", "y_pred"),
    "time": ("time", "date", "datetime", "timestamp", "created", "at", "when", "day"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPin:
    """What is known about a pin without believing it.

    Attributes
    ----------
    role : ``model``, ``data`` or ``other``
    type : as the pin says: ``joblib``, ``csv``, ``parquet``, ...
    pickled : loading it would run code
    columns : of data: name -> kind, in their order
    features : of a model with a prototype: the columns it reads
    """

    name: str
    role: Literal["model", "data", "other"]
    type: str = ""
    pickled: bool = False
    columns: Mapping[str, ColumnKind] = field(default_factory=dict)
    features: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """One model of a new project, and which pins and columns seem to belong to it."""

    model: FoundPin
    evaluation: FoundPin | None = None
    monitoring: FoundPin | None = None
    target: str = ""
    time: str = ""
    score: str = ""
    prediction: str = ""
    candidates: tuple[str, ...] = ()


def _parts(name: str) -> list[str]:
    return [part for part in re.split(r"[^a-z0-9]+", name.lower()) if part]


def _named(columns: tuple[str, ...], kind: str) -> tuple[str, ...]:
    """Give the columns with one of the kind's words in their name."""
    return tuple(name for name in columns if any(part in _WORDS[kind] for part in _parts(name)))


def _own_columns(data: FoundPin, model: FoundPin) -> tuple[str, ...]:
    """Give the columns that the model does not read: the outcome is among them."""
    return tuple(name for name in data.columns if name not in model.features)


def candidates(data: FoundPin, model: FoundPin) -> tuple[str, ...]:
    """Give the columns that could be the target, the likeliest first."""
    own = tuple(name for name in _own_columns(data, model) if data.columns[name] != "time")
    guessed = {*_named(own, "score"), *_named(own, "prediction")}
    left = tuple(name for name in own if name not in guessed)
    named = _named(left, "target") + tuple(n for n in left if data.columns[n] == "boolean")
    return tuple(dict.fromkeys(named + left + own))


def times(data: FoundPin) -> tuple[str, ...]:
    """Give the columns that could be the moment of a row, the likeliest first."""
    dated = tuple(name for name, kind in data.columns.items() if kind == "time")
    texts = tuple(name for name, kind in data.columns.items() if kind == "text")
    return dated + _named(texts, "time")


def _covers(data: FoundPin, model: FoundPin) -> bool:
    return bool(model.features) and set(model.features) <= set(data.columns)


def _is_scored(data: FoundPin) -> bool:
    columns = tuple(data.columns)
    return bool(times(data)) and bool(_named(columns, "score") or _named(columns, "prediction"))


def _first(names: tuple[str, ...]) -> str:
    return names[0] if names else ""


def guess_project(pins: tuple[FoundPin, ...]) -> tuple[Guess, ...]:
    """Give one guess for each pin that looks like a model.

    Parameters
    ----------
    pins : of a board; a model with a prototype is matched to the data that have its features
    """
    tables = tuple(pin for pin in pins if pin.role == "data")
    return tuple(_guess(pin, tables) for pin in pins if pin.role == "model")


def _guess(model: FoundPin, tables: tuple[FoundPin, ...]) -> Guess:
    fitting = tuple(pin for pin in tables if _covers(pin, model)) or (
        () if model.features else tables
    )
    scored = next((pin for pin in fitting if _is_scored(pin)), None)
    held_out = next((pin for pin in fitting if pin is not scored), None)
    where = held_out or scored
    possible = candidates(where, model) if where else ()
    columns = tuple(scored.columns) if scored else ()
    return Guess(
        model=model,
        evaluation=held_out if possible else None,
        monitoring=scored,
        target=_first(possible),
        candidates=possible,
        time=_first(times(scored)) if scored else "",
        score=_first(tuple(n for n in _named(columns, "score") if n not in model.features)),
        prediction=_first(
            tuple(n for n in _named(columns, "prediction") if n not in model.features)
        ),
    )
