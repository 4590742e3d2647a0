"""A command without a project names everything it lacks, in one message."""

from reportgen.cli.lacking import Asked, lacking
from reportgen.project_file import FoundPin

MODEL = FoundPin(
    name="late-flights", role="model", type="joblib", pickled=True, features=("carrier", "hour")
)
TEST = FoundPin(
    name="flights-test",
    role="data",
    columns={"carrier": "text", "hour": "number", "late": "boolean", "tail": "text"},
)
SCORED = FoundPin(
    name="flights-scored",
    role="data",
    columns={"sched_dep": "time", "carrier": "text", "hour": "number", "p_late": "number"},
)
SHARES = FoundPin(name="shares", role="data", columns={"carrier": "text"})
PINS = (SHARES, TEST, SCORED, MODEL)


def said(asked: Asked, pins: tuple[FoundPin, ...] = PINS) -> str:
    error = lacking(asked, pins)
    assert error is not None
    return str(error)


def test_with_nothing_typed_everything_is_named_and_a_whole_command_shown() -> None:
    assert said(Asked(command="card"), ()) == (
        "`reportgen card` lacks 4 things:\n"
        "  --board   where the pins live: a folder, s3://bucket/prefix, ...\n"
        "  MODEL     the pin of the model.\n"
        "  --data    the pin with rows that the model has not seen.\n"
        "  --target  the column with the true outcome.\n"
        "For example: reportgen card my-model --board board --data my-data --target COLUMN"
    )


def test_the_board_says_what_could_be_meant() -> None:
    words = said(Asked(command="card", board="b"))

    assert "The board has late-flights." in words
    assert "The board has shares, flights-test, flights-scored." in words


def test_only_data_that_fit_the_model_are_offered() -> None:
    words = said(Asked(command="card", board="b", model="late-flights", target="late"))

    assert (
        "--data         the pin with rows that the model has not seen. The board has flights-test, flights-scored."
        in words
    )


def test_the_likely_targets_are_named_and_the_model_must_be_trusted() -> None:
    asked = Asked(command="card", board="b", model="late-flights", data="flights-test")

    assert said(asked) == (
        "`reportgen card` lacks 2 things:\n"
        "  --target       the column with the true outcome. In 'flights-test' it could be late, tail.\n"
        "  --trust-model  'late-flights' is a pickle: loading it runs the code in it. "
        "Give this if you trust everyone who can write to the board.\n"
        "For example: reportgen card late-flights --board b --data flights-test --target late "
        "--trust-model"
    )


def test_wrong_names_are_named_together_with_near_misses() -> None:
    words = said(
        Asked(command="card", board="b", model="late-flight", data="flights-tset", target="late")
    )

    assert "the board has no pin 'late-flight'. Did you mean 'late-flights'?" in words
    assert "the board has no pin 'flights-tset'. Did you mean 'flights-test'?" in words


def test_a_wrong_column_is_named() -> None:
    asked = Asked(
        command="card", board="b", model="late-flights", data="flights-test", target="alte"
    )

    assert "'flights-test' has no column 'alte'. Did you mean 'late'?" in said(asked)


def test_monitoring_needs_data_and_a_time() -> None:
    words = said(Asked(command="monitor", board="b", model="late-flights"))

    assert "--data  the pin with the rows that were scored." in words
    assert "--time  the column with the moment of each row." in words
    data = Asked(command="monitor", board="b", model="late-flights", data="flights-scored")
    assert "In 'flights-scored' it could be sched_dep." in said(data)


def test_nothing_is_missing_when_all_is_there() -> None:
    full = Asked(
        command="card", board="b", model="late-flights", data="flights-test", target="late", trust_model=True
    )  # fmt: skip
    bare = Asked(command="card", board="b", model="late-flights")

    assert lacking(full, PINS) is None
    assert lacking(bare, PINS) is None


def test_the_example_can_be_pasted_into_a_shell() -> None:
    pins = (FoundPin(name="my model; rm", role="model"),)

    assert "reportgen card 'my model; rm' --board 'a b'" in said(
        Asked(command="card", board="a b"), pins
    )
