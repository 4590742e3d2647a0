"""One run of Pandoc: Markdown in, a format out, through our filters, in its sandbox."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from reportgen.errors import MissingToolError, TemplateError
from reportgen.render.process import clean_environment, run_program
from reportgen.render.settings import Settings
from reportgen.render.theme import ASSETS, FILTERS

__all__ = [
    "Run",
    "escape_markdown",
    "metadata_of",
    "pandoc_program",
    "run_pandoc",
    "words_of",
    "write_docx",
]

# YAML blocks are off: a rule of dashes in a cell is no metadata, and settings come from us.
_READER = "markdown-yaml_metadata_block-latex_macros+autolink_bare_uris"
# In turn; and what a text that a filter has to do with must hold.
_FILTERS = {
    "conditional": ("content-visible", "content-hidden", "rg-pagebreak", "rg-html-output"),
    "callouts": ("callout-",),
    "tabsets": ("panel-tabset",),
    "headings": ("",),
    "rowheads": ("rg-",),
    "equations": ("{#eq-",),
    "floats": ("",),
    "citeproc": ("",),
    "values": ("rg-value",),
    "links": ("",),
    "components": ("rg-",),
    "page": ("",),
}
# Wide enough that no row of a pipe table counts as too long, which would fix its column widths.
_COLUMNS = "100000"
_MARK = "reportgen: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What Pandoc gave: the text, and what our filters had to say."""

    text: str
    warnings: tuple[str, ...] = ()


@cache
def pandoc_program() -> str:
    """Find the Pandoc that comes with the package.

    Raises
    ------
    MissingToolError
        It is not there.
    """
    try:
        import pypandoc

        return str(pypandoc.get_pandoc_path())
    except (ImportError, OSError) as error:
        raise MissingToolError(
            "Pandoc is not installed. Install it with `pip install pypandoc_binary`."
        ) from error


def run_pandoc(
    markdown: str,
    writer: str,
    *,
    settings: Settings,
    metadata: Mapping[str, Any],
    folder: Path,
    to: str,
    options: Sequence[str] = (),
) -> Run:
    """Convert the text of a document, through our filters.

    Parameters
    ----------
    writer : Pandoc's name of the format, ``html``, ``typst``, ``json``
    metadata : as `metadata_of` gives it
    folder : private to this render; Pandoc works there
    to : our name of the format
    options : further arguments

    Raises
    ------
    ConvertError, LimitError
    """
    build = folder / ".reportgen"
    build.mkdir(exist_ok=True)
    meta = build / f"{to}-metadata.json"
    citations = _citations(settings, to)
    filters = _filters(markdown, cites=bool(citations))
    known = {**metadata, "rg": {**metadata["rg"], "filters": filters}}
    meta.write_text(json.dumps(known, ensure_ascii=False), encoding="utf-8")
    command = [pandoc_program(), "--sandbox", f"--from={_READER}", f"--to={writer}"]
    command += [f"--metadata-file={meta}", f"--columns={_COLUMNS}", "--wrap=none"]
    command += [f"--lua-filter={FILTERS / 'engine.lua'}", *citations]
    command += options
    out, said = run_program(
        command,
        folder=folder,
        limit_s=settings.limit_s,
        environment=clean_environment(),
        text=markdown,
        shown=f"pandoc --to={writer}",
    )
    return Run(text=out, warnings=_warnings(said))


def metadata_of(settings: Settings, to: str) -> dict[str, Any]:
    """Give the metadata of a format: what the document says of itself, and what the filters need.

    What the caller gave is text from data. It is escaped, so that Pandoc, which reads metadata as
    Markdown, finds no markup in it.
    """
    said: dict[str, Any] = {}
    for name in ("title", "subtitle", "date", "abstract", "nocite", "link-citations"):
        value = settings.option(name, to)
        if value is not None and not (name == "date" and _is_clock(value)):
            said[name] = escape_markdown(value) if name in settings.given else value
    said["author"] = [_escaped_if(settings, "author", name) for name in _authors(settings, to)]
    said["lang"] = settings.text("lang", to) or "en"
    number = bool(settings.option("number-sections", to, default=False))
    said["rg"] = {
        "to": to,
        "toc": bool(settings.option("toc", to, default=False)),
        "toc-depth": str(settings.option("toc-depth", to, default=3)),
        "number-sections": number,
        "number-depth": str(settings.option("number-depth", to, default=6)),
        "words": words_of(settings, to),
    }
    if title := settings.option("reference-section-title", to):
        said["reference-section-title"] = title
    return said


