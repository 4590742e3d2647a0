"""Drift of texts and embeddings, as values, a table, figures and findings."""

from __future__ import annotations

from dataclasses import replace

from reportgen.measure.drift.content_moved import Content
from reportgen.measure.drift.embedding_drift import measure_embedding
from reportgen.measure.drift.moved import FALSE_ALARMS
from reportgen.measure.drift.page import distribution_series
from reportgen.measure.drift.sides import Told
from reportgen.measure.drift.text_drift import measure_text
from reportgen.measure.monitoring.columns import Watched
from reportgen.measure.monitoring.values import cell, counted, estimated, no_number, text
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.wording import as_percent, listed, plain_number, weight_of
from reportgen.report.data import Cell, Column, Finding, Part, Series, Table
from reportgen.report.frame import MonitoringFrame
from reportgen.report.value import Unit, Value

__all__ = ["content_part", "measure_content"]

_MEASURES = 3
"""That each column is judged by: length, words or middle, classifier."""
_LABELS = {"words": "Words of a text of {}", "norm": "Length of a vector of {}"}


def measure_content(frame: MonitoringFrame, watched: tuple[Watched, ...]) -> tuple[Content, ...]:
    """Compare every column of texts or embeddings; a bad one never stops the others.

    Notes
    -----
    The chance that any measure of any of these columns is taken for drift where nothing moved is
    0.05 together (Bonferroni), apart from the 0.05 of the other columns.
    """
    chance = FALSE_ALARMS / max(_MEASURES * len(watched), 1)
    return tuple(
        measure_embedding(one, chance)
        if one.name in frame.embeddings
        else measure_text(one, chance, frame.confidence)
        for one in watched
    )


def content_part(found: tuple[Content, ...], key: str, since: str) -> Part:
    """Name what was measured.

    Parameters
    ----------
    key : of the reported period
    since : what the columns are compared with, in words
    """
    if not found:
        return Part()
    return Part(
        values=tuple(value for one in found for value in _values(one)),
        tables=(_table(found, since),),
        series=tuple(
            _series(one, key, _since(one, since)) for one in found if one.lengths is not None
        ),
        findings=tuple(
            _finding(one, key, _since(one, since)) for one in found if one.state in _BAD
        ),
    )


_BAD = frozenset(["watch", "alert"])


def _since(one: Content, since: str) -> str:
    """Say what a column is compared with, where the reference does not have it."""
    own = one.column.source == "data" and since == "the reference"
    return "the earliest periods" if own else since


def _pins(one: Content) -> tuple[str, ...]:
    return ("data", "reference") if one.column.source == "reference" else ("data",)


def _values(one: Content) -> tuple[Value, ...]:
    path = f"drift.{one.column.path}"
    found = [*_length_values(one, path), *_told_values(one, path)]
    if one.what == "text":
        found += _word_values(one, path)
    else:
        found += _shift_values(one, path)
    return tuple(found)


def _number(
    one: Content, name: str, number: float | None, words: str, unit: Unit = "number"
) -> Value:
    by = f"drift.{one.what}@1"
    label = words.format(one.column.name)
    if number is None:
        reason = one.told if isinstance(one.told, str) and one.told else "nothing to compare"
        return no_number(name, reason, by=by, label=label, unit=unit, pins=_pins(one))
    return counted(name, number, by=by, label=label, unit=unit, n=one.rows[1], pins=_pins(one))


def _length_values(one: Content, path: str) -> list[Value]:
    words, moved = _LABELS[one.size], one.lengths
    binned = None if moved is None else moved.binned
    rows: tuple[tuple[str, float | None, str], ...] = (
        ("", None if binned is None else binned.middle_now, f"{words}, median"),
        (
            ".reference",
            None if binned is None else binned.middle_before,
            f"{words}, median in the reference",
        ),
        (".psi", None if binned is None else binned.psi, f"PSI of: {words}"),
        (".noise", None if moved is None else moved.noise, f"Noise level of: {words}"),
    )
    return [_number(one, f"{path}.{one.size}{end}", number, label) for end, number, label in rows]


def _told_values(one: Content, path: str) -> list[Value]:
    told = one.told if isinstance(one.told, Told) else None
    return [
        _number(
            one,
            f"{path}.domain_auc",
            None if told is None else told.auc,
            "AUC of telling {} from before",
            "ratio",
        ),
        _number(
            one,
            f"{path}.domain_auc.noise",
            None if told is None else told.noise,
            "AUC of {} that chance explains",
            "ratio",
        ),
    ]


