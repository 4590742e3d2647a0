"""Who is in the data: the share of each group, beside its share in the population."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from reportgen.measure.comparisons import excess_p, holm
from reportgen.measure.estimate import Estimate
from reportgen.measure.evaluation_rows import cluster_codes, unique_names
from reportgen.measure.groups import MOST_LEVELS, UNKNOWN
from reportgen.measure.intervals import proportion, ratio, z_of
from reportgen.report import Cell, Column, Interval, Part, Provenance, Table, Value, value_name

__all__ = ["Share", "measure_representation", "shares_of"]

Reading = Literal[
    "over-represented",
    "under-represented",
    "as in the population",
    "no clear gap",
    "missing from the data",
    "not in the benchmark",
    "not known",
    "",
]
MARGIN = 0.10  # of the population's share; less than this is not worth a word


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One level of a segment in the data and in the population.

    Attributes
    ----------
    population : None when there is no benchmark, or the benchmark does not name the level
    """

    level: str
    share: Estimate
    population: float | None = None
    reading: Reading = ""


def shares_of(
    levels: pd.Series[Any],
    population: Mapping[str, float] | None,
    level: float = 0.95,
    *,
    clusters: pd.Series[Any] | None = None,
) -> tuple[Share, ...]:
    """Estimate the share of each level; levels only the benchmark names have a share of 0.

    Parameters
    ----------
    levels : shape (n,), null where unknown; every row counts, labelled or not
    population : level -> share, adding up to 1
    clusters : shape (n,), ids of rows that belong together

    Notes
    -----
    Levels beyond the twenty largest are summed. The unknown are a share of their own: they may
    belong to any level, and no gap to the population is adjusted for them.
    """
    n = len(levels)
    counts = levels.value_counts(dropna=True)
    names = {str(name): int(count) for name, count in counts.items()}
    for name in population or {}:
        names.setdefault(name, 0)
    benchmark = population or {}
    ranked = sorted(names, key=lambda name: (-names[name], -benchmark.get(name, 0.0), name))
    groups: list[tuple[str, tuple[str, ...]]] = [(name, (name,)) for name in ranked]
    if len(ranked) > MOST_LEVELS:
        rest = tuple(ranked[MOST_LEVELS - 1 :])
        groups = [*groups[: MOST_LEVELS - 1], (f"other levels ({len(rest)})", rest)]
    missing = int(levels.isna().sum())
    texts = levels.map(str, na_action="ignore")
    found = []
    for word, own in groups:
        estimate = _share(texts, own, sum(names[name] for name in own), n, level, clusters)
        known = [benchmark[name] for name in own if name in benchmark]
        found.append(Share(level=word, share=estimate, population=sum(known) if known else None))
    if missing:
        estimate = _share(texts, None, missing, n, level, clusters)
        found.append(Share(level=UNKNOWN, share=estimate, reading="not known"))
    return _read(found, benchmarked=bool(benchmark), alpha=1 - level)


def _share(
    texts: pd.Series[Any],
    own: tuple[str, ...] | None,
    count: int,
    n: int,
    level: float,
    clusters: pd.Series[Any] | None,
) -> Estimate:
    if clusters is None:
        return proportion(count, n, level)
    inside = texts.isna() if own is None else texts.isin(list(own))
    ones = np.ones(n)
    return ratio(inside.to_numpy(float), ones, level, clusters=cluster_codes(clusters))


def _read(shares: list[Share], *, benchmarked: bool, alpha: float) -> tuple[Share, ...]:
    compared = [share for share in shares if share.population is not None]
    adjusted = holm([_p_value(share) for share in compared])
    readings: dict[str, Reading] = {
        share.level: _reading(share, p, alpha) for share, p in zip(compared, adjusted, strict=True)
    }
    done = []
    for share in shares:
        reading = readings.get(share.level, share.reading)
        if benchmarked and share.population is None and share.level != UNKNOWN:
            reading = "not in the benchmark"
        done.append(
            Share(
                level=share.level,
                share=share.share,
                population=share.population,
                reading=reading,
            )
        )
    return tuple(done)


def _p_value(share: Share) -> float:
    number, interval = share.share.number, share.share.interval
    if number is None or share.population is None:
        return 1.0
    rows = float(share.share.n)
    if interval is not None and interval.method != "wilson" and 0 < number < 1:
        rows = _rows_behind(number, interval, rows)
    return excess_p(number, rows, share.population)


