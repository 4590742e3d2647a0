"""What a word of a template gives back: Markdown that shows itself in a notebook."""

from __future__ import annotations

from dataclasses import dataclass

from reportgen.present.escape import escape

__all__ = ["Block", "Shown", "join", "section", "tabset"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A piece of a sentence, as Markdown and as plain text."""

    markdown: str
    plain: str

    def _repr_markdown_(self) -> str:
        return self.markdown

    def __str__(self) -> str:
        return self.plain

    def __repr__(self) -> str:
        return self.plain


@dataclass(frozen=True, slots=True)
class Block:
    """Paragraphs, lists, tables or figures as Markdown.

    Attributes
    ----------
    title : of a `section`, which `tabset` makes the name of its tab; plain text
    """

    markdown: str
    title: str = ""

    def _repr_markdown_(self) -> str:
        return f"## {escape(self.title)}\n\n{self.markdown}" if self.title else self.markdown

    def __str__(self) -> str:
        return self._repr_markdown_()

    def __repr__(self) -> str:
        return self._repr_markdown_()


def join(*parts: Block | None) -> Block | None:
    """Put blocks below one another; those that are None leave no gap.

    Returns
    -------
    None when nothing is left, so that a cell shows nothing at all
    """
    kept = [part for part in parts if part is not None]
    return Block("\n\n".join(str(part) for part in kept)) if kept else None


def section(title: str, *parts: Block | None, note: str = "", level: int = 2) -> Block | None:
    """Put a heading above blocks, unless there are none.

    Parameters
    ----------
    title, note : of the template: a heading, and a sentence below it
    parts : what other words gave; None for what the record does not hold
    level : 2 for a section of the page, 3 below it

    Returns
    -------
    None when every part is None
    """
    body = join(*parts)
    if body is None:
        return None
    lead = f"{note}\n\n" if note else ""
    if level == 2:
        return Block(lead + body.markdown, title=title)
    return Block(f"{'#' * level} {escape(title)}\n\n{lead}{body.markdown}")


def tabset(*sections: Block | None) -> Block | None:
    """Put sections side by side as tabs; in print they follow one another.

    A single one needs neither tab nor heading: the section around it says what it is.
    """
    kept = [part for part in sections if part is not None]
    if not kept:
        return None
    if len(kept) == 1:
        return Block(kept[0].markdown)
    tabs = "\n\n".join(f"### {escape(part.title)}\n\n{part.markdown}" for part in kept)
    return Block(f"::::: {{.panel-tabset}}\n\n{tabs}\n\n:::::")
