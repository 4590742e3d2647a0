"""Executed cells -> one Markdown text for Pandoc, and the images they gave out as files."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reportgen.render.notebook import Cell
from reportgen.render.settings import Settings
from reportgen.render.shortcodes import expand_includes, expand_shortcodes

__all__ = ["compose_markdown", "save_images"]

_REFERRED = re.compile(r"^(fig|tbl|lst)-")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_QUOTED = re.compile(r'([\\"&|`$<>\[\]{}])')
_OPENING = re.compile(r"^\s{0,3}:{3,}\s*(?:\{.*\}|[\w-]+)\s*:*\s*$")
_CLOSING = re.compile(r"^(\s{0,3})(:{3,})\s*$")
_IMAGES = {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif"}
# What is shown when an output comes in several forms; the first that is there.
_PREFERRED = ("text/markdown", *_IMAGES, "text/html", "text/latex", "text/plain")
# Options that go on as attributes of the cell's block, for the filters.
_PASSED = (
    "layout", "layout-ncol", "layout-nrow", "fig-align", "fig-cap-location", "tbl-cap-location",
    "tbl-colwidths", "out-width",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Look:
    """What the settings of a format say about all cells."""

    to: str
    settings: Settings

    def of(self, cell: Cell, name: str, *, default: Any) -> Any:
        """Look up an option: the cell's own, or else the document's."""
        if name in cell.options:
            return cell.options[name]
        found = self.settings.option(f"execute.{name}", self.to)
        return self.settings.option(name, self.to, default) if found is None else found


def compose_markdown(
    cells: Sequence[Cell], settings: Settings, to: str, images: Mapping[tuple[int, int], str]
) -> str:
    """Write cells, options and outputs as one text of Pandoc's Markdown.

    Parameters
    ----------
    to : the format, ``html``, ``pdf``, ...; decides whether code is shown
    images : (cell, output) -> path, from `save_images`
    """
    look = _Look(to, settings)
    written = []
    for position, cell in enumerate(cells):
        match cell.kind:
            case "markdown":
                text = expand_includes(cell.source, settings, cell.line)
                written.append(expand_shortcodes(text, settings, cell.line))
            case "raw":
                written.append(_raw(cell))
            case "code":
                written.append(_code_cell(position, cell, look, images))
    text = "\n\n".join(part for part in written if part.strip())
    return _CONTROL.sub("", text) + "\n"


def save_images(cells: Sequence[Cell], folder: Path) -> dict[tuple[int, int], str]:
    """Save the images among the outputs as files; the same cells give the same names.

    Returns
    -------
    (position of the cell, of the output) -> path below `folder`
    """
    saved: dict[tuple[int, int], str] = {}
    for position, cell in enumerate(cells):
        for number, output in enumerate(cell.outputs):
            mime = _shown_mime(output)
            if mime not in _IMAGES:
                continue
            label = str(cell.options.get("label") or f"cell-{position + 1}")
            name = re.sub(r"[^\w-]", "-", label)
            path = f"figures/{name}-{number + 1}.{_IMAGES[mime]}"
            content = _image_bytes(_joined(output["data"][mime]), mime)
            (folder / "figures").mkdir(exist_ok=True)
            (folder / path).write_bytes(content)
            saved[position, number] = path
    return saved


def _image_bytes(text: str, mime: str) -> bytes:
    if mime == "image/svg+xml":
        return text.encode()
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return b""


def _code_cell(
    position: int, cell: Cell, look: _Look, images: Mapping[tuple[int, int], str]
) -> str:
    if look.of(cell, "include", default=True) is False or "injected-parameters" in cell.tags:
        return ""
    parts = []
    if look.of(cell, "echo", default=True) is not False and cell.source.strip():
        parts.append(_echo(cell, look))
    output = look.of(cell, "output", default=True)
    if output is not False:
        parts += _outputs(position, cell, look, images, as_is=output == "asis")
    if not parts:
        return ""
    if any("lst-cap" not in part for part in parts):
        parts += _captions(cell)
    attributes = _attributes(cell)
    return f"::: {{.rg-cell{attributes}}}\n\n" + "\n\n".join(parts) + "\n\n:::"


def _attributes(cell: Cell) -> str:
    options = cell.options
    said = []
    label = str(options.get("label") or options.get("id") or "")
    if _REFERRED.match(label):
        said.append(f"#{label}")
    column = options.get("column")
    said += [f".column-{column}"] if column else []
    said += [f".{name.lstrip('.')}" for name in _list(options.get("classes"))]
    for name in _PASSED:
        if options.get(name) is not None:
            said.append(f"{name}={_quote(_compact(options[name]))}")
    return "".join(f" {text}" for text in said)


def _captions(cell: Cell) -> list[str]:
    """Captions and descriptions as blocks of their own: in attributes they would need quoting."""
    written = []
    for name, kind in (
        ("fig-cap", "rg-caption"),
        ("tbl-cap", "rg-caption"),
        ("fig-subcap", "rg-subcaption"),
        ("tbl-subcap", "rg-subcaption"),
        ("fig-alt", "rg-alt"),
    ):
        written += [
            f"::: {{.{kind}}}\n{'' if text is True else text}\n:::"
            for text in _list(cell.options.get(name))
        ]
    return written


def _echo(cell: Cell, look: _Look) -> str:
    fold = look.of(cell, "code-fold", default=False) if look.to == "html" else False
    summary = str(look.of(cell, "code-summary", default="Code"))
    said = f" fold={_quote(_compact(fold))} summary={_quote(summary)}" if fold else ""
    listing = ""
    if cell.options.get("lst-label"):
        listing = f" #{cell.options['lst-label']}"
        listing += f" lst-cap={_quote(str(cell.options.get('lst-cap') or ''))}"
    fence = _fence(cell.source)
    code = f"{fence} {{.python{listing}}}\n{cell.source.rstrip()}\n{fence}"
    return f"::: {{.rg-code{said}}}\n{code}\n:::"


def _outputs(
    position: int,
    cell: Cell,
    look: _Look,
    images: Mapping[tuple[int, int], str],
    *,
    as_is: bool,
) -> Iterator[str]:
    for number, output in enumerate(cell.outputs):
        match output.get("output_type"):
            case "stream":
                if (
                    output.get("name") == "stderr"
                    and look.of(cell, "warning", default=True) is False
                ):
                    continue
                text = _ANSI.sub("", _joined(output.get("text", "")))
                block = _balanced(text) if as_is else _verbatim(text)
            case "error":
                block = _verbatim(_ANSI.sub("", "\n".join(output.get("traceback", ()))))
            case _:
                block = _display(output, images.get((position, number)), cell)
        if block.strip():
            yield f"::: {{.rg-output}}\n\n{block}\n\n:::"


def _display(output: Mapping[str, Any], image: str | None, cell: Cell) -> str:
    mime = _shown_mime(output)
    if mime is None:
        return ""
    if mime in _IMAGES:
        return f"![]({image}){_size(output, mime, cell)}" if image else ""
    text = _joined(output["data"][mime])
    match mime:
        case "text/markdown":
            return _balanced(text)
        case "text/html":
            fence = _fence(text)
            return f"::: {{.rg-html-output}}\n{fence}{{=html}}\n{text}\n{fence}\n:::"
        case "text/latex":
            return text
        case _:
            return _verbatim(_ANSI.sub("", text))


def _size(output: Mapping[str, Any], mime: str, cell: Cell) -> str:
    if cell.options.get("out-width"):
        return f"{{width={_quote(str(cell.options['out-width']))}}}"
    metadata = output.get("metadata", {}).get(mime, {})
    width = metadata.get("width") if isinstance(metadata, Mapping) else None
    return f"{{width={int(width)}px}}" if isinstance(width, int | float) else ""


def _shown_mime(output: Mapping[str, Any]) -> str | None:
    data = output.get("data")
    if not isinstance(data, Mapping):
        return None
    return next((mime for mime in _PREFERRED if mime in data), None)


def _balanced(text: str) -> str:
    """Take the meaning from a closing ``:::`` that nothing opened: it would close our block."""
    depth, written = 0, []
    for line in text.split("\n"):
        if _OPENING.match(line):
            depth += 1
        elif closing := _CLOSING.match(line):
            if depth == 0:
                line = closing[1] + closing[2].replace(":", "\\:")
            depth = max(0, depth - 1)
        written.append(line)
    return "\n".join(written + [":::"] * depth)


def _verbatim(text: str) -> str:
    if not text.strip():
        return ""
    fence = _fence(text)
    return f"{fence} {{.rg-text}}\n{text.rstrip()}\n{fence}"


def _fence(text: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    return "`" * max(3, longest + 1)


def _raw(cell: Cell) -> str:
    name = {"text/html": "html", "text/latex": "latex", "text/markdown": ""}.get(
        cell.mime, cell.mime
    )
    if not name:
        return cell.source if cell.mime else ""
    fence = _fence(cell.source)
    return f"{fence}{{={name}}}\n{cell.source}\n{fence}"


def _quote(text: str) -> str:
    return '"' + _QUOTED.sub(r"\\\1", " ".join(text.split())) + '"'


def _compact(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _list(value: Any) -> list[Any]:
    if value is None or value is False:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _joined(text: str | Sequence[str]) -> str:
    return text if isinstance(text, str) else "".join(text)
