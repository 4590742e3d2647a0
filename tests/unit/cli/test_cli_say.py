"""What is printed is text: no markup, no cursor movements, fields apart in a pipe."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer

from reportgen.cli.outcome import check_fail_on, fail_on, print_editions
from reportgen.cli.say import fail, print_rows, print_verdict, printable
from reportgen.errors import CellError, ProjectError, RetryError, ToolError, UserError
from reportgen.report import Manifest, PublishedFile, State


def manifest(*, fresh: bool = True, state: State = "alert", revision: int = 1) -> Manifest:
    return Manifest(
        report="weekly",
        edition="2013-W27",
        revision=revision,
        title="Weekly",
        kind="monitoring",
        state=state,
        sentence="Recall fell to [bold]0.4[/bold].",
        as_of="2013-07-08",
        fingerprint="0" * 64,
        inputs={},
        files=(PublishedFile(name="index.html", size_bytes=1, sha256="0" * 64),),
        made=datetime(2013, 7, 8, tzinfo=UTC),
        fresh=fresh,
        folder=Path.cwd() / "site" / "weekly" / "2013-W27",
    )


def test_control_characters_are_shown() -> None:
    assert printable("a\x1b[2J\r\u202eb\tc\nd") == "a\\x1b[2J\\r\\u202eb\tc\nd"


def test_rows_in_a_pipe_have_one_tab_between_fields(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(("a", "b"), [("x\ty", "1\n2"), ("[red]z", "")])

    assert capsys.readouterr().out == "x y\t1 2\n[red]z\t\n"


def test_a_verdict_has_a_word_and_a_shape(capsys: pytest.CaptureFixture[str]) -> None:
    print_verdict("cannot tell", "No labels yet.")

    assert capsys.readouterr().out == "? cannot tell  No labels yet.\n"


def test_what_was_made_and_what_was_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    print_editions([manifest(revision=2), manifest(fresh=False)])

    printed = capsys.readouterr()
    assert printed.out == (
        "weekly 2013-W27 r2  ▲ alert  Recall fell to [bold]0.4[/bold].\n  site/weekly/2013-W27\n"
    )
    assert "1 edition is up to date" in printed.err


def test_a_machine_is_told_the_same(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["reportgen", "render", "--json"])

    print_editions([manifest(), manifest(fresh=False)])

    printed = capsys.readouterr()
    editions = json.loads(printed.out)["editions"]
    assert [edition["made"] for edition in editions] == [True, False]
    assert editions[0]["verdict"]["state"] == "alert"
    assert printed.err == ""


@pytest.mark.parametrize(
    ("word", "states", "leaves"),
    [
        (None, ["alert"], False),
        ("alert", ["ok", "watch", "cannot tell"], False),
        ("alert", ["ok", "alert"], True),
        ("watch", ["watch"], True),
        ("watch", ["alert"], True),
        ("watch", ["ok"], False),
    ],
)
def test_grave_verdicts_leave_with_1(word: str | None, states: list[str], leaves: bool) -> None:
    code = 0
    try:
        fail_on(word, states)
    except typer.Exit as left:
        code = left.exit_code
    assert code == (1 if leaves else 0)


def test_an_unknown_gravity_is_refused_before_any_work() -> None:
    with pytest.raises(UserError, match="Did you mean 'alert'"):
        check_fail_on("alerts")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UserError("x"), 2),
        (ProjectError(["reportgen.yml:1  x"]), 2),
        (ToolError("x"), 3),
        (CellError("x", notebook=Path("left.ipynb")), 3),
        (RetryError("x"), 4),
    ],
)
def test_exit_codes_are_those_of_the_errors(
    error: UserError, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fail(error) == code
    assert "x" in capsys.readouterr().err
