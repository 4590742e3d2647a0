"""From the record of an edition to its files."""

from __future__ import annotations

from pathlib import Path
from shutil import copyfile

from reportgen.errors import CellError
from reportgen.execute import declared_parameters, execute_template, find_template
from reportgen.pipeline.outside import Outside
from reportgen.render import load_settings, render_document
from reportgen.report import Document, Edition, Format, ReportData, dump_record


def render_edition(
    edition: Edition, data: ReportData, mark: str, outside: Outside, folder: Path
) -> Document:
    """Execute the template over the record, and turn what comes out into files.

    Parameters
    ----------
    mark : the fingerprint that every page carries

    Raises
    ------
    CellError
        A cell of the template failed; the partly executed notebook is left in
        `outside.failed`, and nothing that was published changes.
    """
    spec, project = edition.spec, edition.project
    template = find_template(spec.template, project.folder)
    with outside.timings.stage("execute"):
        executed = _execute(edition, data, template, outside, folder)
    given = {"title": data.title, "as-of": data.as_of.isoformat()}
    settings = load_settings(template, project.folder, given)
    formats: tuple[Format, ...] = edition.formats or spec.formats
    with outside.timings.stage("render"):
        document = render_document(executed, formats, outside.converter, settings, mark)
    for warning in document.warnings:
        outside.say(warning)
    return document


def _execute(
    edition: Edition, data: ReportData, template: Path, outside: Outside, folder: Path
) -> Path:
    parameters = {**edition.spec.parameters, **edition.parameters}
    declared_parameters(template)
    try:
        executed = execute_template(
            template, dump_record(data), parameters, folder, outside.kernel, outside.limits
        )
    except CellError as error:
        raise _kept(error, edition, data, outside.failed) from error
    for warning in executed.warnings:
        outside.say(f"{template.name}: {warning}")
    return executed.notebook


def _kept(error: CellError, edition: Edition, data: ReportData, failed: Path) -> CellError:
    """Move the partly executed notebook out of the private folder, which will be gone."""
    if error.notebook is None or not error.notebook.is_file():
        return error
    failed.mkdir(parents=True, exist_ok=True)
    left = failed / f"{edition.spec.name}-{data.edition}.ipynb"
    copyfile(error.notebook, left)
    return CellError(str(error).replace(str(error.notebook), str(left)), notebook=left)
