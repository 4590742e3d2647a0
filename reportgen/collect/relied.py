"""A pinned model that is loaded when it is first asked how far its answers change, if at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from reportgen.boards import Snapshot
from reportgen.collect.kinds import Question
from reportgen.collect.models.estimator import Estimator, load_estimator

__all__ = ["Relied"]


@dataclass(slots=True, kw_only=True)
class Relied:
    """The answers of a model as numbers: chances of its classes, or what it predicts.

    Attributes
    ----------
    known : names of its inputs from the prototype
    """

    snapshot: Snapshot
    known: tuple[str, ...] = ()
    _estimator: Estimator | None = field(default=None, repr=False)

    def __call__(self, rows: pd.DataFrame) -> np.ndarray[Any, Any]:
        """Answer rows, shape (n,) or (n, k).

        Raises
        ------
        DataError
            The rows lack a column that the model needs, or it fails on them.
        """
        from threadpoolctl import threadpool_limits

        if self._estimator is None:
            self._estimator = load_estimator(self.snapshot, allow_pickle=True)
        estimator = self._estimator
        question = Question(nature=estimator.kind.nature(None, None, None), decided=False)
        # Threads wait for each other in a busy loop, which costs more than they save on few rows.
        with threadpool_limits(limits=1):
            reply = estimator.reply(estimator.inputs(rows, self.known), question)
        if reply.scores is not None:
            return np.asarray(reply.scores, dtype=float)
        said = np.asarray(reply.predicted)
        if said.dtype.kind in "fiub":
            return said.astype(float)
        levels = np.array([str(level) for level in question.nature.classes])
        return np.asarray(said.astype(str)[:, None] == levels[None, :], dtype=float)
