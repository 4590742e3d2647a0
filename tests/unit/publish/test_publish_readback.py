"""Every kind of file that can say what it was made from is asked before it is published."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from reportgen.errors import ToolError
from reportgen.publish import FolderShelf, fingerprint, publish_document
from reportgen.publish.readback import check_contents
from tests.unit.publish.sample import NOW, sample_data, sample_document, sample_inputs

OURS, OTHER = "a" * 64, "b" * 64


def html(mark: str) -> bytes:
    return f'<!DOCTYPE html><meta name="reportgen-fingerprint" content="{mark}">'.encode()


def pdf(mark: str) -> bytes:
    return f"%PDF-1.7\n<</Keywords(reportgen-fingerprint:{mark})>>\n%%EOF".encode()


def markdown(mark: str) -> bytes:
    return f"---\ntitle: x\n---\n\n<!-- reportgen-fingerprint: {mark} -->\n\n# x\n".encode()


def docx(mark: str) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(
            "docProps/custom.xml",
            '<Properties><property fmtid="{D5}" pid="2" name="reportgen-fingerprint">'
            f"<vt:lpwstr>{mark}</vt:lpwstr></property></Properties>",
        )
    return packed.getvalue()


KINDS = {
    "index.html": html,
    "report.html": html,
    "report.pdf": pdf,
    "report.md": markdown,
    "report.docx": docx,
}
WITHOUT = {
    "index.html": b"<!DOCTYPE html>",
    "report.html": b"<!DOCTYPE html>",
    "report.pdf": b"%PDF-1.7",
    "report.md": b"# x\n",
    "report.docx": b"no zip",
}


@pytest.mark.parametrize("engine", ["embedded", "quarto"])
@pytest.mark.parametrize("name", KINDS)
def test_only_the_file_of_these_inputs_passes(name: str, engine: str) -> None:
    made = {name: engine}
    check_contents({name: KINDS[name](OURS)}, OURS, made)
    with pytest.raises(ToolError, match="carries bbbbbbbbbbbb…, not aaaaaaaaaaaa"):
        check_contents({name: KINDS[name](OTHER)}, OURS, made)


@pytest.mark.parametrize("name", KINDS)
def test_a_file_without_a_mark_passes_only_where_quarto_has_no_place_for_one(name: str) -> None:
    content = {name: WITHOUT[name]}
    with pytest.raises(ToolError, match="carries no fingerprint"):
        check_contents(content, OURS, {name: "embedded"})
    if name in ("report.pdf", "report.docx"):
        check_contents(content, OURS, {name: "quarto"})
    else:
        with pytest.raises(ToolError, match="carries no fingerprint"):
            check_contents(content, OURS, {name: "quarto"})


@pytest.mark.parametrize("name", ["index.html", "report.pdf", "report.md"])
def test_of_two_marks_none_is_believed(name: str) -> None:
    both = KINDS[name](OTHER) + b"\n" + KINDS[name](OURS)
    with pytest.raises(ToolError, match="carries no fingerprint"):
        check_contents({name: both}, OURS, {})


def test_files_that_say_nothing_are_not_asked() -> None:
    check_contents({"report.json": b"{}", "figures/x.svg": b"<svg/>"}, OURS, {})


def test_a_pdf_of_another_run_is_not_published(tmp_path: Path) -> None:
    inputs = sample_inputs()
    document = sample_document(tmp_path / "render", inputs)
    (tmp_path / "render" / "page.pdf").write_bytes(pdf(OTHER))
    with pytest.raises(ToolError, match=rf"report\.pdf carries {OTHER[:12]}"):
        publish_document(document, sample_data(), inputs, FolderShelf(tmp_path / "site"), NOW)
    assert not list((tmp_path / "site").rglob("manifest.json"))
    (tmp_path / "render" / "page.pdf").write_bytes(pdf(fingerprint(inputs)))
    made = publish_document(document, sample_data(), inputs, FolderShelf(tmp_path / "site"), NOW)
    assert made.fresh
