"""Whole editions of the demo: right, the same everywhere, and never changed by a bad pin.

The independent numbers come from the pins with scikit-learn alone: nothing of reportgen is used
but the files it published.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn import metrics

pytestmark = pytest.mark.slow

CARD = "late-flights-card"
WEEKLY = "late-flights-weekly"


def reportgen(project: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reportgen", *words],
        cwd=project,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=280,
    )


def copy_of(demo: Path, folder: Path) -> Path:
    return Path(shutil.copytree(demo, folder, ignore=shutil.ignore_patterns("site")))


def newest(site: Path, report: str) -> Path:
    return (site / report / "latest").resolve()


@pytest.fixture(scope="module")
def rendered(rendered_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rendered demo of all tests, in a copy that may be written in."""
    project = tmp_path_factory.mktemp("rendered") / "project"
    return Path(shutil.copytree(rendered_demo, project, symlinks=True))


@pytest.fixture(scope="module")
def card(rendered: Path) -> dict[str, Any]:
    return json.loads((newest(rendered / "site", CARD) / "report.json").read_text())


def calibration_error(truth: np.ndarray, score: np.ndarray) -> float:
    """Mean distance of score and outcome over ten bins of equal size, by pandas alone."""
    rows = pd.DataFrame({"truth": truth, "score": score})
    bins = rows.groupby(pd.qcut(rows["score"], 10, labels=False))
    off = (bins["score"].mean() - bins["truth"].mean()).abs()
    return float((bins.size() / len(rows) * off).sum())


def test_every_metric_of_the_card_is_scikit_learns(rendered: Path, card: dict[str, Any]) -> None:
    board, pins = rendered / "board", card["pins"]
    model = joblib.load(next((board / "late-flights" / pins["model"]["version"]).glob("*.joblib")))
    rows = pd.read_parquet(
        next((board / "flights-test" / pins["data"]["version"]).glob("*.parquet"))
    )
    asked = yaml.safe_load((rendered / "reportgen.yml").read_text())["models"]["late-flights"]
    threshold = asked["evaluation"]["threshold"]
    known = rows["late"].notna()
    truth = rows.loc[known, "late"].astype(float).to_numpy() == 1
    score = model.predict_proba(rows.loc[known, list(model.feature_names_in_)])[:, 1]
    said = score >= threshold
    expected = {
        "rows": known.sum(),
        "unlabelled": (~known).sum(),
        "prevalence": truth.mean(),
        "selection_rate": said.mean(),
        "accuracy": metrics.accuracy_score(truth, said),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, said),
        "precision": metrics.precision_score(truth, said),
        "recall": metrics.recall_score(truth, said),
        "specificity": metrics.recall_score(~truth, ~said),
        "f1": metrics.f1_score(truth, said),
        "matthews_corrcoef": metrics.matthews_corrcoef(truth, said),
        "roc_auc": metrics.roc_auc_score(truth, score),
        "average_precision": metrics.average_precision_score(truth, score),
        "brier": metrics.brier_score_loss(truth, score),
        "log_loss": metrics.log_loss(truth, score),
        "ece": calibration_error(truth, score),
    }
    values = card["values"]
    for name, number in expected.items():
        assert values[f"evaluation.{name}"]["number"] == pytest.approx(number, abs=1e-12), name
    measured = {
        name.removeprefix("evaluation.")
        for name in values
        if name.startswith("evaluation.") and "[" not in name and name.count(".") == 1
    }
    fitted = {"calibration_slope", "calibration_intercept", "threshold"}
    assert measured - fitted == set(expected)
    carriers = rows.loc[known, "carrier"].to_numpy()
    for carrier in ("UA", "B6", "EV"):
        chosen = carriers == carrier
        number = metrics.roc_auc_score(truth[chosen], score[chosen])
        value = values[f"evaluation.roc_auc[carrier={carrier}]"]
        assert value["number"] == pytest.approx(number, abs=1e-12)
        assert value["n"] == chosen.sum()


def test_the_rows_of_all_periods_are_the_rows_of_the_data(rendered: Path) -> None:
    record = json.loads((newest(rendered / "site", WEEKLY) / "report.json").read_text())
    version = record["pins"]["data"]["version"]
    file = next((rendered / "board" / "flights-scored" / version).glob("*.parquet"))
    values = record["values"]
    by_period = [
        value["number"] for name, value in values.items() if name.startswith("volume.rows[")
    ]
    outside = ("volume.before", "volume.after", "volume.without_time")
    total = sum(by_period) + sum(values[name]["number"] for name in outside if name in values)
    assert (
        total == len(pd.read_parquet(file, columns=["late"])) == values["volume.total"]["number"]
    )


