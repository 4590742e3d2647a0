"""Two real pinned versions, compared with no project file: same rows, or refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sklearn import metrics as sk

from reportgen.errors import DataError, NotFoundError, TrustError, UserError
from tests.unit.comparison.conftest import FIRST, SECOND, Pinned

Compared = Callable[..., Any]


def test_both_versions_are_asked_about_the_same_rows(compared: Compared, pinned: Pinned) -> None:
    found = compared(segments=[("site",)])
    rows, truth = pinned.data, pinned.data["benign"]
    now = pinned.models["second"].predict_proba(rows[SECOND])[:, 1]
    before = pinned.models["first"].predict_proba(rows[FIRST])[:, 1]
    values = found.data.values
    assert values["changes.rows"].number == len(rows)
    assert values["changes.roc_auc.now"].number == pytest.approx(sk.roc_auc_score(truth, now))
    assert values["changes.roc_auc.before"].number == pytest.approx(
        sk.roc_auc_score(truth, before)
    )
    change = sk.brier_score_loss(truth, now) - sk.brier_score_loss(truth, before)
    assert values["changes.brier"].number == pytest.approx(change)
    assert set(found.data.pins) == {"model", "baseline", "data"}
    assert found.data.pins["baseline"].version == pinned.versions["first"]
    assert "changes.groups.site" in found.data.tables
    assert found.data.verdict.sentence
    assert found.differs == (
        values["changes.material"].number > 0 or found.verdict.state in ("watch", "alert")
    )


def test_what_changed_in_the_model_is_listed(compared: Compared) -> None:
    found = compared()
    rows = {row[0].text: (row[1].text, row[2].text) for row in found.data.tables["changes.model"].rows}  # fmt: skip
    assert rows["Model class"] == ("LogisticRegression", "HistGradientBoostingClassifier")
    assert rows["Feature radius"] == ("unknown", "–")
    assert rows["Feature smoothness"] == ("–", "unknown")
    assert "Feature texture" not in rows
    assert rows["Metadata training_data"] == ("tumours-train@1", "tumours-train@2")
    parameters = {row[0].text for row in found.data.tables["changes.parameters"].rows}
    assert {"max_iter", "logisticregression__C"} <= parameters
    (said,) = [s for s in found.sentences if "the model itself changed" in s]
    assert "LogisticRegression became HistGradientBoostingClassifier" in said
    assert "features added smoothness, compactness" in said
    assert "features removed radius" in said
    assert found.data.facts["changes.since"].text.startswith("20130501T060000Z-")


def test_the_same_question_gives_the_same_record(compared: Compared) -> None:
    assert compared().data == compared().data


def test_a_version_is_known_by_enough_of_it(compared: Compared, pinned: Pinned) -> None:
    first, second = pinned.versions["first"], pinned.versions["second"]
    for before, now in (("20130501", "20130502"), (first[-5:], second[-5:]), (first, "latest")):
        pins = compared(before, now).data.pins
        assert (pins["baseline"].version, pins["model"].version) == (first, second)
    backwards = compared(second, first)
    assert backwards.data.pins["baseline"].version == second


@pytest.mark.parametrize(
    ("before", "now", "why"),
    [
        ("201305", "latest", "could be 2 versions of tumours"),
        ("20130509", "latest", "has no version '20130509'"),
        ("previous", "20130501", "is the first version of tumours"),
    ],
)
def test_a_version_that_is_not_one_is_refused(
    compared: Compared, before: str, now: str, why: str
) -> None:
    with pytest.raises(NotFoundError, match=why):
        compared(before, now)


def test_a_version_is_not_compared_with_itself(compared: Compared) -> None:
    with pytest.raises(UserError, match="there is nothing to compare"):
        compared("20130502", "latest")


def test_a_pickle_is_loaded_only_for_who_trusts_it(compared: Compared) -> None:
    with pytest.raises(TrustError, match="--trust-model"):
        compared(trust_model=False)


def test_without_data_only_the_pins_are_compared_and_nothing_runs(compared: Compared) -> None:
    found = compared(data=[], target=None, trust_model=False)
    assert found.verdict.state == "cannot tell"
    assert not found.differs
    assert found.data.values == {}
    kinds = [row[0].text for row in found.data.tables["changes.model"].rows]
    assert "Model class" not in kinds  # that would need the model itself
    assert "Size of the artefact" in kinds
    with pytest.raises(UserError, match="needs both"):
        compared(data=[])


def test_prototypes_and_packages_are_compared_without_loading_anything(
    compared: Compared, pinned: Pinned
) -> None:
    def vetiver(prototype: dict[str, Any], packages: list[str]) -> dict[str, Any]:
        said = {"required_pkgs": packages, "prototype": json.dumps(prototype)}
        return {"vetiver_meta": {**said, "python_version": [3, 11, 7]}}

    model = pinned.models["first"]
    old = pinned.pin_model(model, 7, **vetiver({"age": 1.5, "sex": 1}, ["scikit-learn==1.4.0"]))
    new = pinned.pin_model(
        pinned.models["words"],
        8,
        **vetiver({"age": 1.5, "sex": "f", "bmi": 20.1}, ["scikit-learn==1.5.0"]),
    )
    found = compared(old, new, data=[], target=None, trust_model=False)
    rows = {row[0].text: (row[1].text, row[2].text) for row in found.data.tables["changes.model"].rows}  # fmt: skip
    assert rows["Feature sex"] == ("number", "category")
    assert rows["Feature bmi"] == ("–", "number")
    assert "Feature age" not in rows
    assert rows["Package scikit-learn"] == ("1.4.0", "1.5.0")
    (said,) = found.sentences
    assert "features added bmi; features of another type sex; other packages scikit-learn" in said


def test_a_baseline_that_lacks_a_column_is_a_reason_not_an_error(
    compared: Compared, pinned: Pinned
) -> None:
    version = pinned.pin_data(pinned.data.drop(columns="radius"), 3)
    found = compared(data=[f"tumours-test@{version}"])
    assert found.verdict.state == "cannot tell"
    assert "Could not compare with the version of 2013-05-01: the data pin lacks" in (
        found.verdict.sentence
    )
    assert "'radius'" in found.verdict.sentence
    assert "changes.model" in found.data.tables


@pytest.mark.parametrize(
    ("model", "why"), [("numbers", "regression"), ("words", "is a class of the model")]
)
def test_a_baseline_of_another_kind_is_a_reason(
    compared: Compared, pinned: Pinned, model: str, why: str
) -> None:
    old = pinned.pin_model(pinned.models[model], 1, kind=model)
    found = compared(old, "latest")
    assert found.verdict.state == "cannot tell"
    assert why in found.verdict.sentence


def test_a_baseline_that_does_not_load_is_a_reason(compared: Compared, pinned: Pinned) -> None:
    path = pinned.folder.parent / "broken.joblib"
    path.write_bytes(b"\x80\x04cno_such_package\nmodel\n.")
    old = pinned.pin("tumours", path, "joblib", 1)
    found = compared(old, "latest")
    assert found.verdict.state == "cannot tell"
    assert "no_such_package" in found.verdict.sentence


# Two data pins -------------------------------------------------------------------------------


def test_the_same_rows_in_another_order_are_the_same(compared: Compared, pinned: Pinned) -> None:
    shuffled = pinned.data.sample(frac=1, random_state=0).astype({"id": float})
    version = pinned.pin_data(shuffled, 3)
    both = [f"tumours-test@{pinned.versions['data']}", f"tumours-test@{version}"]
    found, single = compared(data=both, row_id="id"), compared(data=both[:1])
    assert set(found.data.pins) == {"model", "baseline", "data", "baseline_data"}
    for name, value in single.data.values.items():
        other = found.data.values[name]
        assert (other.number, other.interval) == (value.number, value.interval), name
    assert found.data.values["changes.relabelled"].number == 0
    assert "baseline_data" in found.data.values["changes.roc_auc.before"].provenance.pins


def test_each_version_is_asked_about_its_own_data(compared: Compared, pinned: Pinned) -> None:
    """The newer data have the features measured anew; the older model sees the older ones."""
    anew = pinned.data.assign(radius=0.0, smoothness=pinned.data["smoothness"] * 1.01)
    version = pinned.pin_data(anew, 3)
    both = [f"tumours-test@{pinned.versions['data']}", f"tumours-test@{version}"]
    values = compared(data=both, row_id="id").data.values
    truth = pinned.data["benign"]
    before = pinned.models["first"].predict_proba(pinned.data[FIRST])[:, 1]
    now = pinned.models["second"].predict_proba(anew[SECOND])[:, 1]
    assert values["changes.roc_auc.before"].number == pytest.approx(sk.roc_auc_score(truth, before))  # fmt: skip
    assert values["changes.roc_auc.now"].number == pytest.approx(sk.roc_auc_score(truth, now))


def test_rows_that_are_not_the_same_are_refused_and_counted(
    compared: Compared, pinned: Pinned
) -> None:
    n = len(pinned.data)
    fewer = pinned.pin_data(pinned.data.iloc[: n - 20], 3)
    both = [f"tumours-test@{pinned.versions['data']}", f"tumours-test@{fewer}"]
    with pytest.raises(
        DataError, match=rf"not the same rows: {n - 20} rows in common, of {n - 20}"
    ):
        compared(data=both, row_id="id")
    found = compared(data=both, row_id="id", common=True)
    assert found.data.values["changes.rows"].number == n - 20
    assert found.data.values["changes.left_out_before"].number == 20
    assert any(s.startswith(f"Not the same rows: compared on the {n - 20} in common") for s in found.sentences)  # fmt: skip
    assert found.verdict.state in ("watch", "alert")


def test_as_many_rows_that_are_others_are_refused(compared: Compared, pinned: Pinned) -> None:
    n = len(pinned.data)
    others = pinned.data.assign(id=pinned.data["id"] + 100)
    version = pinned.pin_data(others, 3)
    both = [f"tumours-test@{pinned.versions['data']}", f"tumours-test@{version}"]
    with pytest.raises(DataError, match=rf"not the same rows: {n - 100} of {n} rows in common"):
        compared(data=both, row_id="id")
    none = pinned.pin_data(pinned.data.assign(id=range(n)), 4)
    both[1] = f"tumours-test@{none}"
    with pytest.raises(DataError, match="have no row in common by 'id'"):
        compared(data=both, row_id="id", common=True)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"id": [1, 1, 1]}, r"does not name a row.*2 rows repeat the id of another \('1'\)"),
        ({"id": [1, None, 3]}, "1 row has no 'id'"),
        ({"ids": [1, 2, 3]}, "Did you mean 'ids'"),
    ],
)
def test_ids_that_do_not_name_rows_are_refused(
    compared: Compared, pinned: Pinned, change: dict[str, Any], why: str
) -> None:
    broken = pinned.data.iloc[:3].drop(columns="id").assign(**change)
    version = pinned.pin_data(broken, 3)
    both = [f"tumours-test@{pinned.versions['data']}", f"tumours-test@{version}"]
    with pytest.raises(DataError, match=why):
        compared(data=both, row_id="id")


def test_labels_that_changed_are_counted_and_the_newer_are_used(
    compared: Compared, pinned: Pinned
) -> None:
    other = pinned.data.copy()
    other.loc[:2, "benign"] = 1 - other.loc[:2, "benign"]
    version = pinned.pin_data(other, 3)
    both = [f"tumours-test@{pinned.versions['data']}", f"tumours-test@{version}"]
    found = compared(data=both, row_id="id")
    assert found.data.values["changes.relabelled"].number == 3
    assert "3 rows have another label in the newer data, which is used." in found.sentences
    now = pinned.models["second"].predict_proba(other[SECOND])[:, 1]
    auc = sk.roc_auc_score(other["benign"], now)
    assert found.data.values["changes.roc_auc.now"].number == pytest.approx(auc)


def test_two_data_pins_need_a_column_that_pairs_them(compared: Compared, pinned: Pinned) -> None:
    version = pinned.pin_data(pinned.data.iloc[::-1], 3)
    both = [f"tumours-test@{pinned.versions['data']}", f"tumours-test@{version}"]
    with pytest.raises(UserError, match="--row-id"):
        compared(data=both)
    with pytest.raises(UserError, match="one pin, or two"):
        compared(data=[*both, "tumours-test"], row_id="id")