def _word_values(one: Content, path: str) -> list[Value]:
    nothing = Estimate(number=None, n=0, reason="nothing to compare")
    return [
        estimated(
            f"{path}.unseen_words{end}",
            estimate or nothing,
            by="drift.text@1",
            unit="ratio",
            label=words.format(one.column.name),
            pins=_pins(one),
        )
        for end, estimate, words in (
            ("", one.unseen, "Words of {} that no text before has"),
            (".by_chance", one.unseen_before or one.unseen, "The same of {}, by chance"),
        )
    ]


def _shift_values(one: Content, path: str) -> list[Value]:
    return [
        _number(one, f"{path}.centroid_shift", one.shift, "Cosine distance of the means of {}"),
        _number(
            one,
            f"{path}.centroid_shift.noise",
            one.shift_noise,
            "Cosine distance of {} that chance explains",
        ),
    ]


def _table(found: tuple[Content, ...], since: str) -> Table:
    return Table(
        name="drift.content",
        title=f"Texts and embeddings, compared with {_since(found[0], since)}",
        columns=(
            Column(name="column", label="Column"),
            Column(name="status", label="Status"),
            Column(name="auc", label="AUC of telling apart", unit="ratio"),
            Column(name="noise", label="By chance up to", unit="ratio"),
            Column(name="now", label="Length", unit="number"),
            Column(name="before", label="Length before", unit="number"),
            Column(name="new", label="New words, or shift of the middle", unit="number"),
        ),
        rows=tuple(_row(one) for one in found),
        note=(
            "Length: words of a text, norm of a vector; medians. A classifier that cannot tell now "
            "from before has an AUC of 0.5."
        ),
    )


def _row(one: Content) -> tuple[Cell, ...]:
    path = f"drift.{one.column.path}"
    new = "unseen_words" if one.what == "text" else "centroid_shift"
    status = one.column.status if one.column.status != "ok" else _STATES[one.state]
    return (
        text(f"{one.column.name} ({one.what})"),
        text(status),
        cell(f"{path}.domain_auc"),
        cell(f"{path}.domain_auc.noise"),
        cell(f"{path}.{one.size}"),
        cell(f"{path}.{one.size}.reference"),
        cell(f"{path}.{new}"),
    )


_STATES = {"ok": "as before", "watch": "moved", "alert": "moved far", "cannot tell": "cannot tell"}


def _series(one: Content, key: str, since: str) -> Series:
    assert one.lengths is not None
    name = one.column.name
    named = replace(
        one.lengths.column, name=f"{name} ({one.size})", path=f"{one.column.path}.{one.size}"
    )
    return distribution_series(replace(one.lengths, column=named), key, since)


def _finding(one: Content, key: str, since: str) -> Finding:
    path = f"drift.{one.column.path}"
    said: list[str] = []
    because: list[str] = []
    told = one.told
    if one.is_told and isinstance(told, Told):
        commoner = f", commoner now: {listed(tuple(f'{w!r}' for w in one.words))}"
        said.append(
            f"a classifier tells them apart (AUC {plain_number(told.auc, unit='ratio')}, of which "
            f"chance explains up to {plain_number(told.noise, unit='ratio')})"
            f"{commoner if one.words else ''}"
        )
        because += [f"{path}.domain_auc", f"{path}.domain_auc.noise"]
    if one.is_unseen and one.unseen is not None and one.unseen.number is not None:
        usual = one.unseen_before.number if one.unseen_before is not None else None
        said.append(
            f"{as_percent(one.unseen.number, one.unseen.interval)} of the words are new, "
            f"{as_percent(usual or 0.0)} by chance"
        )
        because.append(f"{path}.unseen_words")
    if one.is_shifted and one.shift is not None:
        said.append(f"their mean has turned by a cosine distance of {plain_number(one.shift)}")
        because.append(f"{path}.centroid_shift")
    moved = one.lengths
    if moved is not None and moved.state in _BAD and moved.binned is not None:
        was, now = moved.binned.middle_before, moved.binned.middle_now
        unit = "words" if one.size == "words" else "in length"
        said.append(
            f"the median went from {plain_number(was or 0.0)} to {plain_number(now or 0.0)} {unit}"
        )
        because.append(f"{path}.{one.size}.psi")
    kind = "texts" if one.what == "text" else "vectors"
    effect = told.auc - 0.5 if isinstance(told, Told) else 0.0
    return Finding(
        kind="drift",
        state=one.state,
        sentence=f"The {kind} of {one.column.name} in {key} are not those of {since}: "
        f"{'; '.join(said)}.",
        because=tuple(because),
        weight=weight_of("drift", one.state, effect),
    )
