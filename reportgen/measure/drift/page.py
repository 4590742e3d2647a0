"""What was measured of drift, as values, tables and figures."""

from __future__ import annotations

from reportgen.measure.drift.drift import Binned
from reportgen.measure.drift.moved import ALERT_FROM, FALSE_ALARMS, WATCH_FROM, Moved
from reportgen.measure.drift.noise import Noise
from reportgen.measure.monitoring.values import cell, counted, no_number, text
from reportgen.measure.statistics.divergence import (
    by_chance,
    chi_square,
    jensen_shannon,
    total_variation,
)
from reportgen.measure.wording import as_percent
from reportgen.report.data import Cell, Column, Series, Table
from reportgen.report.value import Provenance, Value

__all__ = [
    "columns_table",
    "distances_table",
    "distribution_series",
    "drift_values",
    "ranking_series",
]

_LABELS = {
    "psi": "PSI of {}",
    "noise": "Noise level of {}",
    "jensen_shannon": "Jensen–Shannon distance of {}",
    "total_variation": "Total variation of {}",
    "wasserstein": "Wasserstein distance of {}, in its robust standard deviations",
    "kolmogorov_smirnov": "Kolmogorov–Smirnov distance of {}",
    "chi_square": "Chi-square of {}",
    "effect": "PSI of {} beyond its mean by chance",
    "by_chance": "Mean PSI of {} by chance",
    "median": "Median of {}",
    "median.reference": "Median of {} in the reference",
}
_DISTANCES = (
    "jensen_shannon",
    "total_variation",
    "wasserstein",
    "kolmogorov_smirnov",
    "chi_square",
)
_ONLY_NUMBERS = "categories; only numbers have an order and a distance"
_STANDS_STILL = "the reference does not vary"


def _pins(one: Moved) -> tuple[str, ...]:
    return ("data", "reference") if one.column.source == "reference" else ("data",)


def drift_values(one: Moved) -> tuple[Value, ...]:
    """Give every distance of a column and its noise level, or the reason why there is none."""
    if one.binned is None or one.levels is None:
        return tuple(_no_value(one, what, one.words) for what in ("psi", "noise", *_DISTANCES))
    found = [
        _value(one, what, number)
        for what, number in _plain_numbers(one, one.binned).items()
        if number is not None
    ]
    for what, (number, noise) in _distances(one.binned, one.levels).items():
        if number is None or noise is None:
            lacking = _ONLY_NUMBERS if one.column.kind != "number" else _STANDS_STILL
            found.append(_no_value(one, what, lacking))
            continue
        found += [_value(one, what, number), _value(one, f"{what}.noise", noise)]
    return tuple(found)


def _plain_numbers(one: Moved, binned: Binned) -> dict[str, float | None]:
    return {
        "psi": binned.psi,
        "noise": one.noise,
        "effect": binned.excess,
        "by_chance": by_chance(binned.before, binned.now),
        "median": binned.middle_now,
        "median.reference": binned.middle_before,
    }


def _distances(binned: Binned, noise: Noise) -> dict[str, tuple[float | None, float | None]]:
    before, now, shape = binned.before, binned.now, binned.shape
    return {
        "jensen_shannon": (jensen_shannon(before, now), noise.jensen_shannon),
        "total_variation": (total_variation(before, now), noise.total_variation),
        "wasserstein": (None if shape is None else shape.wasserstein, noise.wasserstein),
        "kolmogorov_smirnov": (None if shape is None else shape.kolmogorov, noise.kolmogorov),
        "chi_square": (chi_square(before, now), noise.chi_square),
    }


def _label(one: Moved, what: str) -> str:
    if what.endswith(".noise"):
        return f"Noise level of the {_label(one, what.removesuffix('.noise'))}"
    return _LABELS[what].format(one.column.name)


def _value(one: Moved, what: str, number: float) -> Value:
    assert one.binned is not None
    extra: dict[str, object] | None = None
    if what.endswith("noise"):
        extra = {"false_alarms": FALSE_ALARMS, "method": one.method}
    if what == "chi_square":
        extra = {"degrees_of_freedom": max(len(one.binned.labels) - 1, 0)}
    pins, n = _pins(one), int(one.binned.now.sum())
    if what == "median.reference":
        pins = ("reference",) if "reference" in pins else pins
        n = int(one.binned.before.sum())
    return counted(
        f"drift.{one.column.path}.{what}",
        number,
        by=f"drift.{what.split('.', maxsplit=1)[0]}@1",
        label=_label(one, what),
        unit="number",
        n=n,
        pins=pins,
        parameters=extra,
    )


def _no_value(one: Moved, what: str, reason: str) -> Value:
    return no_number(
        f"drift.{one.column.path}.{what}",
        reason,
        by=f"drift.{what}@1",
        label=_label(one, what),
        unit="number",
    )


