"""A template as it is written: its cells, with the line each of them comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from reportgen.errors import NotFoundError, TemplateError

__all__ = ["Template", "TemplateCell", "read_options", "read_template", "read_yaml"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateCell:
    """One cell.

    Attributes
    ----------
    line : of its first line in `file`, from 1; for a notebook, counted inside the cell
    file : the name to show for it, ``model_card.qmd``, or ``report.ipynb cell 3``
    options : of a code cell, what its ``#|`` lines say
    metadata, attachments : as a notebook holds them; empty for a .qmd
    """

    kind: Literal["raw", "markdown", "code"]
    source: str
    line: int
    file: str
    options: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    attachments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def tags(self) -> tuple[str, ...]:
        """Tags from its options and from its metadata."""
        named = self.options.get("tags", [])
        own = [named] if isinstance(named, str) else list(named or [])
        return tuple(str(tag) for tag in [*own, *self.metadata.get("tags", [])])

    @property
    def where(self) -> str:
        """``model_card.qmd:41``."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """All of a template.

    Attributes
    ----------
    front_matter : its YAML header as data; the header itself is the first, raw cell
    """

    path: Path
    cells: tuple[TemplateCell, ...]
    front_matter: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of its file."""
        return self.path.name


def read_template(path: Path) -> Template:
    """Read a ``.qmd`` or an ``.ipynb``.

    Raises
    ------
    NotFoundError
        There is no such file.
    TemplateError
        It is of another kind, or holds what cannot be executed; with its line.
    """
    if path.suffix not in {".qmd", ".ipynb"}:
        raise TemplateError(f"{path.name}: a template is a .qmd or an .ipynb file.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise NotFoundError(f"There is no template {path}.") from error
    except UnicodeDecodeError as error:
        raise TemplateError(f"{path.name}: not UTF-8 text: {error}. Save it as UTF-8.") from error
    except OSError as error:
        raise TemplateError(f"{path.name}: cannot be read: {error.strerror}.") from error
    if path.suffix == ".qmd":
        from reportgen.execute.qmd import read_qmd

        return read_qmd(path, text)
    from reportgen.execute.ipynb import read_ipynb

    return read_ipynb(path, text)


def read_yaml(text: str, where: str, line: int) -> dict[str, Any]:
    """Read YAML that must be a mapping, or nothing.

    Raises
    ------
    TemplateError
        With `where` and the line, `line` being that of the first line of `text`.
    """
    import yaml

    quick: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        try:
            read = yaml.load(text, quick)  # noqa: S506 - a SafeLoader
        except yaml.YAMLError:  # the other one says more
            read = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        at = line + (error.problem_mark.line if error.problem_mark else 0)
        raise TemplateError(f"{where}:{at}: not YAML: {error.problem}.") from error
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, RecursionError) as error:
        # PyYAML lets several of its own slips through
        raise TemplateError(f"{where}:{line}: not YAML: {error}.") from error
    if read is None:
        return {}
    if not isinstance(read, dict):
        raise TemplateError(f"{where}:{line}: not lines of `name: value`.")
    return {str(key): value for key, value in read.items()}


def read_options(source: str, where: str, line: int) -> dict[str, Any]:
    r"""Read the ``#|`` lines at the top of a code cell.

    Examples
    --------
    >>> read_options("#| echo: false\n#| label: fig-roc\nplot()", "a.qmd", 1)
    {'echo': False, 'label': 'fig-roc'}
    """
    lines = []
    for text in source.split("\n"):
        mark = text.lstrip()
        if not mark.startswith(("#|", "# |")):
            break
        rest = mark.partition("|")[2]
        lines.append(rest.removeprefix(" "))
    return read_yaml("\n".join(lines), where, line) if lines else {}
