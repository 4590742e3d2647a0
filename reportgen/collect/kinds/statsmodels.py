"""Results of statsmodels: linear models, GLMs and discrete choice, from formulas or arrays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reportgen.collect.kinds.arrays import both_sides, class_names, one_column
from reportgen.collect.kinds.coefficients import coefficient_part
from reportgen.collect.kinds.formulas import formula_columns
from reportgen.collect.kinds.kind import Array, Nature, Question, Reads, Reply, Said, Told
from reportgen.errors import DataError
from reportgen.report import Task

__all__ = ["StatsmodelsResults"]

_TWO_CLASSES = ("Logit", "Probit")
_MORE_CLASSES = ("MNLogit", "OrderedModel")
_NO_TABLE = ("statsmodels.tsa.", "statsmodels.duration.")
_LEVEL = re.compile(r"\[(?:T\.)?(.+)\]$")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatsmodelsResults:
    """A fitted model, as ``fit()`` returns it; see `reportgen.collect.kinds.Kind`.

    Two classes are told by Logit, Probit and a GLM of the binomial family over single outcomes;
    the scores are its fitted probabilities. OLS gives a prediction interval of any level.
    """

    model: Any
    said: Said

    @property
    def features(self) -> tuple[str, ...]:
        """Columns that its formula reads, or those of the frame it was fitted on."""
        if self._formula:
            return formula_columns(self._inner)
        named = type(self._inner.data).__name__ == "PandasData"
        return tuple(str(name) for name in self._inputs) if named else ()

    @property
    def width(self) -> int | None:
        """How many columns it needs, without the constant."""
        return None if self._formula else len(self._inputs)

    @property
    def reads(self) -> Reads:
        """A frame: the columns of a formula are found by name."""
        return "columns" if self.features else "array"

    @property
    def numbered(self) -> bool:
        """Two classes are 0 and 1 to it, unless a formula named them."""
        return self._inner_name in _TWO_CLASSES

    @property
    def _inner(self) -> Any:
        return self.model.model

    @property
    def _inner_name(self) -> str:
        return type(self._inner).__name__

    @property
    def _formula(self) -> str:
        return str(getattr(self._inner, "formula", None) or "")

    @property
    def _constant(self) -> int | None:
        """Place of the constant among the columns of its array, where it is one of them."""
        place = getattr(self._inner.data, "const_idx", None)
        return place if getattr(self._inner, "k_constant", 0) and place is not None else None

    @property
    def _inputs(self) -> tuple[Any, ...]:
        names = list(self._inner.exog_names or ())
        count = getattr(self._inner, "k_vars", None)
        inputs = names if count is None else names[: int(count)]
        return tuple(name for place, name in enumerate(inputs) if place != self._constant)

    def nature(
        self, _rows: pd.DataFrame | None, _truth: pd.Series[Any] | None, _asked: Task | None, /
    ) -> Nature:
        """Tell the task by the kind of model and, of a GLM, by its family.

        Raises
        ------
        DataError
            It forecasts a time series or a duration, which are no answers about rows.
        """
        if type(self._inner).__module__.startswith(_NO_TABLE):
            raise DataError(
                f"a {self._inner_name} of statsmodels forecasts times or durations; only models "
                "that answer about each row of a table are measured"
            )
        if self._inner_name in _MORE_CLASSES:
            classes = tuple(_plain(name) for name in self._levels())
            return Nature(task="multiclass", classes=classes)
        if self._inner_name in _TWO_CLASSES:
            return Nature(task="classification", classes=class_names(self.said.classes, 2))
        if self._of_single_outcomes():
            named = self._named_outcomes() or class_names(self.said.classes, 2)
            return Nature(task="classification", classes=tuple(sorted(named, key=str)))
        return Nature(task="regression")

    def _levels(self) -> tuple[Any, ...]:
        names = getattr(self._inner, "_ynames_map", None)
        return tuple(names[place] for place in sorted(names)) if names else self._inner.labels

    def _of_single_outcomes(self) -> bool:
        family = type(getattr(self._inner, "family", None)).__name__
        trials = np.asarray(getattr(self._inner, "n_trials", 1))
        outcomes = getattr(self._inner, "endog", None)
        single = outcomes is None or set(np.unique(outcomes)) <= {0.0, 1.0}
        return family == "Binomial" and bool((trials == 1).all()) and single

    def _named_outcomes(self) -> tuple[str, str] | None:
        """Read what a formula made of a target of words or booleans.

        It makes two columns, ``late[False]`` and ``late[True]``, and statsmodels takes the
        *first* for success: the fitted probability is then of ``False``.

        Returns
        -------
        the other level, and the one whose probability is fitted
        """
        names = self._inner.endog_names
        if isinstance(names, str) or len(names) != 2:
            return None
        levels = [_LEVEL.search(str(name)) for name in names]
        if None in levels:
            return None
        success, other = (str(found[1]) for found in levels if found)
        return other, success

    def reply(self, rows: pd.DataFrame, question: Question, /) -> Reply:
        """Answer with ``predict``; a row with a missing value gets no answer."""
        self._refuse_offsets()
        given = self._given(rows)
        output = np.asarray(self.model.predict(given), dtype=float)
        if question.nature.task == "regression":
            predicted = one_column(output, len(rows))
            lower, upper, level = self._interval(given, len(rows), question.level)
            return Reply(predicted=predicted, lower=lower, upper=upper, level=level)
        if output.ndim == 2 and output.shape[1] > 1:
            return Reply(scores=output)
        scores = both_sides(one_column(output, len(rows)))
        named = self._named_outcomes()
        if named and str(question.nature.classes[0]) == named[1]:
            scores = scores[:, ::-1]
        return Reply(scores=scores)

    def _refuse_offsets(self) -> None:
        for name in ("offset", "exposure"):
            values = getattr(self._inner, name, None)
            if values is not None and np.any(np.asarray(values, dtype=float) != 0):
                raise DataError(
                    f"the model was fitted with an {name}, which its pin does not know for other "
                    "rows: without it, what it predicts cannot be compared with the target"
                )

    def _given(self, rows: pd.DataFrame) -> Any:
        plain = rows.reset_index(drop=True)  # statsmodels finds rows by their labels
        if self._formula:
            return plain
        numbers = plain.to_numpy(dtype=float)
        if self._constant is None or numbers.shape[1] != len(self._inputs):
            return numbers
        return np.insert(numbers, self._constant, self._constant_value(), axis=1)

    def _constant_value(self) -> float:
        fitted = getattr(self._inner, "exog", None)
        return 1.0 if fitted is None else float(np.asarray(fitted)[0, self._constant])

    def _interval(
        self, given: Any, count: int, level: float
    ) -> tuple[Array | None, Array | None, float | None]:
        predict = getattr(self.model, "get_prediction", None)  # not of a penalised fit
        if self._inner_name != "OLS" or predict is None or self._inner.exog is None:
            return None, None, None
        frame = predict(given).summary_frame(alpha=1.0 - level)
        if len(frame) != count:  # rows with missing values were left out
            frame = frame.reindex(range(count))
        return frame["obs_ci_lower"].to_numpy(), frame["obs_ci_upper"].to_numpy(), level

    def tell(self) -> Told:
        """Tell formula, family, how it was fitted, and its coefficients."""
        facts = {"formula": ("Formula", " ".join(self._formula.split()))}
        return Told(
            subject=self._inner,
            facts={name: fact for name, fact in facts.items() if fact[1]},
            parameters=tuple(self._parameters()),
            part=coefficient_part(self.model, tuple(map(str, self._level_names()))),
        )

    def _parameters(self) -> Iterator[tuple[str, str, str]]:
        family = getattr(self._inner, "family", None)
        if family is not None:
            yield "family", type(family).__name__, ""
            yield "link", type(family.link).__name__, ""
        for name in ("method", "cov_type", "use_t"):
            setting = getattr(self.model, name, None)
            if isinstance(setting, str | bool):
                yield name, str(setting), ""

    def _level_names(self) -> tuple[Any, ...]:
        return self._levels() if self._inner_name == "MNLogit" else ()


def _plain(level: Any) -> Any:
    """Read back a number that statsmodels wrote as text."""
    if not isinstance(level, str):
        return getattr(level, "item", lambda: level)()
    try:
        number = float(level)
    except ValueError:
        return level
    return int(number) if number.is_integer() else number
