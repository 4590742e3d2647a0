"""A pinned model made to run: loaded only when that was allowed, and asked in one way."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

import numpy as np
import pandas as pd

from reportgen.boards import Snapshot
from reportgen.collect.kinds import Kind, Nature, Question, Reply, Said, kind_of
from reportgen.collect.kinds.sklearn import SklearnModel
from reportgen.collect.models.loading import load_model
from reportgen.errors import DataError, near_miss
from reportgen.report import Task

__all__ = ["Estimator", "load_estimator", "read_said"]

_T = TypeVar("_T")

_FAILURES = (
    ArithmeticError,
    AttributeError,
    IndexError,
    KeyError,
    NotImplementedError,
    RuntimeError,
    TypeError,
    ValueError,
)
_TEXT = "text"  # the column that vetiver expects of a text model without a prototype


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimator:
    """A model of any kind that is known; see `reportgen.collect.kinds`.

    Attributes
    ----------
    model : the object itself
    trained_with : version of scikit-learn that pickled it, where that is known to differ
        from the one installed
    said : by its author in the pin's metadata
    kind : how it is asked
    """

    model: Any
    trained_with: str = ""
    said: Said = field(default_factory=Said)
    kind: Kind = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", kind_of(self.model, self.said))

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the columns it was fitted on, in order; empty when it saw none."""
        return self.kind.features

    @property
    def classes(self) -> tuple[Any, ...]:
        """Levels of the target it knows, as Python objects; empty for a regression."""
        return self.kind.nature(None, None, None).classes

    @property
    def task(self) -> Task:
        """Classification with two classes, with more, or regression, as far as it says itself."""
        try:
            return self.kind.nature(None, None, None).task
        except DataError:  # a model that cannot be measured still has a card
            return "regression"

    def inputs(
        self,
        frame: pd.DataFrame,
        known: tuple[str, ...],
        *,
        text: str | None = None,
        others: tuple[str, ...] = (),
    ) -> pd.DataFrame:
        """Take the model's columns, in its order.

        A model that was fitted on an array, and whose prototype numbers its columns, takes the
        data's columns in their order, when there are exactly as many.

        Parameters
        ----------
        known : names from the prototype, for a model that was fitted on an array
        text : the column that a text model reads; None: the prototype's only one, or ``text``
        others : columns with another part, such as the target

        Raises
        ------
        DataError
            The data lack a column that the model needs; all are named.
        """
        if self.kind.reads == "text":
            only = known[0] if len(known) == 1 else _TEXT
            return _taken(frame, (text or only,))
        names = self.features
        if known and not set(names or known) <= set(frame.columns):
            names = self._by_place(frame, names or known, others)
        elif not names:
            names = known
        if not names:
            wanted = self.kind.width
            raise DataError(
                "the model does not say which columns it needs"
                f"{f' (it needs {wanted})' if wanted else ''}: it was fitted on an array and "
                "pinned without a prototype. Pin it with a prototype, or fit it on a data frame."
            )
        return _taken(frame, names)

    def _by_place(
        self, frame: pd.DataFrame, names: tuple[str, ...], others: tuple[str, ...]
    ) -> tuple[str, ...]:
        """Take the columns in their order where the model has numbers for names."""
        if not all(name.isdecimal() for name in names):
            return names
        free = tuple(str(name) for name in frame.columns if name not in others)
        return free if len(free) in (self.kind.width, len(names)) else names

    def predict(self, inputs: pd.DataFrame) -> np.ndarray[Any, Any]:
        """Predict each row, and nothing else; shape (n,) or, of scores alone, (n, k).

        This is what is timed: as little as possible stands around the model's own answer.
        """
        nature = self.kind.nature(None, None, None)
        reply = self.reply(inputs, Question(nature=nature, scored=False))
        answer = reply.scores if reply.predicted is None else reply.predicted
        return np.asarray(answer)

    def nature(self, inputs: pd.DataFrame, truth: pd.Series[Any], asked: Task | None) -> Nature:
        """Tell what it predicts, with the help of the data where it does not say.

        Parameters
        ----------
        asked : the task, as the project says; heeded only where the model leaves it open

        Raises
        ------
        DataError
            It cannot be asked about rows, or fails on the first one.
        """
        return self._guarded(lambda: self.kind.nature(inputs, truth, asked))

    def reply(self, inputs: pd.DataFrame, question: Question) -> Reply:
        """Ask about every row.

        Raises
        ------
        DataError
            There are no rows, or the model fails on them.
        """
        if len(inputs) == 0:
            raise DataError("the data pin has no rows to predict")
        return self._guarded(lambda: self.kind.reply(inputs, question))

    def _guarded(self, ask: Callable[[], _T]) -> _T:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ask()
        except _FAILURES as error:
            name = type(self.model).__name__
            raise DataError(
                f"the model ({name}) failed on the data pin: {type(error).__name__}: {error}"
            ) from error


def load_estimator(snapshot: Snapshot, *, allow_pickle: bool) -> Estimator:
    """Load a pinned model, and find out how it is asked.

    Parameters
    ----------
    allow_pickle : whether the project, or the person, allowed this pin by name

    Raises
    ------
    TrustError, MissingToolError
        See `reportgen.collect.models.loading.load_model`.
    DataError
        It does not load, or is nothing that predicts.
    """
    model, trained_with = load_model(snapshot, allow_pickle=allow_pickle)
    said = read_said(snapshot.version.metadata)
    said = replace(said, trained_so=snapshot.path.suffix != ".ubj")
    estimator = Estimator(model=model, trained_with=trained_with, said=said)
    if isinstance(estimator.kind, SklearnModel) and not callable(getattr(model, "predict", None)):
        raise DataError(
            f"pin '{snapshot.version.name}' holds a {type(model).__name__}, which has no predict "
            "method"
        )
    return estimator


def read_said(metadata: Mapping[str, Any]) -> Said:
    """Read what the author of a pin said: ``classes`` and ``output``, where vetiver puts them.

    Raises
    ------
    DataError
        ``output`` is something else than ``logits`` or ``probabilities``.

    Examples
    --------
    >>> read_said({"user": {"classes": ["no", "yes"]}}).classes
    ('no', 'yes')
    """
    user = metadata.get("user")
    said = {**metadata, **(user if isinstance(user, Mapping) else {})}
    classes, output = said.get("classes"), said.get("output") or ""
    known: tuple[Literal["", "logits", "probabilities"], ...] = ("", "logits", "probabilities")
    if output not in known:
        raise DataError(
            f"the pin's metadata says output: {output!r}; it can be 'logits' or 'probabilities'"
        )
    return Said(
        classes=tuple(classes) if isinstance(classes, list | tuple) else (),
        output=known[known.index(output)],
    )


def _taken(frame: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    missing = [name for name in names if name not in frame.columns]
    if missing:
        hints = "; ".join(f"'{m}': {near_miss(m, list(frame.columns))}" for m in missing[:5])
        raise DataError(
            f"the data pin lacks {len(missing)} of the model's {len(names)} features: {hints}"
        )
    return frame[list(names)]
