"""What is written on a figure is what the data say, to the last digit."""

import re

from reportgen.present.draw import draw_series
from reportgen.report import Provenance, Series


def test_ticks_and_levels_keep_their_digits_when_coordinates_lose_theirs():
    svg = draw_series(
        Series(
            name="representation.version",
            title="Gaps",
            mark="intervals",
            x="level",
            y="gap",
            columns={
                "level": ("v1.2345", "v1.2399"),
                "gap": (-0.004, 0.0041),
                "low": (-0.0061, 0.0021),
                "high": (-0.0019, 0.0062),
            },
            lines={"as in the population": 0.0},
            provenance=Provenance(by="representation.gap@1"),
        )
    )
    texts = re.findall(r"<text[^>]*>([^<]*)", svg)
    assert {"v1.2345", "v1.2399"} <= set(texts)
    ticks = [float(text.replace("−", "-")) for text in texts if re.fullmatch(r"−?[\d.]+", text)]
    assert len(ticks) >= 3
    assert len(set(ticks)) == len(ticks), "two ticks read alike"
    assert not re.search(r'"[^"<>]*\d\.\d{3,}', svg), "coordinates keep a hundredth of a point"