def _rows_behind(number: float, interval: Interval, most: float) -> float:
    """Effective rows that a Wilson interval of this width speaks of."""
    z, width = z_of(interval.level), interval.high - interval.low
    return min(max(4 * z**2 * number * (1 - number) / width**2 - z**2, 1.0), most)


def _reading(share: Share, p: float, alpha: float) -> Reading:
    number, population = share.share.number, share.population
    if number is None or population is None:
        return ""
    clear = p < alpha
    if number == 0 and population > 0 and clear:
        return "missing from the data"
    if clear and abs(number - population) > MARGIN * population:
        return "over-represented" if number > population else "under-represented"
    return "as in the population" if clear or _narrow(share) else "no clear gap"


def _narrow(share: Share) -> bool:
    """Whether the interval rules out a gap worth a word."""
    interval, population = share.share.interval, share.population
    if interval is None or population is None:
        return False
    margin = MARGIN * population
    return interval.low >= population - margin and interval.high <= population + margin


def measure_representation(
    segments: Mapping[str, pd.Series[Any]],
    population: Mapping[str, Mapping[str, float]],
    level: float = 0.95,
    *,
    clusters: pd.Series[Any] | None = None,
) -> Part:
    """Values and tables of every segment; "no benchmark given" where there is none."""
    values: list[Value] = []
    tables: list[Table] = []
    for segment, levels in segments.items():
        shares = shares_of(levels, population.get(segment), level, clusters=clusters)
        if not len(levels):
            continue
        words = unique_names([share.level for share in shares])
        for word, share in zip(words, shares, strict=True):
            values += _values(segment, word, share, benchmarked=segment in population)
        tables.append(_table(segment, words, shares, benchmarked=segment in population))
    return Part(values=tuple(values), tables=tuple(tables))


def _values(segment: str, word: str, share: Share, *, benchmarked: bool) -> list[Value]:
    group = {segment: word}
    data = Provenance(by="representation.share@1", pins=("data",))
    found = [
        Value(
            name=value_name("representation.share", **group),
            number=share.share.number,
            unit="ratio",
            n=share.share.n,
            interval=share.share.interval,
            provenance=data,
            reason=share.share.reason,
            label=f"Share of {word} in the data",
        )
    ]
    if not benchmarked:
        return found
    reason = "not in the benchmark" if share.population is None else None
    found.append(
        Value(
            name=value_name("representation.population", **group),
            number=share.population,
            unit="ratio",
            provenance=Provenance(by="representation.population@1", pins=("population",)),
            reason=reason,
            label=f"Share of {word} in the population",
        )
    )
    found.append(_gap(group, word, share, reason))
    return found


def _gap(group: Mapping[str, str], word: str, share: Share, reason: str | None) -> Value:
    number, interval = None, None
    if share.population is not None and share.share.number is not None:
        number = share.share.number - share.population
        own = share.share.interval
        if own is not None:
            interval = Interval(
                low=min(own.low - share.population, number),
                high=max(own.high - share.population, number),
                level=own.level,
                method=own.method,
            )
    return Value(
        name=value_name("representation.gap", **group),
        number=number,
        unit="ratio",
        n=share.share.n,
        interval=interval,
        provenance=Provenance(by="representation.gap@1", pins=("data", "population")),
        reason=None if number is not None else reason or share.share.reason,
        label=f"Share of {word}, data minus population",
    )


def _table(
    segment: str, words: tuple[str, ...], shares: tuple[Share, ...], *, benchmarked: bool
) -> Table:
    columns = [
        Column(name="level", label=segment),
        Column(name="share", label="Share in the data", unit="ratio"),
    ]
    if benchmarked:
        columns += [
            Column(name="population", label="Share in the population", unit="ratio"),
            Column(name="gap", label="Gap", unit="ratio"),
            Column(name="reading", label="Reading"),
        ]
    rows = []
    for word, share in zip(words, shares, strict=True):
        cells = [Cell(text=word)]
        kinds = ("share", "population", "gap") if benchmarked else ("share",)
        cells += [
            Cell(value=value_name(f"representation.{kind}", **{segment: word})) for kind in kinds
        ]
        if benchmarked:
            cells.append(Cell(text=share.reading))
        rows.append(tuple(cells))
    note = (
        "The benchmark is taken as exact; gaps within a tenth of the population's share are "
        "called none. Readings are corrected for the number of levels (Holm)."
        if benchmarked
        else "No benchmark given: whether these shares are those of the population is not known."
    )
    return Table(
        name=f"representation.{segment}",
        title=f"Who is in the data, by {segment}",
        columns=tuple(columns),
        rows=tuple(rows),
        note=note,
    )
