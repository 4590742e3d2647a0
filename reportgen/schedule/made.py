"""What the ledger owes and the site has: editions that `render` made, from these very inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reportgen.errors import ReportgenError
from reportgen.notify import open_shelf
from reportgen.publish import Shelf
from reportgen.report import Project
from reportgen.schedule.planning import Plan, ReportPlan

__all__ = ["without_made"]


def without_made(project: Project, plan: Plan) -> tuple[Plan, Mapping[str, tuple[str, ...]]]:
    """Take what is published from the same inputs out of what is due.

    Only `status` asks: a run finds it out where the work is done, and notes it in the ledger with
    the rows of the period, which nobody can tell from the page.

    Returns
    -------
    the plan without it, and the editions that were taken out, by report
    """
    if not plan.units:
        return plan, {}
    shelf = open_shelf(project)
    made = {each.report: _made(project, each, shelf) for each in plan.reports if each.answer.due}
    made = {report: editions for report, editions in made.items() if editions}
    reports = tuple(_left(each, made.get(each.report, ())) for each in plan.reports)
    return replace(plan, reports=reports), made


def _left(plan: ReportPlan, made: tuple[str, ...]) -> ReportPlan:
    due = tuple(due for due in plan.answer.due if due.edition not in made)
    return replace(plan, answer=replace(plan.answer, due=due))


def _made(project: Project, plan: ReportPlan, shelf: Shelf) -> tuple[str, ...]:
    """Name the editions that need not be made; what cannot be found out stays due."""
    try:
        there = [due for due in plan.answer.due if shelf.find(plan.report, due.edition)]
        if not there:
            return ()
        from reportgen.api.workbench import Asked, Workbench

        with Workbench(project, project.reports[plan.report], Asked()) as bench:
            return tuple(due.edition for due in there if bench.published(due.period, Asked()))
    except ReportgenError:
        return ()
