"""Declared checks run on the rows of a period: functions, pandera schemas, pointblank files.

A check is code or configuration of the project, and is run because the project names it. What it
raises is a result: the report is made, and says that the check could not be run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from reportgen.collect.own_code import load_own
from reportgen.errors import MissingToolError
from reportgen.report.checks import CheckedRule
from reportgen.report.frame import MonitoringFrame

__all__ = ["MOST_ROWS", "collect_checks", "run_check"]

MOST_ROWS = 1_000_000
"""Of a period of a table that is not read as a whole; picked by their content."""
_LONGEST = 200


def collect_checks(
    names: Sequence[str], frame: MonitoringFrame, folder: Path
) -> tuple[CheckedRule, ...]:
    """Run the checks of a project on the rows of the reported period.

    Parameters
    ----------
    names : ``module:function``, ``module:schema``, or the path of a .yml file for pointblank
    folder : of the project file
    """
    if not names:
        return ()
    rows = _rows(frame)
    found = [rule for name in names for rule in run_check(name, rows, folder)]
    return tuple(_apart(found))


def _rows(frame: MonitoringFrame) -> pd.DataFrame:
    if frame.sample is not None and frame.profiles is not None:
        (rows,) = frame.sample(frame.profiles.names, ((frame.period.key,),), MOST_ROWS)
        return rows.reset_index(drop=True)
    inside = (frame.times >= frame.period.start) & (frame.times < frame.period.end)
    return frame.rows[inside.to_numpy()].reset_index(drop=True)


def _apart(found: list[CheckedRule]) -> list[CheckedRule]:
    """Number the rules that have one name."""
    taken: dict[str, int] = {}
    apart = []
    for rule in found:
        count = taken[rule.name] = taken.get(rule.name, 0) + 1
        apart.append(rule if count == 1 else replace(rule, name=f"{rule.name} ({count})"))
    return apart


def run_check(name: str, rows: pd.DataFrame, folder: Path) -> tuple[CheckedRule, ...]:
    """Run one check on a copy of the rows, whatever it does.

    Returns
    -------
    a rule or several; one with `error` where it could not be run
    """
    short = name.rpartition(":")[2] if ":" in name else Path(name).stem
    try:
        if name.endswith((".yml", ".yaml")):
            return _pointblank(name, short, folder / name, rows.copy())
        return _of_object(name, short, load_own(name, folder), rows.copy())
    except AssertionError as failed:
        return (CheckedRule(check=name, name=_said(short, failed), rows=1, failing=1, whole=True),)
    except Exception as error:  # noqa: BLE001 - the project's own code may raise anything
        return (CheckedRule(check=name, name=short, error=_line(error)),)


def _said(short: str, failed: AssertionError) -> str:
    words = str(failed).splitlines()
    return f"{short}: {words[0][:_LONGEST]}" if words and words[0] else short


def _line(error: Exception) -> str:
    words = str(error).strip().splitlines()
    kind = "" if isinstance(error, MissingToolError) else type(error).__name__
    return ": ".join(filter(None, [kind, words[0][:_LONGEST] if words else ""]))


def _of_object(name: str, short: str, found: Any, rows: pd.DataFrame) -> tuple[CheckedRule, ...]:
    if hasattr(found, "validate") and hasattr(found, "to_schema"):
        found = found.to_schema()
    if hasattr(found, "validate") and not callable(getattr(found, "interrogate", None)):
        return _pandera(name, short, found, rows)
    if hasattr(found, "validation_info"):
        raise TypeError("it is a validation of one table; name a function that makes it of rows")
    return _of_result(name, short, found(rows), rows)


def _of_result(name: str, short: str, said: Any, rows: pd.DataFrame) -> tuple[CheckedRule, ...]:
    if said is None or isinstance(said, bool | np.bool_):
        passed = said is None or bool(said)
        rule = CheckedRule(check=name, name=short, rows=1, failing=int(not passed), whole=True)
        return (rule,)
    if hasattr(said, "validation_info"):
        return _steps(name, short, said)
    if isinstance(said, Mapping | pd.DataFrame):
        parts = [(str(key), said[key]) for key in said]
        return tuple(
            rule for key, part in parts for rule in _of_result(name, f"{short}: {key}", part, rows)
        )
    answers = pd.Series(np.asarray(said, dtype=object)).astype("boolean")
    if len(answers) != len(rows):
        raise ValueError(f"it says something of {len(answers):,} rows, and got {len(rows):,}")
    failing = len(rows) - int(answers.sum())  # what is neither yes nor no is no yes
    return (CheckedRule(check=name, name=short, rows=len(rows), failing=failing),)


def _pandera(name: str, short: str, schema: Any, rows: pd.DataFrame) -> tuple[CheckedRule, ...]:
    """Run a schema: how many rows break it, and each rule that is broken."""
    from pandera.errors import SchemaError, SchemaErrors

    n = len(rows)
    try:
        schema.validate(rows, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
    except SchemaError as error:
        line = str(error).splitlines()[0][:_LONGEST]
        return (CheckedRule(check=name, name=f"{short}: {line}", rows=1, failing=1, whole=True),)
    else:
        return (CheckedRule(check=name, name=short, rows=n),)
    places = pd.to_numeric(cases["index"], errors="coerce")
    broken = int(places.dropna().nunique())
    found = [CheckedRule(check=name, name=short, rows=n, failing=broken)]
    words = cases["column"].fillna("").astype(str) + " " + cases["check"].astype(str)
    missing = cases["check"].isin(["column_in_dataframe", "column_in_schema"])
    words = words.where(~missing, cases["failure_case"].astype(str) + " " + cases["check"])
    for rule, held in places.groupby(words.str.strip(), sort=True):
        whole = bool(held.isna().all())
        found.append(
            CheckedRule(
                check=name,
                name=f"{short}: {rule}",
                rows=1 if whole else n,
                failing=1 if whole else int(held.dropna().nunique()),
                whole=whole,
            )
        )
    return tuple(found)


def _pointblank(name: str, short: str, path: Path, rows: pd.DataFrame) -> tuple[CheckedRule, ...]:
    import yaml

    try:
        import pointblank
    except ImportError as error:
        raise MissingToolError(
            "pointblank is not installed: pip install 'reportgen[checks]'"
        ) from error
    plain = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(plain, dict):
        raise TypeError(f"{path.name} holds no steps")
    # The rows take the place of the table that the file names, which is not read.
    asked = yaml.safe_dump({**plain, "tbl": None, "df_library": "pandas"}, sort_keys=False)
    return _steps(name, short, pointblank.yaml_interrogate(asked, set_tbl=rows))


_OF_ROWS = ("col_vals", "rows_", "conjointly", "specially", "prompt", "col_pair")


def _steps(name: str, short: str, validation: Any) -> tuple[CheckedRule, ...]:
    if any(step.n is None and not step.eval_error for step in validation.validation_info):
        validation = validation.interrogate()
    return tuple(_step(name, short, step) for step in validation.validation_info)


def _step(name: str, short: str, step: Any) -> CheckedRule:
    words = step.brief or step.autobrief or f"{step.assertion_type} {step.column or ''}"
    label = f"{short}: {str(words).strip().rstrip('.').replace('`', '')}"
    if step.eval_error or step.n_failed is None:
        return CheckedRule(check=name, name=label, error="pointblank could not evaluate this step")
    levels = [step.warning, step.error, step.critical]
    grave: Any = ""
    if any(level is not None for level in levels):
        grave = "alert" if step.error or step.critical else "watch" if step.warning else "ok"
    return CheckedRule(
        check=name,
        name=label,
        rows=int(step.n),
        failing=int(step.n_failed),
        whole=not str(step.assertion_type).startswith(_OF_ROWS),
        grave=grave,
    )
