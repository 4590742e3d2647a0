"""Who is in the data: the share of each group, beside its share in the population and in training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Any

import numpy as np
import pandas as pd

from reportgen.measure.evaluation.rows import cluster_codes, unique_names
from reportgen.measure.groups.groups import MOST_LEVELS, OTHERS, UNKNOWN
from reportgen.measure.statistics.comparisons import excess_p, rows_behind
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import Array, difference, proportion, ratio, wilson
from reportgen.report import Interval
from reportgen.report.frame import EvaluationFrame

__all__ = [
    "Beside",
    "Represented",
    "Share",
    "compare_shares",
    "read_shares",
    "share_p_values",
    "shown_levels",
]

MARGIN = 0.10  # of the share compared with; less than this is not worth a word


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """One share beside another: the gap, and whether it can be told from none.

    Attributes
    ----------
    gap : the first minus the second
    other : the second
    p : of no gap; corrected once it was read
    """

    gap: Estimate
    other: Estimate
    p: float
    reading: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One level of a segment in the evaluation data, in training and in the population.

    Attributes
    ----------
    rows : of the level in the evaluation data
    share : in the evaluation data
    training : in the training data; None where none were given
    population : None when there is no benchmark, or the benchmark does not name the level
    gaps : what was compared: ``data`` with the population, ``training`` with the population,
        ``change``: the evaluation data with the training data
    """

    level: str
    rows: int
    share: Estimate
    training: Estimate | None = None
    population: Estimate | None = None
    gaps: Mapping[str, Beside]
    reading: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Represented:
    """All levels of one segment.

    Attributes
    ----------
    benchmarked : whether there is a benchmark
    sampled : how many it asked, where it is a sample
    trained : rows of training data that hold the segment; None where there are none
    """

    segment: str
    shares: tuple[Share, ...]
    benchmarked: bool
    sampled: float | None
    trained: int | None


