"""Quarto as the engine: the same executed notebook, rendered but never run again.

Quarto can exit with 0 and have made nothing, leave an old file in place, and outlive the launcher
that was killed; see `docs/embedded-engine.md`. So each format is made in a folder of its own, by a
process group of its own, and the file must be there and be ours before it counts.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from reportgen.errors import ConvertError, MissingToolError
from reportgen.render.conversion import FILE_NAMES, Conversion, quarto_program
from reportgen.render.notebook import tidy_notebook
from reportgen.render.pandoc import escape_markdown
from reportgen.render.process import clean_environment, last_lines, run_program
from reportgen.render.prose import replace_outside_code
from reportgen.render.settings import FORMAT_KEYS, Settings
from reportgen.render.shortcodes import SHORTCODE, expand_includes
from reportgen.render.theme import ASSETS, FILTERS, palette_css
from reportgen.report import Format

__all__ = ["Quarto", "quarto_program", "quarto_settings"]

_WRITERS: Mapping[Format, str] = {
    "html": "html",
    "pdf": "typst",
    "docx": "docx",
    "revealjs": "revealjs",
    "gfm": "gfm",
}
_LOG = "quarto.log"
_OUR_FILTERS = ("rowheads.lua", "values.lua", "components.lua")
_SMALLEST_PDF = b"%PDF-"


class Quarto:
    """Drives the `quarto` command line."""

    name = "quarto"

    def __init__(self, program: str | None = None) -> None:
        found = program or quarto_program()
        if found is None:
            raise MissingToolError(
                "Quarto was asked for and is not on the PATH. Get it from "
                "https://quarto.org/docs/get-started, or use `--engine embedded`, "
                "which needs nothing else."
            )
        self._program = found

    @property
    def version(self) -> str:
        """Of Quarto, ``quarto 1.10.18``."""
        out, _ = run_program(
            [self._program, "--version"],
            folder=Path.cwd(),
            limit_s=30,
            environment=clean_environment(),
            shown="quarto --version",
        )
        return f"quarto {out.strip()}"

    def convert(
        self, notebook: Path, formats: tuple[Format, ...], settings: Settings
    ) -> Conversion:
        """Render an executed notebook with Quarto; its cells are not run.

        Raises
        ------
        ConvertError
            Quarto failed, or said it had not and left no new file that carries our fingerprint.
        LimitError
            It took too long, and was stopped with its whole process group.
        """
        folder = notebook.resolve().parent
        files: dict[Format, Path] = {}
        for to in dict.fromkeys(formats):
            target = folder / FILE_NAMES[to]
            if to == "ipynb":
                files[to] = tidy_notebook(notebook, target)
                continue
            files[to] = self._render(notebook.resolve(), to, settings, target)
        return Conversion(files=files)

    def _render(self, notebook: Path, to: Format, settings: Settings, target: Path) -> Path:
        work = notebook.parent / ".reportgen" / f"quarto-{to}"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        _set_out(notebook, work, to, settings)
        name = target.name
        command = [self._program, "render", "report.ipynb", "--to", _WRITERS[to], "-o", name]
        command += ["--log", _LOG, "--log-format", "json-stream"]
        environment = clean_environment(DENO_NO_UPDATE_CHECK="1")
        try:
            run_program(
                command,
                folder=work,
                limit_s=settings.limit_s,
                environment=environment,
                shown=" ".join(["quarto", *command[1:]]),
            )
        except ConvertError as error:
            raise ConvertError(f"{error}\nIts log ends with:\n{_log_end(work)}") from error
        _check(work / name, to, settings.fingerprint, work)
        shutil.move(work / name, target)
        if to == "gfm":
            _keep_pictures(work, target.parent)
        shutil.rmtree(work)
        return target


def quarto_settings(settings: Settings, to: Format) -> dict[str, Any]:
    """Give the front matter that Quarto reads: all settings, with our filters and fingerprint.

    Quarto lets nothing on its command line override what a document says under ``format:``, so
    everything is put there.
    """
    writer = _WRITERS[to]
    merged = {
        key: value for key, value in settings.metadata.items() if key not in ("project", "brand")
    }
    own: dict[str, Any] = {}
    for name in FORMAT_KEYS[to]:
        own |= settings.formats.get(name, {})
    own.pop("css", None)
    for name, text in settings.given.items():
        merged[name] = escape_markdown(text)
    filters = [
        name for name in _listed(merged.get("filters")) if Path(str(name)).name not in _OUR_FILTERS
    ]
    merged["filters"] = [*_OUR_FILTERS, *filters]
    merged["reportgen-fingerprint"] = settings.fingerprint
    if writer in ("html", "revealjs"):
        mark = f'<meta name="reportgen-fingerprint" content="{settings.fingerprint}">'
        own |= {"embed-resources": True, "css": ["palette.css", "report.css"]}
        own["include-in-header"] = [{"text": mark}, *_listed(own.get("include-in-header"))]
    if writer == "gfm":
        mark = f"<!-- reportgen-fingerprint: {settings.fingerprint} -->"
        own["include-before-body"] = [{"text": mark}, *_listed(own.get("include-before-body"))]
    return merged | {"format": {writer: own}}


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _set_out(notebook: Path, work: Path, to: Format, settings: Settings) -> None:
    """Put into the folder all that Quarto may read: notebook, pictures, filters and styles."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    cells = content["cells"]
    if cells and cells[0]["cell_type"] == "raw":
        cells = cells[1:]
    for cell in cells:
        if cell["cell_type"] == "markdown":
            line = int(cell.get("metadata", {}).get("reportgen", {}).get("line", 1))
            source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
            cell["source"] = _refuse_env(expand_includes(source, settings, line))
    front = yaml.safe_dump(quarto_settings(settings, to), allow_unicode=True, sort_keys=True)
    first = {
        "cell_type": "raw",
        "id": "front-matter",
        "metadata": {},
        "source": f"---\n{front}---\n",
    }
    content["cells"] = [first, *cells]
    (work / "report.ipynb").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    for name in ("figures", "tables"):
        if (notebook.parent / name).is_dir():
            shutil.copytree(notebook.parent / name, work / name)
    for name in _OUR_FILTERS:
        shutil.copyfile(FILTERS / name, work / name)
    (work / "palette.css").write_text(palette_css(settings.brand, "light"), encoding="utf-8")
    report_css = ASSETS / "report.css"
    text = report_css.read_text(encoding="utf-8") if report_css.is_file() else ""
    (work / "report.css").write_text(text, encoding="utf-8")
    _copy_beside(settings, work)


