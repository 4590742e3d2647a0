"""However a project file is spoilt, the answer is a project or mistakes with their lines."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reportgen.errors import ProjectError
from reportgen.project_file import load_project
from tests.unit.project_file.test_project_load import GOOD

VALUES = st.sampled_from(
    ["", "x", "[]", "{}", "[a, {b: c}]", "{a: {b: c}}", "true", "null", "-1", "1e400", "1.5", "'a\\0b'", '"a\\0b"', "\u2028", "a" * 300, "../" * 50, "${", "${A}", "&a [1]", "*a", "!!set {a}", "2013-02-31", "0 0 * * *", "/", "*", "|", "'"]
)  # fmt: skip
PLACES = [match.span(1) for match in re.finditer(r"[:,\[] *([^\s:,\[\]{}]+)", GOOD)]


@st.composite
def spoilt(draw: st.DrawFn) -> str:
    """Put something else in up to three places, or cut and paste anywhere."""
    text = GOOD
    if draw(st.booleans()):
        chosen = draw(st.lists(st.sampled_from(PLACES), max_size=3, unique=True))
        for start, end in sorted(chosen, reverse=True):
            text = text[:start] + draw(VALUES) + text[end:]
        return text
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 60)))
        text = text[:start] + draw(st.one_of(VALUES, st.text(max_size=8))) + text[end:]
    return text


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=spoilt())
def test_a_spoilt_file_gives_mistakes_with_lines_and_never_a_traceback(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "cards").mkdir(exist_ok=True)
    (tmp_path / "cards" / "late-flights.yml").write_text("")
    path = tmp_path / "reportgen.yml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))

    mistakes: tuple[str, ...] = ()
    try:
        load_project(path, {})
    except ProjectError as error:
        mistakes = error.mistakes

    lines = text.count("\n") + text.count("\r") + text.count("\u2028") + text.count("\x85") + 2
    for mistake in mistakes:
        found = re.match(r"reportgen\.yml:(\d+)  \S", mistake)
        assert found, mistake
        assert 1 <= int(found[1]) <= lines


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("late-flights.yml", '"a\\0b.yml"'),
        ("cards/late-flights.yml", '"a\\0b.yml"'),
        ("template: model_card", 'template: "a\\0b.qmd"'),
        ("cards/late-flights.yml", "a" * 5000),
        ("cards/late-flights.yml", "a" * 5000 + "/b.yml"),
        ("site: site", 'site: "a\\0b"'),
        ("path: board", 'path: "a\\0b"'),
    ],
)
def test_a_path_that_no_file_system_takes_is_a_mistake(tmp_path: Path, old: str, new: str) -> None:
    (tmp_path / "cards").mkdir()
    (tmp_path / "cards" / "late-flights.yml").write_text("")
    (tmp_path / "reportgen.yml").write_text(GOOD.replace(old, new, 1))

    with pytest.raises(ProjectError, match=r"reportgen\.yml:\d+  "):
        load_project(tmp_path)
