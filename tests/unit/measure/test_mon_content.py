"""Drift of texts and embeddings: against scikit-learn, own loops, and columns with one thing wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge
from sklearn.metrics import roc_auc_score

from reportgen.measure import measure_monitoring
from reportgen.measure.drift.content_columns import vectors_of, watch_content
from reportgen.measure.drift.content_page import content_part, measure_content
from reportgen.measure.drift.embedding_drift import centroid_shift
from reportgen.measure.drift.sides import tell_sides
from reportgen.measure.drift.text_drift import unseen_share
from reportgen.measure.monitoring.periods import assign_periods
from reportgen.measure.text.tokens import Vocabulary, read_corpus, words_of
from reportgen.report import DriftSpec, Part
from reportgen.report.frame import MonitoringFrame
from tests.unit.measure.mon_frames import findings_of, scored_table, values_of
from tests.unit.measure.mon_frames import frame_of as any_frame


def frame_of(table: pd.DataFrame, **more: Any) -> MonitoringFrame:
    """Give a frame without the costlier measures, which are not looked at here."""
    return any_frame(table, estimated=False, drift=DriftSpec(multivariate=False), **more)


COMMON = [f"word{at}" for at in range(60)]
RARE = [f"rare{at}" for at in range(400)]


def texts(random: np.random.Generator, n: int, extra: tuple[str, ...] = (), size: int = 8) -> Any:
    """Give texts of common words, one rare one now and then, and some of the extra ones."""
    found = []
    for _ in range(n):
        words = list(random.choice(COMMON, size, p=None))
        if random.random() < 0.3:
            words.append(str(random.choice(RARE)))
        words += [word for word in extra if random.random() < 0.4]
        found.append(" ".join(words))
    return found


def noted(*, extra: tuple[str, ...] = (), size: int = 8, weeks: int = 5, seed: int = 0) -> Any:
    """Scored rows with a note; the last week's holds extra words, or is longer."""
    random = np.random.default_rng(seed)
    table = scored_table(weeks, 150, seed=seed)
    note = texts(random, 150 * (weeks - 1)) + texts(random, 150, extra, size)
    return table.assign(note=note)


def embedded(*, shift: float = 0.0, weeks: int = 5, seed: int = 0, width: int = 16) -> Any:
    """Scored rows with vectors around one point; the last week's are moved by so much."""
    random = np.random.default_rng(seed)
    table = scored_table(weeks, 150, seed=seed)
    vectors = random.normal(0, 1, (len(table), width)) + 3 * np.eye(width)[0]
    vectors[-150:] += shift * np.eye(width)[1]
    return table.assign(vector=list(vectors))


def measured(table: pd.DataFrame, **more: Any) -> Part:
    frame = frame_of(table, **more)
    watched = watch_content(frame, assign_periods(frame), (*frame.texts, *frame.embeddings))
    return content_part(measure_content(frame, watched), frame.period.key, "before")


def test_the_same_texts_are_no_drift() -> None:
    for seed in range(4):
        part = measured(noted(seed=seed), texts=("note",))
        assert part.findings == ()
        found = values_of(part)
        assert found["drift.note.domain_auc"].number == pytest.approx(0.5, abs=0.12)
        assert found["drift.note.words"].number == found["drift.note.words.reference"].number


def test_new_words_are_found_named_and_counted() -> None:
    part = measured(noted(extra=("drone", "strike")), texts=("note",))
    found = values_of(part)
    auc, noise = found["drift.note.domain_auc"], found["drift.note.domain_auc.noise"]
    assert auc.number is not None
    assert noise.number is not None
    assert auc.number > 0.7 > noise.number > 0.5
    unseen, chance = (found[f"drift.note.unseen_words{end}"] for end in ("", ".by_chance"))
    assert (unseen.number or 0) > 0.05 > (chance.number or 0)
    (finding,) = part.findings
    assert finding.state in {"watch", "alert"}
    assert "'drone' and 'strike'" in finding.sentence or "'strike' and 'drone'" in finding.sentence
    assert "of the words are new" in finding.sentence


