"""Draws one small figure when it is imported, so that no reader waits for the first one.

The first figure of a process costs several times the next: fonts, scales and marks are loaded
when they are first used. The process that kernels are forked from imports this file while the
numbers are still being measured.
"""

from reportgen.present.draw import draw_series
from reportgen.report import Provenance, Series

draw_series(
    Series(
        name="rehearsal",
        title="Rehearsal",
        mark="line",
        x="x",
        y="y",
        columns={"x": (0.0, 1.0), "y": (0.0, 1.0), "low": (0.0, 0.9), "high": (0.1, 1.0)},
        provenance=Provenance(by="rehearsal@1"),
    )
)
