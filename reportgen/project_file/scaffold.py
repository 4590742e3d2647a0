"""A new project folder: files with comments, filled in from what a board holds."""

from __future__ import annotations

import re
from pathlib import Path

from reportgen.errors import UserError
from reportgen.project_file.guess import FoundPin, Guess, guess_project
from reportgen.project_file.names import PROJECT_FILE
from reportgen.project_file.profile import load_profile
from reportgen.project_file.schema import write_schemas
from reportgen.project_file.sections import QUESTIONS, SECTIONS
from reportgen.project_file.source import read_value
from reportgen.report import BoardSpec, CardProfile

__all__ = ["FoundPin", "scaffold_project"]

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*")

_PLACEHOLDER = FoundPin(name="my-model", role="model")


def scaffold_project(
    folder: Path,
    *,
    board: BoardSpec,
    pins: tuple[FoundPin, ...] = (),
    name: str = "",
    profile: str = "mitchell",
) -> tuple[Path, ...]:
    """Write a new project.

    Parameters
    ----------
    folder : is made when it is not there
    board : goes into the file without its options, which may hold secrets
    pins : what the board holds, as far as it was looked at
    name : of the project; empty: the folder's
    profile : whose sections the narratives ask for: a shipped one, or a file in `folder`

    Returns
    -------
    the files that were written

    Raises
    ------
    UserError
        The folder has a project already; nothing is overwritten.
    NotFoundError
        There is no such profile; nothing is written.
    """
    folder = Path(folder)
    asked = load_profile(profile, folder)
    if (folder / PROJECT_FILE).exists():
        raise UserError(f"There is a {PROJECT_FILE} in {folder} already; it was left as it is.")
    guesses = guess_project(pins) or (Guess(model=_PLACEHOLDER),)
    texts = {PROJECT_FILE: _project_text(name or folder.resolve().name, board, guesses, profile)}
    texts |= {f"cards/{_slug(guess)}.yml": _narrative_text(guess, asked) for guess in guesses}
    texts["_quarto.yml"] = _QUARTO
    written = [_write(folder / path, text) for path, text in texts.items()]
    schemas = folder / ".reportgen"
    schemas.mkdir(exist_ok=True)
    return (*(path for path in written if path is not None), *write_schemas(schemas))


