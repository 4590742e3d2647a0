"""A project file is read whole, or all its mistakes are named with line, near miss and fix."""

from datetime import timedelta
from pathlib import Path

import pytest

from reportgen.errors import NotFoundError, ProjectError
from reportgen.project_file import load_project
from reportgen.report import PinRef, Threshold

GOOD = """\
project: Flight delays
board: {type: folder, path: board}
site: site
timezone: America/New_York
models:
  late-flights:
    pin: late-flights
    version: 20130502T060000Z-abcde
    task: classification
    narrative: cards/late-flights.yml
    evaluation:
      data: {pin: flights-test}
      target: late
      segments: [carrier, [origin, time_of_day]]
      population: carrier-shares
    monitoring:
      data: {pin: flights-scored}
      reference: {pin: flights-test, version: 1.10}
      time: sched_dep
      prediction: predicted_late
      score: p_late
      target: late
      label_delay: 2d
      every: week
      thresholds: {recall: {min: 0.6, material: 0.05}}
reports:
  late-flights-card:   {model: late-flights, template: model_card, formats: [html, pdf]}
  late-flights-weekly: {model: late-flights, template: monitoring, formats: [html, pdf],
                        schedule: "0 6 * * MON", grace: 1d, catch_up: {max: 8}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "cards").mkdir()
    (tmp_path / "cards" / "late-flights.yml").write_text("")
    return tmp_path


def write(folder: Path, text: str) -> Path:
    path = folder / "reportgen.yml"
    path.write_text(text)
    return path


def mistakes(folder: Path, text: str, **environment: str) -> list[str]:
    with pytest.raises(ProjectError) as caught:
        load_project(write(folder, text), environment)
    return list(caught.value.mistakes)


def mistake(folder: Path, text: str, **environment: str) -> str:
    said = mistakes(folder, text, **environment)
    assert len(said) == 1, said
    return said[0]


def test_the_whole_of_a_project_arrives(folder: Path) -> None:
    project = load_project(write(folder, GOOD))

    model = project.models["late-flights"]
    assert (project.name, project.timezone) == ("Flight delays", "America/New_York")
    assert project.site == folder / "site"
    assert model.pin == PinRef(name="late-flights", version="20130502T060000Z-abcde")
    assert model.narrative == folder / "cards" / "late-flights.yml"
    assert model.evaluation is not None
    assert model.evaluation.segments == (("carrier",), ("origin", "time_of_day"))
    assert model.evaluation.population == PinRef(name="carrier-shares")
    assert model.monitoring is not None
    assert model.monitoring.reference == PinRef(name="flights-test", version="1.10")
    assert model.monitoring.label_delay == timedelta(days=2)
    assert model.monitoring.thresholds == {"recall": Threshold(minimum=0.6, material=0.05)}
    weekly = project.reports["late-flights-weekly"]
    assert (weekly.kind, weekly.grace, weekly.catch_up) == (
        "monitoring",
        timedelta(days=1),
        {"max": 8},
    )
    assert project.reports["late-flights-card"].kind == "card"


def test_a_folder_stands_for_its_project_file(folder: Path) -> None:
    write(folder, GOOD)

    assert load_project(folder).folder == folder


def test_the_model_pin_is_named_like_the_model_when_left_out(folder: Path) -> None:
    project = load_project(write(folder, GOOD.replace("    pin: late-flights\n", "")))

    assert project.models["late-flights"].pin.name == "late-flights"


def test_all_mistakes_come_at_once_in_the_order_of_their_lines(folder: Path) -> None:
    text = GOOD.replace("every: week", "evry: week").replace("late-flights-card:  ", "card:")
    text = text.replace(
        "{model: late-flights, template: model_card", "{model: late-flight, template: model_card"
    )
    text = text.replace("America/New_York", "America/New_Yrok").replace(
        "target: late\n      seg", "seg"
    )

    said = mistakes(folder, text)

    assert "\n".join(said) == (
        "reportgen.yml:4  timezone: there is no time zone 'America/New_Yrok'. "
        "Did you mean 'America/New_York'?\n"
        "reportgen.yml:11  models.late-flights.evaluation.target: is needed.\n"
        "                  Column with the true outcome.\n"
        "reportgen.yml:23  models.late-flights.monitoring.evry: there is no such setting.\n"
        "                  Did you mean 'every'?\n"
        "reportgen.yml:26  reports.card.model: no model 'late-flight'.\n"
        "                  Did you mean 'late-flights'?"
    )


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("task: classification", "task: clssification", "Did you mean 'classification'?"),
        ("task: classification", "task: 3", "cannot be 3"),
        ("type: folder", "type: fodler", "Did you mean 'folder'?"),
        ("formats: [html, pdf]}", "formats: [html, pfd]}", "Did you mean 'pdf'?"),
        ("formats: [html, pdf]}", "formats: []}", "must not be empty"),
        ("formats: [html, pdf]}", "formats: html}", "must be a list, but is 'html'"),
        ("label_delay: 2d", "label_delay: 2 days", "is not a duration such as"),
        ("label_delay: 2d", "label_delay: {}", "must be a text"),
        ("every: week", "every: fortnight", "day, week, month, quarter, year"),
        ("recall: {min", "recll: {min", "Did you mean 'recall'?"),
        ("min: 0.6,", "min: 0.6, max: 0.5,", "min (0.6) is greater than max (0.5)"),
        ("min: 0.6", "min: high", "must be a number, but is 'high'"),
        ("material: 0.05", "material: -1", "must be at least 0"),
        ("material: 0.05", "materal: 0.05", "Did you mean 'material'?"),
        ("0 6 * * MON", "0 6 * *", "has 4 fields"),
        ("0 6 * * MON", "0 25 * * MON", "'25' is not a hour"),
        ("0 6 * * MON", "0 6 * * MOON", "is not a weekday"),
        ("grace: 1d", "grace: 1 d", "is not a duration"),
        ("max: 8", "max: -1", "must be at least 0"),
        ("max: 8", "max: 1.5", "must be a whole number"),
        ("[carrier, [origin, time_of_day]]", "[carrier, []]", "must not be empty"),
        ("[carrier, [origin, time_of_day]]", "[a, [b, c, d, e]]", "at most 3"),
        ("[carrier, [origin, time_of_day]]", "[carrier, {a: b}]", "must be a list, but is a mapping"),
        ("[carrier, [origin, time_of_day]]", "[carrier, true]", "must be a list, but is true"),
        ("target: late\n      seg", "target: true\n      seg", 'Put it in quotes: "true"'),
        ("target: late\n      seg", "target:\n      seg", "must be a text, but is empty"),
        ("data: {pin: flights-test}", "data: {}", "is needed"),
        ("data: {pin: flights-test}", "data: {pn: x, pin: y}", "Did you mean 'pin'?"),
        ("model: late-flights, template: model_card", "template: model_card", "is needed"),
        ("template: model_card", "template: modelcard", "Did you mean 'model_card'?"),
        ("template: model_card", "template: own.qmd", "there is no file 'own.qmd'"),
        ("template: model_card", "template: model_card, kind: monitoring", "is of kind 'card'"),
        ("late-flights.yml", "late-flihgts.yml", "Did you mean 'late-flights.yml'?"),
        ("  late-flights-card: ", "  ../card: ", "it becomes a folder"),
        ("  late-flights-card: ", "  index.html: ", "it becomes a folder"),
        ("project: Flight delays", "project: ''", "must not be empty"),
        ("site: site", "site: [a]", "must be a mapping"),
        ("timezone: America/New_York", "timezone: ../../etc/passwd", "there is no time zone"),
        ("timezone: America/New_York", "timezone: America", "there is no time zone"),
    ],
)  # fmt: skip
def test_one_mistake_is_named_with_line_and_fix(
    folder: Path, old: str, new: str, sentence: str
) -> None:
    line = GOOD[: GOOD.index(old)].count("\n") + 1

    said = mistake(folder, GOOD.replace(old, new, 1))

    assert said.startswith(f"reportgen.yml:{line}  ")
    assert sentence in said


@pytest.mark.parametrize(
    ("window", "sentence"),
    [
        ("3d", "is shorter than a week, so that rows in between were in no report"),
        ("36h", "with `every: week` a window is some whole days, such as 28d"),
        ("28 days", "is not a duration such as"),
        ("{}", "must be a text"),
        ("0", "is shorter than a week"),
    ],
)
def test_a_window_that_would_leave_rows_out_is_a_mistake(
    folder: Path, window: str, sentence: str
) -> None:
    text = GOOD.replace("      every: week", f"      window: {window}\n      every: week")
    line = GOOD[: GOOD.index("      every: week")].count("\n") + 1

    said = mistake(folder, text)

    assert said.startswith(f"reportgen.yml:{line}  models.late-flights.monitoring.window: ")
    assert sentence in said


def test_a_window_arrives(folder: Path) -> None:
    text = GOOD.replace("      every: week", "      window: 4w\n      every: week")

    monitoring = load_project(write(folder, text)).models["late-flights"].monitoring

    assert monitoring is not None
    assert monitoring.window == timedelta(days=28)
    assert monitoring.cadence("UTC").words == "every week, of 28 days"


def test_names_that_differ_only_in_case_would_share_a_folder(folder: Path) -> None:
    said = mistake(folder, GOOD.replace("  late-flights-card: ", "  Late-Flights-Weekly: "))

    assert said.startswith("reportgen.yml:28  reports.late-flights-weekly: differs from")


@pytest.mark.parametrize("text", ["", "# nothing\n", "just text", "- a\n- b\n", "5"])
def test_a_file_without_settings_is_one_mistake(folder: Path, text: str) -> None:
    assert mistake(folder, text).startswith("reportgen.yml:1  ")


def test_what_is_needed_is_named_in_an_almost_empty_file(folder: Path) -> None:
    said = "\n".join(mistakes(folder, "site: x\n"))

    assert all(f"{key}: is needed" in said for key in ("project", "board", "models"))


@pytest.mark.parametrize("models", ["models: {}", "models:", "models: {a: }", "models: {a: [1]}"])
def test_models_of_the_wrong_shape(folder: Path, models: str) -> None:
    text = f"project: p\nboard: {{type: folder, path: b}}\n{models}\n"

    assert mistake(folder, text).startswith("reportgen.yml:3  models")


def test_a_monitoring_report_needs_monitoring_settings(folder: Path) -> None:
    text = GOOD.replace("template: model_card", "template: monitoring")
    start, end = text.index("    monitoring:"), text.index("reports:")

    said = mistakes(folder, text[:start] + text[end:])

    assert len(said) == 2
    assert all("has no monitoring settings" in line for line in said)


def test_an_own_template_needs_its_kind(folder: Path) -> None:
    (folder / "own.qmd").write_text("")
    text = GOOD.replace("template: model_card", "template: own.qmd")

    assert "kind: is needed for a template of your own" in mistake(folder, text)
    project = load_project(write(folder, text.replace("own.qmd", "own.qmd, kind: card")))
    assert project.reports["late-flights-card"].kind == "card"


BOARD = "{type: s3, path: 'bucket/${PREFIX:-pins}', options: {key: '${KEY}', secret: '${SECRET}'}}"


def with_board(board: str) -> str:
    return GOOD.replace("{type: folder, path: board}", board)


def test_secrets_come_from_the_environment_and_stay_out_of_sight(folder: Path) -> None:
    environment = {"KEY": "AKIA-canary", "SECRET": "hunter2-canary"}

    project = load_project(write(folder, with_board(BOARD)), environment)

    assert project.board.path == "bucket/pins"
    assert dict(project.board.options) == {"key": "AKIA-canary", "secret": "hunter2-canary"}
    assert "canary" not in repr(project)


def test_a_missing_variable_is_named(folder: Path) -> None:
    said = mistake(folder, with_board(BOARD), KEY="hunter2-canary")

    assert "board.options.secret: the environment has no variable SECRET" in said
    assert "canary" not in said


@pytest.mark.parametrize(
    "literal", ["hunter2", "12345", "1.5", "'x${SECRET}'", "'${SECRET:-hunter2}'", "[hunter2]", "{a: hunter2}"]
)  # fmt: skip
def test_a_literal_secret_is_refused_and_not_repeated(folder: Path, literal: str) -> None:
    said = mistake(folder, with_board(BOARD.replace("'${SECRET}'", literal)), KEY="k", SECRET="s")

    assert "secret" in said
    assert "hunter2" not in said
    assert "12345" not in said


def test_a_broken_reference_is_a_mistake(folder: Path) -> None:
    text = with_board("{type: folder, path: '${1x}'}")

    assert "is not a reference such as ${NAME}" in mistake(folder, text)


def test_a_parameter_cannot_be_a_secret(folder: Path) -> None:
    text = GOOD.replace("template: model_card", "template: model_card, parameters: {api_token: x}")

    assert "a parameter is published with the report" in mistake(folder, text)


def test_parameters_arrive_as_plain_values(folder: Path) -> None:
    text = GOOD.replace(
        "template: model_card", "template: model_card, parameters: {a: 1, b: 1.5, c: NO, d: [1]}"
    )

    given = load_project(write(folder, text)).reports["late-flights-card"].parameters

    assert given == {"a": 1, "b": 1.5, "c": "NO", "d": [1]}
    assert type(given["a"]) is int
    assert type(given["b"]) is float


@pytest.mark.parametrize(
    ("positive", "level"), [("1", 1), ("true", True), ("yes", "yes"), ("UA", "UA"), ("'1'", "1")]
)
def test_a_positive_level_keeps_its_type(folder: Path, positive: str, level: object) -> None:
    text = GOOD.replace("      population", f"      positive: {positive}\n      population")

    evaluation = load_project(write(folder, text)).models["late-flights"].evaluation

    assert evaluation is not None
    assert evaluation.positive == level
    assert type(evaluation.positive) is type(level)


def test_a_missing_file_says_how_to_start(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="reportgen init"):
        load_project(tmp_path)


def test_the_other_ending_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "reportgen.yaml").write_text(GOOD)

    with pytest.raises(NotFoundError, match=r"There is reportgen\.yaml; rename it"):
        load_project(tmp_path)


def test_a_pin_may_be_named_like_a_secret(folder: Path) -> None:
    text = with_board(
        "{type: url, path: 'https://example.org', options: {pin_paths: {token: a/}}}"
    )

    assert load_project(write(folder, text)).board.options["pin_paths"] == {"token": "a/"}


@pytest.mark.parametrize("header", ["Authorization", "X-Api-Key"])
def test_a_secret_may_hide_in_a_header(folder: Path, header: str) -> None:
    board = (
        f"{{type: url, path: 'https://example.org', options: {{headers: {{{header}: Bearer x}}}}}}"
    )

    assert "a secret must not stand in this file" in mistake(folder, with_board(board))