def columns_table(ranked: list[Moved], note: str) -> Table:
    """List every column, those that moved most first."""
    rows = tuple(
        (
            text(one.column.name),
            text(one.column.status),
            text(one.words if one.binned is not None else "not compared"),
            *(
                cell(f"drift.{one.column.path}.{what}")
                for what in ("psi", "noise", "jensen_shannon", "wasserstein")
            ),
        )
        for one in ranked
    )
    return Table(
        name="drift.columns",
        title="Drift of each column since the reference",
        columns=(
            Column(name="column", label="Column"),
            Column(name="status", label="Status"),
            Column(name="moved", label="Moved?"),
            Column(name="psi", label="PSI", unit="number"),
            Column(name="noise", label="Noise level", unit="number"),
            Column(name="jensen_shannon", label="Jensen–Shannon", unit="number"),
            Column(name="wasserstein", label="Wasserstein, in sd", unit="number"),
        ),
        rows=rows,
        note=(
            f"{note} PSI above the noise level is more than chance explains; over all columns "
            f"together, chance passes it in {as_percent(FALSE_ALARMS)} of reports at most. A column "
            f"counts as moved when PSI also exceeds its mean by chance by {WATCH_FROM:g}, as moved "
            f"far from {ALERT_FROM:g} on."
        ).strip(),
    )


def distances_table(shown: list[Moved], values: tuple[Value, ...]) -> Table | None:
    """List the other distances, each beside its noise level; None where nothing was compared.

    Parameters
    ----------
    values : of `drift_values`
    """
    if not shown:
        return None
    titles = (
        "Jensen–Shannon",
        "Total variation",
        "Wasserstein, in sd",
        "Kolmogorov–Smirnov",
        "Chi-square",
    )
    pairs = [
        Column(name=f"{what}{end}", label=f"{title}{', noise' if end else ''}", unit="number")
        for what, title in zip(_DISTANCES, titles, strict=True)
        for end in ("", "_noise")
    ]
    known = {value.name for value in values}
    return Table(
        name="drift.distances",
        title="Other distances of each column, and their noise levels",
        columns=(Column(name="column", label="Column"), *pairs),
        rows=tuple((text(one.column.name), *_pairs(one, known)) for one in shown),
        note=(
            "Each noise level is what chance passes in no more than "
            f"{as_percent(FALSE_ALARMS)} of reports over all columns together. sd: robust standard "
            "deviation of the reference."
        ),
    )


def _pairs(one: Moved, known: set[str]) -> list[Cell]:
    paths = [f"drift.{one.column.path}.{what}" for what in _DISTANCES]
    return [
        found
        for path in paths
        for noise in [f"{path}.noise"]
        for found in (cell(path), cell(noise) if noise in known else text("–"))
    ]


def ranking_series(shown: list[Moved], since: str) -> Series:
    """Draw how far each column moved, the farthest first."""
    top = shown[:25]
    return Series(
        name="drift.ranking",
        title=f"How far each column moved since {since}",
        mark="bars",
        x="column",
        y="psi",
        columns={
            "column": tuple(one.column.name for one in top),
            "psi": tuple(one.binned.psi for one in top if one.binned is not None),
            "noise": tuple(one.noise for one in top),
            "state": tuple(one.state for one in top),
        },
        labels={"column": "Column", "psi": "PSI", "noise": "Noise level", "state": "State"},
        lines={"watch": WATCH_FROM, "alert": ALERT_FROM},
        provenance=Provenance(by="drift.ranking@1", pins=_all_pins(top)),
        note="" if len(top) == len(shown) else f"The {len(top)} that moved most, of {len(shown)}.",
    )


def _all_pins(shown: list[Moved]) -> tuple[str, ...]:
    return ("data", "reference") if any("reference" in _pins(one) for one in shown) else ("data",)


def distribution_series(one: Moved, key: str, since: str) -> Series:
    """Draw a column then and now."""
    binned = one.binned
    assert binned is not None
    sides = ((_capital(since), binned.before), (key, binned.now))
    return Series(
        name=f"drift.{one.column.path}.distribution",
        title=f"{one.column.name}: {since} and {key}",
        mark="bars",
        x="bin",
        y="share",
        columns={
            "bin": binned.labels * 2,
            "share": tuple(float(c) / float(side.sum()) for _, side in sides for c in side),
            "group": tuple(name for name, side in sides for _ in side),
            "n": tuple(int(count) for _, side in sides for count in side),
        },
        labels={"bin": one.column.name, "share": "Share of rows", "group": "", "n": "Rows"},
        units={"share": "ratio", "n": "rows"},
        provenance=Provenance(by="drift.distribution@1", pins=_pins(one)),
    )


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
