"""What a full card of 100,000 rows costs, and where its time goes.

    python benchmarks/evaluation.py                   # 100,000 rows, 30 features, 3 segments
    python benchmarks/evaluation.py --rows 20000 --rounds 1

A gradient boosting model of two classes, with everything a card can say of it: 1,000 bootstrap
replicates, groups and fairness over three segments, calibration, costs, thresholds, permutation
importance and partial dependence. The command is timed whole, from its start to the published HTML
and PDF; the stages are the pipeline's own, and the parts of measuring those of one more card.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import pstats
import resource
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import joblib
import numpy as np
import pandas as pd

from reportgen.api import project
from reportgen.api.workbench import Asked, Workbench
from reportgen.boards import open_board, parse_address
from reportgen.pipeline import measure_edition
from reportgen.report import Edition

AIM = 20.0
LEVELS = {"region": 8, "channel": 5, "age_band": 6}

PROJECT = """
project: A card of many rows
board: {type: folder, path: board, allow_pickle: [model]}
site: site
models:
  model:
    pin: model
    evaluation:
      data: {pin: rows}
      target: bought
      segments: [region, channel, age_band]
      costs: {false_positive: 1, false_negative: 5}
      importance: {}
reports:
  card: {model: model, template: model_card, formats: [html, pdf]}
"""

# The parts of measuring, each with all that it calls.
PARTS = {
    "_estimates": "metrics and their intervals",
    "_drawings": "curves and the confusion matrix",
    "measure_calibration": "calibration",
    "measure_thresholds": "thresholds and costs",
    "measure_gains": "gain and lift",
    "compare_groups": "groups",
    "compare_rates": "fairness",
    "compare_shares": "representation",
    "shuffle_features": "permutation importance",
    "measure_dependence": "partial dependence",
    "associated_groups": "features that move together",
    "measure_leakage": "features that give the answer away",
    "draw_sample": "the sample for importance",
    "measurable": "rows into arrays",
}


def drawn(rows: int, features: int, seed: int) -> pd.DataFrame:
    """Numbers, a few of which matter, and three columns of words."""
    random = np.random.default_rng(seed)
    numbers = random.normal(size=(rows, features - len(LEVELS)))
    frame = pd.DataFrame(numbers, columns=[f"x{at}" for at in range(numbers.shape[1])])
    for name, many in LEVELS.items():
        words = np.array([f"{name} {at}" for at in range(many)])
        frame[name] = words[
            random.choice(many, rows, p=np.arange(many, 0, -1) / sum(range(many + 1)))
        ]
    hidden = 1.2 * numbers[:, 0] - numbers[:, 1] * numbers[:, 2] + 0.5 * np.abs(numbers[:, 3])
    hidden += 0.4 * (frame["region"] == "region 1")
    frame["bought"] = (hidden + random.logistic(size=rows) > 1.5).astype(int)
    return frame


def build(folder: Path, rows: int, features: int) -> None:
    """Fit a model, and pin it with the rows it is judged on."""
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OrdinalEncoder

    known = drawn(20_000, features, seed=1)
    words = make_column_transformer(
        (OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), list(LEVELS)),
        remainder="passthrough",
    )
    model = make_pipeline(words, HistGradientBoostingClassifier(max_iter=100, random_state=0))
    model.fit(known.drop(columns="bought"), known["bought"])
    joblib.dump(model, folder / "model.joblib")
    drawn(rows, features, seed=2).to_parquet(folder / "rows.parquet", index=False)
    (folder / "board").mkdir()
    board = open_board(parse_address(str(folder / "board")), folder)
    created = datetime(2024, 1, 1, tzinfo=UTC)
    board.write("model", folder / "model.joblib", type="joblib", created=created)
    board.write("rows", folder / "rows.parquet", type="parquet", created=created)
    (folder / "reportgen.yml").write_text(PROJECT)
    project(folder).lock()


def timed(folder: Path) -> tuple[float, float, dict[str, float]]:
    """Make the card anew by the command; seconds, those of processors, and seconds by stage."""
    timings = folder / "timings.json"
    start, before = time.perf_counter(), _used()
    done = subprocess.run(
        [sys.executable, "-m", "reportgen", "render", "card", "--force"],
        cwd=folder,
        env={**os.environ, "REPORTGEN_TIMINGS": str(timings)},
        capture_output=True,
        text=True,
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return seconds, _used() - before, json.loads(timings.read_text())


def _used() -> float:
    """Seconds of processors that children which have ended used."""
    told = resource.getrusage(resource.RUSAGE_CHILDREN)
    return told.ru_utime + told.ru_stime


def parts(folder: Path) -> dict[str, float]:
    """Seconds of each part of measuring, the largest first."""
    handle = project(folder)
    spec = handle.reports["card"]
    with Workbench(handle.project, spec, Asked()) as bench:
        prepared = bench.prepared
        profile = cProfile.Profile()
        profile.enable()
        measure_edition(Edition(project=handle.project, spec=spec), prepared)
        profile.disable()
    found: dict[str, float] = {}
    for (file, _, name), (_, _, _, cumulative, _) in pstats.Stats(profile).stats.items():
        if name in PARTS and "measure" in file:
            found[PARTS[name]] = found.get(PARTS[name], 0.0) + cumulative
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--features", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with TemporaryDirectory() as place:
        folder = Path(place)
        build(folder, asked.rows, asked.features)
        runs = [timed(folder) for _ in range(asked.rounds)]
        median, used = (statistics.median(run[at] for run in runs) for at in (0, 1))
        print(
            f"{asked.rows:,} rows, {asked.features} features, {len(LEVELS)} segments, HTML and PDF"
        )
        print(f"{'the whole command, median':<40}{median:>8.2f} s   (aim: {AIM:g} s)")
        print(f"{'of processors, which neighbours do not slow':<40}{used:>8.2f} s")
        page = max(folder.glob("site/card/*/index.html"))
        print(f"{'the page':<40}{page.stat().st_size / 1000:>8.0f} kB")
        print("\nStages of the pipeline (they may overlap):")
        for stage, seconds in sorted(runs[-1][2].items(), key=lambda item: -item[1]):
            print(f"  {stage:<38}{seconds:>8.2f} s")
        print("\nParts of measuring, profiled (which slows them a little):")
        for part, seconds in parts(folder).items():
            print(f"  {part:<38}{seconds:>8.2f} s")


if __name__ == "__main__":
    main()
