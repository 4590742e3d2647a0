"""For all texts: a quote is found where it is written, and nothing that is said can be markup."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from html import unescape
from time import perf_counter

import pypandoc
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reportgen.present.escape import clean
from reportgen.present.narrative import narrative
from reportgen.present.opened import Report
from reportgen.present.prose import safe_markdown
from reportgen.report import Fact, Interval, Narrative, Provenance, Quote, Value, split_quotes
from reportgen.report.quote import MOST_QUOTES, quoted_names, stray_braces
from tests.present_support import HOSTILE, card_data

PIECES = st.sampled_from(
    ["{{", "}}", "{", "}", "\\", "[", "]", "|", " ", "\n", "a", "evaluation.recall", "n",
     "[carrier=UA]", "interval", "{{ evaluation.recall }}", "\\{{", "<", "😀", "\U00100000"]
)  # fmt: skip
GRAMMAR = st.lists(PIECES, max_size=30).map("".join)


@given(GRAMMAR)
@example("{{{ a.b }}}")
@example("\\{{{ a.b }}")
@example("{{ a.b[x=}}|{] | n }}")
def test_pieces_put_together_are_the_text(text: str) -> None:
    parts = split_quotes(text)
    whole = "".join(part if isinstance(part, str) else part.written for part in parts)

    assert whole == "".join(
        piece.replace("\\{{", "{{") if piece.startswith("\\") else piece
        for piece in re.split(r"(\\\{\{)", text)
    )
    assert all(parts)
    for part in parts:
        if isinstance(part, Quote):
            assert part.name == part.name.strip() != ""
            assert part.written.startswith("{{")
            assert part.written.endswith("}}")
            assert part.name in part.written


@given(GRAMMAR)
def test_braces_that_are_neither_quote_nor_escaped_are_seen(text: str) -> None:
    parts = split_quotes(text)
    escaped = len(re.findall(r"\\\{\{", text))
    braces = sum(len(re.findall(r"\{\{", part)) for part in parts if isinstance(part, str))

    assert bool(stray_braces(text)) == (braces > escaped) or "{{{" in text


def test_a_quote_is_read_with_its_group_and_filters() -> None:
    (quote,) = split_quotes("{{ evaluation.recall[carrier=A | {B}}] |interval| n }}")

    assert quote == Quote(
        name="evaluation.recall[carrier=A | {B}}]",
        filters=("interval", "n"),
        written="{{ evaluation.recall[carrier=A | {B}}] |interval| n }}",
    )
    assert quoted_names("{{ b.c }} {{ a.b }} {{ b.c | n }}") == ("b.c", "a.b")


@pytest.mark.parametrize(
    "text",
    ["{{" * 100_000, "{{ a" + " " * 200_000, "{{ a" + "|n" * 100_000, "{{ a[" + "x" * 200_000,
     "\\{{" * 70_000, "{{ a }}" * 30_000, "{{a[" * 50_000, "`" * 200_000, "*a" * 50_000],
    ids=range(9),
)  # fmt: skip
def test_no_text_takes_long(text: str) -> None:
    start = perf_counter()
    split_quotes(text)
    stray_braces(text)
    assert perf_counter() - start < 2


def test_at_most_so_many_values_are_quoted() -> None:
    parts = split_quotes("{{ a.b }} " * (MOST_QUOTES + 5))

    assert sum(isinstance(part, Quote) for part in parts) == MOST_QUOTES


SOURCE = Provenance(by="evaluation.recall@1")
MARKUP = st.sampled_from(
    ["<", ">", "&", '"', "'", "[", "]", "(", ")", "{", "}", "`", "*", "_", "$", "\\", "|", "#",
     "\n", "\n\n", "- ", "1. ", " ", "x", "~~~", "```", "{=html}", "<script>", ":::", "javascript:",
     "](", "http://a.org", "![", "@fig-a", "{{< x >}}", "\u202e", "\U00100000", "\x00", "&lt;"]
)  # fmt: skip
HOSTILE_TEXT = st.lists(MARKUP, max_size=14).map("".join)
QUOTED = st.sampled_from(
    ["{{ evaluation.recall }}", "{{ evaluation.recall | interval | n }}", "{{ model.class }}",
     "{{ evaluation.recall[g=x] | percent }}"]
)  # fmt: skip
MIXED = st.lists(st.one_of(HOSTILE_TEXT, QUOTED, st.sampled_from(HOSTILE)), max_size=6)


@dataclass(frozen=True)
class Case:
    """A text, and what the words of the record around it say."""

    text: str
    label: str
    fact: str
    reason: str


CASES = st.builds(
    Case,
    text=MIXED.map("".join),
    label=HOSTILE_TEXT,
    fact=HOSTILE_TEXT,
    reason=HOSTILE_TEXT.map(lambda text: clean(text) or "none"),
)


def markdown(case: Case, section: str) -> str:
    """The Markdown of a narrative over a record whose words are hostile too."""
    recall = Value(name="evaluation.recall", number=0.5, unit="ratio", n=9, label=case.label,
                   interval=Interval(low=0.4, high=0.6, method="wilson"),
                   provenance=replace(SOURCE, parameters={"seed": case.label}))  # fmt: skip
    group = Value(
        name="evaluation.recall[g=x]", unit="ratio", provenance=SOURCE, reason=case.reason
    )
    data = replace(
        card_data(evaluated=False, narrated=False),
        values={value.name: value for value in (recall, group)},
        facts={"model.class": Fact(name="model.class", text=case.fact, provenance=SOURCE)},
        tables={},
        narrative=(
            Narrative(section=section, title=case.label or "T", state="attested", text=case.text,
                      author=case.fact),
        ),
    )  # fmt: skip
    return str(narrative(Report(data)))


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(CASES, min_size=6, max_size=6))
def test_neither_a_text_nor_what_it_quotes_can_inject(cases: list[Case]) -> None:
    mark = "::: {.case}\ncase\n:::"
    written = "\n\n".join(
        f"{mark}\n\n{markdown(case, section=f'a{place}')}" for place, case in enumerate(cases)
    )
    page = pypandoc.convert_text(written, "html5", format="markdown", extra_args=["--wrap=none"])

    before, *parts = page.split('<div class="case">\n<p>case</p>\n</div>')
    assert (before, len(parts)) == ("", len(cases))
    for case, part in zip(cases, parts, strict=True):
        check(case, part)


def check(case: Case, page: str) -> None:
    quotes = [part for part in split_quotes(case.text) if isinstance(part, Quote)]
    elements = set(re.findall(r"<([a-z0-9]+)", page))
    assert elements <= {"h3", "p", "ul", "ol", "li", "em", "strong", "code", "a", "span"}
    assert set(re.findall(r'class="([^"]*)"', page)) <= {
        "rg-value", "rg-value rg-missing", "rg-signed rg-muted",
    }  # fmt: skip
    for address in re.findall(r'(?:href|src)="([^"]*)"', page):
        assert address.startswith(("http://", "https://", "mailto:"))
    named = [unescape(name) for name in re.findall(r'data-name="([^"]*)"', page)]
    assert named == [quote.name for quote in quotes if quote.name != "model.class"]
    shown = " ".join(unescape(re.sub(r"<[^>]+>", "", page)).split())
    for quote in quotes:
        if "interval" in quote.filters:
            assert "0.5 (0.4 to 0.6), n = 9" in shown
        if quote.name == "model.class":
            assert clean(case.fact) in shown


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**recall of Q ok**", "<strong>recall of Q ok</strong>"),
        ("*Q*", "<em>Q</em>"),
        ("- a Q\n- b", "<li>a Q</li>"),
        ("# On Q", "<strong>On Q</strong>"),
        ("`recall = Q!`", "<code>recall =</code> Q <code>!</code>"),
        ("[see Q there](https://a.org)", '<a href="https://a.org">see</a> Q <a href="https://a.org">there</a>'),
        ("[x](https://a.org/Q)", "[x](https://a.org/Q)"),
        ("1Q2 <b>Q</b>", "1Q2 &lt;b&gt;Q&lt;/b&gt;"),
    ],
)  # fmt: skip
def test_a_quote_stands_in_every_construct(text: str, html: str) -> None:
    written = safe_markdown(text.replace("Q", "{{ a.b }}"), lambda _: "[0.5]{.v}")
    page = pypandoc.convert_text(
        written, "html5", format="markdown-smart", extra_args=["--wrap=none"]
    )

    assert html in page.replace('<span class="v">0.5</span>', "Q").replace("\n", "")


def test_escaped_braces_are_braces() -> None:
    assert safe_markdown("\\{{ a.b }} {{ a.b }}", lambda _: "X") == r"\{\{ a\.b \}\} X"
    assert safe_markdown("{{ a.b }}") == r"\{\{ a\.b \}\}"


def test_a_stand_in_that_a_text_brings_along_is_not_one() -> None:
    assert safe_markdown("\U00100000 {{ a.b }}", lambda _: "X") == "\ufffd X"
