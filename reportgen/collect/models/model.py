"""What is known of a pinned model: from its metadata always, from the model itself if allowed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from sys import modules

from reportgen.boards import Snapshot
from reportgen.collect.kinds import Told
from reportgen.collect.models.estimator import Estimator, load_estimator
from reportgen.collect.models.prototype import Feature, read_vetiver_meta
from reportgen.report import Cell, Column, Fact, Part, Pin, Provenance, Table, Unit, Value

__all__ = ["CollectedModel", "collect_model"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectedModel:
    """Facts about a model, and the model itself when it was loaded.

    Attributes
    ----------
    features : from the prototype, else from the model; empty when neither says
    estimator : None when loading was not asked for
    """

    part: Part
    features: tuple[Feature, ...]
    estimator: Estimator | None

    @property
    def types(self) -> dict[str, str]:
        """Feature -> type, where it is known."""
        return {f.name: f.type for f in self.features if f.type != "unknown"}


def collect_model(
    pin: Pin,
    snapshot: Snapshot,
    *,
    load: bool,
    allow_pickle: bool,
    title: str = "",
    description: str = "",
) -> CollectedModel:
    """Gather what a model's pin says, and what the model says of itself.

    Parameters
    ----------
    load : False reads the metadata alone, and runs no foreign code
    allow_pickle : see `reportgen.collect.models.estimator.load_estimator`
    title, description : from the project; the pin's own where empty

    Raises
    ------
    TrustError, DataError, MissingToolError
        See `load_estimator`.
    """
    meta = read_vetiver_meta(snapshot.version.metadata)
    estimator = load_estimator(snapshot, allow_pickle=allow_pickle) if load else None
    features = meta.features if meta else ()
    if estimator and not features:
        features = tuple(Feature(name=name, type="unknown") for name in estimator.features)
    if estimator and estimator.kind.reads == "text":
        features = tuple(replace(feature, type="text") for feature in features)
    packages = meta.packages if meta else ()
    told = estimator.kind.tell() if estimator else None
    tables = [
        _feature_table(features),
        *(_model_tables(told) if told else ()),
        _package_table(packages, estimator),
    ]
    part = Part(
        facts=_facts(pin, snapshot, told, meta.python if meta else "", title, description),
        values=_values(pin, features, packages, told),
        tables=tuple(table for table in tables if table.rows),
    )
    part += told.part if told else Part()
    return CollectedModel(part=part, features=features, estimator=estimator)


_SOURCE = Provenance(by="model.metadata@1", pins=("model",))
_LOADED = Provenance(by="model.object@1", pins=("model",))


def _facts(
    pin: Pin,
    snapshot: Snapshot,
    told: Told | None,
    python: str,
    title: str,
    description: str,
) -> tuple[Fact, ...]:
    rows = [
        ("name", "Name", pin.name, _SOURCE),
        ("title", "Title", title or pin.name, _SOURCE),
        ("description", "Description", description or snapshot.version.description, _SOURCE),
        ("version", "Version", pin.version, _SOURCE),
        ("created", "Created", f"{pin.created:%Y-%m-%d %H:%M} UTC", _SOURCE),
        ("type", "Stored as", pin.type, _SOURCE),
        ("python", "Python when trained", python, _SOURCE),
    ]
    if told:
        library = type(told.subject).__module__.partition(".")[0]
        rows += [
            ("class", "Model class", type(told.subject).__name__, _LOADED),
            ("library", "Library", library, _LOADED),
            ("library_version", "Library version when measured", _library(library), _LOADED),
        ]
        rows += [(name, label, text, _LOADED) for name, (label, text) in told.facts.items()]
    return tuple(
        Fact(name=f"model.{name}", label=label, text=text, provenance=source)
        for name, label, text, source in rows
        if text
    )


def _values(
    pin: Pin, features: tuple[Feature, ...], packages: tuple[str, ...], told: Told | None
) -> tuple[Value, ...]:
    def count(name: str, label: str, number: int, unit: Unit = "count") -> Value:
        return Value(
            name=f"model.{name}", number=number, unit=unit, provenance=_SOURCE, label=label
        )

    values = [count("size", "Size of the artefact", pin.size_bytes, "bytes")]
    if features:
        values.append(count("features", "Features", len(features)))
    if packages:
        values.append(count("packages", "Required packages", len(packages)))
    if told and told.steps:  # a step with parts has a row for each of these, too
        steps = [name for name, _ in told.steps if ": " not in name]
        values.append(count("steps", "Pipeline steps", len(steps)))
    return tuple(values)


def _text_table(
    name: str,
    title: str,
    labels: tuple[str, ...],
    rows: Iterable[Iterable[object]],
    note: str = "",
) -> Table:
    return Table(
        name=name,
        title=title,
        columns=tuple(Column(name=label.lower(), label=label) for label in labels),
        rows=tuple(tuple(Cell(text=str(text)) for text in row) for row in rows),
        note=note,
    )


def _feature_table(features: tuple[Feature, ...]) -> Table:
    rows = [(f.name, f.type, f.example or "–") for f in features]
    return _text_table("model.features", "Features", ("Feature", "Type", "Example"), rows)


def _model_tables(told: Told) -> tuple[Table, ...]:
    labels: tuple[str, ...] = ("Parameter", "Value", "Set by the author")
    rows: list[tuple[str, ...]] = [
        (name, shown, differs or "–") for name, shown, differs in told.parameters
    ]
    if not any(differs for _, _, differs in told.parameters):
        labels, rows = labels[:2], [row[:2] for row in rows]
    return (
        _text_table("model.steps", "Steps", ("Step", "What it is"), told.steps),
        _text_table("model.parameters", "Hyperparameters", labels, rows, told.note),
    )


def _package_table(packages: tuple[str, ...], estimator: Estimator | None) -> Table:
    rows = []
    for package in packages:
        name = package.split("==")[0].strip()
        pinned = package.split("==")[1].strip() if "==" in package else "not stated"
        if name == "scikit-learn" and estimator and estimator.trained_with:
            pinned = estimator.trained_with
        rows.append((name, pinned, _installed(name)))
    return _text_table(
        "model.packages",
        "Required packages",
        ("Package", "When trained", "When measured"),
        rows,
    )


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # it may come under another name, as xgboost in xgboost-cpu
        return str(getattr(modules.get(name), "__version__", "not installed"))


def _library(module: str) -> str:
    stated = getattr(modules.get(module), "__version__", "")
    return stated if isinstance(stated, str) else ""