def test_a_week_is_the_local_week(rendered: Path) -> None:
    record = json.loads((newest(rendered / "site", WEEKLY) / "report.json").read_text())
    version = record["pins"]["data"]["version"]
    file = next((rendered / "board" / "flights-scored" / version).glob("*.parquet"))
    rows = pd.read_parquet(file)
    local = rows["sched_dep"].dt.tz_convert("America/New_York")
    week = rows[(local >= "2013-07-01") & (local < "2013-07-08")]
    known = week["late"].notna()
    truth = week.loc[known, "late"].astype(float).to_numpy() == 1
    values = record["values"]
    assert values["volume.rows"]["number"] == len(week)
    assert values["labels.rows"]["number"] == known.sum()
    assert values["performance.roc_auc"]["number"] == pytest.approx(
        metrics.roc_auc_score(truth, week.loc[known, "p_late"]), abs=1e-12
    )
    said = week.loc[known, "predicted_late"].astype(float).to_numpy() == 1
    assert values["performance.recall"]["number"] == pytest.approx(
        metrics.recall_score(truth, said), abs=1e-12
    )
    assert np.isclose(values["labels.complete"]["number"], known.mean())


@pytest.mark.parametrize("report", [CARD, WEEKLY])
def test_another_folder_zone_locale_and_hash_seed_give_the_same_bytes(
    report: str, rendered: Path, demo: Path, tmp_path: Path
) -> None:
    project = copy_of(demo, tmp_path / "another place" / "project")
    period = ["--period", "2013-W27"] if report == WEEKLY else []
    done = reportgen(
        project,
        "render",
        report,
        *period,
        "--to",
        "html,pdf,docx",
        TZ="Pacific/Auckland",
        LC_ALL="de_DE.UTF-8",
        PYTHONHASHSEED="7",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    first, second = (newest(p / "site", report) for p in (rendered, project))
    names = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert {"index.html", "report.pdf", "report.docx", "report.json"} <= set(map(str, names))
    different = [
        str(name)
        for name in names
        if str(name) != "manifest.json"  # which holds when it was made
        and (first / name).read_bytes() != (second / name).read_bytes()
    ]
    assert different == []


def test_nothing_is_done_when_nothing_changed(rendered: Path) -> None:
    before = newest(rendered / "site", CARD).stat().st_mtime_ns
    done = reportgen(rendered, "render", CARD, "--to", "html,pdf,docx")
    assert done.returncode == 0
    assert "nothing that goes into" in done.stdout + done.stderr
    assert newest(rendered / "site", CARD).stat().st_mtime_ns == before


def flip(folder: Path) -> None:
    file = next(path for path in folder.iterdir() if path.name != "data.txt")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def halve(folder: Path) -> None:
    file = next(path for path in folder.iterdir() if path.name != "data.txt")
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def forget(folder: Path) -> None:
    (folder / "data.txt").unlink()


@pytest.mark.parametrize("damage", [flip, halve, forget])
def test_a_damaged_pin_is_refused_by_name_and_the_site_stays(
    damage: Any, rendered: Path, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    shutil.copytree(rendered, project, symlinks=True)
    before = snapshot(project / "site")
    lock = json.loads((project / "reportgen.lock").read_text())
    version = lock["pins"]["flights-test@latest"]["version"]
    damage(project / "board" / "flights-test" / version)
    done = reportgen(project, "render", CARD, "--to", "html", "-P", "record=report.json")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "flights-test" in done.stderr
    assert version in done.stderr
    assert snapshot(project / "site") == before


def snapshot(site: Path) -> dict[str, bytes]:
    return {str(p.relative_to(site)): p.read_bytes() for p in site.rglob("*") if p.is_file()}


def test_a_failing_template_leaves_the_edition_and_the_notebook(
    rendered: Path, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    shutil.copytree(rendered, project, symlinks=True)
    before = newest(project / "site", CARD).name
    (project / "own.qmd").write_text(
        "---\ntitle: Own\n---\n\n```{python}\n#| label: sum\nx = 1\n```\n\n"
        "```{python}\n#| label: broken\n1 / 0\n```\n"
    )
    settings = (project / "reportgen.yml").read_text()
    changed = settings.replace(
        "model: late-flights\n    template: model_card",
        "model: late-flights\n    kind: card\n    template: own.qmd",
    )
    (project / "reportgen.yml").write_text(changed)
    done = reportgen(project, "render", CARD)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "own.qmd" in done.stderr
    assert "broken" in done.stderr
    assert "ZeroDivisionError" in done.stderr
    assert newest(project / "site", CARD).name == before
    left = list((project / "reportgen-failed").glob("*.ipynb"))
    assert len(left) == 1
