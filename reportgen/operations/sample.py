"""Draws the rows that a model is asked about."""

from __future__ import annotations

import pandas as pd

__all__ = ["draw_rows"]


def draw_rows(frame: pd.DataFrame, most: int) -> pd.DataFrame:
    """Draw rows by a hash of what is in them: the same ones in whatever order they come.

    Returns
    -------
    at most `most` rows, without a second one of a kind while there are others
    """
    try:
        keys = pd.util.hash_pandas_object(frame, index=False)
    except TypeError:  # a cell holds a list or the like
        keys = pd.util.hash_pandas_object(frame.astype(str), index=False)
    order = pd.DataFrame({"again": keys.duplicated().to_numpy(), "key": keys.to_numpy()})
    chosen = order.sort_values(["again", "key"], kind="stable").index[:most]
    return frame.iloc[chosen].reset_index(drop=True)
