"""The columns that are watched: what they hold now, what they held before, and what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from reportgen.measure.monitoring.periods import Calendar
from reportgen.measure.statistics.intervals import Array
from reportgen.report.frame import MonitoringFrame
from reportgen.report.profile import DECLARED, ColumnPlan, ColumnProfile, Kind, compared_as

__all__ = [
    "Held",
    "Kind",
    "Role",
    "Status",
    "Watched",
    "level_codes",
    "level_text",
    "path_of",
    "roles_of",
    "status_of",
    "watch_columns",
]

Status = Literal[
    "ok",
    "missing",
    "all null",
    "type changed",
    "new",
    "empty period",
    "one class",
    "labels pending",
]
Role = Literal["feature", "prediction", "score", "target"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a column holds, as far as its status needs it.

    Attributes
    ----------
    values : rows with a value
    levels : how many there are, or 2 for several
    """

    kind: Kind
    values: int
    levels: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One column in the reported period, beside the reference.

    Attributes
    ----------
    name : as in the data
    path : as in the names of values
    kind : how it is compared; ``none`` when neither side holds a value
    status : the worst thing to say about it
    detail : a clause that explains a status that is not ``ok``
    now, before : shape (n,) and (m,); None where the column is not there
    source : the pin that `before` is from
    plan, profile, profiles_before : instead of rows, what was counted of them: now, and in each
        period of the reference; no profile where the column is not there
    """

    name: str
    path: str
    role: Role
    kind: Kind
    status: Status
    detail: str = ""
    now: pd.Series[Any] | None = None
    before: pd.Series[Any] | None = None
    source: Literal["reference", "data"] = "reference"
    plan: ColumnPlan | None = None
    profile: ColumnProfile | None = None
    profiles_before: tuple[ColumnProfile, ...] = ()


def path_of(name: object, taken: Iterable[str] = ()) -> str:
    """Write a column's name so that it can stand in the name of a value.

    Examples
    --------
    >>> path_of("dep_delay"), path_of("x[0]"), path_of(" .hidden")
    ('dep_delay', 'x(0)', 'hidden')
    """
    text = re.sub(r"\s+", " ", str(name).replace("[", "(").replace("]", ")"))
    text = re.sub(r"\.(?=[\s.]|$)", "·", text).strip(" .") or "(no name)"
    known, path, count = set(taken), text, 1
    while path in known:
        count += 1
        path = f"{text} ({count})"
    return path


def level_codes(values: pd.Series[Any]) -> tuple[Array, list[str]]:
    """Give each row the code of its level, and the levels as text.

    Whole numbers read the same whether a missing value made them floats or not, so that 1 and
    1.0 are one level.

    Returns
    -------
    codes : shape (n,), -1 where missing
    levels : in the order of their text, without two alike
    """
    try:
        codes, uniques = pd.factorize(values, use_na_sentinel=True)
    except TypeError:  # lists, dicts and other things without a hash
        written = values.map(str, na_action="ignore")
        codes, uniques = pd.factorize(written, use_na_sentinel=True)
    texts = [level_text(unique) for unique in uniques]
    levels = sorted(set(texts))
    places = {text: place for place, text in enumerate(levels)}
    table = np.array([*(places[text] for text in texts), -1], dtype=np.intp)
    return table[codes], levels


def level_text(level: object) -> str:
    """Write a level as text: 1 and 1.0 are one level."""
    if isinstance(level, float | np.floating) and float(level).is_integer():
        return str(int(level))
    return str(level)


def kind_of(values: pd.Series[Any]) -> Kind:
    """Say what a column holds, by its values where its type is only `object`."""
    dtype = values.dtype
    if values.isna().all():
        return "none"
    if pd.api.types.is_complex_dtype(dtype):
        return "level"
    if pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_timedelta64_dtype(dtype):
        return "number"  # bool among them
    if pd.api.types.is_datetime64_any_dtype(dtype):
        return "time"
    if isinstance(dtype, pd.CategoricalDtype):
        return "level"
    inferred = pd.api.types.infer_dtype(values, skipna=True)
    if inferred in {"integer", "floating", "mixed-integer-float", "decimal", "boolean"}:
        return "number"
    return "time" if inferred in {"datetime", "datetime64", "date"} else "level"


def watch_columns(frame: MonitoringFrame, calendar: Calendar) -> tuple[Watched, ...]:
    """Line up the columns of a report with what each held before.

    What the model was trained on but the data no longer have is watched too: it is missing.
    """
    current = np.flatnonzero(calendar.slot == calendar.current)
    earlier = np.flatnonzero(np.isin(calendar.slot, calendar.baseline()))
    roles = roles_of(frame, frame.rows.columns)
    watched: list[Watched] = []
    for name in sorted(roles, key=lambda name: roles[name] != "feature"):
        path = path_of(name, [column.path for column in watched])
        watched.append(_watch(frame, calendar, name, path, roles[name], current, earlier))
    return tuple(watched)


def roles_of(frame: MonitoringFrame, names: Iterable[str]) -> dict[str, Role]:
    """Give the role of each column that is watched, of data with columns of these names."""
    roles: dict[str, Role] = {}
    for name, role in (
        (frame.prediction, "prediction"),
        (frame.score, "score"),
        (frame.target, "target"),
    ):
        if name is not None:
            roles.setdefault(name, role)  # type: ignore[arg-type]
    held = set(names)
    for name in (*frame.features, *(n for n in frame.types if n not in held)):
        roles.setdefault(name, "feature")
    return roles


def _watch(
    frame: MonitoringFrame,
    calendar: Calendar,
    name: str,
    path: str,
    role: Role,
    current: Array,
    earlier: Array,
) -> Watched:
    now = _column(frame.rows, name)
    now = None if now is None else now.iloc[current]
    before, source = _before(frame, name, role, earlier)
    labelled = role == "target"
    if labelled:
        now, before = (None if side is None else side.dropna() for side in (now, before))
    held = kind_of(before) if before is not None else "none"
    declared = DECLARED.get(frame.types.get(name, ""), "none")
    kind = compared_as(declared, held, "none" if now is None else kind_of(now))
    if role in {"prediction", "target"} and frame.task != "regression":
        kind = "level"
    counted = None if now is None else _counted(now, role)
    status, detail = status_of(
        frame, calendar, counted, "new" if before is None else held, declared, role
    )
    return Watched(
        name=str(name),
        path=path,
        role=role,
        kind=kind,
        status=status,
        detail=detail,
        now=now,
        before=before,
        source=source,
    )


def _column(rows: pd.DataFrame | None, name: str) -> pd.Series[Any] | None:
    if rows is None or name not in rows.columns:
        return None
    return rows.iloc[:, int(np.flatnonzero(rows.columns == name)[0])]  # the first of that name


def _before(
    frame: MonitoringFrame, name: str, role: Role, earlier: Array
) -> tuple[pd.Series[Any] | None, Literal["reference", "data"]]:
    """Take the column from the reference; what the model says may only stand in the data."""
    found = _column(frame.reference, name)
    if found is not None:
        return found, "reference"
    own = _column(frame.rows, name)
    if (frame.reference is None or role != "feature") and own is not None and len(earlier):
        return own.iloc[earlier], "data"
    return None, "reference" if frame.reference is not None else "data"


def _counted(values: pd.Series[Any], role: Role) -> Held:
    levels = len(level_codes(values)[1]) if role == "target" else 0
    return Held(kind=kind_of(values), values=int(values.notna().sum()), levels=levels)


def status_of(
    frame: MonitoringFrame,
    calendar: Calendar,
    now: Held | None,
    before: Kind | Literal["new"],
    declared: Kind,
    role: Role,
) -> tuple[Status, str]:
    """Find the worst thing to say about a column, and a clause that explains it.

    Parameters
    ----------
    now : None where the column is not in the data
    before : what the reference held; ``new`` where it does not have the column
    """
    key = frame.period.key
    if now is None:
        return "missing", "it is not in the data"
    if calendar.rows[calendar.current] == 0:
        return "empty period", f"{key} has no rows"
    if role == "target" and not now.values:
        return "labels pending", f"no label of {key} is known yet"
    if not now.values:
        return "all null", f"every value of {key} is missing"
    if before == "new":
        known = frame.has_reference
        return "new", "the reference does not have it" if known else "there is no reference yet"
    for was, where in ((before, "the reference"), (declared, "the model's training")):
        if _clash(was, now.kind) and not (where != "the reference" and declared == "level"):
            return (
                "type changed",
                f"it holds {_WORDS[now.kind]}, but held {_WORDS[was]} in {where}",
            )
    if role == "target" and frame.task != "regression" and now.levels == 1:
        return "one class", f"all labels of {key} are of one class"
    if role == "target" and not calendar.settled[calendar.current]:
        total = int(calendar.rows[calendar.current])
        if now.values < total:
            return "labels pending", f"{now.values:,} of {total:,} labels are known"
    return "ok", ""


_WORDS: dict[Kind, str] = {
    "number": "numbers",
    "level": "texts",
    "time": "times",
    "none": "nothing",
}


def _clash(was: Kind, holds: Kind) -> bool:
    return "none" not in {was, holds} and was != holds
