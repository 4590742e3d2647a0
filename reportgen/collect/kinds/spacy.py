"""Pipelines of spaCy with a text classifier."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reportgen.collect.kinds.arrays import both_sides
from reportgen.collect.kinds.kind import Array, Nature, Question, Reads, Reply, Said, Told
from reportgen.errors import DataError
from reportgen.report import Task

__all__ = ["SpacyPipeline"]

_BATCH = 256
_NEGATIVE = "not "
_HIGHEST = "scores of labels that do not exclude each other; the highest counts"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpacyPipeline:
    """A ``Language`` with one text classifier; see `reportgen.collect.kinds.Kind`.

    The classes are its labels. Of ``textcat_multilabel``, whose labels do not exclude each
    other, one label makes two classes (it, or not); of several the highest is taken as the
    prediction and no score is given, because they do not add up to one.
    """

    model: Any
    said: Said

    @property
    def features(self) -> tuple[str, ...]:
        """None: the column of texts is named by the prototype or the project."""
        return ()

    @property
    def width(self) -> int | None:
        """One column of texts."""
        return 1

    @property
    def reads(self) -> Reads:
        """Texts."""
        return "text"

    @property
    def numbered(self) -> bool:
        """It knows its classes by name."""
        return False

    def nature(
        self, _rows: pd.DataFrame | None, _truth: pd.Series[Any] | None, _asked: Task | None, /
    ) -> Nature:
        """Tell the classes from the labels of its text classifier."""
        labels = self._labels
        if len(labels) == 1:
            return Nature(task="classification", classes=(_NEGATIVE + labels[0], labels[0]))
        return Nature(task="classification" if len(labels) == 2 else "multiclass", classes=labels)

    @property
    def _classifier(self) -> tuple[str, Any]:
        """Find the one pipe that writes ``doc.cats``.

        Raises
        ------
        DataError
            There is none, or there are several, of which the last one wins.
        """
        found = [
            (str(name), pipe)
            for name, pipe in self.model.pipeline
            if "doc.cats" in self.model.get_pipe_meta(name).assigns
        ]
        if len(found) != 1:
            named = ", ".join(self.model.pipe_names) or "none"
            raise DataError(
                f"the spaCy pipeline has {len(found)} text classifiers among its pipes ({named}); "
                "a card measures pipelines with one"
            )
        return found[0]

    @property
    def _labels(self) -> tuple[str, ...]:
        return tuple(str(label) for label in self._classifier[1].labels)

    @property
    def _exclusive(self) -> bool:
        name, _ = self._classifier
        return str(self.model.get_pipe_meta(name).factory) != "textcat_multilabel"

    def reply(self, rows: pd.DataFrame, question: Question, /) -> Reply:
        """Read every text; a row without one, or with one of no words, gets no answer.

        Of a text without words spaCy says one thing when it stands alone (no class is likely)
        and another in the company of others.

        Raises
        ------
        DataError
            Numbers are asked for, and its labels are none.
        """
        if question.nature.task == "regression":
            raise DataError(
                "the project says task: regression, but a text classifier gives labels"
            )
        texts = rows.iloc[:, 0]
        asked = np.flatnonzero(texts.notna().to_numpy(bool))
        scores = np.full((len(texts), len(self._labels)), np.nan)
        scores[asked] = self._cats([str(text) for text in texts.iloc[asked]])
        if len(self._labels) == 1:
            return Reply(scores=both_sides(scores[:, 0]))
        if self._exclusive:
            return Reply(scores=scores)
        return Reply(predicted=_highest(scores, self._labels), read_as=_HIGHEST)

    def _cats(self, texts: list[str]) -> Array:
        labels = self._labels
        nothing = [np.nan] * len(labels)
        found = [
            [doc.cats[label] for label in labels] if len(doc) else nothing
            for doc in self.model.pipe(texts, batch_size=_BATCH)
        ]
        return np.array(found, dtype=float).reshape(len(texts), len(labels))

    def tell(self) -> Told:
        """Tell its pipes with their labels, and how its text classifier is built."""
        name, _ = self._classifier
        components = self.model.config["components"]
        return Told(
            subject=self.model,
            facts={"language": ("Language", str(self.model.lang))},
            steps=tuple(self._pipes()),
            parameters=tuple(
                (path, value, "") for path, value in _settings(name, components[name])
            ),
        )

    def _pipes(self) -> Iterator[tuple[str, str]]:
        for name, pipe in self.model.pipeline:
            labels = ", ".join(map(str, getattr(pipe, "labels", ())))
            yield str(name), f"{type(pipe).__name__}{f' of {labels}' if labels else ''}"


def _highest(scores: Array, labels: tuple[str, ...]) -> Array:
    predicted = np.empty(len(scores), dtype=object)
    answered = np.isfinite(scores).all(axis=1)
    predicted[answered] = np.array(labels, dtype=object)[scores[answered].argmax(axis=1)]
    return predicted


def _settings(path: str, settings: Any) -> Iterator[tuple[str, str]]:
    if isinstance(settings, Mapping):
        for name in sorted(settings):
            yield from _settings(f"{path}.{name}", settings[name])
    elif settings is not None:
        yield path, str(settings)
