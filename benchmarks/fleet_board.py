"""A project with many models: the board, the project file, and a notebook made by hand.

Each model is of another class or setting, learned from rows of its own and is asked about rows
of its own, so that nothing but the program can be shared between two cards.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from reportgen.boards import open_board
from reportgen.report import BoardSpec

ROWS = 2000
NUMBERS = ("income", "debt", "age", "years_employed", "open_accounts", "late_payments")
GROUPS = ("north", "south", "east", "west")
BIRTH = datetime(2024, 3, 1, 6, tzinfo=UTC)


def applicants(seed: int, rows: int = ROWS) -> pd.DataFrame:
    """Draw people who ask for credit: six numbers, two texts, and whether they paid it back."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(random.normal(size=(rows, len(NUMBERS))), columns=list(NUMBERS))
    frame["region"] = random.choice(GROUPS, rows, p=[0.4, 0.3, 0.2, 0.1])
    frame["channel"] = random.choice(["branch", "web", "phone"], rows)
    weights = np.array([0.9, -0.8, 0.3, 0.5, -0.2, -1.1])
    logit = frame[list(NUMBERS)].to_numpy() @ weights + 0.5 * (frame["region"] == "west") - 0.7
    frame["repaid"] = random.random(rows) < 1 / (1 + np.exp(-logit))
    return frame


def estimator(number: int) -> Any:
    """Give the model of that number: five classes, each with settings of its own."""
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import GaussianNB
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler
    from sklearn.tree import DecisionTreeClassifier

    step = number // 5
    models = (
        LogisticRegression(C=0.1 * (step + 1), max_iter=500),
        DecisionTreeClassifier(max_depth=3 + step % 8, random_state=number),
        RandomForestClassifier(n_estimators=10 + step, max_depth=6, random_state=number),
        HistGradientBoostingClassifier(max_iter=20 + step, random_state=number),
        GaussianNB(var_smoothing=1e-9 * (step + 1)),
    )
    texts = OneHotEncoder(sparse_output=False, handle_unknown="ignore")
    columns = make_column_transformer(
        (StandardScaler(), list(NUMBERS)), (texts, ["region", "channel"])
    )
    return make_pipeline(columns, models[number % 5])


def build(folder: Path, models: int) -> Path:
    """Pin models and rows, and write the project; give its file."""
    import joblib

    (folder / "board").mkdir(parents=True)
    board = open_board(BoardSpec(type="folder", path="board"), folder)
    names = [f"credit-{number:03d}" for number in range(models)]
    with TemporaryDirectory() as place:
        for number, name in enumerate(names):
            learned = applicants(2 * number)
            fitted = estimator(number).fit(learned.drop(columns="repaid"), learned["repaid"])
            model, data = Path(place) / f"{name}.joblib", Path(place) / f"{name}.parquet"
            joblib.dump(fitted, model)
            applicants(2 * number + 1).to_parquet(data, index=False)
            created = BIRTH + timedelta(hours=number)
            board.write(name, model, type="joblib", created=created)
            board.write(f"{name}-test", data, type="parquet", created=created)
    return write_project(folder, names)


def write_project(folder: Path, names: list[str]) -> Path:
    """Write reportgen.yml: a card for each model."""
    lines = ["project: Credit", "board:", "  type: folder", "  path: board"]
    lines += [f"  allow_pickle: [{', '.join(names)}]", "site: site", "models:"]
    for name in names:
        lines += [f"  {name}:", f"    pin: {name}", "    evaluation:"]
        lines += [f"      data: {{pin: {name}-test}}", "      target: repaid"]
        lines += ["      segments: [region]"]
    lines.append("reports:")
    for name in names:
        lines += [f"  {name}-card:", f"    model: {name}", "    template: model_card"]
        lines += ["    formats: [html]"]
    path = folder / "reportgen.yml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


BY_HAND = [
    "model_file = ''\ndata_file = ''",
    """
import joblib
import numpy as np
import pandas as pd
import plotnine as p9
from sklearn import metrics
from sklearn.calibration import calibration_curve

model, data = joblib.load(model_file), pd.read_parquet(data_file)
true, score = data["repaid"], model.predict_proba(data.drop(columns="repaid"))[:, 1]
said = score >= 0.5
""",
    """
random = np.random.default_rng(0)
names = {"accuracy": metrics.accuracy_score, "precision": metrics.precision_score,
         "recall": metrics.recall_score, "f1": metrics.f1_score}
rows = []
for name, measure in names.items():
    drawn = [random.integers(0, len(true), len(true)) for _ in range(200)]
    spread = [measure(true.to_numpy()[d], said[d]) for d in drawn]
    rows.append((name, measure(true, said), *np.quantile(spread, [0.025, 0.975])))
rows += [("roc_auc", metrics.roc_auc_score(true, score), None, None),
         ("brier", metrics.brier_score_loss(true, score), None, None)]
pd.DataFrame(rows, columns=["metric", "value", "low", "high"])
""",
    "pd.crosstab(true, said)",
    """
a, b, _ = metrics.roc_curve(true, score)
p9.ggplot(pd.DataFrame({"fpr": a, "tpr": b}), p9.aes("fpr", "tpr")) + p9.geom_line()
""",
    """
a, b, _ = metrics.precision_recall_curve(true, score)
p9.ggplot(pd.DataFrame({"recall": b, "precision": a}), p9.aes("recall", "precision")) + p9.geom_line()
""",
    """
a, b = calibration_curve(true, score, n_bins=10)
p9.ggplot(pd.DataFrame({"said": b, "was": a}), p9.aes("said", "was")) + p9.geom_line() + p9.geom_point()
""",
    """
frame = pd.DataFrame({"score": score, "repaid": true})
p9.ggplot(frame, p9.aes("score", fill="repaid")) + p9.geom_histogram(bins=20)
""",
    """
groups = data.assign(right=true == said).groupby("region")["right"].agg(["mean", "size"]).reset_index()
groups
""",
    'p9.ggplot(groups, p9.aes("region", "mean")) + p9.geom_col()',
]


def write_notebook(path: Path) -> None:
    """Write the notebook that a careful person would write for such a card."""
    cells: list[dict[str, Any]] = [
        {"cell_type": "markdown", "id": "head", "metadata": {}, "source": "# Model card"}
    ]
    for number, source in enumerate(BY_HAND):
        tags = {"tags": ["parameters"]} if number == 0 else {}
        cells.append(
            {
                "cell_type": "code", "id": f"cell-{number}", "metadata": tags,
                "execution_count": None, "outputs": [], "source": source.strip(),
            }
        )  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4,
                "nbformat_minor": 5}  # fmt: skip
    path.write_text(json.dumps(notebook), encoding="utf-8")
