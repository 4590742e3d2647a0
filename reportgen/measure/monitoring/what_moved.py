"""What happened, in one sentence: how the model did, how it did before, and what moved since."""

from __future__ import annotations

from reportgen.measure.wording import listed, plain_number
from reportgen.report.data import Finding, Part
from reportgen.report.value import Value

__all__ = ["with_what_moved"]

_MOST = 3


def with_what_moved(finding: Finding, part: Part) -> str:
    """Go on with what a metric was in the reference, and with the columns that moved most since.

    Of a metric that is below its limit or fell since the reference; any other sentence is given
    as it is. That both happened is all that is said: nothing tells that one led to the other.

    Examples
    --------
    ``ROC AUC is 0.631 (95 % interval 0.616 to 0.646), below its limit of 0.65; it was 0.786 in the
    reference, and temp (median 42.1 to 81), pressure and humid moved most since.``
    """
    values = {value.name: value for value in part.values}
    path = finding.because[0] if finding.because else ""
    sentence = finding.sentence.removesuffix(".")
    moved = listed(_moved(part, values))
    if finding.kind == "change" and path.startswith("performance.") and path.endswith(".change"):
        return f"{sentence}, while {moved} moved most." if moved else finding.sentence
    before = values.get(f"{path}.reference")
    told = before is not None and before.number is not None and _changed(path, part)
    if finding.kind != "threshold" or before is None or not told:
        return finding.sentence
    was = f"it was {_number(before)} in the reference"
    return f"{sentence}; {was}, and {moved} moved most since." if moved else f"{sentence}; {was}."


def _changed(path: str, part: Part) -> bool:
    """Whether a metric became materially worse since the reference."""
    return any(
        found.kind == "change"
        and found.state in {"watch", "alert"}
        and found.because[:1] == (f"{path}.change",)
        for found in part.findings
    )


def _moved(part: Part, values: dict[str, Value]) -> tuple[str, ...]:
    """Name the columns whose move is worth a finding of its own, by consequence."""
    found = [f for f in part.findings if f.kind == "drift" and f.state in {"watch", "alert"}]
    found.sort(key=lambda finding: (-finding.weight, finding.sentence))
    moved = [
        first.removeprefix("drift.").removesuffix(".psi")
        for first, *others in (finding.because for finding in found if finding.because)
        if first.endswith(".psi") and not any(other.endswith(".psi") for other in others)
    ]
    # What the model answers is no input of it, and has no consequence.
    moved = [name for name in moved if f"drift.{name}.consequence" in values] or moved
    return tuple(
        _column(name, values) if at == 0 else name for at, name in enumerate(moved[:_MOST])
    )


def _column(name: str, values: dict[str, Value]) -> str:
    now, before = values.get(f"drift.{name}.median"), values.get(f"drift.{name}.median.reference")
    if now is None or before is None or now.number is None or before.number is None:
        return name
    if now.number == before.number:
        return name
    return f"{name} (median {_number(before)} to {_number(now)})"


def _number(value: Value) -> str:
    assert value.number is not None
    return plain_number(value.number, value.interval, unit=value.unit)
