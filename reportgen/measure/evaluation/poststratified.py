"""Metrics as the data are, beside metrics as the population is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from reportgen.measure.evaluation.context import EvaluationContext
from reportgen.measure.evaluation.values import metric_value
from reportgen.measure.groups.groups import split_levels
from reportgen.measure.groups.small import Hidden
from reportgen.measure.statistics.estimate import METRICS, Estimate
from reportgen.measure.statistics.intervals import Array
from reportgen.measure.statistics.poststratified import NEGLIGIBLE, Stratum, poststratify
from reportgen.measure.wording import segment_words
from reportgen.report import Cell, Column, Part, Table, Value, value_name

__all__ = ["measure_poststratified"]

_PINS = ("model", "data", "population")


def measure_poststratified(context: EvaluationContext, hidden: Hidden | None = None) -> Part:
    """Weigh the metrics by each benchmark; nothing where none was given.

    Parameters
    ----------
    hidden : groups that may not be shown count together, as one
    """
    frame, measured = context.frame, context.measured
    part = Part()
    for segment, benchmark in frame.population.items():
        if not measured.n:
            continue
        strata = _strata(measured.segments[segment], benchmark, segment, hidden)
        found = poststratify(
            measured.rows, strata, frame.confidence, sampled=frame.population_sizes.get(segment)
        )
        values = {name: _value(context, segment, name, each) for name, each in found.items()}
        left = measured.n - sum(len(stratum.positions) for stratum in strata)
        part += Part(
            values=tuple(values.values()),
            tables=(_table(context, segment, values, _left_out(strata, left, segment, hidden)),),
        )
    return part


def _left_out(strata: tuple[Stratum, ...], left: int, segment: str, hidden: Hidden | None) -> str:
    """Say who does not count as in the population."""
    said = []
    if left:
        who = "1 row has" if left == 1 else f"{left:,} rows have"
        said.append(
            f"{who} a level that is unknown or not in the benchmark, and not counted here."
        )
    empty = [stratum for stratum in strata if not len(stratum.positions)]
    share = sum(stratum.share for stratum in empty)
    if empty and share <= NEGLIGIBLE:
        who = "1 level" if len(empty) == 1 else f"{len(empty)} levels"
        said.append(f"{who} without rows, {100 * share:.2g} % of the population, left out.")
    if hidden is not None and any(name == segment for name, _ in hidden.outcomes):
        said.append("Groups that are not shown count together, as one.")
    return " ".join(said)


def _strata(
    levels: pd.Series[Any], benchmark: Mapping[str, float], segment: str, hidden: Hidden | None
) -> tuple[Stratum, ...]:
    """Rows of each level that the benchmark names, in the order of their words."""
    texts = levels.map(str, na_action="ignore").reset_index(drop=True)
    group = _groups(texts, segment, hidden) if hidden is not None else {}
    shares: dict[str, float] = {}
    members: dict[str, list[str]] = {}
    for level, share in sorted(benchmark.items()):
        if share > 0:
            word = group.get(level, level)
            shares[word] = shares.get(word, 0.0) + share
            members.setdefault(word, []).append(level)
    return tuple(
        Stratum(level=word, share=shares[word], positions=_positions(texts, members[word]))
        for word in sorted(shares)
    )


def _groups(texts: pd.Series[Any], segment: str, hidden: Hidden) -> dict[str, str]:
    """The group that each level counts in: one that is shown, or all the hidden together."""
    found = {}
    for word, positions in split_levels(texts):
        shown = hidden.shows(segment, word, "outcomes")
        for level in texts.iloc[positions].dropna().unique():
            found[str(level)] = word if shown else "groups that are not shown"
    return found


def _positions(texts: pd.Series[Any], levels: list[str]) -> Array:
    return np.flatnonzero(texts.isin(levels).to_numpy(bool))


def _value(context: EvaluationContext, segment: str, name: str, estimate: Estimate) -> Value:
    return metric_value(
        name,
        estimate,
        context.parameters,
        pins=_PINS,
        suffix="poststratified",
        label=f"{METRICS[name].label}, as the population is by {segment_words(segment)}",
        group={"population": segment},
    )


def _table(
    context: EvaluationContext, segment: str, values: Mapping[str, Value], left_out: str
) -> Table:
    rows = tuple(
        (
            Cell(text=METRICS[name].label),
            Cell(value=value_name(f"evaluation.{name}")),
            Cell(value=value.name),
        )
        for name, value in values.items()
        if name in context.overall
    )
    note = (
        "As the data are: every row counts alike. As the population is: each level of "
        f"{segment} counts by its share there, which says how good the model would be if, within "
        "each level, the rows are like those of the population."
    )
    return Table(
        name=f"poststratified.{segment}",
        title=f"As the population is, by {segment_words(segment)}",
        columns=(
            Column(name="metric", label="Metric"),
            Column(name="data", label="As the data are", unit="number"),
            Column(name="population", label="As the population is", unit="number"),
        ),
        rows=rows,
        note=f"{note} {left_out}".strip(),
    )