def _copy_beside(settings: Settings, work: Path) -> None:
    """Copy the files that settings name and that lie beside the template."""
    for key in ("bibliography", "csl"):
        for name in _listed(settings.metadata.get(key)):
            source = (settings.folder / str(name)).resolve()
            if source.is_file() and source.is_relative_to(settings.folder.resolve()):
                (work / str(name)).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, work / str(name))
    variables = settings.folder / "_variables.yml"
    if variables.is_file():
        shutil.copyfile(variables, work / "_variables.yml")


def _refuse_env(source: str) -> str:
    """A page may not show what is in the environment; Quarto's own shortcode would."""
    return replace_outside_code(
        source, SHORTCODE, lambda match, _: "" if match[2] == "env" else match[0]
    )


def _check(path: Path, to: Format, fingerprint: str, work: Path) -> None:
    """Believe in a file only if it is there, and is the one that was asked for.

    The folder was made for this one run, so what is in it is new.
    """
    if not path.is_file() or path.stat().st_size == 0:
        raise ConvertError(
            f"Quarto ended with exit code 0 and made no {path.name}. "
            f"Its log ends with:\n{_log_end(work)}"
        )
    content = path.read_bytes()
    if to == "pdf":
        if not content.startswith(_SMALLEST_PDF):
            raise ConvertError(f"Quarto made a {path.name} that is no PDF.")
        return
    if to != "docx" and fingerprint.encode() not in content:
        raise ConvertError(
            f"Quarto made a {path.name} that does not carry the fingerprint of this edition."
        )


def _keep_pictures(work: Path, folder: Path) -> None:
    for name in sorted(work.glob("*_files")):
        shutil.copytree(name, folder / name.name, dirs_exist_ok=True)


def _log_end(work: Path) -> str:
    """Give the last messages of Quarto's log, one JSON object a line."""
    path = work / _LOG
    if not path.is_file():
        return "  (there is no log)"
    said = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            said.append(str(json.loads(line).get("msg", "")))
        except (ValueError, AttributeError):
            said.append(line)
    return last_lines("\n".join(said))
