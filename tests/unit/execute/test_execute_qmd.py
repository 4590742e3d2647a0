from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reportgen.errors import NotFoundError, TemplateError
from reportgen.execute.template import read_template

Write = Callable[..., Path]


def cells(path: Path) -> list[tuple[str, int, str]]:
    return [(cell.kind, cell.line, cell.source) for cell in read_template(path).cells]


def test_header_prose_and_code_become_cells_with_their_lines(write: Write) -> None:
    path = write("---\ntitle: A\n---\n\nOne.\n\n```{python}\nx = 1\n```\n\n\nTwo.\n")
    assert cells(path) == [
        ("raw", 1, "---\ntitle: A\n---"),
        ("markdown", 5, "One."),
        ("code", 8, "x = 1"),
        ("markdown", 12, "Two."),
    ]
    assert read_template(path).front_matter == {"title": "A"}


def test_a_document_without_header_and_an_empty_one(write: Write) -> None:
    assert cells(write("Just text")) == [("markdown", 1, "Just text")]
    assert cells(write("")) == []
    assert cells(write("---\n\nA rule above.\n"))[0][0] == "markdown"


def test_windows_line_ends_and_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "w.qmd"
    path.write_bytes(b"\xef\xbb\xbf---\r\ntitle: A\r\n---\r\n```{python}\r\nx = 1\r\n```\r\n")
    assert cells(path) == [("raw", 1, "---\ntitle: A\n---"), ("code", 5, "x = 1")]


@pytest.mark.parametrize(
    "fence", ["```{python}\n%s\n```", "~~~{python}\n%s\n~~~", "`````{python}\n%s\n`````",
              "``` {python}\n%s\n```  ", "~~~~ {python}\n%s\n~~~~~~"]
)  # fmt: skip
def test_every_fence_of_pandoc(write: Write, fence: str) -> None:
    assert cells(write(fence % "x = 1")) == [("code", 2, "x = 1")]


def test_an_indented_cell_in_a_list_loses_the_indentation_of_its_fence(write: Write) -> None:
    path = write("- item\n\n  ```{python}\n  if x:\n      y\n z\n  ```\n")
    assert cells(path)[1] == ("code", 4, "if x:\n    y\nz")


def test_fences_inside_fences_and_comments_are_not_cells(write: Write) -> None:
    text = (
        "````markdown\n```{python}\nno = 1\n```\n````\n\n"
        "~~~\n```{python}\nno = 2\n```\n~~~\n\n"
        "<!--\n```{python}\nno = 3\n```\n-->\n\n"
        "```{.python}\nno = 4\n```\n\n```{{python}}\nno = 5\n```\n\n```{=html}\n<b>\n```\n"
        "```python\nno = 6\n```\n"
    )
    assert cells(write(text)) == [("markdown", 1, text.rstrip("\n"))]


def test_a_closing_fence_must_be_as_long_and_of_the_same_kind(write: Write) -> None:
    path = write('````{python}\ns = """\n```\n~~~~\n"""\n````\n')
    assert cells(path) == [("code", 2, 's = """\n```\n~~~~\n"""')]


def test_a_plain_fence_that_is_never_closed_is_text_as_in_pandoc(write: Write) -> None:
    path = write("```\nodd\n\n```{python}\nx = 1\n```\n")
    # the closing fence of the cell closes the plain one, too
    assert [kind for kind, _, _ in cells(path)] == ["markdown"]
    path = write("~~~\nodd\n\n```{python}\nx = 1\n```\n")
    assert [kind for kind, _, _ in cells(path)] == ["markdown", "code"]


def test_options_are_read_and_stay_in_the_source(write: Write) -> None:
    path = write('```{python}\n#| label: fig-roc\n#| fig-cap: "A: b"\n#| tags: [a, b]\nx\n```\n')
    (cell,) = read_template(path).cells
    assert cell.options == {"label": "fig-roc", "fig-cap": "A: b", "tags": ["a", "b"]}
    assert cell.tags == ("a", "b")
    assert cell.source.startswith("#| label: fig-roc\n")


def test_options_over_several_lines(write: Write) -> None:
    path = write("```{python}\n#| fig-cap:\n#|   - One\n#|   - Two\nx\n```\n")
    assert read_template(path).cells[0].options == {"fig-cap": ["One", "Two"]}


def test_attributes_of_the_fence_become_options_and_lines_stay_right(write: Write) -> None:
    path = write('\n```{python #fig-a .wide .tall echo=FALSE cap="x y"}\nfirst\n```\n')
    (cell,) = read_template(path).cells
    assert cell.options == {"label": "fig-a", "echo": False, "cap": "x y", "classes": "wide tall"}
    assert cell.line + cell.source.split("\n").index("first") == 3


def test_includes_bring_their_own_cells_and_lines(write: Write, tmp_path: Path) -> None:
    write("---\ntitle: not mine\n---\nFrom part.\n\n```{python}\ny = 2\n```\n", "_part.qmd")
    path = write("Before.\n\n{{< include _part.qmd >}}\n\nAfter.\n")
    found = [(c.kind, c.file, c.line) for c in read_template(path).cells]
    assert found == [
        ("markdown", "page.qmd", 1),
        ("code", "_part.qmd", 7),
        ("markdown", "page.qmd", 5),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A\n\n```{r}\n1\n```\n", "page.qmd:3: a cell in {r}"),
        ("```{julia}\n1\n```\n", "page.qmd:1: a cell in {julia}"),
        ("```{r, echo=FALSE}\n1\n```\n", "page.qmd:1: a cell in {r}"),
        ("A\n```{python}\nx\n", "page.qmd:2: the cell has no closing fence"),
        ("---\ntitle: A\n", "page.qmd:1: the YAML header has no closing line"),
        ("---\ntitle: A\nb: [1\n---\n", "page.qmd:3: not YAML"),
        ("---\n- a\n---\n", "page.qmd:2: not lines of `name: value`"),
        ("x\n```{python}\n#| a: b: c\n1\n```\n", "page.qmd:3: not YAML"),
        ("{{< include no.qmd >}}", "page.qmd:1: cannot include no.qmd"),
        ("{{< include page.qmd >}}", "page.qmd:1: page.qmd includes itself"),
        ("```{python ???}\n1\n```", "page.qmd:1: cannot read '???'"),
    ],
)
def test_mistakes_are_named_with_their_line(write: Write, text: str, said: str) -> None:
    with pytest.raises(TemplateError) as caught:
        read_template(write(text))
    assert str(caught.value).startswith(said)


def test_what_is_not_a_template(write: Write, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="There is no template"):
        read_template(tmp_path / "absent.qmd")
    with pytest.raises(TemplateError, match=r"a template is a \.qmd or an \.ipynb"):
        read_template(write("x", "page.md"))
    (tmp_path / "latin.qmd").write_bytes(b"caf\xe9")
    with pytest.raises(TemplateError, match="not UTF-8"):
        read_template(tmp_path / "latin.qmd")
