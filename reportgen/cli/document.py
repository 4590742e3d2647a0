"""`render PATH.qmd`: documents of one's own, which need no project and no record."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from reportgen.errors import UserError

__all__ = ["render_documents", "split_documents"]

_SUFFIXES = (".qmd", ".ipynb")


def split_documents(given: Sequence[str]) -> tuple[tuple[Path, ...], list[str]]:
    """Tell documents, by their ending, from names of reports.

    Examples
    --------
    >>> split_documents(["notes/a.qmd"]), split_documents(["weekly"])
    (((PosixPath('notes/a.qmd'),), []), ((), ['weekly']))

    Raises
    ------
    UserError
        There are both.
    """
    documents = tuple(Path(word) for word in given if Path(word).suffix in _SUFFIXES)
    reports = [word for word in given if Path(word).suffix not in _SUFFIXES]
    if documents and reports:
        raise UserError(
            f"{documents[0]} is a document of your own and {reports[0]!r} a report of a project. "
            "Render them one after the other."
        )
    return documents, reports


def render_documents(
    documents: Sequence[Path],
    *,
    formats: Sequence[Any] | None,
    engine: str,
    parameters: Sequence[str],
    output: Path | None,
    project: Path | None,
    refused: Sequence[tuple[str, bool]],
) -> None:
    """Render documents, and say where they are.

    Parameters
    ----------
    parameters : each ``name=value``, as typed
    project : file or folder, when one was named
    refused : options that only a report knows, and whether they were given
    """
    from reportgen.api.document import render_own
    from reportgen.cli.options import split_parameters
    from reportgen.cli.outcome import shown
    from reportgen.cli.say import print_json, wants_json, working

    for option, is_given in refused:
        if is_given:
            raise UserError(
                f"{option} is for reports of a project; a document has none. Leave it out."
            )
    if output is not None and len(documents) > 1 and output.suffix and not output.is_dir():
        raise UserError(f"-o {output} is one file, for {len(documents)} documents. Name a folder.")
    made = formats or _kind_of(output)
    base = None if project is None else project if project.is_dir() else project.parent
    told = []
    for document in documents:
        with working(f"Rendering {document} ..."):
            files = render_own(
                document,
                formats=made,
                engine=engine,
                parameters=split_parameters(parameters),
                output=output,
                project=base,
            )
        told.append({"document": str(document), "files": [str(path) for path in files]})
        if not wants_json():
            for path in files:
                typer.echo(shown(path.resolve()))
    if wants_json():
        print_json({"documents": told})


def _kind_of(output: Path | None) -> tuple[Any, ...] | None:
    from reportgen.cli.options import SUFFIXES

    kind = SUFFIXES.get(output.suffix.lower()) if output is not None else None
    is_folder = output is not None and output.is_dir()
    return None if kind in (None, "json") or is_folder else (kind,)
