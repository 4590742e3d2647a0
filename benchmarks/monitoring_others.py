"""The same rows asked of Evidently or NannyML, in an environment of its own; prints JSON.

Run by ``monitoring.py``. Needs nothing of ours: only the tool, pandas below 3, and pyarrow.
"""

import json
import os
import sys
import warnings
from pathlib import Path
from time import perf_counter, process_time

import pandas as pd

warnings.simplefilter("ignore")
# Neither waits for a network in order to tell of its use.
os.environ |= {"NML_DISABLE_USAGE_LOGGING": "1", "DO_NOT_TRACK": "1"}


def evidently(folder: Path) -> tuple[float, float]:
    from evidently import BinaryClassification, DataDefinition, Dataset, Report
    from evidently.presets import ClassificationPreset, DataDriftPreset, DataSummaryPreset

    sides = []
    for name in ("scored", "reference"):
        frame = pd.read_parquet(folder / f"{name}.parquet").drop(columns="time")
        frame[["late", "predicted"]] = frame[["late", "predicted"]].astype(int)
        numbers = [column for column in frame if column.startswith("number")] + ["score"]
        definition = DataDefinition(
            numerical_columns=numbers,
            categorical_columns=[column for column in frame if column.startswith("level")],
            classification=[
                BinaryClassification(
                    target="late", prediction_labels="predicted", prediction_probas="score"
                )
            ],
        )
        sides.append(Dataset.from_pandas(frame, data_definition=definition))
    start, busy = perf_counter(), process_time()
    report = Report([DataDriftPreset(), DataSummaryPreset(), ClassificationPreset()])
    made = report.run(*sides)
    made.dict()
    return perf_counter() - start, process_time() - busy


def nannyml(folder: Path) -> tuple[float, float]:
    from nannyml import PerformanceCalculator

    frame = pd.read_parquet(
        folder / "scored.parquet", columns=["time", "score", "predicted", "late"]
    )
    frame["time"] = frame["time"].dt.tz_localize(None)
    frame[["late", "predicted"]] = frame[["late", "predicted"]].astype(int)
    calculator = PerformanceCalculator(
        metrics=["accuracy", "precision", "recall", "f1", "roc_auc"],
        y_true="late",
        y_pred="predicted",
        y_pred_proba="score",
        problem_type="classification_binary",
        timestamp_column_name="time",
        chunk_period="W",
    )
    calculator.fit(frame.head(100_000))
    start, busy = perf_counter(), process_time()
    calculator.calculate(frame)
    return perf_counter() - start, process_time() - busy


if __name__ == "__main__":
    seconds, busy = {"evidently": evidently, "nannyml": nannyml}[sys.argv[1]](Path(sys.argv[2]))
    # Not ru_maxrss, which starts from what the process held that started this one.
    peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
    print(json.dumps({"s": seconds, "processor": busy, "mb": peak}))
