"""What the embedded engine does not know is said with its line, before anything is made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from reportgen.errors import TemplateError, near_miss
from reportgen.render.notebook import Cell
from reportgen.render.prose import prose_lines
from reportgen.render.settings import FORMAT_KEYS, Settings

__all__ = ["CALLOUTS", "CELL_OPTIONS", "check_cells", "check_settings"]

CALLOUTS = ("note", "tip", "warning", "caution", "important")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_REFERENCES = ("fig", "tbl", "sec", "eq", "lst")
CELL_OPTIONS = _words(
    """
    cache cap-location cell classes code-fold code-line-numbers code-overflow code-summary column
    content dpi echo error eval export fig-align fig-alt fig-asp fig-cap fig-cap-location fig-column
    fig-dpi fig-env fig-format fig-height fig-link fig-pos fig-scap fig-subcap fig-width freeze id
    include label layout layout-align layout-ncol layout-nrow layout-valign lightbox lst-cap
    lst-label message out-height out-width output page-break renderings tags tbl-cap
    tbl-cap-location tbl-colwidths tbl-column tbl-subcap title warning
    """
)
_HONOURED = _words(
    """
    abstract as-of author bibliography brand callout-appearance callout-icon citation-abbreviations
    code-fold code-summary crossref csl css date execute fig-align fig-cap-location lang
    link-citations nocite number-depth number-sections pagetitle reference-section-title subtitle
    suppress-bibliography tbl-cap-location theme title toc toc-depth toc-title
    margin papersize fontsize mainfont monofont description
    """
)
# They say nothing about the look of a page, or only to Quarto.
_HARMLESS = _words(
    """
    aliases appendix-style anchor-sections categories citation citeproc code-copy code-line-numbers
    code-link code-overflow code-tools comments copyright date-format date-modified doi draft editor
    embed-resources engine error-pages fig-asp fig-dpi fig-format fig-height fig-responsive
    fig-width filters footnotes-hover format-links freeze funding grid highlight-style html-math-method
    image include-after-body
    ipynb-filters jupyter keep-ipynb keep-md keep-typ kernel kernelspec keywords license lightbox
    linestretch listing metadata-files minimal mermaid notebook-links number-offset order other-links
    output-file page-layout params pdf-standard post-render pre-render profile project
    reference-location resources self-contained server shift-heading-level-by shortcodes
    smooth-scroll standalone target-format tbl-colwidths title-block-banner title-block-style
    toc-expand toc-location toc-title-depth unnumbered validate-yaml website book wrap
    """
)
# They change the page in Quarto and cannot in the embedded engine.
_ONLY_QUARTO = _words(
    """
    dashboard include-before-body include-in-header revealjs syntax-definitions template
    template-partials from
    """
)
_CALLOUT = re.compile(r"\.callout-([\w-]+)|^:::+\s*callout-([\w-]+)")
_CONDITION = re.compile(r"(?:when|unless)-format=[\"']?([\w.+-]+)")
_CONDITIONS = (
    "html", "pdf", "typst", "latex", "docx", "gfm", "markdown", "ipynb", "revealjs", "beamer",
    "pptx", "odt", "epub", "html:js",
)  # fmt: skip
_REFERENCE = re.compile(rf"(?<![\w\\.])-?@((?:{'|'.join(_REFERENCES)})-[\w-]*\w)", re.IGNORECASE)
_TARGET = re.compile(rf"#((?:{'|'.join(_REFERENCES)})-[\w:.-]*\w)")
_LABEL = re.compile(r"^[\w.:-]+$")


def check_settings(settings: Settings) -> Iterator[str]:
    """Give a warning for each setting that is unknown, or that only Quarto acts on."""
    known = sorted(_HONOURED | _HARMLESS | _ONLY_QUARTO | {"format"})
    for key, where in settings.where.items():
        if key in _ONLY_QUARTO:
            yield f"{where}  the embedded engine does not act on '{key}'; `--engine quarto` does."
        elif key not in known and key not in FORMAT_KEYS:
            yield f"{where}  unknown setting '{key}'. {_only_near(key, known)}"


def check_cells(cells: Iterable[Cell], settings: Settings) -> Iterator[str]:
    """Give a warning for each option or reference that leads nowhere.

    Raises
    ------
    TemplateError
        A kind of callout that there is not: its content would be shown as something else.
    """
    cells = tuple(cells)
    targets = frozenset(_targets(cells))
    for cell in cells:
        where = f"{settings.template}:"
        if cell.kind == "markdown":
            yield from _check_text(cell.source, where, cell.line, targets)
        elif cell.kind == "code":
            yield from _check_options(cell, where)


def _check_options(cell: Cell, where: str) -> Iterator[str]:
    for name in cell.options:
        if name not in CELL_OPTIONS:
            line = cell.option_lines.get(name, cell.line)
            yield f"{where}{line}  unknown cell option '{name}'. {_only_near(name, CELL_OPTIONS)}"
    label = str(cell.options.get("label") or "")
    if label and not _LABEL.match(label):
        line = cell.option_lines.get("label", cell.line)
        raise TemplateError(f"{where}{line}  '{label}' is no label: use letters, digits and '-'.")


def _check_text(source: str, where: str, first: int, targets: frozenset[str]) -> Iterator[str]:
    for line in prose_lines(source):
        if line.is_code:
            continue
        at = f"{where}{first + line.number}"
        for found in _CALLOUT.finditer(line.text):
            kind = found[1] or found[2]
            if kind not in CALLOUTS:
                raise TemplateError(f"{at}  unknown callout '{kind}'. {near_miss(kind, CALLOUTS)}")
        for found in _CONDITION.finditer(line.text):
            if found[1] not in _CONDITIONS:
                yield f"{at}  unknown format '{found[1]}'. {near_miss(found[1], _CONDITIONS)}"
        for found in _REFERENCE.finditer(line.text):
            name = found[1][0].lower() + found[1][1:]
            if name not in targets:
                yield f"{at}  @{found[1]} refers to nothing. {near_miss(name, sorted(targets))}"


def _targets(cells: Iterable[Cell]) -> Iterator[str]:
    """Everything that a reference can point to: ids in the text and labels of cells."""
    for cell in cells:
        yield from _TARGET.findall(cell.source)
        for name in ("label", "lst-label"):
            if cell.options.get(name):
                yield from _labels_of(str(cell.options[name]), cell.options)
        for output in cell.outputs:
            data = output.get("data", {})
            text = data.get("text/markdown", "") if isinstance(data, Mapping) else ""
            yield from _TARGET.findall(text if isinstance(text, str) else "".join(text))


def _labels_of(label: str, options: Mapping[str, object]) -> Iterator[str]:
    yield label
    captions = options.get("fig-subcap") or options.get("tbl-subcap")
    count = len(captions) if isinstance(captions, list) else 9 if captions else 0
    yield from (f"{label}-{number}" for number in range(1, count + 1))


def _only_near(word: str, known: Iterable[str]) -> str:
    """The near miss alone: a list of all settings would help nobody."""
    said = near_miss(word, sorted(known))
    return said if said.startswith("Did") else "It has no effect."
