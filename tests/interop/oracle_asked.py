"""Ask Evidently or NannyML about the rows of `oracle_rows`, and keep what they say beside this file.

They want another pandas than ours, so each is asked once, in an environment of its own:

    python3.11 -m venv /somewhere/else
    /somewhere/else/bin/pip install 'evidently==0.7.23' 'pandas<3'
    /somewhere/else/bin/python tests/interop/oracle_asked.py evidently

    /somewhere/other/bin/pip install 'nannyml==0.13.1' statsmodels 'pandas<3'
    /somewhere/other/bin/python tests/interop/oracle_asked.py nannyml

`oracle_evidently.json` and `oracle_nannyml.json` hold their numbers, their versions and the names
of the rows; the tests hold ours against them. With --check nothing is written, and what differs
from what was kept is said.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import oracle_rows as rows
import pandas as pd

os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"  # nothing is told of what is asked here
os.environ["DO_NOT_TRACK"] = "1"

Numbers = dict[str, Any]
WITH = ("numpy", "pandas", "scipy", "scikit-learn")


def evidently() -> Numbers:
    return {
        "drift": evidently_drift(),
        "classification": evidently_classes(),
        "regression": evidently_numbers(),
    }


def evidently_drift() -> Numbers:
    from evidently import DataDefinition, Dataset, Report
    from evidently.metrics import ValueDrift

    before, now = rows.drift_rows()
    definition = DataDefinition(
        numerical_columns=list(rows.NUMBERS), categorical_columns=list(rows.LEVELS)
    )
    sides = [Dataset.from_pandas(side, data_definition=definition) for side in (now, before)]
    asked = [
        (column, method)
        for columns, methods in (
            (rows.NUMBERS, ("psi", "jensenshannon", "wasserstein", "ks")),
            (rows.LEVELS, ("psi", "jensenshannon", "chisquare", "TVD")),
        )
        for column in columns
        for method in methods
        if (column, method) != ("many", "TVD")  # takes minutes
    ]
    found: Numbers = {}
    for column, method in asked:
        made = Report([ValueDrift(column=column, method=method)]).run(*sides).dict()
        found.setdefault(column, {})[method] = float(made["metrics"][0]["value"])
    return found


def evidently_classes() -> Numbers:
    """Ask for metrics with the labels that were predicted, and then with the scores as well."""
    from evidently import BinaryClassification, DataDefinition, Dataset, Report
    from evidently.metrics import FNR, FPR, Accuracy, F1Score, LogLoss, Precision, Recall, RocAuc

    table = rows.scored_rows()[1].drop(columns="time")
    of_labels = (Accuracy, Precision, Recall, F1Score, FPR, FNR)
    found: Numbers = {}
    for name, score, kinds in (
        ("labels", None, of_labels),
        ("scores", "score", (*of_labels, RocAuc, LogLoss)),
    ):
        asked = BinaryClassification(
            target="late", prediction_labels="predicted", prediction_probas=score
        )
        definition = DataDefinition(numerical_columns=["known", "score"], classification=[asked])
        now = Dataset.from_pandas(table, data_definition=definition)
        found[name] = {kind.__name__: _single(Report([kind()]).run(now, None)) for kind in kinds}
    return found


def evidently_numbers() -> Numbers:
    from evidently import DataDefinition, Dataset, Regression, Report
    from evidently.metrics import MAE, MAPE, RMSE, MeanError, R2Score

    definition = DataDefinition(
        numerical_columns=["a", "b", "predicted", "price"],
        regression=[Regression(target="price", prediction="predicted")],
    )
    now = Dataset.from_pandas(
        rows.priced_rows()[1].drop(columns="time"), data_definition=definition
    )
    kinds = (MAE, MAPE, RMSE, MeanError, R2Score)
    return {kind.__name__: _single(Report([kind()]).run(now, None)) for kind in kinds}


def _single(made: Any) -> float:
    value = made.dict()["metrics"][0]["value"]
    return float(value["mean"] if isinstance(value, dict) else value)


def nannyml() -> Numbers:
    return {
        "drift": nannyml_drift(),
        "together": {str(at): nannyml_together(at) for at in (0.0, 0.95)},
        "classification": nannyml_classes(),
        "regression": nannyml_numbers(),
    }


def nannyml_drift() -> Numbers:
    from nannyml import UnivariateDriftCalculator

    before, now = rows.drift_rows()
    columns = [*rows.NUMBERS, *rows.LEVELS]
    calculator = UnivariateDriftCalculator(
        column_names=columns,
        treat_as_categorical=list(rows.LEVELS),
        continuous_methods=["kolmogorov_smirnov", "jensen_shannon", "wasserstein", "hellinger"],
        categorical_methods=["chi2", "jensen_shannon", "l_infinity", "hellinger"],
        chunk_number=1,
    )
    table = calculator.fit(before).calculate(now).filter(period="analysis").to_df()
    return {
        column: {
            method: float(table[(column, method, "value")].iloc[0])
            for method in table[column].columns.get_level_values(0).unique()
        }
        for column in columns
    }


def nannyml_together(correlation: float) -> float:
    from nannyml import DomainClassifierCalculator

    before, now = rows.together_rows(correlation)
    calculator = DomainClassifierCalculator(feature_column_names=list("abcd"), chunk_number=1)
    calculator.fit(before)
    table = calculator.calculate(now).filter(period="analysis").to_df()
    return float(table[("domain_classifier_auroc", "value")].iloc[0])


def nannyml_classes() -> Numbers:
    from nannyml import CBPE, PerformanceCalculator

    names = ["accuracy", "precision", "recall", "f1", "specificity", "roc_auc"]
    columns = {"y_true": "late", "y_pred": "predicted", "y_pred_proba": "score"}
    how = {
        "problem_type": "classification_binary",
        "timestamp_column_name": "time",
        "chunk_period": "W",
    }
    before, now = rows.scored_rows()
    real = PerformanceCalculator(metrics=[*names, "average_precision"], **columns, **how)
    guess = CBPE(metrics=names, **columns, **how)
    return {
        "realized": _weekly(real.fit(before).calculate(now), [*names, "average_precision"]),
        "estimated": _weekly(guess.fit(before).estimate(now.drop(columns="late")), names),
    }


def nannyml_numbers() -> Numbers:
    from nannyml import DLE, PerformanceCalculator

    names = ["mae", "mape", "mse", "rmse"]
    columns = {"y_true": "price", "y_pred": "predicted", "timestamp_column_name": "time"}
    before, now = rows.priced_rows()
    real = PerformanceCalculator(
        metrics=names, problem_type="regression", chunk_period="W", **columns
    )
    guess = DLE(
        metrics=["mae", "rmse"],
        feature_column_names=["a", "b"],
        chunk_period="W",
        hyperparameters={"random_state": 0, "verbosity": -1},
        **columns,
    )
    return {
        "realized": _weekly(real.fit(before).calculate(now), names),
        "estimated": _weekly(
            guess.fit(before).estimate(now.drop(columns="price")), ["mae", "rmse"]
        ),
    }


def _weekly(result: Any, names: list[str]) -> Numbers:
    table = result.filter(period="analysis").to_df()
    return {name: [float(number) for number in table[(name, "value")]] for name in names}


def main() -> None:
    warnings.simplefilter("ignore")
    np.random.seed(0)  # of the permutations that Evidently makes
    tool = sys.argv[1]
    found = {
        "tool": tool,
        "versions": {name: version(name) for name in (tool, *WITH)},
        "rows": rows.names(),
        **{"evidently": evidently, "nannyml": nannyml}[tool](),
    }
    path = Path(__file__).with_name(f"oracle_{tool}.json")
    if "--check" in sys.argv:
        kept, now = (pd.json_normalize(one).T[0] for one in (json.loads(path.read_text()), found))
        differs = [name for name in kept.index if kept[name] != now.get(name)]
        print("\n".join(f"{name}: {kept[name]} -> {now.get(name)}" for name in differs) or "same")
        return
    path.write_text(json.dumps(found, indent=1) + "\n")
    print(f"kept in {path.name}")


if __name__ == "__main__":
    main()
