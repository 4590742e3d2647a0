"""Short and long texts as groups: does the model do worse on some of them?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from reportgen.measure.statistics.intervals import Array
from reportgen.measure.text.tokens import texts_of, words_of
from reportgen.report.frame import EvaluationFrame

__all__ = ["SEGMENT", "length_levels", "with_text_lengths"]

SEGMENT = "text length"


def with_text_lengths(frame: EvaluationFrame) -> EvaluationFrame:
    """Add the quarters of text length to the segments of a text model.

    Returns
    -------
    the frame itself where the model reads no text, or all texts are equally long
    """
    if frame.text is None or frame.text not in frame.features.columns or SEGMENT in frame.segments:
        return frame
    lengths = _lengths(frame.features[frame.text])
    edges = _edges(lengths)
    if not len(edges):
        return frame
    segments = {**frame.segments, SEGMENT: length_levels(lengths, edges)}
    training = dict(frame.training_segments)
    if frame.training is not None and frame.text in frame.training.columns:
        training[SEGMENT] = length_levels(_lengths(frame.training[frame.text]), edges)
    return replace(frame, segments=segments, training_segments=training)


def _lengths(column: pd.Series[Any]) -> Array:
    return np.array([len(words_of(text)) for text in texts_of(column)], dtype=np.intp)


def _edges(lengths: Array) -> Array:
    """Largest length of each quarter but the last; fewer where many texts are equally long."""
    if not len(lengths):
        return lengths
    quarters = np.quantile(lengths, [0.25, 0.5, 0.75], method="inverted_cdf")
    edges = np.unique(quarters)
    return np.asarray(edges[edges < lengths.max()])


def length_levels(lengths: Array, edges: Array) -> pd.Series[Any]:
    """Name the quarter of each text.

    Examples
    --------
    >>> length_levels(np.array([1, 5, 9]), np.array([1, 6])).tolist()
    ['up to 1 word', '2 to 6 words', 'over 6 words']
    """
    names = []
    for place, edge in enumerate(edges):
        start = f"{edges[place - 1] + 1} to " if place and edges[place - 1] + 1 < edge else ""
        lead = start if place else "up to "
        names.append(f"{lead}{edge} {'word' if edge == 1 else 'words'}")
    names.append(f"over {edges[-1]} {'word' if edges[-1] == 1 else 'words'}")
    codes = np.searchsorted(edges, lengths)
    return pd.Series(np.array(names, dtype=object)[codes], dtype=object)
