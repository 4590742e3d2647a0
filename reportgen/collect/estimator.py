"""A pinned model made to run: loaded only when that was allowed, and asked in one way."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import pandas as pd

from reportgen.boards import Snapshot
from reportgen.errors import DataError, MissingToolError, TrustError, near_miss
from reportgen.report import Task

__all__ = ["Estimator", "describe_parameters", "describe_steps", "load_estimator"]

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimator:
    """A model with scikit-learn's ways: ``predict`` and perhaps ``predict_proba``.

    Attributes
    ----------
    model : the object itself
    trained_with : version of scikit-learn that pickled it, where that is known to differ
        from the one installed
    """

    model: Any
    trained_with: str = ""

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the columns it was fitted on, in order; empty when it saw none."""
        names = getattr(self.model, "feature_names_in_", None)
        return () if names is None else tuple(str(name) for name in names)

    @property
    def classes(self) -> tuple[Any, ...]:
        """Levels of the target it knows, as Python objects; empty for a regression."""
        levels = getattr(self.model, "classes_", None)
        return () if levels is None else tuple(getattr(x, "item", lambda x=x: x)() for x in levels)

    @property
    def task(self) -> Task:
        """Classification with two classes, with more, or regression."""
        if not hasattr(self.model, "classes_"):
            return "regression"
        return "classification" if len(self.classes) == 2 else "multiclass"

    def inputs(self, frame: pd.DataFrame, known: tuple[str, ...]) -> pd.DataFrame:
        """Take the model's columns, in its order.

        Parameters
        ----------
        known : names from the prototype, for a model that was fitted on an array

        Raises
        ------
        DataError
            The data lack a column that the model needs; all are named.
        """
        names = self.features or known
        if not names:
            wanted = getattr(self.model, "n_features_in_", None)
            raise DataError(
                "the model does not say which columns it needs"
                f"{f' (it needs {wanted})' if wanted else ''}: it was fitted on an array and "
                "pinned without a prototype. Pin it with a prototype, or fit it on a data frame."
            )
        missing = [name for name in names if name not in frame.columns]
        if missing:
            hints = "; ".join(f"'{m}': {near_miss(m, list(frame.columns))}" for m in missing[:5])
            raise DataError(
                f"the data pin lacks {len(missing)} of the model's {len(names)} features: {hints}"
            )
        return frame[list(names)]

    def predict(self, inputs: pd.DataFrame) -> np.ndarray[Any, Any]:
        """Predict each row; shape (n,)."""
        return np.asarray(self._ask("predict", inputs)).reshape(len(inputs), -1)[:, 0]

    def scores(self, inputs: pd.DataFrame) -> np.ndarray[Any, Any] | None:
        """Give probabilities, shape (n, k) in the order of `classes`; None without any."""
        if not hasattr(self.model, "predict_proba"):
            return None
        return np.asarray(self._ask("predict_proba", inputs), dtype=float)

    def _ask(self, method: str, inputs: pd.DataFrame) -> Any:
        rows: Any = inputs if self.features else inputs.to_numpy()
        if len(inputs) == 0:
            raise DataError("the data pin has no rows to predict")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return getattr(self.model, method)(rows)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise DataError(
                f"the model's {method} failed on the data pin: {type(error).__name__}: {error}"
            ) from error


def load_estimator(snapshot: Snapshot, *, allow_pickle: bool) -> Estimator:
    """Load a pinned model from the bytes that were hashed.

    Parameters
    ----------
    allow_pickle : whether the project, or the person, allowed this pin by name

    Raises
    ------
    TrustError
        The pin holds a pickle and nobody allowed it, or a skops file with types that are
        not trusted.
    DataError
        It does not load, or is nothing that predicts.
    """
    version = snapshot.version
    path = snapshot.path
    if path.suffix == ".skops":
        return _checked(_load_skops(path, version.name), version.name)
    if version.type not in ("joblib", "file") or path.suffix not in (".joblib", ".pkl", ".pickle"):
        raise DataError(
            f"pin '{version.name}' is of type {version.type!r} ('{path.name}'), not a model. "
            "Models are joblib pins (as vetiver writes them) and skops files."
        )
    if not allow_pickle:
        raise TrustError(
            f"pin '{version.name}' holds a pickle: loading it can run any code. If you trust who "
            f"wrote this board, allow it: in reportgen.yml, board: {{allow_pickle: "
            f"[{version.name}]}}; without a project, --trust-model."
        )
    return _checked(_load_joblib(path, version.name), version.name)


def _load_joblib(path: Path, name: str) -> Estimator:
    import joblib
    from sklearn.exceptions import InconsistentVersionWarning

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            model = joblib.load(path)
        except ModuleNotFoundError as error:
            raise MissingToolError(
                f"the model in pin '{name}' needs the package '{error.name}': "
                f"pip install {error.name}"
            ) from error
        except (AttributeError, ValueError, TypeError, EOFError, ImportError, KeyError) as error:
            raise DataError(
                f"the model in pin '{name}' does not load here: {type(error).__name__}: {error}. "
                "It was probably pickled with other package versions; the pin's required packages "
                "are in its data.txt."
            ) from error
    versions = [
        str(entry.message.original_sklearn_version)
        for entry in caught
        if isinstance(entry.message, InconsistentVersionWarning)
    ]
    return Estimator(model=model, trained_with=versions[0] if versions else "")


def _load_skops(path: Path, name: str) -> Estimator:
    try:
        from skops import io
    except ImportError as error:
        raise MissingToolError(
            "Reading a skops model needs the package skops: pip install 'reportgen[skops]'"
        ) from error
    untrusted = io.get_untrusted_types(file=path)
    if untrusted:
        raise TrustError(
            f"pin '{name}' holds types that are not trusted: {', '.join(map(str, untrusted))}"
        )
    return Estimator(model=io.load(path, trusted=[]))


def _checked(estimator: Estimator, name: str) -> Estimator:
    if not callable(getattr(estimator.model, "predict", None)):
        raise DataError(
            f"pin '{name}' holds a {type(estimator.model).__name__}, which has no predict method"
        )
    return estimator


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
            shown = ", ".join(str(column) for column in listed)
        else:
            shown = "chosen by a rule"
        inner = "passed through" if isinstance(transformer, str) else _chain(transformer)
        rows.append((f"{name}: {part}", f"{inner} of {shown}"))
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
        rows.append((name, _shown(value), _differs(model, params, name, value)))
    return tuple(sorted(rows, key=lambda row: row[2] != "yes"))


_WIRING = ("steps", "transformers", "transformer_list", "memory", "verbose", "estimators")


def _shown(value: Any) -> str:
    if callable(value):
        return str(getattr(value, "__qualname__", type(value).__name__))
    if isinstance(value, str):
        return value
    if isinstance(value, np.ndarray):
        return f"array of shape {value.shape}"
    text = _ADDRESS.sub("", repr(value))
    return text if len(text) <= 120 else text[:117] + "..."


def _differs(
    model: Any, params: Mapping[str, Any], name: str, value: Any
) -> Literal["yes", "no", ""]:
    owner_path, _, own = name.rpartition("__")
    owner = params.get(owner_path) if owner_path else model
    if owner is None or isinstance(owner, str):
        return ""
    default = signature(type(owner).__init__).parameters.get(own)
    if default is None or default.default is default.empty:
        return ""
    same = repr(default.default) == repr(value)
    return "no" if same else "yes"
