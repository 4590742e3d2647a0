"""The answer to "do I need to worry?": one word, one sentence, and what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from reportgen.measure.monitoring.retraining import INDICATED
from reportgen.measure.monitoring.what_moved import with_what_moved
from reportgen.measure.wording import (
    as_percent,
    estimate_words,
    in_sentence,
    listed,
    plain_number,
)
from reportgen.report.data import Finding, Narrative, Part, Verdict
from reportgen.report.value import Value

__all__ = ["judge", "performance_is_known"]

_CARD_HEADLINES = ("roc_auc", "accuracy", "f1_macro", "rmse", "mae", "r2")


def judge(
    kind: Literal["card", "monitoring"],
    part: Part,
    narrative: tuple[Narrative, ...],
    *,
    provisional: bool = False,
) -> Verdict:
    """Judge a record by its findings.

    Parameters
    ----------
    part : all parts of the record added up
    narrative : what people said, for a card
    provisional : rows or labels of the period may still come

    Notes
    -----
    The worst finding decides, in the order alert, watch, cannot tell, ok, with these exceptions:

    - A period without rows, and a card without an evaluation, is ``cannot tell``: nothing else
      that could be said would be about the model.
    - Drift is at most ``watch`` where the labels tell how well the model did: inputs may move
      without harm, and where they do harm, the metrics say so (`measure_monitoring` tempers the
      findings). Drift is an alert where nothing else would give one.
    - "Too uncertain to say" whether a metric changed does not make the whole page "cannot tell".
      A limit that cannot be checked does.
    - On a card, a statement that has expired is to be watched. Sections that nobody has written
      do not change what was measured: the sentence counts them.
    - Where the model became worse since the reference, its sentence goes on with what it was and
      with the columns that moved most since: what happened is told in one sentence.
    - ``ok`` without limits says so in its sentence, because nothing was held against anything.
    """
    if kind == "card":
        return _judge_card(part, narrative)
    verdict = _judge_monitoring(part)
    if not provisional or verdict.state == "cannot tell":
        return verdict
    complete = _value(part, "labels.complete")
    labels = ""
    if complete is not None and complete.number is not None:
        labels = f" {as_percent(complete.number, complete.interval)} of labels are in."
    return Verdict(
        state=verdict.state,
        sentence=f"{verdict.sentence} Provisional:{labels or ' more data may come.'}",
        because=verdict.because,
    )


def _value(part: Part, name: str) -> Value | None:
    return next((value for value in part.values if value.name == name), None)


def _worst_first(findings: Sequence[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: (-finding.weight, finding.sentence))


def _told(
    worst: list[Finding],
    others: int,
    state: Literal["alert", "watch"],
    part: Part | None = None,
) -> Verdict:
    """Say the first finding whole, with what moved beside it, and count the others."""
    first = worst[0]
    more = len(worst) - 1 + others
    sentence = first.sentence if part is None else with_what_moved(first, part)
    if more:
        sentence += f" {more} more {'finding needs' if more == 1 else 'findings need'} a look."
    because = tuple(dict.fromkeys(name for finding in worst[:3] for name in finding.because))
    return Verdict(state=state, sentence=sentence, because=because)


def _judge_monitoring(part: Part) -> Verdict:
    rows = _value(part, "volume.rows")
    if rows is not None and rows.number == 0:
        empty = next((f.sentence for f in part.findings if "volume.rows" in f.because), "")
        sentence = empty or "The period has no rows, so nothing can be said about it."
        return Verdict(state="cannot tell", sentence=sentence, because=("volume.rows",))
    heard = [finding for finding in part.findings if finding.kind != "retraining"]
    alerts = [finding for finding in heard if finding.state == "alert"]
    watches = [finding for finding in heard if finding.state == "watch"]
    if alerts:
        return _with_advice(_told(_worst_first(alerts), len(watches), "alert", part), part)
    if watches:
        told = _with_performance(_told(_worst_first(watches), 0, "watch", part), part)
        return _with_advice(told, part)
    return _unsure(part) or _all_well(part)


def _with_advice(verdict: Verdict, part: Part) -> Verdict:
    """Add that retraining is indicated, which is advice and no worry of its own."""
    advice = next(
        (f for f in part.findings if f.kind == "retraining" and f.sentence.startswith(INDICATED)),
        None,
    )
    if advice is None:
        return verdict
    because = tuple(dict.fromkeys((*verdict.because, *advice.because)))
    return replace(verdict, sentence=f"{verdict.sentence} {INDICATED}.", because=because)


def performance_is_known(part: Part) -> bool:
    """Say whether labels tell how well the model did, for better or worse.

    It takes half of the labels, and a metric that could be held against its limit or compared
    with the reference. A step from the period before does not count: that one may have been
    better than usual.
    """
    complete = _value(part, "labels.complete")
    enough = complete is not None and (complete.number or 0.0) >= 0.5
    return enough and any(finding.state != "cannot tell" for finding in _compared(part))


def _compared(part: Part) -> list[Finding]:
    return [
        finding
        for finding in part.findings
        if finding.kind in {"threshold", "change"}
        and not (finding.because and finding.because[0].endswith(".step"))
        and not (finding.because and finding.because[0].startswith("operations."))
    ]


def _performance_holds(part: Part) -> bool:
    bad = any(finding.state in {"watch", "alert"} for finding in _compared(part))
    return performance_is_known(part) and not bad


def _with_performance(verdict: Verdict, part: Part) -> Verdict:
    if not _performance_holds(part):
        return verdict
    good, names = _performance_clause(part)
    if not good:
        return verdict
    return Verdict(
        state=verdict.state,
        sentence=f"{verdict.sentence} Yet {good}.",
        because=(*verdict.because, *(name for name in names if name not in verdict.because)),
    )


def _unsure(part: Part) -> Verdict | None:
    """Say what keeps us from an answer, if anything does."""
    unchecked = [f for f in part.findings if f.kind == "threshold" and f.state == "cannot tell"]
    if unchecked:
        first = _worst_first(unchecked)[0]
        names = tuple(name for finding in unchecked for name in finding.because)
        return Verdict(
            state="cannot tell", sentence=first.sentence, because=tuple(dict.fromkeys(names))
        )
    measured = [v for v in part.values if _is_metric(v) and v.number is not None]
    drift = [v for v in part.values if v.name.endswith(".psi") and v.number is not None]
    if measured or drift:
        return None
    why = next((v for v in part.values if _is_metric(v)), None)
    reason = f": {why.reason}" if why is not None and why.reason else ""
    return Verdict(
        state="cannot tell",
        sentence=f"Neither performance nor drift can be told{reason}, and there is no reference.",
        because=() if why is None else (why.name,),
    )


def _is_metric(value: Value) -> bool:
    return (
        value.name.startswith("performance.")
        and value.name.count(".") == 1
        and ("[" not in value.name)
    )


def _performance_clause(part: Part) -> tuple[str, tuple[str, ...]]:
    """Word how well the model did: by its limits, else by its changes, else by a number."""
    kept = [f for f in part.findings if f.kind == "threshold" and f.state == "ok"]
    if kept:
        values = [_value(part, f.because[0]) for f in kept]
        words = [
            f"{in_sentence(v.label)} ({plain_number(v.number, v.interval, unit=v.unit)})"
            for v in values
            if v is not None and v.number is not None
        ]
        limit = "its limit" if len(words) == 1 else "their limits"
        verb = "keeps" if len(words) == 1 else "keep"
        return f"{listed(tuple(words))} {verb} {limit}", tuple(f.because[0] for f in kept)
    changes = _worst_first([f for f in part.findings if f.kind == "change"])
    steady = [f for f in changes if f.state == "ok"]
    if steady:
        surely = "" if len(steady) == len(changes) else "surely "
        return f"no metric has {surely}become materially worse", steady[0].because
    if changes:
        return "whether performance changed is too uncertain to say", changes[0].because
    return "", ()


def _all_well(part: Part) -> Verdict:
    clauses: list[str] = []
    because: list[str] = []
    words, names = _performance_clause(part)
    metric = next((v for v in part.values if _is_metric(v) and v.number is not None), None)
    if words:
        clauses.append(words)
        because += names
    elif metric is not None and metric.number is not None:
        shown = plain_number(metric.number, metric.interval, unit=metric.unit)
        clauses.append(f"{in_sentence(metric.label)} is {shown}, with nothing to compare it with")
        because.append(metric.name)
    else:
        why = next((v for v in part.values if _is_metric(v)), None)
        clauses.append(f"performance is not known ({why.reason if why else 'not measured'})")
    drift = [v for v in part.values if v.name.endswith(".psi") and v.number is not None]
    if drift:
        clauses.append(f"none of {len(drift)} columns compared drifted")
        because.append(max(drift, key=lambda value: value.number or 0.0).name)
    else:
        clauses.append("drift is not known (no reference)")
    if not any(f.kind == "threshold" for f in part.findings):
        clauses.append("no limits were set")
    text = "; ".join(clauses)
    return Verdict(state="ok", sentence=f"{text[:1].upper()}{text[1:]}.", because=tuple(because))


def _judge_card(part: Part, narrative: tuple[Narrative, ...]) -> Verdict:
    headline = _headline(part)
    if headline is None or headline.number is None:
        return Verdict(
            state="cannot tell",
            sentence="Nothing was measured, so the card cannot say how good the model is."
            + _gaps_in_words(narrative),
        )
    expired = [section for section in narrative if section.state == "expired"]
    alerts = [f for f in part.findings if f.state == "alert"]
    watches = [f for f in part.findings if f.state == "watch"]
    if alerts:
        return _told(_worst_first(alerts), len(watches) + len(expired), "alert")
    if watches:
        return _told(_worst_first(watches), len(expired), "watch")
    unchecked = [f for f in part.findings if f.kind == "threshold" and f.state == "cannot tell"]
    if unchecked:
        first = _worst_first(unchecked)[0]
        return Verdict(state="cannot tell", sentence=first.sentence, because=first.because)
    measured = _measured(headline)
    if expired:
        titles = listed(tuple(f"'{section.title}'" for section in expired))
        reasons = dict.fromkeys(section.reason for section in expired if section.reason)
        why = f" ({next(iter(reasons))})" if len(reasons) == 1 else ""
        verb = "has" if len(expired) == 1 else "have"
        return Verdict(
            state="watch",
            sentence=f"{titles} {verb} expired{why} and must be read again by a person. {measured}.",
            because=(headline.name,),
        )
    return _good_card(part, narrative, headline, measured)


def _headline(part: Part) -> Value | None:
    named = {v.name: v for v in part.values if v.number is not None}
    for metric in _CARD_HEADLINES:
        if f"evaluation.{metric}" in named:
            return named[f"evaluation.{metric}"]
    return None


def _measured(headline: Value) -> str:
    assert headline.number is not None
    number = estimate_words(headline.number, headline.interval, headline.unit)
    rows = "" if headline.n is None else f" on {headline.n:,} rows"
    return f"{headline.label or headline.name} is {number}{rows}"


def _good_card(
    part: Part, narrative: tuple[Narrative, ...], headline: Value, measured: str
) -> Verdict:
    limits = [f for f in part.findings if f.kind == "threshold"]
    if limits:
        sentence = f"{measured}; {_limits_in_words(part, limits, headline)} kept."
    else:
        sentence = f"{measured}; no limits were set to hold it against."
    because = dict.fromkeys([headline.name, *(name for f in limits for name in f.because)])
    return Verdict(
        state="ok", sentence=sentence + _gaps_in_words(narrative), because=tuple(because)
    )


def _limits_in_words(part: Part, limits: Sequence[Finding], headline: Value) -> str:
    """Name the limit where it is one, and not of the number just said."""
    if len(limits) > 1:
        return f"all {len(limits)} limits are"
    held = _value(part, limits[0].because[0]) if limits[0].because else None
    if held is None or held.name == headline.name:
        return "the limit is"
    return f"the limit of {in_sentence(held.label or held.name)} is"


def _gaps_in_words(narrative: tuple[Narrative, ...]) -> str:
    missing = [section for section in narrative if section.state == "missing"]
    if not missing:
        return ""
    if len(missing) == 1:
        return f" '{missing[0].title}' has yet to be written."
    return f" {len(missing)} sections have yet to be written by a person."
