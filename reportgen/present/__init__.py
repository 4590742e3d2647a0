"""The words a template may use: it opens the record and shows it; nothing here computes.

Only these names may be called in a shipped template. A word that has nothing to show gives
None, so that a cell of it leaves no trace, and one template serves every kind of model.
"""

from reportgen.present.appendix import absent, provenance
from reportgen.present.block import Block, Shown, join, section, tabset
from reportgen.present.completeness import completeness
from reportgen.present.figures import figure, figures, panels, tabs
from reportgen.present.findings import findings
from reportgen.present.first_screen import changes, groups, strip, subject, verdict
from reportgen.present.narrative import narrative
from reportgen.present.opened import Report, UnknownNameError, open_report
from reportgen.present.show import show, text
from reportgen.present.tables import facts, table, tables
from reportgen.present.tiles import tiles

__all__ = [
    "Block",
    "Report",
    "Shown",
    "UnknownNameError",
    "absent",
    "changes",
    "completeness",
    "facts",
    "figure",
    "figures",
    "findings",
    "groups",
    "join",
    "narrative",
    "open_report",
    "panels",
    "provenance",
    "section",
    "show",
    "strip",
    "subject",
    "table",
    "tables",
    "tabs",
    "tabset",
    "text",
    "tiles",
    "verdict",
]
