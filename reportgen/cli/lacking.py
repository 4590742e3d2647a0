"""Names everything that a command without a project lacks, in one message."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from reportgen.errors import UserError, near_miss
from reportgen.project_file.guess import FoundPin, candidates, times

__all__ = ["Asked", "lacking"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person typed for `card` or `monitor`; None is what they left out."""

    command: str
    model: str | None = None
    board: str | None = None
    data: str | None = None
    table: str | None = None
    target: str | None = None
    time: str | None = None
    trust_model: bool = False

    def wants_columns_of(self) -> tuple[str, ...] | None:
        """Give the data pins whose columns decide the answer; None: all of them."""
        if self.command == "card" and self.data is None and self.target is None:
            return () if self.model is not None else None
        column = self.time if self.command == "monitor" else self.target
        if self.table is not None:
            return ()  # its columns are not on the board
        if self.data is not None and column is not None and self.model is not None:
            return ()  # nothing is missing: whoever reads the rows will check the columns
        return None if self.data is None else (self.data,)


@dataclass(frozen=True, slots=True)
class _Lack:
    option: str
    what: str
    example: str


def lacking(asked: Asked, pins: Sequence[FoundPin]) -> UserError | None:
    """Give the error that names all that is missing or wrong; None when nothing is.

    Parameters
    ----------
    pins : what the board holds; empty when no board was named
    """
    lacks = [
        *_lacks_model(asked, pins),
        *_lacks_data(asked, pins),
        *_lacks_column(asked, pins),
        *_lacks_trust(asked, pins),
    ]
    if asked.board is None:
        lacks.insert(
            0, _Lack("--board", "where the pins live: a folder, s3://bucket/prefix, ...", "board")
        )
    return _error(asked, lacks) if lacks else None


def _error(asked: Asked, lacks: list[_Lack]) -> UserError:
    width = max(len(lack.option) for lack in lacks)
    lines = [f"  {lack.option:<{width}}  {lack.what}" for lack in lacks]
    things = "one thing" if len(lacks) == 1 else f"{len(lacks)} things"
    return UserError(
        "\n".join([f"`reportgen {asked.command}` lacks {things}:", *lines, _try(asked, lacks)])
    )


def _try(asked: Asked, lacks: list[_Lack]) -> str:
    """Write the whole command as it could be typed next."""
    examples = {lack.option: lack.example for lack in lacks}
    words = ["reportgen", asked.command, examples.get("MODEL") or asked.model or "MODEL"]
    given = {
        "--board": asked.board,
        "--data": asked.data,
        "--table": asked.table,
        "--target": asked.target,
        "--time": asked.time,
    }
    for option, said in given.items():
        value = examples.get(option) or said
        if value:
            words += [option, value]
    if asked.trust_model or "--trust-model" in examples:
        words.append("--trust-model")
    return f"For example: {shlex.join(words)}"


def _of(pins: Sequence[FoundPin], role: str) -> list[FoundPin]:
    return [pin for pin in pins if pin.role == role]


def _listed(names: Sequence[str], *, most: int = 8) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def _lacks_model(asked: Asked, pins: Sequence[FoundPin]) -> list[_Lack]:
    models = [pin.name for pin in _of(pins, "model")]
    names = [pin.name for pin in pins]
    if asked.model is not None and (asked.board is None or asked.model in names):
        return []
    example = models[0] if models else "my-model"
    if asked.model is not None:
        what = f"the board has no pin {asked.model!r}. {near_miss(asked.model, models or names)}"
        return [_Lack("MODEL", what, example)]
    what = "the pin of the model."
    if asked.board is not None:
        what += f" The board has {_listed(models)}." if models else " No pin looks like a model."
    return [_Lack("MODEL", what, example)]


def _fitting(asked: Asked, pins: Sequence[FoundPin]) -> list[str]:
    """Give the data pins, those that have the model's features first."""
    model = next((pin for pin in pins if pin.name == asked.model), None)
    needed = set(model.features) if model else set()
    tables = _of(pins, "data")
    fits = [pin.name for pin in tables if needed and needed <= set(pin.columns)]
    return fits or [pin.name for pin in tables]


def _lacks_data(asked: Asked, pins: Sequence[FoundPin]) -> list[_Lack]:
    tables = [pin.name for pin in _of(pins, "data")]
    fits = _fitting(asked, pins)
    if asked.data is not None:
        if asked.board is None or asked.data in [pin.name for pin in pins]:
            return []
        what = f"the board has no pin {asked.data!r}. {near_miss(asked.data, tables)}"
        return [_Lack("--data", what, fits[0] if fits else "my-data")]
    needed = asked.command == "monitor" or asked.target is not None or asked.model is None
    if not needed or asked.table is not None:
        return []
    what = (
        "the pin with the rows that were scored."
        if asked.command == "monitor"
        else ("the pin with rows that the model has not seen.")
    )
    if asked.board is not None:
        what += f" The board has {_listed(fits)}." if fits else " No pin looks like a table."
    return [_Lack("--data", what, fits[0] if fits else "my-data")]


def _lacks_column(asked: Asked, pins: Sequence[FoundPin]) -> list[_Lack]:
    option, said, what = (
        ("--time", asked.time, "the column with the moment of each row.")
        if asked.command == "monitor"
        else ("--target", asked.target, "the column with the true outcome.")
    )
    wanted = asked.command == "monitor" or asked.data is not None or asked.model is None
    data = next((pin for pin in pins if pin.name == asked.data), None)
    if said is not None:
        if data is None or not data.columns or said in data.columns:
            return []
        wrong = f"{asked.data!r} has no column {said!r}. {near_miss(said, list(data.columns))}"
        return [_Lack(option, wrong, _likely(asked, data, pins)[0])]
    if not wanted:
        return []
    likely = _likely(asked, data, pins) if data else ["COLUMN"]
    if data and data.columns:
        what += f" In {data.name!r} it could be {_listed(likely)}."
    return [_Lack(option, what, likely[0])]


def _likely(asked: Asked, data: FoundPin, pins: Sequence[FoundPin]) -> list[str]:
    model = next((pin for pin in pins if pin.name == asked.model), FoundPin(name="", role="model"))
    found = times(data) if asked.command == "monitor" else candidates(data, model)
    return list(found) or list(data.columns) or ["COLUMN"]


def _lacks_trust(asked: Asked, pins: Sequence[FoundPin]) -> list[_Lack]:
    """A card that is computed with a pickled model runs the code in it."""
    model = next((pin for pin in pins if pin.name == asked.model), None)
    if asked.command != "card" or asked.trust_model or model is None or not model.pickled:
        return []
    if asked.data is None and asked.target is None:
        return []
    what = (
        f"{model.name!r} is a pickle: loading it runs the code in it. "
        "Give this if you trust everyone who can write to the board."
    )
    return [_Lack("--trust-model", what, "yes")]
