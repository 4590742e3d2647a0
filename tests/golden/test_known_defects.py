"""Where tools of this field print a wrong number, or none: for each defect, what we do instead.

The letters are those of our own survey of such defects: A1 to A15.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import warnings
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pins
import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import mean_absolute_error

import reportgen as rg
from reportgen.api.document import render_own
from reportgen.boards import open_board, parse_address
from reportgen.errors import NotFoundError, PinError, ProjectError, UserError
from reportgen.report import Provenance, Value, canonical_json, dump_record, load_record
from tests.boards_support import PINS_LEAVES_FILES_OPEN, VETIVER_USES_OLD_PYDANTIC

pytestmark = [pytest.mark.slow, PINS_LEAVES_FILES_OPEN, VETIVER_USES_OLD_PYDANTIC]


def write(board: Path, name: str, frame: pd.DataFrame, day: int = 1, kind: str = "parquet") -> str:
    """Pin a frame as our own door writes it; gives the version."""
    board.mkdir(exist_ok=True)
    file = board.parent / f"{name}.{kind}"
    if kind == "parquet":
        frame.to_parquet(file, index=False)
    else:
        frame.to_csv(file, index=False)
    opened = open_board(parse_address(str(board)), board.parent)
    created = datetime(2024, 1, day, 6, tzinfo=UTC)
    return opened.write(name, file, type=kind, created=created).version


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A board with a random forest on three features, pinned by vetiver itself."""
    folder = tmp_path_factory.mktemp("houses") / "board"
    random = np.random.default_rng(1)
    features = pd.DataFrame(random.normal(size=(200, 3)), columns=["area", "rooms", "age"])
    price = features.sum(axis=1) + random.normal(size=200)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import vetiver

        model = RandomForestRegressor(5, random_state=1).fit(features, price)
        board = pins.board_folder(str(folder), allow_pickle_read=True)
        named = vetiver.VetiverModel(model, "houses", prototype_data=features)
        vetiver.vetiver_pin_write(board, named)
    write(folder, "sold", features.assign(price=price, town=["Aa", "Bb"] * 100))
    return folder


def scored(times: list[str] | pd.DatetimeIndex) -> pd.DataFrame:
    known = np.arange(len(times)) % 2
    return pd.DataFrame({"at": times, "said": known, "true": known})


def watch(board: Path, frame: pd.DataFrame, every: Any, kind: str = "parquet") -> dict[str, Value]:
    """A monitoring report of the newest period, all of whose rows must add up."""
    write(board, "scored", frame, day=30, kind=kind)
    model = LogisticRegression().fit(pd.DataFrame({"x": [0.0, 1.0]}), [0, 1])
    if not (board / "model").exists():
        opened = pins.board_folder(str(board), allow_pickle_read=True)
        opened.pin_write(model, "model", type="joblib")
    report = rg.monitor(
        str(board),
        "model",
        data="scored",
        time="at",
        prediction="said",
        target="true",
        every=every,
    )
    return dict(report.values)


def rows_by_period(values: dict[str, Value]) -> dict[str, int]:
    named = {name: v.number for name, v in values.items() if name.startswith("volume.rows[")}
    return {
        name.removeprefix("volume.rows[period=")[:-1]: int(n or 0) for name, n in named.items()
    }


@pytest.mark.parametrize("loaded", [True, False], ids=["the model", "the prototype alone"])
def test_a1_the_features_of_a_prototype_are_counted(houses: Path, loaded: bool) -> None:
    evaluated = {"data": "sold", "target": "price", "trust_model": True}
    card = rg.card(str(houses), "houses", **(evaluated if loaded else {}))  # type: ignore[arg-type]
    assert card.value("model.features").number == 3
    named = [row[0].text for row in card.data.tables["model.features"].rows]
    assert named == ["area", "rooms", "age"]