def words_of(settings: Settings, to: str) -> dict[str, str]:
    """Give the words that the engine itself puts on a page, in the document's language."""
    known = json.loads((ASSETS / "words.json").read_text(encoding="utf-8"))
    language = settings.text("lang", to).lower().split("-")[0] or "en"
    words: dict[str, str] = {**known["en"], **known.get(language, {})}
    own = settings.option("crossref", to, default={})
    for name in words:
        if isinstance(own, Mapping) and name in own:
            words[name] = str(own[name])
    if own_title := settings.option("toc-title", to):
        words["contents"] = str(own_title)
    return words


def escape_markdown(value: Any) -> str:
    r"""Write text so that Pandoc reads back the same text and no markup.

    Examples
    --------
    >>> print(escape_markdown("a *b* <c>"))
    a \*b\* \<c\>
    """
    from string import punctuation

    text = " ".join(str(value).split())
    return "".join(f"\\{sign}" if sign in punctuation else sign for sign in text)


def _escaped_if(settings: Settings, name: str, text: str) -> str:
    return escape_markdown(text) if name in settings.given else text


def _is_clock(value: Any) -> bool:
    """``date: today`` asks the clock, and the page of an edition has none."""
    return str(value).strip().lower() in ("today", "now", "last-modified")


def _authors(settings: Settings, to: str) -> list[str]:
    given = settings.option("author", to, default=[])
    names = []
    for author in given if isinstance(given, list) else [given]:
        name = author.get("name", "") if isinstance(author, Mapping) else author
        if isinstance(name, Mapping):
            name = name.get("literal") or " ".join(
                str(name[part]) for part in ("given", "family") if part in name
            )
        names.append(str(name))
    return [name for name in names if name]


def _filters(markdown: str, *, cites: bool) -> list[str]:
    """Name the filters that have something to do: each goes through the whole document."""
    return [
        name
        for name, signs in _FILTERS.items()
        if any(sign in markdown for sign in signs) and (cites or name != "citeproc")
    ]


def _citations(settings: Settings, to: str) -> list[str]:
    files = settings.option("bibliography", to)
    if not files:
        return []
    command = [
        f"--bibliography={_beside(settings, str(name))}"
        for name in (files if isinstance(files, list) else [files])
    ]
    if style := settings.option("csl", to):
        command.append(f"--csl={_beside(settings, str(style))}")
    return command


def _beside(settings: Settings, name: str) -> Path:
    path = (settings.folder / name).resolve()
    if not path.is_relative_to(settings.folder.resolve()):
        raise TemplateError(f"{settings.template}: {name} lies outside the template's folder.")
    if not path.is_file():
        raise TemplateError(f"{settings.template}: there is no {name} beside the template.")
    return path


def _warnings(said: str) -> tuple[str, ...]:
    """Keep what our filters and citeproc say; the rest of Pandoc's notes are for its developers."""
    found = []
    for line in said.splitlines():
        if line.startswith(_MARK):
            found.append(line.removeprefix(_MARK))
        elif line.startswith("[WARNING] Citeproc"):
            found.append(line.removeprefix("[WARNING] "))
    return tuple(dict.fromkeys(found))


def write_docx(tree: str, target: Path, *, settings: Settings) -> None:
    """Write a document, as Pandoc's JSON with its pictures in it, for Word.

    Raises
    ------
    ConvertError, LimitError
    """
    target.unlink(missing_ok=True)
    command = [pandoc_program(), "--sandbox", "--from=json", "--to=docx", f"--output={target}"]
    if settings.option("toc", "docx", default=False):
        command.append("--toc")
    command.append(f"--metadata=reportgen-fingerprint={settings.fingerprint}")
    run_program(
        command,
        folder=target.parent,
        limit_s=settings.limit_s,
        environment=clean_environment(),
        text=tree,
        shown="pandoc --to=docx",
    )
