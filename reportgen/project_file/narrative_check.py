"""Checks a narrative: its sections, what they quote, and what they take for granted.

Each mistake has its line; that of a quote is the line on which it stands, not where its text
begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reportgen.errors import near_miss
from reportgen.report import FILTERS, Fact, Part, Quote, Value, split_quotes
from reportgen.report.quote import MOST_QUOTES, stray_braces

if TYPE_CHECKING:
    from reportgen.project_file.check import Mistakes
    from reportgen.project_file.settings import SectionSettings
    from reportgen.project_file.source import Source

__all__ = ["check_names", "check_sections"]


def check_sections(source: Source, text: str, known: Sequence[str], mistakes: Mistakes) -> None:
    """Note what is wrong with the sections as they stand, without a record.

    Parameters
    ----------
    text : of the whole file
    known : sections that need no title
    """
    for name, said in source.plain.items():
        if isinstance(said, dict):
            _check_section(name, said, known, mistakes)
            _check_versions(name, said, mistakes)
            _check_expectations(name, said, mistakes)
            _check_quotes(name, said, text, mistakes)


def _check_section(
    name: str, said: dict[str, Any], known: Sequence[str], mistakes: Mistakes
) -> None:
    if name not in known and said.get("title") is None:
        mistakes.add(
            (name,),
            "there is no such section.",
            f"{near_miss(name, known)} A section of your own needs a title.",
        )
    text, excuse = said.get("text"), said.get("not_applicable")
    if text is not None and excuse is not None:
        mistakes.add((name, "not_applicable"), "cannot stand beside a text; keep one of them.")
    if text is None and excuse is None:
        mistakes.add(
            (name,),
            "has neither a text nor a reason why it is not applicable.",
            "Leave the section out until somebody has written it.",
        )
    if text is None:
        return
    for key, why in (("author", "who says so"), ("date", "when it was written or read again")):
        if said.get(key) is None:
            mistakes.add((name, key), f"is needed with a text: {why}.")


def _check_versions(name: str, said: dict[str, Any], mistakes: Mistakes) -> None:
    if said.get("for_version") is not None and said.get("holds_for") is not None:
        mistakes.add((name, "holds_for"), "cannot stand beside for_version; keep one of them.")


def _check_expectations(name: str, said: dict[str, Any], mistakes: Mistakes) -> None:
    expected = said.get("expects")
    for about, limits in expected.items() if isinstance(expected, dict) else ():
        if not isinstance(limits, dict):
            continue
        where = (name, "expects", about)
        given = {key for key in ("min", "max", "equals") if limits.get(key) is not None}
        if not given:
            mistakes.add(where, "expects nothing.", "Give min, max or both, or equals.")
        elif "equals" in given and len(given) > 1:
            mistakes.add(where, "equals is for a fact, min and max for a value; keep one of them.")
        low, high = limits.get("min"), limits.get("max")
        numbers = (item for item in (low, high) if isinstance(item, int | float))
        if len(tuple(numbers)) == 2 and low > high:  # type: ignore[operator]
            mistakes.add(where, f"min ({low}) is greater than max ({high}).")


def _check_quotes(name: str, said: dict[str, Any], text: str, mistakes: Mistakes) -> None:
    written = said.get("text")
    if not isinstance(written, str):
        return
    where = (name, "text")
    for stray in stray_braces(written):
        mistakes.add(
            where,
            f"{stray!r} is not a quote such as {{{{ evaluation.recall | interval }}}}.",
            "Write \\{{ for two braces that are meant as braces.",
            line=_line(text, stray, mistakes, where),
        )
    quotes = tuple(part for part in split_quotes(written) if isinstance(part, Quote))
    if len(quotes) == MOST_QUOTES:
        mistakes.add(where, f"quotes more than {MOST_QUOTES:,} values; let a table show them.")
    for quote in quotes:
        for word in (word for word in quote.filters if word not in FILTERS):
            mistakes.add(
                where,
                f"a quote cannot be shown with {word!r}.",
                near_miss(word, FILTERS),
                line=_line(text, quote.written, mistakes, where),
            )


def check_names(
    sections: Mapping[str, SectionSettings], part: Part, text: str, mistakes: Mistakes
) -> None:
    """Note each quote and expectation that the record does not hold, or not in this kind."""
    values = {value.name: value for value in part.values}
    facts = {fact.name: fact for fact in part.facts}
    known = sorted({*values, *facts})
    for name, said in sections.items():
        where = (name, "text")
        for quote in _quotes(said):
            found = values.get(quote.name) or facts.get(quote.name)
            line = _line(text, quote.written, mistakes, where)
            if found is None:
                what = f"there is no value or fact {quote.name!r} to quote."
                mistakes.add(where, what, near_miss(quote.name, known), line=line)
            elif problem := _misread(quote, found):
                mistakes.add(where, problem, line=line)
        for about, limits in said.expects.items():
            here = (name, "expects", about)
            wanted, kind = (facts, "fact") if limits.equals is not None else (values, "value")
            if about not in wanted:
                fix = near_miss(about, sorted(wanted))
                mistakes.add(here, f"there is no {kind} {about!r}.", fix)


def _quotes(said: SectionSettings) -> Iterator[Quote]:
    yield from (part for part in split_quotes(said.text or "") if isinstance(part, Quote))


def _misread(quote: Quote, found: Value | Fact) -> str:
    """Say why a value or fact cannot be shown in the way a quote asks for."""
    if isinstance(found, Fact):
        word = next(iter(quote.filters), "")
        return f"{quote.name!r} is a text, which has no {word!r} to show." if word else ""
    if "percent" in quote.filters and found.unit != "ratio":
        return f"{quote.name!r} is no ratio but {found.unit}, and cannot be shown in percent."
    return ""


def _line(text: str, written: str, mistakes: Mistakes, where: tuple[str, ...]) -> int:
    """Find the line of a quote, at or below the key of its text."""
    first = mistakes.source.line(where)
    lines = text.splitlines()
    below = range(first, len(lines) + 1)
    return next((number for number in below if written in lines[number - 1]), first)
