"""What only texts have: length and words beside the training data, and errors to read."""

from __future__ import annotations

from dataclasses import dataclass

from reportgen.errors import DataError, near_miss
from reportgen.measure.evaluation.context import EvaluationContext
from reportgen.measure.text.compared import (
    EVALUATION,
    MOST_TEXTS,
    TRAINING,
    Compared,
    compare_texts,
)
from reportgen.measure.text.errors import confident_errors
from reportgen.measure.text.findings import text_findings
from reportgen.measure.text.tokens import RULE, texts_of
from reportgen.measure.text.words import length_series, new_words
from reportgen.report import Cell, Column, Part, Provenance, Table, Value, value_name
from reportgen.report.value import Unit

__all__ = ["measure_text"]

_PINS = {EVALUATION: ("data",), TRAINING: ("training",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One line of the table.

    Attributes
    ----------
    both : measured in the training data too; else it compares the two
    """

    name: str
    label: str
    unit: Unit
    meaning: str
    both: bool = True


MEASURES = (
    Measure(name="documents", label="Texts", unit="rows", meaning="Rows of the data."),
    Measure(name="empty", label="Texts without a word", unit="rows", meaning="Missing ones too."),
    Measure(name="words", label="Median words", unit="number", meaning="Half have fewer."),
    Measure(name="characters", label="Median characters", unit="number", meaning="Half have fewer."),
    Measure(name="vocabulary", label="Different words", unit="count", meaning="In all texts."),
    Measure(
        name="type_token_ratio",
        label="Type-token ratio",
        unit="ratio",
        meaning="Different words per word, in samples of equally many words.",
    ),
    Measure(
        name="unseen_words",
        label="Words not in the training data",
        unit="ratio",
        meaning="Of all words in the evaluation data.",
        both=False,
    ),
    Measure(
        name="unseen_documents",
        label="Texts with such a word",
        unit="ratio",
        meaning="Of the evaluation texts that have words.",
        both=False,
    ),
    Measure(
        name="seen_documents",
        label="Texts that stand in the training data",
        unit="ratio",
        meaning="Word for word, of the evaluation texts that have words.",
        both=False,
    ),
)  # fmt: skip


def measure_text(context: EvaluationContext) -> Part:
    """Measure the texts that a text model reads.

    Returns
    -------
    ``text.*``; empty where the model reads no text

    Raises
    ------
    DataError
        The text is no feature of the model.
    """
    frame = context.frame
    if frame.text is None:
        return Part()
    if frame.text not in frame.features.columns:
        known = [str(name) for name in frame.features.columns]
        raise DataError(f"text: '{frame.text}' is no feature. {near_miss(frame.text, known)}")
    texts = {EVALUATION: texts_of(frame.features[frame.text])}
    if frame.training is not None and frame.text in frame.training.columns:
        texts[TRAINING] = texts_of(frame.training[frame.text])
    compared = compare_texts(texts, frame.confidence)
    least = frame.minimum_group
    errors, withheld = confident_errors(context, texts[EVALUATION])
    return (
        Part(
            values=_values(compared),
            tables=(_table(compared, withheld),),
            series=(length_series(compared.corpora, least),),
            findings=text_findings(compared),
        )
        + new_words(compared.corpora, compared.vocabulary, least or 2)
        + errors
    )


def _name(measure: Measure, data: str) -> str:
    if not measure.both:
        return f"text.{measure.name}"
    return value_name(f"text.{measure.name}", data=data)


def _values(compared: Compared) -> tuple[Value, ...]:
    found = []
    for measure in MEASURES:
        for data in (EVALUATION, TRAINING):
            estimate = compared.found.get((measure.name, data))
            if estimate is None:
                continue
            pins = _PINS[data] if measure.both else ("data", "training")
            parameters = {"words": compared.size} if measure.name == "type_token_ratio" else {}
            found.append(
                Value(
                    name=_name(measure, data),
                    number=estimate.number,
                    unit=measure.unit,
                    n=estimate.n,
                    interval=estimate.interval,
                    provenance=Provenance(
                        by=f"text.{measure.name}@1", pins=pins, parameters=parameters
                    ),
                    reason=estimate.reason,
                    label=f"{measure.label}, {data} data" if measure.both else measure.label,
                )
            )
    return tuple(found)


def _table(compared: Compared, withheld: str) -> Table:
    data = [name for name in (EVALUATION, TRAINING) if name in compared.corpora]
    rows = []
    for measure in MEASURES:
        if (measure.name, EVALUATION) not in compared.found:
            continue
        cells = [
            Cell(value=_name(measure, name))
            if (measure.name, name) in compared.found
            else Cell(text="")
            for name in data
        ]
        rows.append((Cell(text=measure.label), *cells, Cell(text=measure.meaning)))
    return Table(
        name="text.summary",
        title="The texts" if len(data) == 1 else "The texts beside those of training",
        columns=(
            Column(name="measure", label="Measure"),
            *(
                Column(name=name, label=f"{name.capitalize()} data", unit="number")
                for name in data
            ),
            Column(name="meaning", label="What it says"),
        ),
        rows=tuple(rows),
        note=_note(compared, withheld),
    )


def _note(compared: Compared, withheld: str) -> str:
    said = [RULE]
    if compared.is_drawn:
        said.append(
            f"Of more than {MOST_TEXTS:,} texts, that many were looked at, chosen by content; a word "
            "that only other training texts hold counts as not seen."
        )
    if TRAINING not in compared.corpora:
        said.append("No training texts were given, so nothing can be said of words not seen.")
    if withheld:
        said.append(withheld)
    return " ".join(said)
