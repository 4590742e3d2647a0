"""What every kind of model has in common: what it is asked, what it answers, what it tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
import pandas as pd

from reportgen.report import Part, Task

__all__ = ["Array", "Kind", "Nature", "Output", "Question", "Reads", "Reply", "Said", "Told"]

Array = np.ndarray[Any, Any]
Output = Literal["probabilities", "logits"]
Reads = Literal["columns", "array", "text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the pin says of a model that cannot say it itself: its author, and its format.

    Attributes
    ----------
    classes : names of the classes, in the order of the model's outputs
    output : what a network's last layer gives; empty: see `reportgen.collect.kinds.torch`
    trained_so : whether the pin keeps the settings of the training; a file of xgboost does not
    """

    classes: tuple[Any, ...] = ()
    output: Output | Literal[""] = ""
    trained_so: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Nature:
    """What a model predicts: the task, and the classes in the order of its scores."""

    task: Task
    classes: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is wanted of a model.

    Attributes
    ----------
    nature : as the model, the data or the project say
    level : coverage of the prediction interval, for a model that gives any level
    decided : whether its own decision is wanted; False: the scores are enough
    scored : whether scores are wanted; False: the decision is enough
    """

    nature: Nature
    level: float = 0.95
    decided: bool = True
    scored: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a model said about n rows, as it said it.

    Attributes
    ----------
    predicted : shape (n,), classes or numbers; None where the model gives scores alone
    scores : shape (n, k), in the order of the classes; None where it gives none
    probabilities : whether the scores are; if not, they only rank the rows
    lower, upper : shape (n,), its prediction interval
    level : what the interval promises to cover; None: it does not say
    read_as : how its outputs were read, where that is a choice; empty: as they are
    """

    predicted: Array | None = None
    scores: Array | None = None
    probabilities: bool = True
    lower: Array | None = None
    upper: Array | None = None
    level: float | None = None
    read_as: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a model tells of itself.

    Attributes
    ----------
    subject : the object that the facts name: the last step of a pipeline, or the model
    facts : name -> label and text, as ``formula`` -> ``("Formula", "y ~ x")``
    steps : name and what it is, in order
    parameters : name, value, and whether its author set it (``yes``, ``no`` or unknown)
    note : below the parameters; empty: none
    part : values and tables that only this kind has
    """

    subject: Any
    facts: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    steps: tuple[tuple[str, str], ...] = ()
    parameters: tuple[tuple[str, str, str], ...] = ()
    note: str = ""
    part: Part = field(default_factory=Part)


class Kind(Protocol):
    """A model made to answer; one class for each kind, each in its own file.

    Attributes
    ----------
    features : names of the columns it needs, in order; empty when it knows none
    width : how many inputs it needs, when it knows that
    reads : how rows are handed to it: as a frame, as an array, or as one column of texts
    numbered : whether it knows its classes by number alone
    """

    @property
    def features(self) -> tuple[str, ...]:
        """Columns it needs; see above."""
        ...

    @property
    def width(self) -> int | None:
        """How many inputs; see above."""
        ...

    @property
    def reads(self) -> Reads:
        """What it is handed; see above."""
        ...

    @property
    def numbered(self) -> bool:
        """Whether its classes have no names; see above."""
        ...

    def nature(
        self, rows: pd.DataFrame | None, truth: pd.Series[Any] | None, asked: Task | None, /
    ) -> Nature:
        """Tell what it predicts, from itself and, where that is not enough, from the data.

        Parameters
        ----------
        asked : the task, as the project says; heeded only where the model leaves it open
        """
        ...

    def reply(self, rows: pd.DataFrame, question: Question, /) -> Reply:
        """Answer about every row; may raise what the model's library raises."""
        ...

    def tell(self) -> Told:
        """Tell what it is made of, without an address of this process's memory."""
        ...
