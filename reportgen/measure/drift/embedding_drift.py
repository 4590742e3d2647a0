"""Whether vectors lie elsewhere than before: their length, their middle, what a classifier sees."""

from __future__ import annotations

import numpy as np

from reportgen.measure.drift.content_columns import vectors_of
from reportgen.measure.drift.content_moved import Content, lengths_moved, no_content, reason_of
from reportgen.measure.drift.sides import FEWEST, PER_SIDE, SHUFFLES, Told, tell_sides
from reportgen.measure.estimated.rows import in_content_order
from reportgen.measure.monitoring.columns import Watched
from reportgen.measure.statistics.bootstrap import seed_of
from reportgen.measure.statistics.intervals import Array, normal_quantile

__all__ = ["centroid_shift", "measure_embedding"]

MOST_VECTORS = 5_000


def measure_embedding(column: Watched, chance: float) -> Content:
    """Compare the vectors of a column with those before.

    Parameters
    ----------
    chance : of a false alarm for each of the measures
    """
    reason = reason_of(column)
    if reason or column.now is None or column.before is None:
        return no_content(column, "embedding", reason)
    before, now = (_ordered(vectors_of(side)) for side in (column.before, column.now))
    if not len(before) or not len(now):
        return no_content(column, "embedding", "no vectors to compare with")
    norms = [np.linalg.norm(side, axis=1) for side in (before, now)]
    shift, noise = centroid_shift(before, now, chance)
    return Content(
        column=column,
        what="embedding",
        size="norm",
        lengths=lengths_moved(column, norms[0], norms[1], chance),
        told=_told(before, now, chance),
        shift=shift,
        shift_noise=noise,
        rows=(len(before), len(now)),
    )


def _ordered(vectors: Array) -> Array:
    if not len(vectors):
        return vectors
    return np.asarray(vectors[in_content_order(vectors)][:MOST_VECTORS])


def centroid_shift(before: Array, now: Array, chance: float) -> tuple[float | None, float | None]:
    """Give the cosine distance of the two means, and what chance exceeds with this probability.

    Returns
    -------
    1 less the cosine, in [0, 2]; None where a mean is 0. The noise is that of sides shuffled
    99 times; it is read off a normal distribution of the root, which is nearly symmetric
    """
    shift = _distance(before.mean(axis=0), now.mean(axis=0))
    both = np.vstack([before, now])
    random = np.random.default_rng(seed_of(both.mean(axis=0), np.array([len(before), len(now)])))
    whole, many = both.sum(axis=0), len(now)
    usual = []
    for _ in range(SHUFFLES):
        part = both[random.permutation(len(both))[:many]].sum(axis=0)
        found = _distance((whole - part) / len(before), part / many)
        if found is not None:
            usual.append(found**0.5)
    if shift is None or len(usual) < SHUFFLES:
        return None, None
    roots = np.array(usual)
    return shift, float((roots.mean() + normal_quantile(1 - chance) * roots.std(ddof=1)) ** 2)


def _distance(one: Array, other: Array) -> float | None:
    size = float(np.linalg.norm(one) * np.linalg.norm(other))
    if not size > 0:
        return None
    return max(1.0 - float(one @ other) / size, 0.0)


def _told(before: Array, now: Array, chance: float) -> Told | str:
    few = min(len(before), len(now))
    if few < FEWEST:
        return f"not enough vectors (n = {few}; {FEWEST} needed)"
    old, new = before[:PER_SIDE], now[:PER_SIDE]
    rows = np.vstack([old, new])
    centred = rows - rows.mean(axis=0)
    scale = float(np.sqrt((centred**2).sum(axis=1).mean()))
    if scale == 0:
        return "all vectors are the same"
    unit = centred / scale
    is_now = np.repeat([False, True], [len(old), len(new)])
    return tell_sides(unit @ unit.T, is_now, seed_of(unit.sum(axis=1)), chance)
