"""Cards of different models made side by side are, byte for byte, those made one by one."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

import reportgen as rg
from reportgen.boards import open_board
from reportgen.errors import ToolError
from reportgen.report import BoardSpec, Manifest

MODELS = {
    "line": LogisticRegression(),
    "tree": DecisionTreeClassifier(max_depth=2, random_state=0),
}
TEMPLATE = """\
---
title: A small card
format: {{html: default}}
---

```{{python}}
#| tags: [parameters]
record = "report.json"
```

```{{python}}
from reportgen.present import figure, open_report, show, tables
report = open_report(record)
{more}
```

Right in `{{python}} show(report["evaluation.accuracy"])` of the rows.

```{{python}}
tables(report, "evaluation.metrics")
```

```{{python}}
figure(report, "evaluation.roc")
```
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pin two models and their rows, and name a card of each."""
    folder = tmp_path_factory.mktemp("credit")
    (folder / "board").mkdir()
    board = open_board(BoardSpec(type="folder", path="board"), folder)
    random = np.random.default_rng(7)
    frame = pd.DataFrame(random.normal(size=(300, 2)), columns=["income", "debt"])
    frame["repaid"] = frame["income"] + random.normal(size=300) > frame["debt"]
    created = datetime(2024, 3, 1, 6, tzinfo=UTC)
    frame.to_parquet(folder / "rows.parquet", index=False)
    board.write("rows", folder / "rows.parquet", type="parquet", created=created)
    for name, model in MODELS.items():
        joblib.dump(model.fit(frame[["income", "debt"]], frame["repaid"]), folder / "model.joblib")
        board.write(name, folder / "model.joblib", type="joblib", created=created)
    lines = ["project: Credit", "board: {type: folder, path: board, allow_pickle: [line, tree]}"]
    lines += ["site: site", "models:"]
    for name in MODELS:
        lines += [f"  {name}:", f"    pin: {name}"]
        lines += ["    evaluation: {data: {pin: rows}, target: repaid}"]
    lines.append("reports:")
    for name in MODELS:
        card = f"{{model: {name}, template: {name}.qmd, kind: card, formats: [html]}}"
        lines.append(f"  {name}-card: {card}")
        (folder / f"{name}.qmd").write_text(TEMPLATE.format(more=""))
    (folder / "reportgen.yml").write_text("\n".join(lines) + "\n")
    rg.project(folder).lock()
    return folder


def copy(built: Path, place: Path) -> Path:
    shutil.copytree(built, place)
    return place


@pytest.fixture(scope="module")
def alone(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cards made one by one, which others are compared with."""
    folder = copy(built, tmp_path_factory.mktemp("alone") / "project")
    assert told(rg.project(folder).render()) == [("line-card", True), ("tree-card", True)]
    return folder


def published(folder: Path) -> dict[str, bytes]:
    """Give the bytes of every file of the site, but for when it was made."""
    found = {}
    for path in sorted((folder / "site").glob("*/2*/**/*")):
        if path.is_file():
            content = path.read_bytes()
            if path.name == "manifest.json":
                content = json.dumps({**json.loads(content), "made": ""}).encode()
            found[path.relative_to(folder).as_posix()] = content
    return found


def told(made: tuple[Manifest, ...]) -> list[tuple[str, bool]]:
    return [(manifest.report, manifest.fresh) for manifest in made]


def test_side_by_side_and_one_by_one_give_the_same_bytes(
    built: Path, alone: Path, tmp_path: Path
) -> None:
    apart = copy(built, tmp_path / "apart")
    cards = ["line-card", "tree-card"]
    assert told(rg.project(apart).render(jobs=2)) == [(name, True) for name in cards]
    assert list(published(apart)) == list(published(alone))
    assert published(apart) == published(alone)
    assert (apart / "site" / "line-card" / "latest").exists()
    again = rg.project(apart).render(jobs=2)
    assert told(again) == [(name, False) for name in cards]
    forced = rg.project(apart).render(jobs=2, force=True)
    assert [m.remade and m.remade.differs for m in forced] == [(), ()]


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_gives_the_same_bytes(built: Path, alone: Path, tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed", exc_type=ImportError)
    spread = copy(built, tmp_path / "spread")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        made = rg.project(spread).render("line-card", cluster=cluster.scheduler_address)
    assert told(made) == [("line-card", True)]
    line = {name: text for name, text in published(alone).items() if "/line-card/" in name}
    assert line
    assert published(spread) == line


def test_one_that_fails_does_not_stop_the_others(built: Path, tmp_path: Path) -> None:
    folder = copy(built, tmp_path / "broken")
    (folder / "line.qmd").write_text(TEMPLATE.format(more="1 / 0"))
    with pytest.raises(ToolError, match=r"1 of 2 could not be made.*\nline-card: .*line\.qmd"):
        rg.project(folder).render(jobs=2)
    assert {path.parts[1] for path in map(Path, published(folder))} == {"tree-card"}
    assert list((folder / "reportgen-failed").glob("line-card-*.ipynb"))
