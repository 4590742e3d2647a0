"""Representation in words: shares, gaps, and what is not known."""

from __future__ import annotations

from collections.abc import Sequence

from reportgen.measure.evaluation.representation import Represented, Share
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.wording import segment_words
from reportgen.report import Cell, Column, Part, Provenance, Series, Table, Value, value_name

__all__ = ["measure_representation"]

_PINS = {
    "share": ("data",),
    "training": ("training",),
    "population": ("population",),
    "gap": ("data", "population"),
    "training.gap": ("training", "population"),
    "change": ("data", "training"),
}
_LABELS = {
    "share": "Share of {} in the data",
    "training": "Share of {} in the training data",
    "population": "Share of {} in the population",
    "gap": "Share of {}, data minus population",
    "training.gap": "Share of {}, training data minus population",
    "change": "Share of {}, data minus training data",
}
_COLUMNS = {
    "training": "In the training data",
    "share": "Share in the data",
    "population": "Share in the population",
    "gap": "Gap",
    "change": "Gap to training data",
}
_GAPS = {"gap": "data", "training.gap": "training", "change": "change"}


def measure_representation(found: Sequence[Represented], *, tried: int) -> Part:
    """Give values, tables and series of every segment; what is not known is said.

    Parameters
    ----------
    found : as `read_shares` read them
    tried : comparisons made on the card, over which readings are corrected
    """
    return Part(
        values=tuple(
            _value(one, share, kind)
            for one in found
            for share in one.shares
            for kind in _kinds(one)
        ),
        tables=tuple(_table(one, tried) for one in found),
        series=tuple(drawn for one in found for drawn in _series(one)),
    )


def _kinds(one: Represented) -> tuple[str, ...]:
    """What is known of a segment's levels, in the order of the columns."""
    kinds = ["share"] if one.trained is None else ["training", "share"]
    if one.benchmarked:
        kinds += ["population", "gap"]
    if one.trained is not None:
        kinds += ["training.gap"] if one.benchmarked else ["change"]
    return tuple(kinds)


def _value(one: Represented, share: Share, kind: str) -> Value:
    found = _estimate(share, kind)
    reason = found.reason
    if found.number is None and not reason:
        reason = "not in the benchmark" if share.reading != "not known" else "not known"
    return Value(
        name=value_name(f"representation.{kind}", **{one.segment: share.level}),
        number=found.number,
        unit="ratio",
        n=None if kind == "population" and one.sampled is None else found.n,
        interval=found.interval,
        provenance=Provenance(by=f"representation.{kind}@1", pins=_PINS[kind]),
        reason=reason if found.number is None else None,
        label=_LABELS[kind].format(share.level),
    )


def _estimate(share: Share, kind: str) -> Estimate:
    if kind in _GAPS:
        beside = share.gaps.get(_GAPS[kind])
        return Estimate(number=None, n=share.share.n) if beside is None else beside.gap
    given = {"share": share.share, "training": share.training, "population": share.population}
    return given[kind] or Estimate(number=None, n=share.share.n)


def _table(one: Represented, tried: int) -> Table:
    # What the gap of the training data amounts to stands in the reading: a column too many.
    kinds = tuple(kind for kind in _kinds(one) if kind != "training.gap")
    columns = [
        Column(name="level", label=segment_words(one.segment)),
        *(Column(name=kind, label=_COLUMNS[kind], unit="ratio") for kind in kinds),
    ]
    compared = len(kinds) > 1
    if compared:
        columns.append(Column(name="reading", label="Reading"))
    rows = []
    for share in one.shares:
        key = {one.segment: share.level}
        cells = [Cell(value=value_name(f"representation.{kind}", **key)) for kind in kinds]
        last = (Cell(text=share.reading),) if compared else ()
        rows.append((Cell(text=share.level), *cells, *last))
    return Table(
        name=f"representation.{one.segment}",
        title=f"Shares by {segment_words(one.segment)}",
        columns=tuple(columns),
        rows=tuple(rows),
        note=_note(one, tried),
    )


def _note(one: Represented, tried: int) -> str:
    said = []
    if not one.benchmarked:
        said.append(
            "No benchmark given: whether these shares are those of the population is not known."
        )
    elif one.sampled is None:
        said.append("The benchmark is taken as exact.")
    else:
        said.append(
            f"The benchmark is a sample of {one.sampled:,.0f}; the gaps' intervals allow for it."
        )
    if one.trained is None:
        said.append("No training data given: who is in them is not known.")
    if len(_kinds(one)) > 1:
        said.append(
            "Gaps within a tenth of the share compared with are called none. Readings stand after "
            f"correction for all {tried:,} comparisons on this card."
        )
    return " ".join(said)


def _series(one: Represented) -> tuple[Series, ...]:
    """Signed gaps to the population, or to the training data; none where there is neither."""
    kind = "gap" if one.benchmarked else "change"
    if kind not in _kinds(one):
        return ()
    other = "population" if one.benchmarked else "training data"
    kept = [share for share in one.shares if _GAPS[kind] in share.gaps]
    gaps = [share.gaps[_GAPS[kind]].gap for share in kept]
    intervals = [gap.interval for gap in gaps]
    return (
        Series(
            name=f"representation.{one.segment}",
            title=f"Share in the data minus share in the {other}, by {segment_words(one.segment)}",
            mark="intervals",
            x="level",
            y="gap",
            columns={
                "level": tuple(share.level for share in kept),
                "gap": tuple(gap.number for gap in gaps),
                "low": tuple(None if i is None else i.low for i in intervals),
                "high": tuple(None if i is None else i.high for i in intervals),
                "n": tuple(share.rows for share in kept),
                "state": tuple(share.reading for share in kept),
            },
            labels={
                "level": one.segment,
                "gap": f"Share minus that in the {other}",
                "n": "Rows",
                "state": "Reading",
            },
            units={"gap": "ratio", "n": "rows"},
            lines={f"as in the {other}": 0.0},
            provenance=Provenance(
                by="representation.gap@1",
                pins=_PINS[kind],
                parameters={"segment": one.segment},
            ),
        ),
    )