def test_a2_the_version_and_the_day_are_the_pins(houses: Path, tmp_path: Path) -> None:
    """Of two versions the one that was asked for, on the page as well, on whichever day."""
    board = Path(shutil.copytree(houses, tmp_path / "board"))
    (first,) = (folder.name for folder in (board / "houses").iterdir())
    opened = open_board(parse_address(str(board)), tmp_path)
    second = opened.write(
        "houses",
        next((board / "houses" / first).glob("*.joblib")),
        type="joblib",
        created=datetime(2031, 2, 3, 12, tzinfo=UTC),
    ).version
    created = yaml.safe_load((board / "houses" / first / "data.txt").read_text())["created"]
    days = {first: f"{created[:4]}-{created[4:6]}-{created[6:8]}", second: "2031-02-03"}
    asked = {None: second, first: first, second: second}
    for version, expected in asked.items():
        card = rg.card(str(board), "houses", version=version)
        assert card.data.edition == expected
        assert card.data.facts["model.version"].text == expected
        assert card.data.as_of.isoformat() == days[expected]
    (page,) = rg.card(str(board), "houses", version=first).save(tmp_path / "card.html")
    text = page.read_text()
    assert first in text
    assert second not in text
    assert f"{date.today():%Y-%m-%d}" not in text.replace(days[first], "")


@pytest.mark.parametrize(
    ("times", "every", "expected"),
    [
        (pd.date_range("2024-01-01", periods=3), "day", {"2024-01-02": 1, "2024-01-03": 1}),
        (
            pd.date_range("2024-01-01", periods=15),
            "week",
            {"2024-W01": 7, "2024-W02": 7, "2024-W03": 1},
        ),
    ],
)
def test_a3_the_rows_of_the_last_window_count(
    tmp_path: Path, times: pd.DatetimeIndex, every: str, expected: dict[str, int]
) -> None:
    each = 40  # rows at every moment; those of the last one alone are wrong
    rows = scored(times.repeat(each))
    rows.loc[rows["at"] == times[-1], "said"] = 1 - rows["true"]
    values = watch(tmp_path / "board", rows, every)
    counted = rows_by_period(values)
    assert {key: each * many for key, many in expected.items()}.items() <= counted.items()
    outside = ("volume.before", "volume.after", "volume.without_time")
    assert sum(counted.values()) + sum(int(values[n].number or 0) for n in outside) == len(rows)
    newest = values["performance.accuracy"]
    assert (newest.number, newest.n) == (0.0, each)


def test_a4_a_gap_is_a_gap_and_one_day_is_a_period(tmp_path: Path) -> None:
    gap = scored(["2024-01-01", "2024-01-01", "2024-01-23", "2024-01-24"])
    watched = watch(tmp_path / "gap", gap, "week")
    assert rows_by_period(watched) == {
        "2024-W01": 2, "2024-W02": 0, "2024-W03": 0, "2024-W04": 2,
    }  # fmt: skip
    empty = watched["performance.accuracy[period=2024-W02]"]
    assert empty.number is None
    assert empty.reason
    one = scored(["2024-01-05 09:00", "2024-01-05 12:00", "2024-01-05 15:00"])
    values = watch(tmp_path / "one", one, "day")
    assert values["volume.rows"].number == 3
    assert values["labels.complete"].number == 1.0


def test_a5_dates_may_be_texts(tmp_path: Path) -> None:
    times = [f"2024-01-{day:02}" for day in range(1, 15)]
    values = watch(tmp_path / "board", scored(times), "week", kind="csv")
    assert rows_by_period(values) == {"2024-W01": 7, "2024-W02": 7}
    assert values["volume.total"].number == 14


def test_a6_an_edited_model_is_refused_before_it_is_loaded(houses: Path, tmp_path: Path) -> None:
    board = Path(shutil.copytree(houses, tmp_path / "board"))
    file = next((board / "houses").rglob("*.joblib"))
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(PinError, match=f"houses.*{file.parent.name}"):
        rg.card(str(board), "houses", data="sold", target="price", trust_model=True)


