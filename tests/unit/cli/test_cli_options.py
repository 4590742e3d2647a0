"""What was typed is read as it would be in the project file."""

from pathlib import Path

import pytest

from reportgen.cli.options import read_formats, read_output, read_parameters, read_segments
from reportgen.errors import UserError


def test_parameters_are_typed_like_yaml_without_surprises() -> None:
    given = [
        "a=1",
        "b=0.5",
        "c=NO",
        "d=true",
        "e=2013-05-01",
        "f=x=y",
        "g=",
        "h=[1, two]",
        "i=12:30",
    ]

    assert read_parameters(given) == {
        "a": 1,
        "b": 0.5,
        "c": "NO",
        "d": True,
        "e": "2013-05-01",
        "f": "x=y",
        "g": "",
        "h": [1, "two"],
        "i": "12:30",
    }


def test_segments_cross_with_a_comma() -> None:
    assert read_segments(["carrier", "origin, hour"]) == (("carrier",), ("origin", "hour"))


def test_formats_keep_their_order_and_stand_once() -> None:
    assert read_formats("pdf, html,pdf") == ("pdf", "html")
    assert read_formats(None) is None


@pytest.mark.parametrize(
    ("output", "formats", "place", "made"),
    [
        (None, None, "usual", None),
        (None, ("pdf",), "usual", ("pdf",)),
        ("out", ("pdf",), "out", ("pdf",)),
        ("out/card.html", None, "out/card.html", ("html",)),
        ("card.PDF", ("pdf",), "card.PDF", ("pdf",)),
        ("card.md", None, "card.md", ("gfm",)),
        ("v1.2", None, "v1.2", None),
    ],
)
def test_output_is_a_folder_or_one_file(
    output: str | None, formats: tuple[str, ...] | None, place: str, made: tuple[str, ...] | None
) -> None:
    given = None if output is None else Path(output)

    assert read_output(given, formats, "usual") == (Path(place), made)


def test_a_folder_may_be_named_like_a_file(tmp_path: Path) -> None:
    (tmp_path / "cards.html").mkdir()

    assert read_output(tmp_path / "cards.html", None, "usual") == (tmp_path / "cards.html", None)


def test_one_file_cannot_be_two_formats() -> None:
    with pytest.raises(UserError, match="Leave --to out"):
        read_output(Path("card.html"), ("html", "pdf"), "usual")
