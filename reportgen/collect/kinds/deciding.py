"""The class a classifier decides for: taken from its scores where that is the same, else asked.

Asking a model about ten million rows is most of a card's time, and ``predict`` after
``predict_proba`` asks twice. For many classifiers ``predict`` is the class of the highest
probability; for some it is not (``SVC`` fits its probabilities apart, ``TunedThreshold...``
moves the threshold). So: only for classifiers known to decide so, by their exact class; only
where the highest probability stands clear of the next, because ties are broken by sums that a
probability does not show; and only when some rows that were asked agree.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reportgen.collect.kinds.arrays import one_column
from reportgen.collect.kinds.kind import Array

__all__ = ["decided_by_scores"]

_DECIDE_BY_SCORES = {
    "sklearn": {
        "BaggingClassifier",
        "BernoulliNB",
        "CalibratedClassifierCV",
        "CategoricalNB",
        "ComplementNB",
        "DecisionTreeClassifier",
        "ExtraTreeClassifier",
        "ExtraTreesClassifier",
        "GaussianNB",
        "GradientBoostingClassifier",
        "HistGradientBoostingClassifier",
        "KNeighborsClassifier",
        "LinearDiscriminantAnalysis",
        "LogisticRegression",
        "LogisticRegressionCV",
        "MLPClassifier",
        "MultinomialNB",
        "QuadraticDiscriminantAnalysis",
        "RandomForestClassifier",
    },
    "xgboost": {"XGBClassifier", "XGBRFClassifier"},
    "lightgbm": {"LGBMClassifier"},
}
_WHOLE = {"Pipeline", "GridSearchCV", "RandomizedSearchCV"}  # which hand on what is inside

_CLEAR = 1e-5  # above the rounding of single precision
_ASKED = 200


def decided_by_scores(model: Any, given: Any, scores: Array, classes: Array) -> Array:
    """Decide for each row as the model's ``predict`` would.

    Parameters
    ----------
    given : the rows as the model takes them; sliced by position
    scores : shape (n, k), its ``predict_proba`` of these rows
    classes : shape (k,)

    Returns
    -------
    shape (n,), classes
    """
    count = len(scores)
    if not _is_known(model) or count <= _ASKED or not np.isfinite(scores).all():
        return one_column(model.predict(given), count)
    ordered = np.sort(scores, axis=1)
    doubtful = np.flatnonzero(ordered[:, -1] - ordered[:, -2] <= _CLEAR)
    asked = np.union1d(doubtful, np.linspace(0, count - 1, _ASKED).astype(np.intp))
    if len(asked) > count // 2:
        return one_column(model.predict(given), count)
    decided: Array = classes[scores.argmax(axis=1)]
    answers = one_column(model.predict(_some(given, asked)), len(asked))
    clear = ~np.isin(asked, doubtful)
    if not (answers[clear] == decided[asked][clear]).all():
        return one_column(model.predict(given), count)
    decided[asked] = answers
    return decided


def _is_known(model: Any) -> bool:
    inner = model
    while type(inner).__name__ in _WHOLE and type(inner).__module__.startswith("sklearn."):
        inner = (
            getattr(inner, "best_estimator_", None) or getattr(inner, "steps", [("", None)])[-1][1]
        )
    library = type(inner).__module__.partition(".")[0]
    return type(inner).__name__ in _DECIDE_BY_SCORES.get(library, ())


def _some(given: Any, places: Array) -> Any:
    return given.iloc[places] if hasattr(given, "iloc") else given[places]
