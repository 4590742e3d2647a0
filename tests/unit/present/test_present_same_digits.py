"""A sentence and a tile show one value in the same digits, but where it compares two."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import permutations
from math import log10

import pytest

from reportgen.report import ReportData, Value
from reportgen.report.rounding import write_alike, write_value
from tests.present_support import card_data, monitoring_data

_NUMBER = re.compile(r"(?<![\w-])−?\d[\d,]*(?:\.\d+)?(?: %)?(?![\w-])")
_RECORDS = {
    "classification": lambda: card_data(),
    "regression": lambda: card_data("regression"),
    "multiclass": lambda: card_data("multiclass"),
    "monitoring": lambda: monitoring_data(),
    "first week": lambda: monitoring_data(weeks=4),
    "no labels": lambda: monitoring_data(labelled=False),
}


def _said(data: ReportData) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield data.verdict.sentence, data.verdict.because
    for finding in data.findings:
        yield finding.sentence, finding.because


def _shown(value: Value) -> set[str]:
    """All that a tile or table shows of a value; its sign is a word in some sentences."""
    texts = set()
    for percent in (False, True):
        written = write_value(value, percent=percent)
        texts |= {written.number, written.low, written.high}
    return {text.lstrip("−") for text in texts}


def _compared(values: list[Value]) -> set[str]:
    """What a sentence says of two values that it compares: the surer one has no more digits."""
    pairs = [
        write_alike((one.number, one.interval), (other.number, other.interval), one.unit)
        for one, other in permutations(values, 2)
        if one.unit == other.unit and one.number is not None and other.number is not None
    ]
    return {text.lstrip("−") for pair in pairs for text in pair}


def _is_rounding_of(text: str, value: Value) -> bool:
    """Whether a number in a sentence is this value in some digits: its own, or others."""
    assert value.number is not None
    scale = 100 if text.endswith("%") else 1
    plain = text.removesuffix(" %").replace(",", "").lstrip("−")
    number = scale * abs(value.number)
    decimals = len(plain.partition(".")[2])
    close = abs(float(plain) - number) <= 0.5001 * 10**-decimals
    significant = decimals + (log10(number) if number > 0 else 0) >= 1
    return close and significant


@pytest.mark.parametrize("name", _RECORDS)
def test_numbers_in_sentences_are_those_of_the_tiles(name: str) -> None:
    data, compared = _RECORDS[name](), 0
    for sentence, because in _said(data):
        values = [data.values[path] for path in because if data.values[path].number is not None]
        shown = _compared(values).union(*(_shown(value) for value in values))
        for text in _NUMBER.findall(sentence):
            if text.lstrip("−") in shown:
                compared += 1
                continue
            alike = [value.name for value in values if _is_rounding_of(text, value)]
            assert not alike, f"{text} in {sentence!r} is {alike} in other digits; see {shown}"
    assert compared


@pytest.mark.parametrize("name", ["classification", "monitoring"])
def test_each_value_that_a_limit_judges_stands_in_its_sentence(name: str) -> None:
    data = _RECORDS[name]()
    limits = [finding for finding in data.findings if finding.kind == "threshold"]
    assert limits
    for finding in limits:
        written = write_value(data.values[finding.because[0]])
        assert f"is {written.number} (95 % interval {written.low} to {written.high})" in (
            finding.sentence
        )
