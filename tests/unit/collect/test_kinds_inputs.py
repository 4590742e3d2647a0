"""Columns for a model, its prototype, what its pin says, and how it is loaded."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from reportgen.boards import open_board
from reportgen.collect.kinds.formulas import columns_of_term
from reportgen.collect.kinds.structure import describe_parameters, describe_steps
from reportgen.collect.models.estimator import Estimator, load_estimator, read_said
from reportgen.collect.models.prototype import read_vetiver_meta
from reportgen.errors import DataError, MissingToolError
from reportgen.report import BoardSpec

DATA = pd.DataFrame({"id": [1, 2, 3], "x": [1.0, 2.0, 4.0], "z": [0.0, 1.0, 0.5], "y": [1, 2, 3]})
ARRAY_MODEL = LinearRegression().fit(DATA[["x", "z"]].to_numpy(), DATA["y"])


def inputs(model: Any, known: tuple[str, ...], **more: Any) -> list[str]:
    return list(Estimator(model=model).inputs(DATA, known, **more).columns)


def test_columns_are_found_by_name_before_place() -> None:
    named = LinearRegression().fit(DATA[["z", "x"]], DATA["y"])
    assert inputs(named, ()) == ["z", "x"]
    assert inputs(ARRAY_MODEL, ("x", "z")) == ["x", "z"]
    assert inputs(ARRAY_MODEL, ("0", "1"), others=("id", "y")) == ["x", "z"]


def test_columns_are_not_guessed() -> None:
    with pytest.raises(DataError, match=r"it needs 2\).*fitted on an array"):
        inputs(ARRAY_MODEL, ())
    with pytest.raises(DataError, match="lacks 2 of the model's 2 features"):
        inputs(ARRAY_MODEL, ("0", "1"), others=("y",))  # three columns are left for two
    with pytest.raises(DataError, match="'xx': Did you mean 'x'"):
        inputs(ARRAY_MODEL, ("xx", "z"), others=("id", "y"))


@pytest.mark.parametrize(
    ("prototype", "expected"),
    [
        ('{"a": 1.5, "b": "x", "c": true}', [("a", "number"), ("b", "category"), ("c", "bool")]),
        (
            {"properties": {"a": {"type": "integer"}, "b": {"examples": ["x"], "type": "string"}}},
            [("a", "number"), ("b", "category")],
        ),
        ({"properties": {"a": {"example": [0.5, 1.0], "type": "array"}}}, [("a", "number")]),
        ({"properties": {"a": {"$ref": "#/x"}, "b": 3}}, [("a", "unknown"), ("b", "unknown")]),
        ([{"a": 1}], [("a", "number")]),
        ("not json", []),
        (None, []),
    ],
)
def test_a_prototype_of_any_age(prototype: Any, expected: list[tuple[str, str]]) -> None:
    meta = read_vetiver_meta({"vetiver_meta": {"prototype": prototype}})
    assert [(feature.name, feature.type) for feature in meta.features] == expected


def test_what_the_pin_says_of_its_model() -> None:
    assert read_said({"user": {"classes": ["no", "yes"], "output": "logits"}}).output == "logits"
    assert read_said({"classes": [0, 1]}).classes == (0, 1)
    assert read_said({"user": None}).classes == ()
    with pytest.raises(DataError, match="can be 'logits' or 'probabilities'"):
        read_said({"output": "log"})


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("a", ("a",)),
        ("C(city, Treatment(reference='Bonn'))", ("city",)),
        ("np.log(a + 1)", ("a",)),
        ("bs(age, df=4)", ("age",)),
        ("Q('odd name') ** 2", ("odd name",)),
        ("I(a * b)", ("a", "b")),
        ("day.dt.hour", ()),
        ("tools[0](a)", ("a",)),
    ],
)
def test_columns_of_a_formulas_term(code: str, expected: tuple[str, ...]) -> None:
    assert columns_of_term(code) == expected


def test_defaults_are_known_and_nothing_has_an_address() -> None:
    model = make_pipeline(StandardScaler(with_mean=False), LogisticRegression(C=0.5))
    rows = {name: (value, set_) for name, value, set_ in describe_parameters(model)}
    assert rows["logisticregression__C"] == ("0.5", "yes")
    assert rows["standardscaler__with_std"] == ("True", "no")
    assert describe_steps(model)[0] == ("standardscaler", "StandardScaler")

    class Own(LogisticRegression):
        def __init__(self, *, weight: float = 1.0, **others: Any) -> None:
            super().__init__(**others)
            self.weight = weight

        def get_params(self, deep: bool = True) -> dict[str, Any]:
            return {"weight": self.weight, "C": self.C, "f": lambda: 0, "o": object()}

    told = {name: (value, set_) for name, value, set_ in describe_parameters(Own(C=2.0))}
    assert told["C"] == ("2.0", "yes")  # the default is the parent's
    assert told["weight"] == ("1.0", "no")
    assert "0x" not in "".join(value for value, _ in told.values())


def loaded(folder: Path, name: str, content: bytes) -> Estimator:
    board = open_board(BoardSpec(type="folder", path="board"), folder)
    (folder / name).write_bytes(content)
    made = board.write(
        "m", folder / name, type="file", created=datetime(2020, 1, 1, tzinfo=UTC), metadata={}
    )
    private = folder / "private"
    private.mkdir(mode=0o700)
    return load_estimator(board.fetch("m", made.version, private), allow_pickle=True)


def pickled(item: Any, folder: Path) -> bytes:
    joblib.dump(item, folder / "item")
    return (folder / "item").read_bytes()


def test_a_package_that_is_missing_is_named_as_pip_knows_it(tmp_path: Path) -> None:
    for module, package in (("cnot_here", "cnot_here"), ("skimage", "scikit-image")):
        folder = tmp_path / module
        folder.mkdir()
        code = f"c{module}.parts\nModel\n.".encode()
        with pytest.raises(MissingToolError, match=f"pip install {package}$"):
            loaded(folder, "m.pkl", code)


def test_what_does_not_load_or_does_not_predict_says_why(tmp_path: Path) -> None:
    cases = [
        (b"c__main__\nNet\n.", "defined in a notebook or script"),
        (b"csklearn.linear_model\nGone\n.", "other package versions"),
        (pickled(pd.DataFrame({"a": [1]}), tmp_path), "DataFrame, which has no predict"),
        (pickled(np.arange(3), tmp_path), "ndarray, which has no predict"),
    ]
    for place, (content, message) in enumerate(cases):
        folder = tmp_path / str(place)
        folder.mkdir()
        with pytest.raises(DataError, match=message):
            loaded(folder, "m.pkl", content)
    folder = tmp_path / "ubj"
    folder.mkdir()
    with pytest.raises(DataError, match="is no model of xgboost"):
        loaded(folder, "m.ubj", b"{not a model")
    folder = tmp_path / "txt"
    folder.mkdir()
    with pytest.raises(DataError, match="not a model"):
        loaded(folder, "m.txt", b"hello")
