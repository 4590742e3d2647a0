"""Values and facts in a sentence, a tile or a cell, each with its source behind it."""

from __future__ import annotations

from reportgen.present.block import Shown
from reportgen.present.escape import attribute, clean, escape
from reportgen.present.opened import OWN_PARAMETERS, SourcedValue
from reportgen.present.words import group_of, interval_words, label_of
from reportgen.report import Fact, Value
from reportgen.report.rounding import write_value

__all__ = ["show", "show_label", "text"]


def show(
    value: Value,
    *,
    interval: bool = False,
    n: bool = False,
    percent: bool = False,
    brief: bool = False,
) -> Shown:
    """Show a value: rounded by its interval, with its source behind it, or why it is missing.

    Parameters
    ----------
    value : ``report["evaluation.accuracy"]``
    interval : also show the ends of the interval
    n : also show how many rows it was computed from
    percent : write a ratio as a percentage
    brief : leave method and pins to the note, as tables do: they hold hundreds of numbers

    Returns
    -------
    text that an inline expression or a cell can show; `str` of it has no markup

    Examples
    --------
    >>> from reportgen.report import Interval, Provenance
    >>> accuracy = Value(name="evaluation.accuracy", number=0.87312, unit="ratio", n=21104,
    ...                  interval=Interval(low=0.86841, high=0.87751, method="wilson"),
    ...                  provenance=Provenance(by="evaluation.accuracy@1"))
    >>> str(show(accuracy, interval=True, n=True))
    '0.8731 (0.8684 to 0.8775), n = 21,104'
    >>> str(show(Value(name="performance.recall", unit="ratio", reason="no labels yet",
    ...                provenance=Provenance(by="performance.recall@1"))))
    'not available (no labels yet)'
    """
    if value.number is None:
        words = f"not available ({clean(value.reason or '')})"
        return Shown(_span(value, words, ".rg-missing", brief=brief), words)
    written = write_value(value, percent=percent)
    risen = _is_difference(value) and value.number > 0 and written.number.strip("0.")
    number = f"+{written.number}" if risen else written.number
    tail = ""
    if interval and value.interval is not None:
        tail += f" ({written.low} to {written.high})"
    if n and value.n is not None:
        tail += f", n = {value.n:,}"
    return Shown(_span(value, number, brief=brief) + tail, number + tail)


def show_label(value: Value) -> Shown:
    """Name a value in words, with its source behind the words."""
    return Shown(_span(value, label_of(value)), label_of(value))


def text(fact: Fact | str) -> Shown:
    """Show a fact, or any text of the record, as it is: none of it is markup.

    Parameters
    ----------
    fact : ``report.facts["model.class"]``, or text such as a name
    """
    words = clean(fact.text if isinstance(fact, Fact) else fact)
    return Shown(escape(words), words)


def _is_difference(value: Value) -> bool:
    """Whether the number says how far something moved, so that a rise needs its sign."""
    path = value.name.partition("[")[0]
    since = path.startswith("changes.") and path.count(".") == 1 and value.interval is not None
    return since or path.rsplit(".", 1)[-1] in ("change", "step", "gap")


def _span(value: Value, words: str, more: str = "", *, brief: bool = False) -> str:
    classes = f".rg-value {more}".rstrip()
    note = f' data-note="{value.note}"' if isinstance(value, SourcedValue) else ""
    return (
        f"[{escape(words)}]{{{classes} data-name={attribute(value.name)}{note}"
        f" data-detail={attribute(_detail(value, brief=brief))}}}"
    )


def _detail(value: Value, *, brief: bool) -> str:
    """All there is to say about a number, in one line; where it came from, unless `brief`."""
    if brief and value.number is not None:
        return _exactly(value)
    said = [label_of(value)]
    if value.number is None:
        said.append(f"not available: {value.reason}")
    else:
        said.append(f"{value.number!r}" + ("" if value.unit == "number" else f" ({value.unit})"))
    if value.interval is not None:
        ends = f"{value.interval.low:.6g} to {value.interval.high:.6g}"
        said.append(f"{ends}: {interval_words(value.interval)}")
    if value.n is not None:
        said.append(f"n = {value.n:,}")
    said += _own(value)
    if brief:
        return " · ".join(said)
    group = group_of(value.name)
    said += [f"{value.better} is better"] if value.better else []
    said += [group] if group else []
    said.append(value.provenance.by)
    if isinstance(value, SourcedValue):
        said += [f"from {source}" for source in value.sources]
    return " · ".join(said)


def _exactly(value: Value) -> str:
    """Give the number itself and its rows: a table's cell has its words and interval around it."""
    assert value.number is not None
    said = [f"{value.number:,}" if isinstance(value.number, int) else f"{value.number:.6g}"]
    said += [f"n = {value.n:,}"] if value.n is not None else []
    return " · ".join([*said, *_own(value)])


def _own(value: Value) -> list[str]:
    own = value.provenance.parameters
    return [f"{key.replace('_', ' ')} {_plain(own[key])}" for key in OWN_PARAMETERS if key in own]


def _plain(item: object) -> str:
    return f"{item:.4g}" if isinstance(item, float) else str(item)
