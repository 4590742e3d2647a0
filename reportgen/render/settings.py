"""How a document shall look: one view of the shipped settings, the user's, and the template's.

The later of these wins, key by key: the shipped ``_quarto.yml``; the ``_quarto.yml`` of the
project, then of the template's folder; the template's front matter; what the caller gives.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

import reportgen
from reportgen.errors import TemplateError
from reportgen.render.brand import Brand, read_brand

__all__ = [
    "FORMAT_KEYS",
    "Settings",
    "load_settings",
    "settings_files",
    "shipped_settings_file",
]

# Our format -> the names under `format:` that speak of it, the most telling last.
FORMAT_KEYS: Mapping[str, tuple[str, ...]] = {
    "html": ("html",),
    "pdf": ("pdf", "typst"),
    "docx": ("docx",),
    "revealjs": ("revealjs",),
    "gfm": ("gfm",),
    "ipynb": ("ipynb",),
}
_FRONT_MATTER = re.compile(
    r"\A---[ \t]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL
)


class _Loader(yaml.SafeLoader):
    """YAML without dates: a date is text, so that it is shown as it was written."""


class _QuickLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The same, where PyYAML was built with libyaml; it says less of a mistake."""


_Loader.yaml_implicit_resolvers = _QuickLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in pairs if tag != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A merged view of all settings of one document.

    Attributes
    ----------
    metadata : keys of all formats; text in them is Markdown
    formats : name under ``format:`` -> keys of that format alone
    given : what the caller gave: text from data, shown as it is and never read as Markdown
    variables : of ``_variables.yml``, for ``{{< var name >}}``
    brand : of ``_brand.yml``
    folder : where the template lies; includes and bibliographies are looked up there
    template : its name, for messages
    where : top-level key -> ``file:line`` of the place that set it
    fingerprint : of the inputs, carried by every page
    limit_s : seconds that one conversion may take
    """

    metadata: Mapping[str, Any] = field(default_factory=dict)
    formats: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    brand: Brand = field(default_factory=Brand)
    folder: Path = field(default_factory=Path)
    template: str = "notebook"
    where: Mapping[str, str] = field(default_factory=dict)
    fingerprint: str = ""
    limit_s: float = 120.0

    def option(self, name: str, to: str, default: Any = None) -> Any:
        """Look up a setting for a format; what the caller gave wins, then the format's own.

        Parameters
        ----------
        name : ``toc``; a dot goes one deeper, ``execute.echo``
        to : ``html``, ``pdf``, ...
        """
        if name in self.given:
            return self.given[name]
        for key in reversed(FORMAT_KEYS.get(to, (to,))):
            found = _dig(self.formats.get(key, {}), name)
            if found is not None:
                return found
        found = _dig(self.metadata, name)
        return default if found is None else found

    def text(self, name: str, to: str = "html") -> str:
        """Look up a setting that is a line of text; empty when there is none."""
        found = self.option(name, to)
        return "" if found is None else str(found)


def shipped_settings_file() -> Path:
    """Find the ``_quarto.yml`` that comes with the package, or lies at the root of a checkout."""
    package = Path(reportgen.__file__).resolve().parent
    shipped = package / "templates" / "_quarto.yml"
    return shipped if shipped.is_file() else package.parent / "_quarto.yml"


def settings_files(template: Path, project: Path) -> tuple[Path, ...]:
    """Find the files of settings that `load_settings` reads for a template, ours left out."""
    folders = dict.fromkeys((project.resolve(), template.resolve().parent))
    names = ("_quarto.yml", "_brand.yml", "_variables.yml")
    found = (folder / name for folder in folders for name in names)
    shipped = shipped_settings_file()
    return tuple(path for path in found if path.is_file() and path != shipped)


def load_settings(
    template: Path,
    project: Path | None = None,
    given: Mapping[str, str] | None = None,
) -> Settings:
    """Read and merge all settings of a template.

    Parameters
    ----------
    template : .qmd, .md or .ipynb; its front matter counts
    project : folder of the project, whose ``_quarto.yml``, ``_brand.yml`` and
        ``_variables.yml`` count
    given : settings that win over all, such as ``title`` from the record or the command line

    Raises
    ------
    TemplateError
        A file is not YAML, or not a mapping; with file and line.
    """
    template = template.resolve()
    folders = [folder.resolve() for folder in (project, template.parent) if folder is not None]
    shipped = shipped_settings_file()
    files = [shipped, *(folder / "_quarto.yml" for folder in folders)]
    layers = [_read_layer(file) for file in dict.fromkeys(files) if file.is_file()]
    layers.append(_read_front_matter(template))
    merged: dict[str, Any] = {}
    where: dict[str, str] = {}
    for content, lines in layers:
        merged = _merge(_without_overridden(merged, content), content)
        where |= lines
    formats = _read_formats(merged.pop("format", {}))
    return Settings(
        metadata=merged,
        formats=formats,
        given=dict(given or {}),
        variables=_read_beside(folders, "_variables.yml"),
        brand=_find_brand(merged, folders),
        folder=template.parent,
        template=template.name,
        where=where,
    )


def parse_mapping(
    text: str, name: str, first_line: int = 1
) -> tuple[dict[str, Any], dict[str, str]]:
    """Read YAML that must be a mapping, and where each of its top-level keys stands.

    Raises
    ------
    TemplateError
        With file and line.
    """
    try:
        try:
            content, node = _loaded(text, _QuickLoader)
        except yaml.YAMLError:
            content, node = _loaded(text, _Loader)
    except yaml.MarkedYAMLError as error:
        line = first_line + (error.problem_mark.line if error.problem_mark else 0)
        raise TemplateError(f"{name}:{line}  this is not YAML: {error.problem}.") from error
    except (yaml.YAMLError, ValueError, AttributeError, TypeError, RecursionError) as error:
        raise TemplateError(f"{name}:{first_line}  this is not YAML: {error}.") from error
    if content is None:
        return {}, {}
    if not isinstance(content, dict) or not isinstance(node, yaml.MappingNode):
        raise TemplateError(f"{name}:{first_line}  settings are written as `name: value`.")
    lines = {str(key.value): f"{name}:{first_line + key.start_mark.line}" for key, _ in node.value}
    return _plain(content), lines


def _loaded(text: str, loader: Any) -> tuple[Any, Any]:
    return yaml.load(text, loader), yaml.compose(text, loader)  # noqa: S506 - a SafeLoader


def _read_layer(file: Path) -> tuple[dict[str, Any], dict[str, str]]:
    return parse_mapping(file.read_text(encoding="utf-8"), file.name)


def _read_front_matter(template: Path) -> tuple[dict[str, Any], dict[str, str]]:
    if not template.is_file():
        raise TemplateError(f"There is no template {template.name} in {template.parent}.")
    text = template.read_text(encoding="utf-8")
    first_line = 2
    if template.suffix == ".ipynb":
        text = _first_cell(text, template.name)
        first_line = 1
    found = _FRONT_MATTER.match(text.lstrip("\ufeff"))
    return parse_mapping(found[1], template.name, first_line) if found else ({}, {})


def _first_cell(text: str, name: str) -> str:
    try:
        cells = json.loads(text)["cells"]
    except (ValueError, KeyError, TypeError) as error:
        raise TemplateError(f"{name} is not a Jupyter notebook: {error}") from error
    if not cells or cells[0]["cell_type"] not in ("raw", "markdown"):
        return ""
    source = cells[0].get("source", "")
    return (source if isinstance(source, str) else "".join(source)).strip()


def _read_formats(formats: Any) -> dict[str, Mapping[str, Any]]:
    """Bring ``format: html``, ``format: {html: default}`` and maps into one form."""
    if isinstance(formats, str):
        return {formats: {}}
    if isinstance(formats, list):
        return {str(name): {} for name in formats}
    return {
        str(name): options if isinstance(options, dict) else {}
        for name, options in (formats or {}).items()
    }


def _read_beside(folders: list[Path], name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for folder in folders:
        if (folder / name).is_file():
            found = _merge(found, _read_layer(folder / name)[0])
    return found


def _find_brand(merged: dict[str, Any], folders: list[Path]) -> Brand:
    """Read the brand that is named, written out, or lies beside the project or template."""
    given = merged.get("brand")
    if given is False:
        return Brand()
    if isinstance(given, dict):
        return read_brand(given, folders[-1], "brand")
    name = given if isinstance(given, str) else "_brand.yml"
    for folder in reversed(folders):
        file = folder / name
        if file.is_file():
            return read_brand(_read_layer(file)[0], file.parent, file.name)
    if isinstance(given, str):
        raise TemplateError(f"There is no brand file {given} beside the template or the project.")
    return Brand()


def _merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Lay one mapping over another; mappings inside are merged, all else is replaced."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        if key == "format":
            value = _read_formats(value)
        if isinstance(under, dict) and isinstance(value, dict):
            value = _merge(under, value)
        merged[key] = value
    return merged


def _without_overridden(below: dict[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Take out of a lower layer's formats what the layer above it sets for all formats."""
    formats = below.get("format")
    if not isinstance(formats, dict):
        return below
    kept = {
        name: {
            key: value for key, value in options.items() if not _overrides(above.get(key), value)
        }
        for name, options in _read_formats(formats).items()
    }
    return below | {"format": kept}


def _overrides(above: Any, below: Any) -> bool:
    """Whether a value replaces another; of two mappings, each keeps what the other lacks."""
    return above is not None and not (isinstance(above, dict) and isinstance(below, dict))


def _dig(content: Mapping[str, Any], name: str) -> Any:
    found: Any = content
    for part in name.split("."):
        if not isinstance(found, Mapping) or part not in found:
            return None
        found = found[part]
    return found


def _plain(content: Any) -> Any:
    """Make the keys text and the scalars JSON."""
    if isinstance(content, dict):
        return {str(key): _plain(value) for key, value in content.items()}
    if isinstance(content, list):
        return [_plain(value) for value in content]
    return content.isoformat() if isinstance(content, date) else content