def test_longer_texts_are_found_by_their_length() -> None:
    part = measured(noted(size=16), texts=("note",))
    (finding,) = part.findings
    assert "the median went from 8 to 16 words" in finding.sentence
    assert any(s.name == "drift.note.words.distribution" for s in part.series)


def test_unseen_words_are_those_of_a_loop() -> None:
    random = np.random.default_rng(3)
    old, new = texts(random, 40), texts(random, 30, ("drone",))
    vocabulary = Vocabulary()
    before, now = (read_corpus(side, vocabulary, 5_000) for side in (old, new))
    unseen, chance = unseen_share(before, now, len(vocabulary), 0.95)
    known = {word for text in old for word in words_of(text)}
    words = [word for text in new for word in words_of(text)]
    assert unseen.number == pytest.approx(sum(w not in known for w in words) / len(words))
    alone = total = 0
    for at, text in enumerate(old):
        others = {word for i, each in enumerate(old) if i != at for word in words_of(each)}
        alone += sum(word not in others for word in words_of(text))
        total += len(words_of(text))
    assert chance.number == pytest.approx(alone / total)


def test_every_row_is_judged_by_a_model_that_has_not_seen_it() -> None:
    random = np.random.default_rng(1)
    rows = random.normal(0, 1, (120, 5))
    is_now = np.arange(120) >= 60
    rows[is_now] += 0.8
    rows -= rows.mean(axis=0)
    rows /= np.sqrt((rows**2).sum(axis=1).mean())
    told = tell_sides(rows @ rows.T, is_now, 7, 0.05)
    again = np.random.default_rng(7)
    for _ in range(99):
        again.permutation(is_now)
    place = again.permutation(120) % 5
    areas, pairs = [], []
    for fold in range(5):
        inside = place == fold
        wide = np.hstack([rows, np.ones((120, 1))])  # the constant of the kernel
        model = Ridge(alpha=1.0, fit_intercept=False).fit(wide[~inside], is_now[~inside])
        areas.append(roc_auc_score(is_now[inside], model.predict(wide[inside])))
        pairs.append(is_now[inside].sum() * (~is_now[inside]).sum())
    assert told.auc == pytest.approx(np.average(areas, weights=pairs), abs=1e-9)


def test_false_alarms_of_the_classifier_are_as_rare_as_promised() -> None:
    random, alarms = np.random.default_rng(2), 0
    for seed in range(120):
        rows = random.normal(0, 1, (80, 6))
        rows -= rows.mean(axis=0)
        rows /= np.sqrt((rows**2).sum(axis=1).mean())
        told = tell_sides(rows @ rows.T, np.arange(80) >= 40, seed, 0.05)
        alarms += told.auc > told.noise
    assert alarms <= 14  # 6 expected; 14 or more of 120 happen once in 400 times


def test_vectors_that_moved_are_found_and_others_not() -> None:
    assert measured(embedded(), embeddings=("vector",)).findings == ()
    part = measured(embedded(shift=2.0), embeddings=("vector",))
    found = values_of(part)
    (finding,) = part.findings
    assert "a classifier tells them apart" in finding.sentence
    assert "their mean has turned" in finding.sentence
    shift = found["drift.vector.centroid_shift"].number
    assert shift is not None
    assert shift > (found["drift.vector.centroid_shift.noise"].number or 0)
    table = embedded(shift=2.0)
    vectors = np.array(table["vector"].tolist())
    was, now = vectors[:600].mean(axis=0), vectors[600:].mean(axis=0)
    cosine = was @ now / np.linalg.norm(was) / np.linalg.norm(now)
    assert shift == pytest.approx(1 - cosine)


def test_the_middle_of_the_same_vectors_stays_within_its_noise() -> None:
    random = np.random.default_rng(5)
    beyond = 0
    for _ in range(60):
        both = random.normal(0, 1, (200, 8)) + np.eye(8)[0]
        shift, noise = centroid_shift(both[:120], both[120:], 0.05)
        assert shift is not None
        assert noise is not None
        beyond += shift > noise
    assert beyond <= 9  # 3 expected


