"""A comparison that stands by itself: what small groups would tell is hidden, and it is summed up."""

from __future__ import annotations

from collections.abc import Sequence

from reportgen.measure.changes.changes import ALIKE, measure_changes
from reportgen.measure.evaluation.rows import measurable
from reportgen.measure.groups.small import find_small_groups
from reportgen.measure.groups.suppression import suppress
from reportgen.measure.wording import as_rows
from reportgen.report import Part, Verdict
from reportgen.report.frame import EvaluationFrame

__all__ = ["judge_changes", "measure_comparison"]


def measure_comparison(frame: EvaluationFrame, pins: tuple[str, ...]) -> Part:
    """Compare the model with the baseline of its frame; see `measure_changes`.

    Groups that the project says are too small to be shown are not, as on a card.
    """
    hidden = find_small_groups(frame, measurable(frame))
    part = measure_changes(frame, hidden, pins=pins)
    return part if hidden is None else suppress(part, hidden)


def judge_changes(part: Part) -> Verdict:
    """Sum up a comparison of two versions: what is worse, else how much is better.

    A version that is materially worse in a metric or for a group is to be watched, or an alert;
    see `reportgen.measure.wording.state_of_change`.
    """
    found = sorted(
        (f for f in part.findings if f.kind in ("change", "completeness")),
        key=lambda finding: -finding.weight,
    )
    for state in ("alert", "watch"):
        own = [finding for finding in found if finding.state == state]
        if own:
            return Verdict(state=own[0].state, sentence=own[0].sentence, because=own[0].because)
    rows = next((v for v in part.values if v.name == "changes.rows" and v.number), None)
    table = next((t for t in part.tables if t.name == "changes.metrics"), None)
    if rows is None or table is None:
        told = next((f.sentence for f in found if f.state == "cannot tell"), "")
        sentence = told or "Nothing was measured: no rows with known outcomes were given."
        return Verdict(state="cannot tell", sentence=sentence)
    same = next((f for f in found if f.sentence.startswith(ALIKE)), None)
    if same is not None:
        return Verdict(state="ok", sentence=same.sentence, because=same.because)
    readings = [row[-1].text or "" for row in table.rows]
    return _summed_up(readings, as_rows(int(rows.number or 0)))


def _summed_up(readings: Sequence[str], rows: str) -> Verdict:
    known = [reading for reading in readings if reading != "–"]
    because = ("changes.material", "changes.rows")
    uncertain = sum(reading.startswith("too uncertain") for reading in known)
    moved = sum(reading in ("better", "rose", "fell") for reading in known)
    if moved:
        sentence = (
            f"{moved} of {len(known)} metrics changed materially on the same {rows}, none for the "
            "worse"
        )
    elif uncertain == len(known):
        sentence = f"Too uncertain to say what changed, on the same {rows}."
        return Verdict(state="cannot tell", sentence=sentence, because=because)
    else:
        sentence = f"No material change on the same {rows}"
    if uncertain:
        sentence += f"; too uncertain to say for {uncertain}"
    return Verdict(state="ok", sentence=f"{sentence}.", because=because)
