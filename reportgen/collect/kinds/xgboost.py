"""xgboost: a native Booster, and the estimators in scikit-learn's way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from reportgen.collect.kinds.arrays import both_sides, class_names, one_column, softmax, two_valued
from reportgen.collect.kinds.kind import Array, Nature, Question, Reads, Reply, Said, Told
from reportgen.collect.kinds.sklearn import SklearnModel
from reportgen.errors import DataError
from reportgen.report import Part, Provenance, Task, Value

__all__ = ["XgboostBooster", "XgboostEstimator"]

_NOT_ROWS = ("rank:", "survival:")
_INTERNAL = ("updater_seq", "process_type", "refresh_leaf", "sparse_threshold", "alpha", "eta")


@dataclass(frozen=True, slots=True, kw_only=True)
class XgboostBooster:
    """A Booster as ``xgboost.train`` returns it; see `reportgen.collect.kinds.Kind`.

    What its numbers mean is in its objective: probabilities, margins (which are made into
    probabilities), quantiles, or numbers.
    """

    model: Any
    said: Said
    _learner: Mapping[str, Any] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_learner", _read_learner(self.model))  # once: it takes a while

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the columns it was trained on; empty when it saw an array."""
        return tuple(str(name) for name in self.model.feature_names or ())

    @property
    def width(self) -> int | None:
        """How many columns it was trained on."""
        return int(self.model.num_features())

    @property
    def reads(self) -> Reads:
        """What it was trained on."""
        return "columns" if self.features else "array"

    @property
    def numbered(self) -> bool:
        """A Booster knows no names of classes."""
        return True

    def nature(
        self, _rows: pd.DataFrame | None, truth: pd.Series[Any] | None, _asked: Task | None, /
    ) -> Nature:
        """Tell the task by its objective.

        Raises
        ------
        DataError
            It ranks, or predicts a survival time, which are no answers about single rows.
        """
        learner = self._learner
        objective = _objective(learner)
        if objective.startswith(_NOT_ROWS):
            raise DataError(
                f"the Booster's objective is '{objective}': rankings and survival times are not "
                "measured"
            )
        if objective.startswith("binary:") or (objective == "reg:logistic" and two_valued(truth)):
            return Nature(task="classification", classes=class_names(self.said.classes, 2))
        if objective.startswith("multi:"):
            count = int(learner["learner_model_param"]["num_class"])
            classes = class_names(self.said.classes, count)
            return Nature(task="classification" if count == 2 else "multiclass", classes=classes)
        return Nature(task="regression")

    def reply(self, rows: pd.DataFrame, question: Question, /) -> Reply:
        """Answer with ``predict``; scores are made from margins where the objective has those."""
        objective = _objective(self._learner)
        matrix = _matrix(self.model, rows, self.reads)
        if question.nature.task == "regression":
            output = self.model.predict(matrix)
            return _quantiles(_alphas(self._learner), np.asarray(output, dtype=float), len(rows))
        if objective == "binary:hinge":
            said = one_column(self.model.predict(matrix), len(rows)) > 0
            return Reply(predicted=_levels(question.nature)[said.astype(int)])
        if objective.startswith("multi:"):
            margins = self.model.predict(matrix, output_margin=True)
            return Reply(scores=softmax(margins))
        output = np.asarray(self.model.predict(matrix), dtype=float)
        read_as = ""
        if objective == "binary:logitraw":
            output = 1.0 / (1.0 + np.exp(-output))
            read_as = "margins, which are made into probabilities"
        return Reply(scores=both_sides(one_column(output, len(rows))), read_as=read_as)

    def tell(self) -> Told:
        """Tell objective, trees and, where the pin keeps them, the settings of the training."""
        learner = self._learner
        kept = self.said.trained_so
        return Told(
            subject=self.model,
            facts={"objective": ("Objective", _objective(learner))},
            parameters=_settings(learner) if kept else (),
            note="As xgboost keeps them in the pin; it does not say which of them the author set.",
            part=_trees(self.model),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class XgboostEstimator(SklearnModel):
    """``XGBClassifier``, ``XGBRegressor`` and their kin: asked as scikit-learn's models are."""

    def reply(self, rows: pd.DataFrame, question: Question, /) -> Reply:
        """Answer, with texts made into the categories that the model was fitted on."""
        rows = _with_categories(self.model.get_booster(), rows)
        if question.nature.task == "regression" and question.scored:
            alphas = _alphas(_read_learner(self.model.get_booster()))
            if len(alphas) > 1:
                given = rows if self.reads == "columns" else rows.to_numpy()
                output = np.asarray(self.model.predict(given), dtype=float)
                return _quantiles(alphas, output, len(rows))
        return super(XgboostEstimator, self).reply(rows, question)

    def tell(self) -> Told:
        """Tell the hyperparameters that were given a value."""
        told = super(XgboostEstimator, self).tell()
        given = tuple(row for row in told.parameters if row[1] != "None")
        left = len(told.parameters) - len(given)
        booster = self.model.get_booster()
        return Told(
            subject=told.subject,
            facts={"objective": ("Objective", _objective(_read_learner(booster)))},
            parameters=given,
            note=f"{left} others are left to xgboost." if left else "",
            part=_trees(booster),
        )


def _read_learner(booster: Any) -> Mapping[str, Any]:
    learner: Mapping[str, Any] = json.loads(booster.save_config())["learner"]
    return learner


def _objective(learner: Mapping[str, Any]) -> str:
    return str(learner["objective"]["name"])


def _levels(nature: Nature) -> Array:
    levels = np.empty(len(nature.classes), dtype=object)
    levels[:] = nature.classes
    return levels


def _matrix(booster: Any, rows: pd.DataFrame, reads: Reads) -> Any:
    import xgboost

    if reads == "array":
        return xgboost.DMatrix(rows.to_numpy())
    return xgboost.DMatrix(_with_categories(booster, rows), enable_categorical=True)


def _with_categories(booster: Any, rows: pd.DataFrame) -> pd.DataFrame:
    """Make the columns that were categories when it was trained into categories again.

    Raises
    ------
    DataError
        The model does not hold its categories, as before xgboost 3.1: its codes would then be
        read by the order of the categories in these rows, which is another one.
    """
    types = booster.feature_types or ()
    names = [
        name
        for name, type_ in zip(booster.feature_names or (), types, strict=False)
        if type_ == "c" and name in rows.columns
    ]
    if not names:
        return rows
    if not hasattr(booster, "get_categories") or booster.get_categories().empty():
        raise DataError(
            f"the model was trained on categories ({', '.join(names)}) and does not hold them, as "
            "xgboost before 3.1 wrote it: their codes cannot be known for other rows. Train and "
            "pin it with a newer xgboost."
        )
    return rows.assign(**{name: rows[name].astype("category") for name in names})


def _alphas(learner: Mapping[str, Any]) -> tuple[float, ...]:
    stated = learner["objective"].get("quantile_loss_param", {}).get("quantile_alpha")
    return tuple(float(each) for each in json.loads(stated)) if stated else ()


def _quantiles(alphas: tuple[float, ...], output: Array, rows: int) -> Reply:
    """Read several quantiles as a median between the ends of an interval."""
    if len(alphas) < 2:
        return Reply(predicted=one_column(output, rows))
    places = sorted(range(len(alphas)), key=lambda place: alphas[place])
    middle = [place for place in places if alphas[place] == 0.5]
    if not middle or len(alphas) < 3:
        raise DataError(
            f"the model predicts the quantiles {', '.join(f'{each:g}' for each in alphas)}: "
            "without the median (0.5) between two others there is no prediction to measure"
        )
    ends = np.sort(output[:, [places[0], places[-1]]], axis=1)
    return Reply(
        predicted=output[:, middle[0]],
        lower=ends[:, 0],
        upper=ends[:, 1],
        level=round(alphas[places[-1]] - alphas[places[0]], 12),
    )


def _trees(booster: Any) -> Part:
    return Part(
        values=(
            Value(
                name="model.rounds",
                number=int(booster.num_boosted_rounds()),
                unit="count",
                provenance=Provenance(by="model.object@1", pins=("model",)),
                label="Boosting rounds",
            ),
        )
    )


def _settings(learner: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    booster = learner["gradient_booster"]
    groups = [
        learner["learner_train_param"],
        booster.get("gbtree_model_param", {}),
        booster.get("gbtree_train_param", {}),
        booster.get("tree_train_param", {}),
    ]
    found = {
        name: str(value)
        for group in groups
        for name, value in group.items()
        if name not in _INTERNAL and isinstance(value, str) and value
    }
    return tuple((name, _tidy(found[name]), "") for name in sorted(found))


def _tidy(text: str) -> str:
    """Write ``0.300000012``, which is 0.3 in single precision, as 0.3."""
    try:
        number = np.float32(text)
    except ValueError:
        return text
    return text if text.lstrip("-").isdigit() else f"{number:g}"
