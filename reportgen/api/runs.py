"""Editions made by a crew: units of work as JSON, and what comes back."""

from __future__ import annotations

import json
import pickle
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from reportgen.api.warmth import to_stderr
from reportgen.api.workbench import Asked, Workbench, render_chunk
from reportgen.execute.nbclient import READY
from reportgen.fleet import Crew, ForkedCrew, Progress, Task, raise_failures
from reportgen.pipeline import edition_key
from reportgen.publish import dump_manifest, load_manifest
from reportgen.report import Manifest, Period, Project, Remade
from reportgen.report.run_spec import RunSpec, dump_run, load_run

__all__ = ["MAKE", "WARM", "Asking", "crew_of", "make_runs", "render_apart"]

MAKE = "reportgen.api.runs:make_runs"
# What the process that reports are forked from imports.
WARM = ("reportgen.api.rehearsal", "reportgen.execute.inside", *READY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What is to be made, of which project.

    Attributes
    ----------
    file : the project file, by a path that holds wherever the work is done
    period : as `choose_periods` reads it
    elsewhere : it is made on other machines: nothing of the project travels there, since its
        settings hold what the environment's secrets were resolved to
    """

    project: Project
    file: Path
    names: Sequence[str]
    period: str | None
    asked: Asked
    elsewhere: bool = False


def crew_of(jobs: int, cluster: str | None) -> Callable[[], Crew]:
    """Give what opens a crew: on this machine, or on a cluster."""
    if cluster is None:
        return lambda: ForkedCrew(MAKE, hands=jobs, imports=WARM)
    from reportgen.fleet.cluster import ClusterCrew

    return lambda: ClusterCrew(MAKE, address=cluster, imports=WARM)


def render_apart(
    asking: Asking, crew: Callable[[], Crew], hands: int, told: Callable[[Progress], None]
) -> list[Manifest]:
    """Make reports in processes of their own; for what is published already there is none.

    Parameters
    ----------
    crew : opens what does the work, when there is some; a context manager
    hands : tasks it does at the same time

    Raises
    ------
    ReportgenError
        What could not be made, when all that could be is published.
    """
    tasks, made = _tasks(asking, hands)
    if tasks:
        with crew() as opened:
            outcomes = opened.run(tasks, told)
        for outcome in outcomes:
            for line in outcome.said.splitlines():
                to_stderr(line)
        raise_failures(outcomes)
        made += [_read_made(plain) for outcome in outcomes for plain in outcome.result]
    return sorted(made, key=lambda m: (asking.names.index(m.report), m.as_of, m.edition))


def _tasks(asking: Asking, hands: int) -> tuple[list[Task], list[Manifest]]:
    """Give what there is to do, and what is published from these very inputs."""
    tasks: list[Task] = []
    published: list[Manifest] = []
    for name in asking.names:
        spec = asking.project.reports[name]
        if spec.kind == "monitoring" and len(asking.names) >= hands:
            tasks.append(_task(asking, name))  # whose rows are read where it is made
            continue
        with Workbench(asking.project, spec, asking.asked) as bench:
            due = []
            for each in bench.periods(asking.period):
                found = None if asking.asked.force else bench.published(each, asking.asked)
                published += [found] if found else []
                due += [] if found else [each]
            chunks = [due[start::hands] for start in range(hands)]
            tasks += [_task(asking, name, bench, chunk) for chunk in chunks if chunk]
    return tasks, published


def _task(
    asking: Asking,
    name: str,
    bench: Workbench | None = None,
    periods: Sequence[Period | None] = (None,),
) -> Task:
    """Make the task of some editions of one report; without a bench, of all its periods."""
    asked = asking.asked
    runs = [
        RunSpec(
            project=str(asking.file),
            report=name,
            edition=edition_key(bench.edition(period, asked), bench.pins) if bench else "",
            period=period.key if period else "",
            formats=asked.formats,
            engine=asked.engine,
            force=asked.force,
            parameters=asked.parameters,
        )
        for period in periods
    ]
    argument: dict[str, Any] = {"runs": [dump_run(run) for run in runs]}
    if not asking.elsewhere:
        argument["project"] = _packed(asking.project, name)
    if bench is None:
        argument["choose"] = asking.period or "all"
    return Task(name=name, argument=argument)


def make_runs(argument: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Make the editions of a task: what the processes of a crew call.

    Raises
    ------
    ReportgenError
        As `reportgen.pipeline.make_report`.
    """
    from reportgen.project_file import load_project

    runs = [load_run(text) for text in argument["runs"]]
    first = runs[0]
    asked = Asked(
        formats=first.formats,
        engine=first.engine,
        force=first.force,
        parameters=first.parameters,
    )
    packed, choose = argument.get("project"), argument.get("choose")
    project = _unpacked(packed) if packed else load_project(Path(first.project))
    keys = None if choose else [run.period for run in runs]
    return [_plain(made) for made in render_chunk(project, first.report, choose, keys, asked)]


def _packed(project: Project, name: str) -> str:
    """Write down what one report needs of a project that is read already: for processes of ours.

    A project file of a thousand reports takes a second to read. It goes to a process that is
    forked for it, through memory, together with this process's environment.
    """
    spec = project.reports[name]
    own = replace(project, reports={name: spec}, models={spec.model.name: spec.model})
    return b64encode(pickle.dumps(own)).decode()


def _unpacked(packed: str) -> Project:
    project = pickle.loads(b64decode(packed))  # noqa: S301  (packed by the process that forked us)
    if not isinstance(project, Project):
        raise TypeError(f"a {type(project).__name__} is no project")
    return project


def _plain(made: Manifest) -> dict[str, Any]:
    remade = made.remade
    return {
        "manifest": json.loads(dump_manifest(made)),
        "fresh": made.fresh,
        "folder": None if made.folder is None else str(made.folder),
        "address": made.address,
        "differs": None if remade is None else list(remade.differs),
        "aside": None if remade is None or remade.folder is None else str(remade.folder),
    }


def _read_made(plain: Mapping[str, Any]) -> Manifest:
    """Read back what `make_runs` told of one edition."""
    manifest = load_manifest(json.dumps(plain["manifest"]))
    folder, differs, aside = plain["folder"], plain["differs"], plain["aside"]
    remade = None
    if differs is not None:
        remade = Remade(differs=tuple(differs), folder=None if aside is None else Path(aside))
    return replace(
        manifest,
        fresh=bool(plain["fresh"]),
        folder=None if folder is None else Path(folder),
        address=str(plain["address"]),
        remade=remade,
    )
