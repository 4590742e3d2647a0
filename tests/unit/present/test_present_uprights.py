"""Thresholds are places on x: their names stand at upright lines, and apart from each other."""

import re

import pytest

from reportgen.present.draw import draw_series
from reportgen.report import Provenance, Series


def _series(name="evaluation.thresholds", **lines):
    return Series(
        name=name,
        title="Precision and recall over thresholds",
        mark="line",
        x="threshold",
        y="value",
        columns={
            "threshold": (0.1, 0.5, 0.9) * 2,
            "value": (0.2, 0.5, 0.9, 1.0, 0.6, 0.1),
            "low": (0.1, 0.4, 0.7, 0.9, 0.5, 0.0),
            "high": (0.3, 0.6, 1.0, 1.0, 0.7, 0.2),
            "group": ("Precision",) * 3 + ("Recall",) * 3,
        },
        units={"threshold": "ratio", "value": "ratio"},
        lines=lines,
        provenance=Provenance(by="evaluation.thresholds@1"),
    )


def _label(svg, word):
    found = re.search(
        rf'<text[^>]*transform="translate\(([\d.]+) ([\d.]+)\)[^>]*> ?{word} ?<', svg
    )
    if found is None:
        found = re.search(rf'<text[^>]*x="([\d.]+)" y="([\d.]+)"[^>]*> ?{word} ?<', svg)
    assert found, svg[:500]
    return float(found[1]), float(found[2])


def test_each_threshold_is_named_at_its_place():
    svg = draw_series(_series(cheapest=0.2, **{"as set": 0.7}))
    (left, top), (right, level) = _label(svg, "cheapest"), _label(svg, "as set")
    assert left < right
    assert top == pytest.approx(level, abs=1)
    assert 0 < top < 80  # above the curves, and inside the picture


@pytest.mark.parametrize("name", ["evaluation.thresholds", "evaluation.cost"])
def test_a_curve_without_named_thresholds_has_none(name):
    bare, named = draw_series(_series(name)), draw_series(_series(name, cheapest=0.2))
    assert "cheapest" not in bare
    assert "cheapest" in named
