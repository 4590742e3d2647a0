"""What a scikit-learn-style model is made of, in words: its steps and its hyperparameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from inspect import signature
from typing import Any, Literal, cast

import numpy as np

__all__ = ["describe_parameters", "describe_steps", "last_step", "shown"]

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_WIRING = ("steps", "transformers", "transformer_list", "memory", "verbose", "estimators")


def last_step(model: Any) -> Any:
    """Find the step that predicts, or the model itself."""
    steps = getattr(model, "steps", None)
    return last_step(steps[-1][1]) if steps else model


def describe_steps(model: Any) -> tuple[tuple[str, str], ...]:
    """Name the steps of a pipeline, with the columns of a column transformer's parts."""
    steps = getattr(model, "steps", None)
    if not steps:
        return (("model", type(model).__name__),)
    return tuple(row for name, step in steps for row in _describe_step(str(name), step))


def _describe_step(name: str, step: Any) -> list[tuple[str, str]]:
    rows = [(name, type(step).__name__ if not isinstance(step, str) else step)]
    for part, transformer, columns in getattr(step, "transformers", ()):
        if isinstance(columns, str | list | tuple):
            listed = [columns] if isinstance(columns, str) else list(columns)
            named = ", ".join(str(column) for column in listed)
        else:
            named = "chosen by a rule"
        inner = "passed through" if isinstance(transformer, str) else _chain(transformer)
        rows.append((f"{name}: {part}", f"{inner} of {named}"))
    return rows


def _chain(transformer: Any) -> str:
    steps = getattr(transformer, "steps", None)
    return (
        " → ".join(type(step).__name__ for _, step in steps)
        if steps
        else type(transformer).__name__
    )


def describe_parameters(model: Any) -> tuple[tuple[str, str, Literal["yes", "no", ""]], ...]:
    """List the hyperparameters: name, value, and whether it differs from the default.

    Those that differ come first. Objects are shown by their class, without an address.
    """
    if not hasattr(model, "get_params"):
        return ()
    params = cast(Mapping[str, Any], model.get_params(deep=True))
    rows = []
    for name in sorted(params):
        value = params[name]
        if hasattr(value, "get_params") or name.rpartition("__")[2] in _WIRING:
            continue  # a part, whose own parameters are listed
        rows.append((name, shown(value), _differs(model, params, name, value)))
    return tuple(sorted(rows, key=lambda row: row[2] != "yes"))


def shown(value: Any) -> str:
    """Write a value in at most 120 characters, the same in every process.

    Examples
    --------
    >>> shown(np.zeros((2, 3))), shown(len), shown("l2")
    ('array of shape (2, 3)', 'len', 'l2')
    """
    if callable(value):
        return str(getattr(value, "__qualname__", type(value).__name__))
    if isinstance(value, str):
        text = value
    elif isinstance(value, np.ndarray):
        text = f"array of shape {value.shape}"
    else:
        plain = value.item() if isinstance(value, np.generic) else value
        text = _ADDRESS.sub("", repr(plain))
    return text if len(text) <= 120 else text[:117] + "..."


def _differs(
    model: Any, params: Mapping[str, Any], name: str, value: Any
) -> Literal["yes", "no", ""]:
    owner_path, _, own = name.rpartition("__")
    owner = params.get(owner_path) if owner_path else model
    if owner is None or isinstance(owner, str):
        return ""
    default = _default(type(owner), own)
    if default is None:
        return ""
    return "no" if repr(default[0]) == repr(value) else "yes"


def _default(owner: type, name: str) -> tuple[Any] | None:
    """Find the default of a parameter, also of one that a subclass takes as ``**kwargs``."""
    for each in owner.__mro__:
        own = vars(each).get("__init__")
        found = signature(own).parameters.get(name) if callable(own) else None
        if found is not None and found.default is not found.empty:
            return (found.default,)
    return None