def test_longer_vectors_are_found_by_their_norm() -> None:
    table = embedded()
    table["vector"] = [v * (3.0 if at >= 600 else 1.0) for at, v in enumerate(table["vector"])]
    part = measured(table, embeddings=("vector",))
    assert "in length" in part.findings[0].sentence


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda t: t.drop(columns="vector"), "missing"),
        (lambda t: t.assign(vector=None), "all null"),
        (lambda t: t.assign(vector="text"), "all null"),
        (
            lambda t: t.assign(
                vector=[v if at < 600 else v[:4] for at, v in enumerate(t["vector"])]
            ),
            "type changed",
        ),
        (lambda t: t.tail(150).reset_index(drop=True), "new"),
    ],
)
def test_a_bad_column_has_a_status_and_a_reason(change: Any, status: str) -> None:
    table = change(embedded())
    frame = frame_of(table, embeddings=("vector",))
    (column,) = watch_content(frame, assign_periods(frame), ("vector",))
    assert column.status == status
    part = measure_monitoring(frame)
    assert values_of(part)["drift.vector.domain_auc"].reason
    (row,) = next(t for t in part.tables if t.name == "drift.content").rows
    assert row[1].text == status


def test_the_earliest_periods_stand_in_for_a_reference_without_the_column() -> None:
    table = noted(extra=("drone", "strike"))
    reference = table[["temp", "carrier", "p_late"]].head(300)
    frame = frame_of(table, texts=("note",), reference=reference)
    part = measure_monitoring(frame)
    spoken = [f.sentence for f in part.findings if "texts of note" in f.sentence]
    assert "are not those of the earliest periods" in spoken[0]


def test_nulls_of_texts_count_like_any_others() -> None:
    table = noted()
    table["note"] = table["note"].astype(object)
    table.loc[table.index[-90:], "note"] = None
    part = measure_monitoring(frame_of(table, texts=("note",)))
    assert values_of(part)["quality.note.nulls"].number == 0.6
    assert any("of note is missing" in f.sentence for f in findings_of(part, "quality", "alert"))


def test_few_texts_are_no_evidence() -> None:
    table = noted(weeks=5).groupby(np.arange(750) // 150).head(20).reset_index(drop=True)
    part = measured(table, texts=("note",))
    reason = values_of(part)["drift.note.domain_auc"].reason
    assert reason == "not enough texts (n = 20; 40 needed)"


def test_the_order_of_rows_changes_nothing() -> None:
    table = noted(extra=("drone",)).assign(vector=embedded(shift=1.0)["vector"])
    mixed = table.sample(frac=1, random_state=1).reset_index(drop=True)
    one, other = (measured(t, texts=("note",), embeddings=("vector",)) for t in (table, mixed))
    for name, value in values_of(one).items():
        again = values_of(other)[name]
        if value.number is None:
            assert again.number is None
        else:
            assert again.number == pytest.approx(value.number, abs=1e-6)


def test_the_verdict_hears_of_it_and_the_columns_are_no_levels() -> None:
    frame = frame_of(
        noted(extra=("drone", "strike")), texts=("note",), target=None, prediction=None
    )
    part = measure_monitoring(frame)
    assert any("texts of note" in f.sentence for f in findings_of(part, "drift", "watch", "alert"))
    assert "drift.note.psi" not in values_of(part)
    plain = measure_monitoring(frame_of(scored_table(weeks=2)))
    assert not any(t.name == "drift.content" for t in plain.tables)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.none(),
            st.text(max_size=5),
            st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=4),
            st.just(np.array([1.0, 2.0])),
            st.just([[1.0]]),
        ),
        max_size=12,
    )
)
def test_any_column_can_be_read_as_vectors(values: list[Any]) -> None:
    found = vectors_of(pd.Series(values, dtype=object))
    assert found.ndim == 2
    assert np.isfinite(found).all()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=12)), min_size=60, max_size=60))
def test_any_text_can_be_compared(values: list[str | None]) -> None:
    table = scored_table(weeks=2, per_week=30).assign(note=pd.Series(values, dtype=object))
    for value in measured(table, texts=("note",)).values:
        assert (value.number is None) == (value.reason is not None)