def _write(path: Path, text: str) -> Path | None:
    if path.exists():
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _slug(guess: Guess) -> str:
    """Make a name that can be a folder out of the name of a pin, such as user/pin."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", guess.model.name).strip("-._") or "model"


def _scalar(text: str) -> str:
    """Write a text so that it is read back as the same text."""
    if _PLAIN.fullmatch(text) and read_value(text) == text:
        return text
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    return character if character.isprintable() else f"\\U{ord(character):08x}"


def _project_text(name: str, board: BoardSpec, guesses: tuple[Guess, ...], profile: str) -> str:
    head = [
        "# yaml-language-server: $schema=.reportgen/reportgen.schema.json",
        "# What is reported, from which pins. `reportgen render` makes the reports.",
        f"project: {_scalar(name)}",
        *_board_lines(board, guesses),
        "site: site                     # editions are published here",
        "timezone: UTC                  # days, weeks and months are cut in this zone",
        "models:",
    ]
    if all(guess == Guess(model=_PLACEHOLDER) for guess in guesses):
        head.insert(
            -1, "# No pin on the board looks like a model: put the names of your own pins."
        )
    models = [line for guess in guesses for line in _model_lines(guess, profile)]
    reports = ["reports:", *(line for guess in guesses for line in _report_lines(guess))]
    return "\n".join([*head, *models, *reports]) + "\n"


def _board_lines(board: BoardSpec, guesses: tuple[Guess, ...]) -> list[str]:
    lines = ["board:", f"  type: {board.type}", f"  path: {_scalar(board.path)}"]
    if board.type != "folder":
        lines += ["  # options: {key: ${BOARD_KEY}}   # a secret comes from the environment"]
    pickled = [_scalar(guess.model.name) for guess in guesses if guess.model.pickled]
    if pickled:
        lines += [
            "  # These models are pickles: loading one runs the code in it. Take the '#' away",
            "  # when you trust everyone who can write to the board.",
            f"  # allow_pickle: [{', '.join(pickled)}]",
        ]
    return lines


def _model_lines(guess: Guess, profile: str) -> list[str]:
    slug = _slug(guess)
    return [
        f"  {_scalar(slug)}:",
        f"    pin: {_scalar(guess.model.name)}",
        "    version: latest              # `reportgen lock` makes it exact",
        f"    narrative: cards/{slug}.yml",
        f"    profile: {_scalar(profile)}            # which sections a complete card has",
        *_evaluation_lines(guess),
        *_monitoring_lines(guess),
    ]


def _evaluation_lines(guess: Guess) -> list[str]:
    data = guess.evaluation
    lines = [
        "    evaluation:",
        f"      data: {{pin: {_scalar(data.name) if data else 'test-data'}}}",
        f"      target: {_scalar(guess.target or 'outcome')}",
        "      # segments: [region, [region, age_group]]     # groups, and groups crossed",
        "      # population: {pin: population-shares}        # for representation",
        "      # thresholds: {accuracy: {min: 0.8, material: 0.02}}",
    ]
    if data is None:
        return [
            "    # Rows that the model has not seen, with the true outcome:",
            *(f"    # {line[4:]}" for line in lines[:3]),
        ]
    others = [_scalar(name) for name in guess.candidates[1:6]]
    if others:
        lines.insert(3, f"      # Not the target? It could also be: {', '.join(others)}")
    return lines


def _monitoring_lines(guess: Guess) -> list[str]:
    data = guess.monitoring
    if data is None:
        return [
            "    # Rows that were scored in use, for monitoring:",
            "    # monitoring: {data: {pin: scored}, time: scored_at, prediction: predicted,",
            "    #              target: outcome, every: week, label_delay: 2d}",
        ]
    columns = {"time": guess.time, "prediction": guess.prediction, "score": guess.score}
    if guess.target in data.columns:
        columns["target"] = guess.target
    lines = ["    monitoring:", f"      data: {{pin: {_scalar(data.name)}}}"]
    if guess.evaluation is not None:
        lines.append(f"      reference: {{pin: {_scalar(guess.evaluation.name)}}}")
    lines += [f"      {key}: {_scalar(column)}" for key, column in columns.items() if column]
    return [
        *lines,
        "      every: week",
        "      # label_delay: 2d             # until then a period is provisional",
    ]


def _report_lines(guess: Guess) -> list[str]:
    slug = _slug(guess)
    lines = [
        f"  {slug}-card: {{model: {_scalar(slug)}, template: model_card, formats: [html, pdf]}}"
    ]
    weekly = (
        f"  {slug}-weekly: {{model: {_scalar(slug)}, template: monitoring, formats: [html, pdf]}}"
    )
    return [*lines, weekly] if guess.monitoring else lines


def _narrative_text(guess: Guess, profile: CardProfile) -> str:
    lines = [
        "# yaml-language-server: $schema=../.reportgen/narrative.schema.json",
        f"# What only people can say about {_scalar(guess.model.name)}.",
        "# Take the '#' away from a section once somebody answers for it; a section that is",
        "# left out is shown as missing. `not_applicable: why` says that it does not apply.",
        "# Quote numbers by name, so that they cannot go stale: {{ evaluation.rows }}.",
    ]
    wanted = profile.written
    known = [name for name in SECTIONS if name in wanted]
    for section in dict.fromkeys([*known, *wanted]):
        lines += [
            "",
            f"# {section}:",
            "#   text: |",
            f"#     {QUESTIONS.get(section) or profile.narrative[section]}",
            "#   author: Your Name",
            "#   date: 2025-01-31",
            "#   expires: 2026-01-31",
        ]
    return "\n".join(lines) + "\n"


_QUARTO = """\
# Settings of the pages, read by Quarto and by the embedded engine alike. What stands here
# overrides the settings that reportgen ships.
lang: en
# toc: true
# number-sections: true
# brand: _brand.yml
"""
