"""One word and one sentence: what a manager reads first."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reportgen.measure import judge, measure_monitoring
from reportgen.report import (
    Finding,
    Interval,
    Narrative,
    Part,
    Provenance,
    Threshold,
    Value,
)
from tests.unit.measure.mon_frames import frame_of, scored_table

BY = Provenance(by="evaluation.accuracy@1")
ACCURACY = Value(
    name="evaluation.accuracy",
    number=0.873,
    unit="ratio",
    n=21104,
    label="Accuracy",
    interval=Interval(low=0.868, high=0.878, method="wilson"),
    provenance=BY,
)


def monitoring(table: pd.DataFrame, *, provisional: bool = False, **more: Any) -> Any:
    part = measure_monitoring(frame_of(table, **more))
    verdict = judge("monitoring", part, (), provisional=provisional)
    known = {value.name for value in part.values}
    assert set(verdict.because) <= known
    return verdict


def test_a_limit_that_is_surely_broken_is_an_alert() -> None:
    table = scored_table(weeks=4)
    verdict = monitoring(table, thresholds={"recall": Threshold(minimum=0.9)})
    assert verdict.state == "alert"
    assert verdict.sentence.startswith("Recall is 0.")
    assert ", below its limit of 0.90." in verdict.sentence
    assert verdict.because[0] == "performance.recall"


def test_all_well_names_what_was_checked() -> None:
    table = scored_table(weeks=6, per_week=4000)
    verdict = monitoring(table, thresholds={"recall": Threshold(minimum=0.1)})
    assert verdict.state == "ok"
    assert (
        verdict.sentence == "Recall (0.262) keeps its limit; none of 5 columns compared drifted."
    )


def test_all_well_without_limits_says_that_there_were_none() -> None:
    verdict = monitoring(scored_table(weeks=6, per_week=4000))
    assert verdict.state == "ok"
    assert verdict.sentence == (
        "No metric has surely become materially worse; none of 5 columns compared drifted; no "
        "limits were set."
    )


def test_an_empty_period_cannot_tell() -> None:
    table = scored_table(weeks=2)
    at = pd.Timestamp("2013-06-05", tz="UTC")
    verdict = monitoring(table, at=at, thresholds={"recall": Threshold(minimum=0.1)})
    assert (verdict.state, verdict.because) == ("cannot tell", ("volume.rows",))
    assert verdict.sentence == "2013-W23 has no rows, so nothing can be said about it."


def test_a_limit_without_labels_cannot_tell() -> None:
    table = scored_table(weeks=6)
    table.loc[3000:, "late"] = np.nan
    verdict = monitoring(table, thresholds={"recall": Threshold(minimum=0.1)})
    assert verdict.state == "cannot tell"
    assert verdict.sentence == (
        "Recall cannot be held against its limit of at least 0.10: no labels."
    )


def test_neither_labels_nor_reference_cannot_tell() -> None:
    verdict = monitoring(scored_table(weeks=1), target=None)
    assert verdict.state == "cannot tell"
    assert "Neither performance nor drift can be told" in verdict.sentence


def test_no_labels_but_a_reference_tells_of_drift_and_says_what_is_unknown() -> None:
    verdict = monitoring(scored_table(weeks=6), target=None)
    assert verdict.state == "ok"
    assert verdict.sentence == (
        "Performance is not known (no column of labels is named); none of 4 columns compared "
        "drifted; no limits were set."
    )


def test_drift_alone_is_to_be_watched_while_performance_holds() -> None:
    table = scored_table(weeks=6, per_week=4000, shift=1.0)
    limits = {"roc_auc": Threshold(minimum=0.5)}
    verdict = monitoring(table, thresholds=limits)
    assert verdict.state == "watch"
    assert verdict.sentence.startswith("temp moved far since the baseline")
    assert verdict.sentence.endswith("keeps its limit.")


def test_the_same_drift_without_labels_is_an_alert() -> None:
    table = scored_table(weeks=6, per_week=4000, shift=1.0)
    assert monitoring(table, target=None).state == "alert"


def test_a_bad_column_is_an_alert_though_performance_holds() -> None:
    table = scored_table(weeks=6, per_week=4000)
    table.loc[20000:, "temp"] = np.nan
    verdict = monitoring(table, thresholds={"roc_auc": Threshold(minimum=0.5)})
    assert verdict.state == "alert"
    assert verdict.sentence.startswith("temp is empty in 2013-W24")


def test_a_metric_that_became_materially_worse_is_seen_without_any_limit() -> None:
    table = scored_table(weeks=6, per_week=4000)
    random = np.random.default_rng(0)
    table.loc[20000:, "late"] = random.permutation(table.loc[20000:, "late"].to_numpy())
    verdict = monitoring(table)
    assert verdict.state == "alert"
    assert "fell from" in verdict.sentence
    assert "taken as material" in verdict.sentence


def test_what_happened_is_told_in_one_sentence() -> None:
    table = scored_table(weeks=6, per_week=4000, shift=1.5)
    random = np.random.default_rng(0)
    table.loc[20000:, "late"] = random.permutation(table.loc[20000:, "late"].to_numpy())
    limits = {"roc_auc": Threshold(minimum=0.6)}

    limited = monitoring(table, thresholds=limits)
    unlimited = monitoring(table)
    still = scored_table(weeks=6, per_week=4000)
    still.loc[20000:, "late"] = random.permutation(still.loc[20000:, "late"].to_numpy())
    unmoved = monitoring(still, thresholds=limits)

    words = "below its limit of 0.60; it was 0.7"
    assert words in limited.sentence
    assert re.search(
        r" in the reference, and temp \(median 1\d\.\d* to 2\d\.\d*\).* moved most since\. \d+ more",
        limited.sentence,
    )
    assert re.search(
        r"as material, while temp \(median .*\).* moved most\. \d", unlimited.sentence
    )
    assert words in unmoved.sentence
    assert "in the reference. " in unmoved.sentence
    assert "moved" not in unmoved.sentence


def test_a_limit_that_was_never_kept_is_no_change() -> None:
    table = scored_table(weeks=6, per_week=1000)

    verdict = monitoring(table, thresholds={"roc_auc": Threshold(minimum=0.95)})

    assert verdict.state == "alert"
    assert "it was" not in verdict.sentence


def test_provisional_is_said() -> None:
    table = scored_table(weeks=6, per_week=1000)
    table.loc[5500:, "late"] = np.nan
    verdict = monitoring(
        table,
        provisional=True,
        label_delay=timedelta(days=30),
        as_of=pd.Timestamp("2013-06-17T12:00", tz="UTC"),
    )
    assert verdict.sentence.endswith("Provisional: 50 % of labels are in.")


def test_more_findings_are_counted() -> None:
    findings = tuple(
        Finding(kind="threshold", state="alert", sentence=f"Broken {at}.", weight=300.0 - at)
        for at in range(3)
    )
    rows = Value(name="volume.rows", number=5, unit="rows", provenance=BY)
    verdict = judge("monitoring", Part(values=(rows,), findings=findings), ())
    assert verdict.sentence == "Broken 0. 2 more findings need a look."


def section(state: Any, title: str = "Intended use") -> Narrative:
    return Narrative(section=title.lower().replace(" ", "_"), title=title, state=state)


def card(
    *narrative: Narrative, findings: tuple[Finding, ...] = (), values: Any = (ACCURACY,)
) -> Any:
    return judge("card", Part(values=values, findings=findings), narrative)


def test_a_card_without_limits_claims_no_more_than_it_measured() -> None:
    verdict = card()
    assert verdict.state == "ok"
    assert verdict.sentence == (
        "Accuracy is 0.873 (95 % interval 0.868 to 0.878) on 21,104 rows; no limits were set to "
        "hold it against."
    )
    assert verdict.because == ("evaluation.accuracy",)


def test_a_card_without_an_evaluation_cannot_tell() -> None:
    assert card(values=()).state == "cannot tell"
    nothing = Value(name="evaluation.accuracy", unit="ratio", reason="no rows", provenance=BY)
    assert card(values=(nothing,)).state == "cannot tell"


def finding(
    kind: str, state: Any, sentence: str = "Recall is 0.40, below its limit of 0.60."
) -> Finding:
    return Finding(
        kind=kind, state=state, sentence=sentence, because=("evaluation.accuracy",), weight=1
    )


@pytest.mark.parametrize(
    ("kind", "state", "expected"),
    [
        ("threshold", "alert", "alert"),
        ("threshold", "watch", "watch"),
        ("threshold", "cannot tell", "cannot tell"),
        ("threshold", "ok", "ok"),
        ("group", "watch", "watch"),
    ],
)
def test_a_card_is_as_good_as_its_worst_finding(kind: str, state: Any, expected: str) -> None:
    assert card(findings=(finding(kind, state),)).state == expected


def test_a_kept_limit_is_said_to_be_kept() -> None:
    assert card(findings=(finding("threshold", "ok"),)).sentence.endswith("; the limit is kept.")


def test_a_kept_limit_of_another_metric_is_named() -> None:
    recall = Value(
        name="evaluation.recall", number=0.7, unit="ratio", label="Recall", provenance=BY
    )
    kept = Finding(
        kind="threshold", state="ok", sentence="", because=("evaluation.recall",), weight=1
    )
    told = card(findings=(kept,), values=(ACCURACY, recall))
    assert told.sentence.endswith("on 21,104 rows; the limit of recall is kept.")


def test_an_expired_statement_is_to_be_watched() -> None:
    verdict = card(section("expired"), section("attested", "Caveats"))
    assert verdict.state == "watch"
    assert verdict.sentence.startswith("'Intended use' has expired and must be read again")


def test_why_statements_expired_is_said_when_it_is_one_reason() -> None:
    old = Narrative(section="a", title="A", state="expired", reason="it is old")
    other = Narrative(section="b", title="B", state="expired", reason="it rests on recall")

    assert card(old).sentence.startswith("'A' has expired (it is old) and must be read again")
    assert card(old, other).sentence.startswith("'A' and 'B' have expired and must be read again")


def test_missing_sections_are_counted_but_change_no_measure() -> None:
    verdict = card(section("missing"), section("missing", "Caveats"))
    assert verdict.state == "ok"
    assert verdict.sentence.endswith(" 2 sections have yet to be written by a person.")


def test_drift_is_tempered_on_the_page_as_in_the_verdict() -> None:
    table = scored_table(weeks=6, per_week=4000, shift=1.0)
    limits = {"roc_auc": Threshold(minimum=0.5)}
    part = measure_monitoring(frame_of(table, thresholds=limits))
    states = {f.state for f in part.findings if f.kind == "drift"}
    assert states == {"watch", "ok"}  # ok: what all columns say together
    alone = measure_monitoring(frame_of(table, target=None))
    assert "alert" in {f.state for f in alone.findings if f.kind == "drift"}
