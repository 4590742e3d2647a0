"""Two versions of a model, compared on the same rows: ``rg.diff``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reportgen.api.bare import crossed
from reportgen.api.report import Report
from reportgen.report import Project

if TYPE_CHECKING:
    from reportgen.comparison import Comparison

__all__ = ["Difference", "compared", "diff"]

_Segments = Sequence[str | Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference(Report):
    """What changed between two versions; it is saved and shown like any report."""

    @property
    def differs(self) -> bool:
        """Whether a metric, or a group's, changed materially, for better or worse."""
        return self._comparison.differs

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is worth saying, the weightiest first."""
        return self._comparison.sentences

    @property
    def _comparison(self) -> Comparison:
        from reportgen.comparison import Comparison

        return Comparison(data=self.data, edition=self._edition, board=self._board)


def diff(
    board: str | Path,
    model: str,
    before: str = "previous",
    now: str = "latest",
    *,
    data: str | Sequence[str] = (),
    target: str | None = None,
    segments: _Segments = (),
    threshold: float | None = None,
    text: str | None = None,
    row_id: str | None = None,
    common: bool = False,
    trust_model: bool = False,
    engine: str = "auto",
) -> Difference:
    """Say what changed between two versions of a pinned model, on the same rows.

    For a model of a project, see `ProjectHandle.diff`.

    Parameters
    ----------
    board : a folder, or an address such as ``s3://bucket/prefix``
    model : name of the model's pin
    before, now : versions, or enough of one to know it by; ``latest``; for `before`,
        ``previous``: the one before `now`
    data, target : pin with rows, ``churn-test`` or ``churn-test@VERSION``, and the column with the
        truth; two pins, the older model's first, are paired by `row_id`. Without them only the
        pins are compared, and nothing in them is run
    segments : columns, or tuples of columns that are crossed
    threshold : score from which a row is predicted positive; None: as the models decide
    text : column that a text model reads
    common : where two data pins do not hold the same rows, compare on those they share
    trust_model : load the models though they are pickles, which can run code

    Raises
    ------
    NotFoundError, PinError, TrustError, UserError
    DataError
        The rows are not the same: it says how many are.

    Examples
    --------
    >>> found = diff("board", "churn", data="churn-test", target="churned",
    ...              trust_model=True)  # doctest: +SKIP
    >>> found.value("changes.roc_auc"), found.differs  # doctest: +SKIP
    >>> found.save("diff.html")  # doctest: +SKIP
    """
    return compared(
        board,
        model,
        before,
        now,
        data=data,
        target=target,
        segments=segments,
        threshold=threshold,
        text=text,
        row_id=row_id,
        common=common,
        trust_model=trust_model,
        engine=engine,
    )


def compared(
    place: Project | str | Path,
    model: str,
    before: str,
    now: str,
    *,
    data: str | Sequence[str] = (),
    target: str | None = None,
    segments: _Segments = (),
    threshold: float | None = None,
    text: str | None = None,
    row_id: str | None = None,
    common: bool = False,
    trust_model: bool = False,
    engine: str = "auto",
) -> Difference:
    """Compare two versions of a model of a project, or of a board; see `diff`."""
    from reportgen.comparison import compare

    found = compare(
        place,
        model,
        before,
        now,
        data=(data,) if isinstance(data, str) else tuple(data),
        target=target,
        segments=crossed(segments),
        threshold=threshold,
        text=text,
        row_id=row_id,
        common=common,
        trust_model=trust_model,
    )
    return Difference(data=found.data, _edition=found.edition, _board=found.board, _engine=engine)
