"""What a score is worth: how often it came true on labelled rows, and how sure that is.

Labelled rows are counted by bins of the score. Two curves are tried, logistic (Platt) and
isotonic, and the one with the smaller cross-fitted log loss is kept. Drawing the counts again
gives as many curves as there are draws: their spread is what so few labels leave open.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reportgen.measure.statistics.bootstrap import seed_of
from reportgen.measure.statistics.intervals import Array

__all__ = ["DRAWS", "Calibrated", "Counted", "calibrate"]

DRAWS = 200
_FOLDS = 5
_STEPS = 30
_EDGE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Labelled rows by bins of the score.

    Attributes
    ----------
    score : shape (k,), rising, mean of the bin
    ups, downs : shape (k,) or (draws, k), rows that came true and that did not
    """

    score: Array
    ups: Array
    downs: Array

    @property
    def rows(self) -> Array:
        """Rows of each bin."""
        return self.ups + self.downs


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """The chance that a score comes true.

    Attributes
    ----------
    curve : ``logistic`` or ``isotonic``
    chance : shape (c,), at the scores that were asked about
    drawn : shape (DRAWS, c), the same for each draw of the labelled rows
    """

    curve: str
    chance: Array
    drawn: Array


def calibrate(counted: Counted, asked: Array, *, probabilities: bool) -> Calibrated:
    """Fit the better of two curves and read it at some scores.

    Parameters
    ----------
    asked : shape (c,), scores
    probabilities : whether scores lie between 0 and 1, and are put on the logit scale

    References
    ----------
    Platt (1999); Zadrozny and Elkan (2002).
    """
    seed = seed_of(counted.ups, counted.downs)
    line = _Line.over(counted.score, probabilities=probabilities)
    folds = _folds(counted, seed)
    losses = {
        curve: _cross_fitted(curve, line, counted, folds) for curve in ("logistic", "isotonic")
    }
    curve = min(losses, key=lambda name: (losses[name], name != "logistic"))
    drawn = _drawn(counted, seed)
    return Calibrated(
        curve=curve,
        chance=_fit(curve, line, counted, asked),
        drawn=_fit(curve, line, drawn, asked),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """The scale on which the logistic curve is straight."""

    probabilities: bool
    centre: float = 0.0
    spread: float = 1.0

    @classmethod
    def over(cls, score: Array, *, probabilities: bool) -> _Line:
        if probabilities or len(score) < 2:
            return cls(probabilities=probabilities)
        spread = float(score.std()) or 1.0
        return cls(probabilities=False, centre=float(score.mean()), spread=spread)

    def of(self, score: Array) -> Array:
        if not self.probabilities:
            return np.asarray((score - self.centre) / self.spread)
        inside = np.clip(score, _EDGE, 1 - _EDGE)
        return np.asarray(np.log(inside / (1 - inside)))


def _folds(counted: Counted, seed: int) -> list[tuple[Counted, Counted]]:
    """Split the labelled rows five times: those that are fitted, those that judge the fit."""
    random = np.random.default_rng(seed)
    dealt = []
    for side in (counted.ups, counted.downs):
        rows = np.repeat(np.arange(len(side)), side.astype(np.intp))
        fold = np.arange(len(rows)) % _FOLDS
        code = rows[random.permutation(len(rows))] * _FOLDS + fold
        dealt.append(
            np.bincount(code, minlength=len(side) * _FOLDS).reshape(-1, _FOLDS).astype(float)
        )
    ups, downs = dealt
    return [
        (
            Counted(
                score=counted.score,
                ups=counted.ups - ups[:, at],
                downs=counted.downs - downs[:, at],
            ),
            Counted(score=counted.score, ups=ups[:, at], downs=downs[:, at]),
        )
        for at in range(_FOLDS)
    ]


def _cross_fitted(
    curve: str, line: _Line, counted: Counted, folds: list[tuple[Counted, Counted]]
) -> float:
    """Log loss of rows that the curve was not fitted on."""
    least = 1 / (counted.rows.sum() + 2)
    loss = 0.0
    for fitted, held in folds:
        chance = np.clip(_fit(curve, line, fitted, counted.score), least, 1 - least)
        loss -= float((held.ups * np.log(chance) + held.downs * np.log(1 - chance)).sum())
    return loss


def _drawn(counted: Counted, seed: int) -> Counted:
    """Draw the labelled rows again, with replacement, shape (DRAWS, k) each."""
    cells = np.concatenate([counted.ups, counted.downs]).astype(float)
    total = cells.sum()
    drawn = np.random.default_rng(seed).multinomial(int(total), cells / total, size=DRAWS)
    many = len(counted.score)
    return Counted(
        score=counted.score,
        ups=drawn[:, :many].astype(float),
        downs=drawn[:, many:].astype(float),
    )


def _fit(curve: str, line: _Line, counted: Counted, asked: Array) -> Array:
    """Fit a curve to counts, shape (..., k), and read it at the scores, shape (..., c)."""
    if curve == "isotonic":
        return _between(counted.score, _isotonic(counted), asked)
    start, slope = _logistic(line.of(counted.score), counted)
    reach = start[..., None] + slope[..., None] * line.of(asked)
    return np.asarray(1 / (1 + np.exp(-np.clip(reach, -700, 700))))


def _isotonic(counted: Counted) -> Array:
    """Shares of the bins that never fall, shape (..., k), by pooling adjacent violators."""
    from scipy.optimize import isotonic_regression

    rows = counted.rows
    total = np.maximum(rows.sum(axis=-1, keepdims=True), 1)
    whole = counted.ups.sum(axis=-1, keepdims=True) / total
    with np.errstate(invalid="ignore"):
        share = np.where(rows > 0, counted.ups / np.maximum(rows, 1e-300), whole)
    weight = np.maximum(rows, 1e-9)  # a bin that no row was drawn in follows its neighbours
    flat = [
        isotonic_regression(one, weights=its).x
        for one, its in zip(
            share.reshape(-1, share.shape[-1]), weight.reshape(-1, share.shape[-1]), strict=True
        )
    ]
    return np.asarray(np.clip(np.array(flat).reshape(share.shape), 0.0, 1.0))


def _between(score: Array, chance: Array, asked: Array) -> Array:
    """Read a curve on straight lines between its bins, level beyond the outer ones."""
    right = np.clip(np.searchsorted(score, asked), 1, max(len(score) - 1, 1))
    left = right - 1
    right = np.minimum(right, len(score) - 1)
    gap = np.where(right > left, score[right] - score[left], 1.0)
    share = np.clip((asked - score[left]) / gap, 0.0, 1.0)
    return np.asarray(chance[..., left] * (1 - share) + chance[..., right] * share)


def _logistic(place: Array, counted: Counted) -> tuple[Array, Array]:
    """Intercept and slope by Newton's steps, shape (...) each, for all draws at once."""
    ups, rows = counted.ups + 0.0, counted.rows
    whole = np.clip(ups.sum(axis=-1) / np.maximum(rows.sum(axis=-1), 1), _EDGE, 1 - _EDGE)
    start, slope = np.log(whole / (1 - whole)), np.zeros_like(whole)
    for _ in range(_STEPS):
        reach = np.clip(start[..., None] + slope[..., None] * place, -30, 30)
        chance = 1 / (1 + np.exp(-reach))
        weight = rows * chance * (1 - chance)
        off = ups - rows * chance
        first, second = off.sum(axis=-1), (off * place).sum(axis=-1) - _RIDGE * slope
        a, b = weight.sum(axis=-1) + _RIDGE, (weight * place).sum(axis=-1)
        c = (weight * place**2).sum(axis=-1) + _RIDGE
        root = a * c - b**2
        moved = (c * first - b * second) / root, (a * second - b * first) / root
        start, slope = start + np.clip(moved[0], -4, 4), slope + np.clip(moved[1], -4, 4)
        if max(np.abs(moved[0]).max(), np.abs(moved[1]).max()) < 1e-9:
            break
    return start, slope


_RIDGE = 1e-3
"""So little that it only matters where the scores part the labels without a single mistake."""
