"""Networks of torch: a module that maps rows of numbers to numbers, logits or probabilities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reportgen.collect.kinds.arrays import (
    both_sides,
    class_names,
    one_column,
    softmax,
    two_valued,
)
from reportgen.collect.kinds.kind import Array, Nature, Question, Reads, Reply, Said, Told
from reportgen.errors import DataError
from reportgen.report import Cell, Column, Part, Provenance, Table, Task, Value, value_name

__all__ = ["TorchModule"]

_BATCH = 4096
_SOURCE = Provenance(by="model.layers@1", pins=("model",))
_SURE = {"Sigmoid", "Hardsigmoid", "Softmax"}
_LOG = {"LogSoftmax", "LogSigmoid"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TorchModule:
    """A network as vetiver pins it; see `reportgen.collect.kinds.Kind`.

    A module does not say what its numbers are. The pin's metadata may (``output``); else the
    last layer does (a sigmoid or softmax gives probabilities, a log-softmax their logarithms);
    else they are taken for what the usual losses expect: logits.
    """

    model: Any
    said: Said

    @property
    def features(self) -> tuple[str, ...]:
        """None: a network does not know the names of its inputs; a prototype does."""
        return ()

    @property
    def width(self) -> int | None:
        """How many numbers its first layer takes, where that layer says so."""
        first = next(iter(_leaves(self.model)), None)
        wanted = getattr(first, "in_features", None) or getattr(first, "num_features", None)
        return None if wanted is None else int(wanted)

    @property
    def reads(self) -> Reads:
        """An array of numbers."""
        return "array"

    @property
    def numbered(self) -> bool:
        """A network knows no names of classes."""
        return True

    def nature(
        self, rows: pd.DataFrame | None, truth: pd.Series[Any] | None, asked: Task | None, /
    ) -> Nature:
        """Tell the task by the number of outputs, and for a single output by what else is known.

        One output means two classes when the project says so, when the pin names classes, when
        the last layer is a sigmoid, or when the target has two values only; else it is a number.
        """
        outputs = self._outputs(rows)
        if outputs >= 2:
            classes = class_names(self.said.classes, outputs)
            return Nature(task="classification" if outputs == 2 else "multiclass", classes=classes)
        named = self.said.classes or self.said.output or self._last in _SURE
        open_ = asked is None and (named or two_valued(truth))
        if open_ or asked == "classification":
            return Nature(task="classification", classes=class_names(self.said.classes, 2))
        return Nature(task="regression")

    def _outputs(self, rows: pd.DataFrame | None) -> int:
        if rows is not None and len(rows):
            return int(self._run(rows.iloc[:1]).shape[1])
        sizes = [getattr(leaf, "out_features", None) for leaf in _leaves(self.model)]
        return int(next((size for size in reversed(sizes) if size is not None), 1))

    @property
    def _last(self) -> str:
        leaves = [type(leaf).__name__ for leaf in _leaves(self.model)]
        return leaves[-1] if leaves else ""

    def reply(self, rows: pd.DataFrame, question: Question, /) -> Reply:
        """Run the network over every row, in batches, without gradients or dropout."""
        output = self._run(rows)
        if not question.scored:
            return Reply(scores=output)
        if question.nature.task == "regression":
            return Reply(predicted=one_column(output, len(rows)))
        return Reply(scores=self._probabilities(output), read_as=_WORDS[self._meaning])

    def _probabilities(self, output: Array) -> Array:
        single, meaning = output.shape[1] == 1, self._meaning
        if meaning == "logits":
            return both_sides(1.0 / (1.0 + np.exp(-output[:, 0]))) if single else softmax(output)
        shares = np.exp(output) if meaning == "log" else output
        _check_range(shares)
        return both_sides(shares[:, 0]) if single else shares

    @property
    def _meaning(self) -> str:
        if self.said.output:
            return self.said.output
        if self._last in _SURE:
            return "probabilities"
        return "log" if self._last in _LOG else "logits"

    def _run(self, rows: pd.DataFrame) -> Array:
        import torch

        given = torch.from_numpy(np.array(rows.to_numpy(), dtype=_number_type(self.model)))
        training = self.model.training
        self.model.eval()
        try:
            with torch.no_grad():
                parts = [self.model(batch) for batch in torch.split(given, _BATCH)]
        finally:
            self.model.train(training)
        if not all(isinstance(part, torch.Tensor) for part in parts):
            raise DataError(
                f"the network returns a {type(parts[0]).__name__}; only networks that return one "
                "tensor are measured"
            )
        output = torch.cat(parts).cpu().numpy().astype(float)
        return _as_columns(output, len(rows))

    def tell(self) -> Told:
        """Tell its layers, and how many weights each has."""
        return Told(subject=self.model, part=_layers(self.model))


_WORDS = {
    "probabilities": "probabilities",
    "log": "logarithms of probabilities",
    "logits": "logits, which are made into probabilities",
}


def _leaves(module: Any) -> Iterator[Any]:
    for each in module.modules():
        if next(each.children(), None) is None:
            yield each


def _number_type(module: Any) -> Any:
    """Give the type of number that the first layer takes: whole ones for an embedding."""
    first = next(_leaves(module), None)
    if type(first).__name__ in ("Embedding", "EmbeddingBag"):
        return np.int64
    floating = [each.dtype for each in module.parameters() if each.dtype.is_floating_point]
    return np.float64 if floating and str(floating[0]) == "torch.float64" else np.float32


def _as_columns(output: Array, rows: int) -> Array:
    if output.ndim == 1:
        output = output[:, None]
    if output.ndim != 2 or len(output) != rows:
        raise DataError(
            f"the network's output has the shape {output.shape} for {rows} rows; only one or "
            "several numbers for each row can be read"
        )
    return output


def _check_range(shares: Array) -> None:
    known = shares[np.isfinite(shares)]
    if ((known < -1e-6) | (known > 1 + 1e-6)).any():
        raise DataError(
            "the network's outputs are said to be probabilities and lie outside 0 to 1: from "
            f"{known.min():g} to {known.max():g}. If they are logits, say so in the pin's "
            "metadata: output: logits"
        )


def _layers(module: Any) -> Part:
    values = [_weights("model.weights", "Weights", _count(module))]
    rows = []
    for name, layer in module.named_modules():
        own = sum(int(each.numel()) for each in layer.parameters(recurse=False))
        if next(layer.children(), None) is not None and not own:
            continue
        value = _weights(
            value_name("model.weights", layer=name or "whole"), f"Weights of {name or 'it'}", own
        )
        values.append(value)
        what = f"{type(layer).__name__}({layer.extra_repr()})"
        rows.append((Cell(text=name or "whole"), Cell(text=what), Cell(value=value.name)))
    table = Table(
        name="model.layers",
        title="Layers",
        columns=(
            Column(name="layer", label="Layer"),
            Column(name="what", label="What it is"),
            Column(name="weights", label="Weights", unit="count"),
        ),
        rows=tuple(rows),
        note="Weights that two layers share are counted in both, and once in the total.",
    )
    return Part(values=tuple(values), tables=(table,))


def _count(module: Any) -> int:
    return sum(int(each.numel()) for each in module.parameters())


def _weights(name: str, label: str, number: int) -> Value:
    return Value(name=name, number=number, unit="count", provenance=_SOURCE, label=label)
