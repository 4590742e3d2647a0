"""Which groups are too small to be shown, and which others must not be shown for their sake.

A group's count can be had by subtraction: all rows minus every other group, or a row of a crossed
segment minus its other cells. So with each small group others are hidden until nothing that
remains adds up to it, nor to a set of hidden groups that is itself too small. Groups are taken as
sets of rows, whatever segment they are of, so crossed and nested segments need no special care.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from reportgen.measure.evaluation.representation import shown_levels
from reportgen.measure.evaluation.rows import Measured
from reportgen.measure.groups.groups import split_levels
from reportgen.measure.metrics.classification import BinaryRows
from reportgen.measure.statistics.intervals import Array
from reportgen.report.frame import EvaluationFrame

__all__ = ["Hidden", "find_small_groups"]

_NEGLIGIBLE = 1e-8  # of a group's rows: what rounding leaves of a set that others add up to
_ROW_METRICS = ("rows", "selection_rate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """What may not be shown.

    Attributes
    ----------
    minimum : rows from which a group may be shown
    groups : (segment, level) of which nothing is shown
    outcomes : those, and the ones of which nothing is shown that depends on the outcome
    """

    minimum: int
    groups: frozenset[tuple[str, str]] = frozenset()
    outcomes: frozenset[tuple[str, str]] = frozenset()

    def shows(self, segment: str, level: str, metric: str) -> bool:
        """Whether a metric of a group may be shown; ``rows`` stands for how large it is."""
        return (segment, level) not in (self.groups if metric in _ROW_METRICS else self.outcomes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Split:
    """Rows by the levels of a segment; `segment` is empty for a total, which is always shown."""

    segment: str
    words: tuple[str, ...]
    codes: Array


@dataclass(slots=True, kw_only=True)
class _Sets:
    """All groups that a card counts, as sets of rows.

    Attributes
    ----------
    names : (segment, level) of each set; a total has no segment
    split : to which partition each set belongs
    shared : rows that two sets share, shape (k, k)
    counts : what must not be small, shape (k, m); rows first
    hidden : shape (k,)
    """

    names: list[tuple[str, str]]
    split: Array
    shared: Array
    counts: Array
    hidden: Array = field(default_factory=lambda: np.zeros(0, dtype=bool))

    def hide(self, name: tuple[str, str]) -> None:
        """Hide a level wherever it is counted."""
        for at, other in enumerate(self.names):
            if other == name and other[0]:
                self.hidden[at] = True


def find_small_groups(frame: EvaluationFrame, measured: Measured) -> Hidden | None:
    """Choose what is hidden; None where the project sets no minimum.

    Returns
    -------
    the same for the same rows, whatever their order: of several groups that would do, the
    smallest is hidden, and of equal ones the first by name

    Notes
    -----
    For a model of two classes a group of enough rows may still be small where it counts: with
    fewer positive or negative rows than the minimum, or with some but too few predicted so, its
    metrics tell the outcomes of few people. It keeps its size, its share and its selection rate.
    """
    minimum = frame.minimum_group
    if minimum is None or not frame.segments:
        return None
    sets = _sets(list(_splits(frame, measured)), None)
    _protect(sets, lambda counts: bool(0 < counts[0] < minimum))
    groups = _names(sets)
    outcomes = groups
    if isinstance(measured.rows, BinaryRows):
        told = _sets(list(_evaluated(frame, measured)), _outcomes(measured, len(frame.truth)))
        for name in sorted(groups):
            told.hide(name)
        _protect(told, lambda counts: _tells(counts, minimum))
        outcomes |= _names(told)
    return Hidden(minimum=minimum, groups=groups, outcomes=outcomes)


def _tells(counts: Array, minimum: int) -> bool:
    """Whether the outcomes of few rows could be read from a set's metrics."""
    rows, positive, said = (int(count) for count in counts)
    if rows == 0:
        return False
    some = [count for count in (said, rows - said) if count > 0]
    return min(positive, rows - positive, *some) < minimum


def _names(sets: _Sets) -> frozenset[tuple[str, str]]:
    return frozenset(n for n, hidden in zip(sets.names, sets.hidden, strict=True) if hidden)


def _splits(frame: EvaluationFrame, measured: Measured) -> Iterator[_Split]:
    """Everything a card counts by level: rows evaluated, rows of the data, rows of training."""
    n = len(frame.truth)
    trained = max((len(levels) for levels in frame.training_segments.values()), default=0)
    yield from _evaluated(frame, measured, more=trained)
    yield _Split(segment="", words=("data",), codes=_placed(np.arange(n), n + trained))
    if trained:
        yield _Split(
            segment="", words=("training",), codes=_placed(np.arange(n, n + trained), n + trained)
        )
    for segment in frame.segments:
        words, data, training = shown_levels(frame, segment)
        for codes, start in ((data, 0), (training, n)):
            whole = np.full(n + trained, -1)
            whole[start : start + len(codes)] = codes
            yield _Split(segment=segment, words=words, codes=whole)


def _evaluated(frame: EvaluationFrame, measured: Measured, *, more: int = 0) -> Iterator[_Split]:
    n = len(frame.truth) + more
    yield _Split(segment="", words=("evaluated",), codes=_placed(measured.order, n))
    for segment, levels in measured.segments.items():
        found = split_levels(levels)
        codes = np.full(n, -1)
        for code, (_, positions) in enumerate(found):
            codes[measured.order[positions]] = code
        yield _Split(segment=segment, words=tuple(word for word, _ in found), codes=codes)


def _placed(positions: Array, n: int) -> Array:
    codes = np.full(n, -1)
    codes[positions] = 0
    return codes


