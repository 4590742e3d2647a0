"""A large file is read as a small one is: the same words, on the same lines, or the same mistake."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.errors import ProjectError
from reportgen.project_file import quick_yaml
from reportgen.project_file.source import MAX_DEPTH, Source, read_text

BASE = """\
project: Flight delays   # a comment
board: {type: folder, path: "a: b", allow_pickle: [late, 'it''s']}
numbers: [1.10, 007, 1e5, .5, -3, 12:30, 2013-05-01, NO, on, ~, null, true, ""]
text: |
  two
    lines
folded: >-
  one
  line
anchor: &same {a: 1, b: [x, y]}
again: *same
merged:
  <<: *same
  b: 2
"quoted key": {? complex : 1}
odd: "\\u00e9\\t tab"
empty:
long: a plain scalar
  over two lines
"""


def read(text: str, monkeypatch: pytest.MonkeyPatch, *, quick: bool) -> Source | list[str]:
    monkeypatch.setattr(quick_yaml, "LARGE_BYTES", 0 if quick else 10**9)
    try:
        return read_text(text, "x.yml")
    except ProjectError as mistake:
        return str(mistake).splitlines()


def mutated(seed: int) -> str:
    chance = random.Random(seed)
    text = list(BASE)
    for _ in range(chance.randint(0, 4)):
        place = chance.randrange(len(text))
        match chance.randrange(3):
            case 0:
                text[place] = chance.choice("{}[]:,-&*!|>'\"#%@`?\t \n~0a")
            case 1:
                del text[place]
            case _:
                text.insert(place, chance.choice("{}[]:,-&*!|>'\"#%@`?\t \n~0a"))
    return "".join(text)


@given(st.integers(0, 10**9))
@settings(max_examples=400)
def test_what_is_read_quickly_is_what_is_read_slowly(seed: int) -> None:
    text = mutated(seed)
    with pytest.MonkeyPatch.context() as patch:
        slow = read(text, patch, quick=False)
        quick = read(text, patch, quick=True)
    if isinstance(slow, Source) or not isinstance(quick, Source):
        assert quick == slow
        assert not isinstance(slow, Source) or str(quick) == str(slow)  # 1.10 is no 1.1


def test_both_ways_know_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert quick_yaml.compose_quickly(BASE * 1, MAX_DEPTH) is None  # too small to matter
    slow = read(BASE, monkeypatch, quick=False)
    assert isinstance(slow, Source)
    assert read(BASE, monkeypatch, quick=True) == slow
    node = quick_yaml.compose_quickly(BASE, MAX_DEPTH)
    assert node is not None
    deep = "a: " + "[" * 60 + "]" * 60
    assert read(deep, monkeypatch, quick=True) == read(deep, monkeypatch, quick=False)
    tabs = "a:\n\tb: 1\n"
    assert read(tabs, monkeypatch, quick=True) == read(tabs, monkeypatch, quick=False)
