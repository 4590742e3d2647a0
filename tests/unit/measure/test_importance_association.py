"""Which features move together, against scipy and statsmodels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy.stats import chi2_contingency, rankdata, spearmanr

from reportgen.measure.statistics.association import (
    associated_groups,
    associations,
    correlation_ratio,
    cramers_v,
)

RANDOM = np.random.default_rng(3)
N = 300
X = RANDOM.normal(size=N)
FRAME = pd.DataFrame(
    {
        "x": X,
        "tied": np.round(X + RANDOM.normal(size=N) / 2),
        "gappy": np.where(RANDOM.random(N) < 0.2, np.nan, X**3 + RANDOM.normal(size=N) / 10),
        "level": np.where(X > 0.5, "high", np.where(X < -0.5, "low", "mid")),
        "other": RANDOM.choice(["p", "q"], N),
    }
)


def test_numbers_are_compared_by_spearman() -> None:
    strength, n = associations(FRAME[["x", "tied", "gappy"]])
    assert strength[0, 1] == pytest.approx(abs(spearmanr(FRAME["x"], FRAME["tied"]).statistic))
    both = FRAME.dropna()
    theirs = spearmanr(both["tied"], both["gappy"]).statistic
    assert strength[1, 2] == pytest.approx(theirs)
    assert n[1, 2] == len(both)


def test_categories_are_compared_by_a_corrected_cramers_v() -> None:
    table = pd.crosstab(FRAME["level"], FRAME["other"]).to_numpy() + np.array(
        [[30, 0], [0, 9], [0, 0]]
    )
    x, y = (np.repeat(codes.ravel(), table.ravel()) for codes in np.indices(table.shape))
    square = chi2_contingency(table, correction=False).statistic / table.sum()
    rows, columns, n = *table.shape, table.sum()
    expected = max(square - (rows - 1) * (columns - 1) / (n - 1), 0) / (
        min(rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1)) - 1
    )
    assert cramers_v(x, y) == pytest.approx(expected**0.5)
    assert cramers_v(x, x) == pytest.approx(1)
    assert cramers_v(np.zeros(5, dtype=int), np.arange(5)) == 0


def test_many_levels_by_chance_are_no_association() -> None:
    random = np.random.default_rng(1)
    found = [
        cramers_v(random.integers(0, 25, 200), random.integers(0, 25, 200)) for _ in range(20)
    ]
    assert max(found) < 0.3  # without the correction: 0.35 on average


def test_a_number_in_a_category_is_compared_by_the_correlation_ratio() -> None:
    ranks = rankdata(FRAME["x"])
    fitted = smf.ols("r ~ C(g)", pd.DataFrame({"r": ranks, "g": FRAME["level"]})).fit()
    codes = pd.factorize(FRAME["level"])[0]
    assert correlation_ratio(codes, ranks) == pytest.approx(fitted.rsquared_adj**0.5)
    strength, _ = associations(FRAME[["level", "x"]])
    assert strength[0, 1] == pytest.approx(fitted.rsquared_adj**0.5)


def test_groups_are_linked_by_strong_pairs() -> None:
    groups = associated_groups(FRAME)
    assert [group.features for group in groups] == [(0, 1, 2, 3)]
    assert groups[0].pair == (0, 2)
    assert associated_groups(FRAME[["x", "other"]]) == ()


def test_ids_texts_constants_and_lists_move_with_nothing() -> None:
    frame = pd.DataFrame(
        {
            "id": [f"id {k}" for k in range(N)],
            "constant": ["same"] * N,
            "zero": np.zeros(N),
            "null": [None] * N,
            "list": [[k] for k in range(N)],
            "x": X,
        }
    )
    strength, _ = associations(frame)
    assert (strength == np.eye(6)).all()


def test_constants_have_no_ranks() -> None:
    strength, _ = associations(pd.DataFrame({"x": X, "zero": 0.0, "one": 1.0}))
    assert (strength == np.eye(3)).all()


def test_of_very_many_features_none_are_compared() -> None:
    frame = pd.DataFrame(np.tile(X[:, None], (1, 101)))
    assert associated_groups(frame) == ()
    assert len(associated_groups(frame.iloc[:, :100])[0].features) == 100


def test_few_rows_say_nothing() -> None:
    strength, _ = associations(FRAME.iloc[:29][["x", "gappy"]])
    assert (strength == np.eye(2)).all()
