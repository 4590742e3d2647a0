"""The two versions of the model: a logistic regression, and gradient-boosted trees."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from reportgen.demo.flights import CATEGORIES, FEATURES, NUMBERS, ZONE, fifths

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

__all__ = [
    "BOOSTED",
    "LIVE_FROM",
    "LOGISTIC",
    "TrainedModels",
    "one_thread",
    "score",
    "train_models",
]

LOGISTIC = "logistic regression"
BOOSTED = "gradient-boosted trees"

LIVE_FROM = pd.Timestamp(2013, 5, 1, tz=ZONE)
# When each was pinned, and so from when on it scores.
CREATED: Mapping[str, datetime] = {
    LOGISTIC: datetime(2013, 5, 1, 6, tzinfo=UTC),
    BOOSTED: datetime(2013, 5, 2, 6, tzinfo=UTC),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedModels:
    """Fitted pipelines by name, and the threshold that goes with them.

    Attributes
    ----------
    threshold : score from which a flight is predicted late, in steps of 0.01
    example : one row without nulls, for the prototype in the pin
    rows : how many flights the models learned from
    """

    pipelines: Mapping[str, Pipeline]
    threshold: float
    example: Mapping[str, Any]
    rows: int


def train_models(flights: pd.DataFrame) -> TrainedModels:
    """Train both versions on the labelled flights of January to April that are not held out."""
    past = (flights["sched_dep"] < LIVE_FROM) & flights["late"].notna() & (fifths(flights) > 0)
    training = flights[past].reset_index(drop=True)
    example = training[list(FEATURES)].dropna().iloc[0].to_dict()
    return TrainedModels(
        pipelines={
            name: pipeline.fit(training[list(FEATURES)], training["late"].astype(bool))
            for name, pipeline in _pipelines().items()
        },
        threshold=_choose_threshold(training),
        example={str(name): value for name, value in example.items()},
        rows=len(training),
    )


def one_thread() -> AbstractContextManager[Any]:
    """Keep the trees from remembering how many cores this machine has, so that bytes agree.

    It also keeps two busy cores from waiting for each other.
    """
    import sklearn.ensemble  # noqa: F401  # only libraries that are loaded can be limited
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[Any] = threadpool_limits(1)
    return limits


def score(pipeline: Pipeline, flights: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Give the probability that each flight comes late; shape (n,)."""
    late = list(pipeline.classes_).index(True)
    probabilities: np.ndarray[Any, np.dtype[np.float64]] = pipeline.predict_proba(
        flights[list(FEATURES)]
    )[:, late]
    return probabilities


def _pipelines() -> dict[str, Pipeline]:
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

    one_hot = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=50)
    scaled = Pipeline([("impute", SimpleImputer(strategy="median")), ("scale", StandardScaler())])
    # A level that was never seen is treated like a missing one.
    coded = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=np.nan, encoded_missing_value=np.nan
    )
    categories, numbers = list(CATEGORIES), list(NUMBERS)
    trees = HistGradientBoostingClassifier(
        learning_rate=0.08,
        max_iter=150,
        min_samples_leaf=60,
        l2_regularization=1.0,
        categorical_features=list(range(len(categories))),
        early_stopping=False,
        random_state=2013,
    )
    return {
        LOGISTIC: Pipeline(
            [
                (
                    "prepare",
                    ColumnTransformer(
                        [("categories", one_hot, categories), ("numbers", scaled, numbers)]
                    ),
                ),
                ("model", LogisticRegression(max_iter=500)),
            ]
        ),
        BOOSTED: Pipeline(
            [
                (
                    "prepare",
                    ColumnTransformer(
                        [("categories", coded, categories), ("numbers", "passthrough", numbers)]
                    ),
                ),
                ("model", trees),
            ]
        ),
    }


def _choose_threshold(training: pd.DataFrame) -> float:
    """Find the threshold of the best F1, on rows that were put aside from a trial fit.

    Held-out flights play no part in it, and neither does anything after April.
    """
    aside = fifths(training) == 1
    rest, tried = training[~aside], training[aside]
    pipeline = _pipelines()[BOOSTED].fit(rest[list(FEATURES)], rest["late"].astype(bool))
    probability = score(pipeline, tried)
    late = tried["late"].to_numpy(dtype=bool)
    steps = np.arange(5, 61) / 100
    return float(max(steps, key=lambda step: (_f1(late, probability >= step), -step)))


def _f1(late: np.ndarray[Any, Any], predicted: np.ndarray[Any, Any]) -> float:
    return float(2 * (late & predicted).sum() / (late.sum() + predicted.sum()))
