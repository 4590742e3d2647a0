"""A measured report: it renders when it is saved, and shows itself in a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from reportgen.api.warmth import to_stderr, warm_kernel, write_timings
from reportgen.errors import NotFoundError, near_miss
from reportgen.pipeline import Outside, Timings, make_report, private_folder
from reportgen.publish import FolderShelf
from reportgen.render import find_converter
from reportgen.report import Edition, Format, ReportData, Value, Verdict

if TYPE_CHECKING:
    from reportgen.boards import Board

__all__ = ["Report"]

_SUFFIXES: Mapping[str, Format] = {
    ".html": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".md": "gfm",
    ".ipynb": "ipynb",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A measured report; it renders when it is saved, and shows itself in a notebook.

    Attributes
    ----------
    data : the record, with every value, table and series
    """

    data: ReportData
    _edition: Edition = field(repr=False)
    _board: Board = field(repr=False)
    _engine: str = field(default="auto", repr=False)
    _timings: Timings = field(default_factory=Timings, repr=False)

    @property
    def verdict(self) -> Verdict:
        """The answer to "do I need to worry?"."""
        return self.data.verdict

    @property
    def values(self) -> Mapping[str, Value]:
        """All values by name."""
        return self.data.values

    def value(self, name: str) -> Value:
        """Give one value, with its interval, n and provenance.

        Raises
        ------
        NotFoundError
            There is no value of that name; the near miss is offered.
        """
        if name not in self.data.values:
            raise NotFoundError(f"no value '{name}'. {near_miss(name, list(self.data.values))}")
        return self.data.values[name]

    def save(self, path: str | Path) -> tuple[Path, ...]:
        """Render to one file, by its ending, or the whole edition into a folder.

        Parameters
        ----------
        path : ``card.html``, ``.pdf``, ``.docx``, ``.md``, ``.ipynb`` or ``.json`` (the record);
            anything else is a folder

        Returns
        -------
        the files that were written
        """
        place = Path(path)
        suffix = place.suffix.lower()
        single = _SUFFIXES.get(suffix)
        formats = (single,) if single else ("ipynb",) if suffix == ".json" else ()
        edition = replace(self._edition, formats=formats or self._edition.formats)
        try:
            files = self._publish(edition)
            if single or suffix == ".json":
                return (_copy_single(files, single, place),)
            return _copy_edition(files, place)
        finally:
            write_timings(self._timings)

    def _publish(self, edition: Edition) -> dict[str, bytes]:
        with warm_kernel() as kernel, private_folder() as folder:
            outside = Outside(
                board=self._board,
                kernel=kernel,
                converter=find_converter(self._engine),
                shelf=FolderShelf(folder / "site"),
                timings=self._timings,
                say=to_stderr,
            )
            manifest = make_report(
                edition, lambda: self.data, self.data.pins, outside, datetime.now(UTC)
            )
            made = manifest.folder or folder
            return {
                path.relative_to(made).as_posix(): path.read_bytes()
                for path in sorted(made.rglob("*"))
                if path.is_file()
            }

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th scope='row'>{escape(value.label or value.name)}</th>"
            f"<td>{escape(_said(value))}</td></tr>"
            for value in _headline(self.data)
        )
        return (
            f"<h3>{escape(self.data.title)}</h3>"
            f"<p><strong>{escape(self.verdict.state)}</strong>: "
            f"{escape(self.verdict.sentence)}</p><table>{rows}</table>"
        )

    def __repr__(self) -> str:
        lines = [f"{self.data.title} ({self.data.edition})"]
        lines.append(f"{self.verdict.state}: {self.verdict.sentence}")
        lines += [
            f"  {value.label or value.name}: {_said(value)}" for value in _headline(self.data)
        ]
        return "\n".join(lines)


def _headline(data: ReportData) -> list[Value]:
    prefix = "evaluation." if data.kind == "card" else "performance."
    if data.kind == "card" and not any(name.startswith(prefix) for name in data.values):
        prefix = "changes."
    return [
        value
        for name, value in data.values.items()
        if name.startswith(prefix) and "[" not in name and name.count(".") == 1 and value.interval
    ]


def _said(value: Value) -> str:
    from reportgen.present import show

    return str(show(value, interval=True, n=True))


def _copy_single(files: Mapping[str, bytes], single: Format | None, place: Path) -> Path:
    from reportgen.render.conversion import FILE_NAMES

    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(files[FILE_NAMES[single] if single else "report.json"])
    return place


def _copy_edition(files: Mapping[str, bytes], place: Path) -> tuple[Path, ...]:
    for name, content in files.items():
        target = place / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return tuple(place / name for name in files if "/" not in name)