def compare_shares(frame: EvaluationFrame) -> tuple[Represented, ...]:
    """Estimate the share of each level of each segment; every row counts, labelled or not.

    Returns
    -------
    shares with p-values of single comparisons; `read_shares` reads them. Levels that only the
    benchmark or the training data name have a share of 0.

    Notes
    -----
    Levels beyond the twenty largest are summed. The unknown are a share of their own: they may
    belong to any level, and no gap is adjusted for them.
    """
    return tuple(
        _represented(frame, segment, levels)
        for segment, levels in frame.segments.items()
        if len(levels)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Levels:
    """A segment's levels in some rows, ready to be counted."""

    codes: Array
    counts: Mapping[str, int]
    places: Mapping[str, int]
    clusters: Array | None

    def share(self, names: Sequence[str] | None, level: float) -> Estimate:
        """Share of the rows with any of these levels; None: of those whose level is unknown."""
        n = len(self.codes)
        count = self.rows(names)
        if self.clusters is None:
            return proportion(count, n, level)
        own = (
            [-1] if names is None else [self.places[name] for name in names if name in self.places]
        )
        inside = np.isin(self.codes, own).astype(float)
        return ratio(inside, np.ones(n), level, clusters=self.clusters)

    def rows(self, names: Sequence[str] | None) -> int:
        if names is None:
            return int((self.codes < 0).sum())
        return sum(self.counts.get(name, 0) for name in names)


def _levels(levels: pd.Series[Any], clusters: pd.Series[Any] | None = None) -> _Levels:
    codes, names = pd.factorize(levels, use_na_sentinel=True)
    places: dict[str, int] = {}
    table = [places.setdefault(str(name), len(places)) for name in names]
    codes = np.array([*table, -1])[codes]  # what is missing has the code -1: the last
    sizes = np.bincount(codes[codes >= 0], minlength=len(places))
    return _Levels(
        codes=codes,
        counts={name: int(sizes[place]) for name, place in places.items()},
        places=places,
        clusters=None if clusters is None else cluster_codes(clusters),
    )


def _represented(frame: EvaluationFrame, segment: str, levels: pd.Series[Any]) -> Represented:
    level, benchmark = frame.confidence, frame.population.get(segment)
    data = _levels(levels, frame.clusters)
    learned = frame.training_segments.get(segment)
    training = None if learned is None or not len(learned) else _levels(learned)
    sampled = frame.population_sizes.get(segment)
    found = []
    for word, names in _named(data, training, benchmark or {}):
        population = None
        if names is not None and benchmark is not None:
            population = _benchmark(names, benchmark, sampled, level)
        share = Share(
            level=word,
            rows=data.rows(names),
            share=data.share(names, level),
            training=None if training is None else training.share(names, level),
            population=population,
            gaps={},
        )
        if names is None:
            found.append(replace(share, reading="not known"))
        else:
            found.append(replace(share, gaps=_gaps(share, level, sampled)))
    return Represented(
        segment=segment,
        shares=tuple(found),
        benchmarked=benchmark is not None,
        sampled=sampled,
        trained=None if training is None else len(training.codes),
    )


def _named(
    data: _Levels, training: _Levels | None, benchmark: Mapping[str, float]
) -> Iterator[tuple[str, tuple[str, ...] | None]]:
    """Words of the levels to show, and the levels behind each; None behind the unknown."""
    learned = {} if training is None else training.counts
    every = {**data.counts, **dict.fromkeys(benchmark), **dict.fromkeys(learned)}
    ranked = sorted(
        every,
        key=lambda name: (
            -data.counts.get(name, 0),
            -benchmark.get(name, 0.0),
            -learned.get(name, 0),
            name,
        ),
    )
    found: list[tuple[str, tuple[str, ...] | None]] = [(name, (name,)) for name in ranked]
    if len(ranked) > MOST_LEVELS:
        rest = tuple(ranked[MOST_LEVELS - 1 :])
        found = [*found[: MOST_LEVELS - 1], (f"{OTHERS}{len(rest)})", rest)]
    if data.rows(None) or (training is not None and training.rows(None)):
        found.append((UNKNOWN, None))
    words = unique_names([word for word, _ in found])
    return zip(words, (names for _, names in found), strict=True)


def shown_levels(frame: EvaluationFrame, segment: str) -> tuple[tuple[str, ...], Array, Array]:
    """Give the levels that `compare_shares` shows of a segment, and which of them each row has.

    Returns
    -------
    words of the levels, and codes of them for the rows of the evaluation and the training data
    """
    data, learned = _levels(frame.segments[segment]), frame.training_segments.get(segment)
    training = None if learned is None or not len(learned) else _levels(learned)
    named = list(_named(data, training, frame.population.get(segment) or {}))
    place = {name: at for at, (_, names) in enumerate(named) for name in names or ()}
    unknown = next((at for at, (_, names) in enumerate(named) if names is None), -1)
    return (
        tuple(word for word, _ in named),
        _recoded(data, place, unknown),
        np.zeros(0, dtype=int) if training is None else _recoded(training, place, unknown),
    )


def _recoded(levels: _Levels, place: Mapping[str, int], unknown: int) -> Array:
    table = np.array([*(place[name] for name in levels.places), unknown], dtype=int)
    return table[levels.codes]  # the code of what is unknown is -1: the last


def _benchmark(
    names: Sequence[str], benchmark: Mapping[str, float], sampled: float | None, level: float
) -> Estimate | None:
    known = [benchmark[name] for name in names if name in benchmark]
    if not known:
        return None
    share = min(sum(known), 1.0)
    interval = None if sampled is None else wilson(share * sampled, sampled, level)
    return Estimate(number=share, n=0 if sampled is None else round(sampled), interval=interval)


def _gaps(share: Share, level: float, sampled: float | None) -> dict[str, Beside]:
    found = {}
    size = inf if sampled is None else sampled
    if share.population is not None:
        found["data"] = _beside(share.share, share.population, size, level)
        if share.training is not None:
            found["training"] = _beside(share.training, share.population, size, level)
    if share.training is not None:
        found["change"] = _beside(share.share, share.training, float(share.training.n), level)
    return found


def _beside(own: Estimate, other: Estimate, other_n: float, level: float) -> Beside:
    assert own.number is not None
    assert other.number is not None
    rows = rows_behind(own.number, own.interval, float(own.n))
    p = excess_p(own.number, rows, other.number, other_n)
    if other.interval is not None:
        return Beside(gap=difference(own, other, level), other=other, p=p)
    number, sure = own.number - other.number, own.interval
    if sure is None:
        return Beside(gap=Estimate(number=number, n=own.n), other=other, p=p)
    interval = Interval(
        low=min(sure.low - other.number, number),
        high=max(sure.high - other.number, number),
        level=sure.level,
        method=sure.method,
    )
    return Beside(gap=Estimate(number=number, n=own.n, interval=interval), other=other, p=p)


def share_p_values(found: Sequence[Represented]) -> list[float]:
    """P-values of what is read, in the order in which `read_shares` takes them."""
    return [
        gap.p
        for one in found
        for share in one.shares
        for name, gap in share.gaps.items()
        if name in _read_gaps(one)
    ]


def _read_gaps(one: Represented) -> tuple[str, ...]:
    """Beside a benchmark nobody asks whether the data are like the training data."""
    return ("data", "training") if one.benchmarked else ("change",)


def read_shares(
    found: Sequence[Represented], adjusted: Sequence[float], alpha: float = 0.05
) -> tuple[Represented, ...]:
    """Say what may be said of each share, from p-values corrected for all that was compared."""
    left = iter(adjusted)
    return tuple(
        replace(one, shares=tuple(_read(share, one, left, alpha) for share in one.shares))
        for one in found
    )


def _read(share: Share, one: Represented, left: Iterator[float], alpha: float) -> Share:
    gaps = dict(share.gaps)
    for name in share.gaps:
        if name in _read_gaps(one):
            gaps[name] = _reading(replace(share.gaps[name], p=next(left)), name, alpha)
    if share.reading:
        return share
    said = gaps["data"].reading if "data" in gaps else ""
    if one.benchmarked and share.population is None:
        said = "not in the benchmark"
    if not one.benchmarked and "change" in gaps:
        said = gaps["change"].reading
    if "training" in gaps and gaps["training"].reading.endswith(("represented", "the data")):
        word = gaps["training"].reading.replace("missing from the data", "missing")
        said += f"; training data: {word}"
    return replace(share, gaps=gaps, reading=said)


def _reading(beside: Beside, name: str, alpha: float) -> Beside:
    gap, other = beside.gap, beside.other
    assert gap.number is not None
    assert other.number is not None
    margin = MARGIN * other.number
    over, under, like = "over-represented", "under-represented", "as in the population"
    if name == "change":
        over, under, like = "more than in training", "less than in training", "as in training"
    clear = beside.p < alpha
    said = "no clear gap"
    if clear and other.number > 0 and gap.number == -other.number:
        said = "missing from the data"
    elif clear and name == "change" and other.number == 0:
        said = "not in training"
    elif clear and abs(gap.number) > margin:
        said = over if gap.number > 0 else under
    elif clear or (
        gap.interval is not None and gap.interval.low >= -margin and gap.interval.high <= margin
    ):
        said = like
    return replace(beside, reading=said)
