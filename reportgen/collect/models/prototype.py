"""What a model expects as input, as its pin says: vetiver's prototype, without vetiver."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Feature", "FeatureType", "VetiverMeta", "read_vetiver_meta"]

FeatureType = Literal["number", "category", "bool", "text", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One input of a model: its name, its type, and the example in the prototype."""

    name: str
    type: FeatureType
    example: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VetiverMeta:
    """``vetiver_meta`` of a pin: what the model needs, as its author's environment said."""

    features: tuple[Feature, ...] = ()
    packages: tuple[str, ...] = ()
    python: str = ""


def read_vetiver_meta(metadata: Mapping[str, Any]) -> VetiverMeta | None:
    """Read ``vetiver_meta`` from the user part of data.txt; None where there is none.

    A prototype is a JSON text with one example row (vetiver in Python), or a list of such
    rows, or a mapping of columns to lists (vetiver in R). One that cannot be understood
    leaves no features, rather than wrong ones.
    """
    meta = metadata.get("vetiver_meta")
    if not isinstance(meta, Mapping):
        return None
    packages = meta.get("required_pkgs") or ()
    python = meta.get("python_version") or ()
    return VetiverMeta(
        features=_features(meta.get("prototype")),
        packages=tuple(str(name) for name in _listed(packages)),
        python=".".join(str(part) for part in _listed(python)[:3]),
    )


def _listed(item: Any) -> list[Any]:
    return list(item) if isinstance(item, list | tuple) else [item] if item else []


def _features(prototype: object) -> tuple[Feature, ...]:
    if isinstance(prototype, str):
        try:
            prototype = json.loads(prototype)
        except ValueError:
            return ()
    if isinstance(prototype, list) and prototype:
        prototype = prototype[0]
    if not isinstance(prototype, Mapping):
        return ()
    if isinstance(prototype.get("properties"), Mapping):  # a JSON schema with examples
        return tuple(_declared(str(name), row) for name, row in prototype["properties"].items())
    return tuple(_feature(str(name), example) for name, example in prototype.items())


def _declared(name: str, row: Any) -> Feature:
    """Read one property of a JSON schema: by its example, else by its declared type."""
    if not isinstance(row, Mapping):
        return Feature(name=name, type="unknown")
    examples = row.get("examples")
    given = examples[0] if isinstance(examples, list) and examples else row.get("default")
    example = row.get("example", given)
    feature = _feature(name, example)
    if example is not None and feature.type != "unknown":
        return feature
    return Feature(name=name, type=_DECLARED.get(str(row.get("type")), "unknown"))


_DECLARED: Mapping[str, FeatureType] = {
    "boolean": "bool",
    "integer": "number",
    "number": "number",
    "string": "category",
}


def _feature(name: str, example: Any) -> Feature:
    if isinstance(example, list) and example:
        example = example[0]
    if isinstance(example, bool):
        return Feature(name=name, type="bool", example=str(example))
    if isinstance(example, int | float):
        return Feature(name=name, type="number", example=f"{example:g}")
    if isinstance(example, str):
        return Feature(name=name, type="category", example=example)
    return Feature(name=name, type="unknown")
