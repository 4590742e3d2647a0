"""What a docx file needs beyond Pandoc: pictures as PNG, and a look like the other formats'."""

from __future__ import annotations

import base64
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reportgen.render.brand import Brand
from reportgen.render.theme import colour_tokens
from reportgen.render.typesetting import draw_png

__all__ = ["dress_docx", "embed_pictures"]

_EPOCH = (1980, 1, 1, 0, 0, 0)
_MIMES = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".gif": "gif"}
_TABLE_STYLE = re.compile(r'<w:style [^>]*w:styleId="Table"[^>]*>.*?</w:style>', re.DOTALL)
_FONTS = re.compile(r"<w:rFonts [^>]*/>")


def embed_pictures(document: str, folder: Path, *, limit_s: float) -> tuple[str, list[str]]:
    """Put the pictures of a document, as Pandoc's JSON, into it as data.

    Word draws SVG only in newer versions and Pandoc would need another program for a fallback, so
    drawings become PNG through Typst.

    Returns
    -------
    the document, and warnings about pictures that are not there
    """
    tree = json.loads(document)
    pictures = list(_images(tree))
    drawings = sorted({_source(image) for image in pictures if _source(image).endswith(".svg")})
    there = [name for name in drawings if _is_there(name, folder)]
    drawn = dict(zip(there, draw_png(there, folder, limit_s=limit_s), strict=True))
    warnings = []
    for image in pictures:
        source = _source(image)
        if source.startswith("data:"):
            continue
        path = drawn.get(source, folder / source)
        if _is_there(str(path), folder) and path.suffix.lower() in _MIMES:
            data = base64.b64encode(path.read_bytes()).decode()
            image["c"][2][0] = f"data:image/{_MIMES[path.suffix.lower()]};base64,{data}"
        else:
            warnings.append(
                f"a picture is left out: there is no {source} in the folder of the render"
            )
            image["t"], image["c"] = "Span", [["", [], []], image["c"][1]]
    return json.dumps(tree), warnings


def _images(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if node.get("t") == "Image":
            yield node
        for value in node.values():
            yield from _images(value)
    elif isinstance(node, list):
        for value in node:
            yield from _images(value)


def _source(image: dict[str, Any]) -> str:
    return str(image["c"][2][0])


def _is_there(name: str, folder: Path) -> bool:
    path = (folder / name).resolve()
    return path.is_relative_to(folder.resolve()) and path.is_file()


def dress_docx(path: Path, brand: Brand) -> None:
    """Give a file our fonts, colours and table lines, and fixed times in its archive."""
    light, _ = colour_tokens(brand)
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    styles = content["word/styles.xml"].decode()
    content["word/styles.xml"] = _dressed(
        styles, light, brand.base_font or "Source Sans Pro"
    ).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(content):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content[name], zipfile.ZIP_DEFLATED)


def _dressed(styles: str, light: dict[str, str], font: str) -> str:
    ink, line = light["ink"][1:], light["line"][1:]
    fonts = f'<w:rFonts w:ascii="{font}" w:hAnsi="{font}" w:cs="{font}" w:eastAsia="{font}"/>'
    styles = _FONTS.sub(lambda found: found[0] if "Consolas" in found[0] else fonts, styles)
    styles = re.sub(
        r'<w:color w:val="(?:4F81BD|0F4761|2E74B5|345A8A|365F91)"[^>]*/>',
        f'<w:color w:val="{ink}"/>',
        styles,
    )
    table = (
        '<w:style w:type="table" w:default="1" w:styleId="Table"><w:name w:val="Table"/>'
        '<w:basedOn w:val="TableNormal"/><w:qFormat/><w:tblPr><w:tblBorders>'
        f'<w:bottom w:val="single" w:sz="4" w:color="{line}"/>'
        f'<w:insideH w:val="single" w:sz="4" w:color="{line}"/></w:tblBorders>'
        '<w:tblCellMar><w:top w:w="30" w:type="dxa"/><w:left w:w="80" w:type="dxa"/>'
        '<w:bottom w:w="30" w:type="dxa"/><w:right w:w="80" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        '<w:tblStylePr w:type="firstRow"><w:rPr><w:b/></w:rPr><w:tblPr/><w:tcPr><w:tcBorders>'
        f'<w:bottom w:val="single" w:sz="8" w:color="{ink}"/></w:tcBorders></w:tcPr></w:tblStylePr>'
        "</w:style>"
    )
    return _TABLE_STYLE.sub(lambda _: table, styles)
