"""YAML is read with its lines and without its surprises."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.errors import ProjectError
from reportgen.project_file import read_value
from reportgen.project_file.source import as_plain, read_text


def said(text: str | bytes) -> str:
    with pytest.raises(ProjectError) as caught:
        read_text(text, "reportgen.yml")
    return str(caught.value)


@pytest.mark.parametrize("word", ["yes", "no", "NO", "on", "off", "y", "n", "TRUE", "NULL"])
def test_words_that_yaml_takes_for_booleans_stay_words(word: str) -> None:
    assert read_text(f"country: {word}", "f").plain == {"country": word}


@pytest.mark.parametrize(
    "text", ["12:30", "2013-05-01", "1_000", "0x1f", "007", "0o17", ".inf", "1e999"]
)
def test_what_yaml_takes_for_times_dates_and_odd_numbers_stays_text(text: str) -> None:
    assert read_text(f"key: {text}", "f").plain == {"key": text}


def test_numbers_and_booleans_are_read() -> None:
    plain = as_plain(read_text("[1, -2, 1.5, .5, 1e3, true, false, null, ~]", "f").plain)

    assert plain == [1, -2, 1.5, 0.5, 1000.0, True, False, None, None]
    assert [type(item) for item in plain[:3]] == [int, int, float]


def test_a_number_remembers_how_it_was_written() -> None:
    version = read_text("version: 1.10", "f").plain["version"]

    assert version == 1.1
    assert version.text == "1.10"


def test_quoted_scalars_are_text() -> None:
    assert read_text("""a: "1"\nb: 'true'\nc: |\n  5\n""", "f").plain == {
        "a": "1",
        "b": "true",
        "c": "5\n",
    }


def test_every_key_and_item_has_its_line() -> None:
    source = read_text("a:\n  b: 1\n  c:\n    - x\n    -\n      d: 2\n", "f")

    assert source.lines == {
        ("a",): 1,
        ("a", "b"): 2,
        ("a", "c"): 3,
        ("a", "c", 0): 4,
        ("a", "c", 1): 6,
        ("a", "c", 1, "d"): 6,
    }
    assert source.line(("a", "b", "missing", "deeper")) == 2


def test_a_key_that_stands_twice_is_a_mistake_with_both_lines() -> None:
    message = said("models:\n  a: 1\n  b: 2\n  a: 3\n")

    assert message == "reportgen.yml:4  models.a: stands here again; it was set in line 2."


def test_all_repeated_keys_are_named_at_once() -> None:
    assert said("a: 1\na: 2\nb: 1\nb: 2\n").count("stands here again") == 2


def test_aliases_and_merges_share_settings() -> None:
    plain = read_text("base: &base {x: 1, y: 2}\nuse: {<<: *base, y: 3}\n", "f").plain

    assert plain["use"] == {"x": 1, "y": 3}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[" * 3000, "nested too deeply"),
        ("{a: " * 3000, "nested too deeply"),
        ("a: &x [*x]", "unfold"),
        ("a: !!python/object/apply:os.system [echo]", "the tag"),
        ("a: !!int x", "the tag"),
        ("a: !own 1", "the tag"),
        ("a: b: c", "mapping values are not allowed"),
        ("\ta: 1", "not with tabs"),
        ("a: 1\n---\nb: 2", "but found another document"),
        ("? [a, b]\n: 1", "cannot be a key"),
        ("a: [1, 2", "not YAML"),
        (b"\xff\xfe\x00", "not YAML"),
        ("a: \x00", "not YAML"),
        ("#" * 1_000_001, "larger than"),
        ("a: {<<: 3}", "can only merge a mapping"),
    ],
)
def test_what_cannot_be_settings_is_refused_with_its_line(
    text: str | bytes, sentence: str
) -> None:
    message = said(text)

    assert message.startswith("reportgen.yml:")
    assert sentence in message


def test_a_bomb_of_aliases_does_not_unfold() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9)]

    assert "unfold" in said("\n".join(lines))


PIECES = st.sampled_from(
    ["a", "b: ", "- ", "\n", "  ", "\t", "[", "]", "{", "}", ",", ":", "&x ", "*x", "!!int ", "!t ", "|\n", ">", "'", '"', "#", "%YAML 1.1", "---", "...", "? ", "<<: ", "2013-45-01", "\\", "@", "`", "\u2028", "é", "\x07", "1e9", "~"]
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(
    st.one_of(
        st.lists(PIECES, max_size=30).map("".join), st.text(max_size=80), st.binary(max_size=60)
    )
)
def test_any_text_is_read_or_refused_with_a_line(text: str | bytes) -> None:
    mistakes: tuple[str, ...] = ()
    try:
        read_text(text, "reportgen.yml")
    except ProjectError as error:
        mistakes = error.mistakes
    assert all(mistake.startswith("reportgen.yml:") for mistake in mistakes)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("NO", "NO"),
        ("0.5", 0.5),
        ("12", 12),
        ("true", True),
        ("", ""),
        ("-", "-"),
        ("2013-05-01", "2013-05-01"),
        ("a: b", "a: b"),
        ("[a, 1]", ["a", 1]),
        ("'12'", "12"),
        ("# no comment", "# no comment"),
    ],
)
def test_a_typed_value_is_read_like_one_in_the_file(typed: str, value: object) -> None:
    assert read_value(typed) == value
