"""A bad column is named, never the end of a report."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from reportgen.measure import judge, measure_monitoring
from tests.unit.measure.mon_frames import findings_of, frame_of, scored_table, values_of

LAST = 600


def report(change: Any, **more: Any) -> Any:
    """Report on the last of two weeks after `change` was made to the table, in place."""
    table, reference = scored_table(weeks=2), scored_table(weeks=2, seed=4)
    table["carrier"] = table["carrier"].astype(object)
    change(table, table.index >= LAST)
    return measure_monitoring(frame_of(table, **({"reference": reference} | more)))


def statuses(part: Any, table: str = "drift.columns") -> dict[str, str]:
    rows = next(one for one in part.tables if one.name == table).rows
    return {row[0].text: row[1].text for row in rows}


def all_null(table: pd.DataFrame, last: Any) -> None:
    table.loc[last, "temp"] = np.nan


def to_text(table: pd.DataFrame, last: Any) -> None:
    table["temp"] = table["temp"].astype(object)
    table.loc[last, "temp"] = "warm"


def number_texts(table: pd.DataFrame, last: Any) -> None:
    table["temp"] = table["temp"].astype(object)
    table.loc[last, "temp"] = table.loc[last, "temp"].map("{:.1f}".format)


def missing(table: pd.DataFrame, last: Any) -> None:
    del table["temp"]


def to_numbers(table: pd.DataFrame, last: Any) -> None:
    table.loc[last, "carrier"] = 3


@pytest.mark.parametrize(
    ("change", "name", "status"),
    [
        (all_null, "temp", "all null"),
        (to_text, "temp", "type changed"),
        (number_texts, "temp", "type changed"),
        (missing, "temp", "missing"),
        (to_numbers, "carrier", "type changed"),
    ],
)
def test_one_bad_column_is_an_alert_and_the_others_are_measured(
    change: Any, name: str, status: str
) -> None:
    part = report(change)
    assert statuses(part)[name] == statuses(part, "quality.columns")[name] == status
    found = [f for f in findings_of(part, "quality", "alert") if f.sentence.startswith(name)]
    assert found[0].because == (f"quality.{name}.nulls",)
    other = "carrier" if name == "temp" else "temp"
    values = values_of(part)
    assert values[f"drift.{other}.psi"].number is not None
    assert values["performance.recall"].number is not None
    assert judge("monitoring", part, ()).state == "alert"


def test_a_column_the_reference_lacks_is_new_and_no_alarm() -> None:
    part = report(lambda table, last: table.__setitem__("wind", 3.0), features=("temp", "wind"))
    assert statuses(part)["wind"] == "new"
    assert values_of(part)["drift.wind.psi"].reason == "new: the reference does not have it"
    assert not findings_of(part, "quality", "watch", "alert")


def test_what_the_model_was_trained_on_but_the_data_lack_is_missing() -> None:
    part = report(lambda table, last: None, types={"temp": "number", "gust": "number"})
    assert statuses(part)["gust"] == "missing"
    assert judge("monitoring", part, ()).sentence.startswith("gust is missing in 2013-W20")


def test_a_type_other_than_the_models_own_is_named() -> None:
    part = report(
        lambda table, last: table.__setitem__("temp", table["temp"].map(str)),
        reference=None,
        types={"temp": "number", "carrier": "category"},
    )
    assert "held numbers in the model's training" in " ".join(f.sentence for f in part.findings)


def test_codes_that_the_model_treats_as_levels_are_no_change_of_type() -> None:
    table = scored_table(weeks=2).assign(gate=lambda t: np.arange(len(t)) % 7)
    reference = scored_table(weeks=2, seed=4).assign(gate=lambda t: np.arange(len(t)) % 7)
    frame = frame_of(table, reference=reference, features=("gate",), types={"gate": "category"})
    part = measure_monitoring(frame)
    assert statuses(part)["gate"] == "ok"
    assert values_of(part)["quality.gate.unseen"].number == 0


def test_nulls_have_wilsons_interval_and_the_references_share() -> None:
    def change(table: pd.DataFrame, last: Any) -> None:
        table.loc[last & (table.index % 5 == 0), "temp"] = np.nan

    part = report(change)
    value = values_of(part)["quality.temp.nulls"]
    low, high = proportion_confint(120, 600, method="wilson")
    assert (value.number, value.n) == (0.2, 600)
    assert (value.interval.low, value.interval.high) == pytest.approx((low, high))
    assert values_of(part)["quality.temp.nulls.reference"].number == 0
    sentence = "20.0 % of temp is missing in 2013-W20, against 0 % in the reference."
    assert sentence in [f.sentence for f in findings_of(part, "quality", "alert")]


def test_sixty_percent_missing_is_seen_in_every_seed() -> None:
    for seed in range(10):
        table, reference = scored_table(weeks=2, seed=seed), scored_table(weeks=2, seed=seed + 50)
        gone = np.random.default_rng(seed).random(len(table)) < 0.6
        table.loc[gone & (table.index >= LAST), "temp"] = np.nan
        part = measure_monitoring(frame_of(table, reference=reference))
        assert any(f.sentence.startswith("temp moved far") for f in findings_of(part, "drift"))
        assert any("of temp is missing" in f.sentence for f in findings_of(part, "quality"))


def test_an_unseen_level_is_counted_and_named() -> None:
    def change(table: pd.DataFrame, last: Any) -> None:
        table.loc[last & (table.index % 10 == 0), "carrier"] = "XX"

    part = report(change)
    assert values_of(part)["quality.carrier.unseen"].number == 0.1
    found = [f.sentence for f in findings_of(part, "quality", "watch")]
    assert found == [
        "10.0 % of carrier in 2013-W20 is of level that the reference does not have: 'XX'."
    ]


def test_unseen_levels_that_chance_explains_raise_no_alarm() -> None:
    for seed in range(10):
        random = np.random.default_rng(seed)
        table, reference = (
            scored_table(weeks=2, seed=seed + at).assign(
                tail=random.zipf(1.4, 1200).clip(max=10**6).astype(str)
            )
            for at in (0, 99)
        )
        part = measure_monitoring(frame_of(table, reference=reference, features=("tail",)))
        assert values_of(part)["quality.tail.unseen"].number > 0.01
        assert not findings_of(part, "quality", "watch", "alert")


def test_values_out_of_range_are_counted_infinities_among_them() -> None:
    def change(table: pd.DataFrame, last: Any) -> None:
        table.loc[last & (table.index % 20 == 0), "temp"] = 1e9
        table.loc[last & (table.index % 20 == 1), "temp"] = -np.inf

    part = report(change)
    assert values_of(part)["quality.temp.out_of_range"].number == pytest.approx(0.1, abs=0.005)
    sentences = [f.sentence for f in findings_of(part, "quality", "watch")]
    assert any("lies outside the range of the reference" in sentence for sentence in sentences)


def test_a_column_that_stands_still_is_said_to() -> None:
    def change(table: pd.DataFrame, last: Any) -> None:
        table.loc[last, "carrier"] = "UA"

    part = report(change)
    assert statuses(part, "quality.columns")["carrier"] == "constant (UA)"
    assert any("holds nothing but UA" in f.sentence for f in findings_of(part, "quality", "watch"))


def test_volume_far_from_the_usual_is_said() -> None:
    table = scored_table(weeks=6).iloc[: 5 * 600 + 100]
    part = measure_monitoring(frame_of(table))
    sentences = [f.sentence for f in findings_of(part, "quality", "watch")]
    assert sentences == [
        "2013-W24 has 100 rows, far fewer than the 600 of a typical period before it."
    ]


def test_a_period_that_has_not_ended_is_not_called_short() -> None:
    table = scored_table(weeks=6).iloc[: 5 * 600 + 100]
    as_of = table["time"].max()
    part = measure_monitoring(frame_of(table, as_of=as_of))
    assert not findings_of(part, "quality", "watch")
    assert "had not ended" in findings_of(part, "completeness")[0].sentence


def test_all_well_is_said_out_loud() -> None:
    part = report(lambda table, last: None)
    assert findings_of(part, "quality")[0].sentence == (
        "Nothing missing or out of place: 4 columns were checked for missing values, unseen "
        "levels, ranges and types."
    )


def test_odd_columns_never_stop_a_report() -> None:
    table = scored_table(weeks=2)
    n = len(table)
    odd = {
        "lists": pd.Series([[1, 2]] * n),
        "mixed": pd.Series([1, "a", None, 2.5] * (n // 4), dtype=object),
        "when": table["time"],
        "span": pd.Series(pd.to_timedelta(np.arange(n) % 7, unit="s")),
        "category": pd.Series(["a", "b"] * (n // 2), dtype="category"),
        "nullable": pd.Series([1, None] * (n // 2), dtype="Int64"),
        "flag": pd.Series([True, None] * (n // 2), dtype="boolean"),
        "bools": pd.Series([True, False] * (n // 2)),
        "complex": pd.Series([1 + 2j] * n),
        "infinite": pd.Series([np.inf] * n),
        "nothing": pd.Series([None] * n, dtype=object),
        "zero": pd.Series(np.zeros(n)),
        "huge": pd.Series([10**30, 1] * (n // 2), dtype=object),
        "bytes": pd.Series([b"x"] * n),
    }
    table = pd.concat([table, pd.DataFrame(odd)], axis=1)
    for reference in (None, table):
        frame = frame_of(table, features=tuple(odd), reference=reference)
        part = measure_monitoring(frame)
        values = values_of(part)
        for name in odd:
            psi = values[f"drift.{name}.psi"]
            assert psi.number is None or psi.number < 0.1, name
        assert not findings_of(part, "drift", "watch", "alert")
