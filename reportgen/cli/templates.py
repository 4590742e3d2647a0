"""`templates`: the ones that are shipped, and a copy of one to change."""

# ruff: noqa: ARG001, D301, FBT002 - a Typer command is a function of flags, --json is read
# from the arguments so that errors know it too, and \b keeps the lines of an example.
from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reportgen.cli.options import Json

__all__ = ["app"]

app = typer.Typer(
    context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True
)


@app.callback()
def templates(
    context: typer.Context,
    json: Json = False,
) -> None:
    """List the templates that are shipped; `eject` copies one, to be changed.

    \b
    Examples:
      reportgen templates
      reportgen templates eject model_card
    """
    if context.invoked_subcommand is not None:
        return
    from reportgen.cli.say import print_json, print_rows, wants_json
    from reportgen.execute import shipped_templates

    rows = [(name, title) for name, title in sorted(dict(shipped_templates()).items())]
    if wants_json():
        print_json({"templates": [{"name": name, "title": title} for name, title in rows]})
        return
    print_rows(("template", "what it is"), rows)


@app.command()
def eject(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A shipped template.")],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="The folder to put it into.")
    ] = Path(),
    force: Annotated[
        bool, typer.Option("--force", help="Write over what is there, _quarto.yml too.")
    ] = False,
    json: Json = False,
) -> None:
    """Copy a shipped template into a folder, to change it there.

    With it come a _quarto.yml, the filters and the styles that Quarto needs to render the copy by
    itself: quarto render model_card.qmd -P record:report.json

    Name the copy in reportgen.yml, with its kind: `template: model_card.qmd`, `kind: card`.

    \b
    Examples:
      reportgen templates eject model_card
      reportgen templates eject monitoring -o templates
    """
    from reportgen.api.eject import eject as write
    from reportgen.cli.outcome import shown
    from reportgen.cli.say import note, print_json, wants_json

    ejected = write(name, output, force=force)
    if wants_json():
        files = [str(path) for path in ejected.files]
        print_json({"file": files[0], "files": files, "settings_lacking": ejected.lacking})
        return
    for path in ejected.files:
        typer.echo(shown(path.resolve()))
    if ejected.lacking:
        where = shown((output / "_quarto.yml").resolve())
        note(f"{where} was there and is left as it is. For Quarto by itself it lacks:")
        note(ejected.lacking.rstrip())