def test_a6_an_edited_pin_is_refused_by_name(houses: Path, tmp_path: Path) -> None:
    board = Path(shutil.copytree(houses, tmp_path / "board"))
    version = write(board, "measured", pd.DataFrame({"price": [2.0, 1.0]}), kind="csv")
    file = board / "measured" / version / "measured.csv"
    file.write_text(file.read_text().replace("2.0", "0.1"))
    with pytest.raises(PinError, match=f"measured.*{version}"):
        rg.card(str(board), "houses", data="measured", target="price", trust_model=True)


def test_a7_every_group_has_its_name_and_its_own_number(houses: Path, tmp_path: Path) -> None:
    card = rg.card(
        str(houses), "houses", data="sold", target="price", segments=["town"], trust_model=True
    )
    shown = card.data.tables["evaluation.groups.town"]
    assert [row[0].text for row in shown.rows] == ["Aa", "Bb"]
    named = [cell.value for row in shown.rows for cell in row if cell.value]
    assert {"evaluation.mae[town=Aa]", "evaluation.mae[town=Bb]"} <= set(named)
    sold = pd.read_parquet(next((houses / "sold").rglob("*.parquet")))
    model = joblib.load(next((houses / "houses").rglob("*.joblib")))
    apart = set()
    for town, rows in sold.groupby("town"):
        value = card.value(f"evaluation.mae[town={town}]")
        said = model.predict(rows[["area", "rooms", "age"]])
        assert value.number == pytest.approx(mean_absolute_error(rows["price"], said))
        assert value.n == 100
        apart.add(value.number)
    assert len(apart) == 2
    assert all(column.label for column in shown.columns)
    (page,) = card.save(tmp_path / "card.html")
    heads = re.findall(r"<th[^>]*scope=row[^>]*>(?:<[^>]+>)*([^<]+)", page.read_text())
    assert {"Aa", "Bb"} <= {head.strip() for head in heads}


def test_a8_a_misspelt_section_is_a_mistake_and_not_a_new_section(tmp_path: Path) -> None:
    from reportgen.project_file import load_narrative

    file = tmp_path / "card.yml"
    file.write_text("intended_us:\n  text: For deciding.\n  author: A\n  date: 2024-01-01\n")
    with pytest.raises(ProjectError, match=r"card.yml:1 .*intended_us[^$]*intended_use"):
        load_narrative(file, as_of=date(2024, 1, 1))


def test_a9_numbers_are_plain_and_never_nan() -> None:
    made = Value(
        name="a.b", number=np.float64(0.5), unit="ratio", provenance=Provenance(by="a.b@1")
    )
    assert '"a": 0.5' in canonical_json({"a": made.number})
    assert yaml.safe_load(yaml.safe_dump({"a": made.number})) == {"a": 0.5}
    for broken in (float("nan"), np.inf, np.float64("nan")):
        with pytest.raises(ValueError, match="is not a number to print"):
            Value(name="a.b", number=broken, unit="ratio", provenance=Provenance(by="a.b@1"))


def test_a9_a_model_that_says_nan_leaves_none_in_the_record(houses: Path, tmp_path: Path) -> None:
    """Two rows, of one town each and with equal prices: hardly a metric is defined."""
    board = Path(shutil.copytree(houses, tmp_path / "board"))
    sold = pd.read_parquet(next((board / "sold").rglob("*.parquet")))
    write(board, "few", sold.iloc[:2].assign(price=0.0))
    card = rg.card(
        str(board), "houses", data="few", target="price", segments=["town"], trust_model=True
    )

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    record = json.loads(canonical_json(dump_record(card.data)), parse_constant=refuse)
    assert record["values"]["evaluation.r2"]["number"] is None
    assert record["values"]["evaluation.mape"]["reason"].startswith("not defined: the target is 0")


