"""From the package's data files to a project folder: board, reportgen.yml, narrative."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from string import Template

from reportgen.errors import UserError

__all__ = ["PROJECT_FILE", "build_demo"]

PROJECT_FILE = "reportgen.yml"

_FIRST_LINE = "# Made by `reportgen demo`."
_SHIPPED = Path(__file__).parent / "project"
# In this order, so that a project file says that all the rest is there.
_PARTS = ("board", "cards", "_quarto.yml", PROJECT_FILE)


def build_demo(
    folder: Path,
    *,
    progress: Callable[[str], None] = lambda _: None,
    measured: bool = False,
) -> Path:
    """Build the demo project; one that is there already is left as it is.

    Parameters
    ----------
    folder : made when it is not there
    progress : called with a few words before each step
    measured : also measure how fast the newest model answers on this machine, and pin that. All
        else is the same bytes on every machine

    Returns
    -------
    the path of its reportgen.yml

    Raises
    ------
    UserError
        Something else is in the folder under a name that the demo needs.
    MissingToolError
        The package with the flights is not installed.
    """
    project = folder / PROJECT_FILE
    if project.is_file() and project.read_text(encoding="utf-8").startswith(_FIRST_LINE):
        progress("The project is there already")
        return project
    in_the_way = [name for name in _PARTS if (folder / name).exists()]
    if in_the_way:
        raise UserError(
            f"{folder}: there is already {' and '.join(in_the_way)}, not made by the demo. "
            "Give another folder: reportgen demo DIR"
        )
    building = folder / ".building"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    try:
        _build(building, progress, measured=measured)
        for name in _PARTS:
            (building / name).rename(folder / name)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return project


def _build(folder: Path, progress: Callable[[str], None], *, measured: bool) -> None:
    # scikit-learn and pandas are loaded when a demo is built, not when the command line starts.
    from reportgen.demo.flights import find_data, read_flights
    from reportgen.demo.model import one_thread, train_models
    from reportgen.demo.pinning import pin_everything

    progress("Reading 336,776 flights of 2013, with weather and planes")
    flights = read_flights(find_data())
    with one_thread():
        progress("Training two models on January to April")
        models = train_models(flights)
        progress("Scoring May to December as if live, and pinning it all")
        versions = pin_everything(folder / "board", flights, models)
    if measured:
        progress("Measuring how fast the newest model answers")
    operations = _measure(folder) if measured else ""
    known = {"threshold": f"{models.threshold:.2f}", "operations": operations}
    _write_project(folder, {**versions, **known})


def _measure(folder: Path) -> str:
    """Measure and pin, and give the line of the project file that names the pin."""
    from reportgen.demo.operations import pin_operations

    return f"\n      operations: {{pin: {pin_operations(folder / 'board')}}}"


def _write_project(folder: Path, known: Mapping[str, str]) -> None:
    shutil.copytree(_SHIPPED, folder, dirs_exist_ok=True)
    path = folder / PROJECT_FILE
    text = Template(path.read_text(encoding="utf-8")).substitute(known)
    path.write_text(text, encoding="utf-8", newline="\n")
