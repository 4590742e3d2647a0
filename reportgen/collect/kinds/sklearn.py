"""Models with scikit-learn's ways: ``predict``, and perhaps ``predict_proba`` and others.

Any object with these methods will do, of whatever library.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reportgen.collect.kinds.arrays import one_column
from reportgen.collect.kinds.deciding import decided_by_scores
from reportgen.collect.kinds.kind import Array, Nature, Question, Reads, Reply, Said, Told
from reportgen.collect.kinds.promised import promised_interval
from reportgen.collect.kinds.structure import describe_parameters, describe_steps, last_step
from reportgen.errors import DataError
from reportgen.report import Task

__all__ = ["SklearnModel"]

_RANKED = "decision values, which rank the rows and are no probabilities"


@dataclass(frozen=True, slots=True, kw_only=True)
class SklearnModel:
    """An estimator or pipeline; see `reportgen.collect.kinds.Kind`.

    Scores are ``predict_proba`` where there is one. A classifier of two classes that has only
    ``decision_function`` gives its decision values, which rank the rows and are no
    probabilities; with more classes it gives none, because such values of different classes
    are on no common scale.
    """

    model: Any
    said: Said

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the columns it was fitted on; empty when it saw an array or texts."""
        return _named_columns(self.model)

    @property
    def width(self) -> int | None:
        """How many columns it was fitted on."""
        wanted = getattr(self.model, "n_features_in_", None)
        return None if wanted is None else int(wanted)

    @property
    def reads(self) -> Reads:
        """Texts when its first step takes documents apart, else what it was fitted on.

        What does not say it gets a frame, as from vetiver: it may hold a model that needs one.
        """
        if hasattr(_first_step(self.model), "build_analyzer"):
            return "text"
        return "columns" if self.features or self.width is None else "array"

    @property
    def numbered(self) -> bool:
        """It knows its classes by name."""
        return False

    def nature(
        self, _rows: pd.DataFrame | None, _truth: pd.Series[Any] | None, _asked: Task | None, /
    ) -> Nature:
        """Tell the task by whether it has classes, as scikit-learn does."""
        levels = getattr(self.model, "classes_", None)
        if levels is None:
            return Nature(task="regression")
        if any(isinstance(level, np.ndarray | list) for level in levels):
            raise DataError(
                f"the model predicts {len(levels)} targets at once; only models with one target "
                "are measured"
            )
        classes = tuple(getattr(level, "item", lambda level=level: level)() for level in levels)
        return Nature(
            task="classification" if len(classes) == 2 else "multiclass", classes=classes
        )

    def reply(self, rows: pd.DataFrame, question: Question, /) -> Reply:
        """Answer with ``predict``, and what else the model has."""
        given = _given(rows, self.reads)
        if question.nature.task == "regression":
            return self._numbers(given, len(rows), question)
        if not question.scored:
            return Reply(predicted=one_column(self.model.predict(given), len(rows)))
        scores, probabilities = self._scores(given, len(rows), question.nature)
        read_as = "" if scores is None or probabilities else _RANKED
        if not question.decided and scores is not None:
            return Reply(scores=scores, probabilities=probabilities, read_as=read_as)
        if scores is not None and probabilities:
            classes = np.asarray(self.model.classes_)
            predicted = decided_by_scores(self.model, given, scores, classes)
        else:
            predicted = one_column(self.model.predict(given), len(rows))
        return Reply(
            predicted=predicted, scores=scores, probabilities=probabilities, read_as=read_as
        )

    def _numbers(self, given: Any, count: int, question: Question) -> Reply:
        promised = promised_interval(self.model, given, count, question.level)
        if promised is None:
            return Reply(predicted=one_column(self.model.predict(given), count))
        points, lower, upper, level = promised
        if points is None:
            points = one_column(self.model.predict(given), count)
        return Reply(predicted=points, lower=lower, upper=upper, level=level)

    def _scores(self, given: Any, count: int, nature: Nature) -> tuple[Array | None, bool]:
        if hasattr(self.model, "predict_proba"):
            scores = np.asarray(self.model.predict_proba(given), dtype=float)
            if scores.shape != (count, len(nature.classes)):
                raise DataError(
                    f"the model's predict_proba has the shape {scores.shape}, not "
                    f"({count}, {len(nature.classes)})"
                )
            return scores, True
        if len(nature.classes) == 2 and hasattr(self.model, "decision_function"):
            values = one_column(self.model.decision_function(given), count).astype(float)
            return np.column_stack([-values, values]), False
        return None, False

    def tell(self) -> Told:
        """Tell its steps and hyperparameters."""
        return Told(
            subject=last_step(self.model),
            steps=describe_steps(self.model) if hasattr(self.model, "steps") else (),
            parameters=describe_parameters(self.model),
        )


def _named_columns(model: Any) -> tuple[str, ...]:
    """Read the names of the columns that an estimator was fitted on; empty when it saw none."""
    names = getattr(model, "feature_names_in_", None)
    return () if names is None else tuple(str(name) for name in names)


def _first_step(model: Any) -> Any:
    inner = getattr(model, "best_estimator_", model)
    while getattr(inner, "steps", None):
        inner = inner.steps[0][1]
    return inner


def _given(rows: pd.DataFrame, reads: Reads) -> Any:
    if reads == "columns":
        return rows
    if reads == "array":
        return rows.to_numpy()
    texts = rows.iloc[:, 0]
    if texts.isna().any():
        raise DataError(
            f"{int(texts.isna().sum())} rows have no text in '{texts.name}', and the model reads "
            "texts alone"
        )
    return texts.astype(object).to_numpy()