def _outcomes(measured: Measured, n: int) -> Array:
    """Of each row of the frame whether it is positive, and predicted so; shape (n, 2)."""
    rows = measured.rows
    told = np.zeros((n, 2))
    told[measured.order, 0], told[measured.order, 1] = rows.truth, rows.predicted
    return told


def _sets(splits: Sequence[_Split], told: Array | None) -> _Sets:
    names = [(split.segment, word) for split in splits for word in split.words]
    places = np.repeat(np.arange(len(splits)), [len(split.words) for split in splits])
    shared = np.block([[_crossed(one, other) for other in splits] for one in splits])
    counts = [np.diag(shared)]
    for column in [] if told is None else told.T:
        sums = [
            np.bincount(s.codes[s.codes >= 0], column[s.codes >= 0], minlength=len(s.words))
            for s in splits
        ]
        counts.append(np.concatenate(sums))
    return _Sets(
        names=names,
        split=places,
        shared=shared,
        counts=np.stack(counts, axis=1),
        hidden=np.zeros(len(names), dtype=bool),
    )


def _crossed(one: _Split, other: _Split) -> Array:
    both = (one.codes >= 0) & (other.codes >= 0)
    width = len(other.words)
    cells = np.bincount(
        one.codes[both] * width + other.codes[both], minlength=len(one.words) * width
    )
    return cells.reshape(len(one.words), width)


def _protect(sets: _Sets, small: Callable[[Array], bool]) -> None:
    """Hide the small ones, then others until none of them can be had from what is left."""
    for at, name in enumerate(sets.names):
        if name[0] and small(sets.counts[at]):
            sets.hide(name)
    while sets.hidden.any():
        more = _by_lines(sets, small)
        if more is None:
            more = _by_sums(sets)
        if more is None:
            return
        sets.hide(sets.names[more])


def _by_lines(sets: _Sets, small: Callable[[Array], bool]) -> int | None:
    """Find a known set whose hidden parts are one alone, or small together; choose a part more.

    Known are the sets that are shown, and what is left of a known set when the parts that are
    shown are taken from it: all rows without the levels that are shown, cut by another segment.
    """
    sizes = np.diag(sets.shared)
    known = [sets.shared[:, at] for at in np.flatnonzero(~sets.hidden & (sizes > 0))]
    seen = {column.tobytes() for column in known}
    for column in known:  # grows while it is gone through
        for split in dict.fromkeys(sets.split[sets.hidden].tolist()):
            parts = _parts(sets, column, split)
            hidden = parts[sets.hidden[parts]]
            if not len(hidden):
                continue
            if len(hidden) > 1 and not small(sets.counts[hidden].sum(axis=0)):
                rest = sets.shared[:, hidden].sum(axis=1)
                if rest.tobytes() not in seen:
                    seen.add(rest.tobytes())
                    known.append(rest)
                continue
            chosen = _smallest(sets, parts)
            if chosen is not None:
                return chosen
    return None


def _parts(sets: _Sets, column: Array, split: int) -> Array:
    """The sets of a segment that make up a known set; none where one sticks out or is lacking.

    Parameters
    ----------
    column : rows that every set shares with the known one, shape (k,)
    """
    inside = np.flatnonzero((sets.split == split) & (column > 0))
    sizes = np.diag(sets.shared)[inside]
    whole = int(column[inside].sum()) == _size(sets, column)
    return inside if whole and (column[inside] == sizes).all() else inside[:0]


def _size(sets: _Sets, column: Array) -> int:
    """Rows of a known set, which lies within one of the totals."""
    return int(max(column[at] for at, (segment, _) in enumerate(sets.names) if not segment))


def _by_sums(sets: _Sets) -> int | None:
    """Find a hidden set that shown ones add up to, with any factors; choose one of those.

    What totals alone add up to is passed over: they are always shown, so nothing would help.
    """
    sizes = np.diag(sets.shared)
    full = ~sets.hidden & (sizes > 0)
    totals = np.array([not segment for segment, _ in sets.names])
    shown, always = (_Span.of(sets.shared, np.flatnonzero(m)) for m in (full, full & totals))
    for at in np.flatnonzero(sets.hidden & (sizes > 0)):
        factors = shown.factors(sets.shared, int(at))
        if factors is None or always.factors(sets.shared, int(at)) is not None:
            continue
        used = shown.members[np.abs(factors) > 1e-6 * np.abs(factors).max()]
        chosen = _smallest(sets, used)
        if chosen is not None:
            return chosen
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """Everything that some sets can add up to, by the rows that they share."""

    members: Array
    scale: Array
    strength: Array
    axes: Array

    @classmethod
    def of(cls, shared: Array, members: Array) -> _Span:
        """Take the sets' likeness apart once, for all that is asked of them."""
        scale = np.sqrt(np.diag(shared)[members].astype(float))
        strength, axes = np.linalg.eigh(shared[np.ix_(members, members)] / np.outer(scale, scale))
        kept = strength > _NEGLIGIBLE * max(float(strength.max(initial=0.0)), 1.0)
        return cls(members=members, scale=scale, strength=strength[kept], axes=axes[:, kept])

    def factors(self, shared: Array, at: int) -> Array | None:
        """Factors with which the members add up to another set, or None where they do not."""
        size = float(shared[at, at])
        along = (shared[self.members, at] / self.scale) @ self.axes
        if size - float((along**2 / self.strength).sum()) > _NEGLIGIBLE * size:
            return None
        return np.asarray(self.axes @ (along / self.strength))


def _smallest(sets: _Sets, among: Array) -> int | None:
    """The smallest set that may still be hidden; of equal ones the first by name."""
    open_ = [int(at) for at in among if not sets.hidden[at] and sets.names[at][0]]
    sizes = np.diag(sets.shared)
    return min(open_, key=lambda at: (sizes[at], sets.names[at], at), default=None)