def test_a10_two_data_sets_of_one_task_stay_two(houses: Path, tmp_path: Path) -> None:
    board = Path(shutil.copytree(houses, tmp_path / "board"))
    sold = pd.read_parquet(next((board / "sold").rglob("*.parquet")))
    write(board, "sold-abroad", sold.iloc[:50].assign(price=lambda d: d["price"] + 1))
    both = [
        rg.card(str(board), "houses", data=name, target="price", trust_model=True)
        for name in ("sold", "sold-abroad")
    ]
    assert [card.data.pins["data"].name for card in both] == ["sold", "sold-abroad"]
    assert len({card.data.pins["data"].sha256 for card in both}) == 2
    assert [card.value("evaluation.rows").number for card in both] == [200, 50]
    model = joblib.load(next((board / "houses").rglob("*.joblib")))
    for card, rows in zip(
        both, (sold, sold.iloc[:50].assign(price=sold["price"] + 1)), strict=True
    ):
        expected = mean_absolute_error(
            rows["price"], model.predict(rows[["area", "rooms", "age"]])
        )
        assert card.value("evaluation.mae").number == pytest.approx(expected)


def test_a11_what_is_missing_is_one_list_and_no_filler(houses: Path, tmp_path: Path) -> None:
    card = rg.card(str(houses), "houses", data="sold", target="price", trust_model=True)
    (page,) = card.save(tmp_path / "card.html")
    text = re.sub(r"<[^>]+>", " ", page.read_text())
    assert "More Information Needed" not in text
    missing = [section for section in card.data.narrative if section.state == "missing"]
    assert missing
    for section in missing:
        assert text.count(section.title) <= 3
    project = tmp_path / "reportgen.yml"
    project.write_text(
        "project: P\nboard: {type: folder, path: board}\nmodels:\n  m: {pin: m, licence: nope}\n"
    )
    with pytest.raises(ProjectError, match=r"reportgen.yml:4 .*licence.*no such setting"):
        rg.project(project)


TEMPLATE = """---
title: Own
---

```{python}
#| tags: [parameters]
record = "report.json"
share = 0.5
since = "2024-01-01"
```

Share `{python} share` since `{python} since`.
"""


