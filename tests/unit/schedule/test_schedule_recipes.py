"""Each recipe is one that its own system reads."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from cronsim import CronSim
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.project_file import load_project
from reportgen.report import Project
from reportgen.schedule.calendar_events import calendar_events
from reportgen.schedule.recipes import RECIPES, recipe, wakes

PROJECT = """
project: 'Flight "delays" % 100'
board: {type: folder, path: board}
timezone: America/New_York
models:
  late: {evaluation: {data: test, target: late}, monitoring: {data: scored, time: at}}
reports:
  card: {model: late, template: model_card}
  weekly: {model: late, template: monitoring, schedule: "0 6 * * MON"}
  weekly.too: {model: late, template: monitoring, schedule: "0 6 * * MON"}
  9-daily: {model: late, template: monitoring, schedule: "@daily"}
"""
WHERE = "/srv/it's 5 %/reportgen.yml"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "reportgen.yml").write_text(PROJECT)
    return load_project(tmp_path)


def test_reports_of_one_cron_line_are_looked_at_together(project: Project) -> None:
    assert [(wake.line, wake.reports) for wake in wakes(project)] == [
        ("17 * * * *", ("card",)),
        ("0 6 * * MON", ("weekly", "weekly.too")),
        ("0 0 * * *", ("9-daily",)),
    ]
    same = {f"weekly{end}": project.reports["weekly"] for end in (".a", "_a", "-a")}
    lines = ("0 1 * * *", "0 2 * * *", "0 3 * * *")
    reports = {
        name: replace(spec, schedule=line)
        for (name, spec), line in zip(same.items(), lines, strict=True)
    }
    assert len({wake.name for wake in wakes(replace(project, reports=reports))}) == 3


def commands(text: str) -> list[str]:
    return [line for line in text.splitlines() if "reportgen run --due" in line]


def test_cron_reads_every_line(project: Project) -> None:
    lines = [
        line
        for line in recipe("cron", project, WHERE).splitlines()
        if line and not line.startswith("#")
    ]

    assert lines[0] == "CRON_TZ=America/New_York"
    for line in lines[1:]:
        *fields, command = line.split(maxsplit=5)
        assert next(CronSim(" ".join(fields), datetime(2026, 1, 1)))
        assert "%" not in command.replace(r"\%", "")  # which cron takes for the end of the line
    assert len(lines) == 4


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze")
def test_systemd_verifies_its_units(project: Project, tmp_path: Path) -> None:
    files: dict[str, list[str]] = {}
    name = ""
    for line in recipe("systemd", project, WHERE).splitlines():
        if line.startswith("# ----"):
            name = line.strip("# -")
        elif name:
            files.setdefault(name, []).append(line)
    assert len(files) == 6
    for name, lines in files.items():
        (tmp_path / name).write_text("\n".join(lines) + "\n")

    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / name) for name in files)],
        capture_output=True,
        text=True,
        check=False,
    )

    own = [
        line for line in done.stderr.splitlines() if str(tmp_path) in line or "reportgen" in line
    ]
    assert own == []


def calendar(event: str, after: datetime, number: int) -> list[datetime]:
    done = subprocess.run(
        ["systemd-analyze", "calendar", f"--iterations={number}", "--base-time",
         after.strftime("%Y-%m-%d %H:%M:%S UTC"), event],
        capture_output=True, text=True, check=True, env={"TZ": "UTC", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    lines = [
        line for line in done.stdout.splitlines() if line.strip().startswith(("Next", "Iter"))
    ]
    words = [line.split(": ", 1)[1].split()[1:3] for line in lines]
    return [
        datetime.strptime(" ".join(each), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        for each in words
    ]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze")
@pytest.mark.parametrize(
    "line",
    [
        "0 6 * * MON",
        "*/20 4-6 * * *",
        "30 2 1,15 * *",
        "5 4 * 2-4 1-5",
        "0 0 13 * FRI",
        "7 */5 * * 0,7",
    ],
)
def test_systemd_means_the_same_moments_as_cron(line: str) -> None:
    after = datetime(2026, 1, 10, 3, 2, tzinfo=UTC)
    ticks = CronSim(line, after)
    expected = [next(ticks) for _ in range(5)]

    found = {t for event in calendar_events(line, "UTC") for t in calendar(event, after, 5)}

    assert sorted(found)[:5] == expected


@given(
    st.integers(0, 59),
    st.integers(0, 23),
    st.sampled_from(["America/New_York", "Asia/Kolkata", "Europe/Berlin"]),
)
@settings(max_examples=10)
def test_lines_in_utc_come_whenever_the_local_one_does(minute: int, hour: int, zone: str) -> None:
    from reportgen.schedule.recipes import _in_utc

    local = CronSim(f"{minute} {hour} * * *", datetime(2026, 1, 1, tzinfo=ZoneInfo(zone)))
    in_utc = {tuple(line.split()[:2]) for line in _in_utc(f"{minute} {hour} * * MON", zone)}
    times = [next(local) for _ in range(365)]
    kept = [t.astimezone(UTC) for t in times if (t.hour, t.minute) == (hour, minute)]

    assert {(str(t.minute), str(t.hour)) for t in kept} <= in_utc


@pytest.mark.parametrize(
    ("name", "kind"), [("github", "github-workflows"), ("gitlab", "gitlab-ci")]
)
def test_ci_systems_accept_their_files(
    name: str, kind: str, project: Project, tmp_path: Path
) -> None:
    file = tmp_path / f"{name}.yml"
    file.write_text(recipe(name, project, WHERE))

    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{kind}", str(file)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout
    assert "test $? -eq 4" in file.read_text()
    assert "it'\"'\"'s 5 %" in json.dumps(yaml.safe_load(file.read_text())).replace('\\"', '"')


def test_kubernetes_gets_a_cron_job_for_every_line(project: Project) -> None:
    jobs = list(yaml.safe_load_all(recipe("kubernetes", project, "reportgen.yml")))

    assert [job["kind"] for job in jobs] == ["CronJob"] * 3
    for job, wake in zip(jobs, wakes(project), strict=True):
        spec = job["spec"]
        assert (spec["schedule"], spec["timeZone"]) == (wake.line, "America/New_York")
        assert spec["concurrencyPolicy"] == "Forbid"
        assert len(job["metadata"]["name"]) <= 52
        (container,) = spec["jobTemplate"]["spec"]["template"]["spec"]["containers"]
        assert container["args"] == [wake.command("reportgen.yml")]


@pytest.mark.engines
def test_kubernetes_accepts_it_by_its_own_schema(project: Project) -> None:
    import kubernetes_validate

    for job in yaml.safe_load_all(recipe("kubernetes", project, WHERE)):
        kubernetes_validate.validate(job, "1.30", strict=True)


@pytest.mark.parametrize("name", ["airflow", "dagster", "prefect"])
def test_python_recipes_are_python_and_run_the_command(name: str, project: Project) -> None:
    text = recipe(name, project, WHERE)

    tree = ast.parse(text)
    compile(tree, name, "exec")
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    for wake in wakes(project):
        assert wake.command(WHERE) in texts
        assert wake.line in texts
    assert "America/New_York" in texts
    names = [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert len(names) == len(set(names))


def test_connect_gets_a_document_that_runs_the_command(project: Project) -> None:
    text = recipe("connect", project, "reportgen.yml")

    assert yaml.safe_load(text.split("---")[1])["jupyter"] == "python3"
    code = text.split("```{python}")[1].split("```")[0]
    compile(code, "connect", "exec")
    assert len(commands(code)) == 3


@pytest.mark.parametrize("name", RECIPES)
def test_no_recipe_leaves_a_hole(name: str, project: Project) -> None:
    text = recipe(name, project, WHERE)

    assert text.isascii()
    assert text.endswith("\n")
    assert commands(text)
    assert "${" not in text.replace("${{", "")
