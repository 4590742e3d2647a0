"""The record is canonical, says when it was changed, and cannot refer to what it lacks."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from reportgen.errors import UserError
from reportgen.report import (
    Cell,
    Column,
    Fact,
    Finding,
    Interval,
    Narrative,
    Pin,
    Provenance,
    ReportData,
    Series,
    Table,
    Value,
    Verdict,
    canonical_json,
    dump_record,
    load_record,
    parse_period,
)

SOURCE = Provenance(by="evaluation.accuracy@1", pins=("model", "data"), parameters={"level": 0.95})
ACCURACY = Value(
    name="evaluation.accuracy",
    number=0.873,
    unit="ratio",
    n=21104,
    interval=Interval(low=0.868, high=0.878, method="wilson"),
    provenance=SOURCE,
    label="Accuracy",
    better="higher",
)
NONE = Value(
    name="evaluation.roc_auc[carrier=UA]",
    unit="ratio",
    n=14,
    reason="not enough data (n = 14)",
    provenance=SOURCE,
)
RECORD = ReportData(
    report="late-flights-weekly",
    kind="monitoring",
    title="Late flights",
    project="Flight delays",
    edition="2013-W27",
    as_of=date(2013, 7, 10),
    task="classification",
    period=parse_period("2013-W27", "America/New_York"),
    pins={
        "model": Pin(
            role="model",
            board="folder:board",
            name="late-flights",
            version="20130501T060000Z-1a2b3",
            sha256="0" * 64,
            created=datetime(2013, 5, 1, 6, tzinfo=UTC),
            type="joblib",
            size_bytes=12,
        )
    },
    facts={"model.class": Fact(name="model.class", text="Pipeline <b>", provenance=SOURCE)},
    values={value.name: value for value in (ACCURACY, NONE)},
    tables={
        "evaluation.metrics": Table(
            name="evaluation.metrics",
            title="Metrics",
            columns=(Column(name="metric", label="Metric"), Column(name="v", label="Value")),
            rows=((Cell(text="Accuracy"), Cell(value="evaluation.accuracy")),),
        )
    },
    series={
        "evaluation.roc": Series(
            name="evaluation.roc",
            title="ROC",
            mark="line",
            x="fpr",
            y="tpr",
            columns={"fpr": (0, 0.5, 1), "tpr": (0, float("nan"), 1)},
            provenance=SOURCE,
        )
    },
    findings=(Finding(kind="change", state="ok", sentence="No material change.", weight=1.5),),
    narrative=(
        Narrative(section="caveats", title="Caveats", state="attested", written=date(2013, 5, 1)),
    ),
    verdict=Verdict(state="ok", sentence="Fine.", because=("evaluation.accuracy",)),
)


def test_there_and_back() -> None:
    plain = json.loads(canonical_json(dump_record(RECORD)))
    again = load_record(plain)
    assert again == RECORD
    assert canonical_json(dump_record(again)) == canonical_json(plain)


def test_a_point_that_is_not_finite_is_a_gap() -> None:
    assert RECORD.series["evaluation.roc"].columns["tpr"] == (0, None, 1)


def test_a_missing_number_is_written_with_its_reason() -> None:
    row = dump_record(RECORD)["values"]["evaluation.roc_auc[carrier=UA]"]
    assert row["number"] is None
    assert row["reason"] == "not enough data (n = 14)"


def test_one_edited_digit_is_noticed() -> None:
    plain = dump_record(RECORD)
    plain["values"]["evaluation.accuracy"]["number"] = 0.874
    with pytest.raises(UserError, match="digest does not match"):
        load_record(plain)


def test_a_digest_over_the_indented_text_is_read_too() -> None:
    plain = dump_record(RECORD)
    del plain["digest"]
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, indent=1) + "\n"
    plain["digest"] = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    assert load_record(plain) == RECORD
    plain["values"]["evaluation.accuracy"]["number"] = 0.874
    with pytest.raises(UserError, match="digest does not match"):
        load_record(plain)


def test_an_unknown_schema_is_named() -> None:
    with pytest.raises(UserError, match="schema 99"):
        load_record({**dump_record(RECORD), "schema": 99})


def test_a_table_cannot_show_a_value_that_is_not_there() -> None:
    with pytest.raises(ValueError, match=r"no value 'evaluation\.accuracy' in the record"):
        replace(RECORD, values={NONE.name: NONE}, verdict=Verdict(state="ok", sentence="."))


def test_a_verdict_cannot_rest_on_a_value_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="rests on 'x'"):
        replace(RECORD, verdict=Verdict(state="ok", sentence=".", because=("x",)))


def test_canonical_json_has_no_nan() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json({"x": float("nan")})
