"""scikit-learn's scorers, asked about answers that a model has given already."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from inspect import signature
from typing import Any

import numpy as np

from reportgen.errors import NotFoundError, near_miss
from reportgen.report import Task
from reportgen.report.frame import OwnMetric

__all__ = ["scorer_metric"]


def scorer_metric(
    name: str, task: Task, classes: tuple[Any, ...] = (), positive: Any = None
) -> OwnMetric:
    """Make a metric of a scorer's name.

    Parameters
    ----------
    classes, positive : as in `reportgen.report.frame.EvaluationFrame`

    Raises
    ------
    NotFoundError
        scikit-learn has no such scorer; says which one was probably meant.

    Notes
    -----
    A ``neg_`` scorer is turned round: the error itself, of which less is better. A target of two
    levels becomes 0 and 1, or scorers would ask which level is positive.
    """
    from sklearn.metrics import get_scorer, get_scorer_names

    known = get_scorer_names()
    if name not in known:
        raise NotFoundError(
            f"evaluation.metrics: scikit-learn has no scorer '{name}'. {near_miss(name, known)} "
            "A function of your own is written module:function."
        )
    scorer = get_scorer(name)
    turned = name.startswith("neg_")
    short = name.removeprefix("neg_")
    # scikit-learn does not say otherwise whether a scorer takes weights.
    function = getattr(scorer, "_score_func", None)
    weighted = function is None or "sample_weight" in signature(function).parameters
    plain = short.replace("_", " ")
    return OwnMetric(
        name=short,
        label=plain[:1].upper() + plain[1:],
        measure=partial(_measured, scorer, task, classes, positive, turned, weighted),
        better="lower" if turned else "higher",
        meaning=f"scikit-learn's {name}{', turned round' if turned else ''}.",
        weighted=weighted,
        source=f"sklearn:{name}",
    )


def _measured(
    scorer: Any,
    task: Task,
    classes: tuple[Any, ...],
    positive: Any,
    turned: bool,  # noqa: FBT001 - bound by place in `scorer_metric`
    weighted: bool,  # noqa: FBT001 - the same
    truth: Any,
    predicted: Any,
    scores: Any,
    weights: Any,
) -> float:
    known: Any = np.array(list(classes))
    if task == "classification":
        truth, predicted = (np.asarray(each == positive, dtype=int) for each in (truth, predicted))
        known = np.array([0, 1])
        scores = None if scores is None else np.column_stack([1 - scores, scores])
    model = _answering(task, predicted, scores, known)
    rows = np.zeros((len(truth), 1))
    given = {"sample_weight": weights} if weighted and weights is not None else {}
    return (-1.0 if turned else 1.0) * float(scorer(model, rows, truth, **given))


def _answering(task: Task, predicted: Any, scores: Any, known: Any) -> Any:
    """Build what a scorer takes for a fitted model, with the answers it is to give."""
    model = _kinds()[task != "regression", scores is not None]()
    model.predicted_, model.scores_, model.classes_ = predicted, scores, known
    return model


@cache
def _kinds() -> Mapping[tuple[bool, bool], Any]:
    """Models by whether they tell classes apart and give scores: scorers look at both.

    Made once: scikit-learn takes longer over a new class than over a score.
    """
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

    def predict(self: Any, _rows: Any) -> Any:
        return self.predicted_

    def predict_proba(self: Any, _rows: Any) -> Any:
        return self.scores_

    numbers = type("Numbers", (RegressorMixin, BaseEstimator), {"predict": predict})
    classes = type("Classes", (ClassifierMixin, BaseEstimator), {"predict": predict})
    scores = type("Scores", (classes,), {"predict_proba": predict_proba})
    return {
        (False, False): numbers,
        (False, True): numbers,
        (True, False): classes,
        (True, True): scores,
    }
