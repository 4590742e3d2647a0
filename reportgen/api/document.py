"""A document of one's own, ``.qmd`` or ``.ipynb``, outside any project and without a record."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from reportgen.api.secrets import refuse_secrets
from reportgen.api.warmth import to_stderr
from reportgen.errors import CellError, NotFoundError, TemplateError, near_miss
from reportgen.execute import Kernel, Limits, execute_template, parse_parameters
from reportgen.execute.nbclient import NbclientKernel
from reportgen.execute.template import Template, read_template
from reportgen.pipeline import private_folder
from reportgen.publish import fingerprint
from reportgen.render import (
    Converter,
    check_formats,
    find_converter,
    load_settings,
    render_document,
)
from reportgen.report import FORMATS, Document, Format

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["DOCUMENTS", "render_own"]

DOCUMENTS = (".qmd", ".ipynb")
_ENDINGS: Mapping[Format, str] = {
    "html": ".html",
    "pdf": ".pdf",
    "docx": ".docx",
    "revealjs": "-slides.html",
    "gfm": ".md",
    "ipynb": ".ipynb",
}
# What front matter calls a format -> what we call it.
_SPELLED: Mapping[str, Format] = {"typst": "pdf", "slides": "revealjs", "markdown": "gfm"}
# Folders that the words of `present` write into, and what a render leaves behind.
_OWN = ("figures", "tables", "notebook.ipynb", "notebook.partial.ipynb")


def render_own(
    document: Path,
    *,
    formats: Sequence[Format] | None = None,
    engine: str = "auto",
    parameters: Mapping[str, str] | None = None,
    output: Path | None = None,
    project: Path | None = None,
) -> tuple[Path, ...]:
    """Execute a document of the user's own, and write it in some formats.

    Its cells see the files beside it under the same relative paths. They run in a private folder:
    what they write there is gone afterwards.

    Parameters
    ----------
    formats : None: those that its front matter names, or else HTML
    parameters : as typed, each read as the document's `parameters` cell declares it
    output : a file, by its ending, or a folder; None: beside the document
    project : folder whose ``_quarto.yml`` applies; None: the nearest above the document with a
        ``reportgen.yml`` or ``_quarto.yml``

    Returns
    -------
    the documents that were written

    Raises
    ------
    NotFoundError, TemplateError, ParameterError
        Before anything is run.
    CellError
        The partly executed notebook is left beside the output.
    """
    read = _read(document)
    made = tuple(formats or ()) or _named_formats(read)
    targets = _targets(read.path, made, output)
    refuse_secrets(parameters or ())
    values = parse_parameters(read.path, parameters or {})
    converter = find_converter(engine)
    check_formats(made, converter)
    settings = load_settings(read.path, project or _project_above(read.path))
    imports = ("reportgen.present",) if _mentions_us(read) else ()
    with NbclientKernel(imports=imports) as kernel, private_folder() as folder:
        beside = _Beside(kernel=kernel, base=read.path.parent)
        try:
            executed = execute_template(read.path, None, values, folder / "work", beside)
        except CellError as error:
            raise _kept(error, next(iter(targets.values()))) from error
        mark = _fingerprint(read.path, values, converter)
        rendered = render_document(executed.notebook, made, converter, settings, mark)
        warnings = (*(f"{read.name}: {said}" for said in executed.warnings), *rendered.warnings)
        for warning in warnings:
            to_stderr(warning)
        return tuple(_write(rendered, name, target) for name, target in targets.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beside:
    """A kernel that finds what lies beside the document: each entry of its folder is linked.

    What the render makes has names of its own, and those are not linked: a figure of the render
    must not end up in the user's folder.
    """

    kernel: Kernel
    base: Path

    def run(self, notebook: NotebookNode, folder: Path, limits: Limits) -> NotebookNode:
        """Link, then run; see `Kernel.run`."""
        for entry in sorted(self.base.iterdir()):
            link = folder / entry.name
            if entry.name.startswith(".") or entry.name in _OWN or link.exists():
                continue
            link.symlink_to(entry.resolve())
        return self.kernel.run(notebook, folder, limits)


def _read(document: Path) -> Template:
    path = document.expanduser()
    if path.suffix not in DOCUMENTS:
        raise TemplateError(f"{document}: a document is a .qmd or an .ipynb file.")
    if not path.is_file():
        there = path.parent.iterdir() if path.parent.is_dir() else ()
        names = sorted(found.name for found in there if found.suffix in DOCUMENTS)
        raise NotFoundError(f"There is no document {document}. {near_miss(path.name, names)}")
    return read_template(path.resolve())


def _named_formats(read: Template) -> tuple[Format, ...]:
    """Read the formats that the front matter names, in its order."""
    named = read.front_matter.get("format")
    words = [str(word) for word in ([named] if isinstance(named, str) else named or ["html"])]
    spelled = [_SPELLED.get(word, word) for word in words]
    unknown = [word for word, ours in zip(words, spelled, strict=True) if ours not in FORMATS]
    if unknown:
        raise TemplateError(
            f"{read.name}: its front matter asks for the format {unknown[0]!r}. "
            f"{near_miss(unknown[0], FORMATS)} Choose with --to."
        )
    return tuple(dict.fromkeys(name for name in FORMATS if name in spelled))


def _targets(document: Path, formats: Sequence[Format], output: Path | None) -> dict[Format, Path]:
    """Say where each format goes; never onto the document itself."""
    if output is not None and not output.is_dir() and len(formats) == 1:
        ending = _ENDINGS[formats[0]]
        if output.suffix.lower() == Path(f"x{ending}").suffix:
            _refuse_itself(document, output)
            return {formats[0]: output}
    folder = document.parent if output is None else output
    found = {}
    for name in formats:
        target = folder / f"{document.stem}{_ENDINGS[name]}"
        if target.resolve() == document:
            target = target.with_suffix(".out.ipynb")
        found[name] = target
    return found


def _refuse_itself(document: Path, output: Path) -> None:
    if output.resolve() == document:
        raise TemplateError(f"{output} is the document itself. Give -o another name.")


def _project_above(document: Path) -> Path | None:
    for folder in document.parents:
        if (folder / "reportgen.yml").is_file() or (folder / "_quarto.yml").is_file():
            return folder
    return None


def _mentions_us(read: Template) -> bool:
    return any("reportgen" in cell.source for cell in read.cells if cell.kind == "code")


def _fingerprint(document: Path, values: Mapping[str, object], converter: Converter) -> str:
    return fingerprint(
        {
            "document": sha256(document.read_bytes()).hexdigest(),
            "parameters": dict(values),
            "engine": f"{converter.name} {converter.version}",
        }
    )


def _kept(error: CellError, target: Path) -> CellError:
    """Leave the partly executed notebook where the document would have been."""
    if error.notebook is None or not error.notebook.is_file():
        return error
    left = target.with_name(f"{target.stem}.failed.ipynb")
    left.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(error.notebook, left)
    return CellError(str(error).replace(str(error.notebook), str(left)), notebook=left)


def _write(rendered: Document, name: Format, target: Path) -> Path:
    """Put one document in its place; files that its text refers to go into a folder beside it."""
    from reportgen.render.conversion import FILE_NAMES

    source = rendered.folder / rendered.files[FILE_NAMES[name]]
    target.parent.mkdir(parents=True, exist_ok=True)
    if name not in ("html", "gfm"):
        shutil.copyfile(source, target)
        return target
    text = source.read_text(encoding="utf-8")
    folder = f"{target.stem}_files"
    for inside in sorted(rendered.files):
        referred = re.compile(rf'((?:src|href)="|\]\(<?){re.escape(inside)}(?=["> )])')
        if "/" in inside and referred.search(text):
            text = referred.sub(rf"\g<1>{folder}/{inside}", text)
            copy = target.parent / folder / inside
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(rendered.folder / rendered.files[inside], copy)
    target.write_text(text, encoding="utf-8")
    return target
