"""Each format of the embedded engine, made with Pandoc and Typst."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reportgen.render.check import check_cells, check_settings
from reportgen.render.compose import compose_markdown, save_images
from reportgen.render.conversion import FILE_NAMES, Conversion
from reportgen.render.document import DOCUMENT, typst_inputs
from reportgen.render.notebook import Cell, read_notebook, tidy_notebook
from reportgen.render.office import dress_docx, embed_pictures
from reportgen.render.page import PARTS, make_page
from reportgen.render.pandoc import (
    Run,
    escape_markdown,
    metadata_of,
    run_pandoc,
    write_docx,
)
from reportgen.render.settings import Settings
from reportgen.render.typesetting import compile_pdf
from reportgen.report import Format

__all__ = ["convert_notebook"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What the formats of one document share."""

    notebook: Path
    folder: Path
    cells: tuple[Cell, ...]
    images: Mapping[tuple[int, int], str]
    settings: Settings
    warnings: list[str] = field(default_factory=list)

    def markdown(self, to: str) -> str:
        return compose_markdown(self.cells, self.settings, to, self.images)

    def pandoc(
        self, writer: str, to: str, *options: str, metadata: Mapping[str, Any] | None = None
    ) -> Run:
        """Make one format, and keep what there is to warn of."""
        metadata = metadata_of(self.settings, to) if metadata is None else metadata
        run = run_pandoc(
            self.markdown(to),
            writer,
            settings=self.settings,
            metadata=metadata,
            folder=self.folder,
            to=to,
            options=options,
        )
        self.warnings.extend(run.warnings)
        return run


def convert_notebook(
    notebook: Path, formats: tuple[Format, ...], settings: Settings
) -> Conversion:
    """Write an executed notebook in each format, beside it; two are made at a time.

    Raises
    ------
    TemplateError, MissingToolError, ConvertError, LimitError
    """
    folder = notebook.resolve().parent
    cells = read_notebook(notebook)
    work = _Work(
        notebook=notebook,
        folder=folder,
        cells=cells,
        images=save_images(cells, folder),
        settings=settings,
    )
    said = [*check_settings(settings), *check_cells(cells, settings)]
    with ThreadPoolExecutor(max_workers=2) as pool:
        started = {name: pool.submit(_MAKERS[name], work) for name in dict.fromkeys(formats)}
        files = {name: made.result() for name, made in started.items()}
    return Conversion(files=files, warnings=tuple(dict.fromkeys(said + sorted(work.warnings))))


def _html(work: _Work) -> Path:
    run = work.pandoc("html", "html", "--standalone", f"--template={PARTS}", "--mathml",
        "--section-divs", "--email-obfuscation=none",
    )  # fmt: skip
    page, warnings = make_page(run, work.settings, work.folder)
    work.warnings.extend(warnings)
    return _written(work, "html", page)


def _pdf(work: _Work) -> Path:
    inputs = typst_inputs(work.settings, work.folder)
    metadata = metadata_of(work.settings, "pdf")
    metadata.setdefault("title", escape_markdown(Path(work.settings.template).stem))
    metadata["rg-byline"] = bool(metadata["author"] or metadata.get("date"))
    # The filters colour what they draw; a colour's `#` is no markup when a word follows it.
    metadata["rg"] |= {"palette": inputs["colours"]}
    run = work.pandoc("typst", "pdf", "--standalone", f"--template={DOCUMENT}",
        "--syntax-highlighting=idiomatic", metadata=metadata,
    )  # fmt: skip
    source = work.folder / ".reportgen.typ"
    source.write_text(run.text, encoding="utf-8", newline="\n")
    target = work.folder / FILE_NAMES["pdf"]
    target.unlink(missing_ok=True)
    compile_pdf(source, target, inputs=inputs, limit_s=work.settings.limit_s)
    source.unlink()
    return target


def _docx(work: _Work) -> Path:
    tree = work.pandoc("json", "docx").text
    tree, warnings = embed_pictures(tree, work.folder, limit_s=work.settings.limit_s)
    work.warnings.extend(warnings)
    target = work.folder / FILE_NAMES["docx"]
    write_docx(tree, target, settings=work.settings)
    dress_docx(target, work.settings.brand)
    return target


def _gfm(work: _Work) -> Path:
    run = work.pandoc("gfm", "gfm")
    mark = f"<!-- reportgen-fingerprint: {work.settings.fingerprint} -->\n\n"
    title = metadata_of(work.settings, "gfm").get("title")
    heading = f"# {' '.join(str(title).split())}\n\n" if title else ""
    return _written(work, "gfm", mark + heading + run.text)


def _ipynb(work: _Work) -> Path:
    return tidy_notebook(work.notebook, work.folder / FILE_NAMES["ipynb"])


def _written(work: _Work, to: Format, text: str) -> Path:
    target = work.folder / FILE_NAMES[to]
    target.write_text(text, encoding="utf-8", newline="\n")
    return target


_MAKERS: Mapping[Format, Callable[[_Work], Path]] = {
    "html": _html,
    "pdf": _pdf,
    "docx": _docx,
    "gfm": _gfm,
    "ipynb": _ipynb,
}