@pytest.fixture
def own_project(houses: Path, tmp_path: Path) -> Path:
    shutil.copytree(houses, tmp_path / "board")
    (tmp_path / "own.qmd").write_text(TEMPLATE)
    (tmp_path / "reportgen.yml").write_text(
        "project: P\nboard: {type: folder, path: board, allow_pickle: [houses]}\n"
        "models:\n  houses: {pin: houses}\n"
        "reports:\n  own: {model: houses, template: own.qmd, kind: card, formats: [html]}\n"
    )
    return tmp_path


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"shaer": 0.4}, "shaer.*share"),
        ({"share": "much"}, "share.*much|much.*share"),
        ({"share": True}, "share"),
        ({"a=1\nimport os\nb": 1}, "parameter"),
    ],
)
def test_a12_parameters_are_declared_and_typed(
    own_project: Path, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(UserError, match=f"(?s){said}"):
        rg.project(own_project).render("own", parameters=given)
    assert not (own_project / "site" / "own").exists()


def test_a12_a_secret_is_no_parameter_and_is_not_repeated(own_project: Path) -> None:
    """Declared or not, in a project or outside one: nothing is run, nothing is written."""
    template = own_project / "own.qmd"
    template.write_text(TEMPLATE.replace("share = 0.5", 'api_token = "none"\nshare = 0.5'))
    secret = {"api_token": "hunter2"}
    with pytest.raises(UserError, match=r"api_token.*cannot be a secret") as refused:
        rg.project(own_project).render("own", parameters=secret)
    assert "hunter2" not in str(refused.value)
    with pytest.raises(UserError, match=r"api_token.*cannot be a secret"):
        render_own(template, parameters=secret)
    assert not any(b"hunter2" in p.read_bytes() for p in own_project.rglob("*") if p.is_file())


def test_a12_the_same_parameters_give_the_same_bytes(own_project: Path) -> None:
    made = []
    for _ in range(2):
        (manifest,) = rg.project(own_project).render("own", parameters={"since": "2024-02-03"})
        assert manifest.folder is not None
        files = sorted(p for p in manifest.folder.rglob("*") if p.is_file())
        made.append({p.name: p.read_bytes() for p in files if p.name != "manifest.json"})
        shutil.rmtree(own_project / "site")
    assert made[0] == made[1]
    assert b"2024-02-03" in made[0]["index.html"]


def test_a13_nothing_of_a_record_is_lost_on_its_way_through_json(houses: Path) -> None:
    card = rg.card(
        str(houses), "houses", data="sold", target="price", segments=["town"], trust_model=True
    )
    written = json.loads(canonical_json(dump_record(card.data)))
    assert dump_record(load_record(written)) == dump_record(card.data)
    assert load_record(json.loads(canonical_json(dump_record(card.data)))) == card.data


def test_a14_a_report_of_25_columns_is_small_titled_and_the_same_twice(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    times = pd.date_range("2024-01-01", periods=2000, freq="15min")
    wide = pd.DataFrame(random.normal(size=(2000, 25)), columns=[f"x{i}" for i in range(25)])
    board = tmp_path / "board"
    watch(board, scored(times).join(wide), "week")
    pages = []
    for name in ("one", "two"):
        report = rg.monitor(
            str(board), "model", data="scored", time="at", prediction="said", target="true"
        )
        (page,) = report.save(tmp_path / f"{name}.html")
        pages.append(page.read_bytes())
    assert pages[0] == pages[1]
    assert len(pages[0]) <= 300_000
    assert re.search(rb"<title>[^<]+</title>", pages[0])
    told = {row[0].text for row in report.data.tables["drift.columns"].rows}
    assert {f"x{number}" for number in range(25)} <= told
    assert all(f">x{number}<".encode() in pages[0] for number in range(25))


def test_a15_a_record_keeps_its_schema_with_formats_checked(houses: Path) -> None:
    card = rg.card(str(houses), "houses", data="sold", target="price", trust_model=True)
    import reportgen.report as nouns

    schema = json.loads((Path(nouns.__file__).parent / "report.schema.json").read_text())
    record = json.loads(canonical_json(dump_record(card.data)))
    judge = Draft202012Validator(schema, format_checker=FormatChecker())
    judge.validate(record)
    american = {**record, "as_of": "08/28/2020"}
    assert not judge.is_valid(american)  # the check is one
    assert not judge.is_valid({**record, "values": {"evaluation.mae": {"number": "much"}}})
    assert not judge.is_valid({key: item for key, item in record.items() if key != "digest"})
    for pin in record["pins"].values():
        assert datetime.fromisoformat(pin["created"]).tzinfo is not None
    assert date.fromisoformat(record["as_of"])


def test_a_new_process_gives_the_same_card(houses: Path, tmp_path: Path) -> None:
    """A8, second half: no counter of the process reaches the page."""
    for name in ("one", "two"):
        card = rg.card(str(houses), "houses", data="sold", target="price", trust_model=True)
        card.save(tmp_path / f"{name}.html")
    done = subprocess.run(
        [sys.executable, "-c", _ANEW, str(houses), str(tmp_path / "anew.html")],
        capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    pages = [p.read_bytes() for p in sorted(tmp_path.glob("*.html"))]
    assert len(pages) == 3
    assert len(set(pages)) == 1
    assert b"sk-container-id" not in pages[0]


_ANEW = """
import sys, reportgen as rg
card = rg.card(sys.argv[1], "houses", data="sold", target="price", trust_model=True)
card.save(sys.argv[2])
"""


def test_an_unknown_value_offers_the_near_one(houses: Path) -> None:
    card = rg.card(str(houses), "houses", data="sold", target="price", trust_model=True)
    with pytest.raises(NotFoundError, match=r"evaluation\.mae"):
        card.value("evaluation.maee")
